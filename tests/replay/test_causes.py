"""Why a replay parted: what the code gives away, and what it does not."""

from __future__ import annotations

import pytest

from labjournal.journal.rows import Environment
from labjournal.replay.comparing.compare import Difference
from labjournal.replay.verdicts.causes import likely_causes, package_changes
from labjournal.replay.verdicts.chance import unseeded
from tests.replay.made import execution, file


def draws(*sources: str) -> str | None:
    return unseeded([execution(source, n=n) for n, source in enumerate(sources, 1)])


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        (["import numpy as np", "x = np.random.rand(3)"], "`np.random.rand(…)`, execution 2"),
        (["from numpy import random\nrandom.normal()"], "`random.normal()`, execution 1"),
        (["from numpy.random import default_rng\nrng = default_rng()"], "`default_rng()`, execution 1"),
        (["import numpy as np\nrng = np.random.default_rng(None)"], "`np.random.default_rng(…)`, execution 1"),
        (["import random\nrandom.choice([1])"], "`random.choice(…)`, execution 1"),
        (["from random import *", "from random import shuffle\nshuffle(x)"], "`shuffle(…)`, execution 2"),
        (["import numpy as np\nnp.random.seed(1)", "import random\nrandom.random()"], "`random.random()`, execution 2"),
        (["train_test_split(f(x), y, test_size=0.2)"], "`train_test_split(…)`, execution 1"),
        (["model = RandomForestClassifier(n_estimators=(5))"], "`RandomForestClassifier(…)`, execution 1"),
        (["frame.sample(10)"], "`frame.sample(…)`, execution 1"),
        (["%matplotlib inline\nimport torch\ntorch.randn(3)"], "`torch.randn(…)`, execution 1"),
        (["import uuid\nuuid.uuid4()"], "`uuid.uuid4()`, execution 1"),
        (["import numpy as np\nnp.random.seed(1)\nnp.random.rand()", "import uuid\nuuid.uuid4()"], "`uuid.uuid4()`, execution 2"),
    ],
)  # fmt: skip
def test_a_draw_without_a_seed_is_named(sources: list[str], expected: str) -> None:
    assert expected == draws(*sources)


@pytest.mark.parametrize(
    "source",
    [
        "import numpy as np\nnp.random.seed(0)\nnp.random.rand(3)",
        "import numpy as np\nrng = np.random.default_rng(42)\nrng.normal()",
        "import numpy as np\nnp.random.seed(0)\ntrain_test_split(x)",
        "train_test_split(f(x), y, random_state=1)",
        "train_test_split(x, **options)",
        "import random\nrandom.seed(1)\nrandom.random()",
        "import random\nrng = random.Random(3)",
        "import torch\ntorch.manual_seed(1)\ntorch.rand(3)",
        "import tensorflow as tf\ntf.keras.utils.set_random_seed(1)\ntf.random.normal([1])",
        "# np.random.rand()\nprint('random.choice([1])')",
        "random = 3\nx.choice(1)",
        "make_column_transformer(x)",
    ],
)
def test_what_is_seeded_or_only_spoken_of_is_no_cause(source: str) -> None:
    assert draws(source) is None


def causes(code: str, replayed: str = "", **more: object) -> list[str]:
    options = {"inputs": ([], {}), "environments": (None, None), **more}
    return likely_causes(Difference("text", "", replayed), [execution(code)], **options)  # type: ignore[arg-type]


def test_a_changed_input_is_named_with_both_digests() -> None:
    found = causes("x", inputs=([file("/w/a.csv", b"1")], {"/w/a.csv": "f" * 64}))

    assert ["The input /w/a.csv has changed since it was recorded (SHA-256 6b86b273 then, ffffffff now)."] == found


def test_evidence_comes_before_what_is_only_likely() -> None:
    found = causes(
        "import random, time\nprint(random.random(), time.time())", "failed: ModuleNotFoundError: No module named 'shapely.ops'"
    )

    assert [
        "The module shapely.ops is not installed here.",
        "Random numbers are drawn without a seed (`random.random()`, execution 1), so results differ from run to run by themselves.",
        "The cell reads the clock (`time.time()`).",
    ] == found


@pytest.mark.parametrize(
    ("replayed", "expected"),
    [
        (
            "failed: FileNotFoundError: [Errno 2] No such file or directory: '../a.csv'",
            "A file that the code needs is not there: ../a.csv.",
        ),
        ("failed: PermissionError: [Errno 13] Permission denied: '/etc/x'", "A replay may write only inside its workspace"),
        ("failed: NameError: name 'df' is not defined", "The name 'df' is defined by no execution that was replayed"),
        ("failed: StdinNotImplementedError: raw_input was called", "The code asks a person for input"),
    ],
)
def test_an_error_is_explained(replayed: str, expected: str) -> None:
    assert causes("x", replayed)[0].startswith(expected)


def test_packages_that_the_code_imports_are_told_before_all_others() -> None:
    one, other = (
        Environment(python, python, "CPython", "", "", {}, {}, {"Pandas": pandas, "rich": pandas, "numpy": "2"})
        for python, pandas in (("3.11.1", "2.1"), ("3.11.2", "2.2"))
    )

    assert ["Python 3.11.1 → 3.11.2, Pandas 2.1 → 2.2, 1 other package"] == package_changes(one, other, ["Pandas"])
    assert [] == package_changes(one, one, ["Pandas"])


def test_code_that_gives_nothing_away_has_no_cause() -> None:
    assert [] == causes("x = {1: 2}\nprint(x)")


def test_a_set_and_the_network_are_causes() -> None:
    assert "set" in causes("print({*words})")[0]
    assert "network" in causes("pd.read_csv('https://example.org/a.csv')")[0]
