"""Turn a checkpoint into the shipped folder: int8 graph, tokenizer, calibration, thresholds.

    python export.py --start work/student --out ../sentiment

Ranges are read from the train part, temperature and thresholds from the tune part; the test part
is not opened. config.json says how far the int8 answers lie from the fp32 ones.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import corpora
import graph
import network as net
import numpy as np
import onnxruntime
import torch
from corpora import Example
from tokenizers import Tokenizer
from torch import Tensor, nn

NAME = "vigie-e5-small"
MAX_TOKENS = 128  # as long as what it was trained on: longer windows read worse (measured)
SAMPLE = 600
UNCHOSEN = dict.fromkeys(
    ("topic", "topic_ruled", "second", "critical", "critical_ruled", "high", "high_ruled"), 0.5
)
"""Thresholds until thresholds.py has chosen them: the product reads no folder without."""
OUTPUTS = ("stars", "severity", "judges", "labels", "pieces")


class Watch:
    """The largest magnitude of each channel that enters the products of each layer."""

    def __init__(self, network: net.Network) -> None:
        self.peaks: dict[tuple[int, str], Tensor] = {}
        for number, layer in enumerate(network.encoder.encoder.layer):
            self._on(layer.attention.self.query, number, "attention")
            self._on(layer.attention.output.dense, number, "output")
            self._on(layer.intermediate.dense, number, "middle")

    def _on(self, module: nn.Module, number: int, name: str) -> None:
        def hook(_: nn.Module, inputs: tuple[Tensor]) -> None:
            peak = inputs[0].abs().flatten(0, -2).amax(0)
            before = self.peaks.get((number, name))
            self.peaks[number, name] = peak if before is None else torch.maximum(before, peak)

        module.register_forward_pre_hook(hook)

    def ranges(self, layers: int) -> list[graph.Ranges]:
        """The ranges of every layer."""
        names = ("attention", "output", "middle")
        return [
            graph.Ranges(*(graph.array(self.peaks[number, name]) for name in names))
            for number in range(layers)
        ]


@torch.no_grad()  # type: ignore[untyped-decorator]  # torch is not installed where types are checked
def measure_ranges(
    network: net.Network, tokenizer: Tokenizer, texts: Sequence[str]
) -> list[graph.Ranges]:
    """Run the texts and note what the products' inputs reach."""
    watch = Watch(network.eval())
    for text in texts:
        ids = torch.tensor([tokenizer.encode(text).ids])
        network(ids, torch.ones_like(ids))
    return watch.ranges(len(network.encoder.encoder.layer))


@torch.no_grad()  # type: ignore[untyped-decorator]  # torch is not installed where types are checked
def exact_answers(
    network: net.Network, tokenizer: Tokenizer, examples: Sequence[Example]
) -> list[np.ndarray[Any, Any]]:
    """Log-odds of stars, severity and labels, in float32."""
    network.eval()
    rows = []
    for example in examples:
        ids = torch.tensor([tokenizer.encode(example.text).ids])
        odds = network(ids, torch.ones_like(ids))
        rows.append([graph.array(part[0]) for part in odds[:3]])
    return [np.stack(part) for part in zip(*rows, strict=True)]


