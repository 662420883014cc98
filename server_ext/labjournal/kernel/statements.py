"""What a person says in a cell: metrics, parameters, notes, tags, a name, pause and resume.

Here, and only here, values come that the user gave on purpose, so `float()` of a number-like object is allowed. Nothing is raised
and nothing printed: what cannot be understood is noted as a problem of the execution. Each function tells whether something was
recorded, for the magics.

In a replay the same code speaks again. Numbers and values are compared then; notes, tags and names stay with what they were said
of, and nobody's recording is paused.
"""

from __future__ import annotations

import _thread
import json
import time
from typing import Any, Callable, Iterable

from labjournal.events import Event, MetricLogged, NameGiven, NoteAdded, ParameterSet, ProblemSeen, TagAdded

__all__ = ["metric", "name", "note", "parameter", "pause", "resume", "status", "tag"]

LONGEST_NAME = 200
LONGEST_NOTE = 64 * 1024
LONGEST_VALUE = 16 * 1024


def metric(name: Any, value: Any, step: Any = None) -> bool:
    """A number that the execution produced; anything `float()` takes."""

    def told(run: str, n: int, clean: Callable[[Any, int], str]) -> Iterable[Event]:
        label = _label(name, clean)
        if not label:
            return [_nameless(run, n, "metric")]
        try:
            number, at_step = float(value), None if step is None else int(step)
        except Exception:  # whatever the object's own conversion raises
            detail = f"The metric {label} is not a number: {type(value).__name__}."
            return [ProblemSeen(run, n, "metric-not-understood", detail, time.time())]
        return [MetricLogged(run, n, label, number, at_step, time.time())]

    return _say(told)


def parameter(name: Any, value: Any) -> bool:
    """A value that the execution was given; kept as JSON where it is plain, else as text."""

    def told(run: str, n: int, clean: Callable[[Any, int], str]) -> Iterable[Event]:
        label = _label(name, clean)
        if not label:
            return [_nameless(run, n, "parameter")]
        plain = _plain(value)
        text = json.dumps(plain)
        if clean(text, len(text)) != text:
            plain = clean(text, LONGEST_VALUE)
        elif len(text) > LONGEST_VALUE:
            plain = text[:LONGEST_VALUE] + "…"
        return [ParameterSet(run, n, label, plain, type(value).__name__)]

    return _say(told)


def note(text: Any) -> bool:
    """Words about the execution; where there are none, none are kept."""

    def told(run: str, n: int, clean: Callable[[Any, int], str]) -> Iterable[Event]:
        words = "" if text is None else clean(text, LONGEST_NOTE)
        return [NoteAdded(run, n, words, time.time())] if words.strip() else []

    return _say(told, a_persons=True)


def tag(*tags: Any) -> bool:
    """Labels of the execution."""

    def told(run: str, n: int, clean: Callable[[Any, int], str]) -> Iterable[Event]:
        labels = [_label(each, clean) for each in tags]
        return [TagAdded(run, n, label, time.time()) for label in labels if label]

    return _say(told, a_persons=True)


def name(text: Any) -> bool:
    """A name of the execution that works as an address."""

    def told(run: str, n: int, clean: Callable[[Any, int], str]) -> Iterable[Event]:
        label = _label(text, clean)
        return [NameGiven(run, n, label, time.time())] if label else []

    return _say(told, a_persons=True)


def pause() -> bool:
    """Stops recording for all kernels of this user."""
    return _set_paused(True)


def resume() -> bool:
    """Lets recording go on."""
    return _set_paused(False)


def status() -> str:
    """A sentence about whether and where this kernel is recorded."""
    from labjournal.journal.places import default_journal, is_paused
    from labjournal.kernel.hook import recording

    try:
        found = recording()
        journal = default_journal() if found is None else found.journal
        if found is None:
            return "This kernel is not recorded."
        if is_paused(journal):
            return f"Recording is paused; %labjournal resume lets it go on. The journal is {journal}."
        return f"Recording into {journal}. This is execution {found.run}/{found.current(_thread.get_ident())}."
    except Exception:  # the journal's folder may be anything
        return "The journal cannot be reached at the moment."


def _say(told: Callable[[str, int, Callable[[Any, int], str]], Iterable[Event]], a_persons: bool = False) -> bool:
    from labjournal.kernel import hook

    found = hook.recording()
    if found is None:
        return False
    if found.replay and a_persons:
        return True
    try:
        if not found.speaks(_thread.get_ident()):
            return False

        def clean(text: Any, longest: int) -> str:
            return str(found.redactor.text(str(text)[:longest]).text)

        found.say(told(found.run, found.current(_thread.get_ident()), clean))
    except Exception as problem:  # what a person says about the work never ends the work
        found.guard.failed("statements", found.current(_thread.get_ident()), problem)
        return False
    return True


def _label(text: Any, clean: Callable[[Any, int], str]) -> str:
    return "" if text is None else clean(text, LONGEST_NAME).strip()


def _nameless(run: str, n: int, kind: str) -> Event:
    return ProblemSeen(run, n, f"{kind}-not-understood", f"A {kind} was given no name.", time.time())


def _set_paused(on: bool) -> bool:
    from labjournal.journal.places import default_journal, set_paused
    from labjournal.kernel.hook import recording

    found = recording()
    if found is not None and found.replay:
        return True
    try:
        set_paused(default_journal() if found is None else found.journal, on)
    except Exception:  # a journal that cannot be reached records nothing either
        return False
    return True


def _plain(value: Any, depth: int = 0) -> Any:
    """The value as JSON can hold it; its text where it is nothing of the kind."""
    kind = type(value)
    if value is None or kind in (bool, int, float, str):
        return value
    if kind in (list, tuple) and depth < 6:
        return [_plain(each, depth + 1) for each in value[:1000]]
    if kind is dict and depth < 6:
        return {str(key): _plain(each, depth + 1) for key, each in list(value.items())[:1000]}
    scalar = getattr(value, "item", None)
    if callable(scalar) and getattr(value, "shape", None) == ():
        return _plain(scalar(), 6)
    return str(value)[:LONGEST_VALUE]
