"""What every request of one running application shares."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy import Engine

from monitor.clock import Clock
from monitor.config import Config
from monitor.places import template_folders

STATIC = Path(__file__).resolve().parent / "static"
Wake = Callable[[str], None]


@dataclass(frozen=True)
class House:
    """Configuration, database, clock and templates of one application."""

    config: Config
    engine: Engine
    clock: Clock
    wake: Wake
    """Tells the daemon of this process that a job has work: "collect", "publish"."""
    platforms: Mapping[str, str]
    """Platform names as people write them."""
    templates: Environment
    paths: frozenset[str] = field(default_factory=frozenset)
    """Every path of the route table: the navigation shows what there is."""

    @property
    def secure(self) -> bool:
        """True when browsers reach the pages by https: cookies then travel by nothing else."""
        asked = self.config.pages.secure_cookies
        return self.config.public_url.startswith("https://") if asked is None else asked

    @property
    def session_lasts(self) -> timedelta:
        """How long a session outlives its last use."""
        return timedelta(hours=self.config.pages.session_hours)


def open_templates(own: Path | None) -> Environment:
    """The pages' templates, the operator's own first; everything said is escaped."""
    return Environment(
        loader=FileSystemLoader(template_folders(own)),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def static(name: str) -> str:
    """Address of a shipped file; its hash makes a new release a new address."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10]
    return f"/static/{name}?v={digest}"
