"""The demonstration's own pages, from its own templates: everything shown is escaped."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from babel.dates import format_datetime
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from monitor.demo.corpus import PARIS

FOLDER = Path(__file__).resolve().parent / "templates"
STYLE = (FOLDER / "demonstration.css").read_text("utf-8")
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; frame-src 'self'; "
    "form-action 'none'; base-uri 'none'"
)
HEADERS = {"content-security-policy": POLICY, "x-content-type-options": "nosniff"}


def _moment(at: datetime) -> str:
    """ "22 novembre 2026 à 14:05", in Paris."""
    return format_datetime(at.astimezone(PARIS), "d MMMM y 'à' HH:mm", locale="fr")


def _stars(number: int) -> str:
    return "★" * number + "☆" * (5 - number)


def _environment() -> Environment:
    loader = FileSystemLoader(FOLDER)
    made = Environment(loader=loader, autoescape=True, undefined=StrictUndefined)
    made.filters.update(moment=_moment, stars=_stars)
    return made


TEMPLATES = _environment()


def page(name: str, *, status_code: int = 200, **values: Any) -> HTMLResponse:
    """A page of the demonstration."""
    text = TEMPLATES.get_template(name).render(**values)
    return HTMLResponse(text, status_code=status_code, headers=HEADERS)
