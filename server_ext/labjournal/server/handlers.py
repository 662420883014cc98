"""REST for the panel: every verb authenticated and authorized, GET changes nothing, answers in the shape of the CLI's `--json`.

Questions run in a thread so that the server's event loop never waits for SQLite.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, get_args

from jupyter_server.auth.decorator import authorized
from tornado import web

from labjournal.events import Event
from labjournal.journal import places, writer
from labjournal.journal.addresses import resolve
from labjournal.journal.reader import Journal
from labjournal.journal.rows import Address
from labjournal.questions import annotations as added_by_hand
from labjournal.questions import search, status, summaries, timeline, versions
from labjournal.questions.answers import AnnotationsAnswer
from labjournal.questions.origin.lineage import Direction
from labjournal.questions.results import table as results
from labjournal.server import origins, recipes, tried
from labjournal.server.handler import Handler
from labjournal.server.paths import server_path
from labjournal.server.service import Service
from labjournal.server.working import AllJobs, Exports, OneJob, Replays

__all__ = ["routes"]

_RUN = r"(?P<run>[A-Za-z0-9]+)"
_N = r"(?P<n>[0-9]{1,9})"


class Status(Handler):
    @web.authenticated
    @authorized
    async def get(self) -> None:
        self.answer(await self.work(partial(status.status, self.service.journal)))


class Runs(Handler):
    @web.authenticated
    @authorized
    async def get(self) -> None:
        notebook = self.text("notebook")
        question = partial(
            timeline.log,
            since=self.text("since"),
            until=self.text("until"),
            before=self.text("before"),
            notebook=str(self.place(notebook)) if notebook else None,
            tag=self.text("tag"),
            metric=self.text("metric"),
            limit=self.number("limit", 50, 500),
        )
        answer = await self.ask_where_there_is_one(question, timeline.NOTHING)
        runs = [{**run, "server_path": server_path(self.service.root, run["notebook"])} for run in answer["runs"]]
        self.answer({**answer, "runs": runs})


class OneRun(Handler):
    @web.authenticated
    @authorized
    async def get(self, run: str) -> None:
        answer = await self.ask(lambda journal: timeline.show(journal, resolve(journal, run), outputs=False))
        self.answer({**answer, "server_path": server_path(self.service.root, answer["notebook"])})


class Executions(Handler):
    @web.authenticated
    @authorized
    async def get(self, run: str) -> None:
        self.answer(
            await self.ask(
                partial(
                    summaries.summaries,
                    run=run,
                    first=self.number("first", 1) or 1,
                    last=self.number("last"),
                    newest_first=self.text("newest") == "1",
                    limit=self.number("limit", 200, 1000) or 200,
                )
            )
        )


class OneExecution(Handler):
    @web.authenticated
    @authorized
    async def get(self, run: str, n: str) -> None:
        notebook, answer = await self.ask(
            lambda journal: (journal.run(run).notebook, summaries.detail(journal, run=run, n=int(n)))
        )
        self.answer({**answer, "notebook": notebook, "server_path": server_path(self.service.root, notebook)})


class Thumbnail(Handler):
    @web.authenticated
    @authorized
    async def get(self, run: str, n: str) -> None:
        picture = await self.ask(partial(summaries.thumbnail, run=run, n=int(n)))
        if picture is None:
            raise web.HTTPError(404, log_message="The execution showed no picture.")
        mime, data = picture
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Cache-Control", "private, max-age=86400")
        self.finish(data, set_content_type=mime)


class Blob(Handler):
    @web.authenticated
    @authorized
    async def get(self, sha256: str) -> None:
        try:
            data = await self.ask(lambda journal: journal.blobs.get(sha256))
        except web.HTTPError as problem:
            raise web.HTTPError(404, log_message="No such content is kept.") from problem
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Content-Disposition", "attachment")
        self.finish(data, set_content_type="application/octet-stream")


class Versions(Handler):
    @web.authenticated
    @authorized
    async def get(self) -> None:
        notebook, cell = self.text("notebook"), self.text("cell_id")
        if notebook is None or cell is None:
            raise web.HTTPError(400, log_message="'notebook' and 'cell_id' say which cell.")
        path = str(self.place(notebook))
        self.answer(await self.ask(partial(versions.versions, notebook=path, cell_id=cell)))


class Search(Handler):
    @web.authenticated
    @authorized
    async def get(self) -> None:
        self.answer(await self.ask(partial(search.search, text=self.text("q") or "", limit=self.number("limit", 50, 200) or 50)))


class Results(Handler):
    """A page of the table of results, sorted here: by the time, by a metric (`order` = ascending | descending, else its best first) or a parameter."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        order = self.text("order")
        if order not in (None, "ascending", "descending"):
            raise web.HTTPError(400, log_message="'order' is ascending or descending.")
        asked: dict[str, Any] = {name: self.text(name) for name in ("metric", "sort", "tag", "run", "since", "until")}
        question = partial(
            tried.page,
            root=self.service.root,
            notebook=self.text("notebook"),
            ascending=None if order is None else order == "ascending",
            doubtful=self.text("all") == "1",
            limit=self.number("limit", 100, 1000) or 100,
            offset=self.number("offset", 0) or 0,
            **asked,
        )
        self.answer(await self.ask_where_there_is_one(question, results.NOTHING))


