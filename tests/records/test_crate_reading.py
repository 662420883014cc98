"""A record from elsewhere: taken only whole, never written outside its folder, and told to a person before anything runs."""

from __future__ import annotations

import hashlib
import json
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from labjournal.errors import LabjournalError, RecordInvalid
from labjournal.records import archive as archives
from labjournal.records import crate
from labjournal.records.crate_reading import open_crate
from labjournal.records.excerpt import read as read_excerpt
from labjournal.records.record import Record
from tests.builders import JournalBuilder, read, stream, written

Recorded = Callable[..., Record]


@pytest.fixture
def made(builder: JournalBuilder, record: Recorded, tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "a.csv").write_bytes(b"1,2")
    (tmp_path / "outside.csv").write_bytes(b"3")
    run = builder.run(folder=str(folder), notebook=str(folder / "analysis.ipynb"))
    run.execution("load()", reads=[read(folder / "data" / "a.csv", b"1,2"), read(tmp_path / "outside.csv", b"3")])
    run.execution("save()", writes=[written(folder / "out.txt", b"x")], outputs=[stream("done\n")])
    run.execution("again()", reads=[read(folder / "out.txt", b"x"), read(folder / "gone.txt", b"?")])
    crate.write(record(), tmp_path / "record.zip")
    return tmp_path / "record.zip"


