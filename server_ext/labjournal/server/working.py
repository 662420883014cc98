"""What takes longer than a question: exports, proofs of exports, replays. The last two are jobs, which are asked after and stopped."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from jupyter_server.auth.decorator import authorized
from tornado import web

from labjournal.journal.addresses import resolve
from labjournal.journal.reader import Journal
from labjournal.records.atomic import destination
from labjournal.server.handler import Handler
from labjournal.server.jobs import Job
from labjournal.server.paths import server_path

__all__ = ["AllJobs", "Exports", "OneJob", "Replays"]


class Exports(Handler):
    """Writes what an address means into the served folder; with `verify` a job, which runs it before."""

    @web.authenticated
    @authorized
    async def post(self) -> None:
        body = self.body(address=str, kind=str, path=str)
        path, force = self.place(body["path"]), body.get("force") is True
        if body.get("verify") is True:
            await self.verified(body["address"], body["kind"], path, force)
            return
        answer = await self.work(partial(_export, self.service.journal, body["address"], body["kind"], path, force))
        self.answer({**answer, "server_path": server_path(self.service.root, answer["path"])})

    async def verified(self, address: str, kind: str, path: Path, force: bool) -> None:
        """What can be refused is refused now, not after the minutes that a proof may take."""
        meant = await self.ask(lambda journal: str(resolve(journal, address)))
        await self.work(partial(destination, path, force=force))
        place = server_path(self.service.root, str(path))
        work = partial(_prove, self.service.journal, self.service.root, meant, kind, path, force)
        self.answer({"job": self.service.jobs.start(work, kind="export", address=meant, path=place)})


def _export(journal: Path, address: str, kind: str, path: Path, force: bool) -> Any:
    from labjournal.records.export import export

    with Journal.open(journal) as opened:
        return export(opened, address, kind, path, force=force)


def _prove(journal: Path, root: Path, address: str, kind: str, path: Path, force: bool, progress: Callable[[str], None]) -> Any:
    from labjournal.replay.proofs.export import export_verified

    answer = export_verified(journal, address, kind, path, force=force, progress=progress)
    return {**answer, "server_path": server_path(root, answer["path"])}


class Replays(Handler):
    @web.authenticated
    @authorized
    async def post(self) -> None:
        body = self.body(address=str)
        with_parameters = body.get("parameters") or {}
        if not isinstance(with_parameters, dict) or not all(isinstance(value, str) for value in with_parameters.values()):
            raise web.HTTPError(400, log_message="'parameters' takes an object of names and texts.")
        address = body["address"]
        await self.ask(lambda journal: resolve(journal, address))
        work = partial(_replay, self.service.journal, address, with_parameters)
        self.answer({"job": self.service.jobs.start(work, kind="replay", address=address)})


def _replay(journal: Path, address: str, parameters: dict[str, str], progress: Callable[[str], None]) -> Any:
    from labjournal.replay.run import replay

    # Nobody is there to be asked, so what came from elsewhere, a record file, is not executed.
    return replay(journal, address, parameters=parameters, progress=progress)


class AllJobs(Handler):
    """The jobs that are remembered, oldest first, without their answers: what a page that was loaded again shows."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        self.answer({"jobs": [{**job, "answer": None} for job in self.service.jobs.all()]})


class OneJob(Handler):
    @web.authenticated
    @authorized
    async def get(self, job: str) -> None:
        self.answer(self.found(job))

    @web.authenticated
    @authorized
    async def delete(self, job: str) -> None:
        """Stops it; what had been begun is cleared away, and nothing is written."""
        self.found(job)
        self.service.jobs.stop(job)
        self.answer(self.found(job))

    def found(self, job: str) -> Job:
        found = self.service.jobs.get(job)
        if found is None:
            raise web.HTTPError(404, log_message="No such job; start it again.")
        return found
