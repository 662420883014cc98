"""Fitted models and learning curves in the metadata of a crate.

    a model     PropertyValue: its class is the value, its hyperparameters are the valueReference, each a PropertyValue; what it was fitted on is said
    a curve     PropertyValue: its numbers, thinned where they are many, as one JSON text, because a list in JSON-LD has no order

Each has a FormalParameter among the outputs of the workflow. `journal.json` holds both in full.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from labjournal.journal.rows import Model, Series
from labjournal.questions.numbers import number, plain
from labjournal.questions.results.parts import series_part
from labjournal.records.elsewhere import slug
from labjournal.records.measured import fitted_on
from labjournal.records.record import Record, Step

__all__ = ["Made"]

_MODELS, _CURVES = 50, 20
"""Of one execution."""

Entity = Any  # rocrate's own entities are untyped


class Made:
    """The entities of what executions fitted."""

    def __init__(self, record: Record, add: Callable[..., Entity], formal: Callable[..., Entity]) -> None:
        self._add = add
        self._steps: dict[int, list[tuple[str, Entity]]] = {}
        self._formal = formal
        self.formal: list[Entity] = []
        """One for each name, in the order in which the names appeared."""
        self._known: dict[str, Entity] = {}
        for step in record.steps:
            self._steps[step.n] = [*self._models(step), *self._curves(step)]

    def of(self, step: Step) -> list[Entity]:
        """What one execution fitted."""
        return [entity for _, entity in self._steps[step.n]]

    def last(self) -> list[Entity]:
        """Of each name the last, as the run left it."""
        return list({name: entity for entities in self._steps.values() for name, entity in entities}.values())

    def _models(self, step: Step) -> Iterable[tuple[str, Entity]]:
        for place, model in enumerate(step.models[:_MODELS], 1):
            name = f"#model-{slug(model.name)}"
            formal = self._output(name, model.name, "PropertyValue", "A model that was fitted.")
            yield name, self._model(f"#fitted-{step.n}-{place}", model, formal)

    def _model(self, identifier: str, model: Model, formal: Entity) -> Entity:
        data = fitted_on(model)
        entity = self._add(
            identifier,
            "PropertyValue",
            name=model.name,
            value=model.kind,
            description=f"{model.library} {model.version}".strip() + (f", fitted on {data}" if data else ""),
        )
        entity["exampleOfWork"] = formal
        settings = [
            self._add(f"{identifier}-{place}", "PropertyValue", name=name, value=_said(value))
            for place, (name, value) in enumerate(model.parameters.items(), 1)
        ]
        if settings:
            entity["valueReference"] = settings
        return entity

    def _curves(self, step: Step) -> Iterable[tuple[str, Entity]]:
        for place, curve in enumerate(step.series[:_CURVES], 1):
            name = f"#course-{slug(curve.name)}"
            formal = self._output(
                name, f"{curve.name}, course", "Text", "Numbers in the order in which they came, as a JSON list."
            )
            yield name, self._curve(f"#curve-{step.n}-{place}", curve, formal)

    def _curve(self, identifier: str, curve: Series, formal: Entity) -> Entity:
        part = series_part(curve)
        more = {"unitText": curve.unit} if curve.unit else {}
        entity = self._add(
            identifier,
            "PropertyValue",
            name=f"{curve.name}, course",
            value=json.dumps(part["values"]),
            description=f"{curve.points} numbers" + (f", at steps {json.dumps(part['steps'])}" if part["steps"] else ""),
            **more,
        )
        entity["exampleOfWork"] = formal
        return entity

    def _output(self, identifier: str, name: str, kind: str, description: str) -> Entity:
        if identifier not in self._known:
            self._known[identifier] = self._formal(identifier, name, kind, description)
            self.formal.append(self._known[identifier])
        return self._known[identifier]


def _said(value: Any) -> Any:
    if isinstance(value, float):
        return number(value)
    return value if isinstance(value, (str, int, bool)) else json.dumps(plain(value), ensure_ascii=False)
