"""``vigie try``: what a platform file finds, without storing anything."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Any

import yaml
from pydantic import ValidationError

from crawlers import contract
from crawlers.contract import FoundReview, Page, Platform, PlatformSettings, SourceError, Walk
from monitor.config import Collecting
from monitor.installation import open_web


class TrialError(Exception):
    """The trial could not be made; the message says why."""


def trial(
    collecting: Collecting, name: str, given: list[str], pages: int, allow_private: bool
) -> Iterator[str]:
    """JSON lines of the first pages of a platform, a review once. Raises TrialError."""
    platform = find_platform(name)
    settings = settings_of(platform, given)
    try:
        with open_web(collecting, allow_private=allow_private) as web:
            walk = platform.source(settings, web).pages({}, Walk.FULL)
            shown: set[str] = set()
            for page in islice(walk, pages):
                fresh = [one for one in page.reviews if one.external_id not in shown]
                shown |= {one.external_id for one in fresh}
                yield from map(_line, fresh)
                _check(page)
    except SourceError as error:
        raise TrialError(f"{error.fault.value}: {error.detail}") from error


def find_platform(name: str) -> Platform:
    """The platform of that name, or TrialError naming those there are."""
    try:
        return contract.load(name)
    except KeyError as error:
        names = ", ".join(contract.names())
        raise TrialError(f"there is no platform “{name}”; there are: {names}") from error


def settings_of(platform: Platform, given: list[str]) -> PlatformSettings:
    """Settings from ``key=value``: a value is text, or YAML where text does not do."""
    values: dict[str, Any] = {}
    for one in given:
        key, equals, value = one.partition("=")
        if not equals:
            raise TrialError(f"“{one}”: write settings as key=value")
        values[key] = value
    try:
        return platform.settings.model_validate(values)
    except ValidationError as error:
        wrong = {str(one["loc"][0]) for one in error.errors() if one["loc"]}
    try:
        read = {key: yaml.safe_load(values[key]) for key in wrong & values.keys()}
        return platform.settings.model_validate(values | read)
    except (ValidationError, yaml.YAMLError) as error:
        raise TrialError(_problems(error)) from error


def _problems(error: ValidationError | yaml.YAMLError) -> str:
    if isinstance(error, yaml.YAMLError):
        return f"a setting cannot be read: {error}"
    return "\n".join(
        f"{'.'.join(map(str, one['loc']))}: {one['msg'][0].lower()}{one['msg'][1:]}"
        for one in error.errors(include_input=False, include_url=False)
    )


def _check(page: Page) -> None:
    if page.rejected:
        raise TrialError("\n".join(f"{one.place}: {one.reason}" for one in page.rejected))


def _line(review: FoundReview) -> str:
    reply = review.reply
    return json.dumps(
        {
            "external_id": review.external_id,
            "url": review.url,
            "author": review.author,
            "title": review.title,
            "text": review.text,
            "language": review.language,
            "stars": review.stars,
            "written_at": _iso(review.written_at),
            "edited_at": _iso(review.edited_at),
            "verified": review.verified,
            "location": review.location,
            "reply": reply and {"text": reply.text, "published_at": _iso(reply.published_at)},
        },
        ensure_ascii=False,
    )


def _iso(at: datetime | None) -> str | None:
    return at.isoformat().replace("+00:00", "Z") if at else None
