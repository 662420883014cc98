"""Limits of time mean something only where nothing else runs: they are looked at by `make pace`, never by `make test`."""

from __future__ import annotations

import os

import pytest

__all__ = ["only_pace", "quicker"]

_MEASURED = os.environ.get("LABJOURNAL_PACE") == "1"

only_pace = pytest.mark.skipif(not _MEASURED, reason="about pace alone: `make pace`, on a machine that does nothing else")


def quicker(took: float, limit: float) -> None:
    """What took so many seconds took less than the limit."""
    if _MEASURED:
        assert took < limit
