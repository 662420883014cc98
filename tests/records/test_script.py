"""A recipe as a Python module: it compiles, it runs alone, and its command line sets the parameters."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from labjournal.records import script
from labjournal.records.record import Record
from tests.builders import JournalBuilder, RunBuilder, figure, result, stream
from tests.records.gold import like_gold

Records = Callable[..., Record]


def executed(text: str, folder: Path, *words: str) -> str:
    """What the script prints, run in a folder of its own without anything of ours."""
    place = folder / "script.py"
    place.write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-W", "error::SyntaxWarning", place.name, *words],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert 0 == done.returncode, done.stderr + text
    return done.stdout


def shown(run: RunBuilder, record: Records, tmp_path: Path, *cells: str, words: tuple[str, ...] = ()) -> str:
    """What the script of these cells prints; the last one showed a value."""
    for cell in cells[:-1]:
        run.execution(cell)
    run.execution(cells[-1], outputs=[result("…")])
    return executed(script.build(record()), tmp_path, *words)


def test_the_script_of_an_afternoon(run: RunBuilder, record: Records) -> None:
    run.execution("%matplotlib inline\nimport math", bound=["math"], imported=["math"])
    run.execution(
        "alpha = 0.1  # strength\nuse_log = True\nn_rows = 3\nnames = ['a', 'b']", bound=["alpha", "use_log", "n_rows", "names"]
    )
    run.execution(
        'def scaled(x):\n    """Of two\n    lines."""\n    return x * alpha if use_log else x',
        bound=["scaled"],
        used=["alpha", "use_log"],
    )
    run.execution("!echo {n_rows} > rows.txt\nlines = !cat rows.txt", bound=["lines"], opaque=True)
    run.execution("total: float = sum(scaled(i) for i in range(n_rows))\n(round(total, 3), names)", bound=["total"],
                  used=["scaled", "n_rows", "names"], outputs=[result("(0.3, ['a', 'b'])")])  # fmt: skip

    assert like_gold("afternoon.txt", script.build(record()))


def test_it_runs_alone_and_the_command_line_changes_the_result(run: RunBuilder, record: Records, tmp_path: Path) -> None:
    cells = ("alpha = 0.1", "names = ['a']", "loud = False", "text = f'{alpha * 2} {names}'", "text.upper() if loud else text")

    assert "0.2 ['a']\n" == shown(run, record, tmp_path, *cells)
    text = (tmp_path / "script.py").read_text()
    assert "1.0 ['X', 'Y']\n" == executed(text, tmp_path, "--alpha", "0.5", "--names", '["x", "y"]', "--loud")


def test_what_is_no_number_is_refused_by_the_command_line(run: RunBuilder, record: Records, tmp_path: Path) -> None:
    shown(run, record, tmp_path, "n_trees = 3", "n_trees + 1")

    done = subprocess.run(
        [sys.executable, "script.py", "--n-trees", "many"], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )

    assert (2, True) == (done.returncode, "invalid int value: 'many'" in done.stderr)


def test_main_may_be_called_with_parameters(run: RunBuilder, record: Records, tmp_path: Path) -> None:
    shown(run, record, tmp_path, "rate = 2", "rate * 21")

    done = subprocess.run(
        [sys.executable, "-c", "import script; script.main(rate=5)"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ("105\n", "") == (done.stdout, done.stderr)


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (("total = [0]\ncount = 0", "def add(x):\n    global count\n    count += x", "add(4)", "count"), "4\n"),
        (("from math import *", "floor(2.5)"), "2\n"),
        (("from __future__ import annotations\nx: int = 3", "x"), "3\n"),
        (("import asyncio\nasync def f():\n    await asyncio.sleep(0)\n    return 8", "y = await f()", "y"), "8\n"),
        (("text = '''one\n  two\n'''", "text"), "one\n  two\n\n"),
        (("%env LEVEL=7\nimport os", "os.environ['LEVEL']"), "7\n"),
        (("import os\nos.makedirs('deep', exist_ok=True)\n%cd deep", "os.path.basename(os.getcwd())"), "deep\n"),
        (("%%writefile tool_of_script.py\nVALUE = 'a'\n", "import tool_of_script", "tool_of_script.VALUE"), "a\n"),
        (("word = 'low'\nlines = !echo {word}; echo high", "lines"), "['low', 'high']\n"),
        (("%%time\nz = 5\n", "z"), "5\n"),
        (("%%capture out\nz = 5\n", "z"), "5\n"),
        (("%%bash\necho 5 > five.txt\n", "open('five.txt').read().strip()"), "5\n"),
        (("class A:\n    size = 2\n    def twice(self):\n        return self.size * factor", "factor = 2\nfactor *= 2", "A().twice()"), "8\n"),
        (("import pickle\nclass P:\n    pass", "type(pickle.loads(pickle.dumps(P()))).__name__"), "P\n"),
        (("values = [1, 2]\ndel values[0]\nkeep = values\ndel values", "keep"), "[2]\n"),
        (("display('shown')", "1"), "shown\n1\n"),
        (("display('shown')", "from builtins import repr as display", "display('again')"), "shown\n'again'\n"),
        (("help?\nprint('on')", "2"), "on\n2\n"),
        (("%timeit -n1 -r1 1 + 1", "'é'"), "é\n"),
        (("if True:\n    %env DEEP=1\n    import os", "os.environ['DEEP']"), "1\n"),
        (("x = 1 if True else 2; y = (x +\n 1)", "y"), "2\n"),
    ],
)  # fmt: skip
def test_what_cells_do_a_script_does(cells: tuple[str, ...], said: str, run: RunBuilder, record: Records, tmp_path: Path) -> None:
    assert said == shown(run, record, tmp_path, *cells)


def test_what_only_ipython_can_do_is_said(run: RunBuilder, record: Records, tmp_path: Path) -> None:
    run.execution("%%sql\nselect 1\n", opaque=True).execution("_ + 1", used=["_"]).execution("print(5)", outputs=[stream("5\n")])

    text = script.build(record())

    assert "%%sql" in text
    assert "only IPython remembers that" in text
    compile(text, "script.py", "exec")


def test_hostile_names_and_texts_stay_texts(builder: JournalBuilder, record: Records, tmp_path: Path) -> None:
    run = builder.run(notebook='/home/ada/"""; import os; os.abort(); """\\.ipynb')
    run.execution("word = '%(x)s {y} \"'  # 50 % of \\ it", bound=["word"]).execution(
        "word", used=["word"], outputs=[result("…")]
    )

    assert '%(x)s {y} "\n' == executed(script.build(record()), tmp_path)
    assert "--word" in executed(script.build(record()), tmp_path, "--help")


def test_a_secret_is_asked_for_by_name(run: RunBuilder, record: Records) -> None:
    run.execution("token = '[REDACTED:token]'\nprint(len(token))", outputs=[stream("9\n")])

    text = script.build(record())

    assert 'os.environ["TOKEN"]' in text
    assert "REDACTED" not in text


def test_a_figure_does_not_print(run: RunBuilder, record: Records, tmp_path: Path) -> None:
    run.execution("drawn = [1]", outputs=[figure()])

    assert "" == executed(script.build(record()), tmp_path)


@pytest.mark.parametrize(("words", "said"), [((), "2024-02-01 2"), (("--start", "2025-01-01"), "2025-02-01 2")])
def test_a_date_is_handed_over_as_a_text_and_everybody_finds_the_date(
    words: tuple[str, ...], said: str, run: RunBuilder, record: Records, tmp_path: Path
) -> None:
    cells = (
        "from datetime import date",
        "start = date(2024, 1, 1)",
        "def month():\n    return start.replace(month=2)",
        "also = eval('start', globals())",
        "print(month(), also.replace(month=2).month)",
    )
    for cell in cells[:-1]:
        run.execution(cell)
    run.execution(cells[-1], outputs=[stream("…")])

    assert said == executed(script.build(record()), tmp_path, *words).strip()
