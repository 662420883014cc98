"""What may differ between two honest executions, and what must not be taken for it."""

from __future__ import annotations

import pytest

from labjournal.replay.normalise import Clock, Normaliser, numbers_apart

MONDAY = Normaliser(Clock.of("2026-03-02T09:00:00.000000+00:00", "2026-03-02T09:20:00.000000+00:00"), {"/home/ada/work": "‹project›"})
TUESDAY = Normaliser(Clock.of("2026-03-03T17:00:00.000000+00:00", "2026-03-03T17:05:00.000000+00:00"), {"/tmp/replay-1": "‹project›"})


@pytest.mark.parametrize(
    ("recorded", "replayed"),
    [
        ("<Thing object at 0x7f3a2b4c5d6e>", "<Thing object at 0x7f00aa11bb22>"),
        ("/tmp/ipykernel_4711/123456.py:3: UserWarning: old", "/tmp/ipykernel_99/654321.py:3: UserWarning: old"),
        ("pid=4711 started", "pid=12 started"),
        ("wrote /tmp/tmpab12cd/model.pkl", "wrote /tmp/tmpzz99yy/model.pkl"),
        ("Wall time: 345 ms", "Wall time: 1.2 s"),
        ("CPU times: user 1.2 s, sys: 3 ms, total: 1.3 s", "CPU times: user 900 ms, sys: 1 ms, total: 901 ms"),
        ("100%|██████████| 10/10 [00:03<00:00,  3.12it/s]", "100%|██████████| 10/10 [00:01<00:00,  9.51it/s]"),
        ("fitted in 0.53 s", "fitted in 0.91 s"),
        ("12.3 ms ± 45 µs per loop (mean ± std. dev. of 7 runs, 100 loops each)", "11 ms ± 1 ms per loop (mean)"),
        ("run 2026-03-02 09:12:44.123 done", "run 2026-03-03 17:01:02.999 done"),
        ("Mon Mar  2 09:12:44 2026", "Tue Mar  3 17:01:02 2026"),
        ("at 09:12:44", "at 17:01:02"),
        ("model_id='0123456789abcdef0123456789abcdef'", "model_id='fedcba9876543210fedcba9876543210'"),
        ("id 12345678-1234-1234-1234-123456789abc", "id 87654321-4321-4321-4321-cba987654321"),
        ('<table id="T_1a2b3">', '<table id="T_ffee0">'),
        ("read /home/ada/work/data.csv", "read /tmp/replay-1/data.csv"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("Matplotlib is building the font cache; this may take a moment.\nok", "ok"),
    ],
)
def test_what_the_clock_and_the_machine_put_there_does_not_count(recorded: str, replayed: str) -> None:
    assert MONDAY(recorded) == TUESDAY(replayed)


@pytest.mark.parametrize(
    ("recorded", "replayed"),
    [
        ("accuracy: 0.91", "accuracy: 0.87"),
        ("[1234]", "[1235]"),
        ("2020-01-05    17", "2020-01-06    17"),
        ("2019-07-01 12:00:00", "2019-07-01 13:00:00"),
        ("total 30 min", "total 45 min"),
        ("shape (150, 4)", "shape (150, 5)"),
        ("0x41", "0x42"),
        ("opening hours 08:30:00", "opening hours 09:30:00"),
        ("a\nb", "b\na"),
    ],
)
def test_data_that_looks_like_a_time_or_an_id_counts(recorded: str, replayed: str) -> None:
    assert MONDAY(recorded) != TUESDAY(replayed)


def test_numbers_within_the_tolerance_are_the_same() -> None:
    assert not numbers_apart("loss 0.12345 at 100", "loss 0.12346 at 100", 1e-3)


def test_numbers_outside_the_tolerance_or_other_words_are_not() -> None:
    assert numbers_apart("loss 0.12", "loss 0.13", 1e-3)
    assert numbers_apart("loss 0.12", "gain 0.12", 1e-3)
    assert numbers_apart("1 2", "1 2 3", 1e-3)
