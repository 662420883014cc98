"""What waits until the kernel has nothing to do is done in one call for all who asked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from labjournal.kernel.idle import AFTER_REPLY_S, Idle


class Kernel:
    """Says when code last began or ended, and writes down what was done when nothing did."""

    def __init__(self) -> None:
        self.moment = 0.0
        self.done: list[list[str]] = []
        self.idle = Idle(self.act, lambda: self.moment)

    def act(self, acts: dict[str, Callable[[], None]]) -> None:
        self.done.append(sorted(acts))

    def ask(self, *names: str) -> list[bool]:
        return [self.idle.ask(name, lambda: None) for name in names]


def test_where_no_loop_runs_nobody_is_called_back() -> None:
    assert [False] == Kernel().ask("frames")


def test_all_who_ask_are_served_in_one_call_and_later_ones_in_another() -> None:
    kernel = Kernel()

    async def work() -> None:
        assert [True, True, True] == kernel.ask("frames", "results", "frames")
        await asyncio.sleep(3 * AFTER_REPLY_S)
        kernel.moment += 1.0
        kernel.ask("results")
        await asyncio.sleep(3 * AFTER_REPLY_S)

    asyncio.run(work())
    assert [["frames", "results"], ["results"]] == kernel.done


def test_while_cells_follow_each_other_at_once_what_is_owed_is_done_between_them() -> None:
    kernel = Kernel()

    async def work() -> None:
        for _ in range(40):
            kernel.moment += 1.0
            kernel.ask("frames", "results")
            await asyncio.sleep(AFTER_REPLY_S / 4)
        await asyncio.sleep(3 * AFTER_REPLY_S)

    asyncio.run(work())
    assert {("frames", "results")} == {tuple(done) for done in kernel.done}
    assert 20 <= len(kernel.done) <= 40


def test_a_loop_that_ended_before_it_called_is_not_waited_for() -> None:
    kernel = Kernel()

    async def ends_at_once() -> None:
        kernel.ask("frames")

    async def goes_on() -> None:
        kernel.ask("results")
        await asyncio.sleep(3 * AFTER_REPLY_S)

    asyncio.run(ends_at_once())
    asyncio.run(goes_on())
    assert [["frames", "results"]] == kernel.done
