"""`why` leads from a thing in one's hand to whoever made it, and on to the roots."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from labjournal.errors import AmbiguousAddress, LabjournalError, UnknownAddress
from labjournal.questions.origin.answers import WhyAnswer
from labjournal.questions.origin.targets import find
from labjournal.questions.origin.why import why
from tests.builders import (
    PNG,
    START,
    JournalBuilder,
    RunBuilder,
    deleted,
    display,
    figure,
    query,
    read,
    remote,
    sha256,
    written,
)

DAY = 86400.0


def ask(builder: JournalBuilder, target: str, folder: Path | None = None, *, forward: bool = False) -> WhyAnswer:
    with builder.open() as journal:
        return why(journal, find(journal, target, folder=folder), forward=forward)


def maker(answer: WhyAnswer) -> str | None:
    return answer["produced_by"]["address"] if answer["produced_by"] else None


def made_by(answer: WhyAnswer) -> dict[str, str | None]:
    """Path of every input → who made it."""
    return {part["path"]: part["produced_by"]["address"] if part["produced_by"] else None for part in answer["inputs"]}


@pytest.fixture
def two_days(builder: JournalBuilder) -> JournalBuilder:
    """Cleaned on one day, moved by hand, modelled on the next, and the raw data overwritten since."""
    first = builder.run(notebook="/home/ada/clean.ipynb").environment({"pandas": "2.3.0"}, used=["pandas"]).git()
    first.execution("raw = pd.read_csv('raw.csv')", bound=["raw"], reads=[read("/home/ada/raw.csv", b"raw of Monday")])
    first.execution("scratch = 1", bound=["scratch"])
    first.execution("clean = raw.dropna()", bound=["clean"], used=["raw"], parameters={"how": "any"})
    first.execution("clean.to_csv('clean.csv')", used=["clean"], writes=[written("/home/ada/clean.csv", b"clean")])
    second = builder.run(notebook="/home/ada/model.ipynb", started=START + DAY)
    second.execution(
        "data = pd.read_csv('archive/monday.csv')", bound=["data"], reads=[read("/home/ada/archive/monday.csv", b"clean")]
    )
    second.execution("model = fit(data)", bound=["model"], used=["data"], metrics={"accuracy": 0.9}, parameters={"depth": 4})
    second.execution("save(model, 'model.pkl')", used=["model"], writes=[written("/home/ada/model.pkl", b"model")])
    third = builder.run(notebook="/home/ada/fetch.ipynb", started=START + 2 * DAY)
    third.execution("fetch('raw.csv')", writes=[written("/home/ada/raw.csv", b"raw of Wednesday")])
    return builder


def test_a_file_is_found_by_its_content_wherever_it_lies(two_days: JournalBuilder, tmp_path: Path) -> None:
    (tmp_path / "from-a-mail.bin").write_bytes(b"model")

    answer = ask(two_days, "from-a-mail.bin", tmp_path)

    assert ("r002/3", "file", "content") == (maker(answer), answer["kind"], answer["found"])
    assert ["r002/1", "r002/2", "r002/3"] == [step["address"] for step in answer["recipe"]]
    assert {"/home/ada/archive/monday.csv": "r001/4"} == made_by(answer)
    assert answer["produced_by"] is not None
    assert "/home/ada/model.pkl" == answer["produced_by"]["path"]
    assert ({"accuracy": 0.9}, {"depth": 4}) == (answer["metrics"], answer["parameters"])


def test_what_lies_behind_is_followed_across_notebooks_and_days(two_days: JournalBuilder) -> None:
    answer = ask(two_days, sha256(b"model"))

    (upstream,) = answer["upstream"]
    assert ("r001", "/home/ada/clean.ipynb", ["r001/4"], 1) == (
        upstream["run"],
        upstream["notebook"],
        upstream["addresses"],
        upstream["distance"],
    )
    assert ["/home/ada/clean.csv"] == upstream["made"]
    assert [("/home/ada/raw.csv", sha256(b"raw of Monday"), None)] == [
        (part["path"], part["sha256"], part["produced_by"]) for part in upstream["inputs"]
    ]


def test_forward_tells_who_used_it_and_what_became_of_it(two_days: JournalBuilder) -> None:
    answer = ask(two_days, sha256(b"raw of Monday"), forward=True)

    assert ("read", None) == (answer["found"], answer["produced_by"])
    assert [("r001/1", 1, ["/home/ada/clean.csv"], []), ("r002/1", 2, ["/home/ada/model.pkl"], ["accuracy"])] == [
        (use["address"], use["distance"], use["files"], use["metrics"]) for use in answer["used_by"]
    ]


def test_an_execution_and_a_number_are_asked_about_by_address(two_days: JournalBuilder) -> None:
    by_address, by_metric = ask(two_days, "r002/3"), ask(two_days, "r002:accuracy")

    assert ("execution", "r002/3", "metric", "r002/2") == (
        by_address["kind"],
        maker(by_address),
        by_metric["kind"],
        maker(by_metric),
    )
    assert ["r002/1", "r002/2"] == [step["address"] for step in by_metric["recipe"]]
    assert made_by(by_address) == made_by(by_metric)
    assert made_by(ask(two_days, "r002:Accuracy")) == made_by(by_metric)
    with pytest.raises(UnknownAddress, match="no execution 99"):
        ask(two_days, "r002/99:accuracy")


def test_environment_and_git_are_those_of_the_maker(two_days: JournalBuilder) -> None:
    answer = ask(two_days, sha256(b"clean"))

    assert ({"pandas": "2.3.0"}, ["pandas"], "main") == (
        answer["environment"]["packages"],
        answer["environment"]["used"],
        answer["git"]["branch"],
    )


def test_a_file_renamed_and_copied_by_recorded_code_leads_to_whoever_made_it(builder: JournalBuilder, tmp_path: Path) -> None:
    builder.run().execution("write()", writes=[written("/d/a.csv", b"content")])
    builder.run().execution(
        "os.rename('a.csv', 'b.csv')",
        writes=[written("/d/b.csv", b"content", moved="/d/a.csv"), deleted("/d/a.csv", moved="/d/b.csv")],
    )
    builder.run().execution(
        "shutil.copy('b.csv', 'c.csv')", reads=[read("/d/b.csv", b"content")], writes=[written("/d/c.csv", b"content")]
    )
    builder.run().execution("open('c.csv').read()", reads=[read("/d/c.csv", b"content")])

    assert {"/d/c.csv": "r001/1"} == made_by(ask(builder, "r004/1"))
    answer = ask(builder, sha256(b"content"))
    assert ("r001/1", ["r003/1", "r002/1"]) == (maker(answer), [other["address"] for other in answer["others"]])


def test_a_renamed_file_whose_content_is_not_known_is_followed_by_its_paths(builder: JournalBuilder) -> None:
    builder.run().execution("write()", writes=[written("/d/a.csv")])
    builder.run().execution("os.rename('a.csv', 'b.csv')", writes=[written("/d/b.csv", moved="/d/a.csv")])
    builder.run().execution("read()", reads=[read("/d/b.csv")])

    answer = ask(builder, "r003/1")

    assert ({"/d/b.csv": "r001/1"}, "path") == (made_by(answer), answer["inputs"][0]["produced_how"])
    assert any("could not be compared" in sentence for sentence in answer["not_seen"])


def test_of_several_makers_the_last_before_the_reading_counts(builder: JournalBuilder) -> None:
    builder.run().execution("write()", writes=[written("/d/a.csv", b"same")])
    builder.run().execution("write()", writes=[written("/d/a.csv", b"same")])
    builder.run().execution("read()", reads=[read("/d/a.csv", b"same")])
    builder.run().execution("write()", writes=[written("/d/a.csv", b"same")])

    assert {"/d/a.csv": "r002/1"} == made_by(ask(builder, "r003/1"))
    answer = ask(builder, sha256(b"same"))
    assert ("r004/1", ["r002/1", "r001/1"]) == (maker(answer), [other["address"] for other in answer["others"]])


def test_of_equal_contents_at_several_paths_the_one_that_was_read_counts(builder: JournalBuilder) -> None:
    builder.run().execution("write()", writes=[written("/d/a.csv", b"0")])
    builder.run().execution("write()", writes=[written("/d/unrelated.csv", b"0")])
    builder.run().execution("read()", reads=[read("/d/a.csv", b"0")])

    assert {"/d/a.csv": "r001/1"} == made_by(ask(builder, "r003/1"))


def test_empty_files_are_not_taken_for_each_other(builder: JournalBuilder, tmp_path: Path) -> None:
    builder.run().execution("write()", writes=[written("/d/marker", b"")])
    builder.run().execution("read()", reads=[read("/d/other", b"")])

    assert {"/d/other": None} == made_by(ask(builder, "r002/1"))
    with pytest.raises(UnknownAddress, match="empty file"):
        ask(builder, sha256(b""))


def test_whoever_wrote_a_content_elsewhere_after_it_was_read_did_not_make_what_was_read(
    builder: JournalBuilder, tmp_path: Path
) -> None:
    """A table that is loaded and saved under another name has the same bytes; the one it was loaded from is nobody's all the same."""
    run = builder.run()
    run.execution("load()", reads=[read("/home/ada/in.csv", b"by hand")])
    run.execution("save()", writes=[written("/home/ada/copy.csv", b"by hand")])
    builder.run().execution("load()", reads=[read("/home/ada/in.csv", b"by hand")])
    builder.run().execution("load()", reads=[read("/home/ada/copy.csv", b"by hand")])

    assert {"/home/ada/in.csv": None} == made_by(ask(builder, "r002/1"))
    assert {"/home/ada/copy.csv": "r001/2"} == made_by(ask(builder, "r003/1"))


