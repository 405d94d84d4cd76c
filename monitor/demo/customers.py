"""Whom Maison Lumen served: the denominators and order facts that an operator would import."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.demo.corpus import PARIS, SEED, SUNDAY
from monitor.store.tables import CustomerDay, Order

DAYS_BEFORE = 30 * 7
DAYS_AFTER = 8 * 7
"""The demonstration's future is as invented as its past: every day it runs has its customers."""
BAD_WEEK = range(38, 47)
"""Days ago when the carriers were on strike and the stock was wrong."""
OF_WEEKDAY = (0.92, 0.9, 0.95, 0.98, 1.08, 1.42, 0.75)
SERVED = {"": 176, "Lyon": 34, "Bordeaux": 25, "Lille": 21, "Nantes": 17}
"""Customers on a usual day: the web shop under the empty name, then each boutique."""
ORDERS_SHARE = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """Customers of a place on a day."""

    day: date
    location: str
    customers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bought:
    """An order's facts; times are in UTC, ``amount`` is in euros."""

    reference: str
    customer: str
    ordered_at: datetime
    promised_at: datetime
    delivered_at: datetime | None
    amount: float


def customers(today: date, seed: int = SEED) -> list[Served]:
    """Customers a day and place, about 1,900 a week, from 30 weeks before ``today`` to 8 after."""
    return [
        Served(day=day, location=location, customers=_served(day, location, seed))
        for day in _days(today, DAYS_BEFORE, DAYS_AFTER)
        for location in SERVED
        if not (location and day.weekday() == SUNDAY)
    ]


def orders(today: date, seed: int = SEED) -> list[Bought]:
    """One web order in fifty of the 30 weeks before ``today``."""
    found = []
    for day in _days(today, DAYS_BEFORE, 0):
        chance = _chance(seed, day, "orders")
        bought = sum(chance.random() < ORDERS_SHARE for _ in range(_served(day, "", seed)))
        found += [_bought(day, today, number, chance) for number in range(1, bought + 1)]
    return found


def fill(session: Session, brand: str, today: date) -> int:
    """Import both for a brand, what is there already left alone; returns the rows added.

    The caller commits. ``today`` is the day that the demonstration was opened.
    """
    known = select(CustomerDay.day, CustomerDay.location).where(CustomerDay.brand == brand)
    served = {(day, location) for day, location in session.execute(known)}
    bought = set(session.scalars(select(Order.reference).where(Order.brand == brand)))
    rows: list[CustomerDay | Order] = [
        CustomerDay(brand=brand, location=one.location, day=one.day, customers=one.customers)
        for one in customers(today)
        if (one.day, one.location) not in served
    ]
    rows += [_order(brand, one) for one in orders(today) if one.reference not in bought]
    session.add_all(rows)
    return len(rows)


def _order(brand: str, one: Bought) -> Order:
    return Order(
        brand=brand,
        reference=one.reference,
        customer=one.customer,
        ordered_at=one.ordered_at,
        promised_at=one.promised_at,
        delivered_at=one.delivered_at,
        amount=one.amount,
    )


def _days(today: date, before: int, after: int) -> Iterator[date]:
    return (today + timedelta(days=ahead) for ahead in range(-before, after))


def _chance(seed: int, day: date, what: str) -> Random:
    return Random(f"{seed}:{day}:{what}")  # noqa: S311 - believable numbers, not secrets


def _served(day: date, location: str, seed: int) -> int:
    usual = SERVED[location] * OF_WEEKDAY[day.weekday()]
    return max(1, round(usual * _chance(seed, day, location).uniform(0.86, 1.14)))


def _bought(day: date, today: date, number: int, chance: Random) -> Bought:
    ordered = _moment(day, time(chance.randrange(8, 23), chance.randrange(60)))
    late = chance.random() < (0.55 if (today - day).days in BAD_WEEK else 0.08)
    days = chance.randrange(5, 14) if late else chance.randrange(2, 5)
    arrived = day + timedelta(days=days)
    delivered = _moment(arrived, time(chance.randrange(9, 18), chance.randrange(60)))
    customer = f"client-{chance.randrange(1, 900)}"
    return Bought(
        reference=f"ML{day:%y%m%d}-{number:02d}",
        customer=hashlib.sha256(customer.encode()).hexdigest(),
        ordered_at=ordered,
        promised_at=_moment(day + timedelta(days=4), time(18)),
        delivered_at=delivered if arrived < today else None,
        amount=round(min(1450.0, max(14.9, chance.lognormvariate(4.6, 0.7))), 2),
    )


def _moment(day: date, at: time) -> datetime:
    return datetime.combine(day, at, PARIS).astimezone(UTC)
