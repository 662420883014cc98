"""What child processes do to files comes back to the run that made them; nothing else of us is in them."""

from __future__ import annotations

import os
import pickle
import re
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from labjournal.events import ProblemSeen
from labjournal.recorders import Execution, audit_hook, children, imports, wrapping
from labjournal.recorders.child_files import MOST_BYTES
from labjournal.recorders.children import ChildrenRecorder
from labjournal.recorders.command_lines import shell_lines
from labjournal.recorders.command_words import files_named, named_in, once_each
from tests.pace import only_pace, quicker

_forked: list[ChildrenRecorder] = []
audit_hook.install()  # before: what it does in a child, it does first
if hasattr(os, "register_at_fork"):

    def _in_a_child() -> None:
        for recorder in _forked:
            recorder.forked()

    os.register_at_fork(after_in_child=_in_a_child)


class Nobody:
    """Stands where the recorder of files stands."""

    def __getattr__(self, name: str) -> Any:
        return lambda *_args, **_more: None


@pytest.fixture
def told(lab: Any, project: Path) -> Iterator[Any]:
    """Runs cells; (role, file) of what children told."""
    (lab.context.journal / "spool").mkdir()
    audit_hook.watch(Nobody())
    lab.use(ChildrenRecorder)
    _forked[:] = lab.recorders

    def run(*sources: str) -> set[tuple[str, str]]:
        lab.run(*sources)
        sights = {(role, os.path.relpath(path, project)) for path, role, _, _ in children.read()}
        return {(role, path) for role, path in sights if role != "made" or os.path.exists(path)}

    run.lab = lab  # type: ignore[attr-defined]
    yield run
    _forked.clear()
    audit_hook.watch(None)
    stop_helpers()
    lab.end()
    imports.uninstall()
    wrapping.take_back()
    assert [] == list((lab.context.journal / "spool").iterdir())


def stop_helpers() -> None:
    """The process that multiprocessing keeps for later."""
    module = sys.modules.get("multiprocessing.forkserver")
    stop = getattr(getattr(module, "_forkserver", None), "_stop", None)
    if stop is not None:
        stop()


def test_a_forked_child_tells_what_it_reads_writes_and_removes(told: Any, project: Path) -> None:
    (project / "in.csv").write_text("1")
    (project / "old.csv").write_text("1")
    found = told(
        "import os\nif os.fork() == 0:\n"
        "    open('in.csv').read(); open('out.csv', 'w').write('2'); os.remove('old.csv')\n"
        "    try: open('missing.csv')\n    except OSError: pass\n"
        "    os.listdir('.'); open('/dev/null').close()\n    os._exit(0)\nos.wait()"
    )

    assert {("read", "in.csv"), ("written", "out.csv"), ("deleted", "old.csv")} == found


def test_lines_name_the_process_and_the_moment_and_are_private(told: Any, project: Path) -> None:
    before = time.time()
    os.umask(0)
    told.lab.run("import os\npid = os.fork()\nif pid == 0:\n    open('out.csv', 'w').close(); os._exit(0)\nos.wait()")
    (spool,) = (told.lab.context.journal / "spool").iterdir()
    mode = stat.S_IMODE(spool.stat().st_mode)
    (sight,) = children.read()
    os.umask(0o22)

    assert 0o600 == mode
    assert (str(project / "out.csv"), "written", told.lab.shell.user_ns["pid"]) == sight[:3]
    assert before <= sight.at <= time.time()
    assert [] == children.read()


def test_workers_of_multiprocessing_tell_however_they_are_started(told: Any, project: Path) -> None:
    (project / "in.csv").write_text("1,2")
    (project / "work.py").write_text("def work(n):\n    text = open('in.csv').read()\n    open(f'out{n}.csv', 'w').write(text)\n")
    for number, method in enumerate(("fork", "spawn", "forkserver")):
        found = told(
            f"import multiprocessing, sys\nsys.path.insert(0, {str(project)!r})\nimport work\n"
            f"with multiprocessing.get_context({method!r}).Pool(1) as pool: pool.map(work.work, [{number}])"
        )
        assert {("read", "in.csv"), ("written", f"out{number}.csv")} <= found, method


