"""`python -m bench.recipes [NAME …]`: how often the exported recipe alone gives the result, and how much larger than needed it is."""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.recipes import others
from bench.recipes.cases import Case, read
from bench.recipes.long import long
from bench.recipes.player import Played, play, prepare
from labjournal.events import OutputShown
from labjournal.journal.rows import Address
from labjournal.questions.recipe.slicing import explained
from labjournal.recorders.code import names_in
from labjournal.records.notebook import clean
from labjournal.records.parameters import parameters_cell
from labjournal.records.record import build
from tests.builders import JournalBuilder, deleted, error, result, stream, written
from tests.builders import read as was_read

__all__ = ["Scored", "main", "score"]


@dataclass(frozen=True)
class Scored:
    """One case, measured."""

    case: Case
    recipe: tuple[int, ...]
    cautious: tuple[int, ...]
    correct: bool
    """Whether the exported notebook alone shows what the target showed."""
    why: dict[int, tuple[str, ...]]

    @property
    def ratio(self) -> float:
        return len(self.recipe) / len(self.case.keep)

    @property
    def missing(self) -> list[int]:
        return sorted(self.case.keep - set(self.recipe))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.recipes", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="cases of the suite (all)")
    parser.add_argument("--labels", action="store_true", help="try whether the labels are right, by leaving out each cell")
    parser.add_argument("--beside", action="store_true", help="other slicers on the same suite, as a table")
    parser.add_argument("--ipyflow", metavar="PYTHON", default=sys.executable, help="the Python that has ipyflow (this one)")
    parser.add_argument("--long", action="store_true", help="how long a recipe takes in a run of 2,000 executions, instead")
    chosen = parser.parse_args(arguments)
    if chosen.long:
        print(long())
        return 0
    prepare()
    cases = read(chosen.names)
    if chosen.labels:
        wrong = [sentence for case in cases for sentence in mislabelled(case)]
        print("\n".join(wrong) or f"{len(cases)} cases are labelled rightly.")
        return 1 if wrong else 0
    with tempfile.TemporaryDirectory(prefix="labjournal-recipes-") as temporary:
        scores = [score(case, Path(temporary, case.name)) for case in cases]
    print(report(scores))
    if chosen.beside:
        print("\n" + beside(cases, scores, chosen.ipyflow))
    return 0 if all(one.correct for one in scores) else 1


def beside(cases: Sequence[Case], scores: Sequence[Scored], python: str) -> str:
    """The table of all ways to slice, and a sentence where one of them could not be asked."""
    own = others.Way(
        "labjournal",
        tuple(one.case.name for one in scores if one.correct),
        tuple(one.ratio for one in scores if one.correct),
    )
    ways = [own, others.judged("names in the text", cases, [others.by_names(case.cells) for case in cases])]
    lack = others.lacks_ipyflow(python)
    if not lack:
        ways.append(others.judged("ipyflow", cases, others.by_ipyflow(python, cases)))
    return others.table(cases, ways) + (f"\n{lack} Name one that has it with --ipyflow." if lack else "")


def score(case: Case, folder: Path) -> Scored:
    """Plays the whole afternoon, exports the recipe of its last execution, and plays that alone."""
    whole = play(case.cells)
    builder = JournalBuilder(folder)
    try:
        run = tell(builder, case, whole)
        with builder.open() as journal:
            address = Address(run, case.target)
            recipe = explained(journal, address)
            found = clean(build(journal, address))
    finally:
        builder.close()
    sources = [parameters_cell(found.parameters), *(source for _, source in found.cells)]
    again = play(sources)
    return Scored(
        case,
        tuple(step.execution.n for step in recipe.steps),
        tuple(step.execution.n for step in recipe.steps if getattr(step, "cautious", False)),
        len(again) == len(sources) and same(whole[-1], again[-1]),
        {step.execution.n: step.why for step in recipe.steps},
    )


def tell(builder: JournalBuilder, case: Case, played: Sequence[Played]) -> str:
    """Puts the afternoon into a journal as the recorders would have; the run."""
    run = builder.run(folder="/nowhere")
    modules: dict[str, str] = {}
    for source, done in zip(case.cells, played, strict=True):
        names = names_in(source, None, modules)
        modules.update(names.aliases)
        value = done.shown if source.rstrip().split("\n")[-1].isidentifier() else ""
        run.execution(
            source,
            status=done.status,
            bound=sorted(names.bound),
            used=sorted(names.used),
            mutated=sorted(names.mutated),
            imported=sorted(names.imported),
            opaque=names.opaque,
            outputs=_outputs(done, value),
            reads=[was_read(path, digest.encode()) for path, digest in done.read.items()],
            writes=[
                *(written(path, digest.encode()) for path, digest in done.written.items()),
                *(deleted(path) for path in done.deleted),
            ],
        )
    return run.run


def _outputs(done: Played, value: str) -> list[OutputShown]:
    if done.status != "ok":
        return [error(done.shown, "", f"Cell In[1]\n----> {done.line} here" if done.line else done.shown)]
    return [(result if value else stream)(done.shown)] if done.shown else []


def same(one: Played, other: Played) -> bool:
    """Whether the target came out as it did, files by their contents."""
    return (one.status, one.shown, sorted(one.written.values())) == (other.status, other.shown, sorted(other.written.values()))


def mislabelled(case: Case) -> list[str]:
    """What is wrong with the labels, as sentences."""
    whole = play(case.cells)[-1]
    if whole.status != "ok":
        return [f"{case.name}: the target fails ({whole.shown})"]
    alone = play(case.sources(case.keep))[-1]
    if not same(whole, alone):
        return [f"{case.name}: what is marked is not enough: {whole.shown!r} became {alone.shown!r}"]
    return [
        f"{case.name}: cell {n} is not needed"
        for n in sorted(case.keep - {case.target})
        if same(whole, play(case.sources(case.keep - {n}))[-1])
    ]


def report(scores: Sequence[Scored]) -> str:
    """What is wrong or too large, case by case, and the figures."""
    lines = []
    for one in scores:
        more = sorted(set(one.recipe) - one.case.keep)
        if not one.correct or more or one.missing:
            said = [f"{n} ({', '.join(one.why[n])}{'; from caution' if n in one.cautious else ''})" for n in more]
            lines.append(
                f"{'  ' if one.correct else '! '}{one.case.name:<24} {len(one.recipe)} for {len(one.case.keep)}"
                + (f"  missing {one.missing}" if one.missing else "")
                + (f"  too many: {'; '.join(said)}" if said else "")
            )
    ratios = [one.ratio for one in scores]
    right = sum(one.correct for one in scores)
    lines.append(f"correct           {right} of {len(scores)}  {100 * right / len(scores):.1f} %")
    lines.append(f"size, median      {statistics.median(ratios):.2f} × the smallest")
    lines.append(f"size, mean        {statistics.mean(ratios):.2f} × the smallest")
    surely = [(len(one.recipe) - len(set(one.cautious) - one.case.keep)) / len(one.case.keep) for one in scores]
    lines.append(f"without caution   {statistics.mean(surely):.2f} × the smallest, mean")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
