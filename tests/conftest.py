"""What every test stands on: the labjournal under test is the one in this tree, and no journal but a test's own is written."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

import labjournal
from tests.builders import JournalBuilder, RunBuilder

TREE = Path(__file__).resolve().parent.parent / "server_ext" / "labjournal"
INSTALLED = Path(labjournal.__file__).resolve().parent


def pytest_report_header() -> str:
    return f"labjournal {labjournal.__version__}: {'the working tree' if INSTALLED == TREE else 'the built wheel'}"


def pytest_configure(config: pytest.Config) -> None:
    """Stops before the first test where the wheel that is installed was built from other sources than these."""
    os.environ.pop("LABJOURNAL_DISABLE", None)
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as a shell leaves it to what it starts in the background
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if INSTALLED != TREE and _sources(INSTALLED) != _sources(TREE):
        pytest.exit(
            "The installed labjournal is older than this tree: `make python` renews it, `make develop` follows the tree.", 3
        )


def pytest_make_parametrize_id(config: pytest.Config, val: object, argname: str) -> str | None:
    """Bytes are named by their place: some hold the time, and workers side by side must find the same names."""
    return argname if isinstance(val, bytes) else None


@pytest.fixture(autouse=True)
def _journal_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that forgets to say where its journal is must not write into its owner's, nor into the owner's cache."""
    monkeypatch.setenv("LABJOURNAL_PATH", str(tmp_path / "journal"))
    monkeypatch.setenv("LABJOURNAL_READINGS", str(tmp_path / "readings" / "readings.sqlite"))


@pytest.fixture
def builder(tmp_path: Path) -> Iterator[JournalBuilder]:
    """A journal made by hand, in the place of the test's own."""
    made = JournalBuilder(tmp_path / "journal")
    yield made
    made.close()


@pytest.fixture
def run(builder: JournalBuilder) -> RunBuilder:
    """The one run of a story that needs no other."""
    return builder.run()


def _sources(package: Path) -> dict[str, bytes]:
    return {path.relative_to(package).as_posix(): path.read_bytes() for path in sorted(package.rglob("*.py"))}
