"""What can be said of a configuration before anything starts: platforms and their settings."""

from __future__ import annotations

from pydantic import ValidationError

from crawlers import contract
from monitor.config import ConfigError, Loaded, SourceConfig, sentence

Key = tuple[str | int, ...]


def check_platforms(loaded: Loaded) -> None:
    """Raise ConfigError naming every source whose platform or settings are wrong."""
    problems: list[str] = []
    for number, brand in enumerate(loaded.config.brands):
        for index, source in enumerate(brand.sources):
            problems += _source_problems(loaded, source, ("brands", number, "sources", index))
    if problems:
        raise ConfigError(problems)


def _source_problems(loaded: Loaded, source: SourceConfig, key: Key) -> list[str]:
    try:
        platform = contract.load(source.platform)
    except KeyError:
        place = loaded.place((*key, "platform"))
        names = ", ".join(contract.names())
        return [f"{place}: there is no platform “{source.platform}”; there are: {names}"]
    try:
        platform.settings.model_validate(source.settings)
    except ValidationError as error:
        return [
            sentence(loaded.path, loaded.lines, {**one, "loc": (*key, "settings", *one["loc"])})
            for one in error.errors()
        ]
    return []
