"""The network: an encoder, the mean of its last layer, and a linear head over five stars."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn
from transformers import BertModel

HEAD = "head.pt"


class Stars(nn.Module):  # type: ignore[misc]  # torch is not installed where types are checked
    """Log-odds of one to five stars for a batch of token numbers (0 = first piece, mask 1/0)."""

    def __init__(self, encoder: BertModel) -> None:
        super().__init__()
        self.encoder = encoder
        self.head = nn.Linear(encoder.config.hidden_size, 5)

    def lower(self, ids: Tensor, mask: Tensor, layers: int) -> Tensor:
        """The states after the embedding and the first layers."""
        states = self.encoder.embeddings(input_ids=ids)
        return self.through(states, mask, 0, layers)

    def through(self, states: Tensor, mask: Tensor, first: int, last: int) -> Tensor:
        """The states after layers first to last - 1."""
        wide = (1.0 - mask[:, None, None, :].to(states.dtype)) * -10000.0
        for layer in self.encoder.encoder.layer[first:last]:
            out = layer(states, wide)
            states = out if isinstance(out, Tensor) else out[0]
        return states

    def upper(self, states: Tensor, mask: Tensor, first: int) -> Tensor:
        """Log-odds from the states after the first layers."""
        states = self.through(states, mask, first, len(self.encoder.encoder.layer))
        weight = mask[:, :, None].to(states.dtype)
        mean = (states * weight).sum(1) / weight.sum(1).clamp(min=1.0)
        odds: Tensor = self.head(mean)
        return odds

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Log-odds of one to five stars, (texts, 5)."""
        return self.upper(self.lower(input_ids, attention_mask, 0), attention_mask, 0)


def load(folder: Path, layers: tuple[int, ...] = ()) -> Stars:
    """The network in a folder; a base without a head gets an untrained one."""
    encoder = BertModel.from_pretrained(
        folder, add_pooling_layer=False, attn_implementation="eager"
    )
    if layers:
        encoder.encoder.layer = nn.ModuleList(encoder.encoder.layer[i] for i in layers)
        encoder.config.num_hidden_layers = len(layers)
    network = Stars(encoder)
    if (folder / HEAD).exists():
        network.head.load_state_dict(torch.load(folder / HEAD, weights_only=True))
    return network


def save(network: Stars, folder: Path) -> None:
    """Write encoder and head."""
    folder.mkdir(parents=True, exist_ok=True)
    network.encoder.save_pretrained(folder)
    torch.save(network.head.state_dict(), folder / HEAD)
