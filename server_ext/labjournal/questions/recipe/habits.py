"""What happens when a cell of a notebook calls a function of the notebook, told from the texts of all cells of a run.

Such a function may draw random numbers, change a setting, keep something between calls, or change what it is handed; or it does
nothing of this, and then a cell that only shows something with it can be left out.
"""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Callable, Iterable, Iterator, Set

from labjournal.questions.recipe import chances
from labjournal.questions.recipe.calling import Call, Function, Text
from labjournal.questions.recipe.known import Known
from labjournal.recorders import names as recorded_names

__all__ = ["Habits"]

_LOOKS_LIKE_A_GETTER = "get_"
_ONLY_COMPUTE = frozenset(f"numpy.{name}" for name in "add append insert copy".split())
_PROPERTIES = frozenset(("property", "setter"))
_OPERATOR = re.compile(r"__(?!init|new|call|enter|exit|aenter|aexit|post_init|set|del)\w+__")


class Habits:
    """What calling does in one run."""

    def __init__(self, texts: Iterable[Text], known: Known | None = None) -> None:
        texts = list(texts)
        self._known = Known() if known is None else known
        # Cells that are executed again share their text; what follows from it is told once.
        self._texts = texts
        self._draws: dict[int, frozenset[str]] = {}
        self._seeds: dict[tuple[int, bool], frozenset[str]] = {}
        self._changed: dict[tuple[int, frozenset[str]], frozenset[str]] = {}
        self._sets: dict[int, bool] = {}
        self._calm: dict[int, bool] = {}
        self._kept: dict[int, frozenset[str]] = {}
        self._called: dict[str, set[str]] = {}
        self._words = {text.source: text.words for text in texts}
        self._harmful: dict[tuple[str, int, tuple[str, ...]], bool] = {}
        self._made_by: dict[int, list[Call]] = {}
        self._calls: dict[str, tuple[Function, ...]] = {}
        self.names: dict[str, str] = {name: full for text in texts for name, full in text.imports}
        self._functions: dict[str, list[Function]] = {}
        for function in (function for text in texts for function in text.functions):
            for name in function.names:
                self._functions.setdefault(name, []).append(function)
        self.classes = {name for text in texts for name in text.classes}
        self._harmless = self._leave_things_alone()
        self.used_up = {name for text in texts for name in text.used_up} | set(self._made(texts, lambda one: one.generates))
        made = [one for text in texts for one in text.made]
        uneasy = self._changed_by_looking()
        self.used_up |= {name for name, called in made if called in uneasy}
        self.growing = {name for name, called in made if called == "defaultdict"}
        """Names of tables to which a look adds what is not there."""
        self._taken = {name for text in texts for name in text.taken}
        self._closures = set(self._made(texts, lambda one: one.closes))

    def draws(self, text: Text) -> frozenset[str]:
        """The generators of the process from which executing the cell may draw."""
        known = self._draws.get(id(text))
        if known is None:
            known = self._draws[id(text)] = frozenset(
                family for call in self._reached(text.calls) for family in self._drawn_by(call)
            )
        return known

    def _drawn_by(self, call: Call) -> frozenset[str]:
        return chances.drawn(self._full(call), call.told)

    def _seeded_by(self, call: Call) -> frozenset[str]:
        return chances.seeded(self._full(call))

    def _full(self, call: Call) -> str:
        """What is called, with what the name was imported as: 'numpy.random.seed'."""
        if not call.attributes:
            return self.names.get(call.first) or call.first
        return ".".join((self.names.get(call.first, ""), *call.attributes))

    def seeds(self, text: Text, *, surely: bool = False) -> frozenset[str]:
        """The generators that it sets anew before it draws anything; `surely`: whichever way the cell runs."""
        known = self._seeds.get((id(text), surely))
        if known is None:
            known = self._seeds[id(text), surely] = frozenset(self._seeds_of(text, surely))
        return known

    def _seeds_of(self, text: Text, surely: bool) -> set[str]:
        drawn: set[str] = set()
        found: set[str] = set()
        if not any(map(self._seeded_by, self._all_of(text))):
            return found
        for call in text.alone if surely else text.calls:
            reached = list(self._reached([call]))
            drawn |= {family for one in reached for family in self._drawn_by(one)}
            found |= {family for one in reached for family in self._seeded_by(one)} - drawn
        return found

    def sets(self, text: Text, modules: Set[str]) -> bool:
        """Whether it changes a setting of a module, by itself or by a function of the notebook; seeds are told by `seeds`."""
        known = self._sets.get(id(text))
        if known is None:
            own = any(root in modules and not (call and self._is_no_setting(call)) for root, call in text.settings)
            known = self._sets[id(text)] = own or any(one.settings for call in text.calls for one in self._behind(call))
        return known

    def _is_no_setting(self, call: Call) -> bool:
        return bool(self._seeded_by(call)) or self._full(call) in _ONLY_COMPUTE

    def keepers(self, text: Text) -> frozenset[str]:
        """Names that keep something when they are called here: closures, objects that are called, functions with a changing default."""
        known = self._kept.get(id(text))
        if known is None:
            known = self._kept[id(text)] = frozenset(self._keepers(text))
        return known

    def _keepers(self, text: Text) -> set[str]:
        found = set()
        for call in text.calls:
            if call.plain:
                name = call.first
                known = self._functions.get(name)
                if name in self._closures or name in self._taken or (known and any(function.keeps for function in known)):
                    found.add(name)
            elif call.method and call.word in self._functions:
                found.add(call.root)
        return found - {""}

    def given(self, name: str) -> set[str]:
        """Names whose object, or a part of it, calling the name may give back."""
        return {given for function in self._functions.get(name, ()) for given in function.gives}

    def _changed_by_looking(self) -> set[str]:
        """Classes whose objects change when an attribute of theirs is read, or an operator is used on them."""
        return {
            name
            for functions in self._functions.values()
            for one in functions
            if one.names[0] not in self._harmless
            and (_PROPERTIES.intersection(one.decorators) or _OPERATOR.fullmatch(one.names[0]))
            for name in one.names[1:]
        }

    def decorated(self) -> Iterator[tuple[str, str]]:
        """(name, what decorates it)."""
        for functions in self._functions.values():
            for function in functions:
                yield from ((function.names[0], decorator) for decorator in function.decorators)

    def functions(self, name: str) -> list[Function]:
        """The functions of the notebook that the name stands for."""
        return self._functions.get(name, [])

    def called_by(self, name: str) -> set[str]:
        """Names of the notebook's functions that calling `name` calls, directly or not; itself included."""
        if name not in self._functions:
            return {name}
        if name in self._called:
            return self._called[name]
        found = self._called[name] = {name}
        waiting = [name]
        while waiting:
            for function in self._functions.get(waiting.pop(), ()):
                for other in {call.word for call in function.calls} & self._functions.keys() - found:
                    found.add(other)
                    waiting.append(other)
        return found

    def changed(self, text: Text, mutated: Set[str]) -> set[str]:
        """Of the names that the cell was said to change, those that it may: functions known to leave things alone change nothing."""
        if not mutated or not self._calls_what_is_calm(text):
            return set(mutated)
        key = (id(text), frozenset(mutated))
        if key not in self._changed:
            by = sorted({call.first for call in text.calls if call.plain} & self._harmless)
            told = ("changed", text.source, sorted(mutated), by, self._meant(text.words))
            self._changed[key] = frozenset(self._known.asked(told, lambda: self._changed_by(text, key[1])))
        return set(self._changed[key])

    def _calls_what_is_calm(self, text: Text) -> bool:
        known = self._calm.get(id(text))
        if known is None:
            calm = _Calm(self._harmless)
            known = self._calm[id(text)] = any(map(calm.is_calm, text.calls))
        return known

    def _changed_by(self, text: Text, mutated: frozenset[str]) -> list[str]:
        if text.tree is None:
            return sorted(mutated)
        try:
            return sorted(mutated & recorded_names.read(_Calm(self._harmless).made_of(text.tree), self.names).mutated)
        except (SyntaxError, ValueError, RecursionError):
            return sorted(mutated)

    def _meant(self, words: Iterable[str]) -> list[tuple[str, str]]:
        """What of these names were imported, and as what."""
        return sorted((word, self.names[word]) for word in self.names.keys() & words)

    def _behind(self, call: Call) -> tuple[Function, ...]:
        word = call.word
        if word not in self._functions:
            return ()
        known = self._calls.get(word)
        if known is None:
            known = self._calls[word] = tuple(one for name in self.called_by(word) for one in self._functions.get(name, ()))
        return known

    def _all_of(self, text: Text) -> list[Call]:
        """Every call that executing the cell may make, each once."""
        known = self._made_by.get(id(text))
        if known is None:
            words = {call.word for call in text.calls} & self._functions.keys()
            functions = {id(one): one for word in words for name in self.called_by(word) for one in self._functions.get(name, ())}
            known = self._made_by[id(text)] = [*text.calls, *(call for one in functions.values() for call in one.calls)]
        return known

    def _reached(self, calls: Iterable[Call]) -> Iterator[Call]:
        for call in calls:
            yield call
            for function in self._behind(call):
                yield from function.calls

    def _made(self, texts: Iterable[Text], wanted: Callable[[Function], bool]) -> Iterator[str]:
        """Names bound to what a function of the wanted kind gave."""
        for text in texts:
            for name, called in text.made:
                if any(wanted(function) for function in self._functions.get(called, ())):
                    yield name

    def _leave_things_alone(self) -> set[str]:
        """Functions whose every definition changes neither what it is handed nor anything around it; those they call included."""
        harmless = {
            name for name, functions in self._functions.items() if all(not one.keeps and not one.settings for one in functions)
        }
        while True:
            wrong = {name for name in harmless if any(self._harms(one, harmless) for one in self._functions[name])}
            if not wrong:
                return harmless
            harmless -= wrong

    def _harms(self, function: Function, harmless: Set[str]) -> bool:
        called = sorted({call.first for call in function.calls if call.plain} & harmless)
        words = self._words[function.source]
        key = (function.source, function.place, tuple(called))
        known = self._harmful.get(key)
        if known is None:
            told = ("harms", function.source, function.place, called, self._meant(words))
            known = self._harmful[key] = bool(self._known.asked(told, lambda: self._does_harm(function, harmless)))
        return known

    def _does_harm(self, function: Function, harmless: Set[str]) -> bool:
        own = _Calm(harmless).made_of(function.body)
        try:
            names = recorded_names.read(own, self.names)
        except RecursionError:
            return True
        given = function.parameters | {"self"}
        outside = names.used - names.bound - function.parameters
        return bool(names.opaque or names.mutated & (given | outside | _standing_for(own, given))) or any(
            isinstance(node, (ast.Global, ast.Nonlocal, ast.Yield, ast.YieldFrom)) for node in ast.walk(own)
        )


