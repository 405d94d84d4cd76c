"""What the demonstration platform holds at a moment: the corpus as time has shaped it, and what
was posted to it. Everything follows from the moment it was first opened and from ``kept.json``.
"""

from __future__ import annotations

import json
import os
import threading
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from monitor.clock import Clock
from monitor.demo import corpus
from monitor.demo.corpus import SEED, Answer, Post, Written


class AlreadyAnsweredError(Exception):
    """The review has a reply of the brand already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A review as the platform shows it now."""

    review: Written
    stars: int
    title: str | None
    text: str
    edited_at: datetime | None
    reply: Answer | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """A reply of the brand on the social network."""

    id: str
    text: str
    in_reply_to: str
    language: str
    posted_at: datetime
    key: str


class Scene:
    """The platform's whole content; safe to ask from several threads.

    ``folder`` keeps what was posted across restarts; deleting it begins the demonstration anew.
    Raises ValueError when what it keeps cannot be read.
    """

    def __init__(self, folder: Path, clock: Clock, seed: int = SEED) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / "kept.json"
        self._clock = clock
        self._lock = threading.Lock()
        self._kept = self._read()
        self._write()
        self.opened_at = datetime.fromisoformat(self._kept["opened_at"])
        self.today = self.opened_at.astimezone(corpus.PARIS).date()
        self._written = corpus.corpus(self.today, seed) + corpus.live(self.opened_at, seed)
        self._posts = corpus.posts(self.today, self.opened_at, seed)

    def now(self) -> datetime:
        """The present, as the demonstration's clock has it."""
        return self._clock()

    def reviews(self) -> list[Shown]:
        """Every review there is now, newest first."""
        now = self._clock()
        there = [review for review in self._written if _is_there(review, now)]
        shown = [self._shown(review, now) for review in there]
        return sorted(shown, key=lambda one: one.review.written_at, reverse=True)

    def review(self, review_id: str) -> Shown | None:
        """One review, or None when there is none of that name (any more)."""
        now = self._clock()
        for review in self._written:
            if review.id == review_id and _is_there(review, now):
                return self._shown(review, now)
        return None

    def answer(self, review_id: str, text: str) -> Answer:
        """Put a reply under a review. KeyError without the review; AlreadyAnsweredError."""
        with self._lock:
            shown = self.review(review_id)
            if shown is None:
                raise KeyError(review_id)
            if shown.reply is not None:
                raise AlreadyAnsweredError(review_id)
            now = self._clock()
            self._kept["replies"][review_id] = {"text": text, "at": now.isoformat()}
            self._write()
        return Answer(text=text, published_at=now)

    def withdraw(self, review_id: str) -> None:
        """Take the reply under a review away. KeyError when there is none."""
        with self._lock:
            shown = self.review(review_id)
            if shown is None or shown.reply is None:
                raise KeyError(review_id)
            self._kept["replies"][review_id] = None
            self._write()

    def posts(self) -> list[Post]:
        """Every customer's post there is now, newest first."""
        now = self._clock()
        return [post for post in reversed(self._posts) if post.written_at <= now]

    def posted(self) -> list[Posted]:
        """The brand's own posts, oldest first."""
        return [
            Posted(**{**row, "posted_at": datetime.fromisoformat(row["posted_at"])})
            for row in self._kept["posts"]
        ]

    def post(self, text: str, in_reply_to: str, language: str, key: str) -> Posted:
        """Post for the brand; a key that was used before gives the post it made."""
        with self._lock:
            for known in self.posted():
                if key and known.key == key:
                    return known
            now = self._clock()
            made = Posted(
                id=str((int(now.timestamp() * 1000) << 16) + len(self._kept["posts"])),
                text=text,
                in_reply_to=in_reply_to,
                language=language,
                posted_at=now,
                key=key,
            )
            row = {name: getattr(made, name) for name in made.__slots__}
            self._kept["posts"].append({**row, "posted_at": now.isoformat()})
            self._write()
        return made

    def remove_post(self, post_id: str) -> None:
        """Delete a post of the brand. KeyError when there is none."""
        with self._lock:
            left = [row for row in self._kept["posts"] if row["id"] != post_id]
            if len(left) == len(self._kept["posts"]):
                raise KeyError(post_id)
            self._kept["posts"] = left
            self._write()

    def _shown(self, review: Written, now: datetime) -> Shown:
        change = review.change if review.change and review.change.at <= now else None
        words = change or review
        return Shown(
            review=review,
            stars=words.stars,
            title=words.title,
            text=words.text,
            edited_at=change.at if change else None,
            reply=self._reply(review, now),
        )

    def _reply(self, review: Written, now: datetime) -> Answer | None:
        if review.id in self._kept["replies"]:
            row = self._kept["replies"][review.id]
            if row is None:
                return None
            return Answer(text=row["text"], published_at=datetime.fromisoformat(row["at"]))
        given = review.answer
        return given if given and given.published_at <= now else None

    def _read(self) -> dict[str, Any]:
        if not self._path.exists():
            return {"opened_at": self._clock().isoformat(), "replies": {}, "posts": []}
        try:
            kept: dict[str, Any] = json.loads(self._path.read_text("utf-8"))
        except ValueError as error:
            advice = f"delete the folder {self._path.parent} to begin the demonstration anew"
            raise ValueError(f"{self._path} cannot be read: {advice}") from error
        return kept

    def _write(self) -> None:
        draft = self._path.with_suffix(".new")
        draft.write_text(json.dumps(self._kept, ensure_ascii=False, indent=1), "utf-8")
        os.replace(draft, self._path)


def _is_there(review: Written, now: datetime) -> bool:
    return review.written_at <= now and (review.gone_at is None or now < review.gone_at)
