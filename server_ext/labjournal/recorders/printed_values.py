"""Numbers that a cell's own `print` calls put on the screen, known by what the calls say: `print("Accuracy", accuracy_score(y, p))`.

Each call is turned into a pattern of the lines it writes; where a line fits, its numbers get the name that stands before them in the text,
or that of the function or variable they come from. A line of which that can be told is left to nobody else (`metrics.printed_metrics`).
"""

from __future__ import annotations

import ast
import re
from typing import Dict, Iterable, Iterator, List, NamedTuple, Pattern, Set, Tuple

from labjournal.recorders.cell_results import CellResults, is_text, measure_by_name
from labjournal.recorders.measures import measure_of
from labjournal.recorders.metric_names import OF_CANDIDATES, SURE, UNSURE, is_setting, meaning_of, measured, telling, words
from labjournal.recorders.name_behind import name_behind

__all__ = ["Said", "Template", "said", "templates"]

_NUMBER = r"[ ]*([-+]?(?:\d[\d,]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|nan)([ ]?%)?[ ]*"
_BARE = re.compile(_NUMBER)
_TEXT = r"[ ]*(\S(?:.{0,60}?\S)?)[ ]*?"
_OUT_OF = re.compile(r"^[ ]*(?:/|(?:out )?of\b)[ ]*\d+\b(?!\.\d)", re.IGNORECASE)
_MOST_TEXTS = 2
_FEW_WORDS, _SEVERAL_WORDS, _MOST_WORDS = 4, 6, 14
"""Of a text that is a name, of one that holds one, and of one that may hold one where the value is known to be a measure."""
_FILLING = frozenset("of for the on in at is was with a an and by".split())
_MOST_NUMBERS = 8
_LONGEST_LINE = 300
_LONGEST_BESIDE = 60
_LONGEST_WHERE = 120
_MOST_LINES = 3000
_MOST_TEMPLATES = 100
_DIRECTIVE = re.compile(r"%[-+ #0]*\d*(?:\.\d+)?[sdfgeEi]|%%")
_FIELD = re.compile(r"\{[^{}]*\}")
_SEPARATORS = " \t:=-–—>|,;.([{→~≈"
_SPACE = re.compile(r"\s+")
_COUNTERS = frozenset("epoch ep e step it iter iteration i t round generation episode".split())
"""Names of loops whose numbers are steps; those of others say of what a result is."""


class _Value(NamedTuple):
    """A place where a value is printed."""

    node: ast.expr | None
    percent: bool = False


class Template(NamedTuple):
    """The lines that one call of `print` writes."""

    pattern: Pattern[str]
    names: Tuple[str, ...]
    """Of each number, '' where it is none that counts."""
    labels: Tuple[int, ...]
    """Of each number, which text on the line, by its group, says what it is of; -1 for none."""
    stepped: Tuple[bool, ...]
    """Whether that text, where it is a whole number, is a step: of a loop, or further ahead than right before the number."""
    wheres: Tuple[str, ...]
    known: Tuple[bool, ...]
    """Of each number, whether it is that of a name which the cell binds, and stands there more exactly."""
    groups: Tuple[int, ...]
    sure: Tuple[float, ...]
    deferred: bool
    arguments: Tuple[str, ...] = ()
    """Of each number, the last name that the call is given which it comes from."""
    beside: Tuple[str, ...] = ()
    """Of each number, the plain text before it where that is not what names it: `Ridge` of `print("Ridge:", r2_score(y, p))`."""

    @property
    def is_bare(self) -> bool:
        """Whether a number alone stands on the line."""
        return self.pattern.pattern == _BARE.pattern


class Said(NamedTuple):
    """A number on the screen, and where."""

    name: str
    value: float
    unit: str
    confidence: float
    where: str
    line: int
    known: bool
    step: int | None = None


def templates(cell: CellResults) -> List[Template]:
    """Patterns of what the cell prints that a metric stands in."""
    found: List[Template] = []
    for call, deferred in cell.prints[:_MOST_TEMPLATES]:
        for pieces in _lines_of(cell, call):
            template = _template(cell, pieces, deferred)
            if template is not None:
                found.append(template)
    return _told_apart(found)


