"""The understand stage, through its doors: JSON lines and rows. The real model is loaded once."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from monitor.config import Classifier
from monitor.store.engine import sessions
from monitor.store.tables import Review, Verdict, Version
from monitor.understand import (
    ModelError,
    Reader,
    Text,
    classifier_name,
    enlist,
    open_reader,
    resolve_folder,
    run_one,
    sentiment,
    waits,
)
from monitor.understand.language import find_language
from monitor.understand.reading import LONGEST, SOME, clean
from monitor.understand.sentiment import (
    FILES,
    StarProbabilities,
    load,
    read_facts,
    shipped_folder,
)
from monitor.understand.stream import classify_lines
from monitor.understand.weigh import weigh
from tests.rows import a_review

KEYS = {
    "language",
    "sentiment",
    "confidence",
    "probabilities",
    "stars",
    "topics",
    "severity",
    "reasons",
    "contradiction",
    "doubtful",
    "model",
}


@pytest.fixture(scope="module")
def reader() -> Reader:
    return open_reader()


def classify(reader: Reader, *rows: object) -> list[dict[str, Any]]:
    """The answers to these rows (a string goes in as it is)."""
    out: list[str] = []
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    classify_lines(lines, out.append, reader)
    return [json.loads(line) for line in out]


@pytest.mark.parametrize(
    ("language", "text", "sentiment"),
    [
        ("fr", "Franchement déçue, le tissu bouloche déjà et personne ne répond.", "negative"),
        ("fr", "Equipe adorable, chambre impeccable, on reviendra avec plaisir !", "positive"),
        ("en", "Awful. Two hours on hold and they still sent the wrong part.", "negative"),
        ("en", "Lovely little shop, helped me choose and wrapped it beautifully.", "positive"),
        ("de", "Nie wieder. Das Gerät war nach einer Woche kaputt.", "negative"),
        ("de", "Sehr freundliche Beratung und schnelle Lieferung, gerne wieder.", "positive"),
        ("es", "Un desastre, llegó roto y nadie contesta al teléfono.", "negative"),
        ("es", "Todo excelente, personal muy amable, volveremos encantados.", "positive"),
        ("it", "Pessima esperienza, il corriere ha perso il pacco e nessuno risponde.", "negative"),
        ("it", "Personale gentilissimo e camera pulita, torneremo volentieri.", "positive"),
        ("nl", "Waardeloos, na drie weken nog steeds niets ontvangen.", "negative"),
        ("nl", "Vriendelijk geholpen en snel geleverd, een aanrader.", "positive"),
    ],
)
def test_six_languages(reader: Reader, language: str, text: str, sentiment: str) -> None:
    (answer,) = classify(reader, {"text": text})
    assert answer.keys() == KEYS
    assert (answer["language"], answer["sentiment"]) == (language, sentiment)
    assert sum(answer["probabilities"].values()) == pytest.approx(1, abs=0.001)
    assert answer["confidence"] == answer["probabilities"][sentiment]
    assert answer["stars"] in ((1, 2) if sentiment == "negative" else (4, 5))


def test_lines_keep_their_order_and_a_bad_one_its_place(reader: Reader) -> None:
    out: list[str] = []
    lines = [
        json.dumps({"text": "Horrible service, avoid."}),
        "{not json",
        json.dumps({"title": "no text"}),
        json.dumps({"text": "Super, je recommande vivement.", "stars": 5}),
        json.dumps({"text": "ok", "stars": 6}),
        json.dumps({"text": 3}),
        json.dumps(["text"]),
        json.dumps({"text": "", "stars": 2}),
    ]
    assert classify_lines(lines, out.append, reader) == 5
    answers = [json.loads(line) for line in out]
    assert [("error" in a) for a in answers] == [
        False, True, True, False, True, True, True, False,
    ]  # fmt: skip
    assert "stars" in answers[4]["error"]
    assert [a["sentiment"] for a in answers if "error" not in a] == [
        "negative",
        "positive",
        "negative",
    ]


def test_a_stream_is_answered_as_it_comes(reader: Reader) -> None:
    out: list[str] = []
    seen: list[int] = []

    def lines() -> Any:
        for number in range(200):
            seen.append(len(out))
            yield json.dumps({"text": "Bien", "stars": 1 + number % 5})

    assert classify_lines(lines(), out.append, reader) == 0
    assert len(out) == 200
    assert seen[-1] > 100  # most answers were written before the last line was read


HOSTILE = {
    "empty": "",
    "blank": " \n\t ",
    "emoji": "😡😡😡",
    "nul": "mau\x00vais\x00 produit",
    "controls": "\x01\x02\x1b[31mnul\x7f",
    "surrogate": "nul \ud83d vraiment",
    "marks": "n̶͓̈u̷͚͝l̴̰̎" * 50,
    "right to left": "\u202eesrever\u202c",
    "no spaces": "a" * 20_000,
    "markup": "<script>alert(1)</script> {{ 7*7 }} %s ${x}",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_gets_a_verdict(reader: Reader, name: str) -> None:
    answer = reader.read([Text(HOSTILE[name])])[0]
    json.dumps(answer.as_dict(), ensure_ascii=False).encode()
    assert answer.sentiment in ("negative", "neutral", "positive")
    assert answer.severity == "normal"


HIDDEN = {
    "soft hyphens": "Intoxi\u00adcation alimen\u00adtaire, toute la table",
    "zero-width spaces": "Toute la famille em\u200bpoi\u200bson\u200bnée, fils hos\u200bpitalisé",
    "joiners": "I got food poi\u200dso\u2060ning here",
}


@pytest.mark.parametrize("name", HIDDEN)
def test_what_is_not_seen_does_not_hide_a_danger(reader: Reader, name: str) -> None:
    plain = "".join(letter for letter in HIDDEN[name] if letter not in "\u00ad\u200b\u200d\u2060")
    hidden, seen = reader.read([Text(HIDDEN[name], stars=5), Text(plain, stars=5)])
    assert seen.severity == "critical"
    assert hidden.as_dict() == seen.as_dict()


@given(st.text(alphabet="aeé\u0301\u0300 ñn\u0303.", max_size=300))
def test_letters_are_whole_however_they_were_typed(text: str) -> None:
    # no more marks on a letter than a stretch holds
    assert clean(text) == unicodedata.normalize("NFC", text)


def test_marks_without_end_take_no_time() -> None:
    """Normalising takes the square of them."""
    text = "a" + "\u0300\u0316" * 100_000
    assert max(map(len, SOME.findall(text))) <= 64
    assert clean(text).startswith("à")


OTHER_SCRIPTS = {
    "zh": ("强烈推荐，服务很好，下次还来", "太难吃了，服务员态度很差，再也不来了"),
    "ja": ("最高のサービスでした。また行きます。", "最悪のサービス、二度と行きません。"),
    "ru": ("Отличное место, всем советую", "Ужасное место, никому не советую"),
    "el": ("Εξαιρετικό φαγητό, θα ξαναπάμε", "Ποτέ ξανά, κρύο φαγητό"),
}


@pytest.mark.parametrize("language", OTHER_SCRIPTS)
def test_a_script_that_was_never_learnt_gets_no_side(reader: Reader, language: str) -> None:
    praise, blame = OTHER_SCRIPTS[language]
    for reading in reader.read([Text(praise), Text(blame)]):
        assert (reading.sentiment, reading.topics) == ("neutral", [])
        assert reading.confidence == 0
    assert [
        one.sentiment for one in reader.read([Text(praise, stars=5), Text(blame, stars=1)])
    ] == [
        "positive",
        "negative",
    ]


def test_long_text_is_read_to_its_end(reader: Reader) -> None:
    filler = "Nous sommes venus un mardi, il y avait du monde dans la rue. " * 20
    bad = filler + "Catastrophe absolue, service nul, à fuir, plus jamais, une honte. " * 40
    good = filler + "Merveilleux, équipe formidable, parfait, nous avons adoré. " * 40
    worse, better = reader.read([Text(bad), Text(good)])
    assert worse.probabilities["positive"] < better.probabilities["positive"]
    assert (worse.sentiment, better.sentiment) == ("negative", "positive")


@pytest.mark.parametrize("before", [200, 500])
def test_a_danger_deep_in_a_long_text_is_found(reader: Reader, before: int) -> None:
    filler = "Nous sommes venus un mardi, il y avait du monde dans la rue et le temps était doux. "
    fire = "Puis la batterie a explosé et mon fils a été brûlé au visage, hôpital. "
    text = filler * before + fire + filler * 20
    assert len(text) < 50_000
    (reading,) = reader.read([Text(text)])
    assert reading.severity == "critical"


def test_the_hundred_kilobytes(reader: Reader) -> None:
    text = ("Très déçu, colis en retard et service client injoignable. " * 2000)[:100_000]
    answer = reader.read([Text(text)])[0]
    assert answer.sentiment == "negative"
    assert "delivery_time" in {topic.topic for topic in answer.topics}


def test_of_a_text_without_end_so_much_is_looked_at_from_first_to_last() -> None:
    asked: list[str] = []

    class Quick:
        name, revision = "quick", "1"

        def read(self, texts: Sequence[str]) -> list[StarProbabilities]:
            asked.extend(texts)
            return [(0.2, 0.2, 0.2, 0.2, 0.2) for _ in texts]

    endless = "Premier mot. " + "Très déçu. " * 60_000 + "Milieu. " + "é" * 700_000 + " dernier mot"
    Reader(Quick()).read([Text("Texte.", endless), Text(endless), Text("é" * 99_999)])
    whole, text, short = asked
    assert max(map(len, asked)) <= LONGEST
    assert len(whole) > 0.99 * LONGEST
    assert whole.startswith("Premier mot. Très déçu.")
    assert whole.endswith("Texte.")
    assert text.endswith("é dernier mot")
    assert text.count("é") > 0.4 * LONGEST
    assert text.count("déçu") > 0.02 * LONGEST
    assert short == "é" * 99_999


def test_batches_do_not_change_a_reading(reader: Reader) -> None:
    texts = ["Très bien.", "Nul, à fuir " * 30, "Correct sans plus", "Excellent accueil " * 9]
    together = reader.read([Text(t) for t in texts])
    for text, reading in zip(texts, together, strict=True):
        alone = reader.read([Text(text)])[0]
        assert alone.sentiment == reading.sentiment
        assert alone.confidence == pytest.approx(reading.confidence, abs=0.002)


def test_contradiction_is_flagged_and_not_averaged(reader: Reader) -> None:
    praise = "Super, équipe formidable, parfait, je recommande les yeux fermés !"
    hazard = "Super journée, merci. La nacelle s'est décrochée et mon fils est blessé."
    blame = "Horrible, une honte, à fuir absolument, plus jamais."
    one, five, danger, same = classify(
        reader,
        {"text": praise, "stars": 1},
        {"text": blame, "stars": 5},
        {"text": hazard, "stars": 5},
        {"text": praise, "stars": 5},
    )
    assert one["contradiction"]
    assert five["contradiction"]
    assert one["sentiment"] == five["sentiment"] == "negative"
    assert max(one["confidence"], five["confidence"]) <= 0.61
    assert danger["contradiction"]
    assert danger["severity"] == "critical"
    assert not same["contradiction"]
    assert same["confidence"] > 0.9


def test_stars_decide_where_there_is_no_text() -> None:
    assert [weigh(None, stars).sentiment for stars in (1, 2, 3, 4, 5)] == [
        "negative",
        "negative",
        "neutral",
        "positive",
        "positive",
    ]
    assert [weigh(None, stars).stars for stars in (1, 2, 3, 4, 5)] == [1, 2, 3, 4, 5]
    nothing = weigh(None, None)
    assert nothing.sentiment == "neutral"
    assert nothing.confidence == 0


@pytest.mark.parametrize(
    ("text", "told", "language"),
    [
        ("La livraison a pris trois semaines et personne n'a prévenu", None, "fr"),
        ("La livraison a pris trois semaines et personne n'a prévenu", "en", "fr"),
        ("Top", "de", "de"),
        ("Prima geleverd", "nl", "nl"),
        ("Malo", "es", "es"),
        ("Lovely staff, great food and a fair price", "fr", "en"),
        ("ร้านนี้อร่อยมาก พนักงานบริการดี", None, "th"),
        ("Muito bom atendimento, recomendo a todos os amigos", None, "pt"),
        ("👍", "nl-BE", "nl"),
        ("👍", None, "und"),
        ("", None, "und"),
    ],
)
def test_language_from_text_and_platform(text: str, told: str | None, language: str) -> None:
    assert find_language(text, told) == language


# rows


class Counting:
    """A model of a few lines that counts what it was asked."""

    name = "counting"

    def __init__(self, revision: str = "1") -> None:
        self.revision = revision
        self.asked: list[str] = []

    def read(self, texts: Sequence[str]) -> list[StarProbabilities]:
        self.asked.extend(texts)
        return [(0.9, 0.04, 0.03, 0.02, 0.01)] * len(texts)


def drain(session: Session, now: datetime, reader: Reader, limit: int = 256) -> int:
    rounds = 0
    while run_one(session, now, reader, limit=limit):
        rounds += 1
    return rounds


def unread(session: Session, now: datetime, count: int) -> None:
    for number in range(count):
        text = f"Colis numéro {number} abîmé"
        a_review(session, now, number, text=text, stars=1, sentiment=None)


def test_two_machines_with_two_models_do_not_undo_each_others_work(
    any_session: Session, now: datetime
) -> None:
    unread(any_session, now, 5)
    older, newer = Reader(Counting("1")), Reader(Counting("2"))
    enlist(any_session, now, older.model)
    assert drain(any_session, now, older) == 1
    enlist(any_session, now, newer.model)
    assert drain(any_session, now, newer) == 1, "the one that came last reads all again"
    assert not waits(any_session, now, older.model)
    assert drain(any_session, now, older) == 0
    a_review(any_session, now, 6, text="Merci", sentiment=None)
    assert drain(any_session, now, older) == 1, "what nobody has read, either reads"
    assert drain(any_session, now, newer) == 1
    assert (drain(any_session, now, older), drain(any_session, now, newer)) == (0, 0)
    enlist(any_session, now, older.model)
    assert drain(any_session, now, older) == 1, "the operator went back"


def test_rows_get_verdicts_and_standing(
    any_session: Session, now: datetime, reader: Reader
) -> None:
    bad = a_review(any_session, now, 1, text="Mon fils brûlé par le chargeur.", sentiment=None)
    good = a_review(
        any_session, now, 2, text="Lovely staff, great food!", stars=None, sentiment=None
    )
    empty = a_review(any_session, now, 3, text="", stars=4, sentiment=None)
    strange, starred = (
        a_review(any_session, now, number, text=OTHER_SCRIPTS["ru"][1], stars=stars, sentiment=None)
        for number, stars in ((4, None), (5, 1))
    )
    assert run_one(any_session, now, reader)
    assert not run_one(any_session, now, reader)
    found = {review.id: review for review in any_session.scalars(select(Review))}
    assert (found[bad.id].severity, found[bad.id].urgency) == ("critical", 4)
    assert (found[good.id].sentiment, found[good.id].language) == ("positive", "en")
    assert found[empty.id].sentiment == "positive"
    assert (found[strange.id].sentiment, found[strange.id].severity) == (None, "normal")
    assert found[starred.id].sentiment == "negative"
    verdicts = any_session.scalars(select(Verdict)).all()
    assert {verdict.model for verdict in verdicts} == {reader.model}
    assert all(verdict.made_at == now for verdict in verdicts)


def test_each_version_is_read_once_a_model(session: Session, now: datetime) -> None:
    unread(session, now, 7)
    first = Counting()
    assert drain(session, now, Reader(first), limit=3) == 3
    assert len(first.asked) == 7
    second = Counting("2")
    assert drain(session, now, Reader(second), limit=3) == 3
    assert len(second.asked) == 7
    assert session.scalar(select(func.count()).select_from(Verdict)) == 14
    models = set(session.scalars(select(Version.understood_by)))
    assert models == {Reader(second).model}


def test_killed_while_reading_nothing_is_lost_or_doubled(session: Session, now: datetime) -> None:
    unread(session, now, 5)

    class Dying(Counting):
        def read(self, texts: Sequence[str]) -> list[StarProbabilities]:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_one(session, now, Reader(Dying()), limit=3)
    session.rollback()
    model = Counting()
    assert drain(session, now, Reader(model)) == 1  # the two that were not claimed
    assert len(model.asked) == 2
    assert drain(session, now + timedelta(minutes=11), Reader(model)) == 1
    assert sorted(set(model.asked)) == sorted(model.asked)
    assert session.scalar(select(func.count()).select_from(Verdict)) == 5


def test_a_worker_slower_than_its_claim_writes_nothing(engine: Engine, now: datetime) -> None:
    make = sessions(engine)
    with make() as rows:
        unread(rows, now, 3)

    class Slow(Counting):
        def read(self, texts: Sequence[str]) -> list[StarProbabilities]:
            with make() as other:
                assert run_one(other, now + timedelta(minutes=11), Reader(Counting()))
            return super().read(texts)

    with make() as rows:
        assert run_one(rows, now, Reader(Slow()))
        verdicts = rows.scalars(select(Verdict)).all()
    assert [verdict.made_at for verdict in verdicts] == [now + timedelta(minutes=11)] * 3


def test_two_workers_share_the_work(any_engine: Engine, now: datetime) -> None:
    make = sessions(any_engine)
    with make() as rows:
        unread(rows, now, 40)
    models = [Counting(), Counting()]

    def work(model: Counting) -> None:
        with make() as rows:
            drain(rows, now, Reader(model), limit=4)

    threads = [threading.Thread(target=work, args=(model,)) for model in models]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    asked = models[0].asked + models[1].asked
    assert len(asked) == len(set(asked)) == 40
    with make() as rows:
        assert rows.scalar(select(func.count()).select_from(Verdict)) == 40
        assert not rows.scalar(select(func.count()).where(Review.sentiment.is_(None)))


# the model's folder


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A folder whose files are links to the shipped ones, to be damaged by a test."""
    for name in FILES:
        (tmp_path / name).symlink_to(shipped_folder() / name)
    return tmp_path


