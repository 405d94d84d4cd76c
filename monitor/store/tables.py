"""The tables of DESIGN.md. A row's meaning is in its docstring; states change through store/states.

Denormalised columns of ``review`` (its standing: language, stars, sentiment, severity, topics,
answered_at) repeat what version, verdict, label and owner_reply say, so that inbox and dashboard
are one index away at a million rows; ``store.standing.refresh`` is the only writer of them.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import IntEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy import (
    text as sql,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from monitor.store.types import PlainJson, UtcTime

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}

Key = BigInteger().with_variant(Integer, "sqlite")


class Base(DeclarativeBase):
    """Every table's base; constraint names are fixed so that migrations can name them."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {  # noqa: RUF012
        datetime: UtcTime,
        dict[str, Any]: PlainJson,
        list[Any]: PlainJson,
    }


class SourceRow(Base):
    """One configured account, page, search or file: its state, not its settings.

    ``managed``: "file" (the configuration names it) or "import" (a file read once, never
    visited). ``health``: new, healthy, late, broken, paused.
    """

    __tablename__ = "source"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    brand: Mapped[str] = mapped_column(String(80))
    platform: Mapped[str] = mapped_column(String(40))
    managed: Mapped[str] = mapped_column(String(8), default="file")
    present: Mapped[bool] = mapped_column(default=True)
    """False once the configuration no longer names it: kept for its reviews, never visited."""
    paused: Mapped[bool] = mapped_column(default=False)
    """A person's pause; the platform's refusal is health "paused"."""
    cursor: Mapped[dict[str, Any]] = mapped_column(default=dict)
    walk: Mapped[str | None] = mapped_column(String(4))
    """The walk under way: "new", "full", or None between walks."""
    walk_started_at: Mapped[datetime | None]
    settings_hash: Mapped[str] = mapped_column(String(64), default="")
    """Changed settings start the source anew: its cursor belonged to the old ones."""
    due_at: Mapped[datetime]
    claimed_until: Mapped[datetime | None]
    claimed_by: Mapped[str | None] = mapped_column(String(80))
    health: Mapped[str] = mapped_column(String(8), default="new")
    fault: Mapped[str | None] = mapped_column(String(20))
    fault_detail: Mapped[str | None] = mapped_column(Text)
    faults_in_a_row: Mapped[int] = mapped_column(default=0)
    failing_since: Mapped[datetime | None]
    visited_at: Mapped[datetime | None]
    succeeded_at: Mapped[datetime | None]
    full_walk_at: Mapped[datetime | None]
    expected: Mapped[int | None]
    """The platform's own counter, last seen."""
    rating: Mapped[float | None]


class Crawl(Base):
    """One visit of a source: what it read, and how it ended (error None and finished_at set)."""

    __tablename__ = "crawl"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id"))
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    walk: Mapped[str] = mapped_column(String(4))
    pages: Mapped[int] = mapped_column(default=0)
    found: Mapped[int] = mapped_column(default=0)
    new: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0)
    complete: Mapped[bool] = mapped_column(default=False)
    expected: Mapped[int | None]
    held: Mapped[int | None]
    """Reviews of this source held, and not removed, when the visit ended."""
    note: Mapped[str | None] = mapped_column(Text)
    rejected: Mapped[list[Any]] = mapped_column(default=list)
    """Rows that could not be read: [{"place", "reason"}], the first 200 of them."""
    rejected_count: Mapped[int] = mapped_column(default=0)
    fault: Mapped[str | None] = mapped_column(String(20))
    fault_detail: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (Index(None, "source_id", "started_at"),)


class Urgency(IntEnum):
    """How soon a review is to be looked at: the inbox's first key."""

    NONE = 0
    NEGATIVE = 1
    HIGH = 2
    DOUBTFUL = 3
    """Critical only just, as far as the model can tell; nobody has looked."""
    CRITICAL = 4


