"""The network: one encoder, and the heads that read its last layer in one pass.

- ``stars``, ``severity`` and ``judges`` (is a business judged?) see the text as a few weighted
  means of its states (each learned query weighs the pieces anew) and a linear map;
- ``pieces`` gives every piece log-odds for each topic and polarity: the text's are their smooth
  maximum, moved by what the means say of the whole (``labels``), and where they peak stand the
  words that carry the topic. Danger does the same for a critical severity, so that a reader sees
  why.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import torch
from corpora import SEVERITIES, TOPICS
from safetensors.torch import load_file
from torch import Tensor, nn
from transformers import BertConfig, BertModel

HEADS = "heads.pt"
QUERIES = 4
LABELS = len(TOPICS) * 3
CEILING = 8.0
"""Largest value after GELU in a network meant for int8. Only the special tokens go beyond (to 70),
and would leave all others a few of int8's 256 steps; the network is trained to do without."""


class Odds(NamedTuple):
    """Log-odds: stars (texts, 5), severity (texts, 3), judges (texts, 1), labels (texts, 54),
    pieces (texts, pieces, 54 + 1); the last column of ``pieces`` is danger. ``states`` is the
    encoder's last layer."""

    stars: Tensor
    severity: Tensor
    judges: Tensor
    labels: Tensor
    pieces: Tensor
    states: Tensor


class CeiledGelu(nn.Module):  # type: ignore[misc]  # torch is not installed where types are checked
    """GELU that stops at CEILING."""

    def forward(self, x: Tensor) -> Tensor:
        """As nn.GELU."""
        return nn.functional.gelu(x).clamp(max=CEILING)


class Network(nn.Module):  # type: ignore[misc]  # torch is not installed where types are checked
    """Encoder and heads. Input: piece numbers (texts, pieces) and a mask of ones and zeros."""

    def __init__(self, encoder: BertModel) -> None:
        super().__init__()
        width = encoder.config.hidden_size
        self.encoder = encoder
        self.queries = nn.Linear(width, QUERIES, bias=False)
        self.stars = nn.Linear(width * QUERIES, 5)
        self.severity = nn.Linear(width * QUERIES, len(SEVERITIES))
        self.judges = nn.Linear(width * QUERIES, 1)
        self.labels = nn.Linear(width * QUERIES, LABELS)
        self.pieces = nn.Linear(width, LABELS + 1)
        self.drop = nn.Dropout(0.1)
        nn.init.zeros_(self.queries.weight)  # plain means to begin with
        nn.init.zeros_(self.labels.weight)  # the pieces alone to begin with
        nn.init.zeros_(self.labels.bias)
        nn.init.constant_(self.pieces.bias, -5.0)

    def forward(self, ids: Tensor, mask: Tensor) -> Odds:
        """All log-odds of a batch."""
        found = self.encoder(input_ids=ids, attention_mask=mask)
        states: Tensor = found.last_hidden_state
        return self.read(states, mask)

    def read(self, states: Tensor, mask: Tensor) -> Odds:
        """The heads over an encoder's states."""
        hidden = (mask == 0)[:, :, None]
        weights = self.queries(states).masked_fill(hidden, -1e4).softmax(1)
        means = self.drop(torch.einsum("tpq,tpw->tqw", weights, states).flatten(1))
        pieces = self.pieces(self.drop(states))
        peaks = smooth_maximum(pieces.masked_fill(hidden, -1e4))
        severity = self.severity(means)
        severity = severity + peaks[:, LABELS:] * severity.new_tensor([-0.5, -0.5, 0.5])
        labels = peaks[:, :LABELS] + self.labels(means)
        return Odds(self.stars(means), severity, self.judges(means), labels, pieces, states)


def smooth_maximum(pieces: Tensor) -> Tensor:
    """log of the sum of exponents over the pieces: near the maximum, with a gradient for all."""
    return torch.logsumexp(pieces, dim=1)


def heads_of(layer: Any) -> int:
    """Attention heads of one layer of the encoder."""
    mix = layer.attention.self
    return int(mix.query.out_features // mix.attention_head_size)


def widths_of(layer: Any) -> list[int]:
    """Attention heads and middle units of one layer."""
    return [heads_of(layer), int(layer.intermediate.dense.out_features)]


def read_encoder(folder: Path) -> BertModel:
    """The encoder in a folder, its layers as wide as its configuration says."""
    # no dropout within: its random numbers are drawn one by one, a fifth of the time
    config = BertConfig.from_pretrained(folder)
    config.hidden_dropout_prob = config.attention_probs_dropout_prob = 0.0
    widths = getattr(config, "widths", None)
    if not widths:
        return BertModel.from_pretrained(folder, config=config, add_pooling_layer=False)
    encoder = BertModel(config, add_pooling_layer=False)
    for layer, (heads, middle) in zip(encoder.encoder.layer, widths, strict=True):
        mix, whole = layer.attention.self, config.hidden_size
        inner = heads * mix.attention_head_size
        mix.query, mix.key, mix.value = (nn.Linear(whole, inner) for _ in range(3))
        layer.attention.output.dense = nn.Linear(inner, whole)
        layer.intermediate.dense = nn.Linear(whole, middle)
        layer.output.dense = nn.Linear(middle, whole)
    encoder.load_state_dict(load_file(folder / "model.safetensors"))
    return encoder


def load(folder: Path, layers: tuple[int, ...] = (), ceiling: bool = False) -> Network:
    """The network in a folder, with only these layers where any are named; a base without heads
    gets untrained ones."""
    encoder = read_encoder(folder)
    if layers:
        encoder.encoder.layer = nn.ModuleList(encoder.encoder.layer[i] for i in layers)
        encoder.config.num_hidden_layers = len(layers)
        if getattr(encoder.config, "widths", None):
            encoder.config.widths = [encoder.config.widths[i] for i in layers]
    network = Network(encoder)
    if (folder / HEADS).exists():
        network.load_state_dict(torch.load(folder / HEADS, weights_only=True), strict=False)
    if ceiling or getattr(encoder.config, "ceiling", False):
        encoder.config.ceiling = True
        for layer in encoder.encoder.layer:
            layer.intermediate.intermediate_act_fn = CeiledGelu()
    return network


def save(network: Network, folder: Path) -> None:
    """Write encoder and heads."""
    folder.mkdir(parents=True, exist_ok=True)
    network.encoder.save_pretrained(folder)
    heads = {k: v for k, v in network.state_dict().items() if not k.startswith("encoder.")}
    torch.save(heads, folder / HEADS)
