"""Of several differences, the one that explains what came out differently is ranked first, with what it stands on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest

from labjournal import events as ev
from labjournal.journal.addresses import resolve
from labjournal.questions.difference.answers import Cause, WhatChanged
from labjournal.questions.difference.diff import diff
from tests.builders import (
    JournalBuilder,
    RunBuilder,
    display,
    error,
    figure,
    frame,
    model,
    parameter,
    query,
    read,
    remote,
    result,
    sha256,
    stream,
)

PNG_2 = b"\x89PNG another"


def compare(builder: JournalBuilder, a: str = "r001", b: str = "r002") -> WhatChanged:
    with builder.open() as journal:
        return diff(journal, resolve(journal, a), resolve(journal, b))


def first(builder: JournalBuilder) -> Cause:
    return compare(builder)["causes"][0]


def module(name: str, content: str, state: str = "loaded") -> ev.ModuleSeen:
    data = content.encode()
    return ev.ModuleSeen("", 0, name, f"/home/ada/{name}.py", state, sha256(data), len(data))


def drawn(of: str = "numpy", before: str = "s0", *, unseeded: bool = False) -> ev.RandomnessSeen:
    facts = {of: {"before": before, "after": f"{before}+", "drawn": True, "seeded": False}}
    return ev.RandomnessSeen("", 0, facts, (), (of,) if unseeded else ())


def seeded(call: str, value: Any, of: str = "numpy") -> ev.RandomnessSeen:
    return ev.RandomnessSeen("", 0, {}, ({"of": of, "call": call, "value": value, "line": 1},), ())


def session(builder: JournalBuilder, **changes: Any) -> RunBuilder:
    """A run of five cells in which `accuracy` depends on sales.csv, helpers.py, depth and scikit-learn; `idle` on nothing."""
    told: dict[str, Any] = {
        "load": "sales = pd.read_csv('sales.csv')", "content": b"day,cups\n1,40\n2,41\n3,42\n", "prepare": "X = helpers.clean(sales)",
        "depth": 4, "fit": "accuracy = fit(X, depth)", "idle": "idle = 1", "sklearn": "1.5.2", "helpers": "def clean(x):\n    return x\n",
        "draws": drawn(), "accuracy": 0.91, "packages": {}, "used": ["scikit-learn"], "status": "ok", "outputs": [], "variables": {},
        "order": "abcdef", "frame_rows": 3,
    } | changes  # fmt: skip
    packages = {"scikit-learn": told["sklearn"], "idna": "3.7", **told["packages"]}
    run = builder.run().environment(packages, variables=told["variables"])
    run.keep(told["content"])
    run.keep(told["helpers"].encode())
    cells: dict[str, dict[str, Any]] = {
        "a": {
            "source": "import pandas as pd\nimport sklearn\nimport helpers",
            "bound": ["pd", "helpers"],
            "imported": ["pandas", "sklearn"],
            "seen": [module("helpers", told["helpers"])],
        },
        "b": {
            "source": told["load"],
            "bound": ["sales"],
            "used": ["pd"],
            "reads": [read("/d/sales.csv", told["content"])],
            "data": [frame("sales", told["frame_rows"])],
        },
        "c": {"source": told["prepare"], "bound": ["X"], "used": ["helpers", "sales"]},
        "d": {
            "source": f"depth = {told['depth']}",
            "bound": ["depth"],
            "seen": [parameter("depth", told["depth"], source="literal")],
        },
        "e": {"source": told["idle"], "bound": ["idle"]},
        "f": {
            "source": told["fit"],
            "bound": ["accuracy"],
            "used": ["X", "depth"],
            "seen": [told["draws"]] if told["draws"] else [],
            "metrics": {"accuracy": told["accuracy"]} if told["status"] == "ok" else {},
            "status": told["status"],
            "outputs": told["outputs"],
        },
    }
    for cell in told["order"]:
        run.execution(cell_id=cell, **cells[cell])
    run.event(ev.PackagesUsed(run.run, run.n, tuple(told["used"])))
    return run


CHANGES: dict[str, tuple[dict[str, Any], str, str]] = {
    "rows": ({"content": b"day,cups\n1,40\n", "frame_rows": 1}, "data", "sales.csv has 2 rows fewer"),
    "renamed column": ({"content": b"day,cup\n1,40\n2,41\n3,42\n"}, "data", "without column 'cups'"),
    "parameter": ({"depth": 6}, "parameters", "depth 4 → 6"),
    "code": ({"fit": "accuracy = fit(X, depth, warm=True)"}, "code", "warm=True"),
    "code before": ({"prepare": "X = helpers.clean(sales.dropna())"}, "code", "dropna"),
    "module": ({"helpers": "def clean(x):\n    return x[1:]\n"}, "code", "helpers.py has changed: clean()"),
    "package": ({"sklearn": "1.9.1"}, "environment", "scikit-learn 1.5.2 → 1.9.1"),
    "seed in place": ({"fit": "accuracy = fit(X, depth, random_state=3)"}, "randomness", "random_state=3"),
    "unseeded": ({"draws": drawn(unseeded=True)}, "randomness", "not seeded"),
    "missing file": (
        {"status": "failed", "outputs": [error("FileNotFoundError", "[Errno 2] No such file or directory: 'extra.csv'")]},
        "data",
        "extra.csv was not there",
    ),
    "missing module": (
        {"status": "failed", "outputs": [error("ModuleNotFoundError", "No module named 'lightgbm'")]},
        "environment",
        "could not import 'lightgbm'",
    ),
    "missing name": (
        {"status": "failed", "outputs": [error("NameError", "name 'depth' is not defined")]},
        "order",
        "'depth' was not there",
    ),
}


@pytest.mark.parametrize("name", sorted(CHANGES))
@pytest.mark.parametrize(
    "beside", [{}, {"idle": "idle = [n for n in range(9)]", "packages": {"idna": "3.8"}}], ids=["alone", "beside others"]
)
def test_the_cause_that_was_put_in_is_ranked_first(name: str, beside: dict[str, Any], builder: JournalBuilder) -> None:
    changes, kind, words = CHANGES[name]
    session(builder)
    session(builder, **{"accuracy": 0.87, **beside, **changes})

    cause = first(builder)

    assert kind == cause["kind"]
    assert words in cause["sentence"]
    assert cause["evidence"]


def test_every_weight_is_a_share_and_the_first_is_the_greatest(builder: JournalBuilder) -> None:
    session(builder)
    session(
        builder, depth=6, sklearn="1.9.1", content=b"day,cups\n1,40\n", accuracy=0.8, idle="idle = 2", packages={"idna": "3.8"}
    )

    weights = [cause["weight"] for cause in compare(builder)["causes"]]

    assert sorted(weights, reverse=True) == weights
    assert all(0 <= weight < 1 for weight in weights)


def test_what_the_number_does_not_depend_on_hardly_explains_it(builder: JournalBuilder) -> None:
    session(builder)
    session(builder, idle="idle = [n for n in range(9)]", accuracy=0.87)

    (code,) = [cause for cause in compare(builder)["causes"] if cause["kind"] == "code"]

    assert code["weight"] < 0.2


def test_a_line_for_the_shell_that_changed_is_code(builder: JournalBuilder) -> None:
    for name, value in (("a", 1.0), ("b", 2.0)):
        builder.run().execution(f"!curl {name}.csv\nm = 1", cell_id="x", bound=["m"], metrics={"m": value})

    assert ("code", True) == (first(builder)["kind"], "`!curl b.csv`" in first(builder)["sentence"])


def test_data_that_had_parted_before_outrank_code_that_came_later(builder: JournalBuilder) -> None:
    session(builder)
    session(builder, content=b"day,cups\n1,40\n", frame_rows=1, fit="accuracy = fit(X, depth, 1)", accuracy=0.5)

    answer = compare(builder)

    assert ["data", "code"] == [cause["kind"] for cause in answer["causes"][:2]]
    assert "r002/2" == answer["parted"]


def test_another_layout_of_the_same_values_explains_little(builder: JournalBuilder) -> None:
    session(builder)
    session(builder, content=b'day,cups\n"1","40"\n"2","41"\n"3","42"\n', sklearn="1.9.1", accuracy=0.87)

    assert "environment" == first(builder)["kind"]


def test_a_package_of_which_the_number_is_independent_explains_less_than_one_it_used(builder: JournalBuilder) -> None:
    session(builder, packages={"polars": "1.0"})
    session(builder, packages={"polars": "2.0"}, sklearn="1.6.0", accuracy=0.87)

    found = [(cause["sentence"], cause["weight"]) for cause in compare(builder)["causes"] if cause["kind"] == "environment"]

    assert "scikit-learn 1.5.2 → 1.6.0" == found[0][0]
    assert found[0][1] > 0.4 > 0.1 > found[1][1]


def test_nothing_came_out_differently_so_nothing_is_probable(builder: JournalBuilder) -> None:
    session(builder)
    session(builder, sklearn="1.9.1", fit="accuracy = fit(X, depth=depth)")

    assert all(cause["weight"] < 0.2 for cause in compare(builder)["causes"])


def test_a_comment_in_a_module_is_no_change_of_it(builder: JournalBuilder) -> None:
    session(builder)
    session(builder, helpers="# cleaning\ndef clean(x):\n    return  x\n")

    assert [] == compare(builder)["modules"]


def test_a_module_whose_content_was_not_kept_is_only_said_to_have_changed(builder: JournalBuilder) -> None:
    for content in ("a = 1", "a = 2"):
        builder.run().execution(
            "import lib", cell_id="a", seen=[module("lib", content)], metrics={"m": float(len(content) + ord(content[-1]))}
        )

    (change,) = compare(builder)["modules"]

    assert ("changed", [], "lib.py has changed") == (change["what"], change["names"], change["summary"])


def test_a_module_that_went_on_as_it_was_loaded_is_told(builder: JournalBuilder) -> None:
    for state in ("loaded", "stale"):
        run = builder.run().execution("import lib", cell_id="a", seen=[module("lib", "a = 1")])
        run.execution("x = lib.a", cell_id="b", seen=[module("lib", "a = 1", "stale")] if state == "stale" else [])

    (change,) = compare(builder)["modules"]

    assert "stale" == change["what"]
    assert "the version loaded before went on being used" in compare(builder)["summary"]


# order


def counted(
    builder: JournalBuilder, order: str, cells: dict[str, tuple[str, list[str], list[str]]], value: float, notebook: str = ""
) -> None:
    run = builder.run(notebook=notebook) if notebook else builder.run()
    for place, cell in enumerate(order):
        source, bound, used = cells[cell]
        metrics = {"total": value} if place == len(order) - 1 else {}
        run.execution(source, cell_id=cell.lower(), bound=bound, used=used, metrics=metrics)


STEPS = {
    "a": ("x = 1", ["x"], []),
    "b": ("x = x + 1", ["x"], ["x"]),
    "c": ("x = x * 3", ["x"], ["x"]),
    "d": ("y = 5", ["y"], []),
    "e": ("total = x + y", ["total"], ["x", "y"]),
    "D": ("z = 5", ["z"], []),
}


def test_a_cell_executed_twice_that_goes_on_from_itself_is_the_cause(builder: JournalBuilder) -> None:
    counted(builder, "abcde", STEPS, 11)
    counted(builder, "abbcde", STEPS, 14)

    answer = compare(builder)

    assert ("order", "r002/3 was executed twice, before once, and goes on from what it made itself") == (
        answer["causes"][0]["kind"],
        answer["causes"][0]["sentence"],
    )
    assert (1, 2, True) == tuple(answer["order"][0][key] for key in ("a_times", "b_times", "matters"))


def test_a_cell_executed_twice_that_only_repeats_itself_hardly_matters(builder: JournalBuilder) -> None:
    counted(builder, "abcde", STEPS, 11)
    counted(builder, "abcdde", STEPS, 11.5)

    (change,) = compare(builder)["order"]

    assert ("times", False) == (change["what"], change["matters"])


def test_cells_that_changed_places_are_the_cause_where_names_depend_on_it(builder: JournalBuilder) -> None:
    counted(builder, "abcde", STEPS, 11)
    counted(builder, "acbde", STEPS, 9)

    assert "order" == first(builder)["kind"]


def test_another_place_on_which_no_name_depends_hardly_matters(builder: JournalBuilder) -> None:
    counted(builder, "abcde", STEPS, 11)
    counted(builder, "dabce", STEPS, 11.5)

    answer = compare(builder)

    assert [False] == [change["matters"] for change in answer["order"]]
    assert all(cause["weight"] < 0.2 for cause in answer["causes"])


def test_a_name_that_an_older_version_of_a_cell_left_behind_is_the_cause(builder: JournalBuilder) -> None:
    counted(builder, "abcde", STEPS, 11)
    counted(builder, "abcdDe", STEPS | {"d": ("y = 7", ["y"], [])}, 13)

    answer = compare(builder)

    assert ("order", "'y' is left from r002/4, a version of its cell that is gone") == (
        answer["causes"][0]["kind"],
        answer["causes"][0]["sentence"],
    )


def test_what_an_older_version_left_behind_is_found_from_the_result_too(builder: JournalBuilder) -> None:
    counted(builder, "abcde", STEPS, 11)
    counted(builder, "abcdDe", STEPS | {"d": ("y = 7", ["y"], [])}, 13)

    assert "order" == compare(builder, "r001/5", "r002/6")["causes"][0]["kind"]


def noted(path: Path, *cells: str) -> str:
    """A notebook on the disk with the cells of these letters."""
    code = [nbformat.v4.new_code_cell(STEPS[cell][0], id=cell) for cell in cells]
    nbformat.write(nbformat.v4.new_notebook(cells=code), path)
    return str(path)


def test_a_deleted_cell_that_is_still_in_effect_is_the_cause(builder: JournalBuilder, tmp_path: Path) -> None:
    notebook = noted(tmp_path / "n.ipynb", *"abcde")
    counted(builder, "abcde", STEPS, 11, notebook)
    cells = STEPS | {"t": ("y = 50  # for a moment", ["y"], []), "e": ("total = x + y", ["total"], ["x", "y"])}
    counted(builder, "abcdte", cells, 56, notebook)

    answer, of_result = compare(builder), compare(builder, "r001/5", "r002/6")

    said = "'y' is left from r002/5, a cell that the notebook does not hold any more"
    assert [("order", said)] * 2 == [(each["causes"][0]["kind"], each["causes"][0]["sentence"]) for each in (answer, of_result)]
    assert ("deleted", True) == (answer["order"][0]["what"], answer["order"][0]["matters"])


def test_a_cell_that_both_executed_before_it_was_deleted_explains_nothing(builder: JournalBuilder, tmp_path: Path) -> None:
    notebook = noted(tmp_path / "n.ipynb", *"abce")
    counted(builder, "abcde", STEPS, 11, notebook)
    counted(builder, "abcde", STEPS | {"c": ("x = x * 4", ["x"], ["x"])}, 13, notebook)

    assert [] == compare(builder)["order"]


def test_what_an_earlier_run_had_is_not_called_deleted(builder: JournalBuilder, tmp_path: Path) -> None:
    """The file tells of today; a cell that is gone now may have stood there then."""
    notebook = noted(tmp_path / "n.ipynb", *"abcde")
    counted(builder, "abcde", STEPS, 11, notebook)
    counted(builder, "abcdte", STEPS | {"t": ("y = 50", ["y"], [])}, 56, notebook)
    counted(builder, "abcde", STEPS, 11, notebook)

    assert [] == compare(builder)["order"]


# randomness


def unseeded_runs(builder: JournalBuilder, *values: float, last: str = "") -> None:
    for place, value in enumerate(values, 1):
        source = "loss = np.random.rand()" + (last if place == len(values) else "")
        builder.run().execution(source, cell_id="draw", bound=["loss"], metrics={"loss": value}, seen=[drawn(unseeded=True)])


@pytest.mark.parametrize(
    ("values", "says", "least", "most"),
    [
        (
            (0.5, 0.52, 0.49, 0.51),
            "loss differed by up to 0.03 in 3 runs in which nothing else was another, here by 0.02",
            0.7,
            1.0,
        ),
        ((0.5, 0.52, 0.49, 0.9), "in 3 runs in which nothing else was another, here by 0.41, which is more than usual", 0.3, 0.6),
        ((0.5, 0.5, 0.5, 0.9), "but loss was the same in 3 runs in which nothing else was another", 0.0, 0.3),
        ((0.5, 0.9), "they differ from run to run by themselves", 0.7, 1.0),
    ],
)
def test_how_large_unseeded_differences_usually_are_is_said_and_counts(
    builder: JournalBuilder, values: tuple[float, ...], says: str, least: float, most: float
) -> None:
    unseeded_runs(builder, *values)
    found = compare(builder, f"r{len(values) - 1:03d}", f"r{len(values):03d}")["causes"][0]

    assert ("randomness", True) == (found["kind"], says in found["sentence"])
    assert least <= found["weight"] <= most


def test_runs_of_other_code_say_nothing_of_what_is_usual(builder: JournalBuilder) -> None:
    unseeded_runs(builder, 0.5, 0.6)
    unseeded_runs(builder, 0.1, last=" * 3")
    unseeded_runs(builder, 0.9)

    assert "nothing else was another" not in compare(builder, "r001", "r004")["causes"][0]["sentence"]


TRACEBACK = """TypeError                                 Traceback (most recent call last)
Cell In[2], line 1
----> 1 rows.groupby(axis=1)
File \x1b[32m/home/ada/.venv/lib/python3.12/site-packages/sklearn/base.py:33\x1b[39m, in fit(self)
File \x1b[32m/home/ada/.venv/lib/python3.12/site-packages/pandas/util/_decorators.py:335\x1b[39m, in wrapper(*args)
TypeError: DataFrame.groupby() got an unexpected keyword argument 'axis'"""


@pytest.mark.parametrize("name", ["TypeError", "ImportError"])
def test_an_error_that_a_changed_package_raised_is_that_packages(builder: JournalBuilder, name: str) -> None:
    for place, pandas in enumerate(("2.2.3", "3.1.1")):
        run = builder.run().environment(
            {"pandas": pandas, "scikit-learn": f"1.{place}", "numpy": f"{place + 1}.0"}, used=["numpy", "pandas"]
        )
        run.execution("import numpy, pandas", cell_id="a", imported=["numpy", "pandas"], bound=["numpy", "pandas"])
        outputs = [ev.replace(error(name, "version '1.14.1' or newer of 'scipy'"), text=TRACEBACK)] if place else []
        run.execution("rows.groupby(axis=1)", cell_id="b", status="failed" if place else "ok", outputs=outputs)

    causes = compare(builder)["causes"]

    assert ("environment", f"pandas 2.2.3 → 3.1.1: r002/2 failed in it ({name})") == (causes[0]["kind"], causes[0]["sentence"])
    assert ["pandas", "numpy"] == [each["evidence"][0]["name"] for each in causes if each["kind"] == "environment"][:2]


def test_a_name_is_missing_because_of_the_cell_that_failed_before(builder: JournalBuilder) -> None:
    """The recipe of the last cell does not hold what failed."""
    for missing in (False, True):
        run = builder.run()
        gone = [error("FileNotFoundError", "[Errno 2] No such file or directory: 'sales.csv'")] if missing else []
        run.execution(
            "sales = read('sales.csv')", cell_id="a", bound=["sales"], status="failed" if missing else "ok", outputs=gone
        )
        unknown = [error("NameError", "name 'sales' is not defined")] if missing else []
        run.execution("sales.sum()", cell_id="b", used=["sales"], status="failed" if missing else "ok", outputs=unknown)

    found = compare(builder, "r001/2", "r002/2")["causes"][0]

    assert ("data", "sales.csv was not there for r002/1 (FileNotFoundError)") == (found["kind"], found["sentence"])


def test_a_cell_that_works_on_a_frame_uses_its_library_though_it_names_it_nowhere(builder: JournalBuilder) -> None:
    for place, value in enumerate((0.9, 0.8)):
        run = builder.run().environment({"pandas": f"{place + 1}.0", "numpy": f"{place + 1}.0"})
        run.execution("import pandas, numpy\nrows = pandas.frame(numpy.zeros(3))", cell_id="a", bound=["rows", "numpy", "pandas"],
                      imported=["pandas", "numpy"], data=[frame("rows", 3)])  # fmt: skip
        run.execution("score = rows.mean()", cell_id="b", bound=["score"], used=["rows"], metrics={"score": value})
        run.event(ev.PackagesUsed(run.run, 1, ("numpy", "pandas")))

    named = [cause["evidence"][0]["name"] for cause in compare(builder)["causes"] if cause["kind"] == "environment"]

    assert ["pandas", "numpy"] == named


def test_of_many_packages_those_come_first_that_the_parted_cell_used(builder: JournalBuilder) -> None:
    """The step between the versions of pandas is larger, but the cell that came out differently used scikit-learn; polars was used farther back."""
    for pandas, sklearn, polars, value in (("1.9", "1.5.2", "1.1", 0.9), ("2.0", "1.5.3", "1.2", 0.8)):
        run = builder.run().environment({"pandas": pandas, "scikit-learn": sklearn, "polars": polars, "idle": pandas})
        run.execution(
            "import pandas, sklearn, polars",
            cell_id="i",
            imported=["pandas", "sklearn", "polars"],
            bound=["pandas", "sklearn", "polars"],
        )
        run.execution("early = polars.frame()", cell_id="a", bound=["early"], used=["polars"])
        run.execution("rows = pandas.frame(early)", cell_id="b", bound=["rows"], used=["pandas", "early"])
        run.execution(
            "score = sklearn.fit(rows)", cell_id="c", bound=["score"], used=["sklearn", "rows"], metrics={"score": value}
        )
        run.execution("idle = 1", cell_id="d", bound=["idle"])
        for n, name in ((2, "polars"), (3, "pandas"), (4, "scikit-learn"), (5, "idle")):
            run.event(ev.PackagesUsed(run.run, n, (name,)))

    named = [cause["evidence"][0]["name"] for cause in compare(builder)["causes"] if cause["kind"] == "environment"]

    assert ["scikit-learn", "pandas", "polars", "idle"] == named


def chance(builder: JournalBuilder, seeds: list[ev.RandomnessSeen], draw: ev.RandomnessSeen, value: float) -> None:
    run = builder.run()
    for place, event in enumerate(seeds):
        run.execution(f"seed_{place}()", cell_id=f"s{place}", seen=[event])
    run.execution("loss = np.random.rand()", cell_id="draw", bound=["loss"], metrics={"loss": value}, seen=[draw])


def test_a_seed_that_is_another_or_gone_is_the_cause(builder: JournalBuilder) -> None:
    chance(builder, [seeded("np.random.seed", 1)], drawn(), 0.1)
    chance(builder, [seeded("np.random.seed", 2)], drawn(before="s2"), 0.2)
    chance(builder, [], drawn(unseeded=True), 0.3)

    changed, gone = compare(builder)["causes"][0], compare(builder, "r001", "r003")["causes"][0]

    assert "the seed of np.random.seed is another: 1 → 2" == changed["sentence"]
    assert "the seed 1 of np.random.seed is gone" == gone["sentence"]
    assert {"randomness"} == {changed["kind"], gone["kind"]}


def test_an_error_where_another_cell_gave_the_name_is_told_by_the_order(builder: JournalBuilder) -> None:
    def frame(column: str) -> ev.FrameSeen:
        return ev.FrameSeen("", 0, "df", "pandas", 1, 2, column, column, {"columns": [{"name": column, "type": "int64"}]})

    cells = {"a": ("df = pd.DataFrame({'day': [1, 2]})", "day"), "b": ("df = pd.DataFrame({'name': [1, 2]})", "name")}
    for order in ("ab", "ba"):
        run = builder.run()
        for cell in order:
            source, column = cells[cell]
            run.execution(source, cell_id=cell, bound=["df"], seen=[frame(column)])
        failed = order == "ba"
        run.execution(
            "df['name']",
            cell_id="c",
            used=["df"],
            status="failed" if failed else "ok",
            outputs=[error("KeyError", "'name'")] if failed else [result("0")],
        )

    best = compare(builder)["causes"][0]

    assert ("order", "'df' was given to r002/3 by another cell (r002/2, before r001/2)") == (
        best["kind"],
        best["sentence"].partition(":")[0],
    )


def test_of_many_cells_that_seed_the_one_that_does_not_any_more_is_told(builder: JournalBuilder) -> None:
    """All with the same seed, as notebooks of courses do; the places in a row tell nothing."""
    for first, value in (("np.random.seed(42)\nx = np.random.rand()", 0.1), ("x = np.random.rand()", 0.2)):
        run = builder.run()
        own = [seeded("np.random.seed", 42)] if "seed" in first else [drawn(unseeded=True)]
        run.execution(first, cell_id="a", bound=["x"], metrics={"loss": value}, seen=own)
        for cell in "bcd":
            run.execution(f"np.random.seed(42)\n{cell} = np.random.rand()", cell_id=cell, seen=[seeded("np.random.seed", 42)])

    answer = compare(builder)

    assert ("the seed 42 of np.random.seed is gone", "r001/1") == (
        answer["causes"][0]["sentence"],
        answer["randomness"][0]["a_address"],
    )
    assert answer["causes"][0]["weight"] > 0.9


def test_unseeded_draws_explain_less_where_something_else_explains_it(builder: JournalBuilder) -> None:
    session(builder, draws=drawn(unseeded=True))
    session(builder, draws=drawn(unseeded=True), accuracy=0.9)
    session(builder, draws=drawn(unseeded=True), accuracy=0.9, depth=9)

    alone, beside = compare(builder)["causes"], compare(builder, "r001", "r003")["causes"]

    assert ("randomness", True) == (alone[0]["kind"], alone[0]["weight"] > 0.5)
    assert ["parameters", "randomness"] == [cause["kind"] for cause in beside]
    assert "not seeded" in compare(builder)["summary"]


def test_the_same_seed_with_other_draws_before_is_told(builder: JournalBuilder) -> None:
    chance(builder, [seeded("np.random.seed", 1)], drawn(before="s1"), 0.1)
    chance(builder, [seeded("np.random.seed", 1)], drawn(before="s9"), 0.2)

    assert ["state"] == [change["what"] for change in compare(builder)["randomness"]]


def test_the_clock_explains_what_nothing_else_does(builder: JournalBuilder) -> None:
    for value in (1.0, 2.0):
        builder.run().execution("age = time.time() - born", cell_id="a", bound=["age"], metrics={"age": value})

    assert "time" == first(builder)["kind"]


# surroundings


def test_a_package_that_changed_while_the_kernel_lived_counts_unless_it_was_loaded(builder: JournalBuilder) -> None:
    for loaded in (None, False, True):
        run = builder.run().environment({"numpy": "1.0"}, used=["numpy"])
        run.execution("install()", cell_id="a")
        if loaded is not None:
            run.event(ev.PackageChanged(run.run, 1, "numpy", "1.0", "2.0", loaded))
        run.execution("m = 1", cell_id="b", metrics={"m": 1.0 if loaded is None else 2.0})

    fresh, stale = compare(builder), compare(builder, "r001", "r003")

    assert [{"name": "numpy", "a": "1.0", "b": "2.0"}] == fresh["environment"]
    assert [] == stale["environment"]
    assert "numpy 1.0 → 2.0 was installed while 1.0 was loaded; r003 went on with 1.0." in stale["remarks"]


def test_numbers_of_threads_and_the_hash_seed_are_told(builder: JournalBuilder) -> None:
    for threads, seed in (("1", 0), ("8", "random")):
        run = builder.run().environment()
        run.event(
            ev.FacetSeen(
                run.run, 0, "randomness", {"hash_seed": seed, "threads": {"OMP_NUM_THREADS": threads}, "flags": {}, "cores": 8}
            )
        )
        run.execution("m = 1", cell_id="a", metrics={"m": float(threads)})

    answer = compare(builder)

    assert {"threads OMP_NUM_THREADS": ("1", "8"), "hash seed": (0, "random")} == {
        change["name"]: (change["a"], change["b"]) for change in answer["environment"]
    }
    assert "environment" == answer["causes"][0]["kind"]


def test_what_nothing_recorded_explains_is_said(builder: JournalBuilder) -> None:
    for value in (1.0, 2.0):
        builder.run().environment().execution("m = measure()", cell_id="a", metrics={"m": value})

    answer = compare(builder)

    assert [] == answer["causes"]
    assert "Nothing that was recorded explains the difference." in answer["remarks"]


def test_two_runs_without_anything_in_common_are_not_compared(builder: JournalBuilder) -> None:
    builder.run(notebook="/home/ada/a.ipynb").execution(
        "print('apples')", cell_id="a", reads=[read("/d/a.csv", b"1")], metrics={"m": 1.0}
    )
    builder.run(notebook="/home/ada/b.ipynb").execution(
        "total = 3 ** 7", cell_id="b", reads=[read("/e/b.csv", b"2")], metrics={"n": 2.0}
    )

    answer = compare(builder)

    assert (False, False, []) == (answer["comparable"], answer["same"], answer["causes"])
    assert answer["summary"].startswith("Not comparable: ")


def test_a_file_that_is_read_again_later_counts_from_where_it_was_read_first(builder: JournalBuilder) -> None:
    for content, rows in ((b"x\n1\n2\n", 2), (b"x\n1\n", 1)):
        run = builder.run()
        run.keep(content)
        run.execution("df = read()", cell_id="a", bound=["df"], reads=[read("/d/a.csv", content)], data=[frame("df", rows)])
        run.execution("n = len(df)", cell_id="b", bound=["n"], used=["df"], metrics={"n": float(rows)})
        run.execution("again = read()", cell_id="c", bound=["again"], reads=[read("/d/a.csv", content)])

    assert first(builder)["weight"] > 0.8


# data that are no files


def test_tables_addresses_and_frames_can_be_the_cause(builder: JournalBuilder) -> None:
    for version, rows in (("v1", 10), ("v2", 12)):
        builder.run().execution(
            "m = q()", cell_id="a", bound=["m"], data=[query("/d/a.db", "SELECT * FROM t", rows=rows)], metrics={"m": float(rows)}
        ).execution("n = r()", cell_id="b", data=[remote("https://example.org/x", version=version)])
    for rows in (10, 12):
        builder.run().execution("m = ask()", cell_id="a", bound=["m"], data=[frame("m", rows)], metrics={"m": float(rows)})

    assert "table" == first(builder)["evidence"][0]["what"]
    unseen = compare(builder, "r003", "r004")["causes"][0]
    assert ("data", "m has 2 rows more; where it came from was not seen") == (unseen["kind"], unseen["sentence"])


@pytest.mark.parametrize(
    ("name", "value", "module"),
    [
        ("ModuleNotFoundError", "No module named 'lightgbm.sklearn'", "lightgbm.sklearn"),
        ("ImportError", "cannot import name 'clean' from 'tools' (/home/ada/tools.py)", "tools"),
        ("ImportError", "`Import openpyxl` failed.  Use pip or conda to install the openpyxl package.", "openpyxl"),
        ("ImportError", "Missing optional dependency 'pyarrow'. pyarrow is required for parquet.", "pyarrow"),
    ],
)
def test_what_could_not_be_imported_is_named(name: str, value: str, module: str, builder: JournalBuilder) -> None:
    for status in ("ok", "failed"):
        builder.run().execution("load()", cell_id="a", status=status, outputs=[error(name, value)] if status == "failed" else [])

    cause = first(builder)

    assert ("environment", module) == (cause["kind"], cause["evidence"][0]["name"])


def test_a_column_that_is_needed_and_gone_is_named(builder: JournalBuilder) -> None:
    for content, status in ((b"day,cups\n1,2\n", "ok"), (b"day,cup\n1,2\n", "failed")):
        run = builder.run()
        run.keep(content)
        run.execution("df = read()", cell_id="a", bound=["df"], reads=[read("/d/s.csv", content)])
        shown = [error("KeyError", "'cups'")] if status == "failed" else []
        run.execution("df['cups']", cell_id="b", used=["df"], status=status, outputs=shown)

    cause = first(builder)

    assert ("data", "s.csv has no column 'cups' any more, which r002/2 needs") == (cause["kind"], cause["sentence"])
    assert "/d/s.csv" == cause["evidence"][0]["path"]


def test_a_hyperparameter_that_later_cells_find_again_was_changed_where_it_was_written(builder: JournalBuilder) -> None:
    for neighbours, value in ((1, 0.9), (2, 0.8)):
        fitted = [parameter("n_neighbors", neighbours, source="estimator", where="model")]
        run = builder.run()
        run.execution(f"model = KNN(n_neighbors={neighbours})", cell_id="a", bound=["model"], seen=fitted)
        run.execution("model.fit(X)", cell_id="b", used=["model"], mutated=["model"], seen=fitted)
        run.execution("score = model.score()", cell_id="c", bound=["score"], used=["model"], metrics={"score": value})

    cause = first(builder)

    assert ("parameters", "r002/1") == (cause["kind"], cause["evidence"][0]["address"])
    assert cause["weight"] > 0.8


# what was shown


def test_outputs_are_compared_by_value(builder: JournalBuilder) -> None:
    tables = ["<table><tr><td>1</td><td>2</td></tr></table>", "<table><tr><td>1</td><td>3</td></tr></table>"]
    for place, html in enumerate(tables):
        run = builder.run()
        run.execution("print(loss)", cell_id="a", outputs=[stream(f"loss {0.25 + place} at <object at 0x7f{place}0000>\n")])
        run.execution("df", cell_id="b", outputs=[display({"text/html": html, "text/plain": f"{place}"}, sha256=str(place))])
        run.execution("plot()", cell_id="c", outputs=[figure(PNG_2, sha256="p") if place else figure(sha256="q")])
        run.execution("same", cell_id="d", outputs=[result(f"<object at 0x7f{place}0000>", sha256=str(place))])
        run.execution("boom()", cell_id="e", status="failed" if place else "ok", outputs=[error()] if place else [])

    found = {change["what"]: change for change in compare(builder)["outputs"]}

    assert {"text", "table", "picture", "status"} == set(found)
    assert [[0.25, 1.25]] == found["text"]["numbers"]
    assert 1 == found["table"]["cells"]
    assert "r002/5 failed (ValueError: no), before it ended well" == found["status"]["summary"]


def test_two_executions_of_one_run_are_compared_with_their_recipes(builder: JournalBuilder) -> None:
    run = builder.run()
    for depth, value in ((4, 0.9), (6, 0.8)):
        run.execution(f"depth = {depth}", cell_id="a", bound=["depth"], parameters={"depth": depth})
        run.execution("score = fit(depth)", cell_id="b", bound=["score"], used=["depth"], metrics={"score": value})

    answer = compare(builder, "r001/2", "r001/4")

    assert ["depth 4 → 6"] == [cause["sentence"] for cause in answer["causes"]]


def test_a_hyperparameter_given_under_two_names_is_one_cause(builder: JournalBuilder) -> None:
    for depth, value in ((4, 0.9), (6, 0.8)):
        fitted = [parameter("depth", depth, source="literal"), parameter("max_depth", depth, source="estimator", where="model"), model("model", parameters={"max_depth": depth})]  # fmt: skip
        builder.run().execution(
            f"depth = {depth}; model = fit(depth)", cell_id="a", bound=["model"], seen=fitted, metrics={"score": value}
        )

    causes = compare(builder)["causes"]

    assert ["depth 4 → 6"] == [cause["sentence"] for cause in causes]
    assert {"depth", "max_depth"} == {fact["name"] for fact in causes[0]["evidence"]}
