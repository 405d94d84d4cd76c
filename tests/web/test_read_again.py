"""A proposal whose review another model reads again: withdrawn, or said to be older."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from sqlalchemy import select

from monitor import jobs
from monitor.installation import Installation
from monitor.reply import outcome
from monitor.store import audit
from monitor.store.tables import Audit, Draft
from monitor.understand import Reading, Text
from tests.rows import a_publication
from tests.web.conftest import Site
from tests.web.people import Visitor
from tests.web.test_proposal import OUTDATED, save

TEXT = "Texte de la réponse"
OVERTAKEN = "Vigie a retiré sa proposition, car sa lecture de l’avis a changé de positif à"
CHANGED = "Vigie a changé sa lecture de l’avis de positif à"


@dataclass
class Reader:
    """Another model, of one opinion."""

    sentiment: str
    severity: str = "normal"
    model: str = "other@2"

    def read(self, items: Sequence[Text]) -> list[Reading]:
        """The same of each."""
        chances = {"negative": 0.0, "neutral": 0.0, "positive": 0.0, self.sentiment: 1.0}
        one = Reading("fr", self.sentiment, 1.0, chances, 3, [], self.severity, [], False)
        return [one for _ in items]


def read_again(site: Site, reader: Reader) -> Installation:
    """An installation in which that model has read everything."""
    here = Installation(site.config, site.engine, lambda: site.now)
    here.__dict__ |= {"reader": reader, "reader_name": reader.model}
    assert jobs.work_off("understand", here) == 1
    return here


def stands(site: Site) -> list[tuple[str, str | None]]:
    """The drafts' states, and the story's chain whole."""
    with site.rows() as rows:
        assert audit.first_broken(rows) is None
        drafts = rows.scalars(select(Draft).order_by(Draft.id))
        return [(one.state, one.reason) for one in drafts]


@pytest.mark.parametrize(
    ("reader", "mood", "template"),
    [
        (Reader("negative"), "négatif", "fr/negative"),
        (Reader("positive", "critical"), "critique", "fr/critical"),
    ],
    ids=["mood", "severity"],
)
def test_an_untouched_proposal_is_withdrawn_and_another_one_made(
    site: Site, bob: Visitor, praised: str, reader: Reader, mood: str, template: str
) -> None:
    here = read_again(site, reader)
    assert stands(site) == [("void", "read_again")]
    page = bob.get(praised).text
    assert TEXT not in page, "the old text is not there to be approved"
    assert "L’avis a été relu depuis la proposition précédente, et compris autrement." in page
    assert f"{OVERTAKEN} {mood}</span>" in page
    assert jobs.work_off("draft", here) == 1
    assert stands(site) == [("void", "read_again"), ("proposed", None)]
    with site.rows() as rows:
        assert rows.scalars(select(Draft.template).order_by(Draft.id.desc())).first() == template
    page = bob.get(praised).text
    assert TEXT in page
    assert OUTDATED not in page


def test_a_reading_that_calls_for_the_same_reply_says_nothing(
    site: Site, bob: Visitor, praised: str
) -> None:
    read_again(site, Reader("positive", "high"))
    assert stands(site) == [("proposed", None)]
    assert TEXT in bob.get(praised).text
    with site.rows() as rows:
        assert rows.scalars(select(Audit)).all() == []


def test_a_person_s_word_stands_and_the_proposal_with_it(
    site: Site, bob: Visitor, praised: str
) -> None:
    page = bob.get(praised).text
    seen = page.partition('name="seen" value="')[2].partition('"')[0]
    bob.post(f"{praised}/correct", seen=seen, field="sentiment", value="positive")
    read_again(site, Reader("negative"))
    assert stands(site) == [("proposed", None)]


def test_a_text_that_a_person_wrote_stays_and_is_said_to_be_older(
    site: Site, bob: Visitor, praised: str
) -> None:
    assert save(bob, site, praised, "Bonjour, merci infiniment.") == 303
    read_again(site, Reader("negative"))
    assert stands(site) == [("proposed", None)]
    page = bob.get(praised).text
    assert "Bonjour, merci infiniment." in page
    assert OUTDATED in page
    assert f"{CHANGED} négatif</span>" in page
    assert save(bob, site, praised, "Bonjour, nous regrettons.") == 303
    read_again(site, Reader("negative", model="third@3"))
    assert OUTDATED not in bob.get(praised).text, "it was written for the reading that counts"


def test_an_approved_reply_stays_on_its_way_and_is_said_to_be_older(
    site: Site, bob: Visitor, praised: str
) -> None:
    with site.rows() as rows:
        a_publication(rows, site.now, rows.scalars(select(Draft)).one())
    read_again(site, Reader("neutral", "critical"))
    assert stands(site) == [("approved", None)]
    page = bob.get(praised).text
    assert "Réponse approuvée" in page
    assert OUTDATED in page
    bob.post("/account/language", language="en")
    page = bob.get(praised).text
    assert "for another reading of the review, which has changed since" in page
    assert "Vigie changed its reading of the review from positive to critical</span>" in page


def test_what_a_person_approved_and_the_platform_refused_stays(
    site: Site, bob: Visitor, praised: str
) -> None:
    with site.rows() as rows:
        way = a_publication(rows, site.now, rows.scalars(select(Draft)).one(), "sending")
        refusal = {"fault": "refused", "detail": "No", "reason": "platform_refused"}
        outcome.failed(rows, site.now, way, **refusal)
        rows.commit()
    read_again(site, Reader("negative"))
    assert stands(site) == [("proposed", "platform_refused")]
    assert OUTDATED in bob.get(praised).text


def test_a_review_that_is_answered_has_no_more_to_say(
    site: Site, bob: Visitor, praised: str
) -> None:
    with site.rows() as rows:
        way = a_publication(rows, site.now, rows.scalars(select(Draft)).one(), "sending")
        outcome.published(rows, site.now, way)
        rows.commit()
    read_again(site, Reader("negative"))
    assert "a changé sa lecture" not in bob.get(praised).text
