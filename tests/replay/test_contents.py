"""Contents of files that are packed, dated or drawn."""

from __future__ import annotations

import gzip
import io
import subprocess
import tarfile
import zipfile
from pathlib import Path
from typing import Any, cast

import pytest

from labjournal.replay.comparing import contents
from labjournal.replay.comparing.contents import contents_apart, pictures_apart
from labjournal.replay.comparing.telling import Rules, Told


def _text_apart(one: str, other: str) -> tuple[int, str, str] | None:
    return None if one.lower() == other.lower() else (1, one, other)


def told(one: bytes, other: bytes, name: str = "file", tolerance: float = 0.0) -> Told:
    return contents_apart(io.BytesIO(one), io.BytesIO(other), name, Rules(_text_apart, tolerance))


def same(one: bytes, other: bytes) -> bool | None:
    return told(one, other).same


def packed(year: int, **members: str) -> bytes:
    with io.BytesIO() as file:
        with zipfile.ZipFile(file, "w") as archive:
            for name, text in members.items():
                archive.writestr(zipfile.ZipInfo(name, (year, 1, 1, 0, 0, 0)), text)
        return file.getvalue()


def test_an_archive_is_what_its_members_are_whenever_it_was_packed() -> None:
    assert packed(2020, a="x") != packed(2021, a="x")
    assert same(packed(2020, a="x", b="TEXT"), packed(2021, a="x", b="text"))
    assert same(packed(2020, a="x"), packed(2021, a="y")) is False
    assert same(packed(2020, a="x"), packed(2021, b="x")) is False


def tape(time: float, *members: tuple[str, bytes], packed: str = "gz") -> bytes:
    with io.BytesIO() as file:
        with tarfile.open(fileobj=file, mode=cast(Any, f"w:{packed}")) as archive:
            for name, content in members:
                member = tarfile.TarInfo(name)
                member.size, member.mtime, member.uid = len(content), int(time), int(time) % 1000
                archive.addfile(member, io.BytesIO(content))
        return file.getvalue()


@pytest.mark.parametrize("packed", ["gz", "bz2", "xz", ""])
def test_a_tape_archive_is_what_its_members_are_whenever_and_in_whichever_order_they_were_packed(packed: str) -> None:
    one = tape(1e9, ("a.csv", b"x\n1\n"), ("b", b"TEXT"), packed=packed)

    assert told(one, tape(1.1e9, ("b", b"text"), ("a.csv", b"x\n1\n"), packed=packed), f"all.tar.{packed}") == Told(
        True, "members"
    )
    apart = told(one, tape(1e9, ("a.csv", b"x\n2\n"), ("b", b"TEXT"), packed=packed), f"all.tar.{packed}")
    assert (False, "values", "1", "2") == (apart.same, apart.how, apart.recorded, apart.replayed)
    assert apart.where.startswith("a.csv, ")
    assert "only on one side: c" == told(one, tape(1e9, ("a.csv", b"x\n1\n"), ("c", b""), ("b", b"TEXT"), packed=packed)).more


def test_links_in_a_tape_archive_are_compared_by_where_they_lead_and_never_followed() -> None:
    def link(target: str) -> bytes:
        with io.BytesIO() as file:
            with tarfile.open(fileobj=file, mode="w") as archive:
                member = tarfile.TarInfo("link")
                member.type, member.linkname = tarfile.SYMTYPE, target
                archive.addfile(member)
            return file.getvalue()

    apart = told(link("/etc/passwd"), link("/etc/hosts"))
    assert (False, "a link to /etc/passwd", "a link to /etc/hosts") == (apart.same, apart.recorded, apart.replayed)
    assert same(link("/etc/passwd") + b"\0" * 512, link("/etc/passwd"))


def test_what_is_compressed_in_an_archive_is_looked_into_but_not_without_end() -> None:
    def inner(seed: int) -> bytes:
        return tape(seed, ("a.csv.gz", gzip.compress(b"x\n1\n", mtime=seed)))

    assert same(inner(1), inner(2))
    one, other = b"x", b"y"
    for _ in range(5):
        one, other = (gzip.compress(each, mtime=1) for each in (one, other))
    assert same(one, other) is None


def test_a_tape_archive_that_says_more_than_it_holds_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    member = tarfile.TarInfo("huge")
    member.size = 1 << 40
    head = member.tobuf()

    assert same(head, head + b"\0" * 1024) is None
    monkeypatch.setattr(contents, "_BOUND", 4_000)
    assert same(tape(1, ("a", b"0" * 50_000)), tape(2, ("a", b"0" * 50_000))) is None


def test_what_is_compressed_is_compared_without_the_time_in_its_head() -> None:
    assert same(gzip.compress(b"x", mtime=1), gzip.compress(b"x", mtime=2))
    assert same(gzip.compress(b"x", mtime=1), gzip.compress(b"y", mtime=2)) is False


def test_a_pdf_is_compared_without_its_dates() -> None:
    one, other = (b"%%PDF-1.4 /CreationDate (D:%d) text" % day for day in (20260302, 20260303))

    assert same(one, other)
    assert same(one, other + b"more") is None


def test_of_formats_that_hold_the_time_and_cannot_be_opened_nothing_is_said() -> None:
    assert same(b"\xd0\xcf\x11\xe01", b"\xd0\xcf\x11\xe02") is None
    assert same(b"\x80\x04pickle", b"\x80\x04pickly") is False


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (packed(2020, a="x")[:40], packed(2021, a="x")),
        (gzip.compress(b"x" * 100, mtime=1)[:20], gzip.compress(b"y", mtime=1)),
        (b"PK\x03\x04", b"PK\x03\x04x"),
        (b"\x1f\x8b", b"\x1f\x8bx"),
    ],
)
def test_what_is_damaged_cannot_be_told(one: bytes, other: bytes) -> None:
    assert same(one, other) is None


def test_an_archive_that_would_fill_the_memory_is_not_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contents, "_BOUND", 1000)

    assert same(packed(2020, a="x" * 600), packed(2021, a="x" * 600)) is None
    assert same(gzip.compress(b"0" * 2000, mtime=1), gzip.compress(b"0" * 2000, mtime=2)) is None


def test_a_picture_that_asks_for_another_program_gets_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """PostScript would be handed to Ghostscript."""
    monkeypatch.setattr(subprocess, "Popen", None)
    monkeypatch.setattr(subprocess, "check_call", None)
    script = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\n"

    assert pictures_apart(script, script + b"x") == (f"{len(script)} bytes", f"{len(script) + 1} bytes")