def _standing_for(tree: ast.AST, given: Set[str]) -> set[str]:
    """Names that may stand for a part of what was given."""
    found = set(given)
    while True:
        more = set(found)
        for node in ast.walk(tree):
            value = (
                node.iter
                if isinstance(node, (ast.For, ast.comprehension))
                else node.value
                if isinstance(node, ast.Assign)
                else None
            )
            targets = (
                [node.target]
                if isinstance(node, (ast.For, ast.comprehension))
                else node.targets
                if isinstance(node, ast.Assign)
                else []
            )
            if value is not None and found & {name.id for name in ast.walk(value) if isinstance(name, ast.Name)}:
                more |= {name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)}
        if more == found:
            return found
        found = more


def _is_a_getter(word: str) -> bool:
    return word.startswith(_LOOKS_LIKE_A_GETTER) and word != "get_nowait"


class _Calm:
    """Turns calls that leave everything alone into calls of `print`, which every reader knows to do so."""

    def __init__(self, harmless: Set[str]) -> None:
        self._harmless = harmless

    def is_calm(self, call: Call) -> bool:
        return call.first in self._harmless if call.plain else call.method and _is_a_getter(call.word)

    def _is_calm(self, node: ast.Call) -> bool:
        if isinstance(node.func, ast.Name):
            return node.func.id in self._harmless
        return isinstance(node.func, ast.Attribute) and _is_a_getter(node.func.attr)

    def made_of(self, tree: ast.Module) -> ast.Module:
        """Another tree; what is the same in both is shared, and the first one stays as it is."""
        made = self._made(tree)
        return made if isinstance(made, ast.Module) else tree

    def _made(self, node: ast.AST) -> ast.AST:
        changed: dict[str, object] = {}
        for field, value in ast.iter_fields(node):
            if isinstance(value, ast.AST):
                new: object = self._made(value)
                if new is not value:
                    changed[field] = new
            elif isinstance(value, list):
                several = [self._made(one) if isinstance(one, ast.AST) else one for one in value]
                if any(one is not other for one, other in zip(several, value, strict=True)):
                    changed[field] = several
        if changed:
            node = copy.copy(node)
            for field, value in changed.items():
                setattr(node, field, value)
        if isinstance(node, ast.Call) and self._is_calm(node):
            received = [node.func.value] if isinstance(node.func, ast.Attribute) else []
            return ast.copy_location(ast.Call(ast.Name("print", ast.Load()), [*received, *node.args], node.keywords), node)
        return node
