"""What lets somebody else build the environment again: pins, a lock, files for Binder and Docker, modules as they were loaded, a patch.

    requirements.txt   exact versions of what the executions used and of what that requires (`pins`), papermill and ipykernel besides
    pylock.toml        the same with files and digests (`locking`), where uv knows them
    binder/            what repo2docker takes: the pins, the version of Python, and what puts a record's inputs beside the notebook
    Dockerfile         the same without repo2docker; it runs the notebook with papermill
    changes.patch      what was not committed (`patching`)
    modules/           modules of one's own as they were loaded, where they are not among the inputs

No address of an index, no token and no path of a machine is in them: of what was recorded only names and versions that `pins` accepts get in,
and of what cannot be pinned its name and the reason. What cannot be had is said, never guessed; nothing is sent unless it was asked for.
"""

from __future__ import annotations

import json
import re
import shlex
import zlib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import PurePath

from labjournal.records import naming
from labjournal.records.contents import plain_part
from labjournal.records.graph import File
from labjournal.records.locking import lock
from labjournal.records.patching import patch_of
from labjournal.records.pins import Pins, pins
from labjournal.records.record import Record

__all__ = ["LOCK", "REQUIREMENTS", "Rebuilding", "command", "rebuilding"]

REQUIREMENTS = "requirements.txt"
LOCK = "pylock.toml"
_RUNS_WITH = ("ipykernel", "papermill")
_PYTHON = re.compile(r"(\d+\.\d+)\.\d+")
_POST_BUILD = "#!/bin/sh\n# Puts what the notebook read beside it.\ncp -Rn inputs/. . || true\n"


@dataclass(frozen=True)
class Rebuilding:
    """The files, as a crate describes them, and what has to be said of them."""

    files: tuple[File, ...]
    remarks: tuple[str, ...] = field(default=())


def command(name: str) -> str:
    """What runs a notebook or a script of that name, as one types it in its folder."""
    return shlex.join(_command(name, f"out-{name}"))


def _command(name: str, out: str) -> list[str]:
    here = f"./{name}" if name.startswith("-") else name
    return ["python", here] if name.endswith(".py") else ["papermill", here, out]


def rebuilding(
    record: Record,
    notebook: str,
    *,
    ask: bool = False,
    with_inputs: bool = False,
    known: Collection[str] = (),
    beside: bool = False,
) -> Rebuilding:
    """The files for a notebook of that name. `known` are digests that are carried already; `with_inputs`: inputs lie in `inputs/`;
    `beside`: modules take the place that they had beside the notebook."""
    found = _pins(record)
    lines = list(_requirements(found))
    remarks = [f"{one.name or 'A package'} is not pinned: {one.why}." for one in found.unpinned if one.name not in _RUNS_WITH]
    text = "\n".join(lines) + "\n"
    files: list[File] = [
        (REQUIREMENTS, "Packages that are needed, in the versions that were installed", "text/plain", text.encode())
    ]
    locked = lock([str(pin) for pin in found.pins], found.python, ask=ask)
    if locked.text:
        files.append((LOCK, "The same with files and digests (PEP 751)", "application/toml", locked.text.encode()))
    else:
        remarks.append(f"There is no {LOCK}, only pinned requirements: {locked.reason}.")
    files += _binder(text, found, with_inputs)
    files.append(
        ("Dockerfile", "Builds an image that runs the notebook", "text/plain", _dockerfile(found, notebook, with_inputs).encode())
    )
    modules, lacking = _modules(record, known, beside)
    files += modules
    patch = patch_of(record.snapshot)
    if patch.content:
        files.append(("changes.patch", f"What was not committed, on top of commit {patch.commit}", "text/x-patch", patch.content))
        held, left = patch.content.count(b"\ndiff --git ") + 1, len(record.snapshot.left_out) if record.snapshot else 0
        without = f", without {left} that {'was' if left == 1 else 'were'} not kept" if left else ""
        remarks.append(f"changes.patch holds what was not committed: {naming.count(held, 'file')}{without}.")
    elif patch.reason:
        remarks.append(f"There is no patch of what was not committed: {patch.reason}.")
    return Rebuilding(tuple(files), (*remarks, *lacking))


