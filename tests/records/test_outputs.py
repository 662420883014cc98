"""Each kind of output as a reader sees it, and what becomes of those that are large, rich or broken."""

from __future__ import annotations

import base64
import time
from collections.abc import Mapping
from typing import Any

import pytest

from labjournal.journal.rows import Output
from labjournal.records import outputs
from labjournal.records.outputs import Budget, rendered
from tests.builders import PNG
from tests.pace import quicker

BLOBS = {"b" * 64: PNG, "c" * 64: "<table><tr><td>é</td></tr></table>".encode()}


def blob(sha256: str) -> bytes:
    if sha256 not in BLOBS:
        raise FileNotFoundError(sha256)
    return BLOBS[sha256]


def shown(data: Mapping[str, Any], budget: Budget | None = None, **facts: Any) -> str:
    values: dict[str, Any] = {"type": "display_data", "name": "", "text": "", "metadata": {}, **facts}
    output = Output(
        run="r", n=1, position=0, data=dict(data), display_id=None, error_name="", error_value="", bytes=0, sha256="", truncated=False,
        complete=True, redactions=0, **values,
    )  # fmt: skip
    return str(rendered(output, "plot(x)", blob, budget or Budget()))


def test_a_picture_stands_in_the_page_with_a_text_for_who_cannot_see_it() -> None:
    picture = base64.b64encode(PNG).decode()
    expected = f'<img class="figure" src="data:image/png;base64,{picture}" alt="Figure 1: plot(x)" decoding="async" width="320">'

    for value in (picture, {"blob": "b" * 64, "bytes": len(PNG), "base64": True}, [picture[:8], picture[8:]]):
        assert expected == shown({"image/png": value, "text/plain": "<Figure>"}, metadata={"image/png": {"width": 320}})


def test_a_table_stands_in_the_page_without_what_it_brings_along() -> None:
    pandas = (
        '<div><style scoped>.dataframe tbody tr th {vertical-align: top;}</style><table border="1" class="dataframe" onclick="x()"><thead>'
        '<tr style="text-align: right; color: red"><th></th><th>a</th></tr></thead></table><p>1 rows × 1 columns</p></div>'
    )

    assert shown({"text/html": pandas, "text/plain": "  a"}) == (
        '<div class="html"><div><table><thead><tr style="text-align:right"><th></th><th>a</th></tr></thead></table>'
        "<p>1 rows × 1 columns</p></div></div>"
    )


def test_pictures_in_html_are_kept_only_where_they_stand_in_it() -> None:
    html = '<p><img src="data:image/png;base64,aa" alt="a"><img src="http://evil/x.png"><img src="x.png"><a href="https://e.org">e</a></p>'

    assert shown({"text/html": html}) == (
        '<div class="html"><p><img src="data:image/png;base64,aa" alt="a"><img><img><a href="https://e.org" rel="noopener noreferrer">e</a></p></div>'
    )


def test_styled_html_stands_in_a_frame_that_may_do_nothing() -> None:
    made = shown({"text/html": "<style>#T_1 td {color: green}</style><table id=T_1><tr><td>1</td></tr></table>"})

    assert made.startswith('<iframe class="frame" sandbox="" title="plot(x)" style="height:96px" srcdoc="&lt;!doctype html&gt;')


def test_where_words_say_it_as_well_the_frame_is_folded() -> None:
    made = shown({"text/html": "<style>p {}</style><div>Ridge</div>", "text/plain": "Ridge(alpha=0.1)"})

    assert made.startswith(
        '<pre class="plain">Ridge(alpha=0.1)</pre><details class="source"><summary>As it was shown</summary><iframe'
    )
    assert shown(
        {"text/html": "<style>p {}</style><div>x</div>", "text/plain": "<pandas.io.formats.style.Styler at 0x7f>"}
    ).startswith("<iframe")


def test_scripts_of_html_that_can_be_read_without_them_are_left_out() -> None:
    budget = Budget()
    made = shown({"text/html": "<style>p {}</style><p>a model with parameters</p><script>act()</script>"}, budget)

    assert ("act()" in made, [], "script-src" in budget.policy) == (False, [], False)


