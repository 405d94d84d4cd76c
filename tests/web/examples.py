"""How each route is asked for in the generated permission test, by the route's name.

``rows`` prepares what the page needs, and gives the values of the path's ``{names}``; ``form`` is
what a POST sends. ``answer`` is the status that somebody who may come in gets.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session


def nothing(rows: Session) -> dict[str, Any]:
    """A page that needs no row."""
    return {}


@dataclass(frozen=True)
class Example:
    """One request that must be answered to whoever may make it."""

    answer: int = 200
    form: Mapping[str, str] = field(default_factory=dict)
    rows: Callable[[Session], dict[str, Any]] = nothing


DONE = 303
"""A deed leads on to a page."""

EXAMPLES: dict[str, Example] = {
    "health.alive": Example(),
    "signin.form": Example(),
    "signin.submit": Example(422, form={"email": "nobody@example.org", "password": "wrong"}),
    "signin.leave": Example(DONE),
}
