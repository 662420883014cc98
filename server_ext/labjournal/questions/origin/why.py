"""Where something comes from: the execution that made it, the code that one depended on, all its inputs, and theirs, to the roots.

The recipe of the target is read exactly (`recipe`), and so are those of the runs nearest behind it; further behind, recorded names
tell which executions took part (`flow`). Every step goes to executions before it, none is taken twice, and there is a most.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from labjournal.journal.origins import Touch
from labjournal.journal.reader import Journal
from labjournal.journal.rows import Address, Execution, Metric, Parameter
from labjournal.questions.answers import EnvironmentPart, GitPart, when
from labjournal.questions.metrics import last_values
from labjournal.questions.origin.answers import ProducedBy, RecipeStep, UpstreamPart, WhyAnswer, WhyInput
from labjournal.questions.origin.flow import behind
from labjournal.questions.origin.inputs import Input, inputs_of, produced_by, unknowns
from labjournal.questions.origin.locating import Located, located
from labjournal.questions.origin.makers import Makers, Use
from labjournal.questions.origin.targets import Target
from labjournal.questions.origin.used import used_by
from labjournal.questions.parameter_values import parameter_values
from labjournal.questions.recipe.slicing import explained
from labjournal.questions.results.answers import ModelPart
from labjournal.questions.results.attribution import behind_results
from labjournal.questions.results.parts import model_part
from labjournal.questions.results.refits import Refits
from labjournal.questions.timeline import environment_part, git_part

__all__ = ["why"]

_EXACT = 60
"""Executions whose text may be read for recipes of runs behind the target's."""
_MOST_RUNS = 1000
_OTHERS = 50
_FEW = 50
_SENTENCES = 200


def why(journal: Journal, target: Target, *, forward: bool = False) -> WhyAnswer:
    """The whole answer; what nobody recorded is UnknownAddress."""
    makers = Makers(journal.origins)
    found = located(journal, target, makers)
    trail = _Trail(journal, makers)
    if found.address is not None:
        trail.begin(found.address, _wanted(found))
    run = journal.run(found.address.run) if found.address else None
    return {
        "target": target.text,
        "kind": target.kind,
        "path": target.path or (found.known_as.path if found.known_as else None),
        "found": _how(target, found),
        "sha256": target.sha256 or (found.known_as.sha256 if found.known_as else None),
        "produced_by": _produced_by(journal, found),
        "others": _others(makers, target, found),
        "recipe": [
            RecipeStep(address=str(step.address), source=step.source, cautious=step.n in trail.cautious) for step in trail.steps
        ],
        "inputs": [each.part for each in trail.inputs] if found.address else _readings(found.readers),
        "parameters": parameter_values(_of(journal.parameters, trail)),
        "metrics": last_values(_of(journal.sure_metrics, trail)),
        "models": _models(journal, trail, target, found),
        "environment": environment_part(journal, run) if run else _NO_ENVIRONMENT,
        "git": git_part(journal, run) if run else _NO_GIT,
        "upstream": trail.follow(),
        "not_seen": list(dict.fromkeys([*_about_target(target, found), *trail.sentences()]))[:_SENTENCES],
        "used_by": used_by(journal, makers, target, found) if forward else [],
    }


def _wanted(found: Located) -> set[str]:
    """Files of the target's own execution that are asked about: what stood in them before counts, too."""
    return {touch.path for touch in (found.made.touch if found.made else None, found.known_as) if touch is not None}


_NO_ENVIRONMENT: EnvironmentPart = {
    "python": "", "platform": "", "packages": {}, "used": [], "implementation": "", "executable": "", "hardware": {}, "variables": {},
    "sha256": None, "distributions": {}, "locale": {}, "libraries": [], "conda": None,
}  # fmt: skip
_NO_GIT: GitPart = {"commit": None, "branch": None, "dirty": None, "remote": None, "root": "", "reason": "not seen"}


_Row = TypeVar("_Row", Parameter, Metric)


def _of(table: Callable[[str, int | None], list[_Row]], trail: _Trail) -> Iterator[_Row]:
    """Rows of the recipe's executions: one by one where they are few, for a training loop logs many."""
    if len(trail.numbers) > _FEW:
        chosen = set(trail.numbers)
        yield from (row for row in table(trail.run, None) if row.n in chosen)
        return
    for n in trail.numbers:
        yield from table(trail.run, n)


