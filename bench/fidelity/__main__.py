"""`python -m bench.fidelity`: which files each cell read and wrote, by strace and by labjournal; prints tables, and what failed."""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from bench.fidelity import notebooks
from bench.fidelity.cell import Cell
from bench.fidelity.cells import GROUPS
from bench.fidelity.measure import measured, truths
from bench.fidelity.noise import NAMES, at_work
from bench.fidelity.place import Place
from bench.fidelity.races import KINDS, SIZES, race
from bench.fidelity.report import RACES_HEAD, SCORES_HEAD, Recording, disputes, failures, race_line, score_line
from bench.fidelity.scores import judge, total

__all__ = ["main"]

_LAYERS = ("as it comes", "fanotify", "inotify", "snapshot", "off")
_MARKS = ("<!-- fidelity -->", "<!-- /fidelity -->")


def main(arguments: Sequence[str] | None = None) -> int:
    chosen = _parser().parse_args(arguments)
    lines = [_machine(chosen)]
    print(lines[0], flush=True)
    with tempfile.TemporaryDirectory(prefix="labjournal-fidelity-") as temporary:
        place = Place(chosen.base or Path(temporary), chosen.python)
        place.base.mkdir(exist_ok=True)
        if chosen.notebooks:
            lines += _notebooks(place, chosen)
        else:
            place.prepare()
            lines += _cells(place, chosen)
            if chosen.races:
                lines += _races(place, chosen)
    if chosen.write:
        _write(chosen.write, lines)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.fidelity", description=__doc__)
    parser.add_argument(
        "--python", default=sys.executable, help="the Python whose libraries are tried; it needs ipykernel (this one)"
    )
    parser.add_argument(
        "--only",
        nargs="+",
        metavar="NAME",
        default=list(GROUPS),
        help=f"groups: {', '.join(GROUPS)}; or cells whose name holds it; or notebooks",
    )
    parser.add_argument("--layer", nargs="+", choices=_LAYERS, default=["as it comes"], help="how kernel events are had")
    parser.add_argument("--noise", action="store_true", help="once more with another program at work in the folder")
    parser.add_argument("--races", type=int, metavar="TRIALS", default=0, help="read-then-overwrite, this often each")
    parser.add_argument(
        "--notebooks", type=Path, metavar="FOLDER", help="instead: every notebook below it; each folder in it is a project"
    )
    parser.add_argument("--boot", metavar="FILE", help="kernel/boot.py of another labjournal than the one beside this")
    parser.add_argument("--base", type=Path, metavar="FOLDER", help="work here and leave everything (a temporary folder)")
    parser.add_argument("--failures", type=Path, metavar="FILE", help="write what failed, cell by cell, into this file")
    parser.add_argument("--write", type=Path, metavar="FILE", help="put the tables into this file, between its marks")
    return parser


def _settings(chosen: argparse.Namespace, layer: str) -> dict[str, str]:
    settings = {"PYTHONSTARTUP": chosen.boot} if chosen.boot else {}
    return settings if layer == "as it comes" else settings | {"LABJOURNAL_EVENTS": layer}


def _cells(place: Place, chosen: argparse.Namespace) -> list[str]:
    results = _Results(place, chosen)
    for name, cells in _chosen(place, chosen.only).items():
        results.add(name, cells)
    return results.lines()


def _notebooks(place: Place, chosen: argparse.Namespace) -> list[str]:
    results = _Results(place, chosen)
    for name, project, work, cells in notebooks.found(chosen.notebooks):
        if chosen.only == list(GROUPS) or name in chosen.only:
            place.bring(project, work)
            results.add(name, cells)
    return results.lines()