class Review(Base):
    """What somebody wrote in public about the brand. Its words are in its versions."""

    __tablename__ = "review"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id"))
    external_id: Mapped[str] = mapped_column(String(255))
    brand: Mapped[str] = mapped_column(String(80))
    platform: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(8))
    """"reviews", "posts" or "file", as the platform is."""
    url: Mapped[str | None] = mapped_column(Text)
    author: Mapped[str | None] = mapped_column(String(255))
    author_id: Mapped[str | None] = mapped_column(String(255))
    location: Mapped[str | None] = mapped_column(String(255))
    verified: Mapped[bool | None]
    invited: Mapped[bool | None]
    reach: Mapped[int | None]
    written_at: Mapped[datetime]
    edited_at: Mapped[datetime | None]
    seen_at: Mapped[datetime]
    """When we first held it."""
    last_seen_at: Mapped[datetime]
    missed_walks: Mapped[int] = mapped_column(default=0)
    """Complete walks in a row that did not meet it; at two it is removed."""
    removed_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]
    raw: Mapped[dict[str, Any]] = mapped_column(default=dict)
    version_id: Mapped[int | None] = mapped_column(Key)
    """The current version (no foreign key: versions point here)."""
    version_count: Mapped[int] = mapped_column(default=1)

    # its standing, written by store.standing.refresh alone
    stars: Mapped[int | None]
    language: Mapped[str | None] = mapped_column(String(8))
    sentiment: Mapped[str | None] = mapped_column(String(8))
    """None before it is read, and where its reading had nothing to go by (then it has a severity
    all the same)."""
    severity: Mapped[str | None] = mapped_column(String(8))
    """None before it is read."""
    topics: Mapped[list[Any]] = mapped_column(default=list)
    """Names of its negative topics first, then the others."""
    contradiction: Mapped[bool] = mapped_column(default=False)
    urgency: Mapped[int] = mapped_column(default=0)
    """An Urgency: the inbox's first key."""
    answered_at: Mapped[datetime | None]
    """When the first owner reply was published (or first seen, when the platform does not say)."""
    settled_at: Mapped[datetime | None]
    """A person decided that it needs no reply; the reason is in the audit."""
    assigned_to: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    __table_args__ = (
        UniqueConstraint("source_id", "external_id"),
        # the inbox: filters are looked up in the index itself, rows are read for what is shown
        Index(
            "ix_review_open",
            "brand",
            sql("urgency DESC"),
            *("written_at", "sentiment", "source_id", "language", "location", "assigned_to"),
            # always null here, but SQLite reads the row for a column that the index lacks
            *("answered_at", "settled_at", "removed_at"),
            sqlite_where=sql("answered_at IS NULL AND settled_at IS NULL AND removed_at IS NULL"),
            postgresql_where=sql(
                "answered_at IS NULL AND settled_at IS NULL AND removed_at IS NULL"
            ),
        ),
        # every figure of a period is one walk of this one
        Index(
            "ix_review_measured",
            *("brand", "written_at", "sentiment", "source_id", "stars", "location", "language"),
            *("severity", "answered_at", "removed_at", "settled_at"),
        ),
        Index(
            "ix_review_negative",
            *("brand", "written_at", "platform", "author_id", "author"),
            sqlite_where=sql("sentiment = 'negative'"),
            postgresql_where=sql("sentiment = 'negative'"),
        ),
        Index(
            "ix_review_located",
            *("brand", "location", "written_at"),
            sqlite_where=sql("location IS NOT NULL"),
            postgresql_where=sql("location IS NOT NULL"),
        ),
        Index(
            "ix_review_assigned",
            *("brand", "assigned_to", "answered_at", "settled_at", "removed_at"),
            sqlite_where=sql("assigned_to IS NOT NULL"),
            postgresql_where=sql("assigned_to IS NOT NULL"),
        ),
    )


