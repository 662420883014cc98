"""P21: every address of the API is closed to those who may not ask, and GET changes nothing."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

from labjournal.server.handler import Handler
from labjournal.server.handlers import routes
from labjournal.server.service import Service
from tests.server.conftest import TOKEN, Server

VERBS = ("get", "post", "put", "patch", "delete")


def addresses() -> list[tuple[str, str]]:
    """(verb, path) for everything that has a handler, found in the routes themselves."""
    fill = {"run": "abc", "n": "1", "sha256": "0" * 64, "act": "pause", "job": "job1"}
    found = []
    for pattern, handler, _ in routes("/", Service(Path(), Path(), print, None)):  # type: ignore[arg-type]
        path = re.sub(r"\(\?P<(\w+)>[^)]*\)", lambda match: fill[match[1]], pattern)
        found += [(verb, path) for verb in VERBS if verb in _own(handler)]
    return found


def _own(handler: type[Handler]) -> set[str]:
    return {name for kind in handler.__mro__[: handler.__mro__.index(Handler)] for name in vars(kind)}


@pytest.mark.parametrize(("verb", "path"), addresses())
def test_p21_nobody_gets_in_without_a_token(server: Server, verb: str, path: str) -> None:
    assert server.ask(verb.upper(), path, None if verb == "get" else {}, token=None).status == 403


@pytest.mark.parametrize(("verb", "path"), addresses())
def test_p21_a_foreign_page_with_a_stolen_cookie_is_refused(server: Server, verb: str, path: str) -> None:
    cookie = server.ask("GET", f"/?token={TOKEN}", token=None).headers.get("Set-Cookie", "").split(";")[0]
    assert cookie
    headers = {"Cookie": cookie, "Origin": "http://evil.example", "Content-Type": "text/plain"}
    assert server.ask(verb.upper(), path, None if verb == "get" else {}, token=None, headers=headers).status in (403, 404)


@pytest.mark.parametrize(("verb", "path"), addresses())
def test_p21_a_foreign_host_name_is_refused(server: Server, verb: str, path: str) -> None:
    assert server.ask(verb.upper(), path, None if verb == "get" else {}, headers={"Host": "evil.example"}).status == 403


@pytest.mark.parametrize(("verb", "path"), [pair for pair in addresses() if pair[0] != "get"])
def test_p21_a_write_by_cookie_needs_the_xsrf_token(server: Server, verb: str, path: str) -> None:
    cookie = server.ask("GET", f"/?token={TOKEN}", token=None).headers.get("Set-Cookie", "").split(";")[0]
    assert server.ask(verb.upper(), path, {}, token=None, headers={"Cookie": cookie}).status == 403


def test_p21_get_changes_nothing(server: Server) -> None:
    def digest() -> str:
        return hashlib.sha256((server.journal / "journal.sqlite").read_bytes()).hexdigest()

    server.get("status")
    before = digest()
    for verb, path in addresses():
        if verb == "get":
            server.ask("GET", path)

    assert before == digest()


def test_every_handler_is_decorated() -> None:
    """Were one verb left without its decorator, the walk above would find it; this says which."""
    for _, handler, _ in routes("/", Service(Path(), Path(), print, None)):  # type: ignore[arg-type]
        for verb in _own(handler) & set(VERBS):
            method = next(vars(kind)[verb] for kind in handler.__mro__ if verb in vars(kind))
            assert hasattr(method, "__wrapped__"), f"{handler.__name__}.{verb}"
