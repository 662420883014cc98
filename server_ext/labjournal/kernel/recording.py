"""The recording of one run: what happens between the shell's moments and the sink.

    begin → ExecutionStarted (redacted, on disk)   end → ExecutionEnded   message → outputs   say → explicit calls

`begin`, `end` and `message` run on the user's threads and are short; `work` is called by the helper thread and does the rest:
outputs, recorders, syncing, taking the spool into the journal. The hook decides when they are called and guards them.
"""

from __future__ import annotations

import itertools
import os
from collections import deque
from pathlib import Path
from time import monotonic, perf_counter, time
from typing import Any, Callable, Deque, Iterable, Mapping

from labjournal.events import Event, ExecutionEnded, ExecutionStarted, OutputShown, RunEnded, replace
from labjournal.journal.places import PAUSED
from labjournal.kernel import interrupts
from labjournal.kernel.collecting import Breath, Collecting
from labjournal.kernel.guard import Guard
from labjournal.kernel.idle import Idle
from labjournal.kernel.interrupts import owed
from labjournal.kernel.keeping import DataKeeper, Keeping, Limits
from labjournal.kernel.requests import Request, Running, count_of, matching, status_of
from labjournal.kernel.run import LONG_S, Driver, execution_client, new_run, run_started, working_folder
from labjournal.kernel.sink import Sink
from labjournal.recorders import Context, Execution, Outcome, Recorder, default_recorders
from labjournal.recorders.outputs import OutputsRecorder
from labjournal.recorders.redaction import Redactor
from labjournal.recorders.screen import Outputs
from labjournal.system_calls import exists

__all__ = ["Recording"]

AT_ONCE_CHARACTERS = 8 * 1024
"""Of longer sources only the head is on disk before they run: redaction of 100 KB takes longer than a person should wait."""
HEAD_CHARACTERS = 240
COMPILING_S = 2e-6
"""A character, from its transformation by IPython to its code object: measured for assignments, on one machine."""
SOURCE_CHARACTERS = 1 << 20
"""Longer sources are kept as head and tail."""
ERROR_VALUE_CHARACTERS = 2000
SETTLED_S = 0.04
"""After the end of a cell: what it held in memory has been told by now."""
KEEP_AT_END_S = 0.5
"""For contents of data files that were not kept yet when the kernel ends."""


