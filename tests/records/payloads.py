"""Hostile content for every place of a page, and a journal that holds all of it."""

from __future__ import annotations

from typing import Any

from labjournal import events as ev
from tests.builders import JournalBuilder, deleted, display, error, frame, query, read, remote, result, stream, written

BEACON = "http://127.0.0.1:@PORT@/"

ACT = f"window.ran=1;top.document.title='taken';new Image().src='{BEACON}@ID@';fetch('{BEACON}@ID@')"

MARKUP = (
    f"<script>{ACT}</script>",
    f"</title><script>{ACT}</script>",
    f"</style><script>{ACT}</script>",
    f"</pre></code></details><script>{ACT}</script>",
    f'"><script>{ACT}</script>',
    f"'><script>{ACT}</script>",
    f"--><script>{ACT}</script>",
    f"]]><script>{ACT}</script>",
    f"</iframe><script>{ACT}</script>",
    f"&quot;></iframe><script>{ACT}</script>",
    f'<img src=x onerror="{ACT}">',
    f'" onmouseover="{ACT}" autofocus onfocus="{ACT}',
    f'<svg onload="{ACT}"></svg>',
    f"<svg><script>{ACT}</script></svg>",
    f'<svg><animate onbegin="{ACT}" attributeName=x dur=1s>',
    f"<svg><image href='{BEACON}@ID@'/><use href='{BEACON}@ID@#x'/></svg>",
    f'<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror={ACT}&gt;">',
    f'<body onload="{ACT}">',
    f'<details open ontoggle="{ACT}">x</details>',
    f'<input autofocus onfocus="{ACT}">',
    f'<video><source onerror="{ACT}"></video>',
    f"<video src='{BEACON}@ID@' autoplay poster='{BEACON}@ID@'></video>",
    f"<audio src='{BEACON}@ID@' autoplay></audio>",
    f"<object data='{BEACON}@ID@'></object>",
    f"<embed src='{BEACON}@ID@'>",
    f"<iframe src='{BEACON}@ID@'></iframe>",
    f'<iframe srcdoc="<script>{ACT.replace(chr(34), "&quot;")}</script>"></iframe>',
    f'<iframe src="javascript:{ACT}"></iframe>',
    f'<a href="javascript:{ACT}" id=click>x</a>',
    f"<form action='{BEACON}@ID@'><button autofocus>x</button></form>",
    f"<img src='{BEACON}@ID@'>",
    f"<img srcset='{BEACON}@ID@ 1x'>",
    f"<picture><source srcset='{BEACON}@ID@'><img></picture>",
    f"<link rel=stylesheet href='{BEACON}@ID@'>",
    f"<link rel=preconnect href='{BEACON}'><link rel=dns-prefetch href='{BEACON}'>",
    f"<link rel=prefetch href='{BEACON}@ID@'><link rel=preload as=image href='{BEACON}@ID@'>",
    f"<link rel=icon href='{BEACON}@ID@'>",
    f"<link rel=manifest href='{BEACON}@ID@'>",
    f"<meta http-equiv=refresh content='0;url={BEACON}@ID@'>",
    f"<base href='{BEACON}'>",
    f"<style>@import '{BEACON}@ID@';body{{background:url({BEACON}@ID@)}}</style>",
    f'<div style="background:url({BEACON}@ID@)">x</div>',
    f"<style>@font-face{{font-family:x;src:url({BEACON}@ID@)}}*{{font-family:x}}</style>",
    f"<table><tr><td background='{BEACON}@ID@'>x</td></tr></table>",
    f"<template><script>{ACT}</script></template>",
    f'<noscript><p title="</noscript><img src=x onerror={ACT}>"></noscript>',
    f'<x-tag onclick="{ACT}" tabindex=0 autofocus onfocus="{ACT}">',
    f"<a ping='{BEACON}@ID@' href='#'>x</a>",
    "{{ 7 * 7 }}{% raw %}{{ policy }}{% endraw %}",
    f"\x1b]8;;javascript:{ACT}\x07link\x1b]8;;\x07\x1b[31m<script>{ACT}</script>",
    f"\u2028<script>{ACT}</script>\x00\ud800",
    f"<scr\x00ipt>{ACT}</scr\x00ipt>",
)