class Version(Base):
    """A review's words and stars as they stood at a moment. Only ever added."""

    __tablename__ = "version"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    review_id: Mapped[int] = mapped_column(ForeignKey("review.id"))
    number: Mapped[int]
    """1 for the first we saw."""
    title: Mapped[str | None] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text, default="")
    stars: Mapped[int | None]
    language: Mapped[str | None] = mapped_column(String(8))
    """As the platform says; what we understood is in the verdict."""
    seen_at: Mapped[datetime]
    edited_at: Mapped[datetime | None]
    hash: Mapped[str] = mapped_column(String(64))
    """SHA-256 of title, text and stars: two versions with one hash say the same."""
    understood_by: Mapped[str | None] = mapped_column(String(120))
    """name@revision of the newest verdict on it; None is the understand stage's queue."""
    claimed_until: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("review_id", "number"),
        Index(
            "ix_version_unread",
            "id",
            sqlite_where=sql("understood_by IS NULL"),
            postgresql_where=sql("understood_by IS NULL"),
        ),
        Index("ix_version_understood_by", "understood_by"),
    )


class Verdict(Base):
    """What one model understood of one version."""

    __tablename__ = "verdict"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("version.id"))
    model: Mapped[str] = mapped_column(String(120))
    """name@revision."""
    language: Mapped[str] = mapped_column(String(8))
    sentiment: Mapped[str] = mapped_column(String(8))
    confidence: Mapped[float]
    """Probability of the sentiment; 0 where there was nothing to go by: no stars, and no words
    that the model knows. Such a verdict gives the review no sentiment."""
    probabilities: Mapped[dict[str, Any]]
    """{"negative", "neutral", "positive"}, summing to 1."""
    stars: Mapped[int]
    topics: Mapped[list[Any]] = mapped_column(default=list)
    """[{"topic", "polarity", "words"}]; words is a quote from the text."""
    severity: Mapped[str] = mapped_column(String(8))
    reasons: Mapped[list[Any]] = mapped_column(default=list)
    """The words that carry the severity, as [{"severity", "words", "rule"}]."""
    contradiction: Mapped[bool] = mapped_column(default=False)
    doubtful: Mapped[bool] = mapped_column(default=False)
    """Critical only just: perhaps a false alarm, and shown after the clear ones."""
    made_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("version_id", "model"),)


class Label(Base):
    """A person's correction of a verdict. The newest one of a field counts."""

    __tablename__ = "label"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("version.id"), index=True)
    field: Mapped[str] = mapped_column(String(16))
    """"sentiment", "severity", "topics" or "language"."""
    value: Mapped[Any] = mapped_column(PlainJson)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime]


class Evaluation(Base):
    """How often a model erred, as measured once; the newest one of a model and part counts."""

    __tablename__ = "evaluation"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    model: Mapped[str] = mapped_column(String(120), index=True)
    """As verdicts name it: name@revision+rules."""
    made_at: Mapped[datetime]
    part: Mapped[str] = mapped_column(String(8))
    """"test" (the project's own labelled texts) or "labels" (what the team corrected)."""
    n: Mapped[int]
    """Texts compared."""
    figures: Mapped[dict[str, Any]]
    """{"total", "languages"}, each as measure.accuracy gives it; "test" is read by the text
    alone, and has the same again, read with the stars, under "starred"."""


class OwnerReply(Base):
    """A reply of the brand seen on the platform, ours or not; a changed text is a new row."""

    __tablename__ = "owner_reply"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    review_id: Mapped[int] = mapped_column(ForeignKey("review.id"))
    text: Mapped[str] = mapped_column(Text)
    hash: Mapped[str] = mapped_column(String(64))
    external_id: Mapped[str | None] = mapped_column(String(255))
    published_at: Mapped[datetime | None]
    edited_at: Mapped[datetime | None]
    seen_at: Mapped[datetime]
    shown_at: Mapped[datetime | None]
    """When collect first met it on the platform; None while only our publication says so."""
    gone_at: Mapped[datetime | None]
    """When the platform was seen without it (or with another text in its place)."""
    publication_id: Mapped[int | None] = mapped_column(ForeignKey("publication.id"))

    __table_args__ = (UniqueConstraint("review_id", "hash"),)