def altered(path: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """The record with other members, its metadata left as it is."""
    with zipfile.ZipFile(path) as old:
        members = {name: old.read(name) for name in old.namelist()}
    change(members)
    with zipfile.ZipFile(path, "w") as new:
        for name, content in members.items():
            new.writestr(name, content)
    return path


def told(path: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    """The record with another journal.json, which the metadata agrees with."""

    def both(members: dict[str, bytes]) -> None:
        document = json.loads(members["journal.json"])
        change(document)
        members["journal.json"] = json.dumps(document).encode()
        metadata = json.loads(members["ro-crate-metadata.json"])
        for entity in metadata["@graph"]:
            if entity["@id"] == "journal.json":
                entity["sha256"] = hashlib.sha256(members["journal.json"]).hexdigest()
                entity["contentSize"] = str(len(members["journal.json"]))
        members["ro-crate-metadata.json"] = json.dumps(metadata).encode()

    return altered(path, both)


def test_the_files_it_begins_with_are_laid_out_as_they_lay(made: Path, tmp_path: Path) -> None:
    content = open_crate(made)

    folder, missing = content.unpack(tmp_path / "new")

    assert ["data/a.csv"] == [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    assert b"1,2" == (folder / "data" / "a.csv").read_bytes()
    assert (
        f"{tmp_path}/outside.csv lay outside the notebook's folder; the record holds it as inputs/elsewhere/outside.csv.",
        f"{tmp_path}/work/gone.txt is not in the record.",
    ) == missing


def test_a_person_is_told_what_it_is_and_that_nobody_signed_it(made: Path) -> None:
    content = open_crate(made)

    assert (
        "Record of 'analysis', 3 executions (address 'r001' where it was made).",
        "Says it was recorded Tuesday, 3 November 2026, 09:01, by 'ada', on Python '3.11.7'.",
        "Reads 3 files, 2 of which it holds.",
        (
            f"SHA-256 of the file: {hashlib.sha256(made.read_bytes()).hexdigest()}. Nobody signed it: what it says about itself is as good as "
            "where you got it from."
        ),
    ) == content.origin


@pytest.mark.parametrize("name", ["journal.json", "notebook.ipynb", "inputs/data/a.csv", "README.md", "requirements.txt"])
def test_one_byte_more_or_a_file_less_is_noticed(made: Path, name: str) -> None:
    whole = made.read_bytes()
    with pytest.raises(RecordInvalid, match=r"was altered|do not agree"):
        open_crate(altered(made, lambda members: members.update({name: members[name] + b" "})))
    made.write_bytes(whole)
    with pytest.raises(RecordInvalid, match="lacks"):
        open_crate(altered(made, lambda members: members.__delitem__(name)))


def test_a_file_that_nobody_listed_is_noticed(made: Path) -> None:
    with pytest.raises(RecordInvalid, match=r"'evil.py', which its metadata does not know"):
        open_crate(altered(made, lambda members: members.update({"evil.py": b"1"})))


NAMES = [
    "../evil", "a/../../evil", "..", "a/..", "/etc/evil", "//evil", "C:/evil", "C:evil", "a\\..\\evil", "..\\evil", "\\\\server\\evil", "a//b",
    "./a", "a/./b", "a/", ".", "con", "CON.txt", "aux/b", "lpt1.csv", "a:b", "a|b", "a?b", "a*b", 'a"b', "a<b", "a>b", "a\nb", "a\rb", "a\x1bb",
    "a\x7f/../b", "a.", "a ", "a /b", "a./b", "x" * 300, "d/" * 600 + "x", "inputs/DATA/A.CSV", "Inputs/data/a.csv", "README.MD",
    "journal.JSON", "ro-crate-metadata.JSON", "in\u0070uts/data/a.csv/", "e\u0301.txt", "\u202etxt.exe", "a/b/../../../evil", "~/evil/../../x",
    "inputs/data/a.csv/evil", "....//evil", "..;/evil", "%2e%2e/evil", "a\tb", "nul", "com9", "a/con/b", "\u2025/evil", "a/\x01", "http://evil",
    "file:///evil", "a\x00/../../evil",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_names_that_lead_elsewhere_are_refused_and_write_nothing(made: Path, tmp_path: Path, name: str) -> None:
    before = sorted(path for path in tmp_path.rglob("*"))
    with zipfile.ZipFile(made, "a") as archive:
        entry = zipfile.ZipInfo("placeholder")
        entry.filename = name
        archive.writestr(entry, b"evil")

    with pytest.raises(RecordInvalid):
        open_crate(made)

    assert before == sorted(path for path in tmp_path.rglob("*"))


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFSOCK])
def test_links_and_devices_are_refused(made: Path, kind: int) -> None:
    with zipfile.ZipFile(made, "a") as archive:
        entry = zipfile.ZipInfo("link")
        entry.external_attr = (kind | 0o777) << 16
        archive.writestr(entry, "/etc/passwd")

    with pytest.raises(RecordInvalid, match="is a link or a device"):
        open_crate(made)


def test_a_name_that_comes_twice_is_refused(made: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(made, "a") as archive:
        archive.writestr("journal.json", b"{}")

    with pytest.raises(RecordInvalid, match="comes twice"):
        open_crate(made)


def test_a_bomb_is_refused_before_it_is_unpacked(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MOST_BYTES", 1 << 20)
    with zipfile.ZipFile(made, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", b"\0" * (2 << 20))

    with pytest.raises(RecordInvalid, match="holds too much"):
        open_crate(made)


def test_a_member_that_is_longer_than_it_says_is_refused(made: Path) -> None:
    with zipfile.ZipFile(made, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", b"\0" * (1 << 20))
    data = bytearray(made.read_bytes())
    place = data.rfind(b"zeros") - 46  # its entry in the directory at the end
    data[place + 24 : place + 28] = struct.pack("<I", 100)
    made.write_bytes(data)

    with pytest.raises(RecordInvalid):
        open_crate(made)


def test_what_is_no_record_is_refused_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "text.zip").write_text("hello")
    (tmp_path / "empty.zip").write_bytes(b"")
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("a.txt", "a")
    with zipfile.ZipFile(tmp_path / "odd.zip", "w") as archive:
        archive.writestr("ro-crate-metadata.json", "[" * 100_000)

    for name in ("text.zip", "empty.zip", "other.zip", "odd.zip", "missing.zip", "."):
        with pytest.raises(RecordInvalid) as said:
            open_crate(tmp_path / name)
        assert said.value.remedy
        assert "\n" not in str(said.value)


@pytest.mark.parametrize("cut", [10, 200, 3000])
def test_a_record_that_was_cut_short_is_refused(made: Path, cut: int) -> None:
    made.write_bytes(made.read_bytes()[:-cut])

    with pytest.raises(RecordInvalid):
        open_crate(made)


@pytest.mark.parametrize("place", range(0, 4000, 200))
def test_a_flipped_byte_is_noticed_or_does_not_matter(made: Path, place: int) -> None:
    """What does not matter is what a zip says about itself, such as times."""
    whole = open_crate(made).record
    data = bytearray(made.read_bytes())
    data[place] ^= 0x10
    made.write_bytes(data)

    try:
        again = open_crate(made).record
    except RecordInvalid:
        return
    assert (whole.run, whole.steps) == (again.run, again.steps)


def test_a_path_out_of_the_folder_is_never_laid_out(made: Path, tmp_path: Path) -> None:
    def change(document: dict[str, Any]) -> None:
        document["run"]["folder"] = "/w"
        use = document["executions"][0]["read"][0]
        for path in ("/w/../../evil", "/w/a/../../../evil2", "/w/x\\..\\y"):
            document["executions"][0]["read"].append({**use, "path": path})

    content = open_crate(told(made, change))
    content.unpack(tmp_path / "new")

    assert [] == list(tmp_path.rglob("*evil*"))
    assert [] == [path for path in (tmp_path / "new").rglob("*") if path.is_file()]


def test_two_files_that_want_the_same_place_are_told(made: Path, tmp_path: Path) -> None:
    def change(document: dict[str, Any]) -> None:
        use = document["executions"][0]["read"][0]
        document["executions"][0]["read"].append({**use, "path": use["path"] + "/b"})

    content = open_crate(told(made, change))

    with pytest.raises(LabjournalError, match="stands in the way"):
        content.unpack(tmp_path / "new")


def test_a_link_in_the_folder_is_not_followed(made: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "data").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(RecordInvalid, match="would write outside"):
        open_crate(made).unpack(tmp_path / "new")

    assert [] == list((tmp_path / "elsewhere").iterdir())


@pytest.mark.parametrize(
    "change",
    [
        lambda document: document.update(labjournal="else"),
        lambda document: document.update(version="1"),
        lambda document: document.update(run=[]),
        lambda document: document["run"].pop("run"),
        lambda document: document["run"].update(pid="1"),
        lambda document: document.update(executions=[]),
        lambda document: document.update(executions={}),
        lambda document: document["executions"].reverse(),
        lambda document: document["executions"][0]["execution"].update(run="other"),
        lambda document: document["executions"][0]["execution"].update(source=None),
        lambda document: document["executions"][0]["execution"].update(n=True),
        lambda document: document["executions"][1]["outputs"][0].update(data=[]),
        lambda document: document["executions"][0].update(tags="a"),
        lambda document: document.update(address="r999"),
        lambda document: document.update(contents=[]),
        lambda document: document.update(contents={"a": "nowhere"}),
        lambda document: document.update(contents={"0" * 64: "README.md"}),
        lambda document: document.update(name=3),
        lambda document: document.update(notes=[{"n": 1}]),
    ],
)
def test_an_excerpt_of_another_shape_is_refused(made: Path, change: Callable[[dict[str, Any]], None]) -> None:
    with pytest.raises(RecordInvalid):
        open_crate(told(made, change))


def test_a_newer_excerpt_is_told_apart_from_a_broken_one(made: Path) -> None:
    with pytest.raises(RecordInvalid, match=r"newer than this labjournal knows\. Update"):
        open_crate(told(made, lambda document: document.update(version=2)))


def test_fields_of_later_versions_are_skipped_and_missing_ones_take_their_default(made: Path) -> None:
    with zipfile.ZipFile(made) as archive:
        document = json.loads(archive.read("journal.json"))
    document["run"]["later"] = 1
    del document["run"]["tags"]

    assert () == read_excerpt(document, lambda sha256: b"").record.run.tags
