"""`restore`: yesterday's state comes back byte for byte, into a folder of its own, or not at all."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest

from labjournal import events as ev
from labjournal.errors import LabjournalError
from labjournal.journal.blobs import Blobs
from labjournal.questions.state_answers import RestoreAnswer
from labjournal.recorders import Context
from labjournal.recorders.git import GitRecorder
from labjournal.recorders.redaction import Redactor
from labjournal.records import laying
from labjournal.records.restoring import restore
from tests.builders import JournalBuilder, RunBuilder, deleted, read, written
from tests.recorders.test_git_snapshots import git, make_dirty, standing, untouched

Restore = Callable[..., RestoreAnswer]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "home" / "project"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def restored(builder: JournalBuilder, tmp_path: Path) -> Restore:
    """Lays an address out in `tmp_path / "out"`."""

    def laid(address: str = "last", target: Path | None = None) -> RestoreAnswer:
        with builder.open() as journal:
            return restore(journal, address, target or tmp_path / "out")

    return laid


def keep(builder: JournalBuilder, content: bytes) -> ev.BytesKept:
    import io

    sha256 = hashlib.sha256(content).hexdigest()
    stored = Blobs(builder.folder).keep(io.BytesIO(content), sha256)
    return ev.BytesKept("", sha256, len(content), stored or 0, time.time())


def module(builder: JournalBuilder, path: Path, content: bytes, **more: Any) -> list[ev.Event]:
    builder.runs[-1].event(keep(builder, content))
    sha256 = hashlib.sha256(content).hexdigest()
    return [ev.ModuleSeen("", 0, path.stem, str(path), sha256=sha256, bytes=len(content), at=time.time(), **more)]


def recorded(run: RunBuilder, folder: Path) -> None:
    """What the recorder of git says of the folder."""
    context = Context(run.run, str(folder), run.folder, Redactor({}), lambda events: None)
    run.event(*GitRecorder(context).run_started())


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): os.fsencode(os.readlink(path)) if path.is_symlink() else path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_symlink() or path.is_file()
    }


def sources(answer: RestoreAnswer) -> dict[str, str]:
    return {file["path"]: file["from"] for file in answer["files"]}


def test_code_modules_data_and_notebook_come_back(
    builder: JournalBuilder, project: Path, tmp_path: Path, restored: Restore
) -> None:
    git(project, "init", "-q")
    (project / "committed.py").write_text("A = 1\n")
    (project / "helper.py").write_text("B = 1\n")
    git(project, "add", ".")
    git(project, "commit", "-qm", "one")
    (project / "helper.py").write_text("B = 2\n")
    (project / "notes.txt").write_text("not committed\n")
    run = builder.run(folder=str(project), notebook=str(project / "work.ipynb"))
    recorded(run, project)
    data = project.parent / "data" / "in.csv"
    run.execution("import helper", seen=module(builder, project / "helper.py", b"B = 22  # as loaded\n"), cell_id="first")
    run.execution("x = open('../data/in.csv').read()", reads=[read(data, b"a,b\n", given="../data/in.csv")])
    run.event(keep(builder, b"a,b\n"))
    run.execution("1 / 0", status="failed")
    git(project, "stash", "-u", "-q")

    answer = restored("last/2")

    out = tmp_path / "out"
    assert {
        "project/committed.py": "commit", "project/helper.py": "module", "project/notes.txt": "snapshot", "data/in.csv": "data",
        "project/work.ipynb": "journal",
    } == sources(answer)  # fmt: skip
    assert [] == answer["missing"]
    assert [] == answer["notes"]
    laid = contents(out)
    assert (b"A = 1\n", b"B = 22  # as loaded\n", b"not committed\n", b"a,b\n") == (
        laid["project/committed.py"],
        laid["project/helper.py"],
        laid["project/notes.txt"],
        laid["data/in.csv"],
    )
    notebook = nbformat.read(out / "project" / "work.ipynb", as_version=4)
    nbformat.validate(notebook)
    assert ["import helper", "x = open('../data/in.csv').read()"] == [cell.source for cell in notebook.cells]
    assert all(file["sha256"] == hashlib.sha256(laid[file["path"]]).hexdigest() for file in answer["files"])


@pytest.mark.parametrize("seed", range(int(os.environ.get("LABJOURNAL_SOAK_TREES", "12"))))
def test_random_dirty_trees_come_back_byte_for_byte(
    seed: int, builder: JournalBuilder, project: Path, tmp_path: Path, restored: Restore
) -> None:
    rng = random.Random(1000 + seed)
    git(project, "init", "-q", "-b", "main")
    git(project, "config", "core.autocrlf", "false")
    make_dirty(project, rng)
    expected, modes = {}, {}
    for name, (mode, data) in standing(project).items():
        leads_out = mode == "120000" and b".." in data
        if not leads_out:
            expected[os.fsdecode(name)], modes[os.fsdecode(name)] = data, mode
    run = builder.run(folder=str(project), notebook=None)
    recorded(run, project)
    run.execution("x = 1")
    make_dirty(project, rng)  # life goes on
    before = untouched(project)

    restored()

    assert before == untouched(project)
    laid = contents(tmp_path / "out")
    assert laid.pop("notebook.ipynb")
    assert expected == laid
    assert {name for name, mode in modes.items() if mode == "100755"} == {
        name
        for name in laid
        if not (tmp_path / "out" / name).is_symlink()
        and os.access(tmp_path / "out" / name, os.X_OK)
        and os.stat(tmp_path / "out" / name).st_mode & 0o100
    }


def test_data_is_as_it_was_read_and_what_the_run_made_as_it_left_it(
    builder: JournalBuilder, project: Path, tmp_path: Path, restored: Restore
) -> None:
    run = builder.run(folder=str(project), notebook=None)
    kept = [b"before", b"after", b"made", b"gone"]
    run.execution(
        "a",
        reads=[read(project / "both.txt", kept[0])],
        writes=[written(project / "both.txt", kept[1]), written(project / "made.txt", b"draft")],
    )
    run.execution(
        "b",
        reads=[read(project / "made.txt", b"draft")],
        writes=[written(project / "made.txt", kept[2]), written(project / "gone.txt", kept[3])],
    )
    run.execution("c", writes=[deleted(project / "gone.txt")])
    run.event(*(keep(builder, each) for each in kept))

    answer = restored()

    assert {"both.txt": b"before", "made.txt": b"made"} == {
        name: data for name, data in contents(tmp_path / "out").items() if name != "notebook.ipynb"
    }
    assert [] == answer["missing"]


def test_what_is_not_kept_is_taken_from_where_it_lies_if_it_still_is_the_same(
    builder: JournalBuilder, project: Path, restored: Restore
) -> None:
    (project / "same.csv").write_bytes(b"same")
    (project / "other.csv").write_bytes(b"changed since")
    run = builder.run(folder=str(project), notebook=None)
    run.execution(
        "a",
        reads=[
            read(project / "same.csv", b"same"),
            read(project / "other.csv", b"as it was"),
            read(project / "gone.csv", b"x"),
            read(project / "unknown.csv", reason="It was too large."),
        ],
    )
    answer = restored()
    assert "disk" == sources(answer)["same.csv"]
    assert {
        "gone.csv": "its content is not kept, and is not where it was",
        "other.csv": "its content is not kept, and is not where it was",
        "unknown.csv": "it was too large",
    } == {missing["path"]: missing["why"] for missing in answer["missing"]}


def test_a_repository_that_is_gone_leaves_what_is_kept(
    builder: JournalBuilder, project: Path, tmp_path: Path, restored: Restore
) -> None:
    git(project, "init", "-q")
    (project / "a.txt").write_text("one\n")
    git(project, "add", ".")
    git(project, "commit", "-qm", "one")
    (project / "a.txt").write_text("two\n")
    run = builder.run(folder=str(project), notebook=None)
    recorded(run, project)
    run.execution("import helper", seen=module(builder, project / "helper.py", b"B = 1\n"))
    shutil.rmtree(project)

    answer = restored()

    assert {"helper.py": "module", "notebook.ipynb": "journal"} == sources(answer)
    assert 1 == len(answer["notes"])
    assert "is not there any more, so commit" in answer["notes"][0]


def test_a_snapshot_that_was_removed_by_hand_is_said_and_the_commit_is_laid_out(
    builder: JournalBuilder, project: Path, tmp_path: Path, restored: Restore
) -> None:
    git(project, "init", "-q")
    (project / "a.txt").write_text("one\n")
    git(project, "add", ".")
    git(project, "commit", "-qm", "one")
    (project / "a.txt").write_text("two\n")
    run = builder.run(folder=str(project), notebook=None)
    recorded(run, project)
    run.execution("x = 1")
    git(project, "update-ref", "-d", f"refs/labjournal/runs/{run.run}")
    git(project, "gc", "-q", "--prune=now")

    answer = restored()

    assert b"one\n" == (tmp_path / "out" / "a.txt").read_bytes()
    assert "of what was not committed is not in" in answer["notes"][0]


def test_a_repository_that_could_not_be_read_then_is_said(builder: JournalBuilder, project: Path, restored: Restore) -> None:
    run = builder.run(folder=str(project), notebook=None)
    run.event(
        ev.GitSeen(
            run.run, 0, str(project), reason="The repository belongs to another user, so git does not look into it.", at=1.0
        )
    )
    run.execution("x = 1")
    answer = restored()
    assert [
        f"The repository {project} could not be read then: the repository belongs to another user, so git does not look into it."
    ] == answer["notes"]
    assert {"notebook.ipynb": "journal"} == sources(answer)


def test_submodules_worktrees_and_an_unborn_head_are_laid_out(
    builder: JournalBuilder, project: Path, tmp_path: Path, restored: Restore
) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    git(inner, "init", "-q")
    (inner / "deep.txt").write_text("deep\n")
    git(inner, "add", ".")
    git(inner, "commit", "-qm", "inner")
    git(project, "init", "-q")
    (project / "a.txt").write_text("one\n")
    run = builder.run("unborn", folder=str(project), notebook=None)
    recorded(run, project)
    run.execution("x = 1")
    git(project, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(inner), "sub")
    git(project, "add", ".")
    git(project, "commit", "-qm", "one")
    run = builder.run("withsub", folder=str(project), notebook=None)
    recorded(run, project)
    run.execution("x = 1")

    restored("unborn", tmp_path / "first")
    answer = restored("withsub", tmp_path / "second")

    assert b"one\n" == contents(tmp_path / "first")["a.txt"]
    assert b"deep\n" == contents(tmp_path / "second")["sub/deep.txt"]
    shutil.rmtree(project / "sub")
    answer = restored("withsub", tmp_path / "third")
    assert ["sub"] == [missing["path"] for missing in answer["missing"]]


def test_lfs_pointers_are_followed_or_said(builder: JournalBuilder, project: Path, tmp_path: Path, restored: Restore) -> None:
    git(project, "init", "-q")
    for name, content in (("here.bin", b"large content"), ("away.bin", b"somewhere else")):
        oid = hashlib.sha256(content).hexdigest()
        (project / name).write_text(f"version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize {len(content)}\n")
        if name == "here.bin":
            place = project / ".git" / "lfs" / "objects" / oid[:2] / oid[2:4]
            place.mkdir(parents=True)
            (place / oid).write_bytes(content)
    git(project, "add", ".")
    git(project, "commit", "-qm", "pointers")
    run = builder.run(folder=str(project), notebook=None)
    recorded(run, project)
    run.execution("x = 1")
    answer = restored()
    assert b"large content" == (tmp_path / "out" / "here.bin").read_bytes()
    assert ["away.bin"] == [missing["path"] for missing in answer["missing"]]


HOSTILE = [
    "../../escaped.txt", "/etc/escaped", "a/../../../b", "x/\0y", "C:\\windows\\x", "CON", "n" * 400, ".git/config", "sub/.GIT/hooks/pre-commit", "é" * 200,
    "~/x", "a/./b", "//double//slash", "with\nnewline", "\x1b]0;title\x07", "-rf", "link/through", "a/b", "a", "..", ".", "", "/",
]  # fmt: skip


def test_p22_hostile_names_do_not_leave_the_folder(
    builder: JournalBuilder, project: Path, tmp_path: Path, restored: Restore
) -> None:
    run = builder.run(folder=str(project), notebook="/../../../evil/../n\nb.ipynb")
    contents_of = [f"content {number}".encode() for number in range(len(HOSTILE))]
    run.execution(
        "x",
        reads=[
            read(name if number % 2 else f"{project}/{name}", content, given=name)
            for number, (name, content) in enumerate(zip(HOSTILE, contents_of, strict=True))
        ],
        seen=[
            event
            for number, name in enumerate(HOSTILE)
            for event in module(builder, Path(f"{project}/m{number}/{name}".replace("\0", "?")), b"m")
        ],
    )
    run.event(*(keep(builder, content) for content in contents_of))
    before = {path for path in tmp_path.rglob("*") if "journal" not in path.parts}
    inside = tmp_path / "deep" / "er"
    inside.mkdir(parents=True)

    answer = restored("last", inside / "out")

    after = {path for path in tmp_path.rglob("*") if "journal" not in path.parts and inside / "out" not in path.parents}
    assert {inside, inside.parent, inside / "out"} == after - before
    assert not any(part.lower() == ".git" for path in (inside / "out").rglob("*") for part in path.parts)
    assert len(answer["files"]) > 10
    assert not os.path.lexists("/etc/escaped")


def test_p22_a_hostile_repository_cannot_write_through_a_link(
    builder: JournalBuilder, project: Path, tmp_path: Path, restored: Restore
) -> None:
    git(project, "init", "-q")

    def blob(data: bytes) -> str:
        return (
            subprocess.run(["git", "hash-object", "-w", "--stdin"], cwd=project, input=data, capture_output=True, check=True)
            .stdout.decode()
            .strip()
        )

    def tree(*entries: tuple[str, str, bytes]) -> str:
        raw = b"".join(mode.encode() + b" " + name + b"\0" + bytes.fromhex(sha) for mode, sha, name in entries)
        return (
            subprocess.run(
                ["git", "hash-object", "-w", "-t", "tree", "--literally", "--stdin"],
                cwd=project,
                input=raw,
                capture_output=True,
                check=True,
            )
            .stdout.decode()
            .strip()
        )

    outside = tmp_path / "outside"
    outside.mkdir()
    evil = blob(b"evil")
    inner = tree(("100644", evil, b"written.txt"))
    top = tree(
        ("120000", blob(os.fsencode(outside)), b"away"), ("40000", inner, b"away"), ("40000", inner, b".."), ("40000", inner, b".git"),
        ("120000", blob(b"../../x"), b"up"), ("120000", blob(b"fine.txt"), b"inside"), ("100644", evil, b"fine.txt"), ("100644", evil, b"a\\..\\b"),
    )  # fmt: skip
    commit = git(project, "commit-tree", top, "-m", "evil")
    run = builder.run(folder=str(project), notebook=None)
    run.git(commit, root=str(project))
    run.execution("x")

    answer = restored()

    assert [] == list(outside.iterdir())
    assert not (tmp_path / "written.txt").exists()
    out = tmp_path / "out"
    assert {"up", ".git/written.txt", "../written.txt"} <= {missing["path"] for missing in answer["missing"]}
    assert "fine.txt" == os.readlink(out / "inside")
    assert not (out / ".git").exists()
    assert all(os.path.realpath(path).startswith(str(out)) for path in out.rglob("*"))


def test_nothing_is_overwritten(builder: JournalBuilder, project: Path, tmp_path: Path, restored: Restore) -> None:
    builder.run(folder=str(project), notebook=None).execution("x = 1")
    full = tmp_path / "full"
    full.mkdir()
    (full / "mine.txt").write_text("mine")
    file = tmp_path / "file"
    file.write_text("mine")
    for target, why in (
        (full, "is not empty"),
        (file, "is no folder"),
        (tmp_path / "no" / "where", "does not exist"),
        (Path("a\0b"), "is not the name"),
    ):
        with pytest.raises(LabjournalError, match=why):
            restored("last", target)
    assert ["mine.txt"] == os.listdir(full)
    empty = tmp_path / "empty"
    empty.mkdir()
    restored("last", empty)
    assert ["notebook.ipynb"] == os.listdir(empty)
    assert [] == list(tmp_path.glob(".labjournal-*"))


def test_an_interruption_leaves_nothing(
    builder: JournalBuilder, project: Path, tmp_path: Path, restored: Restore, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = builder.run(folder=str(project), notebook=None)
    run.execution("a", reads=[read(project / f"{number}.txt", b"x%d" % number) for number in range(9)])
    run.event(*(keep(builder, b"x%d" % number) for number in range(9)))
    write, written_so_far = laying.Layout.write, []

    def stumble(self: Any, *arguments: Any, **more: Any) -> str:
        written_so_far.append(arguments[0])
        if len(written_so_far) == 5:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(1)
        return write(self, *arguments, **more)

    monkeypatch.setattr(laying.Layout, "write", stumble)
    (tmp_path / "empty").mkdir()
    for target in (tmp_path / "out", tmp_path / "empty"):
        written_so_far.clear()
        with pytest.raises(KeyboardInterrupt):
            restored("last", target)
    assert not (tmp_path / "out").exists()
    assert [] == os.listdir(tmp_path / "empty")
    assert [] == list(tmp_path.glob(".labjournal-*"))
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


def test_a_full_disk_leaves_nothing_and_says_so(
    builder: JournalBuilder, project: Path, tmp_path: Path, restored: Restore, monkeypatch: pytest.MonkeyPatch
) -> None:
    builder.run(folder=str(project), notebook=None).execution("x = 1")

    def full(*_: Any, **__: Any) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(laying.Layout, "write", full)
    with pytest.raises(LabjournalError, match="the disk is full"):
        restored()
    assert not (tmp_path / "out").exists()
    assert [] == list(tmp_path.glob(".labjournal-*"))


def test_what_was_changed_since_in_the_blob_folder_is_not_laid_out(
    builder: JournalBuilder, project: Path, restored: Restore
) -> None:
    run = builder.run(folder=str(project), notebook=None)
    run.execution("a", reads=[read(project / "x.txt", b"content")])
    event = keep(builder, b"content")
    run.event(event)
    with builder.open() as journal:
        path = next(place for place, sha256, _ in journal.blobs.everything() if sha256 == event.sha256)
    os.chmod(path, 0o600)
    Path(path).write_bytes(b"tampered")
    answer = restored()
    assert [("x.txt", "its content is another one than was recorded")] == [
        (each["path"], each["why"]) for each in answer["missing"]
    ]


def test_a_module_whose_secrets_were_taken_out_is_second_to_the_repository(
    builder: JournalBuilder, project: Path, tmp_path: Path, restored: Restore
) -> None:
    git(project, "init", "-q")
    (project / "helper.py").write_text("B = 1\n")
    git(project, "add", ".")
    git(project, "commit", "-qm", "one")
    run = builder.run(folder=str(project), notebook=None)
    recorded(run, project)
    run.execution(
        "a",
        seen=module(builder, project / "helper.py", b"B = [REDACTED]\n", redactions=1)
        + module(builder, project / "new.py", b"C = [REDACTED]\n", redactions=1),
    )
    answer = restored()
    assert ("commit", "module") == (sources(answer)["helper.py"], sources(answer)["new.py"])


def test_a_module_is_as_it_was_loaded_last_up_to_the_address(
    builder: JournalBuilder, project: Path, tmp_path: Path, restored: Restore
) -> None:
    run = builder.run(folder=str(project), notebook=None)
    helper = project / "helper.py"
    run.execution("import helper", seen=module(builder, helper, b"A = 1\n"), reads=[read(helper, b"A = 1\n")])
    run.execution("helper.A", seen=module(builder, helper, b"A = 2\n", state="reloaded"))
    run.execution("helper.A", seen=module(builder, helper, b"A = 2\n", state="stale"))
    for n, content in ((1, b"A = 1\n"), (2, b"A = 2\n"), (3, b"A = 2\n")):
        answer = restored(f"last/{n}", tmp_path / f"out{n}")
        assert content == (tmp_path / f"out{n}" / "helper.py").read_bytes()
        assert "module" == sources(answer)["helper.py"]


def test_a_module_of_which_it_is_not_known_what_was_loaded_is_said(
    builder: JournalBuilder, project: Path, restored: Restore
) -> None:
    git(project, "init", "-q")
    (project / "inside.py").write_text("A = 1\n")
    git(project, "add", ".")
    git(project, "commit", "-qm", "one")
    run = builder.run(folder=str(project), notebook=None)
    recorded(run, project)
    why = "The file was changed after the module was loaded and before it could be looked at."
    run.execution(
        "import helper", seen=module(builder, project / "helper.py", b"A = 1\n"), reads=[read(project / "helper.py", b"A = 1\n")]
    )
    run.execution(
        "reload(helper)",
        seen=[
            ev.ModuleSeen("", 0, name, str(project / f"{name}.py"), "reloaded", reason=why, at=1.0)
            for name in ("helper", "inside")
        ],
    )
    answer = restored()
    assert {"inside.py": "commit", "notebook.ipynb": "journal"} == sources(answer)
    assert ["helper.py"] == [each["path"] for each in answer["missing"]]
    assert [
        "What of inside.py was loaded is not known: the file was changed after the module was loaded and before it could be looked at."
    ] == answer["notes"]


@pytest.mark.parametrize(
    ("setting", "attributes", "said"),
    [("true", "", 1), ("false", "*.txt text eol=crlf\n", 1), ("false", "# eol=crlf\n*.png binary\n", 0), ("false", "", 0)],
)
def test_line_ends_that_git_converts_are_said(
    setting: str, attributes: str, said: int, builder: JournalBuilder, project: Path, restored: Restore
) -> None:
    git(project, "init", "-q")
    git(project, "config", "core.autocrlf", setting)
    (project / ".gitattributes").write_text(attributes)
    (project / "a.txt").write_bytes(b"one\r\n")
    git(project, "add", ".")
    git(project, "commit", "-qm", "one")
    run = builder.run(folder=str(project), notebook=None)
    recorded(run, project)
    run.execution("x = 1")
    assert said == len(restored()["notes"])


def test_a_run_in_which_nothing_ran_has_no_state(builder: JournalBuilder, restored: Restore, tmp_path: Path) -> None:
    builder.run()
    with pytest.raises(LabjournalError, match="Nothing ran"):
        restored()
    assert not (tmp_path / "out").exists()
