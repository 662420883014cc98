"""Which layers see files in this run: the kernel's events where the machine allows them, pictures of the tree where it does not.

The best one is tried first; what was tried in vain, and why, is kept for whoever asks. `LABJOURNAL_EVENTS` (fanotify, inotify,
snapshot, off) chooses one, for tests and for machines on which the best one is in the way.
"""

from __future__ import annotations

import os
import sys
from typing import Any, Dict, Iterable, Iterator, List, Tuple

from labjournal.recorders.file_rules import Rules

__all__ = ["CHOICE", "Layers", "offered"]

CHOICE = "LABJOURNAL_EVENTS"
MOST_FOLDERS = 5_000
"""Of the work tree; as many again may be watched outside of it."""
_EVENTS = ("fanotify", "inotify")


class Layers:
    """What stands beside the calls."""

    def __init__(self, folder: str, rules: Rules, choice: str) -> None:
        self.reasons: List[str] = []
        self.events: Any = None
        """`kernel_events.KernelEvents`, where there are any."""
        self.prewatch: Any = None
        self.snapshots: Any = None
        """`snapshots.Snapshots`, where there are no events."""
        choice = choice or os.environ.get(CHOICE, "")
        if choice in ("", *_EVENTS):
            self._open_events(folder, rules, choice)
        if choice == "off":
            self.reasons.append("switched off")
        elif not self._watching:
            from labjournal.recorders.snapshots import Snapshots

            self.snapshots = Snapshots(folder, rules)

    @property
    def _watching(self) -> bool:
        return self.events is not None

    @property
    def name(self) -> str:
        """fanotify, inotify, snapshot, or ''."""
        if self.events is not None:
            return str(self.events.layer)
        return "snapshot" if self.snapshots is not None else ""

    def _open_events(self, folder: str, rules: Rules, choice: str) -> None:
        if sys.platform != "linux":
            self.reasons.append("this system tells nobody which files are read")
            return
        try:
            from labjournal.recorders.kernel_events import KernelEvents, Unavailable
        except ImportError:  # a Python without ctypes
            self.reasons.append("this Python has no ctypes")
            return
        from labjournal.recorders.prewatch import Prewatch
        from labjournal.recorders.work_tree import remote_file_systems

        try:
            events = KernelEvents(folder, rules, force=choice, most_folders=MOST_FOLDERS)
            events.start()
        except Unavailable as problem:
            self.reasons += problem.reasons
        except (OSError, RuntimeError) as problem:  # no descriptors, no threads
            self.reasons.append(str(problem) or "failed")
        else:
            self.events = events
            self.reasons += events.reasons
            self.prewatch = Prewatch(events, [place for place, _ in remote_file_systems()], rules)

    def facts(self, audit: bool, native: Iterable[str], missing: Iterable[str] = ()) -> Dict[str, Any]:
        """For `status`: what sees files in this run."""
        return {
            "audit": audit, "events": self.name, "folders": len(self.events.folders) if self.events is not None else 0,
            "complete": self.events.complete if self.events is not None else True, "native": sorted(native), "missing": sorted(missing),
            "reasons": self.reasons,
        }  # fmt: skip

    def limits(self) -> Iterator[str]:
        """Sentences on what is not watched and should be."""
        if self.events is not None:
            yield from list(self.events.limits)
        elif self.snapshots is not None and self.snapshots.cut:
            yield self.snapshots.cut

    def close(self) -> None:
        if self.events is not None:
            self.events.close()

    def forked(self) -> None:
        events, self.events, self.snapshots, self.prewatch = self.events, None, None, None
        if events is not None:
            events.forked()


def offered() -> Tuple[str, List[str]]:
    """The layer that this machine allows for processes like this one, and why not a better one."""
    if sys.platform != "linux":
        return "snapshot", ["this system tells nobody which files are read"]
    try:
        from labjournal.recorders.kernel_events import Unavailable, probe
    except ImportError:
        return "snapshot", ["this Python has no ctypes"]
    try:
        source, reasons = probe()
    except Unavailable as problem:
        return "snapshot", problem.reasons
    source.close()
    return str(source.name), reasons
