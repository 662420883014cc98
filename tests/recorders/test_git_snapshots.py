"""Snapshots: whatever is not committed can be had back byte for byte, and nobody notices that it was taken."""

from __future__ import annotations

import os
import random
import subprocess
import threading
import time
from pathlib import Path

import pytest
from git import Blob, Repo

from labjournal.events import Event, SnapshotTaken
from labjournal.recorders import Context
from labjournal.recorders.git import GitRecorder
from labjournal.recorders.git_process import Git, find_git
from labjournal.recorders.git_snapshot import Snapshot, Snapshots, remove
from tests.pace import quicker
from tests.recorders.conftest import Lab
from tests.recorders.test_git import _ENVIRONMENT, hostile, repository

__all__ = ["repository"]


def git(folder: Path, *arguments: str, check: bool = True) -> str:
    """What git says, names that are no UTF-8 included."""
    done = subprocess.run(["git", *arguments], cwd=folder, env={**os.environ, **_ENVIRONMENT}, capture_output=True, check=False)
    if check and done.returncode:
        raise AssertionError(done.stderr)
    return os.fsdecode(done.stdout).strip()


def take(context: Context, root: Path, snapshots: Snapshots | None = None) -> Snapshot | None:
    program = find_git(os.environ)
    assert program is not None
    commit = git(root, "rev-parse", "--verify", "--quiet", "HEAD", check=False) or None
    return (snapshots or Snapshots(context)).take(Git(program, str(root), os.environ), str(root), commit)


def tree(root: Path, commit: str) -> dict[bytes, tuple[str, bytes]]:
    """path → (mode, content) of a commit, as GitPython reads it."""
    with Repo(root) as repository:
        found = repository.commit(commit).tree.traverse()
        blobs = [each for each in found if isinstance(each, Blob)]
        return {os.fsencode(blob.path): (f"{blob.mode:06o}", blob.data_stream.read()) for blob in blobs}


def standing(root: Path) -> dict[bytes, tuple[str, bytes]]:
    """path → (mode, content) of what stands in the working tree and git does not ignore."""
    answer = {}
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=root, capture_output=True, check=True
    ).stdout
    for name in set(filter(None, listed.split(b"\0"))):
        path = os.path.join(os.fsencode(root), name)
        if os.path.islink(path):
            answer[name] = ("120000", os.readlink(path))
        elif os.path.isfile(path):
            mode = "100755" if os.stat(path).st_mode & 0o100 else "100644"
            with open(path, "rb") as file:
                answer[name] = (mode, file.read())
    return answer


def untouched(root: Path) -> dict[str, object]:
    """Everything of the repository that must be as it was."""
    folder = root / ".git"
    return {
        "index": (folder / "index").read_bytes() if (folder / "index").exists() else None,
        "refs": [line for line in git(root, "for-each-ref").splitlines() if "refs/labjournal" not in line],
        "head": (folder / "HEAD").read_text(),
        "stash": git(root, "stash", "list"),
        "branches": git(root, "branch", "-a"),
        "logs": {str(path): path.read_bytes() for path in sorted((folder / "logs").rglob("*")) if path.is_file()},
        "files": sorted(path.name for path in folder.iterdir() if path.name != "packed-refs"),
        "status": git(root, "--no-optional-locks", "status", "--porcelain=v2", "-uall"),
    }


NAMES = [
    "plain.py",
    "with space.txt",
    'quo"te.txt',
    "new\nline.txt",
    "über.md",
    "tab\there",
    "back\\slash",
    "deep/er/file.cfg",
    "-dash",
    ":colon",
    "\udcff.bin",
]


def content(rng: random.Random) -> bytes:
    kind = rng.randrange(5)
    if kind == 0:
        return b""
    if kind == 1:
        return bytes(rng.randrange(256) for _ in range(rng.randrange(300)))
    if kind == 2:
        return b"one\r\ntwo\r\n" * rng.randrange(1, 4)
    return "".join(f"x_{rng.randrange(9)} = {rng.randrange(99)}\n" for _ in range(rng.randrange(1, 30))).encode()


