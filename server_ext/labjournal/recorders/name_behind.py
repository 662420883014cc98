"""The name that tells what the value of an expression measures, where no metric function does: behind what only rounds, averages or relates it.

history["loss"][-1]            loss                res.pearson_chi2 / res.df_resid        pearson_chi2
losses.sum(axis=1).mean()      losses              after.deviance - before.deviance       deviance_difference
100 * best_acc                 best_acc            running_loss / len(loader)             running_loss
"""

from __future__ import annotations

import ast

from labjournal.recorders.measures import WRAPPERS, is_module, last_name
from labjournal.recorders.metric_names import meaning_of, telling

__all__ = ["name_behind"]

_METHODS = frozenset("mean sum item round max min median tolist numpy detach cpu squeeze to_numpy".split())
"""Of arrays: what they return is still of the same measure."""
_FUNCTIONS = WRAPPERS | frozenset("mean median max min nanmean average amax amin squeeze fsum".split())


def name_behind(node: ast.expr | None) -> str:
    """The name, attribute or key, without the underscores around it; '' where several or none would do."""
    while isinstance(node, (ast.Call, ast.UnaryOp)):
        inner = node.operand if isinstance(node, ast.UnaryOp) else _argument(node)
        if inner is None:
            return ""
        node = inner
    if isinstance(node, ast.BinOp):
        return _related(node)
    if isinstance(node, ast.Subscript):
        if last_name(node):
            return last_name(node)
        return "" if isinstance(node.slice, ast.Slice) else name_behind(node.value)
    return last_name(node).strip("_") if isinstance(node, (ast.Name, ast.Attribute)) else ""


def _argument(call: ast.Call) -> ast.expr | None:
    """What a call only rounds, averages or turns into a number."""
    function = last_name(call.func)
    if isinstance(call.func, ast.Attribute) and not is_module(call.func.value):
        return call.func.value if function in _METHODS else None
    return call.args[0] if function in _FUNCTIONS and call.args else None


def _related(node: ast.BinOp) -> str:
    if isinstance(node.left, ast.Constant):  # what is taken from one is something else
        return "" if isinstance(node.op, ast.Sub) else name_behind(node.right)
    left = name_behind(node.left)
    if isinstance(node.right, ast.Constant) or isinstance(node.op, ast.Div):
        return left
    right = name_behind(node.right)
    if isinstance(node.op, ast.Sub):
        alike = meaning_of(left) if left else None
        return f"{left}_difference" if alike is not None and alike == meaning_of(right) else ""
    if isinstance(node.op, (ast.Add, ast.Mult)):
        known = [name for name in (left, right) if name and telling(name)]
        if len(known) == 1 and isinstance(node.op, ast.Add) and left and right:
            return ""  # a bound of it: `acc + margin`
        return known[0] if len(known) == 1 or (len(known) == 2 and known[0] == known[1]) else ""
    return left if isinstance(node.op, ast.Pow) else ""
