"""The program: ``vigie`` on the command line, the same as ``python -m monitor.cli``."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

if TYPE_CHECKING:
    from monitor.config import Loaded
    from monitor.installation import Installation

app = typer.Typer(
    name="vigie",
    help="Watches what customers say of a brand, and helps its team to answer with courtesy.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
user_app = typer.Typer(help="The team: who may sign in, and with what rights.")
app.add_typer(user_app, name="user", no_args_is_help=True)

OWN_CONFIG = Path("config.yaml")
ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        help="The configuration; by default config.yaml here, else the shipped demonstration.",
    ),
]


def main() -> None:
    """Run the command line; an error is a sentence on standard error, and exit status 1, or 2 where
    what was asked cannot be begun."""
    from monitor.logs import configure

    configure()
    app(prog_name="vigie")


def fail(message: str, status: int = 1) -> NoReturn:
    """Say what is wrong, if anything is to be said, and leave."""
    if message:
        typer.echo(message, err=True)
    raise typer.Exit(status)


def _load(path: Path | None) -> Loaded:
    from monitor.check import check_platforms
    from monitor.config import ConfigError, load
    from monitor.places import shipped

    if path is None:
        path = OWN_CONFIG if OWN_CONFIG.exists() else shipped("config.example.yaml")
    try:
        loaded = load(path)
        check_platforms(loaded)
    except ConfigError as error:
        fail("\n".join(error.problems), 2)
    return loaded


def _open(path: Path | None) -> Installation:
    from monitor.installation import open_installation
    from monitor.store.engine import DatabaseError

    loaded = _load(path)
    try:
        return open_installation(loaded)
    except DatabaseError as error:
        fail(f"{loaded.place(('database', 'url'))}: {error}", 2)


@app.command()
def check(config: ConfigOption = None) -> None:
    """Say everything that can be said of the configuration, without starting."""
    from monitor.checkup import sentences

    loaded = _load(config)
    problems = 0
    for good, sentence in sentences(loaded):
        problems += not good
        typer.echo(f"{'✓' if good else '✗'} {sentence}")
    if problems:
        raise typer.Exit(1)


@app.command()
def migrate(config: ConfigOption = None) -> None:
    """Bring the database to this version's tables (starting Vigie does it, too)."""
    from monitor.store.engine import DatabaseError, open_engine
    from monitor.store.migrate import migrate as apply

    loaded = _load(config)
    try:
        engine = open_engine(loaded.config.database.url.get_secret_value())
        arrived = apply(engine)
    except DatabaseError as error:
        fail(str(error), 2)
    engine.dispose()
    typer.echo(f"migrated to {arrived}" if arrived else "nothing to migrate")


@app.command()
def run(
    config: ConfigOption = None,
    port: Annotated[int | None, typer.Option(help="Another port for the pages.")] = None,
) -> None:
    """Pages and scheduler in one process: the usual way to run Vigie."""
    from monitor.start import start

    raise typer.Exit(start(_load(config), pages=True, work=True, port=port))


@app.command()
def web(
    config: ConfigOption = None,
    port: Annotated[int | None, typer.Option(help="Another port for the pages.")] = None,
) -> None:
    """The pages alone; ``vigie work`` does the rest, here or on another machine."""
    from monitor.start import start

    raise typer.Exit(start(_load(config), pages=True, work=False, port=port))


@app.command()
def work(config: ConfigOption = None) -> None:
    """The scheduler alone: collects, reads, drafts, publishes and sends."""
    from monitor.start import start

    raise typer.Exit(start(_load(config), pages=False, work=True))


@app.command()
def once(
    job: Annotated[
        str,
        typer.Argument(
            help="collect, understand, evaluate, draft, publish, digest, report or mail"
        ),
    ],
    config: ConfigOption = None,
) -> None:
    """Do one job until there is nothing left to do; exit 1 with each failure named."""
    from monitor import jobs

    if job not in jobs.JOBS:
        fail(f"there is no job “{job}”; there are: {', '.join(jobs.JOBS)}", 2)
    here = _open(config)
    since = here.clock()
    crashed = None
    try:
        for name in jobs.TOGETHER.get(job, (job,)):
            done = jobs.work_off(name, here)
            typer.echo(f"{name}: {done or 'nothing'} done", err=True)
    except Exception as error:
        crashed = f"{job}: {type(error).__name__}: {error}"
    with here.session() as session:
        told = jobs.failures(session, since)
    here.close()
    if crashed or told:
        fail("\n".join([*([crashed] if crashed else []), *told]))


