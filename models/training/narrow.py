"""Take from each layer the attention heads and middle units that matter least, for speed.

    python narrow.py --start work/small --out work/narrow --heads 72 --middle 1152

How much a unit matters is the squared change of the loss, to first order, when it is set to zero,
summed over texts of the train part (Molchanov et al. 2017; for heads Michel et al. 2019). Heads
are ranked over all layers, each keeping FEWEST; middle units within their layer. What is left must
be trained again for an epoch or two.
"""

from __future__ import annotations

import argparse
import random
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import corpora
import network as net
import torch
from examples import Prepared, batches, prepare
from losses import hard_loss
from tokenizers import Tokenizer
from torch import Tensor, nn

SEED = 20261127
TEXTS = 2500
FEWEST = 4
"""Heads that every layer keeps."""


class Worth:
    """What the units of every layer are worth, by what the loss would change without them."""

    def __init__(self, network: net.Network) -> None:
        layers = list(network.encoder.encoder.layer)
        self.heads = [torch.zeros(net.heads_of(layer)) for layer in layers]
        self.middle = [torch.zeros(layer.intermediate.dense.out_features) for layer in layers]
        self._held: list[tuple[Tensor, Tensor]] = []
        for number, layer in enumerate(layers):
            layer.attention.output.dense.register_forward_pre_hook(self._hold(self.heads[number]))
            layer.output.dense.register_forward_pre_hook(self._hold(self.middle[number]))

    def _hold(self, total: Tensor) -> Callable[[nn.Module, tuple[Tensor]], None]:
        def hook(_: nn.Module, inputs: tuple[Tensor]) -> None:
            inputs[0].retain_grad()
            self._held.append((inputs[0], total))

        return hook

    def add(self, mask: Tensor) -> None:
        """Count what was held in one pass there and back."""
        for values, total in self._held:
            assert values.grad is not None
            change = (values * values.grad * mask[:, :, None]).sum(1)
            change = change.unflatten(1, (len(total), -1)).sum(2)
            total += change.detach().pow(2).sum(0)
        self._held.clear()


def weigh(network: net.Network, items: Sequence[Prepared]) -> Worth:
    """What the network's units are worth on these items."""
    network.eval()
    worth = Worth(network)
    for batch in batches(items, random.Random(SEED)):
        network.zero_grad()
        hard_loss(network(batch.ids, batch.mask), batch).backward()
        worth.add(batch.mask)
    return worth


def best_heads(worth: Sequence[Tensor], count: int) -> list[list[int]]:
    """The heads to keep in each layer: so many in all, at least FEWEST in each."""
    kept = [set(layer.topk(min(FEWEST, len(layer))).indices.tolist()) for layer in worth]
    ranked = sorted(
        ((float(layer[head]), number, head) for number, layer in enumerate(worth) for head in
         range(len(layer))), reverse=True,
    )  # fmt: skip
    for _, number, head in ranked:
        if sum(map(len, kept)) >= count:
            break
        kept[number].add(head)
    return [sorted(layer) for layer in kept]


def best_middle(worth: Sequence[Tensor], width: int) -> list[list[int]]:
    """The middle units to keep in each layer."""
    return [sorted(layer.topk(width).indices.tolist()) for layer in worth]


def keep_rows(linear: nn.Linear, rows: Tensor) -> None:
    """Only these outputs of a linear map."""
    linear.weight = nn.Parameter(linear.weight.detach()[rows].clone())
    linear.bias = nn.Parameter(linear.bias.detach()[rows].clone())
    linear.out_features = len(rows)


def keep_columns(linear: nn.Linear, columns: Tensor) -> None:
    """Only these inputs of a linear map."""
    linear.weight = nn.Parameter(linear.weight.detach()[:, columns].clone())
    linear.in_features = len(columns)


def narrow(network: net.Network, heads: list[list[int]], middle: list[list[int]]) -> None:
    """Cut every layer to these heads and middle units, in place."""
    for layer, some, units in zip(network.encoder.encoder.layer, heads, middle, strict=True):
        mix, size = layer.attention.self, layer.attention.self.attention_head_size
        rows = torch.cat([torch.arange(head * size, (head + 1) * size) for head in some])
        for part in (mix.query, mix.key, mix.value):
            keep_rows(part, rows)
        keep_columns(layer.attention.output.dense, rows)
        keep_rows(layer.intermediate.dense, torch.tensor(units))
        keep_columns(layer.output.dense, torch.tensor(units))
    network.encoder.config.widths = [net.widths_of(x) for x in network.encoder.encoder.layer]


def main() -> None:
    """Weigh, cut, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--start", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--heads", type=int, required=True, help="heads left, of all layers")
    parser.add_argument("--middle", type=int, required=True, help="middle units left, a layer")
    parser.add_argument("--max-tokens", type=int, default=128)
    chosen = parser.parse_args()
    network = net.load(chosen.start)
    tokenizer = Tokenizer.from_file(str(chosen.start / "tokenizer.json"))
    tokenizer.enable_truncation(chosen.max_tokens)
    some = sorted(corpora.read_reviews("train"), key=lambda e: e.share)[:TEXTS]
    worth = weigh(network, prepare(some, tokenizer, 1.0))
    heads = best_heads(worth.heads, chosen.heads)
    narrow(network, heads, best_middle(worth.middle, chosen.middle))
    net.save(network, chosen.out)
    for name in ("tokenizer.json", "facts.json"):
        if (chosen.start / name).exists():
            shutil.copy(chosen.start / name, chosen.out / name)
    print("heads kept:", *map(len, heads))


if __name__ == "__main__":
    main()
