"""From a message to an event: redacted, bounded, with long values as blobs.

Text is redacted before it goes anywhere; where redaction gives up, the value is left out and only its length stands. Pictures and
other base64 values above 2 KB and text above 16 KB go to the blob folder and stand in the event as `{"blob", "bytes", "base64"}`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from typing import TYPE_CHECKING, Any, Protocol

from labjournal.events import OutputShown
from labjournal.recorders.shown import HEAD, MARGIN, TAIL, Shown, margin_of

if TYPE_CHECKING:
    from labjournal.recorders import Context

__all__ = ["Keeper", "output_shown", "stream_shown"]

INLINE_TEXT = 16 * 1024
INLINE_BINARY = 2 * 1024
LARGEST_VALUE = 32 << 20
LARGEST_METADATA = 16 * 1024

_BINARY = ("image/", "audio/", "video/", "application/pdf", "application/octet-stream", "application/zip")


class Keeper(Protocol):
    """The journal's folder, as far as outputs need it."""

    def put(self, data: bytes) -> str:
        """Keeps the bytes as a blob; its digest."""

    def keyed(self, sha256: str) -> str:
        """The digest under the journal's own key, from which nobody guesses what was digested."""


def stream_shown(
    run: str, n: int, position: int, name: str, shown: Shown, context: Context, keeper: Keeper, *, complete: bool
) -> OutputShown:
    """The stream as it stands."""
    text, sha256, truncated, redactions = _bounded(shown, context, keeper)
    return OutputShown(
        run, n, position, "stream", name=name, text=text, bytes=shown.bytes, sha256=sha256, truncated=truncated, complete=complete,
        redactions=redactions,
    )  # fmt: skip


def output_shown(
    run: str,
    n: int,
    position: int,
    kind: str,
    message: bytes | None,
    lost: int,
    display_id: str | None,
    context: Context,
    keeper: Keeper,
) -> OutputShown | None:
    """The display, result or error that a message holds; None where there is nothing to tell."""
    if message is None:
        return OutputShown(run, n, position, kind, data={}, bytes=lost, truncated=True, display_id=display_id) if lost else None
    content = json.loads(message)
    if kind == "error":
        return _error(run, n, position, content, context, keeper)
    values = _Values(context, keeper)
    data = {
        mime: value for mime, value in ((m, values.kept(m, v)) for m, v in content.get("data", {}).items()) if value is not None
    }
    metadata = values.metadata(content.get("metadata"))
    return OutputShown(
        run, n, position, kind, data=data, metadata=metadata, display_id=display_id, bytes=values.bytes, sha256=_digest(data),
        truncated=values.truncated, redactions=values.redactions,
    )  # fmt: skip


class _Values:
    """Turns the values of one bundle into what is kept, and adds up what happened to them."""

    def __init__(self, context: Context, keeper: Keeper) -> None:
        self._redactor = context.redactor
        self._keeper = keeper
        self.bytes = 0
        self.redactions = 0
        self.truncated = False

    def kept(self, mime: str, value: Any) -> Any:
        """The value as it goes into the event; None where it cannot be kept."""
        if type(value) is not str:
            return self._json(value)
        if mime.startswith(_BINARY) and not mime.endswith("+xml"):
            binary = _decoded(value)
            if binary is not None:
                return self._binary(value, binary)
        return self._text(value)

    def metadata(self, value: Any) -> dict[str, Any] | None:
        if not value or type(value) is not dict:
            return None
        text = json.dumps(value)
        if len(text) > LARGEST_METADATA:
            self.truncated = True
            return None
        clean = self._json(value)
        return clean if type(clean) is dict else None

    def _text(self, text: str) -> Any:
        size = len(text.encode("utf-8", "replace"))
        self.bytes += size
        if size > LARGEST_VALUE:
            self.truncated = True
            return None
        redacted = self._redactor.text(text)
        self.redactions += redacted.count
        if len(redacted.text) <= INLINE_TEXT:
            return redacted.text
        return self._blob(redacted.text.encode("utf-8", "replace"), binary=False)

    def _binary(self, text: str, data: bytes) -> Any:
        self.bytes += len(data)
        if len(data) <= INLINE_BINARY:
            return text
        if len(data) > LARGEST_VALUE:
            self.truncated = True
            return None
        return self._blob(data, binary=True)

    def _blob(self, data: bytes, *, binary: bool) -> Any:
        try:
            return {"blob": self._keeper.put(data), "bytes": len(data), "base64": binary}
        except OSError:  # the disk takes no more; the event still says that there was something
            self.truncated = True
            return None

    def _json(self, value: Any) -> Any:
        before = self.redactions
        kept = self._text(json.dumps(value, separators=(",", ":"), ensure_ascii=False))
        if type(kept) is not str:
            return kept
        if self.redactions == before:
            return value
        try:
            return json.loads(kept)
        except ValueError:
            return kept


