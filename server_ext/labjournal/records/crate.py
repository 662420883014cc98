"""A record that somebody else can reproduce from: a zip with notebook, environment, data, and what happened, as an RO-Crate.

RO-Crate 1.1 with the Provenance Run Crate profile 0.5 (`graph`), and beside it `journal.json` (`excerpt`), from which `labjournal replay`
executes and compares without the journal. What builds its environment again lies beside them (`rebuilding`). The same record, with what uv
knows of its packages, gives the same bytes, so the digest of the file names the record.
"""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from collections.abc import Iterable
from pathlib import Path, PurePath

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

from labjournal.errors import LabjournalError
from labjournal.questions.warnings import size
from labjournal.records import naming
from labjournal.records.atomic import written
from labjournal.records.contents import MOST_BYTES, MOST_BYTES_OF_ONE, Contents, gathered
from labjournal.records.crate_reading import EXCERPT, METADATA, NOTEBOOK
from labjournal.records.excerpt import written as excerpt_of
from labjournal.records.graph import File, metadata
from labjournal.records.notebook import Clean, build, clean
from labjournal.records.proof import Proof
from labjournal.records.rebuilding import Rebuilding, command, rebuilding
from labjournal.records.record import Record, title

__all__ = ["README", "write"]

README = "README.md"


def write(
    record: Record,
    path: Path,
    *,
    force: bool = False,
    found: Clean | None = None,
    proof: Proof | None = None,
    ask: bool = False,
) -> tuple[str, ...]:
    """Writes the crate, and gives back what it could not take along to build the environment again.

    `proof` is what running its notebook, the cells `found`, came to; `ask` lets uv ask the package index.
    """
    contents = gathered(record)
    found = found or _clean(record)
    with_inputs = any((one.member or "").startswith("inputs/") for one in contents.included)
    again = rebuilding(record, NOTEBOOK, ask=ask, with_inputs=with_inputs, known=contents.members)
    files: list[File] = [
        (
            NOTEBOOK,
            "The executions as a notebook that papermill runs",
            "application/x-ipynb+json",
            _notebook(record, found, proof),
        ),
        *again.files,
        (EXCERPT, "What the journal holds of these executions", "application/json", _json(excerpt_of(record, contents.members))),
        (
            README,
            "What this is and how to do it again",
            "text/markdown",
            _readme(record, contents, proof, again).encode("utf-8", "replace"),
        ),
    ]
    digests = {name: hashlib.sha256(content).hexdigest() for name, _, _, content in files}
    described = _json(metadata(record, contents, files, found.parameters if found else (), digests))
    with written(path, force=force) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        _put(archive, METADATA, described)
        for name, _, _, content in files:
            _put(archive, name, content)
        for included in contents.included:
            _put(archive, included.member or "", included.data)
    return again.remarks


def _put(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    # No time of day and no owner in it: what is the same shall be the same file.
    entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o100644 << 16
    archive.writestr(entry, content)


def _json(document: object) -> bytes:
    return (json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode("utf-8", "replace")


def _clean(record: Record) -> Clean | None:
    try:
        return clean(record)
    except LabjournalError:
        return None


def _notebook(record: Record, found: Clean | None, proof: Proof | None) -> bytes:
    """The clean notebook; where nothing succeeded, the code as it was typed."""
    if found is not None:
        notebook = build(record, found, proof)
    else:
        cells = [new_code_cell(step.execution.source, id=f"execution-{step.n}") for step in record.steps]
        notebook = new_notebook(cells=cells)
    text: str = nbformat.writes(notebook)
    return f"{text}\n".encode("utf-8", "replace")


def _readme(record: Record, contents: Contents, proof: Proof | None, again: Rebuilding) -> str:
    run, where = record.run, naming.zone(record.run)
    first = record.steps[0].execution
    notebook = f" of {_words(PurePath(run.notebook).name)}" if run.notebook else ""
    when = (
        f"{naming.day(first.started, where)}, {naming.clock(first.started, where)}{f', {_words(run.user)}' if run.user else ''}"
    )
    where_from = f"Address in the journal it comes from: `{record.address}`."
    lines = [
        f"# {_words(title(record))}",
        "",
        f"A record of {naming.count(len(record.steps), 'execution')}{notebook}, made by labjournal: {when}. {where_from}",
        "",
        *([_words(proof.line(record).replace("*", "")), ""] if proof else []),
        "It is an RO-Crate (`ro-crate-metadata.json`, profile Provenance Run Crate 0.5).",
        "",
        "## To do it again",
        "",
        "    labjournal replay THIS-FILE.zip",
        "",
        "executes it in a fresh kernel and says whether it still holds. Or by hand, in the unpacked folder, with the files of `inputs/` beside the notebook:",
        "",
        "    pip install -r requirements.txt",
        f"    {command(NOTEBOOK)}",
        "",
        'The same without installing anything here: `docker build -t notebook .`, then `docker run --rm -v "$PWD/out:/out" notebook`; `repo2docker .` takes it too.',
        *_patched(again, record),
        "",
        "## What is in it",
        "",
        "- `notebook.ipynb`: the code, cleaned of what failed or was superseded, its plain values on top",
        "- `journal.json`: every execution as it ran, with outputs, files and metrics, for the replay",
        *(f"- `{name}`: {_words(what[:1].lower() + what[1:])}" for name, what, _, _ in again.files),
        *_listed(contents),
        *(
            ["", "## What the environment lacks", "", *(f"- {_words(remark)}" for remark in again.remarks)]
            if again.remarks
            else []
        ),
        *_elsewhere(record),
    ]
    return "\n".join(lines) + "\n"


def _patched(again: Rebuilding, record: Record) -> Iterable[str]:
    if record.snapshot is not None and any(name == "changes.patch" for name, _, _, _ in again.files):
        commit = _words(record.snapshot.commit or "")
        yield f"The repository as it stood: `git checkout {commit}`, then `git apply changes.patch`."


def _elsewhere(record: Record) -> Iterable[str]:
    """What the code needs and no record can hold."""
    remotes = dict.fromkeys((one.url, one.version or one.modified, one.role) for step in record.steps for one in step.remotes)
    databases = dict.fromkeys(one.database for step in record.steps for one in step.queries)
    if not remotes and not databases:
        return
    yield from ("", "## What lies elsewhere", "")
    for url, version, role in remotes:
        yield f"- {'fetched from' if role == 'read' else 'sent to'} {_words(url)}" + (
            f", version {_words(version)}" if version else ""
        )
    for name in databases:
        yield f"- the database {_words(naming.plain_path(name, record.run.folder))}"


def _listed(contents: Contents) -> Iterable[str]:
    for content in contents.included:
        yield f"- `{content.member}`: {_words(content.name)}, {size(content.length or 0)}"
    left = [content for content in contents.known.values() if content.member is None]
    if left:
        bounds = f"Files of up to {size(MOST_BYTES_OF_ONE)} each are included, {size(MOST_BYTES)} in all, with the content they had then."
        yield from ("", "## What is not in it", "", bounds, "")
        yield from (
            f"- {_words(content.name)}: {_words(content.left_out)}" + (f" (SHA-256 {content.sha256})" if content.sha256 else "")
            for content in left
        )


def _words(text: str) -> str:
    """Text in Markdown that says what it says and does nothing."""
    return re.sub(r"([\\`*_\[\]<>#|!])", r"\\\1", " ".join(text.split()))
