"""A replay writes only inside its workspace, whatever the code tries: proven by a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from labjournal.replay.executing import guard

TRIES = """
import os, shutil, subprocess, sys
sys.path.insert(0, {folder!r})
import guard
{before}
print(guard.protect([{allowed!r}]))
def refused(act):
    try:
        act()
    except PermissionError:
        return True
    return False
outside, allowed = {outside!r}, {allowed!r}
assert refused(lambda: open(outside, "w")), "open for writing"
assert refused(lambda: open(outside, "a")), "open for appending"
assert refused(lambda: os.remove(outside)), "remove"
assert refused(lambda: os.rename(outside, outside + "2")), "rename"
assert refused(lambda: os.mkdir(outside + "dir")), "mkdir"
assert refused(lambda: os.truncate(outside, 0)), "truncate"
assert open(outside).read() == "mine", "reading stays free"
os.makedirs(os.path.join(allowed, "a", "b"))
with open(os.path.join(allowed, "a", "b", "c"), "w") as file:
    file.write("x")
os.rename(os.path.join(allowed, "a"), os.path.join(allowed, "d"))
open(os.devnull, "w").close()
{after}
"""


def run(tmp_path: Path, before: str = "", after: str = "") -> str:
    outside, allowed = tmp_path / "mine.txt", tmp_path / "allowed"
    outside.write_text("mine")
    allowed.mkdir()
    folder = str(Path(guard.__file__).parent)
    code = TRIES.format(folder=folder, allowed=str(allowed), outside=str(outside), before=before, after=after)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert outside.read_text() == "mine"
    return done.stdout.strip()


def test_the_audit_hook_keeps_python_code_inside(tmp_path: Path) -> None:
    assert run(tmp_path, before="guard._landlock = lambda folders: False") == "audit"


@pytest.mark.skipif(sys.platform != "linux", reason="Landlock is Linux's")
def test_landlock_keeps_children_inside_too(tmp_path: Path) -> None:
    child = "assert subprocess.run(['sh', '-c', 'echo theirs > ' + outside], stderr=subprocess.DEVNULL).returncode != 0"
    if run(tmp_path, after="") != "landlock":
        pytest.skip("this kernel has no Landlock")
    again = tmp_path / "again"
    again.mkdir()
    assert run(again, after=child) == "landlock"
