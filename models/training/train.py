"""Fine-tune the encoder on reviews; the lower layers stay as they are.

    python train.py --start work/base --out work/clean --data ../shared/data --clean 4000
    python train.py --start work/clean --out work/final --data ../shared/data --reviews --clean 1000

The states after the frozen layers are computed once and kept: an epoch then costs the upper
layers only. Two-class texts train by the summed probability of their stars.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import corpora  # type: ignore[import-not-found]  # beside this script
import network as net  # type: ignore[import-not-found]  # beside this script
import numpy as np
import torch
from corpora import Example  # beside this script
from tokenizers import Tokenizer
from torch import Tensor

SEED = 20261122
TOKENS_A_BATCH = 2048
NEAR = 0.15  # weight that a star lends to each neighbour: one star beside is nearly right


@dataclass
class Prepared:
    """An example ready for the upper layers: states after the lower ones, and star weights."""

    states: Tensor  # (tokens, hidden), float16
    target: Tensor  # (5,), the right stars' weights
    exact: bool
    weight: float


def target_of(stars: Sequence[int]) -> tuple[Tensor, bool]:
    """Star weights: a known star lends some to its neighbours; a known class takes its stars."""
    target = torch.zeros(5)
    for star in stars:
        target[star - 1] = 1.0
    if len(stars) > 1:
        return target, False
    for beside in (stars[0] - 2, stars[0]):
        if 0 <= beside < 5:
            target[beside] = NEAR
    return target / target.sum(), True


def by_length(count: int, lengths: Sequence[int], shuffle: random.Random) -> Iterator[list[int]]:
    """Batches of similar lengths and about TOKENS_A_BATCH tokens, in random order."""
    order = sorted(range(count), key=lambda i: lengths[i] + shuffle.random() * 8)
    batches: list[list[int]] = [[]]
    for i in order:
        if batches[-1] and (len(batches[-1]) + 1) * lengths[i] > TOKENS_A_BATCH:
            batches.append([])
        batches[-1].append(i)
    shuffle.shuffle(batches)
    yield from batches


def pad(parts: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """A padded batch of states, and its mask."""
    padded = torch.nn.utils.rnn.pad_sequence([p.float() for p in parts], batch_first=True)
    mask = torch.zeros(padded.shape[:2], dtype=torch.long)
    for row, part in enumerate(parts):
        mask[row, : len(part)] = 1
    return padded, mask


@torch.no_grad()  # type: ignore[untyped-decorator]  # torch is not installed here
def prepare(
    network: net.Stars, tokenizer: Tokenizer, examples: Sequence[Example], frozen: int, clean: float
) -> list[Prepared]:
    """Run the frozen layers once over every example."""
    network.eval()
    ids = [encoding.ids for encoding in tokenizer.encode_batch([e.text for e in examples])]
    found: list[Prepared | None] = [None] * len(ids)
    for batch in by_length(len(ids), [len(i) for i in ids], random.Random(SEED)):
        rows, mask = pad([torch.tensor(ids[i])[:, None] for i in batch])
        states = network.lower(rows[:, :, 0].long(), mask, frozen).half()
        for row, i in enumerate(batch):
            target, exact = target_of(examples[i].stars)
            weight = clean if not exact and examples[i].source[2:3] != "-" else 1.0
            found[i] = Prepared(states[row, : len(ids[i])].clone(), target, exact, weight)
    return [f for f in found if f is not None]


def loss_of(odds: Tensor, batch: Sequence[Prepared]) -> Tensor:
    """Cross-entropy on stars, or minus the log of the summed probability of the class."""
    log = torch.log_softmax(odds, dim=1)
    target = torch.stack([b.target for b in batch])
    exact = torch.tensor([b.exact for b in batch])
    weight = torch.tensor([b.weight for b in batch])
    stars = -(target * log).sum(1)
    summed = -torch.logsumexp(log.masked_fill(target == 0, -1e4), dim=1)
    return (torch.where(exact, stars, summed) * weight).sum() / weight.sum()


@torch.no_grad()  # type: ignore[untyped-decorator]  # torch is not installed here
def read_odds(network: net.Stars, prepared: Sequence[Prepared], frozen: int) -> Tensor:
    """Log-odds of the prepared examples, in their order."""
    network.eval()
    odds = torch.zeros(len(prepared), 5)
    for batch in by_length(len(prepared), [len(p.states) for p in prepared], random.Random(SEED)):
        states, mask = pad([prepared[i].states for i in batch])
        odds[batch] = network.upper(states, mask, frozen)
    return odds


def accuracy(odds: Tensor, prepared: Sequence[Prepared]) -> float:
    """Share of examples whose most probable class (1-2, 3, 4-5 stars) is right."""
    p = torch.softmax(odds, dim=1)
    classes = torch.stack([p[:, :2].sum(1), p[:, 2], p[:, 3:].sum(1)], dim=1).argmax(1)
    right = torch.tensor([(0, 0, 1, 2, 2)[int(x.target.argmax())] for x in prepared])
    return float((classes == right).float().mean())


def groups(network: net.Stars, frozen: int, rate: float) -> list[dict[str, object]]:
    """What is trained: upper layers at the rate, the head ten times faster."""
    network.requires_grad_(False)
    upper = network.encoder.encoder.layer[frozen:]
    upper.requires_grad_(True)
    network.head.requires_grad_(True)
    return [
        {"params": list(upper.parameters()), "lr": rate, "weight_decay": 0.01},
        {"params": list(network.head.parameters()), "lr": rate * 10},
    ]


def fit(
    network: net.Stars,
    prepared: Sequence[Prepared],
    tune: Sequence[Prepared],
    chosen: argparse.Namespace,
) -> None:
    """Train for the epochs asked, with warm-up and linear decay of the rate."""
    shuffle = random.Random(SEED)
    lengths = [len(p.states) for p in prepared]
    steps = chosen.epochs * sum(1 for _ in by_length(len(prepared), lengths, random.Random(SEED)))
    optimizer = torch.optim.AdamW(groups(network, chosen.frozen, chosen.rate))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda s: min((s + 1) / (0.1 * steps), max(0.0, (steps - s) / (0.9 * steps)))
    )
    began, step = time.monotonic(), 0
    for epoch in range(chosen.epochs):
        network.train()
        for batch in by_length(len(prepared), lengths, shuffle):
            parts = [prepared[i] for i in batch]
            states, mask = pad([p.states for p in parts])
            loss = loss_of(network.upper(states, mask, chosen.frozen), parts)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            step += 1
            if step % 20 == 0:
                print(
                    f"{step}/{steps} loss {loss:.3f} {time.monotonic() - began:.0f} s", flush=True
                )
        right = accuracy(read_odds(network, tune, chosen.frozen), tune)
        print(f"epoch {epoch + 1}: tune accuracy {right:.3f}", flush=True)


def temperature(odds: Tensor, prepared: Sequence[Prepared]) -> float:
    """The temperature that makes the tune part most likely (Guo et al. 2017), by a scan."""
    hard = [
        Prepared(p.states, (p.target == p.target.max()).float() if p.exact else p.target, False, 1)
        for p in prepared
    ]
    scan = np.exp(np.linspace(np.log(0.5), np.log(4.0), 80))
    return float(min(scan, key=lambda t: float(loss_of(odds / float(t), hard))))


def gather(chosen: argparse.Namespace) -> tuple[list[Example], list[Example]]:
    """The train and tune parts asked for."""
    clean = corpora.read_clean(chosen.data)
    random.Random(SEED).shuffle(clean)
    train, tune = corpora.split(clean[: chosen.clean], 0.05)
    if chosen.reviews:
        ours, tune = corpora.split(corpora.read_reviews("train"), 0.1)
        train = [*train, *ours]
    return train, tune


def main() -> None:
    """Train, calibrate, write the checkpoint."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--start", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--clean", type=int, default=4000, help="texts of the licensed corpora")
    parser.add_argument("--clean-weight", type=float, default=1.0)
    parser.add_argument("--reviews", action="store_true", help="the project's own reviews too")
    parser.add_argument("--layers", default="", help="keep these layers only, e.g. 0,2,4,6,8,11")
    parser.add_argument("--frozen", type=int, default=6, help="lower layers left as they are")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--rate", type=float, default=5e-5)
    parser.add_argument("--max-tokens", type=int, default=128)
    chosen = parser.parse_args()
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    network = net.load(chosen.start, tuple(int(n) for n in chosen.layers.split(",") if n))
    tokenizer = Tokenizer.from_file(str(chosen.start / "tokenizer.json"))
    tokenizer.enable_truncation(chosen.max_tokens)
    train, tune = gather(chosen)
    print(f"{len(train)} to train, {len(tune)} to tune", flush=True)
    prepared = prepare(network, tokenizer, train, chosen.frozen, chosen.clean_weight)
    held = prepare(network, tokenizer, tune, chosen.frozen, 1.0)
    print("lower layers done", flush=True)
    fit(network, prepared, held, chosen)
    odds = read_odds(network, held, chosen.frozen)
    facts = {
        "temperature": round(temperature(odds, held), 4),
        "tune_accuracy": round(accuracy(odds, held), 4),
        "trained_on": len(train),
        "batches": sorted({e.source for e in train if e.source[2:3] == "-"}),
    }
    net.save(network, chosen.out)
    shutil.copy(chosen.start / "tokenizer.json", chosen.out / "tokenizer.json")
    (chosen.out / "facts.json").write_text(json.dumps(facts, indent=1) + "\n")
    print(facts)


if __name__ == "__main__":
    main()
