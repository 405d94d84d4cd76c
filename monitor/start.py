"""Starting and stopping Vigie: the whole life of the daemon, on one screen."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
import typer

from monitor.clock import now
from monitor.config import Config, Loaded
from monitor.daemon import Stop, Ticker, end, serve
from monitor.installation import Installation, open_installation
from monitor.people import first_link
from monitor.store.engine import DatabaseError

if TYPE_CHECKING:
    from monitor.demo import Demo

PAGES_FIRST = timedelta(seconds=2)
FOLDER = Path("var/demonstration")
log = structlog.get_logger(__name__)


def start(loaded: Loaded, *, pages: bool, work: bool, port: int | None = None) -> int:
    """Run until SIGTERM or SIGINT; the exit status. ``port`` goes before the configured one."""
    stop = Stop()
    stop.install()
    with ExitStack() as stack:
        shown = _demonstration(loaded.config, stack)
        config = _with_port(shown.adapt(loaded.config) if shown else loaded.config, port)
        try:
            here = open_installation(replace(loaded, config=config))
        except DatabaseError as error:
            typer.echo(f"{loaded.place(('database', 'url'))}: {error}", err=True)
            return 2
        stack.callback(here.close)
        if shown:
            _fill(here, shown)
        ticker = Ticker(here)
        if work:
            # the pages come up first: the jobs' heavy imports would slow them down
            ticker.start(PAGES_FIRST if pages else timedelta())
        if pages:
            _serve_pages(here, ticker if work else None, stop)
        else:
            typer.echo("Vigie works. Stop it with Ctrl+C.", err=True)
            stop.asked.wait()
        clean = ticker.stop()
    end(clean)
    return 0


def _with_port(config: Config, port: int | None) -> Config:
    if port is None:
        return config
    return config.model_copy(update={"pages": config.pages.model_copy(update={"port": port})})


def _demonstration(config: Config, stack: ExitStack) -> Demo | None:
    """The demonstration's platform and mailbox beside Vigie, where the configuration wants them."""
    if not config.demonstration:
        return None
    from monitor import demo

    shown = demo.start(FOLDER, now)
    stack.callback(shown.stop)
    typer.echo(f"\n  Demonstration platform   {shown.reviews_url}", err=True)
    typer.echo(f"  Demonstration mailbox    {shown.mailbox_url}", err=True)
    return shown


def _fill(here: Installation, shown: Demo) -> None:
    """Whom the demonstration's brand served: what an operator would import."""
    from monitor.demo import customers

    with here.session() as session:
        customers.fill(session, here.config.brands[0].key, shown.scene.today)
        session.commit()


def _serve_pages(here: Installation, ticker: Ticker | None, stop: Stop) -> None:
    from monitor.web.app import create_app

    pages = here.config.pages
    app = create_app(
        here.config,
        here.engine,
        here.clock,
        jobs=ticker.wake if ticker else None,
        platforms=here.platform_labels,
    )
    _welcome(here)
    serve(app, pages.host, pages.port, stop, trust_proxy=pages.trust_proxy)


def _welcome(here: Installation) -> None:
    address = here.config.public_url
    typer.echo(f"\n  Vigie   {address}/", err=True)
    with here.session() as session:
        token = first_link(session, here.clock())
        session.commit()
    if token:
        typer.echo(
            f"  First administrator, once, within two days:\n          {address}/welcome/{token}",
            err=True,
        )
    typer.echo("", err=True)
