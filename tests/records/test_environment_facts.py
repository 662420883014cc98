"""What the page says of the environment: libraries with threads, locale, and packages that came from no index."""

from __future__ import annotations

from labjournal import events as ev
from labjournal.journal.addresses import resolve
from labjournal.records.facts import about
from labjournal.records.record import build
from tests.builders import JournalBuilder


def test_libraries_locale_and_sources_are_told(builder: JournalBuilder) -> None:
    run = builder.run().environment(
        {"numpy": "2.0", "mine": "0.1", "broken": "1"},
        used=["numpy", "mine", "broken"],
        distributions={
            "numpy": {"source": "index"},
            "mine": {"source": "vcs", "url": "https://example.org/mine", "commit": "0123456789abcdef"},
            "broken": {"source": "index", "reason": "its metadata is damaged"},
        },
        facts={"locale": "de_DE.UTF-8", "locale_numbers": "C", "time_zone": "Europe/Berlin"},
    )
    blas = {"kind": "blas", "name": "openblas", "version": "0.3.27", "threads": 2, "package": "numpy"}
    run.event(ev.FacetSeen(run.run, 0, "libraries", {"loaded": [blas, {"name": "gomp", "threads": 1}], "reason": ""}))
    run.execution("1")
    with builder.open() as journal:
        told = dict(about(build(journal, resolve(journal, "last"))))
    assert "openblas 0.3.27 of numpy, 2 threads; gomp, 1 thread" == told["Libraries"]
    assert "de_DE.UTF-8, Europe/Berlin" == told["Locale"]
    assert "broken 1 (its metadata is damaged), mine 0.1 (repository, commit 0123456789ab)" == told["Sources"]


def test_what_was_not_looked_at_leaves_no_line(builder: JournalBuilder) -> None:
    builder.run().environment({"numpy": "2.0"}, used=["numpy"]).execution("1")
    with builder.open() as journal:
        told = dict(about(build(journal, resolve(journal, "last"))))
    assert "" == told["Libraries"] + told["Locale"] + told["Sources"]
