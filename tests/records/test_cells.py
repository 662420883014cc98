"""Which executions a clean notebook keeps: the last one of a cell that was edited in place, and every one that somebody would miss."""

from __future__ import annotations

from collections.abc import Callable

from labjournal.records.cells import kept
from labjournal.records.record import Record
from tests.builders import RunBuilder, error, read, result, written

Recorded = Callable[..., Record]


def numbers(record: Record) -> list[int]:
    return [step.n for step in kept(record.steps)[0]]


def cells(run: RunBuilder, *executed: tuple[str, str]) -> None:
    """Executions, each a cell id and what it held at the time."""
    for cell_id, source in executed:
        run.execution(source, cell_id=cell_id)


def test_of_a_cell_that_was_edited_in_place_the_last_run_stays(run: RunBuilder, record: Recorded) -> None:
    cells(run, ("a", "import math"), ("b", "x = math.sin(1)"), ("b", "x = math.cos(1)"), ("c", "print(x)"))

    assert [1, 3, 4] == numbers(record())


def test_a_counter_that_ran_three_times_counts_to_three(run: RunBuilder, record: Recorded) -> None:
    cells(run, ("a", "n = 0"), ("b", "n += 1"), ("b", "n += 1"), ("b", "n += 1"), ("c", "print(n)"))

    assert [1, 2, 3, 4, 5] == numbers(record())


def test_a_value_that_another_cell_used_before_the_edit_stays(run: RunBuilder, record: Recorded) -> None:
    """The model was fitted with the first alpha, and not again: a notebook with the last one alone would give another score."""
    cells(run, ("a", "alpha = 0.1"), ("fit", "score = fit(alpha)"), ("a", "alpha = 0.5"), ("show", "print(score, alpha)"))

    assert [1, 2, 3, 4] == numbers(record())


def test_a_value_whose_user_was_executed_again_goes(run: RunBuilder, record: Recorded) -> None:
    cells(run, ("a", "alpha = 0.1"), ("fit", "score = fit(alpha)"), ("a", "alpha = 0.5"), ("fit", "score = fit(alpha)"))

    assert [3, 4] == numbers(record())


def test_what_was_added_to_a_list_is_not_lost(run: RunBuilder, record: Recorded) -> None:
    cells(run, ("a", "scores = []"), ("b", "scores.append(1)"), ("b", "scores.append(2)"), ("c", "sum(scores)"))

    assert [1, 2, 3, 4] == numbers(record())


def test_a_change_through_a_function_of_the_notebook_counts_as_well(run: RunBuilder, record: Recorded) -> None:
    cells(
        run,
        ("f", "def add(items, one):\n    items.append(one)"),
        ("a", "scores = []"),
        ("b", "add(scores, 1)"),
        ("b", "add(scores, 2)"),
    )
    cells(run, ("c", "sum(scores)"))

    assert [1, 2, 3, 4, 5] == numbers(record())


def test_a_cell_that_only_looks_is_kept_once(run: RunBuilder, record: Recorded) -> None:
    cells(run, ("a", "table = load()"))
    for source in ("table.head()", "table.head(20)", "table.describe()"):
        run.execution(source, cell_id="look", outputs=[result("…")])
    cells(run, ("c", "table.sum()"))

    assert [1, 4, 5] == numbers(record())


def test_a_cell_that_cleans_what_it_made_itself_is_kept_once(run: RunBuilder, record: Recorded) -> None:
    clean = "clean = raw.dropna()\nclean['price'] = clean['price'].abs()"
    cells(run, ("a", "raw = load()"), ("b", clean), ("b", clean + "\nclean = clean.head(9)"), ("c", "clean.sum()"))

    assert [1, 3, 4] == numbers(record())


def test_a_cell_that_cleans_what_another_made_is_kept_as_often_as_it_ran(run: RunBuilder, record: Recorded) -> None:
    cells(
        run,
        ("a", "raw = load()"),
        ("b", "raw['price'] = raw['price'] * 2"),
        ("b", "raw['price'] = raw['price'] * 2"),
        ("c", "raw.sum()"),
    )

    assert [1, 2, 3, 4] == numbers(record())


def test_numbers_drawn_from_a_seeded_stream_are_drawn_as_often_as_before(run: RunBuilder, record: Recorded) -> None:
    draw = "sample = np.random.normal(size=3)"
    cells(run, ("a", "import numpy as np\nnp.random.seed(0)"), ("b", draw), ("b", draw), ("c", "print(sample)"))

    assert [1, 2, 3, 4] == numbers(record())


