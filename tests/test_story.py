"""The whole story on real parts: from a page of reviews to an approved reply and a weekly report.

Real: the YAML file, the Scrapy child, the model, the drafts, Chromium over the live pages, HTTP to
the platform, SMTP. Only the platform's people and the clock are the test's own.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from monitor.check import check_platforms
from monitor.config import Mail, load
from monitor.installation import Installation, open_installation
from monitor.speech import Speech
from monitor.store.tables import (
    Audit,
    Crawl,
    Message,
    OwnerReply,
    Publication,
    Report,
    Review,
    SourceRow,
    Version,
)
from monitor.understand import Reader, open_reader
from monitor.web.app import create_app
from tests.platforms.mastodon.mock import OWN_ACCOUNT, OWN_TOKEN, mastodon_mock
from tests.platforms.server import Server
from tests.simulation.house import Time, work
from tests.simulation.mailbox import Mailbox, receiving
from tests.simulation.trustpilot import START, Simulation, review, settings, some
from tests.web import people
from tests.web.conftest import serve

ANGRY = (
    "Commande reçue avec trois semaines de retard, le vase était cassé et personne ne répond "
    "au téléphone. Une honte, je demande le remboursement."
)
MENTION = (
    "@testuser votre livraison est scandaleuse : colis arrivé cassé, trois semaines de retard, "
    "et aucune réponse."
)
OURS = "Nous reprenons votre dossier dès aujourd’hui."
TEAM = "marketing@lumen.example"


@pytest.fixture(scope="module")
def reader() -> Reader:
    """The shipped model."""
    return open_reader()


@pytest.fixture
def post() -> Iterator[tuple[Mailbox, Mail]]:
    with receiving() as both:
        yield both


@dataclass
class Story:
    """An installation from a YAML file, its live pages, and a colleague in Chromium."""

    here: Installation
    clock: Time
    mailbox: Mailbox
    url: str
    page: Page
    troubles: list[str] = field(default_factory=list)

    def work(self, *jobs: str) -> None:
        work(self.here, *jobs)

    def one(self, table: type[Any], *conditions: Any) -> Any:
        """The newest row."""
        with self.here.session() as session:
            query = select(table).where(*conditions).order_by(table.id.desc()).limit(1)
            return session.scalars(query).one()

    def source_is_healthy(self) -> None:
        source, crawl = self.one(SourceRow), self.one(Crawl)
        assert (source.health, source.fault, crawl.fault) == ("healthy", None, None)

    def open(self, path: str) -> None:
        """Open a page, signing in where the pages ask for it."""
        self.page.goto(f"{self.url}{path}")
        if "/sign-in" in self.page.url:
            self.page.get_by_label("Adresse e-mail").fill("zoe@example.org")
            self.page.get_by_label("Mot de passe").fill(people.PASSWORD)
            self.page.get_by_role("button", name="Se connecter").click()
            expect(self.page).to_have_url(f"{self.url}{path}")

    def answer(self, author: str, platform: str) -> str:
        """A marketing person opens the review, changes the draft and approves; the reply."""
        self.open("/")
        self.page.get_by_role("link", name=author).click()
        expect(self.page.get_by_role("heading", name=author)).to_be_visible()
        editor = self.page.get_by_label("Texte de la réponse")
        proposed = editor.input_value()
        assert "Maison Lumen" in proposed, "the draft is signed"
        paragraphs = proposed.split("\n\n")
        editor.fill("\n\n".join([*paragraphs[:-1], OURS, paragraphs[-1]]))
        self.page.get_by_role(
            "button", name=re.compile(f"Approuver et publier sur {platform}")
        ).click()
        expect(self.page.get_by_text("Réponse approuvée").first).to_be_visible()
        return "\n\n".join([*paragraphs[:-1], OURS, paragraphs[-1]])

    def shown(self, path: str) -> str:
        """The words of a page."""
        self.open(path)
        # a page that is loaded may not be laid out yet, and then its words are not "inner text"
        self.page.wait_for_function("document.querySelector('main').innerText.trim() !== ''")
        return html.unescape(self.page.locator("main").inner_text())


def written(folder: Path, mail: Mail, source: dict[str, Any]) -> Path:
    """The configuration, as an operator writes it."""
    told = {
        "brands": [
            {
                "key": "lumen",
                "name": "Maison Lumen",
                "time_zone": "Europe/Paris",
                "languages": ["fr"],
                "customer_service": {"email": "service@lumen.example"},
                "telling": {"recipients": [TEAM]},
                "sources": [{"name": "avis", "every_minutes": 30, **source}],
            }
        ],
        "database": {"url": f"sqlite:///{folder / 'vigie.db'}"},
        "mail": {"host": mail.host, "port": mail.port, "security": "none", "sender": mail.sender},
        "collecting": {"allow_private_hosts": True, "pace_seconds": 0},
        "replying": {"undo_minutes": 2},
    }
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(told, allow_unicode=True), "utf-8")
    return path


Told = Callable[..., Story]


@pytest.fixture
def told(
    tmp_path: Path, post: tuple[Mailbox, Mail], reader: Reader, chromium: Browser
) -> Iterator[Told]:
    """Opens an installation with one source, at a time."""
    with ExitStack() as stack:

        def begin(source: dict[str, Any], now: datetime) -> Story:
            mailbox, mail = post
            clock = Time(now)
            loaded = load(written(tmp_path, mail, source))
            check_platforms(loaded)
            here = open_installation(loaded, clock)
            stack.callback(here.close)
            here.__dict__["reader"] = reader  # loaded once for both stories
            app = create_app(here.config, here.engine, clock, platforms=here.platform_labels)
            url = stack.enter_context(serve(app))
            stack.callback(lambda: here.web.close())
            people.add(here.engine, now, "zoe", "approver")
            context = chromium.new_context(base_url=url, locale="fr-FR", reduced_motion="reduce")
            stack.callback(context.close)
            context.set_default_timeout(30_000)
            return Story(here, clock, mailbox, url, context.new_page())

        yield begin


def report_is_due(now: datetime) -> datetime:
    """Monday 08:40 in Paris (winter), in the week after."""
    monday = now.date() - timedelta(days=now.weekday()) + timedelta(days=7)
    return datetime(monday.year, monday.month, monday.day, 7, 40, tzinfo=UTC)


@pytest.mark.browser
def test_from_a_page_of_trustpilot_to_a_published_reply_and_a_report(told: Told) -> None:
    platform = Simulation(some(6, before=START - timedelta(days=1)))
    angry = review(7, START, 1, ANGRY, title="Une honte")
    platform.write(angry)
    with Server(platform) as server:
        story = told(
            {"platform": "trustpilot", "settings": settings(server.url)}, START + timedelta(hours=1)
        )
        story.clock.moved.append(platform)
        # collected and understood
        story.work("collect", "understand", "draft")
        story.source_is_healthy()
        held = story.one(Review, Review.external_id == angry.external_id)
        assert (held.sentiment, held.language, held.stars) == ("negative", "fr", 1)
        # approved, and not published before the time to take it back is over
        reply = story.answer("Camille 7", "Trustpilot")
        story.work("publish")
        assert platform.posted == []
        story.clock.wait(hours=1)
        story.work("publish")
        assert platform.posted == [(angry.external_id, reply)]
        assert platform.wrong == []
        assert story.one(OwnerReply).shown_at is None, "only the platform's word for it"
        # seen on the platform by the next visit
        story.clock.wait(hours=1)
        story.work("collect", "publish")
        story.source_is_healthy()
        assert story.one(Publication).state == "visible"
        assert story.one(OwnerReply).shown_at == story.clock()
        held = story.one(Review, Review.external_id == angry.external_id)
        assert held.answered_at == angry.written_at + timedelta(hours=2)
        assert story.one(Version, Version.review_id == held.id).number == 1
        page = story.shown(f"/reviews/{held.id}")
        assert OURS in page
        told_of_it = story.one(Audit, Audit.action == "reply.approved")
        assert told_of_it.person_id is not None
        the_week_is_told(story, platform)


def the_week_is_told(story: Story, platform: Simulation) -> None:
    """The digest of the next morning and the report of the next Monday, by mail."""
    story.clock.wait(days=1)
    story.work("digest", "mail")
    digest = story.mailbox.plain("à traiter", to=TEAM)
    assert "6 avis à traiter" in digest
    assert "Camille 7" not in digest, "it is answered"
    story.clock.now = report_is_due(START)
    story.work("collect", "understand", "report", "mail")
    story.work("digest", "report", "mail")
    figures = story.one(Report).figures
    assert story.one(Report).week == "2026-W46"
    assert (figures["volume"]["received"], figures["dissatisfaction"]["negatives"]) == (1, 1)
    assert (figures["response"]["answered"], figures["response"]["median"]) == (1, 2.0)
    assert figures["coverage"][0]["state"] == "complete"
    told = story.mailbox.plain("emaine 46", to=TEAM)
    speech = Speech("fr", story.here.config.brands[0].zone)
    assert f"Délai médian de réponse : {speech.duration(2.0)}" in told
    assert f"Part d’avis négatifs : {speech.percent(1, 0)}" in told
    states = {one.state for one in all_of(story, Message)}
    assert states == {"sent"}
    mails = story.mailbox.mails
    assert len(mails) == len({mail["Message-ID"] for mail in mails}) == 6, "two digests, a report"
    page = story.shown("/reports/2026-W46")
    assert speech.percent(1, 0) in page
    assert platform.wrong == []


def all_of(story: Story, table: type[Any]) -> list[Any]:
    """Every row."""
    with story.here.session() as session:
        return list(session.scalars(select(table)))


@pytest.mark.browser
def test_from_a_mention_on_mastodon_to_a_published_reply(told: Told) -> None:
    with mastodon_mock() as server:
        marie = server.customer("marie")
        post = marie.post(MENTION, language="fr")
        now = datetime.now(UTC)  # the mock server dates by its own clock
        story = told(
            {
                "platform": "mastodon",
                "settings": {
                    "base_url": server.url,
                    "access_token": OWN_TOKEN,
                    "own_account": OWN_ACCOUNT,
                    "mentions": True,
                },
            },
            now,
        )
        story.work("collect", "understand", "draft")
        story.source_is_healthy()
        held = story.one(Review)
        assert (held.external_id, held.sentiment, held.kind) == (post, "negative", "posts")
        story.answer("marie", "Mastodon")
        story.clock.wait(minutes=3)
        story.work("publish")
        (answer,) = marie.answers(post)
        assert answer["account"]["acct"] == OWN_ACCOUNT
        assert OURS in html.unescape(re.sub("<[^>]+>", "", answer["content"]))
        story.clock.wait(hours=1)
        story.work("collect", "publish")
        story.source_is_healthy()
        assert story.one(Publication).state == "visible"
        assert story.one(OwnerReply).shown_at == story.clock()
        assert story.one(Review).answered_at is not None
        assert len(marie.answers(post)) == 1
