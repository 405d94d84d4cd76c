"""What a template is told of a review and of the brand: plain values, never rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from monitor import topicnames
from monitor.config import Brand
from monitor.reply.names import first_name
from monitor.store.tables import Draft, Review, Version

TOPICS = topicnames.CODES
SIGNATURES = {
    "fr": "L'équipe {}",
    "en": "The {} team",
    "de": "Ihr Team von {}",
    "es": "El equipo de {}",
    "it": "Il team di {}",
    "nl": "Het team van {}",
}
WRITTEN_IN = tuple(SIGNATURES)
"""The languages replies are written in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A review as templates see it. Its words are data: nothing in them is ever evaluated."""

    language: str
    kind: str
    author: str
    first_name: str
    title: str
    text: str
    stars: int | None
    sentiment: str
    severity: str
    complaints: tuple[str, ...]
    praises: tuple[str, ...]
    location: str

    @property
    def mood(self) -> str:
        """Which reply it calls for: critical, negative, neutral or positive."""
        return _mood(self.sentiment, self.severity, self.stars)


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """The brand as templates see it, in one language."""

    name: str
    signature: str
    email: str
    phone: str
    url: str
    good_faith: str
    """A true sentence of the configuration that bears on the complaint, or nothing."""


def reply_language(review: Review, brand: Brand) -> str:
    """The review's language where replies are written in it, else the brand's first."""
    language = (review.language or "").split("-")[0].lower()
    return language if language in WRITTEN_IN else brand.languages[0]


def tell(
    review: Review, version: Version, topics: Sequence[Mapping[str, Any]], language: str
) -> Told:
    """The review and its current version in plain values."""
    return Told(
        language=language,
        kind=review.kind,
        author=review.author or "",
        first_name=first_name(review.author) or "",
        title=version.title or "",
        text=version.text,
        stars=review.stars,
        sentiment=review.sentiment or "neutral",
        severity=review.severity or "normal",
        complaints=_named(topics, "negative"),
        praises=_named(topics, "positive"),
        location=review.location or "",
    )


def fits(draft: Draft, review: Review) -> bool:
    """Whether the draft was written for the mood that the review is now understood to have."""
    return draft.template.rpartition("/")[2] == mood_of(review)


def mood_of(review: Review) -> str:
    """Which reply the review calls for, as it is now understood."""
    return _mood(review.sentiment or "neutral", review.severity or "normal", review.stars)


def _mood(sentiment: str, severity: str, stars: int | None) -> str:
    if severity == "critical":
        return "critical"
    if sentiment == "positive" and stars is not None and stars <= 2:
        return "neutral"
    return sentiment


def _named(topics: Sequence[Mapping[str, Any]], polarity: str) -> tuple[str, ...]:
    names = (str(topic["topic"]) for topic in topics if topic.get("polarity") == polarity)
    return tuple(dict.fromkeys(names))


def voice(brand: Brand, language: str, good_faith: str = "") -> Voice:
    """The brand speaking that language."""
    contact = brand.customer_service
    signature = {str(key): text for key, text in brand.signature.items()}.get(language)
    return Voice(
        name=brand.name,
        signature=signature or SIGNATURES[language].format(brand.name),
        email=contact.email or "",
        phone=contact.phone or "",
        url=contact.url or "",
        good_faith=good_faith,
    )
