"""Trustpilot: the Business API where a key is configured, else the public pages.

Newest first. A NEW walk stops after the first page that is wholly older than what is known less
``reread_days``; edits of older reviews are found by FULL walks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal
from urllib.parse import quote

from pydantic import Field, SecretStr, field_validator, model_validator

from crawlers._newest_first import NewestFirst
from crawlers._posting import looking_failed, posting_failed
from crawlers._trustpilot.api import PER_PAGE, Api, reply_of, review_of
from crawlers._trustpilot.page import page_url, parse_page, read_each
from crawlers.contract import (
    Cursor,
    Fault,
    FoundReply,
    FoundReview,
    Page,
    PlatformSettings,
    Posted,
    Publisher,
    PublishError,
    PublishOutcome,
    RejectedRow,
    ReplyLimit,
    ReplyToPost,
    Source,
    SourceError,
    Walk,
)
from crawlers.spider import Parsed, crawl
from crawlers.web import Web

LABEL = "Trustpilot"
KIND = "reviews"


class Settings(PlatformSettings):
    """A brand's page on Trustpilot, and the keys to its Business API if there are any."""

    domain: str
    """As in its Trustpilot address: www.brand.example."""
    base_url: str = "https://www.trustpilot.com"
    api_base_url: str = "https://api.trustpilot.com/v1"
    business_unit_id: str | None = None
    """Found by the domain when left out."""
    api_key: SecretStr | None = None
    api_secret: SecretStr | None = None
    access_token: SecretStr | None = None
    """A bearer token made elsewhere, in place of key and secret; it lasts 100 hours."""
    author_business_user_id: str | None = None
    """The Trustpilot Business user in whose name replies are posted."""
    reply_limit: int | None = Field(None, ge=1)
    """Characters; Trustpilot publishes no limit."""
    reread_days: int = Field(14, ge=0)
    read: Literal["api", "pages"] = "api"
    """"pages" reads the public pages even where the Business API is configured (for replies)."""

    @field_validator("domain")
    @classmethod
    def _as_in_its_address(cls, domain: str) -> str:
        if not re.fullmatch(r"[^\s/?#]+", domain):
            raise ValueError(
                "domain is what follows /review/ in the Trustpilot address: www.brand.example"
            )
        return domain

    @field_validator("base_url", "api_base_url")
    @classmethod
    def _without_slash(cls, url: str) -> str:
        return url.rstrip("/")

    @model_validator(mode="after")
    def _whole_credentials(self) -> Settings:
        if (self.api_key is None) != (self.api_secret is None) and not self.access_token:
            raise ValueError("api_key and api_secret belong together: give both or neither")
        if self.access_token and not (self.business_unit_id or self.api_key):
            raise ValueError("access_token needs business_unit_id (or api_key to find it)")
        return self

    @property
    def has_api(self) -> bool:
        """True when the Business API can be used."""
        return bool(self.access_token or (self.api_key and self.api_secret))


def source(settings: Settings, web: Web) -> Source:
    """The Business API where it is configured, else the public pages."""
    if settings.has_api and settings.read == "api":
        return ApiReviews(settings, web)
    return PublicPages(settings, web)


def publisher(settings: Settings, web: Web) -> Publisher | None:
    """Posts through the Business API; None when it is not configured."""
    return Replies(settings, web) if settings.has_api else None


class PublicPages:
    """Reviews from the public pages, in every language."""

    def __init__(self, settings: Settings, web: Web) -> None:
        self._web = web
        self._url = f"{settings.base_url}/review/{quote(settings.domain)}"
        self._overlap = timedelta(days=settings.reread_days)

    def pages(self, cursor: Cursor, walk: Walk) -> Iterator[Page]:
        """Pages of about 20 reviews."""
        walked = NewestFirst.resume(cursor, walk, self._overlap)
        try:
            yield from self._read(walked)
        except SourceError as error:
            if error.fault is not Fault.MISSING or walked.page == 1:
                raise
            note = f"Trustpilot shows no page {walked.page}, though its counter says there is one"
            yield Page(reviews=(), cursor=walked.cursor(ended=True), note=note)

    def _read(self, walked: NewestFirst) -> Iterator[Page]:
        for crawled in crawl([page_url(self._url, walked.page)], parse_page, self._web):
            page, ended = _page(walked, _shown(crawled.parsed))
            yield page
            if ended:
                return
            walked.page += 1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """One page as either way of reading tells it."""

    reviews: tuple[FoundReview, ...]
    rejected: Sequence[Sequence[str]]
    last: bool
    total: int | None
    """What Trustpilot holds."""
    listed: int | None
    """What it says this list holds; smaller when it keeps to one language."""
    rating: float | None
    languages: str = "all"
    newest_first: bool = True


