"""A real SMTP server on a free loopback port that keeps what it is given."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller

from monitor.config import Mail


class Mailbox:
    """The mails, in the order in which they came."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """SMTP's DATA."""
        parsed = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        self.mails.append(parsed)
        return "250 kept"

    def plain(self, subject: str, to: str) -> str:
        """The text of the newest mail to the address whose subject holds the words."""
        found = [one for one in self.mails if subject in one["Subject"] and one["To"] == to]
        assert found, [(one["To"], one["Subject"]) for one in self.mails]
        mail = found[-1]
        body = mail.get_body(("plain",))
        assert body is not None
        return str(body.get_content())


@contextmanager
def receiving() -> Iterator[tuple[Mailbox, Mail]]:
    """The mailbox, and the server as a configuration names it."""
    with socket.socket() as free:  # aiosmtpd greets itself by number, so 0 will not do
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    mailbox = Mailbox()
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield mailbox, Mail(host="127.0.0.1", port=port, security="none", sender="v@lumen.example")
    finally:
        controller.stop()
