"""The environment of a run, and the packages it used."""

from __future__ import annotations

import importlib.metadata
import os
import sys
import time
from pathlib import Path

import pytest

from labjournal.events import EnvironmentSeen, Event, FacetSeen, PackageChanged, PackagesUsed, ProblemSeen
from labjournal.recorders.distributions import folders, installed
from labjournal.recorders.environment import EnvironmentRecorder, allowed_variables, environment_digest, hardware
from tests.pace import only_pace, quicker
from tests.recorders.conftest import Lab


def seen(events: list[Event]) -> list[EnvironmentSeen]:
    return [event for event in events if isinstance(event, EnvironmentSeen)]


def used(events: list[Event]) -> list[tuple[int, tuple[str, ...]]]:
    return [(event.n, event.names) for event in events if isinstance(event, PackagesUsed)]


def test_packages_are_those_that_importlib_knows() -> None:
    """The standard library's slow way is the oracle."""
    ours = installed(folders())
    theirs = {
        dist.metadata["Name"].lower().replace("_", "-").replace(".", "-"): dist.version
        for dist in importlib.metadata.distributions()
    }
    assert {name: ours.get(name) for name in theirs if name != "labjournal"} == {
        name: theirs[name] for name in theirs if name != "labjournal"
    }


@only_pace
def test_listing_packages_takes_milliseconds() -> None:
    began = time.thread_time()
    installed(folders())
    quicker(time.thread_time() - began, 0.5)


def test_the_environment_is_told_once_and_named_by_its_content(lab: Lab) -> None:
    lab.use(EnvironmentRecorder)
    lab.run("x = 1", "y = 2")
    lab.end()
    early, event = seen(lab.events)
    assert (None, early.packages, 0) == (early.distributions, event.packages, event.n)
    assert event.packages is not None
    facts = {
        name: getattr(event, name)
        for name in (
            "python",
            "implementation",
            "executable",
            "platform",
            "packages",
            "hardware",
            "variables",
            "facts",
            "distributions",
        )
    }
    assert environment_digest(facts) == event.sha256
    assert (0, sys.version.split()[0], importlib.metadata.version("ipython")) == (
        event.n,
        event.python,
        event.packages["ipython"],
    )


def test_something_newly_installed_is_told_with_the_execution_that_did_it(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))
    lab.use(EnvironmentRecorder)
    lab.run(f"import os; os.makedirs({str(site / 'Some_Thing-1.2.dist-info')!r})", "x = 1")
    first, second = seen(lab.events)
    assert (0, 1) == (first.n, second.n)
    assert second.distributions is not None
    assert "some-thing" in second.distributions
    assert {"some-thing": "1.2"} == {
        name: version for name, version in (second.packages or {}).items() if name not in (first.packages or {})
    }


