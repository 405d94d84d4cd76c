"""Turn a checkpoint into the shipped folder: int8 for onnxruntime, tokenizer, config.

    python export.py --start work/final --out ../sentiment --data ../../../shared/data

Matrix products are quantised dynamically to int8 (weights a channel), but for the few whose inputs
peak; the embedding table is int8 with one scale a row. config.json says how far the int8 answers
lie from the fp32 ones.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import corpora  # type: ignore[import-not-found]  # beside this script
import network as net  # type: ignore[import-not-found]  # beside this script
import numpy as np
import onnx
import onnxruntime
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from tokenizers import Tokenizer
from torch import Tensor, nn

NAME = "vigie-e5-small"
MAX_TOKENS = 128  # as long as what it was trained on: longer windows read worse (measured)
SAMPLE = 400
PEAK = 200.0
"""A product whose inputs peak so far above their mean stays in fp32: the special tokens reach
values there that would leave the others of the batch only a few of int8's 256 steps."""


class ByteRows(nn.Module):  # type: ignore[misc]  # torch is not installed where types are checked
    """An embedding table in int8, one scale a row: a quarter of the size, the same answers."""

    def __init__(self, table: Tensor) -> None:
        super().__init__()
        scale = table.abs().amax(dim=1, keepdim=True).clamp(min=1e-8) / 127
        self.register_buffer("rows", torch.round(table / scale).to(torch.int8))
        self.register_buffer("scale", scale)

    def forward(self, ids: Tensor) -> Tensor:
        """The rows of these numbers, as float32."""
        rows: Any = self.rows
        scale: Any = self.scale
        wide: Tensor = rows[ids].float() * scale[ids]
        return wide


def peaks(network: net.Stars, tokenizer: Tokenizer, texts: list[str]) -> dict[str, float]:
    """How far the largest input of each feed-forward output stands above the mean one."""
    found: dict[str, float] = {}

    def watch(name: str) -> Any:
        def hook(module: nn.Module, inputs: tuple[Tensor]) -> None:
            sizes = inputs[0].abs()
            found[name] = max(found.get(name, 0.0), float(sizes.max() / sizes.mean()))

        return hook

    hooks = [
        layer.output.dense.register_forward_pre_hook(watch(f"/layer.{number}/output/dense/MatMul"))
        for number, layer in enumerate(network.encoder.encoder.layer)
    ]
    with torch.no_grad():
        for text in texts:
            ids = torch.tensor([tokenizer.encode(text).ids])
            network.eval()(ids, torch.ones_like(ids))
    for hook in hooks:
        hook.remove()
    return found


def shrink_weights(path: Path, products: list[str]) -> None:
    """Store the weights of these products in int8, one scale a column; they multiply in fp32."""
    model = onnx.load(str(path))
    graph = model.graph
    weights = {tensor.name: tensor for tensor in graph.initializer}
    for node in [n for n in graph.node if n.name in products]:
        tensor = weights[node.input[1]]
        table = onnx.numpy_helper.to_array(tensor)
        scale = (np.abs(table).max(axis=0, keepdims=True) / 127).astype(np.float32)
        rows = np.round(table / scale).astype(np.int8)
        base = tensor.name
        graph.initializer.remove(tensor)
        graph.initializer.append(onnx.numpy_helper.from_array(rows, f"{base}_rows"))
        graph.initializer.append(onnx.numpy_helper.from_array(scale, f"{base}_scale"))
        cast = onnx.helper.make_node("Cast", [f"{base}_rows"], [f"{base}_wide"], to=1)
        times = onnx.helper.make_node("Mul", [f"{base}_wide", f"{base}_scale"], [base])
        at = list(graph.node).index(node)
        graph.node.insert(at, times)
        graph.node.insert(at, cast)
    onnx.save(model, str(path))


def export_network(network: net.Stars, path: Path) -> None:
    """Write the fp32 graph, its word embedding in int8 rows."""
    words = network.encoder.embeddings.word_embeddings.weight.detach()
    network.encoder.embeddings.word_embeddings = ByteRows(words)
    ids = torch.randint(4, 1000, (2, 16))
    axes = {0: "texts", 1: "tokens"}
    torch.onnx.export(
        network.eval(),
        (ids, torch.ones_like(ids)),
        str(path),
        input_names=["input_ids", "attention_mask"],
        output_names=["odds"],
        dynamic_axes={"input_ids": axes, "attention_mask": axes, "odds": {0: "texts"}},
        opset_version=17,
        dynamo=False,
    )


