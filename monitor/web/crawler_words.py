"""What crawlers say, in the reader's language: places, reasons, notes and details of faults.

They are kept as the crawlers' English; a sentence is known again by its form. What no form fits
(a platform's own words, a library's) is shown as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

from markupsafe import Markup, escape

from monitor.speech import N_, Speech
from monitor.spoken import spoken_html
from monitor.web.crawler_forms import FORMS, LISTS

SENTENCES_AT_MOST = 40
"""Said one by one; a folder may hold hundreds of broken files, and the rest is shown as it is."""
MARKS_WITHIN = 1
"""How many "; " a sentence of the crawlers itself may hold."""
DEEPEST = 3
"""A file's sentence, its row's reason, its column's reason."""
ONE_AND_ANOTHER = N_("%(one)s ; %(another)s")
SAID_TOO = frozenset({"reason", "error", "part", "status"})
"""Names of values that are sentences of crawlers or libraries themselves."""
COUNTS = frozenset({"count", "total", "cells", "line", "page"})
KINDS = dict.fromkeys(COUNTS, r"\d{1,15}") | {
    "status": r"\d{3}(?: [A-Za-z' -]{1,40})?",
    "letter": r"[A-Z]{1,3}",
    "place": r"[A-Z]{1,3}\d{1,9}",
    "kind": r"\w{1,80}",
    "exit": r"-?\d{1,9}",
}
OTHERS_WORDS = frozenset({"words", "error", "cell", "column", "columns", "reason"})
"""Names of values that people, platforms or libraries wrote: these may hold "; "."""
NAME = re.compile(r"%\((\w+)\)s")

Reading = Literal["strict", "loose", "list"]
"""A sentence among others, whose values hold no "; "; one alone; the headings of a file."""


@dataclass(frozen=True)
class _Known:
    """A sentence that was known again: its French form, and what stands in it."""

    french: str
    values: Mapping[str, str]


def told(text: str, speech: Speech) -> Markup:
    """A crawler's words for the reader, escaped: one sentence, or several set apart by "; "."""
    return _told(text, speech, DEEPEST)


def _told(text: str, speech: Speech, depth: int) -> Markup:
    found: list[_Known | str] = _sentences(text) if depth else [text]
    if depth and any(isinstance(one, str) for one in found):
        whole = _recognised(text, "loose")
        found = found if whole is None else [whole]
    said, *others = (_said(one, speech, depth - 1) for one in found)
    for another in others:
        said = spoken_html(speech)["gettext"](ONE_AND_ANOTHER, one=said, another=another)
    return said


def _sentences(text: str) -> list[_Known | str]:
    """The sentences of a text in their order; what no form fits stays together."""
    ahead = text.split("; ", SENTENCES_AT_MOST)
    found: list[_Known | str] = []
    while ahead:
        known, used = _first(ahead)
        last = found[-1] if found else None
        if known is not None:
            found.append(known)
        elif isinstance(last, str):
            found[-1] = f"{last}; {ahead[0]}"
        else:
            found.append(ahead[0])
        ahead = ahead[used:]
    return found


def _first(ahead: list[str]) -> tuple[_Known | None, int]:
    """The sentence that comes first, if it is known, and how many parts it is made of."""
    for parts in range(min(len(ahead), 1 + MARKS_WITHIN), 0, -1):
        known = _recognised("; ".join(ahead[:parts]), "strict")
        if known is not None:
            return known, parts
    return None, 1


def _said(one: _Known | str, speech: Speech, depth: int) -> Markup:
    if isinstance(one, str):
        return _as_it_is(one, speech)
    values = {name: _value(name, text, speech, depth) for name, text in one.values.items()}
    said: Markup = spoken_html(speech)["gettext"](one.french, **values)
    return said


def _as_it_is(text: str, speech: Speech) -> Markup:
    if speech.language == "en":
        return escape(text)
    return Markup('<span lang="en">%s</span>') % text


def _value(name: str, text: str, speech: Speech, depth: int) -> str:
    if name in SAID_TOO:
        return _told(text, speech, depth)
    if name in COUNTS:
        return speech.number(int(text))
    return _headings(text, speech) if name == "columns" else text


def _headings(text: str, speech: Speech) -> str:
    """The headings of a file, each within “…”, and how many more there are."""
    known = _recognised(text, "list")
    if known is not None:
        return _said(known, speech, 0)
    return text if speech.language == "en" else text.replace("“", "« ").replace("”", " »")


def _recognised(text: str, reading: Reading) -> _Known | None:
    for sure, pattern, french in _patterns(reading):
        found = pattern.match(text) if sure in text else None
        if found is not None:
            return _Known(french, found.groupdict())
    return None


@cache
def _patterns(reading: Reading) -> tuple[tuple[str, re.Pattern[str], str], ...]:
    """Each form: its longest words, which are quickly looked for, its expression, its French."""
    forms = LISTS if reading == "list" else FORMS
    return tuple(
        (max(NAME.split(form)[::2], key=len), _pattern(form, reading), french)
        for form, french in forms.items()
    )


def _pattern(form: str, reading: Reading) -> re.Pattern[str]:
    """The form as an expression that goes over a text once.

    Each value ends where the words after it first stand, and the group around the two is atomic:
    no value is ever looked for again, so hostile texts cost time in proportion to their length.
    """
    first, *others = NAME.split(form)
    names, after = others[::2], others[1::2]
    ends = [re.escape(words) for words in after]
    ends[-1:] = [end + r"\Z" for end in ends[-1:]]
    groups = (
        f"(?>(?P<{name}>{_kind(name, reading)}){end})"
        for name, end in zip(names, ends, strict=True)
    )
    made = re.escape(first) + "".join(groups)
    return re.compile(made if names else made + r"\Z", re.DOTALL)


def _kind(name: str, reading: Reading) -> str:
    if name in KINDS:
        return KINDS[name]
    return "(?:(?!; ).)+?" if reading == "strict" or name not in OTHERS_WORDS else ".+?"
