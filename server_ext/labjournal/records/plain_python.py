"""A cell as plain Python: IPython's magics and shell lines translated, or said in a comment where nothing else can stand for them.

The cell is taken apart by IPython's own transformer, so that what it takes for a magic is what a kernel took for one. What is put in
its place needs the standard library only.
"""

from __future__ import annotations

import ast
import re
import shlex
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field

__all__ = ["Plain", "plain"]

_INSTALLS = re.compile(r"\s*(?:pip3?|uv|conda|mamba|micromamba|apt(?:-get)?|(?:\S*python[\d.]* +-m +pip))\b.*\binstall\b")
_INTERPOLATED = re.compile(r"(?<!\{)\{[^{}\n]+\}(?!\})|(?<!\$)\$[A-Za-z_]\w*")
_RUNS_THE_REST = frozenset(("time", "prun", "memit"))
_RUNS_THE_BODY = frozenset(("time", "capture", "prun", "memit", "snakeviz"))
_SHELLS = frozenset(("bash", "sh", "!", "sx", "system"))
_SHOWS = frozenset(("html", "markdown", "latex", "svg", "javascript", "js"))


@dataclass
class Plain:
    """The code, the modules it needs besides, and what of the cell it cannot do, as sentences."""

    source: str
    modules: set[str] = field(default_factory=set)
    lacks: list[str] = field(default_factory=list)


def plain(source: str) -> Plain:
    """The cell as Python that runs anywhere; a cell that is no Python becomes a comment."""
    answer = Plain("")
    answer.source = _translated(source, answer)
    return answer


def _translated(source: str, answer: Plain) -> str:
    from IPython.core.inputtransformer2 import TransformerManager

    try:
        text = TransformerManager().transform_cell(source)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        answer.lacks.append(f"This is no Python, and left out: {_short(source)}")
        return _comment(source)
    lines = [line.encode() for line in text.rstrip("\n").split("\n")]
    for node, method, words in sorted(_asked(tree), key=lambda found: (found[0].lineno, found[0].col_offset), reverse=True):
        indent = b" " * node.col_offset
        put = _stands_for(node, method, words, answer)
        first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
        rest = lines[last][node.end_col_offset or 0 :]
        new = [indent + line if number else line for number, line in enumerate(put.encode().split(b"\n"))]
        new[0], new[-1] = (
            lines[first][: node.col_offset] + new[0],
            (lines[first][: node.col_offset] if len(new) == 1 else b"") + (new[-1] if len(new) > 1 else new[0]) + rest,
        )
        lines[first : last + 1] = new
    return b"\n".join(lines).decode(errors="replace")


