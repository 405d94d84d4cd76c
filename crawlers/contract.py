"""What a platform file promises.

A platform is one module of this package; its file name is the platform's name and there is
no registry. It offers::

    LABEL: str                                   # as people write it: "Trustpilot"
    KIND: Kind                                   # "reviews", "posts" or "file"
    class Settings(PlatformSettings): ...        # what a source of it is configured with
    def source(settings, web) -> Source
    def publisher(settings, web) -> Publisher    # only where replies can be posted

A platform without ``publisher`` is answered by hand: copy, open the platform, mark as posted.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import ModuleType
from typing import Any, Literal, Protocol, cast

import regex
from pydantic import BaseModel, ConfigDict

Kind = Literal["reviews", "posts", "file"]
Cursor = Mapping[str, Any]
"""Where a source stands: a JSON object that only its own platform file understands."""

NOT_PLATFORMS = frozenset({"contract", "web", "spider"})


class Walk(StrEnum):
    """How much of a platform a visit reads."""

    NEW = "new"
    """Newest first until what is known, plus an overlap for late and edited records."""
    FULL = "full"
    """Everything the platform shows: the only walk that can prove a review is gone."""


class Fault(StrEnum):
    """Why a platform could not be read or written; each has its remedy on the sources page."""

    SETTINGS = "settings"
    REFUSED = "refused"
    CAPTCHA = "captcha"
    ROBOTS = "robots"
    MISSING = "missing"
    THROTTLED = "throttled"
    UNAVAILABLE = "unavailable"
    TIMED_OUT = "timed_out"
    UNREACHABLE = "unreachable"
    PRIVATE_ADDRESS = "private_address"
    CHANGED = "changed"
    EMPTY = "empty"
    WITHDRAWN = "withdrawn"


PAUSING = frozenset({Fault.REFUSED, Fault.CAPTCHA, Fault.ROBOTS, Fault.SETTINGS, Fault.WITHDRAWN})
"""Faults that time does not mend: the source stops asking until a person looks."""


class SourceError(Exception):
    """A platform could not be read; never to be taken for "no reviews".

    ``detail`` is for people and free of secrets; ``retry_after`` is in seconds, as the platform
    asked. ``sent`` is False when the request certainly never reached the platform.
    """

    def __init__(
        self,
        fault: Fault,
        detail: str,
        *,
        url: str | None = None,
        status: int | None = None,
        retry_after: float | None = None,
        sent: bool = True,
    ) -> None:
        super().__init__(f"{fault}: {detail}")
        self.fault = fault
        self.detail = detail
        self.url = url
        self.status = status
        self.retry_after = retry_after
        self.sent = sent

    @property
    def pauses(self) -> bool:
        """True when only a person can mend it."""
        return self.fault in PAUSING


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundReply:
    """A reply of the brand as the platform shows it."""

    text: str
    published_at: datetime | None = None
    edited_at: datetime | None = None
    external_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundReview:
    """One review or post as the platform shows it now. Times are aware; stars are 1 to 5."""

    external_id: str
    written_at: datetime
    url: str | None = None
    author: str | None = None
    author_id: str | None = None
    title: str | None = None
    text: str = ""
    language: str | None = None
    stars: int | None = None
    edited_at: datetime | None = None
    verified: bool | None = None
    invited: bool | None = None
    location: str | None = None
    reach: int | None = None
    """Followers or likes that tell how far a post carries, where the platform says so."""
    reply: FoundReply | None = None
    raw: Mapping[str, Any] = field(default_factory=dict)
    """The platform's own answer, kept for later re-reading."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedRow:
    """A row that could not be read, told with its place and its reason; never dropped silently."""

    place: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of a walk. ``cursor`` is stored in the same transaction as the reviews."""

    reviews: tuple[FoundReview, ...]
    cursor: Cursor
    expected: int | None = None
    """The platform's own count of everything it holds, where it shows one."""
    rating: float | None = None
    gone: tuple[str, ...] = ()
    """External ids the platform itself declares deleted (a 404 of a known post)."""
    rejected: tuple[RejectedRow, ...] = ()
    complete: bool = False
    """On the last page of a FULL walk: everything the platform holds was seen."""
    note: str | None = None
    """Why a walk that ended well is not complete: "the platform shows 200 reviews at most"."""


