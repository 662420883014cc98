"""Networks of PyTorch and estimators of CatBoost: what is told of them, and that nothing of them is called or counted that grows."""

from __future__ import annotations

import sys
import time

import pytest

from labjournal.events import MetricLogged, ModelSeen, ParameterSet, SeriesSeen
from labjournal.recorders.cell_results import read_cell
from tests.pace import quicker
from tests.recorders.results_cells import Cells

TORCH = """
import torch
from torch import nn
class Net(nn.Module):
    def __init__(self, width=8):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(4, width), nn.ReLU(), nn.Linear(width, 1))
        self.layers[0].bias.requires_grad = False
    def __getattribute__(self, name):
        if name.startswith(("_modules", "_parameters")) and armed:
            raise AssertionError("looked at by its own way")
        return super().__getattribute__(name)
    def forward(self, x):
        return self.layers(x)
armed = False
X, y = torch.rand(16, 4), torch.rand(16, 1)
def train(net, optimiser, rounds=2):
    for _ in range(rounds):
        optimiser.zero_grad(); loss = ((net(X) - y) ** 2).mean(); loss.backward(); optimiser.step()
    return loss.item()
"""


@pytest.fixture
def torch_cells() -> Cells:
    pytest.importorskip("torch")
    cells = Cells()
    cells.run(TORCH)
    return cells


def test_a_network_is_a_model_when_it_was_trained_and_not_when_it_was_made_or_used(torch_cells: Cells) -> None:
    assert {} == torch_cells.models("net = Net()\nopt = torch.optim.Adam(net.parameters(), lr=0.01)")
    net = torch_cells.models("final = train(net, opt)")["net"]
    assert net.signature is not None
    assert {"parameters": 49, "trainable": 41, "tensors": 4, "layers": 4} == net.signature["size"]
    assert ("torch", True) == (net.library, net.kind.endswith(".Net"))
    assert {} == torch_cells.models("net(X)\nnet.eval()\nnet")
    assert ["net"] == list(torch_cells.models("final = train(net, opt)"))


def test_the_same_network_trained_anew_is_the_same_recipe_and_a_wider_one_is_not(torch_cells: Cells) -> None:
    source = "net = Net({})\nopt = torch.optim.SGD(net.parameters(), lr=0.1)\nfor i in range(2):\n    l = ((net(X) - y) ** 2).mean(); l.backward(); opt.step()"
    first, again, wider = (torch_cells.models(source.format(width))["net"].recipe for width in (8, 8, 16))
    assert first == again != wider


def test_settings_of_an_optimiser_that_differ_from_the_default_are_parameters(torch_cells: Cells) -> None:
    torch_cells.run("net = Net()")
    found = torch_cells.run("opt = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)")
    settings = {event.name: event.value for event in found if isinstance(event, ParameterSet) and event.where == "opt"}
    assert {"lr": 0.1, "momentum": 0.9, "optimiser": "SGD"} == settings


def test_a_network_that_looks_at_who_looks_is_read_all_the_same(torch_cells: Cells) -> None:
    torch_cells.run("net = Net()\nopt = torch.optim.Adam(net.parameters(), lr=0.01)")
    assert ["net"] == list(torch_cells.models("final = train(net, opt)\narmed = True\nnet.marker = 1"))


def test_a_large_network_is_read_in_time_and_counted_as_far_as_that_goes(torch_cells: Cells) -> None:
    torch_cells.run(
        "deep = nn.Sequential(*[nn.Linear(3, 3) for _ in range(3000)])\nloop = nn.Sequential(nn.Linear(2, 2))\nloop.append(loop[0])"
    )
    torch_cells.namespace["loop"]._modules["self"] = torch_cells.namespace["loop"]
    from labjournal.recorders.models_torch import network_mark, read_network

    began = time.perf_counter()
    assert 2000 == read_network(torch_cells.namespace["deep"]).size["tensors"]
    assert 2 == read_network(torch_cells.namespace["loop"]).size["tensors"]
    network_mark(torch_cells.namespace["deep"])
    quicker(time.perf_counter() - began, 1)


