"""The lock of the writer, and the sign of life of a kernel: both end with their process, and with nothing else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from labjournal.journal.locks import Alive, FileLock

HOLD = """
import sys, time
from pathlib import Path
from labjournal.journal.locks import Alive, FileLock
lock = FileLock(Path(sys.argv[1]))
alive = Alive()
print(lock.acquire(), alive.hold(Path(sys.argv[2])), flush=True)
time.sleep(60)
"""


def test_one_holder_at_a_time(tmp_path: Path) -> None:
    first, second = FileLock(tmp_path / "lock"), FileLock(tmp_path / "lock")
    assert first.acquire()
    assert not second.acquire()
    assert not first.acquire()
    first.release()
    assert second.acquire(wait_s=1.0)
    second.release()
    second.release()


def test_who_waits_gets_it_when_it_is_free(tmp_path: Path) -> None:
    first, second = FileLock(tmp_path / "lock"), FileLock(tmp_path / "lock")
    assert first.acquire()
    threading.Timer(0.05, first.release).start()
    assert second.acquire(wait_s=5.0)
    second.release()


def test_a_wait_ends(tmp_path: Path) -> None:
    first = FileLock(tmp_path / "lock")
    assert first.acquire()
    begun = time.monotonic()
    assert not FileLock(tmp_path / "lock").acquire(wait_s=0.1)
    assert 0.1 <= time.monotonic() - begun
    first.release()


def test_no_folder_for_the_lock_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        FileLock(tmp_path / "nothing" / "lock").acquire()


def test_both_end_with_a_kill(tmp_path: Path) -> None:
    other = subprocess.Popen(
        [sys.executable, "-c", HOLD, tmp_path / "lock", tmp_path / "x.alive"], stdout=subprocess.PIPE, text=True
    )
    assert other.stdout is not None
    assert other.stdout.readline() == "True True\n"
    assert not FileLock(tmp_path / "lock").acquire()
    assert not Alive.is_dead(tmp_path / "x.alive")

    other.send_signal(signal.SIGKILL)
    other.wait()
    other.stdout.close()

    lock = FileLock(tmp_path / "lock")
    assert lock.acquire()
    lock.release()
    assert Alive.is_dead(tmp_path / "x.alive")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_p12_a_fork_child_that_outlives_its_parent_keeps_nothing(tmp_path: Path) -> None:
    script = HOLD.replace("time.sleep(60)", "import os\nif os.fork(): os._exit(0)\nprint('child', flush=True)\ntime.sleep(60)")
    other = subprocess.Popen(
        [sys.executable, "-c", script, tmp_path / "lock", tmp_path / "x.alive"], stdout=subprocess.PIPE, text=True
    )
    assert other.stdout is not None
    assert other.stdout.readline() == "True True\n"
    assert other.wait(10) == 0
    try:
        lock = FileLock(tmp_path / "lock")
        assert lock.acquire(wait_s=5.0)
        lock.release()
        assert Alive.is_dead(tmp_path / "x.alive")
    finally:
        grandchildren = subprocess.run(["pgrep", "-f", str(tmp_path / "lock")], capture_output=True, text=True).stdout.split()
        for pid in grandchildren:
            os.kill(int(pid), signal.SIGKILL)
        other.stdout.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_p12_a_fork_child_frees_nothing_of_its_parent(tmp_path: Path) -> None:
    lock, alive = FileLock(tmp_path / "lock"), Alive()
    assert lock.acquire()
    assert alive.hold(tmp_path / "x.alive")
    child = os.fork()
    if not child:
        lock.release()
        alive.release()
        os._exit(int(Alive.is_dead(tmp_path / "x.alive")))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert not FileLock(tmp_path / "lock").acquire()
    check = f"from pathlib import Path; from labjournal.journal.locks import Alive; raise SystemExit(Alive.is_dead(Path({str(tmp_path / 'x.alive')!r})))"
    assert subprocess.run([sys.executable, "-c", check]).returncode == 0
    alive.release()
    lock.release()


def test_asking_does_not_free_ones_own_sign_of_life(tmp_path: Path) -> None:
    """A second open and close in the owner would drop a POSIX record lock."""
    alive = Alive()
    assert alive.hold(tmp_path / "x.alive")
    assert not Alive.is_dead(tmp_path / "x.alive")
    check = f"from pathlib import Path; from labjournal.journal.locks import Alive; raise SystemExit(Alive.is_dead(Path({str(tmp_path / 'x.alive')!r})))"
    assert subprocess.run([sys.executable, "-c", check]).returncode == 0
    alive.release()
    assert Alive.is_dead(tmp_path / "x.alive")
    assert Alive.is_dead(tmp_path / "never.alive")


def test_a_run_taken_up_again_replaces_the_sign(tmp_path: Path) -> None:
    first, second = Alive(), Alive()
    assert first.hold(tmp_path / "x.alive")
    first.release()
    assert second.hold(tmp_path / "x.alive")
    assert not Alive.is_dead(tmp_path / "x.alive")
    second.release()
    assert os.listdir(tmp_path) == ["x.alive"]
