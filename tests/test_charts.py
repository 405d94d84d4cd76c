"""Charts of the pages: drawn once for the same numbers."""

from __future__ import annotations

from copy import deepcopy
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from monitor.speech import Speech
from monitor.tell import charts

FRENCH = Speech("fr", ZoneInfo("Europe/Paris"))
FIGURES: dict[str, Any] = {
    "model": "test@1",
    "weeks": [
        {
            "name": "2026-W46",
            "start": "2026-11-08T23:00:00+00:00",
            "rate": {"share": 0.25, "low": 0.1, "high": 0.5},
        }
    ],
    "response": {"curve": [[0, 0.0, 0.0, 0.0], [24, 0.5, 0.25, 0.75]], "waiting": 3},
    "points": [{"topic": "delivery_time", "mentions": 4, "quote": None}],
    "stars": {"1": 2, "5": 7},
}


@pytest.mark.parametrize("name", list(charts.MAKERS))
def test_a_chart_is_drawn_once_for_what_it_shows(name: str) -> None:
    drawn = charts.svg(name, FIGURES, FRENCH)
    assert drawn == charts.MAKERS[name](FIGURES, FRENCH).svg()
    later = deepcopy(FIGURES)
    later["response"]["waiting"] = 5
    later["points"][0]["quote"] = "Trois semaines de retard"
    assert charts.svg(name, later, FRENCH) is drawn, "nothing of what it shows has changed"
    assert charts.svg(name, later, FRENCH, charts.LIGHT) != drawn
    assert charts.svg(name, later, Speech("en", FRENCH.zone)) != drawn
    later["weeks"][0]["rate"]["share"] = later["response"]["curve"][1][1] = 0.375
    later["points"][0]["mentions"] = later["stars"]["1"] = 3
    assert charts.svg(name, later, FRENCH) != drawn
