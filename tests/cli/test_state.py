"""State on the command line: what `show` says of it, and that `forget` takes the snapshots of a run along."""

from __future__ import annotations

import io
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from labjournal import events as ev
from labjournal.journal.blobs import Blobs
from tests.builders import JournalBuilder, sha256
from tests.cli.conftest import Cli
from tests.recorders.test_git_snapshots import git


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository with a snapshot of run k3f9a2."""
    folder = tmp_path / "project"
    folder.mkdir()
    git(folder, "init", "-q")
    git(folder, "commit", "-q", "--allow-empty", "-m", "one")
    git(folder, "update-ref", "refs/labjournal/runs/k3f9a2", "HEAD")
    return folder


@pytest.fixture
def run(builder: JournalBuilder, project: Path) -> JournalBuilder:
    head = git(project, "rev-parse", "HEAD")
    told = builder.run("k3f9a2", folder=str(project), notebook=None)
    told.git(head, root=str(project), dirty=True)
    told.event(
        ev.SnapshotTaken(
            "k3f9a2",
            0,
            str(project),
            "refs/labjournal/runs/k3f9a2",
            head,
            head,
            2,
            30,
            ({"path": ".env", "bytes": None, "reason": "It is named like a secret."},),
            at=1.0,
        )
    )
    told.event(
        ev.FacetSeen(
            "k3f9a2", 0, "randomness", {"hash_seed": "random", "threads": {"OMP_NUM_THREADS": "4"}, "flags": {}, "cores": 8}
        )
    )
    told.execution("import helper", seen=[ev.ModuleSeen("", 0, "helper", str(project / "helper.py"), sha256="a" * 64, bytes=9)])
    told.execution(
        "x = random.random()\nnp.random.seed(4)",
        seen=[
            ev.RandomnessSeen(
                "", 0, {"random": {"before": "a", "after": "b", "drawn": True, "seeded": False}},
                ({"of": "numpy", "call": "np.random.seed", "value": 4, "line": 2}, {"of": "argument", "call": "Forest(random_state=)", "value": None, "line": 3}), ("random",),
            ),
            ev.PackageChanged("", 0, "pandas", "2.2.3", "2.3.0", True),
            ev.ModuleSeen("", 0, "helper", str(project / "helper.py"), "stale", sha256="a" * 64, bytes=9),
        ],
    )  # fmt: skip
    told.event(ev.PackagesUsed("k3f9a2", 2, ("numpy", "pandas")))
    builder.save()
    return builder


def test_a_run_tells_its_state(cli: Cli, run: JournalBuilder) -> None:
    told = cli("show", "k3f9a2", "--json").json
    assert {"random": [2]} == told["randomness"]["unseeded"] == told["randomness"]["drew"]
    assert ("random", {"OMP_NUM_THREADS": "4"}, 8) == tuple(told["randomness"][key] for key in ("hash_seed", "threads", "cores"))
    assert [(2, "np.random.seed", 4), (2, "Forest(random_state=)", None)] == [
        (each["n"], each["call"], each["value"]) for each in told["randomness"]["seeds"]
    ]
    assert [(1, "loaded"), (2, "stale")] == [(each["n"], each["state"]) for each in told["modules"]]
    assert [{"n": 2, "name": "pandas", "before": "2.2.3", "after": "2.3.0", "loaded": True}] == told["package_changes"]
    assert (2, [".env"]) == (told["snapshot"]["files"], [each["path"] for each in told["snapshot"]["left_out"]])
    assert [[], ["numpy", "pandas"]] == [each["packages"] for each in told["executions"]]
    assert [None, ["random"]] == [each["randomness"] and each["randomness"]["unseeded"] for each in told["executions"]]

    lines = {line.split()[0]: line for line in cli("show", "k3f9a2").out.splitlines() if line.strip()}
    assert "pandas 2.2.3 → 2.3.0 (after 2)" in lines["changed"]
    assert "np.random.seed(4), Forest(random_state=None)" in lines["seeds"]
    assert "helper (stale)" in lines["own"]
    assert "drew from random in 2" in lines["unseeded"]
    assert "2 files kept as" in lines["not"]


def test_an_execution_tells_its_state(cli: Cli, run: JournalBuilder) -> None:
    lines = {line.split()[0]: line for line in cli("show", "k3f9a2/2").out.splitlines() if line.strip()}
    assert "numpy, pandas" in lines["used"]
    assert "drew from random" in lines["unseeded"]
    assert "unseeded" not in cli("show", "k3f9a2/1").out


def test_the_snapshot_of_a_forgotten_run_goes(cli: Cli, run: JournalBuilder, project: Path) -> None:
    answer = cli("forget", "k3f9a2", "--yes")
    assert (0, "") == (answer.status, answer.err)
    assert "" == git(project, "for-each-ref", "refs/labjournal")


def test_a_snapshot_that_cannot_be_removed_is_said(cli: Cli, run: JournalBuilder, project: Path) -> None:
    project.rename(project.with_name("moved"))
    answer = cli("forget", "k3f9a2", "--yes")
    assert 0 == answer.status
    assert "Forgotten: 1 run" in answer.out
    assert f"The snapshot of run k3f9a2 in {project} was not removed" in answer.err
    assert 1 == answer.err.count("\n")


def test_the_journal_holds_after_all_of_it(cli: Cli, run: JournalBuilder) -> None:
    assert (0, []) == (cli("verify", "--json").status, cli("verify", "--json").json["problems"])


@pytest.fixture
def kept(builder: JournalBuilder) -> str:
    """Two runs that loaded the same module; its digest."""
    content = b"def f():\n    return 1\n"
    digest = sha256(content)
    for name in ("k3f9a2", "m7t2zz"):
        run = builder.run(name, notebook=None)
        run.execution(
            "import helper", seen=[ev.ModuleSeen("", 0, "helper", "/home/ada/helper.py", sha256=digest, bytes=len(content))]
        )
        run.event(ev.BytesKept("", digest, len(content), Blobs(builder.folder).keep(io.BytesIO(content), digest) or 0, 1.0))
    builder.save()
    return digest


def test_what_a_module_held_goes_with_the_last_run_that_loaded_it(cli: Cli, builder: JournalBuilder, kept: str) -> None:
    blobs = Blobs(builder.folder)
    assert 0 == cli("forget", "k3f9a2", "--yes").status
    assert blobs.has(kept)
    assert 0 == cli("forget", "m7t2zz/1", "--yes").status
    assert not blobs.has(kept)


def test_verify_names_a_module_whose_content_is_gone_or_changed(cli: Cli, builder: JournalBuilder, kept: str) -> None:
    assert 0 == cli("verify").status
    (path,) = [place for place, digest, _ in Blobs(builder.folder).everything() if digest == kept]
    Path(path).unlink()
    answer = cli("verify", "--json")
    assert 1 == answer.status
    assert any("the kept content of module helper is missing" in problem for problem in answer.json["problems"])


def test_verify_names_an_execution_whose_randomness_was_changed(cli: Cli, run: JournalBuilder) -> None:
    with closing(sqlite3.connect(run.folder / "journal.sqlite")) as connection:
        connection.execute("UPDATE randomness SET unseeded = '[]'")
        connection.commit()
    answer = cli("verify", "--json")
    assert (1, True) == (answer.status, any("k3f9a2/2" in problem for problem in answer.json["problems"]))