def test_packages_used_are_told_of_every_execution_that_uses_them(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "site"
    (site / "odd_name-3.0.dist-info").mkdir(parents=True)
    (site / "odd_name-3.0.dist-info" / "RECORD").write_text("oddly/__init__.py,,\nodd_name-3.0.dist-info/RECORD,,\n")
    (site / "oddly").mkdir()
    (site / "oddly" / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(str(site))
    lab.use(EnvironmentRecorder)
    lab.run("import json, oddly", "import oddly", "import IPython")
    assert [(1, ("odd-name",)), (2, ("odd-name",)), (3, ("ipython",))] == used(lab.events)


def test_what_a_package_imports_is_told_apart_from_what_the_cell_imports(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "site"
    for name, code in (("aaa_below", ""), ("top_one", "import aaa_below")):
        (site / f"{name}-1.0.dist-info").mkdir(parents=True)
        (site / f"{name}-1.0.dist-info" / "RECORD").write_text(f"{name}.py,,\n")
        (site / f"{name}.py").write_text(code)
    monkeypatch.syspath_prepend(str(site))
    lab.use(EnvironmentRecorder)
    lab.run("import top_one", "import aaa_below")

    assert [(1, ("aaa-below", "top-one")), (2, ("aaa-below",))] == used(lab.events)
    along = [event for event in lab.events if isinstance(event, FacetSeen) and event.name == "came_along"]
    assert [(1, ["aaa-below"])] == [(event.n, event.value) for event in along]


def test_a_name_that_an_import_bound_tells_which_package_is_used(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "site"
    (site / "odd_name-3.0.dist-info").mkdir(parents=True)
    (site / "odd_name-3.0.dist-info" / "RECORD").write_text("oddly2/__init__.py,,\nodd_name-3.0.dist-info/RECORD,,\n")
    (site / "oddly2").mkdir()
    (site / "oddly2" / "__init__.py").write_text("def f(): return 1\ndef g(): return 2\n")
    monkeypatch.syspath_prepend(str(site))
    lab.use(EnvironmentRecorder)
    lab.run("from oddly2 import (f,\n    g as h)", "x = 1", "y = h()", "import oddly2 as o", "o.f()")
    assert [1, 3, 4, 5] == [n for n, _ in used(lab.events)]


def test_a_package_that_changes_under_a_kernel_is_told_with_the_next_execution(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "site"
    (site / "odd_name-3.0.dist-info").mkdir(parents=True)
    (site / "odd_name-3.0.dist-info" / "RECORD").write_text("oddly3.py,,\nodd_name-3.0.dist-info/RECORD,,\n")
    (site / "oddly3.py").write_text("")
    monkeypatch.syspath_prepend(str(site))
    lab.use(EnvironmentRecorder)
    lab.run("import oddly3", "x = 1")
    (site / "odd_name-3.0.dist-info").rename(site / "odd_name-3.1.dist-info")
    (site / "fresh-1.0.dist-info").mkdir()
    lab.run("y = 1", "z = 1")

    changes = [event for event in lab.events if isinstance(event, PackageChanged)]
    assert [(3, "fresh", None, "1.0", False), (3, "odd-name", "3.0", "3.1", True)] == [
        (event.n, event.name, event.before, event.after, event.loaded) for event in changes
    ]
    assert ["odd-name 3.1 is installed now, but odd-name 3.0 is loaded and runs until the kernel is restarted."] == [
        event.detail for event in lab.events if isinstance(event, ProblemSeen)
    ]


def test_labjournal_itself_is_used_only_where_a_cell_imports_it(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "site" / "labjournal-1.0.dist-info").mkdir(parents=True)
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    lab.use(EnvironmentRecorder)
    for name in [name for name in sys.modules if name.partition(".")[0] == "labjournal"]:
        monkeypatch.delitem(sys.modules, name)
    lab.run("x = 1", "__import__('labjournal')", "import json, labjournal")

    assert [(3, ("labjournal",))] == used(lab.events)


def test_p17_variables_outside_the_allow_list_are_never_read_into_a_record(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    values = [f"value-{i:04d}-zzz" for i in range(500)]
    for i, value in enumerate(values):
        monkeypatch.setenv(f"{('LAB', 'TF', 'SLURM', 'MY_LC', 'XOMP', 'JUPYTER')[i % 6]}_RANDOM_{i}", value)
    monkeypatch.setenv("OMP_NUM_THREADS", "4")
    monkeypatch.setenv("PYTHONPATH", "/opt/lab")
    lab.use(EnvironmentRecorder)
    (event,) = seen(lab.events)
    assert not any(value in repr(event) for value in values)
    assert ("4", "/opt/lab") == ((event.variables or {})["OMP_NUM_THREADS"], (event.variables or {})["PYTHONPATH"])


def test_an_allowed_variable_is_redacted_all_the_same(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XLA_FLAGS", "https://ada:rhubarb-99@example.org/x")
    lab.use(EnvironmentRecorder)
    assert "rhubarb-99" not in repr(lab.events)
    assert {} == allowed_variables({"OMP_SECRET_TOKEN": "x", "LC_PASSWORD": "y"})


def test_hardware_fits_a_line() -> None:
    facts = hardware()
    assert os.cpu_count() == facts["cores"]
    assert facts["memory_bytes"] > 1 << 28
    assert all(isinstance(value, (str, int, list)) for value in facts.values())


@only_pace
def test_looking_for_new_modules_on_the_users_thread_takes_microseconds(lab: Lab) -> None:
    from labjournal.recorders import Execution, Outcome

    recorder = EnvironmentRecorder(lab.context)
    execution, outcome = Execution("run1", 1, ""), Outcome("ok", 0.0)
    began = time.perf_counter()
    for _ in range(1000):
        recorder.execution_ended(execution, outcome)
    quicker((time.perf_counter() - began) / 1000, 50e-6)


def test_distributions_are_found_from_a_folder_that_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()

    found = folders()

    monkeypatch.chdir(tmp_path)
    assert found == folders()
