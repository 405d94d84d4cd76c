"""From a review to its reply on the platform, by the functions that pages and daemon call."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crawlers.contract import (
    Fault,
    PublishError,
    PublishOutcome,
    SourceError,
)
from monitor.reply import approve, checking, draft, limits, publish
from monitor.reply.approve import Refused
from monitor.reply.outcome import MAX_TRIES
from monitor.store import audit, standing
from monitor.store.tables import (
    Approval,
    Draft,
    Finding,
    Order,
    OwnerReply,
    Person,
    Review,
    SourceRow,
    Version,
)
from monitor.store.texts import reply_hash
from tests.reply_house import (
    CONFIG,
    LIMIT,
    MINUTE,
    TEMPLATES,
    House,
    Platform,
    a_config,
    a_house,
    a_review,
    a_version,
)


@pytest.fixture
def house(any_session: Session, now: datetime) -> House:
    made = a_house(any_session, now)
    a_review(made)
    return made


@pytest.fixture
def quick(session: Session, now: datetime) -> House:
    """As ``house``, on SQLite alone."""
    made = a_house(session, now)
    a_review(made)
    return made


def refused(decide: Callable[[], object]) -> str:
    with pytest.raises(Refused) as caught:
        decide()
    return caught.value.code


def test_the_whole_story(house: House) -> None:
    assert isinstance(house.platform, Platform)
    proposed = house.draft()
    assert proposed.text.startswith("Bonjour Marie,")
    assert proposed.template == "fr/negative"
    assert "service@lenoir.example" in proposed.text
    saved = house.save(proposed, proposed.text + "\r\n")
    publication = house.approve(saved)
    house.publish(minutes=1)
    assert house.platform.asked == 0, "the time to take it back is not over"
    house.publish()
    assert house.platform.posts == {publication.idempotency_key: saved.text}
    assert house.publication().state == "visible"
    review = house.review()
    assert review.answered_at == house.now
    reply = house.session.scalars(select(OwnerReply)).one()
    assert (reply.publication_id, reply.hash) == (publication.id, reply_hash(saved.text))
    assert house.actions() == ["draft.edited", "reply.approved", "reply.published"]
    assert audit.first_broken(house.session) is None
    house.publish(minutes=1000)
    assert house.platform.asked == 1
    assert not draft.run_one(house.session, house.now, house.config, TEMPLATES)


def test_a_moderated_reply_becomes_visible_when_a_visit_meets_it(house: House) -> None:
    house.platform = Platform(visible=False)
    house.approve(house.draft())
    house.publish()
    assert house.publication().state == "published"
    assert house.review().answered_at is not None
    house.review().last_seen_at = house.now + 5 * MINUTE
    house.session.commit()
    house.publish(minutes=10)
    assert house.publication().state == "published", "the review was read, its reply not yet"
    reply = house.session.scalars(select(OwnerReply)).one()
    reply.shown_at = shown_at = house.now
    house.session.commit()
    house.publish(minutes=10)
    assert house.publication().state == "visible"
    assert house.publication().visible_at == shown_at


def test_an_edited_review_voids_draft_approval_and_publication(house: House) -> None:
    assert isinstance(house.platform, Platform)
    first = house.draft()
    house.approve(first)
    a_version(house, house.review(), "Colis reçu, tout va bien.", 5, sentiment="positive")
    house.publish()
    assert house.platform.asked == 0
    assert house.publication().state == "withdrawn"
    assert house.session.scalars(select(Approval.void_reason)).one() == "review_changed"
    second = house.draft()
    assert (first.state, second.template) == ("void", "fr/short/positive")
    assert second.version_id != first.version_id


def test_the_draft_stage_withdraws_what_an_edit_made_stale(house: House) -> None:
    first = house.draft()
    house.approve(first)
    a_version(house, house.review(), "Autre chose.", 2)
    second = house.draft()
    assert house.publication().state == "withdrawn"
    assert (first.state, first.reason, second.state) == ("void", "review_changed", "proposed")


def test_editing_an_approved_reply_voids_the_approval(house: House) -> None:
    assert isinstance(house.platform, Platform)
    one = house.draft()
    house.approve(one)
    house.save(one, one.text.replace("Bonjour", "Chère"))
    assert (one.state, house.publication().state) == ("proposed", "withdrawn")
    house.publish()
    assert house.platform.asked == 0


def test_taking_back_and_approving_again(house: House) -> None:
    assert isinstance(house.platform, Platform)
    one = house.draft()
    publication = house.approve(one)
    house.session.expire_all()
    back = approve.take_back(house.session, house.now, publication.id, house.people["app"])
    assert (back.id, back.state) == (one.id, "proposed")
    house.approve(one)
    house.publish()
    assert len(house.platform.posts) == 1
    late = house.publication()
    assert (
        refused(lambda: approve.take_back(house.session, house.now, late.id, house.people["ada"]))
        == "sent"
    )
    assert refused(lambda: house.save(one, "Autre texte")) == "sent"


def test_an_older_look_is_refused(quick: House) -> None:
    one = quick.draft()
    quick.save(one, one.text + " Bien à vous.")
    wim = quick.people["wim"]

    def old() -> Draft:
        return approve.save(quick.session, quick.now, one.id, "x", 0, wim, quick.config)

    assert refused(old) == "stale"
    assert (
        refused(
            lambda: approve.approve(
                quick.session, quick.now, one.id, 0, quick.people["ada"], quick.config
            )
        )
        == "stale"
    )
    assert quick.approve(one).state == "waiting"
    assert refused(lambda: quick.approve(one)) == "closed"


def test_roles(quick: House) -> None:
    one = quick.draft()
    ids = quick.people
    assert refused(lambda: quick.approve(one, "wim")) == "role"
    assert refused(lambda: quick.approve(one, "rea")) == "role"
    assert refused(lambda: quick.save(one, "x", "rea")) == "role"
    assert (
        refused(
            lambda: approve.reject(quick.session, quick.now, one.id, one.edits, ids["wim"], "non")
        )
        == "role"
    )
    person = quick.session.get_one(Person, ids["app"])
    person.left_at = quick.now
    quick.session.commit()
    assert refused(lambda: quick.approve(one, "app")) == "role"
    assert quick.approve(one, "ada").state == "waiting"


def test_four_eyes_where_the_configuration_asks(session: Session, now: datetime) -> None:
    house = a_house(session, now, config=a_config(four_eyes=True))
    a_review(house)
    one = house.save(house.draft(), "Bonjour,\n\nMerci de votre message.", "ada")
    assert refused(lambda: house.approve(one, "ada")) == "four_eyes"
    assert house.approve(one, "app").state == "waiting"


def test_four_eyes_for_critical_reviews_of_a_team(quick: House) -> None:
    a_version(quick, quick.review(), "Intoxication.", 1, severity="critical")
    one = quick.save(quick.draft(), "Bonjour,\n\nMerci de votre message.", "ada")
    assert refused(lambda: quick.approve(one, "ada")) == "four_eyes"
    quick.session.get_one(Person, quick.people["app"]).left_at = quick.now
    quick.session.commit()
    assert quick.approve(one, "ada").state == "waiting", "alone, one must be able to answer"


def test_blocking_findings_stop_approval_and_are_kept(quick: House) -> None:
    one = quick.save(quick.draft(), "Bonjour, nous vous rembourserons.")
    with pytest.raises(Refused) as caught:
        quick.approve(one)
    assert (caught.value.code, caught.value.values["rules"]) == ("blocked", ["promise"])
    kept = quick.session.scalars(select(Finding).where(Finding.blocks)).all()
    assert [(finding.rule, finding.edits) for finding in kept] == [("promise", one.edits)]
    assert one.state == "proposed"


def test_rules_that_changed_since_void_the_approval(
    quick: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert isinstance(quick.platform, Platform)
    one = quick.draft()
    quick.approve(one)
    monkeypatch.setattr("monitor.reply.check.RULES_VERSION", "new rules")
    quick.publish()
    assert quick.platform.asked == 0
    quick.session.refresh(one)
    assert (one.state, one.reason) == ("proposed", "rules_changed")


@pytest.mark.parametrize("table", ["draft", "approval"])
def test_a_text_changed_behind_our_back_is_not_published(quick: House, table: str) -> None:
    assert isinstance(quick.platform, Platform)
    one = quick.draft()
    quick.approve(one)
    row = one if table == "draft" else quick.session.scalars(select(Approval)).one()
    row.text = "Autre chose."
    quick.session.commit()
    quick.publish()
    assert quick.platform.asked == 0
    assert quick.publication().state == "withdrawn"


def test_rejecting_needs_a_reason_and_ends_it(quick: House) -> None:
    one = quick.draft()
    ada = quick.people["ada"]
    args = (quick.session, quick.now, one.id, one.edits, ada)
    assert refused(lambda: approve.reject(*args, " ")) == "reason"
    approve.reject(*args, "Trop long")
    assert (one.state, one.reason, one.rejected_by) == ("rejected", "Trop long", ada)
    assert not draft.run_one(quick.session, quick.now, quick.config, TEMPLATES)
    again = approve.redraft(
        quick.session, quick.now, one.review_id, ada, quick.config, TEMPLATES, "short/negative"
    )
    assert again.template == "fr/short/negative"
    assert again.text != one.text


def test_redraft_says_it_otherwise(quick: House) -> None:
    one = quick.draft()
    wim = quick.people["wim"]
    args = (quick.session, quick.now, one.review_id, wim, quick.config, TEMPLATES)
    other = approve.redraft(*args)
    assert (one.state, other.state) == ("void", "proposed")
    assert other.text != one.text
    assert refused(lambda: approve.redraft(*args, "no/such")) == "layout"


def test_a_review_that_needs_no_reply(quick: House) -> None:
    one = quick.draft()
    wim = quick.people["wim"]
    approve.settle(quick.session, quick.now, one.review_id, wim, "Publicité")
    assert (one.state, one.reason) == ("void", "settled")
    assert not draft.run_one(quick.session, quick.now, quick.config, TEMPLATES)
    approve.unsettle(quick.session, quick.now, one.review_id, wim)
    assert quick.draft().id != one.id


def test_answered_elsewhere_meanwhile(quick: House) -> None:
    assert isinstance(quick.platform, Platform)
    one = quick.draft()
    quick.approve(one)
    text = "Réponse écrite sur la plateforme."
    quick.session.add(
        OwnerReply(review_id=one.review_id, text=text, hash=reply_hash(text), seen_at=quick.now)
    )
    standing.refresh(quick.session, [one.review_id])
    quick.session.commit()
    quick.publish()
    assert quick.platform.asked == 0
    while draft.run_one(quick.session, quick.now, quick.config, TEMPLATES):
        pass
    assert draft.live(quick.session, one.review_id) is None
    assert refused(lambda: quick.approve(one)) == "answered"


def test_only_reviews_that_are_owed_one_get_a_draft(session: Session, now: datetime) -> None:
    house = a_house(session, now, config=a_config(draft_for=("negative",)))
    states: list[dict[str, Any]] = [
        {"removed_at": now},
        {"erased_at": now},
        {"settled_at": now},
        {"brand": "unknown"},
        {},
    ]
    for number, values in enumerate(states):
        a_review(house, external_id=f"e{number}", **values)
    happy = a_review(house, external_id="happy")
    a_version(house, happy, "Très bien.", 5, sentiment="positive")
    unread = a_review(house, external_id="unread")
    session.get_one(Version, unread.version_id).understood_by = None
    session.commit()
    while draft.run_one(session, now, house.config, TEMPLATES):
        pass
    drafted = select(Review.external_id).join(Draft, Draft.review_id == Review.id)
    assert list(session.scalars(drafted)) == ["e4"]


def test_the_fact_sheet_keeps_orders_private(quick: House) -> None:
    promised = datetime(2026, 11, 10, tzinfo=UTC)
    quick.session.add(
        Order(
            brand="lenoir",
            reference="LN-20417",
            ordered_at=promised - timedelta(days=5),
            promised_at=promised,
            delivered_at=promised - timedelta(days=1),
        )
    )
    quick.session.commit()
    one = quick.draft()
    order = next(fact for fact in one.facts if fact["kind"] == "order")
    assert (order["public"], order["on_time"], order["reference"]) == (False, True, "LN-20417")
    assert "LN-20417" not in one.text
    brand = [fact["sentence"] for fact in one.facts if fact["kind"] == "brand"]
    assert brand == ["Nos colis partent d’un atelier de Tours."]
    assert brand[0] in one.text


def test_refused_by_the_platform(house: House) -> None:
    refusal = PublishError(PublishOutcome.REJECTED, "Too many links", fault=Fault.REFUSED)
    house.platform = Platform(answers=[refusal])
    one = house.draft()
    house.approve(one)
    house.publish()
    publication = house.publication()
    assert (publication.state, publication.detail) == ("failed", "Too many links")
    house.session.refresh(one)
    assert (one.state, one.reason) == ("proposed", "platform_refused")
    house.approve(one)
    house.publish()
    assert house.publication().state == "visible"


def test_not_posted_is_tried_again_no_sooner_than_asked(house: House) -> None:
    busy = PublishError(PublishOutcome.NOT_POSTED, "429", fault=Fault.THROTTLED, retry_after=1800)
    house.platform = Platform(answers=[busy])
    key = house.approve(house.draft()).idempotency_key
    house.publish()
    assert (house.publication().state, house.publication().sent_at) == ("waiting", None)
    house.publish(minutes=29)
    assert house.platform.asked == 1
    house.publish(minutes=2)
    assert house.platform.posts.keys() == {key}


def test_it_gives_up_after_many_tries(quick: House) -> None:
    down = [SourceError(Fault.UNREACHABLE, "no route", sent=False) for _ in range(20)]
    quick.platform = Platform(answers=[*down])
    one = quick.draft()
    quick.approve(one)
    for _ in range(20):
        quick.publish(minutes=24 * 60)
    assert (quick.platform.asked, quick.publication().state) == (MAX_TRIES, "failed")
    quick.session.refresh(one)
    assert (one.state, one.reason) == ("proposed", "gave_up")


def test_a_time_out_after_posting_is_found_not_sent_again(house: House) -> None:
    house.platform = Platform(answers=["post, then time out"])
    house.approve(house.draft())
    house.publish()
    assert house.publication().state == "unsure"
    house.publish()
    assert house.publication().state == "visible"
    assert house.platform.asked == 1
    assert house.review().answered_at is not None


def test_a_time_out_before_posting_is_sent_again_once_it_is_certain(house: House) -> None:
    house.platform = Platform(answers=[SourceError(Fault.TIMED_OUT, "timed out")])
    key = house.approve(house.draft()).idempotency_key
    house.publish()
    house.platform.unreadable = True
    house.publish(minutes=60)
    assert house.publication().state == "unsure", "an unreadable platform proves nothing"
    house.platform.unreadable = False
    house.publish(minutes=60)
    assert house.publication().state == "visible"
    assert house.platform.posts.keys() == {key}
    assert house.platform.asked == 2


def test_not_found_too_soon_proves_nothing(quick: House) -> None:
    quick.platform = Platform(answers=[SourceError(Fault.TIMED_OUT, "timed out")])
    quick.approve(quick.draft())
    quick.publish()
    quick.publish(minutes=2)
    assert (quick.publication().state, quick.platform.asked) == ("unsure", 1)


def test_another_reply_found_in_its_place_ends_it(quick: House) -> None:
    quick.platform = Platform(answers=[SourceError(Fault.TIMED_OUT, "timed out")])
    quick.approve(quick.draft())
    quick.publish()
    quick.platform.posts["other"] = "Une collègue a répondu tout autre chose ce matin."
    quick.publish(minutes=2)
    assert quick.publication().state == "withdrawn"


@pytest.mark.parametrize("posted", [True, False])
def test_a_person_resolves_what_is_unsure(quick: House, posted: bool) -> None:
    quick.platform = Platform(answers=["post, then time out"], unreadable=True)
    publication = quick.approve(quick.draft())
    quick.publish()
    app, wim = quick.people["app"], quick.people["wim"]
    args = (quick.session, quick.now, publication.id)
    assert refused(lambda: publish.resolve(*args, wim, posted)) == "role"
    publish.resolve(*args, app, posted)
    assert quick.publication().state == ("published" if posted else "waiting")
    assert quick.publication().resolved_by == app
    assert refused(lambda: publish.resolve(*args, app, posted)) == "not_unsure"


def test_by_hand_where_the_source_cannot_post(house: House) -> None:
    house.platform = None
    publication = house.approve(house.draft())
    house.publish(minutes=0)
    assert house.publication().state == "by_hand"
    rea, wim = house.people["rea"], house.people["wim"]
    assert (
        refused(lambda: publish.mark_posted(house.session, house.now, publication.id, rea))
        == "role"
    )
    url = "https://x.example/1"
    publish.mark_posted(house.session, house.now, publication.id, wim, url)
    assert (house.publication().state, house.publication().url) == ("published", url)
    assert house.review().answered_at == house.now


def test_by_hand_where_the_configuration_says_so(session: Session, now: datetime) -> None:
    brand = CONFIG.brands[0]
    source = brand.sources[0].model_copy(update={"reply": False})
    config = CONFIG.model_copy(
        update={"brands": (brand.model_copy(update={"sources": (source,)}),)}
    )
    house = a_house(session, now, config=config)
    a_review(house)
    publication = house.approve(house.draft())
    assert publication.state == "by_hand"
    back = approve.take_back(session, now, publication.id, house.people["ada"])
    assert back.state == "proposed"


def test_the_platform_s_limit_reaches_drafts_and_checker(quick: House) -> None:
    assert limits.run_one(quick.session, quick.now, quick.publisher_of)
    assert not limits.run_one(quick.session, quick.now, quick.publisher_of)
    assert limits.known(quick.session, quick.source_id) == LIMIT
    one = quick.draft()
    assert one.template == "fr/short/negative"
    about = checking.about(quick.session, quick.config, quick.review())
    assert about.limit == LIMIT
    long = quick.save(one, "Merci. " * 200)
    with pytest.raises(Refused, match="blocked"):
        quick.approve(long)


def test_an_unreachable_platform_keeps_the_limit_known(quick: House) -> None:
    limits.run_one(quick.session, quick.now, quick.publisher_of)

    def down(source: SourceRow) -> Platform:
        raise SourceError(Fault.UNREACHABLE, "down", sent=False)

    later = quick.now + timedelta(days=2)
    assert limits.run_one(quick.session, later, down)
    assert not limits.run_one(quick.session, later, down)
    assert limits.known(quick.session, quick.source_id) == LIMIT
