"""A verdict names its cause, and says how it knows: by an error, by executing a second time, by what is not as it was recorded."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from labjournal import events as ev
from labjournal.cli.main import main
from labjournal.errors import ReplayFailed
from labjournal.replay.answers import CausePart, ReplayAnswer
from labjournal.replay.comparing.compare import Difference, Done
from labjournal.replay.executing.stopping import ReplayStopped
from labjournal.replay.recorded import Recorded, on_disk
from labjournal.replay.verdicts import establishing, second
from labjournal.replay.verdicts.causes import reasons
from tests.builders import JournalBuilder, RunBuilder, frame, read, result, stream
from tests.replay.conftest import again
from tests.replay.made import A_RUN, execution

Story = Callable[..., RunBuilder]


def cause(answer: ReplayAnswer) -> CausePart:
    assert answer["cause"] is not None
    assert answer["causes"][0] == answer["cause"]
    return answer["cause"]


def test_what_was_left_out_behind_the_place_is_no_cause(story: Story, builder: JournalBuilder) -> None:
    story().execution("print(2)", outputs=[stream("1\n")]).execution("%pip install nosuch")
    answer = again(builder.save())

    assert {"n": 2, "status": "left out", "same": None} in answer["executions"]
    assert not [each for each in answer["causes"] if "left out" in each["sentence"]]


def test_what_differs_from_itself_is_chance_and_the_draw_is_named(
    story: Story, builder: JournalBuilder, capsys: pytest.CaptureFixture[str]
) -> None:
    run = story().execution("import random", bound=["random"]).execution("x = random.random()", used=["random"], bound=["x"])
    run.execution("print('loss', x)", used=["x"], outputs=[stream("loss 0.5\n")], cell_id="c3").execution("open('never', 'w')")
    journal = builder.save()

    status = main(["replay", "last", "--once", "--journal", str(journal)])
    said = capsys.readouterr().out
    answer = again(journal)

    assert 1 == status
    assert ("randomness", "certain") == (cause(answer)["kind"], cause(answer)["surety"])
    assert "`random.random()`, execution 2" in cause(answer)["sentence"]
    assert "differed from itself: execution 3 gave loss 0." in cause(answer)["established"]
    first: dict[str, Any] = answer["first_difference"] or {}
    assert (f"{run.run}/3", "c3", "loss 0.5") == (first["address"], first["cell_id"], first["recorded"])
    again_part = answer["second"]
    assert again_part is not None
    assert (False, 50.0) == (again_part["same"], again_part["limit_s"])
    with builder.open() as opened:
        assert [1, 2, 3] == [each.n for each in opened.executions(again_part["replay"])]  # up to where it parted
    assert "Cause: randomness (probable)\n  Random numbers are drawn without a seed" in said
    assert "\n  By what was recorded; it was not executed a second time.\n" in said


def test_the_clock_is_time_though_draws_stand_elsewhere(story: Story, builder: JournalBuilder) -> None:
    run = story().execution("import time, random", bound=["time", "random"]).execution("y = random.random()", bound=["y"])
    run.execution("x = time.time()", used=["time"], bound=["x"])
    run.execution("print('at', x % 1000)", used=["x"], outputs=[stream("at 0.5\n")])

    found = cause(again(builder.save()))

    assert ("time", "certain", "Execution 3 reads the clock (`time.time()`).") == (
        found["kind"],
        found["surety"],
        found["sentence"],
    )


def test_a_changed_input_is_certain_where_all_else_is_the_same(story: Story, builder: JournalBuilder, project: Path) -> None:
    (project / "a.csv").write_text("2")
    story().execution("import random\nrandom.random()\nNone").execution(
        "print(open('a.csv').read())", outputs=[stream("1\n")], reads=[read(project / "a.csv", b"1", given="a.csv")]
    )

    answer = again(builder.save())

    assert ("data", "certain") == (cause(answer)["kind"], cause(answer)["surety"])
    assert "it came out the same both times" in cause(answer)["established"]
    assert ["data"] == [each["kind"] for each in answer["causes"]]  # the draw that is never shown is ruled out


def test_the_first_frame_that_was_another_is_named_though_nothing_showed_it(
    story: Story, builder: JournalBuilder, project: Path
) -> None:
    (project / "a.csv").write_text("x\n1\n2\n")
    run = story().execution("import pandas as pd", bound=["pd"])
    run.execution(
        "df = pd.read_csv('a.csv')",
        bound=["df"],
        used=["pd"],
        reads=[read(project / "a.csv", b"x\n1\n2\n3\n", given="a.csv")],
        data=[frame("df", 3)],
    )
    run.execution("print(len(df))", used=["df"], outputs=[stream("3\n")])

    first: dict[str, Any] = again(builder.save(), once=True)["first_difference"] or {}

    assert (3, "3", "2") == (first["n"], first["recorded"], first["replayed"])
    where = {"n": 2, "address": f"{run.run}/2", "what": "frame", "in": "df"}
    assert {**where, "recorded": "3 rows", "replayed": "2 rows"} == first["before"]


def test_a_package_is_named_and_only_probable(story: Story, builder: JournalBuilder) -> None:
    run = story().environment(packages={"numpy": "1.0.0", "ipykernel": "1.0"}, used=["numpy"])
    run.execution("import numpy as np", bound=["np"])
    run.execution("print(np.arange(3).sum())", used=["np"], outputs=[stream("4\n")])

    found = cause(again(builder.save()))

    assert ("environment", "probable") == (found["kind"], found["surety"])
    assert "numpy 1.0.0 → " in found["sentence"]


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ("FileNotFoundError: [Errno 2] No such file or directory: 'gone.csv'", "missing file"),
        ("ModuleNotFoundError: No module named 'no_such_module_here'", "environment"),
        ("NameError: name 'never_bound' is not defined", "order"),
        ("StdinNotImplementedError: raw_input was called", "replay"),
        ("URLError: <urlopen error [Errno 111] Connection refused>", "network"),
    ],
)
def test_an_error_says_with_certainty_of_which_kind_it_is(error: str, kind: str) -> None:
    found = reasons(
        Difference("status", "ok", f"failed: {error}"), [execution("f()")], inputs=([], {}), environments=(None, None)
    )

    assert [(kind, True)] == [(reason.kind, reason.certain) for reason in found]


def test_what_an_error_says_is_not_tried_again(story: Story, builder: JournalBuilder) -> None:
    story().execution("import random\nopen('gone.csv' if random.random() else '')", outputs=[result("1")])

    answer = again(builder.save())

    assert ("missing file", "certain", None) == (cause(answer)["kind"], cause(answer)["surety"], answer["second"])
    assert "By the error in execution 1." == cause(answer)["established"]


def test_a_module_of_ones_own_that_is_gone_is_a_missing_file(story: Story, builder: JournalBuilder, project: Path) -> None:
    run = story()
    run.event(ev.ModuleSeen(run.run, 1, "helpers.parts", str(project / "helpers" / "parts.py"), sha256="0" * 64))
    run.execution("import helpers.parts", outputs=[result("1")])

    found = cause(again(builder.save()))

    assert ("missing file", "certain") == (found["kind"], found["surety"])
    assert str(project / "helpers" / "parts.py") in found["sentence"]


def test_what_nothing_explains_is_said_to_be_unknown(story: Story, builder: JournalBuilder) -> None:
    run = story().execution("x = 1", bound=["x"]).execution("print(x)", used=["x"], outputs=[stream("2\n")])

    answer = again(builder.save(), f"{run.run}/2")

    assert ("unknown", "probable") == (cause(answer)["kind"], cause(answer)["surety"])
    assert f"`labjournal replay {run.run}` executes all." in cause(answer)["sentence"]
    assert "it is not chance" in cause(answer)["established"]


def told(first_took: float, executing: Callable[..., Any]) -> second.Second:
    first: Any = SimpleNamespace(by_number=lambda: {1: Done(execution(duration_s=first_took))})
    recorded = Recorded("r1", A_RUN, (Done(execution()),), (), None, (), lambda sha256: b"", on_disk)
    return second.second_time(recorded, first, 1, executing, lambda sentence: None)


def test_what_took_long_is_not_executed_a_second_time() -> None:
    def never(*_: object) -> None:
        raise AssertionError

    assert second.Second(None, reason="that took 400 s") == told(400.0, never)


def test_a_second_time_has_an_end_and_what_goes_wrong_in_it_is_a_reason() -> None:
    limits = []

    @contextlib.contextmanager
    def endless(part: Recorded, within_s: float, which: str = "") -> Iterator[Any]:
        limits.append(within_s)
        yield SimpleNamespace(run=SimpleNamespace(run="r2"), executed=SimpleNamespace(late=within_s, died=False))

    @contextlib.contextmanager
    def refused(part: Recorded, within_s: float, which: str = "") -> Iterator[Any]:
        raise ReplayFailed("The disk is full.", "Free room.")
        yield

    @contextlib.contextmanager
    def unwanted(part: Recorded, within_s: float, which: str = "") -> Iterator[Any]:
        raise ReplayStopped("It was stopped.", "Start it again.")
        yield

    with pytest.raises(ReplayStopped):  # and it is no reason where nobody waits any more
        told(1.0, unwanted)
    assert second.Second(None, "r2", limit_s=140.0, reason="it had not ended after 140 s") == told(40.0, endless)
    assert second.Second(None, limit_s=320.0, reason="The disk is full") == told(250.0, refused)
    assert [140.0] == limits


def test_where_it_differs_in_the_recorded_environment_too_packages_are_not_why() -> None:
    ours: CausePart = {"kind": "environment", "sentence": "The environment differs.", "established": "", "surety": "probable"}
    data: CausePart = {"kind": "data", "sentence": "a.csv is another.", "established": "Twice.", "surety": "probable"}

    assert ["data"] == [each["kind"] for each in establishing._with_environment([ours, data], False, 2)]
    assert ["unknown"] == [each["kind"] for each in establishing._with_environment([ours], False, 2)]
    assert [ours, data] == establishing._with_environment([ours, data], None, 2)
    assert ["certain", "probable"] == [each["surety"] for each in establishing._with_environment([data, ours], True, 2)]
