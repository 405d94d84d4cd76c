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
from monitor.web.pages import (
    account,
    audit,
    dashboard,
    health,
    inbox,
    reports,
    review,
    signin,
    sources,
    team,
    welcome,
)

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
    Route("GET", "/welcome/{token}", welcome.form, EVERYONE),
    Route("POST", "/welcome/{token}", welcome.submit, EVERYONE),
    # oneself
    Route("GET", "/account", account.show, "reader"),
    Route("POST", "/account", account.save, "reader"),
    Route("POST", "/account/password", account.save_password, "reader"),
    Route("POST", "/account/language", account.save_language, "reader"),
    Route("POST", "/account/theme", account.save_theme, "reader"),
    # the inbox
    Route("GET", "/", inbox.inbox, "reader"),
    Route("GET", "/reviews/{review_id}", review.review, "reader"),
    Route("GET", "/reviews/{review_id}/publication", review.publication, "reader"),
    Route("POST", "/reviews/{review_id}/findings", review.findings, "writer"),
    Route("POST", "/reviews/{review_id}/save", review.save, "writer"),
    Route("POST", "/reviews/{review_id}/approve", review.approve_reply, "approver"),
    Route("POST", "/reviews/{review_id}/reject", review.reject, "approver"),
    Route("POST", "/reviews/{review_id}/redraft", review.redraft, "writer"),
    Route("POST", "/reviews/{review_id}/take-back", review.take_back, "approver"),
    Route("POST", "/reviews/{review_id}/posted", review.posted, "writer"),
    Route("POST", "/reviews/{review_id}/resolve", review.resolve, "approver"),
    Route("POST", "/reviews/{review_id}/settle", review.settle, "writer"),
    Route("POST", "/reviews/{review_id}/unsettle", review.unsettle, "writer"),
    Route("POST", "/reviews/{review_id}/correct", review.correct, "writer"),
    Route("POST", "/reviews/{review_id}/topics", review.correct_topics, "writer"),
    Route("POST", "/reviews/{review_id}/confirm", review.confirm, "writer"),
    Route("POST", "/reviews/{review_id}/assign", review.assign, "writer"),
    # the figures
    Route("GET", "/dashboard", dashboard.dashboard, "reader"),
    Route("GET", "/rereading", dashboard.rereading, "reader"),
    Route("GET", "/reports", reports.index, "reader"),
    Route("GET", "/reports/{week}", reports.one, "reader"),
    Route("GET", "/reports/{week}/print", reports.printed, "reader"),
    # the sources
    Route("GET", "/sources", sources.index, "reader"),
    Route("GET", "/sources/{source_id}", sources.one, "reader"),
    Route("POST", "/sources/{source_id}/visit", sources.visit, "writer"),
    Route("POST", "/sources/{source_id}/pause", sources.pause, "admin"),
    Route("POST", "/sources/{source_id}/resume", sources.resume, "admin"),
    # the team
    Route("GET", "/team", team.show, "reader"),
    Route("POST", "/team/invite", team.invite, "admin"),
    Route("POST", "/team/{person_id}/link", team.make_link, "admin"),
    Route("POST", "/team/{person_id}/role", team.change_role, "admin"),
    Route("POST", "/team/{person_id}/withdraw", team.withdraw, "admin"),
    Route("POST", "/team/{person_id}/restore", team.restore, "admin"),
    Route("GET", "/audit", audit.show, "admin"),
)
