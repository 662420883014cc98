"""Which cells do nothing that takes time but fit one model: then the time of the cell is that of the fitting."""

from __future__ import annotations

import ast
from typing import List, Set

from labjournal.recorders.measures import last_name

__all__ = ["only_fits"]

_QUICK = frozenset("make_pipeline make_column_transformer ravel to_numpy reshape dict list tuple set_params".split())
"""Calls beside a fit that take no time worth telling."""


def only_fits(body: List[ast.stmt]) -> str:
    """The name of what these statements fit, where they call nothing else but constructors."""
    fits: List[str] = []
    quick: Set[int] = set()
    for statement in body:
        if not isinstance(statement, (ast.Assign, ast.AnnAssign, ast.Expr)):
            return ""
        for node in ast.walk(statement):
            if isinstance(node, (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.Lambda, ast.Await)):
                return ""
            if not isinstance(node, ast.Call) or id(node) in quick:
                continue
            name = last_name(node.func)
            if name in ("fit", "fit_predict", "fit_transform") and isinstance(node.func, ast.Attribute):
                receiver = node.func.value
                if isinstance(receiver, ast.Call):
                    quick.add(id(receiver))
                target = statement.targets[0] if isinstance(statement, ast.Assign) else None
                held = _name_of(receiver) or (target.id if isinstance(target, ast.Name) else "")
                fits.append(held)
            elif not (name[:1].isupper() or name in _QUICK):
                return ""
    return fits[0] if len(fits) == 1 else ""


def _name_of(node: ast.expr) -> str:
    """The name that an expression like `models['a'].b` begins with."""
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""
