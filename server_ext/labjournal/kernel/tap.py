"""The tap: sees every message that the kernel publishes, as the bytes that go to the client.

`Session.serialize` is where each message, whatever its kind and thread, becomes bytes. Our replacement calls the original first
and then hands on the kind, the id of the request that is answered, and the bytes: an exact copy that nobody changes any more.
Text printed by forked children reaches the parent as finished messages and is sent on by `IOPubThread`; that is the second seam.
"""

from __future__ import annotations

import json
import sys
from typing import Any, Callable

from labjournal.kernel.interrupts import owed
from labjournal.recorders.outputs import MESSAGES

__all__ = ["GOODBYE", "Listener", "listen"]

GOODBYE = "shutdown_reply"
"""What the kernel says last, to whoever asked it to shut down or to start again."""

Listener = Callable[[str, str, Any, bytes], None]
"""Takes kind, id of the request, content and the content's bytes; may raise only what is the user's."""

_FROM_CHILD = "_handle_pipe_msg"


def listen(session: Any, iopub_thread: Any, listener: Callable[[], Listener | None]) -> None:
    """From now on `listener()`, where it gives one, is told of every message; for the life of the process."""
    serialize = session.serialize

    def serialize_and_tell(msg: Any, *args: Any, **kwargs: Any) -> Any:
        parts = serialize(msg, *args, **kwargs)
        try:
            tell = listener()
            if tell is not None:
                _tell(tell, msg, parts)
        except BaseException as problem:  # the message goes out whatever happens here
            if owed(problem):
                raise
        return parts

    session.serialize = serialize_and_tell
    if iopub_thread is not None and hasattr(iopub_thread, "send_multipart"):
        _listen_to_children(iopub_thread, listener)


def _tell(tell: Listener, msg: Any, parts: Any) -> None:
    kind = msg["header"]["msg_type"]
    if kind == "status":
        if msg["content"]["execution_state"] != "idle":
            return
    elif kind not in MESSAGES and kind != GOODBYE:
        return
    parent = msg["parent_header"].get("msg_id")
    if parent:
        tell(kind, parent, msg["content"], parts[-1])


def _listen_to_children(iopub_thread: Any, listener: Callable[[], Listener | None]) -> None:
    send_multipart = iopub_thread.send_multipart

    def send_and_tell(parts: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            tell = listener()
            if tell is not None and sys._getframe(1).f_code.co_name == _FROM_CHILD:
                _tell_of_child(tell, parts)
        except BaseException as problem:  # the message goes out whatever happens here
            if owed(problem):
                raise
        return send_multipart(parts, *args, **kwargs)

    iopub_thread.send_multipart = send_and_tell


def _tell_of_child(tell: Listener, parts: Any) -> None:
    """`parts` end in header, parent header, metadata, content (JSON each)."""
    header, parent, content = (json.loads(bytes(parts[place])) for place in (-4, -3, -1))
    _tell(tell, {"header": header, "parent_header": parent, "content": content}, parts)
