"""How much of data files stays: the contents that were not read or written for longest go when all of them are more than may be kept.

Only the files of data go, never what outputs show. The rows that spoke of them say so (`kept` = 0), and their executions are sealed
anew. Done by kernels, who know what their user wants to keep, under the lock of the journal. Standard library only, Python 3.8.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import List

from labjournal.journal.appliers import Appliers
from labjournal.journal.blobs import Blobs

__all__ = ["forget_contents", "oldest_above"]

_FILL = 0.9
"""Down to this share of the limit, so that it is not done for every file."""


def oldest_above(connection: sqlite3.Connection, total_bytes: int) -> List[str]:
    """Digests of the contents that have to go."""
    occupied = connection.execute("SELECT ifnull(sum(stored), 0) FROM kept").fetchone()[0]
    if occupied <= total_bytes:
        return []
    going = []
    for sha256, stored in connection.execute("SELECT sha256, stored FROM kept ORDER BY at, sha256"):
        if occupied <= total_bytes * _FILL:
            break
        going.append(sha256)
        occupied -= stored
    return going


def forget_contents(connection: sqlite3.Connection, folder: Path, digests: List[str]) -> int:
    """Takes contents of data files away, rows first; how many bytes that frees. The caller is in no transaction."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        appliers = Appliers(connection)
        for sha256 in digests:
            appliers.content_lost(sha256)
        appliers.finish()
        connection.execute("COMMIT")
    except BaseException:  # all of it or nothing
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    blobs = Blobs(folder)
    return sum(blobs.drop(sha256, data=True) for sha256 in digests)
