"""The digest: each working morning, what waits for an answer. Once a day, a brand and recipient.

Due from ``digest_at`` in the brand's zone on ``digest_days`` until midnight there: a daemon that
was down at the hour sends it when it is up again the same day. The day told last is a row, and
only a later day is due, so neither a restart nor a clock set back tells twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import css_inline
from jinja2 import Environment
from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.config import WEEKDAYS, Brand, Config
from monitor.measure.counts import OpenCounts, is_open, open_counts, owed_hours
from monitor.measure.quotes import excerpt
from monitor.platformnames import platform_name, reads_files
from monitor.remedies import Remedy, remedy
from monitor.speech import N_, Speech
from monitor.store.queries_sources import SourceStanding, standings
from monitor.store.standing import is_standing_verdict
from monitor.store.tables import Draft, Publication, Review, Urgency, Verdict, Version
from monitor.tell import marks, outbox
from monitor.tell.fresh import Fresh, fresh, fresh_said
from monitor.tell.outbox import Letter
from monitor.tell.recipients import recipients
from monitor.tell.said import grave_said
from monitor.tell.templates import environment, linker, render
from monitor.topicnames import topic_name

SHOWN = 8
EXCERPT = 320
ON_ITS_WAY = (N_("Réponse approuvée, en route :"), N_("Voir la réponse"))
REPLIES = {
    "proposed": (N_("Réponse proposée :"), N_("Relire et répondre")),
    "waiting": ON_ITS_WAY,
    "sending": ON_ITS_WAY,
    "by_hand": (N_("Réponse à copier :"), N_("Copier la réponse")),
    "unsure": (N_("Réponse envoyée, à vérifier sur la plateforme :"), N_("Vérifier la réponse")),
}
"""What stands above a reply and on its button, by the state of its publication; "proposed" before
it has one. A reply that is published, yet no longer on the platform, is not shown."""


@dataclass(frozen=True)
class Reply:
    """The review's draft; ``state`` is a key of REPLIES."""

    text: str
    state: str


@dataclass(frozen=True)
class Item:
    """A review that waits. Its words are its author's, to be escaped like any."""

    id: int
    author: str | None
    platform: str
    location: str | None
    stars: int | None
    severity: str | None
    doubtful: bool
    """Critical only just: perhaps a false alarm."""
    sentiment: str | None
    title: str
    """Empty where there is none, or the text begins with it."""
    text: str
    language: str | None
    why: tuple[str, ...]
    """Words of the review that carry the severity."""
    topics: tuple[str, ...]
    reply: Reply | None
    written_at: datetime
    due_at: datetime
    late: bool


@dataclass(frozen=True)
class FailingSource:
    """A source that cannot be read: since when, what happened and what to do."""

    id: int
    name: str
    since: datetime | None
    remedy: Remedy


@dataclass(frozen=True)
class Digest:
    """What one brand's mail of the day says."""

    counts: OpenCounts
    fresh: Fresh
    items: tuple[Item, ...]
    failing: tuple[FailingSource, ...]

    @property
    def is_quiet(self) -> bool:
        """Nothing waits and everything could be read."""
        return not self.items and not self.failing


def run_one(session: Session, now: datetime, config: Config, templates: Path | None) -> bool:
    """Write one brand's digest into the outbox if one is due."""
    for brand in config.brands:
        day = due(brand, now)
        if day and day > marks.told(session, "digest", brand.key):
            write(session, now, config, brand, day, environment(templates))
            return True
    return False


def due(brand: Brand, now: datetime) -> str | None:
    """The day, as ``2026-11-18``, whose digest is due at the moment in the brand's zone."""
    here = now.astimezone(brand.zone)
    telling = brand.telling
    if WEEKDAYS[here.weekday()] not in telling.digest_days:
        return None
    return here.date().isoformat() if here.time() >= _hour(telling.digest_at) else None


def _hour(text: str) -> time:
    return time.fromisoformat(text)


def write(
    session: Session,
    now: datetime,
    config: Config,
    brand: Brand,
    day: str,
    templates: Environment,
) -> int:
    """Lay the day's mails in the outbox and mark the day, in one transaction; how many."""
    digest = gather(session, brand, now)
    written = 0
    if brand.telling.send_quiet_digest or not digest.is_quiet:
        for recipient in recipients(session, brand, "digest"):
            speech = Speech(recipient.language, brand.zone)
            written += outbox.put(
                session,
                now,
                letter(digest, brand, now, speech, templates, config.public_url),
                kind="digest",
                brand=brand.key,
                recipient=recipient.email,
                period=day,
                language=recipient.language,
                domain=config.mail.sender.partition("@")[2],
            )
    marks.tell(session, now, "digest", brand.key, day)
    session.commit()
    return written