def replace(path: Path, content: str) -> None:
    path.unlink()
    path.write_text(content, encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("model.onnx", None, "model.onnx is missing"),
        ("model.onnx", "garbage", "damaged or was replaced"),
        ("weights.bin", "garbage", "damaged or was replaced"),
        ("tokenizer.json", "{}", "damaged or was replaced"),
        ("config.json", "{", "config.json cannot be read"),
        ("config.json", '{"name": "x"}', "revision"),
        ("config.json", '{"name": 3}', "“name” is not a str"),
    ],
)
def test_a_damaged_folder_is_named(
    broken: Path, name: str, content: str | None, message: str
) -> None:
    if content is None:
        (broken / name).unlink()
    else:
        replace(broken / name, content)
    with pytest.raises(ModelError, match=message):
        load(broken)


class Odd:
    """A session of a few lines: of the windows it is given, the first is high and no other is."""

    outputs: tuple[str, ...] = ("stars", "severity", "judges", "labels", "pieces")

    def get_outputs(self) -> list[SimpleNamespace]:
        return [SimpleNamespace(name=name) for name in self.outputs]

    def run(self, names: Sequence[str], feed: dict[str, Any]) -> list[Any]:
        texts, pieces = feed["input_ids"].shape
        severity = np.log(np.tile([0.94, 0.01, 0.05], (texts, 1)))
        severity[(feed["input_ids"] == self.grave).any(axis=1)] = np.log([0.05, 0.93, 0.02])
        shapes = {"stars": (5,), "judges": (1,), "labels": (54,), "pieces": (pieces, 55)}
        return [
            severity if name == "severity" else np.zeros((texts, *shapes[name])) for name in names
        ]

    grave = -1


