"""From what was seen in the namespace, and what the source says, to events: what is a result, what it is called, and how sure that is.

    acc = accuracy_score(y, p)     returned, `acc`             a = accuracy_score(y, p)    returned, `accuracy`
    test_loss = total / n          bound                       model.score(X, y)           returned, as shown
    losses.append(loss)            a series                    search.fit(X, y)            a model, its best score

Literals, loop variables, counters, settings and what another cell made are no results of this one.
"""

from __future__ import annotations

import math
import re
from typing import Any, Callable, Dict, Iterable, Iterator, List, Set, Tuple

from labjournal.events import Event, MetricLogged, ParameterSet, SeriesSeen
from labjournal.recorders.cell_results import CellResults, Made
from labjournal.recorders.metric_names import FUNCTIONS, SURE, UNSURE, is_setting, meaning_of, measured, of_data, same, telling
from labjournal.recorders.model_events import Models
from labjournal.recorders.models import Found, Look, Table
from labjournal.recorders.python_source import words_of
from labjournal.recorders.secret_names import meaning as secret_meaning

__all__ = ["Memory", "findings"]

_LONGEST_NAME = 200
_MOST_METRICS = 500
_MOST_SETTINGS = 200
_QUIET = frozenset(
    "n_jobs verbose verbosity silent copy_X cache_size pre_dispatch error_score warm_start device copy memory refit axis keepdims".split()
)
"""Arguments that change no result."""
_SETTING_NAMES = frozenset("config cfg conf params parameters hparams hyperparameters hyperparams args opts options settings param_grid "
                           "grid space search_space kwargs defaults argv".split())  # fmt: skip
_SPLITTERS = frozenset(("KFold", "StratifiedKFold", "TimeSeriesSplit", "ShuffleSplit", "StratifiedShuffleSplit", "GroupKFold"))
_READERS = frozenset("input getenv get int str pop load loads read_csv read_json parse_args time perf_counter".split())
_ESTIMATORS = frozenset(
    "sklearn xgboost lightgbm imblearn catboost statsmodels lifelines torch keras tensorflow tf_keras".split()
)
_TIMES = frozenset("fit_time score_time time times duration elapsed".split())
_COLLECTIONS = frozenset(
    "results result scores score metrics metric evaluation report performance summary res accuracies losses errors".split()
)
_TEST_STATISTICS = frozenset("t z f F T Z chi chi2 stat t_stat z_stat z_score statistic".split())
"""Names of numbers that are results where the probability of them is told beside."""
_SAID_NAN = re.compile(r"\bnan\b", re.IGNORECASE)
_NOT_AVERAGED = frozenset("p_value statistic t_stat z_stat f_stat chi2".split())
"""Of several tests, whose mean says nothing."""
_STATISTICS = frozenset("support epoch step n count".split())


class Memory:
    """Digests of what was told already, so that what is only mentioned again is not told again."""

    def __init__(self) -> None:
        self.estimators: Set[str] = set()
        """Names under which classes of the libraries of estimators were imported."""
        self.models = Models()
        self._told: Dict[Tuple[str, str], int] = {}

    def is_new(self, kind: str, name: str, value: Any) -> bool:
        key, digest = (kind, name), hash(repr(value))
        if self._told.get(key) == digest:
            return False
        if len(self._told) > 5000:
            self._told.clear()
        self._told[key] = digest
        return True


