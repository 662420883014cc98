"""Looks at data at the end of a cell that is needed for something else."""

from __future__ import annotations

import pytest

from labjournal.records.looks import without_look


@pytest.mark.parametrize(
    "look",
    [
        "df",
        "df.head()",
        "df.head(3)",
        "df['a'].value_counts()",
        "df.isnull().any()",
        "df.iloc[:5, 1]",
        "df.describe().T",
        "df.shape  # how many",
        "print(df.shape, len(df))",
        "print('rows', df.head())",
        "df[\n    'a'\n].tail()",
        "df.info()\n# enough",
    ],
)
def test_a_look_goes_and_the_rest_stays_as_it_was(look: str) -> None:
    assert "# read\ndf = load( 1 )" == without_look(f"# read\ndf = load( 1 )\n\n{look}")


@pytest.mark.parametrize(
    "source",
    [
        "df.head()",
        "df = load()",
        "df = load(); df.head()",
        "df = load()\ndf.drop('a', inplace=True)",
        "df = load()\ndf.plot()",
        "df = load()\ndf.head().to_csv('a.csv')",
        "df = load()\ndf.apply(f)",
        "df = load()\nshow(df)",
        "df = load()\ndf.head(n())",
        "df = load()\ndf.pop('a')",
        "df = load()\nprint(f'{next(it)}')",
        "df = load()\ndf.head()\n!ls",
        "df = load()\nmodel.fit(df)",
        "%%time\ndf = load()\ndf.head()",
        "df = (",
    ],
)
def test_what_may_do_something_stays(source: str) -> None:
    assert source == without_look(source)
