"""Which execution made what another one read: by content wherever the file lay, by path and time where the content is not known.

Whoever only renamed or copied a content did not make it: such steps are followed back to the one that did. A replay makes the same
contents again; it is named only where nobody else made them. The empty content says nothing, so empty files are followed by path.
"""

from __future__ import annotations

import hashlib
from typing import NamedTuple

from labjournal.journal.origins import Origins, Touch

__all__ = ["EMPTY", "Made", "Makers", "Use"]

EMPTY = hashlib.sha256(b"").hexdigest()
_LONGEST_CHAIN = 100


class Use(NamedTuple):
    """A content somebody asks about: an execution that read it, or a person now (run '')."""

    path: str
    sha256: str | None
    at: str
    run: str = ""
    n: int = 0
    edges: str = ""
    replay: bool = False

    @staticmethod
    def of(touch: Touch) -> Use:
        return Use(
            touch.path, touch.sha256, touch.at or touch.started, touch.run, touch.n, touch.edges, touch.replay_of is not None
        )


class Made(NamedTuple):
    """Who made a content, and how that is known."""

    touch: Touch
    by: str
    """content | path | edges (length, beginning and end)."""
    carriers: tuple[Touch, ...] = ()
    """Executions that renamed or copied it on its way, latest first."""


class Makers:
    """Finds makers, remembers what it found."""

    def __init__(self, origins: Origins) -> None:
        self._origins = origins
        self._of_content: dict[str, list[Touch]] = {}
        self._at_path: dict[str, list[Touch]] = {}
        self._reads: dict[tuple[str, int], list[Touch]] = {}

    def of(self, use: Use) -> Made | None:
        """The execution that made what was used, None where nobody recorded it being made."""
        found = self._latest(use)
        carriers: list[Touch] = []
        while found is not None and len(carriers) < _LONGEST_CHAIN:
            touch, by = found
            source = self.carried_from(touch)
            earlier = source and self._latest(source)
            if source and source.sha256 and earlier and earlier[1] == "path":
                earlier = None  # a name that is used again and again: the path alone is too little
            if earlier is None or earlier[0].key in {touch.key, use[3:5], *(carrier.key for carrier in carriers)}:
                return Made(touch, by, tuple(carriers))
            carriers.append(touch)
            found = (earlier[0], by if earlier[1] == "content" else "path")
        return None if found is None else Made(found[0], found[1], tuple(carriers))

    def all_of(self, sha256: str) -> list[Touch]:
        """Every execution that left this content somewhere, latest first; replays last."""
        if sha256 not in self._of_content:
            self._of_content[sha256] = [] if sha256 == EMPTY else _latest_first(self._origins.makers(sha256))
        return self._of_content[sha256]

    def carried_from(self, made: Touch) -> Use | None:
        """What the execution renamed or copied to write this; None where it made it."""
        if made.moved:
            return Use(made.moved, made.sha256, made.at or made.started, made.run, made.n, made.edges, made.replay_of is not None)
        if made.sha256 is None or made.sha256 == EMPTY:
            return None
        for read in self.read_by(made.run, made.n):
            if read.sha256 == made.sha256 and read.path != made.path:
                return Use.of(read)
        return None

    def read_by(self, run: str, n: int) -> list[Touch]:
        if (run, n) not in self._reads:
            self._reads[run, n] = self._origins.read_by(run, n)
        return self._reads[run, n]

    def changed_since(self, use: Use) -> Touch | None:
        """Who last wrote the path before the use, where what was used there is not what was written: somebody unseen changed it."""
        if use.sha256 is None:
            return None
        for touch in self._written_at(use.path):
            if _is_before(touch, use):
                return touch if touch.sha256 not in (None, use.sha256) else None
        return None

    def _latest(self, use: Use) -> tuple[Touch, str] | None:
        if use.sha256 is not None and use.sha256 != EMPTY:
            before = [touch for touch in self.all_of(use.sha256) if _is_before(touch, use)]
            own = [touch for touch in self.all_of(use.sha256) if touch.key == (use.run, use.n) and touch.path != use.path]
            here = [touch for touch in before if touch.path == use.path]
            elsewhere = [] if here else self._not_too_late(before, use)
            if here or elsewhere:
                return _preferred(here or elsewhere, use), "content"
            same = [touch for touch in self.all_of(use.sha256) if touch.key == (use.run, use.n) and touch.path == use.path]
            if same and not own:
                return same[0], "content"
        return self._by_path(use)

    def _not_too_late(self, made: list[Touch], use: Use) -> list[Touch]:
        """Without those that left the content elsewhere after it was first read where it is used: there it came from somebody else.
        A replay works on copies: what it had read itself it did not bring into the world."""
        if use.sha256 is None:
            return made
        if not use.replay:
            made = [touch for touch in made if not (touch.replay_of and self._origins.has_read(use.sha256, touch.run, touch.n))]
        first = self._origins.first_read(use.sha256, use.path) if made else None
        if first is None:
            return made
        return [touch for touch in made if (touch.n < first.n if touch.run == first.run else touch.started < first.started)]

    def _by_path(self, use: Use) -> tuple[Touch, str] | None:
        """Whoever wrote the path last, as far as nothing speaks against it."""
        before = [touch for touch in self._written_at(use.path) if _is_before(touch, use)]
        if not before:
            return None
        latest = _preferred(before, use)
        known = use.sha256 is not None and latest.sha256 is not None
        if (known and use.sha256 != latest.sha256) or (use.edges and latest.edges and use.edges != latest.edges):
            return None
        return latest, "path"

    def _written_at(self, path: str) -> list[Touch]:
        if path not in self._at_path:
            self._at_path[path] = _latest_first(self._origins.made_at(path))
        return self._at_path[path]


def _latest_first(touches: list[Touch]) -> list[Touch]:
    return sorted(touches, key=lambda touch: (touch.replay_of is None, touch.started, touch.n), reverse=True)


def _is_before(touch: Touch, use: Use) -> bool:
    if touch.run == use.run:
        return touch.n < use.n
    return touch.started <= use.at


def _preferred(touches: list[Touch], use: Use) -> Touch:
    """The latest; a replay sees what replays made before what others did."""
    if use.replay:
        own = [touch for touch in touches if touch.run == use.run]
        return own[0] if own else touches[0]
    return touches[0]
