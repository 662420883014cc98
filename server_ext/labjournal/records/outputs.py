"""What a cell showed, as HTML that cannot do anything.

Nothing recorded is trusted. Text is escaped. Pictures become `data:` images (SVG too: inside an image nothing runs and nothing is
fetched). Simple HTML, a table above all, is cleaned with nh3 and stands in the page. Richer HTML stands in a frame with an empty
`sandbox`: no scripts, no forms, no way out. HTML that shows nothing without its scripts (a chart) waits behind a link in a frame of its
own: whoever follows it loads the chart into that frame, which has an origin of its own, and inherits the page's policy: exactly these
scripts, by their digest (`Budget.scripts`), and no connection. No policy covers WebRTC: it is taken away before the first of them runs.

Everything is bounded: an output above its limit, or one after the page has reached its own, is told in a sentence.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import nh3
from markupsafe import Markup, escape

from labjournal.journal.rows import Output
from labjournal.questions.warnings import size
from labjournal.records.ansi import coloured, plain

__all__ = ["Budget", "Figure", "figures", "rendered"]

TEXT = 16_000
"""Characters of one text that are shown: head and tail."""
LINES = 160
TABLE = 400_000
FRAME = 8_000_000
PICTURE = 12_000_000
PAGE = 60_000_000

_PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")
_MAGIC = {"image/png": b"\x89PNG", "image/jpeg": b"\xff\xd8\xff", "image/gif": b"GIF8", "image/webp": b"RIFF"}
_CODE = {"application/json": "JSON", "application/javascript": "JavaScript", "text/latex": "LaTeX", "text/markdown": "Markdown"}
_RICH = re.compile(
    r"<(?:script|style|svg|iframe|object|embed|form|input|button|select|textarea|canvas|video|audio|math|link)\b", re.I
)
_FRAME_STYLE = re.compile(r"<style[^>]*>(?:(?!</style>).)*\.dataframe\b(?:(?!</style>).)*</style>", re.I | re.S)
_SCRIPT = re.compile(r"<script\b(?P<attributes>[^>]*)>(?P<code>.*?)</script\s*>", re.I | re.S)
_SAYS_NOTHING = re.compile(r"\s*<[\w. ]+( object)?( at 0x[0-9a-f]+)?>\s*$")
_REACHING = re.compile(
    r"<(?=link|meta|base|portal|iframe|frame|object|embed|video|audio|(?:image|use|feimage)\b[^>]{0,500}href\s*=\s*[\"']?\s*(?:https?:|//))",
    re.I,
)
_ELSEWHERE = re.compile(r"\bsrc\s*=", re.I)
_TAGS = set(
    "a abbr b blockquote br caption cite code col colgroup dd del details dfn div dl dt em figcaption figure hr i img ins kbd li mark ol "
    "p pre q s samp small span strong sub summary sup table tbody td tfoot th thead tr u ul var wbr".split()
)
# Before the first script of a frame: what could leave the sandbox without being stopped by a policy is taken away.
_PRELUDE = "for(const n of ['RTCPeerConnection','webkitRTCPeerConnection','RTCDataChannel'])delete window[n];"
_FRAME_HEAD = (
    '<!doctype html><meta charset="utf-8"><style>body{{margin:8px;font:14px/1.45 system-ui,sans-serif;color:#1c1f23;background:#fff;'
    "-webkit-print-color-adjust:exact;print-color-adjust:exact}}"
    "table{{border-collapse:collapse}}td,th{{padding:2px 8px;text-align:right}}</style>{}"
)


@dataclass
class Budget:
    """What one page may still hold, and the scripts that frames in it may run."""

    left: int = PAGE
    scripts: list[str] = field(default_factory=list)
    """Digests as a policy writes them."""
    figures: int = 0

    def take(self, length: int) -> bool:
        """Whether so much more fits; if so it counts."""
        if length > self.left:
            return False
        self.left -= length
        return True

    @property
    def policy(self) -> str:
        """The page's content security policy."""
        charts = f"; frame-src data:; script-src {' '.join(dict.fromkeys(self.scripts))}" if self.scripts else ""
        return f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'{charts}"


