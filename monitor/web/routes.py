"""The site map: every address, what answers there, and who may come.

``EVERYONE`` needs no sign-in; ``reader``, ``writer``, ``approver`` and ``admin`` each may do what
the ones before may.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from fastapi import Response

from monitor.web.guard import EVERYONE
from monitor.web.pages import health, signin

Permission = Literal["everyone", "reader", "writer", "approver", "admin"]


@dataclass(frozen=True)
class Route:
    """One address of the pages."""

    method: Literal["GET", "POST"]
    path: str
    page: Callable[..., Response]
    permission: Permission

    @property
    def name(self) -> str:
        """``sources.pause``: the page's file and its function."""
        return f"{self.page.__module__.rpartition('.')[2]}.{self.page.__name__}"


ROUTES = (
    Route("GET", "/healthz", health.alive, EVERYONE),
    # the door
    Route("GET", "/sign-in", signin.form, EVERYONE),
    Route("POST", "/sign-in", signin.submit, EVERYONE),
    Route("POST", "/sign-out", signin.leave, "reader"),
)
