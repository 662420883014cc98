"""When the helper thread keeps out of the way."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

import pytest

from labjournal.kernel.helper import BREATH_S, PATIENCE_S, Helper


@pytest.mark.parametrize(("compiling", "least"), [(0.0, BREATH_S), (0.3, 0.3 + BREATH_S), (3600.0, PATIENCE_S)])
def test_it_waits_while_what_began_last_may_be_compiled_but_not_for_ever(compiling: float, least: float) -> None:
    recording: Any = SimpleNamespace(moment=time.monotonic(), compiling=compiling)
    Helper(recording)._wait_for_a_pause()
    assert least <= time.monotonic() - recording.moment
