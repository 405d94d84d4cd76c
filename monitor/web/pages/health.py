"""A sign of life for whoever watches the process; it tells nothing else."""

from __future__ import annotations

from fastapi import Response
from fastapi.responses import JSONResponse


def alive() -> Response:
    """200 while the pages answer."""
    return JSONResponse({"status": "ok"})
