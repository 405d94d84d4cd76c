"""How each route is asked for in the generated permission test, by the route's name.

``rows`` prepares what the page needs, and gives the values of the path's ``{names}``; ``form`` is
what a POST sends. ``answer`` is the status that somebody who may come in gets.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from monitor import people
from monitor.store.tables import SourceRow
from monitor.tell.frozen import freeze
from tests import rows as make
from tests.conftest import NOW
from tests.web.brands import brands


def nothing(rows: Session) -> dict[str, Any]:
    """A page that needs no row."""
    return {}


def a_source(rows: Session) -> dict[str, Any]:
    """A source of the first brand."""
    row = SourceRow(name="lumen-trustpilot", brand="lumen", platform="trustpilot", due_at=NOW)
    rows.add(row)
    rows.flush()
    return {"source_id": row.id}


def a_colleague(rows: Session) -> dict[str, Any]:
    """Somebody else of the team."""
    person = people.add_person(rows, NOW, email="dora@example.org", name="Dora", role="reader")
    return {"person_id": person.id}


def a_link(rows: Session) -> dict[str, Any]:
    """An invitation's link."""
    person = people.add_person(rows, NOW, email="emil@example.org", name="Emil", role="reader")
    return {"token": people.make_link(rows, NOW, "invitation", person.id)}


def a_review(rows: Session) -> dict[str, Any]:
    """A review that waits for its reply."""
    return {"review_id": make.a_review(rows, NOW).id}


def a_settled_review(rows: Session) -> dict[str, Any]:
    """A review that was decided to need no reply."""
    return {"review_id": make.a_review(rows, NOW, settled_at=NOW).id}


def a_published_review(rows: Session) -> dict[str, Any]:
    """A review whose approved reply is on its way."""
    review = make.a_review(rows, NOW)
    make.a_publication(rows, NOW, make.a_draft(rows, NOW, review))
    return {"review_id": review.id}


def a_report(rows: Session) -> dict[str, Any]:
    """A week's report of the first brand."""
    return {"week": freeze(rows, NOW, brands()[0], "2026-W46").week}


@dataclass(frozen=True)
class Example:
    """One request that must be answered to whoever may make it."""

    answer: int = 200
    form: Mapping[str, str] = field(default_factory=dict)
    rows: Callable[[Session], dict[str, Any]] = nothing
    piece: bool = False
    """True when it answers with something else than a whole page: a part of one, a PDF."""


DONE = 303
"""A deed leads on to a page."""

EXAMPLES: dict[str, Example] = {
    "health.alive": Example(),
    "signin.form": Example(),
    "signin.submit": Example(422, form={"email": "nobody@example.org", "password": "wrong"}),
    "signin.leave": Example(DONE),
    "welcome.form": Example(rows=a_link),
    "welcome.submit": Example(422, rows=a_link),
    "account.show": Example(),
    "account.save": Example(DONE, form={"name": "Somebody"}),
    "account.save_password": Example(422, form={"old": "wrong", "password": "x", "again": "x"}),
    "account.save_language": Example(DONE, form={"language": "en"}),
    "account.save_theme": Example(DONE, form={"theme": "dark"}),
    "sources.index": Example(rows=a_source),
    "sources.one": Example(rows=a_source),
    "sources.visit": Example(DONE, rows=a_source),
    "sources.pause": Example(DONE, rows=a_source),
    "sources.resume": Example(DONE, rows=a_source),
    "team.show": Example(),
    "team.invite": Example(
        form={"name": "Fay", "email": "fay@example.org", "role": "writer", "language": "fr"}
    ),
    "team.make_link": Example(rows=a_colleague),
    "team.change_role": Example(DONE, form={"role": "writer"}, rows=a_colleague),
    "team.withdraw": Example(DONE, rows=a_colleague),
    "team.restore": Example(DONE, rows=a_colleague),
    "audit.show": Example(),
    "dashboard.dashboard": Example(),
    "dashboard.rereading": Example(piece=True),
    "reports.index": Example(),
    "reports.one": Example(rows=a_report),
    "reports.printed": Example(rows=a_report, piece=True),
    "inbox.inbox": Example(),
    "review.review": Example(rows=a_review),
    "review.publication": Example(rows=a_published_review, piece=True),
    "review.findings": Example(form={"text": "Bonjour."}, rows=a_review),
    "review.save": Example(422, form={"text": "Bonjour."}, rows=a_review),
    "review.approve_reply": Example(422, form={"text": "Bonjour."}, rows=a_review),
    "review.reject": Example(422, form={"reason": "x"}, rows=a_review),
    "review.redraft": Example(DONE, rows=a_review),
    "review.take_back": Example(DONE, rows=a_published_review),
    "review.posted": Example(422, rows=a_published_review),
    "review.resolve": Example(422, rows=a_published_review),
    "review.settle": Example(DONE, form={"reason": "x"}, rows=a_review),
    "review.unsettle": Example(DONE, rows=a_settled_review),
    "review.correct": Example(
        DONE, form={"field": "sentiment", "value": "positive"}, rows=a_review
    ),
    "review.correct_topics": Example(DONE, form={"topic": "refund:negative"}, rows=a_review),
    "review.confirm": Example(DONE, form={"seen": "1"}, rows=a_review),
    "review.assign": Example(DONE, form={"person": ""}, rows=a_review),
}
