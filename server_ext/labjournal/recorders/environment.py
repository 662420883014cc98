"""The environment of a run: interpreter, installed packages, hardware, a few variables; and which packages it really used.

Everything is looked up on the helper thread: names and versions when the kernel starts, what stands beside each distribution once a cell
was executed. Variables come from an allow-list: what is not on it is never read into a record, and what is on it is redacted all the same.
Equal environments have equal digests, so the journal keeps each once.
"""

from __future__ import annotations

import hashlib
import json
import locale
import os
import platform
import re
import sys
import time
from typing import Any, Iterable, Iterator, Mapping

from labjournal.events import EnvironmentSeen, Event, FacetSeen, PackageChanged, PackagesUsed, ProblemSeen
from labjournal.recorders import Context, Execution, Outcome, Recorder
from labjournal.recorders.distributions import Distributions, folders, installed, state
from labjournal.recorders.imported import Imported
from labjournal.recorders.python_source import words_of
from labjournal.recorders.secret_names import meaning

__all__ = ["EnvironmentRecorder", "allowed_variables", "environment_digest", "hardware", "place_and_time"]

_ALLOWED = frozenset(
    "PYTHONHASHSEED PYTHONOPTIMIZE PYTHONUTF8 PYTHONIOENCODING PYTHONPATH CUDA_VISIBLE_DEVICES CUDA_LAUNCH_BLOCKING CUDA_DEVICE_ORDER "
    "NVIDIA_VISIBLE_DEVICES CUBLAS_WORKSPACE_CONFIG ROCR_VISIBLE_DEVICES HIP_VISIBLE_DEVICES LANG LANGUAGE TZ CONDA_DEFAULT_ENV CONDA_PREFIX "
    "VIRTUAL_ENV MPLBACKEND TOKENIZERS_PARALLELISM SOURCE_DATE_EPOCH NUMBA_NUM_THREADS NUMBA_DISABLE_JIT NUMEXPR_NUM_THREADS "
    "NUMEXPR_MAX_THREADS POLARS_MAX_THREADS RAYON_NUM_THREADS LOKY_MAX_CPU_COUNT JOBLIB_START_METHOD KMP_AFFINITY KMP_BLOCKTIME "
    "TF_CPP_MIN_LOG_LEVEL TF_DETERMINISTIC_OPS TF_CUDNN_DETERMINISTIC TF_ENABLE_ONEDNN_OPTS TF_FORCE_GPU_ALLOW_GROWTH XLA_FLAGS "
    "XLA_PYTHON_CLIENT_PREALLOCATE JAX_ENABLE_X64 JAX_PLATFORMS JAX_PLATFORM_NAME JAX_DEFAULT_MATMUL_PRECISION PYTORCH_CUDA_ALLOC_CONF "
    "TORCH_ALLOW_TF32_CUBLAS_OVERRIDE NVIDIA_TF32_OVERRIDE NCCL_ALGO NCCL_PROTO NCCL_DEBUG PYTORCH_ENABLE_MPS_FALLBACK "
    "SLURM_JOB_ID SLURM_JOB_NAME SLURM_JOB_PARTITION SLURM_NTASKS SLURM_CPUS_PER_TASK SLURM_NNODES SLURM_NODELIST SLURM_PROCID".split()
)
_ALLOWED_FAMILIES = re.compile(r"(?:OMP|MKL|OPENBLAS|BLIS|VECLIB|GOTO)_[A-Z_]+$|LC_[A-Z]+$")
# Come with the kernel itself, some of them only when it shows a traceback or completes a word: used only if a cell imports them.
_OF_THE_KERNEL = frozenset(
    "appnope asttokens backcall comm debugpy decorator exceptiongroup executing ipykernel ipython ipython-pygments-lexers jedi jupyter-client "
    "jupyter-core labjournal matplotlib-inline nest-asyncio parso pexpect pickleshare platformdirs prompt-toolkit psutil ptyprocess pure-eval pygments pyzmq "
    "six stack-data tornado traitlets typing-extensions wcwidth".split()
)
_IMPORT = re.compile(
    r"""(?:^|[;:])[ \t]*(?:from[ \t]+(?P<module>[A-Za-z_]\w*)[\w.]*[ \t]+import[ \t]*(?P<of_it>\([^()]{1,4000}\)|[^#;\n]+)
    |import[ \t]+(?P<several>[^#;\n]+))""",
    re.MULTILINE | re.VERBOSE,
)
_ITEM = re.compile(r"(?P<name>[A-Za-z_][\w.]*)(?:\s+as\s+(?P<bound>[A-Za-z_]\w*))?")
_QUIET_S = 0.9
"""After the last beginning or end of a cell; the helper thread comes by a second after it, to take the spool in."""
_LONGEST_VALUE = 500


