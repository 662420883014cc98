"""Data frames: which were made or changed, what a sample says of them, and that nobody's code is called and nothing is kept."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import time
import weakref
from pathlib import Path
from typing import Any

import pytest

from labjournal.events import Event, FrameSeen, ProblemSeen
from labjournal.recorders import Context, Execution, Outcome
from labjournal.recorders.frames import BUDGET_S, FramesRecorder
from labjournal.recorders.redaction import Redactor
from tests.pace import quicker

SETUP = "import numpy as np, pandas as pd, polars as pl"


class Notebook:
    """Cells executed in a namespace of their own, with the recorder's moments around each."""

    def __init__(self, budget_s: float = 20.0) -> None:
        self.namespace: dict[str, Any] = {}
        context = Context("run1", "", Path("/nowhere"), Redactor({}), lambda _: None, lambda: self.namespace)
        self.recorder = FramesRecorder(context, budget_s=budget_s, hurried_s=budget_s)
        self.context = context
        self.n = 0
        self.run(SETUP)

    def run(self, source: str) -> list[Event]:
        self.n += 1
        execution = Execution("run1", self.n, source)
        self.recorder.execution_started(execution)
        exec(source, self.namespace)
        self.recorder.execution_ended(execution, Outcome("ok", 0.0))
        return list(self.recorder.collect(execution))

    def frames(self, source: str) -> list[FrameSeen]:
        return [event for event in self.run(source) if isinstance(event, FrameSeen)]

    def frame(self, source: str) -> FrameSeen:
        (found,) = self.frames(source)
        return found

    def columns(self, source: str) -> dict[str, dict[str, Any]]:
        found = self.frame(source)
        assert found.profile is not None
        assert found.complete
        return {column["name"]: column for column in found.profile["columns"]}


@pytest.fixture
def notebook() -> Notebook:
    return Notebook()


def test_a_frame_tells_its_shape_and_what_stands_in_it(notebook: Notebook) -> None:
    source = "df = pd.DataFrame({'x': [1.0, 2.0, 2.0, None], 'n': [3, 1, 2, 2], 'city': ['Bern', 'Basel', 'Bern', 'Basel']})"
    seen = notebook.frame(source)
    assert ("df", "pandas", 4, 3, True) == (seen.name, seen.kind, seen.rows, seen.columns, seen.complete)
    assert seen.profile == {
        "n": 4,
        "sampled": False,
        "index": "RangeIndex",
        "columns": [
            {"name": "x", "type": "float64", "nulls": 0.25, "distinct": 2, "quantiles": [1, 1.02, 1.5, 2, 2, 2, 2],
             "mean": 1.66666667, "sd": 0.577350269, "top": [[2, 2]]},
            {"name": "n", "type": "int64", "nulls": 0.0, "distinct": 3, "quantiles": [1, 1.03, 1.75, 2, 2.25, 2.97, 3],
             "mean": 2, "sd": 0.816496581, "top": [[2, 2]]},
            {"name": "city", "type": "str", "nulls": 0.0, "distinct": 2, "top": [["Basel", 2], ["Bern", 2]]},
        ],
    }  # fmt: skip


def test_a_polars_frame_says_the_same_as_one_of_pandas(notebook: Notebook) -> None:
    data = "{'x': [1.0, 2.0, 2.0, None], 'n': [3, 1, 2, 2], 'city': ['Bern', 'Basel', 'Bern', 'Basel'], 'b': [True, False, True, True]}"
    pandas = notebook.columns(f"a = pd.DataFrame({data})")
    polars = notebook.columns(f"b = pl.DataFrame({data})")
    for name, column in pandas.items():
        assert {**column, "type": ""} | {"mean": 0} == {**polars[name], "type": ""} | {"mean": 0}


def test_only_what_is_new_or_changed_is_told(notebook: Notebook) -> None:
    assert ["df"] == [seen.name for seen in notebook.frames("df = pd.DataFrame({'a': range(100)})")]
    assert [] == notebook.frames("k = 1")
    assert [] == notebook.frames("df.describe()")
    assert ["df"] == [seen.name for seen in notebook.frames("df['b'] = 2")]
    assert ["df"] == [seen.name for seen in notebook.frames("df.loc[7, 'a'] = -1")]
    assert ["df"] == [seen.name for seen in notebook.frames("df.columns = ['x', 'y']")]
    assert ["df"] == [seen.name for seen in notebook.frames("df.pop('y')")]
    assert ["other"] == [seen.name for seen in notebook.frames("other = df")]
    assert [] == notebook.frames("del other")
    assert ["p"] == [seen.name for seen in notebook.frames("p = pl.DataFrame({'a': range(100)})")]
    assert [] == notebook.frames("p.head()")
    assert ["p"] == [seen.name for seen in notebook.frames("p[3, 'a'] = 5")]