def _models(journal: Journal, trail: _Trail, target: Target, where: Located) -> list[ModelPart]:
    """What the recipe fitted, each held against the one before; where the target is the file of one of them, that one."""
    if not trail.numbers:
        return []
    found = journal.results.models(trail.run, sorted(trail.numbers))
    paths = {target.path, where.made.touch.path if where.made is not None else None} - {None, ""}
    saved = [(n, each) for n, several in found.items() for each in several if each.path in paths]
    chosen = {n: [each] for n, each in saved[-1:]} or found
    refits = Refits(journal, journal.run(trail.run), chosen)
    behind = behind_results(journal.results, trail.run, sorted({*chosen, *refits.numbers})) if chosen else {}
    return [model_part(each, refits.change(each, behind)) for n in sorted(chosen) for each in chosen[n]]


def _how(target: Target, found: Located) -> str:
    if found.shown:
        return "shown"
    if target.kind != "file":
        return "statement" if target.kind in ("table", "remote") else "address"
    return found.made.by if found.made else "read"


def _produced_by(journal: Journal, found: Located) -> ProducedBy | None:
    if found.made is not None:
        return produced_by(found.made.touch)
    if found.address is None:
        return None
    run = journal.run(found.address.run)
    started = journal.execution(run.run, found.address.n).started if found.address.n else run.started
    return {"address": str(found.address), "notebook": run.notebook, "started": when(started), "path": None}


def _others(makers: Makers, target: Target, found: Located) -> list[ProducedBy]:
    if found.made is None or found.made.touch.sha256 is None:
        return []
    own = found.made.touch.key
    others = {touch.key: produced_by(touch) for touch in makers.all_of(found.made.touch.sha256) if touch.key != own}
    return list(others.values())[:_OTHERS]


def _readings(readers: Iterable[Touch]) -> list[WhyInput]:
    """A content that was only ever read: from where, once for every place; not from the copies that replays work on."""
    found = list(readers)
    parts: dict[str, WhyInput] = {}
    for touch in [touch for touch in found if touch.replay_of is None] or found:
        parts.setdefault(
            touch.path,
            {
                "kind": "file",
                "path": touch.path,
                "sha256": touch.sha256,
                "bytes": touch.bytes,
                "hash_state": touch.hash_state,
                "confidence": touch.confidence,
                "produced_by": None,
                "produced_how": "",
                "read_by": touch.address,
                "package": touch.package,
            },
        )
    return list(parts.values())


def _about_target(target: Target, found: Located) -> list[str]:
    answer = []
    if found.readers:
        latest = found.readers[0]
        answer.append(
            f"Nobody recorded how this content was made; it was only ever read, last by {latest.address} from '{latest.path}'."
        )
    elif found.address is None:
        answer.append(f"Nobody recorded who made '{target.name}'; it was only ever read.")
    elif found.made is not None and found.made.by == "path":
        answer.append(
            f"{found.made.touch.address} was the last to write '{found.made.touch.path}'; the contents could not be compared."
        )
    elif found.made is not None and found.made.by == "edges":
        answer.append(
            f"Only the length and the first and last 64 KiB of what {found.made.touch.address} wrote are known; those are the same."
        )
    return answer


def _made(part: WhyInput) -> str:
    """What was used, by the name that whoever made it gave it."""
    made = part["produced_by"]
    return (made["path"] if made else None) or part["path"]


@dataclass
class _Behind:
    """A run behind the target's."""

    distance: int
    numbers: dict[int, None] = field(default_factory=dict)
    made: dict[str, None] = field(default_factory=dict)
    inputs: dict[tuple[str, str | None], WhyInput] = field(default_factory=dict)