def _told_apart(found: List[Template]) -> List[Template]:
    """What several calls of one cell print under one name is called by the text before it too."""
    texts: Dict[str, Set[str]] = {}
    for template in found:
        for name, beside in zip(template.names, template.beside):
            texts.setdefault(name, set()).add(beside)
    given: Dict[str, Set[str]] = {}
    for template in found:
        if template.is_bare and not template.deferred:
            for name, argument in zip(template.names, template.arguments):
                given.setdefault(name, set()).add(argument)
    answer = []
    for template in found:
        if template.is_bare and not template.deferred and len(given.get(template.names[0], ())) > 1 and template.arguments[0]:
            answer.append(template._replace(names=(f"{template.names[0]}.{template.arguments[0]}",)))
            continue
        names = tuple(
            f"{name}.{beside}" if name and beside and len(texts[name]) > 1 else name
            for name, beside in zip(template.names, template.beside)
        )
        answer.append(template._replace(names=names))
    return answer


def said(patterns: Iterable[Template], lines: List[str]) -> List[Said]:
    """The numbers of all lines that fit, in the order of the lines."""
    bare = [template for template in patterns if template.is_bare and not template.deferred]
    speaking = [template for template in patterns if not template.is_bare]
    answer: List[Said] = []
    numbers: List[Tuple[int, Tuple[str | None, ...]]] = []
    for at, line in enumerate(lines[:_MOST_LINES] if bare or speaking else ()):
        if len(line) > _LONGEST_LINE or not line.strip():
            continue
        for template in speaking:
            match = template.pattern.fullmatch(line)
            if match is not None:
                answer += _read(template, match.groups(), at)
                break
        else:
            match = _BARE.fullmatch(line) if bare else None
            if match is not None:
                numbers.append((at, match.groups()))
    answer += _in_order(bare, numbers)
    return sorted(answer, key=lambda each: each.line)


def _in_order(bare: List[Template], numbers: List[Tuple[int, Tuple[str | None, ...]]]) -> Iterator[Said]:
    """Numbers that stand alone on their lines are told apart by their order, where there are as many as calls; else nothing is sure."""
    named = [template for template in bare if any(template.names)]
    for calls in (bare, named):
        if len(calls) == len(numbers):
            for template, (at, groups) in zip(calls, numbers):
                yield from _read(template, groups, at)
            return
    if len(bare) == 1:  # in a loop
        for at, groups in numbers:
            yield from _read(bare[0], groups, at)
        return
    for template in named:
        for at, groups in numbers:
            for each in _read(template, groups, at):
                yield each._replace(confidence=UNSURE)


def _read(template: Template, groups: Tuple[str | None, ...], line: int) -> List[Said]:
    answer = []
    for name, label, stepped, where, known, group, sure in zip(
        template.names, template.labels, template.stepped, template.wheres, template.known, template.groups, template.sure
    ):
        text = groups[group]
        if not name or text is None:
            continue
        called, step, of = name, None, groups[label] if label >= 0 else None
        if of and stepped and of.isdigit() and len(of) < 10:
            step = int(of)
        elif of:
            called = f"{name}.{_SPACE.sub(' ', of).strip(_SEPARATORS)}"
        whole = text.lstrip("+-").isdigit()
        unit = "%" if groups[group + 1] else ""
        answer.append(
            Said(called, float(text.replace(",", "")), unit, UNSURE if whole and not unit else sure, where, line, known, step)
        )
    return answer


def _lines_of(cell: CellResults, call: ast.Call) -> List[List[str | _Value]]:
    """The pieces of each line: texts and values."""
    separator = " "
    pieces: List[str | _Value] = []
    for word in call.keywords:
        if word.arg == "sep" and isinstance(word.value, ast.Constant) and type(word.value.value) is str:
            separator = word.value.value
    for at, argument in enumerate(call.args):
        if at:
            pieces.append(separator)
        pieces += _pieces(cell.texts.get(argument.id, argument) if isinstance(argument, ast.Name) else argument)
    lines: List[List[str | _Value]] = [[]]
    for piece in pieces:
        if isinstance(piece, _Value):
            lines[-1].append(piece)
            continue
        first, *more = piece.split("\n")
        lines[-1].append(first)
        lines += [[text] for text in more]
    return [line for line in lines if any(isinstance(piece, _Value) for piece in line)]


