"""P5, P7, P8: what labjournal does in a kernel is never seen by a cell: no fault, no swallowed Ctrl-C, no touch of an object."""

from __future__ import annotations

import contextlib
import gc
import io
import os
import signal
import sys
import threading
import time
import weakref
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import labjournal
from labjournal.events import ExecutionEnded, ExecutionStarted, RecorderFailed

PACKAGE = Path(labjournal.__file__).parent
SOAK = bool(os.environ.get("LABJOURNAL_SOAK"))
INTERRUPTS = 1000 if SOAK else 120
FAULTS = (OSError, MemoryError, RecursionError, ValueError, SystemExit, GeneratorExit, KeyboardInterrupt)
FAULTY = {
    str(PACKAGE / name)
    for name in (
        "kernel/hook.py", "kernel/recording.py", "kernel/requests.py", "kernel/interrupts.py", "kernel/guard.py", "kernel/tap.py", "kernel/sink.py", "kernel/run.py", "kernel/helper.py",
        "recorders/outputs.py", "recorders/screen.py", "recorders/shown.py", "recorders/bundles.py", "journal/frames.py", "journal/places.py",
        "recorders/files.py", "recorders/touches.py", "recorders/kernel_events.py", "recorders/event_span.py", "recorders/given_paths.py", "recorders/endings.py", "recorders/quieting.py", "recorders/file_events.py", "recorders/fanotify.py", "recorders/prewatch.py", "recorders/merging.py",
        "recorders/processes.py", "recorders/open_files.py",
    )
}  # fmt: skip
SEAMS = {  # the lines outside every guard: they hold a name and a comparison, and what they raise would be raised without us too
    ("interrupts.py", "owed"), ("interrupts.py", "_handlers"), ("hook.py", "trigger_and_tell"), ("hook.py", "before"), ("hook.py", "after"), ("tap.py", "serialize_and_tell"),
    ("tap.py", "send_and_tell"), ("hook.py", "_listener"), ("hook.py", "_handed_on"), ("helper.py", "_live"), ("kernel_events.py", "_live"),
}  # fmt: skip

CELL = "values = [1, 2, 3]\nopen('numbers.txt', 'w').close(); open('numbers.txt').close()\nprint('sum', sum(values))\nsum(values)"


class Injector:
    """Raises once, when a line of ours is reached in this thread; or only writes down which lines are."""

    def __init__(self) -> None:
        self.lines: dict[tuple[str, int], None] = {}
        self.target: tuple[str, int] | None = None
        self.fault: type[BaseException] = ValueError
        self.raised = False

    def __call__(self, frame: FrameType, _event: str, _argument: Any) -> Any:
        file = frame.f_code.co_filename
        if file not in FAULTY or (os.path.basename(file), frame.f_code.co_name) in SEAMS:
            return None
        return self._line

    def _line(self, frame: FrameType, event: str, _argument: Any) -> Any:
        if event == "line":
            place = (frame.f_code.co_filename, frame.f_lineno)
            if self.target is None:
                self.lines[place] = None
            elif place == self.target and not self.raised:
                self.raised = True
                raise self.fault("injected")
        return self._line

    @contextlib.contextmanager
    def at(self, target: tuple[str, int] | None, fault: type[BaseException] = ValueError) -> Iterator[Injector]:
        self.target, self.fault, self.raised = target, fault, False
        sys.settrace(self)
        try:
            yield self
        finally:
            sys.settrace(None)


