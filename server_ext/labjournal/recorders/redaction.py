"""What keeps secrets out of the journal: every text passes here, in the process that saw it, before its first byte is written.

Layers: the syntax tree of a cell (`secrets_in_code`) → looks (`secret_kinds`) → passwords and signatures in URLs, names with values in
strings, shell lines, YAML, dotenv and headers (`secrets_in_text`) → the values of environment variables with such names, and of
literals found in earlier cells, masked wherever they appear, also quoted for a URL or in Base64.

A secret becomes `[REDACTED:kind]`. The search is bounded by processor time of its own thread; where that does not suffice the text
fails closed: only its length remains. No text is altered for its entropy alone: digests and identifiers are what research is full of.
"""

from __future__ import annotations

import base64
import re
import threading
import time
from dataclasses import dataclass
from typing import Callable, Iterable, Mapping
from urllib.parse import quote, quote_plus

from labjournal.recorders.secret_kinds import Span, known_kinds
from labjournal.recorders.secret_names import is_common, is_secret, meaning
from labjournal.recorders.secrets_in_code import in_code
from labjournal.recorders.secrets_in_text import names_with_values, urls

__all__ = ["Redacted", "Redactor", "redact", "redact_url"]

_cpu_time = time.thread_time
_BREATH_S = 0.0002
_PER_BYTE_S = 0.05 / 100_000
_MOST_VALUES = 256
_USERINFO = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.:-]{0,40}//)(?P<userinfo>[^/?#\s]{0,1024}@)")
_SCP_LIKE = re.compile(r"(?P<user>[^\s:@/]{1,128}):(?P<password>[^\s@/]{1,512})@")


@dataclass(frozen=True)
class Redacted:
    """A text that may be written, and how many secrets were masked in it."""

    text: str
    count: int


class _TooSlow(Exception):
    """The search for secrets passed its budget."""


class Redactor:
    """Masks secrets, and knows the values of the secret-looking variables of an environment that may change."""

    def __init__(self, environ: Mapping[str, str] | None = None) -> None:
        self._environ: Mapping[str, str] = {} if environ is None else environ
        self._seen_environ: object = None
        self._variables: tuple[tuple[str, str], ...] = ()
        self._literals: dict[str, str] = {}
        self.refresh()

    def code(self, source: str, *, budget_s: float = 0.05) -> Redacted:
        """The source of a cell; what parsed before parses after."""
        return self._masked(source, True, budget_s)

    def text(self, text: str, *, budget_s: float = 0.05) -> Redacted:
        """Anything else: an output, a traceback, a path, a name."""
        return self._masked(text, False, max(budget_s, len(text) * _PER_BYTE_S))

    def url(self, url: str) -> str:
        """A URL without user information and query."""
        return self.text(redact_url(url)).text

    def refresh(self) -> None:
        """Look at the environment again, if it changed; cheap where it did not."""
        try:
            # os.environ decodes every value on the way out; the dictionary behind it can be compared as it is.
            raw = getattr(self._environ, "_data", self._environ)
            if raw != self._seen_environ:
                seen = dict(raw)
                self._variables = tuple(_forms(_values_of(dict(self._environ))))
                self._seen_environ = seen
        except (RuntimeError, TypeError):
            return  # changed while it was read, or not a mapping of strings: what was known stays known

    def _masked(self, text: str, code: bool, budget_s: float) -> Redacted:
        if len(text) < 4:
            return Redacted(text, 0)
        self.refresh()
        tick = _deadline(budget_s)
        try:
            tick()
            spans = list(known_kinds(text, tick))
            if "://" in text or "?" in text or "&" in text:
                spans.extend(urls(text, tick))
            if code:
                named = list(in_code(text, tick))
                self._learn(text, named)
                spans.extend(named)
            else:
                spans.extend(names_with_values(text, tick, shell=_shell_like(text)))
            spans.extend(_occurrences(text, (*self._variables, *tuple(self._literals.items())), tick))
        except _TooSlow:
            return Redacted(_unchecked(text, code), 1)
        return _apply(text, spans) if spans else Redacted(text, 0)

    def _learn(self, source: str, spans: Iterable[Span]) -> None:
        """Literals that are secrets by their place are secrets wherever they are printed later."""
        for span in spans:
            value = source[span.start : span.end]
            if span.whole:
                value = value.lstrip("rRbBuUfF").strip("\"'")
            if _distinct(value) and len(self._literals) < _MOST_VALUES:
                self._literals[value] = span.kind


def redact(text: str, *, code: bool = False, budget_s: float = 0.05) -> Redacted:
    """`text` without the secrets that can be told without knowing the environment."""
    redactor = Redactor()
    return redactor.code(text, budget_s=budget_s) if code else redactor.text(text, budget_s=budget_s)


