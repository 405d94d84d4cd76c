"""One review: whole, with its versions, the draft in its editor, and what may be decided."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from fastapi import Form, Response

from monitor.measure.counts import owed_hours
from monitor.places import template_folders
from monitor.platformnames import reads_files
from monitor.reply import approve, checking, limits, publish, told, words
from monitor.reply.check import check
from monitor.reply.draft import OPEN, reread
from monitor.reply.refusal import Refused
from monitor.reply.states import came_back
from monitor.reply.wording import ReplyTemplates, environment
from monitor.speech import N_
from monitor.spoken import tight
from monitor.store import queries_review
from monitor.store.queries_review import Whole
from monitor.store.tables import Publication
from monitor.web.context import Asked, Context
from monitor.web.errors import MissingError
from monitor.web.marked import marked
from monitor.web.pages.inbox import hours_waiting, listing
from monitor.web.people_words import change, deed
from monitor.web.understood import (
    POLARITIES,
    SENTIMENTS,
    SEVERITIES,
    picked,
    quotes,
    reading_shown,
    reasons_of,
    topics_mark,
    topics_of,
    understood,
)

STORY = {
    "draft.edited": N_("a modifié la réponse"),
    "draft.rejected": N_("a écarté la proposition"),
    "draft.asked": N_("a demandé une autre proposition"),
    "draft.overtaken": N_("a retiré sa proposition, car sa lecture de l’avis a changé"),
    "reply.approved": N_("a approuvé la réponse"),
    "approval.voided": N_("a annulé l’approbation"),
    "approval.taken_back": N_("a repris la réponse avant son départ"),
    "reply.published": N_("a publié la réponse"),
    "reply.noted": N_("a noté que la réponse est en ligne"),
    "reply.handed_over": N_("a préparé la réponse à copier"),
    "reply.put_off": N_("a remis la publication à plus tard"),
    "reply.unsure": N_("ne sait pas si la réponse est arrivée"),
    "reply.not_there": N_("a constaté que la réponse n’est pas arrivée"),
    "reply.seen": N_("a vu la réponse sur la plateforme"),
    "review.settled": N_("a décidé qu’aucune réponse n’est nécessaire"),
    "review.unsettled": N_("a rouvert l’avis"),
    "review.assigned": N_("a confié l’avis"),
    "review.unassigned": N_("a laissé l’avis sans responsable"),
    "sentiment.corrected": N_("a corrigé le sentiment"),
    "severity.corrected": N_("a corrigé la gravité"),
    "topics.corrected": N_("a corrigé les sujets"),
    "reading.confirmed": N_("a confirmé l’analyse"),
    "reading.changed": N_("a changé sa lecture de l’avis"),
}
DECIDED = frozenset({"draft.edited", "draft.asked", "reply.approved"})
"""After these the text is what a person wanted for the review as it was read then."""
READ_ANEW = frozenset({"sentiment.corrected", "severity.corrected", "reading.changed"})


@dataclass(frozen=True)
class Remark:
    """A finding of the checker, as the editor shows it."""

    sentence: str
    blocks: bool
    start: int | None
    end: int | None
    words: str
    """What stands from start to end: a mend is for these words alone."""
    mend: str | None


def review(ctx: Asked, review_id: int) -> Response:
    """The review beside the list it was opened from."""
    return ctx.show("inbox.html", **listing(ctx), **_page(ctx, _whole(ctx, review_id)))


def publication(ctx: Asked, review_id: int, seen: str = "") -> Response:
    """What has become of the reply: asked again every few seconds while it is on its way. Nothing
    is sent while it is as ``seen``: the focus stays where it is."""
    whole = _whole(ctx, review_id)
    if seen and seen == _publication_mark(whole):
        return Response(status_code=204)
    return ctx.show("publication.html", **_page(ctx, whole))


def _publication_mark(whole: Whole) -> str:
    """Changes whenever there is something else to say of the reply's way."""
    way = whole.publication
    return f"{way.state}-{way.due_at.timestamp():.0f}" if way else ""


def findings(ctx: Asked, review_id: int, text: Annotated[str, Form()] = "") -> Response:
    """What the checker says of a text being written; nothing is kept."""
    return ctx.show("findings.html", remarks=_remarks(ctx, _whole(ctx, review_id), text))


