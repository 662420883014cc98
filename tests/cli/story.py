"""The stories behind `tests/samples/answers`: two days of somebody's work on coffee sales, with what went wrong on the way (`tell`), and
three days on which one notebook cleans what another one learns from (`tell_of_data`)."""

from __future__ import annotations

from pathlib import Path

from labjournal import events as ev
from tests.builders import JournalBuilder, RunBuilder, error, figure, frame, query, read, remote, result, stream, written

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


CLEAN = f"{FOLDER}/clean.csv"
MODEL = f"{FOLDER}/cups.model"
RAW = f"{FOLDER}/raw.csv"
RAW_BYTES = b"day,cups\n1,40\n2,\n3,52\n"


def tell_of_data(folder: Path) -> JournalBuilder:
    """Monday: raw data are cleaned. Tuesday: they lie elsewhere, a model is fitted. Wednesday: fewer rows, a newer library."""
    builder = JournalBuilder(folder)
    cleaning = _data_run(builder, "c1ean5", MONDAY, "clean.ipynb", "1.7.2")
    _clean(cleaning, RAW_BYTES, b"day,cups\n1,40\n3,52\n", rows=731)
    _model(
        _data_run(builder, "m0de1a", MONDAY + DAY, "model.ipynb", "1.7.2"),
        b"day,cups\n1,40\n3,52\n",
        rows=731,
        accuracy=0.91,
        model=b"model of Tuesday",
    )
    _clean(
        _data_run(builder, "c1ean6", MONDAY + 2 * DAY, "clean.ipynb", "1.7.2"), b"day,cups\n1,40\n", b"day,cups\n1,40\n", rows=517
    )
    _model(
        _data_run(builder, "m0de1b", MONDAY + 2 * DAY + 3600, "model.ipynb", "1.9.1"),
        b"day,cups\n1,40\n",
        rows=517,
        accuracy=0.87,
        model=b"model of Wednesday",
    )
    builder.save()
    return builder


def _data_run(builder: JournalBuilder, run: str, started: float, notebook: str, sklearn: str) -> RunBuilder:
    made = builder.run(run, notebook=f"{FOLDER}/{notebook}", started=started, folder=FOLDER)
    return made.environment({**PACKAGES, "scikit-learn": sklearn}, used=["pandas", "scikit-learn"]).git(dirty=False, root=FOLDER)


def _cups(rows: int) -> dict[str, dict[str, object]]:
    return {
        "day": {
            "type": "int64",
            "nulls": 0.0,
            "distinct": rows,
            "quantiles": [1, 8, rows // 4, rows // 2, rows * 3 // 4, rows - 8, rows],
        },
        "cups": {
            "type": "float64",
            "nulls": 0.1 if rows > 600 else 0.0,
            "distinct": 60,
            "quantiles": [0, 3, 30, 41, 52, 80, 95],
            "mean": 41.5,
        },
    }


def _clean(run: RunBuilder, raw: bytes, clean: bytes, *, rows: int) -> None:
    run.execution("import pandas as pd", bound=["pd"], imported=["pandas"], cell_id="imports")
    run.execution("raw = pd.read_csv('raw.csv')", bound=["raw"], used=["pd"], cell_id="load",
                  reads=[read(RAW, raw, given="raw.csv", layer="audit native", kept=True)], data=[frame("raw", rows, _cups(rows))])  # fmt: skip
    run.execution("weather = pd.read_sql('SELECT day, rain FROM weather', sqlite3.connect('weather.sqlite'))", bound=["weather"],
                  used=["pd", "sqlite3"], cell_id="weather",
                  data=[query(f"{FOLDER}/weather.sqlite", "SELECT day, rain FROM weather", rows=731)])  # fmt: skip
    run.execution("clean = raw.dropna().merge(weather, on='day')\nclean.to_csv('clean.csv')", bound=["clean"],
                  used=["raw", "weather"], cell_id="save",
                  writes=[written(CLEAN, clean, given="clean.csv")])  # fmt: skip
    run.problem("not-seen", "What a subprocess writes is not seen.", n=4)


def _model(run: RunBuilder, clean: bytes, *, rows: int, accuracy: float, model: bytes) -> None:
    run.execution(
        "import pandas as pd\ndepth = 4", bound=["pd", "depth"], imported=["pandas"], cell_id="imports", parameters={"depth": 4}
    )
    run.execution("data = pd.read_csv('archive/clean.csv')", bound=["data"], used=["pd"], cell_id="load",
                  reads=[read(f"{FOLDER}/archive/clean.csv", clean, given="archive/clean.csv")],
                  data=[frame("data", rows, _cups(rows)), remote("https://example.org/holidays.csv", version='"v7"', bytes=812)])  # fmt: skip
    run.execution("model = fit(data, depth)\nprint('accuracy:', score(model))", bound=["model"], used=["data", "depth"], cell_id="fit",
                  outputs=[stream(f"accuracy: {accuracy}\n")], metrics={"accuracy": accuracy})  # fmt: skip
    run.execution("save(model, 'cups.model')", used=["model"], cell_id="save", writes=[written(MODEL, model, given="cups.model")])