def letter(
    digest: Digest,
    brand: Brand,
    now: datetime,
    speech: Speech,
    templates: Environment,
    public_url: str,
) -> Letter:
    """The mail in one reader's language."""
    values: dict[str, Any] = {
        "digest": digest,
        "counts": digest.counts,
        "grave": grave_said(digest.counts.critical, digest.counts.doubtful, speech),
        "fresh": fresh_said(digest.fresh, now, speech),
        "replies": REPLIES,
        "brand": brand,
        "now": now,
        "url": public_url,
        "link": linker(public_url, brand.key),
        "brand_name": brand.name,
        "names": lambda codes: ", ".join(topic_name(code, speech) for code in codes),
        "platform_name": lambda name: platform_name(name, speech),
    }
    html = render(templates, "mail/digest/html.html", speech, **values)
    return Letter(
        subject=render(templates, "mail/digest/subject.txt", speech, **values).strip(),
        text=render(templates, "mail/digest/text.txt", speech, **values),
        html=css_inline.inline(html, keep_style_tags=True, load_remote_stylesheets=False),
    )


def gather(session: Session, brand: Brand, now: datetime) -> Digest:
    """What waits now: the worst first, as in the inbox."""
    return Digest(
        counts=open_counts(session, {brand.key: brand.responding}, now),
        fresh=fresh(session, brand, now),
        items=tuple(_items(session, brand, now)),
        failing=tuple(_failing(session, brand, now)),
    )


def _items(session: Session, brand: Brand, now: datetime) -> list[Item]:
    rows = session.execute(
        select(Review, Version, Verdict, Draft, Publication.state)
        .join(Version, Version.id == Review.version_id)
        .join(Verdict, is_standing_verdict(), isouter=True)
        .join(
            Draft,
            (Draft.review_id == Review.id) & Draft.state.in_(("proposed", "approved")),
            isouter=True,
        )
        .join(
            Publication,
            (Publication.review_id == Review.id)
            & Publication.state.not_in(("failed", "withdrawn")),
            isouter=True,
        )
        .where(*is_open(), Review.brand == brand.key)
        .order_by(Review.urgency.desc(), Review.written_at)
        .limit(SHOWN)
    )
    return [_item(brand, now, *row) for row in rows]


def _item(
    brand: Brand,
    now: datetime,
    review: Review,
    version: Version,
    verdict: Verdict | None,
    draft: Draft | None,
    publication: str | None,
) -> Item:
    due_at = review.written_at + timedelta(hours=owed_hours(review.urgency, brand.responding))
    # a severity that a person has set has no reasons of the model's
    counted = verdict.reasons if verdict and verdict.severity == review.severity else []
    reasons = [str(reason.get("words") or "") for reason in counted]
    return Item(
        id=review.id,
        author=review.author,
        platform=review.platform,
        location=review.location,
        stars=review.stars,
        severity=review.severity,
        doubtful=review.urgency == Urgency.DOUBTFUL,
        sentiment=review.sentiment,
        title=_title(version),
        text=excerpt(version.text, reasons[0] if reasons else "", EXCERPT),
        language=review.language,
        why=tuple(dict.fromkeys(filter(None, reasons)))[:3],
        topics=tuple(str(topic) for topic in review.topics[:3]),
        reply=_reply(draft, publication),
        written_at=review.written_at,
        due_at=due_at,
        late=due_at < now,
    )


def _title(version: Version) -> str:
    """Some platforms make a title of the first words."""
    title = excerpt(version.title or "", longest=EXCERPT)
    first = title.rstrip(" .…")
    return "" if first and " ".join(version.text.split()).startswith(first) else title


def _reply(draft: Draft | None, publication: str | None) -> Reply | None:
    if draft is None:
        return None
    state = "proposed" if draft.state == "proposed" else publication or "waiting"
    return Reply(draft.text, state) if state in REPLIES else None


def _failing(session: Session, brand: Brand, now: datetime) -> list[FailingSource]:
    """Those that fail, not those that are late: the daemon that writes this mail visits them next,
    and after every night that it was off they would all be told."""
    minutes = {source.name: source.every_minutes for source in brand.sources}
    return [
        FailingSource(one.row.id, one.row.name, one.row.failing_since, said)
        for one in standings(session, brand.key, now, minutes)
        if one.fails and (said := _remedy(one))
    ]


def _remedy(one: SourceStanding) -> Remedy | None:
    of_file = reads_files(one.row.platform)
    return remedy(one.state, one.fault, one.row.paused, of_file=of_file)
