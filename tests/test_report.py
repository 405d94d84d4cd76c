"""The weekly report: frozen, reproducible, honest about what it could not read."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.config import Brand, Config, Pages, Telling
from monitor.speech import Speech
from monitor.store.tables import Crawl, Message, Report, ReportNote
from monitor.tell import report as telling
from monitor.tell import said
from monitor.tell.frozen import ReportError, changes_of_method, freeze, is_intact
from monitor.tell.templates import environment
from tests.rows import a_review, a_source, an_illegible_review

BRAND = Brand(key="lumen", name="Maison Lumen", telling=Telling(recipients=("team@lumen.example",)))
CONFIG = Config(brands=(BRAND,), pages=Pages(public_url="https://vigie.lumen.example"))
WEEK = "2026-W46"
"""Monday 9 to Sunday 15 November; the tests' present is the Wednesday after."""


def a_week(rows: Session, now: datetime, *, read_hours_ago: float = 1) -> None:
    """Five reviews of the week, three negative, on a source that was read."""
    source = a_source(rows, now)
    source.succeeded_at = now
    at = now - timedelta(hours=read_hours_ago)
    rows.add(
        Crawl(
            source_id=source.id,
            started_at=at,
            finished_at=at,
            walk="full",
            complete=True,
            held=5,
            expected=5,
        )
    )
    for number in range(3):
        a_review(rows, now, number, hours=24 * (4 + number))
    for number in (4, 5):
        a_review(
            rows, now, number, hours=24 * 5, text="Très belle lampe, merci.", sentiment="positive"
        )


def shown(report: Report, language: str, form: telling.Form = "page") -> str:
    """The report as HTML."""
    return telling.render(report, [], Speech(language, BRAND.zone), environment(None), form)


def test_frozen_figures_stay_and_late_reviews_make_one_dated_note(
    any_session: Session, now: datetime
) -> None:
    a_week(any_session, now)
    report = freeze(any_session, now, BRAND, WEEK)
    assert report.figures["dissatisfaction"]["negatives"] == 3
    before = (json.dumps(report.figures), report.hash, shown(report, "fr"))
    assert telling.note_late(any_session, now, BRAND) == 0
    a_review(any_session, now, 9, hours=24 * 4)
    later = now + timedelta(days=1)
    assert telling.note_late(any_session, later, BRAND) == 1
    assert telling.note_late(any_session, later, BRAND) == 0, "said once"
    any_session.expire_all()
    again = freeze(any_session, later, BRAND, WEEK)
    assert (json.dumps(again.figures), again.hash, shown(again, "fr")) == before
    assert is_intact(again)
    (note,) = telling.notes_of(any_session, again)
    assert (note.made_at, note.figures["received"], note.figures["negatives"]) == (later, 6, 4)
    page = telling.render(again, [note], Speech("fr", BRAND.zone), environment(None))
    assert "cette semaine compterait aujourd’hui 6 avis, dont 4 négatifs" in page


def test_the_hash_is_reproducible_and_a_changed_figure_shows(
    session: Session, now: datetime
) -> None:
    a_week(session, now)
    first = freeze(session, now, BRAND, WEEK)
    hashes = {first.hash}
    session.delete(first)
    session.commit()
    second = freeze(session, now, BRAND, WEEK)
    hashes.add(second.hash)
    assert len(hashes) == 1
    second.figures = second.figures | {"average_stars": 5.0}
    assert not is_intact(second)


def test_a_week_that_has_not_ended_has_no_report(session: Session, now: datetime) -> None:
    with pytest.raises(ReportError, match="2026-W47 has not ended"):
        freeze(session, now, BRAND, "2026-W47")