def _error(run: str, n: int, position: int, content: Any, context: Context, keeper: Keeper) -> OutputShown:
    lines = content.get("traceback") or []
    text = "\n".join(line for line in lines if type(line) is str)
    encoded = text.encode("utf-8", "surrogatepass")
    long = len(text) > HEAD + TAIL
    head, tail = (text[: HEAD + MARGIN], text[-TAIL - MARGIN :]) if long else (text, "")
    shown = Shown(head, tail, len(encoded), hashlib.sha256(encoded).hexdigest(), long)
    kept, sha256, truncated, redactions = _bounded(shown, context, keeper)
    value = context.redactor.text(str(content.get("evalue", ""))[: 2 * 1024])
    return OutputShown(
        run, n, position, "error", text=kept, error_name=str(content.get("ename", ""))[:200], error_value=value.text,
        bytes=len(encoded), sha256=sha256, truncated=truncated, redactions=redactions + value.count,
    )  # fmt: skip


def _bounded(shown: Shown, context: Context, keeper: Keeper) -> tuple[str, str, bool, int]:
    """Redacted text, the digest to name it by, whether it is cut, and how many secrets were masked.

    A digest of text in which something was masked would allow to guess the secret, so it is taken of the masked text; of a
    text that is not here as a whole it is keyed with the journal's own key.
    """
    if not shown.truncated:
        redacted = context.redactor.text(shown.head)
        text = redacted.text
        if not redacted.count:
            return text, shown.sha256, False, 0
        return text, hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest(), False, redacted.count
    head, tail = context.redactor.text(shown.head), context.redactor.text(shown.tail)
    first = _cut(head.text, shown.limits[0], keep_start=True)
    last = _cut(tail.text, shown.limits[1], keep_start=False)
    left_out = max(0, shown.bytes - len(first.encode("utf-8", "replace")) - len(last.encode("utf-8", "replace")))
    text = f"{first}\n[… {left_out:,} bytes not kept …]\n{last}"
    count = head.count + tail.count
    return text, keeper.keyed(shown.sha256) if count else shown.sha256, True, count


def _cut(text: str, limit: int, *, keep_start: bool) -> str:
    """Takes the margin off, at a line's end where one is near; it was there to show secrets at the cut as a whole."""
    margin = margin_of(limit)
    length = max(0, min(len(text) - margin, limit))
    if keep_start:
        end = text.rfind("\n", length - margin, length) if length > margin else -1
        return text[: end if end > 0 else length]
    start = len(text) - length
    end = text.find("\n", start, start + margin) if length > margin else -1
    return text[end + 1 if end >= 0 else start :]


def _decoded(value: str) -> bytes | None:
    try:
        return base64.b64decode(value.encode("ascii"), validate=False)
    except (binascii.Error, ValueError):
        return None


def _digest(data: dict[str, Any]) -> str:
    canonical = json.dumps(data, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()
