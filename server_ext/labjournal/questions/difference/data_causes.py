"""How probably what differs in the data explains it: less where it became the same frames, or where the code asks for something else."""

from __future__ import annotations

from collections.abc import Iterator

from labjournal.questions.difference.answers import Cause, WhatChanged
from labjournal.questions.difference.behind import Behind
from labjournal.questions.difference.weighing import Compared, cause, differs, evidence
from labjournal.questions.origin.answers import DataChange

__all__ = ["changed_data"]


def changed_data(answer: WhatChanged, compared: Compared) -> Iterator[Cause]:
    modules = {module["path"] for module in answer["modules"]}
    edited = {(each.run, each.n) for pair in compared.pairs if differs(pair) for each in pair if each}
    files = False
    for change in answer["data"]:
        if change["role"] != "read" or change["what"] == "same" or change["name"] in modules or change["kind"] == "frame":
            continue
        files = True
        a, b = _reader(change, compared.a, change["a_name"] or change["name"]), _reader(change, compared.b, change["name"])
        prior = {"changed": 0.86, "unknown": 0.25}.get(change["what"], 0.7)
        if change["what"] in ("appeared", "gone"):
            by_code = (compared.a.run, a) in edited or (compared.b.run, b) in edited or bool(answer["parameters"])
            prior = 0.2 if by_code else prior
        elif a is not None and b is not None and _made_the_same(compared, a, b):
            prior = 0.15
        address = f"{compared.b.run}/{b}" if b else f"{compared.a.run}/{a}" if a else None
        path = change["name"] if change["kind"] == "file" else None
        fact = evidence(change["kind"], change["name"], change["a"], change["b"], address=address, path=path)
        yield cause("data", prior * compared.relevance(a, b), change["summary"], fact)
    if not files and compared.parted:
        yield from _only_frames(answer, compared)


def _reader(change: DataChange, behind: Behind, name: str) -> int | None:
    """The execution that read it first."""
    data = behind.side.data
    if change["kind"] == "file" and name in behind.first_read:
        return behind.first_read[name]
    of = {"file": data.files, "table": data.tables, "remote": data.remotes}[change["kind"]]
    thing = of.get((change["role"], name))
    return thing.n if thing else None


def _made_the_same(compared: Compared, a: int, b: int) -> bool:
    """Whether what was read became the same frames: another layout of the same values."""
    ours, theirs = compared.a.frames(a), compared.b.frames(b)
    return bool(ours) and ours.keys() == theirs.keys() and all(
        ours[name].complete and theirs[name].complete and (ours[name].schema, ours[name].content, ours[name].rows)
        == (theirs[name].schema, theirs[name].content, theirs[name].rows)
        for name in ours
    )  # fmt: skip


def _only_frames(answer: WhatChanged, compared: Compared) -> Iterator[Cause]:
    """Frames that are others where no file, table or address is known to be: they came from somewhere that was not seen."""
    assert compared.parted is not None
    one, other = compared.parted
    names = compared.a.frames(one.n).keys() & compared.b.frames(other.n).keys()
    if one.source_sha256 != other.source_sha256 or not names:
        return
    for change in answer["data"]:
        if (
            change["kind"] == "frame"
            and change["name"] in names
            and change["what"] == "changed"
            and not compared.b.before.get(other.n)
        ):
            fact = evidence("frame", change["name"], address=str(other.address))
            yield cause("data", 0.5, f"{change['summary']}; where it came from was not seen", fact)
            return
