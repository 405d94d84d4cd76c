"""Who gets a brand's mails, each in their language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.config import Brand
from monitor.speech import LANGUAGES, SOURCE_LANGUAGE
from monitor.store.tables import Person


@dataclass(frozen=True)
class Recipient:
    """An address, in lower case, and the language to write to it in."""

    email: str
    language: str


def brand_language(brand: Brand) -> str:
    """The first of the brand's languages that mails are written in."""
    return next((one for one in brand.languages if one in LANGUAGES), SOURCE_LANGUAGE)


def recipients(
    session: Session, brand: Brand, kind: Literal["digest", "report"]
) -> list[Recipient]:
    """The configuration's recipients and the people who want it, each address once."""
    wants = Person.gets_digest if kind == "digest" else Person.gets_report
    people = session.scalars(select(Person).where(wants, Person.left_at.is_(None)))
    found = {email.lower(): brand_language(brand) for email in brand.telling.recipients}
    for person in people:
        language = person.language if person.language in LANGUAGES else brand_language(brand)
        found[person.email.lower()] = language
    return [Recipient(email, language) for email, language in sorted(found.items())]
