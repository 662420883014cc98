"""The recipe of a result holds what it depends on, in the order it ran: too many rather than wrong."""

from __future__ import annotations

from collections.abc import Callable

from labjournal import events as ev
from labjournal.journal.rows import Address
from labjournal.questions.recipe.slicing import explained, recipe
from tests.builders import JournalBuilder, RunBuilder, deleted, read, written

Steps = Callable[[int], list[int]]


def test_a_run_is_its_own_recipe(builder: JournalBuilder, run: RunBuilder) -> None:
    run.execution("a = 1", bound=["a"]).execution("1/0", status="failed").execution("b = 2", bound=["b"])

    with builder.open() as journal:
        assert [1, 2, 3] == [execution.n for execution in recipe(journal, Address(run.run))]


def test_only_what_binds_the_names_that_are_used_is_in(run: RunBuilder, steps: Steps) -> None:
    run.execution("a = 1", bound=["a"]).execution("b = 2", bound=["b"]).execution("c = a", bound=["c"], used=["a"])

    assert [1, 3] == steps(3)


def test_names_are_followed_all_the_way(run: RunBuilder, steps: Steps) -> None:
    run.execution("import math", bound=["math"], imported=["math"])
    run.execution("a = math.pi", bound=["a"], used=["math"]).execution("z = 0", bound=["z"])
    run.execution("b = a", bound=["b"], used=["a"]).execution("print(b)", used=["b"])

    assert [1, 2, 4, 5] == steps(5)


def test_what_a_name_held_before_it_was_bound_anew_is_left_out(run: RunBuilder, steps: Steps) -> None:
    run.execution("a = 1", bound=["a"]).execution("a = 2", bound=["a"]).execution("print(a)", used=["a"])

    assert [2, 3] == steps(3)


def test_a_binding_that_may_not_have_happened_does_not_hide_the_one_before(run: RunBuilder, steps: Steps) -> None:
    run.execution("a = 1", bound=["a"]).execution("if flag:\n    a = 2", bound=["a"], used=["flag"]).execution(
        "print(a)", used=["a"]
    )

    assert [1, 2, 3] == steps(3)


def test_a_cell_that_runs_three_times_counts_to_three(run: RunBuilder, steps: Steps) -> None:
    run.execution("n = 0", bound=["n"])
    for _ in range(3):
        run.execution("n += 1", bound=["n"], used=["n"], mutated=["n"])
    run.execution("print(n)", used=["n"])

    assert [1, 2, 3, 4, 5] == steps(5)


def test_a_change_in_place_is_in(run: RunBuilder, steps: Steps) -> None:
    run.execution("rows = []", bound=["rows"]).execution("rows.append(1)", used=["rows"], mutated=["rows"])
    run.execution("len(rows)", used=["rows"])

    assert [1, 2, 3] == steps(3)


def test_a_change_through_another_name_of_the_same_object_is_in(run: RunBuilder, steps: Steps) -> None:
    run.execution("fig, ax = plt.subplots()", bound=["fig", "ax"], used=["plt"])
    run.execution("ax.plot([1])", used=["ax"], mutated=["ax"]).execution("fig.savefig('a.png')", used=["fig"], mutated=["fig"])

    assert [1, 2, 3] == steps(3)


def test_what_a_function_reads_is_needed_where_it_is_called(run: RunBuilder, steps: Steps) -> None:
    """`rate` is bound after `f` was defined and before it is called."""
    run.execution("def f():\n    return rate * 2", bound=["f"], used=["rate"])
    run.execution("rate = 3", bound=["rate"]).execution("other = 1", bound=["other"]).execution("f()", used=["f"])

    assert [1, 2, 4] == steps(4)


def test_a_local_variable_of_a_function_is_nobody_elses(run: RunBuilder, steps: Steps) -> None:
    run.execution("total = 5", bound=["total"]).execution("def f(x):\n    total = x\n    return total", bound=["f"])
    run.execution("f(1)", used=["f"])

    assert [2, 3] == steps(3)


def test_who_wrote_the_file_that_is_read_is_in(run: RunBuilder, steps: Steps) -> None:
    run.execution("open('a.csv', 'w').write('1')", writes=[written("/home/ada/a.csv", b"1")])
    run.execution("open('b.csv', 'w').write('2')", writes=[written("/home/ada/b.csv", b"2")])
    run.execution("x = open('a.csv').read()", bound=["x"], reads=[read("/home/ada/a.csv", b"1")])

    assert [1, 3] == steps(3)


def test_who_removed_the_file_that_is_read_later_is_in(run: RunBuilder, steps: Steps) -> None:
    run.execution("log.unlink()", used=["log"], writes=[deleted("/home/ada/a.log")])
    run.execution("open('a.log', 'a').write('x')", writes=[written("/home/ada/a.log", b"x")])
    run.execution("x = open('a.log').read()", bound=["x"], reads=[read("/home/ada/a.log", b"x")])

    assert [1, 2, 3] == steps(3)


