"""The journal's folder as recorders of outputs see it: blobs and the key, opened when first needed."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from labjournal.journal.blobs import Blobs

__all__ = ["Keeping"]


class Keeping:
    """Keeps contents and keys digests. Helper thread."""

    def __init__(self, journal: Path) -> None:
        self._journal = journal
        self._blobs: Blobs | None = None

    def put(self, data: bytes) -> str:
        """Keeps the bytes as a blob; its digest."""
        if self._blobs is None:
            from labjournal.journal.blobs import Blobs

            self._blobs = Blobs(self._journal)
        return self._blobs.put(data)

    def keyed(self, sha256: str) -> str:
        """The digest under the journal's own key, from which nobody guesses what was digested."""
        from labjournal.journal.places import secret_key

        return hmac.new(secret_key(self._journal), sha256.encode("ascii"), hashlib.sha256).hexdigest()