def test_whoever_read_an_equal_content_before_it_was_made_did_not_use_it(builder: JournalBuilder) -> None:
    """Two small tables may well have the same bytes."""
    builder.run().execution("look()", reads=[read("/home/ada/other.csv", b"a,b")])
    run = builder.run().execution("load()", reads=[read("/home/ada/in.csv", b"raw")], bound=["rows"])
    run.execution("save(rows)", used=["rows"], writes=[written("/home/ada/small.csv", b"a,b")])
    builder.run().execution("go on()", reads=[read("/home/ada/small.csv", b"a,b")])

    assert ["r002/1", "r003/1"] == [use["address"] for use in ask(builder, sha256(b"raw"), forward=True)["used_by"]]


def test_a_replay_that_saved_what_it_had_loaded_is_nobodys_origin(builder: JournalBuilder) -> None:
    replay = builder.run(replay_of="r000")
    replay.execution("load()", reads=[read("/tmp/workspace/in.csv", b"by hand")])
    replay.execution("save()", writes=[written("/tmp/workspace/copy.csv", b"by hand")])
    builder.run().execution("load()", reads=[read("/home/ada/in.csv", b"by hand")])

    assert {"/home/ada/in.csv": None} == made_by(ask(builder, "r002/1"))


def test_a_replay_is_not_taken_for_the_origin(builder: JournalBuilder) -> None:
    builder.run().execution("write()", writes=[written("/d/a.csv", b"1")])
    builder.run(replay_of="r001").execution("write()", writes=[written("/tmp/replay/a.csv", b"1")])

    assert "r001/1" == maker(ask(builder, sha256(b"1")))