def test_words_in_what_cannot_be_followed_may_be_names(run: RunBuilder, steps: Steps) -> None:
    run.execution("rate = 3", bound=["rate"]).execution("other = 3", bound=["other"])
    run.execution("x = eval('rate * 2')", bound=["x"], opaque=True)
    run.execution("print(x)", used=["x"])

    assert [1, 3, 4] == steps(4)


def test_what_cannot_be_followed_is_in(run: RunBuilder, steps: Steps) -> None:
    run.execution("exec(code)", used=["code"], opaque=True).execution("!mkdir out", opaque=True).execution("a = 1", bound=["a"])

    assert [1, 2, 3] == steps(3)


def test_code_of_which_no_names_were_recorded_is_in(run: RunBuilder, steps: Steps) -> None:
    """The recorder was muted: what was bound there is read off the text, and nothing is ruled out."""
    run.execution("a = 1").execution("b = 2", bound=["b"]).execution("print(b)", used=["b"])

    assert [1, 2, 3] == steps(3)


def test_a_failed_execution_is_left_out(run: RunBuilder, steps: Steps) -> None:
    run.execution("a = 1", bound=["a"]).execution("a.boom()", used=["a"], mutated=["a"], status="failed").execution(
        "print(a)", used=["a"]
    )

    assert [1, 3] == steps(3)


def test_a_failed_execution_that_alone_can_have_bound_a_name_is_in_and_said(builder: JournalBuilder, run: RunBuilder) -> None:
    run.execution("a = 1\n1/0", bound=["a"], status="failed").execution("print(a)", used=["a"])

    with builder.open() as journal:
        answer = explained(journal, Address(run.run, 2))

    assert [1, 2] == [step.execution.n for step in answer.steps]
    assert ["r001/1 did not end well (failed), yet what it bound or wrote is needed."] == list(answer.warnings)


def test_a_failed_attempt_that_was_repeated_well_is_left_out(run: RunBuilder, steps: Steps) -> None:
    run.execution("a = 1\n1/0", bound=["a"], status="failed").execution("a = 1\nprint(a)", bound=["a"]).execution(
        "print(a)", used=["a"]
    )

    assert [2, 3] == steps(3)


def test_a_seed_is_in_where_a_library_may_draw(builder: JournalBuilder, run: RunBuilder) -> None:
    """Nothing that the seed binds is used, and nothing seen draws: it is in from caution."""
    run.execution("import numpy as np", bound=["np"], imported=["numpy"]).execution("np.random.seed(0)", used=["np"])
    run.execution("import simulation", bound=["simulation"], imported=["simulation"])
    run.execution("print(simulation.run())", used=["simulation"])

    with builder.open() as journal:
        answer = explained(journal, Address(run.run, 4)).steps

    assert [(1, False), (2, True), (3, False), (4, False)] == [(step.execution.n, step.cautious) for step in answer]


def test_a_seed_is_left_out_where_nothing_is_drawn(run: RunBuilder, steps: Steps) -> None:
    run.execution("import numpy as np", bound=["np"], imported=["numpy"]).execution("np.random.seed(0)", used=["np"])
    run.execution("x = [1]", bound=["x"]).execution("print(x)", used=["x"])

    assert [3, 4] == steps(4)


def test_a_later_seed_makes_the_draws_before_it_idle(run: RunBuilder, steps: Steps) -> None:
    run.execution("import random", bound=["random"], imported=["random"]).execution("random.seed(1)", used=["random"])
    run.execution("a = random.random()", bound=["a"], used=["random"]).execution("random.seed(2)", used=["random"])
    run.execution("b = random.random()", bound=["b"], used=["random"])

    assert [1, 4, 5] == steps(5)


def test_numbers_drawn_before_are_in_where_numbers_are_drawn(run: RunBuilder, steps: Steps) -> None:
    run.execution("import random", bound=["random"], imported=["random"])
    run.execution("noise = random.random()", bound=["noise"], used=["random"])
    run.execution("x = random.random()", bound=["x"], used=["random"])

    assert [1, 2, 3] == steps(3)


def test_a_draw_that_no_text_tells_is_in_where_it_was_seen(builder: JournalBuilder, run: RunBuilder) -> None:
    """The library draws from numpy's generator; its state was another afterwards."""
    drew = ev.RandomnessSeen("", 0, {"numpy": {"before": "a", "after": "b", "drawn": True, "seeded": False}})
    run.execution("import numpy as np\nimport world", bound=["np", "world"], imported=["numpy", "world"])
    run.execution("np.random.seed(0)", used=["np"]).execution("world.grow()", used=["world"], seen=[drew])
    run.execution("idle = 1", bound=["idle"]).execution("print(world.size())", used=["world"], seen=[drew])

    with builder.open() as journal:
        answer = explained(journal, Address(run.run, 5)).steps

    assert [1, 2, 3, 5] == [step.execution.n for step in answer]
    assert not any(step.cautious for step in answer)


