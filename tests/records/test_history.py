"""`Out[7]` and `_7` mean what they meant, in a notebook in which cells are counted anew."""

from __future__ import annotations

import pytest

from labjournal.records.history import named_history


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ([(3, "6 * 7"), (9, "Out[3] + 1")], ["shown_3 = (6 * 7)\nshown_3", "shown_3 + 1"]),
        (
            [(3, "a = 1\n[a,\n a]  # both"), (9, "print(_3, Out[3])")],
            ["a = 1\nshown_3 = ([a,\n a])\nshown_3", "print(shown_3, shown_3)"],
        ),
        ([(3, "a = 1"), (9, "_3")], ["a = 1", "_3"]),
        ([(3, "f(1); g(2)"), (9, "_3")], ["f(1); g(2)", "_3"]),
        ([(3, "6 * 7"), (9, "Out[n]")], ["6 * 7", "Out[n]"]),
        ([(3, "'é' + x"), (9, "y = 'é' + _3")], ["shown_3 = ('é' + x)\nshown_3", "y = 'é' + shown_3"]),
        ([(None, "6 * 7"), (9, "_ + 1")], ["6 * 7", "_ + 1"]),
        ([(3, "%%bash\nls"), (9, "_3")], ["%%bash\nls", "_3"]),
        ([(3, "n += 1"), (9, "exec(In[3])\nprint(_i3, In[4])")], ["n += 1", "exec('n += 1')\nprint('n += 1', In[4])"]),
    ],
)
def test_a_value_that_is_asked_for_by_number_gets_a_name(cells: list[tuple[int | None, str]], expected: list[str]) -> None:
    assert expected == named_history(cells)
