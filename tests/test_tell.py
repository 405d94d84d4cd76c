"""Digests and mails: once a day and recipient, through a real SMTP server, safe to read."""

from __future__ import annotations

import smtplib
import socket
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from html import unescape
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from pydantic import SecretStr
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from monitor.config import Brand, Config, Mail, Pages, Telling
from monitor.remedies import FILE_REMEDIES, REMEDIES
from monitor.speech import Speech
from monitor.store.engine import sessions
from monitor.store.tables import Crawl, Message, Person, SourceRow, Verdict
from monitor.tell import digest, outbox
from monitor.tell.mail import CLAIM, compose, open_smtp, send_one
from monitor.tell.outbox import Letter
from monitor.tell.templates import environment
from tests.rows import a_draft, a_publication, a_review, a_source

HOSTILE = '<script src="http://evil.example/x.js"></script> {{ 7 * 7 }} Prise noircie.'


class Mailbox:
    """Keeps what it is given; ``answers`` are said in the place of 250, one a mail."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.answers: list[str] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """SMTP's DATA."""
        if self.answers:
            return self.answers.pop(0)
        parsed = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        self.mails.append(parsed)
        return "250 kept"

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        """SMTP's RCPT."""
        if address.startswith("nobody@"):
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 ok"


@pytest.fixture
def mailbox() -> Mailbox:
    """What the server received."""
    return Mailbox()


@pytest.fixture
def smtp(mailbox: Mailbox) -> Iterator[Mail]:
    """A real server on loopback, as the configuration names it."""
    with socket.socket() as free:  # aiosmtpd greets itself by number, so 0 will not do
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    yield Mail(host="127.0.0.1", port=port, security="none", sender="vigie@lumen.example")
    controller.stop()


def a_brand(**telling: Any) -> Brand:
    """The brand of these tests, with one recipient."""
    values = {"recipients": ("team@lumen.example",)} | telling
    return Brand(key="lumen", name="Maison Lumen", telling=Telling(**values))


def a_config(brand: Brand | None = None) -> Config:
    """Its configuration."""
    pages = Pages(public_url="https://vigie.lumen.example")
    return Config(brands=(brand or a_brand(),), pages=pages)


def write_all(rows: Session, now: datetime, config: Config) -> int:
    """Every digest due at the moment; how many brands were told."""
    return sum(1 for _ in iter(lambda: digest.run_one(rows, now, config, None), False))


def send_all(rows: Session, now: datetime, mail: Mail) -> None:
    """Send until nothing is due."""
    while send_one(rows, now, mail):
        pass


def test_a_digest_arrives_whole(
    session: Session, now: datetime, smtp: Mail, mailbox: Mailbox
) -> None:
    review = a_review(session, now, 1, text=HOSTILE, severity="critical")
    a_draft(session, now, review, "Bonjour,\n\nNous prenons cela au sérieux.")
    a_review(session, now, 2)
    write_all(session, now, a_config())
    send_all(session, now, smtp)
    (mail,) = mailbox.mails
    assert mail["Subject"] == "2 avis à traiter, dont 1 critique · Maison Lumen"
    assert mail["To"] == "team@lumen.example"
    assert "unsubscribe" in mail["List-Unsubscribe"]
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    words, page = text.get_content(), html.get_content()
    link = f"https://vigie.lumen.example/reviews/{review.id}?brand=lumen"
    for form in (words, page):
        assert link in form
        assert "Nous prenons cela au sérieux." in form
        assert "{{ 7 * 7 }}" in form, "a review is never a template"
        assert form.index("Camille 1") < form.index("Camille 2"), "critical first"
    assert "<script" not in page
    assert "&lt;script" in page
    assert "<img" not in page
    assert "@import" not in page


