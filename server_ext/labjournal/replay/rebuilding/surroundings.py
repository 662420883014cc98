"""In which environment a replay is executed: the one that is here now, or the recorded one made again.

    current     the interpreter that recorded, with what is installed now; what differs is said before it starts, used packages first
    recorded    a fresh environment with the pins of what was used (`records.pins`, `environments`), and the user's own modules as they were loaded

Nothing of a record chooses an index, a program or an option: only names and versions are taken from it.
"""

from __future__ import annotations

import contextlib
import platform
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from labjournal.errors import ReplayFailed
from labjournal.journal.rows import Environment
from labjournal.recorders.distributions import folders, installed
from labjournal.records.pins import Pins, pins
from labjournal.replay.answers import CURRENT, RECORDED, DifferingPart, EnvironmentUsed
from labjournal.replay.executing.kernels import interpreter_for
from labjournal.replay.rebuilding.environments import KERNEL, Built, built, is_there
from labjournal.replay.rebuilding.interpreters import Interpreter, find_interpreter
from labjournal.replay.recorded import Recorded

__all__ = ["AS_IT_IS", "CURRENT", "RECORDED", "Surroundings", "as_far_as_meant", "at_hand", "environment_used", "surroundings"]

_MOST_TOLD = 8
_ANSWERS_WITHIN_S = 20.0


@dataclass(frozen=True)
class Surroundings:
    """What was chosen."""

    which: str = CURRENT
    interpreter: Interpreter | None = None
    built: Built | None = None
    pins: Pins | None = None
    problems: tuple[str, ...] = ()


AS_IT_IS = Surroundings()


@contextlib.contextmanager
def surroundings(recorded: Recorded, which: str, say: Callable[[str], None] | None) -> Iterator[Surroundings]:
    """The environment that is wanted; a recorded one is made, and kept as long as the context lasts. `say`: None where nobody watches."""
    if which != RECORDED:
        if say is not None:
            for sentence in _told_before(recorded):
                say(sentence)
        yield AS_IT_IS
        return
    if recorded.environment is None or not recorded.environment.packages:
        raise ReplayFailed(
            f"The environment of {recorded.address} was not recorded.",
            "Replay it in the one that is here: --environment current.",
        )
    found = pins(recorded.in_the_end or recorded.environment, recorded.used, also=(KERNEL,))
    own = recorded.environment.executable if recorded.brings is None else ""
    interpreter, remark = find_interpreter(found.python, found.implementation, own)
    if interpreter is None:
        raise ReplayFailed(remark, "Install it, or replay with --environment current.")
    problems = [*([remark] if remark else []), *_of_pins(found)]
    with built(found, interpreter, say or (lambda sentence: None)) as environment:
        yield Surroundings(RECORDED, interpreter, environment, found, tuple(problems))


def at_hand(recorded: Recorded) -> bool:
    """Whether the recorded environment was made again before, so that nothing has to be installed for a replay in it."""
    if recorded.environment is None or not recorded.environment.packages:
        return False
    found = pins(recorded.in_the_end or recorded.environment, recorded.used, also=(KERNEL,))
    own = recorded.environment.executable if recorded.brings is None else ""
    interpreter, _ = find_interpreter(found.python, found.implementation, own)
    return interpreter is not None and is_there(found, interpreter)


def _of_pins(found: Pins) -> Iterator[str]:
    for one in found.unpinned:
        if one.name != KERNEL:
            yield f"{f'{one.name} {one.version}'.strip()} could not be pinned: {one.why}."
    for pin in found.pins:
        if pin.remark:
            yield f"{pin.name} {pin.version}: {pin.remark}."
    if not found.closed:
        yield "What the used packages require was not recorded in full; the installer chose it within the recorded versions."


def as_far_as_meant(around: Surroundings, environment: Environment | None) -> Environment | None:
    """The environment, of one that was made again without what was never to be in it."""
    if around.pins is None or environment is None:
        return environment
    meant = {pin.name for pin in around.pins.pins} | {one.name for one in around.pins.unpinned}
    return replace(environment, packages={name: version for name, version in environment.packages.items() if name in meant})


def environment_used(
    around: Surroundings, recorded: Environment | None, replayed: Environment | None, used: Iterable[str]
) -> EnvironmentUsed:
    """What the answer says of it."""
    found, made = around.pins, around.built
    return {
        "which": around.which,
        "sha256": replayed.sha256 if replayed else None,
        "recorded_sha256": recorded.sha256 if recorded else None,
        "python": replayed.python if replayed else around.interpreter.version if around.interpreter else "",
        "digest": made.digest if made else None,
        "made": None if made is None else not made.cached,
        "pinned": len(found.pins) if found else 0,
        "not_pinned": [
            {"name": one.name, "version": one.version, "source": one.source, "why": one.why}
            for one in found.unpinned
            if one.name != KERNEL
        ]
        if found
        else [],
        "differs": differing(recorded, replayed.python if replayed else "", replayed.packages if replayed else {}, used, found),
    }


def differing(
    recorded: Environment | None, python: str, packages: dict[str, str], used: Iterable[str], found: Pins | None = None
) -> list[DifferingPart]:
    """Python and packages that are others than recorded, used ones first; of a rebuilt environment only what was to be in it."""
    if recorded is None or not recorded.packages or not packages:
        return []
    names = set(used)
    meant = recorded.packages if found is None else {pin.name: recorded.packages.get(pin.name, pin.version) for pin in found.pins}
    answer: list[DifferingPart] = []
    if recorded.python != python:
        answer.append({"name": "python", "recorded": recorded.python, "here": python, "used": True})
    everything = meant.keys() | packages.keys() if found is None else meant.keys()
    for name in sorted(everything, key=lambda each: (each not in names, each)):
        before, after = meant.get(name), packages.get(name)
        if before != after:
            answer.append({"name": name, "recorded": before, "here": after, "used": name in names})
    return answer


def _told_before(recorded: Recorded) -> Iterator[str]:
    """What differs, as lines for whoever waits."""
    if recorded.environment is None:
        return
    interpreter, _ = interpreter_for(recorded.run, from_elsewhere=recorded.brings is not None)
    here = _installed(interpreter)
    if here is None:
        return
    parts = differing(recorded.environment, here[0], here[1], recorded.used)
    told = [part for part in parts if part["used"]]
    rest = len(parts) - len(told)
    for part in told[:_MOST_TOLD]:
        yield f"differs from what was recorded: {part['name']} {part['recorded'] or 'absent'} → {part['here'] or 'absent'}"
    if len(told) > _MOST_TOLD:
        yield f"and {len(told) - _MOST_TOLD} more that were used"
    if rest:
        yield f"{rest} other package{'' if rest == 1 else 's'} differ{'s' if rest == 1 else ''}, which the cells did not use"


def _installed(interpreter: str) -> tuple[str, dict[str, str]] | None:
    """(version, packages) of an interpreter; None where it does not answer."""
    if interpreter == sys.executable:
        return platform.python_version(), installed(folders())
    ask = "import platform, sys; print(platform.python_version(), *sys.path, sep='\\n')"
    try:
        done = subprocess.run(
            [interpreter, "-I", "-c", ask], stdin=subprocess.DEVNULL, capture_output=True, timeout=_ANSWERS_WITHIN_S, check=True
        )
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    version, *paths = done.stdout.decode("utf-8", "replace").splitlines() or [""]
    return version, installed(path for path in paths if path and not path.endswith(".zip"))
