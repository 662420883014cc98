"""Local modules: what was loaded, by content, and whether the file still says so."""

from __future__ import annotations

import hashlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from labjournal.events import Event, ModuleSeen, ProblemSeen
from labjournal.recorders import Context, Recorder
from labjournal.recorders.contents import Contents
from labjournal.recorders.modules import ModulesRecorder, ModuleTextsRecorder
from tests.recorders.conftest import Lab


@pytest.fixture
def modules(lab: Lab, project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """A lab with both recorders, and the project's folder on `sys.path`."""
    monkeypatch.syspath_prepend(str(project))
    lab.context.contents = Contents(10_000_000)
    before = set(sys.modules)
    finder: list[ModulesRecorder] = []

    mine = lab.events.extend

    def of_the_project(events: list[Event]) -> None:
        mine(
            [event for event in events if not isinstance(event, ModuleSeen) or event.path.startswith((str(project), "/nowhere"))]
        )

    monkeypatch.setattr(lab, "_later", lambda what: of_the_project(list(lab.helper.submit(lambda: list(what())).result(60))))

    def first(context: Context) -> Recorder:
        finder.append(ModulesRecorder(context))
        return finder[0]

    lab.use(first, lambda context: ModuleTextsRecorder(context, finder[0]))
    yield lab
    for name in set(sys.modules) - before:
        if getattr(sys.modules[name], "__file__", None) and str(project) in str(sys.modules[name].__file__):
            del sys.modules[name]


def seen(events: list[Event]) -> list[tuple[int, str, str]]:
    return [(event.n, event.name, event.state) for event in events if isinstance(event, ModuleSeen)]


def write(path: Path, text: str, *, age_s: float = 60.0) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    os.utime(path, (time.time() - age_s, time.time() - age_s))
    time.sleep(0.04)  # nobody executes a cell as soon as that after saving
    return hashlib.sha256(text.encode()).hexdigest()


def test_a_module_is_tied_to_the_execution_that_loaded_it_with_its_content(modules: Lab, project: Path) -> None:
    sha256 = write(project / "helper_a.py", "def double(x):\n    return 2 * x\n")
    modules.run("x = 1", "import helper_a", "helper_a.double(3)")

    (event,) = [event for event in modules.events if isinstance(event, ModuleSeen)]
    assert (2, "helper_a", str(project / "helper_a.py"), "loaded", sha256, True) == (
        event.n,
        event.name,
        event.path,
        event.state,
        event.sha256,
        event.keep,
    )
    assert modules.context.contents is not None
    assert modules.context.contents.take(sha256) == b"def double(x):\n    return 2 * x\n"


def test_packages_of_ones_own_are_seen_part_by_part_and_libraries_are_not(modules: Lab, project: Path) -> None:
    write(project / "ownpack" / "__init__.py", "")
    write(project / "ownpack" / "inner.py", "A = 1\n")
    modules.run("import ownpack.inner, colorsys, wave")
    assert [(1, "ownpack", "loaded"), (1, "ownpack.inner", "loaded")] == seen(modules.events)


def test_a_file_that_changes_after_it_was_loaded_is_stale_and_what_ran_stays_known(modules: Lab, project: Path) -> None:
    sha256 = write(project / "helper_b.py", "A = 1\n")
    modules.run("import helper_b")
    write(project / "helper_b.py", "A = 2\n", age_s=30)
    modules.run("helper_b.A", "helper_b.A")

    assert [(1, "helper_b", "loaded"), (2, "helper_b", "stale")] == seen(modules.events)
    stale = [event for event in modules.events if isinstance(event, ModuleSeen)][1]
    assert (sha256, False) == (stale.sha256, stale.keep)
    (problem,) = [event for event in modules.events if isinstance(event, ProblemSeen)]
    assert (2, "stale-module") == (problem.n, problem.what)


def test_touching_a_file_makes_no_module_stale(modules: Lab, project: Path) -> None:
    write(project / "helper_c.py", "A = 1\n")
    modules.run("import helper_c")
    os.utime(project / "helper_c.py")
    modules.run("helper_c.A")
    assert [(1, "helper_c", "loaded")] == seen(modules.events)


def test_a_module_loaded_again_is_told_with_what_it_holds_now(modules: Lab, project: Path) -> None:
    write(project / "helper_d.py", "A = 1\n")
    modules.run("import helper_d, importlib")
    sha256 = write(project / "helper_d.py", "A = 22\n", age_s=30)
    modules.run("importlib.reload(helper_d); assert helper_d.A == 22")
    assert [(1, "helper_d", "loaded"), (2, "helper_d", "reloaded")] == seen(modules.events)
    assert sha256 == [event.sha256 for event in modules.events if isinstance(event, ModuleSeen)][1]


def test_autoreload_is_noticed(modules: Lab, project: Path) -> None:
    write(project / "helper_e.py", "A = 1\n")
    modules.run("%load_ext autoreload", "%autoreload 2", "import helper_e")
    write(project / "helper_e.py", "A = 22\n", age_s=30)
    modules.shell.events.trigger("pre_run_cell", None)  # as a kernel does: this is when autoreload looks
    modules.run("helper_e.A")
    assert [(3, "helper_e", "loaded"), (4, "helper_e", "reloaded")] == seen(modules.events)


def test_what_is_changed_in_the_cell_that_loads_it_is_not_taken_for_what_was_loaded(modules: Lab, project: Path) -> None:
    write(project / "helper_f.py", "A = 1\n")
    modules.run("import helper_f; open(helper_f.__file__, 'w').write('A = 333\\n')")
    (event,) = [event for event in modules.events if isinstance(event, ModuleSeen)]
    assert (None, "The file was changed after the module was loaded and before it could be looked at.") == (
        event.sha256,
        event.reason,
    )


def test_what_a_cell_writes_and_then_loads_is_known(modules: Lab, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    modules.run("%%writefile helper_g.py\nA = 7", "import helper_g")
    (event,) = [event for event in modules.events if isinstance(event, ModuleSeen)]
    assert hashlib.sha256(b"A = 7\n").hexdigest() == event.sha256


def test_secrets_in_a_module_are_masked_and_a_file_named_like_one_is_not_opened(modules: Lab, project: Path) -> None:
    write(project / "helper_h.py", "password = 'hunter2-and-more-9'\nA = 1\n")
    write(project / "secrets_.py", "A = 1\n")
    write(project / "my_credentials.py", "A = 1\n")
    modules.run("import helper_h, my_credentials")
    found = {event.name: event for event in modules.events if isinstance(event, ModuleSeen)}
    assert found["helper_h"].redactions == 1
    assert modules.context.contents is not None
    assert found["helper_h"].sha256
    kept = modules.context.contents.take(found["helper_h"].sha256)
    assert kept is not None
    assert b"hunter2" not in kept
    assert b"A = 1" in kept
    assert (None, "It is named like a secret.") == (found["my_credentials"].sha256, found["my_credentials"].reason)


def test_strange_things_in_sys_modules_are_left_alone(modules: Lab) -> None:
    modules.run(
        "import sys, types\nclass Odd(types.ModuleType):\n    def __getattribute__(self, name): raise SystemExit(name)\n"
        "sys.modules['odd_one'] = Odd('odd_one'); sys.modules['number'] = 3; sys.modules['none'] = None",
        "m = types.ModuleType('plain'); m.__file__ = '/nowhere/at/all.py'; sys.modules['plain'] = m; "
        "w = types.ModuleType('w'); w.__file__ = 7; sys.modules['w'] = w",
    )
    for name in ("odd_one", "number", "none", "w"):
        sys.modules.pop(name)
    assert [("plain", "loaded", "Its file is not there.")] == [
        (event.name, event.state, event.reason) for event in modules.events if isinstance(event, ModuleSeen)
    ]
    sys.modules.pop("plain")