class Recording:
    """One run, from the start of its kernel."""

    def __init__(
        self,
        journal: Path,
        *,
        namespace: Any,
        environ: Mapping[str, str],
        connection_file: str = "",
        limits: Limits | None = None,
    ) -> None:
        self.run = new_run()
        self.pid = os.getpid()
        self.journal = journal
        self.started = time()
        self.replay = bool(environ.get("LABJOURNAL_REPLAY_OF"))
        """Somebody asked for this run in order to compare it: a pause does not hold for it, and it speaks for no person."""
        self._pause_sign = b"" if self.replay else os.fsencode(str(journal / PAUSED))
        self.sink = Sink(journal, self.run)
        self.guard = Guard(self.run, self._append)
        self.driver = Driver()
        self.redactor = Redactor(environ)
        keeping = Keeping(journal)
        self.keeper = DataKeeper(self.run, keeping, Limits() if limits is None else limits, self.redactor)
        self._environ = environ
        self._namespace = namespace
        self._connection_file = connection_file
        self._folder = working_folder()
        self._numbers = itertools.count(1)
        self._last = 0
        self._sent = 0.0
        self._open: dict[int, list[Running]] = {}
        self._breath = Breath()
        self._collecting = Collecting(self.run, self.guard, self._running, self._breath)
        self._long: Deque[tuple[Execution, ExecutionStarted]] = deque()
        context = Context(
            self.run, self._folder, journal, self.redactor, self.say, lambda: namespace, self._notebook, Idle(self._idle, lambda: self.moment).ask,
            self.keeper.contents,
        )  # fmt: skip
        self.outputs = OutputsRecorder(context, keeping, self._outputs_closed)
        self.ask([])
        self._run_told = False
        self.over = False
        """The run has ended."""
        self.moment = 0.0
        """When code last began or ended (monotonic)."""
        self.compiling = 0.0
        """Seconds for which the interpreter may be taken up by compiling what began last."""
        self.ring: Callable[[], None] = _nobody
        """Wakes the helper thread."""
        self._facts_told = False
        try:
            self.ask(default_recorders(context))
        except Exception as problem:  # a kernel in which one cannot be imported is still worth recording
            self._stillborn: Exception | None = problem
        else:
            self._stillborn = None

    def ask(self, recorders: list[Recorder]) -> None:
        """These recorders from now on; at the moments of a cell only those that do something then."""
        self.recorders = recorders
        self._at_start = [each for each in recorders if _has_own(each, "execution_started")]
        self._at_end = [each for each in recorders if _has_own(each, "execution_ended")]
        self._asked = [each for each in recorders if _has_own(each, "collect")]
        self._beside = [each for each in recorders if _has_own(each, "passed_by")]
        self._noticing = [each for each in recorders if _has_own(each, "noticed")]
        self._reading = [each for each in recorders if _has_own(each, "shown")]

    # -- the user's threads ------------------------------------------------------------------------------------------------

    def begin(self, request: Request, thread: int) -> bool:
        """Code is about to run: its beginning is on disk when this comes back. Whether the helper thread has something to do."""
        stack = self._open.setdefault(thread, [])
        if stack and request.message_id != stack[0].request.message_id:
            self._close(stack, "interrupted")  # torn out of the shell
        if stack or not request.kept or exists(self._pause_sign, waits=self.sink.waits):
            if not stack and request.kept:
                self._pass_by()
            stack.append(Running(request))
            return False
        self.moment = monotonic()
        self.compiling = len(request.raw) * COMPILING_S
        off = request.off
        if off:
            self._pass_by()
        execution = self._started(request, off)
        opened = Running(request, execution, off)
        stack.append(opened)
        if not off:
            for recorder in self._at_start:
                self.guard.call(recorder.name, execution.n, recorder.execution_started, execution)
        opened.began = perf_counter()
        return bool(self._long)

    def end(self, thread: int, result: Any) -> bool:
        """Code has run; whether the helper thread has something to do now."""
        ended = perf_counter()
        stack = self._open.get(thread)
        opened = matching(stack, result) if stack else None
        if opened is None or opened.execution is None:
            if opened is not None and not stack and opened.request.kept:
                self._passed_by()
            return False
        self._finish(opened, status_of(result), ended - opened.began, count_of(result))
        self.moment = monotonic()
        self.compiling = 0.0
        return True

    def say(self, events: Iterable[Event]) -> None:
        """Appends events that did not come from the moments of an execution."""
        if not self._run_told:
            self._tell_run()
        self._append(events)
        self.ring()

    def speaks(self, thread: int) -> bool:
        """Whether what a cell says in this thread is recorded: not while paused, and not in a cell that is off."""
        stack = self._open.get(thread)
        if stack:
            return stack[0].execution is not None and not stack[0].off
        return not exists(self._pause_sign, waits=self.sink.waits)

    def _append(self, events: Iterable[Event]) -> None:
        for event in self.keeper.watched(events):
            self.sink.append([event])
            for recorder in self._noticing:
                self.guard.call(recorder.name, 0, recorder.noticed, event)

    def _idle(self, acts: dict[str, Callable[[], None]]) -> None:
        if self.pid == os.getpid() and not self.over:
            interrupts.hold()
            try:
                for name, act in acts.items():
                    self.guard.call(name, self._last, act)
            finally:
                came = interrupts.let_through()
            self.moment = monotonic()
            self.ring()
            if came:
                raise KeyboardInterrupt

    def current(self, thread: int) -> int:
        """The execution that a statement made now belongs to; 0 before the first one."""
        stack = self._open.get(thread)
        if stack and stack[0].execution is not None:
            return stack[0].execution.n
        return self._last

    def _started(self, request: Request, off: bool) -> Execution:
        source = request.raw
        partial = not off and len(source) > AT_ONCE_CHARACTERS
        redacted = "" if off else _head(source) if partial else source
        redactions = 0
        if not off:
            redacted, redactions = self._redacted(redacted)
        if not self._run_told:
            self._tell_run()
        n = self._last = next(self._numbers)
        execution = Execution(
            self.run, n, source, redacted=redacted, transformed=request.transformed, cell_id=request.cell_id, started=time()
        )
        self.outputs.opened(request.message_id, n, recorded=not off)
        event = ExecutionStarted(
            self.run, n, execution.started, redacted, source_bytes=0 if off else _utf8_length(source), cell_id=request.cell_id,
            client=execution_client(request.metadata, self.driver, self._since_last(request)), message_id=request.message_id, redactions=redactions, off=off,
            partial=partial,
        )  # fmt: skip
        self.sink.append([event])
        if partial:
            self._long.append((execution, event))
        return execution

    def _pass_by(self) -> None:
        for recorder in self._beside:
            self.guard.call(recorder.name, 0, recorder.passing_by)

    def _passed_by(self) -> None:
        for recorder in self._beside:
            self.guard.call(recorder.name, 0, recorder.passed_by)

    def _since_last(self, request: Request) -> float:
        """Seconds between the request before and this one, by the client's clock."""
        before, self._sent = self._sent, request.sent
        return request.sent - before if before and request.sent else LONG_S

    def _redacted(self, source: str) -> tuple[str, int]:
        """The source as it may be written; where redaction itself fails, nothing of it may."""
        try:
            kept = self.redactor.code(source)
        except Exception as problem:  # fails closed
            if owed(problem):
                raise
            self.guard.failed("redaction", self._last + 1, problem)
            return f"# [REDACTED:unchecked, {len(source)} characters]", 1
        return kept.text, kept.count

    def _finish(self, opened: Running, status: str, duration_s: float, execution_count: int | None) -> None:
        execution = opened.execution
        assert execution is not None
        outcome = Outcome(status, time(), duration_s, execution_count)
        if opened.off:
            self._passed_by()
        else:
            for recorder in self._at_end:
                self.guard.call(recorder.name, execution.n, recorder.execution_ended, execution, outcome)
        name, value = ("", "") if opened.off or status == "ok" else self.outputs.error(opened.request.message_id)
        if value:
            value = self.redactor.text(value[:ERROR_VALUE_CHARACTERS]).text
        self.sink.append([
            ExecutionEnded(
                self.run, execution.n, outcome.ended, status, duration_s=duration_s, execution_count=execution_count,
                error_name=name[:200], error_value=value,
            )
        ])  # fmt: skip
        if not opened.off:
            self._collecting.ended(execution)

    def _close(self, stack: list[Running], status: str) -> None:
        """What runs in a thread has no end that the shell would tell."""
        for opened in reversed(stack):
            if opened.execution is not None:
                self._finish(opened, status, perf_counter() - opened.began, None)
        stack.clear()

    def _tell_run(self) -> None:
        self._run_told = True
        self.driver = Driver.found(self._environ, self._namespace)
        self.sink.append([run_started(self.run, self.started, self.driver, self._connection_file, self._environ)])

    def _notebook(self) -> str | None:
        """As the driver tells; what a console or a replay executes is looked for in no other notebook."""
        return self.driver.notebook or ("" if self.replay or self.driver.client == "console" else None)

    # -- the helper thread -------------------------------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Whether something is running that is recorded."""
        return any(stack and stack[0].execution is not None for stack in list(self._open.values()))

    @property
    def something_told(self) -> bool:
        return self._run_told

    def next_due(self) -> float | None:
        """When there is something to do that needs no further moment (monotonic)."""
        return self._collecting.due(self.moment)

    def work(self) -> None:
        """Tells what has gathered since the last time."""
        self._tell_long_sources()
        if self._run_told and not self._facts_told:
            self._tell_facts()
        self._collect()
        self.guard.call("outputs", 0, self._say_each, self.outputs.emit_due(), mutes=False)
        self._keep()
        self.sink.maintain()

    def _keep(self) -> None:
        """Keeps the bytes of data files; what does not fit into this round is for the next."""
        self.guard.call("keeping", 0, self.keeper.keep_some)
        if self.keeper.due:
            self.ring()
        elif not self._running() and not self._collecting and monotonic() - self.moment > SETTLED_S:
            self.keeper.contents.clear()

    def _tell_facts(self) -> None:
        """What recorders say about the run itself; not before something runs in it."""
        self._facts_told = True
        if self._stillborn is not None:
            self.guard.failed("recorders", 0, self._stillborn)
        for recorder in self.recorders:
            self.guard.call(recorder.name, 0, recorder.run_started)

    def _tell_long_sources(self) -> None:
        while self._long:
            execution, event = self._long.popleft()
            execution.redacted, redactions = self._redacted(_bounded_source(execution.source))
            self.sink.append([replace(event, source=execution.redacted, redactions=redactions, partial=False)])

    def finish(self) -> None:
        """Tells the rest, and that the run has ended."""
        if self.over:
            return
        self.over = True
        if self._run_told:
            for stack in list(self._open.values()):
                self._close(stack, "abandoned")
            self._tell_long_sources()
            if not self._facts_told:
                self._tell_facts()
            self._collect()
            self.guard.call("outputs", 0, self._say_each, self.outputs.emit_due(final=True), mutes=False)
            for recorder in self.recorders:
                self.guard.call(recorder.name, 0, recorder.run_ended)
            until = monotonic() + KEEP_AT_END_S
            while monotonic() < until:
                self.guard.call("keeping", 0, self.keeper.keep_some)
                if not self.keeper.due:
                    break
            self.sink.append([RunEnded(self.run, time())])
        self.sink.close()

    def forked(self) -> None:
        """In a fork's child: nothing is recorded any more."""
        self.sink.forked()
        self.outputs.forked()
        self.keeper.forked()
        for recorder in self.recorders:
            recorder.forked()

    def _collect(self) -> None:
        if self.over:
            self._collecting.finish(self._asked)
        else:
            self._collecting.collect(self._asked, self.moment)
        for recorder in self.recorders:
            self.guard.call(recorder.name, 0, recorder.late)

    def _running(self) -> bool:
        """Whether a cell runs, recorded or not."""
        return any(list(self._open.values()))

    def _say_each(self, events: Iterable[Event]) -> None:
        for event in events:
            self.sink.append([event])
            self._breath.take()

    def _outputs_closed(self, outputs: Outputs, shown: list[OutputShown]) -> list[Event]:
        """What is told from a screen once the cell has shown all: the numbers it printed, say."""
        found: list[Event] = []
        for recorder in self._reading:
            self.guard.call(recorder.name, outputs.n, self._read_off, recorder, outputs.n, shown, found)
        return found

    @staticmethod
    def _read_off(recorder: Recorder, n: int, shown: list[OutputShown], found: list[Event]) -> None:
        found.extend(recorder.shown(n, shown))


def _has_own(recorder: Recorder, moment: str) -> bool:
    return getattr(type(recorder), moment, None) is not getattr(Recorder, moment)


def _nobody() -> None:
    """There is no helper thread yet."""


def _head(source: str) -> str:
    """The beginning of a long source, whole lines where there are any, and a word about the rest."""
    end = source.rfind("\n", 0, HEAD_CHARACTERS)
    head = source[: end if end > 0 else HEAD_CHARACTERS]
    return f"{head}\n# [… {len(source) - len(head):,} characters more …]"


def _bounded_source(source: str) -> str:
    if len(source) <= SOURCE_CHARACTERS:
        return source
    half = SOURCE_CHARACTERS // 2
    return f"{source[:half]}\n# [… {len(source) - 2 * half:,} characters not kept …]\n{source[-half:]}"


def _utf8_length(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
