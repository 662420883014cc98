"""What Jupyter Server loads: settings, addresses, live updates, and the recorder for kernels of other environments."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_core.utils import ensure_async
from traitlets import Bool, Float, Unicode
from traitlets.config import LoggingConfigurable

from labjournal.journal import places
from labjournal.server.handlers import routes
from labjournal.server.jobs import Jobs
from labjournal.server.kernels import wrap_start_kernel
from labjournal.server.paths import absolute_path
from labjournal.server.service import Service
from labjournal.server.watcher import EVENT_SCHEMA, EVENT_SCHEMA_ID, Change, Watcher

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

__all__ = ["LabJournal", "_load_jupyter_server_extension"]


class LabJournal(LoggingConfigurable):
    """Settings (`c.LabJournal.…`) and the wiring to one server. Every default is safe: nothing must be set."""

    path = Unicode("", help="Folder of the journal; empty: $LABJOURNAL_PATH, else the user's own.").tag(config=True)
    record_other_environments = Bool(
        True, help="Hand the recorder to kernels whose environment does not have labjournal installed."
    ).tag(config=True)
    poll_interval_s = Float(0.3, min=0.05, help="Seconds between two looks for new executions.").tag(config=True)

    @property
    def journal(self) -> Path:
        """The journal's folder in full: kernels work in other folders, and must mean the same."""
        return places.journal_folder(self.path) if self.path else places.default_journal()

    def load(self, server: ServerApp) -> None:
        """Registers everything with `server`; recording in kernels does not depend on it."""
        journal = self.journal
        loop_jobs = Jobs(finished=lambda job: self._say_from_thread(Change("replay")))
        self._server = server
        self.service = Service(
            journal=journal, root=Path(server.root_dir), announce=lambda what: self._say(Change(what)), jobs=loop_jobs
        )
        events: Any = server.event_logger
        self._events = events
        events.register_event_schema(EVENT_SCHEMA)
        server.web_app.add_handlers(".*$", routes(server.web_app.settings["base_url"], self.service))
        if self.record_other_environments and os.environ.get("LABJOURNAL_DISABLE") != "1":
            wrap_start_kernel(server.kernel_manager, journal)
        self.watcher = Watcher(
            journal, emit=self._say, notebooks=self._notebooks, executor=self.service.executor, interval_s=self.poll_interval_s
        )
        server.io_loop.add_callback(self._watch)

    async def _watch(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.create_task(self.watcher.watch())

    async def _notebooks(self) -> dict[str, str]:
        """Absolute notebook path of every kernel that a session of this server names."""
        sessions = await ensure_async(self._server.session_manager.list_sessions())
        return {
            session["kernel"]["id"]: str(absolute_path(self.service.root, session["path"]))
            for session in sessions
            if session.get("kernel") and session.get("type") == "notebook" and session.get("path")
        }

    def _say(self, change: Change) -> None:
        data: dict[str, Any] = {"what": change.what, "n": change.n}
        if change.run:
            data["run"] = change.run
        self._events.emit(schema_id=EVENT_SCHEMA_ID, data=data)

    def _say_from_thread(self, change: Change) -> None:
        loop = getattr(self, "_loop", None)
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._say, change)


def _load_jupyter_server_extension(server: ServerApp) -> None:
    extension = LabJournal(parent=server)
    extension.load(server)
    server.web_app.settings["labjournal"] = extension
    server.log.info("labjournal records into %s", extension.service.journal)
