"""One file in one execution, as far as the layers that see files told: what was read, what was left, how that is known."""

from __future__ import annotations

import time

from labjournal.recorders.digests import StatKey

__all__ = ["APPENDED", "AUDIT", "CALLED", "CHILD", "HANDLE", "NATIVE", "SNAPSHOT", "UNKNOWN", "Touch", "layer_of", "layers_of"]

AUDIT, NATIVE, FANOTIFY, INOTIFY, SNAPSHOT, CHILD, HANDLE, APPENDED = (1 << place for place in range(8))
_NAMES = ("audit", "native", "fanotify", "inotify", "snapshot", "child", "handle", "append")
_BITS = {name: 1 << place for place, name in enumerate(_NAMES)}
"""`append` stands beside the others where nothing was read: what stood in the file stands in what was left, before what was added."""
CALLED = AUDIT | NATIVE
"""Layers that know of a file because the cell's own code asked for it."""
UNKNOWN = StatKey(0, 0, 0, 0, 0)
"""There was a content, but nobody looked at it then."""


class Touch:
    """What is known of one file."""

    __slots__ = (
        "after", "appended", "at", "before", "digest", "given", "kind", "layers", "left_as", "left_digest", "moved_from", "moved_to", "only_opened", "path", "read", "read_as",
        "reason", "removed", "replaced", "sure", "written",
    )  # fmt: skip

    def __init__(self, path: str, given: str, kind: str, before: StatKey | None, layers: int) -> None:
        self.path = path
        self.given = given
        self.kind = kind
        self.layers = layers
        self.read_as = self.left_as = "certain"
        """How sure it is that this execution read, and that it wrote or removed."""
        self.only_opened = False
        """Nobody saw a byte being read; memory that is mapped is read so, but a file opened for writing looks the same."""
        self.before = before
        """The file when it was first touched, None where there was none."""
        self.read: StatKey | None = None
        """The content that was read."""
        self.digest = ""
        """SHA-256 of what was read, where it was hashed before the cell could go on."""
        self.sure = True
        """Whether the digest is of what the cell got: False until the file is seen to stand there unchanged after it was opened."""
        self.left_digest = ""
        """SHA-256 of what was left, where it was hashed when the execution ended."""
        self.reason = ""
        """Why what was read cannot be hashed any more."""
        self.written = False
        self.appended = False
        """It was opened so that whatever is written is added to what stands there."""
        self.replaced = False
        """Nothing of what stood there remains: it was cut off, or another file took its place."""
        self.removed = False
        self.moved_from = ""
        self.moved_to = ""
        self.after: StatKey | None = None
        """The file when the execution ended."""
        self.at = time.time()


def layer_of(name: str) -> int:
    """The bit of a layer's name."""
    return _BITS[name]


def layers_of(bits: int) -> str:
    """The names of layers, in their order."""
    return " ".join(name for place, name in enumerate(_NAMES) if bits >> place & 1)