@dataclass(frozen=True)
class Figure:
    """A picture, ready for `<img>`."""

    source: str
    alt: str
    n: int
    width: int | None = None


@dataclass(frozen=True)
class _Blob:
    read: Callable[[str], bytes]

    def text(self, value: Any) -> str | None:
        """A value of a mime bundle as text; None where it is not to be had."""
        if isinstance(value, dict) and "blob" in value:
            data = self._bytes(value)
            if data is None:
                return None
            return base64.b64encode(data).decode("ascii") if value.get("base64") else data.decode("utf-8", "replace")
        if isinstance(value, list) and all(isinstance(part, str) for part in value):
            return "".join(value)
        return value if isinstance(value, str) else json.dumps(value, indent=1, ensure_ascii=False, default=str)

    def picture(self, value: Any) -> bytes | None:
        if isinstance(value, dict) and value.get("base64"):
            return self._bytes(value)
        text = self.text(value)
        try:
            return None if text is None else base64.b64decode(text, validate=False)
        except (binascii.Error, ValueError):
            return None

    def _bytes(self, reference: dict[str, Any]) -> bytes | None:
        try:
            return self.read(str(reference.get("blob")))
        except (OSError, ValueError):
            return None


def rendered(output: Output, label: str, read: Callable[[str], bytes], budget: Budget) -> Markup:
    """The output as HTML; `label` says in alternative texts what drew it."""
    if output.type == "stream":
        return _text(output.text, budget, f"stream {'stderr' if output.name == 'stderr' else 'stdout'}")
    if output.type == "error":
        return _text(output.text or f"{output.error_name}: {output.error_value}", budget, "stream traceback")
    return _bundle(output, label, _Blob(read), budget)


def figures(outputs: tuple[Output, ...], n: int, label: str, read: Callable[[str], bytes], budget: Budget) -> Iterator[Figure]:
    """The pictures among the outputs, as far as the page has room."""
    for output in outputs:
        figure = _figure(output, n, label, _Blob(read), budget)
        if isinstance(figure, Figure):
            yield figure


def _bundle(output: Output, label: str, blob: _Blob, budget: Budget) -> Markup:
    data = output.data
    html = blob.text(data["text/html"]) if "text/html" in data else None
    picture = _figure(output, output.n, label, blob, budget) if html is None or _needs_scripts(html) else None
    if picture is not None:
        return _img(picture) if isinstance(picture, Figure) else picture
    words = blob.text(data["text/plain"]) if "text/plain" in data else None
    beside = (
        _text(words, budget, "plain") if words and (set(data) == {"text/plain"} or not _SAYS_NOTHING.match(words)) else Markup("")
    )
    if html is not None:
        return _html(html, label, beside, budget)
    for mime, name in _CODE.items():
        if mime in data:
            return _code(blob.text(data[mime]), name, beside if mime != "text/markdown" else Markup(""), budget)
    if beside:
        return beside
    kinds = ", ".join(sorted(data)) or "nothing that was kept"
    return _said(f"An output that this page cannot draw ({kinds:.120}).")


