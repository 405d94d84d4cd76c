"""What a cell of an export says: a date, stars, a yes or no."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, tzinfo
from functools import lru_cache
from typing import Literal

from crawlers._exports.columns import plain

Cell = str | datetime
"""A spreadsheet's own dates come as datetime; everything else as stripped text."""

Scale = Literal[5, 10, 20, 100, "words"]

STAR_WORDS: Mapping[str, int] = {
    "excellent": 5,
    "tres satisfait": 5,
    "tres bien": 5,
    "very satisfied": 5,
    "great": 5,
    "five": 5,
    "cinq": 5,
    "bien": 4,
    "bon": 4,
    "satisfait": 4,
    "satisfied": 4,
    "good": 4,
    "four": 4,
    "quatre": 4,
    "moyen": 3,
    "correct": 3,
    "neutre": 3,
    "neutral": 3,
    "average": 3,
    "three": 3,
    "trois": 3,
    "mediocre": 2,
    "insatisfait": 2,
    "decevant": 2,
    "poor": 2,
    "dissatisfied": 2,
    "two": 2,
    "deux": 2,
    "mauvais": 1,
    "tres mauvais": 1,
    "tres insatisfait": 1,
    "bad": 1,
    "terrible": 1,
    "very dissatisfied": 1,
    "one": 1,
    "un": 1,
    "une": 1,
}

MONTHS: Mapping[str, int] = {
    name: month
    for month, names in enumerate(
        (
            "janvier janv jan january",
            "fevrier fevr fev february feb",
            "mars mar march",
            "avril avr april apr",
            "mai may",
            "juin june jun",
            "juillet juil july jul",
            "aout august aug",
            "septembre sept sep september",
            "octobre oct october",
            "novembre nov november",
            "decembre dec december",
        ),
        start=1,
    )
    for name in names.split()
}

NUMBER = re.compile(r"(\d+(?:[.,]\d+)?)(?:\s*(?:/|sur|out of)\s*(\d+))?(?:\s*(?:etoiles?|stars?))?")
TIME = r"(?:[ T,]+(?:at |a )?(\d{1,2})[:h](\d{2})(?::(\d{2}))?)?"
SLASHED = re.compile(rf"(\d{{1,2}})[/.-](\d{{1,2}})[/.-](\d{{4}}){TIME}")
YEAR_FIRST = re.compile(rf"(\d{{4}})/(\d{{1,2}})/(\d{{1,2}}){TIME}")
WORDED = re.compile(rf"(?:[a-z]+\.? )?(\d{{1,2}})(?:er)? ([a-z]+)\.?,? (\d{{4}}){TIME}")
WORDED_US = re.compile(rf"(?:[a-z]+, )?([a-z]+)\.? (\d{{1,2}})(?:st|nd|rd|th)?,? (\d{{4}}){TIME}")

YES = frozenset({"oui", "yes", "true", "vrai", "1", "x", "verifie", "verified", "o", "y"})
NO = frozenset({"non", "no", "false", "faux", "0", "n", "non verifie", "not verified"})

DAY_FIRST = "dd/mm/yyyy"
MONTH_FIRST = "mm/dd/yyyy"
TOKENS = re.compile(r"yyyy|aaaa|yy|aa|mm|dd|jj|hh|ss", re.IGNORECASE)

DateReader = Callable[[str], datetime]
"""Reads a text as a datetime, naive or aware; ValueError when it is none."""


def tidy(text: str) -> str:
    """A cell's text without the space around it, its line ends as "\\n", no NUL in it."""
    text = text.strip()
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.replace("\x00", "") if "\x00" in text else text


def strptime_form(form: str) -> str:
    """The strptime form of "dd/mm/yyyy hh:mm" or "jj/mm/aaaa"; a form with % is left alone.

    ValueError when it names no day, month and year.
    """
    if "%" in form:
        return form
    hour_seen = False

    def directive(found: re.Match[str]) -> str:
        nonlocal hour_seen
        part = found[0].lower().replace("a", "y").replace("j", "d")
        hour_seen = hour_seen or part == "hh"
        if part == "mm":
            return "%M" if hour_seen else "%m"
        return {"yyyy": "%Y", "yy": "%y", "dd": "%d", "hh": "%H", "ss": "%S"}[part]

    made = TOKENS.sub(directive, form)
    if not all(part in made for part in ("%d", "%m")) or "%y" not in made.lower():
        raise ValueError(f"“{form}” does not say where the day, the month and the year stand")
    return made


