"""Pages in the shape of Trustpilot's public ones: ``__NEXT_DATA__``, JSON-LD, and HTML to read.

The shape was read from recorded pages of 2024 and 2025; everything shown here is invented.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from monitor.demo.scene import Shown

DOMAIN = "maison-lumen.example"
BRAND = "Maison Lumen"
UNIT = "64b1f0c2a9d3e85f7c201851"
PER_PAGE = 20
NAMES = {
    "fr": "français",
    "en": "English",
    "de": "Deutsch",
    "es": "español",
    "it": "italiano",
    "nl": "Nederlands",
}
STAR_NAMES = ("one", "two", "three", "four", "five")
TITLE_MADE_OF = 45
"""Characters of the text that become a title where the author gave none."""


def iso(at: datetime | None) -> str | None:
    """A time as the platform writes it."""
    if at is None:
        return None
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def title_of(shown: Shown) -> str:
    """The author's title, or one made from the text, cut short, as the platform does."""
    if shown.title or len(shown.text) <= TITLE_MADE_OF:
        return shown.title or shown.text
    return shown.text[:TITLE_MADE_OF].rsplit(" ", 1)[0] + "…"


def rating(shown: Sequence[Shown]) -> float:
    """The mean of the stars with one decimal; 0 without reviews."""
    return round(sum(one.stars for one in shown) / len(shown), 1) if shown else 0.0


def page_data(everything: Sequence[Shown], languages: str, page: int) -> dict[str, Any]:
    """What ``__NEXT_DATA__`` holds for one page, in the newest generation's shape."""
    chosen = in_languages(everything, languages)
    start = (page - 1) * PER_PAGE
    props = {
        "pageUrl": f"/review/{DOMAIN}",
        "businessUnit": _unit(everything),
        "reviews": [_review(one) for one in chosen[start : start + PER_PAGE]],
        "relevantReviews": [],
        "products": [],
        "filters": _filters(everything, chosen, languages, page),
        "aiSummary": None,
    }
    return {"props": {"pageProps": props}, "page": "/review/[businessUnit]", "query": {}}


def in_languages(everything: Sequence[Shown], languages: str) -> list[Shown]:
    """The reviews of one language, or of "all"."""
    return [one for one in everything if languages in ("all", one.review.language)]


