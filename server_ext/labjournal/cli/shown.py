"""How a run and an execution look in a terminal: what was done, with what, and what came of it, on one or two screens."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from labjournal.cli.data import data_lines
from labjournal.cli.made import made_lines
from labjournal.cli.state import state_of_execution, state_of_run
from labjournal.cli.terminal import Style, safe
from labjournal.cli.text import (
    Cell,
    age,
    clock,
    count,
    cut,
    day,
    duration,
    figure,
    figures,
    home,
    pairs,
    size,
    status_kind,
    table,
    width,
)
from labjournal.questions.environment_words import library_words, source_words
from labjournal.questions.metrics import once

if TYPE_CHECKING:
    from labjournal.questions.answers import ExecutionPart, GitPart, OutputPart, ShowAnswer

__all__ = ["execution_lines", "git_line", "highlighted", "indented", "remarks", "run_lines", "values_line"]

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_OUTPUT_LINES = 20
_EXECUTIONS = 200


def run_lines(answer: ShowAnswer, style: Style) -> Iterator[str]:
    """The run: its circumstances, then its executions, one a line."""
    name = f'  "{answer["name"]}"' if answer["name"] else ""
    yield style(safe(f"Run {answer['run']}{name}", one_line=True), "strong")
    yield pairs(
        [
            *_circumstances(answer),
            ("metrics", figures(dict(once(answer["metrics"])))),
            ("parameters", values_line(answer["parameters"])),
        ],
        style,
    )
    yield from remarks(answer["warnings"], style)
    executions = answer["executions"]
    if not executions:
        return
    hidden = max(0, len(executions) - _EXECUTIONS)
    rows = [_execution_line(execution) for execution in executions[hidden:]]
    yield ""
    yield from table(("n", "status", "time", "duration", "outputs", "code"), rows, style, right=(0, 3))
    if hidden:
        yield f"{count(hidden, 'execution')} before these; --json shows all."
    yield ""
    yield f"`labjournal show {safe(answer['run'])}/N` shows one of them."


def execution_lines(answer: ShowAnswer, style: Style) -> Iterator[str]:
    """One execution: its code, what it showed, read and wrote."""
    execution = answer["executions"][0]
    title = f"Execution {execution['address']}" + (f'  "{execution["name"]}"' if execution["name"] else "")
    yield style(safe(title, one_line=True), "strong") + "  " + style(safe(execution["status"]), status_kind(execution["status"]))
    yield pairs(
        [
            ("notebook", _notebook(answer)),
            ("started", _times(execution["started"], execution["duration_s"])),
            ("sent by", execution["client"] if execution["client"] != "unknown" else ""),
            ("tags", ", ".join(execution["tags"])),
            *[("note", note["text"]) for note in execution["notes"]],
            ("metrics", figures(dict(once(execution["metrics"])))),
            ("parameters", values_line(execution["parameters"])),
            *state_of_execution(execution),
        ],
        style,
    )
    yield ""
    yield indented(highlighted(safe(execution["source"]), style))
    yield from _outputs(execution, style)
    yield from made_lines(execution, style)
    yield from data_lines(execution, style)
    yield from remarks(execution["warnings"], style)


def _circumstances(answer: ShowAnswer) -> list[tuple[str, str]]:
    environment, git = answer["environment"], answer["git"]
    used = [f"{name} {environment['packages'].get(name, '')}".strip() for name in environment["used"]]
    packages = f"{count(len(environment['packages']), 'package')} installed" if environment["packages"] else ""
    return [
        ("notebook", _notebook(answer)),
        ("folder", home(answer["folder"])),
        ("started", _times(answer["started"], answer["duration_s"], answer["status"])),
        ("replay of", answer["replay_of"] or ""),
        ("kernel", ", ".join(part for part in (answer["kernel"], _known(answer["client"]), answer["user"]) if part)),
        ("python", ", ".join(part for part in (environment["python"], environment["platform"], packages) if part)),
        ("used", ", ".join(used)),
        ("sources", ", ".join(source_words(environment["packages"], environment["distributions"], environment["used"]))),
        ("libraries", "; ".join(library_words(environment["libraries"]))),
        ("git", git_line(git)),
        *state_of_run(answer),
        ("tags", ", ".join(answer["tags"])),
        *[("note", f"{note['text']}" + (f" ({answer['run']}/{note['n']})" if note["n"] else "")) for note in answer["notes"]],
    ]


def _notebook(answer: ShowAnswer) -> str:
    return home(answer["notebook"]) if answer["notebook"] else "not known"


def _known(client: str) -> str:
    return "" if client == "unknown" else f"driven by {client}"


def _times(started: str, lasted: float | None, status: str = "") -> str:
    ago = age(started)
    words = [f"{day(started)}, {clock(started, seconds=True)}" + (f" ({ago})" if ago else ""), duration(lasted)]
    if status and status != "ended":
        words.append("the kernel died" if status == "abandoned" else status)
    return ", ".join(word for word in words if word)


def git_line(git: GitPart) -> str:
    """Commit, branch and whether anything was not committed; of a repository that could not be read the reason, without one nothing."""
    why = git["reason"].rstrip(".")
    if git["commit"] is None:
        return f"not available: {why}" if why and git["root"] else ""
    unknown = f"whether anything was not committed is not known: {why}" if why else ""
    state = {True: "with uncommitted changes", False: "clean", None: unknown}[git["dirty"]]
    place = f"{git['branch'] or 'detached'} at {git['commit'][:10]}"
    return ", ".join(part for part in (place, state, git["remote"] or "") if part)


def values_line(values: dict[str, Any]) -> str:
    return ", ".join(f"{name} = {cut(str(figure(value)), 60)}" for name, value in values.items())


def _execution_line(execution: ExecutionPart) -> list[Cell]:
    lines = [line for line in execution["source"].split("\n") if line.strip()]
    code = (lines[0].strip() if lines else "(nothing)") + (f"  (+{len(lines) - 1})" if len(lines) > 1 else "")
    kinds = dict.fromkeys(_kind(output) for output in execution["outputs"])
    given = [f'"{execution["name"]}"'] if execution["name"] else []
    labels = [*given, *([f"[{', '.join(execution['tags'])}]"] if execution["tags"] else [])]
    return [
        str(execution["n"]),
        (execution["status"], status_kind(execution["status"])),
        clock(execution["started"], seconds=True),
        duration(execution["duration_s"]),
        cut(", ".join(kinds), 30),
        "  ".join([code, *labels]),
    ]


def _kind(output: OutputPart) -> str:
    """What an output is, in a word or two."""
    if output["output_type"] == "stream":
        return "text" if output["name"] == "stdout" else output["name"]
    if output["output_type"] == "error":
        return output["ename"]
    return _telling_mime(output["data"])


def _telling_mime(data: dict[str, Any]) -> str:
    """The type of what a notebook would show."""
    richer = [mime for mime in data if mime != "text/plain"]
    for beginning in ("image/", "application/vnd", "text/html"):
        for mime in richer:
            if mime.startswith(beginning):
                return mime
    return richer[0] if richer else "value"


def _outputs(execution: ExecutionPart, style: Style) -> Iterator[str]:
    for output in execution["outputs"]:
        yield ""
        if output["output_type"] == "stream":
            yield style(safe(output["name"]), "faint")
            yield indented(_some_lines(output["text"]))
        elif output["output_type"] == "error":
            yield style(safe(f"{output['ename']}: {output['evalue']}", one_line=True), "bad")
            yield indented(_some_lines("\n".join(output["traceback"]), last=True))
        else:
            length = f", {size(output['bytes'])}" if output["bytes"] else ""
            yield style(safe(_telling_mime(output["data"]) + length, one_line=True), "faint")
            plain = output["data"].get("text/plain")
            if isinstance(plain, (str, list)):
                yield indented(_some_lines("".join(map(str, plain))))


def _some_lines(text: str, *, last: bool = False) -> str:
    """The first (or last) lines of recorded text, its colours taken out, each no wider than the terminal."""
    lines = safe(_COLOURS.sub("", text)).rstrip("\n").split("\n")
    hidden = len(lines) - _OUTPUT_LINES
    shown = [cut(line, max(20, width() - 4)) for line in (lines[-_OUTPUT_LINES:] if last else lines[:_OUTPUT_LINES])]
    if hidden > 0:
        shown.insert(0 if last else len(shown), f"... {count(hidden, 'line')} more")
    return "\n".join(shown)


def remarks(warnings: list[str], style: Style) -> Iterator[str]:
    for warning in warnings[:20]:
        yield style(safe(f"  ! {warning}", one_line=True), "odd")
    if len(warnings) > 20:
        yield style(f"  ! {count(len(warnings) - 20, 'remark')} more; --json shows all.", "odd")


def highlighted(source: str, style: Style) -> str:
    """The source in colours, on a terminal; it is made safe before, so what is coloured is what it seems."""
    if not style.on:
        return source
    from pygments import highlight
    from pygments.formatters import TerminalFormatter
    from pygments.lexers import PythonLexer

    return str(highlight(source, PythonLexer(stripnl=False), TerminalFormatter())).rstrip("\n")


def indented(text: str) -> str:
    return "\n".join(f"    {line}".rstrip() for line in text.split("\n"))
