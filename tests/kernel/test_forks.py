"""P12: a fork in the middle of recording neither hangs nor writes; threads and subshells keep to their cells."""

from __future__ import annotations

import os
from typing import Any

FORKS = 500 if os.environ.get("LABJOURNAL_SOAK") else 60

PLAIN_FORKS = f"""
import os, sys, threading, time
from IPython.display import display
stop = False
def chatter():
    while not stop:
        print("parent talks")
        display("parent shows")
        time.sleep(0.002)
talkers = [threading.Thread(target=chatter) for _ in range(2)]
for talker in talkers: talker.start()
hung = 0
for number in range({FORKS}):
    child = os.fork()
    if child == 0:
        try:
            import labjournal
            labjournal.metric("from the child", number)
            labjournal.note("from the child")
            get_ipython().run_cell("child_cell = 1", store_history=True)
            open("written-by-child.txt", "a").close()
        finally:
            os._exit(0)
    until = time.monotonic() + 20
    while os.waitpid(child, os.WNOHANG) == (0, 0):
        if time.monotonic() > until:
            hung += 1
            os.kill(child, 9)
            os.waitpid(child, 0)
            break
        time.sleep(0.001)
stop = True
for talker in talkers: talker.join()
"""

POOL = """
import multiprocessing
context = multiprocessing.get_context("fork")
def square(x):
    print("working on", x, flush=True)
    return x * x
with context.Pool(4) as pool:
    squares = pool.map(square, range(40))
"""

SPAWNED = """
import subprocess, sys
seen = subprocess.run([sys.executable, "-c", "import os; print([name for name in os.environ if name.startswith('PYTHONSTARTUP') or 'LABJOURNAL_PYTHON' in name])"],
                      capture_output=True, text=True).stdout.strip()
"""


def test_p12_forks_neither_hang_nor_write(kernel: Any) -> None:
    status, _ = kernel.run(PLAIN_FORKS)
    hung = kernel.ask("hung")
    kernel.run("after = 1")
    kernel.shutdown()

    assert ("ok", 0) == (status, hung)
    assert [(1, "ok"), (2, "ok")] == kernel.rows("SELECT n, status FROM executions ORDER BY n")
    assert [(0,)] == kernel.rows("SELECT count(*) FROM metrics")
    assert [(0,)] == kernel.rows("SELECT count(*) FROM notes")
    assert [(1,)] == kernel.rows("SELECT count(*) FROM runs")
    assert [(0,)] == kernel.rows("SELECT damaged FROM spools UNION SELECT 0")


def test_p12_a_pool_of_forked_workers_does_its_work(kernel: Any) -> None:
    status, _ = kernel.run(POOL)
    squares = kernel.ask("squares")
    kernel.shutdown()

    assert ("ok", [x * x for x in range(40)]) == (status, squares)
    ((text,),) = kernel.rows("SELECT text FROM outputs WHERE type = 'stream' AND name = 'stdout'")
    assert 40 == text.count("working on")


def test_p12_other_processes_see_nothing_of_us(kernel: Any) -> None:
    kernel.run(SPAWNED)

    assert "[]" == kernel.ask("seen")


def test_a_child_that_lives_on_does_not_keep_the_run_alive(kernel: Any) -> None:
    kernel.run("import os, time\nif os.fork() == 0:\n    os.setsid()\n    time.sleep(8)\n    os._exit(0)")
    os.kill(kernel.pid, 9)
    kernel.died()

    assert [("abandoned",)] == kernel.rows("SELECT status FROM runs")


def test_threads_that_a_cell_starts_say_things_for_it(kernel: Any) -> None:
    kernel.run(
        "import labjournal, threading\ndef tell(): labjournal.metric('from a thread', 1)\nthread = threading.Thread(target=tell); thread.start(); thread.join()"
    )
    kernel.shutdown()

    assert [(1, "from a thread", 1.0)] == kernel.rows("SELECT n, name, value FROM metrics")


def test_a_cell_that_closes_every_descriptor_it_can_does_not_get_our_lines(kernel: Any) -> None:
    """Descriptors that a cell did not open may be closed by it and used again for its own file."""
    kernel.run("before = 1")
    kernel.run(
        "import os\nours = [fd for fd in os.listdir('/proc/self/fd') if os.path.exists(f'/proc/self/fd/{fd}') and os.readlink(f'/proc/self/fd/{fd}').endswith('.spool')]\n"
        "assert ours\nfor fd in ours: os.close(int(fd))\nmine = [os.open('mine.txt', os.O_RDWR | os.O_CREAT) for _ in range(5)]"
    )
    kernel.run("after = 1")
    kernel.run("size = os.path.getsize('mine.txt')")
    size = kernel.ask("size")
    kernel.shutdown()

    assert 0 == size
    assert [1, 2, 3, 4] == [n for (n,) in kernel.rows("SELECT n FROM executions WHERE status = 'ok' ORDER BY n")]