@pytest.mark.parametrize(
    ("clear", "doubtful", "said"),
    [
        (1, 0, "dont 1 critique"),
        (0, 1, "dont 1 peut-être critique"),
        (2, 1, "dont 2 critiques et 1 peut-être critique"),
    ],
)
def test_what_may_be_critical_is_counted_apart(
    session: Session,
    now: datetime,
    smtp: Mail,
    mailbox: Mailbox,
    clear: int,
    doubtful: int,
    said: str,
) -> None:
    for number in range(clear + doubtful):
        a_review(session, now, number, severity="critical", doubtful=number >= clear)
    write_all(session, now, a_config())
    send_all(session, now, smtp)
    (mail,) = mailbox.mails
    assert mail["Subject"].split(", ", 1)[1] == f"{said} · Maison Lumen"
    text = mail.get_body(("plain",))
    assert text is not None
    words = text.get_content()
    assert words.count("PEUT-ÊTRE CRITIQUE · ") == doubtful
    assert words.count("\nCRITIQUE · ") == clear


@pytest.mark.parametrize(
    ("hour", "said"), [(23, "10 nov. 2026\n"), (0, "10 nov. 2026\n"), (7, "08:00")]
)
def test_a_review_whose_platform_tells_no_hour_has_none(
    session: Session, now: datetime, hour: int, said: str
) -> None:
    """Midnight in Paris is 23:00 UTC of the day before."""
    review = a_review(session, now)
    review.written_at = datetime(2026, 11, 9 if hour == 23 else 10, hour, tzinfo=UTC)
    session.commit()
    brand = a_brand()
    speech = Speech("fr", brand.zone)
    found = digest.gather(session, brand, now)
    letter = digest.letter(found, brand, now, speech, environment(None), "https://v.example")
    assert said in letter.text
    assert "00:00" not in letter.text + letter.html


@pytest.mark.parametrize(("set_to", "told"), [("critical", True), ("high", False)])
def test_a_severity_that_a_person_set_has_no_reasons_of_the_models(
    session: Session, now: datetime, smtp: Mail, mailbox: Mailbox, set_to: str, told: bool
) -> None:
    review = a_review(session, now, 1, severity="critical")
    verdict = session.scalars(select(Verdict)).one()
    verdict.reasons = [{"kind": "legal", "words": "trois semaines de retard"}]
    review.severity = set_to
    session.commit()
    write_all(session, now, a_config())
    send_all(session, now, smtp)
    text = mailbox.mails[0].get_body(("plain",))
    assert text is not None
    assert ("Signalé pour : trois semaines de retard" in text.get_content()) is told


def plain(mail: EmailMessage) -> str:
    """The mail's words for a reader without HTML."""
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def test_each_reader_in_their_language(
    session: Session, now: datetime, smtp: Mail, mailbox: Mailbox
) -> None:
    for email, language, wants in (("ann@x.example", "en", True), ("bob@x.example", "fr", False)):
        session.add(
            Person(
                email=email,
                name="A",
                role="writer",
                language=language,
                gets_digest=wants,
                made_at=now,
            )
        )
    a_review(session, now)
    write_all(session, now, a_config())
    send_all(session, now, smtp)
    told = {mail["To"]: mail["Subject"] for mail in mailbox.mails}
    assert told == {
        "ann@x.example": "1 review to handle · Maison Lumen",
        "team@lumen.example": "1 avis à traiter · Maison Lumen",
    }
    words = {mail["To"]: plain(mail) for mail in mailbox.mails}
    assert "\n“" in words["ann@x.example"]
    assert "Choose my e-mails: " in words["ann@x.example"]
    assert "\n« " in words["team@lumen.example"]
    assert "Choisir mes e-mails : " in words["team@lumen.example"]


def test_nothing_waiting_is_not_sent_unless_asked_for(session: Session, now: datetime) -> None:
    assert write_all(session, now, a_config()) == 1
    assert session.scalar(select(func.count()).select_from(Message)) == 0
    a_review(session, now)
    assert write_all(session, now + timedelta(hours=2), a_config()) == 0, "today is done"
    tomorrow = now + timedelta(days=1)
    write_all(session, tomorrow, a_config(a_brand(send_quiet_digest=True)))
    assert session.scalars(select(Message.period)).all() == ["2026-11-19"]


