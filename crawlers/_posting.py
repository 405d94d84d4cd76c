"""What is known of a reply after the request that was to post it failed."""

from __future__ import annotations

from crawlers.contract import Fault, PublishError, PublishOutcome, SourceError

RIGHTS = frozenset({Fault.REFUSED, Fault.CAPTCHA, Fault.THROTTLED, Fault.SETTINGS})
"""Refused before the reply itself was looked at."""


def posting_failed(error: SourceError) -> PublishError:
    """For an error of the posting request itself."""
    return PublishError(
        _outcome(error), error.detail, fault=error.fault, retry_after=error.retry_after
    )


def looking_failed(error: SourceError) -> PublishError:
    """For an error of a request made before posting: nothing was posted."""
    gone = error.fault is Fault.MISSING
    return PublishError(
        PublishOutcome.REJECTED if gone else PublishOutcome.NOT_POSTED,
        "the review is no longer on the platform" if gone else error.detail,
        fault=error.fault,
        retry_after=error.retry_after,
    )


def _outcome(error: SourceError) -> PublishOutcome:
    if not error.sent or error.fault in RIGHTS:
        return PublishOutcome.NOT_POSTED
    if error.status is not None and 400 <= error.status < 500 and error.status != 408:
        return PublishOutcome.REJECTED
    return PublishOutcome.UNSURE
