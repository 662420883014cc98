"""The README tells the truth: each command and each file that it names exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from labjournal.cli.main import parser

TREE = Path(__file__).resolve().parent.parent
README = (TREE / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("command", sorted(set(re.findall(r"(?:^    |`)labjournal ([a-z]+)", README, re.MULTILINE))))
def test_a_command_in_the_readme_exists(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parser().parse_args([command, "--help"])

    assert (0, "") == (ended.value.code, capsys.readouterr().err)


@pytest.mark.parametrize("line", re.findall(r"^\| (`[a-z`, ]+`) \|", README, re.MULTILINE))
def test_a_command_in_the_table_exists(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    for command in re.findall(r"`([a-z]+)`", line):
        with pytest.raises(SystemExit) as ended:
            parser().parse_args([command, "--help"])
        assert ended.value.code == 0, command


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`((?:docs|examples|tests)/[\w./-]+|[A-Z]+\.md)`", README))))
def test_a_file_in_the_readme_exists(path: str) -> None:
    assert (TREE / path).exists()


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\bmake ([a-z]+)", README))))
def test_a_make_target_in_the_readme_exists(target: str) -> None:
    assert re.search(rf"^{target}:", (TREE / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
