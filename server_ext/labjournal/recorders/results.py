"""Results that nobody logged: what stands in the namespace after a cell that did not before, judged by what the cell's source says.

On the user's thread, when the reply is out (`Context.when_idle`), or before the next cell where that comes first: one pass over the
names, which compares identities and reads, of what is new or is mentioned in the cell, exact numbers, lists and dicts of numbers, and the
attributes of fitted objects of known libraries (`exact`, `models_*`, `histories`; docs/reads.md lists every one). Nothing is called,
nothing kept but numbers and texts. On the helper thread the source is taken apart (`cell_results`), and what was seen becomes events where
the source gave it in this cell and its name or its making says that it is a result (`findings`).
"""

from __future__ import annotations

import re
import sys
from collections import OrderedDict, deque
from pathlib import PosixPath, WindowsPath
from time import thread_time, time
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any, Deque, Dict, Iterable, Iterator, List, Set, Tuple

from labjournal.events import Event, OutputShown, ProblemSeen
from labjournal.recorders import Context, Execution, Outcome, Recorder
from labjournal.recorders.exact import MOST_POINTS, array_shape, attributes, is_whole, library_class, number, numbers, type_name
from labjournal.recorders.models import Look
from labjournal.recorders.python_source import words_of
from labjournal.recorders.read_off import REMEMBERED, ReadOff

if TYPE_CHECKING:
    from labjournal.recorders.cell_results import CellResults
    from labjournal.recorders.findings import Memory
    from labjournal.recorders.measures import Own
    from labjournal.recorders.returned import Returned

__all__ = ["ResultsRecorder"]

BUDGET_S = 0.010
HURRIED_S = 0.002
"""Where the next cell waits."""
_UNASKED_S = 0.00005
"""For fitted objects that the source does not mention."""
_MOST_NAMES = 5000
_SOURCE = 1 << 14
"""Characters of a source in which names are looked for on the user's thread; of a longer one, every name counts as mentioned."""
_MOST_INNER = 50
_LONGEST_PATH = 1000
_WAITING = 1000
"""Executions that were looked at, or whose outputs are complete, before their source could be read."""
_FIT = re.compile(r"([^\W\d]\w*)[ \t]*\.[ \t]*(?:fit\w*)[ \t]*\(([^()]{0,400})")
_MADE_FIT = re.compile(r"\)[ \t]*\.[ \t]*(?:fit\w*)[ \t]*\(([^()]{0,400})")
_ASSIGNED = re.compile(r"^[ \t]*([^\W\d]\w*)[ \t]*=(?!=)", re.MULTILINE)
_FOR = re.compile(r"\bfor[ \t]+([\w, \t()]{1,200}?)[ \t]in\b")
_TRAINING = (".backward(", ".step(", ".fit(")
_PASSED_BY = frozenset((str, bool, type(None), type, FunctionType, BuiltinFunctionType, ModuleType))
_OF_THE_SHELL = frozenset(("In", "Out", "exit", "get_ipython", "open", "quit"))
_LIBRARIES = (
    "sklearn", "xgboost", "lightgbm", "imblearn", "statsmodels", "scipy", "keras", "tensorflow", "tf_keras", "optuna", "lifelines", "lightning",
    "pytorch_lightning", "catboost", "torch",
)  # fmt: skip
_TRIES = 3
_LISTENS = sys.version_info >= (3, 12)