def test_a_replay_is_not_named_as_the_last_reader_of_a_content_nobody_made(builder: JournalBuilder, tmp_path: Path) -> None:
    first = builder.run()
    first.execution("rows = open('raw.csv').read()", reads=[read("/home/ada/raw.csv", b"raw")])
    again = builder.run(replay_of=first.run)
    again.execution("rows = open('raw.csv').read()", reads=[read("/tmp/workspace/raw.csv", b"raw")])
    (tmp_path / "raw.csv").write_bytes(b"raw")

    answer = ask(builder, "raw.csv", tmp_path)

    assert [f"{first.run}/1"] == [part["read_by"] for part in answer["inputs"]], "a replay works on a copy that goes away"
    assert f"it was only ever read, last by {first.run}/1 from '/home/ada/raw.csv'" in " ".join(answer["not_seen"])


def test_a_chain_that_bites_its_tail_ends(builder: JournalBuilder) -> None:
    for _ in range(3):
        builder.run().execution("flip('a', 'b')", reads=[read("/d/a", b"a")], writes=[written("/d/b", b"b")])
        builder.run().execution("flip('b', 'a')", reads=[read("/d/b", b"b")], writes=[written("/d/a", b"a")])

    answer = ask(builder, sha256(b"b"), forward=True)

    assert ("r005/1", [1, 2, 3, 4]) == (maker(answer), [part["distance"] for part in answer["upstream"]])
    assert ["r002/1", "r003/1", "r004/1", "r005/1", "r006/1"] == sorted(use["address"] for use in answer["used_by"])