def _remarks(ctx: Context, whole: Whole, written: str) -> list[Remark]:
    """What the checker says of a text that is not kept."""
    facts = whole.draft.facts if whole.draft else []
    draft_id = whole.draft.id if whole.draft else None
    about = checking.about(ctx.session, ctx.config, whole.review, facts, draft_id)
    text = written.replace("\r\n", "\n").strip()
    return [_remark(ctx, one, text) for one in check(text, about)]


def save(
    ctx: Asked,
    review_id: int,
    text: Annotated[str, Form()] = "",
    edits: Annotated[int, Form()] = 0,
    draft: Annotated[int, Form()] = 0,
) -> Response:
    """Keep the text without deciding."""

    def act() -> str:
        approve.save(ctx.session, ctx.now, draft, text, edits, ctx.me.id, ctx.config)
        return ctx.speech.gettext("Réponse enregistrée.")

    return _decide(ctx, review_id, act, written=text)


def approve_reply(
    ctx: Asked,
    review_id: int,
    text: Annotated[str, Form()] = "",
    edits: Annotated[int, Form()] = 0,
    draft: Annotated[int, Form()] = 0,
) -> Response:
    """Keep the text if it was changed, then approve exactly that."""
    made: list[Publication] = []

    def act() -> str:
        number = edits
        if _is_changed(ctx, review_id, draft, text):
            saved = approve.save(ctx.session, ctx.now, draft, text, edits, ctx.me.id, ctx.config)
            number = saved.edits
        made.append(approve.approve(ctx.session, ctx.now, draft, number, ctx.me.id, ctx.config))
        ctx.wake("publish")
        if made[0].state == "by_hand":
            return ctx.speech.gettext("Réponse approuvée. Il vous reste à la copier.")
        return ctx.speech.gettext("Réponse approuvée.")

    def undo() -> str | None:
        return f"/reviews/{review_id}/take-back" if made and made[0].state == "waiting" else None

    return _decide(ctx, review_id, act, undo, written=text)


def _is_changed(ctx: Context, review_id: int, draft_id: int, text: str) -> bool:
    draft = _whole(ctx, review_id).draft
    sent = text.replace("\r\n", "\n").strip()
    return draft is not None and draft.id == draft_id and draft.text != sent


def reject(
    ctx: Asked,
    review_id: int,
    reason: Annotated[str, Form()] = "",
    edits: Annotated[int, Form()] = 0,
    draft: Annotated[int, Form()] = 0,
) -> Response:
    """Turn the proposal down, with a reason."""

    def act() -> str:
        approve.reject(ctx.session, ctx.now, draft, edits, ctx.me.id, reason)
        return ctx.speech.gettext("Proposition écartée.")

    return _decide(ctx, review_id, act)


def redraft(ctx: Asked, review_id: int) -> Response:
    """Propose other words."""

    def act() -> str:
        templates = reply_templates(ctx.config.templates)
        approve.redraft(ctx.session, ctx.now, review_id, ctx.me.id, ctx.config, templates)
        return ctx.speech.gettext("Voici une autre proposition.")

    return _decide(ctx, review_id, act)


def settle(ctx: Asked, review_id: int, reason: Annotated[str, Form()] = "") -> Response:
    """Decide that no reply is owed."""

    def act() -> str:
        approve.settle(ctx.session, ctx.now, review_id, ctx.me.id, reason)
        return ctx.speech.gettext("Avis classé sans réponse.")

    return _decide(ctx, review_id, act, lambda: f"/reviews/{review_id}/unsettle")


def unsettle(ctx: Asked, review_id: int) -> Response:
    """Open the review again."""

    def act() -> str:
        approve.unsettle(ctx.session, ctx.now, review_id, ctx.me.id)
        return ctx.speech.gettext("L’avis attend de nouveau une réponse.")

    return _decide(ctx, review_id, act)


def take_back(ctx: Asked, review_id: int) -> Response:
    """Undo an approval before the reply leaves."""

    def act() -> str:
        approve.take_back(ctx.session, ctx.now, _publication(ctx, review_id), ctx.me.id)
        return ctx.speech.gettext("Approbation reprise : rien n’a été publié.")

    return _decide(ctx, review_id, act)


def posted(ctx: Asked, review_id: int, url: Annotated[str, Form()] = "") -> Response:
    """A person says that the reply now stands on the platform."""

    def act() -> str:
        where = _online(url.strip())
        publish.mark_posted(ctx.session, ctx.now, _publication(ctx, review_id), ctx.me.id, where)
        return ctx.speech.gettext("Noté : la réponse est en ligne.")

    return _decide(ctx, review_id, act)


