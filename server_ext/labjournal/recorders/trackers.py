"""Files of other trackers among what executions write: remembered as they go by, read a round later (`tracker_files`), on the helper thread."""

from __future__ import annotations

import os
from collections import OrderedDict
from time import time
from typing import TYPE_CHECKING, Iterable, Iterator

from labjournal.events import Event, FileWritten
from labjournal.recorders import Context, Recorder

if TYPE_CHECKING:
    from labjournal.recorders.tracker_files import TrackerFiles

__all__ = ["TrackersRecorder"]

_SIGNS = (
    "/metrics/",
    "/params/",
    "wandb",
    "tfevents",
    "metrics.json",
    "params.yaml",
    "metrics.csv",
    "hparams.yaml",
    ".db",
    ".sqlite",
)
"""One of them stands in the path of every tracker's file, and in few others."""
_MOST_FILES = 2000


class TrackersRecorder(Recorder):
    """Yields MetricLogged, SeriesSeen and ParameterSet with the source `tracker`."""

    name = "trackers"

    def __init__(self, context: Context) -> None:
        self._context = context
        self._began = time()
        self._written: OrderedDict[str, FileWritten] = OrderedDict()
        """Those that are still to be read, by path."""
        self._files: TrackerFiles | None = None

    def noticed(self, event: Event) -> None:
        """What may be a tracker's file is remembered."""
        if type(event) is FileWritten and event.n and len(self._written) < _MOST_FILES:
            path = event.path.replace(os.sep, "/")
            if any(sign in path for sign in _SIGNS):
                self._written[event.path] = event

    def late(self) -> Iterator[Event]:
        while self._written:
            from labjournal.recorders.tracker_files import TrackerFiles

            self._files = self._files or TrackerFiles(self._context, self._began)
            _, event = self._written.popitem(last=False)
            yield from self._files.events(event)

    def run_ended(self) -> Iterable[Event]:
        return self.late()

    def forked(self) -> None:
        self._written.clear()
