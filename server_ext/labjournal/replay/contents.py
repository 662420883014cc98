"""Whether two contents of a file, or of a picture, are the same thing: by bytes, then by what they hold.

Pictures are compared by pixels; texts as texts are (`normalise`); archives, office documents among them, member by member,
because they note when they were packed. Formats that hold the time and cannot be opened here stay unknown: None.
Everything is read with a bound, because a record may come from anywhere.
"""

from __future__ import annotations

import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Callable

__all__ = ["contents_same", "pictures_apart"]

_BOUND = 256 << 20
_MEMBERS = 10_000
# Only what Pillow reads by itself: for some formats it would start other programs.
_PICTURES = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "PPM", "ICO")
_PICTURE_SIGNS = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"BM", b"II*\0", b"MM\0*")
_PDF_TIMES = re.compile(rb"/(?:CreationDate|ModDate) ?\([^)]*\)|/ID ?\[[^\]]*\]|<xmp:\w+Date>[^<]*<|(?<=uuid:)[0-9a-fA-F-]{36}")
_HOLD_THE_TIME = (b"\x89HDF", b"SQLite format 3\0", b"\xd0\xcf\x11\xe0", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf")

_SameText = Callable[[str, str], bool]


def contents_same(one: bytes, other: bytes, same_text: _SameText) -> bool | None:
    """Whether both hold the same; None where that cannot be told."""
    if one == other:
        return True
    if one.startswith(_PICTURE_SIGNS) and other.startswith(_PICTURE_SIGNS):
        return pictures_apart(one, other) is None
    if one.startswith(b"PK\x03\x04") and other.startswith(b"PK\x03\x04"):
        return _archives_same(one, other, same_text)
    if one.startswith(b"\x1f\x8b") and other.startswith(b"\x1f\x8b"):
        unpacked = _unpacked(one), _unpacked(other)
        return None if unpacked[0] is None or unpacked[1] is None else contents_same(unpacked[0], unpacked[1], same_text)
    if one.startswith(b"%PDF") and other.startswith(b"%PDF"):
        return _PDF_TIMES.sub(b"", one) == _PDF_TIMES.sub(b"", other) or None
    if one.startswith(_HOLD_THE_TIME) and one[:4] == other[:4]:
        return None
    try:
        return same_text(one.decode("utf-8"), other.decode("utf-8"))
    except UnicodeDecodeError:
        return False


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


def _archives_same(one: bytes, other: bytes, same_text: _SameText) -> bool | None:
    try:
        with zipfile.ZipFile(io.BytesIO(one)) as a, zipfile.ZipFile(io.BytesIO(other)) as b:
            if sorted(a.namelist()) != sorted(b.namelist()):
                return False
            members = a.infolist()
            if len(members) > _MEMBERS or sum(info.file_size for info in [*members, *b.infolist()]) > _BOUND:
                return None
            found = [_members_same(a.read(info), b.read(info.filename), same_text) for info in members]
    except (zipfile.BadZipFile, zlib.error, OSError, RuntimeError, NotImplementedError):
        return None
    return False if False in found else None if None in found else True


def _members_same(one: bytes, other: bytes, same_text: _SameText) -> bool | None:
    # One level is enough for every document; an archive in an archive is compared by its bytes.
    return one == other if one.startswith(b"PK\x03\x04") else contents_same(one, other, same_text)


def _unpacked(content: bytes) -> bytes | None:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
            answer = file.read(_BOUND + 1)
    except (OSError, EOFError, zlib.error):
        return None
    return answer if len(answer) <= _BOUND else None
