"""Ctrl-C and other signals that arrive while our code runs: they are the user's, and reach what they were meant for.

Python runs signal handlers on the main thread between any two instructions, so a Ctrl-C may raise in the middle of our work. For
the microseconds that takes, `hold` puts a handler in place that only remembers, and `let_through` puts Python's own back. Where
another handler is in place (asyncio's, the user's) it is left alone, and `owed` tells what it raised from faults of ours.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # what `signal` wraps in enumerations, which cost more than all else here
from _thread import get_ident
from threading import main_thread
from types import CodeType, FunctionType, MethodType
from typing import Set

__all__ = ["hold", "let_through", "owed"]

_main = main_thread().ident
_set, _get, _SIGINT, _default = _signal.signal, _signal.getsignal, _signal.SIGINT, _signal.default_int_handler


class _Held:
    came = False


def hold() -> None:
    """From now on a Ctrl-C is remembered instead of raised; only where Python's own handler would raise it."""
    if get_ident() == _main and _get(_SIGINT) is _default:
        _Held.came = False
        _set(_SIGINT, _remember)


def let_through() -> bool:
    """Puts Python's handler back; whether a Ctrl-C came meanwhile. Harmless where nothing is held."""
    if get_ident() != _main or _get(_SIGINT) is not _remember:
        return False
    _set(_SIGINT, _default)
    came, _Held.came = _Held.came, False
    return came


def owed(problem: BaseException) -> bool:
    """Whether the exception came from outside: Ctrl-C, or a signal handler that the user's code installed."""
    if isinstance(problem, KeyboardInterrupt):
        return True
    handlers = _handlers()
    trace = problem.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code in handlers:
            return True
        trace = trace.tb_next
    return False


def _handlers() -> Set[CodeType]:
    """The code of every signal handler that is a plain function or method."""
    found = set()
    for number in range(1, _signal.NSIG):
        try:
            handler = _get(number)
        except (ValueError, OSError):
            continue
        handler = handler.__func__ if type(handler) is MethodType else handler
        if type(handler) is FunctionType and handler is not _remember:
            found.add(handler.__code__)
    return found


def _remember(_number: int, _frame: object) -> None:
    _Held.came = True
