"""Names: what a cell binds, uses from before, may change in place, and imports."""

from __future__ import annotations

import pytest

from labjournal.events import NamesSeen
from labjournal.recorders.code import CodeRecorder, names_in
from tests.recorders.conftest import Lab

_CASES = [
    ("a = 1", "a", "", ""),
    ("a = b + c", "a", "b c", ""),
    ("a: int = b", "a", "b int", ""),
    ("a += 1", "a", "a", "a"),
    ("a, (b, *c) = d", "a b c", "d", ""),
    ("x = 1\ny = x + 1", "x y", "", ""),
    ("y = x + 1\nx = 1", "x y", "x", ""),
    ("if flag:\n    x = 1\nprint(x)", "x", "flag print x", ""),
    ("if flag:\n    x = 1\nelse:\n    x = 2\nprint(x)", "x", "flag print", ""),
    ("for i in rows:\n    total = total + i", "i total", "rows total", ""),
    ("for i in rows: pass\nprint(i)", "i", "rows print i", ""),
    ("while n > 0: n -= 1", "n", "n", "n"),
    ("with open(p) as f: d = f.read()", "f d", "open p", "f"),
    ("try:\n    x = g()\nexcept ValueError as e:\n    x = e", "x e", "g ValueError", ""),
    ("if (n := len(a)) > 1: print(n)", "n", "len a print", ""),
    ("[f(x) for x in rows if x > t]", "", "f rows t", ""),
    ("{k: v for k, v in d.items()}", "", "d", ""),
    ("[[y for y in x] for x in rows]", "", "rows", ""),
    ("[last := x for x in rows]", "last", "rows", ""),
    ("f = lambda x, y=z: x + y + w", "f", "z w", ""),
    ("def f(x, y=z):\n    q = x\n    return q + w + f(y)", "f", "z w", ""),
    ("import numpy as np\ndef f(x): return np.mean(x)", "np f", "", ""),
    ("def main(): return helper()\ndef helper(): return 1\nmain()", "main helper", "", ""),
    ("def main(): return helper()\nmain()\ndef helper(): return 1", "main helper", "helper", ""),
    ("def f():\n    global g\n    g = 1", "f g", "", "g"),
    ("def f():\n    n = 0\n    def g():\n        nonlocal n\n        n += 1\n    return g", "f", "", ""),
    ("class A(B):\n    x = y\n    def m(self): return x + z", "A", "B y x z", ""),
    ("class A:\n    x = 1\n    y = x", "A", "", ""),
    ("@decorator\ndef f(a: T) -> U: pass", "f", "decorator T U", ""),
    ("del a, b[0]", "a", "a b", "b"),
    ("import a.b.c, d as e\nfrom f import g as h", "a e h", "", ""),
    ("rows.append(1)", "", "rows", "rows"),
    ("df.head()", "", "df", ""),
    ("df.sort_values('a', inplace=True)", "", "df", "df"),
    ("df['a'] = x", "", "df x", "df"),
    ("df.loc[0, 'a'] = x", "", "df x", "df"),
    ("a.b.c = x", "", "a x", "a"),
    ("change(df)", "", "change df", "df"),
    ("print(df, len(df), sorted(df))", "", "print df len sorted", ""),
    ("model.fit(X, y)", "", "model X y", "model"),
    ("score = model.predict(X)", "score", "model X", ""),
    ("await task", "", "task", ""),
    ("x = f'{a:>{w}} {b!r}'", "x", "a w b", ""),
    ("%time y = slow(x)", "y", "slow x", "x"),
    ("%%time\ny = slow(x)", "y", "slow x", "x"),
    ("%matplotlib inline\nx = 1", "x", "", ""),
    ("x?\ny = 1", "y", "", ""),
    ("%%writefile a.txt\nx = y", "", "", ""),
    ("%%capture out\nx = y", "out x", "y", ""),
    ("x = '\\d'", "x", "", ""),
]


@pytest.mark.parametrize(("source", "bound", "used", "mutated"), _CASES)
def test_names_are_told_by_scope(source: str, bound: str, used: str, mutated: str) -> None:
    names = names_in(source)
    assert (set(bound.split()), set(used.split()), set(mutated.split())) == (names.bound, names.used, names.mutated)
    assert not names.opaque


@pytest.mark.parametrize(
    "source",
    [
        "exec(code)",
        "y = eval('x')",
        "from a import *",
        "%run other.py",
        "%load x.py",
        "!ls",
        "files = !ls",
        "x = %store -r",
        "%%bash\nls",
        "if True print(x)",
        "globals()['x'] = 1",
    ],
)
def test_what_cannot_be_followed_is_said(source: str) -> None:
    assert names_in(source).opaque


def test_shell_and_magic_assignments_bind() -> None:
    assert {"files"} == names_in("files = !ls").bound
    assert {"a", "b"} == names_in("a, b = !ls").bound


def test_a_line_that_only_keeps_the_value_from_being_shown_is_no_python_and_hides_none() -> None:
    assert {"scores"} == names_in("scores = [1]\nplot(scores)\n;").bound


def test_imports_are_told_with_their_dots() -> None:
    assert {"a.b", "c", "..d", "."} == names_in("import a.b\nfrom c import x\nfrom ..d import y\nfrom . import z").imported


def test_modules_of_earlier_cells_are_not_changed_by_what_is_called_in_them(lab: Lab) -> None:
    lab.use(CodeRecorder)
    events = lab.run("import math as m\nx = [1.5]", "y = m.floor(x[0])", "m = []", "m.append(1)")
    seen = [event for event in events if isinstance(event, NamesSeen)]
    assert [(), (), (), ("m",)] == [event.mutated for event in seen]
    assert [1, 2, 3, 4] == [event.n for event in seen]


def test_match_statements_bind_what_they_capture() -> None:
    names = names_in("match point:\n    case {'x': x, **rest}: pass\n    case [y, *more]: pass\n    case P() as p: pass")
    assert ({"x", "rest", "y", "more", "p"}, {"point", "P"}) == (names.bound, names.used)


def test_what_ipython_made_of_a_cell_helps_where_its_text_is_no_python() -> None:
    assert {"x"} == names_in("let x be 1", "x = 1").bound


def test_no_source_makes_it_raise() -> None:
    for source in (
        "",
        "\x00",
        "x = " + "(" * 5000,
        "x = " + "-" * 100_000 + "1",
        "\ud800 = 1",
        "%%",
        "%",
        "!",
        "a = !",
        "?",
        "f'{" * 50,
        "a." * 5000 + "b = 1",
    ):
        names_in(source)