class EnvironmentRecorder(Recorder):
    """Yields EnvironmentSeen at the start of a run and when what is installed changed, PackagesUsed when something new is imported."""

    name = "environment"

    def __init__(self, context: Context, imported: Imported | None = None) -> None:
        self._context = context
        self._imported = Imported() if imported is None else imported
        self._names: dict[str, str] = {}
        """Name → top-level module, as import statements of earlier cells bound it."""
        self._loaded: dict[str, str] = {}
        """Distribution → version, when its modules were first used."""
        self._packages: dict[str, str] = {}
        self._state: object = None
        self._sha256 = ""
        self._distributions = Distributions()
        self._beside: Any = None
        self._moment = 0.0
        """When a cell began or ended last (monotonic); 0 before the first one."""
        self._whole = False
        """Everything was looked at, and not only names and versions."""
        self._brought = False
        self._libraries: object = None

    def run_started(self) -> Iterable[Event]:
        yield from self._environment(0)

    def execution_started(self, execution: Execution) -> None:
        self._moment = time.monotonic()

    def execution_ended(self, execution: Execution, outcome: Outcome) -> None:
        self._moment = time.monotonic()
        self._imported.ended(execution.n)

    def passed_by(self) -> None:
        self._imported.passed_by()

    def collect(self, execution: Execution) -> Iterable[Event]:
        source = execution.source[:200_000]
        bound = _bound_by_imports(source)
        named = {module for _, module in bound}
        if self._names:
            named.update(self._names[word] for word in self._names.keys() & set(words_of(source)))
        self._names.update(bound)
        came = {name.partition(".")[0] for name in self._imported.came_with(execution.n)}
        if came and not self._brought:
            from labjournal.recorders.libraries import BRING

            self._brought = not BRING.isdisjoint(came)
        if named or came:
            own = self._owners(named)
            along = self._owners(came - named) - _OF_THE_KERNEL - own
            if own or along:
                yield PackagesUsed(execution.run, execution.n, tuple(sorted(own | along)))
            if along:  # not by its own code, but with what that imports
                yield FacetSeen(execution.run, execution.n, "came_along", sorted(along))
        if self._sha256:
            yield from self._environment(execution.n)

    def late(self) -> Iterable[Event]:
        """The whole, once there is an execution whose environment it is, and a pause: it takes tens of milliseconds of the interpreter."""
        if self._moment and time.monotonic() - self._moment >= _QUIET_S:
            yield from self._beside_and_below()

    def _beside_and_below(self) -> Iterator[Event]:
        """Where distributions came from, and the libraries below them."""
        if self._moment and self._sha256 and not self._whole:
            yield from self._seen(0, folders(), self._packages, whole=True)
        if self._brought:
            from labjournal.recorders.libraries import loaded_libraries

            self._brought = False
            libraries = loaded_libraries()
            if libraries != self._libraries:
                self._libraries = libraries
                yield FacetSeen(self._context.run, 0, "libraries", libraries)

    def run_ended(self) -> Iterable[Event]:
        return self._beside_and_below()

    def forked(self) -> None:
        self._imported.forked()

    def _owners(self, modules: Iterable[str]) -> set[str]:
        """Distributions that the modules belong to. Which version is loaded is known from when they were first used."""
        owners = {owner for owner in map(self._distributions.owner, modules) if owner is not None}
        for name, version in owners:
            self._loaded.setdefault(name, version)
        return {name for name, _ in owners}

    def _changes(self, n: int, packages: dict[str, str]) -> Iterator[Event]:
        """Distributions that are others than when they were last looked at, tied to the execution after which that is noticed."""
        before, self._packages = self._packages, packages
        if not before:
            return
        for name in sorted(before.keys() | packages.keys()):
            was, now = before.get(name), packages.get(name)
            if was == now:
                continue
            loaded = was is not None and self._loaded.get(name) == was
            yield PackageChanged(self._context.run, n, name, was, now, loaded, time.time())
            if loaded:
                what = f"{name} {now} is installed now" if now else f"{name} was removed"
                yield ProblemSeen(
                    self._context.run, n, "package-changed",
                    f"{what}, but {name} {was} is loaded and runs until the kernel is restarted.", time.time(),
                )  # fmt: skip

    def _environment(self, n: int) -> Iterator[Event]:
        paths = folders()
        now = state(paths)
        if now == self._state:
            return
        self._state = now
        packages = installed(paths)
        yield from self._changes(n, packages)
        yield from self._seen(n, paths, packages, whole=n > 0)

    def _seen(self, n: int, paths: list[str], packages: dict[str, str], *, whole: bool) -> Iterator[Event]:
        facts: dict[str, Any] = {
            "python": platform.python_version(),
            "implementation": platform.python_implementation(),
            "executable": self._clean(sys.executable or ""),
            "platform": f"{platform.system()} {platform.release()} {platform.machine()}",
            "packages": packages,
            "hardware": hardware(),
            "variables": {name: self._clean(value) for name, value in allowed_variables(os.environ).items()},
            "facts": {name: value if type(value) is not str else self._clean(value) for name, value in place_and_time().items()},
        }
        if whole:
            from labjournal.recorders.distribution_facts import Beside, conda_packages  # not while a kernel starts

            self._whole = True
            self._beside = self._beside or Beside(self._clean_address)
            facts["distributions"] = self._beside.every(paths, packages)
            conda = conda_packages(sys.prefix)
            if conda is not None:
                facts["facts"]["conda"] = conda
        sha256 = environment_digest(facts)
        if sha256 != self._sha256:
            self._sha256 = sha256
            yield EnvironmentSeen(self._context.run, n, sha256, at=time.time(), **facts)

    def _clean_address(self, text: str) -> str:
        redactor = self._context.redactor
        return redactor.url(text) if "://" in text else redactor.text(text).text

    def _clean(self, text: str) -> str:
        return self._context.redactor.text(text[:_LONGEST_VALUE]).text


