"""The help answers at once and lists what there is; completion is made from it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from labjournal.cli.main import parser
from tests.builders import JournalBuilder
from tests.cli.conftest import Cli
from tests.pace import only_pace, quicker

THERE = {
    "status", "log", "show", "search", "export", "day", "replay", "note", "tag", "untag", "name", "verify", "doctor", "pause", "resume",
    "enable", "disable", "completion", "why", "diff", "forget", "results", "push", "restore", "check",
}  # fmt: skip
LATER = ("recorded\n",)
HEAVY = (
    "sqlite3",
    "nbformat",
    "jupyter_core",
    "tornado",
    "pygments",
    "papermill",
    "asyncio",
    "importlib.metadata",
    "labjournal.journal",
    "labjournal.questions",
)


def test_the_help_lists_what_there_is_and_nothing_that_comes_later(cli: Cli) -> None:
    out = cli("--help").out + "".join(cli(command, "--help").out for command in sorted(THERE))

    assert THERE == set(parser().commands.parsers)
    assert all(f"\n  {command} " in out for command in THERE)
    assert [] == [word for word in LATER if f"  {word} " in out or (word.startswith("--") and word in out)]


def test_no_command_is_the_help(cli: Cli) -> None:
    assert (0, cli("--help").out) == (cli().status, cli().out)


def test_version(cli: Cli) -> None:
    from labjournal import __version__

    assert (0, f"labjournal {__version__}\n") == (cli("--version").status, cli("--version").out)


def test_c6_the_help_imports_nothing_heavy() -> None:
    code = f"import sys; from labjournal.cli.main import main; main(['--help']); print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"

    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "[]\n" == answer.stderr


@pytest.mark.parametrize(("argv", "limit_s"), [(["--help"], 0.15), (["log"], 0.3)], ids=["help", "log"])
def test_c6_the_command_line_answers_at_once(argv: list[str], limit_s: float, folder: Path) -> None:
    """Processor time of the whole process, the best of three: other programs on this machine are not our doing."""
    builder = JournalBuilder(folder)
    for _ in range(40):
        run = builder.run()
        for _ in range(5):
            run.execution("a = 1", metrics={"accuracy": 0.5})
    builder.save()

    assert min(_cpu_s([sys.executable, "-m", "labjournal.cli.main", *argv], folder) for _ in range(3)) <= limit_s


def _cpu_s(command: list[str], folder: Path) -> float:
    before = os.times()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env={**os.environ, "LABJOURNAL_PATH": str(folder)})
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_knows_every_command_and_option(shell: str, cli: Cli) -> None:
    script = cli("completion", shell).out

    assert all(command in script for command in THERE)
    assert "tolerance" in script
    assert "verify" in script


def test_bash_completes_commands(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "completion.bash").write_text(cli("completion", "bash").out)
    ask = (
        f"source {tmp_path}/completion.bash; COMP_WORDS=(labjournal re); COMP_CWORD=1; _shtab_labjournal; echo ${{COMPREPLY[@]}}"
    )

    answer = subprocess.run(["bash", "-c", ask], capture_output=True, text=True, check=True)

    assert {"replay", "restore", "results", "resume"} == set(answer.stdout.split())


@only_pace
def test_the_answer_is_there_within_the_patience_of_a_person(folder: Path) -> None:
    """Wall clock, with room for a busy machine."""
    begun = time.monotonic()
    subprocess.run([sys.executable, "-m", "labjournal.cli.main", "--help"], check=True, stdout=subprocess.DEVNULL)

    quicker(time.monotonic() - begun, 3.0)