@pytest.mark.parametrize(
    ("day", "moment", "expected"),
    [
        ("monday", "2026-11-16T05:59:00+00:00", "2026-W45"),  # 06:59 in Paris
        ("monday", "2026-11-16T06:00:00+00:00", "2026-W46"),
        ("monday", "2026-11-18T12:00:00+00:00", "2026-W46"),  # it was down on Monday
        ("friday", "2026-11-18T12:00:00+00:00", "2026-W45"),
        ("monday", "2027-01-04T07:00:00+00:00", "2026-W53"),
        ("monday", "2026-03-30T05:00:00+00:00", "2026-W13"),  # summer time since Sunday
    ],
)
def test_which_week_is_due(day: Any, moment: str, expected: str) -> None:
    brand = BRAND.model_copy(update={"telling": Telling(report_day=day)})
    assert telling.due(brand, datetime.fromisoformat(moment)) == expected


def run(rows: Session, now: datetime) -> None:
    """What the daemon does until nothing is left."""
    while telling.run_one(rows, now, CONFIG, None):
        pass


def test_a_report_goes_out_once_a_week_and_recipient(session: Session, now: datetime) -> None:
    a_week(session, now)
    for hours in range(0, 24 * 9, 6):
        run(session, now + timedelta(hours=hours))
    found = session.execute(select(Message.kind, Message.period)).all()
    assert [tuple(row) for row in found] == [("report", "2026-W46"), ("report", "2026-W47")]
    message = session.scalars(select(Message)).first()
    assert message is not None
    share = Speech("fr").percent(0.6, 0)
    assert message.subject == f"Semaine 46 : {share} d’avis négatifs sur 5 avis · Maison Lumen"
    assert sorted(message.images) == ["points@vigie", "weekly@vigie"]
    used = set(re.findall(r'src="cid:([^"]+)"', message.html))
    assert used == set(message.images)
    assert re.findall(r'src="http', message.html) == []


def test_a_report_waits_for_the_first_walk_and_for_the_model(
    session: Session, now: datetime
) -> None:
    source = a_source(session, now)
    session.commit()
    run(session, now)
    assert session.scalars(select(Report)).all() == [], "never visited yet: nothing to freeze"
    source.succeeded_at = now
    unread = a_review(session, now, 1, hours=24 * 4, sentiment=None)
    run(session, now)
    assert session.scalars(select(Report)).all() == [], "a review of the week is not understood"
    run(session, unread.seen_at + telling.PATIENCE + timedelta(hours=1))
    assert len(session.scalars(select(Report)).all()) == 1, "but it does not wait for ever"


def test_what_could_not_be_read_neither_holds_the_report_up_nor_is_passed_over(
    session: Session, now: datetime
) -> None:
    a_week(session, now)
    an_illegible_review(session, now, 9, hours=24 * 4).seen_at = now
    session.commit()
    run(session, now)
    report = session.scalars(select(Report)).one()
    assert report.figures["dissatisfaction"]["n"] == 5
    assert report.figures["volume"]["received"] == 6
    for language, words in (
        ("fr", "1 avis n’a ni étoiles ni texte que Vigie sache lire"),
        ("en", "1 review has neither stars nor a text that Vigie can read"),
    ):
        letter = telling.letter(
            report, [], Speech(language, BRAND.zone), environment(None), "https://v.example"
        )
        for form in (shown(report, language), letter.html, letter.text):
            assert words in form
            assert f"/?view=all&sentiment=unknown&week={WEEK}" in unescape(form)


def test_over_broken_coverage_the_report_gives_no_rate(session: Session, now: datetime) -> None:
    a_week(session, now, read_hours_ago=24 * 6)
    report = freeze(session, now, BRAND, WEEK)
    page = shown(report, "fr")
    assert "Lecture incomplète" in page
    assert "non lue" in page
    front = page.split("report-detail")[0].split("<svg")[0]
    assert "%" not in front.split("report-figures")[1]
    assert report.figures["to_do"][0]["do"] in ("critical", "source")