def make_dirty(root: Path, rng: random.Random) -> None:
    """A few of the things that people do to a working tree."""

    def at(name: str) -> Path:
        return root / name

    def write() -> None:
        path = at(rng.choice(NAMES))
        if not path.is_dir() and not path.is_symlink():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content(rng))

    def remove_one() -> None:
        path = at(rng.choice(NAMES))
        if path.is_symlink() or path.is_file():
            path.unlink()

    def stage() -> None:
        git(root, "add", "-A", *(["--", rng.choice(os.listdir(root))] if rng.random() < 0.5 else []), check=False)

    def rename() -> None:
        git(root, "mv", "-f", rng.choice(NAMES), f"moved{rng.randrange(3)}", check=False)

    def mode() -> None:
        path = at(rng.choice(NAMES))
        if path.is_file() and not path.is_symlink():
            path.chmod(0o755 if rng.random() < 0.5 else 0o644)

    def link() -> None:
        path = at(f"link{rng.randrange(2)}")
        if not os.path.lexists(path):
            path.symlink_to(rng.choice(["plain.py", "nowhere", "deep"]))

    def turn() -> None:
        """A folder becomes a file, or the other way round."""
        path = at("turn")
        if path.is_dir():
            (path / "inner.txt").unlink()
            path.rmdir()
            path.write_bytes(content(rng))
        else:
            if path.exists():
                path.unlink()
            path.mkdir()
            (path / "inner.txt").write_bytes(content(rng))

    def commit() -> None:
        git(root, "commit", "-q", "-a", "-m", "more", check=False)

    def untrack() -> None:
        git(root, "rm", "-q", "--cached", "--", rng.choice(NAMES), check=False)

    for _ in range(rng.randrange(3, 25)):
        rng.choice([write, write, write, remove_one, stage, rename, mode, link, turn, commit, untrack])()


@pytest.mark.parametrize("seed", range(int(os.environ.get("LABJOURNAL_SOAK_TREES", "25"))))
def test_random_dirty_trees_are_held_byte_for_byte_and_nothing_else_changes(seed: int, project: Path, lab: Lab) -> None:
    rng = random.Random(seed)
    git(project, "init", "-q", "-b", "main")
    converts = rng.random() < 0.3
    git(project, "config", "core.autocrlf", rng.choice(["true", "input"]) if converts else "false")
    (project / ".gitignore").write_text("ignored/\n*.log\n")
    snapshots = Snapshots(lab.context)
    for _ in range(3):
        make_dirty(project, rng)
        (project / "x.log").write_text("ignored")
        before, expected = untouched(project), standing(project)
        taken = take(lab.context, project, snapshots)
        assert before == untouched(project)
        head = git(project, "rev-parse", "--verify", "--quiet", "HEAD", check=False)
        held = git(project, "rev-parse", "--verify", "--quiet", "refs/labjournal/runs/run1", check=False)
        assert taken is None or [] == taken.left_out
        commit = held if taken is None or taken.snapshot else head
        got = tree(project, commit or head) if commit or head else {}
        if taken is not None and taken.snapshot:
            assert held == taken.snapshot
        for path, (mode, data) in got.items():
            # What git does not see as changed stands as it was committed or staged: with line ends that git converts itself.
            there = expected.get(path, ("", b""))
            if converts and there[0] == mode and data == there[1].replace(b"\r\n", b"\n"):
                expected[path] = (mode, data)
        assert expected == got


def test_the_same_state_is_written_once_and_another_follows_it(repository: Path, lab: Lab) -> None:
    snapshots = Snapshots(lab.context)
    assert take(lab.context, repository, snapshots) is None
    (repository / "a.txt").write_text("changed\n")
    first = take(lab.context, repository, snapshots)
    assert first is not None
    assert take(lab.context, repository, snapshots) is None
    (repository / "new.py").write_text("x = 1\n")
    second = take(lab.context, repository, snapshots)
    assert second is not None
    assert [git(repository, "rev-parse", "HEAD"), first.snapshot] == git(
        repository, "rev-parse", f"{second.snapshot}^1", f"{second.snapshot}^2"
    ).split()
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "all of it")
    clean = take(lab.context, repository, snapshots)
    assert clean is not None
    assert (None, 0) == (clean.snapshot, clean.files)


def test_the_users_own_commands_do_not_show_it_and_gc_does_not_remove_it(repository: Path, tmp_path: Path, lab: Lab) -> None:
    (repository / "a.txt").write_text("changed\n")
    taken = take(lab.context, repository)
    assert taken is not None
    assert "labjournal" not in git(repository, "log", "--oneline") + git(repository, "branch", "-a") + git(
        repository, "stash", "list"
    )
    git(repository, "gc", "-q", "--prune=now")
    assert b"changed\n" == tree(repository, str(taken.snapshot))[b"a.txt"][1]
    git(tmp_path, "clone", "-q", str(repository), "copy")
    assert "" == git(tmp_path / "copy", "for-each-ref", "refs/labjournal")