def pages_of(chosen: Sequence[Shown]) -> int:
    """How many pages these reviews fill; 1 at least."""
    return max(1, -(-len(chosen) // PER_PAGE))


def linked_data(everything: Sequence[Shown], reviews: Sequence[Shown], home: str) -> dict[str, Any]:
    """The JSON-LD of a page: one ``@graph``; owner replies are not in it."""
    place = f"{home}/#/schema/Organization/{DOMAIN}"
    business = {
        "@type": "LocalBusiness",
        "@id": place,
        "name": BRAND,
        "aggregateRating": {
            "@type": "AggregateRating",
            "ratingValue": str(rating(everything)),
            "reviewCount": str(len(everything)),
        },
    }
    nodes = [_linked_review(one, place, home) for one in reviews]
    return {"@context": "https://schema.org", "@graph": [business, *nodes]}


def embedded(data: Any) -> str:
    """JSON that can stand inside a script element, whatever the reviews say."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _unit(everything: Sequence[Shown]) -> dict[str, Any]:
    score = rating(everything)
    return {
        "id": UNIT,
        "displayName": BRAND,
        "identifyingName": DOMAIN,
        "numberOfReviews": len(everything),
        "trustScore": score,
        "stars": round(score * 2) / 2,
        "websiteUrl": f"https://{DOMAIN}",
        "websiteTitle": DOMAIN,
        "isClaimed": True,
        "isClosed": False,
        "contactInfo": {"email": f"bonjour@{DOMAIN}", "city": "Lyon", "country": "FR"},
    }


def _filters(
    everything: Sequence[Shown], chosen: Sequence[Shown], languages: str, page: int
) -> dict[str, Any]:
    return {
        "hasActiveFilters": False,
        "totalNumberOfReviews": len(everything),
        "totalNumberOfFilteredReviews": len(chosen),
        "pagination": {
            "currentPage": page,
            "perPage": PER_PAGE,
            "totalCount": len(chosen),
            "totalPages": pages_of(chosen),
        },
        "selected": {"languages": languages, "stars": None, "search": None, "sort": "recency"},
        "reviewStatistics": {
            "hasMultipleLanguages": True,
            "reviewLanguages": _language_counts(everything),
            "ratings": star_counts(everything),
        },
    }


def _language_counts(everything: Sequence[Shown]) -> list[dict[str, Any]]:
    counts = Counter(one.review.language for one in everything)
    rows = [("all", len(everything), "all")]
    rows += [(code, counts[code], NAMES.get(code, code)) for code in sorted(counts)]
    return [
        {"isoCode": code, "reviewCount": count, "displayName": name} for code, count, name in rows
    ]


def star_counts(everything: Sequence[Shown]) -> dict[str, int]:
    """How many reviews of each number of stars, and ``total``."""
    counts = Counter(one.stars for one in everything)
    numbered = {name: counts[number] for number, name in enumerate(STAR_NAMES, 1)}
    return {"total": len(everything), **numbered}


def _review(shown: Shown) -> dict[str, Any]:
    review = shown.review
    return {
        "id": review.id,
        "filtered": False,
        "pending": False,
        "text": shown.text,
        "rating": shown.stars,
        "labels": {"merged": None, "verification": _verification(shown)},
        "title": title_of(shown),
        "likes": review.likes,
        "source": source_of(shown),
        "dates": {
            "experiencedDate": iso(review.written_at),
            "publishedDate": iso(review.written_at),
            "updatedDate": iso(shown.edited_at),
            "submittedDate": None,
        },
        "report": None,
        "hasUnhandledReports": False,
        "consumer": _consumer(shown),
        "reply": _reply(shown),
        "productReviews": [],
        "language": review.language,
        "location": {"id": review.location.lower(), "name": review.location}
        if review.location
        else None,
    }


def source_of(shown: Shown) -> str:
    """How the review came about, in the platform's words."""
    return "AFSv2" if shown.review.invited else "Organic"


def _verification(shown: Shown) -> dict[str, Any]:
    level = "not-verified"
    if shown.review.verified:
        level = "invited" if shown.review.invited else "verified"
    return {
        "isVerified": shown.review.verified,
        "createdDateTime": iso(shown.review.written_at),
        "reviewSourceName": source_of(shown),
        "verificationSource": "invitation",
        "verificationLevel": level,
        "hasDachExclusion": False,
    }


def _consumer(shown: Shown) -> dict[str, Any]:
    return {
        "id": shown.review.author_id,
        "displayName": shown.review.author,
        "imageUrl": "",
        "numberOfReviews": shown.review.others + 1,
        "countryCode": shown.review.country,
        "hasImage": False,
        "isVerified": False,
    }


def _reply(shown: Shown) -> dict[str, Any] | None:
    if shown.reply is None:
        return None
    return {
        "message": shown.reply.text,
        "publishedDate": iso(shown.reply.published_at),
        "updatedDate": None,
    }


def _linked_review(shown: Shown, place: str, home: str) -> dict[str, Any]:
    return {
        "@type": "Review",
        "@id": f"{home}/#/schema/Review/{DOMAIN}/{shown.review.id}",
        "itemReviewed": {"@id": place},
        "author": {"@type": "Person", "name": shown.review.author},
        "datePublished": iso(shown.review.written_at),
        "headline": title_of(shown),
        "reviewBody": shown.text,
        "reviewRating": {
            "@type": "Rating",
            "bestRating": "5",
            "worstRating": "1",
            "ratingValue": str(shown.stars),
        },
        "inLanguage": shown.review.language,
    }