def test_workers_of_joblib_tell(told: Any, project: Path) -> None:
    pytest.importorskip("joblib")
    (project / "in.csv").write_text("1,2")
    found = told(
        "from joblib import Parallel, delayed\ndef work(n):\n    open('in.csv').read(); open(f'out{n}.csv', 'w').close()\n    return n\n"
        "assert [0, 1] == Parallel(n_jobs=2)(delayed(work)(n) for n in range(2))\n"
        "from joblib.externals.loky import get_reusable_executor; get_reusable_executor().shutdown(wait=True)"
    )

    assert {("read", "in.csv"), ("written", "out0.csv"), ("written", "out1.csv")} <= found


def test_native_readers_tell_in_workers_too(told: Any, project: Path) -> None:
    pytest.importorskip("pyarrow")
    (project / "work.py").write_text(
        "def work(name):\n    import pyarrow as pa, pyarrow.parquet as pq\n    pq.write_table(pa.table({'a': [1]}), name)\n    return pq.read_table(name).num_rows\n"
    )
    found = told(
        f"import multiprocessing, sys\nsys.path.insert(0, {str(project)!r})\nimport work\n"
        "with multiprocessing.get_context('spawn').Pool(1) as pool: assert [1] == pool.map(work.work, ['a.parquet'])"
    )

    assert {("written", "a.parquet"), ("read", "a.parquet")} <= found


def test_grandchildren_tell_and_nobody_hangs(told: Any) -> None:
    found = told(
        "import os\nfor n in range(20):\n    if os.fork() == 0:\n        if os.fork() == 0:\n            open(f'grandchild{n}', 'w').close()\n"
        "            os._exit(0)\n        os.wait()\n        os._exit(0)\n    os.wait()"
    )

    assert {("written", f"grandchild{n}") for n in range(20)} == found


def test_what_a_command_line_names_is_a_weak_sight_of_it(told: Any, project: Path) -> None:
    for name in ("a.csv", "b c.csv", "d.csv", "e.csv"):
        (project / name).write_text("1")

    assert {("named", "a.csv")} == told("import subprocess\nsubprocess.run(['cat', 'a.csv', 'nothing.csv'], capture_output=True)")
    assert {("named", "b c.csv")} == told("import os\n_ = os.system('cat \"b c.csv\" > /dev/null')")
    assert {("named", "d.csv")} == told("files = !cat d.csv")
    assert {("named", "e.csv")} == told("%%bash\nwc -l < e.csv >/dev/null")


def test_nothing_is_told_of_what_is_not_recorded(told: Any, project: Path) -> None:
    (project / "a.csv").write_text("1")
    told.lab.shell.run_cell(
        "import os\nif os.fork() == 0:\n    open('secret.csv', 'w').close(); os._exit(0)\nos.wait()\nos.system('true a.csv')"
    )
    assert [] == children.read()

    # a worker that was made by a recorded cell, in one that is not
    told.lab.run(
        "import os\nr, w = os.pipe()\npid = os.fork()\nif pid == 0:\n    os.read(r, 1); open('secret.csv', 'w').close(); os._exit(0)"
    )
    told.lab.shell.run_cell("_ = os.write(w, b'x'); os.waitpid(pid, 0)")
    assert [] == children.read()


def test_while_paused_a_child_writes_nothing(told: Any) -> None:
    (told.lab.context.journal / "paused").write_text("")

    assert set() == told("import os\nif os.fork() == 0:\n    open('out.csv', 'w').close(); os._exit(0)\nos.wait()")


def test_a_child_leaves_nothing_in_its_environment(told: Any, project: Path) -> None:
    code = "import os; print(sorted(os.environ))"
    before = dict(os.environ)
    told(
        f"import subprocess, sys\nseen = subprocess.run([sys.executable, '-c', {code!r}], capture_output=True, text=True).stdout"
    )

    assert sorted(before) == sorted(os.environ)
    assert "LABJOURNAL_C" not in told.lab.shell.user_ns["seen"]


def test_a_letter_does_no_harm_where_labjournal_cannot_be_loaded(told: Any, project: Path) -> None:
    letter = children._Letter(str(project / "spool"), str(project), "")
    letter._words = ("/nowhere", *letter._words[1:])
    data = pickle.dumps({"name": "x", "_labjournal": letter})
    code = f"import pickle, sys; sys.path.clear(); print(pickle.loads({data!r}), 'labjournal' in dir())"
    done = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, timeout=60)

    assert ("{'name': 'x', '_labjournal': None} False", "") == (done.stdout.strip(), done.stderr)


