"""`labjournal enable --user`: reaches kernels that neither the startup file of an environment nor the server does.

A small startup file is laid into the user's IPython profile; it loads the package from this installation, so every kernel of
this user, of whatever environment, is recorded. Only a file that we wrote is ever replaced or removed.
"""

from __future__ import annotations

import os
from pathlib import Path

from labjournal.errors import LabjournalError

__all__ = ["disable", "enable", "places"]

_FIRST_LINE = "# Written by `labjournal enable --user`; `labjournal disable --user` removes it."
_NAME = "50-labjournal.py"


def places() -> list[Path]:
    """Where a startup file of ours would stand, one per IPython profile that is used without being named."""
    folder = os.environ.get("IPYTHONDIR") or os.path.join(os.path.expanduser("~"), ".ipython")
    return [Path(folder) / "profile_default" / "startup" / _NAME]


def enable() -> list[Path]:
    """Lays the startup file; the paths where it stands now."""
    for path in places():
        _refuse_foreign(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        draft.write_text(_startup(), encoding="utf-8")
        os.replace(draft, path)
    return places()


def disable() -> list[Path]:
    """Removes the startup file; the paths where it stood."""
    gone = []
    for path in places():
        if os.path.lexists(path):
            _refuse_foreign(path)
            path.unlink()
            gone.append(path)
    return gone


def enabled() -> bool:
    """Whether the startup file stands everywhere it should."""
    return all(_is_ours(path) for path in places())


def _refuse_foreign(path: Path) -> None:
    if os.path.lexists(path) and not _is_ours(path):
        raise LabjournalError(f"{path} was not written by labjournal.", "Move it away, then try again.")


def _is_ours(path: Path) -> bool:
    try:
        return not path.is_symlink() and path.read_text(encoding="utf-8").startswith(_FIRST_LINE)
    except (OSError, UnicodeDecodeError):
        return False


def _startup() -> str:
    boot = Path(__file__).resolve().with_name("boot.py")
    return f"""{_FIRST_LINE}
def _labjournal_start(boot):
    import os
    try:
        if os.path.exists(boot) and getattr(get_ipython(), "kernel", None) is not None:
            startup = os.environ.get("PYTHONSTARTUP")
            with open(boot, "rb") as file:
                code = compile(file.read(), boot, "exec")
            exec(code, {{"__file__": boot, "__name__": "_labjournal_boot", "get_ipython": get_ipython}})
            if startup is not None:
                os.environ["PYTHONSTARTUP"] = startup
    except Exception:  # as in `boot`
        pass
_labjournal_start({str(boot)!r})
del _labjournal_start
"""
