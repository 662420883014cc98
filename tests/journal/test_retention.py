"""Contents of data files in the blob folder: told by every row, the oldest gone when there are too many, and `verify` agrees throughout."""

from __future__ import annotations

import io
import os
import random
import sqlite3
from pathlib import Path

import pytest

from labjournal.events import BytesKept
from labjournal.journal import places, writer
from labjournal.journal.blobs import Blobs
from labjournal.journal.integrity import verify
from tests.builders import JournalBuilder, read, sha256, written
from tests.journal.conftest import Rows


def packed(number: int, size: int = 1000) -> bytes:
    """A content that does not get smaller."""
    return random.Random(number).randbytes(size)


@pytest.fixture
def blobs(folder: Path) -> Blobs:
    places.prepare(folder)
    return Blobs(folder)


@pytest.mark.parametrize(
    "content", [b"1,2,3\n" * 50_000, packed(1, 3_000_000), b"", b"x"], ids=["text", "packed", "empty", "one"]
)
def test_a_kept_content_comes_back_as_it_was(blobs: Blobs, content: bytes) -> None:
    digest = sha256(content)
    stored = blobs.keep(io.BytesIO(content), digest)
    assert (content, True, True) == (blobs.get(digest), blobs.has(digest), blobs.check(digest))
    assert stored == blobs.stored(digest) == blobs.bytes_used()
    if len(content) > 1000:
        assert b"".join(blobs.chunks(digest)) == content


def test_what_gets_smaller_is_compressed(blobs: Blobs) -> None:
    content = b"1,2,3\n" * 50_000
    assert (blobs.keep(io.BytesIO(content), sha256(content)) or 0) < len(content) / 10


def test_a_file_with_another_content_is_not_kept(blobs: Blobs) -> None:
    assert blobs.keep(io.BytesIO(b"something else"), sha256(b"what was read")) is None
    assert 0 == blobs.bytes_used()


def test_a_damaged_content_is_found(blobs: Blobs) -> None:
    content = b"1,2,3\n" * 50_000
    digest = sha256(content)
    blobs.keep(io.BytesIO(content), digest)
    (path,) = (path for path, _, _ in blobs.everything())
    os.truncate(path, os.path.getsize(path) - 10)
    assert not blobs.check(digest)


@pytest.mark.skipif(os.name != "posix", reason="modes")
def test_p15_kept_contents_are_private(blobs: Blobs, tmp_path: Path) -> None:
    big = tmp_path / "big.bin"
    big.write_bytes(packed(2, 2_000_000))
    with open(big, "rb") as source:
        blobs.keep(source, sha256(big.read_bytes()))
    assert {0o600} == {os.stat(path).st_mode & 0o777 for path, _, _ in blobs.everything()}


def test_p10_nothing_is_kept_when_only_the_reserve_of_the_disk_is_left(blobs: Blobs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "free_space_low", lambda _: True)
    with pytest.raises(OSError, match="reserve"):
        blobs.keep(io.BytesIO(b"x"), sha256(b"x"))
    assert [] == list(blobs.everything())


def kept_story(folder: Path, count: int = 4) -> tuple[JournalBuilder, list[bytes]]:
    """`count` inputs of 1,000 bytes each, kept one after the other; the first was written before."""
    builder, contents, blobs = JournalBuilder(folder), [packed(number) for number in range(count)], Blobs(folder)
    run = builder.run()
    run.execution("write()", writes=[written("/data/0.bin", contents[0])])
    for number, content in enumerate(contents):
        run.execution(f"read({number})", reads=[read(f"/data/{number}.bin", content)])
        stored = blobs.keep(io.BytesIO(content), sha256(content))
        assert stored
        run.event(BytesKept(run.run, sha256(content), len(content), stored, at=run.now))
    return builder, contents


KEPT = "SELECT path, kept FROM usages ORDER BY path"


def test_every_row_that_speaks_of_a_content_knows_that_it_is_kept(folder: Path, rows: Rows) -> None:
    builder, contents = kept_story(folder, 2)
    builder.runs[0].execution("again", reads=[read("/data/copy.bin", contents[0])])
    builder.save()
    assert [("/data/0.bin", 1), ("/data/1.bin", 1), ("/data/copy.bin", 1)] == rows(KEPT)
    assert [(1,)] == rows("SELECT kept FROM generations")
    assert [] == verify(folder)


def test_the_oldest_contents_go_when_they_are_too_many_and_the_rows_say_so(folder: Path, rows: Rows) -> None:
    builder, contents = kept_story(folder)
    builder.save()
    writer.ingest(folder, keep_total=2500)
    assert [("/data/0.bin", 0), ("/data/1.bin", 0), ("/data/2.bin", 1), ("/data/3.bin", 1)] == rows(KEPT)
    assert [(0,)] == rows("SELECT kept FROM generations")
    assert [False, False, True, True] == [Blobs(folder).has(sha256(content)) for content in contents]
    assert [] == verify(folder)


def test_what_an_output_shows_stays_when_the_same_bytes_go_as_data(folder: Path) -> None:
    builder, contents = kept_story(folder)
    builder.runs[0].keep(contents[0])
    builder.save()
    writer.ingest(folder, keep_total=0)
    assert [True, False, False, False] == [Blobs(folder).has(sha256(content)) for content in contents]


def test_nobody_but_who_knows_the_limit_takes_anything_away(folder: Path, rows: Rows) -> None:
    builder, _ = kept_story(folder)
    builder.save()
    writer.ingest(folder)
    assert [(4,)] == rows("SELECT count(*) FROM kept")


def test_a_content_that_is_said_to_be_kept_and_is_gone_is_not_said_to_be_kept(folder: Path, rows: Rows) -> None:
    builder, contents = kept_story(folder, 2)
    Blobs(folder).drop(sha256(contents[0]), data=True)
    builder.save()
    assert [("/data/0.bin", 0), ("/data/1.bin", 1)] == rows(KEPT)
    assert [] == verify(folder)


def test_a_kept_content_that_is_damaged_later_does_not_verify(folder: Path) -> None:
    builder, contents = kept_story(folder, 1)
    builder.save()
    Blobs(folder).drop(sha256(contents[0]), data=True)
    assert any("/data/0.bin" in problem and "missing" in problem for problem in verify(folder))


def test_seals_of_what_is_not_touched_stay(folder: Path) -> None:
    builder, _ = kept_story(folder)
    builder.save()
    seals = "SELECT n, seal FROM executions WHERE n = 5"
    connection = sqlite3.connect(folder / "journal.sqlite")
    before = connection.execute(seals).fetchall()
    writer.ingest(folder, keep_total=2500)
    assert before == connection.execute(seals).fetchall()
    connection.close()
