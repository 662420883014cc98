"""Random numbers that nobody seeded, found in the code: the draw that stands nearest to a place, and where.

Each library has its own generator and its own seed; a seed for one says nothing about another. Only calls count, under the names by
which the code imported them: a text or a comment that speaks of `random` draws nothing.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass

from labjournal.journal.rows import Execution
from labjournal.records.effects import parsed

__all__ = ["unseeded"]

_PYTHON = frozenset(
    "random randint randrange choice choices shuffle sample uniform gauss normalvariate betavariate expovariate triangular getrandbits randbytes".split()
)
_TORCH = frozenset(
    "rand randn randint randperm normal bernoulli multinomial rand_like randn_like Linear Conv1d Conv2d LSTM GRU Embedding DataLoader".split()
)
_TAKES_STATE = re.compile(
    r"(?:train_test_split|shuffle|resample|StratifiedShuffleSplit|ShuffleSplit|make_\w+|permutation_importance|RandomizedSearchCV|TSNE|UMAP|"
    r"NMF|FastICA|LatentDirichletAllocation|IsolationForest|BaggingClassifier|BaggingRegressor|"
    r"(?:Random|Extra|Gradient|HistGradient|Decision|MLP|SGD|MiniBatch|KMeans|GaussianMixture|Perceptron|Ada|XGB|LGBM)\w*)"
)
_DETERMINED = re.compile(r"make_(?:column|pipeline|union|scorer)\w*|SGDOptimizer")
_SEEDS = {
    "random.seed": "python",
    "numpy.random.seed": "numpy",
    "torch.manual_seed": "torch",
    "tensorflow.random.set_seed": "tensorflow",
}
_SEED_ALL = frozenset(("set_random_seed", "seed_everything", "set_seed", "fix_all_seeds", "seed_all"))
_WORDS = re.compile(r"(?:random_state|seed)$")


@dataclass(frozen=True)
class _Draw:
    family: str
    text: str


def unseeded(executions: Sequence[Execution], drawing: Container[int] | None = None) -> str | None:
    """'`np.random.rand(…)`, execution 3': the last draw in these executions whose generator none of them seeds; None without one.

    Only draws of the executions `drawing` count, where that is given.
    """
    aliases: dict[str, str] = {}
    seeded: set[str] = set()
    draws: list[tuple[int, _Draw]] = []
    for execution in executions:
        tree = parsed(execution.source)
        if tree is None:
            continue
        aliases |= dict(_imports(tree))
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            name = _full_name(call.func, aliases)
            seeded |= _seeds(name)
            draw = _draw(call, name)
            if draw is not None and (drawing is None or execution.n in drawing):
                draws.append((execution.n, draw))
    for n, draw in reversed(draws):
        if draw.family not in seeded:
            return f"`{draw.text}`, execution {n}"
    return None


def _imports(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.asname or alias.name.split(".")[0], alias.name if alias.asname else alias.name.split(".")[0]
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def _full_name(node: ast.expr, aliases: dict[str, str]) -> str:
    """The dotted name that is called; what stands behind a call or a subscript begins with '?'."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    parts.append(aliases.get(node.id, node.id) if isinstance(node, ast.Name) else "?")
    return ".".join(reversed(parts))


def _seeds(name: str) -> set[str]:
    if name.rpartition(".")[2] in _SEED_ALL and name not in _SEEDS:
        return {"python", "numpy", "torch", "tensorflow"}
    return {_SEEDS[name]} if name in _SEEDS else set()


def _draw(call: ast.Call, name: str) -> _Draw | None:
    family = _family(call, name)
    return (
        None if family is None else _Draw(family, f"{ast.unparse(call.func)}({'…' if call.args or call.keywords else ''})"[:80])
    )


def _family(call: ast.Call, name: str) -> str | None:
    """Whose generator the call draws from; None where it draws nothing, or says with which seed."""
    module, _, last = name.rpartition(".")
    if name.startswith("numpy.random."):
        if last in ("default_rng", "RandomState", "SeedSequence"):
            return None if _has(call.args) or call.keywords else "nobody"
        return None if last in ("seed", "Generator", "get_state", "set_state", "PCG64", "MT19937") else "numpy"
    if module == "random" and last in _PYTHON:
        return "python"
    if name in ("random.Random", "random.SystemRandom"):
        return None if _has(call.args) else "nobody"
    if name.startswith("torch.") and last in _TORCH:
        return "torch"
    if name.startswith(("tensorflow.random.", "keras.layers.", "tensorflow.keras.layers.")):
        return None if last == "set_seed" else "tensorflow"
    if name in ("uuid.uuid4", "uuid.uuid1", "os.urandom") or module == "secrets":
        return "nobody"
    takes = (last == "sample" and module not in ("random", "")) or (
        _TAKES_STATE.fullmatch(last) and not _DETERMINED.fullmatch(last)
    )
    return "numpy" if takes and not _states(call.keywords) else None


def _has(arguments: Iterable[ast.expr]) -> bool:
    return any(not (isinstance(argument, ast.Constant) and argument.value is None) for argument in arguments)


def _states(keywords: Iterable[ast.keyword]) -> bool:
    """Whether a generator or seed is handed over; `**options` may hold one."""
    return any(keyword.arg is None or (_WORDS.search(keyword.arg) and _has([keyword.value])) for keyword in keywords)
