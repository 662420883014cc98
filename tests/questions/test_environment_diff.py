"""Environments that differ in more than versions: sources, builds, libraries, threads, locale, drivers; each a cause of its own."""

from __future__ import annotations

from typing import Any

import pytest

from labjournal import events as ev
from labjournal.journal.addresses import resolve
from labjournal.questions.difference.answers import WhatChanged
from labjournal.questions.difference.diff import diff
from tests.builders import JournalBuilder

BLAS = {"kind": "blas", "name": "openblas", "version": "0.3.27", "threads": 2, "package": "numpy", "file": "libopenblas.so"}


def compared(builder: JournalBuilder, *sides: dict[str, Any]) -> WhatChanged:
    """Two runs that are the same but for their environment; the number moved."""
    for place, side in enumerate(sides):
        beside = {"source": "index", "record": "a" * 64, **side.get("beside", {})}
        run = builder.run().environment(
            {"numpy": side.get("numpy", "2.0")},
            used=["numpy"],
            distributions={"numpy": beside},
            facts={"locale": "C.UTF-8", "time_zone": "UTC", **side.get("facts", {})},
            hardware={"cores": 8, "gpu_driver": "550.1", **side.get("hardware", {})},
        )
        run.execution("import numpy as np", bound=["np"], imported=["numpy"], cell_id="a")
        run.event(ev.PackagesUsed(run.run, 1, ("numpy",)))
        run.event(ev.FacetSeen(run.run, 0, "libraries", {"loaded": [{**BLAS, **side.get("blas", {})}], "reason": ""}))
        run.execution("score = np.dot(x, x)", used=["np"], bound=["score"], cell_id="b", metrics={"score": 0.9 + place / 100})
    with builder.open() as journal:
        return diff(journal, resolve(journal, "r001"), resolve(journal, "r002"))


@pytest.mark.parametrize(
    ("side", "name", "values", "said"),
    [
        (
            {"blas": {"version": "0.3.31"}},
            "library openblas of numpy",
            ("0.3.27", "0.3.31"),
            "library openblas of numpy 0.3.27 → 0.3.31",
        ),
        ({"blas": {"threads": 16}}, "threads openblas of numpy", (2, 16), "threads openblas of numpy 2 → 16"),
        ({"facts": {"locale": "de_DE.UTF-8"}}, "locale", ("C.UTF-8", "de_DE.UTF-8"), "locale C.UTF-8 → de_DE.UTF-8"),
        ({"facts": {"time_zone": "Europe/Berlin"}}, "time zone", ("UTC", "Europe/Berlin"), "time zone UTC → Europe/Berlin"),
        ({"hardware": {"gpu_driver": "560.2"}}, "hardware gpu_driver", ("550.1", "560.2"), "hardware gpu_driver 550.1 → 560.2"),
        (
            {"beside": {"source": "vcs", "url": "https://example.org/numpy", "commit": "0123456789abcdef"}},
            "source of numpy",
            ("index", "vcs https://example.org/numpy at 0123456789ab"),
            "the source of numpy is another: index → vcs https://example.org/numpy at 0123456789ab",
        ),
        (
            {"beside": {"record": "b" * 64}},
            "build of numpy",
            ("a" * 12, "b" * 12),
            f"the build of numpy is another: {'a' * 12} → {'b' * 12}",
        ),
    ],
)
def test_each_is_told_and_a_cause_of_its_own(
    builder: JournalBuilder, side: dict[str, Any], name: str, values: tuple[Any, Any], said: str
) -> None:
    answer = compared(builder, {}, side)
    (change,) = answer["environment"]
    assert (name, values) == (change["name"], (change["a"], change["b"]))
    assert ("environment", said) == (answer["causes"][0]["kind"], answer["causes"][0]["sentence"])


def test_a_library_that_came_with_another_version_is_second_to_the_package(builder: JournalBuilder) -> None:
    answer = compared(builder, {}, {"numpy": "2.1", "blas": {"version": "0.3.31"}, "beside": {"record": "b" * 64}})
    assert ["numpy", "library openblas of numpy"] == [change["name"] for change in answer["environment"]]
    first, second = answer["causes"][:2]
    assert "numpy 2.0 → 2.1" == first["sentence"]
    assert first["weight"] > 3 * second["weight"]


def test_what_one_side_did_not_look_at_is_no_difference(builder: JournalBuilder) -> None:
    builder.run().environment({"numpy": "2.0"}, used=["numpy"]).execution("1", cell_id="a")
    run = builder.run().environment(
        {"numpy": "2.0"}, used=["numpy"], distributions={"numpy": {"source": "editable"}}, facts={"locale": "C"}
    )
    run.event(ev.FacetSeen(run.run, 0, "libraries", {"loaded": [BLAS], "reason": ""})).execution("1", cell_id="a")
    with builder.open() as journal:
        assert [] == diff(journal, resolve(journal, "r001"), resolve(journal, "r002"))["environment"]


def test_what_conda_alone_knows_is_told(builder: JournalBuilder) -> None:
    def conda(mkl: str) -> dict[str, Any]:
        return {"conda": {"manager": "conda", "packages": {"mkl": [mkl, "h1", "main"], "numpy": ["2.0", "h2", "main"]}}}

    answer = compared(builder, {"facts": conda("2023.1")}, {"facts": conda("2024.0")})
    assert [{"name": "conda mkl", "a": "2023.1 h1", "b": "2024.0 h1"}] == answer["environment"]


@pytest.mark.parametrize("hostile", [None, 7, "x", {"loaded": 7}, {"loaded": [7, None, {"name": []}]}])
def test_a_facet_of_another_shape_is_passed_over(builder: JournalBuilder, hostile: Any) -> None:
    for _ in range(2):
        run = builder.run().environment({"numpy": "2.0"}, used=["numpy"], distributions={"numpy": {}}, facts={"conda": hostile})
        run.event(ev.FacetSeen(run.run, 0, "libraries", hostile)).execution("1", cell_id="a")
    with builder.open() as journal:
        assert diff(journal, resolve(journal, "r001"), resolve(journal, "r002"))["same"]
