"""What may differ between two honest executions of the same code, and how their texts are compared past it.

Of real notebooks that reproduce, more than half differ in nothing but these: object addresses, process ids, temporary paths,
durations and rates, widget and element ids, and the clock. Only lines that differ are looked at this way, and a kind counts only
where it stands in the same place on both sides; what could be data as well (a duration, `id()`) only where the code gives away
that it asks for such a thing. Times are told from data by `clock`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from labjournal.replay.comparing.clock import Clock, without_the_clock

__all__ = ["Normaliser", "first_apart", "hints", "numbers_apart"]

_ANSI = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-Z\\-_]")
# What is said the first time on a machine, or by %timeit when the machine was busy.
_REMARKS = re.compile(
    r"^(?:Matplotlib (?:is building the font cache|created a temporary)|The slowest run took [\d.]+ times longer).*\n?",
    re.MULTILINE,
)

# Everything is bounded, or begins where it cannot begin again a character later: a line may hold megabytes of digits.
_NUMBER = r"(?<![\d.])\d{1,20}(?:\.\d{1,20})?(?:e[+-]?\d{1,4})?"
_SMALL_UNIT = r"(?:ns|[uµμ]s|ms|s|secs?|seconds?)"
_UNIT = rf"(?:{_SMALL_UNIT}|min|mins?|minutes?|h|hours?)"
_SPAN = rf"(?:{_NUMBER} ?(?:h|min) )?{_NUMBER} ?{_UNIT}"

_Rules: TypeAlias = tuple[tuple[str, re.Pattern[str]], ...]

_ALWAYS: _Rules = (
    ("address", re.compile(r"(?<=\bat )0x[0-9a-fA-F]{6,16}\b|\b0x[0-9a-fA-F]{9,16}\b|(?<=\.\.\.)0?x?[0-9a-fA-F]{9,16}(?=&gt;|>)")),
    ("cell", re.compile(r"[^\s'\"<>:]{0,200}ipykernel_\d+[/\\]\d+\.py|<ipython-input-\d+-[0-9a-f]+>")),
    ("temporary", re.compile(r"(?:/private)?/(?:tmp|var/tmp|var/folders/[\w+/]{5,60}?/T)/(?:tmp|pytest-|joblib_|matplotlib-)[\w.-]*")),
    ("packages", re.compile(r"(?<![^\s'\"<>(])[^\s'\"<>]{1,300}[/\\](?:site|dist)-packages(?=[/\\])|(?<![\w.])/[^\s'\"<>]{0,300}/lib/python3\.\d+(?=/)")),
    ("process", re.compile(r"(?i)\b(?:pid|process id)[ =:]{1,3}\d{2,7}\b|\(pid[= ]\d+\)")),
    ("element", re.compile(r"(?<=T_)[0-9a-f]{5}(?=[\"'_ ,{#>])")),  # ids that pandas' Styler draws
    ("widget", re.compile(r"(?<=model_id\": \")[0-9a-f]{32}|(?<=model_id=')[0-9a-f]{32}")),
    ("timing", re.compile(rf"(?i)\bcpu times: .*|\b(?:wall time|elapsed(?: time)?|run ?time)[ :=]+{_SPAN}\b.*")),
    ("timing", re.compile(rf"{_SPAN} ± {_SPAN} per loop.*|(?<!\d)\d{{1,9}} loops?, best of \d{{1,9}}: {_SPAN} per loop.*")),
    ("timing", re.compile(r"\bpeak memory: [\d.]+ MiB, increment: -?[\d.]+ MiB")),
    ("rate", re.compile(rf"\b\d+:\d\d(?::\d\d)?<(?:\d+:\d\d(?::\d\d)?|\?)(?:, +(?:{_NUMBER}|\?)(?:[kMG]?(?:it|B|[a-z]+)/s|s/[a-z]+))?")),
    ("rate", re.compile(rf"\b(?:{_NUMBER}s )?{_NUMBER} ?(?:(?:m|µ|u)?s/(?:it|step|epoch|sample|batch)|[kMG]?(?:it|iB|B|steps?|samples?)/s)\b")),
    ("bar", re.compile(r"(?<=\|)[█▏▎▍▌▋▊▉# ]+(?=\| *\d+/)|\[[=>.]{10,}\](?= -)|(?<!━)━{5,400}(?= )")),
    ("duration", re.compile(rf"(?i)\b(?:(?<=in )|(?<=took )|(?<=after ))(?:\d+\.\d+ ?{_SMALL_UNIT}|{_NUMBER} ?(?:ns|[uµμ]s|ms))\b")),
    ("duration", re.compile(rf"(?i)(?:(?<=\btime=)|(?<=\btime:)) *\d+\.?\d* ?{_SMALL_UNIT}\b|(?<=\boverhead of testing was ){_NUMBER} seconds")),
)  # fmt: skip
_UUID = re.compile(r"\b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-4[0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}\b")
_SET = re.compile(r"\{('[^'{}]*'(?:, '[^'{}]*')+)\}")

# A hint, the code that gives it, and what differs from run to run in the texts of such code.
_GIVEN_AWAY: tuple[tuple[str, re.Pattern[str], _Rules], ...] = (
    (
        "clock",
        re.compile(
            r"\b(?:time|perf_counter|monotonic|process_time|thread_time|default_timer|now|utcnow|today)(?:_ns)?\(\)|\btimeit\b|^%%?time\b|\bctime\(|\bstrftime\(",
            re.MULTILINE,
        ),
        (
            ("duration", re.compile(r"\b(?:\d+ days?,? )?\d+:\d\d:\d\d(?:\.\d+)?(?![\d:])")),
            ("duration", re.compile(rf"(?<![\w.]){_NUMBER} ?{_UNIT}\b")),
            ("duration", re.compile(rf"(?i)\b(?:time|elapsed|took|duration|seconds|secs?|ms)\w*\)?[\s:=]{{1,6}}{_NUMBER}(?![\d:])")),
        ),
    ),
    ("profile", re.compile(r"^%%?(?:l?prun|memit|mprun)\b|\bcProfile\b", re.MULTILINE), (("profile", re.compile(r".*\d.*")),)),
    ("temporary", re.compile(r"\btempfile\b|\bmk[ds]?temp\b"), (("temporary", re.compile(r"/tmp/[\w.-]+")),)),
    ("id", re.compile(r"(?<![\w.])id\("), (("id", re.compile(r"(?<![\w.])\d{8,16}(?![\w.])")),)),
    ("process", re.compile(r"\bgetp?pid\("), (("process", re.compile(r"(?<![\w.])\d{2,7}(?![\w.])")),)),
    ("uuid", re.compile(r"\buuid[14]\("), (("uuid", re.compile(r"\b[0-9a-f]{12}[1-4][0-9a-f]{19}\b")),)),
    ("svg", re.compile(r"(?!)"), (("svg", re.compile(r"(?<=[#\"])[a-z]?[0-9a-f]{10}\b")),)),
    # What libraries call the elements of a chart: Altair, folium, Bokeh, plotly draw a version 4 UUID for each.
    ("html", re.compile(r"(?!)"), (("element", re.compile(r"(?<=[\w\"'#][-_])[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}(?![0-9a-f])")),)),
)  # fmt: skip


@dataclass(frozen=True)
class Normaliser:
    """How one side's text is read; `folders` maps a folder of this run to the word that stands for it on both sides."""

    clock: Clock
    folders: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, text: str) -> str:
        """The text without escape sequences and remarks of the machine, folders named alike."""
        text = _ANSI.sub("", text).replace("\r\n", "\n")
        for folder in sorted(self.folders, key=len, reverse=True):
            text = text.replace(folder, self.folders[folder])
        text = _REMARKS.sub("", text)
        return "\n".join(line.rstrip() for line in text.split("\n")).rstrip("\n")


