"""Every setting and every command is documented, and what is documented exists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import typer.main
import yaml
from pydantic import BaseModel

from crawlers import contract
from monitor.cli import app
from monitor.config import Config, load

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
EXAMPLE = ROOT / "config.example.yaml"
PLATFORMS_GUIDE = ROOT / "crawlers" / "README.md"


def _settings(model: type[BaseModel], above: str = "") -> Iterator[str]:
    """Every key of the configuration, dotted."""
    for name, field in model.model_fields.items():
        inner = _model_in(field.annotation)
        if inner is None:
            yield f"{above}{name}"
        elif name != "settings":
            yield from _settings(inner, f"{above}{name}.")


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (_model_in(one) for one in get_args(annotation))
    return next((one for one in found if one is not None), None)


def _given(value: Any, above: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield f"{above}{name}"
            yield from _given(inner, f"{above}{name}.")
    elif isinstance(value, list):
        for inner in value:
            yield from _given(inner, above)


def test_every_setting_stands_in_the_example_with_a_comment() -> None:
    given = set(_given(yaml.safe_load(EXAMPLE.read_text("utf-8"))))
    missing = [key for key in _settings(Config) if key not in given]
    assert missing == []
    lines = EXAMPLE.read_text("utf-8").splitlines()
    commented = sum("#" in line for line in lines)
    assert commented > len(lines) / 3


def test_the_example_is_valid() -> None:
    from monitor.check import check_platforms

    check_platforms(load(EXAMPLE, {}))


def _commands(group: Any, above: str = "vigie") -> Iterator[tuple[str, Any]]:
    inner = getattr(group, "commands", None)
    if inner:
        for name, command in inner.items():
            yield from _commands(command, f"{above} {name}")
    else:
        yield above, group


def test_every_command_is_in_the_readme_and_has_help() -> None:
    text = README.read_text("utf-8")
    commands = dict(_commands(typer.main.get_command(app)))
    assert len(commands) > 10
    assert [name for name in commands if f"`{name}" not in text] == []
    assert [name for name, command in commands.items() if not command.help] == []


def test_the_readme_names_no_command_that_there_is_not() -> None:
    commands = set(dict(_commands(typer.main.get_command(app))))
    named = set(re.findall(r"`(vigie(?: [a-z]+)+)", README.read_text("utf-8")))
    unknown = [one for one in named if not any(one.startswith(known) for known in commands)]
    assert [one for one in unknown if one not in {"vigie user"}] == []


@pytest.mark.parametrize("name", contract.names())
def test_every_setting_of_a_platform_is_documented(name: str) -> None:
    guide = PLATFORMS_GUIDE.read_text("utf-8")
    section = guide.partition(f"## {name}\n")[2].partition("\n## ")[0]
    missing = [
        key for key in contract.load(name).settings.model_fields if f"`{key}`" not in section
    ]
    assert missing == []


def test_pictures_and_links_of_the_readme_exist() -> None:
    text = README.read_text("utf-8")
    paths = re.findall(r"\]\((?!https?://|#)([^)#]+)\)", text)
    assert paths
    assert [path for path in paths if not (ROOT / path).exists()] == []
