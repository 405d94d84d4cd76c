"""Dissatisfied per 1,000 customers, and how much the internet magnifies them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import String, case, cast, func, literal_column, select
from sqlalchemy.orm import Session

from monitor.config import Brand
from monitor.measure.intervals import poisson
from monitor.measure.period import Period, Scope
from monitor.measure.rate import Rate
from monitor.store.tables import CustomerDay, Order, Review


@dataclass(frozen=True)
class PerThousand:
    """Distinct dissatisfied authors for each 1,000 customers served; Garwood interval.

    ``magnifying``: the dissatisfaction rate of reviews over that of customers (12 means that a
    reader of the reviews sees twelve times the dissatisfaction there is); None without a rate.
    ``known_by``: "days" (imported counts), "orders", or "estimate" (the configuration's number).
    """

    authors: int
    customers: int
    value: float
    low: float
    high: float
    magnifying: float | None
    known_by: str


def per_thousand(
    session: Session, brand: Brand, period: Period, rate: Rate | None = None
) -> PerThousand | None:
    """None when nothing says how many customers were served: no denominator, no figure.

    The period holds no time to come. Counts of days speak of its whole days alone, and so does
    the figure then.
    """
    customers, known_by, served = _customers(session, brand, period)
    if not customers:
        return None
    authors = dissatisfied_authors(session, Scope(brand.key), served)
    low, high = poisson(authors)
    value = 1000 * authors / customers
    share = rate.share if rate is not None else None
    return PerThousand(
        authors=authors,
        customers=customers,
        value=value,
        low=1000 * low / customers,
        high=1000 * high / customers,
        magnifying=1000 * share / value if share and value else None,
        known_by=known_by,
    )


def dissatisfied_authors(session: Session, scope: Scope, period: Period) -> int:
    """Different authors of negative reviews; one whom the platform does not name counts as one."""
    nobody = "review " + cast(Review.id, String)
    named = Review.platform + " " + func.coalesce(Review.author_id, Review.author)
    who = case((func.coalesce(Review.author_id, Review.author, "") == "", nobody), else_=named)
    return (
        session.scalar(
            select(func.count(func.distinct(who))).where(
                *scope.within(period),
                # literal: a partial index matches no bound parameter
                Review.sentiment == literal_column("'negative'"),
            )
        )
        or 0
    )


def _customers(session: Session, brand: Brand, period: Period) -> tuple[int, str, Period]:
    """How many, how that is known, and the part of the period that it speaks of."""
    days = period.whole_days(brand.zone)
    counted = _counted(session, brand, days) if days is not None else 0
    if days is not None and counted:
        return counted, "days", days
    ordered = (
        session.scalar(
            select(func.count(func.distinct(func.coalesce(Order.customer, Order.reference)))).where(
                Order.brand == brand.key,
                Order.ordered_at >= period.start,
                Order.ordered_at < period.end,
            )
        )
        or 0
    )
    if ordered:
        return ordered, "orders", period
    weeks = period.hours / (7 * 24)
    return round((brand.customers_per_week or 0) * weeks), "estimate", period


def _counted(session: Session, brand: Brand, period: Period) -> int:
    """Imported day counts, when every day of the period has one; the locations summed."""
    first = period.start.astimezone(brand.zone).date()
    last = (period.end - timedelta(microseconds=1)).astimezone(brand.zone).date()
    days, customers = session.execute(
        select(func.count(func.distinct(CustomerDay.day)), func.sum(CustomerDay.customers)).where(
            CustomerDay.brand == brand.key, CustomerDay.day.between(first, last)
        )
    ).one()
    return int(customers or 0) if days == (last - first).days + 1 else 0