def test_what_was_watched_and_not_seen_to_draw_drew_nothing(run: RunBuilder, steps: Steps) -> None:
    """`fit` may draw from numpy's generator: each try would need all tries before it."""
    watched = ev.FacetSeen(run.run, 2, "watched_generators", ["numpy", "random"])
    fit = "m = make_pipeline(Model(C=C)).fit(X)"
    run.execution("from pipes import Model, make_pipeline\nX = read()", bound=["Model", "make_pipeline", "X"], imported=["pipes"])
    run.execution(f"C = 1\n{fit}", bound=["C", "m"], used=["make_pipeline", "Model", "X"], seen=[watched])
    run.execution(f"C = 2\n{fit}", bound=["C", "m"], used=["make_pipeline", "Model", "X"])

    assert [1, 3] == steps(3)


def test_a_setter_of_an_object_is_no_setting(run: RunBuilder, steps: Steps) -> None:
    run.execution("ax = object()", bound=["ax"]).execution("ax.set_title('x')", used=["ax"], mutated=["ax"])
    run.execution("x = 1", bound=["x"]).execution("print(x)", used=["x"])

    assert [3, 4] == steps(4)


def test_the_last_result_is_found_by_its_number(run: RunBuilder, steps: Steps) -> None:
    run.execution("6 * 7").execution("a = 1", bound=["a"]).execution("_1 + 1", used=["_1"])

    assert [1, 3] == steps(3)


def test_the_underscore_is_what_was_shown_before(run: RunBuilder, steps: Steps) -> None:
    run.execution("a = 1", bound=["a"]).execution("6 * 7").execution("_ + 1", used=["_"])

    assert [2, 3] == steps(3)


def test_what_comes_after_the_target_does_not_matter(run: RunBuilder, steps: Steps) -> None:
    run.execution("a = 1", bound=["a"]).execution("print(a)", used=["a"]).execution("a = 2", bound=["a"])

    assert [1, 2] == steps(2)


def test_magics_do_not_hide_the_python_around_them(run: RunBuilder, steps: Steps) -> None:
    run.execution("%matplotlib inline\na = 1", bound=["a"]).execution("%%time\nb = a", bound=["b"], used=["a"])
    run.execution("a = 5", bound=["a"]).execution("print(b)", used=["b"])

    assert [1, 2, 4] == steps(4)


def test_it_says_what_nothing_recorded_binds(builder: JournalBuilder, run: RunBuilder) -> None:
    run.execution("print(secret_constant)", used=["secret_constant"])

    with builder.open() as journal:
        assert ("Nothing recorded before binds 'secret_constant'.",) == explained(journal, Address(run.run, 1)).warnings


def test_it_says_that_a_cell_was_not_recorded(builder: JournalBuilder, run: RunBuilder) -> None:
    run.execution("", off=True).execution("a = 1", bound=["a"])

    with builder.open() as journal:
        answer = explained(journal, Address(run.run, 2))

    assert ("r001/1 was not recorded at a person's wish; what was done there is not known.",) == answer.warnings


def test_every_step_says_why_it_is_in(builder: JournalBuilder, run: RunBuilder) -> None:
    run.execution("a = 1", bound=["a"]).execution("b = a", bound=["b"], used=["a"])

    with builder.open() as journal:
        assert [("binds 'a'",), ("is asked for",)] == [step.why for step in explained(journal, Address(run.run, 2)).steps]


def test_everything_that_was_drawn_is_in(run: RunBuilder, steps: Steps) -> None:
    """`plot` leaves a data frame as it was, but not the axes, however they are handed on; what else is done with the data stays out."""
    run.execution("df = load()", bound=["df"], used=["load"]).execution(
        "fig, axes = plt.subplots(2)", bound=["fig", "axes"], used=["plt"]
    )
    run.execution("ax = axes[0]", bound=["ax"], used=["axes"]).execution("ax.plot(df.x)", used=["ax", "df"])
    run.execution("df.plot(ax=ax)", used=["ax", "df"]).execution("df.hist()", used=["df"])
    run.execution("fig.savefig('a.png')", used=["fig"])

    assert [1, 2, 3, 4, 5, 7] == steps(7)


def test_a_drawing_is_no_part_of_the_data_that_was_drawn(run: RunBuilder, steps: Steps) -> None:
    run.execution("df = load()", bound=["df"], used=["load"]).execution("ax = df.plot()", bound=["ax"], used=["df"])
    run.execution("ax.set_title('x')", used=["ax"], mutated=["ax"]).execution("df.sum()", used=["df"])

    assert [1, 4] == steps(4)
