"""Stage 1: sources that are due become reviews, versions, owner replies and coverage."""

from monitor.collect.sources import register
from monitor.collect.visit import run_one

__all__ = ["register", "run_one"]
