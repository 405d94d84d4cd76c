"""Fine-tune the encoder and its heads on reviews; or teach a smaller network to answer alike.

    python train.py --start work/base --out work/teacher --data path/to/corpora
    python train.py --start work/teacher --teacher work/teacher --layers 1,3,5,7,9,11 --ceiling
                    --out work/student --data path/to/corpora

The embedding table stays as it is. Texts of the licensed corpora (two classes) train the stars by
the summed probability of their class.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import time
from collections.abc import Sequence
from pathlib import Path

import corpora
import judge
import network as net
import torch
from corpora import Example
from examples import Prepared, batches, prepare
from losses import hard_loss, taught_loss
from marks import Marks
from tokenizers import Tokenizer

SEED = 20261127


def rough_copies(examples: Sequence[Example], copies: int) -> list[list[Example]]:
    """The texts as they stand, then so many roughened copies of all of them."""
    chance = random.Random(SEED)
    rough = [[corpora.roughen(e, chance) for e in examples] for _ in range(copies)]
    return [list(examples), *rough]


@torch.no_grad()  # type: ignore[untyped-decorator]  # torch is not installed where types are checked
def teach(teachers: Sequence[net.Network], items: Sequence[Prepared]) -> None:
    """Keep what the teachers answer for each item, on average; the states are the first one's."""
    for batch in batches(items, random.Random(SEED)):
        answers = [teacher.eval()(batch.ids, batch.mask) for teacher in teachers]
        odds = net.Odds(*(sum(parts) / len(answers) for parts in zip(*answers, strict=True)))
        odds = odds._replace(states=answers[0].states)
        for row, item in enumerate(batch.items):
            length = len(item.ids)
            item.taught = net.Odds(
                odds.stars[row].half(),
                odds.severity[row].half(),
                odds.judges[row].half(),
                odds.labels[row].half(),
                odds.pieces[row, :length].half(),
                odds.states[row, :length].half(),
            )


def groups(network: net.Network, rate: float, frozen: int) -> list[dict[str, object]]:
    """Upper layers learn at the rate, each layer below a little slower, the heads ten times
    faster; the embedding and the frozen lowest layers not at all."""
    network.encoder.embeddings.requires_grad_(False)
    network.encoder.encoder.layer[:frozen].requires_grad_(False)
    layers = list(network.encoder.encoder.layer)[frozen:]
    found: list[dict[str, object]] = [
        {"params": list(layer.parameters()), "lr": rate * 0.93 ** (len(layers) - 1 - number)}
        for number, layer in enumerate(layers)
    ]
    heads = [p for name, p in network.named_parameters() if not name.startswith("encoder.")]
    return [*found, {"params": heads, "lr": rate * 10}]


class Mean:
    """The running mean of a network's weights over the last part of its training: it answers
    better, above all on texts unlike those of its training, than the weights where the training
    happened to end (Izmailov et al. 2018, "Averaging weights leads to wider optima")."""

    EVERY = 10
    """Steps from one count to the next."""

    def __init__(self, network: net.Network) -> None:
        self.learning = [p for p in network.parameters() if p.requires_grad]
        self.sums = [torch.zeros_like(p, dtype=torch.float64) for p in self.learning]
        self.counted = 0

    @torch.no_grad()  # type: ignore[untyped-decorator]  # as below
    def count(self) -> None:
        """Add the weights as they are now."""
        for total, weights in zip(self.sums, self.learning, strict=True):
            total += weights
        self.counted += 1

    @torch.no_grad()  # type: ignore[untyped-decorator]  # as below
    def put(self) -> None:
        """Let the network go on with the mean, if anything was counted."""
        for total, weights in zip(self.sums, self.learning, strict=True):
            if self.counted:
                weights.copy_(total / self.counted)


def fit(
    network: net.Network,
    epochs: Sequence[Sequence[Prepared]],
    tune: Sequence[Prepared],
    marks: Marks,
    chosen: argparse.Namespace,
) -> None:
    """Train over the epochs' items, with warm-up and linear decay of the rate."""
    shuffle = random.Random(SEED)
    optimizer = torch.optim.AdamW(groups(network, chosen.rate, chosen.frozen), weight_decay=0.01)
    steps = sum(sum(1 for _ in batches(items, random.Random(0))) for items in epochs)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer,
        lambda step: min(
            (step + 1) / (0.1 * steps),
            chosen.rate_end + (1 - chosen.rate_end) * max(0.0, (steps - step) / (0.9 * steps)),
        ),
    )
    began, step, mean = time.monotonic(), 0, Mean(network)
    for number, items in enumerate(epochs, 1):
        network.train()
        for batch in batches(marks.some(items, chosen.marked), shuffle):
            odds = network(batch.ids, batch.mask)
            loss = hard_loss(odds, batch)
            if batch.items[0].taught is not None:
                loss = 0.5 * loss + taught_loss(odds, batch)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            step += 1
            if step > (1 - chosen.mean) * steps and step % Mean.EVERY == 0:
                mean.count()
            if step % 25 == 0:
                print(f"{step}/{steps} {loss:.3f} {time.monotonic() - began:.0f} s", flush=True)
        print(f"epoch {number}: {judge.summary(network, tune)}", flush=True)
    if mean.counted:
        mean.put()
        print(f"mean: {judge.summary(network, tune)}", flush=True)