def resolve(ctx: Asked, review_id: int, there: Annotated[str, Form()] = "") -> Response:
    """A person looked at the platform, and says whether the reply is there."""

    def act() -> str:
        key = _publication(ctx, review_id)
        publish.resolve(ctx.session, ctx.now, key, ctx.me.id, there == "yes")
        ctx.wake("publish")
        return ctx.speech.gettext("Merci, c’est noté.")

    return _decide(ctx, review_id, act)


def correct(
    ctx: Asked,
    review_id: int,
    field: Annotated[str, Form()] = "",
    value: Annotated[str, Form()] = "",
    seen: Annotated[int, Form()] = 0,
) -> Response:
    """Correct what was understood; it counts at once. ``seen`` is the reading that was shown."""
    whole = _whole(ctx, review_id)
    choices = {"sentiment": SENTIMENTS, "severity": SEVERITIES}
    if field not in choices or value not in choices[field]:
        raise MissingError
    if reading_shown(whole) != seen:
        return _changed(ctx, review_id)
    was_illegible = whole.is_illegible
    queries_review.correct(ctx.session, ctx.now, whole, field, value, ctx.me.id)
    is_owed_another = reread(ctx.session, ctx.now, review_id) or was_illegible
    ctx.session.commit()
    if is_owed_another:
        ctx.wake("draft")
    return _back(
        ctx, review_id, ctx.speech.gettext("Correction enregistrée. Elle compte aussitôt.")
    )


def correct_topics(
    ctx: Asked,
    review_id: int,
    topic: Annotated[list[str] | None, Form()] = None,
    seen: Annotated[int, Form()] = 0,
    after: Annotated[str | None, Form()] = None,
) -> Response:
    """Correct the topics, each given as ``refund:negative``; words of those that stay are kept.
    ``after`` is the mark of the correction that the form showed: all topics are sent at once, and
    would undo what a colleague has just set."""
    whole = _whole(ctx, review_id)
    if reading_shown(whole) != seen or after not in (None, topics_mark(whole)):
        return _changed(ctx, review_id)
    value = picked(whole, topic or ())
    queries_review.correct(ctx.session, ctx.now, whole, "topics", value, ctx.me.id)
    ctx.session.commit()
    return _back(
        ctx, review_id, ctx.speech.gettext("Correction enregistrée. Elle compte aussitôt.")
    )


def confirm(
    ctx: Asked,
    review_id: int,
    seen: Annotated[int, Form()] = 0,
) -> Response:
    """The model was right in what nobody corrected; ``seen`` is the reading that was shown."""
    whole = _whole(ctx, review_id)
    if whole.verdict is None or reading_shown(whole) != seen:
        return _changed(ctx, review_id)
    queries_review.confirm(ctx.session, ctx.now, whole, ctx.me.id)
    ctx.session.commit()
    return _back(ctx, review_id, ctx.speech.gettext("Merci : l’analyse est confirmée."))


def _changed(ctx: Context, review_id: int) -> Response:
    """Nothing is done to a reading, or to words, that the person has not seen."""
    said = ctx.speech.gettext("L’analyse a changé entre-temps : relisez-la, puis recommencez.")
    return _back(ctx, review_id, said)


def assign(ctx: Asked, review_id: int, person: Annotated[str, Form()] = "") -> Response:
    """Give the review to a colleague, or to nobody."""
    whole = _whole(ctx, review_id)
    people = {str(one.id): one for one in listing(ctx)["choices"].people}
    chosen = people.get(person)
    to = chosen.id if chosen else None
    queries_review.assign(ctx.session, ctx.now, whole.review, to, ctx.me.id)
    ctx.session.commit()
    said = (
        ctx.speech.gettext("Avis confié à %(name)s.", name=chosen.name)
        if chosen
        else ctx.speech.gettext("L’avis n’est plus confié à personne.")
    )
    return _back(ctx, review_id, said)


@cache
def reply_templates(own: Path | None) -> ReplyTemplates:
    """The sandbox that drafts are written in."""
    return environment(template_folders(own))


def _whole(ctx: Context, review_id: int) -> Whole:
    keys = [brand.key for brand in ctx.config.brands]
    found = queries_review.whole(ctx.session, review_id, keys)
    if found is None:
        raise MissingError
    return found


def _publication(ctx: Context, review_id: int) -> int:
    found = _whole(ctx, review_id).publication
    if found is None:
        raise Refused("missing")
    return found.id


