"""The hook: the two moments of the shell at which labjournal listens, and how a kernel comes to be recorded.

`install` replaces `shell.events.trigger` with a function that tells the recording of `pre_run_cell` and `post_run_cell` before it
does what it always did. It is not an ordinary callback because IPython catches what a callback raises and prints it into the
cell: a Ctrl-C that arrives in a callback is shown and forgotten. Here it goes on to where it was meant to go.

What this module owes to the user's kernel:
- nothing that goes wrong here is seen by a cell (`guard`), a Ctrl-C is handed on, not swallowed: it is held back for the
  microseconds that the hook takes, and raised when the hook is done;
- a fork's child records nothing, holds no lock of ours and closes what it inherited;
- nothing is done to objects of the user: code is text, results are looked at by type.
"""

from __future__ import annotations

import _thread
import atexit
import os
from functools import partial
from typing import TYPE_CHECKING, Any

from labjournal.kernel import interrupts
from labjournal.kernel.interrupts import owed

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["install", "load_ipython_extension", "recording"]

_MARK = "_labjournal"


class _Slot:
    """The recording of this process, or None: what a fork's child, or a kernel that is not recorded, finds."""

    recording: Any = None
    helper: Any = None
    request: Any = None
    goodbye = ""
    watching = False


def install(shell: Any) -> None:
    """Records what runs in this shell, if it is a kernel's and nobody has switched labjournal off. Never raises."""
    try:
        if _wanted(shell):
            _install(shell)
    except Exception:  # not recorded, and nothing else
        _Slot.recording = _Slot.helper = None


def load_ipython_extension(shell: Any) -> None:
    """For `%load_ext labjournal.kernel.hook`, where no startup file did it."""
    install(shell)


def recording() -> Any:
    """The recording of this process, None where there is none."""
    found = _Slot.recording
    return found if found is not None and found.pid == os.getpid() else None


def wake() -> None:
    """Tells the helper thread that there is something to do."""
    helper = _Slot.helper
    if helper is not None:
        helper.wake()


def _wanted(shell: Any) -> bool:
    if os.environ.get("LABJOURNAL_DISABLE", "") not in ("", "0"):
        return False
    if getattr(shell, "kernel", None) is None or hasattr(shell, _MARK) or _Slot.recording is not None:
        return False
    return _setting(shell, "enabled", True) is not False


def _setting(shell: Any, name: str, default: Any) -> Any:
    """What the kernel's configuration says (`c.LabJournal.enabled`, `c.LabJournal.path`); the environment outranks it."""
    config = getattr(shell, "config", None)
    if config is None or "LabJournal" not in config:
        return default
    return config["LabJournal"].get(name, default)


def _install(shell: Any) -> None:
    from labjournal.kernel.helper import Helper
    from labjournal.kernel.keeping import limits
    from labjournal.kernel.recording import Recording
    from labjournal.kernel.requests import Request
    from labjournal.kernel.tap import GOODBYE, listen
    from labjournal.kernel.tracebacks import show_none_of_ours

    setattr(shell, _MARK, True)
    kernel = shell.kernel
    found = Recording(
        _journal(shell), namespace=shell.user_ns, environ=os.environ, connection_file=_connection_file(kernel),
        limits=limits(os.environ, partial(_setting, shell)),
    )  # fmt: skip
    helper = Helper(found)
    _Slot.recording, _Slot.helper, _Slot.request, _Slot.goodbye = found, helper, Request, GOODBYE
    _watch_process()
    listen(kernel.session, getattr(kernel, "iopub_thread", None), _listener)
    _listen_to_moments(shell)
    show_none_of_ours(shell)
    helper.start()
    _offer_magic(shell)


def _journal(shell: Any) -> Path:
    from labjournal.journal.places import default_journal, journal_folder

    path = "" if os.environ.get("LABJOURNAL_PATH") else _setting(shell, "path", "")
    return journal_folder(path) if type(path) is str and path else default_journal()


def _listen_to_moments(shell: Any) -> None:
    trigger = shell.events.trigger

    def trigger_and_tell(event: Any, *args: Any, **kwargs: Any) -> Any:
        if event == "pre_run_cell":
            before(shell, args)
        elif event == "post_run_cell":
            after(args)
        return trigger(event, *args, **kwargs)

    shell.events.trigger = trigger_and_tell


def before(shell: Any, args: Any) -> None:
    """A cell is about to run. Raises only what is the user's, a Ctrl-C above all: then the cell does not start."""
    try:
        _before(shell, args)
    except BaseException as problem:  # the guard of the first moment
        handed_on = _handed_on(problem)
    else:
        return
    if handed_on is not None:
        raise handed_on