def test_a_generator_object_is_used_up_by_being_used(run: RunBuilder, record: Recorded) -> None:
    cells(
        run, ("a", "rng = np.random.default_rng(0)"), ("b", "sample = rng.normal(size=3)"), ("b", "sample = rng.normal(size=4)")
    )

    assert [1, 2, 3] == numbers(record())


def test_unseeded_draws_are_kept_once(run: RunBuilder, record: Recorded) -> None:
    cells(run, ("a", "import random"), ("b", "x = random.random()"), ("b", "x = random.random() * 2"), ("c", "print(x)"))

    assert [1, 3, 4] == numbers(record())


def test_imports_that_grew_stand_where_they_began(run: RunBuilder, record: Recorded) -> None:
    cells(run, ("a", "import math"), ("b", "x = math.pi"), ("a", "import math\nimport json"), ("c", "json.dumps(x)"))

    assert [3, 2, 4] == numbers(record())


def test_imports_that_lost_a_name_in_use_stay_both(run: RunBuilder, record: Recorded) -> None:
    cells(run, ("a", "import math"), ("b", "x = math.pi"), ("a", "import json"), ("c", "json.dumps(x)"))

    assert [1, 2, 3, 4] == numbers(record())


def test_a_name_read_inside_a_function_counts_where_the_function_may_be_called(run: RunBuilder, record: Recorded) -> None:
    cells(
        run,
        ("f", "def price():\n    return base * 2"),
        ("a", "base = 1"),
        ("b", "first = price()"),
        ("a", "base = 2"),
        ("c", "print(first, base)"),
    )

    assert [1, 2, 3, 4, 5] == numbers(record())


def test_a_file_that_another_cell_read_was_written_for_it(run: RunBuilder, record: Recorded) -> None:
    run.execution("save(1)", cell_id="a", writes=[written("/home/ada/a.csv", b"1")])
    run.execution("x = open('a.csv').read()", cell_id="b", reads=[read("/home/ada/a.csv", b"1")])
    run.execution("save(2)", cell_id="a", writes=[written("/home/ada/a.csv", b"2")])

    assert [1, 2, 3] == numbers(record())


def test_what_cannot_be_followed_is_never_left_out(run: RunBuilder, record: Recorded) -> None:
    cells(run, ("a", "exec(text)"), ("a", "exec(text)"), ("b", "%%bash\necho 1 >> a.txt"), ("b", "%%bash\necho 1 >> a.txt"))

    assert [1, 2, 3, 4] == numbers(record())


def test_a_line_magic_goes_with_its_cell_where_the_later_run_has_it_too(run: RunBuilder, record: Recorded) -> None:
    cells(
        run,
        ("a", "%matplotlib inline\nx = 1"),
        ("a", "%matplotlib inline\nx = 2"),
        ("b", "%load_ext autoreload\ny = x"),
        ("b", "y = x"),
    )

    assert [2, 3, 4] == numbers(record())


def test_what_did_not_succeed_is_left_out_with_its_reason(run: RunBuilder, record: Recorded) -> None:
    run.execution("x = 1 / 0", outputs=[error("ZeroDivisionError")], status="failed")
    run.execution("while True: pass", status="interrupted").execution("", off=True).execution("x = 1").execution("  \n")

    stay, left_out = kept(record().steps)

    assert [4] == [step.n for step in stay]
    assert ["it failed", "it was interrupted", "it asked not to be recorded", "it holds no code"] == [one.why for one in left_out]


def test_the_last_successful_run_of_a_cell_counts_where_a_later_one_failed(run: RunBuilder, record: Recorded) -> None:
    run.execution("x = 1", cell_id="a").execution("x = 1 / 0", cell_id="a", status="failed").execution("print(x)", cell_id="b")

    assert [1, 3] == numbers(record())


def test_a_loop_variable_is_a_name_like_any_other(run: RunBuilder, record: Recorded) -> None:
    cells(run, ("a", "for n in range(3):\n    pass"), ("b", "last = n"), ("a", "n = 9"))

    assert [1, 2, 3] == numbers(record())


def test_a_function_called_before_a_name_is_bound_anew_reads_the_old_one(run: RunBuilder, record: Recorded) -> None:
    cells(run, ("f", "def h():\n    return b"), ("a", "b = [5]"), ("c", "b = h()"), ("a", "b = [6]"))

    assert [1, 2, 3, 4] == numbers(record())


def test_a_recipe_does_without_a_cell_that_says_what_kernels_do_anyway(run: RunBuilder, record: Recorded) -> None:
    run.execution("%matplotlib inline\n# figures", opaque=True).execution("import math").execution("print(math.pi)")
    steps = record().steps

    assert [2, 3] == [step.n for step in kept(steps, target=3)[0]]
    assert [1, 2, 3] == [step.n for step in kept(steps)[0]], "a whole run is left as it was"