def test_a_run_that_reads_what_it_wrote_itself_needs_no_other(builder: JournalBuilder, run: RunBuilder) -> None:
    run.execution("raw = read()", bound=["raw"], reads=[read("/d/raw", b"raw")])
    run.execution("write(raw)", used=["raw"], writes=[written("/d/mid", b"mid")])
    run.execution("mid = read()", bound=["mid"], reads=[read("/elsewhere/mid", b"mid")])
    run.execution("write(mid)", used=["mid"], writes=[written("/d/end", b"end")])

    answer = ask(builder, sha256(b"end"))

    assert ([1, 2, 3, 4], []) == ([int(step["address"].split("/")[1]) for step in answer["recipe"]], answer["upstream"])
    assert {"/elsewhere/mid": "r001/2", "/d/raw": None} == made_by(answer)


@pytest.mark.parametrize("inline", [True, False])
def test_a_figure_that_was_only_shown_is_found_by_its_bytes(
    inline: bool, builder: JournalBuilder, run: RunBuilder, tmp_path: Path
) -> None:
    import base64

    run.execution("x = 1", bound=["x"])
    shown = display({"application/x-picture": base64.b64encode(PNG).decode()}) if inline else figure()
    run.execution("plot(x)", used=["x"], outputs=[shown])
    run.execution("plot(2)", outputs=[figure(PNG + b"other")])
    (tmp_path / "slide.png").write_bytes(PNG)

    answer = ask(builder, "slide.png", tmp_path)

    assert ("r001/2", "shown") == (maker(answer), answer["found"])


def test_a_drawing_that_was_only_shown_is_found_by_its_text(builder: JournalBuilder, run: RunBuilder, tmp_path: Path) -> None:
    drawing = '<svg xmlns="http://www.w3.org/2000/svg"><text>"ü"\n</text></svg>'
    run.execution("draw()", outputs=[display({"image/svg+xml": drawing})])
    (tmp_path / "a.svg").write_text(drawing, encoding="utf-8")

    assert "r001/1" == maker(ask(builder, "a.svg", tmp_path))


def test_a_table_is_known_by_the_statements_that_changed_it(builder: JournalBuilder, tmp_path: Path) -> None:
    database = str(tmp_path / "sales.sqlite")
    builder.run().execution(
        "load()", reads=[read("/d/raw.csv", b"raw")], data=[query(database, "INSERT INTO cups VALUES (?, ?)")]
    )
    asked = [query(database, "SELECT name FROM sqlite_master WHERE name = ?"), query(database, "SELECT * FROM cups")]
    builder.run().execution("ask()", data=asked, writes=[written("/d/report", b"report")])
    builder.run().execution("spoil()", data=[query(database, "UPDATE cups SET n = ?"), query(database, "CREATE TABLE mugs (n)")])

    by_report = ask(builder, sha256(b"report"))
    assert {f"{database}#cups": "r001/1"} == made_by(by_report)
    assert ["/d/raw.csv"] == [part["path"] for part in by_report["upstream"][0]["inputs"]]
    for target in ("sales.sqlite:cups", "sales.sqlite#cups", f"{database}#CUPS"):
        assert ("table", "r003/1") == (ask(builder, target, tmp_path)["kind"], maker(ask(builder, target, tmp_path)))
    with pytest.raises(UnknownAddress, match="cups"):
        ask(builder, "sales.sqlite:plates", tmp_path)


