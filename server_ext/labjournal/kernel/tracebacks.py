"""What a cell's error shows is what it would show without us: our wrappers' frames are taken out before the shell prints it.

A function that stands before a library's own (`recorders.wrapping`) is on the stack when that fails. Such frames carry the mark
"labjournal" in `__tracebackhide__`; they are unlinked from the traceback, which is otherwise left as it is. Only what the shell
prints is seen to: a traceback that a cell prints by itself has the frame still.
"""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Any, Iterator, Optional

__all__ = ["show_none_of_ours", "without_ours"]

_MARK = "labjournal"
_MOST_CHAINED = 50
_traceback = BaseException.__dict__["__traceback__"]
_cause = BaseException.__dict__["__cause__"]
_context = BaseException.__dict__["__context__"]


def show_none_of_ours(shell: Any) -> None:
    """Has the shell print tracebacks without frames of ours."""
    show = shell.showtraceback

    def showtraceback(*args: Any, **kwargs: Any) -> Any:
        try:
            given = args[0] if args else kwargs.get("exc_tuple")
            problem = given[1] if type(given) is tuple and len(given) == 3 else sys.exc_info()[1]
            if isinstance(problem, BaseException):
                without_ours(problem)
        except Exception:  # then it is shown as it is
            pass
        return show(*args, **kwargs)

    shell.showtraceback = showtraceback


def without_ours(problem: BaseException) -> None:
    """Unlinks our frames from the exception and from those it came of. The first frame is the shell's and stays in any case."""
    for each in _chain(problem):
        entry: Optional[TracebackType] = _traceback.__get__(each)
        while entry is not None:
            following = entry.tb_next
            while following is not None and _is_ours(following):
                following = following.tb_next
            if following is not entry.tb_next:
                entry.tb_next = following
            entry = following


def _is_ours(entry: TracebackType) -> bool:
    code = entry.tb_frame.f_code
    return "__tracebackhide__" in code.co_varnames and _MARK in code.co_consts


def _chain(problem: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    waiting = [problem]
    while waiting and len(seen) < _MOST_CHAINED:
        each = waiting.pop()
        if id(each) not in seen:
            seen.add(id(each))
            yield each
            waiting += [other for other in (_cause.__get__(each), _context.__get__(each)) if other is not None]