ALONE = f"<div id=a></div><script>document.getElementById('a').textContent='a chart';{ACT};location='{BEACON}@ID@'</script>"
"""Only a script that would draw: waits in a closed frame."""


class Corpus:
    """Numbers every payload, so that a request tells which one made it."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.count = 0

    def __call__(self, payload: str) -> str:
        self.count += 1
        return payload.replace("@PORT@", str(self.port)).replace("@ID@", str(self.count))


def hostile_run(builder: JournalBuilder, port: int) -> int:
    """A run with a payload wherever something recorded is shown; how many they are."""
    made = Corpus(port)
    each = iter(MARKUP * 50)

    def one() -> str:
        return made(next(each)).replace("\ud800", "")

    run = builder.run(
        notebook=f"/home/ada/{one().replace('/', '∕')}.ipynb", folder="/home/ada", user=one(), kernel=one(), client=one(), platform=one(), python=one()
    )  # fmt: skip
    run.environment(
        {one(): one(), "numpy": one()}, used=["numpy"], hardware={"cpu": one(), "gpu": [{"name": one()}]}, platform=one()
    )
    run.git(commit=one(), branch=one(), remote=one(), dirty=True)
    run.note(one()).tag(one()).name(one()).problem("not-seen", one())
    for payload in MARKUP:
        text = made(payload).replace("\ud800", "")
        run.execution(
            made(payload).replace("\ud800", ""),
            outputs=[
                display({"text/html": text}),
                display({"text/html": made(payload).replace("\ud800", "") + "<table><tr><td>1</td></tr></table>"}),
                stream(made(payload).replace("\ud800", "")),
            ],
        )
    svg = '<svg xmlns="http://www.w3.org/2000/svg" onload="{}"><script>{}</script><image href="{}"/></svg>'
    for kind in ("text/markdown", "text/latex", "text/plain", "application/javascript", "application/json", one()):
        run.execution("1", outputs=[display({kind: one()}, metadata={kind: {"width": one()}})])
    run.execution("2", outputs=[display({"image/svg+xml": made(svg.format(ACT.replace('"', "'"), ACT, BEACON + "@ID@"))})])
    run.execution("3", outputs=[display({"image/png": "aGVsbG8=" + one()}), display({"image/jpeg": one(), "text/plain": one()})])
    run.execution("4", outputs=[error(one(), one(), one())], status="failed")
    run.execution(
        one(), outputs=[result(one())], metrics={one(): 1.5}, parameters={one(): one()}, reads=[read("/home/ada/" + one(), b"1")],
        writes=[written(one(), b"2"), written("/home/ada/x", None, reason=one())], cell_id=one(),
    )  # fmt: skip
    for _ in range(4):
        columns: dict[str, dict[str, Any]] = {
            one(): {"type": one(), "nulls": 0.5, "top": [[one(), 3], [one(), 1]], "mean": 1.0},
            one(): {"type": one(), "nulls": one(), "quantiles": [one() for _ in range(7)], "distinct": one()},
            one(): {"type": one(), "quantiles": [float("-inf"), 1, 2, 3, 4, 5, 10**400], "top": one(), "mean": one()},
        }
        run.execution(
            "data",
            reads=[read(one(), b"1", layer=one(), confidence=one(), package="")],
            writes=[deleted("/home/ada/gone", moved=one()), written("/home/ada/y", b"2", moved=one())],
            data=[
                frame(one(), 3, columns, kind=one()),
                query(one(), one(), one()),
                query("/home/ada/x.db", f'SELECT * FROM "{one()}"'),
                remote(one(), version=one(), modified=one()),
                remote("https://example.org/" + one(), "written", sha256=one()),
            ],
        )
        run.problem("not-seen", one(), n=run.n)
    run.execution("5").note(one(), n=run.n).tag(one(), n=run.n).name(one(), n=run.n).problem("x", one(), n=run.n)
    run.execution(
        "6", outputs=[display({"text/html": made(ALONE)}), display({"text/html": f"<p>{'long ' * 100_000}</p>" + one()})]
    )
    run.event(ev.MetricLogged(run.run, run.n, one(), float("nan"), unit=one()))
    return made.count
