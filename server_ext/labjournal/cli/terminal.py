"""What leaves for a terminal: everything recorded made harmless, colours only where they are wanted, errors in one line.

Recorded text may hold anything: escape sequences that rename the window, write the clipboard, or hide what stands before them.
`safe` shows such characters as escapes (`\\x1b`), and is applied to every piece of text on its way out.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable
from typing import Any, TextIO

__all__ = ["Style", "ask", "fail", "prepare_streams", "progress", "put", "put_json", "safe"]

# C0 but \n and \t, DEL, C1, soft hyphen, bidirectional and zero-width controls, fillers that show nothing, separators, tags, surrogates.
_HARMFUL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202f\u205f-\u206f\u3164"
    "\ud800-\udfff\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)


def safe(text: str, *, one_line: bool = False) -> str:
    """The text with every character that a terminal would act upon, or not show, written as an escape."""
    shown = _HARMFUL.sub(_escape, text)
    return shown.replace("\n", "\\n").replace("\t", " ") if one_line else shown


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def prepare_streams() -> None:
    """A letter that the terminal's encoding does not know is written as an escape instead of ending the command."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def put(text: str = "") -> None:
    """A line, or several, on standard output. What is recorded has passed `safe` before."""
    sys.stdout.write(text + "\n")


def put_json(answer: Any) -> None:
    """One JSON document: pure ASCII, so that no recorded character reaches the terminal as itself."""
    document = json.dumps(answer, ensure_ascii=True, allow_nan=False, indent=2 if sys.stdout.isatty() else None)
    put(document.replace("\x7f", "\\u007f"))


def fail(sentence: str) -> None:
    """One line on standard error."""
    sys.stderr.write(safe(sentence, one_line=True) + "\n")


def progress() -> Callable[[str], None] | None:
    """A way to say what is going on, None where nobody watches."""
    if not _is_terminal(sys.stderr):
        return None
    return fail


def ask(question: str) -> bool:
    """Whether the person at the terminal agrees; nobody there means no."""
    if not (_is_terminal(sys.stdin) and _is_terminal(sys.stderr)):
        return False
    sys.stderr.write(safe(question) + " [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


class Style:
    """Colours by meaning; none where the output is no terminal, `NO_COLOR` is set, or the terminal knows none."""

    def __init__(self, stream: TextIO | None = None) -> None:
        wanted = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        self.on = wanted and _is_terminal(stream or sys.stdout)

    def __call__(self, text: str, *kinds: str) -> str:
        """The text, already safe, in the colours of `kinds`."""
        codes = ";".join(_CODES[kind] for kind in kinds if kind)
        return f"\x1b[{codes}m{text}\x1b[0m" if self.on and codes else text


_CODES = {"strong": "1", "faint": "2", "bad": "31", "good": "32", "odd": "33", "link": "36"}


def _is_terminal(stream: Any) -> bool:
    try:
        return bool(stream.isatty())
    except (AttributeError, ValueError):
        return False
