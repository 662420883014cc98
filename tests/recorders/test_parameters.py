"""Literal parameters, and papermill's."""

from __future__ import annotations

import pytest

from labjournal.events import ParameterSet
from labjournal.recorders import Execution
from labjournal.recorders.parameters import ParametersRecorder, literals
from labjournal.recorders.redaction import redact
from tests.recorders.conftest import Lab


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("epochs = 10", [("epochs", 10, "int")]),
        ("rate: float = -1.5e-3  # learning", [("rate", -0.0015, "float")]),
        (
            "name = 'ridge'; deep = True; seed = None",
            [("name", "ridge", "str"), ("deep", True, "bool"), ("seed", None, "NoneType")],
        ),
        ("layers = [64, 32]\ngrid = {'c': [0.1, 1]}", [("layers", [64, 32], "list"), ("grid", {"c": [0.1, 1]}, "dict")]),
        ("n = 1\nn = 2", [("n", 2, "int")]),
        ("n = 1\nn = f()", []),
        ("path = 'a\\\\b'\nn = 3", [("n", 3, "int")]),
        ("if x:\n    n = 1", []),
        ("for i in x:\n    n = 1", []),
        ("def f():\n    n = 1", []),
        ("a, b = 1, 2", []),
        ("a = b = 1", []),
        ("a.b = 1\nc['d'] = 2", []),
        ("a = 1 + x", []),
        ("a = (1, 2)\nb = {1, 2}\nc = 1j\nd = b'x'\ne = ...", []),
        ("a = [1,\n     2]", []),
        ("password = 'hunter2'\napi_key = 'x'", []),
        ("options = {'password': 'hunter2'}", []),
        ("%matplotlib inline\nn = 4", [("n", 4, "int")]),
        ("_hidden = 1", []),
        ("n = 1e999\nm = 10 ** 30", []),
    ],
)
def test_simple_literals_at_the_top_are_parameters(source: str, expected: list[tuple[str, object, str]]) -> None:
    assert expected == list(literals(source))


def test_what_papermill_injected_says_so(lab: Lab) -> None:
    lab.use(ParametersRecorder)
    events = lab.run("alpha = 0.1", "# Parameters\nalpha = 0.3\n")
    assert [
        ParameterSet("run1", 1, "alpha", 0.1, "float", "literal"),
        ParameterSet("run1", 2, "alpha", 0.3, "float", "papermill"),
    ] == events


def test_what_was_masked_is_no_parameter(lab: Lab) -> None:
    source = "url = 'postgresql://ada:hunter2-x@db/lab'\nn = 1"
    recorder = ParametersRecorder(lab.context)
    events = list(recorder.collect(Execution("run1", 1, source, redacted=redact(source, code=True).text)))
    assert [ParameterSet("run1", 1, "n", 1, "int", "literal")] == events
