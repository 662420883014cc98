"""Pins of a recorded environment: exact versions of what the executions used and of all that this requires, and what cannot be pinned.

    found = pins(environment, used, also=("ipykernel",))     used: distributions that executions used; also: what the purpose needs besides
    found.pins        Pin(name, version, used, record, remark), in the order of names; `str(pin)` is "name==version"
    found.unpinned    Unpinned(name, version, source, url, commit, why, used): editable, local, from a repository, not valid, not installed
    found.closed      every requirement could be followed: `pins` may be installed without resolving anything ("--no-deps")
    found.others      the rest of the environment as pins: constraints for a resolver where `closed` is False, or for a whole lock
    found.python      recorded version of the interpreter, "" where it is not valid

Everything here may come from a hostile record: names and versions are those that `packaging` accepts, normalised, and nothing else of the
record gets into a requirement, no URL, no option, no marker. Markers of recorded requirements are evaluated as on the machine that
recorded. Nothing is executed, read or fetched: pure functions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from labjournal.journal.rows import Environment

__all__ = ["Pin", "Pins", "Unpinned", "pins"]

LENT = "labjournal"
"""Recording is lent by the installation that replays; it is nobody's requirement."""
_MOST = 5000
_OS = {"Linux": ("linux", "posix"), "Darwin": ("darwin", "posix"), "Windows": ("win32", "nt")}
_WHY = {
    "editable": "it was installed from a working copy",
    "local": "it was installed from a folder or file of that machine",
    "vcs": "it was installed from a repository",
    "archive": "it was installed from an address, not from an index",
}


@dataclass(frozen=True)
class Pin:
    """One distribution in one version."""

    name: str
    version: str
    used: bool = False
    """Executions used it themselves; else it is required by others, or needed besides."""
    record: str | None = None
    """SHA-256 of the RECORD that was installed, None where not known."""
    remark: str = ""
    """What of the recorded state the pin does not say."""

    def __str__(self) -> str:
        return f"{self.name}=={self.version}"


@dataclass(frozen=True)
class Unpinned:
    """A distribution that no index has, or whose name or version is none."""

    name: str
    version: str
    why: str
    """A clause: 'it was installed from a repository'."""
    source: str = "unknown"
    url: str = ""
    """Path or URL as recorded, without credentials: somebody else's claim, to be shown and not to be followed."""
    commit: str = ""
    used: bool = False


@dataclass(frozen=True)
class Pins:
    python: str
    implementation: str
    pins: tuple[Pin, ...]
    unpinned: tuple[Unpinned, ...]
    others: tuple[Pin, ...]
    closed: bool

    @property
    def lines(self) -> list[str]:
        """The pins as lines of a requirements file."""
        return [str(pin) for pin in self.pins]


def pins(environment: Environment | None, used: Iterable[str], *, also: Iterable[str] = (), whole: bool = False) -> Pins:
    """Of the used distributions, of `also`, and of all that these require; of everything that is installed where `whole`."""
    if environment is None:
        missing = tuple(
            Unpinned(str(name)[:100], "", "the environment was not recorded", used=True) for name in sorted(set(used))
        )
        return Pins("", "", (), missing, (), False)
    known = _valid(environment)
    asked = {_normal(name): True for name in used}
    wanted = {**dict.fromkeys((_normal(name) for name in also), False), **asked}
    wanted.pop(LENT, None)
    wanted.pop("", None)
    if whole:
        wanted = {**dict.fromkeys(known, False), **wanted}
        wanted.pop(LENT, None)
    reached, closed = _closure(environment, known, wanted)
    found: list[Pin] = []
    left: list[Unpinned] = []
    for name in sorted(reached):
        if name == LENT:
            continue
        one = _one(name, environment, known, bool(wanted.get(name)))
        (found if isinstance(one, Pin) else left).append(one)  # type: ignore[arg-type]
    others = [_one(name, environment, known, False) for name in sorted(known.keys() - reached.keys() - {LENT})]
    return Pins(
        python=_version(environment.python),
        implementation=environment.implementation if re.fullmatch(r"\w{1,20}", environment.implementation) else "",
        pins=tuple(found),
        unpinned=tuple(left),
        others=tuple(one for one in others if isinstance(one, Pin)),
        closed=closed,
    )


