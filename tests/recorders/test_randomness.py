"""Randomness: what is seeded, what is drawn, and that nothing is drawn by looking."""

from __future__ import annotations

import ast
import random
import sys
import threading
import time
from typing import Any

import numpy as np
import pytest

from labjournal.events import Event, FacetSeen, RandomnessSeen
from labjournal.recorders.generators import states
from labjournal.recorders.randomness import RandomnessRecorder
from labjournal.recorders.seeds import bound_names, seeds
from tests.pace import only_pace, quicker
from tests.recorders.conftest import Lab


def seen(events: list[Event]) -> dict[int, RandomnessSeen]:
    return {event.n: event for event in events if isinstance(event, RandomnessSeen)}


def found(source: str) -> list[tuple[str, str, Any]]:
    tree = ast.parse(source)
    return [(each["of"], each["call"], each["value"]) for each in seeds(tree, bound_names(tree))]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import random\nrandom.seed(3)", [("random", "random.seed", 3)]),
        ("from random import seed as s\ns(a=-4)", [("random", "s(a=)", -4)]),
        ("import numpy as np\nnp.random.seed(42)", [("numpy", "np.random.seed", 42)]),
        ("from numpy import random as r\nr.seed(SEED)", [("numpy", "r.seed", "SEED")]),
        ("rng = np.random.default_rng()", [("generator", "np.random.default_rng", None)]),
        ("rng = np.random.default_rng(seed=7)", [("generator", "np.random.default_rng(seed=)", 7)]),
        ("torch.manual_seed(0); torch.cuda.manual_seed_all(0)", [("torch", "torch.manual_seed", 0), ("torch-cuda", "torch.cuda.manual_seed_all", 0)]),
        ("import tensorflow as tf\ntf.random.set_seed(1)", [("tensorflow", "tf.random.set_seed", 1)]),
        ("pl.seed_everything(9)", [("every", "pl.seed_everything", 9)]),
        ("m = Forest(10, random_state=cfg.seed)", [("argument", "Forest(random_state=)", "cfg.seed")]),
        ("train_test_split(X, random_state=None)", [("argument", "train_test_split(random_state=)", None)]),
        ("seeds = plants.seed(3)\nrandom.random()", []),
    ],
)  # fmt: skip
def test_what_code_seeds_is_read_off_it(source: str, expected: list[tuple[str, str, Any]]) -> None:
    assert found(source) == expected


def test_looking_draws_nothing() -> None:
    random.seed(5), np.random.seed(5)
    expected = [random.random(), random.gauss(0, 1), np.random.rand(), np.random.randn(), random.gauss(0, 1), np.random.randn()]
    random.seed(5), np.random.seed(5)
    got = []
    for draw in (
        random.random, lambda: random.gauss(0, 1), np.random.rand, np.random.randn, lambda: random.gauss(0, 1), np.random.randn,
    ):  # fmt: skip
        states()
        got.append(draw())
        states()
    assert expected == got


@only_pace
def test_looking_costs_little() -> None:
    taken = []
    for _ in range(500):
        began = time.perf_counter()
        states()
        taken.append(time.perf_counter() - began)
    quicker(sorted(taken)[250], 0.0002)  # 36 µs where nothing else runs


def test_drawing_without_a_seed_is_a_fact(lab: Lab) -> None:
    lab.use(RandomnessRecorder)
    lab.run("import random", "x = 1", "y = random.random()")
    assert {3} == set(seen(lab.events))
    event = seen(lab.events)[3]
    assert event.generators is not None
    facts = event.generators["random"]
    assert (("random",), True, False) == (event.unseeded, facts["drawn"], facts["seeded"])
    assert facts["before"] != facts["after"]
    assert len(facts["after"]) == 32


def test_drawing_after_a_seed_is_none(lab: Lab) -> None:
    lab.use(RandomnessRecorder)
    lab.run("import random\nimport numpy as np", "random.seed(1); np.random.seed(2)", "random.random(); np.random.rand(3)")
    events = seen(lab.events)
    assert [("random", 1), ("numpy", 2)] == [(each["of"], each["value"]) for each in events[2].seeds]
    assert ((), ()) == (events[2].unseeded, events[3].unseeded)
    assert events[3].generators is not None
    assert {"random": True, "numpy": True} == {name: facts["drawn"] for name, facts in events[3].generators.items()}


