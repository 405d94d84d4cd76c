"""Every action that the audit can hold is said in words, on a review's page and in the journal."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.reply import outcome
from monitor.reply.states import void_approval
from monitor.store import queries_review
from monitor.store.queries_review import LABELLED
from monitor.store.tables import Audit, Publication
from monitor.web.pages.review import STORY
from monitor.web.people_words import ACTIONS, deed
from tests.conftest import ROOT
from tests.rows import a_draft, a_publication, a_review
from tests.web.conftest import Site
from tests.web.people import Visitor

ACTION = 2
"""Which argument of ``audit.record``, and of what hands one on to it, names the action."""
TOLD_APART = {"approval.taken_back", "reply.noted", "review.unassigned"}
NOT_OF_A_REVIEW = {"person", "session", "source", "reviews"}


def calls(tree: ast.Module) -> Iterator[tuple[ast.FunctionDef, ast.Call]]:
    """Every call, with the function that it stands in."""
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    for scope in functions:
        for node in ast.walk(scope):
            if isinstance(node, ast.Call):
                yield scope, node


def records(call: ast.Call) -> bool:
    """Whether it is ``audit.record``."""
    return ast.unparse(call.func) == "audit.record"


def is_handed_on(scope: ast.FunctionDef, call: ast.Call) -> bool:
    """Whether the action is a parameter of the function around: its callers name it."""
    return ast.unparse(call.args[ACTION]) in {one.arg for one in scope.args.args}


def meant(scope: ast.FunctionDef, said: ast.expr) -> set[str]:
    """What the argument can be; raises LookupError where the code does not show it."""
    if isinstance(said, ast.Constant):
        return {str(said.value)}
    if isinstance(said, ast.IfExp):
        return meant(scope, said.body) | meant(scope, said.orelse)
    if isinstance(said, ast.JoinedStr) and ast.unparse(said) == "f'{field}.corrected'":
        return {f"{field}.corrected" for field in LABELLED}
    if isinstance(said, ast.Name):
        for node in ast.walk(scope):
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == said.id:
                return meant(scope, node.value)
    raise LookupError(ast.unparse(said))


def written() -> set[str]:
    """Every action that the program can write, read from its code."""
    files = sorted((ROOT / "monitor").rglob("*.py"))
    trees = {path: ast.parse(path.read_text("utf-8")) for path in files}
    handing = {
        (scope.name, path if scope.name.startswith("_") else None)
        for path, tree in trees.items()
        for scope, call in calls(tree)
        if records(call) and is_handed_on(scope, call)
    }
    found = set[str]()
    for path, tree in trees.items():
        for scope, call in calls(tree):
            name = ast.unparse(call.func).rpartition(".")[2]
            writes = records(call) or {(name, path), (name, None)} & handing
            if writes and not is_handed_on(scope, call):
                found |= meant(scope, call.args[ACTION])
    return found


def test_every_action_has_its_words_and_no_words_are_left_over() -> None:
    actions = written()
    assert {"session.opened", "reply.seen", "topics.corrected", "person.joined"} <= actions
    assert set(ACTIONS) == actions | TOLD_APART
    of_a_review = {one for one in actions if one.partition(".")[0] not in NOT_OF_A_REVIEW}
    assert set(STORY) == of_a_review | TOLD_APART


def taken_back(rows: Session, now: datetime, by: int) -> None:
    void_approval(rows, now, a_way(rows, now), "taken_back", person_id=by)


def overtaken(rows: Session, now: datetime, by: int) -> None:
    void_approval(rows, now, a_way(rows, now), "answered")


def sent(rows: Session, now: datetime, by: int) -> None:
    outcome.note(rows, now, "reply.published", a_way(rows, now))


def posted(rows: Session, now: datetime, by: int) -> None:
    outcome.note(rows, now, "reply.published", a_way(rows, now), by)


def given(rows: Session, now: datetime, by: int) -> None:
    queries_review.assign(rows, now, a_review(rows, now), by, by)


def given_to_nobody(rows: Session, now: datetime, by: int) -> None:
    queries_review.assign(rows, now, a_review(rows, now), None, by)


def a_way(rows: Session, now: datetime) -> Publication:
    """A reply on its way."""
    return a_publication(rows, now, a_draft(rows, now, a_review(rows, now)))


@pytest.mark.parametrize(
    ("did", "story", "journal"),
    [
        (
            taken_back,
            "Alice a repris la réponse avant son départ",
            "a repris une réponse avant son départ",
        ),
        (
            overtaken,
            (
                "Vigie a annulé l’approbation "
                '<span class="quiet">Une réponse est déjà en ligne.</span>'
            ),
            "a annulé une approbation",
        ),
        (sent, "Vigie a publié la réponse", "a publié une réponse"),
        (posted, "Alice a noté que la réponse est en ligne", "a noté qu’une réponse est en ligne"),
        (given, "Alice a confié l’avis", "a confié un avis à quelqu’un"),
        (
            given_to_nobody,
            "Alice a laissé l’avis sans responsable",
            "a laissé un avis sans responsable",
        ),
    ],
)
def test_a_deed_is_a_sentence(
    site: Site,
    alice: Visitor,
    did: Callable[[Session, datetime, int], None],
    story: str,
    journal: str,
) -> None:
    assert alice.person is not None
    with site.rows() as rows:
        did(rows, site.now, alice.person.id)
        rows.commit()
        row = rows.scalars(select(Audit).order_by(Audit.id.desc())).first()
        assert row is not None
        assert ACTIONS[deed(row)] == journal
        where = "/reviews/" + row.subject.partition(":")[2]
    assert f"<li><span>{story}</span>" in alice.get(where).text
    assert f"<td>{journal}</td>" in alice.get("/audit").text
