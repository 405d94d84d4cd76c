"""The web application: the route table, its guard, its errors, its files.

How a page is added:

1. **A file** in ``monitor/web/pages/``, one a page. A page function is synchronous (it runs in the
   thread pool), takes ``ctx: Asked`` and whatever FastAPI reads from the path, the query or a form
   (give every form field a default: an empty one counts as absent), and returns
   ``ctx.show("name.html", …)`` or, after a deed, ``ctx.go("/path", "sentence", undo="/path")``.
   ``raise MissingError`` when the reader has nothing there. No SQL: queries are in
   ``monitor/store/queries_*.py`` and ``monitor/measure``. On GET ``ctx.session`` only reads; on
   POST it writes and the page (or the stage it calls) commits.
2. **An entry** in ``monitor/web/routes.py``: method, path, function, and the least role it needs
   (``EVERYONE``, ``reader``, ``writer``, ``approver``, ``admin``). Permission, form token and
   origin are then checked before the function runs. A new place of the navigation goes in
   ``show.PLACES``.
3. **A template** in ``templates/web/``::

       {% extends "web/frame.html" %}
       {% import "web/parts.html" as parts with context %}
       {% block title %}{{ _("Rapports") }}{% endblock %}
       {% block main %}…{% endblock %}

   Sentences are French in ``_("…")`` or ``ngettext("… un …", "… %(count)s …", n)``; their English
   goes into ``monitor/locale/en/web-<part>.po`` (in Python: ``ctx.speech.gettext``; ``N_`` marks a
   sentence named before it is spoken). Every form starts with ``{{ parts.token() }}``; htmx
   requests carry the token by themselves. A piece for htmx is a template that does not extend the
   frame. No inline ``style=`` or ``<script>``: the policy refuses them; widths and heights of
   charts are SVG attributes, colours are classes of ``static/vigie.css``.
4. **An example** in ``tests/web/examples.py`` under the route's name: the generated test then
   shows that charlie (signed out) and every role below are refused, and the role itself is let in.
"""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import Depends, FastAPI
from sqlalchemy import Engine
from starlette.staticfiles import StaticFiles

from monitor import clock as clocks
from monitor.clock import Clock
from monitor.config import Config
from monitor.web.errors import add_handlers
from monitor.web.guard import form_is_ours, needs
from monitor.web.house import STATIC, House, Wake, open_templates
from monitor.web.routes import ROUTES
from monitor.web.shield import Shield


def create_app(
    config: Config,
    engine: Engine,
    clock: Clock = clocks.now,
    jobs: Wake | None = None,
    platforms: Mapping[str, str] | None = None,
) -> FastAPI:
    """The pages as an ASGI application.

    ``jobs`` is told the name of a job that has work now; without it the daemon finds the work at
    its next look. ``platforms`` gives platforms' names as people write them.
    """
    app = FastAPI(title="Vigie", docs_url=None, redoc_url=None, openapi_url=None)
    house = House(
        config=config,
        engine=engine,
        clock=clock,
        wake=jobs or _nobody,
        platforms=platforms or {},
        templates=open_templates(config.templates),
        paths=frozenset(route.path for route in ROUTES if route.method == "GET"),
    )
    app.state.house = house
    for route in ROUTES:
        app.add_api_route(
            route.path,
            route.page,
            methods=[route.method],
            name=route.name,
            dependencies=[Depends(needs(route.permission)), Depends(form_is_ours)],
            response_model=None,
        )
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    add_handlers(app)
    app.add_middleware(Shield, secure=house.secure)
    return app


def _nobody(job: str) -> None:
    """Nobody to wake: the daemon is another process."""