def test_an_estimator_of_catboost_tells_its_trees_its_best_score_and_its_rounds() -> None:
    pytest.importorskip("catboost")
    cells = Cells()
    cells.run("import catboost, numpy as np\nX = np.random.default_rng(0).random((60, 3)); y = (X[:, 0] > 0.5).astype(int)")
    source = "m = catboost.CatBoostClassifier(iterations=6, learning_rate=0.3, verbose=0, allow_writing_files=False)"
    assert {} == cells.models(source)
    events = cells.run("m.fit(X, y, eval_set=(X, y))")
    model = next(event for event in events if type(event).__name__ == "ModelSeen")
    assert {"iterations": 6, "learning_rate": 0.3} == model.parameters  # type: ignore[attr-defined]
    assert {"inputs", "size"} <= set(model.signature)  # type: ignore[attr-defined]
    assert ["m"] == list(cells.models("m.fit(X, y)"))
    found = cells.metrics("m.fit(X, y, eval_set=(X, y))")
    best = cells.namespace["m"].best_score_["validation"]["Logloss"]
    assert best == found["validation Logloss"]


def test_a_config_of_omegaconf_gives_its_settings_and_resolves_nothing() -> None:
    pytest.importorskip("omegaconf")
    cells = Cells()
    found = cells.parameters(
        "from omegaconf import OmegaConf\ncfg = OmegaConf.create({'lr': 0.1, 'model': {'depth': 3, 'name': 'net'}, 'twice': '${lr}', 'none': None, 'api_key': 'x'})"
    )
    assert {"lr": 0.1, "model.depth": 3, "model.name": "net", "twice": "${lr}"} == found


def test_rounds_that_a_callback_of_lightgbm_s_fills_in_are_series() -> None:
    pytest.importorskip("lightgbm")
    cells = Cells()
    cells.run(
        "import lightgbm, numpy as np\nrng = np.random.default_rng(0)\nX = rng.random((80, 3)); y = X[:, 0] + rng.random(80)"
    )
    found = cells.series(
        "data = lightgbm.Dataset(X, y)\ncurves = {}\n"
        "b = lightgbm.train({'metric': 'l2', 'verbose': -1}, data, 5, valid_sets=[data], valid_names=['test'], "
        "callbacks=[lightgbm.record_evaluation(curves)])"
    )
    assert {"test l2": tuple(cells.namespace["curves"]["test"]["l2"])} == found


# Keras


@pytest.fixture
def keras_cells(monkeypatch: pytest.MonkeyPatch) -> Cells:
    """Classes as Keras 3 has them: which module holds them, and what they keep."""
    cells = Cells()
    for name, text in {
        "keras": "__version__ = '3.15.1'",
        "keras.src.models.sequential": "class Sequential:\n    def __getattribute__(self, name): raise AssertionError(name)",
        "keras.src.callbacks.history": "class History: pass",
        "keras.src.layers.core.dense": "class Dense: pass",
        "keras.src.optimizers.adam": "class Adam: pass",
        "keras.src.backend.common.variables": "class Variable: pass",
        "keras.src.utils.tracking": "class TrackedList(list):\n    def __iter__(self): raise AssertionError('asked')\n    __len__ = __getitem__ = __iter__",
    }.items():
        module = type(sys)(name)
        exec(text, vars(module))
        monkeypatch.setitem(sys.modules, name, module)
        cells.namespace.update({key: value for key, value in vars(module).items() if key[:1].isupper()})
    cells.run(
        "def made(width):\n"
        "    layer, kernel = Dense(), Variable()\n"
        "    kernel._shape = (6, width)\n"
        "    vars(layer).update(units=width, _trainable_variables=[kernel], _non_trainable_variables=[])\n"
        "    model = Sequential()\n"
        "    object.__getattribute__(model, '__dict__').update(_layers=TrackedList([layer]), loss='mse', optimizer=Adam())\n"
        "    return model\n"
        "def fit(model, losses):\n"
        "    history = History()\n"
        "    vars(history).update(epoch=list(range(len(losses))), history={'loss': losses, 'lr': [0.1] * len(losses)})\n"
        "    object.__getattribute__(model, '__dict__')['history'] = history\n"
        "    return history"
    )
    return cells


def test_a_trained_model_of_keras_tells_its_layers_and_its_history_once_without_being_called(keras_cells: Cells) -> None:
    assert [] == [event for event in keras_cells.run("net = made(4)") if isinstance(event, (ModelSeen, MetricLogged))]
    events = keras_cells.run("h = fit(net, [0.5, 0.25])")
    assert [("loss", 0.25)] == [(event.name, event.value) for event in events if isinstance(event, MetricLogged)]
    assert [("loss", (0.5, 0.25))] == [(event.name, event.values) for event in events if isinstance(event, SeriesSeen)]
    (model,) = [event for event in events if isinstance(event, ModelSeen)]
    assert {"layers": "Dense(4)", "loss": "mse", "optimizer": "Adam"} == model.parameters
    assert model.signature is not None
    assert {"parameters": 24, "trainable": 24, "layers": 1} == model.signature["size"]
    assert ("keras", "3.15.1") == (model.library, model.version)


