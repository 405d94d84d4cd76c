"""A configuration error names the file, the line, the key, and what was expected."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from monitor.check import check_platforms
from monitor.config import ConfigError, load
from tests.conftest import ROOT

GOOD = """\
brands:
  - key: lumen
    name: Maison Lumen
    time_zone: Europe/Paris
    sources:
      - name: avis
        platform: trustpilot
        settings:
          domain: lumen.example
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "config.yaml"
    path.write_text(text, "utf-8")
    return path


def problems(folder: Path, text: str, environment: dict[str, str] | None = None) -> list[str]:
    path = written(folder, text)
    with pytest.raises(ConfigError) as error:
        check_platforms(load(path, environment or {}))
    return [one.replace(str(path), "config.yaml") for one in error.value.problems]


def test_a_small_configuration_is_enough(tmp_path: Path) -> None:
    loaded = load(written(tmp_path, GOOD), {})
    check_platforms(loaded)
    assert loaded.config.brand("lumen").sources[0].every_minutes == 60
    assert loaded.config.public_url == "http://127.0.0.1:8080"
    with pytest.raises(KeyError):
        loaded.config.brand("autre")


@pytest.mark.parametrize(
    ("was", "becomes", "told"),
    [
        ("Europe/Paris", "Paris", "config.yaml, line 4, brands[0].time_zone: expected a time zone"),
        ("time_zone", "timezone", "config.yaml, line 4, brands[0].timezone: is not a key that"),
        (
            "name: Maison Lumen",
            "languages: [fr]",
            "config.yaml, line 2, brands[0].name: is missing",
        ),
        ("key: lumen", "key: Lumen!", "config.yaml, line 2, brands[0].key: expected small letters"),
        (
            "platform: trustpilot",
            "platform: trustpilots",
            "config.yaml, line 7, brands[0].sources[0].platform: there is no platform",
        ),
        (
            "domain: lumen.example",
            "domaine: x",
            "config.yaml, line 9, brands[0].sources[0].settings.domaine: is not a key that",
        ),
        (
            "settings:",
            "every_minutes: 1\n        settings:",
            "config.yaml, line 8, brands[0].sources[0].every_minutes: input should be greater",
        ),
        ("brands:", "brands: [", "config.yaml, line 2: not valid YAML"),
        ("key: lumen", "key: lumen\n    key: autre", "line 3, brands[0].key: is already given on"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(
    tmp_path: Path, was: str, becomes: str, told: str
) -> None:
    found = problems(tmp_path, GOOD.replace(was, becomes, 1))
    assert any(told in one for one in found), found


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    text = GOOD.replace("Europe/Paris", "Paris").replace("key: lumen", "key: LUMEN")
    assert len(problems(tmp_path, text)) == 2


def test_secrets_come_from_the_environment_or_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s3cret\n")
    text = GOOD + "mail:\n  password: ${SMTP_PASSWORD}\n  username: ${SMTP_USER}\n"
    environment = {"SMTP_USER": "marie", "SMTP_PASSWORD_FILE": str(tmp_path / "secret")}
    mail = load(written(tmp_path, text), environment).config.mail
    assert (mail.username, mail.password.get_secret_value()) == ("marie", "s3cret")
    assert "s3cret" not in repr(mail)
    found = problems(tmp_path, text)
    assert [one for one in found if "neither SMTP_PASSWORD nor SMTP_PASSWORD_FILE" in one]
    unreadable = {**environment, "SMTP_PASSWORD_FILE": str(tmp_path / "missing")}
    assert "cannot be read" in problems(tmp_path, text, unreadable)[0]


def test_a_wrong_secret_is_not_shown(tmp_path: Path) -> None:
    text = GOOD + "database:\n  url: [postgresql://vigie:hunter2@host/vigie]\n"
    found = problems(tmp_path, text)
    assert "config.yaml, line 11, database.url" in found[0]
    assert "hunter2" not in found[0]


@pytest.mark.parametrize(
    ("text", "told"),
    [("", "brands: is missing"), ("- 1\n", "expected keys"), ("{", "not valid YAML")],
)
def test_an_empty_or_foreign_file_is_told(tmp_path: Path, text: str, told: str) -> None:
    assert told in problems(tmp_path, text)[0]


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path / "nowhere.yaml", {})
    (tmp_path / "latin.yaml").write_bytes("brands: é".encode("latin-1"))
    with pytest.raises(ConfigError, match="not UTF-8"):
        load(tmp_path / "latin.yaml", {})


def test_names_may_not_be_used_twice(tmp_path: Path) -> None:
    twice = GOOD + GOOD.removeprefix("brands:\n").replace("key: lumen", "key: autre")
    assert "the source name “avis” is used twice" in problems(tmp_path, twice)[0]


def test_the_shipped_example_is_what_make_run_uses(tmp_path: Path) -> None:
    shutil.copy(ROOT / "config.example.yaml", tmp_path / "config.yaml")
    loaded = load(tmp_path / "config.yaml", {})
    check_platforms(loaded)
    assert loaded.config.demonstration
