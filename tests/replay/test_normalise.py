"""What may differ between two honest executions, and what must not be taken for it."""

from __future__ import annotations

import random
import time
from dataclasses import replace

import pytest

from labjournal.replay.comparing.clock import Clock
from labjournal.replay.comparing.normalise import Normaliser, first_apart, hints, numbers_apart
from tests.pace import quicker
from tests.replay.made import A_RUN, AN_EXECUTION


def clock(*spans: tuple[str, str], ahead_s: int = 0) -> Clock:
    run = replace(A_RUN, started=spans[0][0], utc_offset_s=ahead_s)
    return Clock.of(run, [replace(AN_EXECUTION, started=started, ended=ended) for started, ended in spans])


MONDAY = Normaliser(clock(("2026-03-02T09:00:00+00:00", "2026-03-02T09:20:00+00:00")), {"/home/ada/work": "‹folder›"})
TUESDAY = Normaliser(clock(("2026-03-03T17:00:00+00:00", "2026-03-03T17:05:00+00:00")), {"/tmp/replay-1": "‹folder›"})


def same(recorded: str, replayed: str, code: str = "", tolerance: float = 0.0, mime: str = "") -> bool:
    return first_apart(recorded, replayed, (MONDAY, TUESDAY), given_away=hints([code], mime), tolerance=tolerance) is None


