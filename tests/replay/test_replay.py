"""Replays in real kernels: whether a run still holds, where it parted and why, and that nobody's files were touched for it."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from labjournal.errors import LabjournalError, OutputExists
from labjournal.journal import places
from labjournal.replay.executing import guard
from labjournal.replay.executing.kernels import Launch
from tests.builders import JournalBuilder, RunBuilder, error, read, result, stream, written
from tests.replay.conftest import again, record

Story = Callable[..., RunBuilder]

# -- one afternoon, recorded and executed again ----------------------------------------------------------------------------------

AFTERNOON = {
    "start": "import os, random, subprocess, sys, time\nfrom IPython.display import Image, display\nrandom.seed(7)",
    "mkdir": "os.mkdir('figures')",
    "input": "rows = open('../data/prices.csv').read().split()\nlen(rows)",
    "seeded": "random.random()",
    "failed": "{}['price']",
    "clock": "begun = time.time()\nprint(time.ctime(), object(), os.getpid() * 0)\nprint(f'took {time.time() - begun:.6f} seconds')",
    "bar": "_ = sys.stderr.write(f'100%|██████████| 10/10 [00:00<00:00, {time.time() % 900:.2f}it/s]')",
    "cache": "if os.path.exists('cache.txt'):\n    print('from the cache')\nelse:\n    print(open('cache.txt', 'w').write('computed'))",
    "figure": "from PIL import Image as Pillow\nimport io\nbuffer = io.BytesIO()\nPillow.new('RGB', (20, 20), 'red').save(buffer, 'PNG', compress_level=int(time.time()) % 9)\nImage(buffer.getvalue())",
    "outside": "open({outside!r}, 'w').write('by the run')",
    "child": "subprocess.run('echo by the child > {child}', shell=True, stderr=subprocess.DEVNULL)\nNone",
    "install": "%pip install no-such-package-of-labjournal",
    "file": "open('figures/result.txt', 'w').write('accuracy: 0.91')",
    "metric": "import labjournal\nlabjournal.metric('accuracy', 0.91)\nlabjournal.name('best')\nlabjournal.tag('mine')\nlabjournal.pause()",
    "last": "print('_ is', _, 'and In[4] is', In[4])",
}


class Afternoon:
    def __init__(self, root: Path) -> None:
        self.journal = root / "journal"
        self.notebook = root / "project/notebooks/prices.ipynb"
        self.outside, self.child = root / "elsewhere/mine.txt", root / "elsewhere/theirs.txt"
        for path, text in ((root / "project/data/prices.csv", "1 2 3"), (self.outside, ""), (self.notebook, "")):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        cells = {
            name: source.replace("{outside!r}", repr(str(self.outside))).replace("{child}", str(self.child))
            for name, source in AFTERNOON.items()
        }
        paused = list(cells).index("metric") + 1
        record(self.journal, self.notebook, *list(cells.values())[:paused], "labjournal.resume()", *list(cells.values())[paused:])
        self.outside.write_text("mine")
        self.child.write_text("theirs")
        self.before = tree(root / "project")
        self.verdict = again(self.journal)
        self.after = tree(root / "project")

    def entry(self, name: str) -> dict[str, Any]:
        n = list(AFTERNOON).index(name) + 1
        return next(entry for entry in self.verdict["executions"] if entry["n"] == n)


def tree(folder: Path) -> dict[str, str]:
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.fixture(scope="module")
def afternoon(tmp_path_factory: pytest.TempPathFactory) -> Afternoon:
    return Afternoon(tmp_path_factory.mktemp("afternoon"))


def test_a_run_that_still_holds_is_reproduced(afternoon: Afternoon) -> None:
    assert (True, None) == (afternoon.verdict["reproduced"], afternoon.verdict["first_difference"])
    assert [{"name": "accuracy", "recorded": 0.91, "replayed": 0.91, "same": True}] == afternoon.verdict["metrics"]


@pytest.mark.parametrize("name", [name for name in AFTERNOON if name != "install"])
def test_each_execution_is_the_same(afternoon: Afternoon, name: str) -> None:
    status = "failed" if name == "failed" else "ok"

    assert (status, True) == (afternoon.entry(name)["status"], afternoon.entry(name)["same"])


def test_software_is_not_installed_again(afternoon: Afternoon) -> None:
    assert ("left out", None) == (afternoon.entry("install")["status"], afternoon.entry("install")["same"])
    assert any("only installs software" in problem for problem in afternoon.verdict["problems"])


def test_the_users_files_are_what_they_were(afternoon: Afternoon) -> None:
    assert afternoon.before == afternoon.after
    assert "mine" == afternoon.outside.read_text()


def test_what_a_child_process_writes_outside_is_refused_too(afternoon: Afternoon, tmp_path: Path) -> None:
    code = f"import sys; sys.path.insert(0, {str(Path(guard.__file__).parent)!r}); import guard; print(guard.protect([{str(tmp_path)!r}]))"
    if subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() != "landlock":
        pytest.skip("only Landlock holds children")

    assert "theirs" == afternoon.child.read_text()


def test_files_are_compared_where_the_replay_wrote_them(afternoon: Afternoon) -> None:
    expected = {"cache.txt": True, "result.txt": True, "mine.txt": True}
    found = {os.path.basename(entry["path"]): entry["same"] for entry in afternoon.verdict["files"]}

    # What a child wrote to a place that a replay must not touch is not always seen; it cannot be compared.
    assert (expected, None) == ({name: same for name, same in found.items() if name != "theirs.txt"}, found.get("theirs.txt"))


def test_names_tags_and_pauses_are_the_persons_and_not_the_replays(afternoon: Afternoon, builder: JournalBuilder) -> None:
    """Code that says `labjournal.name('best')` says it of the run in which a person wrote it."""
    from labjournal.journal.reader import Journal

    with Journal.open(afternoon.journal) as journal:
        replayed = afternoon.verdict["replay"]
        assert afternoon.verdict["address"] == (journal.named("best") or ("", 0))[0]
        assert ([], []) == (journal.names(replayed), journal.tags(replayed))
    assert not places.is_paused(afternoon.journal)


def test_a_replay_is_a_run_that_knows_of_which(afternoon: Afternoon) -> None:
    from labjournal.journal.reader import Journal

    with Journal.open(afternoon.journal) as journal:
        run = journal.run(afternoon.verdict["replay"])

    assert (afternoon.verdict["address"], "replay", str(afternoon.notebook)) == (run.replay_of, run.client, run.notebook)


def test_nothing_is_left_of_the_workspace(afternoon: Afternoon) -> None:
    import tempfile

    assert [] == list(Path(tempfile.gettempdir()).glob(f"labjournal-replay-*/project/**/{afternoon.notebook.name}"))


# -- runs that part ---------------------------------------------------------------------------------------------------------------


def test_an_unseeded_draw_parts_with_its_cause(story: Story, builder: JournalBuilder) -> None:
    story().execution("import random").execution("random.random()", outputs=[result("0.5")]).execution("x = 1")

    answer = again(builder.save())
    first = answer["first_difference"] or {}

    assert (False, [True, False, True]) == (answer["reproduced"], [entry["same"] for entry in answer["executions"]])
    assert (2, "0.5", "random.random()") == (first["n"], first["recorded"], first["source"])
    assert "`random.random()`, execution 2" in first["causes"][0]


def test_a_changed_input_is_named_with_both_digests(story: Story, builder: JournalBuilder, project: Path) -> None:
    (project / "a.csv").write_text("2")
    story().execution(
        "print(open('a.csv').read())", outputs=[stream("1\n")], reads=[read(project / "a.csv", b"1", given="a.csv")]
    ).execution(
        "print(open('gone.csv').read())", outputs=[stream("1\n")], reads=[read(project / "gone.csv", b"1", given="gone.csv")]
    )

    answer = again(builder.save())
    first = answer["first_difference"] or {}

    assert [("ok", False), ("failed", False)] == [(entry["status"], entry["same"]) for entry in answer["executions"]]
    assert [f"The input {project / 'a.csv'} has changed since it was recorded (SHA-256 6b86b273 then, d4735e3a now)."] == first[
        "causes"
    ]


def test_a_missing_file_is_named(story: Story, builder: JournalBuilder) -> None:
    story().execution("open('gone.csv')", outputs=[result("<file>")])

    assert ["A file that the code needs is not there: gone.csv."] == (again(builder.save())["first_difference"] or {})["causes"]


def test_a_kernel_that_dies_ends_the_replay_with_what_is_known(story: Story, builder: JournalBuilder) -> None:
    story().execution("print(1)", outputs=[stream("1\n")]).execution("import os\nos._exit(3)").execution(
        "print(2)", outputs=[stream("2\n")]
    )

    answer = again(builder.save())

    assert ["ok", "abandoned", "not executed"] == [entry["status"] for entry in answer["executions"]]
    # What an execution shows is told a moment later: it may be lost, but it is not called different.
    assert answer["executions"][0]["same"] is not False
    assert 2 == (answer["first_difference"] or {})["n"]
    assert "The kernel died in execution 2; what comes after it was not executed." in answer["problems"]
    assert "The kernel died in execution 2, in a library or for want of memory." == answer["causes"][0]["sentence"]


def test_another_value_changes_the_result_and_is_said(story: Story, builder: JournalBuilder) -> None:
    story().execution("trees = 150").execution("print(trees * 2)", outputs=[stream("300\n")])

    answer = again(builder.save(), parameters={"trees": "60"})

    assert ("120", False) == ((answer["first_difference"] or {})["replayed"], answer["reproduced"])
    assert "Parameters were changed: trees 150 → 60. Differences are expected." in answer["problems"]


def test_a_tolerance_lets_numbers_be_a_little_off(story: Story, builder: JournalBuilder) -> None:
    story().execution(
        "import labjournal\nlabjournal.metric('loss', 0.50001)\nprint('loss', 0.50001)",
        outputs=[stream("loss 0.5\n")],
        metrics={"loss": 0.5},
    )

    assert again(builder.save(), tolerance=1e-3)["reproduced"]


def test_of_a_result_only_its_recipe_is_executed(story: Story, builder: JournalBuilder) -> None:
    run = (
        story()
        .execution("a = 2", bound=["a"])
        .execution("b = 1 / 0", outputs=[error("ZeroDivisionError", "division by zero")], status="failed")
    )
    run.execution("_i1, In[1], len(Out), get_ipython().execution_count", outputs=[result("('a = 2', 'a = 2', 0, 4)")])
    run.execution("a * 21, _3[3]", used=["a", "_3"], outputs=[result("(42, 4)")])

    answer = again(builder.save(), f"{run.run}/4")

    assert (True, [1, 3, 4]) == (answer["reproduced"], [entry["n"] for entry in answer["executions"]])


def test_what_was_interrupted_or_off_is_left_out_and_said(story: Story, builder: JournalBuilder) -> None:
    story().execution("x = 1").execution("while True: pass", status="interrupted").execution("", off=True).execution(
        "x", outputs=[result("1")]
    )

    answer = again(builder.save())

    assert (True, [True, None, None, True]) == (answer["reproduced"], [entry["same"] for entry in answer["executions"]])
    assert [
        "Execution 2 was left out, because it was interrupted.",
        "Execution 3 was left out, because it asked not to be recorded.",
    ] == [problem for problem in answer["problems"] if "left out" in problem]


def test_a_file_that_is_not_written_any_more_is_a_difference(story: Story, builder: JournalBuilder, project: Path) -> None:
    story().execution("x = 1", writes=[written(project / "model.bin", b"1", given="model.bin")])
    first = again(builder.save())["first_difference"] or {}

    assert ("file", "not there") == (first["what"], first["replayed"])


# -- around it --------------------------------------------------------------------------------------------------------------------


def test_the_workspace_stays_where_it_was_asked_for(story: Story, builder: JournalBuilder, tmp_path: Path) -> None:
    story().execution("open('made.txt', 'w').write('x')\nNone")
    journal = builder.save()

    assert again(journal, output=tmp_path / "kept")["reproduced"]
    assert ["project", "project/made.txt"] == sorted(
        str(path.relative_to(tmp_path / "kept")) for path in (tmp_path / "kept").rglob("*")
    )
    with pytest.raises(OutputExists):
        again(journal, output=tmp_path / "kept")
    with pytest.raises(LabjournalError, match="does not exist"):
        again(journal, output=tmp_path / "none" / "kept")


def test_a_replay_that_cannot_be_laid_out_leaves_no_half_workspace(
    story: Story, builder: JournalBuilder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(source: str, target: str) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    story().execution("1", outputs=[result("1")])
    (tmp_path / "project" / "module.py").write_text("x = 1")
    (tmp_path / "empty").mkdir()
    monkeypatch.setattr(shutil, "copy2", full)

    for output in ("new", "empty"):
        with pytest.raises(LabjournalError, match="is full"):
            again(builder.save(), output=tmp_path / output)
    assert not (tmp_path / "new").exists()
    assert [] == list((tmp_path / "empty").iterdir())


def test_what_ipython_writes_for_itself_neither_fails_nor_changes_the_users(
    story: Story, builder: JournalBuilder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`%cd` keeps the folders it has seen, `%store` what it is given; the user's startup files hold for the replay, too."""
    startup = tmp_path / "ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "00-mine.py").write_text("mine = 3")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    run = story()
    run.execution("import os; os.mkdir('sub')").execution("%cd -q sub").execution("mine", outputs=[result("3")])
    run.execution("%store mine", outputs=[stream("Stored 'mine' (int)\n")])

    answer = again(builder.save())

    assert answer["reproduced"], answer
    assert ["00-mine.py"] == [path.name for path in (tmp_path / "ipython").rglob("*") if path.is_file()]


