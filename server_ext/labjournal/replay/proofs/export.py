"""`export --verify`: proves the export of an address, and writes it with what that came to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

from labjournal.errors import LabjournalError
from labjournal.journal.addresses import resolve
from labjournal.journal.reader import Journal
from labjournal.questions.answers import ExportAnswer, ProofPart
from labjournal.records.atomic import destination
from labjournal.records.export import put_beside, write
from labjournal.records.proof import Proof
from labjournal.replay.proofs.lacking import lacking
from labjournal.replay.proofs.proving import Attempt, Proven, as_handed_over, missing_secrets, prove
from labjournal.replay.proofs.proving_script import ScriptRan, run_script

__all__ = ["KINDS", "export_verified"]

KINDS = ("notebook", "script", "crate")


def export_verified(
    journal_folder: Path,
    address: str,
    kind: str,
    path: Path,
    *,
    force: bool = False,
    progress: Callable[[str], None] | None = None,
    within_s: float | None = None,
    with_environment: bool = False,
    ask_index: bool = False,
    lifts: bool = False,
    with_data: bool = False,
) -> ExportAnswer:
    """Writes what `address` means to `path` after it was run; whether it gave the same stands in the answer, and in what is written."""
    if kind not in KINDS:
        raise LabjournalError(f"A {kind} export holds nothing that could be run.", f"Verify one of {', '.join(KINDS)}.")
    with Journal.open(journal_folder) as journal:
        meant = resolve(journal, address)
        place = destination(path, force=force)
        proven = prove(journal_folder, journal, meant, progress=progress, within_s=within_s, lifts=lifts)
        if with_data and kind == "notebook" and proven.attempt.same:
            proven = as_handed_over(proven, journal_folder, progress=progress, within_s=within_s)
        proof = _proof(proven)
        if kind == "script" and proof.same:
            proof = _of_the_file(
                proof,
                run_script(
                    proven.attempt,
                    journal_folder,
                    place.name,
                    progress=progress or (lambda sentence: None),
                    within_s=within_s,
                    with_data=with_data,
                ),
            )
        answer: ExportAnswer = {
            "path": str(place),
            "kind": kind,
            "address": str(meant),
            "verified": proof.same,
            "proof": _part(proof, proven),
        }
        record, found = proven.attempt.record, proven.attempt.found
        if kind == "crate":
            from labjournal.records import crate

            answer["remarks"] = list(crate.write(record, place, force=force, found=found, proof=proof, ask=ask_index))
        else:
            beside = put_beside(record, found, place, force=force, environment=with_environment, data=with_data, ask=ask_index)
            with beside as laid:
                write(record, laid.found, proof, kind, place, force=force)
            answer.update(laid.answer)
    return answer


def _of_the_file(proof: Proof, ran: ScriptRan) -> Proof:
    """The proof of the cells, once the file that was made of them was run."""
    return replace(proof, same=ran.same, difference=ran.difference, replay=ran.replay, attempts=proof.attempts + 1)


def _proof(proven: Proven) -> Proof:
    attempt, answer = proven.attempt, proven.attempt.answer
    environment = attempt.record.environment
    difference = answer["first_difference"] or {}
    problems = answer["problems"]
    causes = [str(cause) for cause in difference.get("causes", ())]
    if lacks := lacking(difference):
        causes.insert(0, lacks)
    if not answer["reproduced"] and (secrets := missing_secrets(attempt.found)):
        causes.insert(0, f"Secrets were not recorded; set {', '.join(secrets)} in the environment first.")
    return Proof(
        same=answer["reproduced"],
        at=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        python=attempt.record.run.python or "an unknown version",
        platform=environment.platform if environment else "",
        replay=answer["replay"],
        compared=tuple(_compared(attempt)),
        attempts=proven.attempts,
        seconds=round(proven.seconds, 1),
        added=proven.added,
        removed=proven.removed,
        difference="" if answer["reproduced"] else _said(difference, problems),
        causes=tuple(causes),
        environment_differs=tuple(problem for problem in problems if problem.startswith("The environment differs")),
        problems=tuple(problems),
    )


def _compared(attempt: Attempt) -> Iterator[str]:
    """What of the result was held against the record."""
    answer, record = attempt.answer, attempt.record
    judged = [step for step in record.steps if record.address.n in (None, step.n)]
    outputs = [output for step in judged for output in step.outputs]
    if any(output.type == "stream" for output in outputs):
        yield "the printed text"
    figures = sum(any(kind.startswith("image/") for kind in output.data or ()) for output in outputs)
    if figures:
        yield "1 figure" if figures == 1 else f"{figures} figures"
    if any(output.type in ("execute_result", "display_data") for output in outputs) and not figures:
        yield "the value it showed" if record.address.n is not None else "the values it showed"
    names = [str(entry["name"]) for entry in answer["metrics"] if entry["same"] is not None]
    if names:
        yield f"the metric{'s' if len(names) > 1 else ''} {', '.join(names[:5])}{' and others' if len(names) > 5 else ''}"
    files = [Path(str(entry["path"])).name for entry in answer["files"] if entry["same"] is not None]
    if files:
        yield f"the file{'s' if len(files) > 1 else ''} {', '.join(files[:5])}{' and others' if len(files) > 5 else ''}"
    if not (outputs or names or files):
        yield "that it runs to its end"


def _said(difference: dict[str, object], problems: list[str]) -> str:
    late = next((problem for problem in problems if "the time was up" in problem), "")
    if late:
        return f"not confirmed: {late}"
    if not difference:
        return problems[-1] if problems else "The kernel died."
    where = f" of execution {difference['n']}" if difference.get("n") else ""
    if difference.get("in"):
        where = f" {difference['in']}{where}"
    recorded, replayed = (_short(difference.get(side)) for side in ("recorded", "replayed"))
    return f"First difference, {difference.get('what')}{where}: {recorded} → {replayed}"


def _short(value: object) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= 80 else f"{text[:80]}…"


def _part(proof: Proof, proven: Proven) -> ProofPart:
    return {
        "date": proof.at,
        "compared": list(proof.compared),
        "executions": sorted(proven.attempt.numbers - {one.n for one in proven.attempt.found.left_out}),
        "replay": proof.replay,
        "attempts": proof.attempts,
        "seconds": proof.seconds,
        "added": list(proof.added),
        "removed": list(proof.removed),
        "first_difference": proof.difference or None,
        "causes": list(proof.causes),
        "problems": list(proof.problems),
    }
