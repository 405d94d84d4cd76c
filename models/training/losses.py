"""What the network is trained to make small."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from examples import Batch, Prepared, padded
from network import LABELS, Odds
from torch import Tensor
from torch.nn import functional

SEVERITY_WEIGHTS = (1.0, 1.5, 2.5)
"""A critical review that is missed costs more than one too many."""
PIECES = 6.0
"""Part of the words that carry a topic, beside the topic itself."""
WARM = 1.5
"""Temperature of what a teacher says: the less likely answers count as well."""


def hard_loss(odds: Odds, batch: Batch) -> Tensor:
    """Against what people labelled."""
    total = stars_loss(odds.stars, batch.items)
    judged = [row for row, item in enumerate(batch.items) if item.severity is not None]
    if judged:
        total = total + severity_loss(odds.severity, batch.items, judged)
        total = total + topics_loss(odds, batch, judged)
        total = total + judges_loss(odds.judges, batch.items, judged)
    return total


def stars_loss(odds: Tensor, items: Sequence[Prepared]) -> Tensor:
    """Cross-entropy on stars, or minus the log of the summed probability of the class."""
    log = torch.log_softmax(odds, dim=1)
    target = torch.stack([item.stars for item in items])
    exact = torch.tensor([item.exact for item in items])
    weight = torch.tensor([item.weight for item in items])
    known = -(target * log).sum(1)
    summed = -torch.logsumexp(log.masked_fill(target == 0, -1e4), dim=1)
    return (torch.where(exact, known, summed) * weight).sum() / len(items)


def severity_loss(odds: Tensor, items: Sequence[Prepared], rows: Sequence[int]) -> Tensor:
    """Weighted cross-entropy over normal, high, critical."""
    right = torch.tensor([items[row].severity for row in rows])
    weights = torch.tensor(SEVERITY_WEIGHTS)
    return functional.cross_entropy(odds[list(rows)], right, weight=weights, reduction="sum") / len(
        items
    )


def judges_loss(odds: Tensor, items: Sequence[Prepared], rows: Sequence[int]) -> Tensor:
    """Twice the binary cross-entropy of whether a business is judged: few are not."""
    right = torch.tensor([[float(bool(items[row].judges))] for row in rows])
    found = odds[list(rows)]
    return (
        2 * functional.binary_cross_entropy_with_logits(found, right, reduction="sum") / len(items)
    )


def topics_loss(odds: Odds, batch: Batch, rows: Sequence[int]) -> Tensor:
    """Binary cross-entropy of each label of the text, and of the pieces that carry it."""
    labels = [item.labels for item in batch.items if item.labels is not None]
    pieces = padded(labels)
    texts = pieces.amax(1)
    count = len(batch.items)
    whole = functional.binary_cross_entropy_with_logits(
        odds.labels[list(rows)], texts, reduction="sum"
    )
    found = odds.pieces[list(rows), : pieces.shape[1], :LABELS]
    each = functional.binary_cross_entropy_with_logits(found, pieces, reduction="none")
    inside = batch.mask[list(rows), : pieces.shape[1], None]
    lengths = inside.sum((1, 2)).clamp(min=1)
    each = ((each * inside).sum((1, 2)) / lengths).sum()
    return (whole / 2 + PIECES * each) / count


def taught_loss(odds: Odds, batch: Batch) -> Tensor:
    """Against what the teacher answered for the same texts, its states included."""
    taught = [item.taught for item in batch.items]
    assert all(one is not None for one in taught)
    known = [one for one in taught if one is not None]
    total = warm_divergence(odds.stars, torch.stack([one.stars for one in known]).float())
    total = total + warm_divergence(
        odds.severity, torch.stack([one.severity for one in known]).float()
    )
    judges = torch.sigmoid(torch.stack([one.judges for one in known]).float())
    total = total + functional.binary_cross_entropy_with_logits(odds.judges, judges)
    labels = torch.sigmoid(torch.stack([one.labels for one in known]).float())
    total = total + functional.binary_cross_entropy_with_logits(
        odds.labels, labels, reduction="sum"
    ) / (4 * len(known))
    inside = batch.mask.bool()
    pieces = torch.sigmoid(torch.cat([one.pieces for one in known]).float())
    total = total + 3 * functional.binary_cross_entropy_with_logits(odds.pieces[inside], pieces)
    states = torch.cat([one.states for one in known]).float()
    likeness = functional.cosine_similarity(odds.states[inside], states, dim=-1)
    return total + 2 * (1 - likeness).mean()


def warm_divergence(odds: Tensor, taught: Tensor) -> Tensor:
    """Kullback-Leibler divergence at temperature WARM (Hinton et al. 2015)."""
    return WARM**2 * functional.kl_div(
        torch.log_softmax(odds / WARM, 1),
        torch.log_softmax(taught / WARM, 1),
        log_target=True,
        reduction="batchmean",
    )
