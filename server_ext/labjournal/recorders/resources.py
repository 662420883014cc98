"""What an execution took of the machine: processor time, memory, and of GPUs what NVML says where the user has it imported.

One question to the system when a cell begins, one or two when it ends, a microsecond each. Of a short cell that took nothing worth telling nothing is told.
"""

from __future__ import annotations

import os
import sys
from collections import deque
from time import monotonic, process_time
from types import ModuleType
from typing import Any, Deque, Dict, Iterable, Iterator, Tuple

from labjournal.events import Event, ResourcesUsed
from labjournal.recorders import Context, Execution, Outcome, Recorder

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

__all__ = ["ResourcesRecorder"]

_SHORT_S = 0.002
"""No program is started and ends in less."""
_BURST_S = 0.01
_WORTH_S = 0.05
"""Processor time that is worth telling."""
_WORTH_BYTES = 1 << 20
"""By which the largest memory must grow."""
_UNIT = 1 if sys.platform == "darwin" else 1024
_MOST_DEVICES = 16


class ResourcesRecorder(Recorder):
    """Yields ResourcesUsed."""

    name = "resources"

    def __init__(self, context: Context) -> None:
        self._context = context
        self._before = (0.0, 0)
        self._asked_at = 0.0
        """When that was asked last (monotonic): in a burst of cells the end of one is the beginning of the next."""
        self._children_s = 0.0
        self._taken: Deque[Tuple[int, float, int]] = deque()

    # the user's thread

    def execution_started(self, execution: Execution) -> None:
        if monotonic() - self._asked_at > _BURST_S:
            self._before = _own()

    def execution_ended(self, execution: Execution, outcome: Outcome) -> None:
        (before_s, before), (after_s, peak) = self._before, _own()
        self._before, self._asked_at = (after_s, peak), monotonic()
        cpu_s = after_s - before_s
        if outcome.duration_s >= _SHORT_S:  # a program that has ended took its time
            children_s, since_s = _of_children(), self._children_s
            self._children_s = children_s
            cpu_s += children_s - since_s
        grown = peak if peak - before >= _WORTH_BYTES else 0
        if cpu_s >= _WORTH_S or grown or outcome.duration_s >= 1.0:
            self._taken.append((execution.n, cpu_s, grown))

    def forked(self) -> None:
        self._taken.clear()

    # the helper thread

    def collect(self, execution: Execution) -> Iterable[Event]:
        return self.late()

    def late(self) -> Iterator[Event]:
        while self._taken:
            n, cpu_s, peak = self._taken.popleft()
            yield ResourcesUsed(self._context.run, n, round(cpu_s, 6), _memory(), peak, _gpu())

    def run_ended(self) -> Iterable[Event]:
        return self.late()


def _own() -> Tuple[float, int]:
    """Processor seconds of this process, and its largest memory so far in bytes (0 where the system does not say)."""
    if resource is None:
        return process_time(), 0
    spent = resource.getrusage(resource.RUSAGE_SELF)
    return spent.ru_utime + spent.ru_stime, spent.ru_maxrss * _UNIT


def _of_children() -> float:
    """Processor seconds of children that have ended."""
    if resource is None:
        return 0.0
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return float(spent.ru_utime + spent.ru_stime)


def _memory() -> int:
    """What this process holds in main memory, where the system tells."""
    try:
        descriptor = os.open("/proc/self/statm", os.O_RDONLY | os.O_CLOEXEC)
    except (OSError, AttributeError):
        return 0
    try:
        return int(os.read(descriptor, 200).split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0
    finally:
        os.close(descriptor)


def _gpu() -> Dict[str, Any] | None:
    """Memory and use of each GPU, and what this process has of it; None where the user's program has not set NVML up."""
    nvml = sys.modules.get("pynvml")
    if type(nvml) is not ModuleType:
        return None
    try:
        devices = [
            _device(nvml, nvml.nvmlDeviceGetHandleByIndex(at)) for at in range(min(nvml.nvmlDeviceGetCount(), _MOST_DEVICES))
        ]
    except Exception:  # not set up, gone, or another library of this name: that is a fact, not an error
        return None
    return {"devices": devices} if devices else None


def _device(nvml: Any, handle: Any) -> Dict[str, Any]:
    memory, rates = nvml.nvmlDeviceGetMemoryInfo(handle), nvml.nvmlDeviceGetUtilizationRates(handle)
    name = nvml.nvmlDeviceGetName(handle)
    own = sum(
        process.usedGpuMemory or 0 for process in nvml.nvmlDeviceGetComputeRunningProcesses(handle) if process.pid == os.getpid()
    )
    return {
        "name": name.decode("utf-8", "replace") if type(name) is bytes else name,
        "memory_bytes": int(memory.used),
        "total_bytes": int(memory.total),
        "own_bytes": int(own),
        "use_percent": int(rates.gpu),
    }
