"""The recorded pages of 2024 and 2025, served under their real paths: nothing is missed.

The pages are not part of the project; VIGIE_SAMPLES names the folder they are in.
"""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from parsel import Selector

from crawlers.contract import FoundReply, FoundReview, Walk
from tests.platforms.conformance import plain, source, walk, web
from tests.platforms.server import Asked, Given, Server

CHECKOUT = Path(__file__).parents[3]
FOLDER = Path(os.environ.get("VIGIE_SAMPLES", CHECKOUT / "../shared/samples")) / "trustpilot"
RECORDED = sorted(FOLDER.glob("*.html")) if FOLDER.is_dir() else []
pytestmark = pytest.mark.samples


def test_the_recorded_pages_are_there() -> None:
    if not RECORDED:
        pytest.skip(f"no recorded pages in {FOLDER}; set VIGIE_SAMPLES to the folder of samples")
    assert len(RECORDED) == 8


@pytest.mark.parametrize("recorded", RECORDED, ids=lambda path: path.stem)
def test_every_review_and_reply_is_collected(recorded: Path) -> None:
    page, domain = recorded.read_text(), recorded.stem.removesuffix("_2025")
    properties = page_data(page)

    def answer(asked: Asked) -> Given | None:
        first = asked.path == f"/review/{domain}" and "page" not in asked.query
        return Given(200, page) if first else None

    with Server(answer) as server, web() as client:
        reader = source("trustpilot", {"domain": domain, "base_url": server.url}, client)
        first = walk(reader, {}, Walk.FULL)
        again = walk(reader, first[-1].cursor, Walk.FULL)
        due = [wanted(one, server.url) for one in properties["reviews"]]
    assert plain(first) == {one.external_id: one for one in due}
    assert plain(again) == plain(first)
    raw = {one.external_id: one.raw for page in first for one in page.reviews}
    assert raw == {one["id"]: one for one in properties["reviews"]}
    assert first[0].expected == properties["filters"]["totalNumberOfReviews"]
    assert first[0].rating == properties["businessUnit"]["trustScore"]
    whole = first[0].expected == len(due)
    assert first[-1].complete is whole
    assert whole or first[-1].note


def page_data(page: str) -> dict[str, Any]:
    """The page's own data, found by a parser that is not the product's."""
    script = Selector(page).xpath("//script[@id='__NEXT_DATA__']/text()").get()
    assert script
    properties: dict[str, Any] = json.loads(script)["props"]["pageProps"]
    return properties


def wanted(given: dict[str, Any], site: str) -> FoundReview:
    """What must come of one review, said field by field."""
    reply, title, proof = given["reply"], given["title"], given["labels"]["verification"]
    made = title.strip() == given["text"].strip() or (
        title.endswith("…") and given["text"].startswith(title.removesuffix("…"))
    )
    return FoundReview(
        external_id=given["id"],
        written_at=datetime.fromisoformat(given["dates"]["publishedDate"]),
        edited_at=moment(given["dates"]["updatedDate"]),
        url=f"{site}/reviews/{given['id']}",
        author=given["consumer"]["displayName"],
        author_id=given["consumer"]["id"],
        title=None if made else title,
        text=given["text"],
        language=given["language"],
        stars=given["rating"],
        verified=proof["isVerified"],
        invited=proof["reviewSourceName"] != "Organic",
        reply=reply
        and FoundReply(
            text=reply["message"],
            published_at=moment(reply["publishedDate"]),
            edited_at=moment(reply["updatedDate"]),
        ),
    )


def moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
