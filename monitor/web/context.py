"""What a page function is given: who asks, how to speak to them, and their rows."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, cast
from urllib.parse import quote

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from markupsafe import Markup
from sqlalchemy.orm import Session as Rows

from monitor.config import Brand, Config
from monitor.people import may
from monitor.platformnames import platform_name
from monitor.speech import LANGUAGES, SOURCE_LANGUAGE, Speech
from monitor.store import browsers
from monitor.store.engine import readers, sessions
from monitor.store.tables import Person, Session
from monitor.web import cookies
from monitor.web.crawler_words import told
from monitor.web.house import House
from monitor.web.show import page_values

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True)
class Context:
    """One request. ``session`` only reads on GET; on POST it writes, and the page commits."""

    request: Request
    house: House
    session: Rows
    now: datetime
    speech: Speech
    brand: Brand
    csrf: str
    theme: str
    person: Person | None
    browser: Session | None
    """The row behind the session cookie."""
    guest: str = field(default="", repr=False)
    """The cookie that ties a form to a browser before anybody signed in."""

    @property
    def config(self) -> Config:
        """The installation's configuration."""
        return self.house.config

    @property
    def me(self) -> Person:
        """Who is signed in; for pages whose route needs a role."""
        if self.person is None:
            raise LookupError("nobody is signed in")
        return self.person

    @property
    def is_htmx(self) -> bool:
        """True when a piece of a page is wanted instead of the whole."""
        return "hx-request" in self.request.headers

    @property
    def address(self) -> str:
        """Where the request comes from, as far as the configuration lets us believe it."""
        if self.config.pages.trust_proxy:
            forwarded = self.request.headers.get("x-forwarded-for", "")
            # the last entry is the one our own proxy wrote; the others are hearsay
            if forwarded.strip():
                return forwarded.rsplit(",", 1)[-1].strip()
        return self.request.client.host if self.request.client else "unknown"

    def may(self, role: str) -> bool:
        """True when the person may do what ``role`` may."""
        return self.person is not None and may(self.person.role, role)

    def show(self, template: str, /, *, status: int = 200, **values: Any) -> Response:
        """A page or a piece of one, from ``templates/web/<template>``."""
        said = cookies.unpack(self._cookie("vigie_said"))
        if self.is_htmx:
            said = None
        page = self.house.templates.get_template(f"web/{template}")
        text = page.render(page_values(self, said) | values)
        response = HTMLResponse(text, status_code=status)
        if said is not None:
            cookies.drop(response, "vigie_said", self.house.secure)
        if self.person is None and self.guest:
            cookies.write(response, "vigie_form", self.guest, self.house.secure)
        if "brand" in self.request.query_params:
            self.keep(response, "vigie_brand", self.brand.key)
        return response

    def go(self, path: str, said: str | None = None, undo: str | None = None) -> Response:
        """Lead on to another page after a deed; ``said`` is shown there, once.

        ``undo`` is the path whose POST takes the deed back.
        """
        if self.is_htmx:
            response = Response(status_code=204, headers={"HX-Redirect": path})
        else:
            response = cast(Response, RedirectResponse(path, status_code=303))
        if said is not None:
            packed = cookies.pack(cookies.Said(said, undo))
            cookies.write(response, "vigie_said", packed, self.house.secure, seconds=120)
        return response

    def keep(self, response: Response, name: cookies.Name, value: str) -> None:
        """Remember a taste in this browser."""
        cookies.write(response, name, value, self.house.secure, seconds=cookies.YEAR)

    def link(self, **changes: str | int | None) -> str:
        """This page's address with some of its query changed; None takes a key away."""
        query = {**dict(self.request.query_params), **changes}
        kept = "&".join(
            f"{quote(key)}={quote(str(value))}" for key, value in query.items() if value is not None
        )
        return f"{self.request.url.path}?{kept}" if kept else self.request.url.path

    @property
    def back(self) -> str:
        """Where a deed of the frame leads back to: this page, or the page whose form was refused
        (``/reviews/5`` of ``/reviews/5/approve``), since its own path answers to forms alone."""
        if self.request.method != "POST":
            return self.link()
        page, _, deed = self.request.url.path.rpartition("/")
        query = self.request.url.query
        return (page or f"/{deed}") + (f"?{query}" if query else "")

    def platform(self, name: str) -> str:
        """A platform's name in the reader's language."""
        return platform_name(name, self.speech, self.house.platforms)

    def told(self, text: str) -> Markup:
        """What a crawler wrote of its visit or its request, in the reader's language."""
        return told(text, self.speech)

    def wake(self, job: str) -> None:
        """Tell the daemon that a job has work now, after the commit."""
        self.house.wake(job)

    def _cookie(self, name: cookies.Name) -> str | None:
        return cookies.read(self.request, name, self.house.secure)


