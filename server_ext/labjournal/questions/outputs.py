"""One recorded output in the shape of nbformat, with what stands in the blob folder laid in where it is small."""

from __future__ import annotations

import base64
import re
from typing import Any

from labjournal.errors import LabjournalError
from labjournal.journal.reader import Journal
from labjournal.journal.rows import Output
from labjournal.questions.answers import OutputPart, plain

__all__ = ["INLINE_BYTES", "output_part", "picture", "shows_picture"]

INLINE_BYTES = 1 << 20
"""Blobs up to this length are laid into an answer; longer ones stay references, `{"blob": sha256, "bytes": length}`."""

_PICTURES = ("image/png", "image/jpeg", "image/webp", "image/gif")
_SHA256 = re.compile(r"[0-9a-f]{64}")


def output_part(output: Output, journal: Journal, execution_count: int | None, inline_bytes: int = INLINE_BYTES) -> OutputPart:
    """The output as nbformat would write it, `text`, `data` or `traceback` by its type, and how much of it is here."""
    part: OutputPart = {
        "output_type": output.type,
        "position": output.position,
        "bytes": output.bytes,
        "sha256": output.sha256,
        "truncated": output.truncated,
        "complete": output.complete,
    }
    if output.type == "stream":
        part |= {"name": output.name, "text": output.text}
    elif output.type == "error":
        part |= {
            "ename": output.error_name,
            "evalue": output.error_value,
            "traceback": output.text.split("\n") if output.text else [],
        }
    else:
        part |= {"data": _data(output, journal, inline_bytes), "metadata": plain(output.metadata)}
        if output.type == "execute_result":
            part["execution_count"] = execution_count
    if output.display_id is not None:
        part["display_id"] = output.display_id
    return part


def shows_picture(output: Output) -> bool:
    """Whether the output holds a picture that every browser shows and that cannot run anything."""
    return any(mime in output.data for mime in _PICTURES)


def picture(outputs: list[Output], journal: Journal, most_bytes: int = 8 << 20) -> tuple[str, bytes] | None:
    """Mime type and bytes of the first raster picture among the outputs, None where there is none (of at most that length)."""
    for output in outputs:
        for mime in _PICTURES:
            if (value := output.data.get(mime)) is not None and (data := _picture_bytes(value, journal, most_bytes)):
                return mime, data
    return None


def _picture_bytes(value: Any, journal: Journal, most_bytes: int) -> bytes | None:
    if isinstance(value, dict):
        data = _blob(value, journal, most_bytes)
        return data if data is None or value.get("base64") else _decoded(data)
    return _decoded("".join(value) if isinstance(value, list) else value)


def _decoded(value: Any) -> bytes | None:
    try:
        return base64.b64decode(value)
    except (TypeError, ValueError):
        return None


def _data(output: Output, journal: Journal, inline_bytes: int) -> dict[str, Any]:
    return {str(mime): _value(value, journal, inline_bytes) for mime, value in output.data.items()}


def _value(value: Any, journal: Journal, inline_bytes: int) -> Any:
    """The value itself; the content of a reference to a small blob, in base64 where nbformat wants that."""
    if not (isinstance(value, dict) and "blob" in value):
        return plain(value)
    data = _blob(value, journal, inline_bytes)
    if data is None:
        return plain(value)
    return base64.b64encode(data).decode("ascii") if value.get("base64") else data.decode("utf-8", "replace")


def _blob(reference: dict[str, Any], journal: Journal, most_bytes: int) -> bytes | None:
    """The bytes a reference means; None where they are too many, gone, or it is no reference at all."""
    sha256, size = reference.get("blob"), reference.get("bytes")
    if not (isinstance(sha256, str) and _SHA256.fullmatch(sha256)) or not isinstance(size, int) or size > most_bytes:
        return None
    try:
        return journal.blobs.get(sha256)
    except (OSError, LabjournalError):
        return None
