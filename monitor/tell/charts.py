"""Charts: SVG that takes the page's colours and type, and PNG for mails.

SVG text stays text; colours are the page's CSS variables, given as presentation attributes so
that a strict content security policy and the reader's dark mode both hold. Drawn with
matplotlib's figures, without pyplot: pages and daemon draw in threads.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from html import escape
from io import BytesIO, StringIO
from threading import Lock
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from monitor.speech import Speech
from monitor.spoken import tight
from monitor.tell.readings import read_otherwise
from monitor.topicnames import topic_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Figures = dict[str, Any]


@dataclass(frozen=True)
class Palette:
    """Colours by what they say."""

    ink: str
    quiet: str
    line: str
    accent: str
    negative: str
    neutral: str
    positive: str
    paper: str


# stand-ins that no colour of matplotlib's own can be taken for
MARKED = Palette(
    "#0102f1", "#0102f2", "#0102f3", "#0102f4", "#0102f5", "#0102f6", "#0102f7", "#0102f8"
)
VARIABLES = {
    MARKED.ink: "var(--ink)",
    MARKED.quiet: "var(--ink-2)",
    MARKED.line: "var(--line)",
    MARKED.accent: "var(--accent)",
    MARKED.negative: "var(--negative)",
    MARKED.neutral: "var(--neutral)",
    MARKED.positive: "var(--positive)",
    MARKED.paper: "var(--paper)",
}
LIGHT = Palette(
    "#1a222c", "#56606c", "#e5e4de", "#0d5c6f", "#a1432c", "#8a94a1", "#6b8f4e", "#ffffff"
)
Draw = Callable[["Axes", Palette], None]
NARROW = 3.4
"""Inches: letters of 9 points are 12 pixels high where a telephone shows it over its width."""


@dataclass(frozen=True)
class Chart:
    """How one chart is drawn; ``title`` is what it shows, for those who do not see it. Inches."""

    title: str
    draw: Draw
    width: float = 6.2
    height: float = 2.5

    def svg(self, palette: Palette = MARKED) -> str:
        """For a page: fills its container, colours by the page's variables (or the palette's).

        Two drawings, of which the page's style sheet shows the one that suits its width: letters
        shrink with their drawing, and a wide one's could not be read on a telephone.
        """
        narrow = replace(self, width=NARROW, height=max(self.height, NARROW / 2))
        return self._drawing(palette, "is-wide") + narrow._drawing(palette, "is-narrow")

    def _drawing(self, palette: Palette, kind: str) -> str:
        out = StringIO()
        _save(self, palette, out, "svg")
        return _themed(out.getvalue(), self.title, kind)

    def png(self) -> str:
        """For a mail: base64, at twice the size it is shown."""
        out = BytesIO()
        _save(self, LIGHT, out, "png")
        return base64.b64encode(out.getvalue()).decode()


SETTINGS: Any = {
    "svg.fonttype": "none",
    "font.family": "DejaVu Sans",
    "font.size": 9.0,
    "text.parse_math": False,
}
ONE_AT_A_TIME = Lock()
"""Those settings are the process's while a chart is drawn."""


def _save(chart: Chart, palette: Palette, out: StringIO | BytesIO, form: str) -> None:
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    # two drawings of a page must not share the names of their parts
    settings = SETTINGS | {"svg.hashsalt": f"vigie {chart.width} {chart.title}"}
    with ONE_AT_A_TIME, matplotlib.rc_context(settings):
        figure = Figure(figsize=(chart.width, chart.height), layout="constrained")
        FigureCanvasSVG(figure) if form == "svg" else FigureCanvasAgg(figure)
        if form == "png":
            figure.patch.set_facecolor(palette.paper)
        else:
            figure.patch.set_alpha(0)
        axes = figure.add_subplot()
        _plain(axes, palette)
        chart.draw(axes, palette)
        metadata = {"Date": None, "Creator": None} if form == "svg" else {"Software": None}
        figure.savefig(out, format=form, dpi=166, metadata=metadata)


def _plain(axes: Axes, palette: Palette) -> None:
    axes.patch.set_alpha(0)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(palette.line)
    axes.tick_params(length=0, colors=palette.quiet, pad=6)
    axes.grid(axis="y", color=palette.line, linewidth=0.7)
    axes.set_axisbelow(True)


STYLE = re.compile(r' style="([^"]*)"')
FONT = re.compile(r"font: ([0-9.]+)px [^;]*")