class Draft(Base):
    """A proposed reply. ``state``: proposed, rejected, void, approved."""

    __tablename__ = "draft"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    review_id: Mapped[int] = mapped_column(ForeignKey("review.id"), index=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("version.id"))
    state: Mapped[str] = mapped_column(String(8), default="proposed")
    language: Mapped[str] = mapped_column(String(8))
    text: Mapped[str] = mapped_column(Text)
    proposed_text: Mapped[str] = mapped_column(Text)
    """As the template gave it, to measure how much people change."""
    template: Mapped[str] = mapped_column(String(120))
    facts: Mapped[list[Any]] = mapped_column(default=list)
    edits: Mapped[int] = mapped_column(default=0)
    """Counts saves: an editor must hold the current number, or its save is refused."""
    edited_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    rejected_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    reason: Mapped[str | None] = mapped_column(Text)
    """Why it was rejected or became void."""
    made_at: Mapped[datetime]
    changed_at: Mapped[datetime]

    __table_args__ = (
        Index(
            "uq_draft_live",
            "review_id",
            unique=True,
            sqlite_where=sql("state IN ('proposed', 'approved')"),
            postgresql_where=sql("state IN ('proposed', 'approved')"),
        ),
    )


class Finding(Base):
    """What the reply checker says of a draft's current text."""

    __tablename__ = "finding"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    draft_id: Mapped[int] = mapped_column(ForeignKey("draft.id"), index=True)
    edits: Mapped[int]
    """The draft's edit number that was checked."""
    rule: Mapped[str] = mapped_column(String(60))
    blocks: Mapped[bool]
    """True when the reply may not be approved with it."""
    start: Mapped[int | None]
    end: Mapped[int | None]
    values: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Approval(Base):
    """A named person's yes to exactly that text for exactly that version under those rules."""

    __tablename__ = "approval"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    draft_id: Mapped[int] = mapped_column(ForeignKey("draft.id"), index=True)
    review_id: Mapped[int] = mapped_column(ForeignKey("review.id"), index=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("version.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    text: Mapped[str] = mapped_column(Text)
    rules_version: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))
    """SHA-256 over version hash, reply text and rules version."""
    approved_at: Mapped[datetime]
    voided_at: Mapped[datetime | None]
    void_reason: Mapped[str | None] = mapped_column(String(40))


class Publication(Base):
    """The act of putting an approved reply on the platform, and its outcome.

    ``state``: waiting (until due_at), sending, unsure, published, visible, failed, withdrawn;
    by_hand when a person copies it to the platform and marks it as posted.
    """

    __tablename__ = "publication"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    approval_id: Mapped[int] = mapped_column(ForeignKey("approval.id"), unique=True)
    review_id: Mapped[int] = mapped_column(ForeignKey("review.id"), index=True)
    idempotency_key: Mapped[str] = mapped_column(String(64), unique=True)
    state: Mapped[str] = mapped_column(String(10))
    due_at: Mapped[datetime]
    claimed_until: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)
    fault: Mapped[str | None] = mapped_column(String(20))
    detail: Mapped[str | None] = mapped_column(Text)
    sent_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]
    visible_at: Mapped[datetime | None]
    external_id: Mapped[str | None] = mapped_column(String(255))
    url: Mapped[str | None] = mapped_column(Text)
    resolved_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    __table_args__ = (
        Index(
            "uq_publication_live",
            "review_id",
            unique=True,
            sqlite_where=sql("state NOT IN ('failed', 'withdrawn')"),
            postgresql_where=sql("state NOT IN ('failed', 'withdrawn')"),
        ),
        Index("ix_publication_due", "state", "due_at"),
    )


class Message(Base):
    """The outbox. ``state``: waiting, sending, sent, failed. Once a kind, recipient and period."""

    __tablename__ = "message"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    """"digest", "report", "alert", "invitation"."""
    brand: Mapped[str] = mapped_column(String(80), default="")
    recipient: Mapped[str] = mapped_column(String(255))
    period: Mapped[str] = mapped_column(String(60))
    """"2026-W46", "2026-11-22", or what makes an alert unique."""
    language: Mapped[str] = mapped_column(String(8))
    subject: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    images: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """Content-ID to base64 PNG."""
    message_id: Mapped[str] = mapped_column(String(255), unique=True)
    state: Mapped[str] = mapped_column(String(8), default="waiting")
    due_at: Mapped[datetime]
    claimed_until: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None] = mapped_column(Text)
    made_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("kind", "brand", "recipient", "period"),
        Index("ix_message_due", "state", "due_at"),
    )