class _Results:
    """What came of groups of cells, each recorded in every chosen way."""

    def __init__(self, place: Place, chosen: argparse.Namespace) -> None:
        self._place = place
        self._chosen = chosen
        self._recordings: list[Recording] = []
        self._doubts: list[str] = []
        self._remarks: list[str] = []
        self._cells = 0

    def add(self, group: str, cells: tuple[Cell, ...]) -> None:
        place = self._place
        real = truths(place, cells)
        self._cells += len(cells)
        self._doubts += disputes(place, cells, real)
        noisy = frozenset(f"{place.project}/{noise}" for noise in NAMES)
        for layer in self._chosen.layer:
            for tree in ("quiet", "noisy") if self._chosen.noise else ("quiet",):
                found = measured(
                    place, cells, _settings(self._chosen, layer), company=at_work if tree == "noisy" else nullcontext
                )
                recording = Recording(layer, tree, group, judge(place, cells, real, found, noisy=noisy))
                self._recordings.append(recording)
                said = (*found.failures, str(found.recorded.layers), *found.recorded.problems)
                self._remarks += [f"{layer}, {tree}, {group}: {text}" for text in said]
                print(score_line(f"{layer}: {group}", tree, total(recording.outcomes)), flush=True)

    def lines(self) -> list[str]:
        answer = [SCORES_HEAD.rstrip("\n")]
        for layer in self._chosen.layer:
            for tree in ("quiet", "noisy"):
                outcomes = [
                    outcome for one in self._recordings if (one.layer, one.tree) == (layer, tree) for outcome in one.outcomes
                ]
                if outcomes:
                    answer.append(score_line(layer, tree, total(outcomes)))
        doubtful = len({doubt.partition(":")[0] for doubt in self._doubts})
        if not self._chosen.notebooks:
            answer.append(
                f"\nAuthor and strace agree about {self._cells - doubtful} of {self._cells} cells; the others are not counted."
            )
        answer += [f"- {doubt}" for doubt in self._doubts]
        print("\n".join(answer), flush=True)
        if self._chosen.failures:
            self._chosen.failures.write_text("\n".join([*failures(self._place, self._recordings), "", *self._remarks]) + "\n")
        return answer


def _races(place: Place, chosen: argparse.Namespace) -> list[str]:
    answer: list[str] = []
    for layer in chosen.layer:
        print(f"races, {layer}\n{RACES_HEAD}", end="")
        answer += [f"\nRead, then overwritten; {layer}; {chosen.races} trials each:\n", RACES_HEAD.rstrip("\n")]
        for kind in KINDS:
            for size in SIZES:
                found = race(place, kind, size, _settings(chosen, layer), trials=chosen.races)
                answer.append(race_line(found))
                print(answer[-1], dict(found.reasons) or "", flush=True)
    return answer


def _chosen(place: Place, names: Sequence[str]) -> dict[str, tuple[Cell, ...]]:
    """Groups, with the cells for which the measured Python has the libraries; a group of which a cell is chosen is run up to that cell."""
    answer = {}
    for group, cells in GROUPS.items():
        able = tuple(cell for cell in cells if place.has(cell.needs))
        wanted = [i for i, cell in enumerate(able) if group in names or any(name in cell.name for name in names)]
        if wanted:
            answer[group] = able[: wanted[-1] + 1]
    return answer


def _machine(chosen: argparse.Namespace) -> str:
    options = " ".join(sys.argv[1:])
    return (
        f"`python -m bench.fidelity {options}` · {datetime.now().astimezone():%Y-%m-%d} · {os.cpu_count()} cores, {platform.system()} "
        f"{platform.release()}, Python {platform.python_version()}, labjournal {version('labjournal')}\n"
    )


def _write(path: Path, lines: Sequence[str]) -> None:
    begin, end = _MARKS
    text = path.read_text()
    before, found, rest = text.partition(begin)
    after = rest.partition(end)[2] if found else "\n"
    path.write_text(f"{before.rstrip()}\n\n{begin}\n" + "\n".join(lines) + f"\n{end}{after}")


if __name__ == "__main__":
    sys.exit(main())