def _pieces(node: ast.expr) -> List[str | _Value]:
    if isinstance(node, ast.Constant):
        return [str(node.value)]
    if isinstance(node, ast.JoinedStr):
        pieces: List[str | _Value] = []
        for each in node.values:
            if isinstance(each, ast.FormattedValue):
                spec = each.format_spec
                text = (
                    "".join(str(part.value) for part in spec.values if isinstance(part, ast.Constant))
                    if isinstance(spec, ast.JoinedStr)
                    else ""
                )
                pieces.append(_Value(each.value, text.endswith("%")))
            elif isinstance(each, ast.Constant):
                pieces.append(str(each.value))
        return pieces
    if (
        isinstance(node, ast.BinOp)
        and isinstance(node.op, ast.Mod)
        and isinstance(node.left, ast.Constant)
        and type(node.left.value) is str
    ):
        values = list(node.right.elts) if isinstance(node.right, ast.Tuple) else [node.right]
        return _filled(node.left.value, _DIRECTIVE, values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add) and is_text(node):
        return [*_pieces(node.left), *_pieces(node.right)]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "str" and len(node.args) == 1:
        return [_Value(node.args[0])]
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "format"
        and isinstance(node.func.value, ast.Constant)
        and type(node.func.value.value) is str
    ):
        return _filled(node.func.value.value, _FIELD, list(node.args))
    return [_Value(node)]


def _filled(text: str, place: Pattern[str], values: List[ast.expr]) -> List[str | _Value]:
    pieces: List[str | _Value] = []
    end = 0
    for match in place.finditer(text):
        pieces.append(text[end : match.start()])
        end = match.end()
        if match.group() == "%%":
            pieces.append("%")
        else:
            pieces.append(_Value(values.pop(0) if values else None, match.group().endswith("%}")))
    return [*pieces, text[end:]]


def _template(cell: CellResults, pieces: List[str | _Value], deferred: bool) -> Template | None:
    pattern, text, groups, texts, label, looped, counted = "", "", 0, 0, -1, False, False
    carried, spoken = "", False
    names, labels, stepped, wheres, known, places, sure, arguments, beside = [], [], [], [], [], [], [], [], []
    for at, piece in enumerate(pieces):
        if isinstance(piece, str):
            pattern += (
                r"\s*".join(re.escape(part) for part in re.split(r"\s+", piece)) if piece.strip() else r"\s+" if piece else ""
            )
            text = carried + piece if carried and not piece.strip(_SEPARATORS) else text + piece
            carried = ""
            continue
        name, certain = _name(cell, piece, text)
        if not name and text and label >= 0 and not text.strip(_SEPARATORS):
            name, certain = "", 0.0
        of_the_next = bool(name) and _stands_for(cell, pieces, at)
        if (name or _is_number(piece, text)) and not of_the_next:
            pattern += _NUMBER
            names.append(name)
            near = bool(name) and (not text.strip(_SEPARATORS) or spoken)
            label_text = _label(text)
            aside = len(words(label_text)) > _FEW_WORDS or not telling(label_text)
            beside.append(label_text if name and len(label_text) <= _LONGEST_BESIDE and aside else "")
            labels.append(label if near or looped else -1)
            stepped.append(counted or not near)
            wheres.append(_source(piece.node))
            known.append(_is_known(cell, piece, deferred))
            places.append(groups)
            sure.append(certain)
            arguments.append(_argument(cell, piece))
            groups += 2
        else:
            pattern += _TEXT
            label = groups if isinstance(piece.node, (ast.Name, ast.Attribute, ast.Subscript)) else -1
            looped = isinstance(piece.node, ast.Name) and piece.node.id in cell.loop_names
            counted = isinstance(piece.node, ast.Name) and piece.node.id.lower() in _COUNTERS
            groups += 1
            texts += 1
        carried, spoken = (text, True) if of_the_next else ("", False)
        text = ""
    if len(pieces) == 1 and isinstance(pieces[0], _Value) and not any(names):  # it may be a number all the same
        return Template(_BARE, ("",), (-1,), (False,), ("",), (False,), (0,), (0.0,), deferred, ("",))
    if not any(names) or texts > _MOST_TEXTS or len(names) > _MOST_NUMBERS:
        return None
    return Template(
        re.compile(pattern),
        tuple(names),
        tuple(labels),
        tuple(stepped),
        tuple(wheres),
        tuple(known),
        tuple(places),
        tuple(sure),
        deferred,
        tuple(arguments),
        tuple(beside),
    )


