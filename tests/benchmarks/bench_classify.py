"""Reviews classified a CPU-second, against transformers.pipeline on a BERT-base-sized model, and
against the int8 roof: what the encoder's multiplications alone would take at the speed of the best
int8 matrix product onnxruntime reaches on this machine in the same run.

The pipeline runs in a child process of this interpreter, or of the one that VIGIE_TORCH_PYTHON
names, with torch and transformers: a randomly initialised BERT of the size of
BERT-base multilingual (12 layers of 768), fp32, batch 1, one thread, over the same texts and the
shipped tokenizer.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from tests.benchmarks.line import Line, Options

ROOT = Path(__file__).resolve().parents[2]
REVIEWS = ROOT / "models" / "training" / "reviews"
HIDDEN, HEAD = 384, 32
"""Values of a piece between layers, and in one attention head."""

OURS = """
import json, resource, sys, time
began = time.perf_counter()
from monitor.understand import Text, open_reader
from monitor.understand.stream import CHUNK
reader = open_reader()
texts = json.load(sys.stdin)
reader.read([Text(texts[0])])
cold = time.perf_counter() - began
reader.read([Text(t) for t in texts[:20]])
busy = time.process_time()
for start in range(0, len(texts), CHUNK):
    reader.read([Text(t) for t in texts[start:start + CHUNK]])
busy = time.process_time() - busy
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
model = reader._sentiment
pieces = sum(len(w.ids) for n, e in enumerate(model._tokenizer.encode_batch(texts))
             for w in model._windows(n, e.ids[1:-1]))
print(json.dumps({"busy": busy, "cold": cold, "peak": peak, "pieces": pieces}))
"""

ROOF = """
import json, sys, time
import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

def speed(rows, inner, columns):
    weights = np.random.randint(-127, 127, (inner, columns)).astype(np.int8)
    graph = helper.make_graph(
        [helper.make_node("MatMulInteger", ["a", "b"], ["y"])], "g",
        [helper.make_tensor_value_info("a", TensorProto.UINT8, [rows, inner])],
        [helper.make_tensor_value_info("y", TensorProto.INT32, [rows, columns])],
        [numpy_helper.from_array(weights, "b")])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options)
    a = np.random.randint(0, 127, (rows, inner)).astype(np.uint8)
    best = 1e9
    for _ in range(12):
        began = time.process_time()
        for _ in range(8):
            session.run(None, {"a": a})
        best = min(best, time.process_time() - began)
    return 8 * 2 * rows * inner * columns / best

shapes = [(512, 384, 1536), (512, 1536, 384), (2048, 1536, 1536), (1024, 2048, 2048)]
print(json.dumps(max(speed(*shape) for shape in shapes)))
"""

PIPELINE = """
import json, logging, os, resource, sys, time
os.environ["HF_HUB_OFFLINE"] = "1"
began = time.perf_counter()
import torch
from transformers import AutoTokenizer, BertConfig, BertForSequenceClassification, pipeline
torch.set_num_threads(1)
torch.manual_seed(1)
tokenizer = AutoTokenizer.from_pretrained(sys.argv[1])
model = BertForSequenceClassification(BertConfig(vocab_size=119547, num_labels=5)).eval()
classify = pipeline("text-classification", model=model, tokenizer=tokenizer, device="cpu")
texts = json.load(sys.stdin)
classify(texts[0], truncation=True, max_length=256)
cold = time.perf_counter() - began
busy = time.process_time()
for text in texts:
    classify(text, truncation=True, max_length=256)
busy = time.process_time() - busy
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"busy": busy, "cold": cold, "peak": peak}))
"""


@dataclass(frozen=True)
class Figures:
    """One reader's figures."""

    a_cpu_second: float
    cold: float
    """Seconds from the first import to the first verdict."""
    peak: float
    """Megabytes."""
    pieces: float = 0
    """Pieces a review, the marks at its ends counted."""


def lines(options: Options) -> Iterator[Line]:
    """Speed, first verdict and memory; the pipeline's where there is torch to run it."""
    texts = sample(options.rows or 300)
    ours = measure(sys.executable, OURS, texts)
    theirs, beside = None, "no Python with torch: set VIGIE_TORCH_PYTHON"
    torch_python = os.environ.get("VIGIE_TORCH_PYTHON", sys.executable)
    if torch_python != sys.executable or find_spec("torch"):
        folder = str(ROOT / "models" / "sentiment")
        theirs = measure(torch_python, PIPELINE, texts[: max(20, len(texts) // 5)], folder)
        beside = "transformers.pipeline, batch 1, BERT-base size"
    for what, unit, name in (
        ("reviews classified a CPU-second", "/s", "a_cpu_second"),
        ("first verdict from cold", "s", "cold"),
        ("peak memory while classifying", "MB", "peak"),
    ):
        other = getattr(theirs, name) if theirs else None
        yield Line(what, getattr(ours, name), unit, other, beside)
    yield Line(
        "of the encoder's int8 roof", ours.a_cpu_second, "/s", roof(ours.pieces), "int8 roof"
    )


def roof(pieces: float) -> float:
    """Reviews a CPU-second if the encoder's matrix products ran at the best int8 speed measured
    here and all the rest took no time: 2 * (4 h a + 2 h f) operations a piece and layer, of whose
    h values attention uses a (heads of HEAD) and the middle has f."""
    config = json.loads((ROOT / "models/sentiment/config.json").read_text(encoding="utf-8"))
    widths: list[tuple[int, int]] = config["widths"]
    products = sum(4 * HIDDEN * HEAD * heads + 2 * HIDDEN * wide for heads, wide in widths)
    answer = subprocess.run([sys.executable, "-c", ROOF], stdout=subprocess.PIPE, check=True)
    return float(json.loads(answer.stdout)) / (2 * products * pieces)


def sample(count: int) -> list[str]:
    """Texts of the project's own reviews, drawn by a fixed seed."""
    texts = [
        json.loads(line)["text"]
        for path in sorted(REVIEWS.glob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if line
    ]
    random.Random(7).shuffle(texts)
    return [text for text in texts if text][:count]


def measure(python: str, script: str, texts: list[str], *arguments: str) -> Figures:
    """Run a script in its own process, so that peak memory and cold start are its own."""
    answer = subprocess.run(
        [python, "-c", script, *arguments],
        input=json.dumps(texts),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        cwd=ROOT,
    )
    found = json.loads(answer.stdout.splitlines()[-1])
    pieces = found.get("pieces", 0) / len(texts)
    return Figures(len(texts) / found["busy"], found["cold"], found["peak"], pieces)
