"""Which kernel a replay gets: the interpreter that recorded, behind `guard`, recording itself, with folders of its own.

It may write to its workspace, to the journal and to the caches of libraries only. IPython's own folder is a copy: `%cd` and `%store`
write to it, and must neither fail nor change what is the user's. Variables that decide what is computed (the seed
of hashes, numbers of threads) are as recorded; others are the caller's, because a record must not choose what a process loads.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sys
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labjournal.journal.rows import Environment, Run

__all__ = ["Launch", "interpreter_for", "launch"]

_HERE = Path(__file__).resolve().parent
_GUARD = _HERE / "guard.py"
_BOOT = _HERE.parents[1] / "kernel" / "boot.py"
_CACHES = (".cache", ".matplotlib", ".keras", ".config/matplotlib", "Library/Caches")
_OWN_FOLDERS = {"MPLCONFIGDIR": ".config/matplotlib", "XDG_CACHE_HOME": ".cache"}
"""Variables that name a folder which a kernel writes to, and where it lies below the home folder without them."""
_OF_INSTALLERS = frozenset("uv pip pipx pypoetry pdm poetry conda rattler pre-commit virtualenv labjournal".split())
_IPYTHON_LEFT = frozenset(("history.sqlite", "history.sqlite-journal", "log", "pid", "security", "__pycache__"))
"""Of IPython's folder, what a replay has no use for."""
_IPYTHON_FILES, _IPYTHON_BYTES = 500, 1 << 20
_DECIDES = re.compile(
    r"PYTHONHASHSEED|(?:OMP|MKL|OPENBLAS|BLIS|NUMBA|NUMEXPR)_NUM_THREADS|CUBLAS_WORKSPACE_CONFIG|TF_DETERMINISTIC_OPS|JAX_ENABLE_X64"
)
_HARMLESS = re.compile(r"[\w:.,-]{1,40}")


@dataclass(frozen=True)
class Launch:
    """How the kernel is started; `id` names it in the journal."""

    argv: list[str]
    environ: dict[str, str]
    connection_file: Path
    problems: tuple[str, ...]

    @property
    def id(self) -> str:
        return self.connection_file.stem.removeprefix("kernel-")

    def manager(self) -> Any:
        """A manager that starts this kernel and knows no other."""
        from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
        from jupyter_client.manager import KernelManager

        argv = self.argv

        class OneKernel(KernelSpecManager):
            def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
                return KernelSpec(argv=argv, name=kernel_name, language="python", display_name="replay")

        return KernelManager(kernel_spec_manager=OneKernel(), kernel_name="python3", connection_file=str(self.connection_file))


def launch(
    run: Run,
    environment: Environment | None,
    *,
    journal: Path,
    root: Path,
    address: str,
    from_elsewhere: bool = False,
    interpreter: str = "",
    modules: Sequence[Path] = (),
) -> Launch:
    """The kernel for a replay of `address` in the workspace `root`, with an `interpreter` that was made for it, or one that is here.

    What was recorded elsewhere does not choose which program is started: only interpreters of kernels known here are. `modules` are
    folders in which modules are looked for first.
    """
    from jupyter_core.paths import jupyter_runtime_dir

    # Named as a Jupyter Server names it: the name is the kernel's id, by which its run is found in the journal.
    connection_file = Path(jupyter_runtime_dir(), f"kernel-{uuid.uuid4()}.json")
    connection_file.parent.mkdir(parents=True, exist_ok=True)
    problems: list[str] = []
    if not interpreter:
        interpreter, problems = interpreter_for(run, from_elsewhere=from_elsewhere)
    may_write = [str(folder) for folder in (root, journal, connection_file.parent, *_caches()) if folder.is_dir()]
    # In memory, because what a replay executes is not what its user typed.
    options = ["-f", "{connection_file}", "--HistoryManager.hist_file=:memory:"]
    argv = [interpreter, str(_GUARD), "--may-write", *may_write, "--", *options]
    environ = _environ(run, environment, journal, root, address)
    if modules:
        environ["PYTHONPATH"] = os.pathsep.join([*map(str, modules), *filter(None, [environ.get("PYTHONPATH", "")])])
    return Launch(argv, environ, connection_file, tuple(problems))


