"""The sources page: how each stands, why, what to do, and the buttons."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from crawlers.contract import Fault, load, names
from monitor.platformnames import reads_files
from monitor.remedies import FILE_REMEDIES, REMEDIES
from monitor.speech import Speech
from monitor.spoken import tight
from monitor.store.tables import Audit, Crawl, SourceRow
from tests.conftest import NOW
from tests.web.conftest import Site
from tests.web.people import Visitor

Visit = Callable[..., Visitor]
ROOT = Path(__file__).resolve().parents[2]
FILE_FAULTS = (Fault.SETTINGS, Fault.MISSING, Fault.UNAVAILABLE, Fault.CHANGED, Fault.EMPTY)
"""Why a file cannot be read: nobody refuses it, and nothing lies between."""


def add_source(site: Site, name: str = "lumen-trustpilot", **values: Any) -> int:
    usual = {
        "brand": "lumen",
        "platform": "trustpilot",
        "health": "healthy",
        "visited_at": NOW - timedelta(minutes=20),
        "succeeded_at": NOW - timedelta(minutes=20),
        "due_at": NOW + timedelta(minutes=40),
    }
    with site.rows() as rows:
        row = SourceRow(name=name, **(usual | values))
        rows.add(row)
        rows.commit()
        return row.id


def add_visit(site: Site, source_id: int, **values: Any) -> None:
    usual = {
        "started_at": NOW - timedelta(minutes=21),
        "finished_at": NOW - timedelta(minutes=20),
        "walk": "new",
    }
    with site.rows() as rows:
        rows.add(Crawl(source_id=source_id, **(usual | values)))
        rows.commit()


def in_plain_spaces(text: str) -> str:
    return text.replace("\u202f", " ").replace("\xa0", " ")


def row_of(site: Site, source_id: int) -> SourceRow:
    with site.rows() as rows:
        return rows.get_one(SourceRow, source_id)


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ({}, "à jour"),
        ({"health": "new", "visited_at": None}, "pas encore visitée"),
        ({"health": "broken", "fault": "timed_out"}, "en panne"),
        ({"health": "paused", "fault": "refused"}, "en pause"),
        ({"paused": True}, "en pause"),
        ({"health": "late"}, "en retard"),
        ({"due_at": NOW - timedelta(hours=4)}, "en retard"),
        ({"due_at": NOW - timedelta(hours=2)}, "à jour"),
        (
            {
                "due_at": NOW - timedelta(hours=4),
                "claimed_until": NOW + timedelta(minutes=5),
            },
            "à jour",
        ),
        ({"present": False}, "retirée"),
    ],
)
def test_a_source_says_in_a_word_how_it_stands(
    values: dict[str, Any], word: str, site: Site, window: Callable[..., Page], bob: Visitor
) -> None:
    add_source(site, **values)
    page = window(bob)
    page.goto("/sources")
    expect(page.locator(".source .state")).to_have_text(word)
    expect(page.locator(".source .state svg")).to_have_count(1)


@pytest.mark.parametrize(
    ("platform", "fault"),
    [("trustpilot", fault) for fault in Fault] + [("spreadsheet", fault) for fault in FILE_FAULTS],
)
def test_every_fault_has_its_reason_and_its_remedy_in_both_languages(
    platform: str, fault: Fault, site: Site, visit: Visit
) -> None:
    values = {"platform": platform, "health": "broken", "fault": fault.value}
    source = add_source(site, **values, fault_detail="<i>403</i>")
    add_visit(site, source, fault=fault.value)
    remedy = (FILE_REMEDIES if platform == "spreadsheet" else REMEDIES)[fault.value]
    french = visit("bob", "reader", "fr").get("/sources").text
    english = visit("eve", "reader", "en").get("/sources").text
    speech = Speech("en")
    for sentence in (remedy.what, remedy.do):
        assert tight(sentence, Speech("fr")) in french
        assert speech.gettext(sentence) in english
        assert speech.gettext(sentence) != sentence
    assert "&lt;i&gt;403&lt;/i&gt;" in french
    alone = visit("rea", "reader", "fr").get(f"/sources/{source}").text
    assert alone.count(tight(remedy.what, Speech("fr"))) == 2, "the source's, and its visit's"
    assert ("plateforme" in remedy.what + remedy.do) <= (platform != "spreadsheet")


def test_a_platform_is_named_in_the_readers_language(site: Site, visit: Visit) -> None:
    source = add_source(site, platform="spreadsheet")
    bob, eve = visit("bob", "reader", "fr"), visit("eve", "reader", "en")
    for path in ("/sources", f"/sources/{source}"):
        assert ">Tableur</" in bob.get(path).text
        assert ">Spreadsheet</" in eve.get(path).text


def test_no_remedy_is_left_without_its_fault() -> None:
    assert set(REMEDIES) == {fault.value for fault in Fault}
    assert set(FILE_REMEDIES) == {fault.value for fault in FILE_FAULTS}


def test_the_platforms_that_read_files_are_those_that_say_so() -> None:
    assert [one for one in names() if reads_files(one)] == [
        one for one in names() if load(one).kind == "file"
    ]


def test_a_file_fails_for_no_other_reason_than_those_with_a_remedy_of_files() -> None:
    read = [ROOT / "crawlers/spreadsheet.py", *(ROOT / "crawlers/_exports").glob("*.py")]
    met = {name for path in read for name in re.findall(r"Fault\.([A-Z_]+)", path.read_text())}
    assert met == {fault.name for fault in FILE_FAULTS}


def test_what_is_held_stands_against_the_platforms_own_count(site: Site, bob: Visitor) -> None:
    source = add_source(site, expected=1284, rating=4.3)
    add_visit(site, source, held=1261)
    page = bob.get("/sources").text.replace("\u202f", " ").replace("\xa0", " ")
    assert "1 261 sur 1 284 affichés" in page
    assert "4,3 sur 5" in page


def test_rejected_rows_are_listed_with_their_place_and_reason(site: Site, bob: Visitor) -> None:
    source = add_source(site, platform="spreadsheet")
    rejected = [{"place": "ligne 14", "reason": "date <31/02> impossible"}]
    add_visit(site, source, rejected=rejected, rejected_count=230)
    assert "230 lignes n’ont pas pu être lues" in bob.get("/sources").text
    page = bob.get(f"/sources/{source}").text
    assert "ligne 14" in page
    assert "date &lt;31/02&gt; impossible" in page
    assert "Les 1 premières sont montrées" in page


def test_what_the_crawlers_say_is_read_in_the_readers_language(site: Site, visit: Visit) -> None:
    detail = "no column of avis.csv could be recognised as the date a review was written; "
    detail += "it has: “Note; <i>”, “Avis” and 3 more. Name the right one in columns.written_at"
    values = {"platform": "spreadsheet", "health": "paused", "fault": "settings"}
    source = add_source(site, **values, fault_detail=detail)
    row = {"place": "avis.csv, line 1204", "reason": "column “Note”: “7” is not between 1 and 5"}
    note = "avis.csv is not UTF-8: it was read as Windows-1252; left alone: notes.doc"
    add_visit(site, source, rejected=[row], rejected_count=1, note=note)
    french = in_plain_spaces(visit("bob", "reader", "fr").get(f"/sources/{source}").text)
    for said in (
        (
            "Détail : aucune colonne de avis.csv ne semble donner la date des avis ; ses "
            "colonnes : « Note; &lt;i&gt; », « Avis » et 3 autres. Nommez la bonne dans "
            "columns.written_at"
        ),
        '<td class="name">avis.csv, ligne 1 204</td>',
        "<td>colonne « Note » : « 7 » n’est pas entre 1 et 5</td>",
        (
            "avis.csv n’est pas en UTF-8 : il a été lu comme du Windows-1252 ; laissés de côté : "
            "notes.doc</span>"
        ),
    ):
        assert said in french
    assert 'lang="en"' not in french.split("<main", 1)[1]
    english = visit("eve", "reader", "en").get(f"/sources/{source}").text
    assert "Detail: " + detail.replace("<i>", "&lt;i&gt;") in english
    assert '<td class="name">avis.csv, line 1,204</td>' in english
    assert f"<td>{row['reason']}</td>" in english
    assert f'<span class="quiet">{note}</span>' in english


def test_a_review_that_came_incomplete_is_told_without_a_word_of_python(
    site: Site, visit: Visit
) -> None:
    source = add_source(site)
    row = {"place": "page 3, review 4", "reason": "KeyError: 'dates'"}
    add_visit(site, source, rejected=[row], rejected_count=1, note="Quota <used>")
    french = visit("bob", "reader", "fr").get(f"/sources/{source}").text
    english = visit("eve", "reader", "en").get(f"/sources/{source}").text
    assert '<td class="name">page 3, avis 4</td>' in french
    assert "<td>la plateforme a envoyé un avis incomplet (dates)</td>" in french
    assert "<td>the platform sent an incomplete review (dates)</td>" in english
    assert "KeyError" not in french + english
    assert '<span lang="en">Quota &lt;used&gt;</span>' in french, "not of ours: as it is"
    assert "Quota &lt;used&gt;" in english


@pytest.mark.parametrize(
    ("values", "count", "lately", "remedy"),
    [
        (
            {"platform": "spreadsheet"},
            "2 lignes n’ont pas pu être lues",
            "à la dernière visite.",
            "elles seront lues à la prochaine visite",
        ),
        (
            {"platform": "spreadsheet", "managed": "import"},
            "2 lignes n’ont pas pu être lues",
            "au dernier import.",
            "puis importez-le de nouveau sous le même nom",
        ),
        (
            {"platform": "trustpilot"},
            "2 avis n’ont pas pu être lus",
            "à la dernière visite.",
            "La plateforme les a envoyés sous une forme que Vigie ne sait pas lire.",
        ),
    ],
)
def test_what_could_not_be_read_is_mended_where_it_comes_from(
    values: dict[str, str], count: str, lately: str, remedy: str, site: Site, bob: Visitor
) -> None:
    source = add_source(site, **values)
    add_visit(site, source, rejected=[{"place": "x", "reason": "y"}], rejected_count=2)
    assert f"{count} {lately}" in bob.get("/sources").text
    page = bob.get(f"/sources/{source}").text
    assert count in page
    assert remedy in page
    assert ("fichier d’origine" in page) == (values["platform"] == "spreadsheet")
    assert ("prochaine visite." in page) <= ("managed" not in values)


def test_what_was_not_counted_yet_is_not_told_as_no_account(site: Site, bob: Visitor) -> None:
    add_source(site)
    page = bob.get("/sources").text
    assert "pas encore comptés" in page
    assert "aucun compte" not in page


def test_visits_are_paged_newest_first(site: Site, bob: Visitor) -> None:
    source = add_source(site)
    for number in range(25):
        add_visit(site, source, started_at=NOW - timedelta(days=30 - number), found=1000 + number)
    first = bob.get(f"/sources/{source}").text.replace("\u202f", " ")
    assert "1 024" in first
    assert "1 004" not in first
    older = first.split('rel="next" href="', 1)[1].split('"', 1)[0].replace("&amp;", "&")
    second = bob.get(older).text.replace("\u202f", " ")
    assert "1 004" in second
    assert "1 005" not in second


def test_a_brand_shows_its_own_sources(site: Site, bob: Visitor) -> None:
    add_source(site)
    assert "Trustpilot" in bob.get("/sources").text
    other = bob.get("/sources?brand=verrier").text
    assert "Trustpilot" not in other
    assert "Atelier Verrier n’a pas encore de source." in other
    assert "Atelier Verrier n’a pas" in bob.get("/sources").text, "the choice is kept"


def test_a_visit_can_be_asked_for_now(site: Site, bob: Visitor) -> None:
    source = add_source(site)
    assert bob.post(f"/sources/{source}/visit").headers["location"] == "/sources"
    assert row_of(site, source).due_at == NOW
    assert site.woken == ["collect"]
    with site.rows() as rows:
        assert rows.scalars(select(Audit.action)).all() == ["source.visit_asked"]


def test_a_paused_source_is_not_visited_until_it_is_resumed(
    site: Site, alice: Visitor, window: Callable[..., Page]
) -> None:
    source = add_source(site)
    page = window(alice)
    page.goto("/sources")
    page.get_by_role("button", name="Mettre en pause").click()
    expect(page.locator(".source .state")).to_have_text("en pause")
    assert row_of(site, source).paused
    alice.post(f"/sources/{source}/visit")
    assert row_of(site, source).due_at > NOW, "nothing was asked for"
    page.get_by_role("button", name="Annuler").click()
    expect(page.locator(".source .state")).to_have_text("à jour")
    assert row_of(site, source).due_at == NOW


def test_trying_again_after_a_refusal_starts_the_visits_anew(site: Site, alice: Visitor) -> None:
    source = add_source(
        site, health="paused", fault="refused", faults_in_a_row=3, failing_since=NOW
    )
    alice.post(f"/sources/{source}/resume")
    row = row_of(site, source)
    assert (row.health, row.fault, row.faults_in_a_row, row.due_at) == ("late", None, 0, NOW)


def test_what_hurts_comes_first(site: Site, bob: Visitor) -> None:
    add_source(site, "a-well")
    add_source(site, "b-our-own-pause", paused=True)
    add_source(site, "c-gone", present=False)
    add_source(site, "d-refused", health="paused", fault="refused")
    add_source(site, "e-broken", health="broken", fault="timed_out")
    page = bob.get("/sources").text
    names = [part.split('"', 1)[0] for part in page.split('data-source="')[1:]]
    assert names == ["d-refused", "e-broken", "a-well", "b-our-own-pause", "c-gone"]
    assert "2 sources demandent votre attention." in page