def _pins(record: Record) -> Pins:
    """Of what was used; of everything where what that requires was not recorded."""
    used = [*record.used]
    found = pins(record.environment, used, also=_RUNS_WITH)
    return found if found.closed else pins(record.environment, used, also=_RUNS_WITH, whole=True)


def _requirements(found: Pins) -> Iterator[str]:
    python = found.python or "a version that was not recorded"
    yield f"# What the executions used and what that requires, as it was installed on Python {python}."
    if not found.closed:
        yield "# What they require was not recorded, so this is everything that was installed."
    for one in found.unpinned:
        if one.name not in _RUNS_WITH:
            yield f"# not pinned: {_plain(one.name)}{_version(one.version)} ({one.why})"
    for pin in found.pins:
        yield str(pin) + (f"  # {pin.remark}" if pin.remark else "")
    there = {pin.name for pin in found.pins}
    missing = [name for name in _RUNS_WITH if name not in there]
    if missing:
        yield "# To run the notebook; in which version was not recorded."
        yield from missing


def _version(text: str) -> str:
    return f" {text}" if re.fullmatch(r"[A-Za-z0-9.+!_-]{1,40}", text) else ""


def _plain(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9._+!-]", "?", text)[:80]


def _binder(requirements: str, found: Pins, with_inputs: bool) -> Iterator[File]:
    yield ("binder/requirements.txt", "What repo2docker installs", "text/plain", requirements.encode())
    if python := _PYTHON.match(found.python):
        yield (
            "binder/runtime.txt",
            "The version of Python that repo2docker takes",
            "text/plain",
            f"python-{python[1]}\n".encode(),
        )
    if with_inputs:
        yield ("binder/postBuild", "Puts the inputs beside the notebook", "text/x-shellscript", _POST_BUILD.encode())


def _dockerfile(found: Pins, notebook: str, with_inputs: bool) -> str:
    python = _PYTHON.match(found.python)
    lines = [
        "# Runs the notebook where Python and packages are as they were recorded; its outputs land in the folder /out.",
        '#   docker build -t notebook . && docker run --rm -v "$PWD/out:/out" notebook',
        "#   Other values: docker run … notebook papermill NOTEBOOK /out/OUT.ipynb -p NAME VALUE",
        *([] if python else ["# The version of Python was not recorded."]),
        f"FROM python:{python[0] if python else '3'}-slim",
        "WORKDIR /home/work",
        f"COPY {REQUIREMENTS} .",
        f"RUN python -m pip install --no-cache-dir -r {REQUIREMENTS}",
        "COPY . .",
        *(["RUN cp -Rn inputs/. . || true"] if with_inputs else []),
        "ENV PYTHONPATH=/home/work:/home/work/modules",
        "VOLUME /out",
        f"CMD {json.dumps(_command(notebook, '/out/out.ipynb'))}",
    ]
    return "\n".join(lines) + "\n"


def _modules(record: Record, known: Collection[str], beside: bool) -> tuple[list[File], list[str]]:
    """Modules of one's own, and those of which the content is not to be had."""
    files: dict[str, File] = {}
    lacking: list[str] = []
    for module in record.modules:
        if module.sha256 in known:
            continue
        name = naming.plain_path(module.path, record.run.folder)
        inside = name != module.path
        shown = name if inside else PurePath(module.path).name
        if module.sha256 is None:
            lacking.append(
                f"What of the module {shown} was loaded is not known: {module.reason.rstrip('.') or 'it could not be read'}."
            )
            continue
        try:
            content = record.blob(module.sha256)
        except (OSError, ValueError, zlib.error):
            lacking.append(f"The module {shown} is not kept as it was loaded.")
            continue
        place = "/".join(map(plain_part, PurePath(shown).parts))
        place = place if beside and inside else f"modules/{place}"
        if place.casefold() in files:
            lacking.append(f"Of several modules {shown} one alone is carried.")
            continue
        remark = ", without secrets that stood in it" if module.redactions else ""
        files[place.casefold()] = (place, f"The module {module.name[:100]} as it was loaded{remark}", "text/x-python", content)
    return list(files.values()), _few(lacking)


def _few(said: Iterable[str], most: int = 10) -> list[str]:
    found = list(said)
    return found if len(found) <= most else [*found[:most], f"The same is to be said of {len(found) - most} more."]
