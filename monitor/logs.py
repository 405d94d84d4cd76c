"""Logs: one line an event, to standard error, without review texts or secrets."""

import logging
import os
import sys

import structlog


def configure() -> None:
    """Structured lines; VIGIE_LOG=json for a log collector, VIGIE_LOG_LEVEL for another level."""
    level = getattr(logging, os.environ.get("VIGIE_LOG_LEVEL", "INFO").upper(), logging.INFO)
    logging.basicConfig(
        level=max(level, logging.WARNING), stream=sys.stderr, format="%(name)s: %(message)s"
    )
    # a job that is still at work when its next tick comes is no news
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _renderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )


def _renderer() -> structlog.types.Processor:
    if os.environ.get("VIGIE_LOG") == "json":
        return structlog.processors.JSONRenderer(ensure_ascii=False)
    return structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"])
