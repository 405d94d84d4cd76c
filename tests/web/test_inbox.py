"""The inbox and the review: what a marketing colleague sees, and may decide."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Dialog, Page, expect
from sqlalchemy import select

from monitor.store.tables import Approval, Draft, Label, Publication, Review
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


def _first(site: Site, table: type[Publication] | type[Draft] | type[Approval]) -> object:
    with site.rows() as rows:
        return rows.scalars(select(table).order_by(table.id.desc())).first()


def test_the_worst_comes_first_and_the_views_count(filled: Site, bob: Visitor) -> None:
    page = bob.get("/").text
    places = [page.index(f"Camille {number}") for number in (3, 2, 4, 1)]
    assert places == sorted(places)
    assert "attend depuis 8\N{NO-BREAK SPACE}j" in page.replace(" j sur", "\N{NO-BREAK SPACE}j sur")
    assert "Camille 1" not in bob.get("/?view=critical").text
    assert "Camille 3" in bob.get("/?view=critical").text


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
        "after=1.x.2",
    ):
        page = bob.get(f"/?{nonsense}")
        assert page.status_code == 200
        assert "voir toutes les semaines" not in page.text
    assert "Semaine 46, 9–15 nov. 2026 · <a" in bob.get("/?week=2026-W46").text
    assert "Aucun avis ne répond à ces filtres" in bob.get("/?topic=safety").text


def test_an_empty_inbox_says_so(site: Site, bob: Visitor) -> None:
    assert "Tout a reçu une réponse" in bob.get("/").text
    assert bob.get("/reviews/999").status_code == 404


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
    assert isinstance(approval, Approval)
    assert approval.text.startswith("Bonjour,\n\nMerci de votre avis. Nous")
    assert filled.woken == ["publish"]
    page.get_by_role("button", name="Reprendre").click()
    expect(page.get_by_text("rien n’a été publié")).to_be_visible()
    publication = _first(filled, Publication)
    assert isinstance(publication, Publication)
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
    draft = _first(filled, Draft)
    assert isinstance(draft, Draft)
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
    draft = _first(filled, Draft)
    assert isinstance(draft, Draft)
    text = "Bonjour, retirez votre avis sinon nous porterons plainte contre vous."
    answer = alice.post(
        f"/reviews/{draft.review_id}/approve", text=text, edits="0", draft=str(draft.id)
    )
    assert answer.status_code == 422
    assert "corrigez d’abord" in answer.text
    assert text in answer.text
    assert _first(filled, Approval) is None


def test_a_stale_editor_is_refused_and_the_text_is_not_lost(filled: Site, alice: Visitor) -> None:
    draft = _first(filled, Draft)
    assert isinstance(draft, Draft)
    form = {"text": "Bonjour, merci. Une autre version.", "edits": "0", "draft": str(draft.id)}
    assert alice.post(f"/reviews/{draft.review_id}/save", **form).status_code == 303
    answer = alice.post(f"/reviews/{draft.review_id}/save", **{**form, "text": "Ma version."})
    assert answer.status_code == 422
    assert "entre-temps" in answer.text
    assert "Ma version." in answer.text
    assert "Bonjour, merci. Une autre version." in answer.text, "what it would replace"
    assert f'name="back" value="/reviews/{draft.review_id}"' in answer.text, "not the form's path"


def test_a_text_outlives_a_draft_that_was_closed_meanwhile(filled: Site, alice: Visitor) -> None:
    draft = _first(filled, Draft)
    assert isinstance(draft, Draft)
    where = f"/reviews/{draft.review_id}"
    assert alice.post(f"{where}/settle", reason="Hors sujet").status_code == 303
    answer = alice.post(f"{where}/save", text="Ma version.", edits="0", draft=str(draft.id))
    assert answer.status_code == 422
    assert "Votre texte, non enregistré" in answer.text
    assert "Ma version." in answer.text


def test_another_proposal_asks_before_it_replaces_what_a_person_wrote(
    filled: Site, alice: Visitor
) -> None:
    draft = _first(filled, Draft)
    assert isinstance(draft, Draft)
    where = f"/reviews/{draft.review_id}"
    assert "sera remplacé" not in alice.get(where).text
    form = {"text": "Bonjour, merci.", "edits": "0", "draft": str(draft.id)}
    assert alice.post(f"{where}/save", **form).status_code == 303
    assert "Ce texte, modifié par Alice, sera remplacé" in alice.get(where).text


def test_the_browser_asks_before_an_unsaved_text_is_left_behind(
    filled: Site, alice: Visitor, window: Window
) -> None:
    page = window(alice)
    draft = _first(filled, Draft)
    assert isinstance(draft, Draft)
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
    draft = _first(filled, Draft)
    assert isinstance(draft, Draft)
    where = f"/reviews/{draft.review_id}"
    form = {"text": draft.text, "edits": "0", "draft": str(draft.id)}
    assert alice.post(f"{where}/approve", **form).status_code == 303
    (seen,) = re.findall(r"publication\?seen=([^\"]+)", alice.get(where).text)
    assert alice.get(f"{where}/publication?seen={seen}").status_code == 204
    assert alice.get(f"{where}/publication?seen=sending-1").status_code == 200
    assert alice.post(f"{where}/take-back").status_code == 303
    assert alice.get(f"{where}/publication?seen={seen}").status_code == 200


def test_reject_needs_a_reason_and_settling_can_be_undone(filled: Site, alice: Visitor) -> None:
    draft = _first(filled, Draft)
    assert isinstance(draft, Draft)
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
    draft = _first(filled, Draft)
    assert isinstance(draft, Draft)
    where = f"/reviews/{draft.review_id}"
    seen = bob.get(where).text.partition('name="seen" value="')[2].partition('"')[0]
    right = {"field": "severity", "value": "critical", "seen": seen}
    assert bob.post(f"{where}/correct", **right).status_code == 303
    assert bob.post(f"{where}/correct", field="severity", value="nonsense").status_code == 404
    with filled.rows() as rows:
        review = rows.get_one(Review, draft.review_id)
        assert (review.severity, review.urgency) == ("critical", 3)
        assert len(rows.scalars(select(Label)).all()) == 1
    assert "Corrigé par Bob" in bob.get(where).text
    assert "Camille 4" in bob.get("/?view=critical").text


def test_a_review_can_be_given_to_a_colleague(filled: Site, bob: Visitor) -> None:
    draft = _first(filled, Draft)
    assert isinstance(draft, Draft)
    assert bob.person is not None
    where = f"/reviews/{draft.review_id}"
    assert bob.post(f"{where}/assign", person=str(bob.person.id)).status_code == 303
    assert "Camille 4" in bob.get("/?view=mine").text
    assert bob.post(f"{where}/assign", person="").status_code == 303
    assert "Rien ne vous est confié" in bob.get("/?view=mine").text


def test_earlier_versions_stay_readable(filled: Site, bob: Visitor) -> None:
    from monitor.store.tables import Version
    from monitor.store.texts import version_hash

    draft = _first(filled, Draft)
    assert isinstance(draft, Draft)
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


def test_a_key_never_decides_on_another_review_than_the_one_it_led_to(
    filled: Site, alice: Visitor, window: Window
) -> None:
    draft = _first(filled, Draft)
    assert isinstance(draft, Draft)
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
    draft = _first(filled, Draft)
    assert isinstance(draft, Draft)
    page = window(alice, width=width, theme=theme)
    for path in ("/", f"/reviews/{draft.review_id}", "/?view=praise&topic=safety"):
        page.goto(path)
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{path} scrolls sideways at {width}"


def test_english_readers_read_english(filled: Site, visit: Visit) -> None:
    dora = visit("dora", "approver", "en")
    draft = _first(filled, Draft)
    assert isinstance(draft, Draft)
    page = dora.get(f"/reviews/{draft.review_id}").text
    for sentence in ("To answer", "Approve and publish on Trustpilot", "waiting 30 h of 3 d"):
        assert sentence in page
