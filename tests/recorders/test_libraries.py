"""Shared libraries that decide on numbers, as the system and they themselves tell."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import Any

import pytest

from labjournal.events import FacetSeen
from labjournal.recorders import libraries
from labjournal.recorders.environment import EnvironmentRecorder
from labjournal.recorders.libraries import loaded_libraries
from tests.pace import only_pace, quicker
from tests.recorders.conftest import Lab

LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux says what is loaded")

TOLD = """
import json, sys
import numpy, scipy.linalg, sklearn.ensemble
from threadpoolctl import threadpool_info
from labjournal.recorders.libraries import loaded_libraries
print(json.dumps([loaded_libraries(), threadpool_info()]))
"""


@LINUX
def test_versions_and_threads_are_those_that_threadpoolctl_knows() -> None:
    """The library that is made for it is the oracle."""
    done = subprocess.run(
        [sys.executable, "-c", TOLD], capture_output=True, text=True, check=True, env={"OPENBLAS_NUM_THREADS": "1", "PATH": ""}
    )
    ours, theirs = json.loads(done.stdout)
    assert "" == ours["reason"]
    found = {each["file"]: each for each in ours["loaded"]}
    assert {each["filepath"].rpartition("/")[2] for each in theirs} == set(found)
    for each in theirs:
        mine = found[each["filepath"].rpartition("/")[2]]
        assert (each["user_api"], each["num_threads"]) == (mine["kind"], mine["threads"])
        if each["version"]:
            assert mine["version"].startswith(each["version"])
    assert {"numpy", "scipy"} <= {each["package"] for each in ours["loaded"]}


@LINUX
def test_they_are_told_once_after_a_cell_that_brought_them(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[float] = []

    def counted() -> dict[str, Any]:
        looked.append(time.time())
        return loaded_libraries()

    monkeypatch.setattr("labjournal.recorders.libraries.loaded_libraries", counted)
    lab.use(EnvironmentRecorder)
    lab.run("x = 1")
    assert [] == looked
    try:
        lab.run("__import__('sys').modules['cupy'] = __import__('json')", "y = 2")
    finally:
        sys.modules.pop("cupy", None)
    assert [] == looked  # that takes milliseconds: not while cells follow each other
    (facet,) = [event for event in lab.end() if isinstance(event, FacetSeen)]
    assert (0, "libraries", 1) == (facet.n, facet.name, len(looked))


def test_another_system_says_why_nothing_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert {"loaded": [], "reason": "not available: darwin does not say what is loaded"} == loaded_libraries()


@LINUX
@pytest.mark.parametrize(
    ("file", "kind"), [("libmkl_rt.so.2", "mkl"), ("libiomp5.so", "omp"), ("libomp-0a1b2c.so.5", "omp"), ("libblis.so.4", "blis")]
)
def test_a_runtime_that_a_question_would_set_up_is_not_asked(file: str, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ctypes.CDLL", lambda *_arguments, **_words: pytest.fail("it was asked"))
    assert {} == libraries._asked(f"/opt/lib/{file}", kind)


@only_pace
@LINUX
def test_looking_takes_milliseconds() -> None:
    began = time.process_time()
    loaded_libraries()
    quicker(time.process_time() - began, 0.1)