def test_a_broken_source_is_told_though_nothing_waits(session: Session, now: datetime) -> None:
    source = a_source(session, now)
    source.health, source.failing_since = "broken", now - timedelta(hours=30)
    session.commit()
    write_all(session, now, a_config())
    message = session.scalars(select(Message)).one()
    assert message.subject == "1 source à rétablir · Maison Lumen"
    assert "lumen-trustpilot" in message.text
    assert session.scalar(select(func.count()).select_from(SourceRow)) == 1


def test_a_source_that_only_a_person_can_mend_is_told_with_what_to_do(
    session: Session, now: datetime, smtp: Mail, mailbox: Mailbox
) -> None:
    refused = a_source(session, now)
    refused.health, refused.fault, refused.failing_since = "paused", "refused", now
    a_source(session, now, "our-own-pause").paused = True
    a_source(session, now - timedelta(days=2), "only-late").health = "healthy"
    session.commit()
    write_all(session, now, a_config())
    send_all(session, now, smtp)
    (mail,) = mailbox.mails
    assert mail["Subject"] == "1 source à rétablir · Maison Lumen"
    html = mail.get_body(("html",))
    assert html is not None
    for form in (plain(mail), html.get_content()):
        words = read_out(form)
        assert "Source non lue : lumen-trustpilot." in words
        for sentence in (REMEDIES["refused"].what, REMEDIES["refused"].do):
            assert sentence in words
        assert f"https://vigie.lumen.example/sources/{refused.id}?brand=lumen" in words
        assert "our-own-pause" not in words
        assert "only-late" not in words
    session.delete(refused)
    session.commit()
    assert write_all(session, now + timedelta(days=1), a_config()) == 1
    assert session.scalar(select(func.count()).select_from(Message)) == 1, "all is well again"


def test_a_file_that_fails_is_told_with_what_to_do_about_a_file(
    session: Session, now: datetime
) -> None:
    source = a_source(session, now, "lumen-export", "spreadsheet")
    source.health, source.fault = "broken", "changed"
    session.commit()
    words = read_out(the_letter(session, now).text)
    assert FILE_REMEDIES["changed"].what in words
    assert FILE_REMEDIES["changed"].do in words
    assert "plateforme" not in words


@pytest.mark.parametrize(
    ("platform", "fault", "language", "where"),
    [
        ("spreadsheet", "settings", "fr", "la page de la source dit ce qui ne va pas"),
        ("spreadsheet", "settings", "en", "the source’s page says what is wrong"),
        ("trustpilot", "odd", "fr", "le détail que donne la page de la source"),
        ("trustpilot", "odd", "en", "the detail that the source’s page gives"),
    ],
)
def test_a_detail_that_the_mail_does_not_show_is_said_to_be_on_the_page(
    session: Session, now: datetime, platform: str, fault: str, language: str, where: str
) -> None:
    source = a_source(session, now, "lumen-other", platform)
    source.health, source.fault, source.fault_detail = "broken", fault, "no column for the text"
    session.commit()
    words = read_out(the_letter(session, now, language).text)
    assert where in words
    assert "no column" not in words
    assert f"https://v.example/sources/{source.id}" in words


def the_letter(rows: Session, now: datetime, language: str = "fr") -> Letter:
    """The digest of now, as it would be mailed."""
    brand = a_brand()
    found = digest.gather(rows, brand, now)
    speech = Speech(language, brand.zone)
    return digest.letter(found, brand, now, speech, environment(None), "https://v.example")


def read_out(form: str) -> str:
    """The words of a mail's form, with plain spaces."""
    return unescape(form).replace("\N{NO-BREAK SPACE}", " ")


def a_mailed_digest(rows: Session, at: datetime) -> None:
    """A digest went out at that moment."""
    put(rows, at, brand="lumen", period=at.date().isoformat())


FRIDAY, MONDAY = "2026-11-13T07:30:00+00:00", "2026-11-16T07:30:00+00:00"


