"""One opened installation: configuration, database, platforms and model, made when first needed."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from monitor import clock as time_of_day
from monitor.clock import Clock
from monitor.config import Collecting, Config, Loaded, SourceConfig
from monitor.places import template_folders
from monitor.store.engine import open_engine, sessions
from monitor.store.migrate import migrate
from monitor.store.tables import SourceRow

if TYPE_CHECKING:
    from crawlers.contract import Publisher
    from crawlers.web import Web
    from monitor.reply.wording import ReplyTemplates
    from monitor.understand import Reader

Place = Callable[[tuple[str | int, ...]], str]
"""Where a key of the configuration stands: its file, its line, its name."""
READER_RESTS = timedelta(minutes=5)


def _dotted(key: tuple[str | int, ...]) -> str:
    return ".".join(map(str, key))


@dataclass
class Installation:
    """What the jobs and the pages work with. Heavy parts are loaded on first use."""

    config: Config
    engine: Engine
    clock: Clock = time_of_day.now
    place: Place = _dotted
    read_at: datetime | None = None
    """When the model last had something to read."""
    is_enlisted: bool = False
    """Whether this process has said which model reads from now on."""
    stopping: Callable[[], bool] = lambda: False
    """Whether the process was asked to end: long work leaves off then."""

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A session that is closed, and rolled back if unfinished, at the end."""
        with sessions(self.engine)() as opened:
            yield opened

    @cached_property
    def worker(self) -> str:
        """This process's name in claims."""
        return f"{socket.gethostname()[:40]}:{os.getpid()}"

    @cached_property
    def web(self) -> Web:
        """The one HTTP client."""
        return open_web(self.config.collecting)

    @cached_property
    def reader(self) -> Reader:
        """The model; loading it takes a second. ModelError."""
        return open_model(self.config, self.place)

    def rest_reader(self, now: datetime) -> None:
        """Forget a model that has had nothing to read for a while: it holds 200 MB."""
        idle = self.read_at is not None and now - self.read_at > READER_RESTS
        if idle and "reader" in self.__dict__:
            del self.__dict__["reader"]

    @cached_property
    def reader_name(self) -> str:
        """What the model signs its verdicts with; asking does not load it. ModelError."""
        from monitor.understand import classifier_name

        with _saying_where(self.place):
            return classifier_name(self.config.classifier)

    @cached_property
    def reply_templates(self) -> ReplyTemplates:
        """The sandbox that drafts are written in."""
        from monitor.reply.wording import environment

        return environment(template_folders(self.config.templates))

    @property
    def platform_labels(self) -> dict[str, str]:
        """Platform names as people write them."""
        from crawlers import contract

        used = {source.platform for _, source in self.config.sources()}
        return {name: contract.load(name).label for name in used | {"spreadsheet"}}

    def publisher_of(self, source: SourceRow) -> Publisher | None:
        """Who posts replies on that source's platform; None where it is done by hand."""
        settings = {one.name: one for _, one in self.config.sources()}.get(source.name)
        if settings is None or not settings.reply:
            return None
        return open_publisher(settings, self.web)

    def close(self) -> None:
        """Give back the database's connections."""
        self.engine.dispose()


def open_installation(loaded: Loaded, clock: Clock = time_of_day.now) -> Installation:
    """Open the database, bring it up to date, and register the sources. DatabaseError."""
    from monitor.collect import register

    engine = open_engine(loaded.config.database.url.get_secret_value())
    migrate(engine)
    installation = Installation(loaded.config, engine, clock, loaded.place)
    with installation.session() as session:
        register(session, clock(), loaded.config)
    return installation


def open_model(config: Config, place: Place) -> Reader:
    """The classifier of the configuration. A ModelError names the key that is wrong."""
    from monitor.understand import open_classifier

    with _saying_where(place):
        return open_classifier(config.classifier)


@contextmanager
def _saying_where(place: Place) -> Iterator[None]:
    from monitor.understand import ModelError

    try:
        yield
    except ModelError as error:
        raise ModelError(f"{place(error.key)}: {error}") from error


def open_web(collecting: Collecting, *, allow_private: bool = False) -> Web:
    """The HTTP client as the configuration wants it."""
    from crawlers.web import Web

    return Web(
        user_agent=collecting.user_agent.replace("{contact}", collecting.contact),
        allow_private=allow_private or collecting.allow_private_hosts,
        timeout=collecting.timeout_seconds,
        pace=collecting.pace_seconds,
    )


def open_publisher(settings: SourceConfig, web: Web) -> Publisher | None:
    """The publisher of a configured source, or None."""
    from crawlers import contract

    platform = contract.load(settings.platform)
    return platform.publisher(platform.settings.model_validate(settings.settings), web)
