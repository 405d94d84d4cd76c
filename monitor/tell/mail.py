"""Sending: the outbox to an SMTP server.

A mail goes at most once. Everything up to the message itself (connecting, TLS, the password, the
addresses) happens while the row is still ``waiting``; only then is ``sending`` committed, and the
message handed over. A crash before that leaves a row that is sent later; a crash after it leaves
one in ``sending``, of which nobody knows whether the server took it: a digest, report or alert is
then given up with an error that says so (once a period, at most), an invitation is sent again
under the same Message-ID.
"""

from __future__ import annotations

import base64
import smtplib
import ssl
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from urllib.parse import quote

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from monitor.config import Mail
from monitor.store.claim import claim
from monitor.store.tables import Message

TIMEOUT = 20.0
CLAIM = timedelta(minutes=5)
LONGEST_WAIT = timedelta(hours=1)
GIVE_UP = timedelta(hours=36)
AGAIN = frozenset({"invitation"})
"""Kinds that had better arrive twice than not at all."""

Connect = Callable[[Mail], smtplib.SMTP]


class RefusedError(Exception):
    """The server's no. ``permanent``: it will not change its mind about this mail."""

    def __init__(self, message: str, *, permanent: bool) -> None:
        super().__init__(message)
        self.permanent = permanent


def open_smtp(mail: Mail) -> smtplib.SMTP:
    """A connection, signed in. Raises OSError or smtplib.SMTPException."""
    context = ssl.create_default_context()
    if mail.security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            mail.host, mail.port, timeout=TIMEOUT, context=context
        )
    else:
        server = smtplib.SMTP(mail.host, mail.port, timeout=TIMEOUT)
    try:
        if mail.security == "starttls":
            server.starttls(context=context)
        if mail.username:
            server.login(mail.username, mail.password.get_secret_value())
    except BaseException:
        server.close()
        raise
    return server


def send_one(session: Session, now: datetime, mail: Mail, connect: Connect = open_smtp) -> bool:
    """Send one mail that is due; False when none is, or no server is configured."""
    if not mail.host:
        return False
    if _resolve_one(session, now):
        return True
    message = _next(session, now)
    if message is None:
        return False
    if not claim(session, Message, message.id, now, lasts=CLAIM):
        return True
    session.refresh(message)
    if message.state == "waiting":
        _send(session, now, mail, message, connect)
    return True


def _next(session: Session, now: datetime) -> Message | None:
    return session.scalars(
        select(Message)
        .where(
            Message.state == "waiting",
            Message.due_at <= now,
            or_(Message.claimed_until.is_(None), Message.claimed_until <= now),
        )
        .order_by(Message.due_at, Message.id)
        .limit(1)
    ).first()


def _resolve_one(session: Session, now: datetime) -> bool:
    """Settle a mail that was being handed over when its sender died."""
    message = session.scalars(
        select(Message)
        .where(Message.state == "sending", Message.claimed_until <= now)
        .order_by(Message.id)
        .limit(1)
    ).first()
    if message is None:
        return False
    _unsure(message, now, "the program stopped while the server was taking it")
    session.commit()
    return True


def _send(session: Session, now: datetime, mail: Mail, message: Message, connect: Connect) -> None:
    try:
        server = _ready(mail, message, connect)
    except RefusedError as refused:
        _put_off(message, now, str(refused), permanent=refused.permanent)
        session.commit()
        return
    with closing(server):
        message.state = "sending"
        session.commit()
        try:
            _hand_over(server, mail, message)
        except RefusedError as refused:
            _put_off(message, now, str(refused), permanent=refused.permanent)
        except (OSError, smtplib.SMTPException) as error:
            _unsure(message, now, f"the connection broke ({type(error).__name__})")
        else:
            message.state, message.sent_at, message.error = "sent", now, None
            message.claimed_until = None
        session.commit()
        with suppress(OSError, smtplib.SMTPException):
            server.quit()


