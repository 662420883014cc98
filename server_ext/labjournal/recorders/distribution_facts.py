"""What stands beside an installed distribution: where it came from, what it requires, and a digest of all its files.

Read are the few files in which installers keep that (`METADATA`, `RECORD`, `direct_url.json`, `INSTALLER`, `REQUESTED`); nothing is imported,
and what is damaged is told with a reason instead of a guess. Addresses lose their credentials before anything is kept.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
from typing import Any, Callable, Dict, Iterable, List, Mapping, Tuple
from urllib.parse import unquote, urlsplit

from labjournal.recorders.distributions import metadata

__all__ = ["Beside", "Facts", "conda_packages", "facts"]

Facts = Dict[str, Any]
"""`record` (SHA-256 of RECORD, None where there is none), `installer`, `requested` (None: not told), `source` (index | editable | local | vcs |
archive | conda | unknown), `url` and `commit` of what was not from an index, `requires`, `reason`. What is empty is left out."""

_WORK_S, _BREATH_S = 0.0015, 0.0002
_METADATA_BYTES = 256 << 10
_STEP_BYTES = 4 << 10
_RECORD_BYTES = 64 << 20
_LONGEST = 300
_MOST_REQUIRED = 200
_SEPARATORS = re.compile(r"[-_.]+")
_NAME = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)")
_EXTRAS = re.compile(r"\s*[A-Za-z0-9._-]+\s*\[")
_REQUIRED = re.compile(rb"^Requires-Dist:(.*)", re.MULTILINE)
_WORD = re.compile(r"[\w.+-]{1,40}")
_HASH = re.compile(r"[0-9a-fA-F]{7,64}")
_CONDA = re.compile(r"(?P<name>.+)-(?P<version>[^-]+)-(?P<build>[^-]+)\.json$")
_CHANNEL = re.compile(r'"channel"\s*:\s*"([^"]{1,400})"')
_CONDA_HEAD = 8 << 10
_MOST_CONDA = 5000


class Beside:
    """What stands beside every distribution of an environment; what was read once is read again only where it changed."""

    def __init__(self, clean: Callable[[str], str]) -> None:
        self._clean = clean
        self._known: Dict[str, Tuple[int, Facts]] = {}

    def every(self, paths: Iterable[str], installed: Mapping[str, str]) -> Dict[str, Facts]:
        """Name → facts. Now and then the interpreter is left to whoever waits for it."""
        answer: Dict[str, Facts] = {}
        known, self._known = self._known, {}
        began = time.perf_counter()
        for path in paths:
            for folder, name, _ in metadata(path):
                if name not in answer:
                    answer[name] = _as_far_as(installed, self._of(folder, known))
                    if time.perf_counter() - began > _WORK_S:
                        time.sleep(_BREATH_S)
                        began = time.perf_counter()
        return _without_options_that_nobody_took(answer)

    def _of(self, folder: str, known: Mapping[str, Tuple[int, Facts]]) -> Facts:
        try:
            changed = os.stat(folder).st_mtime_ns
        except OSError as problem:
            return {"source": "unknown", "reason": f"not available: {problem.strerror}"}
        before = known.get(folder)
        found = before[1] if before is not None and before[0] == changed else facts(folder, self._clean)
        self._known[folder] = changed, found
        return found


def _as_far_as(installed: Mapping[str, str], found: Facts) -> Facts:
    """Requirements that nothing in the environment meets are left out: options that nobody took."""
    requires = [text for text in found.get("requires", ()) if _named(text) in installed]
    return _without_the_empty({**found, "requires": requires})


def _without_options_that_nobody_took(every: Dict[str, Facts]) -> Dict[str, Facts]:
    """Requirements of extras stay only where somebody requires the distribution with extras: they are most of what is declared."""
    taken = {_named(text) for found in every.values() for text in found.get("requires", ()) if _EXTRAS.match(text)}
    return {name: found if name in taken else _without_extras(found) for name, found in every.items()}


def _without_extras(found: Facts) -> Facts:
    requires = found.get("requires")
    if not requires:
        return found
    return _without_the_empty({**found, "requires": [text for text in requires if "extra" not in text.partition(";")[2]]})


def facts(folder: str, clean: Callable[[str], str]) -> Facts:
    """Of the distribution whose metadata is `folder`."""
    answer: Facts = {}
    reasons: List[str] = []
    if not os.path.isdir(folder):  # an egg-info of one file
        answer["source"] = "unknown"
        answer["requires"] = _requires(_head(folder))
        return _without_the_empty(answer)
    answer["record"] = _record(os.path.join(folder, "RECORD"), reasons)
    installer = _text(os.path.join(folder, "INSTALLER"), 100).strip()
    answer["installer"] = installer if _WORD.fullmatch(installer) else ""
    answer["requested"] = os.path.exists(os.path.join(folder, "REQUESTED")) or None
    answer["source"], answer["url"], answer["commit"] = _origin(folder, answer["installer"], clean, reasons)
    is_egg = folder.endswith(".egg-info")
    head = _head(os.path.join(folder, "PKG-INFO" if is_egg else "METADATA"))
    if not head:
        reasons.append("its metadata is missing or empty")
    elif b"\nName:" not in head and not head.startswith(b"Name:"):
        reasons.append("its metadata is damaged")
    answer["requires"] = _requires(head)
    answer["reason"] = "; ".join(reasons)
    return _without_the_empty(answer)


def _without_the_empty(answer: Facts) -> Facts:
    return {name: value for name, value in answer.items() if value not in (None, "", [])}


def _record(path: str, reasons: List[str]) -> str | None:
    """The digest of the list of its files with their digests: equal where every file is."""
    try:
        if os.path.getsize(path) > _RECORD_BYTES:
            reasons.append("its RECORD is too long to be read")
            return None
        with open(path, "rb") as file:
            return hashlib.sha256(file.read(_RECORD_BYTES)).hexdigest()
    except OSError as problem:
        if not path.endswith(os.path.join(".egg-info", "RECORD")):
            reasons.append("it has no RECORD" if isinstance(problem, FileNotFoundError) else "its RECORD cannot be read")
        return None


def _origin(folder: str, installer: str, clean: Callable[[str], str], reasons: List[str]) -> Tuple[str, str, str]:
    """(source, URL or path, commit) as PEP 610 has them; an index leaves no trace but the installer's name."""
    text = _text(os.path.join(folder, "direct_url.json"), _METADATA_BYTES)
    if not text:
        source = "conda" if installer in ("conda", "pixi", "rattler") else "index" if installer else "unknown"
        return source, "", ""
    try:
        told = json.loads(text)
        url, vcs, directory = str(told["url"]), told.get("vcs_info"), told.get("dir_info")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        reasons.append("its direct_url.json is damaged")
        return "unknown", "", ""
    if isinstance(vcs, dict):
        commit = str(vcs.get("commit_id", ""))
        return "vcs", clean(url)[:_LONGEST], commit if _HASH.fullmatch(commit) else ""
    path = _local_path(url)
    if isinstance(directory, dict):
        return "editable" if directory.get("editable") is True else "local", clean(path or url)[:_LONGEST], ""
    return "local" if path else "archive", clean(path or url)[:_LONGEST], ""