@pytest.mark.parametrize("read", [0, 1])
def test_over_the_sources_read_nothing_read_is_not_zero_per_cent(
    session: Session, now: datetime, read: int
) -> None:
    a_week(session, now, read_hours_ago=24 * 6)
    other = a_source(session, now, "lumen-google")
    session.add(Crawl(source_id=other.id, started_at=now, finished_at=now, walk="full"))
    for number, sentiment in ((10, None), (11, "positive"))[: read + 1]:
        a_review(session, now, number, hours=24 * 4, sentiment=sentiment).source_id = other.id
    session.commit()
    report = freeze(session, now, BRAND, WEEK)
    assert report.figures["readable"]["n"] == read
    page = shown(report, "fr").replace("\N{NO-BREAK SPACE}", " ")
    assert ("Sur les sources lues, aucun avis n’est encore analysé." in page) is (not read)
    assert ("Sur les sources lues : 0 % (1 avis)." in page) is bool(read)


@pytest.mark.parametrize(
    ("received", "negatives", "french", "english"),
    [
        (1, 1, "1 avis, dont 1 négatif.", "1 review, 1 of them negative."),
        (2, 0, "2 avis, dont 0 négatif.", "2 reviews, 0 of them negative."),
        (6, 4, "6 avis, dont 4 négatifs.", "6 reviews, 4 of them negative."),
    ],
)
def test_a_late_note_counts_as_people_count(
    session: Session, now: datetime, received: int, negatives: int, french: str, english: str
) -> None:
    a_week(session, now)
    report = freeze(session, now, BRAND, WEEK)
    counted = {"received": received, "negatives": negatives}
    note = ReportNote(report_id=report.id, made_at=now, figures=counted)
    for language, said_so in (("fr", french), ("en", english)):
        speech = Speech(language, BRAND.zone)
        page = telling.render(report, [note], speech, environment(None))
        text = telling.letter(report, [note], speech, environment(None), "").text
        assert said_so in page
        assert said_so in text


def test_what_waits_is_counted_as_of_a_moment(session: Session, now: datetime) -> None:
    a_week(session, now)
    for number in range(20, 30):
        a_review(session, now, number, severity="critical" if number == 20 else "normal")
    report = freeze(session, now, BRAND, WEEK)
    assert [one["do"] for one in report.figures["to_do"]] == ["critical", "late", "point"]
    moment = "18 nov. 2026, 11:30"
    page, letter = (
        shown(report, "fr"),
        telling.letter(report, [], Speech("fr", BRAND.zone), environment(None), ""),
    )
    for form in (page, letter.html, letter.text):
        assert form.count(f"(au {moment})") == 2, "not beside the point, whose list is the week's"
    waiting = report.figures["waiting"]["to_answer"]
    assert f"Au {moment}, {waiting} avis attendaient une réponse en tout." in page
    assert "(as of 18 Nov 2026, 11:30)" in shown(report, "en")


def test_pages_are_escaped_themed_and_need_no_inline_style(session: Session, now: datetime) -> None:
    a_week(session, now)
    review = a_review(session, now, 8, text="<script>alert(1)</script> {{ 7 * 7 }} " * 2, hours=99)
    review.author = '"><img src=x onerror=alert(1)>'
    session.commit()
    report = freeze(session, now, BRAND, WEEK)
    for language in ("fr", "en"):
        page = shown(report, language)
        assert "<script" not in page
        assert "<img" not in page
        assert "{{ 7 * 7 }}" in page
        assert " style=" not in page, "the pages' policy allows none"
        assert page.count('role="img"') >= 4
        assert "var(--negative)" in page
        assert not re.search(r"#0102f\d", page)
        assert "http" not in re.sub(r'xmlns(:xlink)?="[^"]*"', "", page)
    assert "Week 46" in shown(report, "en")
    assert "<html" in shown(report, "fr", "print")


