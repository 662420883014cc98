"""The ways in which a kernel comes to be recorded: startup file, boot file, the user's profile; and who is said to drive it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest

import labjournal
from labjournal.errors import LabjournalError
from labjournal.kernel import enable
from tests.kernel.conftest import BOOT, Kernel

PACKAGE = Path(labjournal.__file__).parent
STARTUP = Path(__file__).resolve().parents[2] / "server_ext/jupyter-config/ipython_startup/50-labjournal.py"
DRIVERS = "SELECT client, notebook, notebook_learnt FROM runs"


def test_the_hook_needs_nothing_but_python() -> None:
    """Neither site-packages nor the environment: any kernel's Python must be able to import it."""
    code = f"import sys; sys.path.insert(0, {str(PACKAGE.parent)!r})\nimport labjournal.kernel.hook, labjournal.kernel.helper, labjournal.kernel.statements"
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=False)

    assert (0, "") == (done.returncode, done.stderr)


def test_importing_labjournal_and_its_hook_does_no_work() -> None:
    code = "import sys, labjournal, labjournal.kernel.hook; print(sorted(n for n in sys.modules if n in ('sqlite3', 'labjournal.recorders.redaction', 'labjournal.events')))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(PACKAGE.parent)},
    )

    assert "[]\n" == done.stdout


def test_the_startup_file_of_an_environment_reaches_its_kernels(kernels: Callable[..., Kernel], tmp_path: Path) -> None:
    startup = tmp_path / "ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "50-labjournal.py").write_text(STARTUP.read_text())
    kernel = kernels(PYTHONSTARTUP="", PYTHONPATH=str(PACKAGE.parent))
    kernel.run("1")
    kernel.shutdown()

    assert [(1, "ok")] == kernel.rows("SELECT n, status FROM executions")


def test_the_boot_file_lends_the_package_and_leaves_no_sign(kernels: Callable[..., Kernel], tmp_path: Path) -> None:
    user = tmp_path / "my-startup.py"
    user.write_text("from_my_startup = 'here'\n")
    kernel = kernels(LABJOURNAL_PYTHONSTARTUP=str(user))
    code = "import os, sys, labjournal\nanswer = [os.environ.get('PYTHONSTARTUP'), os.environ.get('LABJOURNAL_PYTHONSTARTUP'), from_my_startup, [n for n in globals() if 'labjournal' in n.lower()]]"
    kernel.run(code)

    assert [str(user), None, "here", ["labjournal"]] == kernel.ask("answer")


def test_two_ways_at_once_record_once(kernels: Callable[..., Kernel], tmp_path: Path) -> None:
    startup = tmp_path / "ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "50-labjournal.py").write_text(STARTUP.read_text())
    kernel = kernels()
    kernel.run("%load_ext labjournal")
    kernel.shutdown()

    assert [(1, "ok")] == kernel.rows("SELECT n, status FROM executions")
    assert [(1,)] == kernel.rows("SELECT count(*) FROM runs")


