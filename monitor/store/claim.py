"""Claiming a row: whoever changes it owns the work until the claim runs out."""

from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, or_, update
from sqlalchemy.orm import Session


def claim(
    session: Session,
    table: type[Any],
    key: int,
    now: datetime,
    *,
    lasts: timedelta,
    **values: Any,
) -> bool:
    """Take the row for ``lasts`` by one conditional UPDATE, committed; False if another has it.

    ``values`` are set in the same statement (a state, the claimer's name).
    """
    taken = session.execute(
        update(table)
        .where(table.id == key, or_(table.claimed_until.is_(None), table.claimed_until <= now))
        .values(claimed_until=now + lasts, **values)
        .execution_options(synchronize_session=False)
    )
    session.commit()
    return cast(CursorResult[Any], taken).rowcount == 1