def hints(sources: Iterable[str], mime: str = "") -> frozenset[str]:
    """What the code gives away about its texts."""
    text = "\n".join(sources)
    found = {hint for hint, gives_away, _ in _GIVEN_AWAY if gives_away.search(text)}
    kind = {"image/svg+xml": "svg", "text/html": "html"}.get(mime)
    return frozenset(found | ({kind} if kind else set()))


def first_apart(
    one: str,
    other: str,
    sides: tuple[Normaliser, Normaliser],
    *,
    given_away: frozenset[str] = frozenset(),
    tolerance: float = 0.0,
) -> tuple[int, str, str] | None:
    """The first line in which two texts really differ: its number from 1, and both lines; None where there is none."""
    one, other = sides[0](one), sides[1](other)
    if one == other:
        return None
    rules = (*_ALWAYS, *(rule for hint, _, theirs in _GIVEN_AWAY if hint in given_away for rule in theirs))
    if set(_UUID.findall(one)).isdisjoint(_UUID.findall(other)):  # one that is on both sides is data
        rules = (*rules, ("uuid", _UUID))
    clocks = (sides[0].clock, sides[1].clock)
    for number, (line, again) in enumerate(_lines(one, other), 1):
        if line is None or again is None or (line != again and _lines_apart(line, again, rules, clocks, tolerance)):
            return number, "(nothing more)" if line is None else line, "(nothing more)" if again is None else again
    return None


def _lines(one: str, other: str) -> Iterator[tuple[str | None, str | None]]:
    lines, others = one.split("\n"), other.split("\n")
    for at in range(max(len(lines), len(others))):
        yield lines[at] if at < len(lines) else None, others[at] if at < len(others) else None


def _lines_apart(one: str, other: str, rules: _Rules, clocks: tuple[Clock, Clock], tolerance: float) -> bool:
    for pair in ((one, other), without_the_clock(one, other, clocks)):
        left, right = (_masked(text, rules) for text in pair)
        if left == right or (tolerance > 0.0 and not numbers_apart(left, right, tolerance)):
            return False
    return True


def _masked(text: str, rules: _Rules) -> str:
    for kind, pattern in rules:
        text = pattern.sub(f"‹{kind}›", text)
    return _SET.sub(_sorted, text)


def _sorted(match: re.Match[str]) -> str:
    """A set as it is shown, its strings in order: their own order is drawn anew for every process."""
    return "{" + ", ".join(sorted(re.findall(r"'[^']*'", match[1]))) + "}"


_NUMBERS = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")


def numbers_apart(one: str, other: str, tolerance: float) -> bool:
    """Whether two texts differ in more than numbers that lie within `tolerance` (relative, or absolute below 1) of each other."""
    if _words(one) != _words(other):
        return True
    pairs = zip(_NUMBERS.findall(one), _NUMBERS.findall(other), strict=True)
    return any(a != b and abs(float(a) - float(b)) > tolerance * max(1.0, abs(float(a)), abs(float(b))) for a, b in pairs)


def _words(text: str) -> str:
    """What stands between the numbers; one digit less in a table's column moves the spaces."""
    return re.sub(r"\s+", " ", _NUMBERS.sub("#", text))