def test_what_one_window_of_a_long_text_says_of_severity_is_not_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    session = Odd()
    monkeypatch.setattr(sentiment, "_open_session", lambda folder, threads: session)
    model = load()
    (grave,) = model._tokenizer.encode("résilie", add_special_tokens=False).ids[:1]
    session.grave = grave
    calm = "Le colis est arrivé mardi. " * 40
    (heard,) = model.read([f"Je résilie. {calm}"])
    assert heard.critical == pytest.approx(0.05)
    assert heard.high == pytest.approx(0.95 - 0.05)
    (plain,) = model.read([calm])
    assert plain.high == pytest.approx(0.01)


def test_the_model_reads_a_text_that_occurs_twice_once() -> None:
    model = Counting()
    items = [Text("Un peu cher."), Text("Un peu cher.", stars=5), Text(""), Text("Parfait")]
    readings = Reader(model).read(items)
    assert model.asked == ["Un peu cher.", "Parfait"]
    assert [one.contradiction for one in readings[:2]] == [False, True]  # joined one by one


def test_a_model_exported_for_another_version_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    session = Odd()
    session.outputs = ("stars", "severity", "labels", "pieces")
    monkeypatch.setattr(sentiment, "_open_session", lambda folder, threads: session)
    with pytest.raises(ModelError, match="no output “judges”"):
        load()


