"""The graph of what came from what, grown from one node as far as is asked for: what the panel draws.

Nodes are executions with data, the contents they read and wrote, tables, remote data and metrics. Executions that only compute are
not drawn: an edge `depends` leads past them. Every id can be asked about again, in either direction, so that a graph grows by hand.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from typing import Literal

from labjournal.errors import UnknownAddress
from labjournal.journal.origins import Head, Touch
from labjournal.journal.reader import Journal
from labjournal.journal.rows import Address
from labjournal.questions.answers import when
from labjournal.questions.origin.answers import LineageAnswer, LineageEdge, LineageNode
from labjournal.questions.origin.flow import Flow
from labjournal.questions.origin.locating import END, located
from labjournal.questions.origin.makers import EMPTY, Makers, Use
from labjournal.questions.origin.targets import Target
from labjournal.questions.sql import tables

__all__ = ["Direction", "lineage"]

Direction = Literal["before", "after", "both"]
_METRICS = 12
_MOST_NEIGHBOURS = 200

_Link = tuple[str, str, str]
"""Source, target, role."""


def lineage(journal: Journal, target: Target, direction: Direction = "both", depth: int = 3, limit: int = 60) -> LineageAnswer:
    """The nodes within `depth` steps of the target, near ones first, at most `limit` of them."""
    graph = _Graph(journal)
    root = graph.root(target)
    kept: dict[str, None] = {root: None}
    links: dict[_Link, None] = {}
    truncated = False
    for ahead in [False, True] if direction == "both" else [direction == "after"]:
        level = [root]
        seen = {root}
        for _ in range(depth):
            following: list[str] = []
            for node in level:
                for link in graph.links(node, ahead):
                    other = _other(link, node)
                    if other not in kept and len(kept) >= limit:
                        truncated = True
                        continue
                    kept.setdefault(other)
                    links.setdefault(link)
                    if other not in seen:
                        seen.add(other)
                        following.append(other)
            level = following
    return {
        "root": root,
        "nodes": graph.nodes(kept),
        "edges": [_edge(link) for link in links],
        "truncated": truncated or graph.cut,
    }


def _other(link: _Link, node: str) -> str:
    return link[1] if link[0] == node else link[0]


def _edge(link: _Link) -> LineageEdge:
    return {"source": link[0], "target": link[1], "role": link[2]}


class _Graph:
    """Finds neighbours, remembers rows: one run's flow and data are read once."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._origins = journal.origins
        self._makers = Makers(journal.origins)
        self._flows: dict[str, Flow] = {}
        self._with_data: dict[str, dict[int, str]] = {}
        self._links: dict[tuple[str, bool], list[_Link]] = {}
        self.cut = False
        """Whether a node has more neighbours than are looked at."""
        self._files: dict[str, Touch] = {}
        """A touch by which a file node is known: the first that led there."""
        self._uses: dict[str, Use] = {}
        """For a file node the reading that led there, by which its maker is chosen."""

    def root(self, target: Target) -> str:
        if target.kind == "metric" and target.address is not None:
            return f"metric:{target.address}:{target.name}"
        if target.kind == "table":
            return f"table:{target.database}#{target.name}"
        if target.kind == "remote":
            return f"remote:{target.name}"
        if target.kind == "execution" and target.address is not None:
            return f"execution:{self._one_of(target.address)}"
        found = located(self._journal, target, self._makers)
        if found.known_as is None:  # a picture that was only ever shown
            return f"execution:{found.address}"
        node = _file_id(found.known_as)
        self._files.setdefault(node, found.known_as)
        return node

    def _one_of(self, address: Address) -> Address:
        """An execution that stands for a whole run: its result, else its last."""
        if address.n is not None:
            return address
        found = self._journal.result(address.run)
        latest = [found] if found else self._journal.executions(address.run, newest_first=True, limit=1)
        if not latest:
            raise UnknownAddress(f"Run {address.run} has no execution.", "`labjournal log` lists the runs.")
        return latest[0].address

    def links(self, node: str, ahead: bool) -> list[_Link]:
        key = (node, ahead)
        if key not in self._links:
            kind, _, rest = node.partition(":")
            found = _EXPANDED[kind, ahead](self, node, rest)
            links = list(dict.fromkeys(found))
            self.cut |= len(links) > _MOST_NEIGHBOURS
            self._links[key] = links[:_MOST_NEIGHBOURS]
        return self._links[key]

    def nodes(self, kept: Iterable[str]) -> list[LineageNode]:
        ids = list(kept)
        heads = self._origins.heads(_execution(part) for node in ids if (part := _execution_of(node)) is not None)
        here = set(ids)
        return [self._node(node, heads, here) for node in ids]

    def _node(self, node: str, heads: dict[tuple[str, int], Head], here: set[str]) -> LineageNode:
        kind, _, rest = node.partition(":")
        owner = _execution_of(node)
        head = heads.get(_execution(owner)) if owner is not None else None
        touch = self._files.get(node) or (self._file(node, rest) if kind in ("file", "path") else None)
        return {
            "id": node,
            "kind": "file" if kind == "path" else kind,
            "label": _label(kind, rest, touch, head),
            "address": owner,
            "path": touch.path if touch else None,
            "sha256": touch.sha256 if touch else None,
            "bytes": touch.bytes if touch else None,
            "notebook": head.notebook if head else None,
            "started": when(head.started) if head else None,
            "status": head.status if head else None,
            "more_before": any(_other(link, node) not in here for link in self.links(node, False)),
            "more_after": any(_other(link, node) not in here for link in self.links(node, True)),
        }

    def _file(self, node: str, rest: str) -> Touch | None:
        """Any touch of the content (or of the path), for its name and length."""
        if node.startswith("path:"):
            found = self._origins.made_at(rest, 1) or self._origins.read_at(rest, 1)
        else:
            found = self._origins.makers(rest, 1) or self._origins.readers(rest, 1)
        if found:
            self._files[node] = found[0]
        return found[0] if found else None

    # executions

    def before_execution(self, node: str, rest: str) -> Iterator[_Link]:
        run, n = _execution(rest)
        for touch in self._makers.read_by(run, n):
            if not (touch.package or touch.added_to):
                yield self._read(touch), node, "read"
        for touch in self._origins.written_by(run, n):
            if touch.moved:  # a file that was renamed came from itself
                yield self._known(touch), node, "moved"
        for remote in self._journal.remotes(run, n):
            if remote.role == "read":
                yield f"remote:{remote.url}", node, "read"
        for query in self._journal.queries(run, n):
            for table in tables(query.statement, query.dialect).reads:
                yield f"table:{query.database}#{table}", node, "read"
        yield from self._depends(run, n, ahead=False)

    def after_execution(self, node: str, rest: str) -> Iterator[_Link]:
        run, n = _execution(rest)
        read = {touch.sha256 for touch in self._makers.read_by(run, n)} - {None, EMPTY}
        for touch in self._origins.written_by(run, n):
            if touch.sha256 not in read and not touch.moved:
                yield node, self._known(touch), "written"
        for name in [metric.name for metric in self._journal.sure_metrics(run, n)][:_METRICS]:
            yield node, f"metric:{rest}:{name}", "measured"
        for remote in self._journal.remotes(run, n):
            if remote.role == "written":
                yield node, f"remote:{remote.url}", "written"
        for query in self._journal.queries(run, n):
            for table in tables(query.statement, query.dialect).writes:
                yield node, f"table:{query.database}#{table}", "written"
        yield from self._depends(run, n, ahead=True)

    def _depends(self, run: str, n: int, *, ahead: bool) -> Iterator[_Link]:
        """The next executions with data, past those that only compute; numbers count only on the way ahead."""
        data = self._data_of(run)
        others = [other for other in data if (other > n if ahead else other < n) and (ahead or data[other] == "data")]
        if not others:
            return
        if run not in self._flows:
            self._flows[run] = Flow(self._origins, run, min(data, default=1))
        for other in sorted(
            self._flows[run].nearest(n, lambda each: data.get(each) == "data" or (ahead and each in data), forward=ahead)
        ):
            here, there = f"execution:{run}/{n}", f"execution:{run}/{other}"
            yield (here, there, "depends") if ahead else (there, here, "depends")

    def _data_of(self, run: str) -> dict[int, str]:
        if run not in self._with_data:
            self._with_data[run] = self._origins.with_data(run)
        return self._with_data[run]

    # contents

    def before_content(self, node: str, rest: str) -> Iterator[_Link]:
        use = self._uses.get(node)
        if use is None:
            touch = self._files.get(node) or self._file(node, rest)
            if touch is None:
                return
            use = Use(touch.path, touch.sha256, END)
        made = self._makers.of(use)
        if made is None:
            return
        yield f"execution:{made.touch.address}", node, "written"
        for touch in self._makers.read_by(*made.touch.key):
            if touch.added_to and touch.path == made.touch.path:
                yield self._read(touch), node, "appended"

    def after_content(self, node: str, rest: str) -> Iterator[_Link]:
        if node.startswith("path:"):
            found = [touch for touch in self._origins.read_at(rest) if touch.sha256 is None]
        else:
            found = [] if rest == EMPTY else self._origins.readers(rest, _MOST_NEIGHBOURS + 1)
        for touch in sorted(found, key=lambda touch: (touch.started, touch.n)):
            if touch.replay_of is None and touch.added_to:
                for made in self._origins.written_by(touch.run, touch.n):
                    if made.path == touch.path:
                        yield node, self._known(made), "appended"
            elif touch.replay_of is None:
                yield node, f"execution:{touch.address}", "read"
        if not node.startswith("path:"):
            for touch in self._makers.all_of(rest):
                if touch.moved and touch.replay_of is None:
                    yield node, f"execution:{touch.address}", "moved"

    def _known(self, touch: Touch) -> str:
        node = _file_id(touch)
        self._files.setdefault(node, touch)
        return node

    def _read(self, touch: Touch) -> str:
        node = self._known(touch)
        self._uses.setdefault(node, Use.of(touch))
        return node

    # tables, remote data, metrics

    def before_table(self, node: str, rest: str) -> Iterator[_Link]:
        for key in _latest_writer(self._table_uses(rest, "writes")):
            yield f"execution:{key}", node, "written"

    def after_table(self, node: str, rest: str) -> Iterator[_Link]:
        for key, _ in self._table_uses(rest, "reads"):
            yield node, f"execution:{key}", "read"

    def _table_uses(self, rest: str, role: str) -> Iterator[tuple[str, str]]:
        database, _, table = rest.rpartition("#")
        for query, started in self._origins.queries_to(database):
            if table in getattr(tables(query.statement, query.dialect), role):
                yield f"{query.run}/{query.n}", started

    def before_remote(self, node: str, rest: str) -> Iterator[_Link]:
        written = [(f"{remote.run}/{remote.n}", at) for remote, at in self._origins.remotes_at(rest) if remote.role == "written"]
        for key in _latest_writer(written):
            yield f"execution:{key}", node, "written"

    def after_remote(self, node: str, rest: str) -> Iterator[_Link]:
        for remote, _ in self._origins.remotes_at(rest):
            if remote.role == "read":
                yield node, f"execution:{remote.run}/{remote.n}", "read"

    def before_metric(self, node: str, rest: str) -> Iterator[_Link]:
        yield f"execution:{_owner(rest)}", node, "measured"

    def nothing(self, node: str, rest: str) -> Iterator[_Link]:
        return iter(())


