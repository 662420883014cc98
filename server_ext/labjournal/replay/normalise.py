"""What may differ between two honest executions of the same code, taken out of their text before it is compared.

Of real notebooks that reproduce, more than half differ in nothing but these: object addresses, process ids, temporary paths,
durations and rates, widget and element ids, and the clock. Dates are data, so a time is only taken for the clock's when it lies
within the run that printed it. Everything replaced becomes '‹kind›', which never stands in the other text by chance.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

__all__ = ["Clock", "Normaliser", "numbers_apart"]

_ANSI = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-Z\\-_]")

_NUMBER = r"\d+(?:\.\d+)?(?:e[+-]?\d+)?"
_UNIT = r"(?:ns|[uµμ]s|ms|s|secs?|seconds?|min|mins?|minutes?|h|hours?)"

_RULES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("address", re.compile(r"\b0x[0-9a-fA-F]{6,16}\b")),
    ("uuid", re.compile(r"\b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b")),
    ("element", re.compile(r"(?<=T_)[0-9a-f]{5}(?=[\"'_ ,{#])")),  # ids that pandas' Styler draws at random
    ("widget", re.compile(r"(?<=model_id\": \")[0-9a-f]{32}|(?<=model_id=')[0-9a-f]{32}")),
    ("cell", re.compile(r"ipykernel_\d+[/\\]\d+\.py")),
    ("temporary", re.compile(r"(?:/private)?/(?:tmp|var/tmp|var/folders/[\w+/]{5,60}?/T)/(?:tmp|pytest-|ipykernel_|joblib_|matplotlib-)[\w.-]*")),
    ("process", re.compile(r"(?i)\b(?:pid|process(?: id)?)(?:[ =:]{1,3})\d{2,7}\b|\(pid=\d+\)")),
    ("wall time", re.compile(rf"(?i)\bcpu times: [^\n]*|\b(?:wall time|elapsed(?: time)?|run ?time)[ :=]+{_NUMBER} ?{_UNIT}\b[^\n]*")),
    ("timing", re.compile(rf"{_NUMBER} ?{_UNIT} ± {_NUMBER} ?{_UNIT} per loop[^\n]*")),
    ("rate", re.compile(rf"\b\d\d:\d\d(?::\d\d)?<(?:\d\d:\d\d(?::\d\d)?|\?)(?:, +{_NUMBER}|, +\?)?(?:[kMG]?(?:it|B)/s|s/it)?")),
    ("rate", re.compile(rf"{_NUMBER} ?(?:[kMG]?(?:it|iB|B|step|steps|epoch|samples?)/s|(?:m|µ|u)?s/(?:it|step|epoch|sample))")),
    ("duration", re.compile(rf"(?i)(?<=\bin )[ ]?{_NUMBER} ?{_UNIT}\b|(?<=\btook )[ ]?{_NUMBER} ?{_UNIT}\b|(?<=\bafter ){_NUMBER} ?{_UNIT}\b")),
    ("duration", re.compile(rf"(?i)(?<=\btime[:=]) ?{_NUMBER}(?: ?{_UNIT}\b)?|(?<=\btime: ){_NUMBER}(?: ?{_UNIT}\b)?")),
)  # fmt: skip

# What libraries say on stderr the first time they run on a machine.
_FIRST_TIME = re.compile(r"^Matplotlib (?:is building the font cache|created a temporary).*\n?", re.MULTILINE)
_BAR = re.compile(r"[█▏▎▍▌▋▊▉#=>.━╸]{3,}")
_MOMENT = re.compile(
    r"\b(?P<date>\d{4}-\d{2}-\d{2})(?:[T _](?P<time>\d{2}[:-]\d{2}(?:[:-]\d{2})?)(?:[.,]\d{1,9})?(?:Z|[+-]\d{2}:?\d{2})?)?"
)
_DAYTIME = re.compile(r"\b(?P<time>[0-2]\d:[0-5]\d:[0-5]\d)(?:[.,]\d{1,9})?\b")
_WORDY = re.compile(
    r"\b(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? +)?(?:(?P<day>\d{1,2}) (?P<month>[A-Z][a-z]{2})[a-z]*|(?P<month2>[A-Z][a-z]{2})[a-z]* +(?P<day2>\d{1,2}),?)"
    r"(?: +(?P<time>\d{2}:\d{2}(?::\d{2})?))?,? +(?P<year>\d{4})(?: +(?P<time2>\d{2}:\d{2}(?::\d{2})?))?"
)
_EPOCH = re.compile(r"\b1\d{9}(?:\.\d+)?\b")
_MONTHS = {name: number for number, name in enumerate("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)}
_SLACK = timedelta(minutes=2)


@dataclass(frozen=True)
class Clock:
    """When a run happened: only times in this span are taken for the clock's."""

    started: datetime
    ended: datetime

    @classmethod
    def of(cls, started: str, ended: str | None) -> Clock:
        begin = datetime.fromisoformat(started)
        return cls(begin, datetime.fromisoformat(ended) if ended else begin + timedelta(days=1))

    def shows(self, moment: datetime) -> bool:
        """Whether a clock could have shown `moment`, in UTC or local time, while the run lived."""
        for zone in (None, self.started.tzinfo):
            begin = self.started.astimezone(zone).replace(tzinfo=None) - _SLACK
            end = self.ended.astimezone(zone).replace(tzinfo=None) + _SLACK
            if begin <= moment <= end:
                return True
        return False

    def spans_day(self, day: datetime) -> bool:
        return self.shows(day) or any(
            self.started.astimezone(zone).date() <= day.date() <= self.ended.astimezone(zone).date()
            for zone in (None, self.started.tzinfo)
        )