def answers(path: Path, batches: list[list[list[int]]]) -> np.ndarray[Any, Any]:
    """Log-odds of every batch of an ONNX file, one text at a time."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, ["CPUExecutionProvider"])
    found = []
    for batch in batches:
        ids = np.array(batch, dtype=np.int64)
        found.append(session.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})[0])
    return np.concatenate(found)


def chances(odds: np.ndarray[Any, Any], temperature: float) -> np.ndarray[Any, Any]:
    """Star probabilities at a temperature."""
    shifted = np.exp((odds - odds.max(1, keepdims=True)) / temperature)
    return np.asarray(shifted / shifted.sum(1, keepdims=True))


def compare(exact: Path, small: Path, tokenizer: Tokenizer, temperature: float, data: Path) -> Any:
    """How far int8 lies from fp32 on texts of the clean corpora and the project's own."""
    sample = [*corpora.read_reviews("train"), *corpora.read_clean(data)]
    sample = sorted(sample, key=lambda e: e.share)[:SAMPLE]
    batches = [[tokenizer.encode(e.text).ids] for e in sample]
    before = chances(answers(exact, batches), temperature)
    after = chances(answers(small, batches), temperature)
    threes = [np.stack([p[:, :2].sum(1), p[:, 2], p[:, 3:].sum(1)], 1) for p in (before, after)]
    same = (threes[0].argmax(1) == threes[1].argmax(1)).mean()
    return {
        "texts": len(sample),
        "same_sentiment": round(float(same), 4),
        "mean_probability_difference": round(float(np.abs(threes[0] - threes[1]).mean()), 5),
    }


def revision(folder: Path) -> str:
    """Twelve hex digits of the SHA-256 of model and tokenizer."""
    digest = hashlib.sha256()
    for name in ("model.onnx", "tokenizer.json"):
        digest.update((folder / name).read_bytes())
    return digest.hexdigest()[:12]


def write_tokenizer(start: Path, out: Path) -> None:
    """Tokenizer files that transformers loads with no network and no torch."""
    shutil.copy(start / "tokenizer.json", out / "tokenizer.json")
    special = {
        "bos_token": "<s>",
        "cls_token": "<s>",
        "eos_token": "</s>",
        "sep_token": "</s>",
        "pad_token": "<pad>",
        "unk_token": "<unk>",
    }
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": MAX_TOKENS,
        "model_input_names": ["input_ids", "attention_mask"],
        "clean_up_tokenization_spaces": False,
        **special,
    }
    write_json(out / "tokenizer_config.json", config)


def write_json(path: Path, value: Any) -> None:
    """Readable JSON."""
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def main() -> None:
    """Export, quantise, compare, write config.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--start", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("../sentiment"))
    parser.add_argument("--work", type=Path, default=Path("work"))
    parser.add_argument("--data", type=Path, default=Path("../../../shared/data"))
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    chosen.out.mkdir(parents=True, exist_ok=True)
    facts = json.loads((chosen.start / "facts.json").read_text())
    network = net.load(chosen.start)
    tokenizer = Tokenizer.from_file(str(chosen.start / "tokenizer.json"))
    tokenizer.enable_truncation(MAX_TOKENS)
    sample = sorted(corpora.read_clean(chosen.data), key=lambda e: -e.share)[:100]
    high = peaks(network, tokenizer, [example.text for example in sample])
    exact = chosen.work / "model-fp32.onnx"
    export_network(network, exact)
    onnx.checker.check_model(str(exact))
    small = chosen.out / "model.onnx"
    quantize_dynamic(
        exact,
        small,
        op_types_to_quantize=["MatMul"],
        per_channel=True,
        weight_type=QuantType.QInt8,
        nodes_to_exclude=[name for name, peak in high.items() if peak > PEAK],
    )
    shrink_weights(small, [name for name, peak in high.items() if peak > PEAK])
    write_tokenizer(chosen.start, chosen.out)
    config = {
        "name": NAME,
        "revision": revision(chosen.out),
        "labels": ["1", "2", "3", "4", "5"],
        "temperature": facts["temperature"],
        "max_tokens": MAX_TOKENS,
        "layers": network.encoder.config.num_hidden_layers,
        "trained_on": facts["trained_on"],
        "batches": facts.get("batches", []),
        "fp32_products": sum(peak > PEAK for peak in high.values()),
        "int8_against_fp32": compare(exact, small, tokenizer, facts["temperature"], chosen.data),
    }
    write_json(chosen.out / "config.json", config)
    print(json.dumps(config, indent=1))


if __name__ == "__main__":
    main()
