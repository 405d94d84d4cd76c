"""How good a network is on the tune part, while it learns: a line of figures."""

from __future__ import annotations

import random
from collections.abc import Sequence

import torch
from examples import Prepared, batches
from network import Network, Odds
from torch import Tensor

CLASS = torch.tensor([0, 0, 1, 2, 2])


@torch.no_grad()  # type: ignore[untyped-decorator]  # torch is not installed where types are checked
def answers(network: Network, items: Sequence[Prepared]) -> list[Odds]:
    """The odds of each item, in order, without the pieces and states."""
    network.eval()
    found: dict[int, Odds] = {}
    for batch in batches(items, random.Random(0)):
        odds = network(batch.ids, batch.mask)
        for row, item in enumerate(batch.items):
            found[id(item)] = Odds(
                odds.stars[row],
                odds.severity[row],
                odds.judges[row],
                odds.labels[row],
                odds.pieces[:0],
                odds.states[:0],
            )
    return [found[id(item)] for item in items]


def summary(network: Network, items: Sequence[Prepared]) -> str:
    """Two and three classes, exact stars, topics' F1 and critical recall at fixed precision."""
    odds = answers(network, items)
    chances = torch.stack([o.stars for o in odds]).softmax(1)
    right = torch.tensor([int(CLASS[int(item.stars.argmax())]) for item in items])
    classes = torch.stack([chances[:, :2].sum(1), chances[:, 2], chances[:, 3:].sum(1)], 1)
    polar = right != 1
    two = ((classes[:, 2] > classes[:, 0]) == (right == 2))[polar].float().mean()
    three = (classes.argmax(1) == right).float().mean()
    exact = torch.tensor([item.exact for item in items])
    star = torch.tensor([int(item.stars.argmax()) for item in items])
    stars = (chances.argmax(1) == star)[exact].float().mean()
    labels = torch.stack([o.labels for o in odds]).sigmoid()
    true = torch.stack([item.labels.amax(0) for item in items if item.labels is not None])
    critical = torch.stack([o.severity for o in odds]).softmax(1)[:, 2]
    grave = torch.tensor([item.severity == 2 for item in items])
    return (
        f"two {two:.3f}, three {three:.3f}, stars {stars:.3f}, {best_f1(labels, true)}, "
        f"judges {judged(odds, items):.3f}, "
        f"critical recall {recall_at(critical, grave, 0.7):.3f} at precision .7"
    )


def judged(odds: Sequence[Odds], items: Sequence[Prepared]) -> float:
    """How often it is known whether a business is judged, both kinds counting alike."""
    said = torch.cat([o.judges for o in odds]) > 0
    right = torch.tensor([bool(item.judges) for item in items])
    return float((said[right].float().mean() + (~said[~right]).float().mean()) / 2)


def best_f1(labels: Tensor, true: Tensor) -> str:
    """Micro-F1 of the topics (polarity aside) at the best single threshold."""
    topics, wanted = labels.view(len(labels), -1, 3).amax(2), true.view(len(true), -1, 3).amax(2)
    scored = []
    for step in range(5, 95, 5):
        said = topics > step / 100
        both = (said & (wanted > 0)).sum()
        scored.append((float(2 * both / (said.sum() + wanted.sum())), step))
    score, step = max(scored)
    return f"topics {score:.3f} at .{step:02d}"


def recall_at(chances: Tensor, right: Tensor, precision: float) -> float:
    """The best recall at which this precision is still held."""
    order = chances.argsort(descending=True)
    hits = right[order].cumsum(0)
    held = hits / torch.arange(1, len(order) + 1) >= precision
    return float((hits[held].max() if held.any() else 0) / right.sum())