def test_enabling_for_the_user_reaches_kernels_and_can_be_undone(
    kernels: Callable[..., Kernel], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    assert enable.enable() == enable.enable() == enable.places()
    kernel = kernels(PYTHONSTARTUP="")
    kernel.run("names = [name for name in globals() if 'labjournal' in name]")
    names = kernel.ask("names")
    kernel.shutdown()

    assert ([], [(1, "ok")]) == (names, kernel.rows("SELECT n, status FROM executions"))
    assert enable.places() == enable.disable()
    assert [] == enable.disable()
    assert not enable.enabled()


def test_a_startup_file_of_somebody_else_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    (place,) = enable.places()
    place.parent.mkdir(parents=True)
    place.write_text("x = 1\n")

    for act in (enable.enable, enable.disable):
        with pytest.raises(LabjournalError, match="was not written by labjournal"):
            act()
    assert "x = 1\n" == place.read_text()


def test_papermill_is_known_by_its_command_line(tmp_path: Path) -> None:
    executed(tmp_path, [sys.executable, "-m", "papermill", "in.ipynb", "out.ipynb", "--no-progress-bar"])

    assert [("papermill", str(tmp_path / "in.ipynb"), "papermill")] == rows(tmp_path, DRIVERS)
    assert [("papermill",)] == rows(tmp_path, "SELECT DISTINCT client FROM executions")


def test_nbconvert_is_known_by_its_command_line_and_what_it_writes_over_is_not_what_it_executes(tmp_path: Path) -> None:
    (tmp_path / "out.ipynb").write_text("{}")
    executed(tmp_path, [sys.executable, "-m", "nbconvert", "--execute", "--to", "notebook", "--output", "out.ipynb", "in.ipynb"])

    assert [("nbconvert", str(tmp_path / "in.ipynb"), "nbconvert")] == rows(tmp_path, DRIVERS)


@pytest.mark.parametrize(
    ("line", "notebook"),
    [
        ("jupyter-nbconvert --execute --to notebook --output out.ipynb in.ipynb", "in.ipynb"),
        ("jupyter-nbconvert --execute --to notebook --inplace ./sub/../in.ipynb", "in.ipynb"),
        ("jupyter-nbconvert --execute in.ipynb out.ipynb", None),
        ("jupyter-execute in.ipynb --output out.ipynb", "in.ipynb"),
        ("papermill -p source out.ipynb -k python3 in.ipynb out.ipynb", "in.ipynb"),
    ],
)
def test_the_notebook_on_a_command_line(line: str, notebook: str | None, tmp_path: Path) -> None:
    for name in ("in.ipynb", "out.ipynb"):
        (tmp_path / name).write_text("{}")
    (tmp_path / "sub").mkdir()
    program, *words = line.split()
    driver, told = tmp_path / program, tmp_path / "told"
    driver.write_text(
        "import subprocess, sys\n"
        "code = 'import os; from labjournal.kernel.run import Driver; print(Driver.found({}, {}).notebook)'\n"
        f"open({str(told)!r}, 'wb').write(subprocess.check_output([sys.executable, '-c', code]))\n"
    )
    subprocess.run([sys.executable, str(driver), *words], cwd=tmp_path, check=True)

    assert str(None if notebook is None else tmp_path / notebook) == told.read_text().strip()


def test_jupyterlab_is_known_by_what_it_sends_with_a_cell(kernel: Kernel) -> None:
    sent = sent_by_lab(kernel, "1", "cell-7")
    kernel.client.get_shell_msg(timeout=30)
    kernel.run("2")
    kernel.shutdown()

    expected = [(1, "jupyterlab", "cell-7", sent), (2, "unknown", None)]
    found = kernel.rows("SELECT n, client, cell_id, message_id FROM executions ORDER BY n")
    assert expected == [found[0], found[1][:3]]


def test_cells_that_are_sent_together_are_known_to_be(kernel: Kernel) -> None:
    """Run all: every request is made before the first cell has ended."""
    ids = [sent_by_lab(kernel, code, f"cell-{code}") for code in ("1", "2", "3")]
    for _ in ids:
        kernel.client.get_shell_msg(timeout=30)
    time.sleep(0.3)
    sent_by_lab(kernel, "4", "cell-4")
    kernel.client.get_shell_msg(timeout=30)
    kernel.shutdown()

    expected = [(1, "jupyterlab"), (2, "run all"), (3, "run all"), (4, "jupyterlab")]
    assert expected == kernel.rows("SELECT n, client FROM executions ORDER BY n")


def test_code_that_speaks_of_a_driver_is_none(tmp_path: Path) -> None:
    """`python -c` with nbclient in its text is a program that nobody knows."""
    code = "import nbformat, nbclient; nbclient.NotebookClient(nbformat.read('in.ipynb', 4)).execute()"
    executed(tmp_path, [sys.executable, "-c", code, "other.ipynb"])

    assert [("unknown",)] == rows(tmp_path, "SELECT client FROM runs")


def sent_by_lab(kernel: Kernel, code: str, cell_id: str) -> str:
    """Sends a cell as JupyterLab does; id of the request."""
    content = {
        "code": code,
        "silent": False,
        "store_history": True,
        "user_expressions": {},
        "allow_stdin": False,
        "stop_on_error": True,
    }
    metadata = {"trusted": True, "deletedCells": [], "recordTiming": False, "cellId": cell_id}
    message = kernel.client.session.msg("execute_request", content, metadata=metadata)
    kernel.client.shell_channel.send(message)
    return str(message["header"]["msg_id"])


def test_vs_code_is_known_by_the_name_it_leaves(kernel: Kernel, tmp_path: Path) -> None:
    kernel.run(f"__vsc_ipynb_file__ = {str(tmp_path / 'a.ipynb')!r}", silent=True)
    kernel.run("1")
    kernel.shutdown()

    assert [("vscode", str(tmp_path / "a.ipynb"), "vscode")] == kernel.rows(DRIVERS)


def executed(folder: Path, command: list[str]) -> None:
    """Runs a notebook of one cell with a program, in a kernel that is recorded into the folder."""
    cells = [nbformat.v4.new_code_cell("print('hello')")]
    metadata = {
        "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
        "language_info": {"name": "python"},
    }
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=metadata), folder / "in.ipynb")
    env = {
        **os.environ, "PYTHONSTARTUP": str(BOOT), "LABJOURNAL_PATH": str(folder / "journal"), "IPYTHONDIR": str(folder / "ipython"),
        "JUPYTER_DATA_DIR": str(folder / "data"), "JUPYTER_CONFIG_DIR": str(folder / "config"),
    }  # fmt: skip
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
    assert 0 == done.returncode, done.stderr


def rows(folder: Path, query: str) -> list[tuple[Any, ...]]:
    import sqlite3

    from labjournal.journal import writer

    writer.ingest(folder / "journal", wait_s=10)
    connection = sqlite3.connect(folder / "journal" / "journal.sqlite")
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()
