"""``vigie check``: everything that can be said without starting, a sentence each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from crawlers import contract
from monitor.config import Config, Loaded
from monitor.places import template_folders
from monitor.store.engine import DatabaseError, open_engine

Said = tuple[bool, str]


def sentences(loaded: Loaded) -> Iterator[Said]:
    """(is it good, sentence) for each part of the installation."""
    config = loaded.config
    yield True, f"{loaded.path}: read, and every key is known"
    yield _database(loaded)
    yield _model(loaded)
    yield _templates(loaded)
    yield _mail(config)
    yield from _sources(config)


def _database(loaded: Loaded) -> Said:
    from sqlalchemy.exc import SQLAlchemyError

    url = loaded.config.database.url.get_secret_value()
    try:
        engine = open_engine(url)
        with engine.connect() as connection:
            kind = connection.dialect.name
        engine.dispose()
    except (DatabaseError, SQLAlchemyError, OSError) as error:
        reason = error if isinstance(error, DatabaseError) else type(error).__name__
        return False, f"{loaded.place(('database', 'url'))}: cannot be opened ({reason})"
    return True, f"database: {kind} can be opened"


def _model(loaded: Loaded) -> Said:
    from monitor.installation import open_model
    from monitor.understand import ModelError

    try:
        reader = open_model(loaded.config, loaded.place)
    except ModelError as error:
        return False, str(error)
    return True, f"classifier: {reader.model}"


def _templates(loaded: Loaded) -> Said:
    for folder in template_folders(loaded.config.templates):
        if not Path(folder).is_dir():
            return False, f"{loaded.place(('templates',))}: {folder} is not a folder"
    return True, "templates: found"


def _mail(config: Config) -> Said:
    if not config.mail.host:
        return True, "mail: no host is set, so that mails wait in the outbox"
    return True, f"mail: {config.mail.host}:{config.mail.port}, {config.mail.security}"


def _sources(config: Config) -> Iterator[Said]:
    if not config.sources():
        yield False, "sources: none is configured; nothing will be collected"
    for brand, source in config.sources():
        platform = contract.load(source.platform)
        settings = platform.settings.model_validate(source.settings)
        posts = platform.can_reply and source.reply and _posts(platform, settings, config)
        how = "replies are posted" if posts else "replies are copied by hand"
        yield True, f"source {source.name}: {platform.label} for {brand.name}, {how}"


def _posts(
    platform: contract.Platform, settings: contract.PlatformSettings, config: Config
) -> bool:
    from monitor.installation import open_web

    with open_web(config.collecting) as web:
        return platform.publisher(settings, web) is not None
