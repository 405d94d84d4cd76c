"""Emoji, punctuation and courtesies added to texts while a network learns, so that it hears the
words.

In the project's own reviews an emoji nearly always fits the feeling, and who thanks is content; a
network taught by them alone calls any text positive that ends in a flame, or in "merci". What a
mark says on its own stays known from the reviews that were written with it.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace

import torch
from courtesies import CLOSINGS, OPENINGS
from examples import Prepared
from tokenizers import Tokenizer
from torch import Tensor

GLAD = "😊 😍 ❤️ 👍 🙏 😀 🥰 👏 🤩 💪 ✨ 😋 😘 🎉 💯 ⭐ :) :-) ;) <3 ☺️ 👌".split()  # noqa: SIM905
CROSS = "😡 🤬 😠 👎 😤 😢 😭 😞 😒 🙄 🤮 💩 😔 :( :-( :/ 🤦 😩 ❌ 😕".split()  # noqa: SIM905
LOUD = "🔥 💥 😱 😂 🤣 😅 🙈 😳 🤔 👀 ⚠️ 🚨 🤷 😮 🥵 ! !! !!! ... ?! ?? ?".split()  # noqa: SIM905
CHANCES = {"glad": (0.45, 0.10, 0.45), "cross": (0.20, 0.35, 0.45), "none": (0.25, 0.25, 0.50)}
"""What of GLAD, CROSS and LOUD a text with such stars gets: thanks stand under complaints as well,
anger seldom under praise."""
MOST = 128
"""Pieces of a text, with what is added."""


class Marks:
    """The marks in pieces, and where they are put. Every call draws anew."""

    def __init__(self, tokenizer: Tokenizer, seed: int) -> None:
        self._chance = random.Random(seed)
        self._kinds = [
            [way for mark in kind for way in _ways(tokenizer, mark)] for kind in (GLAD, CROSS, LOUD)
        ]
        self._courtesies = [
            {
                language: [_ways(tokenizer, one)[0] for one in said]
                for language, said in part.items()
            }
            for part in (OPENINGS, CLOSINGS)
        ]
        self._ends = {tokenizer.token_to_id(end) for end in (".", "!", "?", "…", ",")}

    def some(self, items: Sequence[Prepared], share: float) -> list[Prepared]:
        """The items, so many of them with courtesies and so many with marks; those are copies."""
        return [self._with(item, share) for item in items]

    def _with(self, item: Prepared, share: float) -> Prepared:
        if self._chance.random() < share:
            item = self._courteous(item)
        return self._marked(item) if self._chance.random() < share else item

    def _courteous(self, item: Prepared) -> Prepared:
        """With an opening, a closing or both, in the text's language."""
        opens, closes = self._chance.choice(((1, 0), (0, 1), (0, 1), (1, 1)))
        for wanted, part, at in ((opens, 0, 1), (closes, 1, -1)):
            said = self._chance.choice(self._courtesies[part][item.language])
            if wanted and len(item.ids) + len(said) <= MOST:
                item = put(item, at % len(item.ids), said)
        return item

    def _marked(self, item: Prepared) -> Prepared:
        """One to three marks alike or not, mostly at the end; labels and answers stay."""
        for _ in range(self._chance.choice((1, 1, 2))):
            (kind,) = self._chance.choices(self._kinds, CHANCES[_feeling(item.stars)])
            mark = self._chance.choice(kind) * self._chance.choice((1, 1, 1, 2, 3))
            if len(item.ids) + len(mark) <= MOST:
                item = put(item, self._place(item.ids.tolist()), mark)
        return item

    def _place(self, ids: Sequence[int]) -> int:
        """Before which piece: the closing one, the first, or one after a stop."""
        drawn = self._chance.random()
        stops = [n + 1 for n, piece in enumerate(ids[:-1]) if n and piece in self._ends]
        if drawn < 0.25 and stops:
            return self._chance.choice(stops)
        return 1 if 0.25 <= drawn < 0.32 else len(ids) - 1


def put(item: Prepared, at: int, mark: Sequence[int]) -> Prepared:
    """A copy with pieces before that number: they carry no label, and no state is taught there."""

    def widened(rows: Tensor, value: float) -> Tensor:
        return torch.cat([rows[:at], rows.new_full((len(mark), *rows.shape[1:]), value), rows[at:]])

    taught = item.taught
    if taught is not None:
        pieces, states = widened(taught.pieces, NOWHERE), widened(taught.states, 0.0)
        taught = taught._replace(pieces=pieces, states=states)
    labels = None if item.labels is None else widened(item.labels, 0.0)
    ids = torch.cat([item.ids[:at], torch.tensor(mark), item.ids[at:]])
    return replace(item, ids=ids, labels=labels, taught=taught)


NOWHERE = -12.0
"""Log-odds of a label in a mark. States of zeros pull nowhere: their likeness has no slope."""


def _ways(tokenizer: Tokenizer, mark: str) -> list[list[int]]:
    """The pieces of a mark after a space, and right after a word."""
    apart: list[int] = tokenizer.encode(mark, add_special_tokens=False).ids
    joined: list[int] = tokenizer.encode("a" + mark, add_special_tokens=False).ids
    return [apart, joined[1:] or apart]


def _feeling(stars: Tensor) -> str:
    kind: Mapping[int, str] = {0: "cross", 1: "cross", 3: "glad", 4: "glad"}
    return kind.get(int(stars.argmax()), "none")