def _one(name: str, environment: Environment, known: Mapping[str, str], used: bool) -> Pin | Unpinned:
    facts = _facts(environment, name)
    recorded = known.get(name)
    if recorded is None:
        return Unpinned(name, "", "it was not installed as a distribution", used=used)
    source, url, commit = (_text(facts, key) for key in ("source", "url", "commit"))
    if source in _WHY:
        at = f" at commit {commit[:12]}" if commit else ""
        return Unpinned(name, recorded, _WHY[source] + at, source, url, commit, used)
    version = _version(recorded)
    if not version or not _is_name(name):
        return Unpinned(name, recorded, "its name or version is not valid", source, url, commit, used)
    record = _text(facts, "record") or None
    public, plus, local = version.partition("+")
    remark = ""
    if plus:
        remark = f"the build +{local} is of another index; the public version was pinned"
    elif source == "conda":
        remark = "it was installed by conda; the index has another build of it"
    return Pin(name, public, used, record, remark)


def _closure(environment: Environment, known: Mapping[str, str], wanted: Iterable[str]) -> tuple[dict[str, set[str]], bool]:
    """Name → extras of everything that is required; and whether all requirements were recorded."""
    from packaging.requirements import InvalidRequirement, Requirement
    from packaging.utils import canonicalize_name

    marks = _markers(environment)
    reached: dict[str, set[str]] = {}
    closed = True
    waiting: list[tuple[str, frozenset[str]]] = [(name, frozenset()) for name in wanted]
    while waiting and len(reached) < _MOST:
        name, extras = waiting.pop()
        if name in reached and extras <= reached[name]:
            continue
        reached.setdefault(name, set()).update(extras)
        facts = _facts(environment, name)
        if name in known and not facts:
            closed = False
        if "metadata is" in _text(facts, "reason"):
            closed = False
        requires = facts.get("requires")
        for text in requires if isinstance(requires, list) else ():
            try:
                requirement = Requirement(str(text))
            except InvalidRequirement:
                closed = False
                continue
            needed = canonicalize_name(requirement.name)
            if needed in known and needed != LENT and _applies(requirement.marker, marks, reached[name]):
                waiting.append((needed, frozenset(requirement.extras)))
    return reached, closed


def _applies(marker: Any, marks: dict[str, str], extras: Iterable[str]) -> bool:
    from packaging.markers import UndefinedComparison, UndefinedEnvironmentName

    if marker is None:
        return True
    for extra in ("", *extras):
        try:
            if marker.evaluate({**marks, "extra": extra}):
                return True
        except (UndefinedComparison, UndefinedEnvironmentName, ValueError, KeyError):
            return True
    return False


def _markers(environment: Environment) -> dict[str, str]:
    """As PEP 508 calls what was recorded of interpreter and system."""
    system, _, rest = environment.platform.partition(" ")
    release, _, machine = rest.rpartition(" ")
    sys_platform, os_name = _OS.get(system, (system.lower(), "posix"))
    python = _version(environment.python) or "0"
    return {
        "python_version": ".".join(python.split(".")[:2]),
        "python_full_version": python,
        "implementation_name": environment.implementation.lower(),
        "implementation_version": python,
        "platform_python_implementation": environment.implementation,
        "sys_platform": sys_platform,
        "os_name": os_name,
        "platform_system": system,
        "platform_machine": machine,
        "platform_release": release,
        "platform_version": "",
    }


def _valid(environment: Environment) -> dict[str, str]:
    return {_normal(name): version for name, version in list(environment.packages.items())[:_MOST] if _normal(name)}


def _facts(environment: Environment, name: str) -> Mapping[str, Any]:
    found = environment.distributions.get(name)
    return found if isinstance(found, dict) else {}


def _text(facts: Mapping[str, Any], key: str) -> str:
    value = facts.get(key)
    return value[:500] if isinstance(value, str) else ""


def _normal(name: object) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()[:200] if isinstance(name, str) else ""


def _is_name(name: str) -> bool:
    from packaging.utils import InvalidName, canonicalize_name

    try:
        canonicalize_name(name, validate=True)
    except InvalidName:
        return False
    return True


def _version(text: object) -> str:
    """The version as `packaging` writes it, '' for what is none."""
    from packaging.version import InvalidVersion, Version

    try:
        return str(Version(str(text))) if len(str(text)) <= 100 else ""
    except InvalidVersion:
        return ""
