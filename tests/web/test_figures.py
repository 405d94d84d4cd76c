"""The dashboard and the reports: figures with their interval, or why there is none."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from html import unescape

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.store import standing
from monitor.store.tables import (
    Crawl,
    CustomerDay,
    Evaluation,
    Label,
    OwnerReply,
    Person,
    Review,
    SourceRow,
    Verdict,
)
from monitor.tell.frozen import freeze
from tests.rows import a_review, an_illegible_review
from tests.web.conftest import Site
from tests.web.people import Visitor

Window = Callable[..., Page]
WEEK = "2026-W46"


def fill(site: Site, *, broken: bool = False) -> None:
    """Ten reviews over the last fortnight, four of them negative, three answered."""
    with site.rows() as rows:
        for number in range(1, 11):
            poor = number <= 4
            review = a_review(
                rows,
                site.now,
                number,
                stars=1 if poor else 5,
                sentiment="negative" if poor else "positive",
                hours=30 * number,
                location="Lyon" if number % 2 else None,
            )
            if number > 7:
                reply = OwnerReply(review_id=review.id, text="Merci.", hash=str(number))
                reply.seen_at = reply.published_at = site.now - timedelta(hours=1)
                rows.add(reply)
        source = rows.scalars(select(SourceRow)).one()
        visited(source, site.now, broken=broken)
        rows.add(
            Crawl(
                source_id=source.id,
                started_at=site.now - timedelta(hours=1),
                finished_at=site.now,
                walk="full",
                complete=not broken,
                found=10,
                held=10,
                expected=10,
                fault="unavailable" if broken else None,
            )
        )
        rows.commit()


def visited(source: SourceRow, now: datetime, *, broken: bool) -> None:
    """The source was read a moment ago, or has been failing for a month."""
    source.visited_at = now
    source.expected = 10
    if broken:
        source.health, source.fault = "broken", "unavailable"
        source.failing_since = source.succeeded_at = now - timedelta(days=30)
    else:
        source.health, source.succeeded_at, source.full_walk_at = "healthy", now, now


def test_the_rate_is_shown_with_its_interval_and_its_n(site: Site, alice: Visitor) -> None:
    fill(site)
    page = alice.get("/dashboard?days=28").text
    # Wilson for 4 of 10: 16.8 % to 68.7 %
    for said in ("40,0\N{NO-BREAK SPACE}%", "16,8\N{NO-BREAK SPACE}%", "68,7\N{NO-BREAK SPACE}%"):
        assert said in page
    assert "10 avis lus" in page
    assert "lue en entier" in page


def test_over_broken_coverage_the_rate_is_withheld_not_zero(site: Site, alice: Visitor) -> None:
    fill(site, broken=True)
    page = alice.get("/dashboard").text
    assert "Non donnée" in page
    assert "non lue" in page
    assert "40,0\N{NO-BREAK SPACE}%" not in page


def test_a_source_that_was_read_but_fails_now_says_both(site: Site, alice: Visitor) -> None:
    fill(site)
    with site.rows() as rows:
        source = rows.scalars(select(SourceRow)).one()
        source.health, source.fault = "broken", "unavailable"
        source.failing_since = site.now - timedelta(hours=2)
        rows.commit()
    assert strip(alice) == "lumen-trustpilot lue en entier, en panne depuis 09:30"
    assert "40,0\N{NO-BREAK SPACE}%" in alice.get("/dashboard").text, "figures are not withheld"
    with site.rows() as rows:
        rows.scalars(select(SourceRow)).one().failing_since = site.now - timedelta(days=2)
        rows.commit()
    assert strip(alice) == "lumen-trustpilot lue en entier, en panne depuis le 16 nov. 2026"
    with site.rows() as rows:
        source = rows.scalars(select(SourceRow)).one()
        source.health, source.fault, source.failing_since = "healthy", None, None
        rows.commit()
    assert strip(alice) == "lumen-trustpilot lue en entier"


def strip(visitor: Visitor) -> str:
    """What the dashboard says of the first source, without its counts."""
    page = visitor.get("/dashboard").text
    (said,) = re.findall(r'<li><a href="/sources/\d+">(.*?)</a>', page)
    return " ".join(unescape(re.sub(r"<[^>]+>", "", said)).split())


def test_no_median_is_given_while_more_than_half_wait(site: Site, alice: Visitor) -> None:
    fill(site)
    page = alice.get("/dashboard").text
    assert "plus de la moitié attendent" in page
    assert "0 réponse, 10 avis attendent encore" in page


def test_the_waiting_are_those_of_the_inbox_and_the_settled_are_told_apart(
    site: Site, alice: Visitor
) -> None:
    with site.rows() as rows:
        a_review(rows, site.now, 1, hours=30)
        a_review(rows, site.now, 2, hours=40, settled_at=site.now - timedelta(hours=20))
        a_review(rows, site.now, 3, hours=50, removed_at=site.now - timedelta(hours=20))
        a_review(rows, site.now, 4, hours=40 * 24)
    page = alice.get("/dashboard?days=7").text
    assert "0 réponse, 1 avis attend encore, 1 classé sans réponse" in page
    (led_to,) = set(re.findall(r'href="(/\?view=to_answer[^"]+)"', page))
    assert alice.get(unescape(led_to)).text.count("<li data-row") == 1


def test_the_numbers_of_a_chart_can_be_read(site: Site, visit: Callable[..., Visitor]) -> None:
    fill(site)
    with site.rows() as rows:
        first = rows.scalars(select(Review).order_by(Review.written_at)).first()
        assert first is not None
        seen = first.written_at + timedelta(hours=2)
        rows.add(
            OwnerReply(review_id=first.id, text="Merci.", hash="a", published_at=seen, seen_at=seen)
        )
        standing.refresh(rows, [first.id])
        rows.commit()
    weeks, curve = tables(visit("alice", "admin").get("/dashboard").text)
    # the week of 9 November: reviews 2 to 7, of which 2 to 4 are negative; Wilson for 3 of 6
    assert weeks[1] == ["Semaine 46, 9–15 nov. 2026", "50\u00a0%", "19\u00a0% – 81\u00a0%", "6"]
    assert weeks[-1][1:] == ["pas de données", "0"]
    # one of ten was answered, after two hours
    assert curve[0][:2] == ["1 heure", "0\u00a0%"]
    assert curve[1][:2] == ["2 heures", "10\u00a0%"]
    weeks, curve = tables(visit("bob", "reader", "en").get("/dashboard").text)
    assert weeks[1][1:3] == ["50%", "19% – 81%"]
    assert curve[1][0] == "2 hours"


def tables(page: str) -> list[list[list[str]]]:
    """The cells of the tables that open under the charts, row by row."""
    return [
        [
            [unescape(cell).strip() for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)]
            for row in re.findall(r"<tr>(.*?)</tr>", table, re.S)[1:]
        ]
        for table in re.findall(r'<details class="values">(.*?)</details>', page, re.S)
    ]


@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 1280])
def test_the_letters_of_a_chart_can_be_read(
    site: Site, alice: Visitor, window: Window, width: int
) -> None:
    fill(site)
    with site.rows() as rows:
        freeze(rows, site.now, site.config.brands[0], WEEK)
    page = window(alice, width=width)
    for path in ("/dashboard", f"/reports/{WEEK}"):
        alice.get(path)  # drawn before the browser waits for it
        page.goto(path)
        heights = page.locator("svg.chart:visible text").evaluate_all(
            "all => all.map(one => parseFloat(getComputedStyle(one).fontSize)"
            " * one.getScreenCTM().a)"
        )
        assert len(heights) > 10, path
        assert min(heights) >= 11, path
        for one in page.get_by_text("Voir les chiffres").all():
            one.click()
        expect(page.get_by_role("row", name="Semaine 46, 9–15 nov. 2026").first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_without_reviews_there_is_no_rate_either(site: Site, alice: Visitor) -> None:
    page = alice.get("/dashboard").text
    assert "Pas de données." in page
    assert "0,0\N{NO-BREAK SPACE}%" not in page


def test_an_estimated_number_of_customers_is_said_to_be_one(
    site: Site, alice: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(site)
    brand = site.config.brands[0]
    assert "réglage customers_per_week de la marque" in alice.get("/dashboard").text
    monkeypatch.setitem(vars(brand), "customers_per_week", 500)
    with site.rows() as rows:
        freeze(rows, site.now, brand, WEEK)
    for path in ("/dashboard", f"/reports/{WEEK}"):
        assert "nombre de clients estimé" in alice.get(path).text, path
    first = brand_today(site) - timedelta(days=27)
    with site.rows() as rows:
        for day in range(27):
            rows.add(CustomerDay(brand="lumen", day=first + timedelta(days=day), customers=70))
        rows.commit()
    page = alice.get("/dashboard").text
    # four of 27 × 70 customers
    assert re.search(r">\s*2,1\s*<", page)
    assert "nombre de clients estimé" not in page
    assert "customers_per_week" not in page


def brand_today(site: Site) -> date:
    return site.now.astimezone(site.config.brands[0].zone).date()


def test_the_models_own_error_is_said_once_it_is_known(site: Site, alice: Visitor) -> None:
    fill(site)
    assert "avis de test" not in alice.get("/dashboard").text
    recall = {"n": 400, "share": 0.95, "low": 0.93, "high": 0.97}
    figures = {"total": {"sentiment": {"n": 992}, "negative_recall": recall}}
    with site.rows() as rows:
        rows.add(Evaluation(model="test@1", made_at=site.now, part="test", n=992, figures=figures))
        rows.commit()
    page = alice.get("/dashboard").text.replace("\N{NO-BREAK SPACE}", " ")
    assert "Le modèle test@1 trouve 95 % des avis négatifs" in page
    assert "(de 93 % à 97 %), mesuré sur 992 avis de test le 18 novembre 2026." in page


@pytest.mark.parametrize(
    ("link", "days", "count"),
    [("Lyon", 28, 5), ("Lyon", 7, 3), ("Avis reçus", 7, 5), ("Part d’avis négatifs", 7, 4)],
)
def test_a_figure_leads_to_the_reviews_it_counts(
    site: Site, alice: Visitor, window: Window, link: str, days: int, count: int
) -> None:
    fill(site)
    page = window(alice)
    page.goto(f"/dashboard?days={days}")
    page.get_by_role("link", name=link).first.click()
    page.wait_for_url("**/?view=all&*")
    assert page.locator("[data-row]").count() == count
    expect(page.get_by_text("voir toutes les dates")).to_be_visible()


@pytest.mark.parametrize("page_of", ["dashboard", "report"])
def test_a_point_leads_to_the_reviews_that_complain_of_it(
    site: Site, alice: Visitor, page_of: str
) -> None:
    with site.rows() as rows:
        for number, polarity in enumerate(("negative", "negative", "positive"), 1):
            review = a_review(rows, site.now, number, hours=24 * 4)
            told_of(rows, review, polarity)
        person = rows.scalars(select(Person)).one()
        for number, was, is_now in ((4, "negative", "positive"), (5, "positive", "negative")):
            review = a_review(rows, site.now, number, hours=24 * 4)
            told_of(rows, review, was)
            corrected(rows, site.now, person, review, is_now)
        visited(rows.scalars(select(SourceRow)).one(), site.now, broken=False)
        rows.commit()
        freeze(rows, site.now, site.config.brands[0], WEEK)
    page = alice.get("/dashboard" if page_of == "dashboard" else f"/reports/{WEEK}").text
    (link,) = set(re.findall(r'"[^"]*(/\?view=all[^"]*topic=delivery_time[^"]*)"', page))
    counted = {"dashboard": "> 3</span>", "report": "3 avis négatifs le citent"}[page_of]
    assert counted in page
    listed = alice.get(unescape(link)).text
    assert authors(listed) == {"Camille 1", "Camille 2", "Camille 5"}
    assert '<option value="negative" selected>négatif</option>' in of_filter(listed, "polarity")
    assert 'value="delivery_time" selected' in of_filter(listed, "topic")
    older = alice.get(unescape(link).replace("&polarity=negative", "")).text
    assert len(authors(older)) == 5, "a link of before is as wide as it was"


def told_of(rows: Session, review: Review, polarity: str) -> None:
    """The verdict speaks so of the delay, and well of what else there is."""
    verdict = rows.scalars(select(Verdict).where(Verdict.version_id == review.version_id)).one()
    other = "positive" if polarity == "negative" else "negative"
    verdict.topics = [
        {"topic": "staff", "polarity": other, "words": "accueil"},
        {"topic": "delivery_time", "polarity": polarity, "words": "trois semaines"},
    ]
    rows.flush()


def corrected(rows: Session, now: datetime, by: Person, review: Review, polarity: str) -> None:
    """Somebody said, in two steps, how the delay is spoken of."""
    for said in ("neutral", polarity):
        value = [{"topic": "delivery_time", "polarity": said, "words": ""}]
        label = Label(version_id=review.version_id, field="topics", value=value, made_at=now)
        label.person_id = by.id
        rows.add(label)
        rows.flush()
    standing.refresh(rows, [review.id])


def authors(page: str) -> set[str]:
    """Whose reviews the list holds."""
    return set(re.findall(r'<span class="row-who">([^<]+)</span>', page))


def of_filter(page: str, name: str) -> str:
    """The choices of a filter."""
    return page.partition(f'name="{name}"')[2].partition("</select>")[0]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("fr", "2 avis n’ont ni étoiles ni texte que Vigie sache lire"),
        ("en", "2 reviews have neither stars nor a text that Vigie can read"),
    ],
)
def test_what_could_not_be_read_is_counted_beside_the_coverage_and_listed(
    site: Site, visit: Callable[..., Visitor], language: str, said: str
) -> None:
    fill(site)
    dora = visit("dora", "reader", language)
    assert "sentiment=unknown" not in dora.get("/dashboard").text
    with site.rows() as rows:
        for number in (20, 21):
            an_illegible_review(rows, site.now, number)
    page = dora.get("/dashboard").text
    link = page[: page.index(said)].rpartition('href="')[2].partition('"')[0]
    assert authors(dora.get(unescape(link)).text) == {"Camille 20", "Camille 21"}
    assert {"fr": "10 avis lus", "en": "10 reviews read"}[language] in page


def test_reports_are_listed_and_shown_as_they_were_sent(site: Site, alice: Visitor) -> None:
    assert "Aucun rapport" in alice.get("/reports").text
    fill(site)
    with site.rows() as rows:
        freeze(rows, site.now, site.config.brands[0], WEEK)
    listed = alice.get("/reports").text
    assert f'<a href="/reports/{WEEK}">Semaine 46, 9–15 nov. 2026</a>' in listed
    page = alice.get(f"/reports/{WEEK}").text
    assert "Empreinte" in page
    printed = alice.get(f"/reports/{WEEK}/print")
    assert printed.headers["content-disposition"].startswith("attachment")
    for missing in ("2020-W01", "2026-W99", "nonsense"):
        assert alice.get(f"/reports/{missing}").status_code == 404


@pytest.mark.browser
@pytest.mark.parametrize(("width", "theme"), [(390, "light")])
def test_pages_are_accessible(
    site: Site, alice: Visitor, window: Window, width: int, theme: str
) -> None:
    fill(site)
    with site.rows() as rows:
        freeze(rows, site.now, site.config.brands[0], WEEK)
    page = window(alice, width=width, theme=theme)
    for path in ("/dashboard", "/reports", f"/reports/{WEEK}"):
        page.goto(path)
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{path} scrolls sideways at {width}"


def test_the_week_of_the_tests_has_ended(site: Site) -> None:
    assert site.now > datetime(2026, 11, 15, 23, tzinfo=UTC)
