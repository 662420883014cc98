"""What stands in the journal after ordinary work in a real kernel."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

EXECUTIONS = "SELECT n, status, execution_count FROM executions ORDER BY n"
OUTPUTS = "SELECT n, position, type, name, text FROM outputs ORDER BY n, position"


def test_executions_stand_with_their_status_in_the_order_they_ran(kernel: Any) -> None:
    kernel.run("a = 1")
    kernel.run("1/0")
    kernel.run("def f(:")
    kernel.run("raise KeyboardInterrupt")
    kernel.run("a")
    kernel.shutdown()

    expected = [(1, "ok", 1), (2, "failed", 2), (3, "failed", 3), (4, "interrupted", 4), (5, "ok", 5)]
    assert expected == kernel.rows(EXECUTIONS)


def test_a_kernel_in_which_nothing_ran_leaves_no_trace(kernel: Any) -> None:
    kernel.shutdown()

    assert [] == kernel.rows("SELECT * FROM runs")
    assert [] == list((kernel.journal / "spool").iterdir())


def test_the_start_is_on_disk_while_the_cell_runs(kernel: Any) -> None:
    kernel.send("import time; time.sleep(30)")

    expected = [("import time; time.sleep(30)", "running")]
    query = "SELECT text, status FROM executions JOIN sources ON source = sha256"
    assert expected == kernel.waits_for(query, expected)
    kernel.interrupt()


def test_an_interrupted_cell_is_interrupted(kernel: Any) -> None:
    kernel.run("1")
    kernel.send("print('now', flush=True)\nimport time\nwhile True: time.sleep(0.01)")
    kernel.waits_for(OUTPUTS, [(1, 0, "execute_result", "", "1"), (2, 0, "stream", "stdout", "now\n")])
    kernel.interrupt()

    expected = [(1, "ok", 1), (2, "interrupted", 2)]
    assert expected == kernel.waits_for(EXECUTIONS, expected)


def test_an_awaiting_cell_that_is_interrupted_is_interrupted(kernel: Any) -> None:
    kernel.send("import asyncio\nprint('now', flush=True)\nwhile True: await asyncio.sleep(0.05)")
    kernel.waits_for(OUTPUTS, [(1, 0, "stream", "stdout", "now\n")])
    kernel.interrupt()

    expected = [(1, "interrupted", 1)]
    assert expected == kernel.waits_for(EXECUTIONS, expected)


def test_outputs_come_while_the_cell_runs(kernel: Any) -> None:
    kernel.send("import time\nprint('first', flush=True)\ntime.sleep(30)")

    expected = [(1, 0, "stream", "stdout", "first\n")]
    assert expected == kernel.waits_for(OUTPUTS, expected)
    assert [(0,)] == kernel.rows("SELECT complete FROM outputs")
    kernel.interrupt()


def test_every_kind_of_output_is_kept_in_its_place(kernel: Any) -> None:
    kernel.run(
        "import sys\nfrom IPython.display import HTML, display\n"
        "print('out')\nprint('err', file=sys.stderr)\ndisplay(HTML('<b>x</b>'))\nprint('again')\n42"
    )
    kernel.shutdown()

    expected = [
        (1, 0, "stream", "stdout", "out\n"),
        (1, 1, "stream", "stderr", "err\n"),
        (1, 2, "display_data", "", "<IPython.core.display.HTML object>"),
        (1, 3, "stream", "stdout", "again\n"),
        (1, 4, "execute_result", "", "42"),
    ]
    assert expected == kernel.rows(OUTPUTS)
    assert [(1,)] == kernel.rows("SELECT DISTINCT complete FROM outputs")


def test_an_error_stands_with_its_traceback(kernel: Any) -> None:
    kernel.run("def f(): raise ValueError('no such thing')\nf()")
    kernel.shutdown()

    ((name, value, text),) = kernel.rows("SELECT error_name, error_value, text FROM outputs")
    assert ("ValueError", "no such thing", True) == (name, value, "Traceback (most recent call last)" in text)
    assert [("ValueError", "no such thing")] == kernel.rows("SELECT error_name, error_value FROM executions")


def test_a_display_is_what_it_was_updated_to_also_by_a_later_cell(kernel: Any) -> None:
    kernel.run("from IPython.display import display\nhandle = display('one', display_id='d')\nhandle.update('two')")
    kernel.run("handle.update('three')")
    kernel.shutdown()

    assert [(1, 0, "display_data", "", "'three'")] == kernel.rows(OUTPUTS)


def test_cleared_outputs_are_gone(kernel: Any) -> None:
    kernel.run(
        "import time\nfrom IPython.display import clear_output, display\nprint('old', flush=True)\ntime.sleep(1.5)\n"
        "clear_output(wait=True)\ndisplay('new')"
    )
    kernel.shutdown()

    assert [("display_data", "'new'")] == kernel.rows("SELECT type, text FROM outputs")


def test_late_text_goes_to_the_cell_that_started_it(kernel: Any) -> None:
    kernel.run(
        "import asyncio\nasync def later():\n    await asyncio.sleep(0.5)\n    print('late')\ntask = asyncio.ensure_future(later())\nprint('soon')"
    )
    kernel.run("print('second')")
    time.sleep(1)
    kernel.shutdown()

    expected = [(1, 0, "stream", "stdout", "soon\nlate\n"), (2, 0, "stream", "stdout", "second\n")]
    assert expected == kernel.rows(OUTPUTS)


def test_text_of_forked_children_is_kept(kernel: Any) -> None:
    kernel.run(
        "import os\nchild = os.fork()\nif child == 0:\n    print('from the child', flush=True)\n    os._exit(0)\n"
        "os.waitpid(child, 0)\nimport time; time.sleep(0.3)"
    )
    kernel.shutdown()

    assert [(1, 0, "stream", "stdout", "from the child\n")] == kernel.rows(OUTPUTS)


def test_a_picture_stands_in_the_blob_folder(kernel: Any) -> None:
    kernel.run("from IPython.display import Image\nImage(data=b'\\x89PNG\\r\\n' + b'x' * 9000, format='png')")
    kernel.shutdown()

    ((data,),) = kernel.rows("SELECT data ->> '$.\"image/png\".blob' FROM outputs")
    assert b"\x89PNG\r\n" + b"x" * 9000 == (kernel.journal / "blobs" / data[:2] / data).read_bytes()


def test_a_cell_that_is_off_leaves_only_the_fact_that_it_ran(kernel: Any) -> None:
    kernel.run("# labjournal: off\nprint('nobody sees')\nsecret_name = open('hidden.txt', 'w').write('x')\n1/0")
    kernel.run("2")
    kernel.shutdown()

    query = "SELECT n, off, text, source_bytes, error_name FROM executions JOIN sources ON source = sha256 ORDER BY n"
    assert [(1, 1, "", 0, ""), (2, 0, "2", 1, "")] == kernel.rows(query)
    assert [(2,)] == kernel.rows("SELECT DISTINCT n FROM outputs")
    assert [] == [row for row in kernel.rows("SELECT n, path FROM generations") if row[0] == 1]
    assert [] == kernel.rows("SELECT n FROM bindings WHERE n = 1")


def test_code_that_a_cell_runs_through_the_shell_belongs_to_the_cell(kernel: Any) -> None:
    kernel.run("get_ipython().run_cell('inner = 1')\nget_ipython().run_cell('   ')\nprint(inner)")
    kernel.run("%%capture\nprint('unseen')")
    kernel.shutdown()

    assert [(1, "ok", 1), (2, "ok", 2)] == kernel.rows(EXECUTIONS)
    assert [(1, 0, "stream", "stdout", "1\n")] == kernel.rows(OUTPUTS)


def test_blank_and_silent_executions_are_not_counted(kernel: Any) -> None:
    kernel.run("   \n")
    kernel.run("hidden = 1", silent=True)
    kernel.run("tool = 1", store_history=False)
    kernel.run("1")
    kernel.shutdown()

    assert [(1, "ok")] == kernel.rows("SELECT n, status FROM executions")


def test_pause_and_resume_count_from_the_next_cell_on(kernel: Any) -> None:
    kernel.run("import labjournal; labjournal.pause()")
    kernel.run("unseen = 1")
    kernel.run("%labjournal resume")
    kernel.run("seen = 2")
    kernel.shutdown()

    expected = [(1, "import labjournal; labjournal.pause()"), (2, "seen = 2")]
    assert expected == kernel.rows("SELECT n, text FROM executions JOIN sources ON source = sha256 ORDER BY n")


def test_a_long_source_is_kept_whole_although_only_its_head_is_there_at_once(kernel: Any) -> None:
    source = "\n".join(f"name_{i} = {i}" for i in range(3000))
    kernel.run(source)
    kernel.shutdown()

    assert [(source, len(source))] == kernel.rows("SELECT text, source_bytes FROM executions JOIN sources ON source = sha256")


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