class _Teller:
    def __init__(self, run: str, look: Look, clean: Callable[[str], str]) -> None:
        self.run, self.look, self.clean = run, look, clean
        self.told: Set[Tuple[str, str]] = set()
        self.values: List[Tuple[str, float]] = []
        self.set: Set[Tuple[str, str]] = set()

    def metric(self, name: str, value: float, source: str, confidence: float, where: str) -> Iterator[Event]:
        name = self.text(name)
        if math.isinf(value) or not name or (name, source) in self.told or len(self.told) >= _MOST_METRICS:
            return
        self.told.add((name, source))
        self.values.append((name, value))
        if math.isnan(value) and _SAID_NAN.search(where):
            confidence = min(confidence, UNSURE)  # what holds a place until there is a number, and no number that is gone
        yield MetricLogged(
            self.run, self.look.n, name, value, at=self.look.at, source=source, confidence=confidence, where=self.text(where)
        )

    def series(self, name: str, points: Tuple[Any, ...], source: str, confidence: float, where: str) -> Iterator[Event]:
        values, steps, count = points
        finite = [value for value in values if math.isfinite(value)]
        if finite:
            yield SeriesSeen(
                self.run, self.look.n, self.text(name), tuple(values), tuple(steps), count if count > len(values) else 0,
                at=self.look.at, source=source, confidence=confidence, where=self.text(where),
            )  # fmt: skip

    def setting(self, name: str, value: Any, source: str, where: str) -> Iterator[Event]:
        kind = secret_meaning(name)
        if kind is not None and kind.strength != "weak":
            return
        said = self.clean(value) if type(value) is str else value
        if (name, repr(said)) in self.set:
            return
        self.set.add((name, repr(said)))
        yield ParameterSet(self.run, self.look.n, self.text(name), said, type(value).__name__, source, self.text(where))

    def text(self, text: str) -> str:
        return self.clean(" ".join(text[:_LONGEST_NAME].split())) if text else ""


def findings(run: str, look: Look, cell: CellResults, memory: Memory, clean: Callable[[str], str]) -> Iterator[Event]:
    """Everything that an execution is worth telling of."""
    tell = _Teller(run, look, clean)
    yield from _numbers(tell, look, cell)
    yield from _objects(tell, look, cell, memory)
    yield from _shown(tell, look, cell, memory)
    yield from _returned(tell, look, cell)
    yield from _series(tell, look, cell, memory)
    yield from _tables(tell, look, cell, memory)
    yield from _settings(tell, look, cell, memory)


def _numbers(tell: _Teller, look: Look, cell: CellResults) -> Iterator[Event]:
    tested = any(meaning is not None and meaning.measure == "p_value" for meaning in map(meaning_of, look.numbers))
    shared = _shared(look.numbers, cell)
    for name, (value, whole) in look.numbers.items():
        made = cell.made.get(name)
        if made is None or name in cell.loop_names or made.how == "literal":
            continue
        sure = telling(name) or (SURE if tested and name in _TEST_STATISTICS else 0.0)
        if made.measure:
            called = (
                name if sure >= SURE or measured(name) else f"{made.measure}.{name}" if made.measure in shared else made.measure
            )
            yield from tell.metric(called, value, "returned", UNSURE if whole else 0.95, made.where)
        elif sure and not _is_taken(made):
            if whole or made.how == "augmented":
                sure = UNSURE
            elif (
                sure < SURE
                and made.how == "expression"
                and name.lower().startswith("total_")
                and name not in words_of(made.where)
            ):
                sure = SURE  # the sum of several losses, not one that grows
            yield from tell.metric(name, value, "bound", sure, made.where if math.isnan(value) else name)


def _shared(names: Iterable[str], cell: CellResults) -> Set[str]:
    """Measures of several names that do not say themselves what they are."""
    measures = [cell.made[name].measure for name in names if name in cell.made and telling(name) < SURE]
    return {measure for measure in measures if measures.count(measure) > 1}


def _is_taken(made: Made) -> bool:
    """Whether a value comes from settings, a person or a clock, not from computing."""
    if made.how == "call" and (made.function in _READERS or made.receiver in _SETTING_NAMES):
        return True
    begins = made.where.partition("[")[0].partition(".")[0]
    return begins in _SETTING_NAMES


