"""How the answer to `why` looks in a terminal: who made it, with which code, out of what, and what lies behind that."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from labjournal.cli.shown import git_line, highlighted, indented, remarks, values_line
from labjournal.cli.terminal import Style, safe
from labjournal.cli.text import Cell, age, clock, count, cut, day, figures, home, pairs, size, table
from labjournal.questions.metrics import once

if TYPE_CHECKING:
    from labjournal.questions.origin.answers import ProducedBy, UpstreamPart, UsedBy, WhyAnswer, WhyInput
    from labjournal.questions.results.answers import ModelPart

__all__ = ["why_lines"]

_STEPS = 40
_CODE_LINES = 8
_LISTED = 60
_MODELS = 3
_WIDE = 100


def why_lines(answer: WhyAnswer, style: Style, *, forward: bool = False) -> Iterator[str]:
    """What lies behind it, or, `forward`, what became of it and nothing else: each on one screen."""
    yield style(safe(_title(answer), one_line=True), "strong")
    yield pairs(_facts(answer), style)
    if forward:
        yield from _used_by(answer["used_by"], style)
    else:
        yield from _recipe(answer, style)
        yield from _inputs(answer, style)
        yield from _upstream(answer["upstream"], style)
    if answer["not_seen"]:
        yield ""
        yield style("not seen, or not certain", "faint")
        yield from remarks(answer["not_seen"], style)


def _title(answer: WhyAnswer) -> str:
    return home(answer["path"]) if answer["kind"] == "file" and answer["path"] else answer["target"]


def _facts(answer: WhyAnswer) -> list[tuple[str, str]]:
    environment, git = answer["environment"], answer["git"]
    used = [f"{name} {environment['packages'].get(name, '')}".strip() for name in environment["used"]]
    verb = {"shown": "shown by", "path": "last written by"}.get(answer["found"], "made by")
    verb = "execution" if answer["kind"] == "execution" else verb
    return [
        (verb, _maker(answer["produced_by"]) or ("nobody who was recorded" if answer["found"] == "read" else "")),
        ("written as", _written_as(answer)),
        ("sha256", answer["sha256"] or ""),
        (
            "also by",
            ", ".join(other["address"] for other in answer["others"][:8]) + (", ..." if len(answer["others"]) > 8 else ""),
        ),
        ("parameters", values_line(answer["parameters"])),
        ("metrics", figures(dict(once(answer["metrics"])))),
        ("models", "; ".join(map(_model, answer["models"][-_MODELS:]))),
        ("python", ", ".join(part for part in (environment["python"], environment["platform"]) if part)),
        ("used", ", ".join(used)),
        ("git", git_line(git)),
    ]


def _model(model: ModelPart) -> str:
    """Its name and class, and what became of the one before it."""
    change = model["change"]
    changed = f", {change['how']} since {change['than']}" if change is not None else ""
    why = f" ({', '.join(change['what'][:3])})" if change is not None and change["what"] else ""
    return cut(f"{model['name']} ({model['kind'].rpartition('.')[2]}){changed}{why}".strip(), _WIDE)


def _maker(made: ProducedBy | None) -> str:
    if made is None:
        return ""
    ago = age(made["started"])
    when = f"{day(made['started'])}, {clock(made['started'])}" + (f" ({ago})" if ago else "")
    return ", ".join(part for part in (made["address"], home(made["notebook"] or ""), when) if part)


def _written_as(answer: WhyAnswer) -> str:
    """Where the maker wrote it, if that is not where it lies now."""
    made = answer["produced_by"]
    return home(made["path"]) if made and made["path"] and made["path"] != answer["path"] else ""


def _recipe(answer: WhyAnswer, style: Style) -> Iterator[str]:
    steps = answer["recipe"]
    if not steps:
        return
    yield ""
    yield style(f"recipe, {count(len(steps), 'execution')}", "faint")
    for step in steps[-_STEPS:]:
        lines = [line for line in step["source"].split("\n") if line.strip()]
        hidden = len(lines) - _CODE_LINES
        remarks = [f"{hidden} lines more"] if hidden > 0 else []
        remarks += ["from caution"] if step["cautious"] else []
        yield "  " + style(safe(step["address"]), "link") + (style(f"  ({', '.join(remarks)})", "faint") if remarks else "")
        yield indented(highlighted(safe("\n".join(lines[:_CODE_LINES])), style))
    if len(steps) > _STEPS:
        yield f"  {count(len(steps) - _STEPS, 'execution')} before these; --json shows all."


def _inputs(answer: WhyAnswer, style: Style) -> Iterator[str]:
    title = "read from" if answer["found"] == "read" else "input"
    yield from _table((title, "sha256", "read by", "made by", "where"), [_input(part) for part in answer["inputs"]], style)


def _input(part: WhyInput) -> Sequence[Cell]:
    made = part["produced_by"]
    maker: Cell = ("not recorded", "odd")
    if made is not None:
        by_path = " (by path)" if part["produced_how"] == "path" else ""
        maker = made["address"] + by_path
    elif part["package"]:
        maker = part["package"]
    known = part["sha256"][:12] if part["sha256"] else part["kind"] if part["kind"] != "file" else "not known"
    return [size(part["bytes"]), known, part["read_by"], maker, home(part["path"])]


def _upstream(parts: list[UpstreamPart], style: Style) -> Iterator[str]:
    rows: list[Sequence[Cell]] = []
    for part in parts:
        notebook = os.path.basename(part["notebook"] or "") or "(not known)"
        rows.append(
            [
                (", ".join(part["addresses"][:3]) + (", ..." if len(part["addresses"]) > 3 else ""), "link"),
                _moment(part["started"]),
                notebook,
                _few([_short(path) for path in part["made"]]),
                _few([_short(each["path"]) for each in part["inputs"]]) or "nothing recorded",
            ]
        )
    yield from _table((f"behind it ({count(len(parts), 'run')})", "when", "notebook", "made", "out of"), rows, style)


def _used_by(parts: list[UsedBy], style: Style) -> Iterator[str]:
    if not parts:
        yield ""
        yield "Nobody who was recorded used it."
        return
    rows: list[Sequence[Cell]] = [
        [
            (part["address"], "link"),
            _moment(part["started"]),
            os.path.basename(part["notebook"] or "") or "(not known)",
            _short(part["path"]),
            _few([*[_short(path) for path in part["files"]], *part["metrics"]]),
        ]
        for part in parts
    ]
    yield from _table(("used by", "when", "notebook", "as", "what came of it"), rows, style)


def _short(path: str) -> str:
    """The last part of a path; of an address or a table the whole is short enough."""
    return path if "://" in path else os.path.basename(path) or path


def _moment(started: str) -> str:
    return f"{started[:10]} {clock(started)}"


def _few(words: list[str], most: int = 3) -> str:
    return ", ".join(words[:most]) + (f", {len(words) - most} more" if len(words) > most else "")


def _table(head: Sequence[str], rows: list[Sequence[Cell]], style: Style) -> Iterator[str]:
    if rows:
        yield ""
        yield from table(head, rows[:_LISTED], style)
        if len(rows) > _LISTED:
            yield f"{len(rows) - _LISTED} more; --json shows all."
