"""Why a reply did not arrive: the platform file's words in the reader's language."""

from __future__ import annotations

from collections.abc import Callable
from html import unescape

import pytest

from monitor.reply import outcome
from monitor.reply.states import void_approval
from tests.rows import a_draft, a_publication, a_review
from tests.web.conftest import Site
from tests.web.people import Visitor

Visit = Callable[..., Visitor]
REFUSED = "the platform answered 422 Unprocessable Content: Réponse <trop> longue"


def a_reply_that_ended(site: Site, reason: str, detail: str) -> str:
    """The address of what has become of it."""
    with site.rows() as rows:
        review = a_review(rows, site.now)
        sent = "unsure" if reason == "answered" else "sending"
        way = a_publication(rows, site.now, a_draft(rows, site.now, review), sent)
        if reason == "answered":
            void_approval(rows, site.now, way, reason, detail=detail)
        else:
            outcome.failed(rows, site.now, way, fault="changed", detail=detail, reason=reason)
        rows.commit()
        return f"/reviews/{review.id}/publication"


@pytest.mark.parametrize(
    ("detail", "french", "english"),
    [
        (
            REFUSED,
            (
                "Détail : la plateforme a répondu par une erreur "
                '(<span lang="en">422 Unprocessable Content</span>) : '
                "« Réponse &lt;trop&gt; longue »"
            ),
            f"Detail: {REFUSED}".replace("<trop>", "&lt;trop&gt;"),
        ),
        (
            "the review is no longer on the platform",
            "Détail : l’avis n’est plus sur la plateforme",
            "Detail: the review is no longer on the platform",
        ),
    ],
)
def test_a_refused_reply_says_why_in_the_readers_language(
    detail: str, french: str, english: str, site: Site, visit: Visit
) -> None:
    where = a_reply_that_ended(site, "platform_refused", detail)
    said = visit("bob", "reader", "fr").get(where).text.replace("\N{NO-BREAK SPACE}", " ")
    assert french in said
    assert english in visit("eve", "reader", "en").get(where).text


def test_the_reply_that_stands_in_its_place_is_quoted_as_it_is(site: Site, bob: Visitor) -> None:
    where = a_reply_that_ended(site, "answered", "Merci <3, some reviews could not be read")
    said = unescape(bob.get(where).text).replace("\N{NO-BREAK SPACE}", " ")
    assert "« Merci <3, some reviews could not be read »" in said
    assert "Détail" not in said
