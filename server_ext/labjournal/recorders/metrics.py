"""Metrics that were only printed: `accuracy: 0.93`, `Epoch 3 - val_loss = 0.41`, read from a cell's output when it is complete.

Better none than a wrong one: only names that everybody in the field knows, only a plain number right behind them, and not where
the number is part of a sentence, a range or a list. Of several prints of one name (and step) the last counts.
"""

from __future__ import annotations

import math
import re
from typing import Iterator, NamedTuple

from labjournal.events import MetricLogged

__all__ = ["Printed", "metric_events", "printed_metrics"]

_CONFIDENCE = 0.8
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
_PROGRESS = re.compile(r"\d/\d|\[[=>. ]{3,}|━|[/ ]step\b")
_KERAS_EPOCH = re.compile(r"^[ \t]*Epoch (?P<step>\d{1,9})/\d{1,9}[ \t]*$")
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
    found: dict[tuple[str, int | None], Printed] = {}
    epoch: int | None = None
    for line in _ESCAPES.sub("", text[-_LONGEST_TEXT:]).split("\n"):
        line = line.rstrip("\r").rpartition("\r")[2]
        keras = _KERAS_EPOCH.match(line)
        if keras is not None:
            epoch = int(keras.group("step"))
            continue
        if len(line) > _LONGEST_LINE or not any(sign in line for sign in ":=>"):
            continue
        for metric in _in_line(line, epoch):
            key = (metric.name, metric.step)
            if key in found or len(found) < _MOST:
                found[key] = metric
    return list(found.values())


def metric_events(run: str, n: int, text: str, at: float) -> Iterator[MetricLogged]:
    """The metrics that an execution printed, as events."""
    for metric in printed_metrics(text):
        yield MetricLogged(
            run,
            n,
            metric.name,
            metric.value,
            step=metric.step,
            at=at,
            source="printed",
            confidence=metric.confidence,
            unit=metric.unit,
        )


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
        yield Printed(_tidy(match.group("name")), value, step, unit, _CONFIDENCE if math.isfinite(value) else 0.5)


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
    text = re.sub(r"[ -]+", "_", name.strip().lower())
    return text.replace("r^2", "r2").replace("r²", "r2").replace("r_squared", "r2").replace("cohen's", "cohens")
