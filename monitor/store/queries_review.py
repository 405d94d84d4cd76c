"""What the review page asks of the store: one review with everything that happened to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.store import audit, standing
from monitor.store.tables import (
    Approval,
    Audit,
    Draft,
    Finding,
    Label,
    OwnerReply,
    Person,
    Publication,
    Review,
    SourceRow,
    Verdict,
    Version,
)

LABELLED = ("sentiment", "severity", "topics")


@dataclass(frozen=True)
class Whole:
    """A review and its story."""

    review: Review
    source: SourceRow
    versions: Sequence[Version]
    """Oldest first; the last one is current."""
    verdicts: Sequence[Verdict]
    """Of the current version, oldest first; the last one counts."""
    labels: dict[str, tuple[Any, Person, datetime]]
    replies: Sequence[OwnerReply]
    draft: Draft | None
    """The live one, else the newest."""
    findings: Sequence[Finding]
    publication: Publication | None
    """The newest one that counts."""
    approval: Approval | None
    approver: Person | None
    editor: Person | None
    assignee: Person | None
    story: Sequence[tuple[Audit, Person | None]]

    @property
    def version(self) -> Version:
        """The current version."""
        return self.versions[-1]

    @property
    def verdict(self) -> Verdict | None:
        """What the newest model understood of it."""
        return self.verdicts[-1] if self.verdicts else None

    @property
    def is_illegible(self) -> bool:
        """Whether its reading had nothing to go by, and nobody has said what it is."""
        return self.verdict is not None and self.review.sentiment is None

    def verdict_at(self, at: datetime) -> Verdict | None:
        """The verdict that people saw then, or the oldest that is left."""
        seen = [one for one in self.verdicts if one.made_at <= at]
        return next(iter([*reversed(seen), *self.verdicts]), None)


def whole(session: Session, review_id: int, brands: Sequence[str]) -> Whole | None:
    """The review, when it exists and belongs to one of the brands."""
    review = session.get(Review, review_id)
    if review is None or review.brand not in brands or review.version_id is None:
        return None
    draft = _draft(session, review_id)
    publication = session.scalars(
        select(Publication)
        .where(Publication.review_id == review_id)
        .order_by(Publication.id.desc())
        .limit(1)
    ).first()
    approval = session.get(Approval, publication.approval_id) if publication else None
    return Whole(
        review=review,
        source=session.get_one(SourceRow, review.source_id),
        versions=session.scalars(
            select(Version).where(Version.review_id == review_id).order_by(Version.number)
        ).all(),
        verdicts=session.scalars(
            select(Verdict).where(Verdict.version_id == review.version_id).order_by(Verdict.id)
        ).all(),
        labels=_labels(session, review.version_id),
        replies=session.scalars(
            select(OwnerReply).where(OwnerReply.review_id == review_id).order_by(OwnerReply.id)
        ).all(),
        draft=draft,
        findings=_findings(session, draft),
        publication=publication,
        approval=approval,
        approver=session.get(Person, approval.person_id) if approval else None,
        editor=session.get(Person, draft.edited_by) if draft and draft.edited_by else None,
        assignee=session.get(Person, review.assigned_to) if review.assigned_to else None,
        story=_story(session, review_id),
    )


def _draft(session: Session, review_id: int) -> Draft | None:
    drafts = session.scalars(
        select(Draft).where(Draft.review_id == review_id).order_by(Draft.id.desc())
    ).all()
    live = [draft for draft in drafts if draft.state in {"proposed", "approved"}]
    return next(iter([*live, *drafts]), None)


def _findings(session: Session, draft: Draft | None) -> Sequence[Finding]:
    if draft is None:
        return ()
    query = select(Finding).where(Finding.draft_id == draft.id, Finding.edits == draft.edits)
    return session.scalars(query.order_by(Finding.blocks.desc(), Finding.start)).all()


def _labels(session: Session, version_id: int) -> dict[str, tuple[Any, Person, datetime]]:
    query = (
        select(Label, Person)
        .join(Person, Person.id == Label.person_id)
        .where(Label.version_id == version_id)
        .order_by(Label.id)
    )
    return {
        label.field: (label.value, person, label.made_at)
        for label, person in session.execute(query)
    }


def _story(session: Session, review_id: int) -> list[tuple[Audit, Person | None]]:
    query = (
        select(Audit, Person)
        .outerjoin(Person, Person.id == Audit.person_id)
        .where(Audit.subject == f"review:{review_id}")
        .order_by(Audit.id)
    )
    return [(row, person) for row, person in session.execute(query)]


def correct(
    session: Session, now: datetime, whole: Whole, field: str, value: Any, person_id: int
) -> None:
    """A person's correction of the verdict: it counts at once. The caller commits."""
    if field not in LABELLED:
        raise ValueError(field)
    session.add(
        Label(
            version_id=whole.version.id,
            field=field,
            value=value,
            person_id=person_id,
            made_at=now,
        )
    )
    audit.record(
        session,
        now,
        f"{field}.corrected",
        f"review:{whole.review.id}",
        person_id=person_id,
        before=getattr(whole.review, field),
        after=_without_words(value),
    )
    standing.refresh(session, [whole.review.id])


def unchecked(whole: Whole) -> list[str]:
    """The fields that the model has judged and nobody has said anything of."""
    if whole.verdict is None:
        return []
    fields = [field for field in LABELLED if field not in whole.labels]
    return fields if whole.verdict.confidence else [one for one in fields if one != "sentiment"]


def confirm(session: Session, now: datetime, whole: Whole, person_id: int) -> list[str]:
    """A person's word that the model was right where nobody has said anything yet.

    The fields that were confirmed: their values become labels. The caller commits.
    """
    if whole.verdict is None:
        return []
    fields = unchecked(whole)
    session.add_all(
        Label(
            version_id=whole.version.id,
            field=field,
            value=getattr(whole.verdict, field),
            person_id=person_id,
            made_at=now,
        )
        for field in fields
    )
    if fields:
        subject, model = f"review:{whole.review.id}", whole.verdict.model
        audit.record(
            session,
            now,
            "reading.confirmed",
            subject,
            person_id=person_id,
            fields=fields,
            model=model,
        )
        standing.refresh(session, [whole.review.id])
    return fields


def _without_words(value: Any) -> Any:
    """A label's value for the audit, which holds no word of a review."""
    if not isinstance(value, list):
        return value
    return [{key: said for key, said in topic.items() if key != "words"} for topic in value]


def assign(session: Session, now: datetime, review: Review, to: int | None, by: int) -> None:
    """Give the review to a colleague, or to nobody. The caller commits."""
    review.assigned_to = to
    audit.record(session, now, "review.assigned", f"review:{review.id}", person_id=by, to=to)
