"""Data that executions fetch from other machines or send there: which, and which version of it, as the library was told anyway.

    urllib     pandas with an address, `urlopen`            urllib3    requests, boto3, and urllib3 itself
    httpx      both its clients                             aiohttp    fsspec over HTTP, s3fs, gcsfs, adlfs
    fsspec     files of the file systems it opens           native     addresses that Arrow, polars and DuckDB are given

No request of ours is sent, no body is read, nothing is waited for: an address, a status and a few headers are noted when a response is
there. The address is told without user, password and query.
"""

from __future__ import annotations

import time
from types import ModuleType
from typing import Any, Callable, Dict, Iterable, List, Tuple

from labjournal.events import Event, ProblemSeen, RemoteTouched
from labjournal.recorders import Context, Execution, Outcome, Recorder, audit_hook, imports, native_calls, wrapping
from labjournal.recorders.gathering import Gathering

__all__ = ["RemoteRecorder"]

READ, WRITTEN = "read", "written"
MOST_ADDRESSES = 1_000
"""Of an execution."""
_CHARACTERS = 4_096
_WRITING = ("PUT", "PATCH", "POST")
_FETCHING = ("GET", "POST")
_HERE = frozenset(("file", "local", "memory", "dir", "dirfs", "reference", "zip", "tar", "libarchive", "filecache", "simplecache", "blockcache", "cached", "abstract", "data"))  # fmt: skip
_VERSIONS = ("x-amz-version-id", "x-goog-generation", "x-ms-version-id", "etag")


class _Seen:
    """One address in one execution."""

    __slots__ = ("at", "bytes", "layers", "modified", "version")

    def __init__(self) -> None:
        self.at = time.time()
        self.version = ""
        self.modified = ""
        self.bytes: int | None = None
        self.layers: Dict[str, None] = {}

    def learn(self, layer: str, version: str, modified: str, size: int | None) -> None:
        self.layers[layer] = None
        self.version = version or self.version
        self.modified = modified or self.modified
        if size is not None:
            self.bytes = max(size, self.bytes or 0)


class _Addresses:
    """What one execution fetched and sent."""

    def __init__(self) -> None:
        self.seen: Dict[Tuple[str, str], _Seen] = {}
        self.left_out = 0

    def note(self, role: str, url: str, layer: str, version: str, modified: str, size: int | None) -> None:
        key = (role, url[:_CHARACTERS])
        seen = self.seen.get(key)
        if seen is None:
            if len(self.seen) >= MOST_ADDRESSES:
                self.left_out += 1
                return
            seen = self.seen[key] = _Seen()
        seen.learn(layer, version, modified, size)


class RemoteRecorder(Recorder):
    """Yields RemoteTouched for each execution."""

    name = "remote"

    def __init__(self, context: Context) -> None:
        self._context = context
        self._gathering: Gathering[_Addresses] = Gathering()
        _Ear.recorder = self
        native_calls.listen_to_remote(lambda role, url: self.note(role, url, "native"))
        for module, act in _LIBRARIES.items():
            imports.when_imported(module, act)
        imports.install()

    # -- the moments of a run ----------------------------------------------------------------------------------------------

    def execution_started(self, execution: Execution) -> None:
        self._gathering.begin(execution.n, _Addresses())

    def execution_ended(self, execution: Execution, outcome: Outcome) -> None:
        self._gathering.end(execution.n)

    def collect(self, execution: Execution) -> Iterable[Event]:
        addresses = self._gathering.take(execution.n)
        if addresses is None:
            return
        for (role, url), seen in _one_each(self._told(addresses)):
            yield RemoteTouched(
                execution.run, execution.n, role, url, version=self._clean(seen.version), modified=self._clean(seen.modified),
                bytes=seen.bytes, layer=" ".join(seen.layers), at=seen.at,
            )  # fmt: skip
        if addresses.left_out:
            yield ProblemSeen(
                execution.run, execution.n, "incomplete", f"More addresses were used than are recorded; {addresses.left_out:,} were left out.", time.time()
            )  # fmt: skip

    def run_ended(self) -> Iterable[Event]:
        self._stop()
        return ()

    def forked(self) -> None:
        self._stop()
        self._gathering.clear()

    def _stop(self) -> None:
        _Ear.recorder = None
        native_calls.listen_to_remote(None)
        self._gathering.stop()

    # -- what is told, on the user's thread, or on one of a library's -------------------------------------------------------

    def note(self, role: str, url: str, layer: str, version: str = "", modified: str = "", size: int | None = None) -> None:
        """Something was fetched from an address, or sent there."""
        if type(url) is str and audit_hook.listened_to():
            addresses = self._gathering.here()
            if addresses is not None:
                addresses.note(role, url, layer, version, modified, size)

    # -- on the helper thread ----------------------------------------------------------------------------------------------

    def _told(self, addresses: _Addresses) -> Dict[Tuple[str, str], _Seen]:
        """By address as it may be written: two that differ in what is left out are one, of no certain version."""
        told: Dict[Tuple[str, str], _Seen] = {}
        for (role, url), seen in addresses.seen.items():
            key = (role, self._context.redactor.url(url))
            other = told.get(key)
            if other is None:
                told[key] = seen
                continue
            if other.version != seen.version:
                other.version = other.modified = ""
            other.bytes = None if other.bytes is None or seen.bytes is None else other.bytes + seen.bytes
            other.layers.update(seen.layers)
        return told

    def _clean(self, text: str) -> str:
        return self._context.redactor.text(text[:500]).text


