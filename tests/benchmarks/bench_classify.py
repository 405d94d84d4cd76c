"""Reviews classified a CPU-second, against transformers.pipeline on a BERT-base-sized model.

The pipeline runs in a child process of the interpreter that VIGIE_TORCH_PYTHON names, one with
torch and transformers (the product's own has no torch): a randomly initialised BERT of the size of
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
from pathlib import Path

from tests.benchmarks.line import Line, Options

ROOT = Path(__file__).resolve().parents[2]
REVIEWS = ROOT / "models" / "training" / "reviews"

OURS = """
import json, resource, sys, time
began = time.perf_counter()
from monitor.understand import Text, open_reader
reader = open_reader()
texts = json.load(sys.stdin)
reader.read([Text(texts[0])])
cold = time.perf_counter() - began
reader.read([Text(t) for t in texts[:20]])
busy = time.process_time()
for start in range(0, len(texts), 64):
    reader.read([Text(t) for t in texts[start:start + 64]])
busy = time.process_time() - busy
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"busy": busy, "cold": cold, "peak": peak}))
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


def lines(options: Options) -> Iterator[Line]:
    """Speed, first verdict and memory; the pipeline's where VIGIE_TORCH_PYTHON names a Python."""
    texts = sample(options.rows or 300)
    ours = measure(sys.executable, OURS, texts)
    theirs, beside = None, "no Python with torch named: set VIGIE_TORCH_PYTHON"
    torch_python = os.environ.get("VIGIE_TORCH_PYTHON")
    if torch_python:
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
    return Figures(len(texts) / found["busy"], found["cold"], found["peak"])
