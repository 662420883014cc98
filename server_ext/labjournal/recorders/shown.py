"""Stream text as a terminal shows it, in bounded memory.

Programs rewrite the line they are on (`\\r`, `\\b`): a progress bar of a thousand steps is one line on the screen, and one line
here, also where the pieces of a line arrive in several messages. What stands above the current line is settled; of it the
beginning and the end are kept, and of everything the length and the digest. Redaction and events are not done here.
"""

from __future__ import annotations

import hashlib
import re
import threading
from typing import List, NamedTuple, Tuple

__all__ = ["HEAD", "MARGIN", "TAIL", "Shown", "ShownText", "margin_of"]

HEAD = 24 * 1024
"""Characters kept from the beginning of a long text."""
TAIL = 24 * 1024
"""Characters kept from its end."""
MARGIN = 4 * 1024
"""Characters held beyond both (less for shorter ends), so that a secret at the cut is seen whole before the cut is made."""

_LINE = 16 * 1024  # a line longer than this is settled although it has no end yet
_PIECE = 256 * 1024  # a message may be a hundred megabytes: its copies are made piece by piece
_REWRITES = 256  # of one line in one message: only the last ones are looked at
_MOST_BACKSPACES = 4096  # in one piece: beyond that each just strikes out the character before it
_STRUCK = re.compile("[^\b\r\n]\b")
_BACKSPACES = re.compile("(\b+)")


class Shown(NamedTuple):
    """What a stream shows at a moment."""

    head: str
    """The whole text where `truncated` is false, else its beginning and a margin beyond what may be kept."""
    tail: str
    """'' where `truncated` is false, else the end, with a margin before it."""
    bytes: int
    """Length of the whole in UTF-8."""
    sha256: str
    """Digest of the whole in UTF-8."""
    truncated: bool
    limits: Tuple[int, int] = (HEAD, TAIL)
    """Characters that may be kept of both."""


def margin_of(limit: int) -> int:
    """Characters held beyond an end of `limit` characters."""
    return min(MARGIN, limit)


class ShownText:
    """Takes text piece by piece; knows at any time what stands on the screen."""

    def __init__(self, head: int = HEAD, tail: int = TAIL) -> None:
        self._limits = (head, tail)
        self._head_limit = head + margin_of(head)
        self._tail_limit = tail + margin_of(tail)
        self._head = ""
        self._tail = ""
        self._cut = 0  # characters that are neither in head nor in tail
        self._line = ""
        self._column = 0
        self._bytes = 0
        self._sha256 = hashlib.sha256()
        self._lock = threading.RLock()

    @property
    def bytes(self) -> int:
        """Length of what is settled; the current line is not counted."""
        return self._bytes

    def feed(self, text: str) -> None:
        """Takes in what was written next."""
        with self._lock:
            for start in range(0, len(text), _PIECE):
                self._feed(text[start : start + _PIECE] if len(text) > _PIECE else text)

    def now(self) -> Shown:
        """What is shown now."""
        with self._lock:
            line = self._line.encode("utf-8", "surrogatepass")
            sha256 = self._sha256
            if line:
                sha256 = sha256.copy()
                sha256.update(line)
            whole = self._head + self._tail + self._line
            if not self._cut and len(whole) <= sum(self._limits):
                return Shown(whole, "", self._bytes + len(line), sha256.hexdigest(), False, self._limits)
            head, tail = self._head, self._tail + self._line
            if len(head) < self._head_limit:
                missing = self._head_limit - len(head)
                head, tail = head + tail[:missing], tail[missing:]
            return Shown(head, tail[-self._tail_limit :], self._bytes + len(line), sha256.hexdigest(), True, self._limits)

    def _feed(self, text: str) -> None:
        text = text.replace("\r\n", "\n")
        if text.count("\b") > _MOST_BACKSPACES:
            text = _STRUCK.sub("", text).replace("\b", "")
        settled: List[str] = []
        if self._column != len(self._line):  # the cursor stands within the line: what comes next covers what stands there
            end = text.find("\n") + 1 or len(text)
            self._write(text[:end], settled)
            text = text[end:]
        rewrites = "\r" in text or "\b" in text
        for line in _lines(text) if rewrites else ():
            self._write(line, settled)
        self._settle("".join(settled))
        if text and not rewrites:
            self._append(text)

    def _append(self, text: str) -> None:
        end = text.rfind("\n") + 1
        if end:
            self._settle(self._line + text[:end] if self._line else text[:end])
            self._line = text[end:]
        else:
            self._line += text
        if len(self._line) > _LINE:
            self._settle(self._line)
            self._line = ""
        self._column = len(self._line)

    def _write(self, piece: str, settled: List[str]) -> None:
        """Writes at the cursor, lines that are over to `settled`; `piece` holds a newline at most as its last character."""
        if piece[-1] == "\n" and not self._line and "\r" not in piece and "\b" not in piece:
            settled.append(piece)
            return
        ends = piece.endswith("\n")
        runs = (piece[:-1] if ends else piece).rsplit("\r", _REWRITES)
        if len(runs) > _REWRITES:
            runs[0] = ""  # what stood before so many rewrites shows no more
        self._overwrite(runs[0])
        if len(runs) > 1:
            self._return(runs[1:])
        if ends or len(self._line) > _LINE:
            settled.append(self._line + "\n" if ends else self._line)
            self._line, self._column = "", 0

    def _return(self, runs: list[str]) -> None:
        """Each run is written from the first column on: later ones cover earlier ones as far as they reach."""
        if any("\b" in run for run in runs):
            for run in runs:
                self._column = 0
                self._overwrite(run)
            return
        line = ""
        for run in reversed(runs):
            if len(run) > len(line):
                line += run[len(line) :]
        if len(self._line) > len(line):
            line += self._line[len(line) :]
        self._line, self._column = line, len(runs[-1])

    def _overwrite(self, run: str) -> None:
        for part in _BACKSPACES.split(run) if "\b" in run else (run,):
            if part.startswith("\b"):
                self._column = max(0, self._column - len(part))
            elif part:
                end = self._column + len(part)
                self._line = self._line[: self._column] + part + self._line[end:]
                self._column = end

    def _settle(self, text: str) -> None:
        if not text:
            return
        encoded = text.encode("utf-8", "surrogatepass")
        self._bytes += len(encoded)
        self._sha256.update(encoded)
        room = self._head_limit - len(self._head)
        if room > 0:
            self._head += text[:room]
            text = text[room:]
        if not text:
            return
        if len(text) >= self._tail_limit:
            self._cut += len(self._tail) + len(text) - self._tail_limit
            self._tail = text[-self._tail_limit :]
            return
        self._tail += text
        surplus = len(self._tail) - self._tail_limit
        if surplus > 0:
            self._cut += surplus
            self._tail = self._tail[surplus:]


def _lines(text: str) -> list[str]:
    """Split behind each newline (and nowhere else, as `splitlines` would)."""
    lines = text.split("\n")
    last = lines.pop()
    answer = [line + "\n" for line in lines]
    if last:
        answer.append(last)
    return answer
