"""What of a record is sent again, and what is said about the rest."""

from __future__ import annotations

from typing import Any

import pytest

from labjournal.replay.executing.sources import Plan, plan
from tests.replay.made import execution


def planned(*sources: str, **more: object) -> Plan:
    return plan([execution(source, n=n, execution_count=n, **more) for n, source in enumerate(sources, 1)], lambda source: source)


@pytest.mark.parametrize(
    "line",
    [
        "%pip install pandas",
        "!pip install -q --upgrade pandas",
        "! python3.11 -m pip install pandas",
        "!{sys.executable} -m pip install pandas",
        "!!pip3 install x",
        "%conda install -y numpy",
        "!sudo apt-get install -y graphviz",
        "!uv pip install x",
        "    !pip install x",
        "!pip install a \\\n  b",
    ],
)
def test_software_is_not_installed(line: str) -> None:
    made = planned(f"if True:\n    pass\n{line}\nprint(1)")

    assert "install" not in "".join(one for one in made.steps[0].source.split("\n") if not one.lstrip().startswith("pass  #"))
    assert made.steps[0].source.endswith("print(1)")
    assert made.steps[0].altered
    assert ("Execution 1 was executed without the line that installs software.",) == made.problems


def test_a_shell_cell_installs_nothing_either() -> None:
    made = planned("%%bash\npip install x\necho hello")

    assert "%%bash\n:  # not executed: pip install x\necho hello" == made.steps[0].source


def test_a_cell_that_only_installs_is_left_out() -> None:
    made = planned("x = 1", "# tools\n%pip install pandas\n!pip install numpy\n", "%%sh\npip install x")

    assert ([1], (2, 3)) == ([step.n for step in made.steps], made.left_out)
    assert ("Executions 2, 3 were left out, because each only installs software.",) == made.problems


@pytest.mark.parametrize(
    "line", ["!pip list", "%pip freeze", "!pip show pandas", "pip = 'install'", "print('!pip install x')", "!conda list"]
)
def test_looking_is_not_installing(line: str) -> None:
    assert (line, ()) == (planned(line).steps[0].source, planned(line).problems)


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"off": True, "source": ""}, "asked not to be recorded"),
        ({"status": "interrupted"}, "was interrupted"),
        ({"status": "abandoned"}, "never finished"),
        ({"status": "running"}, "never finished"),
        ({"source": "x\n# [… 1,234 characters not kept …]\ny"}, "is longer than what is kept"),
    ],
)
def test_what_cannot_be_executed_again_is_left_out_and_said(facts: dict[str, object], reason: str) -> None:
    second: Any = {"source": "y = 2", "n": 2, **facts}
    made = plan([execution(n=1), execution(**second)], lambda source: source)

    assert (2,) == made.left_out
    assert (f"Execution 2 was left out, because it {reason}.",) == made.problems


def test_counts_are_as_they_were_where_executions_are_missing() -> None:
    made = plan([execution(n=n, execution_count=count) for n, count in ((1, 1), (3, 3), (4, 4))], lambda source: source)

    assert [(1, False), (3, True), (4, False)] == [(step.count, step.sets_count) for step in made.steps]


def test_a_secret_that_was_not_recorded_is_said() -> None:
    assert "placeholder for a secret" in planned("token = '[REDACTED:github-token]'").problems[0]


def test_many_of_a_kind_are_one_sentence() -> None:
    assert ["Executions 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 2 more were left out, because each was interrupted."] == list(
        planned(*["x"] * 12, status="interrupted").problems
    )
