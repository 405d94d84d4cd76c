"""Trustpilot's public page of reviews, read from the JSON inside it; pure functions.

Shapes of 2024 and 2025: script ``__NEXT_DATA__``, then ``props.pageProps`` with
``businessUnit``, ``reviews`` and ``filters``. The JSON-LD beside it has neither owner replies
nor edits, so it is no substitute: a page without its data is a page that changed. The shelf
``relevantReviews`` (2025) repeats reviews of the same list and is left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from crawlers.contract import Fault, FoundReply, FoundReview, SourceError
from crawlers.spider import Parsed

NEXT_DATA = re.compile(r'<script[^>]*\bid="__NEXT_DATA__"[^>]*>(.*?)</script>', re.DOTALL)
LINKED_DATA_REVIEW = re.compile(r'"@type"\s*:\s*"Review"')
ORGANIC = "Organic"
"""Trustpilot's name for a review that nobody was invited to write."""


def parse_page(page: str, url: str) -> Parsed:
    """Reviews, next page and counters of one page; SourceError CHANGED or EMPTY."""
    properties = _properties(page)
    given = properties.get("reviews")
    filters, unit = properties.get("filters") or {}, properties.get("businessUnit") or {}
    if not isinstance(given, list):
        raise _changed(page, "pageProps.reviews")
    if not given and LINKED_DATA_REVIEW.search(page):
        raise _changed(page, "the reviews that its JSON-LD shows")
    number = page_number(url)
    reviews, rejected = _reviews(given, url)
    facts = _facts(filters, unit) | {"rejected": rejected}
    last = number >= facts["pages"]
    return Parsed(
        reviews=reviews, next_url=None if last else page_url(url, number + 1), facts=facts
    )


def page_url(url: str, number: int) -> str:
    """The same list at another page; page 1 is the plain address."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query)) | {"languages": "all", "sort": "recency"}
    query.pop("page", None)
    if number > 1:
        query["page"] = str(number)
    return urlunsplit(parts._replace(query=urlencode(query), fragment=""))


def page_number(url: str) -> int:
    """The page that a URL asks for."""
    asked = dict(parse_qsl(urlsplit(url).query)).get("page", "1")
    return int(asked) if asked.isdecimal() else 1


def _properties(page: str) -> Mapping[str, Any]:
    script = NEXT_DATA.search(page)
    if script is None:
        raise _changed(page, "its data (__NEXT_DATA__)")
    try:
        properties = json.loads(script[1])["props"]["pageProps"]
    except (ValueError, KeyError, TypeError) as error:
        raise _changed(page, "readable data (__NEXT_DATA__)") from error
    if not isinstance(properties, dict):
        raise _changed(page, "props.pageProps")
    return properties


def _changed(page: str, what: str) -> SourceError:
    shown = len(LINKED_DATA_REVIEW.findall(page))
    seen = f"; its JSON-LD still shows {shown} reviews" if shown else ""
    return SourceError(Fault.CHANGED, f"Trustpilot's page came without {what}{seen}")


def _facts(filters: Mapping[str, Any], unit: Mapping[str, Any]) -> dict[str, Any]:
    """The counters. ``total`` is what the pages can show in all languages: the business unit's
    own, larger number counts reviews that Trustpilot no longer shows.
    """
    paging, selected = filters.get("pagination") or {}, filters.get("selected") or {}
    listed = paging.get("totalCount")
    total = filters.get("totalNumberOfReviews", listed)
    return {
        "pages": paging.get("totalPages") or 1,
        "listed": listed,
        "total": unit.get("numberOfReviews") if total is None else total,
        "rating": unit.get("trustScore"),
        "languages": selected.get("languages") or "all",
        "sort": selected.get("sort") or "recency",
    }


def _reviews(given: list[Any], url: str) -> tuple[tuple[FoundReview, ...], list[list[str]]]:
    return read_each(given, lambda review: review_of(review, url), page_number(url))


def read_each(
    given: list[Any], read: Callable[[Any], FoundReview], number: int
) -> tuple[tuple[FoundReview, ...], list[list[str]]]:
    """Reviews, and [place, reason] of those that cannot be read; CHANGED when none can."""
    found, rejected = [], []
    for place, review in enumerate(given, start=1):
        try:
            found.append(read(review))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            reason = f"{type(error).__name__}: {error}"
            rejected.append([f"page {number}, review {place}", reason])
    if given and not found:
        raise SourceError(Fault.CHANGED, f"no review can be read any more ({rejected[0][1]})")
    return tuple(found), rejected


def review_of(given: Mapping[str, Any], url: str) -> FoundReview:
    """One review of the page data."""
    dates, consumer = given["dates"], given.get("consumer") or {}
    proof = (given.get("labels") or {}).get("verification") or {}
    text = given.get("text") or ""
    return FoundReview(
        external_id=given["id"],
        written_at=moment(dates["publishedDate"]),
        edited_at=moment_or_none(dates.get("updatedDate")),
        url=review_url(url, given["id"]),
        author=consumer.get("displayName"),
        author_id=consumer.get("id"),
        title=own_title(given.get("title"), text),
        text=text,
        language=given.get("language"),
        stars=stars(given["rating"]),
        verified=proof.get("isVerified"),
        invited=invited(given.get("source") or proof.get("reviewSourceName")),
        location=place_name(given.get("location")),
        reply=_reply(given.get("reply")),
        raw=given,
    )


def _reply(given: Mapping[str, Any] | None) -> FoundReply | None:
    if not given:
        return None
    return FoundReply(
        text=given["message"],
        published_at=moment_or_none(given.get("publishedDate")),
        edited_at=moment_or_none(given.get("updatedDate")),
    )


def review_url(base_url: str, review_id: str) -> str:
    """Where a person sees one review, on the site that ``base_url`` belongs to."""
    parts = urlsplit(base_url)
    return f"{parts.scheme}://{parts.netloc}/reviews/{review_id}"


def own_title(title: str | None, text: str) -> str | None:
    """The title its author gave; None where Trustpilot cut one from the text."""
    if not title or not title.strip():
        return None
    plain, start = " ".join(title.split()), " ".join(text.split())
    cut = plain.endswith("…") and start.startswith(plain[:-1].rstrip())
    return None if cut or plain == start else title


def stars(given: Any) -> int:
    """Stars from 1 to 5; ValueError for anything else."""
    if given not in (1, 2, 3, 4, 5):
        raise ValueError(f"{given!r} is not a rating from 1 to 5")
    return int(given)


def invited(source: str | None) -> bool | None:
    """Whether the brand asked for the review, from Trustpilot's name of its source."""
    return source != ORGANIC if source else None


def place_name(location: Any) -> str | None:
    """The shop or branch a review is about."""
    if isinstance(location, str):
        return location or None
    name = (location or {}).get("name") or (location or {}).get("displayName")
    return str(name) if name else None


def moment(text: str) -> datetime:
    """An aware UTC time; ValueError or TypeError when it is none."""
    parsed = datetime.fromisoformat(text)
    return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def moment_or_none(text: str | None) -> datetime | None:
    """The same for a time that may be missing."""
    return moment(text) if text else None
