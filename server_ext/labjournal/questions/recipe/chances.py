"""Random numbers in the text of a cell: from which generators of the whole process it draws, and which it seeds.

Generators that are objects (`rng = np.random.default_rng(0)`) are names like others. What is drawn by a library that was not told a
seed is drawn from the generators of numpy, as far as is known; from which generators unknown code draws is not known, so from all.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

__all__ = ["ALL", "drawn", "imported_names", "is_told", "seeded"]

ALL = frozenset(("python", "numpy", "torch", "tensorflow"))
_NONE: frozenset[str] = frozenset()
_OBJECTS = frozenset(
    "default_rng RandomState Generator SeedSequence PCG64 MT19937 Philox SFC64 BitGenerator get_state seed set_state Random SystemRandom getstate setstate".split()
)
_SEEDS = {
    "random.seed": frozenset(("python",)),
    "random.setstate": frozenset(("python",)),
    "numpy.random.seed": frozenset(("numpy",)),
    "numpy.random.set_state": frozenset(("numpy",)),
    "torch.manual_seed": frozenset(("torch",)),
    "tensorflow.random.set_seed": frozenset(("tensorflow",)),
}
_SEEDS_ALL = frozenset(("set_random_seed", "seed_everything", "fix_all_seeds", "seed_all", "set_seed"))
_TORCH = re.compile(
    r"rand\w*|normal\w*|bernoulli|multinomial|Linear|Conv\w*|LSTM|GRU|RNN|Embedding|DataLoader|random_split|Dropout\w*|uniform_|normal_|\w+_uniform_"
)
_DRAWS = re.compile(
    r"rand(?:n|int|om|perm|\w*_like|range|bytes|om_sample)?|shuffle|sample|permutation|choices?|permuted|train_test_split|resample|make_(?!pipeline|column|union|scorer)\w+"
    r"|\w*Shuffle\w*|(?:Random|Extra|Gradient|HistGradient|MLP|SGD|MiniBatch|KMeans|GaussianMixture|IsolationForest|Bagging|TSNE|UMAP|Ada)\w*"
    r"|cross_val_\w+|cross_validate|permutation_importance|fit|fit_transform|fit_predict|uniform|gauss|normalvariate|rvs|bootstrap"
)
_STATE = re.compile(r"random_state|seed|rng|generator|random|np_random")


def imported_names(nodes: Iterable[ast.AST]) -> Iterator[tuple[str, str]]:
    """(name, what it is called in full) for everything that import statements bind, of all nodes of a tree."""
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield (alias.asname, alias.name) if alias.asname else (alias.name.split(".")[0],) * 2
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((alias.asname or alias.name, f"{node.module}.{alias.name}") for alias in node.names)


@lru_cache(maxsize=8192)
def drawn(full: str, told: bool) -> frozenset[str]:
    """The generators that a call may draw from, by what is called in full; `told`: the call says where its chance comes from."""
    last = full.rpartition(".")[2]
    if full.startswith("numpy.random."):
        return _NONE if last in _OBJECTS else frozenset(("numpy",))
    if full.startswith("random."):
        return _NONE if last in _OBJECTS else frozenset(("python",))
    if full.startswith("torch."):
        return frozenset(("torch",)) if _TORCH.fullmatch(last) else _NONE
    if full.startswith(("tensorflow.", "keras.")):
        return _NONE if last in _SEEDS_ALL else ALL
    if not _DRAWS.fullmatch(last) or told:
        return _NONE
    if full.startswith(".") and last not in ("sample", "rvs") and not last.startswith("fit"):
        return _NONE  # an object draws from itself
    return (
        frozenset(("numpy",))
        if last in ("sample", "rvs") or full.startswith(("sklearn.", "scipy.")) or last.startswith("fit")
        else ALL
    )


def seeded(full: str) -> frozenset[str]:
    """The generators that the call sets anew."""
    return _SEEDS.get(full) or (ALL if full.rpartition(".")[2] in _SEEDS_ALL else _NONE)


def is_told(call: ast.Call) -> bool:
    """Whether the call is told where its chance comes from."""
    return any(
        word.arg is not None
        and _STATE.fullmatch(word.arg)
        and not (isinstance(word.value, ast.Constant) and word.value.value is None)
        for word in call.keywords
    )
