"""What was understood of a review: why, who checked it, how a colleague mends or confirms it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from sqlalchemy import select

from monitor.measure.corrected import errors
from monitor.store import standing
from monitor.store.tables import Audit, Draft, Label, Review, Urgency, Verdict, Version
from tests.rows import a_review, a_verdict, an_illegible_review
from tests.web.conftest import Site
from tests.web.people import Visitor

Window = Callable[..., Page]
Visit = Callable[..., Visitor]
TEXT = "La lampe a pris feu. Livrée en trois semaines, mais le vendeur fut charmant. À revoir."


@pytest.fixture
def where(site: Site) -> str:
    """The address of a critical review with two topics, one of them praised and blamed."""
    with site.rows() as rows:
        review = a_review(rows, site.now, text=TEXT, severity="critical")
        verdict = rows.scalars(select(Verdict)).one()
        verdict.reasons = [{"severity": "critical", "words": "pris feu", "rule": "safety"}]
        verdict.topics = [
            {"topic": "delivery_time", "polarity": "negative", "words": "en trois semaines"},
            {"topic": "staff", "polarity": "positive", "words": "le vendeur fut charmant"},
            {"topic": "staff", "polarity": "negative", "words": "À revoir"},
        ]
        rows.commit()
        return f"/reviews/{review.id}"


def labels(site: Site) -> dict[str, Any]:
    """The newest label of each field."""
    with site.rows() as rows:
        return {one.field: one.value for one in rows.scalars(select(Label).order_by(Label.id))}


def shown(bob: Visitor, where: str) -> str:
    """The reading that the page says it shows."""
    return bob.get(where).text.partition('name="seen" value="')[2].partition('"')[0]


def plain(page: str) -> str:
    """A page's words on one line."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_every_topic_and_reason_stands_beside_its_words(where: str, visit: Visit) -> None:
    page = plain(visit("dora", "reader").get(where).text)
    for said in (
        "critique sécurité pris feu",
        "délai de livraison négatif en trois semaines",
        "accueil et personnel positif le vendeur fut charmant",
        "accueil et personnel négatif À revoir",
    ):
        assert said in page
    assert "Corriger l’analyse" not in page, "a reader only reads"


def test_a_polarity_is_chosen_and_the_words_of_what_stays_are_kept(
    site: Site, where: str, bob: Visitor
) -> None:
    picks = ["delivery_time:neutral", "", "refund:negative", "staff:negative+positive"]
    nonsense = ["price", "price:angry", "nonsense:negative", ":", "+"]
    assert (
        bob.post(f"{where}/topics", seen=shown(bob, where), topic=picks + nonsense).status_code
        == 303
    )
    assert labels(site)["topics"] == [
        {"topic": "delivery_time", "polarity": "neutral", "words": "en trois semaines"},
        {"topic": "refund", "polarity": "negative", "words": ""},
        {"topic": "staff", "polarity": "negative", "words": "À revoir"},
        {"topic": "staff", "polarity": "positive", "words": "le vendeur fut charmant"},
    ]
    with site.rows() as rows:
        review = rows.scalars(select(Review)).one()
        assert review.topics == ["refund", "staff", "delivery_time"]
        noted = rows.scalars(select(Audit).where(Audit.action == "topics.corrected")).one()
        assert "semaines" not in str(noted.values), "the audit holds no word of a review"
    # a topic that comes back has its words again
    assert (
        bob.post(f"{where}/topics", seen=shown(bob, where), topic="refund:negative").status_code
        == 303
    )
    assert (
        bob.post(
            f"{where}/topics", seen=shown(bob, where), topic="delivery_time:negative"
        ).status_code
        == 303
    )
    assert labels(site)["topics"][0]["words"] == "en trois semaines"
    assert bob.post(f"{where}/topics", seen=shown(bob, where)).status_code == 303
    assert labels(site)["topics"] == []


def test_a_field_says_who_corrected_it_and_when_in_the_readers_form(
    where: str, bob: Visitor, visit: Visit
) -> None:
    bob.post(f"{where}/correct", seen=shown(bob, where), field="sentiment", value="neutral")
    bob.post(f"{where}/correct", seen=shown(bob, where), field="severity", value="critical")
    french = plain(bob.get(where).text)
    assert "neutre Corrigé par Bob, 18 nov. 2026, 11:30" in french
    assert "critique Confirmé par Bob, 18 nov. 2026, 11:30" in french
    english = plain(visit("dora", "writer", "en").get(where).text)
    assert "neutral Corrected by Bob, 18 Nov 2026, 11:30" in english