def test_remote_data_is_an_input_like_any_other(builder: JournalBuilder) -> None:
    builder.run().execution("send()", data=[remote("s3://bucket/a.parquet", "written")])
    builder.run().execution("fetch()", data=[remote("s3://bucket/a.parquet", version="v1", bytes=10)])

    (part,) = ask(builder, "r002/1")["inputs"]

    assert ("remote", "s3://bucket/a.parquet", "r001/1", 10) == (
        part["kind"],
        part["path"],
        part["produced_by"] and part["produced_by"]["address"],
        part["bytes"],
    )


def test_a_file_nobody_recorded_is_refused_with_the_nearest_known(
    builder: JournalBuilder, run: RunBuilder, tmp_path: Path
) -> None:
    path = os.path.realpath(tmp_path / "model.pkl")
    run.execution("save()", writes=[written(path, b"older content")])
    run.execution("save()", writes=[written("/d/other.bin", b"0123456789")])
    (tmp_path / "model.pkl").write_bytes(b"newer")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "model.pkl").write_bytes(b"elsewhere")
    (tmp_path / "long.bin").write_bytes(b"9876543210")
    (tmp_path / "strange.bin").write_bytes(b"never seen by anybody")

    for target, words in (
        ("model.pkl", f"Another content of this path is known: '{path}', r001/1"),
        ("sub/model.pkl", f"A file of the same name is known: '{path}', r001/1"),
        ("long.bin", "A file of the same length is known: '/d/other.bin', r001/2"),
        ("strange.bin", "Nothing like it is known"),
        ("gone/model.pkl", f"A file of the same name is known: '{path}'"),
    ):
        with pytest.raises(UnknownAddress) as refused:
            ask(builder, target, tmp_path)
        assert words in str(refused.value), target


def test_a_file_that_is_gone_is_known_by_its_path(builder: JournalBuilder, run: RunBuilder, tmp_path: Path) -> None:
    run.execution("save()", writes=[written(os.path.realpath(tmp_path / "gone.csv"), b"1")])

    assert "r001/1" == maker(ask(builder, "gone.csv", tmp_path))


def test_a_content_is_known_by_the_first_digits_of_its_digest(builder: JournalBuilder, run: RunBuilder) -> None:
    """As tables and pages show them, also where the file is gone or was overwritten."""
    run.execution("read()", reads=[read("/home/ada/raw.csv", b"raw")])
    run.execution("save()", writes=[written("/home/ada/model.pkl", b"model")])

    assert "r001/2" == maker(ask(builder, sha256(b"model")[:8].upper()))
    assert ["r001/1"] == [use["address"] for use in ask(builder, sha256(b"raw")[:12], forward=True)["used_by"]]
    with pytest.raises(UnknownAddress):
        ask(builder, sha256(b"model")[:7])


