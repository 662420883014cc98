"""A real Jupyter Server in a process of its own, with labjournal switched on and a journal made by hand."""

from __future__ import annotations

import json
import os
import platform
import socket
import subprocess
import sys
import sysconfig
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from labjournal.events import PackagesUsed
from tests.builders import JournalBuilder, error, figure, result, stream, written
from tests.replay.packages import OTHERS, Index

TOKEN = "a-token-for-tests"


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    headers: dict[str, str]

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Server:
    """Where the server is, and a small client that follows no redirect."""

    url: str
    root: Path
    journal: Path
    environment: dict[str, str] = field(repr=False)

    def ask(
        self, method: str, path: str, body: Any = None, *, token: str | None = TOKEN, headers: dict[str, str] | None = None
    ) -> Answer:
        request = urllib.request.Request(self.url + path, method=method, data=None if body is None else json.dumps(body).encode())
        if token:
            request.add_header("Authorization", f"token {token}")
        for name, value in (headers or {}).items():
            request.add_header(name, value)
        opener = urllib.request.build_opener(_Stay)
        try:
            with opener.open(request, timeout=30) as reply:
                return Answer(reply.status, reply.read(), dict(reply.headers))
        except urllib.error.HTTPError as refusal:
            with refusal:
                return Answer(refusal.code, refusal.read(), dict(refusal.headers))

    def get(self, path: str) -> Any:
        """The JSON of an address of labjournal's API."""
        answer = self.ask("GET", f"/labjournal/api/{path}")
        assert answer.status == 200, answer.body
        return answer.json

    def post(self, what: str, **body: Any) -> Any:
        answer = self.ask("POST", f"/labjournal/api/{what}", body)
        assert answer.status == 200, answer.body
        return answer.json


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all tests of this folder; it serves `root`, where `analysis.ipynb` has two recorded runs."""
    home = tmp_path_factory.mktemp("home")
    root, journal = home / "root", home / "journal"
    root.mkdir()
    fill(JournalBuilder(journal), root)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "JPY_", "LABJOURNAL"))}
    for name in ("HOME", "IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"):
        environment[name] = str(home / name.lower())
        Path(environment[name]).mkdir()
    environment["LABJOURNAL_PATH"] = str(journal)
    for name in OTHERS:
        environment.pop(name, None)
    environment.update(packages(home).variables(home))
    command = [
        sys.executable, "-m", "jupyter_server", "--no-browser", "--ip=127.0.0.1", f"--port={port}", "--ServerApp.port_retries=0",
        f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={root}", "--allow-root",
        "--ServerApp.jpserver_extensions={'labjournal': True}",
    ]  # fmt: skip
    log = home / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output, stdin=subprocess.DEVNULL)
    try:
        made = Server(f"http://127.0.0.1:{port}", root, journal, environment)
        _wait(made, process, log)
        yield made
    finally:
        process.terminate()
        process.wait(20)


def fill(builder: JournalBuilder, root: Path) -> None:
    notebook = str(root / "analysis.ipynb")
    old = builder.run(notebook=notebook, folder=str(root), executable=sys.executable)
    old.execution("x = 1", cell_id="cell-x")
    old.execution("1 / 0", status="failed", outputs=[error("ZeroDivisionError", "division by zero")])
    new = builder.run(notebook=notebook)
    new.execution("x = 2\nprint(x)", cell_id="cell-x", outputs=[stream("2\n")])
    new.execution("plot(x)", outputs=[figure(), result("<b>hi</b>")], metrics={"accuracy": 0.91})
    new.execution("save(x)", writes=[written(str(root / "out.csv"), b"1,2")])
    builder.run(notebook="/elsewhere/other.ipynb").execution("secret_plan = 1")
    made = builder.run(notebook=str(root / "made.ipynb"), folder=str(root), executable=sys.executable)
    made.execution("rate = 3", cell_id="cell-rate", bound=["rate"], seen=[PackagesUsed("", 0, ("attrs", "numpy"))])
    made.execution("unrelated = 1", cell_id="cell-other", bound=["unrelated"])
    made.execution(
        "print(rate * 2)", cell_id="cell-shown", used=["rate"], outputs=[stream("6\n")], seen=[PackagesUsed("", 0, ("numpy",))]
    )
    made.execution("print(rate * 2)", cell_id="cell-wrong", used=["rate"], outputs=[stream("7\n")])
    made.execution("import time\ntime.sleep(120)", cell_id="cell-slow")
    pinned = builder.run(notebook=str(root / "pinned.ipynb"), folder=str(root), executable=sys.executable)
    pinned.environment(
        {"thing": "1.0", "ipykernel": "7.0"},
        used=("thing",),
        python=platform.python_version(),
        executable="/gone/bin/python",
        distributions={"thing": {"source": "index"}, "ipykernel": {"source": "index"}},
    )
    pinned.execution("import thing\nprint(thing.VERSION)", outputs=[stream("1.0\n")])
    builder.save()


def packages(folder: Path) -> Index:
    """What the run of `pinned.ipynb` needs; the kernel itself is lent by the environment of the tests."""
    index = Index(folder / "index")
    index.wheel("thing", "1.0", {"thing.py": "VERSION = '1.0'\n"})
    index.wheel("ipykernel", "7.0", {"lent.pth": sysconfig.get_paths()["purelib"] + "\n"})
    return index


def _wait(server: Server, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        assert process.poll() is None, log.read_text()
        try:
            if server.ask("GET", "/api/status").status == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(log.read_text())