def test_a_threshold_that_is_missing_is_named(broken: Path) -> None:
    facts = json.loads((broken / "config.json").read_text(encoding="utf-8"))
    del facts["thresholds"]["critical_ruled"]
    replace(broken / "config.json", json.dumps(facts))
    with pytest.raises(ModelError, match=r"thresholds\.critical_ruled"):
        load(broken)


@pytest.mark.parametrize(
    ("alarms", "told"),
    [
        (None, "no thresholds for “fewer” alarms"),
        ({"more": {"critical": 0.1}}, "no thresholds for “fewer” alarms"),
        ({"fewer": {"critical": "much"}}, "no thresholds for “fewer” alarms"),
        ({"fewer": {"crucial": 0.9}}, r"“alarms\.fewer\.crucial” is not known"),
    ],
)
def test_alarms_that_a_model_does_not_know_are_named(
    broken: Path, alarms: object, told: str
) -> None:
    facts = json.loads((broken / "config.json").read_text(encoding="utf-8")) | {"alarms": alarms}
    replace(broken / "config.json", json.dumps(facts))
    with pytest.raises(ModelError, match=told):
        load(broken, alarms="fewer")


def test_fewer_alarms_are_among_the_usual_ones_and_those_among_more(
    reader: Reader,
) -> None:
    kinds: tuple[Literal["fewer", "usual", "more"], ...] = ("fewer", "usual", "more")
    limits = {one: read_facts(shipped_folder(), one).thresholds for one in kinds}
    for key in ("critical", "critical_ruled"):
        assert limits["fewer"][key] >= limits["usual"][key] >= limits["more"][key]
    assert limits["fewer"]["critical"] > limits["usual"]["critical"] > limits["more"]["critical"]
    others = {
        key: limits["usual"][key]
        for key in ("topic", "topic_ruled", "second", "high", "high_ruled")
    }
    assert all({**limits[one], **others} == limits[one] for one in kinds)
    names = {classifier_name(Classifier(alarms=one)) for one in kinds}
    assert len(names) == 3  # a change has every review read again
    assert reader.model in names


