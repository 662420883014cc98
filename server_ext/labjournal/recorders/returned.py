"""What functions of `sklearn.metrics` return to code of the notebook, by `sys.monitoring` (Python 3.12 and later).

Nothing is wrapped: the interpreter itself tells when one of these functions returns, and only of these. A call counts where the notebook made
it, in a cell or in a function of the notebook's own; what one metric asks another for does not. Only numbers are taken, a microsecond each.
"""

from __future__ import annotations

import sys
from types import CodeType, FunctionType, ModuleType
from typing import Any, Callable, List, Mapping, NamedTuple

from labjournal.recorders.exact import number
from labjournal.recorders.metric_names import FUNCTIONS

__all__ = ["Return", "Returned"]

_TOOLS = (4, 3)
_NAME = "labjournal"
_MODULE = "sklearn.metrics"
_WRAPPERS = ("sklearn.utils._param_validation", "sklearn.utils.validation", "sklearn.utils.deprecation")
_MOST = 1000
_DEEPEST = 4


class Return(NamedTuple):
    """One call that the notebook made."""

    function: str
    value: float
    line: int
    """In the cell; 0 where the call stands in a function."""


class Returned:
    """Listens from the moment the library is there."""

    def __init__(self, namespace: Callable[[], Mapping[str, Any]]) -> None:
        self._namespace = namespace
        self._armed = not hasattr(sys, "monitoring")
        self._found: List[Return] = []
        self._deaf = False

    def arm(self) -> None:
        """Begins to listen, once there is something to listen to."""
        module = sys.modules.get(_MODULE)
        if self._armed or type(module) is not ModuleType or getattr(module.__spec__, "_initializing", False):
            return
        self._armed = True
        monitoring = sys.monitoring  # type: ignore[attr-defined]
        for tool in _TOOLS:
            if monitoring.get_tool(tool) not in (None, _NAME):
                continue
            if monitoring.get_tool(tool) is None:
                monitoring.use_tool_id(tool, _NAME)
            monitoring.register_callback(tool, monitoring.events.PY_RETURN, self._came)
            for name in FUNCTIONS:
                code = _code(module.__dict__.get(name))
                if code is not None:
                    monitoring.set_local_events(tool, code, monitoring.events.PY_RETURN)
            return

    def taken(self) -> List[Return]:
        """What came since the last time."""
        found, self._found = self._found, []
        return found

    def forked(self) -> None:
        self._deaf = True
        self._found = []

    def _came(self, code: CodeType, _offset: int, value: Any) -> None:
        try:
            self._take(code, value)
        except Exception:  # in the midst of the user's call (at the end of its stack, say): what is not taken is not told
            pass

    def _take(self, code: CodeType, value: Any) -> None:
        if self._deaf or len(self._found) >= _MOST:
            return
        figure = number(value)
        if figure is None:
            return
        frame = sys._getframe(2).f_back
        for _ in range(_DEEPEST):
            if frame is None or frame.f_globals.get("__name__") not in _WRAPPERS:
                break
            frame = frame.f_back
        if frame is not None and frame.f_globals is self._namespace():
            inside = frame.f_code.co_name != "<module>"
            self._found.append(Return(code.co_name, figure, 0 if inside else frame.f_lineno))


def _code(function: Any) -> CodeType | None:
    """Of the function itself, behind what validates its arguments."""
    for _ in range(_DEEPEST):
        if type(function) is not FunctionType:
            return None
        inner = function.__dict__.get("__wrapped__")
        if inner is None:
            return function.__code__
        function = inner
    return None
