"""Where the journal stands, that it is private there, and that it is never made where SQLite is not safe."""

from __future__ import annotations

import errno
import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from labjournal.errors import JournalUnavailable, LabjournalError
from labjournal.journal import places, writer
from labjournal.journal.blobs import Blobs
from tests.builders import JournalBuilder, figure

posix = pytest.mark.skipif(os.name != "posix", reason="modes are a matter of POSIX")
root = pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can give files away")


def mounts(tmp_path: Path, *lines: tuple[str, str]) -> str:
    """A table of mounts as Linux shows it."""
    table = tmp_path / "mountinfo"
    table.write_text("".join(f"36 35 98:0 / {where} rw,noatime master:1 - {kind} source rw\n" for where, kind in lines))
    return str(table)


def test_the_path_named_in_the_environment_comes_first(tmp_path: Path) -> None:
    assert places.default_journal({"LABJOURNAL_PATH": str(tmp_path / "mine")}) == tmp_path / "mine"
    assert places.default_journal({"LABJOURNAL_PATH": str(tmp_path / "mine" / "journal.sqlite")}) == tmp_path / "mine"
    assert places.default_journal({"LABJOURNAL_PATH": "~/mine"}) == Path.home() / "mine"


@pytest.mark.skipif(sys.platform != "linux", reason="the places of Linux")
def test_else_the_users_data_folder(tmp_path: Path) -> None:
    assert places.user_folder({"XDG_DATA_HOME": str(tmp_path)}) == tmp_path / "labjournal"
    assert places.user_folder({"XDG_DATA_HOME": "relative/is/ignored"}) == Path.home() / ".local/share/labjournal"
    assert places.user_folder({}) == Path.home() / ".local/share/labjournal"


@posix
@pytest.mark.parametrize("umask", [0, 0o777])
def test_p15_everything_is_private_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        builder = JournalBuilder(tmp_path / "deep" / "er" / "journal")
        builder.run(alive=True).execution("x", outputs=[figure()])
        with builder.open() as journal:
            places.set_paused(builder.folder, True)
            found = {
                str(path.relative_to(tmp_path)): stat.S_IMODE(path.stat().st_mode)
                for path in [*tmp_path.rglob("*"), builder.folder]
                if path.suffix != ".spool"  # the builder's own
            }
            assert journal.counts()["executions"] == 1
        builder.close()
    finally:
        os.umask(before)

    kinds = {name: 0o700 if (tmp_path / name).is_dir() else 0o600 for name in found}
    assert {"deep/er/journal/journal.sqlite-wal", "deep/er/journal/key", "deep/er/journal/spool/r001.alive"} <= set(found)
    assert found == kinds


@posix
def test_what_others_could_read_is_closed(tmp_path: Path) -> None:
    builder = JournalBuilder(tmp_path / "journal")
    builder.run().execution("x")
    builder.save()
    for path in [builder.folder, *builder.folder.rglob("*")]:
        path.chmod(0o777 if path.is_dir() else 0o666)
    builder.run().execution("y")
    builder.save()

    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (builder.folder, builder.folder / "journal.sqlite")}
    assert modes == {"journal": 0o700, "journal.sqlite": 0o600}


def test_a_symbolic_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "journal").symlink_to(tmp_path / "real")
    with pytest.raises(LabjournalError, match="symbolic link"):
        places.prepare(tmp_path / "journal")
    assert os.listdir(tmp_path / "real") == []


@pytest.mark.parametrize("inner", ["spool", "blobs"])
def test_a_symbolic_link_inside_is_refused(tmp_path: Path, inner: str) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "journal").mkdir()
    (tmp_path / "journal" / inner).symlink_to(tmp_path / "real")
    with pytest.raises(LabjournalError, match="symbolic link"):
        places.prepare(tmp_path / "journal")


def test_a_journal_file_that_is_a_symbolic_link_is_refused(tmp_path: Path) -> None:
    builder = JournalBuilder(tmp_path / "journal")
    builder.run().execution("x")
    (tmp_path / "elsewhere").write_bytes(b"")
    (builder.folder / "journal.sqlite").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(JournalUnavailable):
        writer.ingest(builder.folder)
    assert (tmp_path / "elsewhere").read_bytes() == b""


@root
def test_p15_somebody_elses_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "journal").mkdir()
    os.chown(tmp_path / "journal", 65534, 65534)
    with pytest.raises(LabjournalError, match="belongs to another user"):
        places.prepare(tmp_path / "journal")


def test_a_file_where_the_folder_should_be_is_said(tmp_path: Path) -> None:
    (tmp_path / "journal").write_text("a file")
    with pytest.raises(LabjournalError, match="is not a folder"):
        places.prepare(tmp_path / "journal")