def test_who_confirmed_and_who_corrected_stays_when_another_model_reads(
    site: Site, where: str, bob: Visitor
) -> None:
    bob.post(f"{where}/correct", seen=shown(bob, where), field="sentiment", value="neutral")
    bob.post(f"{where}/correct", seen=shown(bob, where), field="severity", value="critical")
    said = ("neutre Corrigé par Bob", "critique Confirmé par Bob")
    with site.rows() as rows:
        review = rows.scalars(select(Review)).one()
        version = rows.get_one(Version, review.version_id)
        site.wait(hours=1)
        again = a_verdict(version, site.now, "neutral", "normal")
        again.model = "test@2"
        rows.add(again)
        rows.commit()
    page = plain(bob.get(where).text)
    assert all(one in page for one in said)


def test_a_correction_says_from_what_to_what(
    where: str, bob: Visitor, alice: Visitor, visit: Visit
) -> None:
    for field, value in (
        ("severity", "normal"),
        ("severity", "normal"),
        ("sentiment", "positive"),
    ):
        bob.post(f"{where}/correct", seen=shown(bob, where), field=field, value=value)
    bob.post(f"{where}/topics", seen=shown(bob, where), topic="price:negative")
    deeds = re.findall(r"<li><span>(Bob [^<]*)</span>", bob.get(where).text)
    assert [deed.strip() for deed in deeds] == [
        "Bob a corrigé la gravité de critique à normale",
        "Bob a corrigé la gravité",
        "Bob a corrigé le sentiment de négatif à positif",
        "Bob a corrigé les sujets",
    ]
    journal = alice.get("/audit").text
    assert "<td>a corrigé la gravité d’un avis, de critique à normale</td>" in journal
    assert "<td>a corrigé le sentiment d’un avis, de négatif à positif</td>" in journal
    assert "<td>a corrigé les sujets d’un avis</td>" in journal
    english = visit("dora", "writer", "en").get(where).text
    assert "from critical to normal" in english


def test_that_the_model_was_right_is_one_click_and_teaches_its_error(
    site: Site, where: str, bob: Visitor, window: Window
) -> None:
    page = window(bob)
    page.goto(where)
    page.get_by_role("button", name="Le modèle a vu juste").click()
    expect(page.get_by_text("Merci : l’analyse est confirmée.")).to_be_visible()
    expect(page.get_by_text("Confirmé par Bob").first).to_be_visible()
    expect(page.get_by_role("button", name="Le modèle a vu juste")).to_be_hidden()
    confirmed = labels(site)
    with site.rows() as rows:
        verdict = rows.scalars(select(Verdict)).one()
        kept = {name: getattr(verdict, name) for name in ("sentiment", "severity", "topics")}
        assert confirmed == kept
        found = errors(rows, "test@1")
        assert (found.negatives, found.found) == (1, 1)
    page.get_by_text("Historique").click()
    expect(page.get_by_text("a confirmé l’analyse")).to_be_visible()


def test_what_a_person_denied_is_marked_no_more(where: str, bob: Visitor) -> None:
    marks = re.compile(r"<mark[^>]*>([^<]*)")
    assert "pris feu" in marks.findall(bob.get(where).text)
    bob.post(f"{where}/correct", seen=shown(bob, where), field="severity", value="normal")
    bob.post(f"{where}/topics", seen=shown(bob, where), topic="staff:positive")
    assert marks.findall(bob.get(where).text) == ["le vendeur fut charmant"]


