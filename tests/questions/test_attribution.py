"""Which parameters stand behind a result: where a name was only set to zero to be counted on, that is none."""

from __future__ import annotations

import pytest

from labjournal.events import ParameterSet
from labjournal.questions.results.attribution import behind_results
from tests.builders import JournalBuilder, metric, parameter


def literal(name: str, value: object) -> ParameterSet:
    return parameter(name, value, source="literal")


def behind(builder: JournalBuilder, run: str, n: int) -> dict[str, object]:
    with builder.open() as journal:
        return {each.name: each.value for each in behind_results(journal.results, run, [n])[n].parameters}


def test_a_name_that_a_later_cell_counts_on_was_no_setting(builder: JournalBuilder) -> None:
    run = builder.run()
    run.execution(
        "w = 0.0\nbias = 0\nlr = 0.1", bound=["w", "bias", "lr"], seen=[literal("w", 0.0), literal("bias", 0), literal("lr", 0.1)]
    )
    run.execution("w = w - lr\nloss = w + bias", bound=["w", "loss"], used=["w", "lr", "bias"], seen=[metric("loss", 0.5)])
    assert {"bias": 0, "lr": 0.1} == behind(builder, run.run, 2)


@pytest.mark.parametrize("value", [0.1, 1, "", False])
def test_what_was_set_to_something_is_a_setting_also_where_it_decays(builder: JournalBuilder, value: object) -> None:
    run = builder.run()
    run.execution(f"lr = {value!r}", bound=["lr"], seen=[literal("lr", value)])
    run.execution("lr = lr * 0.5\nloss = lr", bound=["lr", "loss"], used=["lr"], seen=[metric("loss", 0.5)])
    assert {"lr": value} == behind(builder, run.run, 2)


def test_a_name_that_is_set_to_zero_again_is_a_setting_until_it_is_counted_on(builder: JournalBuilder) -> None:
    run = builder.run()
    run.execution("k = 0", bound=["k"], seen=[literal("k", 0)])
    run.execution("k += 1", bound=["k"], used=["k"])
    run.execution("k = 0", bound=["k"], seen=[literal("k", 0)])
    run.execution("loss = k", bound=["loss"], used=["k"], seen=[metric("loss", 0.5)])
    assert {"k": 0} == behind(builder, run.run, 4)


def test_what_is_imported_carries_nothing_of_the_cell_that_imports_it(builder: JournalBuilder) -> None:
    run = builder.run()
    run.execution("depth = 4", bound=["depth"], seen=[literal("depth", 4)])
    run.execution("from lib import Model\nparts = split(depth)", bound=["Model", "parts"], used=["depth", "split"])
    run.execution("loss = Model(1).loss", bound=["loss"], used=["Model"], seen=[metric("loss", 0.5)])
    run.execution("loss = Model(parts).loss", bound=["loss"], used=["Model", "parts"], seen=[metric("loss", 0.25)])
    assert ({}, {"depth": 4}) == (behind(builder, run.run, 3), behind(builder, run.run, 4))
