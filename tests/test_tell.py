"""Digests and mails: once a day and recipient, through a real SMTP server, safe to read."""

from __future__ import annotations

import smtplib
import socket
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from pydantic import SecretStr
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from monitor.config import Brand, Config, Mail, Pages, Telling
from monitor.store.engine import sessions
from monitor.store.tables import Message, Person, SourceRow, Verdict
from monitor.tell import digest, outbox
from monitor.tell.mail import CLAIM, compose, open_smtp, send_one
from monitor.tell.outbox import Letter
from tests.rows import a_draft, a_review, a_source

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
