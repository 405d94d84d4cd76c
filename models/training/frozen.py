"""A baseline: the base's frozen embeddings under logistic regression, on every set.

    VIGIE_DATA=path/to/sets python frozen.py --base work/base [--texts 8000] [--rows 800]

Mean of the last states of "query: ...", as the authors of e5 use it, divided by its length; trained
on so many of our train reviews, drawn by a fixed seed.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import torch
from tokenizers import Tokenizer
from transformers import BertModel

from monitor.accuracy_table import ROWS
from monitor.evaluating import drawn
from monitor.measure.accuracy import Case, accuracy
from monitor.measure.shares import Share
from tests.benchmarks.baselines import Linear
from tests.benchmarks.sets import data_folder, other_sets, own_set, training_texts

SEED = 20261128
SHOWN = (
    *("negative from positive", "three sentiments", "macro-F1 of the three", "stars exact"),
    *("stars within one", "criticals found", "criticals rightly so", "topics, micro-F1"),
)


class Embeddings:
    """Texts as the base sees them, one row each, every column scaled to that of the train texts."""

    def __init__(self, base: Path) -> None:
        self._encoder = BertModel.from_pretrained(base, add_pooling_layer=False)
        self._encoder.train(mode=False)
        self._tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
        self._tokenizer.enable_truncation(256)

    def fit_transform(self, texts: Sequence[str]) -> Any:
        """They are frozen: only the scale of the columns is learnt."""
        from sklearn.preprocessing import StandardScaler

        self._scaler = StandardScaler()
        return self._scaler.fit_transform(self._embedded(texts))

    def transform(self, texts: Sequence[str]) -> Any:
        """(texts, width)."""
        return self._scaler.transform(self._embedded(texts))

    @torch.no_grad()  # type: ignore[untyped-decorator]  # torch is not installed where types are checked
    def _embedded(self, texts: Sequence[str]) -> Any:
        """(texts, width), each row of length one."""
        encodings = self._tokenizer.encode_batch([f"query: {text}" for text in texts])
        order = sorted(range(len(texts)), key=lambda number: len(encodings[number].ids))
        rows: dict[int, Any] = {}
        for start in range(0, len(order), 16):
            some = order[start : start + 16]
            ids = torch.nn.utils.rnn.pad_sequence(
                [torch.tensor(encodings[number].ids) for number in some],
                batch_first=True,
                padding_value=1,
            )
            mask = (ids != 1).long()
            states = self._encoder(input_ids=ids, attention_mask=mask).last_hidden_state
            means = (states * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True)
            means = torch.nn.functional.normalize(means, dim=1)
            rows.update(zip(some, means, strict=True))
        return torch.stack([rows[number] for number in range(len(texts))]).numpy()


def main() -> None:
    """Train, then a line a set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--texts", type=int, default=8000)
    parser.add_argument("--rows", type=int, default=800)
    chosen = parser.parse_args()
    texts = training_texts()
    some = random.Random(SEED).sample(texts, min(chosen.texts, len(texts)))
    model = Linear(some, Embeddings(chosen.base))
    data = data_folder()
    for one in [own_set(), *(other_sets(data) if data else ())]:
        rows = drawn(one.texts, chosen.rows)
        found = model.find(rows)
        got = accuracy([Case(f, t.right, t.words) for f, t in zip(found, rows, strict=True)])
        told = ((name, _value(ROWS[name](got))) for name in SHOWN)
        print(one.name, *(f"{name} {value:.3f}" for name, value in told if value is not None))


def _value(figure: Any) -> float | None:
    return figure.share if isinstance(figure, Share) else figure.value


if __name__ == "__main__":
    main()
