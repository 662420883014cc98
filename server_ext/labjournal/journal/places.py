"""Where the journal stands, and what has to be true of that folder before anything is written there.

    default_journal()   $LABJOURNAL_PATH, else the user's data folder; on a network file system a folder on a local disk instead
    prepare(folder)     makes it private: folders 0700, files 0600, whatever the umask; refuses a symlink or somebody else's folder

SQLite relies on locks and shared memory that network file systems do not keep, so no journal is made on one: the default place
moves to a local disk by itself, a place that a person named is refused with a sentence. A type that is not known here counts as
doubtful: the default avoids it, a named place is used without WAL. Standard library only, Python 3.8: lives in the user's kernel.
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import stat
import sys
import tempfile
from pathlib import Path
from typing import Mapping, Optional, Tuple

from labjournal.errors import JournalUnavailable, LabjournalError

__all__ = [
    "BLOBS",
    "DATABASE",
    "SPOOL",
    "default_journal",
    "free_space_low",
    "hindrance",
    "is_paused",
    "network_file_system",
    "open_private",
    "prepare",
    "private_file",
    "private_folder",
    "secret_key",
    "set_paused",
    "user_folder",
]

DATABASE = "journal.sqlite"
BLOBS = "blobs"
SPOOL = "spool"
KEY = "key"
PAUSED = "paused"

RESERVE_BYTES = 500 * 1000 * 1000
RESERVE_SHARE = 0.05

_POSIX = os.name == "posix"
_MOUNTS = "/proc/self/mountinfo"

_LOCAL = frozenset(
    "ext2 ext3 ext4 xfs btrfs zfs f2fs jfs reiserfs bcachefs nilfs2 tmpfs ramfs rootfs overlay overlayfs aufs ecryptfs squashfs erofs "
    "iso9660 udf apfs hfs ufs ffs ntfs ntfs3 fuseblk vfat msdos exfat".split()
)
_NETWORK = frozenset(
    "nfs nfs3 nfs4 cifs smb smb2 smb3 smbfs afpfs webdav davfs lustre ceph glusterfs afs gpfs mmfs beegfs pvfs2 orangefs ocfs2 gfs gfs2 "
    "coda ncpfs 9p vboxsf prl_fs fuse.sshfs fuse.s3fs fuse.rclone fuse.gcsfuse fuse.goofys fuse.glusterfs fuse.ceph fuse.ceph-fuse "
    "fuse.davfs fuse.juicefs fuse.lustre remote".split()
)


def default_journal(environ: Optional[Mapping[str, str]] = None) -> Path:
    """The folder of the journal that is meant when nobody names one."""
    environ = os.environ if environ is None else environ
    named = environ.get("LABJOURNAL_PATH", "")
    if named:
        return journal_folder(named)
    place = user_folder(environ)
    return _on_a_local_disk() or place if network_file_system(place) else place


def journal_folder(path: str | os.PathLike[str]) -> Path:
    """The absolute folder that a path to a journal, or to the SQLite file in it, means."""
    folder = Path(os.path.abspath(os.path.expanduser(os.fspath(path))))
    return folder.parent if folder.name == DATABASE else folder


def user_folder(environ: Optional[Mapping[str, str]] = None) -> Path:
    """The per-user place, whatever file system it lies on."""
    environ = os.environ if environ is None else environ
    home = Path(os.path.expanduser("~"))
    if sys.platform == "win32":
        return Path(environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / "labjournal"
    if sys.platform == "darwin":
        return home / "Library" / "Application Support" / "labjournal"
    data = environ.get("XDG_DATA_HOME", "")
    return (Path(data) if os.path.isabs(data) else home / ".local" / "share") / "labjournal"


def prepare(folder: Path) -> None:
    """Makes the folder with what belongs in it, private to the user; raises where that cannot be."""
    kind = network_file_system(folder)
    if kind in _NETWORK:
        raise JournalUnavailable(
            f"{folder} lies on a network file system ({kind}), where a journal would be damaged.",
            "Set LABJOURNAL_PATH to a folder on a local disk.",
        )
    _own(folder)
    for inner in (folder / BLOBS, folder / SPOOL):
        private_folder(inner)
    secret_key(folder)


def private_folder(folder: Path) -> None:
    """Makes a folder 0700; refuses a symlink, a file, or what belongs to somebody else."""
    try:
        _make(folder)
    except FileExistsError:
        pass
    found = os.lstat(str(folder))
    _refuse_what_is_not_ours(folder, found)
    if _POSIX and stat.S_IMODE(found.st_mode) != 0o700:
        os.chmod(str(folder), 0o700)


def private_file(path: Path) -> None:
    """Makes the file, empty and 0600, where there is none; takes rights of others away where there is one.

    A file that is there is not opened: closing it would drop every lock that SQLite holds on it in this process
    (https://www.sqlite.org/howtocorrupt.html, 2.2), and another process would then take the database for unused.
    """
    try:
        os.close(open_private(str(path), os.O_RDWR | os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        found = os.lstat(str(path))
        if not stat.S_ISREG(found.st_mode):
            raise OSError(errno.ELOOP, "not an ordinary file", str(path)) from None
        if _POSIX and (found.st_mode & 0o177 or not found.st_mode & 0o600):
            os.chmod(str(path), 0o600)


def open_private(path: str, flags: int) -> int:
    """A descriptor of a file that is 0600 where this makes it, also under an umask that takes rights from its owner: SQLite gives its
    side files the mode of the database, and to one without any the usual one, which others may read."""
    descriptor = os.open(path, flags | getattr(os, "O_CLOEXEC", 0), 0o600)
    try:
        if _POSIX and stat.S_IMODE(os.fstat(descriptor).st_mode) & 0o700 != 0o600:
            os.fchmod(descriptor, 0o600)
    except OSError:  # somebody else's file: whoever wants to use it will see
        pass
    return descriptor


def secret_key(folder: Path) -> bytes:
    """32 random bytes that never leave this journal; made at the first call."""
    path = folder / KEY
    try:
        key = path.read_bytes()
    except FileNotFoundError:
        key = b""
    return key if len(key) == 32 else _make_key(path)


def is_paused(folder: Path) -> bool:
    """Whether the user has paused recording."""
    return os.path.lexists(str(folder / PAUSED))


def set_paused(folder: Path, on: bool) -> None:
    """Pauses recording for every kernel that writes to this journal, or lets it go on."""
    if on:
        prepare(folder)
        private_file(folder / PAUSED)
    else:
        try:
            os.unlink(str(folder / PAUSED))
        except FileNotFoundError:
            pass


def free_space_low(folder: Path) -> bool:
    """Whether only the reserve is left on the disk: 500 MB, or 5 % of a small one."""
    try:
        usage = shutil.disk_usage(str(_nearest(folder)))
    except OSError:
        return False
    return usage.free < min(RESERVE_BYTES, usage.total * RESERVE_SHARE)


def hindrance(folder: Path) -> Optional[Tuple[str, str]]:
    """(why, what to do) where no journal can be made in the folder, None where nothing stands in the way. Cells go on all the same."""
    kind = network_file_system(folder)
    if is_refused(kind):
        return f"it lies on a network file system ({kind})", "Set LABJOURNAL_PATH to a folder on a local disk."
    if free_space_low(folder):
        return "its disk is full", "Make room: labjournal leaves the last 500 MB (5 % of a small disk) alone."
    if not os.access(str(_nearest(folder)), os.W_OK | os.X_OK):
        return "nothing can be written there", "Make the folder writable, or set LABJOURNAL_PATH to one that is."
    return None


def network_file_system(folder: Path) -> str:
    """The type of the file system if SQLite should not be trusted to it ('nfs4', 'fuse.sshfs', …), '' where it is local."""
    place = os.path.realpath(str(_nearest(folder)))
    if sys.platform == "win32":
        return _windows_type(place)
    kind = _darwin_type(place) if sys.platform == "darwin" else _mounted_type(place)
    return "" if kind in _LOCAL else kind


def is_refused(kind: str) -> bool:
    """Whether no journal is made on a file system of this type, even where a person names it."""
    return kind in _NETWORK


def _own(folder: Path) -> None:
    """The journal's folder itself. One that already holds other things keeps its mode: it is the user's, not ours to close."""
    try:
        found = os.lstat(str(folder))
    except FileNotFoundError:
        private_folder(folder)
        return
    _refuse_what_is_not_ours(folder, found)
    names = os.listdir(str(folder))
    if not names or DATABASE in names or SPOOL in names:
        private_folder(folder)
    elif _POSIX and found.st_mode & 0o022:
        raise LabjournalError(
            f"{folder} holds other things and others may write there.",
            "Set LABJOURNAL_PATH to a folder of its own for the journal.",
        )


def _make(folder: Path) -> None:
    """The folder and those above it, each 0700 where it was not there: `os.makedirs` leaves the upper ones to the umask."""
    if not os.path.isdir(str(folder.parent)):
        try:
            _make(folder.parent)
        except FileExistsError:
            pass
    os.mkdir(str(folder), 0o700)
    if _POSIX and stat.S_IMODE(os.lstat(str(folder)).st_mode) & 0o700 != 0o700:
        os.chmod(str(folder), 0o700)


def _refuse_what_is_not_ours(folder: Path, found: os.stat_result) -> None:
    if stat.S_ISLNK(found.st_mode):
        raise LabjournalError(f"{folder} is a symbolic link.", "Set LABJOURNAL_PATH to the folder it points to.")
    if not stat.S_ISDIR(found.st_mode):
        raise LabjournalError(f"{folder} is not a folder.", "Set LABJOURNAL_PATH to a folder for the journal.")
    if _POSIX and found.st_uid != os.geteuid():
        raise LabjournalError(f"{folder} belongs to another user.", "Set LABJOURNAL_PATH to a folder of your own.")


def _make_key(path: Path) -> bytes:
    """Writes the key beside and links it in, so that two processes that start together agree on one."""
    draft = path.with_name(f".{KEY}-{os.getpid()}-{secrets.token_hex(4)}")
    descriptor = open_private(str(draft), os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    try:
        try:
            os.write(descriptor, secrets.token_bytes(32))
        finally:
            os.close(descriptor)
        if not os.path.lexists(str(path)) and hasattr(os, "link"):
            os.link(str(draft), str(path))
        elif os.path.getsize(str(path)) != 32:
            os.replace(str(draft), str(path))
    except FileExistsError:
        pass
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK):
            raise
        os.replace(str(draft), str(path))  # a file system without hard links
    finally:
        if os.path.lexists(str(draft)):
            os.unlink(str(draft))
    return path.read_bytes()


def _on_a_local_disk() -> Optional[Path]:
    """A folder of this user's own on this machine, for homes that lie on a network."""
    user = str(os.geteuid()) if _POSIX else "user"
    for parent in ("/var/tmp", tempfile.gettempdir(), "/dev/shm"):
        if os.path.isdir(parent) and os.access(parent, os.W_OK) and not network_file_system(Path(parent)):
            return Path(parent) / f"labjournal-{user}"
    return None


def _nearest(folder: Path) -> Path:
    """The folder, or the nearest one above it that exists."""
    place = folder
    while not os.path.exists(str(place)) and place != place.parent:
        place = place.parent
    return place


def _mounted_type(place: str) -> str:
    """Type of the mount that holds a real path; 'unknown' where the system does not say."""
    best: Tuple[int, str] = (-1, "unknown")
    try:
        with open(_MOUNTS, encoding="utf-8", errors="surrogateescape") as mounts:
            lines = mounts.readlines()
    except OSError:
        return best[1]
    for line in lines:
        fields, _, tail = line.partition(" - ")
        where = fields.split(" ")[4].replace("\\040", " ").replace("\\011", "\t").replace("\\012", "\n").replace("\\134", "\\")
        inside = place == where or place.startswith(where.rstrip("/") + "/")
        if inside and len(where) >= best[0]:  # a later mount on the same point covers the earlier one
            best = (len(where), tail.split(" ", 1)[0])
    return best[1]


def _darwin_type(place: str) -> str:
    import ctypes  # only here: the one call that tells the type

    buffer = ctypes.create_string_buffer(4096)
    system = ctypes.CDLL(None)
    statfs = getattr(system, "statfs$INODE64", None) or system.statfs
    if statfs(os.fsencode(place), buffer) != 0:
        return "unknown"
    return buffer.raw[72:88].split(b"\0", 1)[0].decode("ascii", "replace")


def _windows_type(place: str) -> str:
    import ctypes

    drive = os.path.splitdrive(place)[0]
    if drive.startswith("\\\\"):
        return "remote"
    remote = 4
    return "remote" if ctypes.windll.kernel32.GetDriveTypeW(drive + "\\") == remote else ""  # type: ignore[attr-defined, unused-ignore]
