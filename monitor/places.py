"""Where the shipped data is: beside the packages in a checkout, under ``monitor/`` in a wheel."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent


def shipped(name: str) -> Path:
    """The shipped file or folder, such as ``templates`` or ``models/sentiment``.

    Raises FileNotFoundError when the installation lacks it.
    """
    for root in (PACKAGE, PACKAGE.parent):
        path = root / name
        if path.exists():
            return path
    raise FileNotFoundError(f"this installation of Vigie lacks {name}")


def template_folders(own: Path | None) -> list[Path]:
    """Folders of templates, the operator's own first."""
    folders = [own] if own is not None else []
    return [*folders, shipped("templates")]
