"""Why a replay may have parted from the record: evidence first, then what the code itself gives away.

Each cause is a sentence with the evidence in it. What is only likely says 'may'; nothing is guessed from the difference alone.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from labjournal.journal.rows import Environment, Execution, FileUse
from labjournal.records.effects import parsed
from labjournal.replay.chance import unseeded
from labjournal.replay.compare import Difference

__all__ = ["changed_inputs", "likely_causes", "package_changes"]

_MOST = 3

_CLOCK = re.compile(
    r"\b(?:datetime|date|Timestamp|pendulum|arrow)\.(?:now|today|utcnow)\(|\btime\.(?:time|perf_counter|monotonic|ctime|strftime|localtime)\(|\bperf_counter\(\)|%%?time(?:it)?\b"
)
_NETWORK = re.compile(r"https?://|\brequests\.(?:get|post)\(|\burlopen\(|\bfetch_\w+\(|s3://|gs://")
_ASKS = re.compile(r"(?<![\w.])input\(|\bgetpass\(")
_WORKERS = re.compile(
    r"\b(?:Thread|ThreadPool|ProcessPool|Pool|as_completed|ThreadPoolExecutor|ProcessPoolExecutor|imap_unordered)\b|n_jobs *= *-?[2-9-]"
)


def likely_causes(
    difference: Difference,
    upto: Sequence[Execution],
    *,
    inputs: tuple[Iterable[FileUse], Mapping[str, str | None]],
    environments: tuple[Environment | None, Environment | None],
    used: Iterable[str] = (),
) -> list[str]:
    """At most three sentences, most telling first, on why `difference` came about.

    `upto` are the executions up to the one that differs, itself last; `inputs` the recorded usages and the digests that the
    replay read at the same paths; `used` the distributions that the run imported.
    """
    found = [
        *_from_error(difference.replayed, environments[0]),
        *changed_inputs(*inputs),
        *(f"The environment differs: {change}." for change in package_changes(*environments, used)[:1]),
        *_from_code(upto),
    ]
    return list(dict.fromkeys(found))[:_MOST]


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


def _from_error(replayed: str, recorded: Environment | None) -> Iterable[str]:
    if "FileNotFoundError" in replayed or "No such file" in replayed:
        path = re.search(r"['\"]([^'\"]+)['\"]", replayed)
        yield f"A file that the code needs is not there{': ' + path[1] if path else ''}."
    if "PermissionError" in replayed or "Read-only file system" in replayed:
        yield "A replay may write only inside its workspace; the code writes to a place outside it."
    missing = re.search(r"No module named ['\"]([\w.]+)['\"]", replayed)
    if missing:
        top = missing[1].split(".")[0]
        version = (recorded.packages if recorded else {}).get(top)
        yield f"The module {missing[1]} is not installed here{f' (recorded: {top} {version})' if version else ''}."
    name = re.search(r"NameError: name '(\w+)'", replayed)
    if name:
        yield (
            f"The name '{name[1]}' is defined by no execution that was replayed; it came from a cell that was left out or not recorded, "
            "or from outside the notebook."
        )
    if "StdinNotImplementedError" in replayed:
        yield "The code asks a person for input; a replay cannot answer."


def _from_code(upto: Sequence[Execution]) -> Iterable[str]:
    here = upto[-1].source if upto else ""
    draw = unseeded(upto)
    if draw is not None:
        yield f"Random numbers are drawn without a seed ({draw}), so results differ from run to run by themselves."
    clock = _CLOCK.search(here)
    if clock:
        yield f"The cell reads the clock (`{clock[0]}{')' if clock[0].endswith('(') else ''}`)."
    text = "\n".join(execution.source for execution in upto)
    if _ASKS.search(text):
        yield "The code asks a person for input; a replay cannot answer."
    if _NETWORK.search(text):
        yield "The code reads from the network, where the content may have changed or cannot be reached."
    if _makes_sets(here):
        yield "The cell makes a set; the order of texts in it may differ between processes unless PYTHONHASHSEED is fixed."
    if _WORKERS.search(here):
        yield "The cell works in several threads or processes, whose order may differ."


def _makes_sets(source: str) -> bool:
    for node in ast.walk(parsed(source) or ast.Module([], [])):
        if isinstance(node, (ast.Set, ast.SetComp)):
            return True
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("set", "frozenset"):
            return True
    return False
