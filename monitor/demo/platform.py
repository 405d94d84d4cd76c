"""The demonstration platform: Trustpilot's public pages and Business API, a social network, and
the mailbox, as one application for loopback.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from monitor.demo import business_api, mailbox, social, social_shapes
from monitor.demo import trustpilot_pages as shape
from monitor.demo.corpus import Post
from monitor.demo.mailbox import Mailbox
from monitor.demo.pages import STYLE, page
from monitor.demo.scene import Posted, Scene

ROBOTS = "User-agent: *\nAllow: /\nDisallow: /courrier\n"


def application(scene: Scene, mails: Mailbox) -> Starlette:
    """Everything that the demonstration serves."""
    app = Starlette(
        routes=[
            Route("/", home),
            Route("/robots.txt", robots),
            Route("/demonstration.css", style),
            Route(f"/review/{shape.DOMAIN}", review_page),
            Route("/reviews/{review:str}", one_review),
            *business_api.routes(),
            *social.routes(),
            Route("/tags/{tag:str}", posts_page),
            Route("/@{account:str}", posts_page),
            Route("/@{account:str}/{status:str}", posts_page),
            *mailbox.routes(),
            Route("/{path:path}", missing),
        ],
        # A foreign page whose name resolves to loopback must not read the mailbox.
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"])],
    )
    app.state.scene = scene
    app.state.mailbox = mails
    return app


async def home(_: Request) -> Response:
    """The reviews, in every language."""
    return RedirectResponse(_address(1), 302)


async def robots(_: Request) -> Response:
    """Crawlers may read the reviews."""
    return PlainTextResponse(ROBOTS)


async def style(_: Request) -> Response:
    """How the pages look."""
    return Response(STYLE, media_type="text/css")


async def missing(_: Request) -> Response:
    """There is nothing here."""
    return page("missing.html", status_code=404)


async def review_page(request: Request) -> Response:
    """One page of reviews, newest first. Without ``languages=all``, French ones only."""
    asked = request.query_params
    languages = asked.get("languages", "fr")
    everything = _scene(request).reviews()
    chosen = shape.in_languages(everything, languages)
    number = asked.get("page", "1")
    if not number.isdecimal() or not 1 <= int(number) <= shape.pages_of(chosen):
        return page("missing.html", status_code=404)
    start = (int(number) - 1) * shape.PER_PAGE
    some = chosen[start : start + shape.PER_PAGE]
    return page(
        "reviews.html",
        reviews=some,
        title_of=_own_title,
        counts=_bars(shape.star_counts(everything)),
        rating=shape.rating(everything),
        brand=shape.BRAND,
        number=int(number),
        last=shape.pages_of(chosen),
        address=_address,
        languages=languages,
        data=shape.embedded(shape.page_data(everything, languages, int(number))),
        linked=shape.embedded(shape.linked_data(everything, some, _home(request))),
    )


async def one_review(request: Request) -> Response:
    """One review by itself, with its reply."""
    shown = _scene(request).review(request.path_params["review"])
    if shown is None:
        return page("missing.html", status_code=404)
    return page("review.html", one=shown, title_of=_own_title, brand=shape.BRAND)


async def posts_page(request: Request) -> Response:
    """The social network's posts with the brand's replies; one of them at its own address."""
    scene = _scene(request)
    threads = _threads(scene.posts(), scene.posted())
    wanted = request.path_params.get("status")
    if wanted:
        threads = [one for one in threads if wanted in one.ids()]
    if not threads:
        return page("missing.html", status_code=404)
    return page("posts.html", threads=threads, brand=shape.BRAND, account=social_shapes.ACCOUNT)


@dataclass(frozen=True)
class Thread:
    """A customer's post and what the brand answered."""

    post: Post
    replies: list[Posted]

    def ids(self) -> set[str]:
        """Every post in it."""
        return {self.post.id, *(reply.id for reply in self.replies)}


def _threads(posts: list[Post], posted: list[Posted]) -> list[Thread]:
    return [Thread(post, [one for one in posted if one.in_reply_to == post.id]) for post in posts]


def _scene(request: Request) -> Scene:
    scene: Scene = request.app.state.scene
    return scene


def _home(request: Request) -> str:
    return str(request.base_url).rstrip("/")


def _address(number: int) -> str:
    return f"/review/{shape.DOMAIN}?languages=all&sort=recency&page={number}"


def _own_title(shown: Any) -> str:
    """The author's own title; one made from the text would say it twice."""
    return shown.title or ""


def _bars(counts: dict[str, int]) -> list[tuple[int, int, float]]:
    """Stars, reviews, and their share in percent, five stars first."""
    total = counts["total"] or 1
    named = list(enumerate(shape.STAR_NAMES, 1))
    return [(stars, counts[name], 100 * counts[name] / total) for stars, name in reversed(named)]
