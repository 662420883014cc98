"""What `--grid` is given, and which tries it stands for."""

from __future__ import annotations

import pytest

from labjournal.errors import LabjournalError
from labjournal.replay.sweeps.grid import combinations, grid


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("0.1,0.2", ["0.1", "0.2"]),
        (" 1 , 2 ", ["1", "2"]),
        ("[1, 2],[3]", ["[1, 2]", "[3]"]),
        ("'a,b',c", ["'a,b'", "c"]),
        ("{'a': '}'},(1, ')')", ["{'a': '}'}", "(1, ')')"]),
        ("it's,1", ["it's", "1"]),
        (r"'a\',b',1", [r"'a\',b'", "1"]),
        ("''", ["''"]),
        ("1,1.0,1", ["1", "1.0"]),
        ("NaN,nan,Infinity", ["NaN", "nan", "Infinity"]),
        ("ü,=,a=b", ["ü", "=", "a=b"]),
    ],
)
def test_values_are_cut_at_commas_outside_brackets_and_quotes_and_stand_once(text: str, values: list[str]) -> None:
    assert {"x": values} == grid([("x", text)])


def test_every_combination_is_a_try_and_what_is_fixed_stands_in_all() -> None:
    assert [
        {"seed": "3", "a": "1", "b": "x"},
        {"seed": "3", "a": "1", "b": "y"},
        {"seed": "3", "a": "2", "b": "x"},
        {"seed": "3", "a": "2", "b": "y"},
    ] == combinations(grid([("a", "1,2"), ("b", "x,y")]), {"seed": "3"})


@pytest.mark.parametrize(
    ("given", "fixed", "message"),
    [
        ([("x", "")], {}, "A value of 'x' is empty."),
        ([("x", "1,,2")], {}, "A value of 'x' is empty."),
        ([("x", "[1,2")], {}, "A value of 'x' does not end: '[1,2'. It lacks ]."),
        ([("x", "'a,b")], {}, "A value of 'x' does not end"),
        ([("x", "1"), ("x", "2")], {}, "The grid names 'x' twice."),
        ([("x", "1")], {"x": "2"}, "'x' stands in -p and in the grid."),
        ([("x", ",".join(map(str, range(101)))), ("y", ",".join(map(str, range(100))))], {}, "The grid stands for 10,100 tries."),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_sentence(given: list[tuple[str, str]], fixed: dict[str, str], message: str) -> None:
    with pytest.raises(LabjournalError) as refused:
        combinations(grid(given), fixed)

    assert str(refused.value).startswith(message)
