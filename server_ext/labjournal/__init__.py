"""labjournal: the lab notebook that writes itself.

`import labjournal` is never needed: what runs in a Jupyter kernel is recorded anyway. Where a person wants to say more, the
functions below do, each in one line; outside a recorded kernel they do nothing, and none of them raises because of the journal.
Nothing heavy is imported here: this runs in the user's kernel.
"""

from __future__ import annotations

from typing import Any, Dict, List, Optional

from labjournal._version import __version__

__all__ = ["__version__", "metric", "name", "note", "parameter", "pause", "resume", "tag"]


def metric(name: str, value: Any, step: Optional[int] = None) -> None:
    """Says that this execution produced a number."""
    from labjournal.kernel import statements

    statements.metric(name, value, step)


def parameter(name: str, value: Any) -> None:
    """Says that this execution was given a value."""
    from labjournal.kernel import statements

    statements.parameter(name, value)


def note(text: str) -> None:
    """Adds words to this execution."""
    from labjournal.kernel import statements

    statements.note(text)


def tag(*tags: str) -> None:
    """Labels this execution."""
    from labjournal.kernel import statements

    statements.tag(*tags)


def name(text: str) -> None:
    """Gives this execution a name that works as an address."""
    from labjournal.kernel import statements

    statements.name(text)


def pause() -> None:
    """Stops recording, for all kernels of this user, from the next cell on."""
    from labjournal.kernel import statements

    statements.pause()


def resume() -> None:
    """Lets recording go on."""
    from labjournal.kernel import statements

    statements.resume()


def load_ipython_extension(shell: Any) -> None:
    """`%load_ext labjournal`, for shells that no startup file reaches."""
    from labjournal.kernel.hook import install

    install(shell)


def _jupyter_labextension_paths() -> List[Dict[str, str]]:
    return [{"src": "labextension", "dest": "labjournal-lab"}]


def _jupyter_server_extension_points() -> List[Dict[str, Any]]:
    return [{"module": "labjournal.server.extension"}]
