"""Whether a model that was fitted again is the same recipe on other data, or another recipe.

    retrained    class, hyperparameters and columns are the same; what it was fitted on is not
    redesigned   its class, its hyperparameters or its columns are others
    refitted     no difference is seen

It is held against the model that bore the name before: in the same run, else in the runs of the notebook before. What it was fitted on is
known by shape and columns, and by the contents of the files behind it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from labjournal.journal.reader import Journal
from labjournal.journal.rows import Model, Run
from labjournal.questions.origin.answers import ModelDifference
from labjournal.questions.parameter_values import parameter_values
from labjournal.questions.results.answers import ModelChange
from labjournal.questions.results.attribution import Behind, behind_results

__all__ = ["Fit", "Refits", "compared", "differences", "fits_of"]

_EARLIER_RUNS = 5
_MOST_FITS = 2000
_MOST_SAID = 12
_SHORT = 60


class Fit(NamedTuple):
    """A model as it was fitted once."""

    address: str
    model: Model
    inputs: Mapping[str, str | None]
    """Path and digest of the files behind it."""
    parameters: Mapping[str, Any]
    """Settings behind it that are not its own: how data were split, say."""

    @classmethod
    def of(cls, run: str, model: Model, behind: Behind) -> Fit:
        settings = parameter_values(each for each in behind.parameters if each.where != model.name)
        return cls(f"{run}/{model.n}", model, {touch.path: touch.sha256 for touch in behind.inputs}, settings)


class Refits:
    """The models of some executions of a run, and the one that bore each name before."""

    def __init__(self, journal: Journal, run: Run, models: Mapping[int, list[Model]], *, follow: bool = True) -> None:
        self._journal, self._run = journal, run
        self._before: dict[tuple[int, str], int] = {}
        self._earlier: dict[str, Fit] = {}
        self._models: dict[int, list[Model]] = {}
        if not models:
            return
        latest: dict[str, int] = {}
        for n, name in journal.results.fits(run.run, max(models), _MOST_FITS):
            if n in models and name in latest:
                self._before[n, name] = latest[name]
            latest[name] = n
        self._models = journal.results.models(run.run, sorted(set(self._before.values())))
        first = {model.name for n, several in models.items() for model in several if (n, model.name) not in self._before}
        if follow and first:
            self._follow(first)

    @property
    def numbers(self) -> set[int]:
        """Executions of the run whose inputs are needed besides."""
        return set(self._models)

    def change(self, model: Model, behind: Mapping[int, Behind]) -> ModelChange | None:
        """How a model differs from the one before; None for the first of its name."""
        n = self._before.get((model.n, model.name))
        if n is None:
            before = self._earlier.get(model.name)
        else:
            same_name = [each for each in self._models.get(n, ()) if each.name == model.name]
            before = Fit.of(self._run.run, same_name[-1], behind[n]) if same_name else None
        return compared(before, Fit.of(self._run.run, model, behind[model.n])) if before is not None else None

    def _follow(self, names: set[str]) -> None:
        """Into the runs of the notebook before."""
        if self._run.notebook is None:
            return
        table = self._journal.results
        for run in self._journal.runs(notebook=self._run.notebook, before=self._run.run, limit=_EARLIER_RUNS):
            wanted = {name: n for n, name in table.fits(run.run, None, _MOST_FITS) if name in names - self._earlier.keys()}
            if run.replay_of is not None or not wanted:
                continue
            numbers = sorted(set(wanted.values()))
            behind = behind_results(table, run.run, numbers)
            for n, several in table.models(run.run, numbers).items():
                for model in several:
                    if wanted.get(model.name) == n:
                        self._earlier[model.name] = Fit.of(run.run, model, behind[n])


def fits_of(journal: Journal, run: str, numbers: Iterable[int]) -> dict[str, Fit]:
    """The last model of each name that some executions of a run fitted."""
    found = {
        model.name: model for _, several in sorted(journal.results.models(run, sorted(numbers)).items()) for model in several
    }
    if not found:
        return {}
    behind = behind_results(journal.results, run, sorted({model.n for model in found.values()}))
    return {name: Fit.of(run, model, behind[model.n]) for name, model in found.items()}


def differences(a: Mapping[str, Fit], b: Mapping[str, Fit]) -> list[ModelDifference]:
    """What became of each model from A to B, those that differ first."""
    answer: list[ModelDifference] = []
    for name in {**a, **b}:
        one, other = a.get(name), b.get(name)
        if one is not None and other is not None:
            change = compared(one, other)
            answer.append({"name": name, "a": one.address, "b": other.address, "how": change["how"], "what": change["what"]})
        else:
            how = "appeared" if one is None else "gone"
            answer.append({"name": name, "a": one and one.address, "b": other and other.address, "how": how, "what": []})
    return sorted(answer, key=lambda each: each["how"] == "refitted")


def compared(a: Fit, b: Fit) -> ModelChange:
    """What differs from A to B."""
    recipe = [*_class(a.model, b.model), *_settings(a.model, b.model), *_columns(a.model, b.model)]
    if not recipe and a.model.recipe != b.model.recipe:
        recipe = ["settings" if b.model.library != "torch" else "layers"]
    own = {*a.model.parameters, *b.model.parameters}
    data = [*_rows(a.model, b.model), *_files(a.inputs, b.inputs), *_changed(a.parameters, b.parameters, own)]
    how = "redesigned" if recipe else "retrained" if data else "refitted"
    return {"than": a.address, "how": how, "what": [*recipe, *data][:_MOST_SAID]}  # type: ignore[typeddict-item]


def _class(a: Model, b: Model) -> Iterable[str]:
    if a.kind != b.kind:
        yield f"{a.kind.rpartition('.')[2]} → {b.kind.rpartition('.')[2]}"


def _settings(a: Model, b: Model) -> Iterable[str]:
    return _changed(a.parameters, b.parameters, set(), absent="default")


def _changed(a: Mapping[str, Any], b: Mapping[str, Any], but: set[str], absent: str = "none") -> Iterable[str]:
    for name in {**a, **b}:
        one, other = a.get(name), b.get(name)
        if one != other and name.rpartition(".")[2] not in but and not _is_large(one) and not _is_large(other):
            yield f"{name} {_said(one) if name in a else absent} → {_said(other) if name in b else absent}"


def _is_large(value: Any) -> bool:
    return isinstance(value, (list, dict))


def _columns(a: Model, b: Model) -> Iterable[str]:
    if a.features and b.features and a.features != b.features:
        new, gone = (
            [each for each in b.features if each not in a.features],
            [each for each in a.features if each not in b.features],
        )
        yield ", ".join([*(f"+ {each}" for each in new[:3]), *(f"- {each}" for each in gone[:3])]) or "order of columns"
    elif _inputs(a) != _inputs(b) and None not in (_inputs(a), _inputs(b)):
        yield f"{_inputs(a)} → {_inputs(b)} columns"


def _inputs(model: Model) -> Any:
    return (model.signature or {}).get("inputs")


def _rows(a: Model, b: Model) -> Iterable[str]:
    one, other = _count(a), _count(b)
    if one is not None and other is not None and one != other:
        yield f"{one:,} → {other:,} rows"


def _count(model: Model) -> int | None:
    shape = model.fitted_on[0].get("shape") if model.fitted_on else None
    count = shape[0] if isinstance(shape, list) and shape else ((model.signature or {}).get("size") or {}).get("observations")
    return count if isinstance(count, int) else None


def _files(a: Mapping[str, str | None], b: Mapping[str, str | None]) -> Iterable[str]:
    """Files of which another content was read, and those that only one of the two read; the same content at another path is the same."""
    known_a, known_b = set(a.values()), set(b.values())
    for path, sha256 in b.items():
        if sha256 is None or sha256 in known_a:
            continue
        yield f"{os.path.basename(path)} has another content" if path in a else f"{os.path.basename(path)} besides"
    for path, sha256 in a.items():
        if path not in b and sha256 is not None and sha256 not in known_b:
            yield f"{os.path.basename(path)} no longer"


def _said(value: Any) -> str:
    text = f"{value:.6g}" if isinstance(value, float) else str(value)
    return text if len(text) <= _SHORT else f"{text[: _SHORT - 1]}…"