def _objects(tell: _Teller, look: Look, cell: CellResults, memory: Memory) -> Iterator[Event]:
    several = _several(look)
    told: Set[Tuple[str, float]] = set()
    told_series: Set[Tuple[str, Tuple[float, ...]]] = set()
    yield from memory.models.saved_later(look, cell, tell.clean)
    for name, found in look.objects:
        if found.is_model and not found.again:
            yield memory.models.seen(tell.run, look, cell, name, found, tell.clean, tell.text)
        if found.library in _ESTIMATORS and found.has_settings and not found.again:
            yield from _arguments(tell, name, found)
        for argument, value in list(found.chosen.items())[:_MOST_SETTINGS]:
            yield from tell.setting(
                argument, value, "estimator", f"{name}.best_params_" if found.library != "optuna" else f"{name}.best_params"
            )
        shown = cell.shown_name if not name else ""
        for figure in found.figures:
            if (figure.name, figure.value) in told:  # a history, and the model that keeps it
                continue
            told.add((figure.name, figure.value))
            is_new = memory.is_new("number", f"{name}{figure.where}", figure.value)
            if found.again and not is_new:
                continue
            sure = figure.confidence
            if found.library == "statsmodels" and not cell.mentions("summary", "summary2", figure.where.strip(".")):
                sure = min(sure, UNSURE)  # it was needed on the way to something else
            called = f"{name}.{figure.name}" if figure.name in several and name else figure.name
            yield from tell.metric(called, figure.value, "fitted", sure, f"{name or shown or 'Out'}{figure.where}")
        for curve in found.curves:
            if (curve.name, curve.values) in told_series:
                continue
            told_series.add((curve.name, curve.values))
            called = f"{name}.{curve.name}" if curve.name in several and name else curve.name
            yield from tell.series(
                called, (curve.values, curve.steps, curve.points), "fitted", curve.confidence, f"{name}{curve.where}"
            )


def _arguments(tell: _Teller, name: str, found: Found) -> Iterator[Event]:
    """Hyperparameters that differ from the default; of an estimator in another, its own and not its class."""
    for argument, value in list(found.changed.items())[:_MOST_SETTINGS]:
        if value is None or argument.rpartition("__")[2] in _QUIET or (type(value) is str and value.startswith("<")):
            continue
        if not any(other.startswith(f"{argument}__") for other in found.settings):
            yield from tell.setting(argument, value, "estimator", name)


def _several(look: Look) -> Set[str]:
    """Names of numbers that the objects tell more than one value of."""
    values: Dict[str, Set[Any]] = {}
    for _, found in look.objects:
        for figure in found.figures:
            values.setdefault(figure.name, set()).add(figure.value)
        for curve in found.curves:
            values.setdefault(f"{curve.name} series", set()).add(curve.values)
    return {name.partition(" series")[0] for name, different in values.items() if len(different) > 1}


def _shown(tell: _Teller, look: Look, cell: CellResults, memory: Memory) -> Iterator[Event]:
    made = cell.shown
    if made is None or made.how == "literal":
        return
    if look.shown is not None:
        if made.measure:
            yield from tell.metric(made.measure, look.shown, "returned", UNSURE if look.shown_whole else 0.95, made.where)
        elif not look.shown_whole:
            yield from _looked_at(tell, memory, made, cell.shown_name, look.shown)
    elif look.shown_series is not None and len(cell.shown_each) == len(look.shown_series[0]):
        measures = [each.measure for each, _, _ in cell.shown_each]
        for (each, argument, name), value in zip(cell.shown_each, look.shown_series[0]):
            if each.measure:
                called = f"{each.measure}.{argument}" if measures.count(each.measure) > 1 and argument else each.measure
                yield from tell.metric(called, value, "returned", 0.95, each.where)
            elif not value.is_integer():
                yield from _looked_at(tell, memory, each, name, value)
    elif look.shown_series is not None and made.measure:
        yield from _folds(tell, made.measure, look.shown_series, made)
    elif look.shown_table is not None and made.how == "call" and made.function == "cross_validate":
        yield from _cross_validated(tell, "", look.shown_table, made)
    elif look.shown_table is not None and made.how != "expression":
        for keys, value, whole in look.shown_table.numbers:
            if len(keys) == 1 and telling(keys[0]) and not whole:
                yield from tell.metric(keys[0], value, "shown", min(telling(keys[0]), 0.85), made.where)


