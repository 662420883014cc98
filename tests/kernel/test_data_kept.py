"""Bytes of data files: what a cell read or wrote comes back after it was overwritten; what is large or secret is never kept."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from labjournal.journal.blobs import Blobs
from labjournal.journal.integrity import verify
from labjournal.kernel.keeping import Limits, limits
from tests.kernel.conftest import Kernel

FIRST = b"a,b\n" + b"1,2\n" * 5000
SECOND = b"a,b\n9,9\n"
COUNT = "SELECT count(*) FROM kept"


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def blobs(kernel: Kernel) -> Blobs:
    return Blobs(kernel.journal)


def test_an_overwritten_input_can_be_brought_back(kernel: Kernel, blobs: Blobs, tmp_path: Path) -> None:
    (tmp_path / "prices.csv").write_bytes(FIRST)
    kernel.run("rows = open('prices.csv').read()")
    assert [(1,)] == kernel.waits_for(COUNT, [(1,)])
    kernel.run("open('prices.csv', 'w').write('a,b\\n9,9\\n')")
    assert [(2,)] == kernel.waits_for(COUNT, [(2,)])
    assert (FIRST, SECOND) == (blobs.get(digest(FIRST)), blobs.get(digest(SECOND)))
    assert [(1,)] == kernel.rows("SELECT kept FROM usages WHERE path LIKE '%prices.csv'")
    assert [(1,)] == kernel.rows("SELECT kept FROM generations WHERE path LIKE '%prices.csv'")
    assert blobs.stored(digest(FIRST)) < len(FIRST) / 10
    kernel.shutdown()
    assert [] == verify(kernel.journal)


def test_an_input_that_the_same_cell_overwrites_can_be_brought_back(kernel: Kernel, blobs: Blobs, tmp_path: Path) -> None:
    for name in ("write", "replace", "remove"):
        (tmp_path / f"{name}.csv").write_bytes(FIRST + name.encode())
    kernel.run(
        "import os\nfor name in ('write', 'replace', 'remove'): open(name + '.csv').read()\n"
        "open('write.csv', 'w').close(); open('other', 'w').close(); os.replace('other', 'replace.csv'); os.remove('remove.csv')"
    )
    kernel.waits_for(COUNT, [(3,)])
    for name in ("write", "replace", "remove"):
        assert FIRST + name.encode() == blobs.get(digest(FIRST + name.encode())), name


def test_p16_what_is_large_or_secret_is_not_kept(kernels: Callable[..., Kernel], tmp_path: Path) -> None:
    kernel = kernels(LABJOURNAL_KEEP_BYTES="50000")
    large = random.Random(1).randbytes(60_000)
    secret = b"-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQ\n-----END PRIVATE KEY-----\n"
    contents = {"large.bin": large, ".env": b"A=1\n", "config.txt": secret, "small.csv": FIRST}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    kernel.run("for name in ('large.bin', '.env', 'config.txt', 'small.csv'): open(name, 'rb').read()")
    kernel.waits_for(COUNT, [(1,)])
    kernel.shutdown()
    blobs = Blobs(kernel.journal)
    assert ["small.csv"] == [name for name, content in contents.items() if blobs.has(digest(content))]
    assert [(4,)] == kernel.rows("SELECT count(*) FROM usages WHERE sha256 IS NOT NULL")


def test_nothing_is_kept_where_the_user_wants_none(kernels: Callable[..., Kernel], tmp_path: Path) -> None:
    kernel = kernels(LABJOURNAL_KEEP_BYTES="0")
    (tmp_path / "prices.csv").write_bytes(FIRST)
    kernel.run("rows = open('prices.csv').read()")
    kernel.shutdown()
    assert [(0, 1)] == kernel.rows("SELECT (SELECT count(*) FROM kept), (SELECT count(*) FROM usages WHERE sha256 IS NOT NULL)")


def test_p9_what_is_kept_is_bounded_in_sum(kernels: Callable[..., Kernel], tmp_path: Path) -> None:
    kernel = kernels(LABJOURNAL_KEEP_TOTAL_BYTES="100000")
    for number in range(8):
        (tmp_path / f"{number}.bin").write_bytes(random.Random(number).randbytes(30_000))
    for number in range(8):
        kernel.run(f"size = len(open('{number}.bin', 'rb').read())")
    kernel.shutdown()
    assert sum(stored for (stored,) in kernel.rows("SELECT stored FROM kept")) <= 100_000
    assert Blobs(kernel.journal).bytes_used() <= 100_000
    assert [] == verify(kernel.journal)


def test_a_cell_that_is_off_leaves_no_bytes(kernel: Kernel, tmp_path: Path) -> None:
    (tmp_path / "prices.csv").write_bytes(FIRST)
    kernel.run("# labjournal: off\nrows = open('prices.csv').read()")
    kernel.run("k = 1")
    kernel.shutdown()
    assert not Blobs(kernel.journal).has(digest(FIRST))


@pytest.mark.parametrize(
    ("environ", "settings", "expected"),
    [
        ({}, {}, Limits()),
        ({"LABJOURNAL_KEEP_BYTES": "5"}, {"keep_bytes": 7, "keep_total_bytes": 9}, Limits(5, 9)),
        ({"LABJOURNAL_KEEP_BYTES": "much"}, {"keep_total_bytes": "9"}, Limits()),
        ({"LABJOURNAL_KEEP_TOTAL_BYTES": "-1"}, {"keep_bytes": 0}, Limits(0)),
    ],
)
def test_the_environment_outranks_the_configuration(environ: dict[str, str], settings: dict[str, int], expected: Limits) -> None:
    assert expected == limits(environ, lambda name, default: settings.get(name, default))