class _Ear:
    """Who listens to what is put on; it stays on, nobody may listen."""

    recorder: RemoteRecorder | None = None


def _one_each(told: Dict[Tuple[str, str], _Seen]) -> List[Tuple[Tuple[str, str], _Seen]]:
    """The same content seen by a file system and by the client under it is told once, by the name that a person would use."""
    named = {(role, seen.version): seen for (role, _), seen in told.items() if seen.version and "fsspec" in seen.layers}
    kept = []
    for (role, url), seen in told.items():
        better = named.get((role, seen.version))
        if better is None or better is seen or not url.startswith("http"):
            kept.append(((role, url), seen))
        else:
            better.layers.update(seen.layers)
    return kept


# -- what libraries know of a response -------------------------------------------------------------------------------------


def _respond(layer: str, method: Any, url: Any, status: Any, headers: Any, *, sent: bool = True) -> None:
    """A response is there: what its headers say."""
    recorder = _Ear.recorder
    if recorder is None or type(status) is not int or not 200 <= status < 300 or type(method) is not str:
        return
    method, get = method.upper(), headers.get
    version = next((str(value) for value in map(get, _VERSIONS) if value), "")
    length, span = get("content-length"), get("content-range")
    whole = span.rpartition("/")[2] if type(span) is str else length
    size = int(whole) if type(whole) is str and whole.isdigit() and not get("content-encoding") else None
    if method in _FETCHING and status != 204:
        recorder.note(READ, str(url), layer, version, str(get("last-modified") or ""), size)
    if method in _WRITING and sent:
        recorder.note(WRITTEN, str(url), layer, version if method == "PUT" else "", "", None)


def _urllib(args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> Callable[[Any], None]:
    asked = args[1] if len(args) > 1 else kwargs.get("fullurl")
    data = args[2] if len(args) > 2 else kwargs.get("data")
    plain = type(asked).__module__ == "urllib.request"  # and no class of the user's
    method = asked.get_method() if plain else "GET" if data is None else "POST"  # type: ignore[union-attr]

    def tell(response: Any) -> None:
        url = response.geturl()
        if type(url) is str and url.startswith(("http:", "https:", "ftp:")):
            _respond("urllib", method, url, response.status or 200, response.headers)

    return tell


def _urllib3(args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> Callable[[Any], None]:
    pool, method, path = (
        args[0],
        args[1] if len(args) > 1 else kwargs.get("method"),
        args[2] if len(args) > 2 else kwargs.get("url"),
    )
    standard = {"http": 80, "https": 443}.get(pool.scheme)
    port = "" if pool.port in (None, standard) else f":{pool.port}"
    url = path if type(path) is str and "://" in path[:8] else f"{pool.scheme}://{pool.host}{port}{path}"
    sent = bool(type(kwargs.get("body")) is not type(None) or len(args) > 3)
    return lambda response: _respond("urllib3", method, url, response.status, response.headers, sent=sent)


def _httpx(args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> None:
    response = kwargs.get("response") or args[1]
    request = response.request
    _respond("httpx", request.method, str(request.url), response.status_code, response.headers)


def _aiohttp(args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> Callable[[Any], None]:
    method = args[1] if len(args) > 1 else kwargs.get("method")
    return lambda response: _respond("aiohttp", method, str(response.url), response.status, response.headers)


def _fsspec(args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> Callable[[Any], None] | None:
    system, path = args[0], args[1] if len(args) > 1 else kwargs.get("path")
    mode = args[2] if len(args) > 2 else kwargs.get("mode", "rb")
    protocol = system.protocol if type(system.protocol) is str else next(iter(system.protocol), "")
    if _Ear.recorder is None or type(path) is not str or protocol in _HERE or not protocol:
        return None
    url = path if "://" in path else f"{protocol}://{path}"
    writes = type(mode) is str and mode[:1] in ("w", "a", "x")

    def tell(file: Any) -> None:
        recorder = _Ear.recorder
        if recorder is not None:
            details = vars(file).get("_details") if hasattr(file, "__dict__") else None
            known: Dict[str, Any] = details if type(details) is dict and not writes else {}
            version = known.get("VersionId") or known.get("generation") or known.get("ETag") or known.get("etag") or ""
            modified = known.get("LastModified") or known.get("updated") or known.get("last_modified") or ""
            size = known.get("size")
            recorder.note(
                WRITTEN if writes else READ, url, "fsspec", str(version), str(modified), size if type(size) is int else None
            )

    return tell


def _on_urllib(module: ModuleType) -> None:
    wrapping.around(module.OpenerDirector, "open", _urllib)


def _on_urllib3(module: ModuleType) -> None:
    wrapping.around(module.HTTPConnectionPool, "urlopen", _urllib3)


def _on_httpx(module: ModuleType) -> None:
    for name in ("BoundSyncStream", "BoundAsyncStream"):
        if hasattr(module, name):
            wrapping.constructed(getattr(module, name), _httpx)


def _on_aiohttp(module: ModuleType) -> None:
    wrapping.around_async(module.ClientSession, "_request", _aiohttp)


def _on_fsspec(module: ModuleType) -> None:
    wrapping.around(module.AbstractFileSystem, "open", _fsspec)


_LIBRARIES: Dict[str, Callable[[ModuleType], None]] = {
    "urllib.request": _on_urllib,
    "urllib3.connectionpool": _on_urllib3,
    "httpx._client": _on_httpx,
    "aiohttp.client": _on_aiohttp,
    "fsspec.spec": _on_fsspec,
}
