"""Somebody else's model: real ones of transformers, two layers of width 16, made here."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import Engine, select

from monitor import jobs
from monitor.checkup import sentences
from monitor.config import Classifier, Config, ConfigError, load
from monitor.installation import Installation
from monitor.store.tables import Verdict, Version
from monitor.understand import ModelError, Text, classifier_name, open_classifier
from monitor.understand.foreign import load_foreign
from monitor.understand.scale import LabelError, stars_of
from tests.rows import a_review

STARS = [f"{number} star{'s' * (number > 1)}" for number in range(1, 6)]
CLASSES = ["NEGATIVE", "neutral", "Positive"]
UNNAMED = ["LABEL_0", "LABEL_1", "LABEL_2"]
MAP: dict[str, int | str] = {"LABEL_0": 5, "LABEL_1": "neutral", "LABEL_2": "negative"}
COMMIT = "0123456789abcdef0123456789abcdef01234567"
WORDS = "livraison rapide lampe parfaite cassée jamais reçue merci service nul le la une et"


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of models: stars, classes, unnamed, and one without a trained classifier."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification, BertModel

    folder = tmp_path_factory.mktemp("models")
    small: dict[str, Any] = {"vocab_size": 100, "hidden_size": 16, "num_hidden_layers": 2}
    small |= {"num_attention_heads": 2, "intermediate_size": 32, "max_position_embeddings": 40}
    small["initializer_range"] = 0.5  # far enough from zero to tell texts apart
    torch.manual_seed(1)
    for name, labels in {"stars": STARS, "classes": CLASSES, "unnamed": UNNAMED}.items():
        config = BertConfig(**small, id2label=dict(enumerate(labels)))
        BertForSequenceClassification(config).save_pretrained(folder / name)
    BertModel(BertConfig(**small, id2label=dict(enumerate(CLASSES)))).save_pretrained(
        folder / "headless"
    )
    for made in folder.iterdir():
        a_tokenizer().save_pretrained(made)
    return folder


def a_tokenizer() -> Any:
    from tokenizers import Tokenizer, pre_tokenizers, processors
    from tokenizers.models import WordPiece
    from transformers import PreTrainedTokenizerFast

    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    words = {word: number for number, word in enumerate([*special, *WORDS.split()])}
    tokenizer = Tokenizer(WordPiece(words, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    named = dict(zip(("pad_token", "unk_token", "cls_token", "sep_token"), special, strict=True))
    kind: Any = PreTrainedTokenizerFast
    return kind(tokenizer_object=tokenizer, **named)


def theirs(folder: Path, text: str) -> list[float]:
    """The probabilities of the labels, as transformers itself gives them."""
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    model = AutoModelForSequenceClassification.from_pretrained(folder)
    tokens = AutoTokenizer.from_pretrained(folder)(text, return_tensors="pt")
    with torch.inference_mode():
        given: list[float] = torch.softmax(model(**tokens).logits[0], 0).tolist()
    return given


TEXTS = ["livraison rapide", "lampe cassée et jamais reçue", "merci", "", "!"]


def test_five_stars_are_what_the_model_says(models: Path) -> None:
    read = load_foreign(str(models / "stars"), threads=2).read(TEXTS)
    for text, five in zip(TEXTS, read, strict=True):
        assert five == pytest.approx(theirs(models / "stars", text), abs=1e-4)
    assert len({max(range(5), key=five.__getitem__) for five in read}) > 1, "a dull example"
    assert load_foreign(str(models / "stars")).read([]) == []


def test_three_classes_are_split_evenly_over_their_stars(models: Path) -> None:
    five = load_foreign(str(models / "classes")).read(TEXTS[:1])[0]
    bad, middling, good = theirs(models / "classes", TEXTS[0])
    assert five == pytest.approx([bad / 2, bad / 2, middling, good / 2, good / 2], abs=1e-4)


def test_labels_that_say_nothing_are_mapped(models: Path) -> None:
    one = load_foreign(str(models / "unnamed"), MAP)
    good, middling, bad = theirs(models / "unnamed", TEXTS[1])
    assert one.read(TEXTS[1:2])[0] == pytest.approx([bad / 2, bad / 2, middling, 0, good], abs=1e-4)
    other = load_foreign(str(models / "unnamed"), {**MAP, "LABEL_0": 4})
    assert one.revision != other.revision, "another map makes other verdicts"


def test_a_long_text_is_read_to_its_end(models: Path) -> None:
    model = load_foreign(str(models / "stars"))
    begins = "merci et merci " * 100
    plain, ended = model.read([begins, begins + "lampe cassée jamais reçue nul " * 100])
    assert plain != pytest.approx(ended, abs=1e-3)
    endless = model.read(["nul " * 300_000])[0]
    assert sum(endless) == pytest.approx(1)


@pytest.mark.parametrize(
    ("labels", "given", "stars"),
    [
        (["1", "2", "3", "4", "5"], None, [(1,), (2,), (3,), (4,), (5,)]),
        (["5 étoiles", "1 étoile"], None, [(5,), (1,)]),
        (["NEG", "NEU", "POS"], None, [(1, 2), (3,), (4, 5)]),
        (["négatif", "positif"], None, [(1, 2), (4, 5)]),
        (
            ["Very Negative", "Negative", "Neutral", "Positive", "Very Positive"],
            None,
            [(1,), (2,), (3,), (4,), (5,)],
        ),
        (["LABEL_0", "LABEL_1"], {"label_0": "negative", "LABEL_1": 4}, [(1, 2), (4,)]),
        (["positive", "negative"], {"positive": 1, "negative": 5}, [(1,), (5,)]),
    ],
)
def test_labels_say_stars(
    labels: list[str], given: dict[str, int | str] | None, stars: list[tuple[int, ...]]
) -> None:
    assert stars_of(labels, given) == stars


@pytest.mark.parametrize(
    ("labels", "given", "said", "key"),
    [
        (["0", "1", "2"], None, "“0”, “1”, “2” do not say how many stars", ()),
        (["negative", "joy"], None, "“joy” does not say how many stars", ()),
        (["neutral", "positive"], None, "none of the model's labels", ()),
        (["a", "b"], {"a": 1, "b": 2}, "is positive (4 or 5 stars)", ()),
        (["a", "b"], {"a": 1}, "“b” is missing here", ()),
        (
            ["a", "b"],
            {"a": 1, "b": 5, "c": 3},
            "has no label “c”; its labels are: “a”, “b”",
            ("c",),
        ),
    ],
)
def test_labels_that_cannot_be_read_are_told(
    labels: list[str], given: dict[str, int | str] | None, said: str, key: tuple[str, ...]
) -> None:
    with pytest.raises(LabelError) as wrong:
        stars_of(labels, given)
    assert said in str(wrong.value)
    assert wrong.value.key == ("classifier", "labels", *key)


# by the configuration


def configured(folder: Path, classifier: Any) -> Path:
    told = {"brands": [{"key": "lumen", "name": "Maison Lumen"}], "classifier": classifier}
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(told, sort_keys=False, allow_unicode=True), "utf-8")
    return path


def checked(folder: Path, classifier: Any) -> tuple[bool, str]:
    """What ``vigie check`` says of the classifier."""
    said = sentences(load(configured(folder, classifier)))
    return next(one for one in said if "classifier" in one[1])


def test_check_says_whose_labels_are_wrong_and_where(models: Path, tmp_path: Path) -> None:
    unnamed = str(models / "unnamed")
    place = str(tmp_path / "config.yaml")
    good, said = checked(tmp_path, {"model": unnamed, "labels": MAP})
    assert (good, said.startswith("classifier: unnamed@")) == (True, True)
    wrong: list[tuple[Any, str, str]] = [
        (unnamed, "line 4, classifier.labels", "“LABEL_0”, “LABEL_1”, “LABEL_2” do not say"),
        (
            {"model": unnamed, "labels": {"LABEL_0": 1, "LABEL_1": 5}},
            "line 6, classifier.labels",
            "“LABEL_2” is missing here",
        ),
        (
            {"model": unnamed, "labels": {**MAP, "LABEL_7": 3}},
            "line 10, classifier.labels.LABEL_7",
            "has no label “LABEL_7”; its labels are: “LABEL_0”, “LABEL_1”, “LABEL_2”",
        ),
        (
            {"model": "models/sentiment", "labels": {"1": 1}},
            "line 6, classifier.labels",
            "leave the labels out",
        ),
        (
            {"model": "models/sentiment", "rules": f"{models}/nowhere"},
            "line 6, classifier.rules",
            "is not a folder",
        ),
        (str(models / "headless"), "line 4, classifier", "hold no trained classifier"),
        (str(models), "line 4, classifier", "config.json is missing"),
        (f"{models}/nowhere", "line 4, classifier", "there is no such folder"),
    ]
    for classifier, where, what in wrong:
        good, said = checked(tmp_path, classifier)
        assert not good
        assert said.startswith(f"{place}, {where}: "), said
        assert what in said


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        ({"A": "seven"}, "line 7, classifier.labels.A: expected a number of stars from 1 to 5"),
        ({"A": 6}, "line 7, classifier.labels.A: expected a number of stars from 1 to 5"),
        ({True: 1}, "expected the name of a label, in quotes"),
    ],
)
def test_a_meaning_that_is_none_is_told(tmp_path: Path, labels: dict[Any, Any], said: str) -> None:
    with pytest.raises(ConfigError, match="expected") as wrong:
        load(configured(tmp_path, {"model": "elsewhere", "labels": labels}))
    assert said in wrong.value.problems[0]


def test_the_configuration_takes_a_name_alone(tmp_path: Path) -> None:
    def classifier(told: Any) -> Classifier:
        return load(configured(tmp_path, told)).config.classifier

    assert classifier("somebody/stars") == Classifier(model="somebody/stars")
    zero = classifier({"model": "x", "labels": {0: "Negative", "1": "5"}})
    assert zero.labels == {"0": "negative", "1": 5}


def test_a_model_without_its_tokenizer_is_refused(models: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare"
    bare.mkdir()
    for name in ("config.json", "model.safetensors"):
        shutil.copy(models / "stars" / name, bare)
    with pytest.raises(ModelError, match="bare: the tokenizer knows no word: put its files"):
        open_classifier(Classifier(model=str(bare)))
    for path in (models / "stars").glob("tokenizer*"):
        shutil.copy(path, bare)
    assert open_classifier(Classifier(model=str(bare))).model.startswith("bare@")


def a_decoder(folder: Path, pad: int | None = None) -> Path:
    """A GPT-2 whose tokenizer can pad (with 0), and whose configuration names that token."""
    import torch
    from transformers import GPT2Config, GPT2ForSequenceClassification

    torch.manual_seed(1)
    config = GPT2Config(
        vocab_size=100,
        n_embd=16,
        n_layer=2,
        n_head=2,
        n_positions=64,
        initializer_range=0.5,
        pad_token_id=pad,
        id2label=dict(enumerate(STARS)),
    )
    GPT2ForSequenceClassification(config).save_pretrained(folder)
    a_tokenizer().save_pretrained(folder)
    return folder


def test_a_decoder_reads_texts_together_as_each_alone(tmp_path: Path) -> None:
    model = load_foreign(str(a_decoder(tmp_path / "decoder")))
    for text, five in zip(TEXTS[:3], model.read(TEXTS[:3]), strict=True):
        assert five == pytest.approx(theirs(tmp_path / "decoder", text), abs=1e-4)


def test_a_model_that_padding_changes_is_refused(tmp_path: Path) -> None:
    folder = a_decoder(tmp_path / "other", pad=99)  # it takes the padding for the text's end
    with pytest.raises(ModelError, match="at once otherwise than each alone: pad_token"):
        load_foreign(str(folder))


def test_an_onnx_export_beside_the_weights_does_no_harm(models: Path, tmp_path: Path) -> None:
    exported = tmp_path / "exported"
    shutil.copytree(models / "stars", exported)
    (exported / "model.onnx").write_bytes(b"exported")
    classifier = Classifier(model=str(exported))
    assert open_classifier(classifier).model == classifier_name(classifier)
    assert classifier_name(classifier).startswith("exported@")


@pytest.mark.parametrize(
    ("config", "told"),
    [
        (None, "config.json is missing: name a folder that holds model.onnx"),
        ({"revision": "1", "name": "x"}, "weights.bin is missing"),
        ({"name": "x"}, "weights.bin is missing"),
    ],
)
def test_a_damaged_folder_of_our_own_form_is_told_as_such(
    tmp_path: Path, config: dict[str, str] | None, told: str
) -> None:
    for name in ("model.onnx", "tokenizer.json", *(["weights.bin"] if config is None else [])):
        (tmp_path / name).write_bytes(b"ours")
    if config is not None:
        (tmp_path / "config.json").write_text(json.dumps(config), "utf-8")
    with pytest.raises(ModelError, match=told):
        classifier_name(Classifier(model=str(tmp_path)))


def test_a_damaged_model_is_told(models: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(models / "stars", broken)
    sound = classifier_name(Classifier(model=str(broken)))
    (broken / "model.safetensors").write_bytes(b"garbage")
    assert classifier_name(Classifier(model=str(broken))) != sound
    with pytest.raises(ModelError, match="broken: the model cannot be opened"):
        open_classifier(Classifier(model=str(broken)))


def test_the_whole_stage_signs_with_its_name(models: Path, engine: Engine, now: datetime) -> None:
    told = {"brands": [{"key": "lumen", "name": "Lumen"}], "classifier": str(models / "stars")}
    here = Installation(Config.model_validate(told), engine, lambda: now)
    texts = ["livraison rapide", "lampe cassée et jamais reçue"]
    with here.session() as session:
        for number, text in enumerate(texts):
            a_review(session, now, number, text=text, stars=None, sentiment=None)
    assert jobs.work_off("understand", here) == 1
    with here.session() as session:
        verdicts = session.scalars(select(Verdict).order_by(Verdict.version_id)).all()
        signed = set(session.scalars(select(Version.understood_by)))
    model = open_classifier(here.config.classifier)
    assert signed == {here.reader_name} == {model.model} == {one.model for one in verdicts}
    assert here.reader_name.startswith("stars@")
    expected = model.read([Text(text, language="fr") for text in texts])
    assert [one.stars for one in verdicts] == [one.stars for one in expected]
    assert [one.probabilities for one in verdicts] == [one.probabilities for one in expected]


# by the command line


def vigie(
    words: Sequence[str], folder: Path, said: str = "", code: str = "", **more: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", f"{code}\nfrom monitor.cli import main; main()", *words],
        input=said,
        capture_output=True,
        text=True,
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONUTF8": "1", **more},
        timeout=120,
    )


@pytest.fixture
def hub(models: Path, tmp_path: Path) -> dict[str, str]:
    """The environment of a machine that has downloaded a model of the hub, and is offline now."""
    kept = tmp_path / "hub" / "hub" / "models--somebody--stars"
    shutil.copytree(models / "unnamed", kept / "snapshots" / COMMIT)
    (kept / "refs").mkdir()
    (kept / "refs" / "main").write_text(COMMIT)
    return {"HF_HOME": str(tmp_path / "hub"), "HF_HUB_OFFLINE": "1"}


def test_classify_reads_with_a_model_of_the_hub_that_is_here(
    models: Path, tmp_path: Path, hub: dict[str, str]
) -> None:
    configured(tmp_path, {"model": "somebody/stars", "labels": MAP})
    lines = "".join(json.dumps({"text": text}) + "\n" for text in TEXTS[:2])
    told = vigie(["classify", "--config", "config.yaml"], tmp_path, lines, **hub)
    assert (told.returncode, told.stderr) == (0, "")
    answers = [json.loads(line) for line in told.stdout.splitlines()]
    expected = open_classifier(Classifier(model=str(models / "unnamed"), labels=MAP))
    read = expected.read([Text(text) for text in TEXTS[:2]])
    assert [one["probabilities"] for one in answers] == [one.probabilities for one in read]


WITHOUT_TORCH = """
import sys
sys.modules["torch"] = None
from monitor.config import Classifier
from monitor.understand import classifier_name
print(classifier_name(Classifier(model="somebody/stars")), flush=True)
"""


def test_without_torch_a_model_has_a_name_and_the_extra_is_told(
    tmp_path: Path, hub: dict[str, str]
) -> None:
    configured(tmp_path, {"model": "somebody/stars", "labels": MAP})
    words = ["classify", "-c", "config.yaml"]
    told = vigie(words, tmp_path, '{"text": "merci"}\n', WITHOUT_TORCH, **hub)
    assert told.returncode == 1
    assert told.stdout.startswith(f"somebody/stars@{COMMIT[:12]}+")
    assert told.stderr.startswith("config.yaml, line 4, classifier: somebody/stars: this model")
    assert told.stderr.endswith(
        "needs torch, which is not installed: install Vigie with its extra “torch”\n"
    )
