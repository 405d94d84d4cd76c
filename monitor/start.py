"""Starting and stopping Vigie: the whole life of the daemon, on one screen."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import structlog
import typer

from monitor.clock import now
from monitor.config import Config, Loaded
from monitor.daemon import Stop, Ticker, end, serve
from monitor.installation import Installation, open_installation
from monitor.people import first_link
from monitor.store.engine import DatabaseError

FOLDER = Path("var/demonstration")
log = structlog.get_logger(__name__)


def start(loaded: Loaded, *, pages: bool, work: bool, port: int | None = None) -> int:
    """Run until SIGTERM or SIGINT; the exit status."""
    stop = Stop()
    stop.install()
    with ExitStack() as stack:
        loaded = _with_demonstration(loaded, stack)
        try:
            here = open_installation(loaded)
        except DatabaseError as error:
            typer.echo(f"{loaded.place(('database', 'url'))}: {error}", err=True)
            return 2
        stack.callback(here.close)
        ticker = Ticker(here)
        if work:
            ticker.start()
        if pages:
            _serve_pages(here, ticker if work else None, stop, port)
        else:
            typer.echo("Vigie works. Stop it with Ctrl+C.", err=True)
            stop.asked.wait()
        clean = ticker.stop()
    end(clean)
    return 0


def _with_demonstration(loaded: Loaded, stack: ExitStack) -> Loaded:
    """The demonstration's platform and mailbox beside Vigie, where the configuration wants them."""
    if not loaded.config.demonstration:
        return loaded
    from monitor import demo

    shown = demo.start(FOLDER, now)
    stack.callback(shown.stop)
    typer.echo(f"\n  Demonstration platform   {shown.reviews_url}", err=True)
    typer.echo(f"  Demonstration mailbox    {shown.mailbox_url}", err=True)
    return replace(loaded, config=shown.adapt(loaded.config))


def _serve_pages(here: Installation, ticker: Ticker | None, stop: Stop, port: int | None) -> None:
    from monitor.web.app import create_app

    pages = here.config.pages
    listening = pages.port if port is None else port
    app = create_app(
        here.config,
        here.engine,
        here.clock,
        jobs=ticker.wake if ticker else None,
        platforms=here.platform_labels,
    )
    _welcome(here, here.config, listening)
    serve(app, pages.host, listening, stop, trust_proxy=pages.trust_proxy)


def _welcome(here: Installation, config: Config, port: int) -> None:
    address = config.pages.public_url or f"http://{config.pages.host}:{port}"
    typer.echo(f"\n  Vigie   {address.rstrip('/')}/", err=True)
    with here.session() as session:
        token = first_link(session, here.clock())
        session.commit()
    if token:
        typer.echo(
            "  First administrator, once, within two days:\n"
            f"          {address.rstrip('/')}/welcome/{token}",
            err=True,
        )
    typer.echo("", err=True)