def test_the_files_of_a_report(session: Session, now: datetime, tmp_path: Path) -> None:
    a_week(session, now)
    paths = telling.write(session, now, CONFIG, BRAND, WEEK, tmp_path / "out", "en")
    names = {path.name: path for path in paths}
    assert {"report.html", "report.txt", "report.json"} <= set(names)
    kept = json.loads(names["report.json"].read_text("utf-8"))
    assert kept["figures"]["dissatisfaction"]["n"] == 5
    text = names["report.txt"].read_text("utf-8")
    assert text.startswith("Maison Lumen, Week 46")
    assert "\n- Reviews received: 5" in text
    assert "“" in text
    assert not re.search(" :|[«»]", text), "no French marks for an English reader"
    assert kept["hash"] in text
    if "report.pdf" in names:
        assert names["report.pdf"].read_bytes().startswith(b"%PDF")
    with pytest.raises(ReportError, match="not in “xx”"):
        telling.write(session, now, CONFIG, BRAND, WEEK, tmp_path, "xx")


def test_a_change_of_model_is_said(session: Session, now: datetime) -> None:
    a_week(session, now)
    report = freeze(session, now, BRAND, WEEK)
    earlier = freeze(session, now, BRAND, "2026-W45")
    assert changes_of_method(session, earlier) == []
    earlier.model = "older@1"
    session.commit()
    assert changes_of_method(session, report) == ["model"]


def figures(**values: Any) -> dict[str, Any]:
    """What the sentence is made of; a quiet week unless told otherwise."""
    share = {"share": 0.2, "n": 41, "negatives": 8}
    return {
        "start": "2026-11-08T23:00:00+00:00",
        "end": "2026-11-15T23:00:00+00:00",
        "volume": {"received": 41},
        "dissatisfaction": share,
        "dissatisfaction_before": {"share": 0.1},
        "dissatisfaction_change": {"word": "no conclusion"},
        "sudden": {"alarm": {"raised": False}, "at": None},
        "waiting": {"to_answer": 0, "critical": 0, "late": 0},
        "coverage": [],
        "points": [],
    } | values


