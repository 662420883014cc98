"""`log` and `show` tell what happened, in the shape of the contract."""

from __future__ import annotations

import math
from pathlib import Path

from labjournal import events as ev
from labjournal.journal.rows import Address
from labjournal.questions import timeline
from labjournal.questions.answers import ExecutionPart, LogAnswer, ShowAnswer
from labjournal.questions.metrics import once
from tests.builders import START, JournalBuilder, RunBuilder, error, figure, metric, read, result, sha256, stream, written


def log(builder: JournalBuilder, **asked: str | int | None) -> LogAnswer:
    with builder.open() as journal:
        return timeline.log(journal, **asked)  # type: ignore[arg-type]


def show(builder: JournalBuilder, run: str, n: int | None = None) -> ShowAnswer:
    with builder.open() as journal:
        return timeline.show(journal, Address(run, n))


def shown(builder: JournalBuilder, run: RunBuilder) -> ExecutionPart:
    """The latest execution of the run as `show` tells it."""
    return show(builder, run.run, run.n)["executions"][0]


def test_log_tells_a_run_in_a_line(builder: JournalBuilder, run: RunBuilder) -> None:
    run.execution("a = 1", metrics={"accuracy": 0.5}).execution("1/0", status="failed").tag("good").name("champion")

    (answer,) = log(builder)["runs"]

    assert {
        "run": "r001",
        "name": "champion",
        "notebook": "/home/ada/analysis.ipynb",
        "kernel": "python3",
        "kernel_id": "",
        "client": "jupyterlab",
        "python": "3.11.7",
        "started": "2026-11-03T14:46:00.000+05:45",
        "ended": "2026-11-03T14:46:04.000+05:45",
        "duration_s": 4.0,
        "status": "ended",
        "executions": 2,
        "failed": 1,
        "files_read": 0,
        "files_written": 0,
        "metrics": {"accuracy": 0.5},
        "tags": ["good"],
        "replay_of": None,
    } == answer


def test_log_is_newest_first_and_limited(builder: JournalBuilder) -> None:
    for _ in range(3):
        builder.run().execution("a = 1")

    assert ["r003", "r002"] == [run["run"] for run in log(builder, limit=2)["runs"]]


def test_log_of_a_day_holds_runs_in_which_something_ran_that_day(builder: JournalBuilder) -> None:
    """A kernel that was started the day before and is still at work belongs to both days."""
    builder.run("early", started=START - 3 * 86400).execution("a = 1")
    builder.run("over", started=START - 86400).execution("a = 1").execution("a = 2", started=START + 60)
    builder.run("today", started=START + 30).execution("a = 1")
    builder.run("late", started=START + 86400).execution("a = 1")

    answer = log(builder, since="2026-11-03T00:00:00.000000+00:00", until="2026-11-04T00:00:00.000000+00:00")

    assert ["today", "over"] == [run["run"] for run in answer["runs"]]


def test_the_metric_of_a_run_is_its_last_value(builder: JournalBuilder, run: RunBuilder) -> None:
    run.execution("fit()").event(*[ev.MetricLogged("", 1, "loss", 1.0 / step, step=step) for step in (1, 2, 4)])

    assert {"loss": 0.25} == log(builder)["runs"][0]["metrics"]


def test_a_logged_metric_stands_before_a_printed_one(builder: JournalBuilder, run: RunBuilder) -> None:
    run.execution("labjournal.metric('auc', 0.9)", metrics={"auc": 0.9})
    run.execution("print('auc: 0.1')").event(ev.MetricLogged("", 2, "auc", 0.1, source="printed"))

    assert {"auc": 0.9} == log(builder)["runs"][0]["metrics"]


def test_the_name_that_was_printed_is_a_name_of_the_number_too(builder: JournalBuilder, run: RunBuilder) -> None:
    """`acc = accuracy_score(…); print(f"Accuracy: {acc:.2f}")`; in another execution the printed number is its own."""
    returned = metric("acc", 0.9312, source="returned", confidence=0.95)
    run.execution("print(acc)", seen=[returned, metric("accuracy", 0.93, source="printed", confidence=0.5)])
    run.execution("print(0.93)", seen=[metric("accuracy_before", 0.93, source="printed", confidence=0.5)])

    assert {"acc": 0.9312, "accuracy": 0.93} == log(builder)["runs"][0]["metrics"] == show(builder, "r001")["metrics"]
    assert {"acc": 0.9312, "accuracy": 0.93} == show(builder, "r001", 1)["executions"][0]["metrics"]
    assert {} == shown(builder, run)["metrics"]
    assert ["r001"] == [each["run"] for each in log(builder, metric="Accuracy")["runs"]]