def test_the_shipped_folder_is_found_from_anywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert resolve_folder("models/sentiment") == shipped_folder()
    assert resolve_folder("/elsewhere/model") == Path("/elsewhere/model")
    assert sum(f.stat().st_size for f in shipped_folder().iterdir()) <= 60_000_000


def test_transformers_reads_the_tokenizer_by_itself() -> None:
    script = """
import os; os.environ["HF_HUB_OFFLINE"] = "1"
from transformers import AutoTokenizer
from monitor.understand.sentiment import shipped_folder
tokens = AutoTokenizer.from_pretrained(str(shipped_folder()))("Livraison en retard")
assert tokens["input_ids"][0] == 0 and tokens["input_ids"][-1] == 2, tokens
"""
    subprocess.run([sys.executable, "-c", script], check=True)


def test_nothing_heavy_is_imported_before_a_model_is_loaded_and_torch_never() -> None:
    script = """
import sys
import monitor.understand
heavy = {"onnxruntime", "transformers", "torch", "fasttext", "numpy"}
assert not heavy & set(sys.modules), heavy & set(sys.modules)
reader = monitor.understand.open_reader()
assert reader.read([monitor.understand.Text("Très bien")])[0].sentiment == "positive"
assert not {"torch", "transformers"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", script], check=True)


@pytest.mark.parametrize("mark", ["😡", "🔥", "🙏", "❤️", "!!!"])
@pytest.mark.parametrize(
    ("text", "sentiment"),
    [
        ("Trois semaines sans réponse, toujours pas remboursée, un scandale.", "negative"),
        ("Livraison rapide, vendeuse charmante, je reviendrai.", "positive"),
        ("Nothing arrived, no refund and nobody answers the phone.", "negative"),
        ("Sehr freundliches Personal, schnelle Lieferung, gerne wieder.", "positive"),
    ],
)
def test_what_stands_beside_the_words_does_not_drown_them(
    reader: Reader, text: str, sentiment: str, mark: str
) -> None:
    assert reader.read([Text(f"{text} {mark}")])[0].sentiment == sentiment


@pytest.mark.parametrize(
    "text",
    [
        "Toujours pas remboursée depuis juin. Merci de faire vite. Cordialement, Mme Petit",
        "Still waiting for my refund after two months. Thank you and kind regards, C. Hill",
        "Seit Wochen keine Antwort auf meine Reklamation. Danke und freundliche Grüße",
        "Nunca llegó el pedido y nadie responde. Muchas gracias, un saludo",
        "Non è mai arrivato nulla e nessuno risponde. Grazie, cordiali saluti",
        "Nooit geleverd en niemand reageert. Bedankt, met vriendelijke groet",
    ],
)
def test_a_complaint_that_says_thank_you_stays_one(reader: Reader, text: str) -> None:
    assert reader.read([Text(text)])[0].sentiment == "negative"


@pytest.mark.parametrize(
    ("text", "doubtful"),
    [
        ("Le chargeur a explosé. 😡", False),
        ("The battery exploded 🔥", False),
        ("Der Akku ist explodiert 😡", False),
        ("La batería explotó 🙏", False),
        ("La batteria è esplosa 😱", False),
        ("Na twee weken is de accu ontploft 🔥", False),
        ("Le pneu a lâché, ma fille saigne, on a fini aux urgences 🙏", True),
    ],
)
def test_an_emoji_hides_no_danger(reader: Reader, text: str, *, doubtful: bool) -> None:
    (read,) = reader.read([Text(text)])
    assert (read.severity, read.doubtful) == ("critical", doubtful)
