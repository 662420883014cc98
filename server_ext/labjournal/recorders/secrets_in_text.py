"""Secrets in text that is not Python: outputs, tracebacks, strings, comments, shell lines, YAML, dotenv, headers, URLs.

A name that means a secret (`secret_names`) followed by `=`, `:` or, as an option of a command, by a blank, and a value that can be
one. Python that shows in a traceback looks the same (`password=password`), so a bare word beside a name has to look like a value.
The search goes from word to word by `str.find`; expressions are only matched where a word was found, and are bounded.
"""

from __future__ import annotations

import re
from typing import Callable, Iterator, Pattern

from labjournal.recorders.secret_kinds import Span
from labjournal.recorders.secret_names import HINTS, Kind, is_secret, looks_random, meaning

__all__ = ["COMMANDS", "names_with_values", "positions", "secret_words", "urls"]

_NAME_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-")
_LEFT_OR_RIGHT = 64
_LINK = re.compile(
    r"""\\{0,2}["']?\]?(?P<verb>[ \t]{1,4}(?:is|was|are|set to|changed to))?[ \t]{0,12}(?P<sign>:=|=>|==|=|:|(?<=['\"]),)?(?!=)[ \t]{0,12}"""
)
_QUOTED = re.compile(r"""(?P<open>(?:\\{0,2}[rbuRBU]{0,2})\\{0,2}(?:\"{3}|'{3}|["']))(?P<value>[^"'\n]{1,2048})""")
_BARE = re.compile(r"""[^\s,;&"'<>()\[\]`|]{1,2048}""")
_BARE_IN_CODE = re.compile(r"""[^\s,;&"'<>()\[\]`|{}]{1,2048}""")
_TO_LINE_END = re.compile(
    r"""(?:(?:Bearer|Basic|Token|Digest|Negotiate|ApiKey|Api-Key|token|bearer|basic)[ ]{1,4})?(?P<value>[^\s"',;<>]{4,4096})"""
)
_COOKIES = re.compile(r"""[^\n"'<>]{8,4096}""")
_FLAG_VALUE = re.compile(r"""[ \t]{1,4}(?P<quote>["']?)(?P<value>[^\s"'|;&<>`]{3,1024})""")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{1,20}$")
_USERINFO = re.compile(r"""(?P<user>[^\s/@:'"<>?#]{0,256})(?P<password>:[^\s/'"<>?#]{1,512})?@(?=[\w\[{$%.-])""")
_QUERY = re.compile(r"""(?P<name>[A-Za-z][\w.-]{0,48})=(?P<value>[^&\s"'<>#`;]{4,4096})""")
_SIGNED = frozenset(
    "sig signature x-amz-signature x-amz-security-token x-amz-credential x-goog-signature x-goog-credential hmac code client_assertion auth".split()
)
_COMMANDS = (
    ("curl", r"""(?<!\S)(?:-u|--user|-U|--proxy-user)[ =]{0,2}["']?[^\s:"']{1,128}:(?P<value>[^\s"']{2,256})"""),
    ("wget", r"""(?<!\S)--(?:http-|ftp-)?password[ =]["']?(?P<value>[^\s"']{2,256})"""),
    ("sshpass", r"""(?<!\S)-p[ ]?["']?(?P<value>[^\s"'-][^\s"']{1,256})"""),
    ("mysql", r"""(?<!\S)-p["']?(?P<value>[^\s"'-][^\s"']{2,256})"""),
    ("docker login", r"""(?<!\S)-p[ ]?["']?(?P<value>[^\s"'-][^\s"']{2,256})"""),
    ("podman login", r"""(?<!\S)-p[ ]?["']?(?P<value>[^\s"'-][^\s"']{2,256})"""),
    ("redis-cli", r"""(?<!\S)-a[ ]["']?(?P<value>[^\s"'-][^\s"']{2,256})"""),
    ("openssl", r"""pass:(?P<value>[^\s"']{3,256})"""),
    ("zip ", r"""(?<!\S)-P[ ]["']?(?P<value>[^\s"'-][^\s"']{2,256})"""),
    ("7z", r"""(?<!\S)-p["']?(?P<value>[^\s"'-][^\s"']{2,256})"""),
    ("sqlplus", r"""(?<!\S)[\w.]{1,64}/(?P<value>[^\s@/"']{2,128})@"""),
    ("htpasswd", r"""-[a-zA-Z]{0,4}b[a-zA-Z]{0,4}[ ]\S{1,200}[ ]\S{1,64}[ ](?P<value>\S{3,128})"""),
    ("chpasswd", r"""echo[ ]["']?[\w.-]{1,64}:(?P<value>[^\s"'|]{3,128})"""),
    ("configure set", r"""configure set \S{0,60}(?:secret|token)\S{0,40}[ ](?P<value>\S{6,1024})"""),
    ("wandb login", r"""[ ](?:--relogin[ ])?(?P<value>[0-9a-zA-Z_]{20,128})"""),
    ("IDENTIFIED BY ", r"""["'](?P<value>[^"'\n]{3,128})["']"""),
    ("identified by ", r"""["'](?P<value>[^"'\n]{3,128})["']"""),
    ("echo ", r"""(?:-n[ ])?["']?(?P<value>[^\s"'|]{3,256})["']?[ ]{0,4}\|[^|\n]{0,200}(?:-stdin|sudo -S|login -|passwd)"""),
    ("kaggle config set", r"""[ ](?:-n )?key -v (?P<value>\S{16,64})"""),
    ("machine ", r"""\spassword\s(?P<value>\S{3,256})"""),
    ("authtoken", r"""authtoken[ =](?P<value>[^\s"']{16,512})"""),
    ("_authToken", r"""_authToken[ =](?P<value>[^\s"']{6,512})"""),
    ("http-basic.", r"""http-basic\.\S{1,80} \S{1,80} (?P<value>[^\s"']{3,512})"""),
)  # fmt: skip