@pytest.mark.parametrize(
    ("title", "text", "quote", "marked"),
    [
        (
            None,
            "Le chauffeur est arrivé. Puis feu au four.",
            "feu",
            "Le chauffeur est arrivé. Puis [feu] au four.",
        ),
        (None, "Le chauffeur est arrivé.", "chauff", "Le [chauff]eur est arrivé."),
        ("Pris feu !", "La lampe est noire.", "pris feu", "[Pris feu] ! La lampe est noire."),
        ("Le chauffeur", "Puis feu au four.", "feu", "Le chauffeur Puis [feu] au four."),
        ("Arrivé en", "trois semaines.", "en\ntrois", "Arrivé [en] [trois] semaines."),
        (None, "Bru\u0302le\u0301 au bras.", "Brûlé au", "[Bru\u0302le\u0301 au] bras."),
        (
            None,
            "Une ar\u200bna\u00adque \u200e totale.",
            "arnaque  totale",
            "Une [ar\u200bna\u00adque \u200e totale].",
        ),
        (None, "Pris\x02feu hier.", "pris feu", "[Pris\x02feu] hier."),
    ],
)
def test_a_quote_is_marked_where_it_was_read(
    site: Site, bob: Visitor, title: str | None, text: str, quote: str, marked: str
) -> None:
    with site.rows() as rows:
        review = a_review(rows, site.now, title=title, text=text)
        verdict = rows.scalars(select(Verdict)).one()
        verdict.topics = [{"topic": "other", "polarity": "negative", "words": quote}]
        rows.commit()
        where = f"/reviews/{review.id}"
    page = bob.get(where).text.partition('<div class="review-text"')[2].partition("</div>")[0]
    shown = re.sub("<mark[^>]*>", "[", page.partition(">")[2]).replace("</mark>", "]")
    assert plain(shown).strip() == marked


@pytest.mark.parametrize(
    ("button", "severity", "urgency"),
    [("Oui, critique", "critical", Urgency.CRITICAL), ("Non", "normal", Urgency.NEGATIVE)],
)
def test_whether_it_is_critical_is_one_click_where_the_model_doubts(
    site: Site, bob: Visitor, window: Window, button: str, severity: str, urgency: int
) -> None:
    with site.rows() as rows:
        review = a_review(rows, site.now, text=TEXT, severity="critical", doubtful=True)
        where = f"/reviews/{review.id}"
        assert review.urgency == Urgency.DOUBTFUL
    page = window(bob)
    page.goto(where)
    pane = page.get_by_role("region", name="Ce que Vigie a compris")
    expect(pane.get_by_text("peut-être critique")).to_be_visible()
    expect(pane.get_by_role("button", name="Analyse juste : c’est critique")).to_be_visible()
    pane.get_by_role("button", name=button, exact=True).click()
    expect(pane.get_by_text("peut-être critique")).to_be_hidden()
    assert labels(site) == {"severity": severity}
    with site.rows() as rows:
        review = rows.scalars(select(Review)).one()
        assert (review.severity, review.urgency) == (severity, urgency)


@pytest.mark.parametrize(("field", "value"), [("severity", "normal"), ("sentiment", "positive")])
def test_a_danger_that_was_none_contradicts_the_stars_no_more(
    site: Site, bob: Visitor, field: str, value: str
) -> None:
    notice = "Les étoiles et le texte se contredisent"
    with site.rows() as rows:
        review = a_review(
            rows, site.now, text=TEXT, stars=5, sentiment="positive", severity="critical"
        )
        rows.scalars(select(Verdict)).one().contradiction = True
        standing.refresh(rows, [review.id])
        rows.commit()
        where = f"/reviews/{review.id}"
    assert notice in bob.get(where).text
    bob.post(f"{where}/correct", seen=shown(bob, where), field="severity", value="critical")
    assert notice in bob.get(where).text, "a danger that is one still does"
    bob.post(f"{where}/correct", seen=shown(bob, where), field=field, value=value)
    assert notice not in bob.get(where).text


def test_a_neutral_post_says_why(site: Site, where: str, bob: Visitor, visit: Visit) -> None:
    why = "ne semble juger aucune entreprise"
    assert why not in bob.get(where).text
    with site.rows() as rows:
        review = rows.scalars(select(Review)).one()
        review.kind, review.sentiment = "posts", "neutral"
        rows.scalars(select(Verdict)).one().topics = []
        rows.commit()
    assert why in bob.get(where).text
    assert "does not seem to judge a business" in visit("dora", "reader", "en").get(where).text
    bob.post(f"{where}/correct", seen=shown(bob, where), field="sentiment", value="negative")
    assert why not in bob.get(where).text