def test_a_folder_is_said_to_be_one(builder: JournalBuilder, run: RunBuilder, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    run.execution("x = 1")

    with pytest.raises(UnknownAddress, match="'data' is a folder"):
        ask(builder, "data", tmp_path)


@pytest.mark.parametrize("target", ["nosuchrun", "r001/99", "", "\0", "x" * 10_000, "r001/1:loss", "a:b", "#", ":", "f" * 64])
def test_what_means_nothing_is_refused_in_a_sentence(
    target: str, builder: JournalBuilder, run: RunBuilder, tmp_path: Path
) -> None:
    run.execution("x = 1", metrics={"accuracy": 1.0})

    with pytest.raises(UnknownAddress) as refused:
        ask(builder, target, tmp_path)
    assert refused.value.remedy


def test_a_pipe_or_a_device_is_never_opened(builder: JournalBuilder, run: RunBuilder, tmp_path: Path) -> None:
    run.execution("x = 1")
    os.mkfifo(tmp_path / "pipe")

    for target in (str(tmp_path / "pipe"), "/dev/zero"):
        with pytest.raises(LabjournalError, match="not a regular file"):
            ask(builder, target, tmp_path)


def test_what_was_not_seen_is_said_for_everything_involved(two_days: JournalBuilder) -> None:
    two_days.runs[0].problem("not-seen", "What a subprocess writes is not seen.", n=3).problem(
        "not-seen", "Nothing of it matters.", n=2
    )
    two_days.runs[1].problem("not-seen", "Files were watched by the audit hook only.")
    last = two_days.run(started=START + 3 * DAY)
    last.execution(
        "use()",
        reads=[
            read("/home/ada/model.pkl", b"model"),
            read("/home/ada/big.bin", reason="it was larger than time allowed"),
            read("/home/ada/maybe.csv", b"?", confidence="unattributed"),
            read("/home/ada/raw.csv", b"edited by hand"),
        ],
    )

    said = ask(two_days, "r004/1")["not_seen"]

    for sentence in (
        "r001/3: What a subprocess writes is not seen.",
        "r002: Files were watched by the audit hook only.",
        "What r004/1 read from '/home/ada/big.bin' is not known: it was larger than time allowed.",
        "Something read '/home/ada/maybe.csv' while r004/1 ran; it may have been another program.",
        "'/home/ada/raw.csv' was changed after r003/1 wrote it and before r004/1 read it; by whom was not recorded.",
    ):
        assert sentence in said
    assert not [sentence for sentence in said if "Nothing of it matters" in sentence]


def test_inputs_that_do_not_matter_to_the_maker_are_not_followed(builder: JournalBuilder) -> None:
    first = builder.run()
    first.execution("a = read('a')", bound=["a"], reads=[read("/d/a", b"a")])
    first.execution("b = read('b')", bound=["b"], reads=[read("/d/b", b"b")])
    first.execution("a = read('c')", bound=["a"], reads=[read("/d/c", b"c")])
    first.execution("save(a)", used=["a"], writes=[written("/d/out", b"out")])
    builder.run().execution("use()", reads=[read("/d/out", b"out")])

    (upstream,) = ask(builder, "r002/1")["upstream"]

    assert ["/d/c"] == [part["path"] for part in upstream["inputs"]]


def test_long_chains_behind_tell_the_same_by_names_alone(builder: JournalBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    first = builder.run()
    first.execution("a = read('a')", bound=["a"], reads=[read("/d/a", b"a")])
    first.execution("b = read('b')", bound=["b"], reads=[read("/d/b", b"b")])
    first.execution("a = read('c')", bound=["a"], reads=[read("/d/c", b"c")])
    first.execution("if a: b = read('d')", bound=["b"], used=["a"], reads=[read("/d/d", b"d")])
    first.execution("save(b)", used=["b"], writes=[written("/d/out", b"out")])
    builder.run().execution("use()", reads=[read("/d/out", b"out")])
    exact = ask(builder, "r002/1")

    monkeypatch.setattr("labjournal.questions.origin.why._EXACT", 0)

    assert exact["upstream"] == ask(builder, "r002/1")["upstream"]
    assert ["/d/b", "/d/c", "/d/d"] == [part["path"] for part in exact["upstream"][0]["inputs"]]


def test_a_database_that_several_paths_end_with_must_be_named_in_full(builder: JournalBuilder, run: RunBuilder) -> None:
    run.execution("a()", data=[query("/a/x.db", "SELECT 1 FROM t"), query("/b/x.db", "SELECT 1 FROM t")])

    with pytest.raises(AmbiguousAddress):
        ask(builder, "x.db#t")


def test_a_large_file_whose_digest_is_not_known_is_found_by_its_edges(
    builder: JournalBuilder, run: RunBuilder, tmp_path: Path
) -> None:
    content = b"begin" + bytes(300_000) + b"end"
    edges = sha256(content[: 64 << 10] + content[-64 << 10 :])
    run.execution("save()", writes=[written("/d/model.bin", reason="it was large", edges=edges, bytes=len(content))])
    run.execution("save()", writes=[written("/d/other.bin", reason="it was large", edges="0" * 64, bytes=len(content))])
    (tmp_path / "moved.bin").write_bytes(content)

    answer = ask(builder, "moved.bin", tmp_path)

    assert ("r001/1", "edges") == (maker(answer), answer["found"])
    assert any("first and last 64 KiB" in sentence for sentence in answer["not_seen"])
