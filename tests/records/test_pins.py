"""Pins of what a recorded environment's executions used, from records that may be hostile."""

from __future__ import annotations

from typing import Any

import pytest

from labjournal.journal.rows import Environment
from labjournal.records.pins import Pins, pins


def environment(packages: dict[str, str], platform: str = "Linux 6.1 x86_64", **beside: dict[str, Any]) -> Environment:
    distributions = {name: {"source": "index", "requires": [], **beside.get(name.replace("-", "_"), {})} for name in packages}
    return Environment("0" * 64, "3.11.7", "CPython", "/usr/bin/python3", platform, {}, {}, packages, distributions)


def lines(found: Pins) -> str:
    return " ".join(found.lines)


PANDAS = {"pandas": "2.2.2", "numpy": "1.26.4", "tzdata": "2024.1", "pyarrow": "16.0", "unrelated": "1"}
REQUIRES = {
    "requires": [
        "numpy>=1.23",
        "tzdata; sys_platform != 'win32'",
        "pyarrow>=10; extra == 'parquet'",
        "missing; python_version < '3'",
    ]
}


def test_pins_are_what_was_used_and_what_that_requires() -> None:
    found = pins(environment(PANDAS, pandas=REQUIRES), ["pandas"])
    assert "numpy==1.26.4 pandas==2.2.2 tzdata==2024.1" == lines(found)
    assert [False, True, False] == [pin.used for pin in found.pins]
    assert (True, "3.11.7", ["pyarrow==16.0", "unrelated==1"]) == (found.closed, found.python, [str(pin) for pin in found.others])


def test_markers_are_those_of_the_machine_that_recorded() -> None:
    assert "numpy==1.26.4 pandas==2.2.2" == lines(pins(environment(PANDAS, "Windows 10 AMD64", pandas=REQUIRES), ["pandas"]))


def test_extras_bring_what_they_require() -> None:
    packages = {**PANDAS, "app": "1.0"}
    found = pins(environment(packages, pandas=REQUIRES, app={"requires": ["pandas[parquet]"]}), ["app"])
    assert "app==1.0 numpy==1.26.4 pandas==2.2.2 pyarrow==16.0 tzdata==2024.1" == lines(found)


def test_circles_end() -> None:
    found = pins(environment({"a": "1", "b": "2"}, a={"requires": ["b"]}, b={"requires": ["a[x]", "a"]}), ["a"])
    assert "a==1 b==2" == lines(found)


@pytest.mark.parametrize(
    ("beside", "why"),
    [
        ({"source": "editable", "url": "/home/ada/thing"}, "it was installed from a working copy"),
        (
            {"source": "vcs", "url": "https://example.org/x", "commit": "a" * 40},
            "it was installed from a repository at commit aaaaaaaaaaaa",
        ),
        ({"source": "archive", "url": "https://example.org/x.whl"}, "it was installed from an address, not from an index"),
    ],
)
def test_what_no_index_has_is_told_and_its_requirements_are_pinned(beside: dict[str, Any], why: str) -> None:
    found = pins(environment({"thing": "1", "numpy": "2.0"}, thing={**beside, "requires": ["numpy"]}), ["thing"])
    assert ("numpy==2.0", [("thing", why, True)]) == (lines(found), [(one.name, one.why, one.used) for one in found.unpinned])


def test_a_build_of_another_index_and_one_of_conda_are_remarked() -> None:
    found = pins(environment({"torch": "2.3.0+cu121", "scipy": "1.1"}, scipy={"source": "conda"}), ["torch", "scipy"])
    assert "scipy==1.1 torch==2.3.0" == lines(found)
    assert [
        "it was installed by conda; the index has another build of it",
        "the build +cu121 is of another index; the public version was pinned",
    ] == [pin.remark for pin in found.pins]


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("evil @ https://example.org/x.whl", "1"),
        ("--index-url=https://example.org", "1"),
        ("x", "1 --index-url https://example.org"),
        ("x", "1; python_version > '0'"),
        ("x\n--pre", "1"),
        ("x", "*"),
        ("x", "9" * 5000),
        ("../../x", "1"),
    ],
)
def test_hostile_names_and_versions_get_into_no_requirement(name: str, version: str) -> None:
    found = pins(environment({name: version}), [name], also=["ipykernel"])
    assert ((), ()) == (found.pins, found.others)
    assert {"its name or version is not valid", "it was not installed as a distribution"} >= {one.why for one in found.unpinned}


def test_hostile_requirements_add_nothing_that_was_not_installed() -> None:
    bad = ["x @ https://example.org/x.whl", "-r /etc/passwd", "numpy; os_name == ", "other>=1", 7, {"a": 1}]
    found = pins(environment({"thing": "1", "numpy": "2.0"}, thing={"requires": bad}), ["thing"])
    assert ("thing==1", False) == (lines(found), found.closed)


def test_an_environment_that_was_recorded_before_requirements_were_is_not_closed() -> None:
    old = Environment("0" * 64, "3.11.7", "CPython", "", "Linux 6 x86_64", {}, {}, {"pandas": "2.2.2", "numpy": "1.26.4"})
    found = pins(old, ["pandas"])
    assert ("pandas==2.2.2", False, ["numpy==1.26.4"]) == (lines(found), found.closed, [str(pin) for pin in found.others])
    assert not pins(None, ["pandas"]).pins


def test_damaged_metadata_keeps_an_environment_from_being_closed() -> None:
    assert not pins(environment({"thing": "1"}, thing={"reason": "its metadata is damaged"}), ["thing"]).closed


def test_recording_itself_is_no_requirement() -> None:
    found = pins(environment({"labjournal": "1", "numpy": "2.0"}, labjournal={"requires": ["numpy"]}), ["labjournal"], whole=True)
    assert ("numpy==2.0", ()) == (lines(found), found.unpinned)