def _asked(tree: ast.Module) -> Iterator[tuple[ast.stmt, str, list[str]]]:
    """Statements that ask IPython for something: the statement, the method, its texts."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.Expr, ast.Assign)) and isinstance(node.value, ast.Call):
            call = node.value
            if (
                isinstance(call.func, ast.Attribute)
                and isinstance(call.func.value, ast.Call)
                and isinstance(call.func.value.func, ast.Name)
                and call.func.value.func.id == "get_ipython"
                and all(isinstance(each, ast.Constant) and isinstance(each.value, str) for each in call.args)
            ):
                yield node, call.func.attr, [str(each.value) for each in call.args if isinstance(each, ast.Constant)]


def _stands_for(node: ast.stmt, method: str, words: list[str], answer: Plain) -> str:
    target = f"{ast.unparse(node.targets[0])} = " if isinstance(node, ast.Assign) else ""
    if method in ("system", "getoutput", "getlines") and words:
        return _shell(words[0], target, answer, wants=method != "system")
    if method in ("run_line_magic", "magic") and words:
        name, _, rest = words[0].partition(" ") if len(words) == 1 else (words[0], "", words[1])
        return _line_magic(name.lstrip("%"), rest.strip(), target, answer)
    if method == "run_cell_magic" and len(words) == 3:
        return _cell_magic(words[0], words[1].strip(), words[2], answer)
    answer.lacks.append(f"Only IPython can do this: {_short(ast.unparse(node))}")
    return _said(ast.unparse(node), target)


def _shell(command: str, target: str, answer: Plain, *, wants: bool) -> str:
    if _INSTALLS.match(command):
        return _said(f"!{command}  (install what is needed before)", target)
    answer.modules.add("subprocess")
    text = _text(command)
    if wants:
        return f"{target}subprocess.run({text}, shell=True, capture_output=True, text=True).stdout.splitlines()"
    return f"subprocess.run({text}, shell=True)"


def _line_magic(name: str, rest: str, target: str, answer: Plain) -> str:
    if name == "cd" and rest and not rest.startswith("-"):
        answer.modules.add("os")
        return f"os.chdir(os.path.expanduser({_text(rest.strip(chr(34) + chr(39)))}))"
    if name in ("env", "set_env") and rest:
        variable, _, value = (part.strip() for part in (rest.partition("=") if "=" in rest else rest.partition(" ")))
        if value:
            answer.modules.add("os")
            return f"os.environ[{variable!r}] = {_text(value)}"
    if name in _RUNS_THE_REST and rest:
        return _translated(rest, answer)
    if name == "run" and rest and not rest.startswith("-"):
        answer.modules |= {"runpy", "sys"}
        words = shlex.split(rest)
        given = f"sys.argv[1:] = {words[1:]!r}\n" if len(words) > 1 else ""
        return f"{given}globals().update(runpy.run_path({words[0]!r}, run_name='__main__'))"
    if name in ("bash", "sx", "system"):
        return _shell(rest, target, answer, wants=bool(target))
    if name in ("pip", "conda", "mamba", "uv"):
        return _said(f"%{name} {rest}  (install what is needed before)", target)
    return _said(f"%{name} {rest}".rstrip(), target)


def _cell_magic(name: str, rest: str, body: str, answer: Plain) -> str:
    if name in _RUNS_THE_BODY:
        return f"# %%{name} {rest}".rstrip() + "\n" + _translated(body, answer)
    if name in ("writefile", "file"):
        words = shlex.split(rest)
        mode = "a" if "-a" in words or "--append" in words else "w"
        path = next((word for word in words if not word.startswith("-")), "")
        return f"with open({path!r}, {mode!r}, encoding='utf-8') as _file:\n    _file.write({body!r})"
    if name in _SHELLS or name == "script":
        answer.modules.add("subprocess")
        shell = rest.split()[0] if name == "script" and rest else "sh" if name == "sh" else "bash"
        return f"subprocess.run([{shell!r}, '-c', {body!r}])"
    if name not in (*_SHOWS, "timeit"):
        answer.lacks.append(f"Only IPython, with an extension perhaps, can do this: %%{name}")
    return _comment(f"%%{name} {rest}".rstrip() + f"\n{body}")


def _said(text: str, target: str) -> str:
    """A comment in the place of a statement."""
    return f"{target or ''}{'None' if target else 'pass'}  # in IPython: {' '.join(text.split())}"


def _comment(text: str) -> str:
    return "pass  # in IPython:\n" + "\n".join(f"# {line}".rstrip() for line in text.rstrip("\n").split("\n"))


def _text(text: str) -> str:
    """A text of a magic, with the names that IPython would have put in."""
    if not _INTERPOLATED.search(text):
        return repr(text)
    braced = re.sub(r"(?<!\$)\$([A-Za-z_]\w*)", lambda found: found[0] if found[1].isupper() else "{" + found[1] + "}", text)
    candidate = f"f{braced!r}"
    try:
        ast.parse(candidate)
    except SyntaxError:
        return repr(text)
    return candidate


def _short(text: str) -> str:
    line = text.strip().split("\n")[0]
    return line if len(line) <= 60 else f"{line[:60]}…"