COMMANDS = tuple(word for word, _ in _COMMANDS)
"""Commands that take secrets without saying so."""
_RIGHT_BEHIND = frozenset(("echo ", "IDENTIFIED BY ", "identified by ", "wandb login", "kaggle config set"))
_FROM_THE_WORD = frozenset(("authtoken", "_authToken", "http-basic.", "configure set"))


def positions(text: str, words: tuple[str, ...], tick: Callable[[], None]) -> Iterator[int]:
    """Where any of the lower-case words begins in the text, whatever its case."""
    lowered = text.lower()
    if len(lowered) != len(text):
        lowered = "".join(letter.lower() if letter.isascii() else letter for letter in text)
    for word in [word for word in words if word in lowered]:  # most are not: that is told fastest in one go
        position = lowered.find(word)
        while position >= 0:
            tick()
            yield position
            position = lowered.find(word, position + len(word))


def secret_words(text: str, tick: Callable[[], None]) -> Iterator[tuple[int, int, Kind]]:
    """(start, end, meaning) of every name in the text that means a secret, each once."""
    seen: set[int] = set()
    for position in positions(text, HINTS, tick):
        start = position
        while start > 0 and position - start < _LEFT_OR_RIGHT and text[start - 1] in _NAME_CHARACTERS:
            start -= 1
        if start in seen:
            continue
        end = position
        while end < len(text) and end - position < _LEFT_OR_RIGHT and text[end] in _NAME_CHARACTERS:
            end += 1
        seen.add(start)
        kind = meaning(text[start:end].rstrip(".-"))
        if kind is not None:
            yield start, end, kind


def names_with_values(
    text: str, tick: Callable[[], None], *, shell: bool = True, quoted_only: bool = False, code: bool = False
) -> Iterator[Span]:
    """Values beside names that mean a secret.

    `quoted_only` where a bare word would be a name of the program's; `code` inside literals, whose braces may be Python's.
    """
    for start, end, kind in secret_words(text, tick):
        span = _beside(text, start, end, kind, quoted_only, code)
        if span is None and shell and not quoted_only:
            span = _option(text, start, end, kind)
        if span is not None:
            yield span
    if shell:
        yield from _commands(text, tick)


def _beside(text: str, start: int, end: int, kind: Kind, quoted_only: bool, code: bool) -> Span | None:
    name = text[start:end]
    link = _LINK.match(text, end)
    if link is None or link.end() == end:
        return None
    sign = link.group("sign")
    if kind.word in ("authorization", "session") and sign in (":", "=") and not quoted_only:
        return _header(text, link.end(), kind)
    quoted = _QUOTED.match(text, link.end())
    if quoted is not None:
        value = quoted.group("value").rstrip("\\")
        if kind.word == "authorization":
            return _header(text, quoted.start("value"), kind)
        if not is_secret(value, kind, name) or (sign in (None, ",") and not _no_word(value)):
            return None
        return Span(quoted.start("value"), quoted.start("value") + len(value), kind.word)
    if quoted_only or sign in ("==", ",") or (sign is None and link.group("verb") is None):
        return None
    bare = (_BARE_IN_CODE if code else _BARE).match(text, link.end())
    if bare is None or not _bare_value(text, name, link, bare.group(), bare.end(), kind):
        return None
    return Span(bare.start(), bare.end(), kind.word)


def _no_word(value: str) -> bool:
    """Whether a value cannot be a word of the sentence it stands in."""
    return len(value) >= 6 and " " not in value and any(letter.isdigit() for letter in value)


