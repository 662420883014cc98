"""Who used something, and what became of it: from content to reader, from reader to what it wrote, and on from there."""

from __future__ import annotations

from collections.abc import Iterator

from labjournal.journal.origins import Origins, Touch
from labjournal.journal.reader import Journal
from labjournal.questions.answers import when
from labjournal.questions.origin.answers import UsedBy
from labjournal.questions.origin.flow import Flow
from labjournal.questions.origin.locating import Located
from labjournal.questions.origin.makers import EMPTY, Makers
from labjournal.questions.origin.targets import Target
from labjournal.questions.sql import tables

__all__ = ["used_by"]

_MOST = 1000


def used_by(journal: Journal, makers: Makers, target: Target, found: Located) -> list[UsedBy]:
    """Executions that took the target in, near ones first, oldest first; replays are not counted."""
    search = _Search(journal.origins)
    if target.kind == "file":
        first = search.readers(target.sha256, target.path if target.sha256 is None else None)
    elif target.kind in ("table", "remote"):
        first = list(_by_name(journal, target))
    elif target.address is not None and target.address.n is not None:
        first = search.after_execution(target.address.run, target.address.n)
    else:
        first = (
            [reader for touch in journal.origins.files(target.address.run) for reader in search.readers_of(touch)]
            if target.address
            else []
        )
    return search.follow(first)


def _by_name(journal: Journal, target: Target) -> Iterator[Touch]:
    """Executions that read the table or the address, as if they had read a file of that name."""
    keys: dict[tuple[str, int], str] = {}
    if target.kind == "table":
        for query, _ in journal.origins.queries_to(target.database):
            if target.name in tables(query.statement, query.dialect).reads:
                keys.setdefault((query.run, query.n), f"{target.database}#{target.name}")
    else:
        for remote, _ in journal.origins.remotes_at(target.name):
            if remote.role == "read":
                keys.setdefault((remote.run, remote.n), remote.url)
    for key, head in journal.origins.heads(keys).items():
        yield Touch(
            *key,
            keys[key],
            None,
            None,
            None,
            "unknown",
            "",
            "",
            "certain",
            "",
            head.started,
            "",
            head.started,
            head.notebook,
            None,
        )


class _Search:
    def __init__(self, origins: Origins) -> None:
        self._origins = origins
        self._flows: dict[str, Flow] = {}
        self._files: dict[str, list[Touch]] = {}
        self._metrics: dict[str, dict[int, str]] = {}

    def readers(self, sha256: str | None, path: str | None = None) -> list[Touch]:
        if sha256 is not None and sha256 != EMPTY:
            found = self._origins.readers(sha256, _MOST)
        else:
            found = [touch for touch in self._origins.read_at(path) if touch.sha256 is None] if path else []
        return sorted((touch for touch in found if touch.replay_of is None), key=lambda touch: (touch.started, touch.n))

    def readers_of(self, made: Touch) -> list[Touch]:
        """Who read what this execution left, from then on; where the content is not known, whoever read it at the path."""
        found = self.readers(made.sha256, made.path if made.sha256 is None else None)
        return [touch for touch in found if (touch.n >= made.n if touch.run == made.run else touch.started >= made.started)]

    def after_execution(self, run: str, n: int) -> list[Touch]:
        return [reader for touch in self.came_of(run, n) for reader in self.readers_of(touch)]

    def came_of(self, run: str, n: int) -> list[Touch]:
        """Files that the execution, or a later one of its run that depends on it, left."""
        if run not in self._files:
            self._files[run] = [touch for touch in self._origins.files(run) if not touch.deleted]
        if not any(touch.n >= n for touch in self._files[run]):
            return []
        ahead = self._ahead(run, n)
        return [touch for touch in self._files[run] if touch.n in ahead]

    def follow(self, first: list[Touch]) -> list[UsedBy]:
        answer: list[UsedBy] = []
        seen: set[tuple[str, int]] = set()
        level, distance = first, 0
        while level and len(answer) < _MOST:
            distance += 1
            following: dict[tuple[str, int, str], Touch] = {}
            for use in level:
                if use.key in seen or len(answer) >= _MOST:
                    continue
                seen.add(use.key)
                files = [made for made in self.came_of(*use.key) if not use.added_to or made.path == use.path]
                answer.append(self._part(use, files, distance))
                for made in files:
                    if made.sha256 is None or made.sha256 != use.sha256:
                        following |= {(*reader.key, reader.path): reader for reader in self.readers_of(made)}
            level = list(following.values())
        return answer

    def _part(self, use: Touch, files: list[Touch], distance: int) -> UsedBy:
        ahead = self._ahead(*use.key)
        return {
            "address": use.address,
            "notebook": use.notebook,
            "started": when(use.started),
            "path": use.path,
            "files": list(dict.fromkeys(touch.path for touch in files)),
            "metrics": list(dict.fromkeys(name for n, name in self._origins.metric_names(use.run) if n in ahead)),
            "distance": distance,
        }

    def _ahead(self, run: str, n: int) -> set[int]:
        if run not in self._flows:
            self._flows[run] = Flow(self._origins, run)
        return self._flows[run].ahead([n])
