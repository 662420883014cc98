"""Why a replay may have parted from the record: evidence first, then what the code itself gives away.

Each cause is a sentence with the evidence in it. What is only likely says 'may'; nothing is guessed from the difference alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from labjournal.journal.rows import Environment, Execution, FileUse
from labjournal.replay.compare import Difference

__all__ = ["likely_causes", "package_changes"]

_MOST = 3

_DRAWS = re.compile(
    r"\bnp\.random\.(?!seed\b|RandomState\(\s*\d|default_rng\(\s*\d|Generator\b|SeedSequence\b)\w+"
    r"|\bnumpy\.random\.(?!seed\b)\w+|\bdefault_rng\(\s*\)|\brandom\.(?:random|randint|choice|choices|shuffle|sample|uniform|gauss|normalvariate)\("
    r"|\btorch\.(?:rand|randn|randint|randperm)\(|\btf\.random\.|\.sample\((?![^)]*random_state)|\buuid4\(|\bsecrets\.|\burandom\("
    r"|\btrain_test_split\((?![^)]*random_state)|\b(?:RandomForest|GradientBoosting|ExtraTrees|MLP|SGD|KMeans)\w*\((?![^)]*random_state)"
)
_SEEDS = re.compile(
    r"\brandom\.seed\(|\bset_seed\(|\bmanual_seed\(|\bseed_everything\(|\btf\.random\.set_seed\(|\bset_random_seed\(|\bnp\.random\.seed\("
)
_CLOCK = re.compile(
    r"\b(?:datetime|date|Timestamp|pendulum|arrow)\.(?:now|today|utcnow)\(|\btime\.(?:time|perf_counter|monotonic|ctime|strftime|localtime)\(|%%?time(?:it)?\b"
)
_NETWORK = re.compile(r"https?://|\brequests\.(?:get|post)\(|\burlopen\(|\bfetch_\w+\(|s3://|gs://")
_ASKS = re.compile(r"\binput\(|\bgetpass\(")
_SETS = re.compile(r"\bset\(|\bfrozenset\(|\{[^{}:\n]+,[^{}:\n]+\}")


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
        *_changed_inputs(*inputs),
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
    others = len(changed) - len(imported)
    if others:
        answer.append(f"{others} other package{'s' if others > 1 else ''} changed")
    return [", ".join(answer)] if answer else []


def _from_error(replayed: str, recorded: Environment | None) -> Iterable[str]:
    if "FileNotFoundError" in replayed or "No such file" in replayed:
        path = re.search(r"['\"]([^'\"]+)['\"]", replayed)
        yield f"A file that the code needs is not there{': ' + path[1] if path else ''}."
    if "PermissionError" in replayed:
        yield "A replay may write only inside its workspace; the code writes to a place outside it."
    missing = re.search(r"No module named ['\"]([\w.]+)['\"]", replayed)
    if missing:
        top = missing[1].split(".")[0]
        version = (recorded.packages if recorded else {}).get(top)
        yield f"The module {missing[1]} is not installed here{f' (recorded: {top} {version})' if version else ''}."
    name = re.search(r"NameError: name '(\w+)'", replayed)
    if name:
        yield f"The name '{name[1]}' is not defined by any execution that was replayed; it came from outside the notebook or from a cell that was not recorded."


def _changed_inputs(recorded: Iterable[FileUse], read: Mapping[str, str | None]) -> Iterable[str]:
    for use in recorded:
        now = read.get(use.path)
        if use.sha256 and now and use.sha256 != now:
            yield f"The input {use.path} has changed since it was recorded ({use.sha256[:8]} then, {now[:8]} now)."


def _from_code(upto: Sequence[Execution]) -> Iterable[str]:
    text = "\n".join(execution.source for execution in upto)
    here = upto[-1].source if upto else ""
    draw = _DRAWS.search(text)
    if draw and not _SEEDS.search(text):
        yield f"Random numbers are drawn without a seed (`{draw[0].strip()}`), so results differ from run to run by themselves."
    if _CLOCK.search(here):
        yield "The cell reads the clock."
    if _ASKS.search(text):
        yield "The code asks a person for input; a replay cannot answer."
    if _NETWORK.search(text):
        yield "The code reads from the network, where the content may have changed or cannot be reached."
    if _SETS.search(here):
        yield "The order of a set of strings may differ between processes unless PYTHONHASHSEED is fixed."
