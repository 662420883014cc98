"""Kernels started by a real server: the recorder reaches them, the notebook's name is followed, listeners are told."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

from labjournal.server.extension import LabJournal
from labjournal.server.kernels import BOOT, startup_environment
from labjournal.server.watcher import EVENT_SCHEMA_ID
from tests.server.conftest import TOKEN, Server


def is_ready(client: BlockingKernelClient) -> bool:
    """False where the kernel's process is not listening yet; the client takes that for dead."""
    try:
        client.wait_for_ready(timeout=5)
    except RuntimeError:
        return False
    return True


def wait_for(question: Callable[[], Any], seconds: float = 20.0) -> Any:
    until = time.monotonic() + seconds
    while not (answer := question()) and time.monotonic() < until:
        time.sleep(0.1)
    return answer


@pytest.fixture
def session(server: Server) -> Iterator[dict[str, Any]]:
    """A notebook's session as Lab opens it."""
    (server.root / "live.ipynb").write_text('{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}')
    body = {"path": "live.ipynb", "name": "live.ipynb", "type": "notebook", "kernel": {"name": "python3"}}
    made = server.ask("POST", "/api/sessions", body).json
    yield made
    server.ask("DELETE", f"/api/sessions/{made['id']}")


def run_cell(server: Server, session: dict[str, Any], code: str) -> None:
    runtime = Path(server.environment["JUPYTER_RUNTIME_DIR"])
    client = BlockingKernelClient(connection_file=str(runtime / f"kernel-{session['kernel']['id']}.json"))
    client.load_connection_file()
    client.start_channels()
    try:
        wait_for(lambda: is_ready(client), 60)
        assert client.execute_interactive(code, timeout=60, output_hook=print)["content"]["status"] == "ok"
    finally:
        client.stop_channels()


@pytest.mark.parametrize("path", ["~/notes", "notes", "notes/journal.sqlite"])
def test_a_path_in_the_settings_means_one_folder_for_all_kernels(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)

    assert tmp_path / "notes" == LabJournal(path=path).journal


def test_a_cell_of_a_kernel_of_the_server_is_recorded_while_the_kernel_lives(server: Server, session: dict[str, Any]) -> None:
    run_cell(server, session, "answer = 6 * 7\nprint(answer)")

    runs = wait_for(lambda: server.get("runs?notebook=live.ipynb")["runs"])

    assert [("running", 1, str(server.root / "live.ipynb"))] == [
        (run["status"], run["executions"], run["notebook"]) for run in runs
    ]
    address = f"runs/{runs[0]['run']}/executions/1"
    assert wait_for(lambda: [output["text"] for output in server.get(address)["outputs"]]) == ["42\n"]


def test_a_notebook_that_is_renamed_keeps_its_run(server: Server, session: dict[str, Any]) -> None:
    run_cell(server, session, "1")
    assert wait_for(lambda: server.get("runs?notebook=live.ipynb")["runs"])

    server.ask("PATCH", f"/api/sessions/{session['id']}", {"path": "renamed.ipynb", "name": "renamed.ipynb"})

    assert wait_for(lambda: server.get("runs?notebook=renamed.ipynb")["runs"])


def test_listeners_hear_ids_and_nothing_else(server: Server, session: dict[str, Any]) -> None:
    async def listen() -> list[dict[str, Any]]:
        url = server.url.replace("http", "ws") + "/api/events/subscribe"
        socket = await websocket_connect(HTTPRequest(url, headers={"Authorization": f"token {TOKEN}"}))
        await asyncio.get_running_loop().run_in_executor(None, run_cell, server, session, "very_secret_name = 1")
        heard: list[dict[str, Any]] = []
        while not any(event.get("what") == "ended" for event in heard):
            event = json.loads(str(await asyncio.wait_for(socket.read_message(), 30)))
            if event["schema_id"] == EVENT_SCHEMA_ID:
                heard.append(event)
        socket.close()
        return heard

    heard = asyncio.run(listen())

    assert "very_secret_name" not in json.dumps(heard)
    assert {"run", "n", "what"} <= heard[-1].keys()


def test_the_recorder_goes_before_the_startup_file_that_the_user_has() -> None:
    made = startup_environment({"PYTHONSTARTUP": "/home/ada/start.py", "OTHER": "1"}, Path("/j"))

    assert {
        "PYTHONSTARTUP": BOOT,
        "LABJOURNAL_PYTHONSTARTUP": "/home/ada/start.py",
        "LABJOURNAL_PATH": "/j",
        "OTHER": "1",
    } == made
    assert made == startup_environment(made, Path("/j"))
    assert Path(BOOT).is_file()
