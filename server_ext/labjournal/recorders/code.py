"""Names: what each execution binds, uses, may change in place and imports, told from its source on the helper thread.

The analysis is `names`; here its object is made out of a cell: IPython's magics are taken off (what they do is not followed, and
said so), and names that earlier cells bound to modules are remembered.
"""

from __future__ import annotations

import ast
import re
from typing import Iterable, Iterator

from labjournal.events import Event, NamesSeen
from labjournal.recorders import Context, Execution, Recorder
from labjournal.recorders.names import Names, read
from labjournal.recorders.python_source import Parsed, parse, parse_once

__all__ = ["CodeRecorder", "names_in"]

_ASSIGNED = re.compile(r"[ \t]*(?P<names>[A-Za-z_]\w*(?:[ \t]*,[ \t]*[A-Za-z_]\w*)*)[ \t]*=[ \t]*(?P<magic>[%!].*)", re.DOTALL)
_NAME = re.compile(r"[ \t]*(?P<kind>[%!?]{1,2})[ \t]*(?P<name>[\w.]*)(?P<rest>.*)", re.DOTALL)
_OPTIONS = re.compile(r"(?:[ \t]+-{1,2}\w[\w-]*(?:[ =]?(?:\d[\w.]*))?)*[ \t]*")
# Magics that neither bind names nor run code of the user's.
_HARMLESS = frozenset(
    "alias autoawait autocall autoindent autoreload autosave bookmark cd clear cls colors conda config connect_info debug dhist dirs doctest_mode "
    "env set_env gui html help history javascript js latex labjournal load_ext unload_ext lsmagic magic markdown matplotlib mamba micromamba more "
    "notebook page pdef pdoc pfile pinfo pinfo2 pip precision psource psearch pushd popd pwd pycat quickref reload_ext svg sx tb unalias uv who "
    "who_ls whos watermark writefile xmode".split()
)
_RUNS_PYTHON = frozenset("time timeit prun memit mprun lprun capture debug".split())


class CodeRecorder(Recorder):
    """Yields one NamesSeen for each execution."""

    name = "code"
    parses = True

    def __init__(self, context: Context) -> None:
        self._context = context
        self._modules: dict[str, str] = {}

    def collect(self, execution: Execution) -> Iterable[Event]:
        names = Names() if execution.hurried else names_in(execution.source, execution.transformed, self._modules)
        names.opaque = names.opaque or execution.hurried
        for name in names.bound:
            self._modules.pop(name, None)
        self._modules.update(names.aliases)
        yield NamesSeen(
            execution.run, execution.n, tuple(sorted(names.bound)), tuple(sorted(names.used)), tuple(sorted(names.mutated)),
            tuple(sorted(names.imported)), names.opaque,
        )  # fmt: skip


def names_in(source: str, transformed: str | None = None, modules: dict[str, str] | None = None) -> Names:
    """The names in a cell; `opaque` where nothing, or not everything, could be followed."""
    modules = modules or {}
    parsed = parse_once(source)
    tree = parsed.tree
    if tree is None and not parsed.cell_magic and transformed is not None:
        tree = parse(transformed).tree
    if tree is None and not parsed.cell_magic:
        answer = Names()
        answer.opaque = bool(source.strip())
        return answer
    if tree is None:
        tree = ast.parse("")
    try:
        answer = read(tree, modules)
    except RecursionError:
        answer = Names()
        answer.opaque = True
    for inner in _magics(parsed, answer):
        _add(answer, names_in(inner, None, {**modules, **answer.aliases}))
    return answer


def _magics(parsed: Parsed, answer: Names) -> Iterator[str]:
    """Python that magics run; `answer` learns what the magics themselves bind or hide."""
    for _, text in parsed.magics:
        assigned = _ASSIGNED.match(text)
        if assigned is not None:
            answer.bound.update(name.strip() for name in assigned.group("names").split(","))
            text = assigned.group("magic")
        match = _NAME.match(text)
        if match is None or match.group("kind")[0] == "?" or text.rstrip().endswith("?"):
            continue
        name, rest = match.group("name"), match.group("rest")
        if text.lstrip().startswith("%%capture"):
            answer.bound.update(re.findall(r"[ \t]([A-Za-z_]\w*)", rest.partition("\n")[0]))
        if match.group("kind")[0] == "%" and name in _RUNS_PYTHON:
            yield rest[_OPTIONS.match(rest).end() :] if len(match.group("kind")) == 1 else ""  # type: ignore[union-attr]
        elif match.group("kind")[0] == "!" or name not in _HARMLESS:
            answer.opaque = True


def _add(answer: Names, other: Names) -> None:
    answer.used |= other.used - answer.bound
    answer.bound |= other.bound
    answer.mutated |= other.mutated
    answer.imported |= other.imported
    answer.opaque = answer.opaque or other.opaque
    answer.aliases.update(other.aliases)
