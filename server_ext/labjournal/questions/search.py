"""Full-text search over code, outputs, notes, paths, metric names and notebooks."""

from __future__ import annotations

import re

from labjournal.journal.reader import Journal
from labjournal.journal.rows import Address, Hit
from labjournal.questions.answers import HitPart, SearchAnswer, SnippetPart, when

__all__ = ["search"]

_MARKED = re.compile("\x02([^\x02\x03]*)\x03")
_WHERE = {"source": "code"}


def search(journal: Journal, text: str, limit: int = 50) -> SearchAnswer:
    """What was found, best first; any text is a legal query."""
    text = text.encode("utf-8", "replace").decode()  # half a surrogate pair is no letter that a database knows
    return {"hits": [_hit_part(hit) for hit in journal.search(text, limit=limit)]}


def _hit_part(hit: Hit) -> HitPart:
    parts = _parts(hit.snippet)
    return {
        "address": str(Address(hit.run, hit.n or None)),
        "where": _WHERE.get(hit.kind, hit.kind),
        "snippet": "".join(part["text"] for part in parts),
        "parts": parts,
        "started": when(hit.started),
    }


def _parts(snippet: str) -> list[SnippetPart]:
    """The snippet cut at its marks; a mark without its partner (recorded text may hold them) is dropped."""
    pieces = _MARKED.split(snippet)
    cut: list[SnippetPart] = [
        {"text": piece.replace("\x02", "").replace("\x03", ""), "match": place % 2 == 1} for place, piece in enumerate(pieces)
    ]
    return [part for part in cut if part["text"]]
