"""labjournal: the lab notebook that writes itself. Imports nothing heavy: this runs in the user's kernel."""

from __future__ import annotations

from typing import Any, Dict, List

from labjournal._version import __version__

__all__ = ["__version__"]


def _jupyter_labextension_paths() -> List[Dict[str, str]]:
    return [{"src": "labextension", "dest": "labjournal-lab"}]


def _jupyter_server_extension_points() -> List[Dict[str, Any]]:
    return [{"module": "labjournal.server.extension"}]