def _decide(
    ctx: Context,
    review_id: int,
    act: Callable[[], str],
    undo: Callable[[], str | None] = lambda: None,
    written: str = "",
) -> Response:
    """Do it and lead back, or say why not; a refused text is shown again, not lost."""
    whole = _whole(ctx, review_id)
    ctx.session.commit()
    try:
        said = act()
    except Refused as refused:
        return _refuse(ctx, whole.review.id, refused, written)
    return ctx.go(_address(ctx, review_id), said, undo())


def _refuse(ctx: Context, review_id: int, refused: Refused, written: str) -> Response:
    ctx.session.rollback()
    ctx.session.expire_all()
    whole = _whole(ctx, review_id)
    page = _page(ctx, whole)
    page["trouble"] = tight(words.refusal(refused.code, ctx.speech), ctx.speech)
    if written:
        page["written"], page["refused"] = written, True
        page["remarks"] = _remarks(ctx, whole, written)
    return ctx.show("inbox.html", status=422, **listing(ctx), **page)


def _back(ctx: Context, review_id: int, said: str) -> Response:
    return ctx.go(_address(ctx, review_id), said)


def _address(ctx: Context, review_id: int) -> str:
    query = ctx.request.url.query
    return f"/reviews/{review_id}" + (f"?{query}" if query else "")


def _page(ctx: Context, whole: Whole) -> dict[str, Any]:
    """Values of the review's pane."""
    review = whole.review
    brand = ctx.config.brand(review.brand)
    limit = limits.known(ctx.session, review.source_id)
    return {
        "selected": review,
        "whole": whole,
        "draft": whole.draft,
        "written": whole.draft.text if whole.draft else "",
        "trouble": None,
        "refused": False,
        "publication_mark": _publication_mark(whole),
        "marked": marked(
            whole.version.title,
            whole.version.text,
            quotes(reasons_of(whole), topics_of(whole)),
        ),
        "online": _online(review.url),
        "earlier": list(reversed(whole.versions[:-1])),
        "platform": ctx.platform(review.platform),
        "by_hand": publish.is_by_hand(ctx.config, whole.source),
        "of_file": reads_files(review.platform),
        "hours": hours_waiting(review.written_at, ctx.now),
        "owed": owed_hours(review.urgency, brand.responding),
        "limit": limit,
        "undo_minutes": ctx.config.replying.undo_minutes,
        "remarks": [_remark(ctx, one, whole.draft.text) for one in whole.findings]
        if whole.draft
        else [],
        "void_reason": _why_void(ctx, whole.draft.reason) if whole.draft else "",
        "supporting": lambda fact: tight(words.supporting(fact, ctx.speech), ctx.speech),
        "returned": _is_returned(whole),
        "outdated": _is_outdated(whole),
        "understood": understood(whole, ctx.speech),
        "seen": reading_shown(whole),
        "topics_mark": topics_mark(whole),
        "sentiments": SENTIMENTS,
        "severities": SEVERITIES,
        "polarities": POLARITIES,
        "story_words": STORY,
        "deed": deed,
        "change": lambda row: change(row, ctx.speech),
        "why_void": lambda row: _why_void(ctx, row.values.get("reason")),
    }


def _why_void(ctx: Context, reason: str | None) -> str:
    return tight(words.voided(reason, ctx.speech), ctx.speech)


def _is_returned(whole: Whole) -> bool:
    draft, approval = whole.draft, whole.approval
    if draft is None or approval is None or approval.draft_id != draft.id:
        return False
    return came_back(draft.state, draft.reason)


def _is_outdated(whole: Whole) -> bool:
    """Whether the text, written or approved by a person, answers an older reading."""
    draft = whole.draft
    if draft is None or draft.state not in OPEN or told.fits(draft, whole.review):
        return False
    done = [row.action for row, _ in whole.story if row.action in DECIDED | READ_ANEW]
    return bool(done) and done[-1] in READ_ANEW


def _online(url: str | None) -> str | None:
    """An address that is safe to follow: a platform's word is a stranger's word."""
    return url if url and url.startswith(("https://", "http://")) else None


def _remark(ctx: Context, found: Any, text: str) -> Remark:
    said = words.explain(found, ctx.speech)
    stands = text[found.start : found.end] if found.start is not None else ""
    sentence = tight(said.sentence, ctx.speech)
    return Remark(sentence, found.blocks, found.start, found.end, stands, said.mend)