def test_an_interpreter_that_is_gone_is_replaced_and_it_is_said(story: Story, builder: JournalBuilder) -> None:
    story(executable="/opt/gone/bin/python", kernel="no-such-kernel").execution("1", outputs=[result("1")])

    answer = again(builder.save())

    assert answer["reproduced"]
    assert f"The interpreter that recorded (/opt/gone/bin/python) is not here; {sys.executable} was used." in answer["problems"]


def test_a_kernel_whose_port_another_program_took_is_started_again(
    story: Story, builder: JournalBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Replays beside each other choose their ports before their kernels take them."""
    story().execution("1 + 1", outputs=[result("2")])
    taken = socket.socket()
    taken.bind(("127.0.0.1", 0))
    taken.listen()
    managers: list[Any] = []
    made = Launch.manager

    def manager(launch: Launch) -> Any:
        managers.append(made(launch))
        if len(managers) == 1:
            managers[0].cache_ports = False
            managers[0].shell_port = taken.getsockname()[1]
        return managers[-1]

    monkeypatch.setattr(Launch, "manager", manager)
    try:
        assert again(builder.save())["reproduced"]
    finally:
        taken.close()
    assert len(managers) == 2


def test_a_pause_and_a_switch_do_not_hold_for_a_replay(
    story: Story, builder: JournalBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    story().execution("1", outputs=[result("1")])
    journal = builder.save()
    places.set_paused(journal, True)
    monkeypatch.setenv("LABJOURNAL_DISABLE", "1")

    assert again(journal)["reproduced"]
    assert places.is_paused(journal)


def test_an_interpreter_without_a_kernel_says_what_is_missing(story: Story, builder: JournalBuilder, tmp_path: Path) -> None:
    bare = tmp_path / "python"
    bare.write_text("#!/bin/sh\necho no module named ipykernel >&2\nexit 1\n")
    bare.chmod(0o755)
    story(executable=str(bare)).execution("1")

    with pytest.raises(LabjournalError, match="did not start: no module named ipykernel"):
        again(builder.save())


def test_a_ctrl_c_leaves_nothing_behind(story: Story, builder: JournalBuilder, tmp_path: Path) -> None:
    sign = tmp_path / "running"
    story().execution(
        "import os, time, subprocess\n"
        "daemon = subprocess.Popen(['sleep', '62.5'], start_new_session=True)\n"
        "child = subprocess.Popen(['sleep', '61.5'])"
    ).execution("time.sleep(60)")
    journal = builder.save()
    environ = {**os.environ, "TMPDIR": str(tmp_path / "tmp")}
    (tmp_path / "tmp").mkdir()
    command = [
        sys.executable,
        "-c",
        "import sys; from labjournal.cli.main import main; sys.exit(main())",
        "replay",
        "last",
        "--journal",
        str(journal),
    ]
    asked = subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 30
    while time.monotonic() < until and not _running("sleep 61.5"):
        time.sleep(0.1)
    kernels = _running("--may-write " + str(tmp_path / "tmp"))
    assert kernels

    asked.send_signal(signal.SIGINT)

    assert 0 != asked.wait(60)
    assert [] == [pid for pid in kernels if _is_alive(pid)]
    assert [] == [*_running("sleep 61.5"), *_running("sleep 62.5")]
    assert [] == list((tmp_path / "tmp").iterdir())
    assert not sign.exists()


def _running(words: str) -> list[int]:
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if words in entry.read_bytes().replace(b"\0", b" ").decode(errors="replace"):
                found.append(int(entry.parent.name))
    return found


def _is_alive(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def test_code_that_nobody_can_execute_again_is_said(story: Story, builder: JournalBuilder) -> None:
    story().execution("while True: pass", status="interrupted")

    with pytest.raises(LabjournalError, match=r"Nothing of .* can be executed again"):
        again(builder.save())
