"""What is installed and set up where: the checks of the journal's place, and those of this Python environment."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from labjournal.errors import LabjournalError
from labjournal.journal.health import Health, health
from labjournal.journal.integrity import quick
from labjournal.questions.answers import DoctorAnswer, DoctorCheck
from labjournal.questions.checks import checks

__all__ = ["examine"]

_AGAIN = "Install labjournal again in this environment: pip install --force-reinstall labjournal."


def examine(folder: Path) -> DoctorAnswer:
    """Every check, those of the journal first; never raises for what is wrong."""
    state = health(folder)
    return {"checks": [*checks(state), *_integrity(state), *_redaction(), *_files(), *_libraries(state), *_environment()]}


def _check(name: str, holds: bool, detail: str, remedy: str = "") -> DoctorCheck:
    return {"name": name, "ok": holds, "detail": detail, "remedy": "" if holds else remedy}


def _integrity(state: Health) -> Iterator[DoctorCheck]:
    if not state.exists or state.problem is not None:
        return
    try:
        damage = quick(state.folder)
    except LabjournalError as error:
        yield _check("integrity", False, error.message, error.remedy)
        return
    detail = damage[0] if damage else "A quick look finds no damage; `labjournal verify` proves it."
    yield _check(
        "integrity", not damage, detail, "`labjournal verify` says where; recording starts a new journal and keeps this one."
    )


def _redaction() -> Iterator[DoctorCheck]:
    """Whether secrets really are masked here, tried on one."""
    from labjournal import __version__
    from labjournal.recorders.redaction import redact

    secret = "hunter2-" + "k9" * 6
    works = secret not in redact(f"password = '{secret}'", code=True).text
    detail = f"Rules of labjournal {__version__}; a password in code is {'masked' if works else 'not masked'}."
    yield _check("secrets", works, detail, _AGAIN)


def _files() -> Iterator[DoctorCheck]:
    """What a kernel started here could learn of files beside Python's own calls: tried, not assumed."""
    from labjournal.recorders.layers import offered

    name, reasons = offered()
    why = f" ({'; '.join(reasons)})" if reasons else ""
    told = {
        "fanotify": "fanotify tells what kernels do to files, also in native code and in other programs",
        "inotify": "inotify tells what is done to files, but not by whom, so what native code reads counts as likely, not as certain",
        "snapshot": "no events of files here, so what libraries read by themselves is seen only where they are known",
    }
    yield _check("files", True, f"{told[name][:1].upper()}{told[name][1:]}{why}.")


def _libraries(state: Health) -> Iterator[DoctorCheck]:
    """Libraries in which the latest run did not find what it listens to."""
    from labjournal.journal.reader import Journal
    from labjournal.questions.layers import unheard

    if not state.exists or state.problem is not None:
        return
    try:
        with Journal.open(state.folder, catch_up=False) as journal:
            found = unheard(journal)
    except LabjournalError:
        return  # the checks of the journal tell why
    if found:
        yield _check("libraries", True, f"{'; '.join(found)}. A newer labjournal may know that version.")


def _environment() -> Iterator[DoctorCheck]:
    startup = Path(sys.prefix) / "etc" / "ipython" / "startup" / "50-labjournal.py"
    yield _check("kernels of this environment", startup.is_file(), f"Startup file {_there(startup)}.", _AGAIN)
    yield from _user_wide()
    yield _server_extension()
    yield _panel()


def _user_wide() -> Iterator[DoctorCheck]:
    from labjournal.kernel import enable

    for place in enable.places():
        target = _target(place)
        if target is None:
            yield _check(
                "kernels of other environments",
                True,
                "Those that this server starts; `labjournal enable --user` adds all others.",
            )
        else:
            remedy = "`labjournal enable --user` writes it anew; `labjournal disable --user` removes it."
            yield _check("kernels of other environments", target.is_file(), f"{place} loads {_there(target)}.", remedy)


def _target(startup: Path) -> Path | None:
    """The file that a startup file of ours loads; None where there is none."""
    try:
        found = re.search(r"_labjournal_start\((['\"])(.+?)\1\)", startup.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return None
    return Path(found[2]) if found else None


def _server_extension() -> DoctorCheck:
    from jupyter_core.paths import jupyter_config_path

    switches = [Path(folder) / "jupyter_server_config.d" / "labjournal.json" for folder in jupyter_config_path()]
    for switch in switches:
        if switch.is_file():
            on = _is_switched_on(switch)
            return _check(
                "server extension",
                on,
                f"{switch} switches it {'on' if on else 'off'}.",
                "jupyter server extension enable labjournal",
            )
    return _check("server extension", False, "No configuration of Jupyter switches it on.", _AGAIN)


def _is_switched_on(switch: Path) -> bool:
    try:
        return bool(json.loads(switch.read_text(encoding="utf-8"))["ServerApp"]["jpserver_extensions"]["labjournal"])
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _panel() -> DoctorCheck:
    from jupyter_core.paths import jupyter_path

    places = [Path(folder) / "labjournal-lab" / "package.json" for folder in jupyter_path("labextensions")]
    found = next((place for place in places if place.is_file()), None)
    return _check("panel", found is not None, f"Panel {_there(found) if found else 'is not installed'}.", _AGAIN)


def _there(path: Path) -> str:
    return f"{path}{'' if os.path.exists(path) else ' (not there)'}"