@pytest.mark.parametrize(
    ("values", "french", "english"),
    [
        (
            {},
            "Semaine calme : 41 avis, pas de changement réel de la part d’avis négatifs (20 %).",
            "Quiet week: 41 reviews, no real change in the share of negative ones (20%).",
        ),
        (
            {
                "dissatisfaction_change": {"word": "worse"},
                "waiting": {"to_answer": 3, "critical": 2, "late": 0},
            },
            (
                "La part d’avis négatifs augmente : 20 % (41 avis), contre 10 % auparavant. "
                "2 avis critiques attendent une réponse."
            ),
            (
                "The share of negative reviews is rising: 20% (41 reviews), against 10% before. "
                "2 critical reviews wait for an answer."
            ),
        ),
        (
            {
                "volume": {"received": 2},
                "dissatisfaction": {"share": 0.5, "n": 2, "negatives": 1},
            },
            "Trop peu d’avis pour conclure : 2 avis, dont 1 négatif.",
            "Too few reviews to conclude: 2 reviews, 1 of them negative.",
        ),
        (
            {
                "volume": {"received": 0},
                "dissatisfaction": {"share": None},
                "coverage": [{"name": "google", "state": "complete"}],
            },
            "Aucun avis sur la période, et toutes les sources ont été lues.",
            "No review over the period, and every source was read.",
        ),
        (
            {"volume": {"received": 0}, "dissatisfaction": {"share": None}},
            "Aucun avis sur la période : aucune source n’est configurée.",
            "No review over the period: no source is configured.",
        ),
        (
            {
                "volume": {"received": 0},
                "dissatisfaction": {"share": None},
                "coverage": [
                    {"name": "google", "state": "partial"},
                    {"name": "trustpilot", "state": "complete"},
                ],
            },
            "Aucun avis recueilli sur la période, mais google n’a été lue qu’en partie.",
            "No review gathered over the period, but google was read only in part.",
        ),
        (
            {
                "volume": {"received": 0},
                "dissatisfaction": {"share": None},
                "coverage": [{"name": name, "state": "partial"} for name in ("google", "x")],
            },
            "Aucun avis recueilli sur la période, mais google, x n’ont été lues qu’en partie.",
            "No review gathered over the period, but google, x were read only in part.",
        ),
        (
            {
                "volume": {"received": 1},
                "dissatisfaction": {"withheld": True, "sources": ["lumen-trustpilot"]},
            },
            (
                "Lecture incomplète : lumen-trustpilot n’a pas pu être lue jusqu’au bout, la part "
                "d’avis négatifs n’est donc pas donnée. Reçus en tout : 1 avis."
            ),
            (
                "Incomplete reading: lumen-trustpilot could not be read to the end, so the share "
                "of negative reviews is not given. Received in all: 1 review."
            ),
        ),
        (
            {
                "volume": {"received": 3},
                "dissatisfaction": {"withheld": True, "sources": ["google", "trustpilot"]},
            },
            (
                "Lecture incomplète : google, trustpilot n’ont pas pu être lues jusqu’au bout, la "
                "part d’avis négatifs n’est donc pas donnée. Reçus en tout : 3 avis."
            ),
            (
                "Incomplete reading: google, trustpilot could not be read to the end, so the share "
                "of negative reviews is not given. Received in all: 3 reviews."
            ),
        ),
        (
            {"volume": {"received": 1}, "dissatisfaction": {"share": None}},
            "1 avis, pas encore analysé.",
            "1 review, not yet analysed.",
        ),
        (
            {"volume": {"received": 2}, "dissatisfaction": {"share": None}},
            "2 avis, pas encore analysés.",
            "2 reviews, not yet analysed.",
        ),
        (
            {"volume": {"received": 2, "unread": 0}, "dissatisfaction": {"share": None}},
            "2 avis, sans étoiles ni texte que Vigie sache lire.",
            "2 reviews, with neither stars nor a text that Vigie can read.",
        ),
        (
            {"sudden": {"alarm": {"raised": True}, "at": "2026-11-12T11:00:00+00:00"}},
            (
                "41 avis, pas de changement établi sur l’ensemble. "
                "Les avis négatifs se sont accumulés de façon inhabituelle le 12 novembre."
            ),
            (
                "41 reviews, no established change overall. "
                "Negative reviews piled up unusually on 12 November."
            ),
        ),
    ],
)
def test_the_sentence(values: dict[str, Any], french: str, english: str) -> None:
    for language, expected in (("fr", french), ("en", english)):
        spoken = said.sentence(figures(**values), Speech(language, BRAND.zone))
        assert (
            spoken.replace("\N{NARROW NO-BREAK SPACE}", " ").replace("\N{NO-BREAK SPACE}", " ")
            == expected
        )


def test_three_things_to_do_at_most_the_most_pressing_first() -> None:
    found = said.to_do(
        figures(
            waiting={"to_answer": 9, "critical": 1, "late": 4},
            coverage=[{"state": "broken", "name": "x"}],
        )
    )
    assert [one["do"] for one in found] == ["critical", "source", "late"]
    assert said.to_do(figures()) == []
    assert said.to_do_sentence(found[0], Speech("fr")) == "Répondre à l’avis critique qui attend."


def test_a_source_that_the_team_paused_is_nothing_to_do(session: Session, now: datetime) -> None:
    a_week(session, now, read_hours_ago=24 * 6)
    a_source(session, now, "lumen-google").health = "paused"
    session.commit()
    ours = a_source(session, now)
    ours.paused = True
    session.commit()
    report = freeze(session, now, BRAND, WEEK)
    to_do = [one["name"] for one in report.figures["to_do"] if one["do"] == "source"]
    assert to_do == ["lumen-google"], "that one Vigie itself has given up"
    page = shown(report, "fr")
    assert "Rétablir la lecture de la source lumen-google." in page
    assert "Rétablir la lecture de la source lumen-trustpilot." not in page
    assert report.figures["dissatisfaction"]["withheld"], "what it says of the week is not known"
