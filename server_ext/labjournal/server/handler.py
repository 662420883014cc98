"""What every address of the panel's API shares: who may ask, questions in a thread, errors as one sentence."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from jupyter_server.base.handlers import APIHandler
from tornado import web

from labjournal.errors import JournalMissing, LabjournalError, OutputExists, UnknownAddress
from labjournal.journal.integrity import damage
from labjournal.journal.reader import Journal
from labjournal.server.paths import absolute_path
from labjournal.server.service import Service

__all__ = ["Handler"]

T = TypeVar("T")


class Handler(APIHandler):
    """What every address shares: the service, questions in a thread, errors as one sentence."""

    auth_resource = "labjournal"

    def initialize(self, service: Service) -> None:
        self.service = service

    async def ask(self, question: Callable[[Journal], T]) -> T:
        """The question's answer, asked in a thread on a journal of its own; errors become HTTP errors with the sentence."""

        def asked() -> T:
            with Journal.open(self.service.journal, catch_up=False) as journal:
                return question(journal)

        return await self.work(asked)

    async def ask_where_there_is_one(self, question: Callable[[Journal], T], nothing: T) -> T:
        """The question's answer; `nothing` where nothing has been recorded yet."""
        try:
            return await self.ask(question)
        except web.HTTPError as problem:
            if not isinstance(problem.__cause__, JournalMissing):
                raise
            return nothing

    async def work(self, call: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self.service.executor, call)
        except UnknownAddress as problem:
            raise web.HTTPError(404, log_message=_plain(problem), reason="Not Found") from problem
        except OutputExists as problem:
            raise web.HTTPError(409, log_message=_plain(problem), reason="Conflict") from problem
        except (LabjournalError, OSError) as problem:
            raise web.HTTPError(422, log_message=_plain(problem), reason="Cannot do that") from problem
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, sqlite3.Error) as problem:
            damaged = await asyncio.get_running_loop().run_in_executor(self.service.executor, damage, self.service.journal)
            if damaged is None:
                raise  # a fault of ours
            raise web.HTTPError(422, log_message=_plain(damaged), reason="Cannot do that") from problem

    def answer(self, document: Any) -> None:
        self.finish(json.dumps(document))

    def text(self, name: str) -> str | None:
        value = self.get_query_argument(name, None)
        return value or None

    def number(self, name: str, default: int | None = None, most: int = 1_000_000_000) -> int | None:
        value = self.text(name)
        if value is None:
            return default
        if not value.isdigit() or len(value) > 10:
            raise web.HTTPError(400, log_message=f"'{name}' takes a whole number.")
        return min(int(value), most)

    def place(self, path: str) -> Path:
        """The file that a server path means; one that leads out of the root is refused with the sentence."""
        try:
            return absolute_path(self.service.root, path)
        except LabjournalError as problem:
            raise web.HTTPError(422, log_message=_plain(problem), reason="Cannot do that") from problem

    def body(self, **kinds: type) -> dict[str, Any]:
        """The fields of the request's JSON object, each of the kind that is asked for."""
        document = self.get_json_body()
        if not isinstance(document, dict):
            raise web.HTTPError(400, log_message="The request takes a JSON object.")
        for name, kind in kinds.items():
            if not isinstance(document.get(name), kind):
                raise web.HTTPError(400, log_message=f"'{name}' is missing or not of type {kind.__name__}.")
        return document


def _plain(problem: Exception) -> str:
    return str(problem).replace("%", "%%")