@pytest.mark.parametrize(
    ("mailed", "moment", "french", "english"),
    [
        (None, MONDAY, "1 nouvel avis depuis hier.", "1 new review since yesterday."),
        (
            "2026-11-15T07:30:00+00:00",
            MONDAY,
            "1 nouvel avis depuis hier.",
            "1 new review since yesterday.",
        ),
        (
            FRIDAY,
            MONDAY,
            "2 nouveaux avis depuis le dernier e-mail, vendredi 13 novembre.",
            "2 new reviews since the last e-mail, Friday 13 November.",
        ),
    ],
)
def test_what_is_new_is_new_since_the_last_mail(
    session: Session, mailed: str | None, moment: str, french: str, english: str
) -> None:
    """A review of Saturday and one of Sunday noon."""
    if mailed:
        a_mailed_digest(session, at(mailed))
    for number, day in enumerate((12, 14, 15)):
        a_review(session, at(f"2026-11-{day}T11:00:00+00:00"), number, hours=1)
    assert french in the_letter(session, at(moment)).text
    assert english in the_letter(session, at(moment), "en").text
    assert french in the_letter(session, at(moment)).html


@pytest.mark.parametrize(
    ("walked", "written", "count"),
    [
        (False, 24 * 3, 0),  # the first walk is still bringing in the years before
        (False, 10, 1),
        (True, 24 * 3, 1),  # the platform took three days to show it
        (True, 24 * 40, 0),  # found late, not written of late
    ],
)
def test_the_reviews_of_years_ago_are_not_new(
    any_session: Session, now: datetime, walked: bool, written: float, count: int
) -> None:
    source = a_source(any_session, now)
    ended = now - timedelta(days=2) if walked else now
    visit = {"source_id": source.id, "started_at": ended, "walk": "full"}
    any_session.add(Crawl(**visit, finished_at=ended))
    any_session.add(Crawl(**visit, finished_at=ended - timedelta(days=1), fault="timed_out"))
    a_review(any_session, now, hours=written)
    assert digest.gather(any_session, a_brand(), now).fresh.count == count


def test_the_title_is_told_beside_the_text_unless_it_repeats_it(
    session: Session, now: datetime
) -> None:
    a_review(session, now, 1, title="À fuir <b>", text="Livré cassé.")
    a_review(session, now, 2, title="Lampe superbe…", text="Lampe superbe, merci.")
    a_review(session, now, 3, title="Une note seule", text="")
    letter = the_letter(session, now)
    assert "« À fuir <b> »\n« Livré cassé. »\n" in letter.text
    assert "À fuir &lt;b&gt;</strong><br>Livré cassé." in letter.html
    for form in (letter.text, letter.html):
        assert form.count("Lampe superbe") == 1
        assert form.count("Une note seule") == 1
    assert "«  »" not in letter.text


@pytest.mark.parametrize(
    ("state", "title", "button"),
    [
        (None, "Réponse proposée :", "Relire et répondre"),
        ("waiting", "Réponse approuvée, en route :", "Voir la réponse"),
        ("sending", "Réponse approuvée, en route :", "Voir la réponse"),
        ("by_hand", "Réponse à copier :", "Copier la réponse"),
        ("unsure", "Réponse envoyée, à vérifier sur la plateforme :", "Vérifier la réponse"),
        ("withdrawn", "Réponse proposée :", "Relire et répondre"),
    ],
)
def test_a_reply_is_told_with_how_far_it_is(
    session: Session, now: datetime, state: str | None, title: str, button: str
) -> None:
    draft = a_draft(session, now, a_review(session, now), "Bonjour, nous sommes désolés.")
    if state:
        a_publication(session, now, draft, state)
    if state == "withdrawn":
        draft.state = "proposed"
        session.commit()
    letter = the_letter(session, now)
    assert f"{title}\nBonjour, nous sommes désolés." in letter.text
    assert title in read_out(letter.html)
    assert letter.html.count('class="button"') == 1
    assert f">{button}</a>" in letter.html
    assert letter.text.count("Réponse ") == 1


