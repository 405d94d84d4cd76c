"""The proposal under a review: the facts beside it, and what became of the one before."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from sqlalchemy import select

from monitor.places import template_folders
from monitor.reply import draft as drafting
from monitor.reply import outcome
from monitor.reply.draft import OPEN
from monitor.reply.wording import environment
from monitor.store.tables import Draft, Order
from tests.rows import a_draft, a_publication, a_review, a_source
from tests.web.conftest import Site
from tests.web.people import Visitor

TENTH = datetime(2026, 11, 10, 9, tzinfo=UTC)
TWELFTH = datetime(2026, 11, 12, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("promised", "delivered", "french", "english"),
    [
        (
            TENTH,
            TWELFTH,
            "promise le 10 nov. 2026, livrée le 12 nov. 2026.",
            "promised for 10 Nov 2026, delivered on 12 Nov 2026.",
        ),
        (
            TENTH,
            None,
            "promise le 10 nov. 2026, sans date de livraison connue.",
            "promised for 10 Nov 2026, no known delivery date.",
        ),
        (None, TWELFTH, "livrée le 12 nov. 2026.", "delivered on 12 Nov 2026."),
        (
            None,
            None,
            "sans date promise ni date de livraison connues.",
            "no promised or delivery date known.",
        ),
    ],
)
def test_an_order_that_the_review_names_stands_beside_the_proposal(
    site: Site,
    bob: Visitor,
    promised: datetime | None,
    delivered: datetime | None,
    french: str,
    english: str,
) -> None:
    with site.rows() as rows:
        review = a_review(rows, site.now, text="Commande LN-20417 en retard de trois semaines.")
        values = {"promised_at": promised, "delivered_at": delivered}
        ordered = datetime(2026, 11, 5, 9, tzinfo=UTC)
        rows.add(Order(brand="lumen", reference="LN-20417", ordered_at=ordered, **values))
        rows.commit()
        where = f"/reviews/{review.id}"
    assert bob.post(f"{where}/redraft").status_code == 303
    page = bob.get(where)
    assert page.status_code == 200
    said = unescape(page.text).replace("\N{NO-BREAK SPACE}", " ")
    assert f"<li>Commande LN-20417 du 5 nov. 2026 : {french} " in said
    assert "(interne : à ne pas citer)" in said
    bob.post("/account/language", language="en")
    assert f"<li>Order LN-20417 of 5 Nov 2026: {english} " in bob.get(where).text


def refused(site: Site, reason: str = "platform_refused") -> str:
    """The address of a review whose approved reply was not published, for that reason."""
    with site.rows() as rows:
        review = a_review(rows, site.now)
        way = a_publication(rows, site.now, a_draft(rows, site.now, review), "sending")
        detail = "Links are <not> allowed"
        outcome.failed(rows, site.now, way, fault="refused", detail=detail, reason=reason)
        rows.commit()
        return f"/reviews/{review.id}"


def save(visitor: Visitor, site: Site, where: str, text: str) -> int:
    """Save the text as the live draft's, and say how that was answered."""
    with site.rows() as rows:
        draft = rows.scalars(select(Draft).where(Draft.state.in_(OPEN))).one()
    form = {"text": text, "edits": str(draft.edits), "draft": str(draft.id)}
    return visitor.post(f"{where}/save", **form).status_code


@pytest.mark.parametrize(
    ("reason", "said", "mark"),
    [
        (
            "platform_refused",
            "Trustpilot a refusé cette réponse le 18 nov. 2026, 11:30.",
            "réponse refusée",
        ),
        (
            "gave_up",
            "n’a pas été publiée. La plateforme est restée injoignable malgré plusieurs essais.",
            "réponse non publiée",
        ),
    ],
)
def test_a_reply_that_came_back_says_why_until_its_text_is_changed(
    site: Site, alice: Visitor, reason: str, said: str, mark: str
) -> None:
    where = refused(site, reason)
    page = alice.get(where).text
    assert said in page
    detail = 'Détail : <span lang="en">Links are &lt;not&gt; allowed</span>'
    assert detail in page.replace("\N{NO-BREAK SPACE}", " ")
    assert mark in alice.get("/").text
    assert save(alice, site, where, "Bonjour, merci.") == 303
    assert said not in alice.get(where).text
    assert mark not in alice.get("/").text


def test_another_proposal_was_not_refused(site: Site, alice: Visitor) -> None:
    where = refused(site)
    assert alice.post(f"{where}/redraft").status_code == 303
    assert "a refusé cette réponse" not in alice.get(where).text
    assert "réponse refusée" not in alice.get("/").text


def test_what_a_person_took_back_was_not_refused(site: Site, alice: Visitor) -> None:
    with site.rows() as rows:
        review = a_review(rows, site.now)
        a_publication(rows, site.now, a_draft(rows, site.now, review))
        where = f"/reviews/{review.id}"
    assert alice.post(f"{where}/take-back").status_code == 303
    page = alice.get(where).text
    assert "Réponse proposée" in page
    assert "n’a pas été publiée" not in page
    assert "non publiée" not in alice.get("/").text


OUTDATED = "Ce texte a été écrit pour une autre lecture de l’avis"


def correct(visitor: Visitor, where: str, field: str, value: str) -> None:
    """Correct the reading that the page shows."""
    seen = visitor.get(where).text.partition('name="seen" value="')[2].partition('"')[0]
    answer = visitor.post(f"{where}/correct", seen=seen, field=field, value=value)
    assert answer.status_code == 303


