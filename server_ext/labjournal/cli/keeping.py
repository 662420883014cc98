"""Is recording set up and healthy: status, doctor, verify, pause, resume, enable, disable."""

from __future__ import annotations

import argparse

from labjournal.cli.journals import folder
from labjournal.cli.parser import Commands, wants_json
from labjournal.cli.terminal import Style, put, put_json, safe
from labjournal.cli.text import count, home, pairs, size
from labjournal.errors import JournalMissing, LabjournalError

__all__ = ["add"]

_GROUP = "Set up"
DOES_NOT_HOLD = 1


def add(commands: Commands) -> None:
    commands.add(_GROUP, "status", "is recording on, where is the journal, how large, is it healthy", _status)
    commands.add(
        _GROUP,
        "doctor",
        "what is installed and set up where, and what to do about each fault",
        _doctor,
        "Exit status 1: a check fails.",
    )
    commands.add(
        _GROUP,
        "verify",
        "integrity of the database, the kept contents and the chain of executions",
        _verify,
        "Exit status 1: it does not verify.",
    )
    commands.add(_GROUP, "pause", "stop recording, in every kernel, until told otherwise", _pause)
    commands.add(_GROUP, "resume", "start recording again", _resume)
    for name, summary, run in (
        ("enable", "reach kernels of other environments, of VS Code and of plain consoles", _enable),
        ("disable", "undo `enable`", _disable),
    ):
        command = commands.add(_GROUP, name, summary, run)
        command.add_argument("--user", action="store_true", help="for all kernels of this user; has to be said")


def _status(arguments: argparse.Namespace) -> int:
    from labjournal.questions.layers import sees
    from labjournal.questions.status import status

    answer = status(folder(arguments))
    if wants_json(arguments):
        put_json(answer)
        return 0
    style = Style()
    recording = "on" if answer["recording"] else "off"
    recorded = f"{count(answer['runs'], 'run')}, {count(answer['executions'], 'execution')}, {size(answer['bytes'])}"
    put(f"Recording is {style(recording, 'good' if answer['recording'] else 'bad', 'strong')}.")
    facts = [("journal", home(answer["journal"])), ("recorded", recorded if answer["runs"] else "nothing yet")]
    if answer["kept"]:
        facts.append(("kept", f"{count(answer['kept'], 'content')} of data files, {size(answer['kept_bytes'])} of it"))
    if answer["layers"]:
        facts.append(("files", f"seen through {sees(answer['layers'])}"))
    put(pairs(facts, style))
    for problem in answer["problems"]:
        put(style(safe(f"  ! {problem}"), "odd"))
    return 0


def _doctor(arguments: argparse.Namespace) -> int:
    from labjournal.cli.doctor import examine

    answer = examine(folder(arguments))
    holds = all(check["ok"] for check in answer["checks"])
    if wants_json(arguments):
        put_json(answer)
        return 0 if holds else DOES_NOT_HOLD
    style = Style()
    for check in answer["checks"]:
        mark = style("ok  ", "good") if check["ok"] else style("no  ", "bad", "strong")
        put(f"{mark}{safe(check['name'], one_line=True)}: {safe(check['detail'], one_line=True)}")
        if not check["ok"] and check["remedy"]:
            put(f"    {safe(check['remedy'])}")
    return 0 if holds else DOES_NOT_HOLD


def _verify(arguments: argparse.Namespace) -> int:
    from labjournal.journal.integrity import verify

    place = folder(arguments)
    try:
        problems = verify(place)
    except JournalMissing:
        if getattr(arguments, "journal", None):
            raise
        problems = []
    if wants_json(arguments):
        put_json({"ok": not problems, "problems": problems})
    elif problems:
        put("\n".join(safe(problem) for problem in problems))
        put(f"{count(len(problems), 'problem')} in {safe(home(str(place)))}.")
    else:
        put(f"{Style()('ok', 'good')}: the database, the kept contents and the chain of executions are whole.")
    return DOES_NOT_HOLD if problems else 0


def _pause(arguments: argparse.Namespace) -> int:
    return _set_paused(arguments, True)


def _resume(arguments: argparse.Namespace) -> int:
    return _set_paused(arguments, False)


def _set_paused(arguments: argparse.Namespace, on: bool) -> int:
    from labjournal.journal.places import set_paused

    set_paused(folder(arguments), on)
    if wants_json(arguments):
        put_json({"recording": not on})
    else:
        put("Recording is paused in every kernel. `labjournal resume` starts it again." if on else "Recording is on.")
    return 0


def _enable(arguments: argparse.Namespace) -> int:
    return _set_enabled(arguments, True)


def _disable(arguments: argparse.Namespace) -> int:
    return _set_enabled(arguments, False)


def _set_enabled(arguments: argparse.Namespace, on: bool) -> int:
    from labjournal.kernel import enable

    word = "enable" if on else "disable"
    if not arguments.user:
        raise LabjournalError(
            f"`labjournal {word}` changes settings of your user account.", f"Say so: `labjournal {word} --user`."
        )
    places = [str(place) for place in (enable.enable() if on else enable.disable())]
    if wants_json(arguments):
        put_json({"enabled": on, "places": places})
        return 0
    put(
        "Kernels of every environment of yours record from their next start."
        if on
        else "Kernels of other environments no longer record."
    )
    put("\n".join(f"  {safe(home(place))}" for place in places))
    return 0
