"""Spreadsheets (xlsx), cell by cell: what stands in them, not how it looks. Read as text with patterns; no XML is interpreted."""

from __future__ import annotations

import html
import re
import zipfile
from collections.abc import Iterator

from labjournal.replay.comparing.telling import Rules, Told, shown

__all__ = ["is_spreadsheet", "sheets_apart"]

_SHEET = re.compile(r"xl/worksheets/([^/]+)\.xml")
# None of them looks further than to the next thing of its kind: a text without ends must not take its square in time.
_CELL = re.compile(r"<c\b([^<>]{0,500}?)(?:/>|>((?:(?!<c\b).)*?)</c>)", re.S)
_PLACE, _KIND = re.compile(r'\br="([A-Z]{1,3}\d{1,7})"'), re.compile(r'\bt="(\w+)"')
_VALUE, _TEXT = re.compile(r"<v>([^<]*)</v>"), re.compile(r"<t\b[^<>]{0,200}>([^<]*)</t>")
_ITEM = re.compile(r"<si>((?:(?!<si>).)*?)</si>", re.S)


def is_spreadsheet(archive: zipfile.ZipFile) -> bool:
    return "xl/workbook.xml" in archive.namelist()


def sheets_apart(one: zipfile.ZipFile, other: zipfile.ZipFile, rules: Rules) -> Told:
    """Two spreadsheets with the same sheets: the first cell that holds something else, and how many do."""
    first: Told | None = None
    unlike = 0
    strings = _strings(one), _strings(other)
    for name in sorted(one.namelist()):
        if (sheet := _SHEET.fullmatch(name)) is None:
            continue
        a, b = (dict(_cells(_read(archive, name), texts)) for archive, texts in zip((one, other), strings, strict=True))
        for place in [*a, *(place for place in b if place not in a)]:
            before, after = a.get(place, ""), b.get(place, "")
            if before != after and not rules.words_same(before, after):
                unlike += 1
                first = first or Told(False, "values", f"{sheet[1]}, cell {place}", shown(before), shown(after))
    if first is None:
        return Told(True, "values")
    return Told(
        False,
        "values",
        first.where,
        first.recorded,
        first.replayed,
        f"{unlike:,} {'cell differs' if unlike == 1 else 'cells differ'}",
    )


def _read(archive: zipfile.ZipFile, name: str) -> str:
    return archive.read(name).decode("utf-8", "replace")


def _strings(archive: zipfile.ZipFile) -> list[str]:
    """Texts that cells refer to by number."""
    name = "xl/sharedStrings.xml"
    return [_joined(item[1]) for item in _ITEM.finditer(_read(archive, name))] if name in archive.namelist() else []


def _cells(sheet: str, texts: list[str]) -> Iterator[tuple[str, str]]:
    for cell in _CELL.finditer(sheet):
        place, kind, value = _PLACE.search(cell[1]), _KIND.search(cell[1]), _VALUE.search(cell[2] or "")
        if place is None:
            continue
        if kind is not None and kind[1] == "inlineStr":
            yield place[1], _joined(cell[2] or "")
        elif value is not None:
            refers = (
                kind is not None and kind[1] == "s" and value[1].isdecimal() and len(value[1]) < 10 and int(value[1]) < len(texts)
            )
            yield place[1], texts[int(value[1])] if refers else html.unescape(value[1])


def _joined(item: str) -> str:
    return html.unescape("".join(text[1] for text in _TEXT.finditer(item)))
