"""The cursor of a Mastodon source, unfolded."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from crawlers.contract import Cursor

REMEMBERED_AT_MOST = 2000
"""Recent posts that are asked for again; more would not fit the server's number of requests."""


@dataclass
class Standing:
    """Where one stream stands: read down to ``through``; ``below`` while a walk is cut short."""

    through: datetime | None = None
    top: datetime | None = None
    below: str | None = None
    done: bool = False
    """Read to its end in the walk that goes on."""

    def meet(self, listed_at: datetime, now: datetime) -> None:
        """Note the newest entry; a time in the future would hide what comes until then."""
        if self.top is None or listed_at > self.top:
            self.top = min(listed_at, now)

    def finish(self) -> None:
        """The walk of this stream has reached its floor."""
        newest = [when for when in (self.through, self.top) if when]
        self.through, self.top, self.below = max(newest, default=None), None, None
        self.done = True


@dataclass
class Position:
    """Where every stream stands, and the recent posts with the day they were written."""

    streams: dict[str, Standing] = field(default_factory=dict)
    recent: dict[str, datetime] = field(default_factory=dict)
    missing: set[str] = field(default_factory=set)
    """Recent posts that were not there at the last visit; told gone once more before forgotten."""

    @classmethod
    def of(cls, cursor: Cursor) -> Position:
        """The position a cursor holds."""
        return cls(
            {
                key: Standing(_time(one.get("through")), _time(one.get("top")), one.get("below"))
                if not one.get("done")
                else Standing(_time(one.get("through")), done=True)
                for key, one in cursor.get("streams", {}).items()
            },
            {key: datetime.fromisoformat(when) for key, when in cursor.get("recent", {}).items()},
            set(cursor.get("missing", ())),
        )

    def end_walk(self, keys: set[str], since: datetime) -> None:
        """Forget streams no longer configured and posts written before ``since``."""
        self.streams = {key: one for key, one in self.streams.items() if key in keys}
        for standing in self.streams.values():
            standing.done = False
        kept = sorted(
            ((when, key) for key, when in self.recent.items() if when >= since), reverse=True
        )
        self.recent = {key: when for when, key in kept[:REMEMBERED_AT_MOST]}
        self.missing &= self.recent.keys()

    def cursor(self) -> dict[str, Any]:
        """The position as JSON."""
        return {
            "streams": {key: _standing(one) for key, one in self.streams.items()},
            "recent": {key: when.isoformat() for key, when in self.recent.items()},
            "missing": sorted(self.missing),
        }


def _standing(one: Standing) -> dict[str, Any]:
    told: dict[str, Any] = {
        "through": one.through and one.through.isoformat(),
        "top": one.top and one.top.isoformat(),
        "below": one.below,
        "done": one.done,
    }
    return {name: value for name, value in told.items() if value}


def _time(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None
