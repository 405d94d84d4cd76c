"""What an HTTP answer that is not a success means, in the words of the contract."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import responses
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from crawlers.contract import Fault, SourceError

CHALLENGE_HEADERS = {
    "cf-mitigated": ("challenge",),
    "x-amzn-waf-action": ("challenge", "captcha"),
}
CHALLENGE = re.compile(
    rb"captcha|challenge-platform|cf-chl|<title>just a moment|are you a (?:robot|human)"
    rb"|verify(?:ing)? (?:that )?you are (?:a )?human|_incapsula_resource|datadome",
    re.IGNORECASE,
)
LOOKED_AT = 100_000
"""Bytes of a page that are searched for a challenge."""
EPOCH_FROM = 1_000_000_000
"""A rate-limit reset above this is a time, below it a number of seconds."""
WORDS_AT_MOST = 300
FAULT_OF_STATUS = {
    401: Fault.REFUSED,
    403: Fault.REFUSED,
    404: Fault.MISSING,
    408: Fault.TIMED_OUT,
    410: Fault.MISSING,
    429: Fault.THROTTLED,
    451: Fault.REFUSED,
}


def refusal(
    url: str,
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    secrets: Iterable[str] = (),
) -> SourceError | None:
    """The error an answer stands for, or None for a success. Header names are lower case."""
    captcha = is_challenge(status, headers, body)
    if 200 <= status < 300 and not captcha:
        return None
    return SourceError(
        Fault.CAPTCHA if captcha else fault_of(status),
        _detail(status, headers, body, secrets, captcha),
        url=bare(url),
        status=status,
        retry_after=retry_after(headers),
    )


def is_challenge(status: int, headers: Mapping[str, str], body: bytes) -> bool:
    """True for a page that asks whether we are a person. We are not, and stop."""
    if any(headers.get(name, "").lower() in asked for name, asked in CHALLENGE_HEADERS.items()):
        return True
    return status in (401, 403, 429, 503) and _is_html(headers, body) and shows_challenge(body)


def shows_challenge(body: bytes) -> bool:
    """True when the words of a captcha or of a bot check stand in a page."""
    return CHALLENGE.search(body[:LOOKED_AT]) is not None


def fault_of(status: int) -> Fault:
    """The fault an HTTP status stands for; an unforeseen 3xx or 4xx means the way in changed."""
    if status >= 500:
        return Fault.UNAVAILABLE
    return FAULT_OF_STATUS.get(status, Fault.CHANGED)


def bare(url: str) -> str:
    """A URL without what may be secret: user, password, query, fragment."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait as the platform asks (RFC 9110 Retry-After, else a rate-limit reset).

    Times are measured from the platform's own Date, so that a wrong clock here does no harm.
    """
    value = headers.get("retry-after")
    if value is None and headers.get("x-ratelimit-remaining", "0").strip() in ("", "0"):
        value = headers.get("x-ratelimit-reset")
    if value is None:
        return None
    since = _moment(headers.get("date", "")) or datetime.now(UTC)
    if re.fullmatch(r"\d+(\.\d+)?", value.strip()):
        seconds = float(value)
        return seconds if seconds < EPOCH_FROM else max(0.0, seconds - since.timestamp())
    until = _moment(value)
    return None if until is None else max(0.0, (until - since).total_seconds())


def _moment(value: str) -> datetime | None:
    for parse in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            moment = parse(value.strip())
        except ValueError:
            continue
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return None


def _detail(
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    secrets: Iterable[str],
    captcha: bool,
) -> str:
    if captcha:
        return "the platform asks for a captcha or a bot check; none is ever evaded"
    detail = f"the platform answered {status} {responses.get(status, '')}".rstrip()
    words = "" if _is_html(headers, body) else hide(platform_words(body), secrets)
    return f"{detail}: {words}" if words else detail


def _is_html(headers: Mapping[str, str], body: bytes) -> bool:
    return "html" in headers.get("content-type", "") or body.lstrip()[:1] == b"<"


def platform_words(body: bytes) -> str:
    """What the platform itself says went wrong, from the JSON error shapes in common use."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    words = _words(answer, depth=4)
    return words if len(words) <= WORDS_AT_MOST else words[: WORDS_AT_MOST - 1] + "…"


def _words(answer: Any, depth: int) -> str:
    if isinstance(answer, str):
        return " ".join(answer.split())
    if depth == 0:
        return ""
    if isinstance(answer, list):
        return "; ".join(filter(None, (_words(entry, depth - 1) for entry in answer[:5])))
    if not isinstance(answer, dict):
        return ""
    for key in ("message", "error_description", "detail", "details", "error", "errors", "title"):
        if words := _words(answer.get(key), depth - 1):
            return words
    return ""


def hide(text: str, secrets: Iterable[str]) -> str:
    """The text with every secret blotted out, should the platform or a log repeat one."""
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, "•••")
    return text