def _looked_at(tell: _Teller, memory: Memory, made: Made, name: str, value: float) -> Iterator[Event]:
    """What is shown of something, known by the name behind it."""
    if not name or name == made.where or made.how == "literal" or _is_taken(made):
        return
    told_before = not memory.is_new("number", made.where, value)  # what an object tells anyway is told once
    sure = telling(name)
    if of_data(name) and made.receiver and not _holds_results(made.receiver):
        sure = min(sure, UNSURE)  # `games.score.mean()` is no result of a model
    if sure:
        yield from tell.metric(name, value, "shown", UNSURE if told_before else min(sure, 0.85), made.where)


def _holds_results(name: str) -> bool:
    return bool(_COLLECTIONS & set(name.lower().split("_"))) or telling(name) > 0


def _returned(tell: _Teller, look: Look, cell: CellResults) -> Iterator[Event]:
    """What metric functions returned to functions of the notebook, or in a way that the source of the cell does not tell of."""
    values: Dict[str, List[float]] = {}
    for function, value, line in look.returned:
        if line and function in cell.asked:
            continue
        values.setdefault(function, []).append(value)
    for function, found in values.items():
        name = FUNCTIONS[function]
        if len(set(found)) > 1:
            yield from tell.series(name, (found, [], len(found)), "returned", UNSURE, f"{function}(…)")
        if not any(same(told, name) and any(value == each for each in found) for told, value in tell.values):
            yield from tell.metric(name, found[-1], "returned", 0.9 if len(set(found)) == 1 else UNSURE, f"{function}(…)")


def _series(tell: _Teller, look: Look, cell: CellResults, memory: Memory) -> Iterator[Event]:
    shared = _shared(look.series, cell)
    for name, points in look.series.items():
        made, grown = cell.made.get(name), cell.elements.get(name)
        if (made is None and grown is None) or name in cell.loop_names:
            continue
        is_new = memory.is_new("series", name, points)
        if look.failed and not is_new:
            continue
        if made is not None and made.measure:
            called = name if telling(name) else f"{made.measure}.{name}" if made.measure in shared else made.measure
            yield from _folds(tell, called, points, made)
            continue
        measured = grown.measure if grown is not None else ""
        sure = telling(name)
        if (not sure and measured) or (sure and grown is not None and grown.in_loop):
            sure = SURE
        if not sure or not is_new or (made is not None and _is_written_out(made, grown)):
            continue
        if all(value.is_integer() for value in points[0] if math.isfinite(value)):
            sure = min(sure, UNSURE)
        called = name if telling(name) else measured
        yield from tell.series(called, points, "bound", sure, name)


def _is_written_out(made: Made, grown: Made | None) -> bool:
    return grown is None and made.how == "literal"


def _folds(tell: _Teller, name: str, points: Tuple[Any, ...], made: Made) -> Iterator[Event]:
    """Scores of cross-validation: the series, its mean and its spread."""
    values = points[0]
    if made.in_loop:  # the last of several
        yield from tell.series(name, points, "returned", UNSURE, made.where)
        return
    yield from tell.series(name, points, "returned", 0.95, made.where)
    finite = [value for value in values if math.isfinite(value)]
    meaning = meaning_of(name)
    if meaning is not None and meaning.measure in _NOT_AVERAGED:
        return
    if len(finite) == len(values) and 1 < len(values) < 1000:
        mean = math.fsum(values) / len(values)
        spread = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / len(values))
        yield from tell.metric(f"{name}_mean", mean, "returned", 0.9, f"mean of {made.where}")
        yield from tell.metric(f"{name}_std", spread, "returned", 0.8, f"standard deviation of {made.where}")


def _cross_validated(tell: _Teller, name: str, table: Table, made: Made) -> Iterator[Event]:
    for keys, values, steps, points in table.series:
        if len(keys) == 1 and keys[0] not in _TIMES and keys[0].startswith(("test_", "train_")):
            yield from _folds(tell, keys[0], (values, steps, points), made)


