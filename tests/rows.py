"""Rows for tests: a source, reviews that are read, drafts; small, anonymous, invented."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.reply.check import RULES_VERSION
from monitor.store import standing
from monitor.store.tables import (
    Approval,
    Draft,
    Label,
    Person,
    Publication,
    Review,
    SourceRow,
    Verdict,
    Version,
)
from monitor.store.texts import approval_hash, version_hash

LATE = "Commande reçue avec trois semaines de retard, personne ne répond au téléphone."


def a_source(
    rows: Session, now: datetime, name: str = "lumen-trustpilot", platform: str = "trustpilot"
) -> SourceRow:
    """The source of that name, made when it is not there."""
    found = rows.scalar(select(SourceRow).where(SourceRow.name == name))
    if found is None:
        found = SourceRow(name=name, brand="lumen", platform=platform, due_at=now)
        rows.add(found)
        rows.flush()
    return found


def a_review(
    rows: Session,
    now: datetime,
    number: int = 1,
    *,
    text: str = LATE,
    title: str | None = None,
    stars: int | None = 1,
    sentiment: str | None = "negative",
    severity: str = "normal",
    doubtful: bool = False,
    hours: float = 5,
    **values: Any,
) -> Review:
    """A review written ``hours`` ago, read unless ``sentiment`` is None; committed."""
    source = a_source(rows, now)
    review = Review(
        source_id=source.id,
        external_id=f"r{number}",
        brand=source.brand,
        platform=source.platform,
        kind="reviews",
        author=f"Camille {number}",
        url=f"https://reviews.example/{number}",
        written_at=now - timedelta(hours=hours),
        seen_at=now,
        last_seen_at=now,
        **values,
    )
    rows.add(review)
    rows.flush()
    version = Version(
        review_id=review.id,
        number=1,
        title=title,
        text=text,
        stars=stars,
        language="fr",
        seen_at=now,
        hash=version_hash(title, text, stars),
    )
    rows.add(version)
    rows.flush()
    review.version_id = version.id
    if sentiment is not None:
        rows.add(a_verdict(version, now, sentiment, severity, doubtful=doubtful))
        version.understood_by = "test@1"
    standing.refresh(rows, [review.id])
    rows.commit()
    rows.refresh(review)
    return review


def an_illegible_review(rows: Session, now: datetime, number: int = 1, **values: Any) -> Review:
    """One without stars in a script that the model was not taught; committed."""
    values = {"text": "Ужасное место, никому не советую", **values}
    review = a_review(rows, now, number, stars=None, sentiment="neutral", **values)
    verdict = rows.scalars(select(Verdict).where(Verdict.version_id == review.version_id)).one()
    verdict.confidence = 0.0
    verdict.probabilities = {"negative": 0.25, "neutral": 0.5, "positive": 0.25}
    standing.refresh(rows, [review.id])
    rows.commit()
    rows.refresh(review)
    return review


def a_verdict(
    version: Version, now: datetime, sentiment: str, severity: str, *, doubtful: bool = False
) -> Verdict:
    """What a model might have said of the version."""
    topics = [{"topic": "delivery_time", "polarity": sentiment, "words": "trois semaines"}]
    return Verdict(
        version_id=version.id,
        model="test@1",
        language="fr",
        sentiment=sentiment,
        confidence=0.9,
        probabilities={"negative": 0.9, "neutral": 0.05, "positive": 0.05},
        stars=version.stars or 3,
        topics=topics if "trois semaines" in version.text else [],
        severity=severity,
        doubtful=doubtful,
        made_at=now,
    )


def a_label(rows: Session, now: datetime, version_id: int | None, field: str, value: Any) -> None:
    """What somebody of the team said of a version; it counts, committed."""
    person = rows.scalars(select(Person)).first()
    if person is None:
        person = Person(email="a@example.org", name="A", role="writer", made_at=now)
        rows.add(person)
        rows.flush()
    said = {"version_id": version_id, "field": field, "value": value, "made_at": now}
    rows.add(Label(person_id=person.id, **said))
    standing.refresh(rows, [rows.get_one(Version, version_id).review_id])
    rows.commit()


def a_draft(
    rows: Session,
    now: datetime,
    review: Review,
    text: str = "Bonjour, merci de votre avis.\n\nL’équipe Maison Lumen",
) -> Draft:
    """A proposed reply to the review's current version; committed."""
    draft = Draft(
        review_id=review.id,
        version_id=review.version_id,
        language="fr",
        text=text,
        proposed_text=text,
        template="fr/negative",
        made_at=now,
        changed_at=now,
    )
    rows.add(draft)
    rows.commit()
    return draft


def a_publication(
    rows: Session, now: datetime, draft: Draft, state: str = "waiting"
) -> Publication:
    """An approval of the draft as it is, by a person of its own, and its publication."""
    version = rows.get_one(Version, draft.version_id)
    approver = Person(email="zoe@example.org", name="Zoé", role="approver", made_at=now)
    rows.add(approver)
    rows.flush()
    approval = Approval(
        draft_id=draft.id,
        review_id=draft.review_id,
        version_id=draft.version_id,
        person_id=approver.id,
        text=draft.text,
        rules_version=RULES_VERSION,
        hash=approval_hash(version.hash, draft.text, RULES_VERSION),
        approved_at=now,
    )
    draft.state = "approved"
    rows.add(approval)
    rows.flush()
    publication = Publication(
        approval_id=approval.id,
        review_id=draft.review_id,
        idempotency_key=f"key-{draft.id}",
        state=state,
        due_at=now + timedelta(minutes=2),
    )
    rows.add(publication)
    rows.commit()
    return publication
