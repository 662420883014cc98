"""What builds the environment again: exact, safe whatever was recorded, without addresses and paths, and never over a person's files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from labjournal import events as ev
from labjournal.errors import LabjournalError, OutputExists
from labjournal.records import crate, locking
from labjournal.records.crate_reading import open_crate
from labjournal.records.export import export
from labjournal.records.rebuilding import command, rebuilding
from labjournal.records.record import Record
from tests.builders import JournalBuilder, RunBuilder, read
from tests.records.validating import issues, warmed

Recorded = Callable[..., Record]

TOKEN = "ghp_" + "a1B2" * 9
LOCK = """lock-version = "1.0"
created-by = "uv"
[[packages]]
name = "numpy"
version = "2.3.1"
index = "https://ada:{token}@packages.example.org/simple"
wheels = [{{ url = "{url}", hashes = {{ sha256 = "00" }} }}]
"""


@pytest.fixture
def uv(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Path]:
    """A program in the place of uv that answers with a lock whose files lie at `url`, or refuses; it keeps how it was called."""

    def made(url: str = "https://files.example.org/packages/n.whl", status: int = 0, said: str = "") -> Path:
        program, calls = tmp_path / "uv", tmp_path / "calls"
        program.write_text(
            f"#!{sys.executable}\nimport os, sys\nopen({str(calls)!r}, 'a').write(' '.join([*sys.argv[1:], *map(str, os.environ.items())]) + '\\n')\n"
            f"sys.stderr.write({said!r})\nif {status}: sys.exit({status})\n"
            f"open(sys.argv[sys.argv.index('--output-file') + 1], 'w').write({LOCK.format(url=url, token=TOKEN)!r})\n"
        )
        program.chmod(0o700)
        monkeypatch.setattr(locking, "find_uv", lambda: str(program))
        return calls

    return made


def environment(run: RunBuilder, packages: dict[str, str], used: list[str], **beside: dict[str, Any]) -> RunBuilder:
    facts = {name: {"source": "index", "requires": [], **beside.get(name, {})} for name in packages}
    return run.environment(packages, used=used, distributions=facts)


def texts(record: Record, **options: Any) -> dict[str, str]:
    return {name: content.decode() for name, _, _, content in rebuilding(record, "analysis.ipynb", **options).files}


def test_pins_binder_and_docker_say_the_same(builder: JournalBuilder, record: Recorded, uv: Callable[..., Path]) -> None:
    calls = uv()
    run = environment(
        builder.run(),
        {"numpy": "2.3.1", "pandas": "2.3.0", "papermill": "2.6.0", "rich": "13.0"},
        ["pandas"],
        pandas={"requires": ["numpy>=2"]},
    )
    run.execution("x = 1")
    files = texts(record(), with_inputs=True)

    lines = [line for line in files["requirements.txt"].splitlines() if not line.startswith("#")]
    assert ["numpy==2.3.1", "pandas==2.3.0", "papermill==2.6.0", "ipykernel"] == lines
    assert files["requirements.txt"] == files["binder/requirements.txt"]
    assert "python-3.11\n" == files["binder/runtime.txt"]
    assert "cp -Rn inputs/. ." in files["binder/postBuild"]
    assert "FROM python:3.11.7-slim\n" in files["Dockerfile"]
    assert 'CMD ["papermill", "analysis.ipynb", "/out/out.ipynb"]\n' in files["Dockerfile"]
    assert "--offline" in calls.read_text()
    assert "--python-version 3.11.7" in calls.read_text()
    assert "index" not in files["pylock.toml"]


def test_no_address_no_token_and_no_path_of_a_machine_is_in_it(
    builder: JournalBuilder, record: Recorded, uv: Callable[..., Path], tmp_path: Path
) -> None:
    uv()
    private = f"https://ada:{TOKEN}@packages.example.org/simple"
    run = environment(
        builder.run(folder=str(tmp_path / "work")),
        {"numpy": "2.3.1", "mine": "0.1", "theirs": "3", "odd": "1 @ file:///home/ada/x"},
        ["numpy", "mine", "theirs", "odd"],
        mine={"source": "editable", "url": "file:///home/ada/secret-project"},
        theirs={"source": "vcs", "url": private, "commit": "a" * 40},
    )
    run.execution("x = 1")
    made = rebuilding(record(), "analysis.ipynb")
    everything = b"".join(content for _, _, _, content in made.files) + " ".join(made.remarks).encode()

    for leak in (TOKEN, "packages.example.org", "/home/ada", str(tmp_path), sys.prefix, "secret-project"):
        assert leak.encode() not in everything
    assert "mine is not pinned: it was installed from a working copy." in made.remarks
    assert "theirs is not pinned: it was installed from a repository at commit aaaaaaaaaaaa." in made.remarks
    assert b"# not pinned: mine 0.1 (it was installed from a working copy)" in everything


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ({"url": f"https://ada:{TOKEN}@packages.example.org/n.whl"}, "the index that answered is not a public one, and its address does not leave this machine"),
        ({"url": "https://files.example.org/n.whl?token=1"}, "the index that answered is not a public one, and its address does not leave this machine"),
        ({"url": "file:///home/ada/n.whl"}, "the index that answered is not a public one, and its address does not leave this machine"),
        ({"status": 1, "said": f"failed to fetch https://{TOKEN}@x"}, "uv's cache does not hold what an index says of them; `--lock` asks the index"),
    ],
)  # fmt: skip
def test_where_there_is_no_lock_the_reason_is_said_and_no_address(
    builder: JournalBuilder, record: Recorded, uv: Callable[..., Path], how: dict[str, Any], reason: str
) -> None:
    uv(**how)
    environment(builder.run(), {"numpy": "2.3.1"}, ["numpy"]).execution("x = 1")
    made = rebuilding(record(), "a.ipynb")

    assert "pylock.toml" not in [name for name, _, _, _ in made.files]
    assert f"There is no pylock.toml, only pinned requirements: {reason}." in made.remarks


def test_an_index_that_the_user_has_set_is_not_asked(
    builder: JournalBuilder, record: Recorded, uv: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("UV_INDEX_URL", "UV_DEFAULT_INDEX", "UV_FIND_LINKS", "UV_CONFIG_FILE", "PIP_INDEX_URL"):
        monkeypatch.setenv(name, f"https://ada:{TOKEN}@packages.example.org/simple")
    calls = uv()
    environment(builder.run(), {"numpy": "2.3.1"}, ["numpy"]).execution("x = 1")
    rebuilding(record(), "a.ipynb")

    assert "--no-config" in calls.read_text()
    assert TOKEN not in calls.read_text()


def test_the_index_is_asked_only_where_that_was_wanted(
    builder: JournalBuilder, record: Recorded, uv: Callable[..., Path]
) -> None:
    calls = uv(status=1, said="error sending request")
    environment(builder.run(), {"numpy": "2.3.1"}, ["numpy"]).execution("x = 1")
    asked = rebuilding(record(), "a.ipynb", ask=True)

    assert "--offline" not in calls.read_text()
    assert "There is no pylock.toml, only pinned requirements: no index answered." in asked.remarks


def test_hostile_names_do_nothing(builder: JournalBuilder, record: Recorded, uv: Callable[..., Path], tmp_path: Path) -> None:
    uv()
    packages = {
        "numpy": "2.3.1\n--index-url https://evil.example.org",
        "-r /etc/passwd": "1",
        "a\nRUN rm -rf /": "1",
        "ok": "1.0",
    }
    run = environment(builder.run(folder=str(tmp_path), python="3.11.7\nRUN evil"), packages, list(packages))
    run.event(ev.ModuleSeen(run.run, 1, "x", str(tmp_path / "a b" / ".." / "..\n" / "q'\".py"), sha256=run.keep(b"x = 1\n")))
    run.execution("import x")
    made = rebuilding(record(), '-x "\n$(evil).ipynb')
    files = {name: content.decode() for name, _, _, content in made.files}

    lines = [line for line in files["requirements.txt"].splitlines() if not line.startswith("#")]
    assert ["ok==1.0", "ipykernel", "papermill"] == lines
    assert not any(line.startswith(("RUN evil", "RUN rm", "--index", "-r ")) for line in files["Dockerfile"].splitlines())
    assert 'CMD ["papermill", "./-x \\"\\n$(evil).ipynb", "/out/out.ipynb"]' in files["Dockerfile"]
    assert ["papermill", './-x "\n$(evil).ipynb'] == __import__("shlex").split(command('-x "\n$(evil).ipynb'))[:2]
    assert all(part not in ("", ".", "..") for name in files for part in name.split("/"))
    assert any(name.startswith("modules/") for name in files)


def test_modules_are_carried_as_they_were_loaded(builder: JournalBuilder, record: Recorded, tmp_path: Path) -> None:
    run = builder.run(folder=str(tmp_path))
    (tmp_path / "helpers.py").write_text("edited since")
    digest = run.keep(b"def f(): return 1\n")
    run.event(ev.ModuleSeen(run.run, 1, "helpers", str(tmp_path / "helpers.py"), sha256=digest))
    run.event(ev.ModuleSeen(run.run, 1, "lost", str(tmp_path / "lost.py"), sha256="0" * 64))
    run.event(ev.ModuleSeen(run.run, 1, "never", "/opt/else/never.py", reason="It had changed before it could be read."))
    run.execution("import helpers")
    files, made = texts(record()), rebuilding(record(), "a.ipynb", beside=True, known=[])

    assert "def f(): return 1\n" == files["modules/helpers.py"]
    assert "helpers.py" in [name for name, _, _, _ in made.files]
    assert "modules/helpers.py" not in texts(record(), known=[digest])
    assert "The module lost.py is not kept as it was loaded." in made.remarks
    assert "What of the module never.py was loaded is not known: It had changed before it could be read." in made.remarks


def git(folder: Path, *arguments: str) -> str:
    identity = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b"}
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments], env={**os.environ, **identity}, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def test_what_was_not_committed_is_a_patch_that_git_applies(builder: JournalBuilder, record: Recorded, tmp_path: Path) -> None:
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "-q")
    (folder / "clean.py").write_text("x = 1\n")
    (folder / "gone.py").write_text("y = 1\n")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "one")
    commit = git(folder, "rev-parse", "HEAD")
    (folder / "clean.py").write_text("x = 2\n")
    (folder / 'näw "file".bin').write_bytes(bytes(range(256)))
    (folder / "gone.py").unlink()
    git(folder, "add", "-A")
    snapshot = git(folder, "commit-tree", git(folder, "write-tree"), "-p", commit, "-m", "snapshot")
    git(folder, "reset", "-q", "--hard", commit)
    run = builder.run(folder=str(folder)).execution("x = 1")
    run.event(
        ev.SnapshotTaken(
            run.run,
            1,
            str(folder),
            "refs/labjournal/runs/x",
            snapshot,
            commit,
            files=3,
            left_out=({"path": "big.bin", "bytes": 9, "reason": "large"},),
        )
    )
    made = rebuilding(record(), "a.ipynb")
    patch = next(content for name, _, _, content in made.files if name == "changes.patch")
    elsewhere = tmp_path / "elsewhere"
    git(tmp_path, "clone", "-q", str(folder), str(elsewhere))
    (tmp_path / "changes.patch").write_bytes(patch)
    git(elsewhere, "apply", str(tmp_path / "changes.patch"))

    assert ("x = 2\n", bytes(range(256)), False) == (
        (elsewhere / "clean.py").read_text(), (elsewhere / "näw \"file\".bin").read_bytes(), (elsewhere / "gone.py").exists()
    )  # fmt: skip
    assert "changes.patch holds what was not committed: 3 files, without 1 that was not kept." in made.remarks
    assert str(tmp_path).encode() not in patch


def test_a_patch_with_a_secret_or_of_a_snapshot_that_is_gone_is_left_out(
    builder: JournalBuilder, record: Recorded, tmp_path: Path
) -> None:
    git(tmp_path, "init", "-q", "r")
    folder = tmp_path / "r"
    git(folder, "commit", "-qm", "one", "--allow-empty")
    commit = git(folder, "rev-parse", "HEAD")
    (folder / "keys.py").write_text(f"token = '{TOKEN}'\n")
    git(folder, "add", "-A")
    snapshot = git(folder, "commit-tree", git(folder, "write-tree"), "-p", commit, "-m", "snapshot")
    run = builder.run(folder=str(folder)).execution("x = 1")
    run.event(ev.SnapshotTaken(run.run, 1, str(folder), "r", snapshot, commit, files=1))
    secret = rebuilding(record(), "a.ipynb").remarks
    run.execution("x = 2").event(ev.SnapshotTaken(run.run, 2, str(folder), "r", "0" * 40, commit, files=1))
    gone = rebuilding(record(), "a.ipynb").remarks

    assert "There is no patch of what was not committed: it looks as if it held a secret." in secret
    assert "There is no patch of what was not committed: the repository does not hold the snapshot any more." in gone


def test_a_record_holds_all_of_it_and_is_valid(
    builder: JournalBuilder, record: Recorded, uv: Callable[..., Path], tmp_path: Path
) -> None:
    uv()
    folder = tmp_path / "work"
    folder.mkdir()
    git(folder, "init", "-q")
    git(folder, "commit", "-qm", "one", "--allow-empty")
    commit = git(folder, "rev-parse", "HEAD")
    (folder / "a.csv").write_bytes(b"1")
    git(folder, "add", "-A")
    snapshot = git(folder, "commit-tree", git(folder, "write-tree"), "-p", commit, "-m", "snapshot")
    run = environment(builder.run(folder=str(folder)), {"numpy": "2.3.1"}, ["numpy"])
    run.event(ev.ModuleSeen(run.run, 1, "odd <b>", str(folder / "pa ck" / "o#dd%20.py"), sha256=run.keep(b"x = 1\n")))
    run.execution("open('a.csv')", reads=[read(folder / "a.csv", b"1")])
    run.event(ev.SnapshotTaken(run.run, 1, str(folder), "r", snapshot, commit, files=1))
    said = crate.write(record(), tmp_path / "r.zip")
    with zipfile.ZipFile(tmp_path / "r.zip") as archive:
        names, readme = set(archive.namelist()), archive.read("README.md").decode()
        graph = {each["@id"] for each in json.loads(archive.read("ro-crate-metadata.json"))["@graph"]}

    made = {"requirements.txt", "pylock.toml", "binder/requirements.txt", "binder/runtime.txt", "binder/postBuild", "Dockerfile"}
    assert made | {"changes.patch", "modules/pa_ck/o_dd_20.py"} <= names & graph
    assert ("changes.patch holds what was not committed: 1 file.",) == said
    assert "papermill notebook.ipynb out-notebook.ipynb" in readme
    assert f"`git checkout {commit}`, then `git apply changes.patch`" in readme
    assert ["RECOMMENDED"] == list(issues(tmp_path / "r.zip", warmed(tmp_path)))
    assert 1 == len(open_crate(tmp_path / "r.zip").record.steps)


def test_beside_a_notebook_nothing_of_a_person_is_written_over(
    builder: JournalBuilder, uv: Callable[..., Path], tmp_path: Path
) -> None:
    uv()
    environment(builder.run(), {"numpy": "2.3.1"}, ["numpy"]).execution("x = 1")
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "Dockerfile").write_text("mine")
    with builder.open() as journal:
        with pytest.raises(OutputExists, match="Dockerfile is there already"):
            export(journal, "last", "notebook", folder / "n.ipynb", with_environment=True)
        assert ["Dockerfile"] == os.listdir(folder)

        answer = export(journal, "last", "notebook", folder / "n.ipynb", with_environment=True, force=True)
        again = export(journal, "last", "script", folder / "n.py", with_environment=True, force=True)

    assert "papermill n.ipynb out-n.ipynb" == answer["command"]
    assert {"Dockerfile", "n.ipynb", "n.py", "requirements.txt", "pylock.toml", "binder"} == set(os.listdir(folder))
    assert all(os.path.isfile(path) for path in answer["beside"])
    assert ("python n.py", 'CMD ["python", "n.py"]') == (again["command"], (folder / "Dockerfile").read_text().splitlines()[-1])


def test_a_module_that_was_read_as_data_too_lies_beside_it_once(
    builder: JournalBuilder, uv: Callable[..., Path], tmp_path: Path
) -> None:
    uv()
    (tmp_path / "work").mkdir()
    run = environment(builder.run(folder=str(tmp_path / "work")), {"numpy": "2.3.1"}, ["numpy"])
    path = tmp_path / "work" / "helpers.py"
    path.write_bytes(b"KEY = 'as it was'\n")
    masked = run.keep(b"KEY = '***'\n")
    run.event(ev.ModuleSeen(run.run, 1, "helpers", str(path), sha256=masked, redactions=1))
    run.execution(
        "import helpers\nprint(open('helpers.py').read())", reads=[read(str(path), path.read_bytes(), given="helpers.py")]
    )
    folder = tmp_path / "out"
    folder.mkdir()
    with builder.open() as journal:
        answer = export(journal, "last", "notebook", folder / "n.ipynb", with_environment=True, with_data=True)

    assert 1 == answer["beside"].count(str(folder / "helpers.py"))
    assert "KEY = 'as it was'\n" == (folder / "helpers.py").read_text()


def test_where_the_export_fails_nothing_is_left_beside(builder: JournalBuilder, uv: Callable[..., Path], tmp_path: Path) -> None:
    uv()
    environment(builder.run(), {"numpy": "2.3.1"}, ["numpy"]).execution("1 / 0", status="failed")
    folder = tmp_path / "out"
    folder.mkdir()
    (tmp_path / "outside").mkdir()
    with builder.open() as journal:
        with pytest.raises(LabjournalError, match="ran to its end"):
            export(journal, "last", "notebook", folder / "n.ipynb", with_environment=True)
        assert [] == os.listdir(folder)
    environment(builder.run(), {"numpy": "2.3.1"}, ["numpy"]).execution("print(1)")
    (folder / "binder").symlink_to(tmp_path / "outside")
    with builder.open() as journal, pytest.raises(LabjournalError, match="not a folder of its own"):
        export(journal, "last", "notebook", folder / "n.ipynb", with_environment=True, force=True)
    assert [] == os.listdir(tmp_path / "outside")
