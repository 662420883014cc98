"""P24: git is only read. Its answers are right, nothing a repository names is executed, nobody's commit is disturbed."""

from __future__ import annotations

import os
import resource
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from labjournal.events import GitSeen
from labjournal.recorders import Execution
from labjournal.recorders.git import GitRecorder, look
from tests.pace import quicker
from tests.recorders.conftest import Lab

_ENVIRONMENT = {
    "GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.org", "GIT_COMMITTER_NAME": "Ada", "GIT_COMMITTER_EMAIL": "ada@example.org",
    "GIT_CONFIG_NOSYSTEM": "1",
}  # fmt: skip


def git(folder: Path, *arguments: str, check: bool = True) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=folder, env={**os.environ, **_ENVIRONMENT}, capture_output=True, text=True, check=False
    )
    if check and done.returncode:
        raise AssertionError(done.stderr)
    return done.stdout.strip()


@pytest.fixture
def repository(project: Path) -> Path:
    """Three commits on branch main."""
    git(project, "init", "-q", "-b", "main")
    for name in ("a.txt", "b.txt", "c d.txt"):
        (project / name).write_text(f"{name}\n")
        git(project, "add", ".")
        git(project, "commit", "-q", "-m", name)
    return project


def test_a_clean_repository_is_known_in_full(repository: Path) -> None:
    git(repository, "remote", "add", "origin", "git@example.org:ada/lab.git")
    (repository / "sub").mkdir()
    state = look(str(repository / "sub"))
    assert (str(repository), git(repository, "rev-parse", "HEAD"), "main", "git@example.org:ada/lab.git", False, "") == tuple(
        state
    )


@pytest.mark.parametrize(
    ("change", "dirty"),
    [
        (lambda folder: (folder / "a.txt").write_text("changed\n"), True),
        (lambda folder: (folder / "a.txt").write_text("a.TXT\n"), True),
        (lambda folder: (folder / "c d.txt").unlink(), True),
        (lambda folder: (folder / "a.txt").chmod(0o755), True),
        (lambda folder: git(folder, "rm", "-q", "--cached", "a.txt"), True),
        (lambda folder: os.utime(folder / "a.txt", (1, 1)), False),
        (lambda folder: (folder / "new.txt").write_text("untracked"), False),
        (lambda folder: (folder / "a.txt").write_bytes(b"a.txt\r\n"), False),
    ],
)
def test_dirty_means_that_a_tracked_file_differs(repository: Path, change: object, dirty: bool) -> None:
    assert callable(change)
    change(repository)
    assert dirty is look(str(repository)).dirty


def test_a_detached_head_an_unborn_one_a_bare_and_no_repository_are_told_apart(repository: Path, tmp_path: Path) -> None:
    git(repository, "checkout", "-q", "--detach")
    assert (None, False) == (look(str(repository)).branch, look(str(repository)).dirty)
    git(tmp_path, "init", "-q", "-b", "main", "unborn")
    assert (None, "main", "There is no commit yet.") == (
        look(str(tmp_path / "unborn")).commit,
        look(str(tmp_path / "unborn")).branch,
        look(str(tmp_path / "unborn")).reason,
    )
    git(tmp_path, "clone", "-q", "--bare", str(repository), "bare.git")
    assert "The repository is bare." == look(str(tmp_path / "bare.git")).reason
    assert "The folder is not in a git repository." == look(str(tmp_path)).reason


def test_a_missing_git_and_a_broken_repository_are_reasons(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (repository / ".git" / "HEAD").write_text("nonsense")
    assert look(str(repository)).reason.startswith("The repository is damaged")
    monkeypatch.setenv("PATH", ".:bin")
    assert "git is not installed." == look(str(repository)).reason


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="needs another owner")
def test_somebody_elses_repository_is_left_alone(repository: Path) -> None:
    for path in [repository, *repository.rglob("*")]:
        os.chown(path, 65534, 65534, follow_symlinks=False)
    assert look(str(repository)).reason.startswith("The repository belongs to another user")


def test_a_worktree_is_found(repository: Path, tmp_path: Path) -> None:
    git(repository, "worktree", "add", "-q", str(tmp_path / "side"), "-b", "side")
    state = look(str(tmp_path / "side"))
    assert ("side", False, str(tmp_path / "side")) == (state.branch, state.dirty, state.root)


def test_p17_the_remote_has_no_credentials(repository: Path, lab: Lab) -> None:
    git(repository, "remote", "add", "origin", "https://ada:rhubarb-99@example.org/lab.git?token=rhubarb-98")
    lab.use(GitRecorder)
    (event,) = lab.events
    assert isinstance(event, GitSeen)
    assert "https://example.org/lab.git" == event.remote
    assert "rhubarb" not in repr(event)