@pytest.mark.parametrize(
    ("field", "value", "template"),
    [
        ("sentiment", "negative", "fr/negative"),
        ("severity", "critical", "fr/critical"),
    ],
)
def test_a_corrected_reading_is_owed_another_proposal(
    site: Site, bob: Visitor, praised: str, field: str, value: str, template: str
) -> None:
    correct(bob, praised, field, value)
    page = bob.get(praised).text
    assert "L’analyse de l’avis a été corrigée depuis la proposition précédente." in page
    assert "Texte de la réponse" not in page, "the old text is not there to be approved"
    assert site.woken == ["draft"]
    with site.rows() as rows:
        assert drafting.run_one(rows, site.now, site.config, environment(template_folders(None)))
        drafts = rows.scalars(select(Draft).order_by(Draft.id)).all()
        assert [(one.state, one.reason) for one in drafts] == [
            ("void", "reading_changed"),
            ("proposed", None),
        ]
        assert drafts[-1].template == template


@pytest.mark.parametrize(("field", "value"), [("severity", "high"), ("sentiment", "positive")])
def test_a_correction_that_calls_for_the_same_reply_keeps_the_proposal(
    site: Site, bob: Visitor, praised: str, field: str, value: str
) -> None:
    correct(bob, praised, field, value)
    page = bob.get(praised).text
    assert "Texte de la réponse" in page
    assert OUTDATED not in page
    assert site.woken == []


def test_a_text_that_a_person_wrote_outlives_a_correction_and_is_said_to_be_older(
    site: Site, bob: Visitor, praised: str
) -> None:
    assert save(bob, site, praised, "Bonjour, merci infiniment.") == 303
    assert OUTDATED not in bob.get(praised).text
    correct(bob, praised, "sentiment", "negative")
    page = bob.get(praised).text
    assert "Bonjour, merci infiniment." in page
    assert OUTDATED in page
    assert save(bob, site, praised, "Bonjour, nous regrettons.") == 303
    assert OUTDATED not in bob.get(praised).text, "it was written for the reading that counts"


def test_an_approved_reply_outlives_a_correction_and_is_said_to_be_older(
    site: Site, bob: Visitor, praised: str
) -> None:
    with site.rows() as rows:
        a_publication(rows, site.now, rows.scalars(select(Draft)).one())
    correct(bob, praised, "severity", "critical")
    page = bob.get(praised).text
    assert "Réponse approuvée" in page
    assert OUTDATED in page
    correct(bob, praised, "severity", "normal")
    assert OUTDATED not in bob.get(praised).text


@pytest.mark.parametrize(
    ("detail", "wait", "said"),
    [
        (None, timedelta(minutes=2), "Elle sera publiée sur Trustpilot à 11:32."),
        (None, timedelta(hours=13), "sur Trustpilot le 19 nov. 2026, 00:30."),
        ("HTTP 503", timedelta(minutes=5), "Nouvel essai à 11:35."),
        ("HTTP 429", timedelta(days=7), "Nouvel essai le 25 nov. 2026, 11:30."),
    ],
)
def test_a_reply_on_its_way_names_the_day_when_it_is_not_today(
    site: Site, bob: Visitor, detail: str | None, wait: timedelta, said: str
) -> None:
    with site.rows() as rows:
        review = a_review(rows, site.now)
        way = a_publication(rows, site.now, a_draft(rows, site.now, review))
        way.detail, way.due_at = detail, site.now + wait
        rows.commit()
        where = f"/reviews/{review.id}"
    assert said in bob.get(where).text
    assert said in bob.get(f"{where}/publication").text


@pytest.mark.parametrize(
    ("reach", "said"),
    [(1, "suivi ou aimé par 1 personne"), (12, "suivi ou aimé par 12 personnes")],
)
def test_how_far_a_post_carries_is_counted_in_people(
    site: Site, bob: Visitor, reach: int, said: str
) -> None:
    with site.rows() as rows:
        where = f"/reviews/{a_review(rows, site.now, reach=reach).id}"
    assert re.search(f"{said}\\b", bob.get(where).text)


def test_the_reply_to_a_review_of_a_file_is_not_said_to_appear_on_a_spreadsheet(
    site: Site, alice: Visitor
) -> None:
    with site.rows() as rows:
        a_source(rows, site.now).platform = "spreadsheet"
        review = a_review(rows, site.now)
        draft = a_draft(rows, site.now, review)
        where = f"/reviews/{review.id}"
    page = alice.get(where).text
    assert "Approuver, puis copier la réponse" in page
    assert "sur Tableur" not in page
    alice.post(f"{where}/approve", text=draft.text, edits="0", draft=str(draft.id))
    page = alice.get(where).text
    assert "Cet avis vient d’un fichier" in page
    assert "sur Tableur" not in page


def test_no_french_mark_of_the_checker_begins_a_line(site: Site, alice: Visitor) -> None:
    with site.rows() as rows:
        review = a_review(rows, site.now)
        draft = a_draft(rows, site.now, review)
        where = f"/reviews/{review.id}"
    text = "Bonjour, merci. Retirez votre avis, sinon nous porterons plainte contre vous."
    answer = alice.post(f"{where}/approve", text=text, edits="0", draft=str(draft.id))
    space = "\N{NO-BREAK SPACE}"
    assert f"ne peut pas être approuvée{space}: corrigez" in answer.text
    (found,) = re.findall("«.[^»]*.» se lit comme une menace", unescape(answer.text))
    assert (found[1], found.partition("»")[0][-1]) == (space, space)
