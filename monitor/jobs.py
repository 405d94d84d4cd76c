"""The job table: what the daemon does, and what ``vigie once`` does by name.

A job is ``run_one`` of a stage: it finds its own work, does one piece, and says whether there was
any. Due times are rows, so that a restart, a crash or a second machine needs nothing special.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.installation import Installation
from monitor.store.tables import Crawl, Message, Publication, SourceRow

RunOne = Callable[[Session, Installation], bool]


class StoppedError(Exception):
    """The process ends, and long work with it; it is done anew another time."""


@dataclass(frozen=True)
class Job:
    """``every`` is how often the daemon looks for work, from ``first`` after its start on;
    ``lanes`` how many look at once."""

    run_one: RunOne
    every: timedelta
    lanes: int = 1
    first: timedelta = timedelta()


def collect(session: Session, here: Installation) -> bool:
    """Visit one source that is due."""
    from monitor.collect import run_one

    # a lane's thread is its own claimer: a worker that lost its claim must notice
    worker = f"{here.worker}:{threading.get_ident()}"
    return run_one(session, here.clock, here.config, here.web, worker=worker)


def understand(session: Session, here: Installation) -> bool:
    """Read a few versions; the model is loaded only when there are any. Proposals follow."""
    from monitor.reply.overtaken import following
    from monitor.understand import enlist, run_one, waits

    if not here.is_enlisted:
        enlist(session, here.clock(), here.reader_name)
        here.is_enlisted = True
    if not waits(session, here.clock(), here.reader_name):
        here.rest_reader(here.clock())
        return False
    here.read_at = here.clock()
    return run_one(session, here.clock(), here.reader, limit=64, follow=following)


def evaluate(session: Session, here: Installation) -> bool:
    """Measure how often the model errs, once it has read everything (a minute or two)."""
    from monitor import evaluating
    from monitor.testpart import read_tests
    from monitor.understand import is_relieved, waits

    now, model = here.clock(), here.reader_name
    if is_relieved(session, model) or waits(session, now, model):
        return False

    def told(_: int) -> None:
        here.read_at = here.clock()  # the model is in use: it must not be put to rest
        if here.stopping():
            raise StoppedError

    try:
        told(0)
        return evaluating.run_one(session, now, model, lambda: here.reader, read_tests, told)
    except StoppedError:
        return False


def draft(session: Session, here: Installation) -> bool:
    """Propose one reply, or void one."""
    from monitor.reply.draft import run_one

    return run_one(session, here.clock(), here.config, here.reply_templates)


def publish(session: Session, here: Installation) -> bool:
    """Publish one approved reply, or find out what became of one."""
    from monitor.reply.publish import run_one

    return run_one(session, here.clock(), here.publisher_of)


def digest(session: Session, here: Installation) -> bool:
    """Write one brand's digest."""
    from monitor.tell.digest import run_one

    return run_one(session, here.clock(), here.config, here.config.templates)


def report(session: Session, here: Installation) -> bool:
    """Freeze one week, or write its mails."""
    from monitor.tell.report import run_one

    return run_one(session, here.clock(), here.config, here.config.templates)


def mail(session: Session, here: Installation) -> bool:
    """Send one message of the outbox."""
    from monitor.tell.mail import send_one

    return send_one(session, here.clock(), here.config.mail)


SECONDS = {
    "collect": 5,
    "understand": 3,
    "evaluate": 600,
    "draft": 3,
    "publish": 2,
    "digest": 20,
    "report": 20,
}
LANES = {"collect": 3}
FIRST = {"evaluate": timedelta(minutes=10)}
"""It takes a core for a minute or two: not while a daemon that has just started catches up."""
JOBS: dict[str, Job] = {
    one.__name__: Job(
        one,
        every=timedelta(seconds=SECONDS.get(one.__name__, 5)),
        lanes=LANES.get(one.__name__, 1),
        first=FIRST.get(one.__name__, timedelta()),
    )
    for one in (collect, understand, evaluate, draft, publish, digest, report, mail)
}
TOGETHER = {"digest": ("digest", "mail"), "report": ("report", "mail")}
"""What ``vigie once`` runs for a name that is more than one job."""


def work_off(name: str, here: Installation, stopping: Callable[[], bool] = lambda: False) -> int:
    """Run the job until it finds nothing to do; how many pieces of work it did."""
    done = 0
    while not stopping():
        with here.session() as session:
            if not JOBS[name].run_one(session, here):
                break
        done += 1
    return done


def failures(session: Session, since: datetime) -> list[str]:
    """What went wrong since then, a sentence each, for the terminal."""
    crawls = session.execute(
        select(SourceRow.name, Crawl.fault, Crawl.fault_detail)
        .join(SourceRow, SourceRow.id == Crawl.source_id)
        .where(Crawl.started_at >= since, Crawl.fault.is_not(None))
    )
    posts = session.execute(
        select(Publication.review_id, Publication.state, Publication.detail).where(
            Publication.state.in_(("failed", "unsure")), Publication.sent_at >= since
        )
    )
    mails = session.execute(
        select(Message.kind, Message.recipient, Message.error).where(
            Message.error.is_not(None), Message.made_at >= since
        )
    )
    return [
        *(f"source {name}: {fault}: {detail}" for name, fault, detail in crawls),
        *(f"reply to review {review}: {state}: {detail}" for review, state, detail in posts),
        *(f"{kind} to {recipient}: {error}" for kind, recipient, error in mails),
    ]
