"""What the reports page asks of the store."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.store.tables import Report


def reports(session: Session, brand: str) -> Sequence[Report]:
    """The brand's reports, the newest first; three years at most."""
    query = select(Report).where(Report.brand == brand).order_by(Report.week.desc()).limit(160)
    return session.scalars(query).all()