def test_lines_that_are_not_ours_are_left_out_and_a_full_file_is_said(told: Any, project: Path) -> None:
    spool = told.lab.context.journal / "spool" / "run1.children"
    told.lab.run("1")
    now = time.time()
    spool.write_bytes(
        b'nonsense\n[1]\n["a", 1, "read", "x"]\n' + f'[{now}, 1, "eaten", "/x"]\n[{now}, 1, "read", "/half'.encode()
    )
    assert [] == children.read()
    with spool.open("ab") as file:
        file.truncate(MOST_BYTES)
    said = [event for event in told.lab.run("1", "2") if isinstance(event, ProblemSeen)]

    assert ["incomplete"] == [event.what for event in said]
    assert set() == told("import os\nif os.fork() == 0:\n    open('out.csv', 'w').close(); os._exit(0)\nos.wait()")


def test_a_spool_that_is_no_file_of_ours_is_not_written_to(told: Any, project: Path) -> None:
    (told.lab.context.journal / "spool" / "run1.children").symlink_to(project / "elsewhere")
    told("import os\nif os.fork() == 0:\n    open('out.csv', 'w').close(); os._exit(0)\nos.wait()")

    assert not (project / "elsewhere").exists()


def test_files_of_runs_that_died_are_swept(told: Any) -> None:
    folder = told.lab.context.journal / "spool"
    for name, age_s in (("old", 8 * 86400), ("new", 60), ("alive", 8 * 86400)):
        (folder / f"{name}.children").touch()
        os.utime(folder / f"{name}.children", (time.time() - age_s,) * 2)
    (folder / "alive.alive").touch()
    list(told.lab.recorders[0].run_started())
    left = sorted(path.name for path in folder.iterdir())
    for path in folder.iterdir():
        path.unlink()

    assert ["alive.alive", "alive.children", "new.children"] == left


@only_pace
def test_an_ordinary_cell_costs_nothing_noticeable(told: Any) -> None:
    (recorder,) = told.lab.recorders
    executions = [Execution("run1", n, "x = [v for v in range(10)]\nprint('done!')") for n in range(2000)]
    began = time.perf_counter()
    for execution in executions:
        recorder.execution_started(execution)
        recorder.execution_ended(execution, None)

    quicker((time.perf_counter() - began) / 2000, 0.0002)


