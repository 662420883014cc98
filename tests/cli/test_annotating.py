"""What a person adds stands in the journal, works as an address, and changes nothing that was recorded."""

from __future__ import annotations

import pytest

from tests.builders import JournalBuilder
from tests.cli.conftest import Cli


def test_a_note_stands_where_it_was_put(cli: Cli, story: JournalBuilder) -> None:
    answer = cli("note", "m7t2zz/2", "better", "than", "before", "--json").json

    assert ("m7t2zz/2", ["better than before"]) == (answer["address"], [note["text"] for note in answer["notes"]])
    assert ["better than before"] == [note["text"] for note in cli("show", "m7t2zz/2", "--json").json["executions"][0]["notes"]]
    assert ["m7t2zz/2"] == [hit["address"] for hit in cli("search", "better", "--json").json["hits"] if hit["where"] == "note"]


def test_tags_are_added_found_and_taken_away(cli: Cli, story: JournalBuilder) -> None:
    assert ["a b", "best"] == cli("tag", "m7t2zz", "best", "a b", "best", "--json").json["tags"]
    assert ["m7t2zz"] == [run["run"] for run in cli("log", "--tag", "a b", "--json").json["runs"]]
    assert "m7t2zz" == cli("show", "a b", "--json").json["address"]

    assert ["a b"] == cli("untag", "m7t2zz", "best", "never there", "--json").json["tags"]


def test_a_name_moves_when_it_is_given_again(cli: Cli, story: JournalBuilder) -> None:
    assert "winner" == cli("name", "m7t2zz/2", "winner", "--json").json["name"]
    assert "m7t2zz/2" == cli("show", "winner", "--json").json["address"]

    cli("name", "m7t2zz/1", "winner")

    assert "m7t2zz/1" == cli("show", "winner", "--json").json["address"]
    assert cli("show", "m7t2zz/2", "--json").json["executions"][0]["name"] is None


def test_a_run_lists_the_names_and_tags_of_its_executions(cli: Cli, story: JournalBuilder) -> None:
    cli("name", "m7t2zz/2", "the winner")
    cli("tag", "m7t2zz/2", "kept")

    (line,) = [line for line in cli("show", "m7t2zz").out.splitlines() if line.startswith("2 ")]
    assert line.endswith('"the winner"  [candidate, kept]')


def test_a_secret_in_a_note_is_masked(cli: Cli, story: JournalBuilder) -> None:
    (note,) = cli("note", "m7t2zz", "password = 'correcthorse1battery'", "--json").json["notes"]

    assert "correcthorse1battery" not in note["text"]
    assert "[REDACTED:" in note["text"]


def test_the_chain_holds_after_notes(cli: Cli, story: JournalBuilder) -> None:
    cli("note", "m7t2zz/2", "x")
    cli("tag", "m7t2zz/2", "y")
    cli("name", "m7t2zz/2", "z")

    assert 0 == cli("verify").status


def test_a_person_is_told_what_stands_there_now(cli: Cli, story: JournalBuilder) -> None:
    out = cli("tag", "k3f9a2", "again").out

    assert "again, baseline" in out
    assert "Blanks in 'cups' were dropped by hand." in out


@pytest.mark.parametrize("command", ["name", "tag"])
@pytest.mark.parametrize("label", ["last", "k3f9a2"])
def test_what_means_a_run_already_is_neither_a_name_nor_a_tag(command: str, label: str, cli: Cli, story: JournalBuilder) -> None:
    refused = cli(command, "m7t2zz", label)

    assert (2, f"'{label}' cannot be a {command}: as an address it already means") == (
        refused.status,
        refused.err.partition(" a run")[0].partition(" the latest")[0],
    )
    assert "k3f9a2" == cli("show", "k3f9a2", "--json").json["run"]


@pytest.mark.parametrize("label", ["x" * 201, "a\nb", "a\u202eb", "\u200b"])
def test_a_label_that_cannot_be_typed_is_refused(label: str, cli: Cli, story: JournalBuilder) -> None:
    assert 2 == cli("tag", "last", label).status
    assert [] == cli("show", "last", "--json").json["tags"]