@app.command("try")
def try_platform(
    platform: Annotated[str, typer.Argument(help="Name of a platform file, such as trustpilot.")],
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="key=value, as in a source's settings.")
    ] = None,
    pages: Annotated[int, typer.Option(min=1, help="How many pages to read.")] = 1,
    allow_private: Annotated[
        bool, typer.Option("--allow-private", help="Allow loopback and private addresses.")
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Print what a platform file finds, one JSON object a line; store nothing."""
    from monitor.config import Collecting
    from monitor.trial import TrialError, trial

    # without a configuration of one's own, the demonstration's leave to visit this machine is not
    # taken either
    own = config is not None or OWN_CONFIG.exists()
    collecting = _load(config).config.collecting if own else Collecting()
    try:
        for line in trial(collecting, platform, settings or [], pages, allow_private):
            typer.echo(line)
    except TrialError as error:
        fail(str(error))


@app.command()
def classify(config: ConfigOption = None) -> None:
    """Read JSON lines {"text", "title"?, "stars"?, …}; write what was understood of each."""
    from monitor.classifying import Stopped
    from monitor.classifying import classify as classify_all
    from monitor.understand import ModelError

    try:
        done = classify_all(_load(config))
    except ModelError as error:
        fail(str(error))
    except Stopped as stopped:
        fail(str(stopped), stopped.status)
    if done.bad:
        fail(f"{done.bad} bad lines")


@app.command()
def evaluate(
    json_file: Annotated[
        Path | None, typer.Option("--json", help="A file to write every figure to, too.")
    ] = None,
    rows: Annotated[
        int | None,
        typer.Option(min=1, help="Read only so many test texts, to try it; keeps nothing."),
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Measure how often the classifier errs, on its test part and on the team's corrections."""
    from monitor import evaluating
    from monitor.accuracy_table import progress, show
    from monitor.testpart import read_tests
    from monitor.understand import ModelError

    here = _open(config)
    if json_file is not None:
        _begin(json_file)
    try:
        tests = evaluating.drawn(read_tests(), rows)
        with progress(len(tests)) as told, here.session() as session:
            found = evaluating.evaluate(session, here.clock(), here.reader, tests, told)
            if rows is None:
                evaluating.keep(session, found)
    except (ModelError, FileNotFoundError) as error:
        fail(str(error))
    finally:
        here.close()
    if json_file is not None:
        _write_json(json_file, found.as_dict())
    try:
        show(found)
    except OSError as error:
        fail(f"the tables cannot be written ({error.strerror})")
    if rows is not None:
        typer.echo("tried on a part of the texts: nothing was kept for the reports", err=True)


def _begin(file: Path) -> None:
    """Find out before minutes of reading whether the file can be written."""
    try:
        file.open("a").close()
    except OSError as error:
        fail(f"{file}: cannot be written ({error.strerror})", 2)


def _write_json(file: Path, told: dict[str, Any]) -> None:
    try:
        file.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", "utf-8")
    except OSError as error:
        fail(f"{file}: cannot be written ({error.strerror})")


@app.command()
def report(
    week: Annotated[str, typer.Option(help="An ISO week, such as 2026-W46.")],
    out: Annotated[Path, typer.Option(help="Folder to write to; it is made.")],
    brand: Annotated[str | None, typer.Option(help="A brand's key; by default every one.")] = None,
    language: Annotated[str | None, typer.Option(help="fr or en; by default the brand's.")] = None,
    config: ConfigOption = None,
) -> None:
    """Write a week's report: HTML, text, JSON, and PDF where WeasyPrint is installed."""
    from monitor.clock import parse_week
    from monitor.tell.report import ReportError, write

    here = _open(config)
    brands = [one for one in here.config.brands if brand in (None, one.key)]
    if not brands:
        fail(f"there is no brand “{brand}”", 2)
    try:
        parse_week(week)
        for one in brands:
            folder = out if len(brands) == 1 else out / one.key
            with here.session() as session:
                for path in write(session, here.clock(), here.config, one, week, folder, language):
                    typer.echo(str(path))
    except (ReportError, ValueError) as error:
        fail(str(error), 2)
    finally:
        here.close()


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(help="A CSV or XLSX export of reviews.")],
    source: Annotated[str, typer.Option(help="Name to keep it under, such as google-2025.")],
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="key=value, as for the spreadsheet platform.")
    ] = None,
    brand: Annotated[
        str | None, typer.Option(help="A brand's key, when there are several.")
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Import reviews from a file; rows that cannot be read are listed with their line."""
    from monitor.importing import ImportingError, import_reviews

    here = _open(config)
    try:
        result = import_reviews(here, file, source, settings or [], brand)
    except ImportingError as error:
        fail(str(error))
    finally:
        here.close()
    typer.echo(f"{result.found} read, {result.new} new, {result.changed} changed")
    if result.rejected:
        fail("\n".join(f"{row.place}: {row.reason}" for row in result.rejected))


@user_app.command("add")
def user_add(
    email: str,
    name: Annotated[str, typer.Option(help="As colleagues will read it.")],
    role: Annotated[str, typer.Option(help="admin, approver, writer or reader.")] = "writer",
    language: Annotated[str, typer.Option(help="fr or en.")] = "fr",
    config: ConfigOption = None,
) -> None:
    """Invite somebody: prints the one-time link by which they choose their password."""
    from monitor.usercli import add

    _user(config, lambda here: add(here, email, name, role, language))


@user_app.command("list")
def user_list(config: ConfigOption = None) -> None:
    """Who is in the team."""
    from monitor.usercli import everybody

    _user(config, everybody)


@user_app.command("link")
def user_link(email: str, config: ConfigOption = None) -> None:
    """A new one-time link for somebody who forgot their password."""
    from monitor.usercli import link

    _user(config, lambda here: link(here, email))


@user_app.command("withdraw")
def user_withdraw(email: str, config: ConfigOption = None) -> None:
    """Withdraw somebody's access; what they decided keeps their name."""
    from monitor.usercli import withdraw

    _user(config, lambda here: withdraw(here, email))


def _user(config: Path | None, act: Callable[[Installation], list[str]]) -> None:
    from monitor.people import PeopleError

    here = _open(config)
    try:
        for line in act(here):
            typer.echo(line)
    except PeopleError as error:
        fail(f"not done: {error.code.replace('_', ' ')}")
    finally:
        here.close()


if __name__ == "__main__":
    main()
