"""What the text of a cell says beyond the names that were recorded."""

from __future__ import annotations

import pytest

from labjournal.questions.reading import read


@pytest.mark.parametrize(
    ("source", "free"),
    [
        ("b = a", {"a"}),
        ("a = 1\nb = a", set()),
        ("a = a + 1", {"a"}),
        ("a += 1", {"a"}),
        ("a[0] = 1", {"a"}),
        ("a.b = c", {"a", "c"}),
        ("del a", {"a"}),
        ("if x:\n    a = 1\nprint(a)", {"x", "a", "print"}),
        ("for i in rows:\n    total = i", {"rows"}),
        ("[x for x in rows if x > y]", {"rows", "y"}),
        ("{x: y for x, y in z}", {"z"}),
        ("[x for x in x]", {"x"}),
        ("with open(p) as f:\n    f.read()", {"open", "p"}),
        ("try:\n    a = b\nexcept E as e:\n    e", {"b", "E"}),
        ("while a:\n    b = a", {"a"}),
        ("def f(x=a):\n    return b", {"a"}),
        ("class C(B):\n    x = y", {"B", "y"}),
        ("@deco\ndef f(): pass", {"deco"}),
        ("f = lambda x=d: x + late", {"d"}),
        ("import numpy as np\nnp.pi", set()),
        ("x: int = y", {"int", "y"}),
        ("print(f'{a:{w}}')", {"print", "a", "w"}),
        ("(n := 3) and m", {"m"}),
        ("await get(url)", {"get", "url"}),
    ],
)
def test_names_that_are_needed_from_before(source: str, free: set[str]) -> None:
    assert free == read(source).free


@pytest.mark.parametrize(
    ("source", "definite"),
    [
        ("a = b, c = 1, 2", {"a", "b", "c"}),
        ("(a, *b), c = x", {"a", "b", "c"}),
        ("a[0] = 1\nb.c = 2", set()),
        ("if x:\n    a = 1\nelse:\n    a = 2\n    b = 3", {"a"}),
        ("for i in x:\n    a = 1", set()),
        ("try:\n    a = 1\nexcept E:\n    pass", set()),
        ("with x as f:\n    a = 1", {"f"}),
        ("from os import path as p, sep\nimport a.b", {"p", "sep", "a"}),
        ("from os import *", set()),
        ("def f(): pass\nclass C: pass", {"f", "C"}),
        ("a: int", set()),
    ],
)
def test_names_that_are_bound_whichever_way_it_runs(source: str, definite: set[str]) -> None:
    assert definite == read(source).definite


def test_names_that_are_read_when_a_function_is_called() -> None:
    assert {"rate", "print"} == read(
        "def f(x):\n    y = x * rate\n    print(y)\n    def g():\n        return y\n    return g"
    ).late


@pytest.mark.parametrize(
    "source",
    [
        "%matplotlib inline\na = 1",
        "a = 1\n!ls -l",
        "a = 1\nfiles = !ls",
        "%%time\na = 1",
        "a = 1\ndf.head?",
        "a = 1\nfor i in b:\n    %timeit i",
        "a = 1\n?print",
    ],
)
def test_magics_are_read_around(source: str) -> None:
    answer = read(source)

    assert answer.parsed
    assert "a" in answer.definite


@pytest.mark.parametrize("source", ["%%bash\nls -l $x", "def (", "a = 'never ends", "\x00", "x" + "(" * 5000, "-" * 100_000])
def test_what_is_not_python_is_no_traceback(source: str) -> None:
    assert not read(source).parsed


@pytest.mark.parametrize(
    ("source", "settings"),
    [
        ("np.random.seed(0)", {"np"}),
        ("pd.set_option('a', 1)", {"pd"}),
        ("os.environ['A'] = 'b'", {"os"}),
        ("plt.rcParams['x'] = 1", {"plt"}),
        ("sys.path.insert(0, 'x')", {"sys"}),
        ("Path('out').mkdir()", {"Path"}),
        ("torch.manual_seed(0)", {"torch"}),
        ("np.mean(x)", set()),
        ("print(x)", set()),
        ("x = np.zeros(3)", set()),
    ],
)
def test_what_is_called_for_the_change_it_makes(source: str, settings: set[str]) -> None:
    assert settings == read(source).settings


@pytest.mark.parametrize(
    ("source", "draws"),
    [
        ("np.random.rand(3)", True),
        ("df.sample(5)", True),
        ("random.shuffle(x)", True),
        ("RandomForest(random_state=0)", False),
        ("brand = operand", False),
    ],
)
def test_where_numbers_are_drawn(source: str, draws: bool) -> None:
    assert draws == read(source).random