def test_numbers_that_json_lacks_are_words(builder: JournalBuilder, run: RunBuilder) -> None:
    run.execution(
        "", metrics={"a": math.nan, "b": math.inf, "c": -math.inf, "d": 1.5}, parameters={"rates": [math.nan, {"x": math.inf}]}
    )

    answer = shown(builder, run)

    assert {"a": "NaN", "b": "Infinity", "c": "-Infinity", "d": 1.5} == answer["metrics"]
    assert {"rates": ["NaN", {"x": "Infinity"}]} == answer["parameters"]


def test_show_tells_the_environment_and_what_of_it_was_used(builder: JournalBuilder, run: RunBuilder) -> None:
    run.environment({"pandas": "2.3.0", "numpy": "2.3.1"}, used=["pandas"]).execution("import pandas")

    environment = show(builder, run.run)["environment"]

    assert ("3.11.7", "Linux x86_64") == (environment["python"], environment["platform"])
    assert {"numpy": "2.3.1", "pandas": "2.3.0"} == environment["packages"]
    assert ["pandas"] == environment["used"]


def test_show_tells_where_git_stood(builder: JournalBuilder, run: RunBuilder) -> None:
    run.git("ab" * 20, branch="try", dirty=True).execution("a = 1")

    git = show(builder, run.run)["git"]

    assert ("ab" * 20, "try", True, "https://example.org/prices.git") == (
        git["commit"],
        git["branch"],
        git["dirty"],
        git["remote"],
    )


def test_what_was_not_seen_is_null_not_missing(builder: JournalBuilder, run: RunBuilder) -> None:
    run.execution("a = 1")

    answer = show(builder, run.run)

    assert (None, None, None, None) == tuple(answer["git"][key] for key in ("commit", "branch", "dirty", "remote"))
    assert ("3.11.7", {}, []) == (
        answer["environment"]["python"],
        answer["environment"]["packages"],
        answer["environment"]["used"],
    )


def test_an_execution_knows_what_it_read_and_wrote(builder: JournalBuilder, run: RunBuilder) -> None:
    run.execution("convert()", reads=[read("/home/ada/a.csv", b"1,2")], writes=[written("/home/ada/b.csv", b"3")])

    answer = shown(builder, run)

    assert [("/home/ada/a.csv", sha256(b"1,2"), 3)] == [
        (file["path"], file["sha256"], file["bytes"]) for file in answer["inputs"]
    ]
    assert [("/home/ada/b.csv", sha256(b"3"), 1)] == [(file["path"], file["sha256"], file["bytes"]) for file in answer["files"]]


def test_outputs_have_the_shape_of_nbformat(builder: JournalBuilder, run: RunBuilder) -> None:
    run.execution(
        "go()", outputs=[stream("3\n"), result("42"), error("KeyError", "'x'", "line 1\nKeyError: 'x'")], status="failed"
    )

    one, two, three = shown(builder, run)["outputs"]

    assert ("stream", "stdout", "3\n") == (one["output_type"], one["name"], one["text"])
    assert ("execute_result", {"text/plain": "42"}, 1) == (two["output_type"], two["data"], two["execution_count"])
    assert ("error", "KeyError", "'x'", ["line 1", "KeyError: 'x'"]) == (
        three["output_type"],
        three["ename"],
        three["evalue"],
        three["traceback"],
    )


def test_a_picture_is_laid_into_the_answer_about_its_execution(builder: JournalBuilder, run: RunBuilder) -> None:
    picture = figure()
    run.execution("plot()", outputs=[picture])

    assert picture.data == shown(builder, run)["outputs"][0]["data"]


def test_a_picture_stays_a_reference_in_the_answer_about_the_run(builder: JournalBuilder, run: RunBuilder) -> None:
    run.execution("plot()", outputs=[figure()])

    value = show(builder, run.run)["executions"][0]["outputs"][0]["data"]["image/png"]

    assert {"blob", "bytes", "base64"} == set(value)