def test_a_small_frame_that_a_function_changes_is_found_though_no_name_says_so(
    notebook: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("labjournal.recorders.frames._UNASKED_S", 1.0)  # not to depend on how busy this machine is
    notebook.run("df = pd.DataFrame({'a': range(100)})\ndef clean(): df.loc[7, 'a'] = -1")
    notebook.run("k = 1")
    assert ["df"] == [seen.name for seen in notebook.frames("clean()")]


def test_equal_contents_have_equal_digests_and_others_do_not(notebook: Notebook) -> None:
    made = "pd.DataFrame({'a': np.arange(9000), 's': [str(i % 7) for i in range(9000)]})"
    first, again = notebook.frame(f"x = {made}"), notebook.frame(f"y = {made}")
    assert (first.schema, first.content) == (again.schema, again.content)
    other = notebook.frame("z = x.assign(a=x.a + 1)")
    assert (first.schema, True) == (other.schema, first.content != other.content)


SPARSE = {
    "empty": "pd.DataFrame()",
    "no rows": "pd.DataFrame({'a': [], 'b': pd.Series([], dtype='str')})",
    "twice": "pd.DataFrame([[1, 2]], columns=['a', 'a'])",
    "deep columns": "pd.DataFrame(np.eye(3), columns=pd.MultiIndex.from_product([['x'], [1, 2, 3]]))",
    "deep rows": "pd.DataFrame({'a': range(4)}, index=pd.MultiIndex.from_product([[1, 2], ['u', 'v']]))",
    "categories": "pd.DataFrame({'a': pd.Categorical(['u', 'v', None, 'u'])})",
    "zones": "pd.DataFrame({'a': pd.date_range('2020', periods=5, tz='Europe/Zurich')})",
    "lengths": "pd.DataFrame({'a': pd.to_timedelta([1, None, 3], unit='s')})",
    "periods": "pd.DataFrame({'a': pd.period_range('2020', periods=5)})",
    "intervals": "pd.DataFrame({'a': pd.interval_range(0, 5)})",
    "nullable": "pd.DataFrame({'a': pd.array([1, None], dtype='Int64'), 'b': pd.array([True, None], dtype='boolean')})",
    "arrow": "pd.DataFrame({'a': pd.array([1, None], dtype='int64[pyarrow]'), 't': pd.array(['x', None], dtype='string[pyarrow]')})",
    "unhashable": "pd.DataFrame({'a': [[1], {2: 3}, {4}]})",
    "odd names": "pd.DataFrame([[1, 2, 3, 4]], columns=[float('nan'), None, pd.Timestamp('2020'), object()])",
    "complex": "pd.DataFrame({'a': [1j, 2j]})",
    "infinite": "pd.DataFrame({'a': [float('inf'), -float('inf'), 1.0]})",
    "huge": "pd.DataFrame({'a': [10**400, 1, 2]})",
    "bytes": "pd.DataFrame({'a': [b'x', b'x', b'y', b'y']})",
    "sparse": "pd.DataFrame({'a': pd.arrays.SparseArray([0, 0, 1])})",
    "half": "pd.DataFrame({'a': np.array([1, 2], dtype='float16'), 'b': np.array([1, 2], dtype='uint64')})",
    "series": "pd.Series([1, 2, 3], name='a')",
    "lazy": "pl.DataFrame({'a': [1]}).lazy()",
    "polars empty": "pl.DataFrame()",
    "polars kinds": "pl.DataFrame({'l': [[1], None], 's': [{'a': 1}, None], 'o': pl.Series([object(), object()], dtype=pl.Object)})",
    "polars times": "pl.DataFrame({'d': [pd.Timestamp('2020'), None]}).with_columns(e=pl.col('d').dt.date(), f=pl.col('d').dt.time())",
    "polars words": "pl.DataFrame({'c': pl.Series(['a', 'b', 'a'], dtype=pl.Categorical)})",
    "polars series": "pl.Series('a', [1, None, 3])",
}


@pytest.mark.parametrize("made", SPARSE.values(), ids=SPARSE)
def test_frames_of_every_kind_are_told_and_mute_nothing(notebook: Notebook, made: str) -> None:
    notebook.namespace["k"] = 1
    seen = notebook.frame(f"df = {made}")
    assert (seen.complete or seen.kind == "polars lazy") is True
    json.dumps(seen.profile, allow_nan=False)
    assert [] == notebook.frames("df")
    assert 0 == notebook.recorder._failures


def test_times_are_told_as_moments(notebook: Notebook) -> None:
    columns = notebook.columns(
        "df = pd.DataFrame({'z': pd.date_range('2020-06-01', periods=3, tz='Europe/Zurich'), 'l': pd.to_timedelta([1, 2, 3], unit='h')})"
    )
    assert "2020-05-31T22:00:00+00:00" == columns["z"]["quantiles"][0]
    assert 7200 == columns["l"]["quantiles"][3]
    polars = notebook.columns("p = pl.DataFrame({'d': pl.Series(['2020-06-01', '2020-06-03', '2020-06-02']).str.to_date()})")
    assert ["2020-06-01", "2020-06-02", "2020-06-03"] == [polars["d"]["quantiles"][at] for at in (0, 3, 6)]


def test_values_that_may_be_persons_are_not_told(notebook: Notebook) -> None:
    columns = notebook.columns(
        "df = pd.DataFrame({'patient': [f'Person {i}' for i in range(300)], 'mail': ['a@b.ch', 'c@d.ch'] * 150,"
        " 'password': ['open', 'sesame'] * 150, 'note': ['x' * 500] * 300, 'few': [f'Ward {i % 40}' for i in range(300)]})"
    )
    assert ["few"] == [name for name, column in columns.items() if "top" in column]
    assert "Person" not in json.dumps(columns)
    small = notebook.columns("df = pd.DataFrame({'who': ['Ada', 'Bo', 'Cy', 'Di']})")
    assert "top" not in small["who"]


def test_p16_what_looks_like_a_secret_is_masked(notebook: Notebook) -> None:
    token = "ghp_" + "a1B2c3D4e5" * 3 + "f6G7h8"
    columns = notebook.columns(f"df = pd.DataFrame({{'note': ['{token}', 'fine'] * 20}})")
    assert token not in json.dumps(columns)
    assert ["fine", 20] in columns["note"]["top"]


def test_p8_no_method_of_a_user_s_object_is_called(notebook: Notebook) -> None:
    calls: list[str] = []
    notebook.namespace["calls"] = calls
    notebook.run("""
def spring(name):
    def method(self, *args, **kwargs):
        calls.append(name)
        raise RuntimeError(name)
    return method
names = ['__repr__', '__str__', '__eq__', '__hash__', '__len__', '__bool__', '__getattr__', '__float__', '__iter__', '__lt__', '__array__',
         '__format__', '__reduce__', '__index__', '__int__', '__getattribute__']
class Trap: pass
trap = Trap()
column = np.empty(50, dtype=object)
for i in range(50): column[i] = Trap()
class Text(str): pass
class Frame(pd.DataFrame): pass
df = pd.DataFrame({'o': column, 't': [Text('x')] * 50})
own = Frame({'a': [1]})
for name in names:
    setattr(Trap, name, spring(name))
for name in ('__hash__', '__eq__', '__str__', '__len__'):
    setattr(Text, name, spring(name))
for name in ('__getattr__', '__len__', '__getattribute__'):
    setattr(Frame, name, spring(name))
""")
    calls.clear()
    assert ["again"] == [seen.name for seen in notebook.frames("again = df.copy()")]
    notebook.frames("df; again; own; trap")
    assert [] == calls


def test_p8_a_frame_is_gone_when_its_cell_lets_it_go(notebook: Notebook) -> None:
    notebook.run("df = pd.DataFrame({'a': range(5000), 's': ['x'] * 5000}); p = pl.DataFrame({'a': range(5000)})")
    watched = [weakref.ref(notebook.namespace["df"]), weakref.ref(notebook.namespace["p"])]
    gc.disable()
    try:
        notebook.run("del df, p")
        assert [None, None] == [each() for each in watched]
    finally:
        gc.enable()


def test_p4_frame_and_numpy_are_as_before(notebook: Notebook) -> None:
    """No cache in the frame, no view that makes the next write a copy, no warning, no other error state."""
    notebook.namespace["np"].seterr(all="raise")
    try:
        seen = notebook.frame("df = pd.DataFrame({'a': [1e308, 1e308, 1.0], 'b': [1, 2, 3]}); kept = set(vars(df))")
        assert "Infinity" == seen.profile["columns"][0]["mean"]  # type: ignore[index]
        notebook.run("same = kept == set(vars(df)); free = not df._mgr.blocks[0].refs.has_reference()")
        assert (True, True) == (notebook.namespace["same"], notebook.namespace["free"])
        assert {"all": "raise"}["all"] == notebook.namespace["np"].geterr()["over"]
    finally:
        notebook.namespace["np"].seterr(all="warn")


def test_c1_frames_of_any_size_are_looked_at_in_the_budget() -> None:
    notebook = Notebook(BUDGET_S)
    notebook.run("warm = pd.DataFrame({'a': range(9)})")
    notebook.namespace["big"] = None
    took = []
    for source in (
        "wide = pd.DataFrame(np.zeros((50, 10_000)))",
        "long = pd.DataFrame(np.random.default_rng(0).normal(size=(500_000, 20)))",
        "words = pd.DataFrame({f'c{i}': [str(j) for j in range(20_000)] for i in range(20)})",
    ):
        exec(source, notebook.namespace)
        notebook.recorder._owed.append((9, source))
        began = time.perf_counter()
        notebook.recorder._look()
        took.append(time.perf_counter() - began)
    events = {event.name: event for event in notebook.recorder.late() if isinstance(event, FrameSeen)}
    assert (10_000, False) == (events["wide"].columns, events["wide"].complete)
    assert 500_000 == events["long"].rows
    quicker(max(took), 0.1)  # the budget is 10 ms; this machine may be busy


def test_more_frames_than_there_is_time_for_are_said() -> None:
    notebook = Notebook(BUDGET_S)
    events = notebook.run("for i in range(2000): globals()[f'f{i}'] = pd.DataFrame({'a': [i]})")
    (problem,) = (event for event in events if isinstance(event, ProblemSeen))
    assert "not-seen" == problem.what
    assert [] == notebook.frames("k = 1")


def test_the_look_waits_until_the_kernel_is_idle_but_not_beyond_the_next_cell() -> None:
    notebook = Notebook()
    waiting: list[Any] = []

    def when_idle(_name: str, act: Any) -> bool:
        waiting.append(act)
        return True

    notebook.context.when_idle = when_idle
    assert [] == notebook.run("df = pd.DataFrame({'a': [1]})")
    waiting.pop()()
    assert ["df"] == [seen.name for seen in notebook.recorder.late()]  # type: ignore[attr-defined]
    notebook.run("other = pd.DataFrame({'a': [1]})")
    (seen,) = notebook.frames("k = 1")
    assert ("other", 3) == (seen.name, seen.n)
    waiting.pop()()


def test_p12_polars_threads_are_not_started_by_a_look() -> None:
    """A child that is forked later would wait for threads it does not have."""
    if not Path("/proc/self/task").is_dir():
        pytest.skip("threads are counted in /proc")
    code = """
import os, sys
from tests.recorders.test_frames import Notebook
n = Notebook()
source = "df = pl.DataFrame({'a': range(9000), 's': ['x'] * 9000, 'b': [True] * 9000, 'm': [1, None] * 4500})"
n.namespace['pl'].DataFrame({'a': [1]})
exec(source, n.namespace)
before = len(os.listdir('/proc/self/task'))
n.recorder._owed.append((1, source))
n.recorder._look()
n.recorder._owed.append((2, source))
n.recorder._look()
assert [e.name for e in n.recorder.late()] == ['df']
assert before == len(os.listdir('/proc/self/task')), (before, os.listdir('/proc/self/task'))
"""
    root = str(Path(__file__).resolve().parents[2])
    done = subprocess.run([sys.executable, "-c", code], cwd=root, env={**os.environ, "PYTHONPATH": root}, capture_output=True, text=True, timeout=120)  # fmt: skip
    assert (0, "") == (done.returncode, done.stderr)