def _themed(svg: str, title: str, kind: str) -> str:
    """Variables for the stand-ins, attributes for styles, a title, and no size of its own."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.S)
    svg = re.sub(r"<style[^>]*>.*?</style>", "", svg, flags=re.S)
    svg = STYLE.sub(_attributes, svg)
    for mark, variable in VARIABLES.items():
        svg = svg.replace(mark, variable)
    head, rest = svg.split(">", 1)
    box = re.search(r'viewBox="[^"]*"', head)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'class="chart {kind}" role="img" {box[0] if box else ""}>'
        f"<title>{escape(title)}</title>{rest}"
    )


def _attributes(style: re.Match[str]) -> str:
    said = FONT.sub(r"font-size: \1", style[1])
    pairs = (part.split(":", 1) for part in said.split(";") if ":" in part)
    return "".join(f' {name.strip()}="{value.strip()}"' for name, value in pairs)


def weekly(figures: Figures, speech: Speech) -> Chart:
    """Dissatisfaction week by week, its interval as a band; a week without data is a gap.

    Weeks that another model read are dashed, with a dashed upright where the reading changes.
    """
    weeks, dashed = figures["weeks"], read_otherwise(figures)
    title = tight(
        speech.gettext("Part d’avis négatifs par semaine, avec son intervalle à 95 %"), speech
    )
    return Chart(title, lambda axes, palette: _draw_weekly(axes, palette, weeks, dashed, speech))


def _draw_weekly(
    axes: Axes,
    palette: Palette,
    weeks: list[dict[str, Any]],
    dashed: list[bool],
    speech: Speech,
) -> None:
    nothing = float("nan")
    places = list(range(len(weeks)))
    share, low, high = (
        [nothing if week["rate"][name] is None else week["rate"][name] for week in weeks]
        for name in ("share", "low", "high")
    )
    axes.fill_between(places, low, high, color=palette.negative, alpha=0.16, linewidth=0)
    _draw_line(axes, palette, share, dashed)
    if weeks and weeks[-1]["rate"]["share"] is not None:
        axes.plot(places[-1:], share[-1:], color=palette.negative, marker="o", markersize=6)
        axes.annotate(
            speech.percent(share[-1], 0),
            (places[-1], share[-1]),
            xytext=(9, -3),
            textcoords="offset points",
            color=palette.negative,
            weight="bold",
            annotation_clip=False,
        )
    _percents(axes, speech, max((top for top in high if top == top), default=1.0))
    _week_ticks(axes, weeks, speech)


def _draw_line(axes: Axes, palette: Palette, share: list[float], dashed: list[bool]) -> None:
    """The line, dashed on the way to and from weeks that were read otherwise."""
    begin = 0
    for end in range(1, len(share)):
        broken = dashed[end - 1] or dashed[end]
        if dashed[end - 1] != dashed[end]:
            axes.axvline(end - 0.5, color=palette.quiet, linewidth=0.9, linestyle=(0, (3, 3)))
        if end == len(share) - 1 or broken != (dashed[end] or dashed[end + 1]):
            places = range(begin, end + 1)
            axes.plot(places, share[begin : end + 1], **_line(palette, broken))
            begin = end
    if len(share) == 1:
        axes.plot([0], share, **_line(palette, False))


def _line(palette: Palette, dashed: bool) -> dict[str, Any]:
    style: Any = (0, (2.2, 1.8)) if dashed else "-"
    return {
        "color": palette.negative,
        "linewidth": 1.8,
        "linestyle": style,
        "marker": "o",
        "markersize": 2.6,
    }


def _week_ticks(axes: Axes, weeks: list[dict[str, Any]], speech: Speech) -> None:
    figure = axes.get_figure(root=True)
    inches = int(figure.get_figwidth()) if figure is not None else 6
    step = max(1, -(-len(weeks) // inches))
    places = list(range(len(weeks) - 1, -1, -step))[::-1]
    starts = [datetime.fromisoformat(weeks[place]["start"]) for place in places]
    axes.set_xticks(places, [speech.date(start, "d MMM") for start in starts])
    axes.set_xlim(-0.5, len(weeks) - 0.2)


SCALES = {
    0.1: (0, 0.05, 0.1),
    0.2: (0, 0.1, 0.2),
    0.3: (0, 0.1, 0.2, 0.3),
    0.4: (0, 0.2, 0.4),
    0.6: (0, 0.2, 0.4, 0.6),
    0.8: (0, 0.2, 0.4, 0.6, 0.8),
    1.0: (0, 0.25, 0.5, 0.75, 1),
}
"""Ticks for a scale of shares that ends there."""


def _percents(axes: Axes, speech: Speech, most: float) -> None:
    top = next((limit for limit in SCALES if most <= limit), 1.0)
    axes.set_yticks(SCALES[top], [speech.percent(tick, 0) for tick in SCALES[top]])
    axes.set_ylim(0, top * 1.04)


def answered_by(figures: Figures, speech: Speech) -> Chart:
    """How many are answered by each hour, its interval as a band."""
    curve = figures["response"]["curve"]
    title = speech.gettext("Part d’avis ayant reçu une réponse, selon le délai")
    return Chart(title, lambda axes, palette: _draw_curve(axes, palette, curve, speech), 4.6, 2.7)


def _draw_curve(axes: Axes, palette: Palette, curve: list[Any], speech: Speech) -> None:
    hours, share, low, high = (list(line) for line in zip(*curve, strict=True)) if curve else (
        [], [], [], []
    )  # fmt: skip
    axes.fill_between(hours, low, high, color=palette.accent, alpha=0.16, linewidth=0, step="post")
    axes.step(hours, share, where="post", color=palette.accent, linewidth=1.8)
    ticks = [0, 24, 48, 72, 120, 168]
    axes.set_xticks(ticks, [speech.duration(tick) if tick else "0" for tick in ticks])
    axes.set_xlim(0, 172)
    _percents(axes, speech, 1.0)


def points(figures: Figures, speech: Speech) -> Chart:
    """Points of non-quality as bars, the most cited at the top."""
    rows = figures["points"][:6]
    title = speech.gettext("Points de non-qualité, par nombre d’avis négatifs qui les citent")
    height = 0.3 + 0.26 * max(len(rows), 1)
    return Chart(
        title, lambda axes, palette: _draw_points(axes, palette, rows, speech), 5.4, height
    )


def _draw_points(axes: Axes, palette: Palette, rows: list[dict[str, Any]], speech: Speech) -> None:
    names = [topic_name(row["topic"], speech) for row in rows]
    _bars(axes, palette, names, [row["mentions"] for row in rows], speech, palette.negative)


def stars(figures: Figures, speech: Speech) -> Chart:
    """How the stars are spread, five at the top."""
    split = [(number, figures["stars"].get(str(number), 0)) for number in (5, 4, 3, 2, 1)]
    title = speech.gettext("Répartition des étoiles")
    return Chart(title, lambda axes, palette: _draw_stars(axes, palette, split, speech), 4.6, 1.7)


def _draw_stars(axes: Axes, palette: Palette, split: list[tuple[int, int]], speech: Speech) -> None:
    colours = [palette.positive, palette.positive, palette.neutral, palette.negative]
    names = [f"{number} \N{BLACK STAR}" for number, _ in split]
    counts = [count for _, count in split]
    _bars(axes, palette, names, counts, speech, [*colours, palette.negative])


def _bars(
    axes: Axes,
    palette: Palette,
    names: list[str],
    counts: list[int],
    speech: Speech,
    colour: str | list[str],
) -> None:
    places = list(range(len(names)))[::-1]
    axes.grid(visible=False)
    axes.spines["bottom"].set_visible(False)
    axes.barh(places, counts, color=colour, height=0.58)
    axes.set_yticks(places, names)
    axes.tick_params(axis="y", colors=palette.ink)
    axes.set_xticks([])
    axes.set_xlim(0, max([*counts, 1]) * 1.12)
    for place, count in zip(places, counts, strict=True):
        axes.annotate(
            speech.number(count),
            (count, place),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            color=palette.quiet,
        )


MAKERS: dict[str, Callable[[Figures, Speech], Chart]] = {
    "weekly": weekly,
    "answered_by": answered_by,
    "points": points,
    "stars": stars,
}
SHOWN: dict[str, Callable[[Figures], Figures]] = {
    "weekly": lambda figures: {"weeks": figures["weeks"], "model": figures.get("model")},
    "answered_by": lambda figures: {"response": {"curve": figures["response"]["curve"]}},
    "points": lambda figures: {
        "points": [{name: one[name] for name in ("topic", "mentions")} for one in figures["points"]]
    },
    "stars": lambda figures: {"stars": figures["stars"]},
}
"""What of the figures each of them shows."""


def svg(name: str, figures: Figures, speech: Speech, palette: Palette = MARKED) -> Markup:
    """The chart of that name for a page; drawn once for the same numbers, since drawing takes
    longer than reading them."""
    return _svg(name, json.dumps(SHOWN[name](figures), sort_keys=True), speech, palette)


@lru_cache(maxsize=128)
def _svg(name: str, shown: str, speech: Speech, palette: Palette) -> Markup:
    # our own drawing of numbers and of our own words; titles are escaped there
    return Markup(MAKERS[name](json.loads(shown), speech).svg(palette))  # noqa: S704
