"""The inbox and the review: what a marketing colleague sees, and may decide."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Dialog, Page, expect
from sqlalchemy import event, select

from monitor.store import standing
from monitor.store.tables import Approval, Draft, Label, Publication, Review, Verdict
from tests.rows import LATE, a_draft, a_review
from tests.web.conftest import Site
from tests.web.people import Visitor

Window = Callable[..., Page]
Visit = Callable[..., Visitor]


@pytest.fixture
def filled(site: Site) -> Site:
    """Three reviews that wait: a critical one, an old one, a praise; and one with a draft."""
    with site.rows() as rows:
        a_review(rows, site.now, 1, text="Merci pour l’accueil.", stars=5, sentiment="positive")
        a_review(rows, site.now, 2, hours=200)
        a_review(rows, site.now, 3, text="La lampe a pris feu.", severity="critical", hours=2)
        last = a_review(rows, site.now, 4, hours=30)
        a_draft(rows, site.now, last)
    return site


Decided = TypeVar("Decided", Draft, Approval, Publication)


def _first(site: Site, table: type[Decided]) -> Decided | None:
    with site.rows() as rows:
        return rows.scalars(select(table).order_by(table.id.desc())).first()


def _draft(site: Site) -> Draft:
    found = _first(site, Draft)
    assert found is not None
    return found


def test_the_worst_comes_first_and_the_views_count(filled: Site, bob: Visitor) -> None:
    page = bob.get("/").text
    places = [page.index(f"Camille {number}") for number in (3, 2, 4, 1)]
    assert places == sorted(places)
    assert "attend depuis 8\N{NO-BREAK SPACE}j" in page.replace(" j sur", "\N{NO-BREAK SPACE}j sur")
    assert "Camille 1" not in bob.get("/?view=critical").text
    assert "Camille 3" in bob.get("/?view=critical").text


def test_what_may_be_critical_comes_after_what_is(filled: Site, bob: Visitor) -> None:
    with filled.rows() as rows:
        a_review(rows, filled.now, 5, severity="critical", doubtful=True, hours=300)
    page = bob.get("/").text
    assert 0 < page.index("Camille 3") < page.index("Camille 5") < page.index("Camille 2")
    assert page.count("</svg>peut-être critique") == 1
    assert page.count('class="row is-critical"') == 1
    for view, there, elsewhere in (("critical", 3, 5), ("doubtful", 5, 3)):
        page = bob.get(f"/?view={view}").text
        assert f"Camille {there}" in page
        assert f"Camille {elsewhere}" not in page
        count = page.partition(f'href="/?view={view}"')[2].partition("</a>")[0]
        assert count.endswith(">1</span>")


def test_filters_narrow_and_nonsense_is_no_filter(filled: Site, bob: Visitor) -> None:
    late = bob.get("/?topic=delivery_time").text
    assert "Camille 2" in late
    assert "Camille 3" not in late
    for nonsense in (
        "topic=%25",
        "after=x",
        "view=x",
        "period=x",
        "week=2026-W99",
        "week=9999-W52",
        "week=0001-W01",
        "days=2026-11-02",
        "days=2026-11-02..x",
        "days=2026-11-09..2026-11-02",
        "days=0001-01-01..9999-12-31",
        "after=1.x.2",
    ):
        page = bob.get(f"/?{nonsense}")
        assert page.status_code == 200
        assert "voir toutes les dates" not in page.text
    assert "Semaine 46, 9–15 nov. 2026 · <a" in bob.get("/?week=2026-W46").text
    days = bob.get("/?days=2026-11-10..2026-11-18").text
    assert "10–18 nov. 2026 · <a" in days
    assert "Camille 2" in days
    assert "Camille 2" not in bob.get("/?days=2026-11-11..2026-11-18").text
    assert "Aucun avis ne répond à ces filtres" in bob.get("/?topic=safety").text


def test_an_empty_inbox_says_so(site: Site, bob: Visitor) -> None:
    assert "Tout a reçu une réponse" in bob.get("/").text
    assert bob.get("/reviews/999").status_code == 404


def _row(page: str, author: str) -> str:
    """The row of the list that has that author."""
    (found,) = [part for part in page.split("<li data-row") if f"{author}</span>" in part]
    return found.partition("</li>")[0]


@pytest.mark.parametrize(
    ("stars", "sentiment", "said"),
    [
        (5, "negative", "négatif"),
        (4, "neutral", "neutre"),
        (1, "positive", "positif"),
        (2, "neutral", "neutre"),
        (3, "negative", "négatif"),
        (None, "positive", "positif"),
        (None, None, "pas encore lu"),
        (5, "positive", None),
        (3, "neutral", None),
        (1, "negative", None),
        (1, None, None),
    ],
)
def test_the_list_says_the_sentiment_where_the_stars_do_not(
    site: Site, bob: Visitor, stars: int | None, sentiment: str | None, said: str | None
) -> None:
    with site.rows() as rows:
        a_review(rows, site.now, stars=stars, sentiment=sentiment)
    row = _row(bob.get("/?view=all").text, "Camille 1")
    moods = re.findall(r'class="mood [^"]*">(?:<svg.*?</svg>)?([^<]*)', row)
    assert moods == ([said] if said else [])
    assert "se contredisent" not in row


def test_the_list_says_where_stars_and_text_contradict_each_other(site: Site, bob: Visitor) -> None:
    with site.rows() as rows:
        review = a_review(rows, site.now, stars=5, sentiment="neutral")
        rows.scalars(select(Verdict)).one().contradiction = True
        standing.refresh(rows, [review.id])
        rows.commit()
    assert "étoiles et texte se contredisent" in _row(bob.get("/").text, "Camille 1")


LONG = "Rien à dire du magasin. " * 12 + "La lampe a pris feu hier. " + "Voilà tout. " * 30


def test_the_list_shows_the_words_for_which_a_review_is_there(site: Site, bob: Visitor) -> None:
    with site.rows() as rows:
        review = a_review(rows, site.now, text=LONG, title="Feu !", severity="critical", stars=2)
        verdict = rows.scalars(select(Verdict)).one()
        verdict.reasons = [{"severity": "critical", "words": "pris feu", "rule": "safety"}]
        verdict.topics = [
            {"topic": "safety", "polarity": "negative", "words": "Feu"},
            {"topic": "staff", "polarity": "positive", "words": "Voilà tout"},
        ]
        rows.commit()
        where = f"/reviews/{review.id}"
    row = _row(bob.get("/").text, "Camille 1")
    assert '<strong><mark class="is-negative">Feu</mark> !</strong>' in row
    shown = re.sub(r"<[^>]+>", "", row.partition("</strong>")[2].partition("</span>")[0]).strip()
    assert shown.startswith("… ")
    assert "La lampe a pris feu hier." in shown[:80], "two lines hold it"
    assert shown.endswith("…")
    assert 'a <mark class="is-severity">pris feu</mark> hier' in row
    assert ">Voilà tout<" not in row, "praise is no reason to be in the list"
    # a person's word before the model's
    seen = bob.get(where).text.partition('name="seen" value="')[2].partition('"')[0]
    bob.post(f"{where}/correct", field="severity", value="normal", seen=seen)
    bob.post(f"{where}/topics", topic="staff:negative", seen=seen)
    row = _row(bob.get("/").text, "Camille 1")
    assert re.findall(r"<mark[^>]*>([^<]*)", row) == ["Voilà tout"]
    bob.post(f"{where}/topics", seen=seen)
    row = _row(bob.get("/").text, "Camille 1")
    assert "<mark" not in row
    assert "Rien à dire du magasin. Rien" in row


def test_a_long_list_asks_no_more_of_the_database_than_a_short_one(
    site: Site, bob: Visitor
) -> None:
    asked: list[str] = []

    def count(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    event.listen(site.engine, "before_cursor_execute", count)
    try:
        asked_for = []
        for first, last in ((1, 1), (2, 30)):
            with site.rows() as rows:
                for number in range(first, last + 1):
                    a_review(rows, site.now, number)
            asked.clear()
            assert bob.get("/").text.count("<mark") == last
            asked_for.append(len(asked))
    finally:
        event.remove(site.engine, "before_cursor_execute", count)
    assert asked_for[0] == asked_for[1]


def test_a_long_list_goes_on_without_losing_or_repeating(site: Site, bob: Visitor) -> None:
    with site.rows() as rows:
        for number in range(1, 72):
            # many of the same hour: the mark must tell them apart
            a_review(rows, site.now, number, hours=number // 10 + 1)
    seen: list[str] = []
    address: str | None = "/"
    while address:
        page = bob.get(address).text
        seen += [part.split("<")[0] for part in page.split('class="row-who">')[1:]]
        following = page.partition('rel="next" href="')[2].partition('"')[0]
        address = following.replace("&amp;", "&") or None
    assert len(seen) == 71
    assert len(set(seen)) == 71


def test_a_hostile_review_is_shown_and_not_run(site: Site, alice: Visitor, window: Window) -> None:
    hostile = "<script>document.title='pwned'</script><img src=x onerror=alert(1)> {{ 7*7 }}"
    with site.rows() as rows:
        review = a_review(rows, site.now, 1, text=hostile, title=hostile, author_id="x")
        review.author = "<b>Eve</b>"
        review.url = "javascript:alert(1)"
        rows.commit()
        key = review.id
    page = window(alice)
    page.goto(f"/reviews/{key}")
    assert "pwned" not in page.title()
    expect(page.locator(".review-words").first).to_contain_text("{{ 7*7 }}")
    assert page.locator("a[href^='javascript']").count() == 0


def test_edit_approve_and_take_back(filled: Site, alice: Visitor, window: Window) -> None:
    page = window(alice)
    page.goto("/")
    page.get_by_role("link", name="Camille 4").click()
    editor = page.get_by_label("Texte de la réponse")
    editor.fill("Bonjour,\n\nMerci de votre avis. Nous regardons cela.\n\nL’équipe Maison Lumen")
    page.get_by_role("button", name="Approuver").click()
    expect(page.get_by_text("Réponse approuvée", exact=False).first).to_be_visible()
    approval = _first(filled, Approval)
    assert approval is not None
    assert approval.text.startswith("Bonjour,\n\nMerci de votre avis. Nous")
    assert filled.woken == ["publish"]
    page.get_by_role("button", name="Reprendre").click()
    expect(page.get_by_text("rien n’a été publié")).to_be_visible()
    publication = _first(filled, Publication)
    assert publication is not None
    assert publication.state == "withdrawn"


def test_the_checker_speaks_while_one_writes_and_mends(
    filled: Site, alice: Visitor, window: Window
) -> None:
    page = window(alice)
    page.goto("/")
    page.get_by_role("link", name="Camille 4").click()
    page.get_by_label("Texte de la réponse").fill("Bonjour, merci de votre avis !")
    expect(page.locator("#findings")).to_contain_text("point d’exclamation")
    page.locator("[data-mend]").first.click()
    expect(page.get_by_label("Texte de la réponse")).not_to_have_value(
        "Bonjour, merci de votre avis !"
    )


def test_a_mend_is_for_the_words_it_was_found_in_and_no_others(
    filled: Site, alice: Visitor, window: Window
) -> None:
    page = window(alice)
    draft = _draft(filled)
    page.goto(f"/reviews/{draft.review_id}")
    editor = page.locator("#text")
    editor.fill("\n\nBonjour, merci de votre avis !")
    expect(page.locator("#findings")).to_contain_text("point d’exclamation")
    page.evaluate("document.getElementById('text').value = 'Bien à vous, et merci de votre avis'")
    page.locator("[data-mend]").first.click()
    expect(editor).to_have_value("Bien à vous, et merci de votre avis")
    page.evaluate("document.getElementById('text').value = '\\n\\nBonjour, merci de votre avis !'")
    page.locator("[data-mend]").first.click()
    expect(editor).to_have_value(re.compile(r"^\n\nBonjour, merci de votre avis[\s.]*$"))


def test_a_blocked_reply_is_refused_and_the_text_is_not_lost(filled: Site, alice: Visitor) -> None:
    draft = _draft(filled)
    text = "Bonjour, retirez votre avis sinon nous porterons plainte contre vous."
    answer = alice.post(
        f"/reviews/{draft.review_id}/approve", text=text, edits="0", draft=str(draft.id)
    )
    assert answer.status_code == 422
    assert "corrigez d’abord" in answer.text
    assert text in answer.text
    assert _first(filled, Approval) is None


def test_a_stale_editor_is_refused_and_the_text_is_not_lost(filled: Site, alice: Visitor) -> None:
    draft = _draft(filled)
    form = {"text": "Bonjour, merci. Une autre version.", "edits": "0", "draft": str(draft.id)}
    assert alice.post(f"/reviews/{draft.review_id}/save", **form).status_code == 303
    answer = alice.post(f"/reviews/{draft.review_id}/save", **{**form, "text": "Ma version."})
    assert answer.status_code == 422
    assert "entre-temps" in answer.text
    assert "Ma version." in answer.text
    assert "Bonjour, merci. Une autre version." in answer.text, "what it would replace"
    assert f'name="back" value="/reviews/{draft.review_id}"' in answer.text, "not the form's path"


def test_a_text_outlives_a_draft_that_was_closed_meanwhile(filled: Site, alice: Visitor) -> None:
    draft = _draft(filled)
    where = f"/reviews/{draft.review_id}"
    assert alice.post(f"{where}/settle", reason="Hors sujet").status_code == 303
    answer = alice.post(f"{where}/save", text="Ma version.", edits="0", draft=str(draft.id))
    assert answer.status_code == 422
    assert "Votre texte, non enregistré" in answer.text
    assert "Ma version." in answer.text


def test_another_proposal_asks_before_it_replaces_what_a_person_wrote(
    filled: Site, alice: Visitor
) -> None:
    draft = _draft(filled)
    where = f"/reviews/{draft.review_id}"
    assert "sera remplacé" not in alice.get(where).text
    form = {"text": "Bonjour, merci.", "edits": "0", "draft": str(draft.id)}
    assert alice.post(f"{where}/save", **form).status_code == 303
    assert "Ce texte, modifié par Alice, sera remplacé" in alice.get(where).text


def test_the_browser_asks_before_an_unsaved_text_is_left_behind(
    filled: Site, alice: Visitor, window: Window
) -> None:
    page = window(alice)
    draft = _draft(filled)
    page.goto(f"/reviews/{draft.review_id}")
    asked = list[str]()

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.locator("#text").press_sequentially("Merci. ")
    with page.expect_event("dialog"):
        page.get_by_role("link", name="Camille 3").first.click(no_wait_after=True)
    assert asked == ["beforeunload"]
    assert page.url.endswith(f"/reviews/{draft.review_id}")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.locator(".toast")).to_contain_text("Réponse enregistrée.")
    assert asked == ["beforeunload"], "what is saved is not asked for"


def test_the_way_of_a_reply_is_sent_again_only_when_it_changed(
    filled: Site, alice: Visitor
) -> None:
    draft = _draft(filled)
    where = f"/reviews/{draft.review_id}"
    form = {"text": draft.text, "edits": "0", "draft": str(draft.id)}
    assert alice.post(f"{where}/approve", **form).status_code == 303
    (seen,) = re.findall(r"publication\?seen=([^\"]+)", alice.get(where).text)
    assert alice.get(f"{where}/publication?seen={seen}").status_code == 204
    assert alice.get(f"{where}/publication?seen=sending-1").status_code == 200
    assert alice.post(f"{where}/take-back").status_code == 303
    assert alice.get(f"{where}/publication?seen={seen}").status_code == 200


def test_reject_needs_a_reason_and_settling_can_be_undone(filled: Site, alice: Visitor) -> None:
    draft = _draft(filled)
    where = f"/reviews/{draft.review_id}"
    known = {"edits": "0", "draft": str(draft.id)}
    assert alice.post(f"{where}/reject", reason=" ", **known).status_code == 422
    assert alice.post(f"{where}/reject", reason="Ton trop froid", **known).status_code == 303
    assert "Ton trop froid" in alice.get(where).text
    assert alice.post(f"{where}/settle", reason="Hors sujet").status_code == 303
    assert "n’appelle pas de réponse" in alice.get(where).text
    assert alice.post(f"{where}/unsettle").status_code == 303
    assert "Proposer une réponse" in alice.get(where).text


def test_a_correction_counts_at_once_and_names_its_author(filled: Site, bob: Visitor) -> None:
    draft = _draft(filled)
    where = f"/reviews/{draft.review_id}"
    seen = bob.get(where).text.partition('name="seen" value="')[2].partition('"')[0]
    right = {"field": "severity", "value": "critical", "seen": seen}
    assert bob.post(f"{where}/correct", **right).status_code == 303
    assert bob.post(f"{where}/correct", field="severity", value="nonsense").status_code == 404
    with filled.rows() as rows:
        review = rows.get_one(Review, draft.review_id)
        assert (review.severity, review.urgency) == ("critical", 4)
        assert len(rows.scalars(select(Label)).all()) == 1
    assert "Corrigé par Bob" in bob.get(where).text
    assert "Camille 4" in bob.get("/?view=critical").text


def test_a_review_can_be_given_to_a_colleague(filled: Site, bob: Visitor) -> None:
    draft = _draft(filled)
    assert bob.person is not None
    where = f"/reviews/{draft.review_id}"
    assert bob.post(f"{where}/assign", person=str(bob.person.id)).status_code == 303
    assert "Camille 4" in bob.get("/?view=mine").text
    assert bob.post(f"{where}/assign", person="").status_code == 303
    assert "Rien ne vous est confié" in bob.get("/?view=mine").text


def test_earlier_versions_stay_readable(filled: Site, bob: Visitor) -> None:
    from monitor.store.tables import Version
    from monitor.store.texts import version_hash

    draft = _draft(filled)
    with filled.rows() as rows:
        review = rows.get_one(Review, draft.review_id)
        version = Version(
            review_id=review.id,
            number=2,
            text="J’ai changé d’avis.",
            stars=4,
            seen_at=filled.now,
            hash=version_hash(None, "J’ai changé d’avis.", 4),
        )
        rows.add(version)
        rows.flush()
        review.version_id = version.id
        rows.commit()
    page = bob.get(f"/reviews/{draft.review_id}").text
    assert "J’ai changé d’avis." in page
    assert LATE in page
    assert "Une version précédente" in page


def test_the_keyboard_is_enough(filled: Site, alice: Visitor, window: Window) -> None:
    page = window(alice)
    page.goto("/")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Camille 4")).to_be_visible()
    page.wait_for_load_state()  # the heading stands before the script that listens to keys
    page.keyboard.press("e")
    expect(page.get_by_label("Texte de la réponse")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()


def test_a_key_leads_to_approving_and_enter_approves(
    filled: Site, alice: Visitor, window: Window
) -> None:
    draft = _draft(filled)
    page = window(alice, height=400)
    page.goto(f"/reviews/{draft.review_id}")
    page.keyboard.press("a")
    approve = page.get_by_role("button", name="Approuver et publier")
    expect(approve).to_be_focused()
    expect(approve).to_be_in_viewport()
    page.reload()
    assert _first(filled, Approval) is None
    page.keyboard.press("a")
    page.keyboard.press("Enter")
    expect(page.locator("#toasts .toast")).to_contain_text("Réponse approuvée")
    assert _first(filled, Approval) is not None


def test_shortcuts_can_be_switched_off_in_this_browser(
    filled: Site, alice: Visitor, window: Window
) -> None:
    draft = _draft(filled)
    page = window(alice)
    page.goto("/account")
    choice = page.get_by_label("Utiliser les raccourcis d’une seule touche")
    expect(choice).to_be_checked()
    choice.uncheck()
    page.goto(f"/reviews/{draft.review_id}")
    for key in "ajer?u":
        page.keyboard.press(key)
    expect(page.locator("body")).to_be_focused()
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert page.url.endswith(f"/reviews/{draft.review_id}")
    page.goto("/account")
    expect(choice).not_to_be_checked()
    choice.check()
    page.goto(f"/reviews/{draft.review_id}")
    page.keyboard.press("e")
    expect(page.get_by_label("Texte de la réponse")).to_be_focused()


def test_what_is_said_once_comes_into_the_live_region_after_the_load(
    filled: Site, alice: Visitor, window: Window
) -> None:
    draft = _draft(filled)
    where = f"/reviews/{draft.review_id}"
    alice.post(f"{where}/settle", reason="Hors sujet")
    page = alice.get(where).text
    assert '<div class="toasts" id="toasts" role="status" aria-live="polite"></div>' in page
    assert "Avis classé sans réponse." in page, "it is there without script"
    alice.post(f"{where}/unsettle")
    shown = window(alice)
    shown.goto(where)
    shown.locator("summary", has_text="Classer sans réponse").first.click()
    shown.get_by_label("Motif").fill("Hors sujet")
    shown.get_by_role("button", name="Classer", exact=True).click()
    live = shown.get_by_role("status").filter(has_text="Avis classé sans réponse.")
    live.get_by_role("button", name="Annuler").click()
    expect(live).to_be_hidden()


def test_a_key_never_decides_on_another_review_than_the_one_it_led_to(
    filled: Site, alice: Visitor, window: Window
) -> None:
    draft = _draft(filled)
    page = window(alice)
    page.goto(f"/reviews/{draft.review_id}")  # third of the list: 3, 2, 4, 1
    page.keyboard.press("k")
    page.keyboard.press("k")
    expect(page.locator(".is-at")).to_contain_text("Camille 3")
    page.keyboard.press("a")
    expect(page.get_by_role("heading", name="Camille 3")).to_be_visible()
    assert _first(filled, Approval) is None
    page.wait_for_load_state()
    page.keyboard.press("u")
    expect(page).to_have_url(re.compile(r"/$"))


@pytest.mark.browser
@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (390, "dark")])
def test_pages_are_accessible(
    filled: Site, alice: Visitor, window: Window, width: int, theme: str
) -> None:
    draft = _draft(filled)
    page = window(alice, width=width, theme=theme)
    for path in ("/", f"/reviews/{draft.review_id}", "/?view=praise&topic=safety"):
        page.goto(path)
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{path} scrolls sideways at {width}"


def test_english_readers_read_english(filled: Site, visit: Visit) -> None:
    dora = visit("dora", "approver", "en")
    draft = _draft(filled)
    page = dora.get(f"/reviews/{draft.review_id}").text
    for sentence in ("To answer", "Approve and publish on Trustpilot", "waiting 30 h of 3 d"):
        assert sentence in page
