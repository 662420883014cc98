"""Contents, each kept once under its digest."""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from labjournal.journal import places
from labjournal.journal.blobs import Blobs
from tests.builders import sha256


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    places.prepare(tmp_path)
    return Blobs(tmp_path)


@pytest.mark.parametrize("content", [b"", b"text", bytes(range(256)) * 4096])
def test_what_is_put_is_got(blobs: Blobs, content: bytes) -> None:
    digest = blobs.put(content)
    assert digest == sha256(content)
    assert blobs.get(digest) == content
    assert blobs.has(digest)
    assert blobs.check(digest)
    assert blobs.bytes_used() == len(content)


def test_the_same_content_is_written_once(blobs: Blobs) -> None:
    digest = blobs.put(b"same")
    before = blobs.path(digest).stat()
    assert blobs.put(b"same") == digest
    assert blobs.path(digest).stat().st_mtime_ns == before.st_mtime_ns
    assert blobs.bytes_used() == 4


def test_a_content_cut_short_by_a_crash_is_written_again(blobs: Blobs) -> None:
    digest = blobs.put(b"whole content")
    blobs.path(digest).write_bytes(b"")
    assert not blobs.check(digest)
    blobs.put(b"whole content")
    assert blobs.check(digest)


def test_a_content_that_was_changed_does_not_check(blobs: Blobs) -> None:
    digest = blobs.put(b"content")
    blobs.path(digest).write_bytes(b"CONTENT")
    assert not blobs.check(digest)


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "AB" * 32, "0" * 63, "0" * 64 + "\n", "/" * 64])
def test_p22_a_name_never_leads_out_of_the_folder(blobs: Blobs, name: str) -> None:
    assert not blobs.has(name)
    assert not blobs.check(name)
    with pytest.raises(ValueError, match="is not a SHA-256"):
        blobs.path(name)
    with pytest.raises(ValueError, match="is not a SHA-256"):
        blobs.get(name)


def test_what_is_not_kept_is_not_found(blobs: Blobs) -> None:
    with pytest.raises(FileNotFoundError):
        blobs.get(sha256(b"never put"))


@pytest.mark.skipif(os.name != "posix", reason="a limit on file size is a matter of POSIX")
def test_a_disk_that_takes_no_more_leaves_no_half_content(tmp_path: Path) -> None:
    script = """
import resource, signal, sys
from pathlib import Path
from labjournal.journal import places
from labjournal.journal.blobs import Blobs
folder = Path(sys.argv[1])
places.prepare(folder)
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
try:
    Blobs(folder).put(b"x" * 100_000)
except OSError as error:
    print(type(error).__name__)
"""
    answer = subprocess.run([sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=True)
    assert answer.stdout == "OSError\n"
    assert [path for path in (tmp_path / "blobs").rglob("*") if path.is_file()] == []


def test_a_packed_content_that_cannot_be_unpacked_is_an_error_of_the_disk(tmp_path: Path) -> None:
    """Whoever reads contents has to live with a disk that fails, and need not know how they are packed."""
    blobs = Blobs(tmp_path)
    data = b"much the same " * 1000
    sha256 = hashlib.sha256(data).hexdigest()
    blobs.keep(io.BytesIO(data), sha256)
    packed = Path(f"{blobs.path(sha256)}.data.z")
    packed.write_bytes(b"\xff" * 40)

    with pytest.raises(OSError, match="damaged"):
        blobs.get(sha256)
