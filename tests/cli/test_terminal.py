"""Nothing that was recorded acts on the terminal it is printed in, whatever it holds and wherever it stands."""

from __future__ import annotations

import io
import os
import pty
import re
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest

from labjournal.cli.terminal import Style, safe
from labjournal.cli.text import age, duration, figure, size
from tests.builders import JournalBuilder, display, error, read, result, stream, written
from tests.cli.conftest import Cli

SEQUENCES = [
    "\x1b]0;renamed\x07", "\x1b]52;c;ZXZpbA==\x07", "\x1b]8;;http://evil.example\x1b\\click\x1b]8;;\x1b\\", "\x1b[2J\x1b[H", "\x1b[31mred",
    "\x9b31m", "\x9d0;title\x9c", "\x1bP+q544e\x1b\\", "\x1b[?1049h", "\x1b[6n", "\x1b[201~", "\x1bc", "\x0e\x0f", "\x07\x08\x7f", "safe\rEVIL",
    "\u202eevil\u202c", "\u2066evil\u2069", "a\u200bb\u200cc\u200dd\u2060e\ufeff", "\u2028\u2029", "\u061c\u200e\u200f", "\xad\u115f\u3164",
    "\U000e0041\U000e0042", "\ufff9a\ufffab\ufffb", "\x00", "\x85", "\ud800", "\x1b", "\x1b[", "\x1b]", "\x90\x98\x9e\x9f",
]  # fmt: skip
HOSTILE = [
    before + sequence + behind
    for sequence in SEQUENCES
    for before, behind in (("", ""), ("x", "y"), ("\t", "\n"), ("咖", "啡"), ("'", '"'), ("\\", "%s"), ("<", ">"))
]
ALLOWED = re.compile(r"[^\x00-\x08\x0b-\x1f\x7f-\x9f]*")


def harmless(text: str) -> bool:
    """Only letters that show, line ends and tabs."""
    return all(letter in "\n\t" or unicodedata.category(letter) not in ("Cc", "Cf", "Cs", "Zl", "Zp") for letter in text)


def test_t11_two_hundred_hostile_strings_become_printable() -> None:
    assert 200 <= len(HOSTILE)
    assert [] == [text for text in HOSTILE if not harmless(safe(text)) or "\n" in safe(text, one_line=True)]


def test_what_shows_stays_as_it_is() -> None:
    text = "naïve café 咖啡 🙂 ∑ a\tb\n\\x1b 'quoted' é"

    assert text == safe(text)


@pytest.mark.parametrize("sequence", SEQUENCES)
def test_t11_hostile_text_is_harmless_wherever_it_was_recorded(sequence: str, cli: Cli, folder: Path) -> None:
    hostile = "x" + sequence.replace("\x00", "").replace("\ud800", "") + "y"
    builder = JournalBuilder(folder)
    run = builder.run(
        notebook=f"/home/{hostile}/{hostile}.ipynb", folder=f"/home/{hostile}", kernel=hostile, client=hostile, user=hostile
    )
    run.environment({hostile: hostile}, used=[hostile], platform=hostile).git(branch=hostile, remote=hostile)
    run.execution(
        f"print('{hostile}')",
        outputs=[stream(hostile), result(hostile), display({hostile: "x", "text/plain": hostile}), error(hostile, hostile, hostile)],
        reads=[read(f"/home/{hostile}", b"1")], writes=[written(f"/home/{hostile}", b"1")],
        metrics={hostile: 1.0}, parameters={hostile: hostile}, client=hostile, status="failed",
    )  # fmt: skip
    run.note(hostile).note(hostile, n=1).tag(hostile).tag(hostile, n=1).name(hostile, n=1).problem("not-seen", hostile, n=1)
    builder.save()

    for argv in (
        ["log"],
        ["show", "last"],
        ["show", "last/1"],
        ["search", "print"],
        ["search", "home"],
        ["status"],
        ["show", hostile],
        ["show", f"no{hostile}"],
    ):
        for more in ([], ["--json"]):
            answer = cli(*argv, *more)
            assert harmless(answer.out), (argv, more)
            assert harmless(answer.err), (argv, more)
            assert "stumbled" not in answer.err


def test_t11_on_a_terminal_only_our_own_colours_are_sent(folder: Path) -> None:
    builder = JournalBuilder(folder)
    builder.run().execution("x = '\x1b]0;renamed\x07\u202e'", outputs=[stream("\x1b[31mred\x1b[0m \x1b[2J\x9b1A")])
    builder.save()

    out = in_a_terminal(folder, "show", "last/1")

    assert "\x1b[" in out
    assert harmless(re.sub(r"\x1b\[[0-9;]*m", "", out.replace("\r\n", "\n")))
    assert "\x1b[31mred" not in out


def test_no_color_and_a_dumb_terminal_mean_no_colours(folder: Path) -> None:
    builder = JournalBuilder(folder)
    builder.run().execution("x = 1")
    builder.save()

    assert "\x1b" not in in_a_terminal(folder, "show", "last/1", NO_COLOR="1")
    assert "\x1b" not in in_a_terminal(folder, "show", "last/1", TERM="dumb")


def in_a_terminal(folder: Path, *argv: str, **variables: str) -> str:
    """What the command sends to a terminal of its own."""
    ours, theirs = pty.openpty()
    environ = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "COLUMNS")}
    environ |= {"TERM": "xterm-256color", "LABJOURNAL_PATH": str(folder), **variables}
    process = subprocess.Popen(
        [sys.executable, "-m", "labjournal.cli.main", *argv], stdout=theirs, stderr=theirs, stdin=theirs, env=environ
    )
    os.close(theirs)
    received = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:
            break
        if not piece:
            break
        received += piece
    os.close(ours)
    assert 0 == process.wait(30)
    return received.decode()


def test_a_terminal_that_knows_only_ascii_gets_escapes(folder: Path) -> None:
    builder = JournalBuilder(folder)
    builder.run(notebook="/home/ada/café.ipynb").execution("x = 1")
    builder.save()
    environ = {**os.environ, "LABJOURNAL_PATH": str(folder), "PYTHONIOENCODING": "ascii"}

    answer = subprocess.run([sys.executable, "-m", "labjournal.cli.main", "log"], env=environ, capture_output=True, check=True)

    assert b"caf\\xe9.ipynb" in answer.stdout


def test_style_paints_nothing_where_nobody_sees_colours() -> None:
    assert "x" == Style(io.StringIO())("x", "bad")


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (None, ""),
        (0, "0 ms"),
        (0.0123, "12 ms"),
        (0.9999, "1.0 s"),
        (59.94, "59.9 s"),
        (59.96, "1 min"),
        (125, "2 min 5 s"),
        (4800, "1 h 20 min"),
    ],
)
def test_durations_are_said_as_people_do(seconds: float | None, said: str) -> None:
    assert said == duration(seconds)


def test_sizes_ages_and_figures_are_said_as_people_do() -> None:
    from datetime import datetime, timedelta, timezone

    now = datetime(2026, 11, 20, 12, tzinfo=timezone.utc)
    assert ["1 byte", "999 bytes", "1.0 kB", "1.0 MB", "1.5 GB"] == [
        size(octets) for octets in (1, 999, 1000, 999_999, 1_500_000_000)
    ]
    assert ["just now", "2 hours ago", "1 day ago", ""] == [
        age((now - timedelta(hours=hours)).isoformat(), now) for hours in (0, 2, 30, -5)
    ]
    assert ["0.91235", "3", "NaN"] == [figure(value) for value in (0.912345678, 3, "NaN")]
