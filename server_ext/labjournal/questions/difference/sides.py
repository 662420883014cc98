"""One side of a comparison: a run as it was executed, or an execution with its recipe, and all that stands behind its numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from labjournal.journal.reader import Journal
from labjournal.journal.rows import Address, Execution, Run
from labjournal.questions.answers import EnvironmentPart, GitPart, Number
from labjournal.questions.difference.data_diff import DataSide
from labjournal.questions.metrics import last_values
from labjournal.questions.parameter_values import parameter_values
from labjournal.questions.recipe.slicing import recipe
from labjournal.questions.results.refits import Fit, fits_of
from labjournal.questions.timeline import environment_part, git_part

__all__ = ["Side"]


@dataclass(frozen=True)
class Side:
    address: Address
    run: Run
    executions: list[Execution]
    parameters: dict[str, Any]
    metrics: dict[str, Number]
    environment: EnvironmentPart
    git: GitPart
    data: DataSide
    models: dict[str, Fit]

    @classmethod
    def of(cls, journal: Journal, address: Address) -> Side:
        run = journal.run(address.run)
        executions = journal.executions(run.run) if address.n is None else recipe(journal, address)
        numbers = {execution.n for execution in executions}
        return cls(
            address,
            run,
            executions,
            parameter_values(each for each in journal.parameters(run.run) if each.n in numbers),
            last_values(each for each in journal.sure_metrics(run.run) if each.n in numbers),
            environment_part(journal, run),
            git_part(journal, run),
            DataSide.of(journal, run.run, numbers),
            fits_of(journal, run.run, numbers),
        )
