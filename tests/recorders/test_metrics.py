"""Metrics read off the screen: better none than a wrong one."""

from __future__ import annotations

import time
from typing import Any

import pytest

from labjournal.events import Event, MetricLogged, OutputShown, SeriesSeen
from labjournal.recorders.cell_results import read_cell
from labjournal.recorders.metrics import metric_events, printed_metrics
from labjournal.recorders.read_off import ReadOff
from tests.pace import quicker

_FOUND: list[tuple[str, list[tuple[str, float, int | None]]]] = [
    ("accuracy: 0.93", [("accuracy", 0.93, None)]),
    ("Test Accuracy = 0.9532 (n=120)", [("test_accuracy", 0.9532, None)]),
    ("R²: 0.81\nR^2 = -0.2\nr2 score: .5", [("r2", -0.2, None), ("r2_score", 0.5, None)]),
    ("Adj. R-squared: 0.81", [("adj_r2", 0.81, None)]),
    ("RMSE: 1,234.5\nMAE: 3.2 ± 0.1", [("rmse", 1234.5, None), ("mae", 3.2, None)]),
    ("ROC AUC score: .87, log loss: 1.2e-3", [("roc_auc_score", 0.87, None), ("log_loss", 0.0012, None)]),
    ("f1: 0.5\nf1: 0.6", [("f1", 0.6, None)]),
    ("Epoch 3/10 - loss: 0.41 - val_loss: 0.39", [("loss", 0.41, 3), ("val_loss", 0.39, 3)]),
    ("step 100 loss = 0.5\nstep 200 loss = 0.4", [("loss", 0.5, 100), ("loss", 0.4, 200)]),
    ("Epoch 1/2\n10/10 [====] - 1s 2ms/step - loss: 0.5\nEpoch 2/2\n10/10 [====] - 1s - loss: 0.4\nTest loss: 0.45", [("loss", 0.5, 1), ("loss", 0.4, 2), ("test_loss", 0.45, None)]),
    ("[100]\tvalid_0's auc: 0.91", [("auc", 0.91, None)]),
    ("acc:  0.25  \racc: 0.5", [("acc", 0.5, None)]),
    ("\x1b[1mAccuracy:\x1b[0m 0.5", [("accuracy", 0.5, None)]),
    ("{'eval_loss': 1.5, 'epoch': 2.0}", [("eval_loss", 1.5, 2)]),
    ("mean accuracy: 0.95 (+/- 0.02)", [("mean_accuracy", 0.95, None)]),
    ("<F test: F=145.49, p=1.2e-20, df_denom=46>", [("F", 145.49, None), ("p_value", 1.2e-20, None)]),
    ("<F test: F=array([[4.97]]), p=0.011, df_num=2>", [("F", 4.97, None), ("p_value", 0.011, None)]),
    ("t(18) = -2.31, p = .033", [("t", -2.31, None), ("p_value", 0.033, None)]),
    ("mAP@0.5: 0.31  perplexity: 12.5", [("map@0.5", 0.31, None), ("perplexity", 12.5, None)]),
]  # fmt: skip

_NOT_FOUND = [
    "time: 3.2s", "epoch: 5", "loss: mse", "accuracy: 0.9/1.0", "loss: 12:30", "Recall: [0.1 0.2]", "target accuracy: 0.95", "score: 10",
    "precision: 3 decimals", "acc: 1.2.3", "accuracy for class 3: 0.4", "price: 12.5", "the loss of 12 samples", "accuracy           0.97        30",
    "Accuracy of the network: 55 %", "https://x/loss:0.5", "roc: 1.0", "float: 0.5", "T=300 K, p=0.5 bar", "W = 0.98, p = 1.5", "closs: 0.5", "if loss: 0.5", "2024-01-01 12:00", "",
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), _FOUND)
def test_metrics_that_everybody_knows_are_read(text: str, expected: list[tuple[str, float, int | None]]) -> None:
    assert expected == [(metric.name, metric.value, metric.step) for metric in printed_metrics(text)]


@pytest.mark.parametrize("text", _NOT_FOUND)
def test_other_numbers_are_left_alone(text: str) -> None:
    assert [] == printed_metrics(text)


@pytest.mark.parametrize(
    ("line", "shown", "names"),
    [
        ("f'Epoch {epoch + 1}/3 - loss: {loss:.3f} - val_loss: {other:.3f}'", "Epoch {}/3 - loss: 0.{}5 - val_loss: 0.{}7", {"loss", "val_loss"}),
        ("f'Fold {epoch} of 3: accuracy {loss}'", "Fold {} of 3: accuracy 0.{}5", {"accuracy"}),
        ("'Epoch %d/%d, loss %.3f' % (epoch, 3, loss)", "Epoch {}/3, loss 0.{}5", {"loss"}),
    ],
)  # fmt: skip
def test_how_many_there_are_is_no_part_of_the_name(line: str, shown: str, names: set[str]) -> None:
    cell = read_cell(f"for epoch in range(3):\n    print({line})")
    text = "".join(shown.format(*[epoch] * 3) + "\n" for epoch in range(3))
    events = list(screen(text, cell=cell))

    assert names == {event.name for event in events if isinstance(event, MetricLogged)}
    assert {(name, 3) for name in names} == {(event.name, len(event.values)) for event in events if isinstance(event, SeriesSeen)}


def test_what_is_shown_once_more_makes_it_no_less_sure() -> None:
    """Printed before and after a figure, or quoted by a warning."""
    metrics = [event for event in screen("accuracy: 0.9\n", "accuracy: 0.9\n") if isinstance(event, MetricLogged)]

    assert [("accuracy", 0.9, 0.8)] == [(event.name, event.value, event.confidence) for event in metrics]


def screen(*texts: str, **more: Any) -> list[Event]:
    """What is read off streams that stand one behind the other."""
    reading = ReadOff("run1", str)
    reading.begin(1)
    shown = [OutputShown("run1", 1, position, "stream", name="stdout", text=text) for position, text in enumerate(texts)]
    return list(reading.events(1, shown, more.get("cell")))


def test_percent_is_a_unit() -> None:
    assert [("accuracy", 92.0, "%")] == [
        (metric.name, metric.value, metric.unit) for metric in printed_metrics("Accuracy = 92 %")
    ]


def test_events_say_that_they_were_printed_and_are_not_certain() -> None:
    event = next(iter(metric_events("run1", 3, "accuracy: 0.5\n", 12.0)))
    assert isinstance(event, MetricLogged)
    assert ("run1", 3, "accuracy", 0.5, "printed", 12.0) == (event.run, event.n, event.name, event.value, event.source, event.at)
    assert 0 < event.confidence < 1


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "unit", ["loss: ", "accuracy accuracy ", "val_" * 20, "1,", "a:b=", "loss: 0.1 - ", "\n", "mean squared ", "\x1b["]
)
def test_no_output_is_slow_to_read(unit: str) -> None:
    text = (unit * 1_000_000)[:1_000_000]
    began = time.thread_time()
    printed_metrics(text)
    quicker(time.thread_time() - began, 3.0)
