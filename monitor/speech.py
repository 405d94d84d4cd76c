"""A reader's language: words from the catalogues, dates and numbers in the reader's own form.

Sentences are written in French in code and templates; ``locale/<language>/*.po`` give the other
languages. Every catalogue of a language's folder is read, so that each part of the program keeps
its own file.
"""

from __future__ import annotations

import datetime as calendar
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale, dates, numbers
from babel.messages.pofile import read_po

from monitor.clock import parse_week

SOURCE_LANGUAGE = "fr"
LANGUAGES = ("fr", "en")
FOLDER = Path(__file__).resolve().parent / "locale"
PLURAL_SOURCE = Locale("fr")
MIDNIGHT = time()
FIRST_OF_MONTH = re.compile(r"(?<!\d)1(?= [^\W\d]|–\d)")
"""The day 1 beside a month's name, or before the last day of a period within the month."""
N_ = str
"""Marks a French sentence for the catalogues where it is named before it is spoken."""

Message = str | tuple[str, ...]


@cache
def catalogue(language: str) -> Mapping[str, Message]:
    """French sentence to its translation; a pair of forms for sentences that count."""
    words: dict[str, Message] = {}
    for path in sorted((FOLDER / language).glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=language):
                if message.id and message.string and not message.fuzzy:
                    key = message.id if isinstance(message.id, str) else message.id[0]
                    given = message.string
                    words[key] = given if isinstance(given, str) else tuple(given)
    return words


@dataclass(frozen=True)
class Speech:
    """How to speak to one reader: language, and the time zone of the brand they look at."""

    language: str = SOURCE_LANGUAGE
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Europe/Paris"))

    @property
    def locale(self) -> Locale:
        """Babel's locale; English is written the British way."""
        return Locale("en", "GB") if self.language == "en" else Locale(self.language)

    def gettext(self, sentence: str, /, **values: object) -> str:
        """The sentence in the reader's language, its ``%(name)s`` filled."""
        found = catalogue(self.language).get(sentence, sentence)
        text = found if isinstance(found, str) else found[0]
        return text % values if values else text

    def ngettext(self, one: str, many: str, count: int, /, **values: object) -> str:
        """The sentence for that count; ``%(count)s`` is the count in the reader's form."""
        found = catalogue(self.language).get(one)
        forms = found if isinstance(found, tuple) else (one, many)
        locale = self.locale if isinstance(found, tuple) else PLURAL_SOURCE
        # French counts 0 as singular, English does not: babel knows
        text = forms[0] if locale.plural_form(count) == "one" else forms[-1]
        return text % {"count": self.number(count), **values}

    def number(self, value: float, digits: int | None = None) -> str:
        """1 234,5: with exactly ``digits`` decimals when given."""
        if digits is None:
            return numbers.format_decimal(value, locale=self.locale)
        pattern = "#,##0" + ("." + "0" * digits if digits else "")
        return numbers.format_decimal(value, pattern, locale=self.locale)

    def percent(self, share: float, digits: int = 1) -> str:
        """A share between 0 and 1 as a percentage."""
        pattern = "#,##0" + ("." + "0" * digits if digits else "") + "%"
        if self.language == "fr":
            pattern = pattern.replace("%", "\N{NO-BREAK SPACE}%")
        return numbers.format_percent(share, pattern, locale=self.locale)

    def stars(self, value: float) -> str:
        """An average of stars, one decimal."""
        return self.number(value, 1)

    def date(self, value: datetime | calendar.date, form: str = "medium") -> str:
        """A day; ``form`` is babel's: short, medium, long, full, or a pattern.

        In French the first of a month is "1er décembre", which babel does not know.
        """
        day = self._local(value).date() if isinstance(value, datetime) else value
        return self._first(dates.format_date(day, form, locale=self.locale))

    def time(self, value: datetime) -> str:
        """Hours and minutes in the brand's time zone."""
        return dates.format_time(self._local(value), "short", locale=self.locale)

    def moment(self, value: datetime, form: str = "medium") -> str:
        """A day and the time on it."""
        return f"{self.date(value, form)}, {self.time(value)}"

    def written(self, value: datetime, form: str = "medium") -> str:
        """When a review was written: the day alone where its platform told no more, which then
        stands as midnight to the second, in the brand's zone or in UTC."""
        for zone in (self.zone, UTC):
            there = value.astimezone(zone)
            if there.time() == MIDNIGHT:
                return self.date(there.date(), form)
        return self.moment(value, form)

    def duration(self, hours: float) -> str:
        """ "35 min", "5 h", "3 j": one unit, the one that people would say."""
        if hours < 1:
            return f"{self.number(max(0, round(hours * 60)))} min"
        if hours < 48:
            return f"{self.number(round(hours))} h"
        return f"{self.number(round(hours / 24))} {'j' if self.language == 'fr' else 'd'}"

    def ago(self, then: datetime, now: datetime) -> str:
        """ "il y a 3 heures", in words."""
        return dates.format_timedelta(
            then.astimezone(UTC) - now.astimezone(UTC), add_direction=True, locale=self.locale
        )

    def period(self, start: calendar.date, end: calendar.date) -> str:
        """Both days included: "9–15 nov. 2026"."""
        return self._first(dates.format_interval(start, end, "yMMMd", locale=self.locale))

    def week(self, name: str) -> str:
        """ "Semaine 46, 9–15 nov. 2026" for ``2026-W46``; ValueError for a week there is not."""
        year, week = parse_week(name)
        monday, sunday = (calendar.date.fromisocalendar(year, week, day) for day in (1, 7))
        days = self.period(monday, sunday)
        return self.gettext("Semaine %(week)s, %(days)s", week=week, days=days)

    def language_name(self, code: str | None) -> str:
        """ "français", "anglais"; an unknown code as it is."""
        if not code:
            return self.gettext("langue inconnue")
        return str(self.locale.languages.get(code.split("-")[0], code))

    def _first(self, said: str) -> str:
        return FIRST_OF_MONTH.sub("1er", said) if self.language == "fr" else said

    def _local(self, value: datetime) -> datetime:
        if value.tzinfo is None:
            raise ValueError("naive time")
        return value.astimezone(self.zone)