def test_a_reply_that_was_published_and_is_gone_is_no_proposal(
    session: Session, now: datetime
) -> None:
    a_publication(session, now, a_draft(session, now, a_review(session, now)), "visible")
    letter = the_letter(session, now)
    assert "merci de votre avis" not in letter.text + letter.html
    assert ">Répondre</a>" in letter.html


def test_a_grave_review_is_said_to_be(session: Session, now: datetime) -> None:
    a_review(session, now, 1, severity="high")
    a_review(session, now, 2)
    letter = the_letter(session, now)
    assert letter.text.count("\nGRAVE · ") == 1
    assert letter.html.count(" Grave</span>") == 1
    assert letter.text.index("Camille 1") < letter.text.index("Camille 2")
    assert the_letter(session, now, "en").text.count("\nSERIOUS · ") == 1


def at(text: str) -> datetime:
    """A moment."""
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-11-18T07:29:00+00:00", None),  # 08:29 in Paris
        ("2026-11-18T07:30:00+00:00", "2026-11-18"),
        ("2026-11-18T22:59:00+00:00", "2026-11-18"),  # up again the same day
        ("2026-11-18T23:00:00+00:00", None),  # midnight in Paris: Thursday's hour is to come
        ("2026-11-21T10:00:00+00:00", None),  # Saturday
        ("2026-07-15T06:30:00+00:00", "2026-07-15"),  # summer time
    ],
)
def test_when_a_digest_is_due(moment: str, expected: str | None) -> None:
    assert digest.due(a_brand(), at(moment)) == expected


@pytest.mark.parametrize("start", ["2026-03-28T00:00:00+00:00", "2026-10-24T00:00:00+00:00"])
def test_once_a_day_across_the_clock_changes(session: Session, start: str) -> None:
    # 02:30 does not exist on 29 March 2026 in Paris, and comes twice on 25 October
    brand = a_brand(
        digest_at="02:30", digest_days=("friday", "saturday", "sunday", "monday", "tuesday")
    )
    a_review(session, at(start))
    for quarter in range(3 * 24 * 4):
        write_all(session, at(start) + timedelta(minutes=15 * quarter), a_config(brand))
    periods = session.scalars(select(Message.period).order_by(Message.id)).all()
    assert len(periods) == len(set(periods)) == 3


def test_a_clock_set_back_tells_nothing_twice(session: Session, now: datetime) -> None:
    a_review(session, now)
    write_all(session, now, a_config())
    write_all(session, now - timedelta(days=1), a_config())
    assert session.scalars(select(Message.period)).all() == ["2026-11-18"]


class KilledError(BaseException):
    """What a kill looks like from within."""


@pytest.mark.parametrize("step", range(6))
def test_a_digest_survives_a_kill_at_any_step(
    engine: Engine, now: datetime, smtp: Mail, mailbox: Mailbox, step: int
) -> None:
    make = sessions(engine)
    with make() as rows:
        a_review(rows, now)
    with make() as rows, suppress(KilledError):
        _kill_at_commit(rows, step)
        write_all(rows, now, a_config())
        send_all(rows, now, smtp)
        pytest.fail("there was no such step")
    for later in (timedelta(), CLAIM, 2 * CLAIM):
        with make() as rows:
            write_all(rows, now + later, a_config())
            send_all(rows, now + later, smtp)
    with make() as rows:
        message = rows.scalars(select(Message)).one()
    assert len(mailbox.mails) == (message.state == "sent")
    assert message.state == "sent" or (message.error or "").startswith("unsure")


