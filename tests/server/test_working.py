"""Work that takes longer than a question: notebooks proven before they are handed over, recipes, the look at the notebook in front."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import Any

import nbformat
import pytest

from tests.pace import quicker
from tests.server.conftest import Server


@pytest.fixture
def made(server: Server) -> str:
    """The run of `made.ipynb`."""
    run: str = next(run["run"] for run in server.get("runs?notebook=made.ipynb")["runs"] if run["replay_of"] is None)
    return run


def ended(server: Server, job: str) -> Any:
    until = time.monotonic() + 90
    while (state := server.get(f"jobs/{job}"))["state"] == "running" and time.monotonic() < until:
        time.sleep(0.1)
    return state


def test_a_notebook_is_run_before_it_is_handed_over(server: Server, made: str) -> None:
    job = server.post("exports", address=f"{made}/3", kind="notebook", path="clean.ipynb", verify=True)["job"]
    state = ended(server, job)

    assert ("done", "export", f"{made}/3", "clean.ipynb") == (state["state"], state["kind"], state["address"], state["path"])
    assert (True, "clean.ipynb", [1, 3]) == (
        state["answer"]["verified"],
        state["answer"]["server_path"],
        state["answer"]["proof"]["executions"],
    )
    assert "Verified" in str(nbformat.read(server.root / "clean.ipynb", as_version=4).cells[0].source)
    assert job in [one["job"] for one in server.get("jobs")["jobs"]]


def test_what_does_not_give_the_same_is_handed_over_without_the_word(server: Server, made: str) -> None:
    job = server.post("exports", address=f"{made}/4", kind="notebook", path="wrong.ipynb", verify=True)["job"]
    state = ended(server, job)

    assert ("done", False) == (state["state"], state["answer"]["verified"])
    assert "7" in state["answer"]["proof"]["first_difference"]
    assert "Verified" not in (server.root / "wrong.ipynb").read_text()


def test_a_proof_of_a_place_that_is_taken_is_refused_at_once(server: Server, made: str) -> None:
    (server.root / "taken.ipynb").write_text("mine")
    request = {"address": f"{made}/3", "kind": "notebook", "path": "taken.ipynb", "verify": True}

    assert 409 == server.ask("POST", "/labjournal/api/exports", request).status
    assert 404 == server.ask("POST", "/labjournal/api/exports", {**request, "address": "nothing/1"}).status
    assert 422 == server.ask("POST", "/labjournal/api/exports", {**request, "path": "../out.ipynb"}).status
    assert "mine" == (server.root / "taken.ipynb").read_text()


def test_a_job_is_stopped_in_the_middle_of_a_cell_and_leaves_nothing(server: Server, made: str) -> None:
    request = {"kind": "notebook", "verify": True}
    running = server.post("exports", address=f"{made}/5", path="slow.ipynb", **request)["job"]
    waiting = server.post("exports", address=f"{made}/3", path="never.ipynb", **request)["job"]
    until = time.monotonic() + 60
    while "executing" not in server.get(f"jobs/{running}")["progress"] and time.monotonic() < until:
        time.sleep(0.1)

    for job in (waiting, running):
        assert 200 == server.ask("DELETE", f"/labjournal/api/jobs/{job}").status
    begun = time.monotonic()
    assert ["stopped", "stopped"] == [ended(server, job)["state"] for job in (running, waiting)]

    quicker(time.monotonic() - begun, 30)
    assert not (server.root / "slow.ipynb").exists()
    assert not (server.root / "never.ipynb").exists()
    assert 404 == server.ask("DELETE", "/labjournal/api/jobs/job999").status


def test_a_replay_is_made_in_the_environment_that_is_asked_for(server: Server, made: str) -> None:
    pinned: str = server.get("runs?notebook=pinned.ipynb")["runs"][0]["run"]
    jobs = [server.post("replays", address=pinned, environment=which)["job"] for which in ("recorded", "current")]
    then, today = (ended(server, job) for job in jobs)

    assert "done" == then["state"], then["message"]
    told = then["answer"]["environment"]
    assert ("recorded", True, 2, True) == (told["which"], told["made"], told["pinned"], then["answer"]["reproduced"])
    assert ("current", False) == (today["answer"]["environment"]["which"], today["answer"]["reproduced"])

    unknown = ended(server, server.post("replays", address=f"{made}/3", environment="recorded")["job"])
    assert ("failed", True) == (unknown["state"], "was not recorded" in unknown["message"])
    for wrong in ("tomorrow's", None, 7, ["recorded"]):
        assert 400 == server.ask("POST", "/labjournal/api/replays", {"address": pinned, "environment": wrong}).status


@pytest.mark.parametrize("verify", [False, True])
def test_what_builds_the_environment_again_is_laid_beside_a_notebook(server: Server, made: str, verify: bool) -> None:
    place = f"handed-{verify}"
    (server.root / place).mkdir()
    request = {"address": f"{made}/3", "kind": "notebook", "path": f"{place}/it.ipynb", "with_environment": True}
    answer = server.post("exports", **request, verify=verify)
    if verify:
        answer = ended(server, answer["job"])["answer"]

    assert f"{place}/it.ipynb" == answer["server_path"]
    assert (
        f"{place}/binder/requirements.txt" in answer["beside_server_paths"]
        or f"{place}/Dockerfile" in answer["beside_server_paths"]
    )
    assert all((server.root / path).exists() for path in answer["beside_server_paths"])
    assert "papermill" in answer["command"]


def test_an_environment_for_what_has_none_is_refused(server: Server, made: str) -> None:
    request = {"address": f"{made}/3", "path": "refused.out"}
    for wrong in (
        {"kind": "html", "with_environment": True},
        {"kind": "crate", "with_environment": True},
        {"kind": "notebook", "lock": True},
    ):
        answer = server.ask("POST", "/labjournal/api/exports", {**request, **wrong})
        assert (400, True) == (answer.status, b"is for" in answer.body)
    assert not (server.root / "refused.out").exists()


def test_a_recipe_says_what_brought_each_step_in(server: Server, made: str) -> None:
    answer = server.get(f"recipe?address={made}/3")

    assert (made, 3, [1, 3]) == (answer["run"], answer["of"], [step["n"] for step in answer["steps"]])
    assert "made.ipynb" == answer["server_path"]
    assert any("rate" in why for why in answer["steps"][0]["why"])
    assert 400 == server.ask("GET", "/labjournal/api/recipe").status
    assert 404 == server.ask("GET", "/labjournal/api/recipe?address=nothing/1").status


def cell(identifier: str, source: str, count: int | None = None) -> dict[str, Any]:
    return {"id": identifier, "cell_type": "code", "source": source, "execution_count": count, "outputs": [], "metadata": {}}


def test_the_notebook_in_front_is_looked_at_as_it_stands_in_the_editor(server: Server, made: str) -> None:
    cells = [cell("cell-rate", "rate = 4", 1), cell("cell-shown", "print(rate * 2)", 3), cell("new", "print(lost)")]
    answer = server.post("check", notebook="made.ipynb", cells=cells)

    assert (True, False) == (answer["recorded"], answer["ok"])
    assert f"{made}/1" == answer["latest"]["cell-rate"]
    assert [("cell-rate", "edited since it ran"), ("new", "not defined")] == [
        (problem["cell_id"], problem["what"]) for problem in answer["problems"]
    ]
    assert not (server.root / "made.ipynb").exists()


def test_cells_that_are_none_and_too_many_are_refused_or_passed_over(server: Server) -> None:
    odd = [1, None, {"cell_type": "code", "source": 7}, {"cell_type": "code", "source": ["x\n", 3]}]

    assert server.post("check", notebook="made.ipynb", cells=odd)["cells"] == 1
    for body in ({"notebook": "made.ipynb"}, {"notebook": "made.ipynb", "cells": "x"}):
        assert 400 == server.ask("POST", "/labjournal/api/check", body).status
    long = {"notebook": "made.ipynb", "cells": [cell("a", "x" * 4_000_001)]}
    assert 422 == server.ask("POST", "/labjournal/api/check", long).status
    assert 422 == server.ask("POST", "/labjournal/api/check", {"notebook": "../x.ipynb", "cells": []}).status


def test_a_server_that_ends_does_not_wait_for_its_jobs() -> None:
    source = """
import time
from labjournal.replay.executing.stopping import look
from labjournal.server.jobs import Jobs

def work(progress):
    progress("begun")
    while True:
        time.sleep(0.05)
        look()

jobs = Jobs(lambda name: print(jobs.get(name)["state"], flush=True))
jobs.start(work, kind="replay", address="r/1")
time.sleep(0.3)
"""
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, timeout=30, check=True)

    assert "stopped\n" == done.stdout
