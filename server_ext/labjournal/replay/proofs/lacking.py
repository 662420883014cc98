"""What a machine lacks that code asks for, told from the error: a graphics card, a terminal or somebody who answers, a display, the network."""

from __future__ import annotations

import re
from collections.abc import Mapping

__all__ = ["lacking"]

_SAID = (
    (r"NVIDIA|\bCUDA\b|\bcuda\b|cudnn|No GPU|GPU.{0,40}not (?:found|available)|MPS backend|\bROCm\b|HIP error", "It needs a graphics card, and none is to be had here."),
    (r"StdinNotImplemented|EOF when reading a line|raw_input was called", "It asks somebody for input, and nobody is there when it is run."),
    (r"termios\.error|Inappropriate ioctl|not a (?:tty|terminal)|_curses\.error|setupterm|could not open /dev/tty", "It needs a terminal, and a notebook that is run has none."),
    (r"no display name|\$DISPLAY|cannot connect to X server|could not connect to display|Qt platform plugin", "It opens windows, and there is no display here."),
    (r"Name or service not known|Temporary failure in name resolution|Network is unreachable|getaddrinfo failed|Max retries exceeded", "It needs the network, or a server that did not answer."),
)  # fmt: skip
_DIED = "What ran it died over it: it may need more memory or another machine than this one."


def lacking(difference: Mapping[str, object]) -> str:
    """What is most likely lacking, as a sentence; '' where the difference does not speak of it."""
    replayed = str(difference.get("replayed") or "")
    if difference.get("what") not in ("status", "error"):
        return ""
    if replayed.startswith("abandoned"):
        return _DIED
    return next((sentence for pattern, sentence in _SAID if re.search(pattern, replayed)), "")
