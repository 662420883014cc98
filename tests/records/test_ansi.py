"""Terminal text as HTML: colours stay, everything else a terminal would obey goes, nothing becomes markup."""

from __future__ import annotations

import html
import random
import re

import pytest

from labjournal.records.ansi import coloured, plain


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a < b & c", "a &lt; b &amp; c"),
        ("\x1b[31mred\x1b[0m!", '<span class="fg1">red</span>!'),
        ("\x1b[1;34mbold\x1b[22m blue", '<span class="fg4 bold">bold</span><span class="fg4"> blue</span>'),
        ("\x1b[92;41mx", '<span class="bg1 fg10">x</span>'),
        ("\x1b[38;5;208mx", '<span class="" style="color:rgb(255,135,0)">x</span>'),
        ("\x1b[38;5;9mx", '<span class="fg9">x</span>'),
        ("\x1b[48;2;1;2;999mx", '<span class="" style="background-color:rgb(1,2,255)">x</span>'),
        ("\x1b[2K\x1b[1A\x1b(Bx\x07", "x"),
        ("\x1b]8;;http://evil\x07link\x1b]8;;\x1b\\", "link"),
        ("\x1b]0;title\x1b\\x", "x"),
        ("\x1b[31m<script>", '<span class="fg1">&lt;script&gt;</span>'),
        ("\x1b[38;5m\x1b[38;2;1mx", "x"),
        ("\x1b[99999999999999999999mx", "x"),
        ("half\x1b", "half"),
        ("a\x00b\ud800c", "abc"),
    ],
)
def test_sequences(text: str, expected: str) -> None:
    assert expected == coloured(text)


PIECES = [
    "\x1b[31m",
    "\x1b[0m",
    "\x1b[1",
    ";4m",
    "\x1b[38;5;208m",
    "<b>",
    "&",
    '"',
    "'",
    "\x1b]",
    "\x07",
    "x",
    "\n",
    "\x1b",
    "\x9b",
    "\x1b[",
    "m",
    "ü",
    "\ud800",
]


@pytest.mark.parametrize("seed", range(20))
def test_whatever_the_text_only_spans_and_what_it_says_come_out(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(100):
        text = "".join(chance.choices(PIECES, k=chance.randrange(30)))

        made = str(coloured(text))

        words = re.sub(r'<span class="[a-z0-9 ]*"( style="[a-z-]+:rgb\([\d,]+\)(;[a-z-]+:rgb\([\d,]+\))?")?>|</span>', "", made)
        assert "<" not in words
        assert plain(text) == html.unescape(words)