@posix
def test_a_folder_that_holds_other_things_keeps_its_mode_and_must_not_be_open_to_others(tmp_path: Path) -> None:
    shared = tmp_path / "project"
    shared.mkdir()
    (shared / "analysis.ipynb").write_text("{}")
    shared.chmod(0o755)
    places.prepare(shared)
    assert stat.S_IMODE(shared.stat().st_mode) == 0o755

    open_to_all = tmp_path / "open"
    open_to_all.mkdir()
    (open_to_all / "x").write_text("x")
    open_to_all.chmod(0o777)
    with pytest.raises(LabjournalError, match="others may write there"):
        places.prepare(open_to_all)


def test_the_key_is_made_once_and_the_same_for_all(tmp_path: Path) -> None:
    folder = tmp_path / "journal"
    script = "import sys; from pathlib import Path; from labjournal.journal import places; p = Path(sys.argv[1]); places.prepare(p); print(places.secret_key(p).hex())"
    started = [subprocess.Popen([sys.executable, "-c", script, str(folder)], stdout=subprocess.PIPE, text=True) for _ in range(4)]
    keys = {process.communicate()[0].strip() for process in started}

    assert len(keys) == 1
    assert re.fullmatch("[0-9a-f]{64}", keys.pop())
    assert sorted(os.listdir(folder)) == ["blobs", "key", "spool"]


def test_recording_is_paused_and_resumed(tmp_path: Path) -> None:
    folder = tmp_path / "journal"
    assert not places.is_paused(folder)
    places.set_paused(folder, False)
    places.set_paused(folder, True)
    places.set_paused(folder, True)
    assert places.is_paused(folder)
    places.set_paused(folder, False)
    assert not places.is_paused(folder)


@pytest.mark.skipif(sys.platform != "linux", reason="/proc/self/mountinfo")
@pytest.mark.parametrize("kind", ["nfs", "nfs4", "cifs", "smb3", "lustre", "fuse.sshfs", "9p", "ceph", "beegfs", "afs", "gpfs"])
def test_p14_no_journal_is_made_on_a_network_file_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.setattr(places, "_MOUNTS", mounts(tmp_path, ("/", "ext4"), (str(tmp_path / "home"), kind)))
    folder = tmp_path / "home" / "ada" / "journal"
    (tmp_path / "home").mkdir()

    assert places.network_file_system(folder) == kind
    with pytest.raises(JournalUnavailable, match=rf"network file system \({kind}\)"):
        places.prepare(folder)
    with pytest.raises(JournalUnavailable):
        writer.ingest(folder)
    assert os.listdir(tmp_path / "home") == []


@pytest.mark.skipif(sys.platform != "linux", reason="/proc/self/mountinfo")
@pytest.mark.parametrize("kind", ["nfs4", "fuse.somethingnew", "holofs"])
def test_p14_the_default_place_moves_to_a_local_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setattr(places, "_MOUNTS", mounts(tmp_path, ("/", "ext4"), (str(home), kind)))

    assert places.default_journal({"XDG_DATA_HOME": str(home)}) == Path(f"/var/tmp/labjournal-{os.geteuid()}")
    assert places.default_journal({"XDG_DATA_HOME": str(tmp_path)}) == tmp_path / "labjournal"


@pytest.mark.skipif(sys.platform != "linux", reason="/proc/self/mountinfo")
def test_the_innermost_and_the_latest_mount_decides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = str(tmp_path / "a b")
    os.mkdir(inner)
    table = mounts(
        tmp_path, ("/", "nfs4"), (inner.replace(" ", "\\040"), "nfs4"), (inner.replace(" ", "\\040"), "ext4"), ("/tmpx", "9p")
    )
    monkeypatch.setattr(places, "_MOUNTS", table)
    assert places.network_file_system(tmp_path / "a b" / "journal") == ""
    assert places.network_file_system(tmp_path / "other") == "nfs4"


@pytest.mark.skipif(sys.platform != "linux", reason="/proc/self/mountinfo")
def test_a_system_that_does_not_tell_is_doubtful_but_usable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "_MOUNTS", str(tmp_path / "nothing"))
    assert places.network_file_system(tmp_path) == "unknown"
    places.prepare(tmp_path / "journal")


def test_p9_the_reserve_of_the_disk_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    builder = JournalBuilder(tmp_path / "journal")
    monkeypatch.setattr("shutil.disk_usage", lambda path: type("Usage", (), {"total": 10**12, "used": 0, "free": 499 * 10**6})())
    assert places.free_space_low(builder.folder)
    with pytest.raises(OSError, match="reserve"):
        Blobs(builder.folder).put(b"a picture")
    monkeypatch.setattr("shutil.disk_usage", lambda path: type("Usage", (), {"total": 10**9, "used": 0, "free": 60 * 10**6})())
    assert not places.free_space_low(builder.folder)


def test_a_key_that_could_not_be_written_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("labjournal.journal.places.os.write", full)
    with pytest.raises(OSError, match="No space"):
        places.prepare(tmp_path / "journal")

    assert ["blobs", "spool"] == sorted(path.name for path in (tmp_path / "journal").iterdir())