def _bare_value(text: str, name: str, link: re.Match[str], value: str, end: int, kind: Kind) -> bool:
    """Whether a value without quotes is one, and not a name in a line of code or a word of a sentence."""
    if not is_secret(value.rstrip(".,"), kind, name) or "://" in value:
        return False
    following = text[end : end + 1]
    if link.group("sign") is None:
        return looks_random(value) or (kind.strength == "strong" and _no_word(value))
    if following in ("(", "["):
        return False
    if value.startswith(("self.", "cls.", "args.", "os.", "st.", "settings.")):
        return False
    words = value.replace(".", "").replace("_", "")
    if not words.isalpha() or not (words.islower() or words.isupper() or words.istitle()):
        return True
    blank = link.group()[-1:] in (" ", "\t")
    if blank and link.group("sign") == ":":
        return _stands_alone(text, link.start() - len(name), end)
    return not blank and following not in (",", ")") and "_" not in value and "." not in value


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Whether `name: value` is all that its line says, as in YAML."""
    line_start = text.rfind("\n", max(0, start - 80), start) + 1
    return not text[line_start:start].strip(" \t-") and (end >= len(text) or text[end] in "\r\n")


def _header(text: str, position: int, kind: Kind) -> Span | None:
    shape = _COOKIES if kind.word == "session" else _TO_LINE_END
    quote = 1 if text[position : position + 1] in ("'", '"') else 0
    match = shape.match(text, position + quote)
    if match is None:
        return None
    start, end = (match.start(), match.end()) if shape is _COOKIES else (match.start("value"), match.end("value"))
    value = text[start:end]
    if kind.word == "session":
        return Span(start, end, "session") if ("=" in value or looks_random(value)) and is_secret(value, kind) else None
    if value[0] in "{$<(%[*" or (value.isalpha() and len(value) < 16) or not is_secret(value, Kind("token", "key")):
        return None
    return Span(start, end, kind.word)


def _option(text: str, start: int, end: int, kind: Kind) -> Span | None:
    """`--password VALUE`, `%env NAME VALUE`, `setx NAME VALUE`."""
    name = text[start:end]
    before = text[max(0, start - 16) : start]
    if not name.startswith("--") and not re.search(r"(?:%(?:set_)?env|setx|setenv)[ \t]{1,3}$", before):
        return None
    match = _FLAG_VALUE.match(text, end)
    if match is None or match.group("value").startswith("-") or not is_secret(match.group("value"), kind, name.lstrip("-")):
        return None
    return Span(match.start("value"), match.end("value"), kind.word)


def _commands(text: str, tick: Callable[[], None]) -> Iterator[Span]:
    for word, pattern in _COMMANDS:
        position = text.find(word)
        expression = re.compile(pattern) if position >= 0 else None
        while position >= 0:
            tick()
            end = text.find("\n", position)
            end = min(len(text) if end < 0 or word == "machine " else end, position + 1024)
            start = position if word in _FROM_THE_WORD else position + len(word)
            for match in _matches(expression, word, text, start, end):
                tick()
                value = match.group("value")
                if value[0] not in "$<{" and not value.startswith(("env:", "file:", "%(")):
                    yield Span(match.start("value"), match.end("value"), "password")
            position = text.find(word, max(end, position + 1))


def _matches(expression: Pattern[str] | None, word: str, text: str, start: int, end: int) -> Iterator[re.Match[str]]:
    if expression is None:
        return
    if word not in _RIGHT_BEHIND:
        yield from expression.finditer(text, start, end)
        return
    match = expression.match(text, start, end)
    if match is not None:
        yield match


def urls(text: str, tick: Callable[[], None]) -> Iterator[Span]:
    """Passwords in front of a host, and signatures and tokens in queries."""
    position = text.find("://")
    while position >= 0:
        tick()
        userinfo = _USERINFO.match(text, position + 3) if _SCHEME.search(text, max(0, position - 21), position) else None
        if userinfo is not None:
            yield from _userinfo(userinfo)
        position = text.find("://", position + 3)
    if "?" in text or "&" in text:
        yield from _queries(text, tick)


def _userinfo(match: re.Match[str]) -> Iterator[Span]:
    password = match.group("password")
    if password is not None:
        value = password[1:]
        if value.count("{") != value.count("}"):
            return
        if not re.match(r"\{.{0,80}\}$|\$|<|\*+$|%\(|%s$|\[REDACTED|\.{3}$", value):
            yield Span(match.start("password") + 1, match.end("password"), "url-password")
    elif looks_random(match.group("user")):
        yield Span(match.start("user"), match.end("user"), "url-password")


def _queries(text: str, tick: Callable[[], None]) -> Iterator[Span]:
    for sign in ("?", "&"):
        position = text.find(sign)
        while position >= 0:
            tick()
            match = _QUERY.match(text, position + 1)
            if match is not None and _in_query(match.group("name"), match.group("value")):
                yield Span(
                    match.start("value"),
                    match.end("value"),
                    "url-signature" if match.group("name").lower() in _SIGNED else "url-token",
                )
            position = text.find(sign, position + 1)


def _in_query(name: str, value: str) -> bool:
    if value[0] in "{$<%[" and not value.startswith("%2"):
        return False
    if name.lower() in _SIGNED:
        return len(value) >= 16 and not value.isalpha()
    kind = meaning(name)
    return kind is not None and (is_secret(value, kind, name) or (len(value) >= 20 and not value.isalpha()))