def test_a_large_blob_stays_a_reference(builder: JournalBuilder, run: RunBuilder) -> None:
    digest = run.keep(b"x" * 2_000_000)
    reference = {"blob": digest, "bytes": 2_000_000, "base64": False}
    run.event(
        ev.ExecutionStarted(run.run, 1, run.now, "show()"),
        ev.OutputShown("", 1, 0, "display_data", data={"text/html": reference}),
    )
    run.n = 1

    assert {"text/html": reference} == shown(builder, run)["outputs"][0]["data"]


def test_a_reference_that_leads_elsewhere_is_not_followed(builder: JournalBuilder, run: RunBuilder, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    reference = {"blob": "../../secret", "bytes": 6, "base64": False}
    run.execution("show()").event(ev.OutputShown("", 1, 0, "display_data", data={"text/plain": reference}))

    assert {"text/plain": reference} == shown(builder, run)["outputs"][0]["data"]


def test_a_blob_that_is_gone_stays_a_reference(builder: JournalBuilder, run: RunBuilder) -> None:
    run.execution("plot()", outputs=[figure()])
    for blob in (builder.save() / "blobs").rglob("*"):
        if blob.is_file():
            blob.unlink()

    assert {"blob", "bytes", "base64"} == set(shown(builder, run)["outputs"][0]["data"]["image/png"])


def test_warnings_say_what_to_know_before_trusting_it(builder: JournalBuilder, run: RunBuilder) -> None:
    run.execution(
        "key = '[REDACTED:key]'",
        redactions=1,
        outputs=[stream("[REDACTED:key]", redactions=2), stream("head … tail", truncated=True)],
        reads=[read("/home/ada/a.csv", reason="it was too large")],
    )
    run.problem("not-seen", "Files that a subprocess opens are not seen.", n=1)
    run.event(ev.RecorderFailed("", 1, "git", "OSError: no"))

    answer = shown(builder, run)["warnings"]

    assert "1 secret was masked in the code." in answer
    assert "2 secrets were masked in the outputs." in answer
    assert any(sentence.startswith("Only the head and the tail of output 2 (stdout) are kept") for sentence in answer)
    assert "What was read from '/home/ada/a.csv' is not known: it was too large." in answer
    assert "Files that a subprocess opens are not seen." in answer
    assert any("recorder failed" in sentence and "git" in sentence for sentence in answer)


def test_a_run_repeats_what_its_executions_warn_of(builder: JournalBuilder, run: RunBuilder) -> None:
    run.execution("a = 1", redactions=1).problem("not-seen", "The notebook is not known.")

    assert ["The notebook is not known.", "r001/1: 1 secret was masked in the code."] == show(builder, run.run)["warnings"]


def test_a_kernel_that_died_is_said(builder: JournalBuilder) -> None:
    run = builder.run(alive=True)
    run.execution("train()", status=None, outputs=[])
    builder.save()
    run.die()

    answer = show(builder, run.run)

    assert ("abandoned", "abandoned") == (answer["status"], answer["executions"][0]["status"])
    assert "The kernel died before it could end the run." in answer["warnings"]
    assert any("what it showed in its last second may be missing" in sentence for sentence in answer["warnings"])


def test_notes_tags_and_names_stand_where_they_were_put(builder: JournalBuilder, run: RunBuilder) -> None:
    run.execution("a = 1").note("on the run").note("on the cell", n=1).tag("t", n=1).name("handle", n=1)

    whole, one = show(builder, run.run), shown(builder, run)

    assert [("on the run", 0), ("on the cell", 1)] == sorted(
        ((note["text"], note["n"]) for note in whole["notes"]), key=lambda pair: pair[1]
    )
    assert (["t"], "handle", ["on the cell"]) == (one["tags"], one["name"], [note["text"] for note in one["notes"]])


def test_a_run_that_is_still_going_has_no_end(builder: JournalBuilder) -> None:
    builder.run(alive=True).execution("sleep()", status=None)

    answer = show(builder, "r001")

    assert ("running", None, None) == (answer["status"], answer["ended"], answer["duration_s"])
    assert ("running", None, None) == tuple(answer["executions"][0][key] for key in ("status", "ended", "duration_s"))


def test_somebody_who_reads_is_told_each_number_once() -> None:
    """Under the name it had first; rounded as it was printed it is the same number, another split's is not."""
    assert {"acc": 0.9637, "test_acc": 0.91, "lr": "NaN"} == once(
        {"acc": 0.9637, "accuracy": 0.96, "test_acc": 0.91, "lr": "NaN", "ACC": 0.9637}
    )