def gather(chosen: argparse.Namespace, tokenizer: Tokenizer) -> list[list[Prepared]]:
    """The items of each epoch: our plain reviews, a share of the lively ones, roughened anew but
    for the first time and the last, and another slice of the licensed corpora."""
    some = [e for e in corpora.read_reviews("train") if e.share < chosen.share]
    plain = [e for e in some if not corpora.is_lively(e.source)]
    lively = [e for e in some if corpora.is_lively(e.source)]
    ours = zip(rough_copies(plain, chosen.copies), rough_copies(lively, chosen.copies), strict=True)
    versions = [[prepare(part, tokenizer, 1.0) for part in version] for version in ours]
    clean = prepare(corpora.read_clean(chosen.data), tokenizer, chosen.clean_weight)
    if chosen.teacher:
        clean += prepare(corpora.read_parts(chosen.data), tokenizer, 0.0)
    for part in (*(lot[1] for lot in versions), clean):
        random.Random(SEED).shuffle(part)
    epochs = []
    for epoch in range(chosen.epochs):
        as_written = epoch in (0, chosen.epochs - 1) or not chosen.copies
        plain_items, lively_items = versions[0 if as_written else 1 + (epoch - 1) % chosen.copies]
        count = int(chosen.lively * len(lively_items))
        some_lively = slice_of(lively_items, epoch * count, count)
        some_clean = slice_of(clean, chosen.clean_from + epoch * chosen.clean, chosen.clean)
        epochs.append([*plain_items, *some_lively, *some_clean])
    return epochs


def slice_of(items: Sequence[Prepared], start: int, count: int) -> list[Prepared]:
    """So many items from the start, from the beginning again after the last."""
    return [items[number % len(items)] for number in range(start, start + count)]


def main() -> None:
    """Train, write the checkpoint and what its training was."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--start", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument(
        "--teacher", type=Path, nargs="+", help="learn from these checkpoints' answers too"
    )
    parser.add_argument("--layers", default="", help="keep these layers only, e.g. 1,3,5,7,9,11")
    parser.add_argument("--ceiling", action="store_true", help="bound the values, for int8")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--clean", type=int, default=900, help="licensed texts an epoch")
    parser.add_argument("--clean-from", type=int, default=0, help="where their first slice begins")
    parser.add_argument("--clean-weight", type=float, default=0.5)
    parser.add_argument("--copies", type=int, default=3, help="roughened copies of our reviews")
    parser.add_argument("--lively", type=float, default=1.0, help="share of the lively batches")
    parser.add_argument("--share", type=float, default=1.0, help="part of our reviews that is read")
    parser.add_argument("--marked", type=float, default=0.0, help="part with emoji, courtesies")
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--frozen", type=int, default=0, help="lowest layers left as they are")
    parser.add_argument("--rate", type=float, default=6e-5)
    parser.add_argument("--rate-end", type=float, default=0.0, help="part of it left at the end")
    parser.add_argument("--mean", type=float, default=0.0, help="average the last part, e.g. 0.4")
    parser.add_argument("--max-tokens", type=int, default=128)
    parser.add_argument("--threads", type=int, default=2)
    chosen = parser.parse_args()
    torch.manual_seed(SEED)
    torch.set_num_threads(chosen.threads)
    layers = tuple(int(n) for n in chosen.layers.split(",") if n)
    network = net.load(chosen.start, layers, chosen.ceiling)
    tokenizer = Tokenizer.from_file(str(chosen.start / "tokenizer.json"))
    tokenizer.enable_truncation(chosen.max_tokens)
    epochs = gather(chosen, tokenizer)
    watched = [e for e in corpora.read_reviews("tune") if e.share < chosen.share]
    tune = prepare(watched, tokenizer, 1.0)
    print(f"{sum(map(len, epochs))} texts in {len(epochs)} epochs, {len(tune)} to tune", flush=True)
    if chosen.teacher:
        distinct = {id(item): item for items in epochs for item in items}
        teach([net.load(teacher) for teacher in chosen.teacher], list(distinct.values()))
        print("taught", flush=True)
    fit(network, epochs, tune, Marks(tokenizer, SEED), chosen)
    net.save(network, chosen.out)
    shutil.copy(chosen.start / "tokenizer.json", chosen.out / "tokenizer.json")
    facts = {
        "reviews": len(corpora.read_reviews("train")),
        "licensed": chosen.epochs * chosen.clean,
        "epochs": chosen.epochs,
        "batches": sorted({e.source for e in corpora.read_reviews("train")}),
    }
    (chosen.out / "facts.json").write_text(json.dumps(facts, indent=1) + "\n")


if __name__ == "__main__":
    main()
