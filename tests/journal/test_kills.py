"""P1 and P11, light: whatever kills whom, and however many write, what was acknowledged is there once, and the file is sound.

The soak (`LABJOURNAL_SOAK=10 pytest tests/journal/test_kills.py`) multiplies the number of kills.
"""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from labjournal.journal import places, writer
from labjournal.journal.integrity import verify

KILLS = 200 * int(os.environ.get("LABJOURNAL_SOAK", "1"))

KERNEL = """
import os, sys, threading, time
from pathlib import Path
from labjournal import events as ev
from labjournal.journal import frames, places, writer
from labjournal.journal.locks import Alive

folder, first, step = Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
places.prepare(folder)

def live(number):
    # One life of a kernel: a child, so that starting Python is paid once. Each number on standard output is an acknowledged execution.
    run = f"r{number:05d}"
    alive = Alive()
    alive.hold(folder / "spool" / f"{run}.alive")
    spool = os.open(folder / "spool" / f"{run}.1.spool", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def take_in():
        while True:
            writer.ingest(folder, own_run=run, wait_s=0.02, batch_bytes=2000)

    threading.Thread(target=take_in, daemon=True).start()
    os.write(spool, frames.encode(ev.RunStarted(run, time.time(), pid=os.getpid(), version="1")))
    n = 0
    while True:
        n += 1
        os.write(spool, frames.encode(ev.ExecutionStarted(run, n, time.time(), f"cell_{n % 7}()", message_id=f"{n}")))
        os.write(1, f"{run} {n}\\n".encode())
        os.write(spool, frames.encode(ev.OutputShown(run, n, 0, "stream", text="line " * (n % 50))))
        os.write(spool, frames.encode(ev.ExecutionEnded(run, n, time.time(), "ok", 0.001)))
        time.sleep(step)

number = first
while True:
    pid = os.fork()
    if not pid:
        live(number)
    os.write(2, f"{pid}\\n".encode())
    os.waitpid(pid, 0)
    number += 1
"""


@dataclass
class Line:
    """A line of kernels, each born when the one before it was killed."""

    process: subprocess.Popen[str]
    said: Path

    def pid(self) -> int:
        """Of the kernel that lives now; to be asked once for each."""
        assert self.process.stderr is not None
        return int(self.process.stderr.readline())


def start(folder: Path, first: int, step_s: float) -> Line:
    said = folder.with_name(f"acknowledged-{first}")
    command = [sys.executable, "-c", KERNEL, str(folder), str(first), str(step_s)]
    with said.open("wb") as file:
        return Line(subprocess.Popen(command, stdout=file, stderr=subprocess.PIPE, text=True), said)


def lives(kernels: list[Line], kills: int, chance: random.Random) -> None:
    """Kills whichever kernel is alive at random moments; each is followed by the next one's birth."""
    for number in range(kills):
        pid = kernels[number % len(kernels)].pid()
        time.sleep(chance.uniform(0.0, 0.045))
        os.kill(pid, signal.SIGKILL)


def end(kernel: Line) -> set[tuple[str, int]]:
    """Stops a line of kernels; what they acknowledged. A last line cut by the kill was not acknowledged."""
    pid = kernel.pid()
    kernel.process.send_signal(signal.SIGSTOP)  # or it would bring the next one to life
    os.kill(pid, signal.SIGKILL)
    kernel.process.kill()
    kernel.process.communicate()
    said = kernel.said.read_text()
    words = [line.split() for line in said[: said.rfind("\n") + 1].splitlines()]
    return {(run, int(n)) for run, n in words}


@pytest.mark.skipif(os.name != "posix", reason="kill -9 is a matter of POSIX")
def test_p1_200_kills_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    folder = tmp_path / "journal"
    kernels = [start(folder, 1, 0.001), start(folder, 50_000, 0.0)]
    lives(kernels, KILLS, random.Random(11))
    acknowledged = set().union(*map(end, kernels))

    writer.ingest(folder, wait_s=10)

    connection = sqlite3.connect(folder / places.DATABASE)
    recorded = set(connection.execute("SELECT run, n FROM executions"))
    states = dict(connection.execute("SELECT status, count(*) FROM runs GROUP BY status").fetchall())
    running = connection.execute("SELECT count(*) FROM executions WHERE status = 'running'").fetchone()
    started_late = connection.execute("SELECT count(*) FROM problems WHERE what = 'start-lost'").fetchone()
    connection.close()
    assert len({run for run, _ in acknowledged}) > 0.6 * KILLS
    assert acknowledged - recorded == set()
    assert verify(folder) == []
    assert set(states) == {"abandoned"}
    assert (running, started_late) == ((0,), (0,))
    assert [name for name in os.listdir(folder / places.SPOOL) if not name.startswith(".")] == []


