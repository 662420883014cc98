"""Events behave as frozen dataclasses, and old and new versions read each other's."""

from __future__ import annotations

from typing import Any

import pytest

from labjournal.events import EVENTS, Event, FileRead, MetricLogged, NamesSeen, from_json, replace, to_json

METRIC = MetricLogged("r1", 2, "loss", 0.5)


def test_fields_are_given_in_order_or_by_name_and_have_defaults() -> None:
    assert METRIC == MetricLogged(run="r1", n=2, name="loss", value=0.5)
    assert (METRIC.step, METRIC.source, METRIC.confidence) == (None, "explicit", 1.0)
    assert repr(METRIC).startswith("MetricLogged(run='r1', n=2, name='loss', value=0.5, step=None")


@pytest.mark.parametrize(
    ("given", "named"),
    [
        (("r1", 2, "loss"), {}),
        (("r1", 2, "loss", 0.5), {"colour": "red"}),
        (("r1", 2, "loss", 0.5, None, 0.0, "explicit", 1.0, "", "", "one too many"), {}),
    ],
)
def test_a_field_that_is_missing_or_unknown_is_a_type_error(given: tuple[Any, ...], named: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="MetricLogged"):
        MetricLogged(*given, **named)


def test_an_event_cannot_be_changed_but_replaced() -> None:
    with pytest.raises(AttributeError):
        METRIC.value = 1.0  # type: ignore[misc]
    changed = replace(METRIC, value=1.0)
    assert (METRIC.value, changed.value, changed.name) == (0.5, 1.0, "loss")
    with pytest.raises(TypeError):
        replace(METRIC, colour="red")


def test_events_of_another_kind_or_content_are_not_equal() -> None:
    assert METRIC != replace(METRIC, n=3)
    assert METRIC != FileRead("r1", 2, "loss")
    assert len({METRIC, replace(METRIC), replace(METRIC, n=3)}) == 2


def test_what_is_written_is_read_again() -> None:
    event = NamesSeen("r1", 1, ("a", "b"))
    assert from_json(to_json(event)) == event
    assert "used" not in to_json(event), "what has its default is not written"


def test_a_field_of_a_later_version_is_passed_over_and_an_unknown_kind_is_nothing() -> None:
    assert from_json({**to_json(METRIC), "colour": "red"}) == METRIC
    assert from_json({"event": "ColourSeen", "run": "r1"}) is None
    assert from_json({"event": "MetricLogged", "run": "r1"}) is None


def test_every_kind_of_event_is_named_and_belongs_to_a_run() -> None:
    assert all(kind._fields[0] == Event._fields[0] == "run" for kind in EVENTS.values())
    assert {kind.__name__ for kind in EVENTS.values()} == set(EVENTS)