def test_what_is_corrected_is_not_confirmed_with_the_rest(
    site: Site, where: str, bob: Visitor
) -> None:
    bob.post(f"{where}/correct", seen=shown(bob, where), field="sentiment", value="neutral")
    assert "Le reste est juste" in bob.get(where).text
    seen = shown(bob, where)
    assert bob.post(f"{where}/confirm", seen=seen).status_code == 303
    kept = labels(site)
    assert (kept["sentiment"], kept["severity"]) == ("neutral", "critical")
    assert bob.post(f"{where}/confirm", seen=seen).status_code == 303
    with site.rows() as rows:
        assert len(rows.scalars(select(Label)).all()) == 3, "nothing was left to confirm"


@pytest.mark.parametrize(
    ("act", "form"),
    [
        ("confirm", {}),
        ("correct", {"field": "sentiment", "value": "positive"}),
        ("topics", {"topic": "price:positive"}),
    ],
)
def test_nothing_is_said_of_a_reading_that_changed_meanwhile(
    site: Site, where: str, bob: Visitor, act: str, form: dict[str, str]
) -> None:
    answer = bob.post(f"{where}/{act}", seen="999", **form)
    assert answer.status_code == 303
    page = bob.get(where)
    assert "L’analyse a changé entre-temps" in page.text
    assert labels(site) == {}


def test_a_topic_is_corrected_in_the_panel(
    site: Site, where: str, bob: Visitor, window: Window
) -> None:
    page = window(bob, width=390)
    page.goto(where)
    page.get_by_text("Corriger l’analyse").click()
    expect(page.get_by_label("Accueil et personnel")).to_have_value("staff:negative+positive")
    page.get_by_label("Délai de livraison").select_option("absent")
    page.get_by_label("Prix").select_option("positif")
    page.get_by_role("button", name="Corriger les sujets").click()
    expect(page.get_by_text("Correction enregistrée.")).to_be_visible()
    held = {(one["topic"], one["polarity"]) for one in labels(site)["topics"]}
    assert held == {("staff", "negative"), ("staff", "positive"), ("price", "positive")}


@pytest.mark.browser
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_open_panel_is_accessible_and_fits(
    where: str, bob: Visitor, window: Window, width: int, theme: str
) -> None:
    bob.post(f"{where}/correct", seen=shown(bob, where), field="sentiment", value="neutral")
    page = window(bob, width=width, theme=theme)
    page.goto(where)
    page.get_by_text("Corriger l’analyse").click()
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_text_that_nobody_could_read_says_so_and_asks_what_it_is(
    site: Site, bob: Visitor, visit: Visit
) -> None:
    with site.rows() as rows:
        where = f"/reviews/{an_illegible_review(rows, site.now, 1).id}"
        silent = f"/reviews/{an_illegible_review(rows, site.now, 2, text='👍').id}"
    page = bob.get(where).text
    assert "Ce texte est dans une écriture que Vigie ne lit pas" in page
    assert "Aucune réponse n’est proposée d’office tant que personne n’a dit" in page
    assert "vient d’arriver" not in page
    assert "Le modèle a vu juste" not in page, "it said nothing"
    assert "Classer sans réponse" in page
    assert bob.get("/").text.count("sentiment inconnu</span>") == 2
    english = visit("dora", "reader", "en")
    assert "This text is in a script that Vigie does not read" in english.get(where).text
    assert "Cet avis n’a ni étoiles ni mots" in bob.get(silent).text
    bob.post(f"{where}/confirm", seen=shown(bob, where))
    assert "sentiment" not in labels(site), "nothing was said that could be confirmed"
    bob.post(f"{where}/correct", seen=shown(bob, where), field="sentiment", value="neutral")
    page = bob.get(where).text
    assert labels(site)["sentiment"] == "neutral"
    assert "une écriture que Vigie ne lit pas" not in page
    assert "Corrigé par Bob" in plain(page), "there was nothing to confirm"
    assert site.woken == ["draft"]


def test_a_reply_to_what_nobody_could_read_is_written_when_somebody_asks(
    site: Site, bob: Visitor
) -> None:
    with site.rows() as rows:
        where = f"/reviews/{an_illegible_review(rows, site.now).id}"
    bob.post(f"{where}/redraft")
    with site.rows() as rows:
        assert rows.scalars(select(Draft)).one().template == "fr/neutral"
