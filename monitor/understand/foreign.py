"""Somebody else's model: any text-classification model of transformers whose labels say stars.

torch (the extra ``torch``) and transformers are imported when one is loaded.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

from monitor.understand.origin import Labels, Origin, find_origin, opening, transformers_library
from monitor.understand.scale import Stars, stars_of
from monitor.understand.sentiment import ModelError, StarProbabilities
from monitor.understand.windows import Window, batches, windows

TOKENS_A_BATCH = 1024
LONGEST_WINDOW = 512
"""Tokens; models that take more are slow to, and reviews are short."""
PROBE = "le service et la livraison, the service and delivery, 服务, обслуживание, خدمة, サービス"
"""Of this a tokenizer of any language knows something."""
ALIKE = 1e-3
"""How far a probability may be from what it was when the text was read alone."""


def foreign_name(model: str, labels: Labels = None) -> str:
    """name@revision of a model, without loading it. Raises ModelError."""
    origin = find_origin(model)
    return f"{origin.name}@{origin.with_labels(labels)}"


def load_foreign(model: str, labels: Labels = None, threads: int = 1) -> Foreign:
    """Open a folder's model, or the hub's of that name, to run on so many threads.

    Raises ModelError: LabelError where its labels do not say stars.
    """
    origin = find_origin(model)
    transformers = transformers_library()
    config = opening(model, lambda: origin.open(transformers.AutoConfig))
    if getattr(config, "problem_type", None) == "multi_label_classification":
        raise ModelError(f"{model}: this model gives one text several labels; it must choose one")
    stars = stars_of([config.id2label[number] for number in sorted(config.id2label)], labels)
    torch = _torch(model)
    torch.set_num_threads(threads)
    tokenizer = opening(model, lambda: _tokenizer(origin, transformers))
    network = opening(model, lambda: _network(origin, transformers, torch, config))
    revision = origin.with_labels(labels)
    made = opening(model, lambda: Foreign(origin.name, revision, stars, tokenizer, network))
    return opening(model, lambda: _tried(made))


def _length(window: Window) -> int:
    return len(window[1])


class Foreign:
    """A loaded model. ``name`` and ``revision`` go into every verdict."""

    def __init__(
        self, name: str, revision: str, stars: Sequence[Stars], tokenizer: Any, network: Any
    ) -> None:
        self.name = name
        self.revision = revision
        self._stars = stars
        self._tokenizer = tokenizer
        self._network = network
        if network.config.pad_token_id is None:  # a decoder finds a text's end by it
            network.config.pad_token_id = tokenizer.pad_token_id
        self._before, self._after = _framing(tokenizer)
        self._pad: int | None = tokenizer.pad_token_id
        self._window = _room(tokenizer, network.config) - len(self._before) - len(self._after)

    def read(self, texts: Sequence[str]) -> list[StarProbabilities]:
        """Star probabilities of each text, in order. A long text is read by windows."""
        import torch

        every = [
            (owner, [*self._before, *ids, *self._after])
            for owner, pieces in enumerate(self._pieces(texts))
            for ids in windows(pieces, self._window)
        ]
        total = torch.zeros(len(texts), len(self._stars), dtype=torch.float64)
        weight = torch.zeros(len(texts), 1, dtype=torch.float64)
        for batch in self._batches(every):
            odds = self._run([ids for _, ids in batch])
            for (owner, ids), row in zip(batch, odds, strict=True):
                total[owner] += row * len(ids)
                weight[owner] += len(ids)
        chances = torch.softmax(total / weight.clamp(min=1), dim=1)
        return [spread_over_stars(row, self._stars) for row in chances.tolist()]

    def _pieces(self, texts: Sequence[str]) -> list[list[int]]:
        return _ids(self._tokenizer, list(texts)) if texts else []

    def _batches(self, every: list[Window]) -> list[list[Window]]:
        """One by one where the model has nothing to pad with."""
        return list(batches(every, TOKENS_A_BATCH if self._pad is not None else 1, _length))

    def _run(self, batch: Sequence[list[int]]) -> Any:
        """The logits of a batch, a row each, as float64."""
        import torch

        longest = max(map(len, batch))
        left = self._tokenizer.padding_side == "left"

        def filled(row: list[int], filling: int) -> list[int]:
            rest = [filling] * (longest - len(row))
            return rest + row if left else row + rest

        ids = torch.tensor([filled(pieces, self._pad or 0) for pieces in batch])
        mask = torch.tensor([filled([1] * len(pieces), 0) for pieces in batch])
        with torch.inference_mode():
            answer = self._network(input_ids=ids, attention_mask=mask)
        return answer.logits.double()


def spread_over_stars(row: Sequence[float], stars: Sequence[Stars]) -> StarProbabilities:
    """Each label's probability, split evenly over the stars that it stands for."""
    five = [0.0] * 5
    for chance, each in zip(row, stars, strict=True):
        for star in each:
            five[star - 1] += chance / len(each)
    one, two, three, four, last = five
    return one, two, three, four, last


