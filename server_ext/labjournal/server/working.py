"""What takes longer than a question: exports, proofs of exports, replays. The last two are jobs, which are asked after and stopped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from jupyter_server.auth.decorator import authorized
from tornado import web

from labjournal.journal.addresses import resolve
from labjournal.journal.reader import Journal
from labjournal.records.atomic import destination
from labjournal.replay.answers import CURRENT, RECORDED
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
        wanted = Wanted(
            body["address"],
            body["kind"],
            self.place(body["path"]),
            force=body.get("force") is True,
            with_environment=body.get("with_environment") is True,
            ask_index=body.get("lock") is True,
        )
        if refusal := wanted.refusal:
            raise web.HTTPError(400, log_message=refusal)
        if body.get("verify") is True:
            await self.verified(wanted)
            return
        answer = await self.work(partial(_export, self.service.journal, wanted))
        self.answer(_for_the_panel(self.service.root, answer))

    async def verified(self, wanted: Wanted) -> None:
        """What can be refused is refused now, not after the minutes that a proof may take."""
        address = wanted.address
        meant = await self.ask(lambda journal: str(resolve(journal, address)))
        await self.work(partial(destination, wanted.path, force=wanted.force))
        place = server_path(self.service.root, str(wanted.path))
        work = partial(_prove, self.service.journal, self.service.root, replace(wanted, address=meant))
        self.answer({"job": self.service.jobs.start(work, kind="export", address=meant, path=place)})


@dataclass(frozen=True)
class Wanted:
    """An export as it was asked for; the names are those of the command line."""

    address: str
    kind: str
    path: Path
    force: bool
    with_environment: bool
    ask_index: bool

    @property
    def refusal(self) -> str:
        """Why it cannot be had, as one sentence; empty where it can."""
        if self.with_environment and self.kind not in ("notebook", "script"):
            return "'with_environment' is for a notebook or a script: a record has its environment in it, a page needs none."
        if self.ask_index and not (self.with_environment or self.kind == "crate"):
            return "'lock' is for what builds the environment again: a record, or an export 'with_environment'."
        return ""


def _export(journal: Path, wanted: Wanted) -> Any:
    from labjournal.records.export import export

    with Journal.open(journal) as opened:
        return export(
            opened,
            wanted.address,
            wanted.kind,
            wanted.path,
            force=wanted.force,
            with_environment=wanted.with_environment,
            ask_index=wanted.ask_index,
        )


def _prove(journal: Path, root: Path, wanted: Wanted, progress: Callable[[str], None]) -> Any:
    from labjournal.replay.proofs.export import export_verified

    answer = export_verified(
        journal,
        wanted.address,
        wanted.kind,
        wanted.path,
        force=wanted.force,
        progress=progress,
        with_environment=wanted.with_environment,
        ask_index=wanted.ask_index,
    )
    return _for_the_panel(root, answer)


def _for_the_panel(root: Path, answer: Any) -> Any:
    """The answer, with what was written as the server knows it."""
    told = {**answer, "server_path": server_path(root, answer["path"])}
    if "beside" in answer:
        told["beside_server_paths"] = [server_path(root, path) for path in answer["beside"]]
    return told


class Replays(Handler):
    @web.authenticated
    @authorized
    async def post(self) -> None:
        body = self.body(address=str)
        with_parameters = body.get("parameters") or {}
        if not isinstance(with_parameters, dict) or not all(isinstance(value, str) for value in with_parameters.values()):
            raise web.HTTPError(400, log_message="'parameters' takes an object of names and texts.")
        address, environment = body["address"], body.get("environment", CURRENT)
        if environment not in (CURRENT, RECORDED):
            raise web.HTTPError(400, log_message=f"'environment' is {CURRENT} or {RECORDED}.")
        await self.ask(lambda journal: resolve(journal, address))
        work = partial(_replay, self.service.journal, address, with_parameters, environment)
        self.answer({"job": self.service.jobs.start(work, kind="replay", address=address)})


def _replay(journal: Path, address: str, parameters: dict[str, str], environment: str, progress: Callable[[str], None]) -> Any:
    from labjournal.replay.run import replay

    # Nobody is there to be asked, so what came from elsewhere, a record file, is not executed.
    return replay(journal, address, parameters=parameters, progress=progress, environment=environment)


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