class Report(Base):
    """A week's frozen figures. Never changed; late reviews give revision notes."""

    __tablename__ = "report"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    brand: Mapped[str] = mapped_column(String(80))
    week: Mapped[str] = mapped_column(String(8))
    figures: Mapped[dict[str, Any]]
    model: Mapped[str] = mapped_column(String(120))
    rules_version: Mapped[str] = mapped_column(String(64))
    templates_version: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("brand", "week"),)


class ReportNote(Base):
    """What was learnt of a reported week after its figures were sent."""

    __tablename__ = "report_note"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("report.id"), index=True)
    made_at: Mapped[datetime]
    figures: Mapped[dict[str, Any]]
    """The figures as they would be now; the frozen ones stand."""


class CustomerDay(Base):
    """Customers served on a day: the denominator of dissatisfied per 1,000 customers."""

    __tablename__ = "customer_day"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    brand: Mapped[str] = mapped_column(String(80))
    location: Mapped[str] = mapped_column(String(255), default="")
    day: Mapped[date]
    customers: Mapped[int]

    __table_args__ = (UniqueConstraint("brand", "location", "day"),)


class Order(Base):
    """An imported order: facts for replies, and the internal indicators."""

    __tablename__ = "order_fact"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    brand: Mapped[str] = mapped_column(String(80))
    reference: Mapped[str] = mapped_column(String(80))
    customer: Mapped[str | None] = mapped_column(String(64))
    """A keyed hash of the customer: enough to count, not to know."""
    ordered_at: Mapped[datetime]
    promised_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    amount: Mapped[float | None]

    __table_args__ = (
        UniqueConstraint("brand", "reference"),
        Index("ix_order_fact_ordered", "brand", "ordered_at"),
    )


class Person(Base):
    """Somebody of the team. ``role``: admin, approver, writer, reader."""

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    email: Mapped[str] = mapped_column(String(255), unique=True)
    """Lower case."""
    name: Mapped[str] = mapped_column(String(120))
    role: Mapped[str] = mapped_column(String(8))
    language: Mapped[str] = mapped_column(String(8), default="fr")
    password_hash: Mapped[str | None] = mapped_column(Text)
    gets_digest: Mapped[bool] = mapped_column(default=True)
    gets_report: Mapped[bool] = mapped_column(default=True)
    made_at: Mapped[datetime]
    last_seen_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None]
    """Set when access is withdrawn; the name stays on what the person decided."""


class Session(Base):
    """A signed-in browser. Only the hash of its cookie is kept."""

    __tablename__ = "session"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    csrf: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime]
    used_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class Token(Base):
    """A one-time link (invitation, new password). Only its hash is kept."""

    __tablename__ = "token"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    kind: Mapped[str] = mapped_column(String(12))
    """"invitation", "password" or "first" (the first administrator)."""
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Audit(Base):
    """Who did what, append-only; each row carries the hash of the one before."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    at: Mapped[datetime]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """None for the program itself."""
    action: Mapped[str] = mapped_column(String(40))
    """"approved a reply" is ``reply.approved``: thing, dot, past participle."""
    subject: Mapped[str] = mapped_column(String(80))
    """What it was done to, as ``review:12``."""
    values: Mapped[dict[str, Any]] = mapped_column(default=dict)
    before: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64), unique=True)

    __table_args__ = (Index(None, "subject"),)


class Sentinel(Base):
    """Small facts of the installation itself: daemon heartbeats, when jobs last ran."""

    __tablename__ = "sentinel"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    value: Mapped[dict[str, Any]] = mapped_column(default=dict)
    at: Mapped[datetime]


class Attempt(Base):
    """A failed sign-in, kept for an hour: the rate limit survives a restart. Three rows each."""

    __tablename__ = "attempt"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    who: Mapped[str] = mapped_column(String(64))
    """Hash of an address, an e-mail, or both together."""
    at: Mapped[datetime]

    __table_args__ = (Index(None, "who", "at"),)
