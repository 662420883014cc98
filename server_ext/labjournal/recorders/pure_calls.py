"""Which calls leave the object before their dot, and what they are given, as they were: judged by name, cautiously.

A wrong entry here would leave an execution out of a recipe, a missing one only takes one too many in.
"""

from __future__ import annotations

import ast
from typing import Mapping

from labjournal.recorders.scopes import root

__all__ = ["OPAQUE_CALLS", "purity"]

OPAQUE_CALLS = frozenset("eval exec execfile globals locals vars __import__ get_ipython".split())
# Calls that leave what they are given as it was.
_PURE = frozenset(
    "abs all any ascii bin bool bytes callable chr complex dict dir divmod enumerate filter float format frozenset getattr hasattr hash "
    "hex id int isinstance issubclass iter len list map max memoryview min oct ord pow print range repr reversed round set slice sorted "
    "str sum super tuple type zip display deepcopy copy open Path DataFrame Series train_test_split clone cross_val_score accuracy_score "
    "f1_score precision_score recall_score roc_auc_score mean_squared_error mean_absolute_error r2_score confusion_matrix "
    "classification_report log_loss pprint tqdm trange Counter".split()
)
_PURE_MODULES = frozenset("json math matplotlib numpy os pandas pprint re scipy seaborn statistics string textwrap time".split())
_CHANGES_ARGUMENTS = frozenset(
    "at copyto fill_diagonal put putmask place shuffle insort insort_left insort_right heapify heappush heappop".split()
)
_PURE_METHODS = frozenset(
    "abs agg aggregate all any apply assign astype corr count cov cummax cummin cumprod cumsum copy count describe diff dot drop "
    "drop_duplicates dropna dtypes duplicated encode endswith eq explode fillna filter find flatten format get ge groupby gt head hist idxmax "
    "idxmin index info isin isna isnull items iterrows itertuples join keys kurt le lower lstrip lt map mask max mean median melt memory_usage "
    "merge min mode nlargest notna notnull nsmallest nunique pct_change pipe pivot pivot_table plot predict predict_proba prod quantile query "
    "rank ravel rename replace reset_index reshape resample rolling round rsplit rstrip sample score select_dtypes set_index shift show skew "
    "sort_index sort_values split splitlines squeeze stack startswith std strftime strip sum summary tail title to_csv to_dict to_excel "
    "to_frame to_json to_list to_numpy to_parquet to_pickle to_string tolist transpose transform unique unstack upper value_counts values var "
    "where write_text xs zfill".split()
)
_LEAVES_ARGUMENTS = _PURE_METHODS | frozenset(
    "fit fit_transform fit_predict append extend add update insert plot scatter bar barh hist imshow boxplot savefig set_title write writerow "
    "writerows isin set legend text annotate dump dumps loads".split()
)


def purity(node: ast.Call, modules: Mapping[str, str]) -> tuple[bool, bool]:
    """Whether the call leaves the object before its dot, and its arguments, as they were."""
    function = node.func
    if isinstance(function, ast.Name):
        return True, function.id in _PURE
    if not isinstance(function, ast.Attribute):
        return True, False
    named = root(function.value)
    module = modules.get(named.id) if named is not None else None
    if module is not None:
        given_a_place = any(keyword.arg == "out" for keyword in node.keywords)
        pure = module.partition(".")[0] in _PURE_MODULES and function.attr not in _CHANGES_ARGUMENTS and not given_a_place
        return True, pure or function.attr in _PURE
    in_place = any(keyword.arg in ("inplace", "out") for keyword in node.keywords)
    return function.attr in _PURE_METHODS and not in_place, function.attr in _LEAVES_ARGUMENTS
