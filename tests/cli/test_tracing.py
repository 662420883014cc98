"""why as a person at a terminal asks and reads it."""

from __future__ import annotations

from pathlib import Path

import pytest

from labjournal.questions.origin import targets
from tests.builders import JournalBuilder, read, sha256, written
from tests.cli.conftest import Cli
from tests.cli.story import CLEAN


def test_why_tells_maker_recipe_inputs_and_what_lies_behind(
    cli: Cli, data_story: JournalBuilder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("renamed.bin").write_bytes(b"model of Tuesday")

    answer = cli("why", "renamed.bin")

    assert (0, "") == (answer.status, answer.err)
    lines = answer.out.splitlines()
    assert str(tmp_path / "renamed.bin") == lines[0]
    for words in (
        "made by     m0de1a/4, /home/ada/coffee/model.ipynb, Tuesday, 3 November 2026",
        "written as  /home/ada/coffee/cups.model",
        "depth = 4",
        "accuracy 0.91",
        "scikit-learn 1.7.2",
        "recipe, 4 executions",
        "    model = fit(data, depth)",
        "behind it (1 run)",
        "! c1ean5/4: What a subprocess writes is not seen.",
    ):
        assert words in answer.out
    (row,) = [line for line in lines if "archive/clean.csv" in line and line.startswith("19 bytes")]
    assert ["m0de1a/2", "c1ean5/4"] == row.split()[3:5]


def test_why_forward_tells_who_used_it(cli: Cli, data_story: JournalBuilder) -> None:
    out = cli("why", "c1ean5/4", "--forward").out

    assert "used by   when" in out
    assert "cups.model, accuracy" in next(line for line in out.splitlines() if line.startswith("m0de1a/2"))
    assert "recipe" not in out, "what was asked for would be far below"
    assert "used by" not in cli("why", "c1ean5/4").out
    assert "written as" not in cli("why", CLEAN).out


def test_a_file_that_is_gone_is_told_by_its_path(cli: Cli, data_story: JournalBuilder) -> None:
    assert "c1ean6/4" == cli("why", CLEAN, "--json").json["produced_by"]["address"]


def test_an_unknown_file_is_one_line_with_the_nearest_known(
    cli: Cli, data_story: JournalBuilder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("cups.model").write_bytes(b"something else")

    for target in ("cups.model", "nowhere/cups.model"):
        answer = cli("why", target)
        assert (2, "", 1) == (answer.status, answer.out, len(answer.err.splitlines()))
        assert "A file of the same name is known: '/home/ada/coffee/cups.model', m0de1b/4" in answer.err


@pytest.mark.parametrize("target", ["", "nosuch", "m0de1a/77", "m0de1a:nosuch", ".", "/dev/null", "m", "\udcff", "a\nb.csv"])
def test_what_cannot_be_asked_about_is_one_line_and_exit_2(target: str, cli: Cli, data_story: JournalBuilder) -> None:
    answer = cli("why", target)

    assert (2, "", 1) == (answer.status, answer.out, len(answer.err.splitlines()))
    assert "Traceback" not in answer.err
    assert "stumbled" not in answer.err


def test_an_unreadable_file_is_one_line(
    cli: Cli, data_story: JournalBuilder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("locked").write_bytes(b"1")

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied", "locked")

    monkeypatch.setattr(targets, "_digest", refuse)

    answer = cli("why", "locked")
    assert (2, "'locked' cannot be used: Permission denied.") == (answer.status, answer.err.split(" Check")[0])


def test_hostile_names_reach_the_terminal_as_escapes(cli: Cli, folder: Path, tmp_path: Path) -> None:
    builder = JournalBuilder(folder)
    hostile = "/d/\x1b]0;owned\x07\u202e.csv"
    builder.run().execution("w()", reads=[read(hostile, b"in")], writes=[written(hostile, b"out")]).problem(
        "not-seen", "\x1b[2J", n=1
    )
    builder.run().execution("r()", reads=[read(hostile, b"out")])
    builder.save()

    for argv in (["why", sha256(b"out"), "--forward"], ["why", "r002/1"], ["show", "r001/1"]):
        out = cli(*argv).out
        assert "\\x1b" in out
        assert not {"\x1b", "\x07", "\u202e"} & set(out)


def test_show_tells_what_is_known_of_the_data(cli: Cli, folder: Path, data_story: JournalBuilder) -> None:
    load, ask = cli("show", "c1ean5/2").out, cli("show", "c1ean5/3").out

    assert "audit+native" in load
    assert "raw.csv  (kept)" in load
    assert "raw    731 x 2  day int64, cups float64" in load
    assert "weather.sqlite   731  SELECT day, rain FROM weather" in ask
    assert "https://example.org/holidays.csv" in cli("show", "m0de1a/2").out


def test_show_tells_a_claim_that_is_not_certain(cli: Cli, folder: Path) -> None:
    builder = JournalBuilder(folder)
    builder.run().execution("w()", reads=[read("/d/a.csv", b"1", layer="fanotify", confidence="unattributed")])
    builder.save()

    assert "fanotify, unattributed" in cli("show", "last/1").out


def test_log_counts_files(cli: Cli, data_story: JournalBuilder) -> None:
    assert 4 == cli("log").out.count("  1 in, 1 out")


def test_diff_says_it_in_a_sentence_and_then_in_numbers(cli: Cli, data_story: JournalBuilder) -> None:
    answer = cli("diff", "m0de1a", "m0de1b")

    assert (0, "") == (answer.status, answer.err)
    lines = answer.out.splitlines()
    assert "m0de1a -> m0de1b" == lines[0]
    assert lines[4].startswith("Code and parameters are the same; clean.csv has 214 rows fewer")
    assert ["accuracy", "0.91", "0.87", "-0.04"] in [line.split() for line in lines]
    assert ["scikit-learn", "1.7.2", "1.9.1"] in [line.split() for line in lines]
    assert "731 -> 517" in answer.out
    assert "1 other did not change." in lines
    assert answer.out == cli("diff", "m0de1b").out


def test_diff_names_what_explains_the_difference_before_it_lists_everything(cli: Cli, data_story: JournalBuilder) -> None:
    lines = cli("diff", "m0de1b").out.splitlines()

    (place,) = [number for number, line in enumerate(lines) if line.startswith("explains it")]
    assert lines[place + 1].split()[:4] == ["very", "likely", "data", "m0de1b/2"]
    assert place < lines.index(next(line for line in lines if line.startswith("number")))


def test_diff_is_written_as_a_page(cli: Cli, data_story: JournalBuilder, tmp_path: Path) -> None:
    path = tmp_path / "changed.html"

    answer = cli("diff", "m0de1b", "--to", "html", "--output", str(path))

    assert (0, str(path)) == (answer.status, answer.out.splitlines()[0])
    assert "clean.csv has 214 rows fewer" in path.read_text()
    assert (2, 1) == (cli("diff", "m0de1b", "--output", str(path)).status, len(list(tmp_path.glob("changed*"))))
    assert 0 == cli("diff", "m0de1b", "--output", str(path), "--force").status


def test_diff_shows_what_became_of_the_code(cli: Cli, data_story: JournalBuilder) -> None:
    out = cli("diff", "c1ean5", "m0de1a").out

    for words in ("code changed: c1ean5/2 -> m0de1a/2", "    -raw = pd.read_csv('raw.csv')", "    +data = pd.read_csv('archive/clean.csv')",
                  "code added: m0de1a/3", "code removed: c1ean5/3"):  # fmt: skip
        assert words in out


def test_diff_of_equals_is_one_sentence(cli: Cli, data_story: JournalBuilder) -> None:
    out = cli("diff", "m0de1a", "m0de1a").out

    assert "Nothing changed: code, parameters, data, environment and numbers are the same." in out
    assert cli("diff", "m0de1a", "m0de1a", "--json").json["same"] is True


@pytest.mark.parametrize("argv", [["nosuch"], ["m0de1a", "nosuch"], ["c1ean5"], ["m0"], ["m0de1a", "m0de1b/9"]])
def test_diff_that_cannot_be_made_is_one_line_and_exit_2(argv: list[str], cli: Cli, data_story: JournalBuilder) -> None:
    answer = cli("diff", *argv)

    assert (2, "", 1) == (answer.status, answer.out, len(answer.err.splitlines()))


def test_hostile_texts_in_a_diff_are_escapes(cli: Cli, folder: Path) -> None:
    builder = JournalBuilder(folder)
    for content in (b"1", b"2"):
        run = builder.run().environment({"\x1b[31mnumpy": content.decode()}, used=["\x1b[31mnumpy"])
        run.execution(f"x = '\x1b[2J{content!r}'", parameters={"\x1b]0;p": content.decode()}, metrics={"\x07m": len(content) + run.n},
                      reads=[read("/d/\u202e.csv", content)])  # fmt: skip
    builder.save()

    out = cli("diff", "last").out

    assert "\\x1b" in out
    assert not {"\x1b", "\x07", "\u202e"} & set(out)
