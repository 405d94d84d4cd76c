"""Every sentence is said in every language, and with the same values in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from babel.messages.extract import extract_from_file

from monitor.speech import FOLDER, LANGUAGES, SOURCE_LANGUAGE, Speech, catalogue

ROOT = Path(__file__).resolve().parent.parent
KEYWORDS = {"_": None, "gettext": None, "N_": None, "ngettext": (1, 2)}
VALUES = re.compile(r"%\((\w+)\)s")


def _sentences() -> Iterator[tuple[str, str]]:
    """Where each French sentence stands, and the sentence."""
    for path in sorted((ROOT / "monitor").rglob("*.py")):
        yield from _of_file("python", path)
    for folder in ("web", "mail", "report"):
        for path in sorted((ROOT / "templates" / folder).rglob("*.*")):
            yield from _of_file("jinja2.ext:babel_extract", path)


def _of_file(method: str, path: Path) -> Iterator[tuple[str, str]]:
    # the kinds of findings are named "values", which babel takes for no keyword of ours
    options = {"extensions": "jinja2.ext.do", "silent": "false", "trimmed": "false"}
    for line, message, _comments, _context in extract_from_file(
        method, path, keywords=KEYWORDS, options=options
    ):
        for sentence in [message] if isinstance(message, str) else message[:1]:
            if sentence:
                yield f"{path.relative_to(ROOT)}:{line}", sentence


def _values(sentence: str) -> set[str]:
    return set(VALUES.findall(sentence)) - {"count"}


def test_there_are_sentences() -> None:
    found = {sentence for _, sentence in _sentences()}
    assert "Boîte de réception" in found
    assert len(found) > 200


@pytest.mark.parametrize("language", [one for one in LANGUAGES if one != SOURCE_LANGUAGE])
def test_every_sentence_is_translated_with_its_values(language: str) -> None:
    words = catalogue(language)
    missing = [f"{place}: {said}" for place, said in _sentences() if said not in words]
    wrong = [
        f"{said} -> {form}"
        for said, found in words.items()
        for form in ([found] if isinstance(found, str) else found)
        if _values(form) != _values(said)
    ]
    assert (missing, wrong) == ([], [])


@pytest.mark.parametrize("language", [one for one in LANGUAGES if one != SOURCE_LANGUAGE])
def test_no_translation_is_left_over(language: str) -> None:
    said = {sentence for _, sentence in _sentences()}
    assert sorted(set(catalogue(language)) - said) == []


def test_no_sentence_is_translated_twice() -> None:
    from babel.messages.pofile import read_po

    seen: dict[str, str] = {}
    twice = []
    for path in sorted((FOLDER / "en").glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file):
                key = message.id if isinstance(message.id, str) else message.id[0]
                if key and seen.setdefault(key, path.name) != path.name:
                    twice.append(f"{key}: {seen[key]} and {path.name}")
    assert twice == []


@pytest.mark.parametrize(
    ("language", "percent", "number", "duration"),
    [
        ("fr", "12,3\N{NO-BREAK SPACE}%", "1\N{NARROW NO-BREAK SPACE}234,5", "3 j"),
        ("en", "12.3%", "1,234.5", "3 d"),
    ],
)
def test_numbers_are_in_the_readers_form(
    language: str, percent: str, number: str, duration: str
) -> None:
    speech = Speech(language)
    assert speech.percent(0.1234) == percent
    assert speech.number(1234.5) == number
    assert speech.duration(72) == duration


@pytest.mark.parametrize(
    ("language", "week"),
    [("fr", "Semaine 46, 9–15 nov. 2026"), ("en", "Week 46, 9\u2009–\u200915 Nov 2026")],
)
def test_a_week_is_said_by_its_days(language: str, week: str) -> None:
    assert Speech(language).week("2026-W46") == week
    with pytest.raises(ValueError, match="week"):
        Speech(language).week("2026-W99")


@pytest.mark.parametrize(
    ("day", "form", "french", "english"),
    [
        (date(2026, 12, 1), "medium", "1er déc. 2026", "1 Dec 2026"),
        (date(2026, 12, 1), "long", "1er décembre 2026", "1 December 2026"),
        (date(2026, 12, 1), "full", "mardi 1er décembre 2026", "Tuesday 1 December 2026"),
        (date(2026, 12, 1), "d MMMM", "1er décembre", "1 December"),
        (date(2026, 12, 1), "short", "01/12/2026", "01/12/2026"),
        (date(2026, 1, 1), "d/M/y", "1/1/2026", "1/1/2026"),
        (date(2026, 12, 11), "long", "11 décembre 2026", "11 December 2026"),
        (date(2026, 12, 21), "d MMMM", "21 décembre", "21 December"),
    ],
)
def test_the_first_of_a_month_is_said_as_french_says_it(
    day: date, form: str, french: str, english: str
) -> None:
    assert Speech("fr").date(day, form) == french
    assert Speech("en").date(day, form).replace(",", "") == english


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        (date(2026, 12, 1), date(2026, 12, 7), "1er–7 déc. 2026"),
        (date(2026, 12, 1), date(2026, 12, 1), "1er déc. 2026"),
        (date(2026, 11, 1), date(2026, 12, 1), "1er nov. – 1er déc. 2026"),
        (date(2026, 12, 21), date(2026, 12, 31), "21–31 déc. 2026"),
        (date(2025, 12, 11), date(2026, 1, 1), "11 déc. 2025 – 1er janv. 2026"),
    ],
)
def test_a_period_says_the_first_of_a_month_likewise(start: date, end: date, said: str) -> None:
    assert Speech("fr").period(start, end).replace("\N{THIN SPACE}", " ") == said
    assert "1er" not in Speech("en").period(start, end)


def test_times_are_in_the_brands_zone_across_a_clock_change() -> None:
    speech = Speech("fr", ZoneInfo("Europe/Paris"))
    assert speech.time(datetime(2026, 10, 25, 0, 30, tzinfo=UTC)) == "02:30"
    assert speech.time(datetime(2026, 10, 25, 1, 30, tzinfo=UTC)) == "02:30"
    with pytest.raises(ValueError, match="naive"):
        speech.time(datetime(2026, 10, 25, 1, 30))  # noqa: DTZ001
