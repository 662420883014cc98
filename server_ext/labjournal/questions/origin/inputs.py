"""What executions of a run took in, each input with who made it: files, tables, data from other machines."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from labjournal.journal.origins import Touch
from labjournal.journal.reader import Journal
from labjournal.journal.rows import Address
from labjournal.questions.answers import when
from labjournal.questions.origin.answers import ProducedBy, WhyInput
from labjournal.questions.origin.locating import table_writers
from labjournal.questions.origin.makers import Makers, Use
from labjournal.questions.sql import tables

__all__ = ["Input", "inputs_of", "produced_by", "unknowns"]


class Input(NamedTuple):
    part: WhyInput
    maker: Address | None
    touch: Touch | None = None
    """Of a file, the reading of it."""


def inputs_of(
    journal: Journal,
    makers: Makers,
    run: str,
    numbers: set[int],
    kinds: Mapping[str, int] | None = None,
    *,
    wanted: Collection[str] = (),
) -> list[Input]:
    """What these executions of the run took in, in the order they ran; a content at a path counts once.

    What stood in a file that one of them only added to counts where the file is `wanted`, or one of them read it. `kinds` is what
    `Origins.first_taken_in` said of the run, for who has asked already.
    """
    if not numbers:
        return []
    last = max(numbers)
    kinds = journal.origins.first_taken_in(run, last) if kinds is None else kinds
    found: dict[tuple[str, str, str | None], Input] = {}
    touches = [touch for touch in journal.origins.inputs(run, last) if touch.n in numbers] if "file" in kinds else []
    read = {touch.path for touch in touches if not touch.added_to}.union(wanted)
    for touch in touches:
        key = ("file", touch.path, touch.sha256)
        if key not in found and (touch.path in read or not touch.added_to):
            found[key] = _file(makers, touch)
    for each in _tables(journal, run, numbers, last) if "table" in kinds else ():
        found.setdefault(("table", each.part["path"], None), each)
    for each in _remotes(journal, run, numbers, last) if "remote" in kinds else ():
        found.setdefault(("remote", each.part["path"], each.part["sha256"]), each)
    return list(found.values())


def produced_by(touch: Touch) -> ProducedBy:
    return {"address": touch.address, "notebook": touch.notebook, "started": when(touch.started), "path": touch.path}


def _file(makers: Makers, touch: Touch) -> Input:
    made = None if touch.package else makers.of(Use.of(touch))
    part: WhyInput = {
        "kind": "file",
        "path": touch.path,
        "sha256": touch.sha256,
        "bytes": touch.bytes,
        "hash_state": touch.hash_state,
        "confidence": touch.confidence,
        "produced_by": produced_by(made.touch) if made else None,
        "produced_how": made.by if made else "",
        "read_by": touch.address,
        "package": touch.package,
    }
    return Input(part, Address(*made.touch.key) if made else None, touch)


def _tables(journal: Journal, run: str, numbers: set[int], last: int) -> Iterator[Input]:
    """Tables that were read; whoever changed one last before made it, as far as statements tell."""
    for query in journal.origins.queries(run, last):
        if query.n not in numbers:
            continue
        for table in tables(query.statement, query.dialect).reads:
            writers = [
                (started, address.n or 0, address)
                for address, started in table_writers(journal, query.database, table)
                if ((address.n or 0) < query.n if address.run == run else started <= query.at)
            ]
            maker = max(writers, key=lambda writer: writer[:2])[2] if writers else None
            yield _named(journal, "table", f"{query.database}#{table}", None, None, maker, f"{run}/{query.n}")


def _remotes(journal: Journal, run: str, numbers: set[int], last: int) -> Iterator[Input]:
    for remote in journal.origins.remotes(run, last):
        if remote.n not in numbers or remote.role != "read":
            continue
        sent = [
            (started, Address(other.run, other.n))
            for other, started in journal.origins.remotes_at(remote.url)
            if other.role == "written" and (other.n < remote.n if other.run == run else started <= remote.at)
        ]
        maker = max(sent, key=lambda pair: pair[0])[1] if sent else None
        yield _named(journal, "remote", remote.url, remote.sha256, remote.bytes, maker, f"{run}/{remote.n}")


def _named(
    journal: Journal, kind: str, name: str, sha256: str | None, length: int | None, maker: Address | None, read_by: str
) -> Input:
    """A table or an address: known by name, not by content."""
    made = None
    if maker is not None and maker.n is not None:
        head = journal.origins.heads([(maker.run, maker.n)]).get((maker.run, maker.n))
        made = ProducedBy(address=str(maker), notebook=head.notebook, started=when(head.started), path=None) if head else None
    part: WhyInput = {
        "kind": kind,
        "path": name,
        "sha256": sha256,
        "bytes": length,
        "hash_state": "verified" if sha256 else "unknown",
        "confidence": "certain",
        "produced_by": made,
        "produced_how": "statement" if made else "",
        "read_by": read_by,
        "package": "",
    }
    return Input(part, maker)


def unknowns(inputs: Iterable[Input]) -> Iterator[str]:
    """What the inputs leave open, as sentences."""
    for part, _, touch in inputs:
        if touch is None or touch.package:
            continue
        if touch.added_to:
            if touch.sha256 is None:
                yield f"What stood in '{touch.path}' before {touch.address} added to it is not known."
            continue
        if touch.sha256 is None:
            reason = f": {touch.reason.rstrip('.')}" if touch.reason else ""
            yield f"What {touch.address} read from '{touch.path}' is not known{reason}."
        if touch.confidence == "unattributed":
            yield f"Something read '{touch.path}' while {touch.address} ran; it may have been another program."
        elif touch.confidence == "named":
            yield f"{touch.address} names '{touch.path}', which was read while it ran; by whom is not certain."
        if part["produced_how"] == "path" and part["produced_by"]:
            yield f"{part['produced_by']['address']} was the last to write '{touch.path}' before {touch.address} read it; the contents could not be compared."
