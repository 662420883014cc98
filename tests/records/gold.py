"""Comparing what was made with what was once looked at and found good; `GOLD=write` takes the new one instead."""

from __future__ import annotations

import os
import re
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "samples" / "gold"


def like_gold(name: str, made: str) -> bool:
    """Whether the text is the one in the file of that name; a different one lies beside it afterwards, to be looked at."""
    path = FOLDER / name
    if os.environ.get("GOLD") == "write":
        path.write_text(made, encoding="utf-8")
    if path.exists() and path.read_text(encoding="utf-8") == made:
        return True
    path.with_suffix(f".new{path.suffix}").write_text(made, encoding="utf-8")
    return False


def scrubbed(page: str) -> str:
    """A page without its style, and without the marks in its code, which are the highlighter's affair."""
    page = re.sub(r"<style>.*?</style>", "<style>…</style>", page, flags=re.S)
    return re.sub(r'<span class="h-[a-z0-9]*">(.*?)</span>', r"\1", page, flags=re.S)