class Source(Protocol):
    """Reads one configured account, page, search or file."""

    def pages(self, cursor: Cursor, walk: Walk) -> Iterator[Page]:
        """Yield pages until the walk is done; the cursor is ``{}`` on the first visit.

        A walk that was cut short is taken up again from the last committed cursor. Raises
        SourceError; pages yielded before it stand.
        """
        ...


Unit = Literal["graphemes", "characters", "utf-8 bytes"]


@dataclass(frozen=True, slots=True)
class ReplyLimit:
    """How long a reply may be on a platform; ``most`` None means no limit is known."""

    most: int | None = None
    unit: Unit = "characters"

    def length(self, text: str) -> int:
        """Length of a text in the platform's own unit."""
        if self.unit == "utf-8 bytes":
            return len(text.encode())
        if self.unit == "graphemes":
            return len(regex.findall(r"\X", text))
        return len(text)

    def exceeded_by(self, text: str) -> int:
        """How many units too long the text is; 0 when it fits."""
        return 0 if self.most is None else max(0, self.length(text) - self.most)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyToPost:
    """What a publisher is asked to post. The key makes asking twice harmless where possible."""

    review_id: str
    """The review's external id."""
    text: str
    idempotency_key: str
    review_url: str | None = None
    author: str | None = None
    author_id: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """The platform took the reply; ``visible`` False when it is still moderated there."""

    external_id: str | None = None
    url: str | None = None
    posted_at: datetime | None = None
    visible: bool = True


class PublishOutcome(StrEnum):
    """What is known after a reply could not be confirmed."""

    NOT_POSTED = "not_posted"
    """Certainly not on the platform: trying again later is safe."""
    REJECTED = "rejected"
    """The platform said no to this reply: a person must change something."""
    UNSURE = "unsure"
    """It may be there: only re-reading the platform or a person can tell."""


class PublishError(Exception):
    """A reply was not confirmed. ``retry_after`` is in seconds."""

    def __init__(
        self,
        outcome: PublishOutcome,
        detail: str,
        *,
        fault: Fault | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(f"{outcome}: {detail}")
        self.outcome = outcome
        self.detail = detail
        self.fault = fault
        self.retry_after = retry_after


class Publisher(Protocol):
    """Posts approved replies on one source's platform."""

    def limit(self) -> ReplyLimit:
        """How long a reply may be here; may ask the platform. Raises SourceError."""
        ...

    def publish(self, reply: ReplyToPost) -> Posted:
        """Post the reply, or raise PublishError."""
        ...

    def find(self, reply: ReplyToPost) -> FoundReply | None:
        """Re-read the platform: our reply to this review as it stands, or None. SourceError."""
        ...


class PlatformSettings(BaseModel):
    """Base of every platform's settings: unknown keys are errors, secrets are SecretStr."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True, slots=True)
class Platform:
    """A platform file, loaded."""

    name: str
    module: ModuleType

    @property
    def label(self) -> str:
        """The name as people write it."""
        return cast(str, self.module.LABEL)

    @property
    def kind(self) -> Kind:
        """What it holds: reviews, social posts, or a file of reviews."""
        return cast(Kind, self.module.KIND)

    @property
    def settings(self) -> type[PlatformSettings]:
        """The class its settings are validated by."""
        return cast(type[PlatformSettings], self.module.Settings)

    @property
    def can_reply(self) -> bool:
        """True when the platform file knows how to post."""
        return hasattr(self.module, "publisher")

    def source(self, settings: PlatformSettings, web: Any) -> Source:
        """The reader of one source."""
        make = cast(Callable[[PlatformSettings, Any], Source], self.module.source)
        return make(settings, web)

    def publisher(self, settings: PlatformSettings, web: Any) -> Publisher | None:
        """The poster of replies, or None where replying is done by hand or not configured."""
        if not self.can_reply:
            return None
        make = cast(Callable[[PlatformSettings, Any], "Publisher | None"], self.module.publisher)
        return make(settings, web)


def names() -> list[str]:
    """Every platform there is a file for, in alphabetical order."""
    package = importlib.import_module(__package__ or "crawlers")
    found = (module.name for module in pkgutil.iter_modules(package.__path__))
    return sorted(name for name in found if name not in NOT_PLATFORMS and name[0] != "_")


def load(name: str) -> Platform:
    """The platform of that name; KeyError when there is no such file."""
    if name not in names():
        raise KeyError(name)
    return Platform(name, importlib.import_module(f"{__package__ or 'crawlers'}.{name}"))