def _stands_for(cell: CellResults, pieces: List[str | _Value], at: int) -> bool:
    """Whether a value only says of what the next one is: `k` of `BIC for 3 clusters, k`, where `{k}: {bic}` is printed."""
    piece, behind = pieces[at], pieces[at + 1 : at + 3]
    node = piece.node if isinstance(piece, _Value) else None
    return (
        isinstance(node, ast.Name)
        and node.id in cell.loop_names
        and len(behind) == 2
        and isinstance(behind[0], str)
        and not behind[0].strip(_SEPARATORS)
        and isinstance(behind[1], _Value)
    )


def _name(cell: CellResults, piece: _Value, text: str) -> Tuple[str, float]:
    """What a number is called, by the text before it, else by the function or the name it is from; ('', 0) where neither tells."""
    label = _label(text)
    measure = measure_of(piece.node, cell.own.functions)[0] if piece.node is not None else ""
    measure = measure or measure_by_name(cell, piece.node)
    last = name_behind(piece.node)
    last = "" if last in cell.of_features or (label and is_setting(label) and measured(label)) else last
    said = words(label)
    while said and said[-1] in _FILLING:
        said = said[:-1]
    known = bool(measure or telling(last))
    by_label = telling(label) if len(said) <= (_MOST_WORDS if known else _SEVERAL_WORDS) else 0.0
    if by_label:
        sure = by_label if known else min(by_label, 0.85)
        if len(said) > _FEW_WORDS:
            return _shortened(label, measure), sure
        return label.lower() if label.isidentifier() else "_".join(said), sure
    if measure and (measure != "score" or _scores(piece.node)):
        return measure, SURE
    if telling(last) >= SURE or (measure and not label):
        return (last if telling(last) else measure), UNSURE if OF_CANDIDATES.match(last) else 0.85
    return "", 0.0


def _argument(cell: CellResults, piece: _Value) -> str:
    """`y_test` of `clf.score(X_test, y_test)`; '' where no function is called for the value."""
    if piece.node is None:
        return ""
    call = measure_of(piece.node, cell.own.functions)[2]
    given = [each.id for each in call.args if isinstance(each, ast.Name)] if isinstance(call, ast.Call) else []
    return given[-1] if given else ""


def _shortened(label: str, measure: str) -> str:
    """`train_accuracy` of `Accuracy of the K-NN classifier on the training set`."""
    meaning = meaning_of(label)
    called = meaning.measure if meaning is not None else measure
    return f"{meaning.split}_{called}" if meaning is not None and meaning.split else called


def _scores(node: ast.expr | None) -> bool:
    """Whether it is what a model says of data and their answers: `model.score(X, y)`."""
    calls = [each for each in ast.walk(node) if isinstance(each, ast.Call)] if node is not None else []
    return any(isinstance(each.func, ast.Attribute) and each.func.attr == "score" and len(each.args) == 2 for each in calls)


def _label(text: str) -> str:
    """What a text says of the number behind it; `/30 - loss: ` behind a number tells first how many there are of that."""
    return _OUT_OF.sub("", text).strip(_SEPARATORS + "\t'\"").rsplit(",", 1)[-1].strip()


def _is_number(piece: _Value, text: str) -> bool:
    return piece.percent or text.rstrip().endswith(("±", "+/-", "(+/-"))


def _is_known(cell: CellResults, piece: _Value, deferred: bool) -> bool:
    if deferred or not isinstance(piece.node, ast.Name):
        return False
    made = cell.made.get(piece.node.id)
    return made is not None and made.how != "literal" and bool(telling(piece.node.id) or made.measure)


def _source(node: ast.expr | None) -> str:
    """An expression as text; positions inside of f-strings are not to be relied on in older Pythons."""
    unparse = getattr(ast, "unparse", None)
    if node is None or unparse is None:
        return ""
    try:
        return str(unparse(node))[:_LONGEST_WHERE]
    except (RecursionError, ValueError):
        return ""
