"""Metrics that were only printed: `accuracy: 0.93`, `Epoch 3 - val_loss = 0.41`, read from a cell's output when it is complete.

Better none than a wrong one: only names that everybody in the field knows, only a plain number right behind them, and not where
the number is part of a sentence, a range or a list. Of several prints of one name (and step) the last counts.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Iterator, NamedTuple, Sequence

from labjournal.events import Event, MetricLogged, SeriesSeen
from labjournal.recorders.metric_names import OF_CANDIDATES, SURE, of_data, telling
from labjournal.recorders.summary_texts import numbers_of_tests, summary_numbers

if TYPE_CHECKING:
    from labjournal.recorders.printed_values import Said

__all__ = [
    "Printed",
    "metric_events",
    "printed_metrics",
    "report_metrics",
    "screen_lines",
    "shown_row",
    "shown_table",
    "told_metrics",
]

_CONFIDENCE = 0.8
_TOLD_TWICE = frozenset("F t z T Z chi2 p_value aic AIC bic BIC".split())
"""Of which a line may be read in more than one way."""
_LONGEST_TEXT = 2_000_000
_LONGEST_LINE = 2_000
_MOST = 2_000

_NAMES = (
    r"(?:balanced[ _-]accuracy|accuracy(?:[ _-]score)?|acc|top[ _-]?[15][ _-](?:accuracy|acc)|precision(?:[ _-]score)?|recall(?:[ _-]score)?|"
    r"sensitivity|specificity|f1(?:[ _-]score)?|f1[ _-](?:macro|micro|weighted)|(?:macro|micro|weighted)[ _-]f1|f[ -]?beta|f-score|"
    r"(?:roc|pr)[ _-]?auc(?:[ _-]score)?|auroc|auprc|auc(?:[ _-]score)?|average[ _-]precision|gini|cohen'?s[ _-]kappa|kappa|mcc|"
    r"matthews[ _-](?:corrcoef|correlation[ _-]coefficient)|log[ _-]?loss|cross[ _-]?entropy|brier(?:[ _-]score)?|loss|"
    r"(?:adjusted[ _-]|adj\.?[ _-])?(?:r2|r\^2|r²|r[ _-]squared)(?:[ _-]score)?|"
    r"(?:root[ _-])?mean[ _-]squared?[ _-](?:log[ _-])?error|mean[ _-]absolute[ _-](?:percentage[ _-])?error|median[ _-]absolute[ _-]error|"
    r"rmsle|rmse|msle|mse|mae|mape|smape|explained[ _-]variance(?:[ _-]score)?|max[ _-]error|"
    r"perplexity|ppl|bleu(?:[ _-]?[1-4])?|sacrebleu|rouge[ _-]?[12l](?:sum)?|meteor|wer|cer|iou|miou|dice(?:[ _-](?:score|coefficient))?|"
    r"m?ap(?:@[\d.:]{1,8})|ndcg(?:@\d{1,4})?|mrr|hit[ _-]rate(?:@\d{1,4})?|silhouette(?:[ _-](?:score|coefficient))?|inertia|"
    r"davies[ _-]bouldin(?:[ _-](?:score|index))?|calinski[ _-]harabasz(?:[ _-](?:score|index))?|adjusted[ _-]rand(?:[ _-](?:score|index))?|"
    r"psnr|ssim|fid|c-index|concordance(?:[ _-]index)?|aic|bic|score)"
)
_BEFORE = r"(?:(?:val(?:idation)?|test|train(?:ing)?|eval(?:uation)?|dev|oob|cv|mean|average|avg|best|final|overall|macro|micro|weighted)[ _-]){0,2}"
_NUMBER = r"[-+]?(?:\d{1,3}(?:,\d{3})+|\d{1,18})?(?:\.\d{1,18})?(?<=[\d])(?:[eE][-+]?\d{1,3})?|[-+]?\.\d{1,18}|nan|inf"
_METRIC = re.compile(
    rf"(?<![\w./@^-])(?P<name>{_BEFORE}{_NAMES})(?:[ ]\((?:test|train|val|validation|%|macro|micro|weighted)\))?[\"']?"
    rf"[ \t]{{0,20}}(?:[:=]|is:|->|=>)[ \t]{{0,20}}(?P<value>{_NUMBER})(?P<percent>[ ]?%)?(?P<rest>.?)",
    re.IGNORECASE,
)
_STEP = re.compile(
    r"\b(?:epoch|step|iter(?:ation)?|round|fold)\b[ :=#\[('\"]{0,4}(?P<step>\d{1,9})(?!\d|\.\d*[1-9])", re.IGNORECASE
)
_TEST = re.compile(
    rf"(?<![\w.])(?P<kind>[FtTzZHUW]|[Cc]hi2|[χΧ][2²])(?:\(\d[\d., ]{{0,30}}\))?[ ]?=[ ]?(?:array\()?\[{{0,2}}(?P<value>{_NUMBER})\]{{0,2}}\)?"
    rf"(?![ ]?[\w%])[^\n]{{1,40}}?(?<![\w.])[pP](?:[-_ ]?val(?:ue)?)?[ ]?=[ ]?(?:array\()?\[{{0,2}}(?P<p>{_NUMBER})(?![ ]?[\w%])"
)
"""What a test says of itself on one line: `F=4.97, p=0.011`, `t(18) = -2.31, p = .033`."""
_PROGRESS = re.compile(r"\d/\d|\[[=>. ]{3,}|━|[/ ]step\b")
_KERAS_EPOCH = re.compile(r"^[ \t]*Epoch (?P<step>\d{1,9})/\d{1,9}[ \t]*$")
_REPORT_HEAD = re.compile(r"^\s+precision\s+recall\s+f1-score\s+support\s*$")
_REPORT_ROW = re.compile(r"^ *(?P<label>\S(?:.{0,80}?\S)?)(?P<numbers>(?: +\d+\.\d+){1,3} +\d+(?:\.0)?) *$")
_LONGEST_REPORT = 1000
_MOST_ROWS = 51
_COLUMN = re.compile(r"\S+(?: \S+)*")
_APART = re.compile(r"\s{2,}")
_NUMERIC = re.compile(r"[-+.\d]|NaN|None|True|False")
_DECIMAL = re.compile(r"[-+]?\d*\.\d+(?:[eE][-+]?\d+)?$")
_ESCAPES = re.compile(r"\x1b\[[0-9;?]{0,16}[A-Za-z]|[\b]")


class Printed(NamedTuple):
    """A number read off the screen."""

    name: str
    value: float
    step: int | None
    unit: str
    confidence: float


def printed_metrics(text: str) -> list[Printed]:
    """The metrics in a text as it finally stood on the screen, in the order in which their names first appeared."""
    return list({(metric.name, metric.step): metric for metric, _ in _placed(screen_lines(text))}.values())


def screen_lines(text: str) -> list[str]:
    """The lines of a text as a terminal shows them."""
    return [line.rstrip("\r").rpartition("\r")[2] for line in _ESCAPES.sub("", text[-_LONGEST_TEXT:]).split("\n")]


def _placed(lines: list[str]) -> Iterator[tuple[Printed, int]]:
    """Every metric with the number of its line; of those with one name and step, each replaces the one before."""
    found: set[tuple[str, int | None]] = set()
    epoch: int | None = None
    for at, line in enumerate(lines):
        keras = _KERAS_EPOCH.match(line)
        if keras is not None:
            epoch = int(keras.group("step"))
            continue
        if len(line) > _LONGEST_LINE or not any(sign in line for sign in ":=>"):
            continue
        for metric in (*_in_line(line, epoch), *_tested(line)):
            key = (metric.name, metric.step)
            if key in found or len(found) < _MOST:
                found.add(key)
                yield metric, at


def report_metrics(lines: list[str]) -> Iterator[tuple[Printed, int]]:
    """The numbers of classification reports: accuracy and averages surely, those of single classes on demand."""
    inside = -1
    for at, line in enumerate(lines):
        if _REPORT_HEAD.match(line):
            inside = at
            continue
        row = _REPORT_ROW.match(line) if inside >= 0 and at - inside <= _LONGEST_REPORT else None
        if row is None:
            if line.strip() and inside >= 0 and at - inside > 1:
                inside = -1
            continue
        label, numbers = " ".join(row.group("label").split()), row.group("numbers").split()
        if label == "accuracy" and len(numbers) == 2:
            yield Printed("accuracy", float(numbers[0]), None, "", _CONFIDENCE), at
        elif len(numbers) == 4:
            average = label.endswith(" avg")
            for name, value in zip(("precision", "recall", "f1"), numbers):
                called = f"{label[:-4]}_{name}" if average else f"{name}.{label}"
                yield Printed(called, float(value), None, "", _CONFIDENCE if average else 0.5), at


def told_metrics(lines: list[str]) -> Iterator[tuple[Printed, int]]:
    """What libraries print of fits and tests."""
    for name, value, sure, at in (*summary_numbers(lines), *numbers_of_tests(lines)):
        yield Printed(name, value, None, "", min(sure, _CONFIDENCE)), at


def shown_row(text: str) -> list[Printed]:
    """The metrics of a frame with one row, as pandas writes it."""
    lines = text.split("\n")
    if len(lines) != 2 or max(map(len, lines)) > _LONGEST_LINE:
        return []
    names, values = lines[0].split(), lines[1].split()[1:]
    if len(names) != len(values):
        return []
    return [
        Printed(name, float(value), None, "", _CONFIDENCE)
        for name, value in zip(names, values)
        if telling(name) >= SURE and _DECIMAL.match(value)
    ]


def shown_table(text: str, *, computed: bool = True) -> list[Printed]:
    """The metrics of a frame with several rows, as pandas writes it: each known by the first text of its row, else by its index.

    Where the cell has not `computed` anything of the kind, a column that anybody's data may have (`score`, `error`) is none.
    """
    lines = text.split("\n")
    columns = [(match.group(), match.end()) for match in _COLUMN.finditer(lines[0])]
    told = [
        (name, end)
        for name, end in columns
        if telling(name) >= SURE and (computed or not of_data(name)) and not OF_CANDIDATES.match(name)
    ]
    if not told or not 3 <= len(lines) <= _MOST_ROWS or len(lines[0]) > _LONGEST_LINE:
        return []
    answer: list[Printed] = []
    ends = [0, *(end for _, end in columns)]
    for line in lines[1:]:
        cells = [_chunks(line[before:end])[-1:] for before, end in zip(ends, ends[1:])]
        index = _chunks(line[: ends[1]])[:-1]
        if not all(cells) or any(line[end : end + 1].strip() for end in ends[1:]):
            return []
        texts = [cell for (cell,) in cells if not _NUMERIC.match(cell)]
        label = texts[0] if texts else " ".join(index)
        for name, end in told:
            value = cells[ends.index(end) - 1][0]
            if _DECIMAL.match(value):
                answer.append(Printed(f"{name}.{label}", float(value), None, "", _CONFIDENCE))
    return answer


def _chunks(text: str) -> list[str]:
    """The texts of columns: pandas writes every column flush right, with two spaces between."""
    return _APART.split(text.strip()) if text.strip() else []


def metric_events(run: str, n: int, text: str, at: float, said: Sequence[Said] = ()) -> Iterator[Event]:
    """The metrics that an execution printed, as events: of one name the last, and the series where a name has several steps.

    `said` are numbers on the same lines that the source tells more of: what is read off beside them is left out.
    """
    lines = screen_lines(text)
    taken: dict[int, list[float]] = {}
    found: dict[str, list[Printed]] = {}
    for each in said:
        taken.setdefault(each.line, []).append(each.value)
        found.setdefault(each.name, []).append(Printed(each.name, each.value, each.step, each.unit, each.confidence))
    wheres = {each.name: each.where for each in said}
    known = {each.name for each in said if each.known}
    for metric, line in (*_placed(lines), *report_metrics(lines), *told_metrics(lines)):
        if metric.value not in taken.setdefault(line, []):
            found.setdefault(metric.name, []).append(metric)
            if metric.name in _TOLD_TWICE:
                taken[line].append(metric.value)
    for name, metrics in found.items():
        last = metrics[-1]
        confidence = min(last.confidence, 0.5) if name in known else last.confidence
        where = wheres.get(name, "")
        yield MetricLogged(
            run, n, name, last.value, step=last.step, at=at, source="printed", confidence=confidence, unit=last.unit, where=where
        )  # fmt: skip
        series = _series(metrics)
        if series is not None:
            values, steps = series
            yield SeriesSeen(
                run, n, name, values, steps, at=at, source="printed", confidence=last.confidence, unit=last.unit, where=where
            )  # fmt: skip


def _series(metrics: list[Printed]) -> tuple[tuple[float, ...], tuple[int, ...]] | None:
    """Values and steps of a name that was printed for several steps, or several times."""
    by_step = {metric.step: metric.value for metric in metrics if metric.step is not None and math.isfinite(metric.value)}
    if len(by_step) > 1:
        return tuple(by_step.values()), tuple(by_step)
    values = tuple(metric.value for metric in metrics if math.isfinite(metric.value))
    return (values, ()) if len(values) > 1 and not by_step else None


def _in_line(line: str, epoch: int | None) -> Iterator[Printed]:
    step: int | None = None
    looked = False
    for match in _METRIC.finditer(line):
        if not _plain(match, line):
            continue
        if not looked:
            looked = True
            said = _STEP.search(line)
            step = int(said.group("step")) if said is not None else epoch if _PROGRESS.search(line) else None
        value = float(match.group("value").replace(",", ""))
        unit = "%" if match.group("percent") else ""
        yield Printed(_tidy(match.group("name")), value, step, unit, 0.5 if math.isinf(value) else _CONFIDENCE)


def _tested(line: str) -> Iterator[Printed]:
    """Statistic and probability of a test, where both stand on one line."""
    match = _TEST.search(line) if "p" in line.lower() and "=" in line else None
    if match is not None and match.group("value") and match.group("p"):
        value, chance = float(match.group("value").replace(",", "")), float(match.group("p").replace(",", ""))
        if 0.0 <= chance <= 1.0 and math.isfinite(value):
            sure = 0.5 if match.group("value").lstrip("+-").isdigit() else _CONFIDENCE
            yield Printed(match.group("kind"), value, None, "", sure)
            yield Printed("p_value", chance, None, "", sure)


def _plain(match: re.Match[str], line: str) -> bool:
    """Whether the number is the metric's value, and not the first word of something else."""
    value, rest = match.group("value"), match.group("rest")
    if not value or (rest and rest in "/:×*^_@") or rest.isalnum():
        return False
    behind = line[match.end() - len(rest) :].lstrip(" \t")
    whole = value.lstrip("+-").isdigit() and not match.group("percent")
    if whole and (behind[:1].isalpha() or _tidy(match.group("name")).endswith("score")):
        return False
    if behind.startswith(("to ", "- ", "–", "of ", "out of", "samples", "items", "rows", "classes")) and not behind.startswith(
        "- v"
    ):
        return bool(re.match(r"- [A-Za-z]", behind))
    if behind.startswith(("(", "[")) or (rest == "." and behind[1:2].isdigit()):
        return not behind[1:2].isdigit() or "±" in behind or behind.startswith("(+")
    return not line[: match.start()].rstrip().endswith(("no", "not", "if", "target", "expected", "threshold", "min", "max"))


def _tidy(name: str) -> str:
    """`Val Loss` → `val_loss`, `R²` → `r2`."""
    text = re.sub(r"\.?[ -]+", "_", name.strip().lower())
    return text.replace("r^2", "r2").replace("r²", "r2").replace("r_squared", "r2").replace("cohen's", "cohens")
