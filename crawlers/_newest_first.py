"""Where a walk through numbered pages, newest review first, stands between two pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Self

from crawlers.contract import Cursor, FoundReview, Walk


@dataclass(kw_only=True)
class NewestFirst:
    """Progress of one walk.

    ``known`` is the newest review of the last walk that ended; it moves only when a walk ends,
    so a walk that was killed is taken up at the page it last finished, which is read again:
    new reviews may have pushed others down across its end.
    """

    walk: Walk
    overlap: timedelta
    known: datetime | None = None
    page: int = 1
    """The page to read now."""
    _newest: datetime | None = None
    _before: int = 0
    """Reviews seen on the pages before this process's first."""
    _earlier: int = 0
    """Distinct reviews seen before the page that was added last."""
    _seen: set[str] = field(default_factory=set)

    @classmethod
    def resume(cls, cursor: Cursor, walk: Walk, overlap: timedelta) -> Self:
        """The walk that a cursor stands in the middle of, or a fresh one."""
        kept: dict[str, Any] = cursor.get("walk") or {}
        if kept.get("kind") != walk:
            kept = {}
        return cls(
            walk=walk,
            overlap=overlap,
            known=_time(cursor.get("newest")),
            page=kept.get("page", 1),
            _newest=_time(kept.get("newest")),
            _before=kept.get("before", 0),
        )

    @property
    def count(self) -> int:
        """Distinct reviews seen since the walk began."""
        return self._before + len(self._seen)

    def repeats(self, reviews: Sequence[FoundReview]) -> bool:
        """True for a page that shows nothing this walk has not seen."""
        return bool(reviews) and all(one.external_id in self._seen for one in reviews)

    def add(self, reviews: Sequence[FoundReview]) -> None:
        """Take note of the page that ``page`` names."""
        self._earlier = self.count
        self._seen |= {one.external_id for one in reviews}
        times = [one.written_at for one in reviews] + [t for t in (self._newest,) if t]
        self._newest = max(times, default=None)

    def reached_known(self, reviews: Sequence[FoundReview]) -> bool:
        """True when a NEW walk has come past what the last walk saw, overlap included."""
        if self.walk is Walk.FULL or self.known is None or not reviews:
            return False
        return all(one.written_at < self.known - self.overlap for one in reviews)

    def cursor(self, *, ended: bool) -> dict[str, Any]:
        """The cursor to commit with the page that was added last."""
        if ended:
            times = [moment for moment in (self.known, self._newest) if moment]
            return {"newest": _text(max(times, default=None))}
        return {
            "newest": _text(self.known),
            "walk": {
                "kind": self.walk.value,
                "page": self.page,
                "newest": _text(self._newest),
                "before": self._earlier,
            },
        }


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
