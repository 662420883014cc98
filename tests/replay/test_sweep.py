"""Sweeps: real kernels, each in a process of its own, here and on a Dask cluster."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from labjournal.errors import LabjournalError
from labjournal.journal.reader import Journal
from labjournal.questions.results.table import results
from labjournal.replay.sweeps.grid import grid
from labjournal.replay.sweeps.sweep import SweepAnswer, sweep
from tests.builders import RunBuilder
from tests.replay.conftest import again, record

Story = Callable[..., RunBuilder]

CODE = (
    "alpha = 0.1\nhow = 'well'",
    "import os, signal\nif how == 'badly': raise ValueError(how)\nif how == 'dying': os.kill(os.getpid(), signal.SIGKILL)",
    "score = alpha * 2\nprint('score:', score)",
)


@pytest.fixture
def journal(tmp_path: Path, project: Path) -> Path:
    record(tmp_path / "journal", project / "story.ipynb", *CODE)
    return tmp_path / "journal"


def swept(journal: Path, *given: tuple[str, str], **options: Any) -> SweepAnswer:
    return sweep(journal, "last", grid=grid(given), **options)


def runs(journal: Path) -> list[str]:
    with Journal.open(journal) as opened:
        return [run.run for run in opened.runs()]


def test_a_replay_with_another_value_is_a_new_row_of_the_table_marked_as_replay(journal: Path) -> None:
    original = runs(journal)[0]

    answer = again(journal, parameters={"alpha": "0.2"})

    with Journal.open(journal) as opened:
        rows = results(opened, metric="score")["results"]
        told = opened.facets(answer["replay"])[0, "try"]
    assert [(answer["replay"], original, 0.2, 0.4), (original, None, 0.1, 0.2)] == [
        (row["run"], row["replay_of"], row["parameters"]["alpha"], row["metrics"]["score"]) for row in rows
    ]
    assert (original, {"alpha": "0.2"}, "ok") == (told["of"], told["values"], told["status"])


@pytest.mark.slow
def test_each_try_is_a_run_of_its_own_and_one_that_fails_does_not_end_the_sweep(journal: Path) -> None:
    (original,) = runs(journal)
    said: list[str] = []

    answer = swept(journal, ("how", "well,badly,dying"), parameters={"alpha": "3.5"}, jobs=3, progress=said.append)

    assert [("well", "ok", {"score": 7.0}, []), ("badly", "failed", {"score": 7.0}, [2]), ("dying", "failed", {}, [2, 3])] == [
        (part["parameters"]["how"], part["status"], part["metrics"], part["failed"]) for part in answer["tries"]
    ]
    assert {3.5} == {part["parameters"]["alpha"] for part in answer["tries"]}
    assert {part["run"] for part in answer["tries"]} | {original} == set(runs(journal))
    assert (None, original, None) == (answer["reproduced"], answer["address"], answer["replay"])
    assert [f"The try with alpha=3.5, how=badly ({answer['tries'][1]['run']}) failed in execution 2."] == answer["problems"][:1]
    assert ["3 tries to make"] == said[:1]
    assert 4 == len(said)


@pytest.mark.slow
def test_what_went_well_before_is_not_done_again_and_that_is_said(journal: Path) -> None:
    first = swept(journal, ("alpha", "1,2"), ("how", "well,badly"), jobs=2)
    again = swept(journal, ("how", "well"), ("alpha", "2.0,2,1,5"), jobs=2)

    before = {str(part["parameters"]): part["run"] for part in first["tries"] if part["status"] == "ok"}
    assert [False, True, True, False] == [part["before"] for part in again["tries"]]
    assert list(before.values()) == [again["tries"][2]["run"], again["tries"][1]["run"]]
    assert ["2 of 4 tries had been made before and were not made again; `labjournal forget RUN` makes one anew."] == again[
        "problems"
    ]
    assert 1 + 4 + 2 == len(runs(journal))


def test_nothing_is_executed_where_a_name_is_no_parameter(journal: Path) -> None:
    with pytest.raises(LabjournalError, match=r"There is no parameter 'alhpa'\. There are alpha, how\."):
        swept(journal, ("alhpa", "1,2"))

    assert 1 == len(runs(journal))


@pytest.mark.slow
@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_whoever_ends_a_sweep_leaves_neither_kernels_nor_workspaces_behind(
    tmp_path: Path, project: Path, sign: signal.Signals
) -> None:
    record(tmp_path / "journal", project / "story.ipynb", "wait = 0", "import time\nopen('begun', 'w').close()\ntime.sleep(wait)")
    space = tmp_path / "temporary"
    space.mkdir()
    command = [sys.executable, "-m", "labjournal.cli.main", "replay", "last", "--grid", "wait=100,101,102", "--jobs", "2"]
    environ = {**os.environ, "LABJOURNAL_PATH": str(tmp_path / "journal"), "TMPDIR": str(space)}
    process = subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    _until(lambda: len(list(space.glob("labjournal-replay-*/**/begun"))) == 2)

    process.send_signal(sign)
    _, said = process.communicate(timeout=60)

    _until(lambda: not list(space.iterdir()))
    _until(lambda: str(space) not in _command_lines())
    if sign != signal.SIGKILL:
        assert (130, "Interrupted; 0 tries are done. The same command goes on with the others.\n") == (process.returncode, said)
    with Journal.open(tmp_path / "journal") as journal:
        assert [] == journal.results.tries(journal.runs()[-1].run, "try")


def _until(holds: Callable[[], bool], within_s: float = 60.0) -> None:
    until = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.1)


def _command_lines() -> str:
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(path.read_bytes().decode("utf-8", "replace"))
        except OSError:
            continue
    return "\n".join(lines)


@pytest.mark.parametrize("name", ["dask", "dask://", "dask://host", "dask://host:99999", "ray://h:1", "dask://a b:1"])
def test_an_executor_that_is_none_is_refused(story: Story, builder: Any, name: str) -> None:
    story().execution("alpha = 1")
    builder.save()

    with pytest.raises(LabjournalError, match="is no executor"):
        swept(builder.folder, ("alpha", "1,2"), executor=name)


def test_a_cluster_that_is_not_there_is_one_sentence(story: Story, builder: Any) -> None:
    pytest.importorskip("distributed")
    story().execution("alpha = 1")
    builder.save()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        with pytest.raises(LabjournalError, match=f"No Dask cluster answers at 127.0.0.1:{port}"):
            swept(builder.folder, ("alpha", "1,2"), executor=f"dask://127.0.0.1:{port}")


CLUSTER = """
import sys
from distributed import LocalCluster
if __name__ == "__main__":
    made = LocalCluster(n_workers=1, threads_per_worker=2, dashboard_address=None, scheduler_port=0)
    print(made.scheduler_address, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """A Dask cluster of one worker, as somebody might have it running."""
    pytest.importorskip("distributed")
    script = tmp_path / "cluster.py"
    script.write_text(CLUSTER)
    process = subprocess.Popen(
        [sys.executable, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    address = process.stdout.readline().strip().replace("tcp://", "dask://")
    yield address, process
    process.kill()
    process.communicate()


@pytest.mark.slow
def test_a_dask_cluster_makes_the_tries_and_one_that_is_gone_is_a_sentence(
    journal: Path, cluster: tuple[str, subprocess.Popen[str]]
) -> None:
    address, process = cluster

    answer = swept(journal, ("alpha", "1.1,2.2,3.3"), executor=address)

    assert [("ok", 2.2), ("ok", 4.4), ("ok", 6.6)] == [(part["status"], part["metrics"]["score"]) for part in answer["tries"]]

    process.kill()
    process.wait()
    with pytest.raises(LabjournalError, match="No Dask cluster answers"):
        swept(journal, ("alpha", "9"), executor=address)