def test_what_looks_like_a_secret_or_is_long_is_left_out_and_said(repository: Path, lab: Lab) -> None:
    (repository / ".env").write_text("TOKEN=abc\n")
    (repository / "a.txt").write_text("aws_secret_access_key = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEKEY'\n")
    (repository / "key.bin").write_bytes(b"-----BEGIN OPENSSH PRIVATE KEY-----\n")
    with open(repository / "huge.bin", "wb") as file:
        file.truncate(200_000_000)
    os.mkfifo(repository / "pipe")
    (repository / "fine.py").write_text("x = 1\n")
    taken = take(lab.context, repository)
    assert taken is not None
    assert {
        ".env": "It is named like a secret.", "a.txt": "It looks like a secret.", "key.bin": "It looks like a secret.",
        "huge.bin": "It is too long to be kept.",
    } == {each["path"]: each["reason"] for each in taken.left_out}  # fmt: skip
    held = tree(repository, str(taken.snapshot))
    assert b"a.txt\n" == held[b"a.txt"][1]
    assert {b"a.txt", b"b.txt", b"c d.txt", b"fine.py"} == set(held)
    everything = b"".join(path.read_bytes() for path in (repository / ".git").rglob("*") if path.is_file())
    assert len(everything) < 1_000_000


def test_environments_caches_and_the_journal_are_no_part_of_it(repository: Path, lab: Lab) -> None:
    for name in ("venv/lib/x.py", "mine/lib/y.py", "__pycache__/z.pyc", "node_modules/a.js", "code/ok.py"):
        (repository / name).parent.mkdir(parents=True, exist_ok=True)
        (repository / name).write_text("x\n")
    (repository / "mine" / "pyvenv.cfg").write_text("home = /usr\n")
    lab.context.journal = repository / "journal"
    (repository / "journal").mkdir()
    (repository / "journal" / "journal.sqlite").write_text("not this\n")
    taken = take(lab.context, repository)
    assert taken is not None
    assert {b"a.txt", b"b.txt", b"c d.txt", b"code/ok.py"} == set(tree(repository, str(taken.snapshot)))


def test_p24_a_hostile_repository_executes_nothing_when_a_snapshot_is_taken(repository: Path, tmp_path: Path, lab: Lab) -> None:
    marker = tmp_path / "executed"
    hostile(repository, marker)
    for change in range(4):
        if change == 1:
            (repository / "a.txt").write_text("A.txt\n")
        if change == 2:
            os.utime(repository / "b.txt", (2_000_000_000, 2_000_000_000))
            (repository / "new.txt").write_text("new\n")
        if change == 3:
            (repository / "c d.txt").unlink()
        taken = take(lab.context, repository)
        assert taken is not None
        assert taken.snapshot is not None
    assert not marker.exists()


def test_p24_commits_of_the_user_never_fail_beside_snapshots(repository: Path, lab: Lab) -> None:
    stop, taken = threading.Event(), []

    def capture() -> None:
        snapshots = Snapshots(lab.context)
        while not stop.is_set():
            taken.append(take(lab.context, repository, snapshots))

    thread = threading.Thread(target=capture)
    thread.start()
    failures = []
    try:
        for i in range(int(os.environ.get("LABJOURNAL_SOAK_COMMITS", "60"))):
            (repository / "a.txt").write_text(f"{i}\n")
            (repository / "other.txt").write_text(f"{i}\n")
            act = ["commit", "-q", "-a", "-m", str(i)] if i % 3 else ["checkout", "-q", "-f", "-b", f"branch{i}"]
            if i % 10 == 8:
                act = ["rebase", "-q", "--autostash", "--force-rebase", "HEAD~1"]
            done = subprocess.run(
                ["git", *act], cwd=repository, env={**os.environ, **_ENVIRONMENT}, capture_output=True, text=True, check=False
            )
            if done.returncode:
                failures.append(done.stderr)
    finally:
        stop.set()
        thread.join()
    assert [] == failures
    assert len(taken) > 3


def test_worktrees_submodules_and_an_unborn_head(repository: Path, tmp_path: Path, lab: Lab) -> None:
    git(repository, "worktree", "add", "-q", str(tmp_path / "tree"), "-b", "other")
    (tmp_path / "tree" / "a.txt").write_text("in the tree\n")
    taken = take(lab.context, tmp_path / "tree")
    assert taken is not None
    assert b"in the tree\n" == tree(repository, str(taken.snapshot))[b"a.txt"][1]

    fresh = tmp_path / "fresh"
    fresh.mkdir()
    git(fresh, "init", "-q")
    (fresh / "first.py").write_text("x = 1\n")
    taken = take(lab.context, fresh)
    assert taken is not None
    assert (None, {b"first.py"}) == (taken.commit, set(tree(fresh, str(taken.snapshot))))

    git(repository, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(repository), "sub")
    (repository / "sub" / "a.txt").write_text("changed inside\n")
    taken = take(lab.context, repository)
    assert taken is not None
    assert [{"path": "sub", "bytes": None, "reason": "What is not committed in a submodule is not kept."}] == taken.left_out
    assert "160000" in git(repository, "ls-tree", str(taken.snapshot), "sub")


