"""Environments and what stands beside their distributions, in the journal: each state once."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from labjournal import events as ev
from labjournal.journal import places, writer
from labjournal.journal.addresses import resolve
from labjournal.journal.forgetting import choose, forget
from labjournal.journal.integrity import verify
from labjournal.journal.reader import Journal
from tests.builders import START, JournalBuilder
from tests.journal.conftest import Rows


def test_what_stands_beside_distributions_takes_the_place_of_what_was_told_first(builder: JournalBuilder, rows: Rows) -> None:
    beside = {"a": {"source": "vcs", "url": "https://example.org/a", "commit": "abc1234", "requires": ["b"], "record": "f" * 64}}
    run = builder.run().environment({"a": "1"}).execution("x")
    run.environment({"a": "1"}, distributions=beside, facts={"locale": "C"})
    builder.save()
    run = builder.run().environment({"a": "1"}).execution("x")
    run.environment({"a": "1"}, distributions=beside, facts={"locale": "C"})
    builder.save()

    assert rows("SELECT count(*) FROM environments") == rows("SELECT count(*) FROM distributions") == [(1,)]
    assert rows("SELECT count(*) FROM facets") == [(0,)]
    with Journal.open(builder.folder) as journal:
        environment = journal.environment(str(journal.run("r001").environment))
    assert (environment.facts, environment.packages) == ({"locale": "C"}, {"a": "1"})
    facts = environment.distributions["a"]
    assert ("vcs", "abc1234", ["b"], None) == (facts["source"], facts["commit"], facts["requires"], facts["requested"])
    assert [] == verify(builder.folder)


def test_an_environment_taken_in_again_stays_the_whole_one(builder: JournalBuilder, rows: Rows) -> None:
    quick = ev.EnvironmentSeen("r001", 0, "1" * 64, packages={"a": "1"}, at=START)
    whole = ev.EnvironmentSeen("r001", 0, "2" * 64, packages={"a": "1"}, at=START, distributions={"a": {}})
    builder.run().execution("x")
    builder.save()
    for event in (quick, whole, quick, whole):
        writer.append(builder.folder, [event])

    assert rows("SELECT environment FROM runs") == rows("SELECT sha256 FROM environments") == [("2" * 64,)]
    assert rows("SELECT count(*) FROM facets") == [(0,)]


def test_a_changed_source_of_a_distribution_breaks_the_seal(builder: JournalBuilder) -> None:
    builder.run().environment({"a": "1"}, distributions={"a": {"source": "editable"}}).execution("x")
    builder.save()
    assert [] == verify(builder.folder)
    with closing(sqlite3.connect(builder.folder / places.DATABASE)) as connection:
        connection.execute("UPDATE distributions SET source = 'index'")
        connection.commit()
    assert ["r001"] == [problem.partition(":")[0] for problem in verify(builder.folder)]


def test_p18_distributions_that_no_run_needs_any_more_are_forgotten(builder: JournalBuilder, rows: Rows) -> None:
    for url in ("/home/ada/secret", "/home/ada/other"):
        run = builder.run().environment({"a": "1"}, distributions={"a": {"source": "editable", "url": url}})
        run.execution("x")
    builder.save()
    with Journal.open(builder.folder) as journal:
        chosen = choose(journal, [resolve(journal, "r001")])
    forget(builder.folder, chosen)
    assert rows("SELECT url FROM distributions") == [("/home/ada/other",)]
    assert b"/home/ada/secret" not in (builder.folder / places.DATABASE).read_bytes()
    assert [] == verify(builder.folder)