class _Trail:
    """From the recipe of one address to the roots."""

    def __init__(self, journal: Journal, makers: Makers) -> None:
        self._journal = journal
        self._makers = makers
        self._exact = _EXACT
        self._behind: dict[str, _Behind] = {}
        self._all: list[Input] = []
        self._warnings: list[str] = []
        self._numbers_of: dict[str, set[int]] = {}
        self.run = ""
        self.numbers: list[int] = []
        self.steps: list[Execution] = []
        self.cautious: set[int] = set()
        self.inputs: list[Input] = []

    def begin(self, address: Address, wanted: set[str]) -> None:
        """The recipe of the target, made whole by contents: what it read and the same run wrote elsewhere belongs to it."""
        self.run = address.run
        steps: dict[int, Execution] = {}
        waiting = [address]
        while waiting:
            recipe = explained(self._journal, waiting.pop(), files=wanted)
            self._warnings += [sentence for sentence in recipe.warnings if sentence not in self._warnings]
            steps |= {step.execution.n: step.execution for step in recipe.steps}
            self.cautious |= {step.execution.n for step in recipe.steps if step.cautious and step.execution.n != address.n}
            self.inputs = inputs_of(self._journal, self._makers, self.run, set(steps), wanted=wanted)
            own = {each.maker.n or 0 for each in self.inputs if each.maker and each.maker.run == self.run}
            waiting = [Address(self.run, n) for n in sorted(own - steps.keys())][-1:] if address.n else []
        self.numbers = sorted(steps)
        self.steps = [steps[n] for n in self.numbers]
        self._all += self.inputs
        self._numbers_of[self.run] = set(steps)

    def follow(self) -> list[UpstreamPart]:
        """The runs behind, near ones first."""
        level = [(each.maker, _made(each.part)) for each in self.inputs if each.maker and each.maker.run != self.run]
        seen: set[tuple[Address, str]] = set()
        distance = 0
        while level and len(self._behind) < _MOST_RUNS:
            distance += 1
            following: list[tuple[Address, str]] = []
            for maker, path in level:
                if maker.run != self.run:
                    self._behind.setdefault(maker.run, _Behind(distance)).made.setdefault(path)
                    self._behind[maker.run].numbers.setdefault(maker.n or 0)
                if (maker, path) not in seen:
                    seen.add((maker, path))
                    following += self._inputs_behind(maker, path)
            level = following
        if level:
            self._warnings.append(f"More than {_MOST_RUNS:,} runs lie behind this; the rest was not followed.")
        return self._parts()

    def _inputs_behind(self, maker: Address, made: str) -> list[tuple[Address, str]]:
        kinds = self._journal.origins.first_taken_in(maker.run, maker.n or 0)
        numbers = self._recipe_of(maker, kinds, made)
        self._numbers_of.setdefault(maker.run, set()).update(numbers)
        found = inputs_of(self._journal, self._makers, maker.run, numbers, kinds, wanted=[made])
        self._all += found
        if maker.run in self._behind:
            for each in found:
                self._behind[maker.run].inputs.setdefault((each.part["path"], each.part["sha256"]), each.part)
        return [(each.maker, _made(each.part)) for each in found if each.maker is not None]

    def _recipe_of(self, maker: Address, kinds: dict[str, int], made: str) -> set[int]:
        """Numbers of the executions behind one that made something; only itself, where nobody before it took anything in."""
        n = maker.n or 0
        first = min(kinds.values(), default=n)
        if first >= n:
            return {n}
        if n <= self._exact:
            self._exact -= n
            return {step.execution.n for step in explained(self._journal, maker, files=[made]).steps}
        return behind(self._journal.origins, maker.run, n, first)

    def _parts(self) -> list[UpstreamPart]:
        heads = self._journal.origins.heads((run, n) for run, found in self._behind.items() for n in found.numbers)
        parts: list[UpstreamPart] = []
        for run, found in self._behind.items():
            first = heads[run, min(found.numbers)]
            parts.append(
                {
                    "run": run,
                    "notebook": first.notebook,
                    "started": when(first.started),
                    "addresses": [f"{run}/{n}" for n in sorted(found.numbers)],
                    "made": list(found.made),
                    "inputs": list(found.inputs.values()),
                    "distance": found.distance,
                }
            )
        return parts

    def sentences(self) -> list[str]:
        """What was not seen of anything that took part."""
        answer = list(self._warnings)
        told: dict[str, list[str]] = {run: [] for run in self._numbers_of}
        for run, n, detail in self._journal.origins.not_seen(told):
            if n == 0 or n in self._numbers_of[run]:
                told[run].append(f"{Address(run, n or None)}: {detail}")
        answer += [sentence for sentences in told.values() for sentence in sentences]
        answer += unknowns(self._all)
        for each in self._all:
            if each.touch is not None and not each.touch.package and each.maker is None:
                earlier = self._makers.changed_since(Use.of(each.touch))
                if earlier is not None:
                    answer.append(
                        f"'{each.touch.path}' was changed after {earlier.address} wrote it and before {each.touch.address} read it; by whom was not recorded."
                    )
        return answer
