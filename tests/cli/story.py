"""The story behind `tests/samples/answers`: two days of somebody's work on coffee sales, with what went wrong on the way."""

from __future__ import annotations

from pathlib import Path

from labjournal import events as ev
from tests.builders import JournalBuilder, RunBuilder, error, figure, read, result, stream, written

NOTEBOOK = "/home/ada/coffee/sales.ipynb"
FOLDER = "/home/ada/coffee"
PLACE = "/home/ada/.local/share/labjournal"
MONDAY = 1793610000.0  # 2026-11-02 09:00 UTC
DAY = 86400.0
PACKAGES = {"matplotlib": "3.10.7", "numpy": "2.3.4", "pandas": "2.3.3", "scikit-learn": "1.7.2"}


def tell(folder: Path) -> JournalBuilder:
    """The journal of the story; the last run's kernel lives as long as the builder."""
    builder = JournalBuilder(folder)
    _monday(builder)
    _tuesday(builder)
    _replay(builder)
    _still_running(builder)
    builder.save()
    return builder


def _run(builder: JournalBuilder, run: str, started: float, **facts: object) -> RunBuilder:
    facts = {"folder": FOLDER, "executable": "/home/ada/coffee/.venv/bin/python", **facts}
    made = builder.run(run, notebook=NOTEBOOK, started=started, **facts)  # type: ignore[arg-type]
    return made.environment(PACKAGES, used=["numpy", "pandas", "scikit-learn"], hardware={"cpu": "x86_64", "cores": 8})


def _monday(builder: JournalBuilder) -> None:
    run = _run(builder, "k3f9a2", MONDAY).git("4bdf862c0ffee4bdf862c0ffee4bdf862c0ffee0", root=FOLDER, dirty=True)
    run.execution("import pandas as pd", bound=["pd"], imported=["pandas"], cell_id="imports", duration_s=0.81)
    run.execution("sales = pd.read_csv('salse.csv')", used=["pd"], bound=["sales"], cell_id="load", status="failed",
                  outputs=[error("FileNotFoundError", "[Errno 2] No such file or directory: 'salse.csv'")], duration_s=0.02)  # fmt: skip
    run.execution("sales = pd.read_csv('sales.csv')\nsales.shape", used=["pd"], bound=["sales"], cell_id="load", duration_s=0.12,
                  outputs=[result("(731, 4)")], reads=[read(f"{FOLDER}/sales.csv", b"day,cups\n1,40\n")])  # fmt: skip
    run.execution("password = '[REDACTED:password]'\nprint('accuracy:', 0.87)", bound=["password"], cell_id="fit", duration_s=2.5,
                  outputs=[stream("accuracy: 0.87\n"), stream("a warning\n", name="stderr")], redactions=1,
                  parameters={"depth": 4, "rates": [0.1, 0.2]})  # fmt: skip
    run.event(ev.MetricLogged("", 4, "accuracy", 0.87, at=run.now, source="printed", confidence=0.8))
    run.execution("sales.plot()\nplt.savefig('cups.png')", used=["sales", "plt"], mutated=["plt"], cell_id="plot", duration_s=0.4,
                  outputs=[figure()], writes=[written(f"{FOLDER}/cups.png", b"png")])  # fmt: skip
    run.execution("model.save('s3://bucket/model')", used=["model"], cell_id="save", duration_s=31.0,
                  metrics={"loss": float("nan")}).problem("not-seen", "What a subprocess writes is not seen.", n=6)  # fmt: skip
    run.note("Blanks in 'cups' were dropped by hand.").tag("baseline").name("champion", n=4)


def _tuesday(builder: JournalBuilder) -> None:
    run = _run(builder, "m7t2zz", MONDAY + DAY)
    run.execution("sales = pd.read_csv('sales.csv').dropna()", used=["pd"], bound=["sales"], cell_id="load", duration_s=0.2,
                  reads=[read(f"{FOLDER}/sales.csv", b"day,cups\n1,41\n")])  # fmt: skip
    run.execution(
        "print('accuracy:', 0.91)",
        cell_id="fit",
        outputs=[stream("accuracy: 0.91\n")],
        metrics={"accuracy": 0.91},
        duration_s=2.2,
    )
    run.tag("candidate", n=2)


def _replay(builder: JournalBuilder) -> None:
    run = _run(builder, "p0q1r2", MONDAY + DAY + 3600, replay_of="k3f9a2", client="replay", notebook_learnt="replay")
    run.execution("import pandas as pd", bound=["pd"], imported=["pandas"], cell_id="imports", client="replay")


def _still_running(builder: JournalBuilder) -> None:
    run = _run(builder, "w5x6y7", MONDAY + DAY + 7200, alive=True)
    run.execution("for epoch in range(10):\n    train(epoch)\n    print(epoch)", cell_id="train", status=None,
                  outputs=[stream("0\n1\n", complete=False)])  # fmt: skip