def redact_url(url: str) -> str:
    """The URL without password, token and query; the user's name stays only where it is part of the way in (`git@host`)."""
    address, _, _ = url.strip().partition("#")
    address, _, _ = address.partition("?")
    address = address.partition(";")[0]
    match = _USERINFO.match(address)
    if match is not None:
        user = match.group("userinfo")[:-1].partition(":")[0]
        keep = (
            f"{user}@"
            if "ssh" in match.group("scheme").lower() and user in ("git", "hg", "svn", "gitlab", "forgejo", "gitea", "aur")
            else ""
        )
        return match.group("scheme") + keep + address[match.end() :]
    scp = _SCP_LIKE.match(address)
    if scp is not None and "//" not in address[: scp.end()]:
        return address[scp.end() :]
    return address


def _distinct(value: str) -> bool:
    """Whether a literal is so peculiar that it may be masked wherever it stands."""
    if not 6 <= len(value) <= 4096 or "\\" in value or "\n" in value or is_common(value):
        return False
    return not value.isalpha() or len(value) >= 12


def _deadline(budget_s: float) -> Callable[[], None]:
    """A function to call often, which raises when this thread has spent its budget; waiting for a processor does not count.

    The budget begins with the 32nd call: before it there are a few passes over the text, and for a short one asking for the time would cost most.
    """
    calls = 0
    end: float | None = None

    def tick() -> None:
        nonlocal calls, end
        calls += 1
        if calls & 31:
            return
        now = _cpu_time()
        if end is None:
            end = now + budget_s
        elif now > end:
            raise _TooSlow
        if not calls & 127 and threading.get_ident() != threading.main_thread().ident:
            time.sleep(_BREATH_S)  # else the user's thread, when it wants the interpreter, waits milliseconds for it

    return tick


def _shell_like(text: str) -> bool:
    return any(sign in text for sign in (" -", "%", "machine ", "echo ", "BY ", "by ", "\n!")) or text.startswith("!")


def _values_of(environ: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    """(secret, kind) for every secret that the environment holds."""
    for name, value in environ.items():
        if type(value) is not str or len(value) > 8192:
            continue
        for span in urls(value, lambda: None):
            if span.end - span.start >= 4:
                yield value[span.start : span.end], span.kind
        kind = meaning(name)
        if kind is None or "://" in value or value.startswith(("/", "~/", "./")) or is_common(value):
            continue
        if kind.strength != "weak" or is_secret(value, kind, name):
            yield value, "environment"


def _forms(values: Iterable[tuple[str, str]]) -> Iterable[tuple[str, str]]:
    """Each secret as itself, as it stands in a URL, in a literal, and in Base64 at each of the three alignments."""
    seen = set()
    for value, kind in values:
        forms = {
            value,
            value.strip(),
            quote(value, safe=""),
            quote_plus(value),
            value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n"),
        }
        if len(value) >= 12:
            data = value.encode("utf-8", "surrogateescape")
            for shift in (0, 1, 2):
                core = base64.b64encode(b"\0" * shift + data).decode("ascii")[(0, 2, 3)[shift] :].rstrip("=")
                forms.add(core[:-1])
                forms.add(core[:-1].replace("+", "-").replace("/", "_"))
        for form in sorted(forms, key=len, reverse=True):
            if len(form) >= 6 and form not in seen:
                seen.add(form)
                yield form, kind


def _occurrences(text: str, values: Iterable[tuple[str, str]], tick: Callable[[], None]) -> Iterable[Span]:
    for value, kind in values:
        position = text.find(value)
        while position >= 0:
            tick()
            end = position + len(value)
            if not value.isalnum() or len(value) >= 12 or _free(text, position, end):
                yield Span(position, end, kind)
            position = text.find(value, end)


def _free(text: str, start: int, end: int) -> bool:
    """Whether the word stands for itself and is no part of a longer one."""
    return not (start > 0 and text[start - 1].isalnum()) and not (end < len(text) and text[end].isalnum())


def _apply(text: str, spans: list[Span]) -> Redacted:
    """The text with every span replaced; of spans that overlap, the union is."""
    spans.sort(key=lambda span: (span.start, -span.end))
    pieces, position, count = [], 0, 0
    index = 0
    while index < len(spans):
        start, end, kind, whole = spans[index]
        index += 1
        while index < len(spans) and spans[index].start < end:
            if spans[index].end > end:
                end = spans[index].end
            index += 1
        if not whole:
            end -= _odd_backslash(text, start, end)
        if end <= start:
            continue
        marker = f"[REDACTED:{kind}]"
        pieces.append(text[position:start])
        pieces.append(f'b"{marker}"' if whole == "bytes" else f'"{marker}"' if whole else marker)
        position, count = end, count + 1
    pieces.append(text[position:])
    return Redacted("".join(pieces), count)


def _odd_backslash(text: str, start: int, end: int) -> int:
    """1 where the span ends within an escape, whose second letter (often the closing quote) would lose its meaning."""
    slashes = 0
    while end - slashes > start and text[end - slashes - 1] == "\\":
        slashes += 1
    return slashes % 2


def _unchecked(text: str, code: bool) -> str:
    marker = f"[REDACTED:unchecked, {len(text)} characters]"
    return f"# {marker}" if code else marker
