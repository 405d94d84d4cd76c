"""The reply checker: the same findings for the same text, on every save and at every approval.

Patterns of what may not be said are data (``rules/*.toml``); those of every language are read on
every reply. A finding that blocks must be mended before approval; the others are advice.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from monitor.reply.personal import foreign_links, personal_data
from monitor.reply.tongue import language_of

FOLDER = Path(__file__).resolve().parent
COVERED = ("fr", "en")
"""Languages whose tone is checked; in the others only what needs no words."""
BLOCKING = frozenset(
    {
        "empty",
        "too_long",
        "placeholder",
        "personal_data",
        "threat",
        "blame",
        "irony",
        "change_review",
        "liability",
        "promise",
    }
)
SAID = ("threat", "blame", "irony", "change_review", "liability", "grovelling", "asks_in_public")
PLACEHOLDER = re.compile(
    r"\{\{.*?\}\}|\{\{|\}\}|\{%.*?%\}|\{%|%\(\w+\)s|\$\{\w*\}|__+\w*_*|\.{5,}"
    r"|[\[<{(][ ]?(?:[A-ZÀ-Þ]{3,}[A-ZÀ-Þ _'-]*|(?:votre |your )?(?:nom|pr[ée]nom|name|first name"
    r"|date|marque|brand|signature))[ ]?[\]>})]"
    r"|\b(?:[Xx]{3,}|XX|TODO|TBD|FIXME)\b|\blorem ipsum\b"
)
NUMBER = re.compile(
    r"\b\d+(?:[.,]\d+)? ?(?:%|pour cent|per ?cent)"
    r"|\b\d+ ?(?:h\b|heures?|hours?|jours?|days?|semaines?|weeks?|minutes?|mois|months?|ans\b"
    r"|ann[ée]es?|years?)(?: ouvr[ée]s?| ouvrables?)?"
    r"|\b(?:le|on|the) \d{1,2}(?:er|st|nd|rd|th)? (?:of )?[a-zéû]{3,9}(?: \d{4})?\b"
    r"|\b\d{1,2}[/.]\d{1,2}[/.]\d{2,4}\b"
    r"|\b\d+(?:[.,]\d+)? ?(?:€|£|\$|euros?|pounds?)|[€£$] ?\d+(?:[.,]\d+)?"
)
SHOUTED = re.compile(r"\b[A-ZÀ-Þ]{4,}(?:[ '-]+[A-ZÀ-Þ]{2,})*\b")
TOO_ALIKE = 0.8
SHINGLE = 4
FOR_THANKS = {
    "fr": "Merci d’avoir pris le temps de nous écrire. ",
    "en": "Thank you for taking the time to write to us. ",
}
FOR_GREETING = {"fr": "Bonjour,\n\n", "en": "Hello,\n\n"}


class Limit(Protocol):
    """How long a reply may be: crawlers.contract.ReplyLimit."""

    @property
    def most(self) -> int | None: ...
    @property
    def unit(self) -> Any: ...
    def length(self, text: str) -> int: ...
    def exceeded_by(self, text: str) -> int: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a reply is checked against: the review it answers and the brand that speaks."""

    language: str
    """The language the reply is owed in."""
    sentiment: str = "negative"
    limit: Limit | None = None
    short: bool = False
    """A post among others: no greeting is expected."""
    brand: str = ""
    contacts: Sequence[str] = ()
    """The brand's own addresses, numbers and links."""
    facts: Sequence[str] = ()
    """Sentences that support what the reply may claim."""
    recent: Sequence[str] = ()
    """The brand's last replies to other reviews."""
    promises_allowed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One finding; ``start`` and ``end`` count code points, None when it is the whole text."""

    rule: str
    blocks: bool
    start: int | None = None
    end: int | None = None
    values: Mapping[str, Any] = field(default_factory=dict)


def check(text: str, about: Checked) -> list[Found]:
    """Everything there is to say of a reply, what blocks first, then in reading order."""
    if not text.strip():
        return [Found(rule="empty", blocks=True)]
    plain = _plain(text)
    found = [one for rule in RULES for one in rule(plain, about)]
    return sorted(found, key=lambda one: (not one.blocks, one.start or 0, one.rule))


def _plain(text: str) -> str:
    """The text with plain apostrophes and spaces, each character in its place."""
    return text.translate({0x2019: "'", 0x2018: "'", 0xA0: " ", 0x202F: " "})


@dataclass(frozen=True)
class Pattern:
    """One pattern of a rules file."""

    matches: re.Pattern[str]
    unless: re.Pattern[str] | None
    mend: str | None


@cache
def _patterns(rule: str, language: str) -> tuple[Pattern, ...]:
    tables = tomllib.loads((FOLDER / "rules" / f"{language}.toml").read_text("utf-8"))
    return tuple(_pattern(one) for one in tables.get(rule, []))


def _pattern(told: Mapping[str, str]) -> Pattern:
    flags = re.IGNORECASE | re.MULTILINE
    unless = told.get("except")
    return Pattern(
        re.compile(told["pattern"], flags),
        re.compile(unless, flags) if unless else None,
        told.get("mend"),
    )


def _found(rule: str, start: int | None = None, end: int | None = None, **values: Any) -> Found:
    return Found(rule=rule, blocks=rule in BLOCKING, start=start, end=end, values=values)


def _matches(rule: str, text: str, language: str) -> Iterator[Found]:
    for pattern in _patterns(rule, language):
        for match in pattern.matches.finditer(text):
            if pattern.unless and pattern.unless.search(match[0]):
                continue
            start = match.start() + len(match[0]) - len(match[0].lstrip())
            values = {"words": text[start : match.end()]}
            if pattern.mend is not None:
                values["mend"] = _as_written(pattern.mend, text[start])
            yield _found(rule, start, match.end(), **values)


def _as_written(mend: str, first: str) -> str:
    if not mend:
        return mend
    return (mend[0].upper() if first.isupper() else mend[0].lower()) + mend[1:]


def _too_long(text: str, about: Checked) -> Iterator[Found]:
    limit = about.limit
    if limit is not None and (excess := limit.exceeded_by(text)):
        length = limit.length(text)
        yield _found(
            "too_long", length=length, most=limit.most, unit=str(limit.unit), excess=excess
        )


def _placeholders(text: str, about: Checked) -> Iterator[Found]:
    for match in PLACEHOLDER.finditer(text):
        if match[0].strip("[](){}<> ").lower() != about.brand.lower():
            yield _found("placeholder", *match.span(), words=match[0])


def _personal(text: str, about: Checked) -> Iterator[Found]:
    for kind, start, end in personal_data(text, about.contacts):
        yield _found("personal_data", start, end, kind=kind, words=text[start:end])


def _links(text: str, about: Checked) -> Iterator[Found]:
    for start, end in foreign_links(text, about.contacts):
        yield _found("foreign_link", start, end, words=text[start:end])


def _said(text: str, about: Checked) -> Iterator[Found]:
    rules = SAID if about.promises_allowed else (*SAID, "promise")
    for rule in rules:
        for language in COVERED:
            yield from _without_overlaps(_matches(rule, text, language))


def _without_overlaps(found: Iterator[Found]) -> Iterator[Found]:
    end = -1
    for one in sorted(found, key=lambda one: one.start or 0):
        if (one.start or 0) >= end:
            yield one
            end = one.end or 0


def _familiar(text: str, about: Checked) -> Iterator[Found]:
    # only in its own language: "on" and "ton" are words of both
    if about.language in COVERED and language_of(text) in (None, about.language):
        yield from _matches("familiar", text, about.language)


def _courtesy(text: str, about: Checked) -> Iterator[Found]:
    if about.language not in COVERED:
        return
    greets = any(True for _ in _matches("greeting", text, about.language))
    if not greets and not about.short:
        yield _found("no_greeting", 0, 0, mend=FOR_GREETING[about.language])
    if about.sentiment == "negative" and not any(
        True for language in COVERED for _ in _matches("thanks", text, language)
    ):
        at = _after_greeting(text) if greets else 0
        yield _found("no_thanks", at, at, mend=FOR_THANKS[about.language])


def _after_greeting(text: str) -> int:
    first, line_break, rest = text.partition("\n")
    return len(text) - len(rest.lstrip()) if line_break and len(first) < 60 else 0


def _shouting(text: str, about: Checked) -> Iterator[Found]:
    for match in re.finditer(r" ?!+", text):
        yield _found("exclamation", *match.span(), words=match[0], mend=".")
    for match in SHOUTED.finditer(text):
        words = match[0]
        if (len(words) > 4 or " " in words) and words.lower() not in about.brand.lower():
            yield _found("capitals", *match.span(), words=words, mend=words.lower())


def _language(text: str, about: Checked) -> Iterator[Found]:
    written = language_of(text)
    if written is not None and written != about.language:
        yield _found("other_language", written=written, expected=about.language)
    if (written or about.language) not in COVERED:
        yield _found("tone_unchecked", language=written or about.language)


def _repeated(text: str, about: Checked) -> Iterator[Found]:
    mine = _shingles(text)
    for other in about.recent:
        theirs = _shingles(_plain(other))
        if mine and len(mine & theirs) / len(mine | theirs) >= TOO_ALIKE:
            yield _found("repeated")
            return


def _shingles(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.lower())
    return {tuple(words[at : at + SHINGLE]) for at in range(max(1, len(words) - SHINGLE + 1))}


def _claims(text: str, about: Checked) -> Iterator[Found]:
    known = _plain(" ".join((*about.facts, *about.contacts, about.brand))).lower()
    spans = [match.span() for match in NUMBER.finditer(text)]
    spans += [
        (one.start or 0, one.end or 0)
        for language in COVERED
        for one in _matches("claim", text, language)
    ]
    end = -1
    for start, stop in sorted(spans):
        if start >= end and text[start:stop].lower() not in known:
            yield _found("claim", start, stop, words=text[start:stop])
            end = stop


RULES: tuple[Callable[[str, Checked], Iterator[Found]], ...] = (
    _too_long,
    _placeholders,
    _personal,
    _links,
    _said,
    _familiar,
    _courtesy,
    _shouting,
    _language,
    _repeated,
    _claims,
)


def _rules_version() -> str:
    """SHA-256 over the code and the patterns of the checker: other rules, other approvals."""
    files = [FOLDER / f"{name}.py" for name in ("check", "personal", "tongue")]
    files += sorted((FOLDER / "rules").glob("*.toml"))
    content = b"\0".join(path.read_bytes().replace(b"\r\n", b"\n") for path in files)
    return hashlib.sha256(content).hexdigest()


RULES_VERSION = _rules_version()
