"""What stands beside installed distributions: where they came from, what they require, and how damage is told."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import time
from pathlib import Path

import pytest

from labjournal.recorders.distribution_facts import Beside, conda_packages, facts
from labjournal.recorders.distributions import folders, installed
from labjournal.recorders.environment import EnvironmentRecorder, place_and_time
from labjournal.recorders.redaction import redact_url
from tests.pace import quicker
from tests.recorders.conftest import Lab
from tests.recorders.test_environment import seen


def lay(site: Path, name: str = "thing-1.0", **files: str) -> str:
    folder = site / f"{name}.dist-info"
    folder.mkdir(parents=True)
    metadata = (
        "Metadata-Version: 2.1\nName: thing\nVersion: 1.0\nRequires-Dist: numpy>=1.2\nRequires-Dist: x; extra == 'dev'\n\nAbout\n"
    )
    for file, text in {"METADATA": metadata, "RECORD": "thing/__init__.py,,\n", "INSTALLER": "pip\n", **files}.items():
        if text:
            (folder / file.replace("_url", "_url.json")).write_text(text)
    return str(folder)


def told(folder: str) -> dict[str, object]:
    return facts(folder, redact_url)


def test_a_distribution_from_an_index(tmp_path: Path) -> None:
    assert {
        "record": hashlib.sha256(b"thing/__init__.py,,\n").hexdigest(),
        "installer": "pip",
        "source": "index",
        "requires": ["numpy>=1.2", "x; extra == 'dev'"],
    } == told(lay(tmp_path))
    assert told(lay(tmp_path, "asked-1", REQUESTED="\n"))["requested"] is True


def test_requirements_of_extras_are_told_where_somebody_took_the_extra(tmp_path: Path) -> None:
    for name, needs in (("a-1", "b[x]>=1"), ("b-1", "c; extra == 'x'"), ("c-1", "a; extra == 'test'")):
        lay(tmp_path, name, METADATA=f"Name: {name[0]}\nVersion: 1\nRequires-Dist: {needs}\n\n")
    found = Beside(str).every([str(tmp_path)], {"a": "1", "b": "1", "c": "1"})

    assert (["b[x]>=1"], ["c; extra == 'x'"], None) == tuple(found[name].get("requires") for name in "abc")


def test_requirements_and_records_are_those_that_importlib_knows() -> None:
    """Of every distribution that is installed here."""
    paths = folders()
    here = installed(paths)
    found = Beside(str).every(paths, here)
    for distribution in importlib.metadata.distributions():
        name = distribution.metadata["Name"].lower().replace("_", "-").replace(".", "-")
        theirs = [text for text in distribution.requires or () if "://" not in text]
        assert set(found[name].get("requires", ())) <= set(theirs)
        record = Path(str(distribution.locate_file("")), f"{distribution._path.name}/RECORD")  # type: ignore[attr-defined]
        if record.exists():
            assert found[name]["record"] == hashlib.sha256(record.read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("direct", "expected"),
    [
        ({"url": "file:///home/ada/thing", "dir_info": {"editable": True}}, ("editable", "/home/ada/thing", None)),
        ({"url": "file:///home/ada/thing", "dir_info": {}}, ("local", "/home/ada/thing", None)),
        (
            {"url": "file:///tmp/thing-1.0-py3-none-any.whl", "archive_info": {}},
            ("local", "/tmp/thing-1.0-py3-none-any.whl", None),
        ),
        ({"url": "https://example.org/thing.whl", "archive_info": {}}, ("archive", "https://example.org/thing.whl", None)),
        (
            {"url": "https://ada:rhubarb-99@example.org/thing.git", "vcs_info": {"vcs": "git", "commit_id": "0123456789abcdef"}},
            ("vcs", "https://example.org/thing.git", "0123456789abcdef"),
        ),
        ({"url": "https://example.org/x", "vcs_info": {"commit_id": "$(rm -rf)"}}, ("vcs", "https://example.org/x", None)),
    ],
)
def test_what_was_not_from_an_index_says_where_from(tmp_path: Path, direct: dict[str, object], expected: tuple[str, ...]) -> None:
    found = told(lay(tmp_path, direct_url=json.dumps(direct)))
    assert expected == (found["source"], found["url"], found.get("commit"))
    assert "rhubarb" not in repr(found)


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"METADATA": ""}, "its metadata is missing or empty"),
        ({"METADATA": "\0\1\2 garbage"}, "its metadata is damaged"),
        ({"RECORD": ""}, "it has no RECORD"),
        ({"direct_url": "{not json"}, "its direct_url.json is damaged"),
        ({"direct_url": "[" * 100_000}, "its direct_url.json is damaged"),
        ({"direct_url": "[1]"}, "its direct_url.json is damaged"),
    ],
)
def test_damaged_metadata_is_told_with_the_reason(tmp_path: Path, files: dict[str, str], reason: str) -> None:
    assert reason in str(told(lay(tmp_path, **files))["reason"])


def test_a_folder_without_anything_and_one_that_is_gone(tmp_path: Path) -> None:
    (tmp_path / "bare-1.dist-info").mkdir()
    assert told(str(tmp_path / "bare-1.dist-info"))["source"] == "unknown"
    assert told(str(tmp_path / "gone-1.dist-info")) == {"source": "unknown"}


def test_conda_and_pixi_say_what_they_installed(tmp_path: Path) -> None:
    meta = tmp_path / "conda-meta"
    assert conda_packages(str(tmp_path)) is None
    meta.mkdir()
    (meta / "history").write_text("")
    (meta / "numpy-1.26.4-py311_0.json").write_text(
        json.dumps({"build": "py311_0", "channel": "https://host/t/to-1234-ken/conda-forge/linux-64"})
    )
    (meta / "blas-1.0-mkl.json").write_text('{"channel": "https://ada:rhubarb-99@host/", broken')
    found = conda_packages(str(tmp_path))
    assert {"manager": "conda", "packages": {"blas": ["1.0", "mkl", ""], "numpy": ["1.26.4", "py311_0", "conda-forge"]}} == found
    (meta / "pixi").write_text("{}")
    assert (conda_packages(str(tmp_path)) or {})["manager"] == "pixi"


def test_the_first_full_scan_takes_less_than_a_second_and_the_next_hardly_anything() -> None:
    paths = folders()
    here = installed(paths)
    beside = Beside(str)
    began = time.process_time()
    first = beside.every(paths, here)
    middle = time.process_time()
    assert first == beside.every(paths, here)
    quicker(middle - began, 1.0)
    quicker(time.process_time() - middle, 0.2)


def test_an_unused_kernel_is_not_scanned(lab: Lab) -> None:
    lab.use(EnvironmentRecorder)
    lab.end()
    (event,) = seen(lab.events)
    assert event.distributions is None


def test_p17_credentials_of_an_installation_never_get_into_a_record(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "site"
    direct = {"url": "https://ada:rhubarb-99@example.org/thing.git?token=rhubarb-99", "vcs_info": {"commit_id": "0123456789"}}
    lay(site, direct_url=json.dumps(direct), INSTALLER="https://ada:rhubarb-99@example.org/")
    monkeypatch.syspath_prepend(str(site))
    lab.use(EnvironmentRecorder)
    lab.run("x = 1")
    lab.end()
    assert (seen(lab.events)[-1].distributions or {})["thing"]["url"] == "https://example.org/thing.git"
    assert "rhubarb-99" not in repr(lab.events)


def test_locale_and_time_zone_are_told_and_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    found = place_and_time()
    assert ("Europe/Berlin", True) == (found["time_zone"], bool(found["locale"]))
    monkeypatch.delenv("TZ")
    assert place_and_time()["time_zone"] != "Europe/Berlin"
