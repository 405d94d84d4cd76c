"""The brands of the tests' pages."""

from monitor.config import Brand, SourceConfig


def brands() -> tuple[Brand, ...]:
    """Two brands, so that the switcher is there; the first has two sources."""
    lumen = Brand(
        key="lumen",
        name="Maison Lumen",
        sources=(
            SourceConfig(name="lumen-trustpilot", platform="trustpilot"),
            SourceConfig(name="lumen-boutiques", platform="spreadsheet"),
        ),
    )
    return lumen, Brand(key="verrier", name="Atelier Verrier", time_zone="Europe/London")