def test_training_further_is_told_though_nobody_keeps_the_history_and_looking_is_not(keras_cells: Cells) -> None:
    keras_cells.run("net = made(4)\nfirst = fit(net, [0.5])")
    assert {"loss": 0.125} == keras_cells.metrics("_ = fit(net, [0.25, 0.125])")
    assert {} == keras_cells.metrics("net")


def test_settings_of_what_is_made_of_keras_parts_need_no_import_by_name(keras_cells: Cells) -> None:
    source = "class keras:\n    class optimizers:\n        def Adam(learning_rate): return learning_rate\n"
    keras_cells.run(source)
    assert {"learning_rate": 0.01} == keras_cells.parameters("keras.optimizers.Adam(learning_rate=0.01)")


def test_settings_in_a_dict_that_a_training_is_handed_are_parameters() -> None:
    cells = Cells()
    cells.run("class xgb:\n    def train(*args, **more): return None")
    assert {"max_depth": 3, "eta": 0.1, "rounds": 5} == cells.parameters(
        "xgb.train({'max_depth': 3, 'eta': 0.1, 'obj': max}, rounds=5)"
    )


def test_a_model_that_was_fitted_on_a_part_of_a_frame_says_of_which() -> None:
    pytest.importorskip("sklearn")
    cells = Cells()
    cells.run(
        "import pandas as pd\nfrom sklearn.linear_model import LinearRegression\ndf = pd.DataFrame({'a': [1.0, 2, 4], 'b': [3.0, 2, 1], 'y': [1.0, 2, 3]})"
    )
    model = cells.models("model = LinearRegression().fit(df[['a', 'b']], df.y)")["model"]
    assert (
        {"name": "df", "part": "df[['a', 'b']]", "kind": "frame"},
        {"name": "df", "part": "df.y", "kind": "frame"},
    ) == model.fitted_on
    assert ("a", "b") == model.features


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("df.groupby('k').dose.mean().plot.bar(ax=ax)", ("df",)),
        ("sns.histplot(frame['a'])", ("frame",)),
        ("plt.plot(np.sort(x), y[1:])", ("y",)),
        ("plt.bar(totals.index, totals.sum())", ("totals",)),
    ],
)
def test_a_figure_knows_what_it_is_drawn_from_behind_the_methods_that_were_called_on_it(
    source: str, names: tuple[str, ...]
) -> None:
    cell = read_cell(source)
    assert cell is not None
    assert names == tuple(cell.plotted)


def test_a_cell_that_failed_tells_only_what_it_came_to() -> None:
    pytest.importorskip("sklearn")
    cells = Cells()
    cells.run("from sklearn.linear_model import Ridge\nfrom sklearn.metrics import r2_score\nlosses = []")
    cells.run(
        "model = Ridge(alpha=2.0).fit([[1.0], [2.0], [4.0]], [1.0, 2.0, 3.0])\nr2 = r2_score([1.0, 2.0], [1.0, 2.5])\nloss = 0.75"
    )
    failed = cells.run(
        "1 / 0\nmodel = Ridge(alpha=3.0).fit([[1.0], [2.0]], [1.0, 2.0])\nr2 = r2_score([1.0, 2.0], [1.0, 2.25])\nloss = r2 / 2"
    )
    assert [] == [event for event in failed if isinstance(event, (ModelSeen, MetricLogged))]
    half = cells.run(
        "for step in range(3):\n    loss = step / 4 + 0.1\n    losses.append(loss)\nmodel.fit([[1.0], [3.0]], [1.0, 2.0])\nr2 = 1 / 0"
    )
    assert [("loss", 0.6)] == [(event.name, event.value) for event in half if isinstance(event, MetricLogged)]
    assert [(0.1, 0.35, 0.6)] == [event.values for event in half if isinstance(event, SeriesSeen)]
    assert ["model"] == [event.name for event in half if isinstance(event, ModelSeen)]


def test_what_gradient_boosting_calls_a_score_of_training_is_its_loss() -> None:
    """The less, the better: as a score it would stand the wrong way round in every table."""
    cells = Cells()
    cells.run("from sklearn.ensemble import GradientBoostingRegressor\nimport numpy as np\nX = np.arange(20.0).reshape(-1, 1)")
    found = cells.series("m = GradientBoostingRegressor(n_estimators=3, random_state=0).fit(X, X[:, 0])")
    assert {"train_loss": tuple(cells.namespace["m"].train_score_)} == found
