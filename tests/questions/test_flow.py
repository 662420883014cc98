"""Recorded names alone tell which executions used what others bound, never less than a recipe does for plain code."""

from __future__ import annotations

import random

from labjournal.questions.origin import flow
from labjournal.questions.origin.flow import Flow
from tests.builders import JournalBuilder, RunBuilder


def behind(builder: JournalBuilder, n: int, first: int = 1) -> list[int]:
    with builder.open() as journal:
        forwards = Flow(journal.origins, "r001", first, n).behind([n])
        assert forwards == flow.behind(journal.origins, "r001", n, first)
        return sorted(forwards)


def test_a_name_belongs_to_whoever_bound_it_last_for_certain(builder: JournalBuilder, run: RunBuilder) -> None:
    run.execution("a = 1", bound=["a"])
    run.execution("a = 2", bound=["a"])
    run.execution("use(a)", used=["a"])

    assert [2, 3] == behind(builder, 3)


def test_a_name_that_is_bound_perhaps_keeps_its_earlier_holders(builder: JournalBuilder, run: RunBuilder) -> None:
    run.execution("a = 1", bound=["a"])
    run.execution("if chance:\n    a = 2", bound=["a"])
    run.execution("a = 3; 1 / 0", bound=["a"], status="failed")
    run.execution("use(a)", used=["a"])

    assert [1, 2, 3, 4] == behind(builder, 4)


def test_what_changes_a_name_in_place_is_behind_it(builder: JournalBuilder, run: RunBuilder) -> None:
    run.execution("import pandas as pd\ndf = pd.read()", bound=["pd", "df"])
    run.execution("df.drop(inplace=True)", mutated=["df"])
    run.execution("other = 1", bound=["other"])
    run.execution("use(df)", used=["df"])

    assert [1, 2, 4] == behind(builder, 4)


def test_code_that_cannot_be_followed_may_have_done_anything(builder: JournalBuilder, run: RunBuilder) -> None:
    run.execution("a = 1", bound=["a"])
    run.execution("%run prepare.py", opaque=True)
    run.execution("use()", used=["b"])

    assert [1, 2, 3] == behind(builder, 3)


def test_definitions_imports_and_chained_assignments_are_certain(builder: JournalBuilder, run: RunBuilder) -> None:
    names = ["f", "C", "np", "path", "a", "b", "c"]
    run.execution("old = 1", bound=names)
    run.execution(
        "def f(): ...\nclass C: ...\nimport numpy as np, os.path\nfrom os import path\na, b = 1, 2\nc = d = 3", bound=names
    )
    run.execution("use()", used=names)

    assert [2, 3] == behind(builder, 3)


def test_names_that_were_not_recorded_are_read_from_the_code(builder: JournalBuilder, run: RunBuilder) -> None:
    run.execution("a = 1")
    run.execution("b = 2")
    run.execution("print(a)")

    assert [1, 3] == behind(builder, 3)


def test_it_may_begin_late_in_a_run(builder: JournalBuilder, run: RunBuilder) -> None:
    for n in range(5):
        run.execution(f"x{n} = x{n - 1}", bound=[f"x{n}"], used=[f"x{n - 1}"])

    assert [3, 4, 5] == behind(builder, 5, first=3)


def test_both_ways_of_walking_tell_the_same_on_random_runs(builder: JournalBuilder) -> None:
    chance = random.Random(1)
    for _ in range(20):
        run = builder.run()
        for _ in range(15):
            bound, used, mutated = (chance.sample("abcd", chance.choice((0, 0, 1, 2))) for _ in range(3))
            source = "".join(f"{name} = 1\n" if chance.random() < 0.7 else f"if x: {name} = 1\n" for name in bound) + "done"
            run.execution(source, bound=bound, used=used, mutated=mutated, opaque=chance.random() < 0.05,
                          status=chance.choice(("ok", "ok", "ok", "failed")))  # fmt: skip

    with builder.open() as journal:
        for number in range(1, 21):
            whole = Flow(journal.origins, f"r{number:03d}")
            for n in range(1, 16):
                assert whole.behind([n]) == flow.behind(journal.origins, f"r{number:03d}", n), (number, n)
