"""What of an environment a person wants to read in a line: libraries with their threads, packages that came from no index, locale."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

__all__ = ["library_words", "place_words", "source_words"]

_SOURCES = {"editable": "working copy", "local": "folder or file", "vcs": "repository", "archive": "address", "conda": "conda"}
_MOST = 12


def library_words(libraries: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """'openblas 0.3.27 of numpy, 2 threads'."""
    for each in list(libraries)[:_MOST]:
        threads = each.get("threads")
        words = [
            str(each.get("name") or ""),
            str(each.get("version") or ""),
            f"of {each['package']}" if each.get("package") else "",
        ]
        yield " ".join(filter(None, words)) + (
            f", {threads} thread{'' if threads == 1 else 's'}" if isinstance(threads, int) else ""
        )


def source_words(
    packages: Mapping[str, str], distributions: Mapping[str, Mapping[str, Any]], used: Iterable[str]
) -> Iterator[str]:
    """'mine 0.1 (working copy)' for every used package that came from no index, and for those of which something is not known."""
    for name in sorted(used):
        facts = distributions.get(name) or {}
        source, commit, reason = (str(facts.get(key) or "") for key in ("source", "commit", "reason"))
        said = ", ".join(filter(None, (_SOURCES.get(source, ""), f"commit {commit[:12]}" if commit else "", reason)))
        if said:
            yield f"{name} {packages.get(name, '')} ({said})"


def place_words(facts: Mapping[str, Any]) -> Iterator[str]:
    """Locale, and those of numbers and times where they are others; the time zone."""
    texts = {name: value for name, value in facts.items() if isinstance(value, str)}
    main = texts.get("locale", "")
    yield main
    for name, of in (("locale_numbers", "numbers"), ("locale_times", "times")):
        if texts.get(name, main) not in (main, "C"):
            yield f"{texts[name]} for {of}"
    yield texts.get("time_zone", "")
