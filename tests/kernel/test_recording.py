"""What stands in the journal after ordinary work in a real kernel."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from labjournal.events import Event
from labjournal.kernel.recording import Recording
from labjournal.kernel.requests import Request
from labjournal.recorders import Execution, Recorder
from tests.kernel.conftest import Kernel

EXECUTIONS = "SELECT n, status, execution_count FROM executions ORDER BY n"
OUTPUTS = "SELECT n, position, type, name, text FROM outputs ORDER BY n, position"

LONG = "\n".join(f"name_{i} = {i}" for i in range(3000))
CELLS = {
    "fine": "a = 1",
    "failing": "def f(): raise ValueError('no such thing')\nf()",
    "malformed": "def f(:",
    "stopped": "raise KeyboardInterrupt",
    "blank": "   \n",
    "every kind": "import sys\nfrom IPython.display import HTML, display\nprint('out')\nprint('err', file=sys.stderr)\n"
    "display(HTML('<b>x</b>'))\nprint('again')\n42",
    "display": "handle = display('one', display_id='d')\nhandle.update('two')",
    "update": "handle.update('three')",
    "cleared": "import time\nfrom IPython.display import clear_output\nprint('old', flush=True)\ntime.sleep(1.5)\n"
    "clear_output(wait=True)\ndisplay('new')",
    "late": "import asyncio\nasync def later():\n    await asyncio.sleep(0.5)\n    print('late')\n"
    "task = asyncio.ensure_future(later())\nprint('soon')",
    "meanwhile": "print('second')",
    # What a cell has printed and not yet sent, a child that is forked then sends as well.
    "settled": "await task\nawait asyncio.sleep(0.3)\nsys.stdout.flush()",
    "picture": "from IPython.display import Image\nImage(data=b'\\x89PNG\\r\\n' + b'x' * 9000, format='png')",
    "off": "# labjournal: off\nprint('nobody sees')\nhidden_name = open('hidden.txt', 'w').write('x')\n1/0",
    "nested": "get_ipython().run_cell('inner = 1')\nget_ipython().run_cell('   ')\nprint(inner)",
    "captured": "%%capture\nprint('unseen')",
    "long": LONG,
    "statements": "import labjournal\nlabjournal.metric('accuracy', 0.5, step=2)\nlabjournal.parameter('depth', {'a': [1, None]})\n"
    "labjournal.note('looks odd')\nlabjournal.tag('first', 'second')\nlabjournal.name('my best')",
    "magics": "%labjournal metric loss 0.25\n%labjournal parameter folds 5\n%labjournal note by magic\n%labjournal tag third\n"
    "%labjournal name by-magic",
    "quoted": '%labjournal tag "two words" don\'t\n%labjournal note "in quotes"\n%labjournal metric "test loss" 1.5',
    "nothing said": "labjournal.note(None); labjournal.note(' '); labjournal.tag('', None); labjournal.name('')\nlabjournal.metric(None, 1)",
    "misuse": "labjournal.metric('nonsense', object())\n%labjournal metric x\n%labjournal dance",
    "child": "import os\nchild = os.fork()\nif child == 0:\n    print('from the child', flush=True)\n    os._exit(0)\n"
    "os.waitpid(child, 0)\ntime.sleep(0.3)",
    "pause": "labjournal.pause()",
    "unseen": "unseen = 1\nlabjournal.note('unseen')",
    "resume": "%labjournal resume",
    "seen": "seen = 2",
}
NUMBERED = [name for name in CELLS if name not in ("blank", "unseen", "resume")]


class Afternoon:
    """What one kernel left behind that ran every cell of CELLS."""

    def __init__(self, kernel: Kernel, printed: dict[str, str]) -> None:
        self._kernel = kernel
        self.journal = kernel.journal
        self.printed = printed

    def n(self, cell: str) -> int:
        return NUMBERED.index(cell) + 1

    def rows(self, query: str, cell: str = "") -> list[tuple[Any, ...]]:
        return self._kernel.rows(query, *([self.n(cell)] if cell else []))

    def outputs(self, cell: str) -> list[tuple[Any, ...]]:
        return self.rows("SELECT position, type, name, text FROM outputs WHERE n = ? ORDER BY position", cell)


@pytest.fixture(scope="module")
def afternoon(tmp_path_factory: pytest.TempPathFactory) -> Afternoon:
    folder = tmp_path_factory.mktemp("afternoon")
    kernel = Kernel(folder / "journal", folder)
    printed = {name: kernel.run(code, stop_on_error=False)[1] for name, code in CELLS.items()}
    kernel.run("hidden = 1", silent=True)
    kernel.run("tool = 1", store_history=False)
    time.sleep(0.7)
    kernel.shutdown()
    return Afternoon(kernel, printed)


def test_executions_stand_with_their_status_in_the_order_they_ran(afternoon: Afternoon) -> None:
    failed = {"failing": "failed", "malformed": "failed", "stopped": "interrupted", "off": "failed"}

    expected = [(number + 1, failed.get(name, "ok")) for number, name in enumerate(NUMBERED)]
    assert expected == afternoon.rows("SELECT n, status FROM executions ORDER BY n")
    assert [CELLS[name] for name in NUMBERED if name != "off"] == [
        text for (text,) in afternoon.rows("SELECT text FROM executions JOIN sources ON source = sha256 WHERE NOT off ORDER BY n")
    ]


def test_every_kind_of_output_is_kept_in_its_place(afternoon: Afternoon) -> None:
    expected = [
        (0, "stream", "stdout", "out\n"),
        (1, "stream", "stderr", "err\n"),
        (2, "display_data", "", "<IPython.core.display.HTML object>"),
        (3, "stream", "stdout", "again\n"),
        (4, "execute_result", "", "42"),
    ]
    assert expected == afternoon.outputs("every kind")


def test_everything_is_complete_in_the_end(afternoon: Afternoon) -> None:
    assert [(1,)] == afternoon.rows("SELECT DISTINCT complete FROM outputs")


def test_an_error_stands_with_its_traceback(afternoon: Afternoon) -> None:
    ((name, value, text),) = afternoon.rows("SELECT error_name, error_value, text FROM outputs WHERE n = ?", "failing")

    assert ("ValueError", "no such thing", True) == (name, value, "Traceback (most recent call last)" in text)
    assert [(name, value)] == afternoon.rows("SELECT error_name, error_value FROM executions WHERE n = ?", "failing")


def test_a_display_is_what_a_later_cell_updated_it_to(afternoon: Afternoon) -> None:
    assert [(0, "display_data", "", "'three'")] == afternoon.outputs("display")


def test_cleared_outputs_are_gone(afternoon: Afternoon) -> None:
    assert [("display_data", "'new'")] == [row[1::2] for row in afternoon.outputs("cleared")]


def test_late_text_goes_to_the_cell_that_started_it(afternoon: Afternoon) -> None:
    assert [(0, "stream", "stdout", "soon\nlate\n")] == afternoon.outputs("late")
    assert [(0, "stream", "stdout", "second\n")] == afternoon.outputs("meanwhile")


def test_text_of_forked_children_is_kept(afternoon: Afternoon) -> None:
    assert [(0, "stream", "stdout", "from the child\n")] == afternoon.outputs("child")


def test_a_picture_stands_in_the_blob_folder(afternoon: Afternoon) -> None:
    ((sha256,),) = afternoon.rows("SELECT data ->> '$.\"image/png\".blob' FROM outputs WHERE n = ?", "picture")

    assert b"\x89PNG\r\n" + b"x" * 9000 == (afternoon.journal / "blobs" / sha256[:2] / sha256).read_bytes()


def test_a_cell_that_is_off_leaves_only_the_fact_that_it_ran(afternoon: Afternoon) -> None:
    query = "SELECT off, text, source_bytes, error_name, error_value FROM executions JOIN sources ON source = sha256 WHERE n = ?"
    assert [(1, "", 0, "", "")] == afternoon.rows(query, "off")
    for table in ("outputs", "generations", "usages", "bindings", "parameters", "metrics"):
        assert [] == afternoon.rows(f"SELECT * FROM {table} WHERE n = ?", "off")


def test_code_that_a_cell_runs_through_the_shell_belongs_to_the_cell(afternoon: Afternoon) -> None:
    assert [(0, "stream", "stdout", "1\n")] == afternoon.outputs("nested")
    assert [] == afternoon.outputs("captured")


def test_a_long_source_is_kept_whole_although_only_its_head_is_there_at_once(afternoon: Afternoon) -> None:
    query = "SELECT text, source_bytes FROM executions JOIN sources ON source = sha256 WHERE n = ?"
    assert [(LONG, len(LONG))] == afternoon.rows(query, "long")


def test_statements_are_kept_and_print_nothing(afternoon: Afternoon) -> None:
    assert "" == afternoon.printed["statements"]
    assert [("accuracy", 0.5, 2)] == afternoon.rows("SELECT name, value, step FROM metrics WHERE n = ?", "statements")
    query = "SELECT name, value FROM parameters WHERE source = 'explicit' AND n = ?"
    assert [("depth", '{"a":[1,null]}')] == afternoon.rows(query, "statements")
    assert [("looks odd",)] == afternoon.rows("SELECT text FROM notes WHERE n = ?", "statements")
    assert [("first",), ("second",)] == afternoon.rows("SELECT tag FROM tags WHERE n = ? ORDER BY tag", "statements")
    assert [("my best",)] == afternoon.rows("SELECT name FROM names WHERE n = ?", "statements")


def test_magics_say_the_same(afternoon: Afternoon) -> None:
    assert "" == afternoon.printed["magics"]
    assert [("loss", 0.25)] == afternoon.rows("SELECT name, value FROM metrics WHERE n = ?", "magics")
    assert [("folds", "5")] == afternoon.rows("SELECT name, value FROM parameters WHERE n = ?", "magics")
    assert [("by magic",)] == afternoon.rows("SELECT text FROM notes WHERE n = ?", "magics")
    assert [("third",)] == afternoon.rows("SELECT tag FROM tags WHERE n = ?", "magics")
    assert [("by-magic",)] == afternoon.rows("SELECT name FROM names WHERE n = ?", "magics")


def test_quotes_hold_words_together_as_on_a_command_line(afternoon: Afternoon) -> None:
    tags = afternoon.rows("SELECT tag FROM tags WHERE n = ? ORDER BY tag", "quoted")

    assert [("don't",), ("two words",)] == tags
    assert [("in quotes",)] == afternoon.rows("SELECT text FROM notes WHERE n = ?", "quoted")
    assert [("test loss", 1.5)] == afternoon.rows("SELECT name, value FROM metrics WHERE n = ?", "quoted")


def test_where_nothing_is_said_nothing_is_kept(afternoon: Afternoon) -> None:
    for table in ("notes", "tags", "names", "metrics"):
        assert [] == afternoon.rows(f"SELECT 1 FROM {table} WHERE n = ?", "nothing said")
    assert [("metric-not-understood",)] == afternoon.rows("SELECT what FROM problems WHERE n = ?", "nothing said")


def test_misuse_is_answered_by_magics_and_raises_nowhere(afternoon: Afternoon) -> None:
    first, second = afternoon.printed["misuse"].splitlines()

    assert ("A metric needs a name and a number: %labjournal metric accuracy 0.91", "Usage:") == (first, second[:6])
    assert [("metric-not-understood",)] == afternoon.rows("SELECT what FROM problems WHERE n = ?", "misuse")


def test_pause_and_resume_count_from_the_next_cell_on(afternoon: Afternoon) -> None:
    assert afternoon.n("pause") + 1 == afternoon.n("seen")
    assert [(0,)] == afternoon.rows("SELECT count(*) FROM notes WHERE text = 'unseen'")


def test_the_journal_holds_what_it_says(afternoon: Afternoon) -> None:
    from labjournal.journal.integrity import verify

    assert [] == verify(afternoon.journal)


def test_a_kernel_in_which_nothing_ran_leaves_no_trace(kernel: Any) -> None:
    kernel.shutdown()

    assert [] == kernel.rows("SELECT * FROM runs")
    assert [] == list((kernel.journal / "spool").iterdir())


def test_a_running_cell_is_seen_with_its_output_before_it_ends_and_then_as_interrupted(kernel: Any) -> None:
    source = "import time\nprint('now', flush=True)\nwhile True: time.sleep(0.01)"
    kernel.send(source)

    running = [(1, "running", None)]
    assert running == kernel.waits_for(EXECUTIONS, running)
    assert [(source,)] == kernel.rows("SELECT text FROM executions JOIN sources ON source = sha256")
    printed = [(1, 0, "stream", "stdout", "now\n")]
    assert printed == kernel.waits_for(OUTPUTS, printed)
    assert [(0,)] == kernel.rows("SELECT complete FROM outputs")

    kernel.interrupt()

    interrupted = [(1, "interrupted", 1)]
    assert interrupted == kernel.waits_for(EXECUTIONS, interrupted)


def test_an_awaiting_cell_that_is_interrupted_is_interrupted(kernel: Any) -> None:
    kernel.send("import asyncio\nprint('now', flush=True)\nwhile True: await asyncio.sleep(0.05)")
    kernel.waits_for(OUTPUTS, [(1, 0, "stream", "stdout", "now\n")])
    kernel.interrupt()

    interrupted = [(1, "interrupted")]
    assert interrupted == kernel.waits_for("SELECT n, status FROM executions", interrupted)


def test_a_run_says_where_it_ran_and_by_whom(kernels: Callable[..., Any], tmp_path: Any) -> None:
    notebook = tmp_path / "prices.ipynb"
    kernel = kernels(JPY_SESSION_NAME=str(notebook))
    kernel.run("1")
    kernel.shutdown()

    row = kernel.rows("SELECT notebook, notebook_learnt, folder, status, pid > 0, kernel, length(kernel_id) > 0 FROM runs")
    assert [(str(notebook), "session-name", str(tmp_path), "ended", 1, "python3", 0)] == row


def test_a_driver_may_say_what_it_replays(kernels: Callable[..., Any]) -> None:
    kernel = kernels(LABJOURNAL_REPLAY_OF="abc/3", LABJOURNAL_NOTEBOOK="/data/x.ipynb")
    kernel.run("1")
    kernel.shutdown()

    assert [("abc/3", "/data/x.ipynb", "replay", "replay")] == kernel.rows(
        "SELECT replay_of, notebook, notebook_learnt, client FROM runs"
    )


def test_a_kernel_that_is_told_not_to_records_nothing(kernels: Callable[..., Any]) -> None:
    kernel = kernels(LABJOURNAL_DISABLE="1")
    status = kernel.run("import sys; print([name for name in sys.modules if name.startswith('labjournal.recorders')])")
    kernel.shutdown()

    assert ("ok", "[]\n") == status
    assert not (kernel.journal / "spool").exists()


def test_cells_that_run_beside_each_other_in_subshells_keep_to_themselves(kernel: Any) -> None:
    client = kernel.client
    client.control_channel.send(client.session.msg("create_subshell_request"))
    reply = client.get_control_msg(timeout=30)["content"]
    if reply.get("status") != "ok":
        pytest.skip("This ipykernel has no subshells.")
    kernel.send("import time\nfor _ in range(10):\n    print('main')\n    time.sleep(0.1)")
    content = {"code": "for _ in range(3): print('beside')", "silent": False, "store_history": True}
    message = client.session.msg("execute_request", content)
    message["header"]["subshell_id"] = reply["subshell_id"]
    time.sleep(0.3)
    client.shell_channel.send(message)

    expected = [(1, "ok", "main\n" * 10), (2, "ok", "beside\n" * 3)]
    query = "SELECT executions.n, status, text FROM executions JOIN outputs USING (run, n) ORDER BY 1"
    assert expected == kernel.waits_for(query, expected)


def test_a_python_that_cannot_parse_in_two_threads_parses_between_the_cells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a cell runs it may make syntax trees of its own; what needs none is told as ever."""
    monkeypatch.setattr("labjournal.kernel.collecting.PARSES_ALONE", True)
    asked: list[tuple[str, int]] = []

    class Asked(Recorder):
        def __init__(self, name: str, parses: bool) -> None:
            self.name, self.parses = name, parses

        def collect(self, execution: Execution) -> Iterable[Event]:
            asked.append((self.name, execution.n))
            return ()

    recording = Recording(tmp_path / "journal", namespace={}, environ={})
    for recorder in recording.recorders:
        list(recorder.run_ended())  # they let go of what they watch
    recording.ask([Asked("parsing", True), Asked("other", False)])
    cells = [SimpleNamespace(info=SimpleNamespace(raw_cell=f"a = {n}", store_history=True)) for n in (1, 2)]
    for cell in cells:
        cell.error_before_exec = cell.error_in_exec = None
        cell.execution_count = 1

    recording.begin(Request(cells[0].info, "a = 1"), 7)
    recording.end(7, cells[0])
    recording.begin(Request(cells[1].info, "a = 2"), 7)
    recording.work()
    assert [("other", 1)] == asked

    recording.end(7, cells[1])
    recording.work()
    assert [("other", 1), ("other", 2), ("parsing", 1), ("parsing", 2)] == asked
    recording.finish()
