"""Data frames that an execution made or changed: shape, schema, and the profile of a sample of their rows.

A frame may only be read on the user's thread, so it is looked at there, when the cell has run, its reply is out and the kernel's loop
has nothing else to do (`Context.when_idle`): nobody waits. Where the next cell comes first, it waits a few milliseconds at most.
Frames that are bound to top-level names count, of pandas and polars, and series of theirs; never a subclass, never what a frame holds.

Which ones: a name is new, or other objects stand behind it (`identity`, a microsecond each); of frames that the source of the cell
mentions, and of others as far as fifty microseconds go, also those whose contents have another `mark`. Nothing of a frame is
kept but numbers. A change that neither shows is not seen: one element of a large frame, in a function, say.

The profile: `{"n": rows looked at, "sampled": bool, "index": kind, "columns": [{"name", "type", …}]}`, its columns as `profiles` tells.
Texts pass the redactor on the helper thread; of a column whose name speaks of a secret no value is told.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections import deque
from time import thread_time, time
from typing import Any, Deque, Dict, Iterable, Iterator, List, Set, Tuple

from labjournal.events import Event, FrameSeen, ProblemSeen
from labjournal.recorders import Context, Execution, Outcome, Recorder
from labjournal.recorders.secret_names import meaning

__all__ = ["FramesRecorder"]

BUDGET_S = 0.010
HURRIED_S = 0.004
"""Where the next cell waits."""
_UNASKED_S = 0.00005
"""For the contents of frames that the source does not mention."""
_SAMPLE = 2000
_MOST_COLUMNS = 1000
_MOST_NAMES = 5000
_SOURCE = 1 << 16
_WORD = re.compile(r"[^\W\d]\w*")
_TRIES = 3


class _Known:
    """What is remembered of a frame: numbers only."""

    __slots__ = ("cost_s", "identity", "mark")

    def __init__(self, identity: Tuple[int, ...]) -> None:
        self.identity = identity
        self.mark: int | None = None
        self.cost_s = 0.0
        """How long it took to make the mark."""


class FramesRecorder(Recorder):
    """Yields FrameSeen."""

    name = "frames"

    def __init__(self, context: Context, *, budget_s: float = BUDGET_S, hurried_s: float = HURRIED_S) -> None:
        self._context = context
        self._budget_s, self._hurried_s = budget_s, hurried_s
        self._known: Dict[str, _Known] = {}
        self._owed: Deque[Tuple[int, str]] = deque(maxlen=1)
        """The execution after which frames are still to be looked at, and its source."""
        self._found: Deque[Event] = deque()
        self._failures = 0

    # the user's thread

    def execution_started(self, execution: Execution) -> None:
        if self._owed:
            self._look(self._hurried_s)

    def execution_ended(self, execution: Execution, outcome: Outcome) -> None:
        if "pandas" in sys.modules or "polars" in sys.modules:
            self._owed.append((execution.n, execution.source))
            if not self._context.when_idle(self.name, self._look):
                self._look()

    def passing_by(self) -> None:
        if self._owed:
            self._look(self._hurried_s)

    def passed_by(self) -> None:
        """The frames as they are now are known."""
        if "pandas" in sys.modules or "polars" in sys.modules:
            deadline = thread_time() + self._budget_s
            for name, frame, library in self._frames():
                self._known[name] = _Known(library.identity(frame))
                if thread_time() < deadline:
                    self._marked(name, frame, library)

    def _frames(self) -> List[Tuple[str, Any, Any]]:
        """(name, frame, library) of those that are bound to top-level names."""
        from labjournal.recorders.frames_pandas import Pandas  # not before somebody has a frame
        from labjournal.recorders.frames_polars import Polars

        kinds = {kind: library for library in (Pandas.found(), Polars.found()) if library for kind in library.types}
        namespace = self._context.namespace()
        if not kinds or type(namespace) is not dict:
            return []
        return [
            (name, value, kinds[type(value)])
            for name, value in list(namespace.items())[:_MOST_NAMES]
            if type(value) in kinds and type(name) is str and name[:1] != "_"
        ]

    def _look(self, budget_s: float | None = None) -> None:
        try:
            n, source = self._owed.pop()
        except IndexError:  # the next cell came first
            return
        deadline = thread_time() + (self._budget_s if budget_s is None else budget_s)
        frames = self._frames()
        if len(self._known) > len(frames):
            self._forget({name for name, _, _ in frames})
        sheets, left_out = [], 0
        for each in self._new(frames, source, deadline):
            if thread_time() > deadline:
                left_out += 1
                self._known[each[0]] = _Known(each[2].identity(each[1]))
                continue
            sheet = self._sheet(n, *each)
            if sheet is not None:
                sheets.append(sheet)
        for sheet in sheets:
            self._tried(sheet, deadline)
            self._found.append(sheet.event())
        if left_out:
            detail = f"{left_out} data frames more were made or changed than there was time to look at."
            self._found.append(ProblemSeen(self._context.run, n, "not-seen", detail, time()))

    def _new(self, frames: List[Tuple[str, Any, Any]], source: str, deadline: float) -> List[Tuple[str, Any, Any]]:
        """The frames that were made or changed since they were last looked at."""
        known, found, same = self._known, [], []
        for each in frames:
            before = known.get(each[0])
            if before is None or before.identity != each[2].identity(each[1]):
                found.append(each)
            else:
                same.append(each)
        if same:
            found += self._changed(same, _words(source), deadline)
        return found

    def _changed(self, same: List[Tuple[str, Any, Any]], words: Set[str] | None, deadline: float) -> List[Tuple[str, Any, Any]]:
        """Those with other contents: of all that are mentioned, and of as many of the others as a moment allows."""
        found = []
        for each in same:
            if (words is None or each[0] in words) and thread_time() < deadline and self._is_changed(*each):
                found.append(each)
        until = thread_time() + _UNASKED_S
        for each in same:
            if words is None or thread_time() > until:
                break
            known = self._known[each[0]]
            if each[0] not in words and known.mark is not None and known.cost_s < _UNASKED_S / 4 and self._is_changed(*each):
                found.append(each)
        return found

    def _is_changed(self, name: str, frame: Any, library: Any) -> bool:
        before = self._known[name].mark
        after = self._marked(name, frame, library)
        return before is not None and after is not None and before != after

    def _marked(self, name: str, frame: Any, library: Any) -> int | None:
        known, began = self._known[name], thread_time()
        try:
            known.mark = library.mark(frame)
        except Exception:  # another version of the library, or a thread that changes the frame meanwhile
            known.mark = None
        known.cost_s = thread_time() - began
        return known.mark

    def _sheet(self, n: int, name: str, frame: Any, library: Any) -> _Sheet | None:
        """What is known of a frame before its rows are looked at; None where even that cannot be told."""
        self._known[name] = _Known(library.identity(frame))
        try:
            return _Sheet(self._context.run, n, name, frame, library)
        except Exception as problem:  # as above; where it goes on, the recorder is of no use here
            self._failed(problem)
            return None

    def _tried(self, sheet: _Sheet, deadline: float) -> None:
        try:
            if thread_time() < deadline:
                sheet.fill(deadline)
        except Exception as problem:  # as above
            self._failed(problem)
        if thread_time() < deadline:
            self._marked(sheet.name, sheet.frame, sheet.library)
        sheet.frame = None

    def _failed(self, problem: Exception) -> None:
        self._failures += 1
        if self._failures > _TRIES:
            raise problem

    def _forget(self, names: Set[str]) -> None:
        self._known = {name: known for name, known in self._known.items() if name in names}

    def forked(self) -> None:
        self._owed.clear()
        self._known, self._found = {}, deque()

    # the helper thread

    def collect(self, execution: Execution) -> Iterable[Event]:
        return self.late()

    def late(self) -> Iterator[Event]:
        while self._found:
            event = self._found.popleft()
            yield self._cleaned(event) if isinstance(event, FrameSeen) else event

    def run_ended(self) -> Iterable[Event]:
        return self.late()

    def _cleaned(self, event: FrameSeen) -> FrameSeen:
        """The event without secrets; where there are any, each text is looked at by itself."""
        texts = [text for column in event.profile["columns"] for text in _texts(column)] if event.profile else []
        if texts and self._context.redactor.text("\n".join(texts)).count:
            for column in event.profile["columns"] if event.profile else ():
                column["name"] = self._text(column["name"])
                column["top"] = [[self._text(value), count] for value, count in column.get("top", ())]
        return event

    def _text(self, value: Any) -> Any:
        return self._context.redactor.text(value).text if type(value) is str else value


class _Sheet:
    """One frame while it is looked at."""

    def __init__(self, run: str, n: int, name: str, frame: Any, library: Any) -> None:
        self.run, self.n, self.name = run, n, name
        self.frame, self.library = frame, library
        self.kind = library.types[type(frame)]
        self.rows, self.width = library.shape(frame)
        self.index = library.index(frame)
        self.schema = library.schema(frame)
        self.columns: List[Dict[str, Any]] = [{"name": name, "type": kind} for name, kind in self.schema[:_MOST_COLUMNS]]
        self.content = ""
        self.complete = False

    def fill(self, deadline: float) -> None:
        """Profiles column after column, as far as time goes."""
        rows = self._rows()
        raws: Dict[int, bytes] = {}
        for place, profile, raw in self.library.columns(self.frame, rows, self._is_secret):
            if place < _MOST_COLUMNS:
                self.columns[place].update(profile)
            raws[place] = hashlib.sha256(raw).digest()
            if thread_time() > deadline:
                break
        if len(raws) == self.width and self.rows is not None:
            self.complete = self.width <= _MOST_COLUMNS
            self.content = hashlib.sha256(
                b"".join([self._schema().encode(), str(self.rows).encode(), *(raws[place] for place in range(self.width))])
            ).hexdigest()

    def event(self) -> FrameSeen:
        rows = self.rows or 0
        profile = {"n": min(rows, _SAMPLE), "sampled": rows > _SAMPLE, "index": self.index, "columns": self.columns}
        return FrameSeen(
            self.run, self.n, self.name, self.kind, self.width, rows=self.rows, schema=self._schema(), content=self.content,
            profile=profile, complete=self.complete,
        )  # fmt: skip

    def _is_secret(self, place: int) -> bool:
        return meaning(self.schema[place][0]) is not None

    def _rows(self) -> Any:
        """The rows to look at, evenly over the frame; None for all."""
        if self.rows is None or self.rows <= _SAMPLE:
            return None
        np = self.library.np
        if np is None:
            return [at * self.rows // _SAMPLE for at in range(_SAMPLE)]
        return np.arange(_SAMPLE, dtype=np.int64) * self.rows // _SAMPLE

    def _schema(self) -> str:
        return hashlib.sha256(json.dumps(self.schema, separators=(",", ":")).encode("ascii")).hexdigest()


def _words(source: str) -> Set[str] | None:
    """The names in a source; None where it is too long to be read in passing."""
    return None if len(source) > _SOURCE else set(_WORD.findall(source))


def _texts(column: Dict[str, Any]) -> Iterator[str]:
    yield column["name"]
    for value, _ in column.get("top", ()):
        if type(value) is str:
            yield value