def observed(recorded: Any, code: str = CELL) -> tuple[Any, str, str]:
    """What a cell gives and prints; a Ctrl-C that leaves `run_cell` counts as one that the cell shows."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            result = recorded.run(code)
            recorded.publish("display_data", data={"text/plain": "x"}, metadata={}, transient={"display_id": "d"})
            recorded.publish("stream", name="stdout", text="text\n")
            outcome = result.error_in_exec or result.error_before_exec or result.result
        except KeyboardInterrupt as problem:
            outcome = problem
    return outcome, out.getvalue(), err.getvalue()


def test_p5_a_fault_at_any_line_of_the_hook_changes_no_cell(shell: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    expected = observed(shell)
    assert (6, "sum 6\nOut[1]: 6\n" if "Out[1]" in expected[1] else expected[1], "") == expected
    injector = Injector()
    with injector.at(None):
        observed(shell)
    assert len(injector.lines) > 150, "the injector does not see the hook"

    changed, injected = [], 0
    for line in list(injector.lines):
        for fault in FAULTS:
            handler = signal.getsignal(signal.SIGINT)
            shell.hook.recording().guard._mute.clear()
            with injector.at(line, fault):
                outcome, out, err = observed(shell)
            injected += injector.raised
            fine = outcome == 6 and "sum 6" in out and err == ""
            if fault is KeyboardInterrupt and isinstance(outcome, KeyboardInterrupt):
                fine = True  # handed on, as a Ctrl-C at this moment would be
            if not fine or signal.getsignal(signal.SIGINT) is not handler:
                changed.append((os.path.basename(line[0]), line[1], fault.__name__, outcome, out, err))

    assert injected > 1000
    assert [] == changed
    assert (6, "") == (observed(shell)[0], observed(shell)[2])


def test_p5_a_fault_in_the_helper_thread_is_not_heard_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Every few lines of what the helper thread runs raise, each in a kernel's life of its own."""
    from tests.kernel.conftest import RecordedShell

    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.chdir(tmp_path)
    injector = Injector()
    places: list[tuple[tuple[str, int] | None, type[BaseException]]] = [(None, ValueError)]
    lives = 0
    while places:
        target, fault = places.pop()
        injector.target, injector.fault, injector.raised = target, fault, False
        threading.settrace(injector)
        recorded = RecordedShell(tmp_path / f"journal-{lives}")
        threading.settrace(None)
        outcome = recorded.run(CELL).result
        recorded.publish("stream", name="stdout", text="text\n")
        recorded.end()
        lives += 1
        assert outcome == 6
        if target is None:
            lines = list(injector.lines)
            step = 1 if SOAK else max(1, len(lines) // 12)
            places = [(line, FAULTS[number % 6]) for number, line in enumerate(lines[::step])]

    assert lives > 10
    assert "Traceback" not in "".join(capfd.readouterr())


def test_p5_a_recorder_that_raises_is_mute_and_leaves_one_trace(shell: Any) -> None:
    class Bad:
        name = "bad"

        def __getattr__(self, _name: str) -> Any:
            def fail(*_arguments: object) -> None:
                raise SystemExit("bad recorder")

            return fail

    recording = shell.hook.recording()
    recording.ask([*recording.recorders, Bad()])
    results = [shell.run("1 + 1").result for _ in range(3)]
    found = shell.spooled()

    assert [2, 2, 2] == results
    assert ["bad"] == [event.recorder for event in found if isinstance(event, RecorderFailed) and event.recorder == "bad"]
    assert 3 == sum(isinstance(event, ExecutionEnded) for event in found)


def test_p5_where_redaction_fails_the_source_is_not_written(shell: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object, **_more: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(shell.hook.recording().redactor, "code", fail)
    shell.run("token = 'do not write me'")

    (event,) = (event for event in shell.spooled() if isinstance(event, ExecutionStarted))
    assert event.source.startswith("# [REDACTED:unchecked")


def test_p7_a_ctrl_c_is_never_lost(shell: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sent at random moments around the hook: the cell is interrupted, or does not start."""
    code = "finished = False\nend = clock() + 8\nwhile clock() < end: pass\nfinished = True"
    shell.shell.user_ns["clock"] = time.monotonic
    shell.shell.InteractiveTB.set_mode("Minimal")
    lost, timers = [], []
    swallowed: list[Any] = []
    # Python itself loses what is raised in a finaliser or a callback of its own, of a weak set for one; that is told to this hook.
    monkeypatch.setattr(sys, "unraisablehook", swallowed.append)
    span = longest_start(shell)
    for number in range(INTERRUPTS):
        shell.shell.user_ns["finished"] = False
        timer = threading.Thread(target=strike, args=(number / INTERRUPTS * span, threading.Event()))
        timers.append(timer)  # one that goes calls such a callback
        before = len(swallowed)
        with contextlib.redirect_stdout(io.StringIO()):
            try:
                timer.start()
                result = shell.run(code)
                interrupted = isinstance(result.error_before_exec or result.error_in_exec, KeyboardInterrupt)
            except KeyboardInterrupt:
                interrupted = True
            finally:
                join(timer)
        if (shell.shell.user_ns["finished"] or not interrupted) and not any(map(is_pythons_own, swallowed[before:])):
            lost.append((number, shell.shell.user_ns["finished"], interrupted, result.error_in_exec))

    assert [] == lost
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_p7_a_ctrl_c_in_the_moment_after_the_cell_makes_its_reply_say_so(shell: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    recording = shell.hook.recording()
    end = recording.end

    def slow_end(*arguments: Any) -> Any:
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.01)
        return end(*arguments)

    monkeypatch.setattr(recording, "end", slow_end)
    result = shell.run("x = 5")

    assert isinstance(result.error_in_exec, KeyboardInterrupt)
    assert 5 == shell.shell.user_ns["x"]
    assert ["ok"] == [event.status for event in shell.spooled() if isinstance(event, ExecutionEnded)]


def test_p7_what_a_signal_handler_of_the_user_raises_reaches_the_user(shell: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    recording = shell.hook.recording()
    begin = recording.begin

    def slow_begin(*arguments: Any) -> Any:
        time.sleep(0.05)
        return begin(*arguments)

    shell.run(
        "import signal\nclass TooLong(Exception): pass\ndef ring(*_): raise TooLong\nold = signal.signal(signal.SIGALRM, ring)"
    )
    monkeypatch.setattr(recording, "begin", slow_begin)
    signal.setitimer(signal.ITIMER_REAL, 0.02)
    with contextlib.redirect_stdout(io.StringIO()):
        result = shell.run("not_reached = 1")
    signal.signal(signal.SIGALRM, shell.shell.user_ns["old"])

    assert "TooLong" == type(result.error_in_exec).__name__
    assert "not_reached" not in shell.shell.user_ns


def test_p7_what_a_user_s_audit_hook_raises_at_our_files_is_not_handed_on() -> None:
    from labjournal.kernel.interrupts import owed

    def forbid() -> None:
        raise PermissionError("no files in my notebook")

    with pytest.raises(PermissionError) as raised:
        forbid()

    assert not owed(raised.value)


TRAP = """
calls = []
def _spring(name):
    def method(self, *arguments, **more):
        calls.append(name)
        return NotImplemented
    return method
_names = [name for name in {names!r} if name not in ("__new__", "__init__", "__del__")]
class Meta(type):
    def __getattribute__(cls, name):
        calls.append("type." + name)
        return type.__getattribute__(cls, name)
Trap = Meta("Trap", (), {{name: _spring(name) for name in _names}})
trap = object.__new__(Trap)
calls.clear()
"""
DUNDERS = [
    "__repr__", "__str__", "__bytes__", "__format__", "__lt__", "__le__", "__eq__", "__ne__", "__gt__", "__ge__", "__hash__", "__bool__",
    "__getattribute__", "__getattr__", "__dir__", "__len__", "__length_hint__", "__getitem__", "__iter__", "__next__", "__contains__",
    "__call__", "__int__", "__float__", "__index__", "__reduce__", "__reduce_ex__", "__getstate__", "__sizeof__", "__copy__", "__deepcopy__",
    "__enter__", "__exit__", "__fspath__", "__array__", "__array_interface__", "__instancecheck__", "__class_getitem__",
    "_repr_html_", "_repr_mimebundle_", "_ipython_display_", "__reversed__", "__round__", "__trunc__", "__complex__",
]  # fmt: skip


def test_p8_no_method_of_a_user_s_object_is_called(shell: Any) -> None:
    shell.run(TRAP.format(names=DUNDERS))
    shell.run("other = trap")
    shell.run("alias = other\ndel other")
    shell.run("pass")
    settle(shell)

    assert [] == shell.shell.user_ns["calls"]


def test_p8_an_exception_of_the_user_s_is_not_asked_anything(shell: Any) -> None:
    shell.run(
        "calls = []\nclass Odd(Exception):\n    def __str__(self): calls.append('str'); return 'odd'\n    def __eq__(self, o): calls.append('eq'); return True\n    __hash__ = None"
    )
    with contextlib.redirect_stdout(io.StringIO()):
        shell.run("try:\n    raise Odd\nexcept Odd as problem: kept = problem")
        before = len(shell.shell.user_ns["calls"])
        recording = shell.hook.recording()

        class Result:
            info: Any = None
            error_before_exec = None
            error_in_exec = shell.shell.user_ns["kept"]
            execution_count = 1

        from labjournal.kernel.requests import Request

        class Info:
            store_history = True
            raw_cell = "x"

        Result.info = Info
        recording.begin(Request(Info, "x"), 12345)
        recording.end(12345, Result)

    assert before == len(shell.shell.user_ns["calls"])


def test_p8_an_object_is_gone_when_its_cell_lets_it_go(shell: Any) -> None:
    shell.run("class Big: pass\nbig = Big()")
    gone = weakref.ref(shell.shell.user_ns["big"])
    shell.run("big2 = big")
    shell.run("del big, big2")
    settle(shell)
    gc.collect()

    assert gone() is None


def settle(recorded: Any) -> None:
    """Lets the helper thread do all it would do."""
    recording = recorded.hook.recording()
    until = time.monotonic() + 10
    while len(recording._collecting) and time.monotonic() < until:
        time.sleep(0.05)
    time.sleep(0.2)


def longest_start(recorded: Any) -> float:
    """How long the way to the cell's first line takes at most, a little more."""
    starts = []
    for _ in range(5):
        before = time.monotonic()
        recorded.run("now = clock()")
        starts.append(recorded.shell.user_ns["now"] - before)
    return float(max(starts) * 1.2)


OURS = os.path.dirname(os.path.realpath(labjournal.__file__))


def is_pythons_own(unraisable: Any) -> bool:
    """Whether an interrupt was lost in a function that is not labjournal's."""
    code = getattr(unraisable.object, "__code__", None)
    return unraisable.exc_type is KeyboardInterrupt and not getattr(code, "co_filename", "").startswith(OURS)


def strike(delay_s: float, _done: threading.Event) -> None:
    until = time.perf_counter() + delay_s
    while time.perf_counter() < until:
        time.sleep(0)
    os.kill(os.getpid(), signal.SIGINT)


def join(thread: threading.Thread) -> None:
    while thread.is_alive():
        with contextlib.suppress(KeyboardInterrupt):
            thread.join(1)