def _ready(mail: Mail, message: Message, connect: Connect) -> smtplib.SMTP:
    """A server that has accepted sender and recipient, and waits for the message."""
    try:
        server = connect(mail)
    except smtplib.SMTPResponseException as error:
        raise RefusedError(
            _said(mail, error.smtp_code, error.smtp_error), permanent=False
        ) from error
    except (OSError, smtplib.SMTPException) as error:
        name = type(error).__name__
        raise RefusedError(
            f"{mail.host}:{mail.port} cannot be used ({name})", permanent=False
        ) from error
    try:
        server.ehlo_or_helo_if_needed()
        _accepted(mail, *server.mail(mail.sender))
        _accepted(mail, *server.rcpt(message.recipient))
    except RefusedError:
        server.close()
        raise
    except (OSError, smtplib.SMTPException) as error:
        server.close()
        why = f"{mail.host} broke off ({type(error).__name__})"
        raise RefusedError(why, permanent=False) from error
    return server


def _accepted(mail: Mail, code: int, said: bytes) -> None:
    if code >= 400:
        raise RefusedError(_said(mail, code, said), permanent=code >= 500)


def _hand_over(server: smtplib.SMTP, mail: Mail, message: Message) -> None:
    try:
        code, said = server.data(compose(message, mail).as_bytes(policy=SMTP))
    except smtplib.SMTPDataError as error:
        code, said = error.smtp_code, _bytes(error.smtp_error)
    _accepted(mail, code, said)


def _said(mail: Mail, code: int, said: bytes | str) -> str:
    """The server's answer, short, on one line, without our password should it repeat it."""
    text = " ".join(_bytes(said).decode("utf-8", "replace").split())[:200]
    secret = mail.password.get_secret_value()
    return f"{code} {text.replace(secret, '…') if secret else text}"


def _bytes(said: bytes | str) -> bytes:
    return said.encode() if isinstance(said, str) else said


def _put_off(message: Message, now: datetime, error: str, *, permanent: bool) -> None:
    """Try again later, each time later; or not at all."""
    message.tries += 1
    message.error = error
    message.claimed_until = None
    wait = min(timedelta(minutes=2 ** min(message.tries - 1, 10)), LONGEST_WAIT)
    late = now - message.made_at > GIVE_UP
    message.state = "failed" if permanent or late else "waiting"
    message.due_at = now + wait


def _unsure(message: Message, now: datetime, why: str) -> None:
    again = message.kind in AGAIN
    message.tries += 1
    message.state = "waiting" if again else "failed"
    message.error = f"unsure whether it was sent: {why}"
    message.claimed_until = None
    message.due_at = now


def compose(message: Message, mail: Mail) -> EmailMessage:
    """The mail as sent: plain text, HTML, and the HTML's images beside it; nothing remote."""
    email = EmailMessage()
    email["From"] = Address(_line(mail.sender_name), addr_spec=mail.sender)
    email["To"] = Address(addr_spec=message.recipient)
    email["Subject"] = _line(message.subject)
    email["Date"] = format_datetime(message.made_at)
    email["Message-ID"] = message.message_id
    email["Auto-Submitted"] = "auto-generated"
    email["Content-Language"] = message.language
    subject = quote(f"unsubscribe {message.kind}")
    email["List-Unsubscribe"] = f"<mailto:{mail.sender}?subject={subject}>"
    email.set_content(message.text)
    if message.html:
        email.add_alternative(message.html, subtype="html")
        _add_images(email, message)
    return email


def _add_images(email: EmailMessage, message: Message) -> None:
    page = email.get_payload()[-1]  # type: ignore[index]  # the alternative just added
    assert isinstance(page, EmailMessage)  # noqa: S101 - typeshed cannot know
    for name, content in message.images.items():
        page.add_related(
            base64.b64decode(content),
            maintype="image",
            subtype="png",
            cid=f"<{name}>",
            filename=f"{name.partition('@')[0]}.png",
            disposition="inline",
        )


def _line(text: str) -> str:
    # no-break spaces stay
    return " ".join(text.splitlines())