def enter(request: Request) -> Iterator[Context]:
    """The context of a request; its rows are closed when the page is made."""
    with open_context(request) as context:
        yield context


@contextmanager
def open_context(request: Request) -> Iterator[Context]:
    """Who asks, read first by a session that holds nobody up."""
    house: House = request.app.state.house
    now = house.clock()
    with readers(house.engine)() as reading:
        browser, person = _who(request, house, reading, now) or (None, None)
        if browser is not None and browsers.wants_renewal(browser, now):
            reading.commit()  # a rollback would forget the two rows
            with sessions(house.engine)() as renewing:
                browsers.renew_session(renewing, now, browser.id, house.session_lasts)
        if request.method in SAFE_METHODS:
            yield _context(request, house, reading, now, browser, person)
            return
    with sessions(house.engine)() as writing:
        yield _context(request, house, writing, now, browser, person)


Asked = Annotated[Context, Depends(enter, scope="function")]
"""How a page function asks for its context."""


def _who(
    request: Request, house: House, rows: Rows, now: datetime
) -> tuple[Session, Person] | None:
    cookie = cookies.read(request, "vigie", house.secure)
    return browsers.find_session(rows, now, cookie) if cookie else None


def _context(
    request: Request,
    house: House,
    rows: Rows,
    now: datetime,
    browser: Session | None,
    person: Person | None,
) -> Context:
    guest = cookies.read(request, "vigie_form", house.secure) or secrets.token_urlsafe(24)
    taste = {
        name: cookies.read(request, name, house.secure)
        for name in ("vigie_theme", "vigie_language", "vigie_brand")
    }
    brand = _brand(house.config, request.query_params, taste["vigie_brand"])
    language = person.language if person else _language(request, taste["vigie_language"])
    theme = taste["vigie_theme"]
    request.state.context = context = Context(
        request=request,
        house=house,
        session=rows,
        now=now,
        speech=Speech(language, brand.zone),
        brand=brand,
        csrf=browser.csrf if browser else cookies.form_token(guest),
        theme=theme if theme in cookies.THEMES else "auto",
        person=person,
        browser=browser,
        guest=guest,
    )
    return context


def _brand(config: Config, query: Mapping[str, str], kept: str | None) -> Brand:
    for key in (query.get("brand"), kept):
        for brand in config.brands:
            if brand.key == key:
                return brand
    return config.brands[0]


def visitor_taste(request: Request) -> tuple[Speech, str]:
    """How to speak to somebody of whom only the cookies are known, and their theme."""
    house: House = request.app.state.house
    language = cookies.read(request, "vigie_language", house.secure)
    theme = cookies.read(request, "vigie_theme", house.secure)
    return Speech(_language(request, language)), theme if theme in cookies.THEMES else "auto"


def _language(request: Request, kept: str | None) -> str:
    """A visitor's language: what they chose, or what their browser asks for first."""
    if kept in LANGUAGES:
        return kept
    for asked in request.headers.get("accept-language", "").split(","):
        code = asked.split(";")[0].strip().lower()[:2]
        if code in LANGUAGES:
            return code
    return SOURCE_LANGUAGE
