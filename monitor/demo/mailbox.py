"""The demonstration's post office: takes every mail by SMTP, keeps it, shows it, sends nothing."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.errors import MessageError
from email.message import EmailMessage
from email.utils import parseaddr
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from monitor.clock import Clock
from monitor.demo.pages import page

if TYPE_CHECKING:
    from aiosmtpd.smtp import SMTP, Envelope, Session

NAME = re.compile(r"\d{8}T\d{6}-\d+")
CID = re.compile(r"""cid:([^"'\s>)]+)""")
SANDBOX = "allow-popups allow-popups-to-escape-sandbox"
MAIL_POLICY = (
    f"sandbox {SANDBOX}; default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "form-action 'none'"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A mail that was received; times are aware."""

    name: str
    received_at: datetime
    sender: str
    recipients: str
    subject: str
    message: EmailMessage


class Mailbox:
    """A folder of mails, one ``.eml`` file each; the SMTP server's handler."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._clock = clock

    async def handle_DATA(  # noqa: N802 - aiosmtpd calls it by this name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Keep a mail; the answer is SMTP's."""
        content = envelope.original_content or b""
        to = ", ".join(envelope.rcpt_tos).encode("utf-8", "replace")
        self.keep(b"X-Envelope-To: " + to.replace(b"\n", b" ") + b"\r\n" + content)
        return "250 OK kept, and sent nowhere"

    def keep(self, content: bytes) -> None:
        """Write a mail down."""
        stem = f"{self._clock():%Y%m%dT%H%M%S}"
        number = len(list(self._folder.glob(f"{stem}-*.eml")))
        draft = self._folder / f"{stem}-{number}.new"
        draft.write_bytes(content)
        draft.replace(draft.with_suffix(".eml"))

    def mails(self) -> list[Kept]:
        """Every mail, newest first."""
        paths = sorted(self._folder.glob("*.eml"), key=_order, reverse=True)
        return [_kept(path) for path in paths]

    def mail(self, name: str) -> Kept | None:
        """One mail, or None."""
        path = self._folder / f"{name}.eml"
        return _kept(path) if NAME.fullmatch(name) and path.exists() else None


def protocol(mailbox: Mailbox) -> Callable[[], SMTP]:
    """What speaks SMTP on a connection: a factory for ``loop.create_server``."""
    from aiosmtpd.smtp import SMTP

    return lambda: SMTP(mailbox, hostname="localhost", ident="Vigie demonstration")


def routes() -> list[Route]:
    """The mailbox's pages."""
    return [
        Route("/courrier", listing),
        Route("/courrier/{mail:str}", reading),
        Route("/courrier/{mail:str}/html", as_html),
        Route("/courrier/{mail:str}/texte", as_text),
        Route("/courrier/{mail:str}/source", as_source),
    ]


async def listing(request: Request) -> Response:
    """Every mail that Vigie sent."""
    return page("mails.html", mails=_mailbox(request).mails())


async def reading(request: Request) -> Response:
    """One mail: its heads, its page in a sandbox, its text."""
    mail = _found(request)
    if mail is None:
        return _missing()
    text, html = _part(mail.message, "plain"), _part(mail.message, "html")
    attached = [part.get_filename() for part in mail.message.iter_attachments()]
    return page(
        "mail.html",
        mail=mail,
        text=text,
        html=html is not None,
        attached=[name for name in attached if name],
        sandbox=SANDBOX,
    )


async def as_html(request: Request) -> Response:
    """The mail's own page, where no script runs and nothing is fetched."""
    mail = _found(request)
    html = _part(mail.message, "html") if mail else None
    if mail is None or html is None:
        return _missing()
    shown = '<base target="_blank">' + _with_images(html, mail.message)
    return HTMLResponse(shown, headers={"content-security-policy": MAIL_POLICY})


async def as_text(request: Request) -> Response:
    """The mail as plain text."""
    mail = _found(request)
    return PlainTextResponse(_part(mail.message, "plain") or "") if mail else _missing()


async def as_source(request: Request) -> Response:
    """The mail as it travelled."""
    mail = _found(request)
    return PlainTextResponse(mail.message.as_bytes()) if mail else _missing()


def _mailbox(request: Request) -> Mailbox:
    mailbox: Mailbox = request.app.state.mailbox
    return mailbox


def _found(request: Request) -> Kept | None:
    return _mailbox(request).mail(request.path_params["mail"])


def _missing() -> Response:
    return page("missing.html", status_code=404)


def _order(path: Path) -> tuple[str, int]:
    moment, _, number = path.stem.partition("-")
    return moment, int(number)


def _kept(path: Path) -> Kept:
    message = message_from_bytes(path.read_bytes(), _class=EmailMessage, policy=policy.default)
    moment = path.stem.partition("-")[0]
    return Kept(
        name=path.stem,
        received_at=datetime.strptime(f"{moment}+0000", "%Y%m%dT%H%M%S%z"),
        sender=" ".join(part for part in parseaddr(_head(message, "from")) if part),
        recipients=_head(message, "x-envelope-to") or _head(message, "to"),
        subject=_head(message, "subject"),
        message=message,
    )


def _head(message: EmailMessage, name: str) -> str:
    return str(message.get(name, ""))


def _part(message: EmailMessage, kind: str) -> str | None:
    body = message.get_body((kind,))
    if body is None:
        return None
    try:
        return str(body.get_content())
    except (LookupError, MessageError):
        return bytes(body.get_payload(decode=True) or b"").decode("utf-8", "replace")


def _with_images(html: str, message: EmailMessage) -> str:
    """The page with its attached images put in the place of their ``cid:`` addresses."""
    images = {
        str(part["content-id"]).strip("<> "): part for part in message.walk() if part["content-id"]
    }

    def address(match: re.Match[str]) -> str:
        part: Any = images.get(unquote(match[1]))
        if part is None or part.get_content_maintype() != "image":
            return match[0]
        coded = base64.b64encode(part.get_payload(decode=True) or b"").decode()
        return f"data:{part.get_content_type()};base64,{coded}"

    return CID.sub(address, html)
