"""Code that runs elsewhere: relative paths, secrets asked for by name."""

from __future__ import annotations

import ast

import pytest

from labjournal.records.portable import portable


@pytest.mark.parametrize(
    ("typed", "carried"),
    [
        ("open('/home/ada/work/data/a.csv')", "open('data/a.csv')"),
        ('f"/home/ada/work/{name}.csv"', 'f"{name}.csv"'),
        ("Path('/home/ada/work')", "Path('.')"),
        ("open('/home/ada/workshop/a.csv')", "open('/home/ada/workshop/a.csv')"),
        ("open('/data/a.csv')", "open('/data/a.csv')"),
    ],
)
def test_paths_below_the_folder_of_the_run_become_relative(typed: str, carried: str) -> None:
    assert carried == portable(typed, "/home/ada/work").source


@pytest.mark.parametrize(
    ("masked", "code", "variable"),
    [
        ('token = "[REDACTED:github-token]"', 'token = os.environ["TOKEN"]', "TOKEN"),
        ("connect(password='[REDACTED:password]')", 'connect(password=os.environ["PASSWORD"])', "PASSWORD"),
        ("keys = {'api-key': '[REDACTED:key]'}", "keys = {'api-key': os.environ[\"API_KEY\"]}", "API_KEY"),
        ("os.environ['AWS_KEY'] = '[REDACTED:aws-key]'", "os.environ['AWS_KEY'] = os.environ[\"AWS_KEY\"]", "AWS_KEY"),
        ("use('[REDACTED:aws-key]')", 'use(os.environ["AWS_KEY"])', "AWS_KEY"),
        ("use(b'[REDACTED:aws-key]')", 'use((os.environ["AWS_KEY"]).encode())', "AWS_KEY"),
        (
            "url = 'postgres://ada:[REDACTED:password]@db/x'",
            "url = ('postgres://ada:' + os.environ[\"PASSWORD\"] + '@db/x')",
            "PASSWORD",
        ),
    ],
)
def test_a_masked_secret_is_asked_for_by_name(masked: str, code: str, variable: str) -> None:
    answer = portable(masked, "")

    said = f"# Not recorded: set the environment variable {variable} before this runs."
    assert (f"{said}\nimport os\n{code}", (variable,)) == (answer.source, answer.variables)
    ast.parse(answer.source)


def test_the_import_stands_where_python_wants_it() -> None:
    source = "from __future__ import annotations\nname = 'ü'; key = '''\n[REDACTED:key]'''\nuse(key)"

    answer = portable(source, "").source

    assert answer.splitlines()[0] == "from __future__ import annotations"
    assert answer.splitlines()[2] == "import os"
    ast.parse(answer)


def test_a_marker_that_is_no_text_of_its_own_stays() -> None:
    for source in (
        "# key: [REDACTED:key]\nx = 1",
        "f'a{b}[REDACTED:key]'",
        "%env KEY=[REDACTED:key]",
        "'''doc [REDACTED:key]'''",
        "x = [",
    ):
        assert (source, ()) == (portable(source, "").source, portable(source, "").variables)