def _bound_by_imports(source: str) -> set[tuple[str, str]]:
    """(name that is bound, top-level module it is from) of import statements."""
    found = set()
    for match in _IMPORT.finditer(source):
        module, of_it, several = match.group("module", "of_it", "several")
        for item in _ITEM.finditer(of_it or several or ""):
            name, bound = item.group("name"), item.group("bound")
            found.add((bound or name.partition(".")[0], module or name.partition(".")[0]))
        if module:
            found.add((module, module))
    return found


def allowed_variables(environ: Mapping[str, str]) -> dict[str, str]:
    """The variables that may matter for a result and cannot hold a secret."""
    return {
        name: value
        for name, value in sorted(dict(environ).items())
        if type(value) is str and (name in _ALLOWED or _ALLOWED_FAMILIES.match(name)) and meaning(name) is None
    }


def environment_digest(facts: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical JSON of the facts."""
    return hashlib.sha256(json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii")).hexdigest()


def place_and_time() -> dict[str, Any]:
    """Locale and time zone, by which numbers and times are read and written; nothing is set to find out."""
    answer = {"encoding": sys.getfilesystemencoding()}
    for name, category in (("locale", locale.LC_CTYPE), ("locale_numbers", locale.LC_NUMERIC), ("locale_times", locale.LC_TIME)):
        try:
            answer[name] = locale.setlocale(category)
        except (locale.Error, ValueError) as problem:
            answer[name] = f"not available: {problem}"
    answer["time_zone"] = _time_zone()
    return answer


def _time_zone() -> str:
    """'Europe/Berlin' where the system says so, else the short names and the offset."""
    named = os.environ.get("TZ", "")
    if not named:
        try:
            named = os.path.realpath("/etc/localtime").partition("/zoneinfo/")[2]
        except OSError:
            named = ""
    if named:
        return named[:100]
    hours = -time.timezone / 3600
    return f"{'/'.join(dict.fromkeys(time.tzname))} (UTC{hours:+g})"


def hardware() -> dict[str, Any]:
    """Processor, cores, memory and graphics processors, as far as they are to be read without asking a program."""
    answer: dict[str, Any] = {"machine": platform.machine()}
    model = _processor()
    if model:
        answer["processor"] = model
    answer["cores"] = os.cpu_count() or 0
    if hasattr(os, "sched_getaffinity"):
        answer["cores_usable"] = len(os.sched_getaffinity(0))
    memory = _memory()
    if memory:
        answer["memory_bytes"] = memory
    gpus = list(_gpus())
    if gpus:
        answer["gpus"] = gpus
    driver = re.search(r"\b(\d{3,4}\.\d{1,4}(?:\.\d{1,4})?)\b", _head("/proc/driver/nvidia/version"))
    if driver:
        answer["gpu_driver"] = driver.group(1)
    return answer


def _processor() -> str:
    for line in _head("/proc/cpuinfo").splitlines():
        name, _, value = line.partition(":")
        if name.strip() in ("model name", "Model", "cpu model"):
            return value.strip()[:200]
    return ""


def _memory() -> int:
    try:
        return int(os.sysconf("SC_PHYS_PAGES")) * int(os.sysconf("SC_PAGE_SIZE"))
    except (AttributeError, ValueError, OSError):
        return 0


def _gpus() -> Iterator[str]:
    try:
        cards = sorted(os.listdir("/proc/driver/nvidia/gpus"))
    except OSError:
        return
    for card in cards[:64]:
        match = re.search(r"^Model:\s*(.+)$", _head(f"/proc/driver/nvidia/gpus/{card}/information"), re.MULTILINE)
        if match:
            yield match.group(1).strip()[:200]


def _head(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read(8192)
    except OSError:
        return ""