def test_sparse_checkouts_keep_what_is_not_checked_out(repository: Path, lab: Lab) -> None:
    (repository / "deep").mkdir()
    (repository / "deep" / "in.txt").write_text("in\n")
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "deep")
    git(repository, "sparse-checkout", "set", "--no-cone", "/*.txt", "!/deep")
    assert not (repository / "deep").exists()
    (repository / "a.txt").write_text("changed\n")
    taken = take(lab.context, repository)
    assert taken is not None
    assert (1, b"in\n") == (taken.files, tree(repository, str(taken.snapshot))[b"deep/in.txt"][1])


def test_what_cannot_be_written_is_a_reason(repository: Path, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    (repository / "a.txt").write_text("changed\n")
    blocked = repository / ".git" / "refs" / "labjournal"
    blocked.write_text("in the way")
    events: list[Event] = list(GitRecorder(lab.context).run_started())
    (event,) = [event for event in events if isinstance(event, SnapshotTaken)]
    assert event.snapshot is None
    assert event.reason.startswith("git failed: ")
    assert [] == list((repository / ".git").glob("fast_import_crash*"))


def test_snapshots_can_be_switched_off_and_a_replay_leaves_none(
    repository: Path, lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    (repository / "a.txt").write_text("changed\n")
    for name, value in (("LABJOURNAL_SNAPSHOTS", "0"), ("LABJOURNAL_REPLAY_OF", "k3f9")):
        with monkeypatch.context() as patch:
            patch.setenv(name, value)
            list(GitRecorder(lab.context).run_started())
    assert "" == git(repository, "for-each-ref", "refs/labjournal")


def test_only_so_many_references_stay(repository: Path, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labjournal.recorders.git_snapshot.MOST_REFERENCES", 3)
    (repository / "a.txt").write_text("changed\n")
    clock = iter(range(1_700_000_000, 1_800_000_000))
    monkeypatch.setattr("labjournal.recorders.git_snapshot.time.time", lambda: float(next(clock)))
    for number in range(5):
        lab.context.run = f"run{number}"
        take(lab.context, repository)
    assert ["refs/labjournal/runs/run2", "refs/labjournal/runs/run3", "refs/labjournal/runs/run4"] == git(
        repository, "for-each-ref", "--format=%(refname)", "refs/labjournal"
    ).split()
    program = find_git(os.environ)
    assert program is not None
    forgotten = Git(program, str(repository), os.environ)
    assert (True, False) == (remove(forgotten, "run3"), remove(forgotten, "run3"))


def test_a_snapshot_of_five_thousand_files_takes_a_moment(project: Path, lab: Lab) -> None:
    git(project, "init", "-q")
    for folder in range(50):
        (project / f"d{folder}").mkdir()
        for number in range(100):
            (project / f"d{folder}" / f"{number}.txt").write_text(f"{folder} {number}\n")
    git(project, "add", ".")
    git(project, "commit", "-qm", "many")
    for number in range(20):
        (project / f"d{number}" / "0.txt").write_text("changed\n")
        (project / f"new{number}.py").write_text(f"x = {number}\n")
    snapshots = Snapshots(lab.context)
    began = time.perf_counter()
    taken = take(lab.context, project, snapshots)
    first = time.perf_counter() - began
    assert taken is not None
    assert taken.files == 40
    quicker(first, 2.0)  # 0.1 s where nothing else runs


def test_a_repository_in_which_it_always_fails_is_left_alone(repository: Path, lab: Lab) -> None:
    (repository / "a.txt").write_text("changed\n")
    (repository / ".git" / "refs" / "labjournal").write_text("in the way")
    recorder = GitRecorder(lab.context)
    events: list[Event] = []
    for _ in range(6):
        recorder._not_before = 0.0
        events += recorder.run_started()
    assert 1 == len([event for event in events if isinstance(event, SnapshotTaken)])
    assert recorder._snapshots is None


def test_what_takes_long_is_done_seldom(repository: Path, lab: Lab) -> None:
    recorder = GitRecorder(lab.context)
    (repository / "a.txt").write_text("changed\n")
    began = time.monotonic()
    events: list[Event] = list(recorder.run_started())
    taken_s = time.monotonic() - began
    (repository / "a.txt").write_text("changed again\n")
    events += recorder.run_started()
    assert 1 == len([event for event in events if isinstance(event, SnapshotTaken)])
    assert began < recorder._not_before < began + 60 * taken_s