class ResultsRecorder(Recorder):
    """Yields MetricLogged, SeriesSeen, ModelSeen, ParameterSet and FigureSeen."""

    name = "results"
    parses = True

    def __init__(self, context: Context, *, budget_s: float = BUDGET_S, hurried_s: float = HURRIED_S) -> None:
        self._context = context
        self._budget_s, self._hurried_s = budget_s, hurried_s
        self._owed: Deque[Tuple[int, str, int | None, float, str]] = deque(maxlen=1)
        self._known: Dict[str, int] = {}
        """Name → id of what it is bound to."""
        self._fitted: Dict[int, Tuple[int, str]] = {}
        """Id of a fitted object → (its mark, the name it was seen under)."""
        self._looks: Deque[Look] = deque()
        self._cells: OrderedDict[int, Tuple[CellResults | None, float]] = OrderedDict()
        self._waiting: OrderedDict[int, Look] = OrderedDict()
        self._memory: Memory | None = None
        self._own: Own | None = None
        self._screen = ReadOff(context.run, self._clean)
        self._screens: Deque[Tuple[int, List[OutputShown]]] = deque(maxlen=_WAITING)
        self._returned: Returned | None = None
        self._failures = 0

    # the user's thread

    def execution_started(self, execution: Execution) -> None:
        if self._owed:
            self._look(self._hurried_s)

    def execution_ended(self, execution: Execution, outcome: Outcome) -> None:
        self._owed.append((execution.n, execution.source, outcome.execution_count, outcome.duration_s, outcome.status))
        if not self._context.when_idle(self.name, self._look):
            self._look()

    def passing_by(self) -> None:
        if self._owed:
            self._look(self._hurried_s)

    def passed_by(self) -> None:
        """What stands in the namespace now is known, and what functions returned is dropped."""
        if self._returned is not None:
            self._returned.taken()
        namespace = self._context.namespace()
        if type(namespace) is dict:
            self._prepare()
            self._pass(Look(0, time()), namespace, "", None, thread_time() + self._budget_s)

    def _look(self, budget_s: float | None = None) -> None:
        try:
            n, source, count, duration_s, status = self._owed.pop()
        except IndexError:  # the next cell came first
            return
        look = Look(n, time(), duration_s)
        look.failed = status != "ok"
        look.trains = len(source) <= _SOURCE and any(word in source for word in _TRAINING)
        namespace = self._context.namespace()
        if type(namespace) is not dict:
            namespace = {}
        self._prepare()
        deadline = thread_time() + (self._budget_s if budget_s is None else budget_s)
        try:
            self._listen(look)
            if budget_s is not None and len(source) > _SOURCE:
                self._pass_over(look, namespace)
            else:
                self._pass(look, namespace, source, count, deadline)
        except Exception as problem:  # another version of a library, or a thread that changes what is read meanwhile
            self._failures += 1
            if self._failures > _TRIES:
                raise problem
        self._looks.append(look)

    def _pass_over(self, look: Look, namespace: Dict[Any, Any]) -> None:
        """The next cell waits, and the one before is so long that it may have made anything: what there is now is known, and was not read."""
        now = {name: id(value) for name, value in namespace.items() if type(name) is str and name[:1] != "_"}
        look.left_out = sum(1 for name, seen in now.items() if self._known.get(name) != seen)
        self._known.update(now)

    def _listen(self, look: Look) -> None:
        """Takes what metric functions returned, where the interpreter tells."""
        if self._returned is not None:
            look.returned = [(each.function, each.value, each.line) for each in self._returned.taken()]
        elif _LISTENS and "sklearn.metrics" in sys.modules:
            from labjournal.recorders.returned import Returned

            self._returned = Returned(self._context.namespace)
        if self._returned is not None:
            self._returned.arm()

    def _pass(self, look: Look, namespace: Dict[Any, Any], source: str, count: int | None, deadline: float) -> None:
        words = set(words_of(source)) if len(source) <= _SOURCE else None
        items = list(namespace.items())
        if len(self._known) > 2 * len(items) + 100:
            self._forget(items)
        # What a cell that failed says it makes, or fits, it may not have come to: there only what is another object than before counts.
        made = set(_ASSIGNED.findall(source)) if words is not None and not look.failed else set()
        if words is not None and "fit" in source and not look.failed:
            made.update(match.group(1) for match in _FIT.finditer(source))
        known, others = self._known, []
        passing = (
            {word for match in _FOR.finditer(source) for word in words_of(match.group(1))} if words and "for" in words else set()
        )
        items = items[:_MOST_NAMES]
        if passing:  # what goes through a loop is better known by where it came from
            items.sort(key=lambda each: type(each[0]) is str and each[0] in passing)
        for name, value in items:
            if type(name) is not str or name[:1] == "_" or name in _OF_THE_SHELL:
                continue
            kind = type(value)
            if kind in _PASSED_BY:
                continue
            mentioned = words is None or name in words
            if not mentioned and known.get(name) == id(value):
                if id(value) in self._fitted:
                    others.append((name, value))
                continue
            unchanged = known.get(name) == id(value)
            known[name] = id(value)
            figure = number(value)
            if figure is not None:
                if mentioned and not (unchanged and look.failed):
                    look.numbers[name] = (figure, is_whole(value))
            elif thread_time() > deadline:
                look.left_out += 1
            else:
                self._value(look, name, value, name in made)
        self._shown(look, namespace, count, items)
        until = min(deadline, thread_time() + _UNASKED_S)
        for name, value in others:
            if thread_time() > until:
                break
            self._object(look, name, value)
        if look.objects and words is not None:
            _fitted_on(look, source, namespace)
        if "save" in source or "dump" in source or "pickle" in source:
            _file_names(look, words, namespace)

    def _value(self, look: Look, name: str, value: Any, made: bool) -> None:
        kind = type(value)
        if kind is dict:
            self._dict(look, name, value)
        elif not self._object(look, name, value, made) and len(name) <= 200 and (kind is list or made):
            points = numbers(value) if kind is list or _is_short(value) else None
            if points is not None and points[2] > 1:
                look.series[name] = points

    def _dict(self, look: Look, name: str, value: Dict[Any, Any]) -> None:
        from labjournal.recorders.histories import read_dict

        table = read_dict(value)
        if table:
            look.tables[name] = table
        for key, inner in list(value.items())[:_MOST_INNER]:
            if type(key) is str and library_class(type(inner), _LIBRARIES):
                called = f"{name}[{key[:60]!r}]"
                self._object(look, called, inner)
                self._known[called] = id(inner)

    def _object(self, look: Look, name: str, value: Any, made: bool = False) -> bool:
        """Reads a fitted object of a library that is known, where it is another one than before; whether it is of such a library."""
        called = library_class(type(value), _LIBRARIES)
        if "torch" in sys.modules and (not called or called.startswith("torch.nn.")):
            from labjournal.recorders.fitted import network

            called = network(type(value))
        if not called:
            return _is_namespace(look, name, value)
        from labjournal.recorders.fitted import NETWORK, marked, read  # not before somebody has one

        now = marked(value, called)
        seen, seen_as = self._fitted.get(id(value), (None, ""))
        # An object that is made anew may have the address and the mark of the one before.
        anew = made and (seen_as == name or self._known.get(seen_as) != id(value))
        if seen == now and not anew:
            return True
        found = read(value, called)
        if found is not None and called == NETWORK and seen is None and not look.trains:
            self._fitted[id(value)] = (now, name)
        elif found is not None:
            found.again = seen is not None and not anew and called.startswith("statsmodels.") and seen >> 12 == now >> 12
            self._fitted[id(value)] = (now, name)
            look.objects.append((name, found))
        return True

    def _shown(self, look: Look, namespace: Dict[Any, Any], count: int | None, items: List[Tuple[Any, Any]]) -> None:
        """What the cell's last expression gave: IPython keeps it under the number of the cell."""
        held = namespace.get("_oh")
        if type(held) is not dict or count is None or count not in held:
            return
        value = held[count]
        look.shown = number(value)
        look.shown_whole = look.shown is not None and is_whole(value)
        if look.shown is None:
            points = numbers(value)
            if points is not None and points[2] > 1:
                look.shown_series = points
            elif type(value) is dict:
                from labjournal.recorders.histories import read_dict

                look.shown_table = read_dict(value)
            elif not any(value is each for _, each in items):
                self._object(look, "", value, made=True)

    def _forget(self, items: List[Tuple[Any, Any]]) -> None:
        names, ids = {name for name, _ in items if type(name) is str}, {id(value) for _, value in items}
        self._known = {name: seen for name, seen in self._known.items() if name in names}
        self._fitted = {seen: known for seen, known in self._fitted.items() if seen in ids}

    def forked(self) -> None:
        self._owed.clear()
        self._looks.clear()
        self._cells.clear()
        self._waiting.clear()
        self._screens.clear()
        if self._returned is not None:
            self._returned.forked()

    # the helper thread

    def collect(self, execution: Execution) -> Iterable[Event]:
        from labjournal.recorders.cell_results import read_cell
        from labjournal.recorders.measures import Own

        self._own = self._own or Own()
        self._cells[execution.n] = (None if execution.hurried else read_cell(execution.redacted, self._own), execution.started)
        self._prepare()
        while len(self._cells) > REMEMBERED:
            self._cells.popitem(last=False)
        return self.late()

    @staticmethod
    def _prepare() -> None:
        """Imports the readers before the user's thread needs them."""
        if any(library in sys.modules for library in _LIBRARIES):
            from labjournal.recorders import fitted  # noqa: F401

    def late(self) -> Iterator[Event]:
        while self._looks:
            look = self._looks.popleft()
            self._waiting[look.n] = look
        for n in list(self._waiting):
            if n in self._cells:
                yield from self._told(self._waiting.pop(n), self._cells[n][0])
            elif len(self._waiting) > _WAITING:
                yield from self._told(self._waiting.pop(n), None)
        for _ in range(len(self._screens)):
            n, shown = self._screens.popleft()
            if n <= self._screen.latest:
                yield from self._screen.events(n, shown, self.cell(n))
            else:
                self._screens.append((n, shown))

    def shown(self, n: int, outputs: List[OutputShown]) -> Iterator[Event]:
        """Takes what an execution shows, complete; what there is to tell by now. Helper thread."""
        self._screens.append((n, outputs))
        return self.late()

    def cell(self, n: int) -> CellResults | None:
        """What the source of an execution says, for as long as it is remembered. Helper thread."""
        return self._cells[n][0] if n in self._cells else None

    def run_ended(self) -> Iterable[Event]:
        if self._owed:  # the user's thread waits for us
            self._look(self._hurried_s)
        yield from self.late()
        while self._screens:
            n, shown = self._screens.popleft()
            yield from self._screen.events(n, shown, self.cell(n))

    def _told(self, look: Look, cell: CellResults | None) -> Iterator[Event]:
        self._screen.begin(look.n)
        if cell is not None:
            from labjournal.recorders.figures import saved
            from labjournal.recorders.findings import Memory, findings

            yield from saved(self._context.run, look.n, cell, self._clean)

            self._memory = self._memory or Memory()
            for event in findings(self._context.run, look, cell, self._memory, self._clean):
                self._screen.told(event)
                yield event
        if look.left_out:
            detail = f"{look.left_out} objects more were made or changed than there was time to look at for results."
            yield ProblemSeen(self._context.run, look.n, "not-seen", detail, look.at)

    def _clean(self, text: str) -> str:
        return self._context.redactor.text(text).text


