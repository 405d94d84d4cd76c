"""When something goes wrong: a calm page that says what happened, what was kept, what to do."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from monitor.speech import N_, Speech
from monitor.web.context import SAFE_METHODS, Context, visitor_taste
from monitor.web.guard import RefusedError, same_origin
from monitor.web.house import House, static
from monitor.web.show import spoken

LONGEST_TEXT = 20_000
"""Of a text that is shown again: several times what any platform takes as a reply."""
log = structlog.get_logger("web")


@dataclass(frozen=True)
class Trouble:
    """What an error page says."""

    status: int
    title: str
    what: str
    remedy: str
    with_text: str = ""
    """What to do instead when a text was sent, which is then shown again."""


MISSING = Trouble(
    404,
    N_("Cette page n’existe pas"),
    N_("L’adresse est peut-être incomplète, ou ce qu’elle montrait a été retiré."),
    N_("Revenez à la boîte de réception, ou à la page précédente."),
)
FORBIDDEN = Trouble(
    403,
    N_("Cette page ne vous est pas ouverte"),
    N_("Votre rôle dans l’équipe ne permet pas cette action. Rien n’a été modifié."),
    N_("Demandez à une personne qui administre Vigie de l’ouvrir pour vous."),
)
SIGNED_OUT = Trouble(
    401,
    N_("Votre session a pris fin"),
    N_("Ce que vous veniez d’envoyer n’a pas été enregistré."),
    N_("Connectez-vous, puis recommencez."),
    N_("Copiez votre texte, connectez-vous, puis collez-le dans la réponse."),
)
STALE_FORM = Trouble(
    419,
    N_("Ce formulaire a expiré"),
    N_("Il a été ouvert avant votre dernière connexion. Rien n’a été modifié."),
    N_("Ouvrez la page de nouveau, puis recommencez."),
    N_("Copiez votre texte, ouvrez l’avis de nouveau, puis collez-le dans la réponse."),
)
FOREIGN = Trouble(
    403,
    N_("Cette demande vient d’ailleurs"),
    N_("Elle n’a pas été envoyée depuis une page de Vigie. Rien n’a été modifié."),
    N_("Ouvrez Vigie à son adresse habituelle et recommencez."),
)
INCOMPLETE = Trouble(
    422,
    N_("Il manque quelque chose"),
    N_("Le formulaire est arrivé incomplet. Rien n’a été modifié."),
    N_("Revenez à la page précédente et vérifiez ce que vous avez saisi."),
)
TOO_LARGE = Trouble(
    413,
    N_("C’est trop volumineux"),
    N_("Ce que vous avez envoyé dépasse la taille permise. Rien n’a été modifié."),
    N_("Raccourcissez-le et recommencez."),
)
WRONG_WAY = Trouble(
    405,
    N_("Cette adresse ne s’ouvre pas ainsi"),
    N_("Elle attend un formulaire envoyé depuis une page de Vigie. Rien n’a été modifié."),
    N_("Revenez à la page précédente."),
)
BROKEN = Trouble(
    500,
    N_("Une erreur est survenue"),
    N_("Vigie n’a pas pu faire ce que vous demandiez. Ce qui était enregistré l’est toujours."),
    N_("Réessayez dans un instant. Si l’erreur revient, transmettez cette référence."),
)
REFUSALS = {
    "signed_out": SIGNED_OUT,
    "forbidden": FORBIDDEN,
    "stale_form": STALE_FORM,
    "foreign": FOREIGN,
}
STATUSES = {
    trouble.status: trouble for trouble in (MISSING, FORBIDDEN, INCOMPLETE, TOO_LARGE, WRONG_WAY)
}


class MissingError(Exception):
    """A page function's way to say that there is nothing here for this reader."""


def add_handlers(app: FastAPI) -> None:
    """Every error that can leave a page function has its page."""
    app.add_exception_handler(RefusedError, _refused)
    app.add_exception_handler(MissingError, _not_there)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_middleware(Calm)


class Calm:
    """The last net: a failure becomes a page, and the connection stays good for the next one."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def send_noting(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, send_noting)
        except Exception as error:
            if started or scope["type"] != "http":
                raise
            response = await run_in_threadpool(_broken, Request(scope, receive), error)
            await response(scope, receive, send)


def answer(request: Request, trouble: Trouble, reference: str = "", written: str = "") -> Response:
    """The trouble as a page, with the text that it kept from being saved; or as JSON where a
    script asked."""
    speech, theme = _reader(request)
    if _wants_json(request):
        words = " ".join(speech.gettext(part) for part in (trouble.title + ".", trouble.remedy))
        return JSONResponse({"error": words, "reference": reference}, trouble.status)
    house: House = request.app.state.house
    page = house.templates.get_template("web/error.html")
    values = {"trouble": trouble, "reference": reference, "written": written}
    values |= {"around": _around(request), "theme": theme, "static": static}
    text = page.render({**spoken(speech), **values})
    return HTMLResponse(text, trouble.status)


async def _refused(request: Request, error: Exception) -> Response:
    code = error.code if isinstance(error, RefusedError) else "forbidden"
    if code == "signed_out" and request.method in SAFE_METHODS:
        if "hx-request" in request.headers:
            # a piece was asked for: the page around it is what is wanted again
            around = urlsplit(request.headers.get("hx-current-url") or str(request.url))
            path = _sign_in(around.path or "/", around.query)
            return Response(status_code=401, headers={"HX-Redirect": path})
        return RedirectResponse(_sign_in(request.url.path, request.url.query), status_code=303)
    trouble = REFUSALS[code]
    written = await _written(request) if trouble.with_text else ""
    return await run_in_threadpool(answer, request, trouble, written=written)


async def _written(request: Request) -> str:
    """The text of a form that a page of ours sent; nothing else of it is shown again."""
    config = request.app.state.house.config
    if request.method in SAFE_METHODS or not same_origin(request, config.public_url):
        return ""
    text = (await request.form()).get("text")
    return text[:LONGEST_TEXT] if isinstance(text, str) else ""


def _around(request: Request) -> str:
    """The page that a deed belongs to: ``/reviews/5`` of ``/reviews/5/save``."""
    return request.url.path.rpartition("/")[0] or "/"


def _sign_in(path: str, query: str) -> str:
    wanted = path + (f"?{query}" if query else "")
    return f"/sign-in?next={quote(wanted, safe='')}"


def _not_there(request: Request, error: Exception) -> Response:
    return answer(request, MISSING)


def _http(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    return answer(request, STATUSES.get(status, INCOMPLETE if status < 500 else BROKEN))


def _invalid(request: Request, error: Exception) -> Response:
    places = [one["loc"][0] for one in error.errors()] if hasattr(error, "errors") else []
    return answer(request, MISSING if "path" in places else INCOMPLETE)


def _broken(request: Request, error: Exception) -> Response:
    reference = secrets.token_hex(4)
    log.error("page failed", reference=reference, path=request.url.path, exc_info=error)
    return answer(request, BROKEN, reference)


def _reader(request: Request) -> tuple[Speech, str]:
    context: Context | None = getattr(request.state, "context", None)
    if context is None:
        return visitor_taste(request)
    return context.speech, context.theme


def _wants_json(request: Request) -> bool:
    accepts = request.headers.get("accept", "")
    return "hx-request" in request.headers or accepts.startswith("application/json")