def _tables(tell: _Teller, look: Look, cell: CellResults, memory: Memory) -> Iterator[Event]:
    for name, table in look.tables.items():
        made, grown = cell.made.get(name), cell.elements.get(name)
        if (made is None and grown is None and not _is_handed(cell, name)) or name in cell.loop_names or name in _SETTING_NAMES:
            continue
        if not memory.is_new("table", name, (table.numbers, table.series)) and (made is None or look.failed):
            continue
        if made is not None and made.function == "cross_validate":
            yield from _cross_validated(tell, name, table, made)
            continue
        if made is not None and made.function == "classification_report":
            yield from _report(tell, name, table)
            continue
        holds = _holds_results(name)
        measured = grown.measure if grown is not None else made.measure if made is not None else ""
        for keys, value, whole in table.numbers:
            by_key = telling(keys[-1])
            if whole or keys[-1] in _TIMES or keys[-1] in _STATISTICS or is_setting(keys[-1]):
                continue
            if by_key and (holds or meaning_of(keys[-1]) is not None):
                called = keys[-1] if len(keys) == 1 else ".".join(keys)
                sure = by_key if holds else min(by_key, 0.85)
            elif measured or telling(name) or (holds and name.lower() in ("results", "scores")):
                called = f"{measured or name}.{'.'.join(keys)}"
                sure = SURE if measured or telling(name) else UNSURE
            else:
                continue
            yield from tell.metric(called, value, "bound", sure, f"{name}[{keys[0]!r}]")
        for keys, values, steps, points in table.series:
            if (telling(keys[-1]) or (len(keys) == 2 and _is_handed(cell, name))) and keys[-1] not in _TIMES:
                yield from tell.series(" ".join(keys), (values, steps, points), "bound", SURE, f"{name}[{keys[0]!r}]")
                if len(values) > 1:
                    yield from tell.metric(" ".join(keys), values[-1], "bound", 0.85, f"{name}[{keys[0]!r}]")


def _is_handed(cell: CellResults, name: str) -> bool:
    """Whether a dict is one that a call of the cell fills: `evals_result=res`."""
    return any(name == setting for setting in cell.handed)


def _report(tell: _Teller, name: str, table: Table) -> Iterator[Event]:
    """A classification report as a dict: its accuracy and averages surely, its classes on demand."""
    for keys, value, _ in table.numbers:
        if keys == ("accuracy",):
            yield from tell.metric("accuracy", value, "returned", 0.95, f"{name}['accuracy']")
        elif len(keys) == 2 and keys[1] in ("precision", "recall", "f1-score"):
            sure = SURE if keys[0] in ("macro avg", "weighted avg") else UNSURE
            called = f"{keys[0].replace(' avg', '')} {keys[1].replace('-score', '')}"
            yield from tell.metric(called, value, "returned", sure, f"{name}[{keys[0]!r}][{keys[1]!r}]")


def _settings(tell: _Teller, look: Look, cell: CellResults, memory: Memory) -> Iterator[Event]:
    memory.estimators.update(
        name for name, library in cell.imported.items() if library in _ESTIMATORS and len(memory.estimators) < 1000
    )
    # statsmodels keeps some of its arguments only; of what is no model, the arguments are not told with it
    whole = [found for _, found in look.objects if found.library != "statsmodels" and found.has_settings]
    seen = " ".join([found.kind + " " + " ".join(map(str, found.settings.values())) for found in whole])
    for function, argument, value in cell.settings:
        if function[:1].isupper() and function not in _SPLITTERS and (function not in memory.estimators or function in seen):
            continue
        if argument not in _QUIET and argument not in ("verbose_eval", "disp"):
            yield from tell.setting(argument, value, "estimator" if function[:1].isupper() else "literal", function)
    for name, table in look.settings.items():
        if memory.is_new("settings", name, sorted(table.items())):
            for key, value in table.items():
                if type(value) is not float or math.isfinite(value):
                    yield from tell.setting(key, value, "config", name)