def _latest_writer(found: Iterable[tuple[str, str]]) -> list[str]:
    writers = sorted(found, key=lambda pair: pair[1])
    return [writers[-1][0]] if writers else []


_EXPANDED: dict[tuple[str, bool], Callable[[_Graph, str, str], Iterator[_Link]]] = {
    ("execution", False): _Graph.before_execution,
    ("execution", True): _Graph.after_execution,
    ("file", False): _Graph.before_content,
    ("file", True): _Graph.after_content,
    ("path", False): _Graph.before_content,
    ("path", True): _Graph.after_content,
    ("table", False): _Graph.before_table,
    ("table", True): _Graph.after_table,
    ("remote", False): _Graph.before_remote,
    ("remote", True): _Graph.after_remote,
    ("metric", False): _Graph.before_metric,
    ("metric", True): _Graph.nothing,
}


def _file_id(touch: Touch) -> str:
    return f"file:{touch.sha256}" if touch.sha256 and touch.sha256 != EMPTY else f"path:{touch.path}"


def _execution(address: str) -> tuple[str, int]:
    run, _, n = address.rpartition("/")
    return run, int(n)


def _execution_of(node: str) -> str | None:
    """Address of the execution that the node is, or belongs to."""
    kind, _, rest = node.partition(":")
    return rest if kind == "execution" else _owner(rest) if kind == "metric" else None


def _owner(rest: str) -> str:
    return rest.partition(":")[0]


def _label(kind: str, rest: str, touch: Touch | None, head: Head | None) -> str:
    if kind == "execution":
        lines = [line.strip() for line in (head.source if head else "").split("\n") if line.strip()]
        return (lines[0] if lines else rest)[:120]
    if kind == "metric":
        return rest.partition(":")[2]
    if kind in ("file", "path"):
        return os.path.basename(touch.path) if touch is not None else rest[:12]
    return rest.rpartition("#")[2] if kind == "table" else rest
