"""Reviews classified a CPU-second, against transformers.pipeline on a BERT-base-sized model, and
against the int8 roof: what the encoder's multiplications alone would take at the speed of the best
int8 matrix product onnxruntime reaches on this machine in the same run.

The pipeline runs in a child process of this interpreter, or of the one that VIGIE_TORCH_PYTHON
names, with torch and transformers: a randomly initialised BERT of the size of
BERT-base multilingual (12 layers of 768), fp32, batch 1, one thread, over the same texts and the
shipped tokenizer. The two take turns, ROUNDS each, a new process a turn; the median counts.

The texts are the project's own reviews of LEAST_WORDS words or more: of all its reviews the mean
is some 52 pieces, of these some 71, as of the reviews that the encoders were first compared on
(71 tokens).
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from importlib.util import find_spec
from pathlib import Path
from statistics import median

from tests.benchmarks.line import Line, Options

ROOT = Path(__file__).resolve().parents[2]
REVIEWS = ROOT / "models" / "training" / "reviews"
LEAST_WORDS = 18
ROWS, ROUNDS = 128, 3
"""The pipeline's part is half a minute a round."""
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
reader.read([Text(t) for t in texts[:8]])
busy = time.process_time()
for start in range(0, len(texts), CHUNK):
    reader.read([Text(t) for t in texts[start:start + CHUNK]])
busy = time.process_time() - busy
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
model = reader._sentiment
encoded = model._tokenizer.encode_batch(texts)
pieces = sum(len(e.ids) for e in encoded)
windowed = sum(len(w.ids) for n, e in enumerate(encoded) for w in model._windows(n, e.ids[1:-1]))
print(json.dumps({"busy": busy, "cold": cold, "peak": peak, "pieces": pieces,
                  "windowed": windowed}))
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
for text in texts[:8]:
    classify(text, truncation=True, max_length=256)
busy = time.process_time()
for text in texts:
    classify(text, truncation=True, max_length=256)
busy = time.process_time() - busy
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
pieces = sum(min(len(ids), 256) for ids in tokenizer(texts, verbose=False)["input_ids"])
print(json.dumps({"busy": busy, "cold": cold, "peak": peak, "pieces": pieces}))
"""


@dataclass(frozen=True)
class Figures:
    """One reader's figures, of a turn or the medians of several."""

    reviews: float
    """A CPU-second."""
    pieces: float
    """A CPU-second; a review's pieces count once, with the marks at its two ends."""
    cold: float
    """Seconds from the first import to the first verdict."""
    peak: float
    """Megabytes."""
    length: float
    """Pieces of a review, on average."""
    windowed: float
    """The same with what the windows of a long review read twice."""


def lines(options: Options) -> Iterator[Line]:
    """Speed, first verdict and memory; the pipeline's where there is torch to run it."""
    texts = sample(options.rows or ROWS)
    python, beside = pipeline_python(), "transformers.pipeline, batch 1, BERT-base size"
    if python is None:
        beside = "no Python with torch: set VIGIE_TORCH_PYTHON"
    ours, theirs = in_turn(texts, python)
    told = f"{len(texts)} reviews of {ours.length:.0f} pieces on average, median of {ROUNDS} rounds"
    for what, unit, name in (
        ("reviews classified a CPU-second", "/s", "reviews"),
        ("pieces read a CPU-second", "/s", "pieces"),
        ("first verdict from cold", "s", "cold"),
        ("peak memory while classifying", "MB", "peak"),
    ):
        other = getattr(theirs, name) if theirs else None
        yield Line(what, getattr(ours, name), unit, other, beside, told)
    yield Line("of the encoder's int8 roof", ours.reviews, "/s", roof(ours.windowed), "int8 roof")


def pipeline_python() -> str | None:
    """The interpreter that has torch, if there is one."""
    named = os.environ.get("VIGIE_TORCH_PYTHON")
    return named or (sys.executable if find_spec("torch") else None)


def in_turn(texts: list[str], pipeline: str | None) -> tuple[Figures, Figures | None]:
    """Both read the same texts, one after the other, ROUNDS times: whatever else the machine does
    meanwhile falls on both."""
    folder = str(ROOT / "models" / "sentiment")
    ours, theirs = list[Figures](), list[Figures]()
    for _ in range(ROUNDS):
        ours.append(measure(sys.executable, OURS, texts))
        if pipeline is not None:
            theirs.append(measure(pipeline, PIPELINE, texts, folder))
    return medians(ours), medians(theirs) if theirs else None


def medians(turns: list[Figures]) -> Figures:
    """Each figure's median."""
    return Figures(*(median(column) for column in zip(*map(astuple, turns), strict=True)))


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
    """Texts of the project's own reviews, of LEAST_WORDS or more, drawn by a fixed seed."""
    texts = [
        json.loads(line)["text"]
        for path in sorted(REVIEWS.glob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if line
    ]
    random.Random(7).shuffle(texts)
    return [text for text in texts if len(text.split()) >= LEAST_WORDS][:count]


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
    count, busy, pieces = len(texts), found["busy"], found["pieces"]
    return Figures(
        reviews=count / busy,
        pieces=pieces / busy,
        cold=found["cold"],
        peak=found["peak"],
        length=pieces / count,
        windowed=found.get("windowed", pieces) / count,
    )
