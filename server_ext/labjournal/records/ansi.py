"""Text as a terminal would show it, as HTML: colours and weights become classes, every other control sequence goes.

Colours are classes (`fg1` … `fg15`, `bg0` …) so that the page gives them a shade that can be read in either theme; those of the 256 and
of the 16 million are styles made of numbers alone. One pass, whatever the text.
"""

from __future__ import annotations

import re

from markupsafe import Markup, escape

__all__ = ["coloured", "plain"]

_SEQUENCE = re.compile(
    r"\x1b\[(?P<codes>[0-9;:]*)m"  # colours
    r"|\x1b\[[0-?]*[ -/]*[@-~]"  # every other control sequence
    r"|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\|$)"  # titles, links and other strings for the terminal
    r"|\x1b[ -/]*[0-~]?"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_LEVELS = (0, 95, 135, 175, 215, 255)


def plain(text: str) -> str:
    """The text without anything meant for a terminal, or that HTML cannot hold."""
    return _CONTROL.sub("", _SEQUENCE.sub("", text))


def coloured(text: str) -> Markup:
    """The text as HTML, escaped."""
    parts: list[Markup | str] = []
    style, end = _Style(), 0
    for found in _SEQUENCE.finditer(text):
        parts.append(style.around(text[end : found.start()]))
        end = found.end()
        if found["codes"] is not None:
            style.take(found["codes"])
    parts.append(style.around(text[end:]))
    return Markup("").join(parts)


class _Style:
    """How the text looks from here on."""

    def __init__(self) -> None:
        self.colours: dict[str, int | tuple[int, int, int]] = {}
        self.marks: set[str] = set()

    def around(self, text: str) -> Markup:
        inner = escape(_CONTROL.sub("", text))
        if not inner or not (self.colours or self.marks):
            return inner
        named = [f"{side}{colour}" for side, colour in sorted(self.colours.items()) if isinstance(colour, int)]
        exact = {side: colour for side, colour in self.colours.items() if not isinstance(colour, int)}
        style = ";".join(
            f"{'color' if side == 'fg' else 'background-color'}:rgb({red},{green},{blue})"
            for side, (red, green, blue) in sorted(exact.items())
        )
        return Markup('<span class="{}"{}>{}</span>').format(
            " ".join([*named, *sorted(self.marks)]), Markup(' style="{}"').format(style) if style else "", inner
        )

    def take(self, codes: str) -> None:
        numbers = [int(code[:6]) if code else 0 for code in re.split("[;:]", codes)][:64]
        while numbers:
            code = numbers.pop(0)
            if code == 0:
                self.colours, self.marks = {}, set()
            elif code in _MARKS:
                self.marks.add(_MARKS[code])
            elif code in _ENDS:
                self.marks -= _ENDS[code]
            elif 30 <= code <= 37 or 90 <= code <= 97:
                self.colours["fg"] = code - 30 if code < 90 else code - 82
            elif 40 <= code <= 47 or 100 <= code <= 107:
                self.colours["bg"] = code - 40 if code < 100 else code - 92
            elif code in (38, 48):
                self._exact("fg" if code == 38 else "bg", numbers)
            elif code in (39, 49):
                self.colours.pop("fg" if code == 39 else "bg", None)

    def _exact(self, side: str, numbers: list[int]) -> None:
        kind = numbers.pop(0) if numbers else None
        if kind == 5 and numbers:
            number = min(numbers.pop(0), 255)
            self.colours[side] = number if number < 16 else _of_256(number)
        elif kind == 2 and len(numbers) >= 3:
            red, green, blue = (min(numbers.pop(0), 255) for _ in range(3))
            self.colours[side] = (red, green, blue)
        else:
            numbers.clear()


_MARKS = {1: "bold", 2: "faint", 3: "italic", 4: "underline", 7: "inverse", 9: "struck"}
_ENDS = {22: {"bold", "faint"}, 23: {"italic"}, 24: {"underline"}, 27: {"inverse"}, 29: {"struck"}}


def _of_256(number: int) -> tuple[int, int, int]:
    if number >= 232:
        grey = 8 + 10 * (number - 232)
        return grey, grey, grey
    red, rest = divmod(number - 16, 36)
    return _LEVELS[red], _LEVELS[rest // 6], _LEVELS[rest % 6]
