"""The numbers of a whole run are read without reading all of them, and are those that reading all of them gives."""

from __future__ import annotations

import random

from labjournal.journal.reader import Journal
from labjournal.questions.metrics import of_run, with_printed_names
from tests.builders import JournalBuilder, RunBuilder, metric

SOURCES = ("explicit", "returned", "bound", "printed")


def test_the_last_number_of_each_name_counts_however_it_is_found(builder: JournalBuilder, run: RunBuilder) -> None:
    chance = random.Random(5)
    for n in range(60):
        seen = [
            metric(
                name,
                chance.choice((0.25, 0.5, float("nan"))),
                source=chance.choice(SOURCES),
                confidence=chance.choice((0.5, 0.9)),
            )
            for name in chance.sample(["acc", "accuracy", "loss", "f1", "rmse"], chance.randrange(4))
        ]
        run.execution(f"step({n})", seen=seen)

    with Journal.open(builder.save()) as journal:
        expected = with_printed_names(journal.sure_metrics(run.run), journal.printed_metrics(run.run))
        assert repr(expected) == repr(of_run(journal, run.run))
        assert len(expected) > 3