def _is_namespace(look: Look, name: str, value: Any) -> bool:
    """Settings that a program took from its command line or from files: argparse's Namespace, types.SimpleNamespace, OmegaConf, ml_collections."""
    called = library_class(type(value), ("argparse", "types", "omegaconf", "ml_collections"))
    if called in ("argparse.Namespace", "types.SimpleNamespace"):
        held = attributes(value)
    elif called in ("omegaconf.dictconfig.DictConfig", "ml_collections.config_dict.config_dict.ConfigDict"):
        from labjournal.recorders.histories import read_config

        held = read_config(value)
    else:
        return False
    table = {key: each for key, each in list(held.items())[:100] if type(each) in (int, float, str, bool)}
    look.settings[name] = {key: each for key, each in table.items() if type(key) is str}
    return True


def _is_short(value: Any) -> bool:
    """Whether it is a tuple, or an array that can hold the scores of a few folds or the losses of some epochs."""
    found = array_shape(value)
    return type(value) is tuple or (
        found is not None and found[0] == "array" and len(found[1]) == 1 and found[1][0] <= MOST_POINTS
    )


def _file_names(look: Look, words: Set[str] | None, namespace: Dict[Any, Any]) -> None:
    """Texts that may name the file to which the cell saves a model."""
    for name in list(words or ())[:_MOST_NAMES]:
        value = namespace.get(name)
        if type(value) is str and len(value) <= _LONGEST_PATH:
            look.texts[name] = value
        elif type(value) in (PosixPath, WindowsPath):
            look.texts[name] = str(value)


def _fitted_on(look: Look, source: str, namespace: Dict[Any, Any]) -> None:
    """Shapes and columns of the names that stand in calls of `fit`."""
    texts = [match.group(2) for match in _FIT.finditer(source)] + [match.group(1) for match in _MADE_FIT.finditer(source)]
    for name in {word for text in texts[:50] for word in words_of(text)}:
        value: Any = namespace.get(name)
        found = array_shape(value)
        if found is None:
            continue
        look.shapes[name] = {"name": name, "kind": found[0], "shape": list(found[1])}
        if found[0] == "frame":
            columns = value.columns.tolist()[:200] if found[1][1] <= 10_000 else []
            look.shapes[name]["columns"] = [column for column in columns if type(column) is str]
            if columns and len(columns) == len(look.shapes[name]["columns"]):
                look.shapes[name]["types"] = [type_name(each) for each in value.dtypes.tolist()[:200]]
        elif found[0] in ("array", "series"):
            look.shapes[name]["type"] = type_name(value.dtype)
