"""JSON schemas of the answers, read off their types, so that what is documented is what is answered.

`docs/answers/*.schema.json` are written from here (`python -m labjournal.cli.manual`) and checked by a test.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
import types
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict

__all__ = ["schema"]

_PLAIN = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null"}


def schema(answer: type, title: str) -> dict[str, Any]:
    """The JSON schema (draft 2020-12) of a TypedDict; keys that are not named are allowed."""
    definitions: dict[str, Any] = {}
    own = _object(answer, definitions)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title, **own} | (
        {"$defs": dict(sorted(definitions.items()))} if definitions else {}
    )


def _object(answer: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    said = _docs(answer)
    properties = {}
    for name, kind in get_type_hints(answer).items():
        properties[name] = _kind(kind, definitions) | ({"description": said[name]} if name in said else {})
    own = {"description": said[""]} if "" in said else {}
    return own | {"type": "object", "required": sorted(answer.__required_keys__), "properties": properties}


def _kind(kind: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    origin, parts = get_origin(kind), get_args(kind)
    if kind is Any:
        return {}
    if is_typeddict(kind):
        if kind.__name__ not in definitions:
            definitions[kind.__name__] = {}
            definitions[kind.__name__] = _object(kind, definitions)
        return {"$ref": f"#/$defs/{kind.__name__}"}
    if origin is list:
        return {"type": "array", "items": _kind(parts[0], definitions)}
    if origin is dict:
        return {"type": "object", "additionalProperties": _kind(parts[1], definitions)}
    if origin is Literal:
        return {"enum": list(parts)}
    if origin in (Union, types.UnionType):
        return _either([_kind(part, definitions) for part in parts])
    return {"type": _PLAIN[kind]}


def _either(kinds: list[dict[str, Any]]) -> dict[str, Any]:
    """One of several; plain types are written as a list, an integer is a number anyway."""
    if all(set(kind) == {"type"} and isinstance(kind["type"], str) for kind in kinds):
        names = [kind["type"] for kind in kinds]
        return {"type": [name for name in names if not (name == "integer" and "number" in names)]}
    kept = [kind for kind in kinds if not (kind == {"type": "integer"} and {"type": "number"} in kinds)]
    return {"anyOf": kept}


def _docs(answer: type) -> dict[str, str]:
    """What the source says about the answer ('') and its keys: the docstring, and the texts below the keys."""
    (body,) = ast.parse(textwrap.dedent(inspect.getsource(answer))).body
    if not isinstance(body, ast.ClassDef):
        return {}
    bases = [base for base in getattr(answer, "__orig_bases__", ()) if is_typeddict(base)]
    said = {key: text for base in bases for key, text in _docs(base).items()}
    said |= {"": text} if (text := ast.get_docstring(body)) else {}
    for line, below in zip(body.body, body.body[1:], strict=False):
        if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name) and isinstance(below, ast.Expr):
            said[line.target.id] = inspect.cleandoc(str(getattr(below.value, "value", "")))
    return said
