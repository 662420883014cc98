"""The address that MLflow's runs carry: told where something is recorded, and in no other place."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

from labjournal.kernel import hook
from labjournal.kernel.mlflow_address import TAG, MlflowAddress


class Recorded:
    """As much of a recording as is asked."""

    run = "k3f9"
    heard = True

    def speaks(self, thread: int) -> bool:
        return self.heard

    def current(self, thread: int) -> int:
        return 12


def test_a_run_that_is_begun_in_a_recorded_cell_carries_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hook, "recording", Recorded)
    provider = MlflowAddress()
    assert provider.in_context()
    assert {TAG: "k3f9/12"} == provider.tags()


def test_where_nothing_is_recorded_there_is_no_tag(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hook, "recording", lambda: None)
    assert (False, {}) == (MlflowAddress().in_context(), MlflowAddress().tags())
    monkeypatch.setattr(Recorded, "heard", False)
    monkeypatch.setattr(hook, "recording", Recorded)
    assert not MlflowAddress().in_context()
    monkeypatch.setattr(hook, "recording", lambda: 1 / 0)
    assert {} == MlflowAddress().tags()


def test_mlflow_finds_it_by_the_entry_point_of_the_package() -> None:
    project = (Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8")
    found = re.search(
        r'^\[project\.entry-points\."mlflow\.run_context_provider"\]\n\w+ = "([\w.]+):(\w+)"$', project, re.MULTILINE
    )
    assert found is not None
    assert getattr(import_module(found[1]), found[2]) is MlflowAddress