def after(args: Any) -> None:
    """A cell has run. A Ctrl-C that arrives now makes its reply say so, which also stops the cells that wait."""
    try:
        _after(args)
    except BaseException as problem:  # the guard of the second
        if _handed_on(problem) is not None:
            _interrupt(args)


def _handed_on(problem: BaseException) -> BaseException | None:
    """What of a fault is the user's; Python's own handler of Ctrl-C is in place again in any case."""
    try:
        came = interrupts.let_through()
        return problem.with_traceback(None) if owed(problem) else KeyboardInterrupt() if came else None
    except BaseException:  # nothing of ours goes up from here
        return None


def _before(shell: Any, args: Any) -> None:
    found = recording()
    if found is None:
        return
    interrupts.hold()
    try:
        if found.begin(_request(shell, args[0]), _thread.get_ident()):
            wake()
    except BaseException as problem:  # told in the journal; only what is owed goes on
        found.guard.failed("hook", found.current(0), problem)
        if owed(problem):
            raise
    if interrupts.let_through():
        raise KeyboardInterrupt


def _after(args: Any) -> None:
    found = recording()
    if found is None:
        return
    interrupts.hold()
    try:
        if found.end(_thread.get_ident(), args[0] if args else None):
            wake()
    except BaseException as problem:  # told in the journal; only what is owed goes on
        found.guard.failed("hook", found.current(0), problem)
        if owed(problem):
            raise
    if interrupts.let_through():
        raise KeyboardInterrupt


def _request(shell: Any, info: Any) -> Any:
    raw = info.raw_cell
    message_id, metadata, sent = _parent(shell.kernel)
    return _Slot.request(
        info,
        raw if type(raw) is str else str.__str__(raw),
        message_id=message_id,
        cell_id=getattr(info, "cell_id", None) or metadata.get("cellId"),
        metadata=metadata,
        transformed=getattr(info, "transformed_cell", None),
        sent=sent,
    )


def _parent(kernel: Any) -> Any:
    """Id, metadata and date of the request that is being answered, as far as the kernel says."""
    try:
        parent = kernel.get_parent("shell")
    except (AttributeError, TypeError):
        parent = getattr(kernel, "_parent_header", None)
    if type(parent) is not dict:
        return "", {}, None
    header, metadata = parent.get("header", parent), parent.get("metadata")
    message_id, sent = (header.get("msg_id"), header.get("date")) if type(header) is dict else ("", None)
    return message_id if type(message_id) is str else "", metadata if type(metadata) is dict else {}, sent


def _heard(kind: str, parent: str, content: Any, raw: bytes) -> None:
    found, helper = recording(), _Slot.helper
    if found is None:
        return
    try:
        if kind == _Slot.goodbye:
            # Pools of workers may take longer to end than a client waits before it kills: the run ends here, not with the process.
            if helper is not None and not found.busy:
                helper.leave()
        elif found.outputs.done(parent) if kind == "status" else found.outputs.message(kind, parent, content, raw):
            wake()
    except BaseException as problem:  # told in the journal; only what is owed goes on
        found.guard.failed("outputs", found.current(0), problem)
        if owed(problem):
            raise


def _listener() -> Any:
    return None if _Slot.recording is None else _heard


def _interrupt(args: Any) -> None:
    result = args[0] if args else None
    if result is not None and result.error_before_exec is None and result.error_in_exec is None:
        result.error_in_exec = KeyboardInterrupt()


# -- the process -----------------------------------------------------------------------------------------------------------


def _watch_process() -> None:
    if not _Slot.watching:
        _Slot.watching = True
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=_forked)
        atexit.register(_farewell)


def _forked() -> None:
    found, _Slot.recording, _Slot.helper = _Slot.recording, None, None
    try:
        if found is not None:
            found.forked()
    except Exception:  # a child has nobody to tell
        pass


def _farewell() -> None:
    found, helper = recording(), _Slot.helper
    try:
        if found is not None and helper is not None:
            helper.stop()
    except Exception:  # the kernel ends; the spool is there already
        pass
    _Slot.recording = _Slot.helper = None


def _connection_file(kernel: Any) -> str:
    application = getattr(kernel, "parent", None)
    path = getattr(application, "abs_connection_file", "") or getattr(application, "connection_file", "")
    return path if type(path) is str else ""


def _offer_magic(shell: Any) -> None:
    from labjournal.kernel.magics import labjournal

    shell.register_magic_function(labjournal, "line", "labjournal")
