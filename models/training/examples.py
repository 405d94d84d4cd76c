"""Examples as the network takes them: pieces, what is right for each, batches of like length."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from corpora import Example
from network import LABELS, Odds
from tokenizers import Tokenizer
from torch import Tensor

TOKENS_A_BATCH = 2048
NEAR = 0.1
"""Weight that a star lends to each neighbour: one star beside is nearly right."""


@dataclass
class Prepared:
    """One example: piece numbers (pieces,), star weights (5,), and what else is known of it."""

    ids: Tensor
    stars: Tensor
    exact: bool
    weight: float
    severity: int | None
    judges: bool | None
    labels: Tensor | None
    """(pieces, LABELS) ones where a piece carries a label; None where nobody labelled topics."""
    language: str = ""
    taught: Odds | None = None
    """What a teacher answered, float16."""


@dataclass
class Batch:
    """Prepared examples side by side, padded."""

    ids: Tensor
    mask: Tensor
    items: list[Prepared]


def star_weights(stars: Sequence[int]) -> Tensor:
    """A known star lends some weight to its neighbours; a known class takes all its stars."""
    target = torch.zeros(5)
    for star in stars:
        target[star - 1] = 1.0
    if len(stars) == 1:
        for beside in (stars[0] - 2, stars[0]):
            if 0 <= beside < 5:
                target[beside] = NEAR
        target /= target.sum()
    return target


def prepare(
    examples: Sequence[Example], tokenizer: Tokenizer, clean_weight: float
) -> list[Prepared]:
    """Cut the texts into pieces and their labelled words with them."""
    encodings = tokenizer.encode_batch([example.text for example in examples])
    return [
        Prepared(
            torch.tensor(encoding.ids),
            star_weights(example.stars),
            len(example.stars) == 1,
            1.0 if example.spans is not None else clean_weight,
            example.severity,
            example.judges,
            piece_labels(example, encoding.offsets),
            example.language,
        )
        for example, encoding in zip(examples, encodings, strict=True)
    ]


def piece_labels(example: Example, offsets: Sequence[tuple[int, int]]) -> Tensor | None:
    """Ones where a piece's characters stand within the words of a label."""
    if example.spans is None:
        return None
    labels = torch.zeros(len(offsets), LABELS)
    for span in example.spans:
        for piece, (start, end) in enumerate(offsets):
            if start < span.end and end > span.start:
                labels[piece, span.label] = 1.0
    return labels


def batches(items: Sequence[Prepared], shuffle: random.Random) -> Iterator[Batch]:
    """Batches of similar lengths and about TOKENS_A_BATCH pieces, in random order."""
    order = sorted(items, key=lambda item: len(item.ids) + shuffle.random() * 8)
    groups: list[list[Prepared]] = [[]]
    for item in order:
        if groups[-1] and (len(groups[-1]) + 1) * len(item.ids) > TOKENS_A_BATCH:
            groups.append([])
        groups[-1].append(item)
    shuffle.shuffle(groups)
    for group in groups:
        ids = torch.nn.utils.rnn.pad_sequence(
            [item.ids for item in group], batch_first=True, padding_value=1
        )
        yield Batch(ids, (ids != 1).long(), group)


def padded(parts: Sequence[Tensor]) -> Tensor:
    """Tensors of different lengths side by side, zeros after the end."""
    return torch.nn.utils.rnn.pad_sequence([part.float() for part in parts], batch_first=True)
