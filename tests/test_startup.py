"""The startup file that switches recording on in a kernel: seen by nobody, in nobody's way."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

CODE = (Path(__file__).resolve().parent.parent / "server_ext/jupyter-config/ipython_startup/50-labjournal.py").read_text(
    encoding="utf-8"
)


class Shell:
    """A shell of a terminal; of a kernel where it is given one."""

    def __init__(self, **attributes: object) -> None:
        self.__dict__.update(attributes)


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Shells that the hook was installed into, by a stand-in for the hook."""
    shells: list[object] = []
    hook = ModuleType("labjournal.kernel.hook")
    hook.install = shells.append  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "labjournal.kernel.hook", hook)
    monkeypatch.setattr(sys.modules.setdefault("labjournal.kernel", ModuleType("labjournal.kernel")), "hook", hook, raising=False)
    return shells


def test_a_kernel_is_recorded_and_finds_no_new_name(installed: list[object]) -> None:
    shell = Shell(kernel=object())

    names = started(lambda: shell)

    assert ([shell], set()) == (installed, names)


def test_a_terminal_is_left_alone(installed: list[object]) -> None:
    names = started(Shell)

    assert ([], set()) == (installed, names)


def test_a_hook_that_fails_is_not_heard_of(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(sys.modules, "labjournal.kernel", None)

    names = started(lambda: Shell(kernel=object()))

    assert (set(), "", "") == (names, *capsys.readouterr())


def test_a_python_without_ipython_is_left_alone() -> None:
    namespace: dict[str, Any] = {}

    exec(compile(CODE, "50-labjournal.py", "exec"), namespace)

    assert {"__builtins__"} == set(namespace)


def started(get_ipython: Any) -> set[str]:
    """The names that the startup file leaves in a namespace that has `get_ipython`."""
    namespace = {"get_ipython": get_ipython}
    exec(compile(CODE, "50-labjournal.py", "exec"), namespace)
    return set(namespace) - {"get_ipython", "__builtins__"}
