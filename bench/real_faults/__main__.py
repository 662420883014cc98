"""Is the right cause ranked first in notebooks of others? They are the caller's; none is shipped.

    python -m bench.real_faults FOLDER --kernel NAME     every folder in FOLDER is a project, copied before it is touched
    python -m bench.real_faults FOLDER --kernel NAME --each 4 --package pandas==3.0.3 --package scikit-learn==1.9.1

A notebook counts if it reproduces: executed twice as it is, nothing comes out differently. Then one thing is done to it at a time, as far as
there is something to do it to: the last rows of a file that it reads are gone, a column is renamed, the file is missing, a number that a name or
a keyword gets is another, a seed is dropped, a cell that goes on from what it made itself is executed twice, two cells that bind the same name
change places, a module (made of a cell's functions or a number) is edited, what was read is stamped with the clock, a package is of another
version. `--each`: so many kinds of them, those first that were tried least. What changes nothing that it shows, measures or works on is no
fault. Found is what is of the right kind, and names it, as the first cause.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from bench.real_faults.bed import Bed, came_out_differently
from bench.real_faults.injecting import KINDS, Fault, faults
from labjournal.records.locking import find_uv

_WAYS = 3
"""Ways to do one thing that are tried until something comes out differently."""


def _tried(bed: Bed, packages: dict[str, str], each: int, done: Counter[str]) -> Iterator[tuple[Fault, bool, str]]:
    """(fault, found, first cause) of a notebook; nothing where it does not reproduce."""
    first, second = bed.execute(bed.plain), bed.execute(bed.plain)
    if came_out_differently(bed.compared(first, second)):
        return
    possible = faults(bed, second, packages)
    told = 0
    for name in sorted(possible, key=lambda name: (done[name], KINDS.index(name))):
        if told >= each:
            return
        for fault in possible[name][:_WAYS]:
            before = second if fault.before is None else bed.execute(fault.before)
            answer = bed.compared(before, bed.execute(fault.faulty))
            if came_out_differently(answer):
                best = answer["causes"][0] if answer["causes"] else {"kind": "none", "sentence": ""}
                told += 1
                done[name] += 1
                yield (
                    fault,
                    best["kind"] in fault.kinds and fault.says in best["sentence"],
                    f"{best['kind']}: {best['sentence']}",
                )
                break


def _other(packages: list[str], python: str, folder: Path) -> dict[str, str]:
    """Name → folder with that version of it, and of what is named after it, by uv; nothing else of what it needs."""
    uv = find_uv()
    found = {}
    for requirement in packages:
        name = requirement.partition("==")[0]
        place = folder / name / "site-packages"
        if uv is None:
            sys.exit("--package needs uv.")
        command = [uv, "pip", "install", "--quiet", "--no-deps", "--only-binary", ":all:", "--compile-bytecode"]
        subprocess.run([*command, "--python", python, "--target", str(place), *requirement.split()], check=True)
        found[name] = str(place)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.real_faults")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--kernel", default="python3")
    parser.add_argument("--most", type=int, default=1000, help="so many notebooks that reproduce")
    parser.add_argument("--each", type=int, default=len(KINDS), help="so many kinds of faults a notebook")
    parser.add_argument("--only", action="append", default=[], help="projects whose name has this in it")
    parser.add_argument("--package", action="append", default=[], help="another version of a package, 'NAME==VERSION OTHER…'")
    parser.add_argument("--python", default=sys.executable, help="the interpreter of the kernel, for --package")
    options = parser.parse_args()
    notebooks = right = 0
    done: Counter[str] = Counter()
    root = options.folder.resolve()
    with tempfile.TemporaryDirectory() as others:
        packages = _other(options.package, options.python, Path(others).resolve())
        for path in sorted(root.rglob("*.ipynb")):
            within = path.relative_to(root).parts
            if notebooks >= options.most or ".ipynb_checkpoints" in within or len(within) < 2:
                continue
            if options.only and not any(part in within[0] for part in options.only):
                continue
            told = False
            with tempfile.TemporaryDirectory() as folder:
                bed = Bed(path, root / within[0], Path(folder).resolve(), options.kernel)
                for fault, is_right, said in _tried(bed, packages, options.each, done):
                    told, right = True, right + is_right
                    print(f"{'ok   ' if is_right else 'WRONG'}  {path.stem}: {fault.name}: {said[:200]}", flush=True)
            notebooks += told
            if not told:
                print(f"       {path.stem}: does not reproduce, or nothing that was done to it came out differently", flush=True)
    total = done.total()
    print(f"{notebooks} notebooks, {total} faults: in {right} the cause is first ({right / max(1, total):.0%}).")
    print(", ".join(f"{name} {done[name]}" for name in KINDS))
    return 0 if right >= 0.95 * total else 1


if __name__ == "__main__":
    sys.exit(main())