@dataclass(frozen=True)
class Normaliser:
    """Text as it is compared; `folders` maps a folder of this run to the word that stands for it in both."""

    clock: Clock
    folders: dict[str, str] = field(default_factory=dict)

    def __call__(self, text: str) -> str:
        text = _ANSI.sub("", text).replace("\r\n", "\n")
        for folder in sorted(self.folders, key=len, reverse=True):
            text = text.replace(folder, self.folders[folder])
        for kind, pattern in _RULES:
            text = pattern.sub(f"‹{kind}›", text)
        text = _BAR.sub("‹bar›", _FIRST_TIME.sub("", text))
        text = _MOMENT.sub(self._moment, text)
        text = _WORDY.sub(self._wordy, text)
        text = _DAYTIME.sub(self._daytime, text)
        text = _EPOCH.sub(self._epoch, text)
        return "\n".join(line.rstrip() for line in text.split("\n")).rstrip("\n")

    def _moment(self, match: re.Match[str]) -> str:
        time = match["time"]
        if time is None:
            day = _parsed(lambda: datetime.strptime(match["date"], "%Y-%m-%d"))
            return "‹today›" if day and self.clock.spans_day(day) else match[0]
        parts = time.replace("-", ":")
        pattern = "%Y-%m-%d %H:%M:%S" if parts.count(":") == 2 else "%Y-%m-%d %H:%M"
        moment = _parsed(lambda: datetime.strptime(f"{match['date']} {parts}", pattern))
        return "‹now›" if moment and self.clock.shows(moment) else match[0]

    def _wordy(self, match: re.Match[str]) -> str:
        month = _MONTHS.get(match["month"] or match["month2"] or "")
        if month is None:
            return match[0]
        day = int(match["day"] or match["day2"])
        time = match["time"] or match["time2"]
        if time is None:
            date = _parsed(lambda: datetime(int(match["year"]), month, day))
            return "‹today›" if date and self.clock.spans_day(date) else match[0]
        hour, minute, *rest = (int(part) for part in time.split(":"))
        moment = _parsed(lambda: datetime(int(match["year"]), month, day, hour, minute, *rest))
        return "‹now›" if moment and self.clock.shows(moment) else match[0]

    def _daytime(self, match: re.Match[str]) -> str:
        time = _parsed(lambda: datetime.strptime(match["time"], "%H:%M:%S"))
        if time is None:
            return match[0]
        for zone in (None, self.clock.started.tzinfo):
            day = self.clock.started.astimezone(zone)
            if self.clock.shows(day.replace(hour=time.hour, minute=time.minute, second=time.second, tzinfo=None)):
                return "‹now›"
        return match[0]

    def _epoch(self, match: re.Match[str]) -> str:
        moment = datetime.fromtimestamp(float(match[0]), tz=self.clock.started.tzinfo).replace(tzinfo=None)
        return "‹now›" if self.clock.shows(moment) else match[0]


def _parsed(parse: Callable[[], datetime]) -> datetime | None:
    try:
        return parse()
    except ValueError:
        return None


_NUMBERS = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")


def numbers_apart(one: str, other: str, tolerance: float) -> bool:
    """Whether two texts differ in more than numbers that lie within `tolerance` (relative, or absolute below 1) of each other."""
    if _NUMBERS.sub("#", one) != _NUMBERS.sub("#", other):
        return True
    pairs = zip(_NUMBERS.findall(one), _NUMBERS.findall(other), strict=True)
    return any(a != b and abs(float(a) - float(b)) > tolerance * max(1.0, abs(float(a)), abs(float(b))) for a, b in pairs)
