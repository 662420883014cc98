"""What an error says about its cause: a file that is not there, a module or a name that is missing, a column that has another name.

A name that is missing because the cell that gives it failed is told by that cell's error, also where it is no part of a recipe. An error that was
raised in a package of another version, by code that is the same, is that package's.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from labjournal.journal.rows import Execution
from labjournal.questions.difference.answers import Cause, Evidence, WhatChanged
from labjournal.questions.difference.behind import Behind
from labjournal.questions.difference.code_nature import nature
from labjournal.questions.difference.diff_summary import version
from labjournal.questions.difference.surroundings import module_of
from labjournal.questions.difference.weighing import Compared, cause

__all__ = ["failures"]

_QUOTED = re.compile(r"['\"]([^'\"]{1,500})['\"]")
_MODULE = re.compile(
    r"named '([^']{1,200})'|from '([^']{1,200})'|\bImport (\w{1,100})|dependency '([^']{1,200})'|install (?:the )?`?(\w[\w-]{0,100})"
)
_INSTALLED = re.compile(r"[/\\](?:site|dist)-packages[/\\](\w+)")
_COLOURS = re.compile(r"\x1b\[[\d;]*m")
_FILES = frozenset(
    ("FileNotFoundError", "NotADirectoryError", "IsADirectoryError", "PermissionError", "EmptyDataError", "ParserError")
)
_IMPORTS = frozenset(("ModuleNotFoundError", "ImportError", "PackageNotFoundError"))
_NETWORK = frozenset(("ConnectionError", "URLError", "HTTPError", "ConnectTimeout", "ReadTimeout", "SSLError", "gaierror"))


def failures(answer: WhatChanged, compared: Compared) -> Iterator[Cause]:
    """Of the first cell that ended well in one and failed in the other."""
    both = sorted(((one, other) for one, other in compared.pairs if one and other), key=lambda pair: pair[1].n)
    for one, other in both:
        if {one.status, other.status} == {"ok", "failed"}:
            failed, behind = (other, compared.b) if other.status == "failed" else (one, compared.a)
            edited = nature(one.source, other.source)
            before = _what_failed_before(failed, behind)
            if before is not None:
                yield from _of_error(answer, before, "none", behind)
            if edited in ("none", "shown"):
                yield from _of_order(one, other, failed, compared)
            yield from _of_error(answer, failed, edited, behind)
            return


def _of_order(one: Execution, other: Execution, failed: Execution, compared: Compared) -> Iterator[Cause]:
    """A name that another cell gave than in the one that ended well, though both cells were executed in both."""
    first, second = _givers(one, compared.a), _givers(other, compared.b)
    partners = {a.n: b.n for a, b in compared.pairs if a and b}
    for name in sorted(first.keys() & second.keys()):
        before, now = first[name], second[name]
        if before in partners and now in partners.values() and partners[before] != now:
            given = f"{compared.a.run}/{before}", f"{compared.b.run}/{now}"
            said = f"'{name}' was given to {failed.address} by another cell ({given[1]}, before {given[0]}): they were executed in another order"
            fact: Evidence = {
                "what": "execution", "name": name, "a": given[0], "b": given[1], "address": str(failed.address), "path": None
            }  # fmt: skip
            yield cause("order", 0.98, said, fact)
            return


def _givers(execution: Execution, behind: Behind) -> dict[str, int]:
    """Name that it uses → the execution that bound it last before."""
    bindings = behind.journal.bindings(behind.run)
    used = {each.name for each in bindings if each.n == execution.n and each.role == "used"}
    bound = [each for each in bindings if each.role == "bound" and each.n < execution.n and each.name in used]
    return {each.name: each.n for each in sorted(bound, key=lambda each: each.n)}


def _what_failed_before(failed: Execution, behind: Behind) -> Execution | None:
    """The failed execution that would have given the name which is missing; a recipe leaves out what failed."""
    word = _QUOTED.search(failed.error_value)
    if failed.error_name != "NameError" or word is None:
        return None
    gives = {each.n for each in behind.journal.bindings(behind.run) if each.role == "bound" and each.name == word[1]}
    earlier = behind.journal.executions(behind.run, last=failed.n - 1) if gives and failed.n > 1 else []
    return next((each for each in earlier if each.n in gives and each.status == "failed"), None)


def _of_error(answer: WhatChanged, failed: Execution, edited: str, behind: Behind) -> Iterator[Cause]:
    weight = 0.97 if edited in ("none", "shown") else 0.6
    words = _QUOTED.findall(failed.error_value)
    word = words[-1] if words else failed.error_value.strip()[:120]
    at: Evidence = {
        "what": "execution",
        "name": str(failed.address),
        "a": None,
        "b": failed.error_name,
        "address": str(failed.address),
        "path": None,
    }
    if failed.error_name in _FILES:
        path = word if os.sep in word or "." in word else None
        named = os.path.basename(word) or word or "a file"
        state = "was not there" if failed.error_name == "FileNotFoundError" else "could not be read"
        fact: Evidence = {**at, "what": "file", "name": word, "path": path}
        yield cause("data", weight, f"{named} {state} for {failed.address} ({failed.error_name})", fact, at)
    elif failed.error_name in _IMPORTS:
        # "needs a newer version of …" is said by the package that was changed; that a module is missing, by nobody.
        blamed = (
            list(_package(answer, failed, behind))
            if failed.error_name != "ModuleNotFoundError" and edited in ("none", "shown")
            else []
        )
        if blamed:
            yield from blamed
            return
        found = _MODULE.search(failed.error_value)
        word = next((each for each in found.groups() if each), word) if found else word
        local = any(module["name"] == word.partition(".")[0] or module["name"] == word for module in answer["modules"])
        kind = "code" if local else "environment"
        yield cause(
            kind,
            weight,
            f"{failed.address} could not import '{word}' ({failed.error_name})",
            {**at, "what": "package", "name": word},
            at,
        )
    elif failed.error_name in _NETWORK:
        yield cause("network", weight, f"{failed.address} could not reach the other machine ({failed.error_name})", at)
    elif failed.error_name == "NameError":
        yield cause(
            "order", weight * 0.95, f"'{word}' was not there for {failed.address}: what binds it had not been executed", at
        )
    elif failed.error_name in ("KeyError", "ColumnNotFoundError"):
        yield from _column(answer, failed, word, weight, at)
    elif edited in ("none", "shown"):
        yield from _package(answer, failed, behind)


def _package(answer: WhatChanged, failed: Execution, behind: Behind) -> Iterator[Cause]:
    """The innermost package of another version in which the error came up, by the traceback."""
    shown = behind.outputs.get(failed.n) or behind.journal.outputs(behind.run, failed.n)
    traceback = _COLOURS.sub("", "\n".join(output.text for output in shown if output.type == "error"))
    changed = {module_of(change["name"]): change for change in answer["environment"] if None not in (change["a"], change["b"])}
    for module in reversed(_INSTALLED.findall(traceback)):
        change = changed.get(module.lower())
        if change is not None:
            address = str(failed.address)
            fact: Evidence = {
                "what": "package", "name": change["name"], "a": change["a"], "b": change["b"], "address": address, "path": None
            }  # fmt: skip
            yield cause("environment", 0.9, f"{version(change)}: {address} failed in it ({failed.error_name})", fact)
            return


def _column(answer: WhatChanged, failed: Execution, word: str, weight: float, at: Evidence) -> Iterator[Cause]:
    """A column that the data no longer have."""
    for change in answer["data"]:
        gone = [column["name"] for column in change["columns"] if column["what"] == "removed"]
        if change["what"] == "changed" and change["role"] != "written" and word in gone:
            fact: Evidence = {
                **at,
                "what": change["kind"],
                "name": change["name"],
                "a": change["a"],
                "b": change["b"],
                "path": change["name"] if change["kind"] == "file" else None,
            }
            name = os.path.basename(change["name"])
            yield cause("data", weight, f"{name} has no column '{word}' any more, which {failed.address} needs", fact, at)
            return
