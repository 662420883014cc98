"""How long something took is told from data by the code that shows it."""

from __future__ import annotations

import pytest

from labjournal.replay.comparing.durations import Shown, Stopwatch

TIMED = "import time\nstart = time.perf_counter()\nwork()\nelapsed = time.perf_counter() - start\n"


def shown(*cells: str) -> Shown:
    watch = Stopwatch()
    return [watch.shown(cell) for cell in cells][-1]


@pytest.mark.parametrize(
    ("cells", "texts"),
    [
        ((TIMED + "elapsed",), ("0.0312", "1.25e-05")),
        ((TIMED, "elapsed"), ("0.0312", "12.5")),
        ((TIMED, "round(elapsed * 1000, 1)"), ("31.2", "1250.0")),
        ((TIMED, "score, elapsed"), ("(0.91, 0.0312)", "(0.91, 12.5)")),
        (("from time import time", "t0 = time()", "time() - t0"), ("3.25", "4.5")),
        (("t = datetime.now()", "datetime.now() - t"), ("datetime.timedelta(seconds=3, microseconds=12)", "datetime.timedelta(seconds=9)")),
        (("times = []\nfor i in x:\n    t = time.time()\n    f()\n    times.append(time.time() - t)", "times"), ("[0.5, 0.25]", "[1.5, 2.25]")),
        (("total = 0\nfor i in x:\n    t = time.time()\n    f()\n    total += time.time() - t\ntotal / 3",), ("0.5", "0.7")),
        (("def timed(f):\n    t = time.time()\n    f()\n    return time.time() - t", "timed(g)"), ("0.5", "0.7")),
        (("def timed(f):\n    t = time.time()\n    return f(), time.time() - t", "score, took = timed(g)", "took"), ("0.5", "0.7")),
        (("timeit.timeit('f()', number=10)",), ("0.5", "0.7")),
        ((TIMED, "f'{elapsed:.2f}'"), ("'0.03'", "'12.50'")),
    ],
)  # fmt: skip
def test_a_duration_shown_as_last_value_does_not_count(cells: tuple[str, ...], texts: tuple[str, str]) -> None:
    one, other = (shown(*cells).without(text, result=True) for text in texts)

    assert one == other


@pytest.mark.parametrize(
    ("cells", "texts"),
    [
        ((TIMED + "print(elapsed)",), ("0.0312", "1.25")),
        ((TIMED, "print('fitted', n, 'models:', elapsed)"), ("fitted 3 models: 0.5", "fitted 3 models: 0.75")),
        ((TIMED, "print(f'Training of {name} {elapsed:8.2f}')"), ("Training of a     3.21", "Training of a    12.21")),
        ((TIMED, "print('Training %s %.1f' % (name, elapsed))"), ("Training a 3.2", "Training a 12.2")),
        ((TIMED, "print('Training {} {:.1f}'.format(name, elapsed))"), ("Training a 3.2", "Training a 12.2")),
        ((TIMED, "print('loss', loss)\nprint('needed', elapsed)"), ("loss 0.5\nneeded 0.1", "loss 0.5\nneeded 0.7")),
        ((TIMED, "print('\\nneeded', elapsed)"), ("\nneeded 0.1", "\nneeded 0.7")),
    ],
)  # fmt: skip
def test_a_duration_that_is_printed_does_not_count(cells: tuple[str, ...], texts: tuple[str, str]) -> None:
    one, other = (shown(*cells).without(text, result=False) for text in texts)

    assert one == other


@pytest.mark.parametrize(
    ("cells", "texts", "result"),
    [
        ((TIMED, "score"), ("0.91", "0.87"), True),
        ((TIMED, "score, elapsed"), ("(0.91, 0.5)", "(0.87, 0.5)"), True),
        ((TIMED, "elapsed = score", "elapsed"), ("0.91", "0.87"), True),
        ((TIMED, "x['t'] - x['s']"), ("0.91", "0.87"), True),
        (("time = 3", "time - 1"), ("2", "1"), True),
        (("def f():\n    return score", "f()"), ("2", "1"), True),
        ((TIMED, "print(score)\nprint(elapsed)"), ("0.91\n0.5", "0.87\n0.5"), False),
        ((TIMED, "print('loss', loss, elapsed)"), ("loss 0.5 0.1", "loss 0.6 0.1"), False),
        ((TIMED, "fit()\nprint(elapsed)"), ("0.5\n0.5", "0.6\n0.5"), False),
        ((TIMED, "for x in y:\n    print(elapsed)"), ("0.5", "0.6"), False),
    ],
)
def test_data_beside_a_duration_counts(cells: tuple[str, ...], texts: tuple[str, str], result: bool) -> None:
    one, other = (shown(*cells).without(text, result=result) for text in texts)

    assert one != other


@pytest.mark.parametrize("cell", ["", "not python(", "%%bash\ntime ls", "x = " + "(" * 50, "print(", "time.time() - "])
def test_code_of_every_kind_is_read(cell: str) -> None:
    assert shown(cell).without("3.5", result=True) == "3.5"
