"""Reviews classified a CPU-second, against transformers.pipeline on a BERT-base-sized model.

    python tests/benchmarks/bench_classify.py [--torch-python PATH] [--reviews 300]

The pipeline runs in a child process of an interpreter that has torch and transformers (the
product's own has no torch): a randomly initialised BERT of the size of BERT-base multilingual
(12 layers of 768), fp32, batch 1, one thread, over the same texts and the shipped tokenizer.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

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
class Row:
    """One reader's figures."""

    name: str
    a_cpu_second: float
    cold: float
    """Seconds from the first import to the first verdict."""
    peak: float
    """Megabytes."""


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


def measure(name: str, python: str, script: str, texts: list[str], *arguments: str) -> Row:
    """Run a script in its own process, so that peak memory and cold start are its own."""
    answer = subprocess.run(
        [python, "-c", script, *arguments],
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    found = json.loads(answer.stdout.splitlines()[-1])
    return Row(name, len(texts) / found["busy"], found["cold"], found["peak"])


def run(count: int = 300, torch_python: str | None = None) -> list[Row]:
    """The table's rows; the pipeline's only where an interpreter with torch is given."""
    texts = sample(count)
    rows = [measure("vigie", sys.executable, OURS, texts)]
    if torch_python:
        few = texts[: max(20, count // 5)]
        folder = str(ROOT / "models" / "sentiment")
        rows.append(measure("transformers.pipeline", torch_python, PIPELINE, few, folder))
    return rows


def show(rows: list[Row]) -> None:
    """Print the table."""
    print(f"{'':24}{'reviews a CPU-second':>22}{'first verdict, s':>18}{'peak, MB':>10}")
    for row in rows:
        print(f"{row.name:24}{row.a_cpu_second:22.1f}{row.cold:18.2f}{row.peak:10.0f}")
    if len(rows) == 2:
        print(f"vigie reads {rows[0].a_cpu_second / rows[1].a_cpu_second:.1f} times as many")
    else:
        print("the pipeline was not measured: name a Python with torch by --torch-python")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--torch-python")
    parser.add_argument("--reviews", type=int, default=300)
    chosen = parser.parse_args()
    show(run(chosen.reviews, chosen.torch_python))
