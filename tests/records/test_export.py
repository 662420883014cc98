"""Exports stand whole at their place or not at all, and never over what is there."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import nbformat
import pytest

from labjournal.errors import LabjournalError, OutputExists, UnknownAddress
from labjournal.records import atomic
from labjournal.records.export import KINDS, export
from tests.builders import JournalBuilder, RunBuilder


@pytest.fixture
def place(tmp_path: Path) -> Path:
    folder = tmp_path / "exports"
    folder.mkdir()
    return folder


@pytest.fixture(autouse=True)
def _something_to_export(run: RunBuilder) -> None:
    run.execution("a = 1", bound=["a"]).execution("print(a)", used=["a"]).name("best", n=2)


@pytest.mark.parametrize("kind", KINDS)
def test_an_address_becomes_a_file(builder: JournalBuilder, place: Path, kind: str) -> None:
    with builder.open() as journal:
        answer = export(journal, "best", kind, place / "out")

    said = {"remarks": ["There is no pylock.toml, only pinned requirements: no package is known."]} if kind == "crate" else {}
    assert {"path": str(place / "out"), "kind": kind, "address": "r001/2", **said} == answer
    looks = {"html": b"<!doctype html>", "notebook": b"{", "script": b'"""', "crate": b"PK"}
    assert (place / "out").read_bytes().startswith(looks[kind])


def test_what_is_written_is_what_it_claims_to_be(builder: JournalBuilder, place: Path) -> None:
    with builder.open() as journal:
        for kind in KINDS:
            export(journal, "last", kind, place / kind)

    nbformat.validate(nbformat.read(place / "notebook", as_version=4))
    assert zipfile.is_zipfile(place / "crate")
    assert (place / "html").read_text(encoding="utf-8").rstrip().endswith("</html>")


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_there_stays_unless_replacing_was_asked_for(builder: JournalBuilder, place: Path, kind: str) -> None:
    (place / "out").write_text("mine")
    with builder.open() as journal:
        with pytest.raises(OutputExists, match=r"out is there already\. Choose another name, or say --force to replace it\."):
            export(journal, "last", kind, place / "out")
        assert "mine" == (place / "out").read_text()

        export(journal, "last", kind, place / "out", force=True)

    assert b"mine" != (place / "out").read_bytes()
    assert ["out"] == os.listdir(place)


def test_what_appears_meanwhile_stays_as_well(builder: JournalBuilder, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settle = atomic._settle

    def late(draft: Path, path: Path, *, force: bool) -> None:
        path.write_text("mine")
        settle(draft, path, force=force)

    monkeypatch.setattr(atomic, "_settle", late)
    with builder.open() as journal, pytest.raises(OutputExists):
        export(journal, "last", "html", place / "out")

    assert ("mine", ["out"]) == ((place / "out").read_text(), os.listdir(place))


def test_a_file_system_without_hard_links_will_do(builder: JournalBuilder, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unsupported(*_: object, **__: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(os, "link", unsupported)
    with builder.open() as journal:
        export(journal, "last", "html", place / "out")
        with pytest.raises(OutputExists):
            export(journal, "last", "html", place / "out")

    assert ["out"] == os.listdir(place)


@pytest.mark.parametrize("kind", KINDS)
def test_a_full_disk_leaves_no_half_file(
    builder: JournalBuilder, place: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with (
        builder.open() as journal,
        pytest.raises(LabjournalError, match=r"cannot be written: the disk is full\. Choose another place"),
    ):
        export(journal, "last", kind, place / "out")

    assert [] == os.listdir(place)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("nowhere/out.html", r"The folder .*nowhere does not exist\. Make it first"),
        ("file.txt/out.html", r"The folder .*file\.txt is not a folder\."),
        (".", r"is a folder\. Name a file in it"),
        ("folder", r"folder is a folder\. Name a file in it"),
        ("x" * 300, r"the name is too long"),
        ("pipe", r"pipe is not an ordinary file"),
        ("nul\0byte", r"is not the name of a file"),
        ("..", r"is not the name of a file|is a folder"),
        ("loop/out", r"The folder .*loop does not exist|circle"),
    ],
    ids=lambda value: ascii(value)[:30],
)
def test_a_place_that_cannot_be_written_is_told_in_a_sentence(builder: JournalBuilder, place: Path, path: str, said: str) -> None:
    (place / "file.txt").write_text("x")
    (place / "folder").mkdir()
    os.mkfifo(place / "pipe")
    (place / "loop").symlink_to("loop")
    before = sorted(os.listdir(place))

    with builder.open() as journal, pytest.raises(LabjournalError, match=said) as told:
        export(journal, "last", "html", place / path, force=True)

    assert before == sorted(os.listdir(place))
    assert "\n" not in str(told.value).replace("\\n", "")


def test_names_with_quotes_and_signs_are_names(builder: JournalBuilder, place: Path) -> None:
    names = [
        "a b.html",
        "'q'\".html",
        "ünïcödé 🧪.html",
        "-rf",
        "$(touch x)`.html",
        "%2e%2e",
        "a;b|c",
        "new\nline.html",
        "x" * 200,
    ]
    with builder.open() as journal:
        for name in names:
            export(journal, "last", "html", place / name)

    assert sorted(names) == sorted(os.listdir(place))


def test_an_unknown_address_or_kind_writes_nothing(builder: JournalBuilder, place: Path) -> None:
    with builder.open() as journal:
        with pytest.raises(UnknownAddress):
            export(journal, "k3", "html", place / "out")
        with pytest.raises(LabjournalError, match=r"'pdf' is no kind of export\. Choose one of html, notebook, script, crate\."):
            export(journal, "last", "pdf", place / "out")

    assert [] == os.listdir(place)


def test_an_export_has_the_permissions_of_any_new_file(builder: JournalBuilder, place: Path) -> None:
    before = os.umask(0o027)
    try:
        with builder.open() as journal:
            export(journal, "last", "html", place / "out")
    finally:
        os.umask(before)

    assert 0o640 == (place / "out").stat().st_mode & 0o777


def test_a_dangling_link_is_taken_and_replaced_only_on_demand(builder: JournalBuilder, place: Path) -> None:
    (place / "out").symlink_to(place / "elsewhere")
    with builder.open() as journal:
        with pytest.raises(OutputExists):
            export(journal, "last", "html", place / "out")
        export(journal, "last", "html", place / "out", force=True)

    assert (False, ["out"]) == ((place / "out").is_symlink(), os.listdir(place))
