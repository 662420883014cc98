"""Messy afternoons whose smallest recipe is known: what is exported gives the result alone, and is hardly larger than it must be."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def test_every_exported_recipe_gives_its_result_alone_and_is_small() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench.recipes"], cwd=ROOT, capture_output=True, text=True, timeout=900, check=False
    )

    assert 0 == done.returncode, done.stdout + done.stderr
    median = re.search(r"size, median +([\d.]+)", done.stdout)
    assert median is not None
    assert 1.2 >= float(median[1]), done.stdout