def _local_path(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return unquote(parts.path) if parts.scheme == "file" else ""


def _head(path: str) -> bytes:
    """The fields of a metadata file, without the description behind them."""
    head = b""
    try:
        with open(path, "rb", buffering=0) as file:
            while len(head) < _METADATA_BYTES:
                more = file.read(_STEP_BYTES)
                head += more
                end = head.find(b"\n\n")
                if end < 0:
                    end = head.find(b"\r\n\r\n")
                if end >= 0 or not more:
                    return head[:end] if end >= 0 else head
    except OSError:
        pass
    return head


def _requires(head: bytes) -> List[str]:
    found = [match.group(1).decode("utf-8", "replace").strip()[:_LONGEST] for match in _REQUIRED.finditer(head)]
    return [text for text in found if _named(text) and "://" not in text][:_MOST_REQUIRED]


def _named(requirement: str) -> str:
    match = _NAME.match(requirement)
    return _SEPARATORS.sub("-", match.group(1)).lower() if match else ""


def conda_packages(prefix: str) -> Facts | None:
    """What conda, or pixi, has put into an environment: manager and name → [version, build, channel]; None where it is not theirs."""
    folder = os.path.join(prefix, "conda-meta")
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return None
    packages = {}
    for name in names[:_MOST_CONDA]:
        match = _CONDA.match(name)
        if match:
            channel = _CHANNEL.search(_text(os.path.join(folder, name), _CONDA_HEAD))
            packages[match.group("name")] = [
                match.group("version"),
                match.group("build"),
                _channel(channel.group(1)) if channel else "",
            ]
    answer: Facts = {"manager": "pixi" if "pixi" in names or "pixi_env_prefix" in names else "conda", "packages": packages}
    if len(names) > _MOST_CONDA:
        answer["reason"] = f"only {_MOST_CONDA} of its packages are listed"
    return answer


def _channel(text: str) -> str:
    """Its name: of an address the last part of the way, before it may be a token."""
    parts = [part for part in text.rstrip("/").split("/") if part]
    if parts and re.fullmatch(r"(?:noarch|linux-\w+|osx-\w+|win-\w+)", parts[-1]):
        parts.pop()
    return parts[-1][:100] if parts and "@" not in parts[-1] and "?" not in parts[-1] else ""


def _text(path: str, most: int) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read(most)
    except OSError:
        return ""
