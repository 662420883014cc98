"""Whether two contents of a file, or of a picture, are the same thing: by bytes, then by what they hold.

Which kind a file is, its first bytes say, else its name. Tables, JSON and arrays are compared by their values (`tables`, `trees`,
`arrays`), pictures by pixels, texts as outputs are (`normalise`), archives, office documents among them, member by member, because they
note when they were packed. Pickles are never loaded. What cannot be told is None, with the reason. Everything is read with a bound,
because a record may come from anywhere.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Callable
from typing import Any, BinaryIO

from labjournal.replay.comparing.arrays import arrays_apart
from labjournal.replay.comparing.datasets import datasets_apart, is_of_datasets
from labjournal.replay.comparing.pickles import pickles_apart
from labjournal.replay.comparing.sheets import is_spreadsheet, sheets_apart
from labjournal.replay.comparing.tables import arrow_apart, databases_apart, separated_apart
from labjournal.replay.comparing.tars import is_tar, tars_apart
from labjournal.replay.comparing.telling import Rules, Told, first_of
from labjournal.replay.comparing.trees import lines_apart, trees_apart

__all__ = ["contents_apart", "pictures_apart"]

_BOUND = 256 << 20
_TEXT = 64 << 20
_MEMBERS = 10_000
_DEEPEST = 3
_HEAD = 64
# Only what Pillow reads by itself: for some formats it would start other programs.
_PICTURES = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "PPM", "ICO")
_PICTURE_SIGNS = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"BM", b"II*\0", b"MM\0*")
_PDF_TIMES = re.compile(rb"/(?:CreationDate|ModDate) ?\([^)]*\)|/ID ?\[[^\]]*\]|<xmp:\w+Date>[^<]*<|(?<=uuid:)[0-9a-fA-F-]{36}")
_HOLD_THE_TIME = (b"\xd0\xcf\x11\xe0", b"7z\xbc\xaf")
_PACKED: tuple[tuple[bytes, Callable[[BinaryIO], Any]], ...] = (
    (b"\x1f\x8b", lambda file: gzip.GzipFile(fileobj=file)),
    (b"BZh", bz2.BZ2File),
    (b"\xfd7zXZ", lzma.LZMAFile),
)
_PACKED_ENDS = re.compile(r"\.(?:gz|bz2|xz)$|(?<=\.t)(?:gz|bz2|xz)$", re.IGNORECASE)


def contents_apart(one: BinaryIO, other: BinaryIO, name: str, rules: Rules, depth: int = 0) -> Told:
    """Whether both hold the same, how that was found out, and the first difference; `name` is that of the file.

    `depth` is how often it was unpacked before.
    """
    heads = one.read(_HEAD), other.read(_HEAD)
    for file in (one, other):
        file.seek(0)
    for sign, opened in _PACKED:
        if all(head.startswith(sign) for head in heads):
            return _unpacked_apart(opened(one), opened(other), _PACKED_ENDS.sub("", name), rules, depth + 1)
    ending = name.lower().rpartition(".")[2] if "." in name else ""
    return _streamed(one, other, heads, ending, rules) or _whole(one, other, heads, ending, rules, depth)


def _unpacked_apart(one: Any, other: Any, name: str, rules: Rules, depth: int) -> Told:
    if depth > _DEEPEST or rules.late:
        return Told(None, more="it is packed too often, or there is too much of it, to be looked into")
    try:
        files = [_spooled(file) for file in (one, other)]
    except (OSError, EOFError, zlib.error, lzma.LZMAError):
        return Told(None, more="it cannot be unpacked")
    if files[0] is None or files[1] is None:
        return Told(None, more="unpacked it is too large to be looked into")
    if files[0].getbuffer() == files[1].getbuffer():
        return Told(True, "members")
    return contents_apart(files[0], files[1], name, rules, depth)


def _spooled(file: Any) -> io.BytesIO | None:
    content = file.read(_BOUND + 1)
    return io.BytesIO(content) if len(content) <= _BOUND else None


def _streamed(one: BinaryIO, other: BinaryIO, heads: tuple[bytes, bytes], ending: str, rules: Rules) -> Told | None:
    """What is read a part at a time, however large it is; None for what is of no such kind, or not what its name says."""

    def both(sign: bytes) -> bool:
        return all(head.startswith(sign) for head in heads)

    found: Told | None = None
    if both(b"PAR1"):
        return arrow_apart(one, other, rules, parquet=True)
    if both(b"ARROW1"):
        return arrow_apart(one, other, rules, parquet=False)
    if both(b"\x93NUMPY"):
        return arrays_apart(one, other, rules)
    if all(map(is_of_datasets, heads)) and heads[0][:3] == heads[1][:3]:
        return datasets_apart(one, other, rules)
    if both(b"SQLite format 3\0"):
        return databases_apart(one, other, rules)
    if ending in ("csv", "tsv", "tab", "psv"):
        found = separated_apart(one, other, rules)
    elif ending in ("jsonl", "ndjson"):
        found = lines_apart(one, other, rules)
    for file in (one, other):
        file.seek(0)
    return found


def _whole(files_one: BinaryIO, files_other: BinaryIO, heads: tuple[bytes, bytes], ending: str, rules: Rules, depth: int) -> Told:
    if all(head.startswith(b"PK\x03\x04") for head in heads):
        return _archives_apart(files_one, files_other, rules, depth)
    if is_tar(files_one) and is_tar(files_other):
        return tars_apart(files_one, files_other, _BOUND, lambda a, b, name: _members_apart(a, b, name, rules, depth))
    one, other = files_one.read(_TEXT + 1), files_other.read(_TEXT + 1)
    if len(one) > _TEXT or len(other) > _TEXT:
        return Told(None, more=f"it is larger than the {_TEXT >> 20} MiB that are looked into")
    if one == other:
        return Told(True, "bytes")
    if one.startswith(_PICTURE_SIGNS) and other.startswith(_PICTURE_SIGNS):
        apart = pictures_apart(one, other)
        return Told(True, "pixels") if apart is None else Told(False, "pixels", "", *apart)
    if one.startswith(b"%PDF") and other.startswith(b"%PDF"):
        same = _PDF_TIMES.sub(b"", one) == _PDF_TIMES.sub(b"", other)
        return Told(True, "text") if same else Told(None, more="PDF is not looked into")
    if one.startswith(_HOLD_THE_TIME) and one[:4] == other[:4]:
        return Told(None, more="its format notes when it was written, and is not looked into")
    if ending in ("json", "geojson", "ipynb") and (found := trees_apart(one, other, rules)) is not None:
        return found
    return _texts_apart(one, other, rules) or pickles_apart(one, other, rules) or _bytes_apart(one, other)


def _texts_apart(one: bytes, other: bytes, rules: Rules) -> Told | None:
    try:
        found = rules.text_apart(one.decode("utf-8"), other.decode("utf-8"))
    except UnicodeDecodeError:
        return None
    return Told(True, "text") if found is None else Told(False, "text", f"line {found[0]:,}", found[1], found[2])


def _bytes_apart(one: bytes, other: bytes) -> Told:
    at = next((place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return Told(False, "bytes", "", f"{len(one):,} bytes", f"{len(other):,} bytes", f"from byte {at + 1:,} on")


def pictures_apart(one: bytes, other: bytes) -> tuple[str, str] | None:
    """What tells two pictures apart, in words for either; None where every pixel is the same."""
    if one == other:
        return None
    try:
        from PIL import Image, ImageChops, UnidentifiedImageError
    except ImportError:
        return f"{len(one):,} bytes", f"{len(other):,} bytes (without Pillow pixels cannot be compared)"
    try:
        with Image.open(io.BytesIO(one), formats=_PICTURES) as a, Image.open(io.BytesIO(other), formats=_PICTURES) as b:
            sizes = [f"{picture.width} × {picture.height} pixels" for picture in (a, b)]
            if a.size != b.size:
                return sizes[0], sizes[1]
            bands = ImageChops.difference(a.convert("RGBA"), b.convert("RGBA")).split()
    except (
        UnidentifiedImageError,
        OSError,
        ValueError,
        SyntaxError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
    ):
        return f"{len(one):,} bytes", f"{len(other):,} bytes"
    most = bands[0]
    for band in bands[1:]:
        most = ImageChops.lighter(most, band)
    share = 1 - most.histogram()[0] / (most.width * most.height)
    return None if share == 0 else (sizes[0], f"{sizes[1]}, {max(share, 0.0001):.2%} of them not the same")


def _archives_apart(one: BinaryIO, other: BinaryIO, rules: Rules, depth: int) -> Told:
    try:
        with zipfile.ZipFile(one) as a, zipfile.ZipFile(other) as b:
            names = sorted(a.namelist()), sorted(b.namelist())
            if names[0] != names[1]:
                return Told(False, "members", "members", f"{len(names[0]):,}", f"{len(names[1]):,}", _only_one_side(*names))
            members = a.infolist()
            if len(members) > _MEMBERS or sum(info.file_size for info in [*members, *b.infolist()]) > _BOUND:
                return Told(None, more="it holds too much to be looked into")
            if is_spreadsheet(a):
                return sheets_apart(a, b, rules)
            found = [_members_apart(a.read(info), b.read(info.filename), info.filename, rules, depth) for info in members]
    except (zipfile.BadZipFile, zlib.error, OSError, RuntimeError, NotImplementedError, EOFError):
        return Told(None, more="it cannot be unpacked")
    answer = first_of(found)
    return answer if answer.same is not True else Told(True, "members")


def _only_one_side(one: list[str], other: list[str]) -> str:
    return f"only on one side: {', '.join(sorted(set(one) ^ set(other))[:3])}"


def _members_apart(one: bytes, other: bytes, name: str, rules: Rules, depth: int) -> Told:
    if one == other:
        return Told(True, "members")
    # One level is enough for every document; an archive in an archive is compared by its bytes.
    found = (
        _bytes_apart(one, other)
        if one.startswith(b"PK\x03\x04") or is_tar(io.BytesIO(one))
        else contents_apart(io.BytesIO(one), io.BytesIO(other), name, rules, depth)
    )
    return found.within(name)