FOUR = """
import sys, time
from pathlib import Path
from labjournal.journal import writer
until = time.monotonic() + float(sys.argv[2])
while time.monotonic() < until:
    writer.ingest(Path(sys.argv[1]), wait_s=float(sys.argv[3]), batch_bytes=3000)
"""

READER = """
import sys, time
from pathlib import Path
from labjournal.errors import JournalMissing
from labjournal.journal.reader import Journal
until = time.monotonic() + float(sys.argv[2])
seen = 0
while time.monotonic() < until:
    try:
        with Journal.open(Path(sys.argv[1])) as journal:
            now = journal.counts()["executions"]
            for run in journal.runs():
                journal.executions(run.run, newest_first=True, limit=5)
    except JournalMissing:
        continue
    assert now >= seen
    seen = now
"""


@pytest.mark.skipif(os.name != "posix", reason="kernels are ended by kill")
def test_p11_many_kernels_ingesters_and_readers_do_not_hurt_each_other(tmp_path: Path) -> None:
    folder = tmp_path / "journal"
    seconds = 2.0 * max(1, KILLS // 200)
    kernels = [start(folder, 1 + 1000 * number, 0.004) for number in range(4)]
    others = [
        subprocess.Popen([sys.executable, "-c", script, str(folder), str(seconds), wait], stderr=subprocess.PIPE, text=True)
        for script, wait in ((FOUR, "0"), (FOUR, "0.5"), (READER, ""), (READER, ""))
    ]
    complaints = [other.communicate()[1] for other in others]
    acknowledged = set().union(*map(end, kernels))
    writer.ingest(folder, wait_s=10)

    connection = sqlite3.connect(folder / places.DATABASE)
    recorded = set(connection.execute("SELECT run, n FROM executions"))
    connection.close()
    assert complaints == [""] * 4
    assert len(acknowledged) > 100
    assert acknowledged - recorded == set()
    assert verify(folder) == []


FULL = """
import os, resource, signal, sys
from pathlib import Path
from labjournal.errors import JournalUnavailable
from labjournal.journal import writer
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
limit = os.path.getsize(sys.argv[1] + "/journal.sqlite") + 20_000
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
for _ in range(3):
    try:
        writer.ingest(Path(sys.argv[1]))
    except JournalUnavailable as error:
        print(type(error).__name__)
"""


@pytest.mark.skipif(os.name != "posix", reason="a limit on file size is a matter of POSIX")
def test_p10_what_a_disk_does_not_take_waits_in_the_spool(tmp_path: Path) -> None:
    from tests.builders import JournalBuilder, stream

    builder = JournalBuilder(tmp_path / "journal")
    builder.run(alive=True).execution("before()")
    builder.save()
    for number in range(50):
        builder.runs[0].execution(f"during_{number}()", outputs=[stream(os.urandom(2000).hex())])

    answer = subprocess.run([sys.executable, "-c", FULL, str(builder.folder)], capture_output=True, text=True, check=True)

    assert answer.stdout == "JournalUnavailable\n" * 3
    with builder.open() as journal:
        assert journal.counts()["executions"] == 51
    builder.close()
    assert verify(builder.folder) == []


def fill(path: Path) -> None:
    """Takes what is left of a disk."""
    with path.open("wb", buffering=0) as rest:
        try:
            while True:
                rest.write(b"x" * 4096)
        except OSError:
            return


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can mount a small disk")
def test_p10_a_full_disk_is_survived_and_still_read(tmp_path: Path) -> None:
    from labjournal.errors import JournalUnavailable
    from labjournal.journal.reader import Journal
    from tests.builders import JournalBuilder, stream

    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(disk)], capture_output=True).returncode:
        pytest.skip("this machine does not let root mount")
    try:
        builder = JournalBuilder(disk / "journal")
        builder.run(alive=True).execution("before()")
        builder.save()
        for _ in range(40):
            builder.runs[0].execution("during()", outputs=[stream(os.urandom(8000).hex())])
        (disk / "ballast").write_bytes(b"x" * 1_500_000)
        fill(disk / "rest")
        with pytest.raises(JournalUnavailable, match=r"full|cannot be used"):
            writer.ingest(builder.folder)
        with Journal.open(builder.folder) as journal:
            assert journal.counts()["executions"] == 1
            assert journal.behind is not None
        os.unlink(disk / "ballast")
        os.unlink(disk / "rest")
        with builder.open() as journal:
            assert journal.counts()["executions"] == 41
        builder.close()
        assert verify(builder.folder) == []
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)