def _kill_at_commit(rows: Session, step: int) -> None:
    """The step-th commit kills: before it is done (even) or just after (odd)."""
    commit, left = rows.commit, [step // 2]

    def dying() -> None:
        if left[0]:
            left[0] -= 1
            return commit()
        if step % 2:
            commit()
        raise KilledError

    rows.commit = dying  # type: ignore[method-assign]  # the seam where a process dies


def test_a_kill_while_the_server_takes_it_is_not_sent_again(
    engine: Engine, now: datetime, smtp: Mail, mailbox: Mailbox
) -> None:
    def connect(mail: Mail) -> smtplib.SMTP:
        server = open_smtp(mail)
        data = server.data

        def dying(content: Any) -> Any:
            data(content)
            raise KilledError

        server.data = dying  # type: ignore[method-assign, assignment]  # dies before it is noted
        return server

    make = sessions(engine)
    with make() as rows:
        put(rows, now)
        put(rows, now, kind="invitation")
        for _ in range(2):
            with pytest.raises(KilledError):
                send_one(rows, now, smtp, connect)
    with make() as rows:
        send_all(rows, now, smtp)
        assert len(mailbox.mails) == 2, "both are claimed: nothing moves"
        send_all(rows, now + CLAIM, smtp)
        states = dict(rows.execute(select(Message.kind, Message.state)).all())
    assert states == {"digest": "failed", "invitation": "sent"}
    identities = [mail["Message-ID"] for mail in mailbox.mails]
    assert len(identities) == 3
    assert len(set(identities)) == 2, "the invitation came twice under one Message-ID"


def put(rows: Session, now: datetime, **values: Any) -> bool:
    """A mail in the outbox."""
    said = {"kind": "digest", "recipient": "team@lumen.example", "period": "p", "language": "fr"}
    letter = Letter("Objet", "texte", "<p>texte</p>")
    done = outbox.put(rows, now, values.pop("letter", letter), **said | values)
    rows.commit()
    return done


def test_one_mail_a_kind_recipient_and_period(any_session: Session, now: datetime) -> None:
    assert put(any_session, now)
    assert not put(any_session, now)
    assert not put(any_session, now, recipient="TEAM@lumen.example")
    assert put(any_session, now, period="q")


def test_a_passing_refusal_waits_longer_each_time(
    session: Session, now: datetime, smtp: Mail, mailbox: Mailbox
) -> None:
    mailbox.answers = ["451 busy", "451 busy"]
    put(session, now)
    send_all(session, now, smtp)
    message = session.scalars(select(Message)).one()
    assert (message.state, message.error) == ("waiting", "451 busy")
    assert message.due_at == now + timedelta(minutes=1)
    send_all(session, message.due_at, smtp)
    assert message.due_at == now + timedelta(minutes=3)
    send_all(session, message.due_at, smtp)
    assert (message.state, len(mailbox.mails)) == ("sent", 1)


@pytest.mark.parametrize(
    ("recipient", "answer"), [("nobody@x.example", ""), ("team@x.example", "554 spam")]
)
def test_a_permanent_refusal_is_final(
    session: Session, now: datetime, smtp: Mail, mailbox: Mailbox, recipient: str, answer: str
) -> None:
    mailbox.answers = [answer] if answer else []
    put(session, now, recipient=recipient)
    send_all(session, now, smtp)
    message = session.scalars(select(Message)).one()
    assert message.state == "failed"
    assert (message.error or "").startswith(answer or "550 no such mailbox")
    assert mailbox.mails == []


def test_no_server_keeps_mails_and_no_error_tells_the_password(
    session: Session, now: datetime
) -> None:
    put(session, now)
    assert not send_one(session, now, Mail())
    secret = Mail(host="127.0.0.1", port=9, username="u", password=SecretStr("hunter2"))

    def connect(mail: Mail) -> smtplib.SMTP:
        raise smtplib.SMTPAuthenticationError(535, b"bad password hunter2")

    send_one(session, now, secret, connect)
    message = session.scalars(select(Message)).one()
    assert (message.state, message.error) == ("waiting", "535 bad password …")
    send_one(session, message.due_at, secret)  # nothing listens on that port
    assert message.error == "127.0.0.1:9 cannot be used (ConnectionRefusedError)"


def test_a_subject_cannot_add_a_header(session: Session, now: datetime) -> None:
    put(session, now, letter=Letter("Objet\r\nBcc: all@evil.example", "t", ""))
    mail = compose(session.scalars(select(Message)).one(), Mail(sender_name="V\nX: y"))
    assert mail["Subject"] == "Objet Bcc: all@evil.example"
    assert mail["Bcc"] is None
    assert mail["X"] is None
