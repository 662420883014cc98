"""What cells fetch from other machines and send there is known by address and version; nobody is asked anything for it."""

from __future__ import annotations

import http.server
import inspect
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from labjournal.events import ProblemSeen, RemoteTouched
from labjournal.recorders import audit_hook, imports, remote, wrapping
from labjournal.recorders.native_calls import NativeRecorder
from labjournal.recorders.remote import RemoteRecorder

BODY = b"a,b\n1,2\n3,4\n"


class Handler(http.server.BaseHTTPRequestHandler):
    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(f"{self.command} {self.path}")
        path = self.path.partition("?")[0]
        if path == "/moved.csv":
            self._answer(302, b"", Location="/a.csv")
        elif path == "/missing.csv":
            self._answer(404, b"no")
        else:
            self._answer(200, BODY, ETag='"v7"', **{"Last-Modified": "Tue, 01 Sep 2026 10:00:00 GMT"})

    do_HEAD = do_GET  # noqa: N815

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.asked.append(f"{self.command} {self.path}")
        self._answer(201, b"", ETag='"v8"')

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.asked.append(f"{self.command} {self.path}")
        self._answer(200, b"{}")

    def _answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_args: Any) -> None:
        """Is not printed."""


@pytest.fixture
def server() -> Iterator[Any]:
    handler = type("OneHandler", (Handler,), {"asked": []})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as found:
        thread = threading.Thread(target=found.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        found.url = f"http://127.0.0.1:{found.server_port}"  # type: ignore[attr-defined]
        found.asked = handler.asked  # type: ignore[attr-defined]
        yield found
        found.shutdown()


class Nobody:
    """Stands where the recorder of files stands."""

    def __getattr__(self, name: str) -> Any:
        return lambda *_args, **_more: None


@pytest.fixture
def touched(lab: Any, server: Any) -> Iterator[Any]:
    """Runs a cell, in which `url` is the server's; what it touched."""
    audit_hook.install()
    audit_hook.watch(Nobody())
    lab.use(NativeRecorder, RemoteRecorder)
    lab.shell.user_ns["url"] = server.url

    def run(*sources: str) -> list[RemoteTouched]:
        return [event for event in lab.run(*sources) if isinstance(event, RemoteTouched)]

    run.lab = lab  # type: ignore[attr-defined]
    yield run
    audit_hook.watch(None)
    lab.end()
    imports.uninstall()
    wrapping.take_back()
    assert [] == wrapping.faults


def test_pandas_and_urlopen(touched: Any, server: Any) -> None:
    pytest.importorskip("pandas")
    (read,) = touched("import pandas as pd\nd = pd.read_csv(url + '/a.csv?token=geheim123')")

    assert (1, "read", server.url + "/a.csv", '"v7"', "Tue, 01 Sep 2026 10:00:00 GMT", len(BODY), "urllib") == (
        read.n, read.role, read.url, read.version, read.modified, read.bytes, read.layer,
    )  # fmt: skip
    assert abs(read.at - time.time()) < 60
    assert ["GET /a.csv?token=geheim123"] == server.asked  # and nobody asked more
    assert 2 == len(touched.lab.shell.user_ns["d"])


def test_requests(touched: Any, server: Any) -> None:
    pytest.importorskip("requests")
    found = touched(
        "import requests\nwith requests.Session() as s:\n    assert s.get(url + '/moved.csv').text\n    s.get(url + '/missing.csv'); s.head(url + '/other.csv')\n"
        "    s.put(url + '/up.csv', data=b'x'); s.post(url + '/query', json={'password': 'geheim123'})"
    )

    assert [
        ("read", "/a.csv", '"v7"', len(BODY)),
        ("written", "/up.csv", '"v8"', None),
        ("read", "/query", "", 2),
        ("written", "/query", "", None),
    ] == [(event.role, event.url.replace(server.url, ""), event.version, event.bytes) for event in found]
    assert {"urllib3"} == {event.layer for event in found}
    assert 6 == len(server.asked)


def test_a_download_that_is_streamed_is_not_read_for_us(touched: Any) -> None:
    pytest.importorskip("requests")
    touched("import requests\nr = requests.get(url + '/a.csv', stream=True)\nleft = r.raw.read()\nr.close()")

    assert BODY == touched.lab.shell.user_ns["left"]


def test_httpx_both_ways(touched: Any, server: Any) -> None:
    pytest.importorskip("httpx")
    found = touched(
        "import httpx, asyncio\nhttpx.get(url + '/a.csv', trust_env=False)\n"
        "async def fetch():\n    async with httpx.AsyncClient(trust_env=False) as client: return (await client.get(url + '/b.csv')).text\n"
        "import threading\nthread = threading.Thread(target=lambda: asyncio.run(fetch())); thread.start(); thread.join()"
    )

    assert [("read", "/a.csv", '"v7"', "httpx"), ("read", "/b.csv", '"v7"', "httpx")] == [
        (event.role, event.url.replace(server.url, ""), event.version, event.layer) for event in found
    ]


def test_fsspec_over_http(touched: Any, server: Any) -> None:
    pytest.importorskip("fsspec")
    pytest.importorskip("aiohttp")
    (read,) = touched("import fsspec\nwith fsspec.open(url + '/a.csv') as f: text = f.read()")

    assert ("read", server.url + "/a.csv", '"v7"') == (read.role, read.url, read.version)
    assert "fsspec" in read.layer
    assert BODY == touched.lab.shell.user_ns["text"]


def test_a_bucket_is_known_by_its_address_and_version_however_it_is_reached(
    touched: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("s3fs")
    boto3 = pytest.importorskip("boto3")
    moto = pytest.importorskip("moto.server")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "geheim123")
    bucket = moto.ThreadedMotoServer(port=0, verbose=False)
    bucket.start()
    place = "http://{}:{}".format(*bucket.get_host_and_port())
    client = boto3.client("s3", endpoint_url=place, region_name="us-east-1")
    client.create_bucket(Bucket="data")
    touched.lab.shell.user_ns.update(place=place, client=client)
    wrote = touched("_ = client.put_object(Bucket='data', Key='a.csv', Body=b'1,2')")
    read = touched("text = client.get_object(Bucket='data', Key='a.csv')['Body'].read()")
    spread = touched(
        "import s3fs\nsystem = s3fs.S3FileSystem(client_kwargs={'endpoint_url': place, 'region_name': 'us-east-1'}, skip_instance_cache=True)\n"
        "with system.open('data/a.csv') as f: again = f.read()"
    )
    bucket.stop()

    assert [("written", f"{place}/data/a.csv", "urllib3")] == [(event.role, event.url, event.layer) for event in wrote]
    assert [("read", f"{place}/data/a.csv", "urllib3", 3)] == [
        (event.role, event.url, event.layer, event.bytes) for event in read
    ]
    assert ("read", "s3://data/a.csv", 3) in [(event.role, event.url, event.bytes) for event in spread]
    assert 1 == len({event.version for event in (*wrote, *read, *spread) if event.version})
    assert b"1,2" == touched.lab.shell.user_ns["text"] == touched.lab.shell.user_ns["again"]


def test_a_file_system_tells_what_it_knows_of_a_file(touched: Any) -> None:
    pytest.importorskip("fsspec")
    found = touched(
        "import fsspec, io\nclass Bucket(fsspec.AbstractFileSystem):\n    protocol = ('s9', 's9a'); cachable = False\n"
        "    def _open(self, path, mode='rb', **more):\n        f = io.BytesIO(b'1234')\n        class File(io.BytesIO): pass\n"
        "        f = File(b'1234'); f._details = {'size': 4, 'ETag': '\"e\"', 'VersionId': 'v1', 'LastModified': 'now'}\n        return f\n"
        "b = Bucket()\nwith b.open('bucket/key.csv') as f: f.read()\nwith b.open('bucket/out.csv', 'wb') as f: pass"
    )

    assert [("read", "s9://bucket/key.csv", "v1", "now", 4), ("written", "s9://bucket/out.csv", "", "", None)] == [
        (event.role, event.url, event.version, event.modified, event.bytes) for event in found
    ]


def test_addresses_that_native_libraries_fetch_are_named(touched: Any, server: Any) -> None:
    duckdb = pytest.importorskip("duckdb")
    assert duckdb
    (read,) = touched(
        "import duckdb\ntry:\n    duckdb.sql(\"SELECT * FROM read_parquet('s3://alice:geheim123@bucket/key.parquet?secret=geheim123')\")\nexcept Exception: pass"
    )

    assert ("read", "s3://bucket/key.parquet", "native", None) == (read.role, read.url, read.layer, read.bytes)


def test_local_and_memory_file_systems_are_nobody_s_remote_data(touched: Any) -> None:
    pytest.importorskip("fsspec")

    assert [] == touched(
        "import fsspec\nwith fsspec.open('memory://a.csv', 'w') as f: f.write('1')\nwith fsspec.open('b.csv', 'w') as f: f.write('1')"
    )


def test_one_address_is_told_once_and_too_many_are_said(touched: Any, server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "MOST_ADDRESSES", 3)
    events = touched.lab.run(
        "from urllib.request import urlopen\nfor n in range(5):\n    for _ in range(2): urlopen(f'{url}/{n}.csv').close()"
    )

    assert 3 == sum(isinstance(event, RemoteTouched) for event in events)
    assert ["incomplete"] == [event.what for event in events if isinstance(event, ProblemSeen)]
    assert 10 == len(server.asked)


def test_two_versions_under_what_may_be_written_are_no_version(touched: Any) -> None:
    recorder = touched.lab.recorders[1]

    class Told:
        from labjournal.recorders import Execution

        execution = Execution("run1", 1, "")

    recorder.execution_started(Told.execution)
    recorder.note("read", "http://h/a?page=1", "urllib", "v1", "m", 5)
    recorder.note("read", "http://h/a?page=2", "urllib", "v2", "m", 6)
    recorder.execution_ended(Told.execution, None)
    (read,) = recorder.collect(Told.execution)

    assert ("http://h/a", "", "", 11) == (read.url, read.version, read.modified, read.bytes)


def test_what_a_request_raises_is_raised(touched: Any) -> None:
    requests = pytest.importorskip("requests")
    with pytest.raises(requests.ConnectionError):
        requests.get("http://127.0.0.1:9/", timeout=2)
    import urllib.error
    import urllib.request

    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen("http://127.0.0.1:9/", timeout=2)


def test_coroutine_functions_stay_what_they_are(touched: Any) -> None:
    class Owner:
        async def _request(self, method: str) -> str:
            """Asks."""
            return method

    wrapping.around_async(Owner, "_request", lambda args, kwargs: None)

    assert inspect.iscoroutinefunction(Owner._request)
    assert ["self", "method"] == list(inspect.signature(Owner._request).parameters)
    assert "Asks." == Owner._request.__doc__


def test_nothing_is_told_in_a_child_or_on_the_journal_s_thread(touched: Any, server: Any) -> None:
    from urllib.request import urlopen

    def own() -> None:
        audit_hook.exclude_this_thread()
        urlopen(server.url + "/a.csv").close()

    touched.lab.n += 1
    touched.lab.helper.submit(own).result(20)
    touched.lab.recorders[1].forked()

    assert [] == touched("from urllib.request import urlopen\nurlopen(url + '/a.csv').close()")
