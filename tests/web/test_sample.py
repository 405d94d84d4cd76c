"""The sample in the inbox: what waits to be checked, and leaves once it is."""

from __future__ import annotations

from tests.rows import a_review
from tests.web.conftest import Site
from tests.web.people import Visitor


def test_the_sample_waits_in_a_view_until_it_is_checked(site: Site, bob: Visitor) -> None:
    with site.rows() as rows:
        a_review(rows, site.now, 1, id=20)
        a_review(rows, site.now, 2, id=21)
        a_review(rows, site.now, 3, id=40, hours=24 * 91)
        a_review(rows, site.now, 4, id=60, sentiment=None)
    page = bob.get("/?view=sample").text
    assert "Camille 1" in page
    assert not any(f"Camille {number}" in page for number in (2, 3, 4))
    seen = bob.get("/reviews/20").text.partition('name="seen" value="')[2].partition('"')[0]
    bob.post("/reviews/20/confirm", seen=seen)
    page = bob.get("/?view=sample").text
    assert "Camille 1" not in page
    assert "L’échantillon est relu" in page