@pytest.mark.parametrize(
    ("recorded", "replayed"),
    [
        ("<Thing object at 0x7f3a2b4c5d6e>", "<Thing object at 0x7f00aa11bb22>"),
        ("&lt;lightgbm.bas...x7f4dc1b0e690&gt;", "&lt;lightgbm.bas...x7f052b87bcd0&gt;"),
        ("/tmp/ipykernel_4711/123456.py:3: UserWarning: old", "/tmp/ipykernel_99/654321.py:3: UserWarning: old"),
        ("pid=4711 started", "pid=12 started"),
        ("wrote /tmp/tmpab12cd/model.pkl", "wrote /tmp/tmpzz99yy/model.pkl"),
        ("Wall time: 345 ms", "Wall time: 1.2 s"),
        ("CPU times: user 1.2 s, sys: 3 ms, total: 1.3 s", "CPU times: user 900 ms, sys: 1 ms, total: 901 ms"),
        ("100%|██████████| 10/10 [00:03<00:00,  3.12it/s]", "100%|██████████| 10/10 [00:01<00:00,  9.51it/s]"),
        ("32/32 [==============================] - 1s 3ms/step - loss: 0.3", "32/32 [==============================] - 0s 12ms/step - loss: 0.3"),
        ("\x1b[1m32/32\x1b[0m \x1b[32m━━━━━━━━━━\x1b[0m \x1b[1m1s\x1b[0m 3ms/step", "32/32 ━━━━━━━━━━ 2s 14ms/step"),
        ("fitted in 0.53 s", "fitted in 0.91 s"),
        ("[CV] END ....C=1; total time=   0.1s", "[CV] END ....C=1; total time=   0.4s"),
        ("12.3 ms ± 45 µs per loop (mean ± std. dev. of 7 runs, 100 loops each)", "1min 2s ± 1 s per loop (mean ± std. dev. of 7 runs, 1 loop each)"),
        ("The slowest run took 4.61 times longer than the fastest.\n68 ns ± 1 ns per loop (mean)", "70 ns ± 2 ns per loop (mean)"),
        ("run 2026-03-02 09:12:44.123 done", "run 2026-03-03 17:01:02.999 done"),
        ("Mon Mar  2 09:12:44 2026", "Tue Mar  3 17:01:02 2026"),
        ("Date:  Mon, 02 Mar 2026   Prob: 0.5\nTime:        09:12:44   AIC: 12", "Date:  Tue, 03 Mar 2026   Prob: 0.5\nTime:        17:01:02   AIC: 12"),
        ("-rw-r--r-- 1 ada ada 39K Mar  2 09:12 my.png", "-rw-r--r-- 1 ada ada 39K Mar  3 17:02 my.png"),
        ("saved model_20260302-091244.pkl", "saved model_20260303-170102.pkl"),
        ("at 09:12:44", "at 17:01:02"),
        ("1772442764.5", "1772557262.25"),
        ("model_id='0123456789abcdef0123456789abcdef'", "model_id='fedcba9876543210fedcba9876543210'"),
        ("id 12345678-1234-4234-9234-123456789abc", "id 87654321-4321-4321-8321-cba987654321"),
        ('<table id="T_1a2b3">', '<table id="T_ffee0">'),
        ("read /home/ada/work/data.csv", "read /tmp/replay-1/data.csv"),
        ("/home/ada/.venv/lib/python3.11/site-packages/x/y.py", "/opt/conda/lib/python3.11/site-packages/x/y.py"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("{'pear', 'apple', 'fig'}", "{'fig', 'apple', 'pear'}"),
        ("Matplotlib is building the font cache; this may take a moment.\nok", "ok"),
    ],
)  # fmt: skip
def test_what_the_clock_and_the_machine_put_there_does_not_count(recorded: str, replayed: str) -> None:
    assert same(recorded, replayed)


@pytest.mark.parametrize(
    ("recorded", "replayed"),
    [
        ("accuracy: 0.91", "accuracy: 0.87"),
        ("[1234]", "[1235]"),
        ("2020-01-05    17", "2020-01-06    17"),
        ("2019-07-01 12:00:00", "2019-07-01 13:00:00"),
        ("total 30 min", "total 45 min"),
        ("delivered in 12 min", "delivered in 17 min"),
        ("Process 1200 rows", "Process 1300 rows"),
        ("shape (150, 4)", "shape (150, 5)"),
        ("0x41", "0x42"),
        ("colour 0xffaa00", "colour 0xffbb00"),
        ("opening hours 08:30:00", "opening hours 09:30:00"),
        ("a\nb", "b\na"),
        ("a", "a\nb"),
        ("### 3", "##### 3"),
        ("2026-03-02 1.5", "2026-03-02 1.6"),
        ("1234567890", "1234567891"),
        ("140234567890123", "140234567890999"),
        ("12345678-1234-4234-9234-123456789abc 1\nx", "x\n12345678-1234-4234-9234-123456789abc 1"),
        ("{'pear': 1, 'apple': 2}", "{'apple': 1, 'pear': 2}"),
    ],
)
def test_data_that_looks_like_a_time_or_an_id_counts(recorded: str, replayed: str) -> None:
    assert not same(recorded, replayed)


@pytest.mark.parametrize(
    ("code", "recorded", "replayed"),
    [
        ("t = time.time(); print('done', time.time() - t, 's')", "done 2.34 s", "done 1.99 s"),
        ("start = perf_counter()", "--- 2.34 seconds ---", "--- 12.1 seconds ---"),
        ("start = datetime.now()", "took 0:00:02.345678", "took 0:01:12.000001"),
        ("start = time.time()", "Elapsed: 3.25", "Elapsed: 4.5"),
        ("print(id(frame))", "140234567890123", "139834567890777"),
        ("folder = tempfile.mkdtemp(prefix='run')", "/tmp/runab12/x.csv", "/tmp/run99zz/x.csv"),
        (
            "%prun f()",
            "   1    0.000    0.000    0.001    0.001 <string>:1(f)",
            "   1    0.000    0.000    0.009    0.009 <string>:1(f)",
        ),
    ],
)
def test_what_may_be_data_counts_unless_the_code_asks_for_it(code: str, recorded: str, replayed: str) -> None:
    assert same(recorded, replayed, code)
    assert not same(recorded, replayed, "x = 1")


def test_elements_of_a_chart_are_named_anew_each_time() -> None:
    one, other = "67420b73e29b4077a6b983eb6123b978", "1b49c6e7a5a8412e93e4f89e193c2803"

    for text in ("#altair-viz-{}.vega-embed {{", '<div id="map_{}" class="folium">', "var chart_{} = L.map();"):
        assert same(text.format(one), text.format(other), mime="text/html")
        assert not same(text.format(one), text.format(other), mime="text/plain")
    assert not same(f"<b>{one}</b>", f"<b>{other}</b>", mime="text/html")
    assert not same("#altair-viz-" + "0" * 32, "#altair-viz-" + "1" * 32, mime="text/html")


def test_a_clock_in_the_code_excuses_no_other_number() -> None:
    assert not same("loss 0.31 after 3.1 s", "loss 0.32 after 3.4 s", "t = time.time()")


def test_todays_date_in_data_is_the_same_tomorrow() -> None:
    """The day of the recording stands in the data; on the day of the replay it is just a date, and equal."""
    assert same("2026-03-02   17   took 3 ms", "2026-03-02   17   took 4 ms")


def test_a_time_between_two_executions_is_not_the_clocks() -> None:
    reader = Normaliser(
        clock(
            ("2026-03-02T09:00:00+00:00", "2026-03-02T09:01:00+00:00"), ("2026-03-02T15:00:00+00:00", "2026-03-02T15:01:00+00:00")
        )
    )

    assert first_apart("at 12:00:00", "at 17:01:00", (reader, TUESDAY)) is not None
    assert first_apart("at 15:00:30", "at 17:01:00", (reader, TUESDAY)) is None


def test_the_wall_clock_of_another_zone_is_a_clock_too() -> None:
    tokyo = Normaliser(clock(("2026-03-02T09:00:00+00:00", "2026-03-02T09:05:00+00:00"), ahead_s=9 * 3600))

    assert first_apart("it is 2026-03-02 18:02", "it is 2026-03-03 17:02", (tokyo, TUESDAY)) is None


@pytest.mark.parametrize(
    ("recorded", "replayed"),
    [
        ("datetime.datetime(2026, 3, 2, 9, 2, 3, 4567)", "datetime.datetime(2026, 3, 3, 17, 2, 3, 89)"),
        ("(datetime.datetime(2026, 3, 2, 9, 2), 1)", "(datetime.datetime(2026, 3, 3, 17, 2), 1)"),
        ("datetime.date(2026, 3, 2)", "datetime.date(2026, 3, 3)"),
        ("datetime.datetime(2026, 3, 2, 9, 2, 3, tzinfo=datetime.timezone.utc)", "datetime.datetime(2026, 3, 3, 17, 2, 3, 8, tzinfo=datetime.timezone.utc)"),
    ],
)  # fmt: skip
def test_a_time_may_stand_as_python_writes_it(recorded: str, replayed: str) -> None:
    assert same(recorded, replayed)
    assert not same(recorded, replayed.replace("2026", "2024"))


def test_the_number_of_a_process_is_no_value() -> None:
    assert same("4711", "12", code="os.getpid()")
    assert not same("4711", "12", code="count")


def test_ids_that_were_drawn_count_as_little_without_their_hyphens() -> None:
    one, other = "a3eaa9d8ce504a6785cea93b429f87dc", "f40c4b4f40d844a68218a09a43305a77"

    assert same(f"run_{one}".replace("_", " "), f"run {other}", code="uuid.uuid4().hex")
    assert not same(one, other, code="digest(model)")


def test_ids_that_matplotlib_draws_into_its_svg_do_not_count() -> None:
    one, other = '<path id="m1a2b3c4d5e"/><use href="#m1a2b3c4d5e"/>', '<path id="m5e4d3c2b1a"/><use href="#m5e4d3c2b1a"/>'

    assert same(one, other, mime="image/svg+xml")
    assert not same(one, other)


def test_numbers_within_the_tolerance_are_the_same() -> None:
    assert same("loss 0.12345 at 100", "loss 0.12346 at 100", tolerance=1e-3)
    assert same("   x\n  9.999", "   x\n 10.001", tolerance=1e-2)


def test_numbers_outside_the_tolerance_or_other_words_are_not() -> None:
    assert numbers_apart("loss 0.12", "loss 0.13", 1e-3)
    assert numbers_apart("loss 0.12", "gain 0.12", 1e-3)
    assert numbers_apart("1 2", "1 2 3", 1e-3)


def test_the_first_line_that_differs_is_named_as_it_was() -> None:
    assert (2, "b 0x7f3a2b4c5d6e 1", "b 0x7f3a2b4c5d6e 2") == first_apart(
        "a 0x7f3a2b4c5d6e\nb 0x7f3a2b4c5d6e 1\nc", "a 0x7f0000000000\nb 0x7f3a2b4c5d6e 2\nd", (MONDAY, TUESDAY)
    )


@pytest.mark.parametrize(
    "line",
    ["7" * 60_000, "a" * 60_000, "=" * 60_000, "━" * 60_000, "/x" * 30_000, "12:30:01 " * 6_000, "1:" * 30_000, "ipykernel_" * 6_000, "'a', " * 10_000],
    ids=lambda line: line[:9],
)  # fmt: skip
def test_a_line_of_any_length_is_compared_in_a_moment(line: str) -> None:
    """What somebody else recorded may be made to keep a comparison busy for ever."""
    begun = time.monotonic()

    assert not same(line + "1", line + "2", "t = time.time(); id(t); import tempfile")
    quicker(time.monotonic() - begun, 5)


def test_random_texts_are_the_same_as_themselves_and_none_else() -> None:
    drawn = random.Random(7)
    for _ in range(300):
        text = "".join(drawn.choice("ab01 .:-%[]|'{}\n") for _ in range(40))
        assert same(text, text)
        assert not same(text + "x", text + "y")