def interpreter_for(run: Run, *, from_elsewhere: bool) -> tuple[str, list[str]]:
    """The interpreter to start, of those known here where the record is `from_elsewhere`, and what has to be said about the choice."""
    known = _known() if from_elsewhere else None
    recorded = run.executable
    if not recorded:
        return sys.executable, []
    if _is_program(recorded) and (known is None or recorded in known):
        return recorded, []
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    missing = f"The interpreter that recorded ({recorded}) is not {'here' if known is None else 'one of those known here'}"
    try:
        spec = KernelSpecManager().get_kernel_spec(run.kernel or "python3")
        interpreter = spec.argv[0]
        if spec.language.lower() == "python" and _is_program(interpreter):
            return interpreter, [f"{missing}; the kernel '{run.kernel or 'python3'}' was used ({interpreter})."]
    except (NoSuchKernel, ValueError, IndexError):
        pass
    return sys.executable, [f"{missing}; {sys.executable} was used."]


def _is_program(path: str) -> bool:
    return os.path.isabs(path) and os.path.isfile(path) and os.access(path, os.X_OK)


def _known() -> set[str]:
    """Interpreters that a person on this machine has made known."""
    from jupyter_client.kernelspec import KernelSpecManager

    specs = KernelSpecManager().get_all_specs().values()
    return {sys.executable} | {spec["spec"]["argv"][0] for spec in specs if spec["spec"].get("argv")}


def _caches() -> Iterator[Path]:
    """The caches of libraries. What installers keep among them, some of it linked into every environment, is not a kernel's to write."""
    for folder in [
        *(Path.home() / cache for cache in _CACHES),
        *(Path(os.environ[name]) for name in _OWN_FOLDERS if os.environ.get(name)),
    ]:
        if not any((folder / name).exists() for name in _OF_INSTALLERS):
            yield folder
            continue
        with contextlib.suppress(OSError):
            yield from (each for each in sorted(folder.iterdir()) if each.name not in _OF_INSTALLERS and not each.is_symlink())


def _environ(run: Run, environment: Environment | None, journal: Path, root: Path, address: str) -> dict[str, str]:
    answer = {name: value for name, value in os.environ.items() if not name.startswith(("JPY_", "PAPERMILL_"))}
    answer.pop("LABJOURNAL_DISABLE", None)
    answer |= _deciding(environment.variables if environment else {})
    chosen = answer.get("PYTHONSTARTUP")
    if chosen and chosen != str(_BOOT):
        answer["LABJOURNAL_PYTHONSTARTUP"] = chosen
    temporary = str(root / "tmp")
    answer.update(
        PYTHONSTARTUP=str(_BOOT),
        LABJOURNAL_PATH=str(journal),
        LABJOURNAL_REPLAY_OF=address,
        LABJOURNAL_CLIENT="replay",
        TMPDIR=temporary,
        TEMP=temporary,
        TMP=temporary,
    )
    for name, usual in _OWN_FOLDERS.items():
        # A kernel would make it, in the user's home; a replay gives it one that goes away.
        if not Path(answer.get(name) or Path.home() / usual).is_dir():
            (root / "own" / name.lower()).mkdir(parents=True, exist_ok=True)
            answer[name] = str(root / "own" / name.lower())
    own = root / "own" / "ipython"
    _copy_ipython(Path(answer.get("IPYTHONDIR") or Path.home() / ".ipython"), own)
    answer["IPYTHONDIR"] = str(own)
    if run.notebook:
        answer["LABJOURNAL_NOTEBOOK"] = run.notebook
    return answer


def _copy_ipython(source: Path, target: Path) -> None:
    """Profiles with their settings, startup files and what `%store` keeps, as far as it is small."""
    target.mkdir(parents=True, exist_ok=True)
    for number, path in enumerate(_ipython_files(source)):
        if number >= _IPYTHON_FILES:
            return
        copied = target / path.relative_to(source)
        try:
            if path.is_file() and path.stat().st_size <= _IPYTHON_BYTES:
                copied.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, copied)
        except OSError:  # a profile that cannot be read is one the kernel could not have read either
            continue


def _ipython_files(source: Path) -> Iterator[Path]:
    for top, folders, files in os.walk(source):
        folders[:] = sorted(name for name in folders if name not in _IPYTHON_LEFT)
        yield from (Path(top, name) for name in sorted(files) if name not in _IPYTHON_LEFT)


def _deciding(variables: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in variables.items() if _DECIDES.fullmatch(name) and _HARMLESS.fullmatch(value)}