@pytest.mark.parametrize(
    ("command", "files"),
    [
        ("cat a.csv b.csv>c.csv", "a.csv named, b.csv named, c.csv made"),
        ("cat a.csv >> b.csv 2>/dev/null < c.csv", "a.csv named, c.csv named, b.csv made, /dev/null made"),
        ("cd x && wc a.csv > ../out.txt; cat b.csv", "x/a.csv named, out.txt made, x/b.csv named"),
        ("(cd x; cat a.csv); cat b.csv", "x/a.csv named, b.csv named"),
        (
            ["python", "my file.py", "--data=x.csv", b"bytes"],
            "my file.py named, my named, file.py named, x.csv named, bytes named",
        ),
        (["sh", "-c", "wc -l /data/in put.csv"], "/data/in named, put.csv named"),
        (["python", "-c", "open('a.csv').read()"], "a.csv named"),
        ("cat 'a b.csv'", "a b.csv named"),
        ("cp a.csv b.csv", "a.csv named, b.csv made"),
        ("cp a.csv x", "a.csv named, x/a.csv made"),
        ("mv a.csv b.csv", "a.csv gone, b.csv made"),
        ("rm -f a.csv", "a.csv gone"),
        ("sed -i s/a/b/ a.csv", "a.csv edited"),
        ("sed -n 3p a.csv", "a.csv named"),
        ("gzip -9 a.csv", "a.csv edited, a.csv.gz made"),
        ("gunzip a.csv.gz", "a.csv.gz edited, a.csv made"),
        ("gzip -c a.csv > b.gz", "a.csv named, b.gz made"),
        ("echo 'a.csv' >> b.csv", "b.csv made"),
        ("for f in a.csv b.csv; do cat $f; done > c.csv", "a.csv named, b.csv named, c.csv made"),
        ("cat <<EOF > c.csv\nrm a.csv\nEOF\ncat b.csv", "c.csv made, b.csv named"),
        ("KEY=1 sort -r $LJ_SET/a.csv $LJ_NOT_SET/b.csv # cat c.csv", "/set/a.csv named"),
        ("wc x/*.txt", "x/1.txt named, x/2.txt named"),
        ("wc x/*/1.txt /*/*.csv", ""),
        ("dd if=a.csv of=b.csv", "a.csv named, b.csv named"),
        (7, ""),
        (["a\0b", None], ""),
    ],
)
def test_files_that_a_command_names(command: Any, files: str, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LJ_SET", "/set")
    (project / "x").mkdir()
    for name in "12":
        (project / "x" / f"{name}.txt").touch()
    (project / "a b.csv").touch()
    found = {
        f"{os.path.relpath(path, project) if path.startswith(str(project)) else path} {role}"
        for path, role in files_named(command)
    }

    assert set(filter(None, files.split(", "))) == {text for text in found if re.search(r"\w\.\w+ \w+$|^/", text)} | (
        found & {"my named", "bytes named"}
    )


@pytest.mark.timeout(60)
@pytest.mark.parametrize("piece", ["<<a\n", "'", '"', "\\", "(", "a=", "$a`", "> ", "cd x;", '"$', "*?[", "# '", "--a=/"])
def test_whatever_a_line_is_made_of_it_takes_no_time(project: Path, piece: str) -> None:
    began = time.process_time()
    for text in (piece * 10_000, [piece * 100] * 100, ["sh", "-c", piece * 10_000]):
        list(files_named(text))

    quicker(time.process_time() - began, 2)


def test_relative_words_are_of_the_folder_that_a_program_is_started_in(told: Any, project: Path) -> None:
    (project / "x").mkdir()
    for name in ("a.csv", "b.csv", "x/a.csv", "x/c.csv", "x/d.csv"):
        (project / name).write_text("1")

    assert {("named", "x/a.csv")} == told(
        "import subprocess\n_ = subprocess.run(['cat', 'a.csv', 'b.csv'], cwd='x', capture_output=True)"
    )
    assert {("named", "x/c.csv")} == told(
        "import pathlib\n_ = subprocess.run('cat c.csv', shell=True, cwd=pathlib.Path('x'), capture_output=True)"
    )
    assert {("named", "x/d.csv")} == told("%%bash\ncd x\nwc d.csv > /dev/null")


def test_a_path_that_a_shell_line_computes_is_known_before_the_program_begins(told: Any, project: Path) -> None:
    """As a kernel runs it: in a terminal of its own, of which the audit hook is not told the command."""
    pytest.importorskip("pexpect")
    (project / "a.csv").write_text("1")
    foreseen: list[str] = []
    children.tell_beforehand(lambda path, _reads: foreseen.append(os.path.basename(path)))
    told("from IPython.utils.process import system\nname = 'a' + '.csv'\n_ = system(f'cat {name} > b.csv')")
    children.tell_beforehand(None)

    assert ["a.csv", "b.csv"] == foreseen[:2]


def test_what_is_read_and_then_written_or_removed_is_edited(project: Path) -> None:
    found = once_each(files_named("cat a b c > d; rm a; sort d > b; head -1 d c"))

    assert {"a": "edited", "b": "edited", "c": "named", "d": "made"} == {
        os.path.basename(path): role for path, role in found.items()
    }


def test_a_program_that_a_forked_child_becomes_is_known_by_its_line(told: Any, project: Path) -> None:
    (project / "a.csv").write_text("1")
    (project / "b.csv").write_text("1")
    line = "cat a.csv >> b.csv"
    found = told(f"import os\nif os.fork() == 0:\n    os.execvp('sh', ['sh', '-c', {line!r}])\n_ = os.wait()")

    assert {("named", "a.csv"), ("made", "b.csv")} == found


def test_a_cell_in_another_language_names_what_it_quotes(project: Path) -> None:
    source = "%%script python3\nopen('out.txt', 'w').write(open('in.txt').read())"

    assert {"out.txt", "in.txt"} <= {os.path.basename(path) for path, _ in named_in(source) or ()}
    assert named_in("x = open('a.csv')") is None


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("!cat a.csv\nx = !ls b.csv\nprint('!')", "cat a.csv\nls b.csv"),
        ("%%bash\ncat a.csv\n", "\ncat a.csv\n"),
        ("%%time\nopen('a.csv')", ""),
        ("a != b\nx % y", ""),
        ("%run train.py data.csv", "train.py data.csv"),
    ],
)
def test_shell_lines(source: str, lines: str) -> None:
    assert lines == shell_lines(source)
