"""Full-text search: what a person types becomes quoted words, never a query language, and rows become hits.

Every word has to occur; the last may be the beginning of one. Code, paths, notebooks, metric names, classes of models and titles of figures
are indexed once per text, so a match is followed to the executions it belongs to. Newest first. Where this SQLite has no FTS5, LIKE over the tables does it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from labjournal.errors import LabjournalError
from labjournal.journal.connection import Connection
from labjournal.journal.rows import Hit

__all__ = ["search"]

LIMIT_S = 1.5
_START, _END = "\x02", "\x03"
_SNIPPET = 160
_RECENT = 2000
"""Rows of a path or a metric that are looked at, newest first: a file may be read, a loss logged, a million times."""
_EACH = 20
"""Executions that one shared text (a source, a path) is followed to, at most."""

_EXECUTIONS_OF: dict[str, str] = {
    "source": "SELECT run, n, started FROM executions WHERE source = ? ORDER BY started DESC LIMIT ?",
    "path": f"""SELECT e.run, e.n, e.started FROM (
        SELECT run, n FROM (SELECT run, n FROM usages WHERE path = ?1 ORDER BY id DESC LIMIT {_RECENT})
        UNION SELECT run, n FROM (SELECT run, n FROM generations WHERE path = ?1 ORDER BY id DESC LIMIT {_RECENT})
        ) f JOIN executions e ON e.run = f.run AND e.n = f.n ORDER BY e.started DESC LIMIT ?2""",
    "metric": f"""SELECT e.run, e.n, e.started FROM (
        SELECT run, n FROM (SELECT run, n FROM metrics WHERE name = ?1 ORDER BY id DESC LIMIT {_RECENT})
        UNION SELECT run, n FROM (SELECT run, n FROM series WHERE name = ?1 LIMIT {_RECENT})
        ) m JOIN executions e ON e.run = m.run AND e.n = m.n ORDER BY e.started DESC LIMIT ?2""",
    "model": """SELECT e.run, e.n, e.started FROM (SELECT DISTINCT run, n FROM models WHERE kind = ?) m
        JOIN executions e ON e.run = m.run AND e.n = m.n ORDER BY e.started DESC LIMIT ?""",
    "figure": """SELECT e.run, e.n, e.started FROM (SELECT DISTINCT run, n FROM figures WHERE title = ?) f
        JOIN executions e ON e.run = f.run AND e.n = f.n ORDER BY e.started DESC LIMIT ?""",
    "notebook": "SELECT run, 0, started FROM runs WHERE notebook = ? ORDER BY started DESC LIMIT ?",
}

_LIKE: tuple[tuple[str, str, str], ...] = (
    ("source", "s.text", "SELECT e.run, e.n, e.started, s.text FROM sources s JOIN executions e ON e.source = s.sha256"),
    ("output", "o.text", "SELECT o.run, o.n, e.started, o.text FROM outputs o JOIN executions e ON e.run = o.run AND e.n = o.n"),
    ("note", "t.text", "SELECT t.run, t.n, r.started, t.text FROM notes t JOIN runs r ON r.run = t.run"),
    ("path", "u.path", "SELECT u.run, u.n, e.started, u.path FROM usages u JOIN executions e ON e.run = u.run AND e.n = u.n"),
    (
        "path",
        "g.path",
        "SELECT g.run, g.n, e.started, g.path FROM generations g JOIN executions e ON e.run = g.run AND e.n = g.n",
    ),
    ("metric", "m.name", "SELECT m.run, m.n, e.started, m.name FROM metrics m JOIN executions e ON e.run = m.run AND e.n = m.n"),
    ("metric", "m.name", "SELECT m.run, m.n, e.started, m.name FROM series m JOIN executions e ON e.run = m.run AND e.n = m.n"),
    ("model", "m.kind", "SELECT m.run, m.n, e.started, m.kind FROM models m JOIN executions e ON e.run = m.run AND e.n = m.n"),
    (
        "figure",
        "f.title",
        "SELECT f.run, f.n, e.started, f.title FROM figures f JOIN executions e ON e.run = f.run AND e.n = f.n",
    ),
    ("notebook", "r.notebook", "SELECT r.run, 0, r.started, r.notebook FROM runs r"),
)


_MOST_WORDS = 100


def search(connection: Connection, text: str, limit: int) -> list[Hit]:
    """Hits for every word of the text, newest first; nothing for a text without words."""
    *words, last = text.replace("\0", " ").split() or [""]
    if not last or limit <= 0:
        return []
    words = [*dict.fromkeys(words), last]
    if len(words) > _MOST_WORDS:
        raise LabjournalError(f"{len(words)} words are too many to search for.", f"Use {_MOST_WORDS} at most.")
    try:
        found = list((_by_index if _has_index(connection) else _by_like)(connection, words, limit))
    except TimeoutError as error:
        raise LabjournalError(f"The search was given up after {LIMIT_S:g} s.", "Use rarer or longer words.") from error
    unique = {(hit.run, hit.n, hit.kind, hit.snippet): hit for hit in found}
    return sorted(unique.values(), key=lambda hit: (hit.started, hit.n), reverse=True)[:limit]


def _has_index(connection: Connection) -> bool:
    try:
        connection.rows("SELECT rowid FROM search_index LIMIT 1")
    except LabjournalError:
        return False
    return True


def _by_index(connection: Connection, words: list[str], limit: int) -> Iterable[Hit]:
    rows = connection.rows(
        """SELECT e.kind, e.run, e.n, e.item,
            CASE WHEN e.kind IN ('path', 'notebook', 'metric', 'model', 'figure') THEN highlight(search_index, 0, ?1, ?2)
            ELSE snippet(search_index, 0, ?1, ?2, '…', 16) END AS snippet
        FROM search_index JOIN search_entries e ON e.id = search_index.rowid
        WHERE search_index MATCH ?3 ORDER BY search_index.rowid DESC LIMIT ?4""",
        (_START, _END, _query(words), limit),
        limit_s=LIMIT_S,
    )
    for row in rows:
        yield from _hits(connection, row, limit)


def _hits(connection: Connection, row: Any, limit: int) -> Iterable[Hit]:
    kind, snippet = row["kind"], row["snippet"]
    if kind in _EXECUTIONS_OF:
        if kind != "source":
            snippet = snippet.split("\n", 1)[0]
        for run, n, started in connection.rows(_EXECUTIONS_OF[kind], (row["item"], min(limit, _EACH))):
            yield Hit(run, n, kind, snippet, started)
        return
    started = connection.one("SELECT started FROM executions WHERE run = ? AND n = ?", (row["run"], row["n"]))
    started = started or connection.one("SELECT started FROM runs WHERE run = ?", (row["run"],))
    if started:
        yield Hit(row["run"], row["n"], kind, snippet, started)


def _query(words: list[str]) -> str:
    """Each word as a quoted string of FTS5, in which nothing but a quote has a meaning."""
    quoted = ['"' + word.replace('"', '""') + '"' for word in words]
    return " ".join(quoted) + "*"


def _by_like(connection: Connection, words: list[str], limit: int) -> Iterable[Hit]:
    patterns = ["%" + word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%" for word in words]
    for kind, column, statement in _LIKE:
        condition = " AND ".join([f"{column} LIKE ? ESCAPE '\\'"] * len(words))
        for run, n, started, text in connection.rows(
            f"{statement} WHERE {condition} ORDER BY 3 DESC LIMIT ?", (*patterns, limit), limit_s=LIMIT_S
        ):
            yield Hit(run, n, kind, _marked(text, words), started)


def _marked(text: str, words: list[str]) -> str:
    """The text around the first match, the match marked as FTS5 would."""
    folded: Callable[[str], str] = str.lower
    at = folded(text).find(folded(words[0]))
    if at < 0:
        return text[:_SNIPPET]
    start, end = max(0, at - _SNIPPET // 2), at + len(words[0])
    return ("…" if start else "") + text[start:at] + _START + text[at:end] + _END + text[end : end + _SNIPPET // 2]