def _network(origin: Origin, transformers: Any, torch: Any, config: Any) -> Any:
    network, told = origin.open(
        transformers.AutoModelForSequenceClassification,
        config=config,
        dtype=torch.float32,
        output_loading_info=True,
    )
    missing = sorted(told["missing_keys"])
    if missing:
        raise ModelError(
            f"{origin.where}: the weights hold no trained classifier ({', '.join(missing[:3])})"
        )
    return network.eval()


def _tokenizer(origin: Origin, transformers: Any) -> Any:
    """The tokenizer. transformers makes an empty one where its files are missing."""
    tokenizer = origin.open(transformers.AutoTokenizer)
    if set(_ids(tokenizer, [PROBE])[0]) <= {*tokenizer.all_special_ids, tokenizer.unk_token_id}:
        raise ModelError(
            f"{origin.where}: the tokenizer knows no word: put its files "
            "(tokenizer.json, or vocab.txt and the like) beside the weights"
        )
    return tokenizer


def _tried(loaded: Foreign) -> Foreign:
    """The model, once it has read two texts of unequal length together as each alone. Raises
    ModelError."""
    texts = ["1", PROBE]
    alone = [loaded.read([text])[0] for text in texts]
    if not all(0.99 < sum(chances) < 1.01 for chances in alone):
        raise ModelError(f"{loaded.name}: the model answers with no probabilities")
    remedy = "pad_token in tokenizer_config.json and pad_token_id in config.json must be the same"
    try:
        together = loaded.read(texts)
    except Exception as wrong:  # what a network raises has no base class
        raise ModelError(
            f"{loaded.name}: the model cannot read several texts at once ({wrong}): {remedy}"
        ) from wrong
    pairs = zip(chain(*alone), chain(*together), strict=True)
    if any(abs(one - other) > ALIKE for one, other in pairs):
        raise ModelError(
            f"{loaded.name}: the model reads several texts at once otherwise than each alone: "
            f"{remedy}"
        )
    return loaded


def _framing(tokenizer: Any) -> tuple[list[int], list[int]]:
    """The special tokens that this model wants before and after a text."""
    bare = _ids(tokenizer, ["1"])[0]
    whole = list(tokenizer("1")["input_ids"])
    for start in range(len(whole) - len(bare) + 1):
        if whole[start : start + len(bare)] == bare:
            return whole[:start], whole[start + len(bare) :]
    raise ModelError("the tokenizer does not keep a text together")


def _ids(tokenizer: Any, texts: list[str]) -> list[list[int]]:
    told = tokenizer(
        texts,
        add_special_tokens=False,
        truncation=False,
        return_attention_mask=False,
        return_token_type_ids=False,
        verbose=False,
    )
    return [list(ids) for ids in told["input_ids"]]


def _room(tokenizer: Any, config: Any) -> int:
    """Tokens that the model takes at once; two are left, as some count their places from two."""
    places = getattr(config, "max_position_embeddings", None) or LONGEST_WINDOW + 2
    return int(min(tokenizer.model_max_length, places - 2, LONGEST_WINDOW))


def _torch(model: str) -> Any:
    try:
        import torch
    except ImportError as missing:
        raise ModelError(
            f"{model}: this model needs torch, which is not installed: "
            "install Vigie with its extra “torch”"
        ) from missing
    return torch
