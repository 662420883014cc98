"""Calls into the C library do what those of `os` do, with the C library and without."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from labjournal import system_calls
from labjournal.system_calls import any_bytes_wait, exists, identity, write


@pytest.fixture(params=["C library", "os"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "os":
        for name in ("_write", "_access", "_fstat", "_ioctl"):
            monkeypatch.setattr(system_calls, name, None)
    return str(request.param)


@pytest.mark.usefixtures("way")
def test_bytes_are_written_whatever_they_are(tmp_path: Path) -> None:
    with (tmp_path / "f").open("wb") as file:
        assert 5 == write(file.fileno(), b"a\0b\nc")
    assert b"a\0b\nc" == (tmp_path / "f").read_bytes()


@pytest.mark.usefixtures("way")
def test_what_cannot_be_written_is_said_as_ever(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(b"")
    descriptor = os.open(tmp_path / "f", os.O_RDONLY)
    try:
        with pytest.raises(OSError, match="Bad file descriptor"):
            write(descriptor, b"x")
    finally:
        os.close(descriptor)
    with pytest.raises(OSError, match="Bad file descriptor"):
        identity(descriptor)
    assert not any_bytes_wait(descriptor)


@pytest.mark.usefixtures("way")
def test_a_file_is_another_when_its_name_is_gone_or_another_has_its_number(tmp_path: Path) -> None:
    with (tmp_path / "f").open("wb") as file, (tmp_path / "g").open("wb") as other:
        before = identity(file.fileno())
        file.write(b"x" * 100)
        file.flush()
        assert before == identity(file.fileno())
        assert before != identity(other.fileno())
        (tmp_path / "f").rename(tmp_path / "h")
        assert before == identity(file.fileno())
        (tmp_path / "h").unlink()
        assert before != identity(file.fileno())


@pytest.mark.usefixtures("way")
def test_whether_there_is_something(tmp_path: Path) -> None:
    assert exists(os.fsencode(tmp_path))
    assert not exists(os.fsencode(tmp_path / "no such"))
    reading, writing = os.pipe()
    try:
        assert not any_bytes_wait(reading)
        os.write(writing, b"x")
        assert any_bytes_wait(reading)
    finally:
        os.close(reading)
        os.close(writing)


def test_where_a_call_may_wait_other_threads_go_on_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_write", "_access", "_fstat"):
        monkeypatch.setattr(system_calls, name, lambda *_: pytest.fail("the interpreter was kept"))
    with (tmp_path / "f").open("wb") as file:
        assert 1 == write(file.fileno(), b"x", waits=True)
        assert identity(file.fileno(), waits=True)
    assert exists(os.fsencode(tmp_path), waits=True)