class Why(Handler):
    @web.authenticated
    @authorized
    async def get(self) -> None:
        target = self.text("target")
        if target is None:
            raise web.HTTPError(400, log_message="'target' says what is meant.")
        question = partial(origins.answer, root=self.service.root, target=target, forward=self.text("forward") == "1")
        answer = await self.ask(question)
        self.answer({**answer, "server_path": server_path(self.service.root, answer["path"])})


class Lineage(Handler):
    """The graph around a file of the server, an address, a digest or a node of an earlier graph."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        target, directions = self.text("target"), get_args(Direction)
        direction = next((known for known in directions if known == (self.text("direction") or "both")), None)
        if target is None or direction is None:
            raise web.HTTPError(400, log_message="'target' says what is meant, 'direction' is before, after or both.")
        question = partial(
            origins.graph,
            root=self.service.root,
            target=target,
            direction=direction,
            depth=self.number("depth", 3, 100) or 0,
            limit=self.number("limit", 60, 1000) or 1,
        )
        self.answer(await self.ask(question))


class Diff(Handler):
    """What changed from `a` to `b`; without `b` from the notebook's run before to `a`."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        a, b = self.text("a"), self.text("b")
        if a is None:
            raise web.HTTPError(400, log_message="'a' says what is compared.")
        self.answer(await self.ask(partial(origins.compared, a=a, b=b)))


class Recipe(Handler):
    """The executions that one depends on, each with what brought it in."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        address = self.text("address")
        if address is None:
            raise web.HTTPError(400, log_message="'address' says what is meant.")
        self.answer(await self.ask(partial(recipes.recipe, root=self.service.root, address=address)))


class Check(Handler):
    """Would a notebook run from top to bottom, as it stands in the editor: its cells come with the question. Nothing is executed."""

    @web.authenticated
    @authorized
    async def post(self) -> None:
        body = self.body(notebook=str, cells=list)
        path = self.place(body["notebook"])
        self.answer(await self.work(partial(recipes.checked, self.service.journal, path, body["cells"])))


class Annotation(Handler):
    """Notes, tags and names: what a person adds; the answer is what stands there now."""

    async def annotate(self, address: str, events: Callable[[Address], list[Event]]) -> None:
        def added() -> AnnotationsAnswer:
            with Journal.open(self.service.journal) as journal:
                meant = resolve(journal, address)
                said = added_by_hand.unmistakable(journal, events(meant))
            writer.append(self.service.journal, said)
            with Journal.open(self.service.journal, catch_up=False) as journal:
                return added_by_hand.added(journal, meant)

        self.answer(await self.work(added))


class Notes(Annotation):
    @web.authenticated
    @authorized
    async def post(self) -> None:
        body, at = self.body(address=str, text=str), self.service.clock()
        await self.annotate(body["address"], lambda meant: added_by_hand.noted(meant, body["text"], at))


class Tags(Annotation):
    @web.authenticated
    @authorized
    async def post(self) -> None:
        body, at = self.body(address=str, tags=list), self.service.clock()
        await self.annotate(body["address"], lambda meant: added_by_hand.tagged(meant, map(str, body["tags"]), at))

    @web.authenticated
    @authorized
    async def delete(self) -> None:
        body = self.body(address=str, tags=list)
        await self.annotate(body["address"], lambda meant: added_by_hand.untagged(meant, map(str, body["tags"])))


class Names(Annotation):
    @web.authenticated
    @authorized
    async def post(self) -> None:
        body, at = self.body(address=str, name=str), self.service.clock()
        await self.annotate(body["address"], lambda meant: added_by_hand.named(meant, body["name"], at))


class Recording(Handler):
    """POST pause, POST resume."""

    @web.authenticated
    @authorized
    async def post(self, act: str) -> None:
        await self.work(partial(places.set_paused, self.service.journal, act == "pause"))
        self.service.announce("status")
        self.answer({"recording": act == "resume"})


def routes(base_url: str, service: Service) -> list[tuple[str, type[Handler], dict[str, Service]]]:
    """Every address of the panel's API below `base_url`."""
    top = base_url.rstrip("/") + "/labjournal/api"
    handlers: dict[str, type[Handler]] = {
        "/status": Status,
        "/runs": Runs,
        f"/runs/{_RUN}": OneRun,
        f"/runs/{_RUN}/executions": Executions,
        f"/runs/{_RUN}/executions/{_N}": OneExecution,
        f"/runs/{_RUN}/executions/{_N}/thumbnail": Thumbnail,
        "/blobs/(?P<sha256>[0-9a-f]{64})": Blob,
        "/versions": Versions,
        "/results": Results,
        "/search": Search,
        "/why": Why,
        "/lineage": Lineage,
        "/diff": Diff,
        "/recipe": Recipe,
        "/check": Check,
        "/notes": Notes,
        "/tags": Tags,
        "/names": Names,
        "/(?P<act>pause|resume)": Recording,
        "/exports": Exports,
        "/replays": Replays,
        "/replays/(?P<job>job[0-9]+)": OneJob,
        "/jobs": AllJobs,
        "/jobs/(?P<job>job[0-9]+)": OneJob,
    }
    return [(top + path, handler, {"service": service}) for path, handler in handlers.items()]