def _figure(output: Output, n: int, label: str, blob: _Blob, budget: Budget) -> Figure | Markup | None:
    for mime in (*_PICTURES, "image/svg+xml"):
        if mime not in output.data:
            continue
        svg = mime == "image/svg+xml"
        if svg:
            text = blob.text(output.data[mime])
            content = text.encode("utf-8", "replace") if text is not None and "<svg" in text[:4000] else None
        else:
            content = blob.picture(output.data[mime])
        if content is None or not (svg or content.startswith(_MAGIC[mime])):
            continue
        if len(content) > PICTURE or not budget.take(len(content) * 4 // 3):
            return _said(f"A picture of {size(len(content))} is left out here to keep the page small; the journal holds it.")
        budget.figures += 1
        source = f"data:{mime};base64,{base64.b64encode(content).decode('ascii')}"
        return Figure(source, f"Figure {budget.figures}: {label}", n, _width(output.metadata.get(mime)))
    return None


def _width(metadata: Any) -> int | None:
    width = metadata.get("width") if isinstance(metadata, dict) else None
    return int(width) if isinstance(width, (int, float)) and 0 < width < 10_000 else None


def _img(figure: Figure) -> Markup:
    width = Markup(' width="{}"').format(figure.width) if figure.width else ""
    return Markup('<img class="figure" src="{}" alt="{}" decoding="async"{}>').format(figure.source, figure.alt, width)


def _html(html: str, label: str, beside: Markup, budget: Budget) -> Markup:
    # Searches that look for an end are only made where there are few beginnings: hostile text must not make an export slow.
    tangled = len(re.findall(r"<(?:script|style)\b", html, re.I)) > 60
    simple = html if tangled else _FRAME_STYLE.sub("", html)
    if len(html) > FRAME or (len(simple) <= TABLE and not budget.take(len(html))):
        return beside or _said(
            f"An output of {size(len(html.encode('utf-8', 'replace')))} is left out here; the journal holds it."
        )
    if not _RICH.search(simple) and len(simple) <= TABLE:
        return Markup('<div class="html">{}</div>').format(_cleaned(simple))
    if len(simple) > TABLE and not _RICH.search(simple):
        return beside or _said(f"A table of {size(len(html.encode('utf-8', 'replace')))} is left out here; the journal holds it.")
    if _needs_scripts(html) and not tangled:
        return _chart(html, label, beside, budget)
    # Links and frames may connect although no policy allows a request, and what may not be fetched can keep a page loading for ever.
    frame = _frame(_REACHING.sub("<x-", html if tangled else _SCRIPT.sub("", html)), label, "")
    if not beside:
        return frame
    # Where words say it as well (a model, its parameters) they are read and printed more easily than a frame of a guessed height.
    return Markup('{}<details class="source"><summary>As it was shown</summary>{}</details>').format(beside, frame)


def _needs_scripts(html: str) -> bool:
    """Whether the HTML shows nothing unless its scripts run."""
    if not re.search(r"<script\b", html, re.I):
        return False
    shown = re.sub(r"<(script|style|noscript|template)\b.*?(</\1\s*>|$)", "", html, flags=re.I | re.S)
    return (
        not re.search(r"<(img|svg|table|canvas|video|audio|input)\b", shown, re.I)
        and len(re.sub(r"<[^>]*>|&\w+;|\s", "", shown)) < 12
    )


def _chart(html: str, label: str, beside: Markup, budget: Budget) -> Markup:
    scripts = [(found["attributes"], found["code"]) for found in _SCRIPT.finditer(html)]
    if any(_ELSEWHERE.search(attributes) for attributes, _ in scripts):
        why = "It loads code from elsewhere, which a page that stands alone does not."
        return Markup('<div class="note">An interactive output ({}) was shown here. {}</div>{}').format(label, why, beside)
    for code in (_PRELUDE, *(code for _, code in scripts)):
        digest = hashlib.sha256(_as_parsed(code).encode("utf-8", "replace")).digest()
        budget.scripts.append(f"'sha256-{base64.b64encode(digest).decode('ascii')}'")
    page = _FRAME_HEAD.format(f"<script>{_PRELUDE}</script>{_storable(html)}").encode()
    poster = Markup(
        '<p style="text-align:center;margin:4.5em 1em"><a href="data:text/html;charset=utf-8;base64,{}" '
        'style="display:inline-block;padding:.6em 1.2em;border:1px solid #0a625d;border-radius:2em;color:#0a625d;text-decoration:none">'
        '&#9654; Show the interactive output</a></p><p style="text-align:center;color:#59616d">Its scripts run in this frame, and only then.</p>'
    ).format(base64.b64encode(page).decode("ascii"))
    return Markup('<div class="chart">{}</div>{}').format(_frame(poster, f"Interactive output: {label}", "allow-scripts"), beside)


def _as_parsed(code: str) -> str:
    """The text of a script as a browser takes it from the page: line ends are line feeds, and what cannot stand there is replaced."""
    return code.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")


def _frame(html: str | Markup, label: str, sandbox: str) -> Markup:
    rows = len(re.findall(r"<(?:tr|br|li|p|h\d|div|summary)\b", _unfolded(html), re.I))
    height = 480 if sandbox else max(96, min(420, 48 + 25 * rows))
    return Markup('<iframe class="frame" sandbox="{}" title="{}" style="height:{}px" srcdoc="{}"></iframe>').format(
        sandbox, label, height, _FRAME_HEAD.format(_storable(html))
    )


def _unfolded(html: str) -> str:
    """About what is to be seen at first: without scripts, styles and what is folded away."""
    html = re.sub(r"<(script|style)\b.*?(</\1\s*>|$)", "", html[:200_000], flags=re.I | re.S)
    depth, shown = 0, []
    for part in re.split(r"(</?details\b[^>]*>)", html, flags=re.I):
        if part[:8].lower() == "<details":
            depth += 1
        elif part[:9].lower() == "</details":
            depth = max(0, depth - 1)
        elif depth == 0:
            shown.append(part)
        elif depth == 1:
            shown += re.findall(r"<summary\b", part, re.I)
    return "".join(shown)


def _storable(html: str) -> str:
    return html.encode("utf-8", "replace").decode("utf-8").replace("\0", "\ufffd")


def _cleaned(html: str) -> Markup:
    """Simple HTML without anything that acts, links out of itself, or could be mistaken for a part of the page."""
    clean = nh3.clean(
        html,
        tags=_TAGS,
        clean_content_tags={"script", "style", "title", "template", "noscript"},
        attributes={"*": {"style"}, "a": {"href"}, "img": {"src", "alt", "width", "height"}, "td": {"colspan", "rowspan"},
                    "th": {"colspan", "rowspan", "scope"}, "ol": {"start"}},
        attribute_filter=_allowed,
        filter_style_properties={"text-align", "font-weight", "font-style", "white-space"},
        url_schemes={"http", "https", "mailto", "data"},
        link_rel="noopener noreferrer",
        strip_comments=True,
    )  # fmt: skip
    return Markup(clean)


def _allowed(tag: str, attribute: str, value: str) -> str | None:
    if attribute == "src":
        return value if re.match(r"data:image/(png|jpeg|gif|webp);base64,", value) else None
    if attribute == "href":
        return value if re.match(r"(https?|mailto):", value, re.I) else None
    return value


def _code(text: str | None, kind: str, beside: Markup, budget: Budget) -> Markup:
    if text is None:
        return beside
    said = "not executed here" if kind == "JavaScript" else "as text"
    return (
        Markup('<details class="source"><summary>{} <small>— {}</small></summary>{}</details>{}').format(
            kind, said, _text(text, budget, "plain"), beside
        )
        if kind in ("JSON", "JavaScript")
        else _text(text, budget, "plain latex" if kind == "LaTeX" else "plain")
    )


def _text(text: str, budget: Budget, kind: str) -> Markup:
    """Head and tail of the text, with a sentence between where that is not all."""
    lines = text.count("\n")
    if len(text) > TEXT or lines > LINES:
        head, tail = _head_and_tail(text)
        gone = f"… {size(len(text.encode('utf-8', 'replace')) - len((head + tail).encode('utf-8', 'replace')))} left out here; the journal holds it …"
    else:
        head, tail, gone = text, "", ""
    if not budget.take(len(head) + len(tail)):
        return _said(
            f"A text of {size(len(text.encode('utf-8', 'replace')))} is left out here to keep the page small; the journal holds it."
        )
    if not plain(head).strip("\n") and not tail:
        return Markup("")
    between = Markup('\n<span class="gone">{}</span>\n').format(gone) if gone else ""
    return Markup('<pre class="{}">{}{}{}</pre>').format(kind, coloured(head), between, coloured(tail))


def _head_and_tail(text: str) -> tuple[str, str]:
    head, tail = text[: TEXT * 2 // 3], text[-TEXT // 3 :]
    head, tail = "\n".join(head.split("\n")[: LINES * 2 // 3]), "\n".join(tail.split("\n")[-LINES // 3 :])
    return head, tail


def _said(sentence: str) -> Markup:
    return Markup('<div class="note">{}</div>').format(escape(sentence))