def _shown(parsed: Parsed) -> _Shown:
    facts = parsed.facts
    return _Shown(
        reviews=parsed.reviews,
        rejected=facts["rejected"],
        last=parsed.next_url is None,
        total=facts["total"],
        listed=facts["listed"],
        rating=facts["rating"],
        languages=facts["languages"],
        newest_first=facts["sort"] == "recency",
    )


def _page(walked: NewestFirst, shown: _Shown) -> tuple[Page, bool]:
    """One page of the walk, and whether the walk ends with it."""
    if not shown.reviews and (walked.page == 1 or not shown.last):
        _refuse_empty(walked, shown.total or shown.listed)
    repeated = walked.repeats(shown.reviews)
    known = shown.newest_first and walked.reached_known(shown.reviews)
    walked.add(shown.reviews)
    ended = repeated or known or shown.last
    note = _why_incomplete(walked, shown, repeated) if ended and not known else None
    page = Page(
        reviews=shown.reviews,
        cursor=walked.cursor(ended=ended),
        expected=shown.total,
        rating=shown.rating,
        rejected=tuple(RejectedRow(place=place, reason=why) for place, why in shown.rejected),
        complete=ended and note is None and walked.walk is Walk.FULL,
        note=note,
    )
    return page, ended


def _why_incomplete(walked: NewestFirst, shown: _Shown, repeated: bool) -> str | None:
    """Why the last page does not prove that everything was seen; None when it does."""
    if shown.languages != "all":
        return (
            f"Trustpilot showed reviews in {shown.languages!r} only, "
            f"{walked.count} of {shown.total}, though every language was asked for"
        )
    if repeated:
        return f"Trustpilot shows no more than {walked.count} reviews: page {walked.page} repeats"
    if shown.rejected:
        return "some reviews could not be read"
    if shown.listed is not None and walked.count < shown.listed:
        return f"Trustpilot counts {shown.listed} reviews and showed {walked.count}"
    return None


def _refuse_empty(walked: NewestFirst, total: int | None) -> None:
    if total or walked.known:
        counted = f"its counter says {total}" if total else "there were some before"
        raise SourceError(Fault.EMPTY, f"Trustpilot showed no reviews although {counted}")


class ApiReviews:
    """Reviews from the Business API."""

    def __init__(self, settings: Settings, web: Web) -> None:
        self._settings = settings
        self._api = _api(settings, web)

    def pages(self, cursor: Cursor, walk: Walk) -> Iterator[Page]:
        """Pages of 100 reviews."""
        settings = self._settings
        walked = NewestFirst.resume(cursor, walk, timedelta(days=settings.reread_days))
        unit_id = settings.business_unit_id or self._api.unit_id(settings.domain)
        total, rating = self._api.unit(unit_id)
        ended = False
        while not ended:
            given = self._api.reviews(unit_id, walked.page)
            reviews, rejected = read_each(given, self._review, walked.page)
            shown = _Shown(
                reviews=reviews,
                rejected=rejected,
                last=len(given) < PER_PAGE,
                total=total,
                listed=total,
                rating=rating,
            )
            page, ended = _page(walked, shown)
            yield page
            walked.page += 1

    def _review(self, given: Any) -> FoundReview:
        return review_of(given, self._settings.base_url)


class Replies:
    """Posts replies through the Business API."""

    def __init__(self, settings: Settings, web: Web) -> None:
        self._settings = settings
        self._api = _api(settings, web)

    def limit(self) -> ReplyLimit:
        """The configured limit, if any."""
        return ReplyLimit(self._settings.reply_limit)

    def publish(self, reply: ReplyToPost) -> Posted:
        """Post, unless the review has a reply already; ours there already is a success."""
        if over := self.limit().exceeded_by(reply.text):
            detail = f"the reply is {over} characters longer than {self._settings.reply_limit}"
            raise PublishError(PublishOutcome.REJECTED, detail)
        try:
            there = self.find(reply)
        except SourceError as error:
            raise looking_failed(error) from error
        if there is None:
            return self._post(reply)
        if _same(there.text, reply.text):
            return Posted(url=reply.review_url, posted_at=there.published_at)
        detail = "this review is already answered on Trustpilot with another text"
        raise PublishError(PublishOutcome.REJECTED, detail)

    def _post(self, reply: ReplyToPost) -> Posted:
        author = self._settings.author_business_user_id
        try:
            self._api.reply(reply.review_id, reply.text, author)
        except SourceError as error:
            raise posting_failed(error) from error
        return Posted(url=reply.review_url)

    def find(self, reply: ReplyToPost) -> FoundReply | None:
        """The reply the review has now, whoever wrote it."""
        return reply_of(self._api.review(reply.review_id))


def _same(there: str, ours: str) -> bool:
    """Platforms trim texts and change line ends; words decide."""
    return there.split() == ours.split()


def _api(settings: Settings, web: Web) -> Api:
    return Api(
        web,
        settings.api_base_url,
        key=_revealed(settings.api_key),
        secret=_revealed(settings.api_secret),
        token=_revealed(settings.access_token),
    )


def _revealed(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None
