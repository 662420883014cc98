"""Why a replay may have parted from the record: evidence first, then what the code itself gives away.

Each reason is of a kind, and a sentence with the evidence in it. What is only likely says 'may'; nothing is guessed from the difference alone.
Which of them it was is told in `establishing`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from labjournal.journal.rows import Environment, Execution, FileUse
from labjournal.records.effects import parsed
from labjournal.replay.comparing.compare import Difference
from labjournal.replay.verdicts.chance import unseeded

__all__ = ["Reason", "chances", "changed_inputs", "likely_causes", "package_changes", "reasons"]

_MOST = 3

_CLOCK = re.compile(
    r"\b(?:datetime|date|Timestamp|pendulum|arrow)\.(?:now|today|utcnow)\(|\btime\.(?:time|perf_counter|monotonic|ctime|strftime|localtime)\(|\bperf_counter\(\)|%%?time(?:it)?\b"
)
_NETWORK = re.compile(r"https?://|\brequests\.(?:get|post)\(|\burlopen\(|\bfetch_\w+\(|s3://|gs://")
_UNREACHED = re.compile(
    r"\b(?:ConnectionError|URLError|HTTPError|ConnectTimeout|ReadTimeout|SSLError|gaierror|RemoteDisconnected|MaxRetryError)\b"
)
_ASKS = re.compile(r"(?<![\w.])input\(|\bgetpass\(")
_WORKERS = re.compile(
    r"\b(?:Thread|ThreadPool|ProcessPool|Pool|as_completed|ThreadPoolExecutor|ProcessPoolExecutor|imap_unordered)\b|n_jobs *= *-?[2-9-]"
)


class Reason(NamedTuple):
    """Something that may be why."""

    kind: str
    """data | environment | code | order | randomness | time | network | missing file | replay (what a replay may not do)."""
    sentence: str
    certain: bool = False
    """Whether the error itself says so."""


_ASKED = "The code asks a person for input; a replay cannot answer."


def likely_causes(
    difference: Difference,
    upto: Sequence[Execution],
    *,
    inputs: tuple[Iterable[FileUse], Mapping[str, str | None]],
    environments: tuple[Environment | None, Environment | None],
    used: Iterable[str] = (),
) -> list[str]:
    """At most three sentences, most telling first, on why `difference` came about."""
    return [reason.sentence for reason in reasons(difference, upto, inputs=inputs, environments=environments, used=used)[:_MOST]]


def reasons(
    difference: Difference,
    upto: Sequence[Execution],
    *,
    inputs: tuple[Iterable[FileUse], Mapping[str, str | None]],
    environments: tuple[Environment | None, Environment | None],
    used: Iterable[str] = (),
) -> list[Reason]:
    """What may be why, most telling first.

    `upto` are the executions up to the one that differs, itself last; `inputs` the recorded usages and the digests that the
    replay read at the same paths; `used` the distributions that the run imported.
    """
    found = [
        *_from_error(difference.replayed, environments[0]),
        *(Reason("data", said) for said in changed_inputs(*inputs)),
        *(Reason("environment", f"The environment differs: {change}.") for change in package_changes(*environments, used)[:1]),
        *chances(upto, upto[-1:]),
    ]
    return list(dict.fromkeys(found))


def package_changes(recorded: Environment | None, replayed: Environment | None, used: Iterable[str] = ()) -> list[str]:
    """What differs between two environments, one phrase per kind: Python, packages the run imported, then how many others."""
    if recorded is None or replayed is None or recorded.sha256 == replayed.sha256:
        return []
    answer = []
    if recorded.python != replayed.python:
        answer.append(f"Python {recorded.python} → {replayed.python}")
    names = {name.lower(): name for name in used}
    before, after = ({name.lower(): version for name, version in side.packages.items()} for side in (recorded, replayed))
    changed = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    imported = [name for name in changed if name in names]
    answer += [f"{names[name]} {before.get(name, 'absent')} → {after.get(name, 'absent')}" for name in imported[:5]]
    others = len(changed) - len(imported[:5])
    if others:
        answer.append(f"{others} other package{'s' if others > 1 else ''}")
    return [", ".join(answer)] if answer else []


def changed_inputs(recorded: Iterable[FileUse], read: Mapping[str, str | None]) -> Iterator[str]:
    """A sentence for each input that the replay found with another content."""
    said = set()
    for use in recorded:
        now = read.get(use.path)
        if use.sha256 and now and use.sha256 != now and use.path not in said:
            said.add(use.path)
            yield f"The input {use.path} has changed since it was recorded (SHA-256 {use.sha256[:8]} then, {now[:8]} now)."


def _from_error(replayed: str, recorded: Environment | None) -> Iterator[Reason]:
    if "FileNotFoundError" in replayed or "No such file" in replayed:
        path = re.search(r"['\"]([^'\"]+)['\"]", replayed)
        yield Reason("missing file", f"A file that the code needs is not there{': ' + path[1] if path else ''}.", True)
    if "PermissionError" in replayed or "Read-only file system" in replayed:
        yield Reason(
            "replay",
            "A replay may write only inside its workspace; the code writes to a place outside it.",
            "Read-only" in replayed,
        )
    missing = re.search(r"No module named ['\"]([\w.]+)['\"]", replayed)
    if missing:
        top = missing[1].split(".")[0]
        version = (recorded.packages if recorded else {}).get(top)
        said = f"The module {missing[1]} is not installed here{f' (recorded: {top} {version})' if version else ''}."
        yield Reason("environment", said, True)
    name = re.search(r"NameError: name '(\w+)'", replayed)
    if name:
        yield Reason(
            "order",
            f"The name '{name[1]}' is defined by no execution that was replayed; it came from a cell that was left out or not recorded, "
            "or from outside the notebook.",
            True,
        )
    if "StdinNotImplementedError" in replayed:
        yield Reason("replay", _ASKED, True)
    if _UNREACHED.search(replayed):
        yield Reason("network", "The code could not reach another machine.", True)


def chances(upto: Sequence[Execution], among: Sequence[Execution], drawing: Container[int] | None = None) -> Iterator[Reason]:
    """What in the code makes it come out differently by itself: clock, sets and workers `among` these executions; draws in those `drawing`."""
    draw = unseeded(upto, drawing)
    if draw is not None:
        said = f"Random numbers are drawn without a seed ({draw}), so results differ from run to run by themselves."
        yield Reason("randomness", said)
    clock = _first(_CLOCK, among)
    if clock is not None:
        where, call = clock
        cell = "The cell" if among[-1:] == [where] else f"Execution {where.n}"
        yield Reason("time", f"{cell} reads the clock (`{call}{')' if call.endswith('(') else ''}`).")
    text = "\n".join(execution.source for execution in upto)
    if _ASKS.search(text):
        yield Reason("replay", _ASKED)
    if _NETWORK.search(text):
        yield Reason("network", "The code reads from the network, where the content may have changed or cannot be reached.")
    if any(_makes_sets(execution.source) for execution in among):
        said = "The cell makes a set; the order of texts in it may differ between processes unless PYTHONHASHSEED is fixed."
        yield Reason("randomness", said)
    if _first(_WORKERS, among) is not None:
        yield Reason("randomness", "The cell works in several threads or processes, whose order may differ.")


def _first(pattern: re.Pattern[str], executions: Sequence[Execution]) -> tuple[Execution, str] | None:
    """The last of these executions in which it stands: the nearest to what differs."""
    for execution in reversed(executions):
        if found := pattern.search(execution.source):
            return execution, found[0]
    return None


def _makes_sets(source: str) -> bool:
    for node in ast.walk(parsed(source) or ast.Module([], [])):
        if isinstance(node, (ast.Set, ast.SetComp)):
            return True
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("set", "frozenset"):
            return True
    return False