def test_a_commit_is_noticed_and_a_state_that_stays_is_not_repeated(
    repository: Path, lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("labjournal.recorders.git._SETTLED_S", 0.0)
    lab.use(GitRecorder)
    lab.run("x = 1", "y = 2")
    assert 1 == len(lab.events)
    (repository / "a.txt").write_text("2\n")
    git(repository, "commit", "-q", "-a", "-m", "more")
    lab.run("z = 3")
    assert [0, 3] == [event.n for event in lab.events if isinstance(event, GitSeen)]


def hostile(repository: Path, marker: Path) -> None:
    """A repository in whose configuration everything that git can be made to execute makes the marker."""
    script = repository.parent / "evil.sh"
    script.write_text(f"#!/bin/sh\ntouch {marker}\ncat\n")
    script.chmod(0o755)
    hooks = repository / ".git" / "hooks"
    for name in (
        "pre-commit",
        "post-checkout",
        "post-index-change",
        "reference-transaction",
        "fsmonitor-watchman",
        "pre-auto-gc",
        "query-watchman",
    ):
        (hooks / name).write_text(script.read_text())
        (hooks / name).chmod(0o755)
    extra = repository.parent / "included"
    extra.write_text(
        f'[core]\n\tfsmonitor = {script}\n[filter "inc"]\n\tclean = {script}\n\tprocess = {script}\n\trequired = true\n'
    )
    settings = {
        "core.fsmonitor": script, "core.pager": script, "core.editor": script, "core.sshCommand": script, "core.askPass": script, "core.hooksPath": hooks,
        "filter.evil.clean": script, "filter.evil.smudge": script, "filter.evil.process": script, "filter.evil.required": "true",
        "diff.external": script, "diff.evil.textconv": script, "diff.evil.command": script, "pager.diff": script, "pager.config": script,
        "alias.rev-parse": f"!{script}", "alias.diff-index": f"!{script}", "alias.config": f"!{script}", "credential.helper": f"!{script}",
        "includeIf.gitdir:/.path": extra, "include.path": extra, "uploadpack.packObjectsHook": script, "gpg.program": script, "trailer.x.cmd": script,
        "remote.origin.url": f"ext::{script}", "remote.origin.promisor": "true", "remote.origin.partialclonefilter": "blob:none", "core.alternateRefsCommand": script,
        "log.showSignature": "true", "merge.evil.driver": script, "submodule.recurse": "true", "status.submoduleSummary": "true",
    }  # fmt: skip
    for name, value in settings.items():
        git(repository, "config", "--add", name, str(value), check=False)
    (repository / ".gitattributes").write_text("*.txt filter=evil diff=evil merge=evil\nb.txt filter=inc\n")
    (repository / ".git" / "info" / "attributes").write_text("* filter=evil diff=evil ident\n")


def test_p24_nothing_that_a_repository_names_is_executed(repository: Path, tmp_path: Path, lab: Lab) -> None:
    marker = tmp_path / "executed"
    hostile(repository, marker)
    recorder = GitRecorder(lab.context)
    for change in range(4):
        if change == 1:
            (repository / "a.txt").write_text("A.txt\n")  # same size, within the index's own second
        if change == 2:
            os.utime(repository / "b.txt", (2_000_000_000, 2_000_000_000))  # as if written after the index
        if change == 3:
            (repository / "c d.txt").unlink()
        for _ in range(5):
            list(recorder.run_started())
    assert not marker.exists()
    assert look(str(repository)).commit is not None


def test_p24_the_hostile_repository_would_execute_something(repository: Path, tmp_path: Path) -> None:
    """So that the test above cannot pass for the wrong reason."""
    hostile(repository, tmp_path / "executed")
    (repository / "a.txt").write_text("A.txt\n")
    git(repository, "status", check=False)
    assert (tmp_path / "executed").exists()


def test_p24_commits_of_the_user_never_fail_and_the_index_is_not_written(repository: Path) -> None:
    stop = threading.Event()
    states: list[object] = []

    def capture() -> None:
        while not stop.is_set():
            states.append(look(str(repository)))

    thread = threading.Thread(target=capture)
    thread.start()
    failures = []
    try:
        for i in range(200):
            (repository / "a.txt").write_text(f"{i}\n")
            done = subprocess.run(
                ["git", "commit", "-q", "-a", "-m", str(i)],
                cwd=repository,
                env={**os.environ, **_ENVIRONMENT},
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode:
                failures.append(done.stderr)
    finally:
        stop.set()
        thread.join()
    assert [] == failures
    assert len(states) > 20
    index = (repository / ".git" / "index").read_bytes()
    os.utime(repository / "a.txt", (1, 1))
    look(str(repository))
    assert index == (repository / ".git" / "index").read_bytes()
    assert not (repository / ".git" / "index.lock").exists()


def test_p24_a_look_costs_little(repository: Path) -> None:
    look(str(repository))
    before = _cpu()
    for _ in range(5):
        look(str(repository))
    assert (_cpu() - before) / 5 < 0.05


def _cpu() -> float:
    children, own = resource.getrusage(resource.RUSAGE_CHILDREN), resource.getrusage(resource.RUSAGE_SELF)
    return children.ru_utime + children.ru_stime + own.ru_utime + own.ru_stime


def test_a_git_that_hangs_is_given_up(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = tmp_path / "bin" / "git"
    slow.parent.mkdir()
    slow.write_text("#!/bin/sh\nsleep 60\n")
    slow.chmod(slow.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(slow.parent) + os.pathsep + os.environ["PATH"])
    monkeypatch.setattr("labjournal.recorders.git_process._TIMEOUT_S", 0.3)
    began = time.monotonic()
    assert "git took too long to answer." == look(str(repository)).reason
    quicker(time.monotonic() - began, 10)


def test_what_git_does_is_not_taken_for_the_users(repository: Path, lab: Lab) -> None:
    from labjournal.recorders.files import FilesRecorder

    lab.use(FilesRecorder, GitRecorder)
    execution = Execution("run1", 1, "")
    recorder = lab.recorders[0]
    recorder.execution_started(execution)
    lab.helper.submit(lambda: list(lab.recorders[1].run_started())).result()
    assert isinstance(recorder, FilesRecorder)
    assert recorder._latest is not None
    assert ({}, False) == (recorder._latest.files, recorder._latest.programs)


def test_python_isolated_can_import_every_recorder() -> None:
    """They live in other people's environments: standard library only."""
    code = "import sys; sys.path.insert(0, sys.argv[1]); from labjournal.recorders import code, environment, files, git, metrics, parameters, redaction"
    import labjournal

    subprocess.run([sys.executable, "-I", "-S", "-c", code, str(Path(labjournal.__file__).parents[1])], check=True)