def test_a_chart_is_allowed_by_the_digest_of_its_script_and_no_other_way() -> None:
    budget = Budget()
    made = shown({"text/html": "<div id=a></div><script>draw()</script>", "text/plain": "Chart(3 points)"}, budget)

    assert "draw()" not in made  # packed behind the link
    assert 'sandbox="allow-scripts"' in made
    assert made.endswith('<pre class="plain">Chart(3 points)</pre>')
    assert 2 == len(budget.scripts)
    assert "unsafe-inline" not in budget.policy.split("script-src")[1]


def test_a_chart_that_would_fetch_its_code_is_told_in_a_sentence() -> None:
    made = shown({"text/html": '<div id=a></div><script src="https://cdn/x.js"></script>', "text/plain": "Chart"})

    assert made == (
        '<div class="note">An interactive output (plot(x)) was shown here. It loads code from elsewhere, which a page that stands alone does '
        'not.</div><pre class="plain">Chart</pre>'
    )


def test_a_picture_is_preferred_to_a_chart_of_the_same_thing() -> None:
    assert shown({"text/html": "<script>draw()</script>", "image/png": base64.b64encode(PNG).decode()}).startswith("<img")


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"text/plain": "<b>"}, '<pre class="plain">&lt;b&gt;</pre>'),
        ({"text/latex": "$x<1$", "text/plain": "<Math object>"}, '<pre class="plain latex">$x&lt;1$</pre>'),
        ({"text/markdown": "**b** <i>"}, '<pre class="plain">**b** &lt;i&gt;</pre>'),
        ({"application/javascript": "act()"}, '<details class="source"><summary>JavaScript <small>— not executed here</small></summary><pre class="plain">act()</pre></details>'),
        ({"text/html": {"blob": "c" * 64, "bytes": 9, "base64": False}}, '<div class="html"><table><tbody><tr><td>é</td></tr></tbody></table></div>'),
        ({"image/png": {"blob": "d" * 64, "bytes": 9, "base64": True}}, '<div class="note">An output that this page cannot draw (image/png).</div>'),
        ({"image/png": "bm90IGEgcGljdHVyZQ==", "text/plain": "x"}, '<pre class="plain">x</pre>'),
        ({"application/x-odd<script>": 1}, '<div class="note">An output that this page cannot draw (application/x-odd&lt;script&gt;).</div>'),
        ({}, '<div class="note">An output that this page cannot draw (nothing that was kept).</div>'),
    ],
    ids=lambda value: next(iter(value), "nothing") if isinstance(value, dict) else "",
)  # fmt: skip
def test_kinds_of_output(data: dict[str, Any], expected: str) -> None:
    assert expected == shown(data)


def test_a_drawing_is_a_picture_in_which_nothing_runs() -> None:
    svg = "<svg xmlns='http://www.w3.org/2000/svg'><script>act()</script></svg>"

    made = shown({"image/svg+xml": svg})

    assert made.startswith(f'<img class="figure" src="data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"')


def test_a_long_text_is_shown_with_head_and_tail_and_how_much_is_gone() -> None:
    made = shown({}, type="stream", name="stdout", text="".join(f"line {n}\n" for n in range(10_000)))

    assert made.count("\n") < 200
    assert made.startswith('<pre class="stream stdout">line 0\n')
    assert "line 9999" in made
    assert '<span class="gone">… 97.' in made


def test_a_page_that_is_full_says_what_it_leaves_out() -> None:
    budget = Budget(left=10)

    assert "A picture of 70 bytes is left out here" in shown({"image/png": base64.b64encode(PNG).decode()}, budget)
    assert "left out here to keep the page small" in shown({}, budget, type="stream", name="stdout", text="x" * 100)
    assert "left out here; the journal holds it" in shown({"text/html": "<table>" + "<tr><td>1" * 100}, budget)


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "text",
    [
        "<style" * 200_000,
        "<script" * 200_000,
        "<style>.dataframe" * 50_000,
        "<!--" * 300_000,
        "<a href='" * 100_000,
        "<details>" * 150_000,
        "&" * 900_000,
    ],
    ids=lambda text: text[:12],
)
def test_hostile_html_does_not_make_an_export_slow(text: str) -> None:
    started = time.process_time()

    shown({"text/html": text, "text/plain": "x"})

    quicker(time.process_time() - started, 5)


def test_the_limits_of_one_output_lie_below_those_of_a_page() -> None:
    assert outputs.TEXT < outputs.TABLE < outputs.FRAME < outputs.PICTURE < outputs.PAGE