def test_a_seed_of_nothing_is_none(lab: Lab) -> None:
    lab.use(RandomnessRecorder)
    lab.run("import random", "random.seed(1)", "random.seed()", "random.random()")
    events = seen(lab.events)
    assert events[3].generators is not None
    assert (False, ("random",)) == (events[3].generators["random"]["seeded"], events[4].unseeded)


def test_equal_states_have_equal_digests(lab: Lab) -> None:
    lab.use(RandomnessRecorder)
    lab.run(
        "import numpy as np",
        "np.random.seed(2); a = np.random.rand()",
        "np.random.seed(2); b = np.random.rand()",
        "np.random.rand()",
    )
    events = seen(lab.events)
    assert 3 not in events or events[3].generators == {}
    assert events[2].generators is not None
    assert events[4].generators is not None
    assert events[2].generators["numpy"]["after"] == events[4].generators["numpy"]["before"]


def test_a_cached_normal_number_counts_as_drawn(lab: Lab) -> None:
    lab.use(RandomnessRecorder)
    lab.run("import numpy as np; np.random.seed(1); np.random.randn()", "np.random.randn()")
    assert seen(lab.events)[2].generators is not None


def test_a_seed_that_a_function_may_have_set_makes_no_claim(lab: Lab) -> None:
    lab.use(RandomnessRecorder)
    lab.run("import random", "def fix():\n    random.seed(4)", "fix(); random.random()", "random.random()")
    assert all(event.unseeded == () for event in seen(lab.events).values())


def test_what_somebody_put_in_the_place_of_a_generator_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    class Trap(random.Random):
        def getstate(self) -> Any:
            raise SystemExit("asked")

    monkeypatch.setattr(random, "_inst", Trap())
    assert "random" not in states()


def test_a_generator_that_another_thread_draws_from_is_not_waited_for() -> None:
    lock = np.random.mtrand._rand._bit_generator.lock
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with lock:
            held.set()
            done.wait(10)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(10)
    began = time.perf_counter()
    assert "numpy" not in states()
    quicker(time.perf_counter() - began, 1)
    done.set()
    thread.join()


def test_hash_seed_and_threads_are_told_once(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    monkeypatch.setenv("PYTHONHASHSEED", "0")
    lab.use(RandomnessRecorder)
    (event,) = [event for event in lab.events if isinstance(event, FacetSeen)]
    assert (0, {"OMP_NUM_THREADS": "2"}, {"PYTHONHASHSEED": "0"}) == (
        event.value["hash_seed"],
        event.value["threads"],
        event.value["flags"],
    )


def test_torch_is_asked_where_it_is_loaded_and_no_stand_in_of_a_users_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a stand-in that has the shape of torch: the library itself is too large for a test."""
    import sys
    import types

    def get_rng_state() -> Any:
        return np.frombuffer(b"state", dtype=np.uint8).view(_Tensor)

    get_rng_state.__module__ = "torch.random"
    module = types.ModuleType("torch.random")
    module.__dict__["get_rng_state"] = get_rng_state
    monkeypatch.setitem(sys.modules, "torch.random", module)
    assert "torch" in states()
    get_rng_state.__module__ = "__main__"
    assert "torch" not in states()


class _Tensor(np.ndarray):
    def numpy(self) -> Any:
        return np.asarray(self)


def test_which_generators_are_watched_is_told_where_it_changes(lab: Lab) -> None:
    lab.use(RandomnessRecorder)
    with pytest.MonkeyPatch.context() as patched:
        patched.delitem(sys.modules, "numpy.random.mtrand")
        patched.delitem(sys.modules, "torch", raising=False)
        lab.run("x = 1", "x = 2")
    lab.run("x = 3", "x = 4", "x = 5")
    told = [(event.n, event.value) for event in lab.events if isinstance(event, FacetSeen) and event.name == "watched_generators"]

    assert (1, ["random"]) == told[0]
    assert [(4, True)] == [(n, {"numpy", "random"} <= set(names)) for n, names in told[1:]]
