"""MLflow's runs carry the address of the execution that began them, as a tag: `labjournal.address = k3f9/12`.

MLflow asks for such tags itself, by its entry point `mlflow.run_context_provider`, when a run begins. Where nothing is recorded it is told that there
are none. Nothing of MLflow's is imported, patched or waited for.
"""

from __future__ import annotations

import _thread
import sys
from types import ModuleType
from typing import Dict, Optional

__all__ = ["TAG", "MlflowAddress"]

TAG = "labjournal.address"


class MlflowAddress:
    """What MLflow makes of the entry point."""

    def in_context(self) -> bool:
        """Whether there is an address to tell."""
        return _address() is not None

    def tags(self) -> Dict[str, str]:
        address = _address()
        return {} if address is None else {TAG: address}


def _address() -> Optional[str]:
    """RUN/N of what runs now, where it is recorded."""
    hook = sys.modules.get("labjournal.kernel.hook")
    if type(hook) is not ModuleType:
        return None
    try:
        found = hook.recording()
        thread = _thread.get_ident()
        return None if found is None or not found.speaks(thread) else f"{found.run}/{found.current(thread)}"
    except Exception:  # a tag is not worth a failed run of the user's
        return None