def small_answers(
    path: Path, tokenizer: Tokenizer, examples: Sequence[Example]
) -> list[np.ndarray[Any, Any]]:
    """The same from the int8 graph."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        str(path), options, ["CPUExecutionProvider"], disabled_optimizers=["SkipLayerNormFusion"]
    )
    rows = []
    for example in examples:
        ids = np.array([tokenizer.encode(example.text).ids], dtype=np.int64)
        feed = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
        rows.append([part[0] for part in session.run(list(OUTPUTS[:3]), feed)])
    return [np.stack(part) for part in zip(*rows, strict=True)]


def softmax(odds: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Probabilities over the last axis."""
    shifted = np.exp(odds - odds.max(-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(-1, keepdims=True))


def classes(stars: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Negative, neutral, positive from star probabilities."""
    return np.stack([stars[:, :2].sum(1), stars[:, 2], stars[:, 3:].sum(1)], 1)


def right_class(example: Example) -> int:
    """0 negative, 1 neutral, 2 positive."""
    return (0, 0, 1, 2, 2)[example.stars[0] - 1]


def temperature(stars: np.ndarray[Any, Any], examples: Sequence[Example]) -> float:
    """What makes the tune part's classes most likely (Guo et al. 2017), by a scan."""
    right = [right_class(example) for example in examples]

    def surprise(t: float) -> float:
        chances = classes(softmax(stars / t))
        return float(-np.log(chances[np.arange(len(right)), right] + 1e-9).sum())

    return float(min(np.exp(np.linspace(np.log(0.5), np.log(4.0), 120)), key=surprise))


def compare(exact: np.ndarray[Any, Any], small: np.ndarray[Any, Any]) -> dict[str, float]:
    """How far the classes of int8 lie from those of fp32."""
    before, after = classes(softmax(exact)), classes(softmax(small))
    return {
        "texts": len(before),
        "same_sentiment": round(float((before.argmax(1) == after.argmax(1)).mean()), 4),
        "mean_probability_difference": round(float(np.abs(before - after).mean()), 5),
    }


def revision(folder: Path) -> str:
    """Twelve hex digits of the SHA-256 of graph, weights and tokenizer."""
    digest = hashlib.sha256()
    for name in ("model.onnx", graph.WEIGHTS, "tokenizer.json"):
        digest.update((folder / name).read_bytes())
    return digest.hexdigest()[:12]


def write_tokenizer(start: Path, out: Path) -> None:
    """Tokenizer files that transformers loads, too, with no network and no torch."""
    shutil.copy(start / "tokenizer.json", out / "tokenizer.json")
    special = {
        "bos_token": "<s>",
        "cls_token": "<s>",
        "eos_token": "</s>",
        "sep_token": "</s>",
        "pad_token": "<pad>",
        "unk_token": "<unk>",
    }
    kind = {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": MAX_TOKENS}
    write_json(out / "tokenizer_config.json", kind | special)


def write_json(path: Path, content: object) -> None:
    """Indented, with a newline at the end."""
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def main() -> None:
    """Export, round, compare, calibrate, write config.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--start", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("../sentiment"))
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    chosen.out.mkdir(parents=True, exist_ok=True)
    facts = json.loads((chosen.start / "facts.json").read_text())
    network = net.load(chosen.start)
    tokenizer = Tokenizer.from_file(str(chosen.start / "tokenizer.json"))
    tokenizer.enable_truncation(MAX_TOKENS)
    train = sorted(corpora.read_reviews("train"), key=lambda e: e.share)[:SAMPLE]
    ranges = measure_ranges(network, tokenizer, [example.text for example in train])
    path = chosen.out / "model.onnx"
    graph.save(graph.build(network, ranges), path)
    write_tokenizer(chosen.start, chosen.out)
    tune = corpora.read_reviews("tune")
    exact = exact_answers(network, tokenizer, tune)
    small = small_answers(path, tokenizer, tune)
    before = (
        json.loads((chosen.out / "config.json").read_text())
        if (chosen.out / "config.json").exists()
        else {}
    )
    config = {
        "name": NAME,
        "revision": revision(chosen.out),
        "temperature": round(temperature(small[0], tune), 4),
        "max_tokens": MAX_TOKENS,
        "widths": [net.widths_of(layer) for layer in network.encoder.encoder.layer],
        "topics": list(corpora.TOPICS),
        "thresholds": before.get("thresholds", UNCHOSEN),
        "int8_against_fp32": compare(exact[0], small[0]),
        "training": facts,
    }
    write_json(chosen.out / "config.json", config)
    print(json.dumps(config["int8_against_fp32"]), config["temperature"], config["revision"])


if __name__ == "__main__":
    main()