def date_reader(form: str | None, *, day_first: bool = True) -> DateReader:
    """The reader for a configured form; without one, of the forms that exports use."""
    if form is None:
        return lambda text: read_date(text, day_first=day_first)
    if form.casefold() == "iso":
        return _iso
    exact = strptime_form(form)
    # Aware or naive as the form says: the caller adds the zone of the file.
    return lambda text: datetime.strptime(text, exact)  # noqa: DTZ007


def read_date(text: str, *, day_first: bool = True) -> datetime:
    """A date in ISO 8601, with figures, or with a French or English month; else ValueError."""
    try:
        return _iso(text)
    except ValueError:
        pass
    bare = _unaccented(text)
    if found := YEAR_FIRST.fullmatch(bare):
        return _datetime(found[1], found[2], found[3], found.groups()[3:])
    if found := SLASHED.fullmatch(bare):
        day, month = (found[1], found[2]) if day_first else (found[2], found[1])
        return _datetime(found[3], month, day, found.groups()[3:])
    if (found := WORDED.fullmatch(bare)) and found[2] in MONTHS:
        return _datetime(found[3], MONTHS[found[2]], found[1], found.groups()[3:])
    if (found := WORDED_US.fullmatch(bare)) and found[1] in MONTHS:
        return _datetime(found[3], MONTHS[found[1]], found[2], found.groups()[3:])
    raise ValueError(text)


def day_comes_first(texts: Iterable[str]) -> bool | None:
    """Whether dates like 03/04/2026 start with the day, as their fellows betray.

    True or False when one of them cannot be read the other way (or none is of that kind),
    None when every one could be both.
    """
    undecided = False
    for text in texts:
        found = SLASHED.fullmatch(_unaccented(text))
        if found is None:
            continue
        if int(found[1]) > 12 or "." in text[:6]:
            return True
        if int(found[2]) > 12:
            return False
        undecided = undecided or found[1] != found[2]
    return None if undecided else True


def in_zone(when: datetime, zone: tzinfo) -> datetime:
    """The moment in UTC; a time without a zone is one of the file's zone."""
    aware = when if when.tzinfo else when.replace(tzinfo=zone)
    return aware.astimezone(UTC)


@lru_cache(4096)
def stars(text: str, scale: Scale) -> int:
    """Stars from 1 to 5, halves upwards; a scale in the cell ("8/10") goes before ours."""
    bare = _unaccented(text)
    if set(text) & set("★☆⭐"):
        return _whole(text, float(text.count("★") + text.count("⭐")), 5)
    word = plain(text)
    if word in STAR_WORDS:
        return STAR_WORDS[word]
    found = NUMBER.fullmatch(bare)
    if found is None:
        raise ValueError(f"“{text[:60]}” is not a number of stars")
    most = int(found[2]) if found[2] else 5 if scale == "words" else scale
    return _whole(text, float(found[1].replace(",", ".")), most)


@lru_cache(4096)
def truth(text: str) -> bool | None:
    """Yes or no; None for anything else ("en attente")."""
    word = plain(text)
    return True if word in YES else False if word in NO else None


def _whole(text: str, value: float, most: int) -> int:
    least = 1 if most == 5 else 0
    if not least <= value <= most or not most:
        raise ValueError(f"“{text[:60]}” is not between {least} and {most}")
    return max(1, int(value / most * 5 + 0.5))


def _iso(text: str) -> datetime:
    if text.isdecimal() and len(text) != 8:
        raise ValueError(text)
    return datetime.fromisoformat(text.removesuffix(" UTC") + ("Z" if text[-4:] == " UTC" else ""))


def _unaccented(text: str) -> str:
    letters = text.casefold().replace("é", "e").replace("û", "u").replace("à", "a")
    return " ".join(letters.split())


def _datetime(year: str, month: str | int, day: str, time: tuple[str | None, ...]) -> datetime:
    hour, minute, second = (int(part or 0) for part in time)
    made = date(int(year), int(month), int(day))
    # The caller adds the zone of the file.
    return datetime(made.year, made.month, made.day, hour, minute, second)  # noqa: DTZ001
