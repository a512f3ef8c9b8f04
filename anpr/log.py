"""Structured logs: for people on a terminal, JSON elsewhere. Plates that are no hits never appear in them."""

from __future__ import annotations

import logging
import sys
from typing import TextIO, cast

import structlog

LEVELS = ("debug", "info", "warning", "error")


class Stderr:
    """Whatever standard error is at the moment of writing: loggers are kept, streams may be exchanged."""

    def write(self, text: str) -> int:
        """Writes and says how much."""
        return sys.stderr.write(text)

    def flush(self) -> None:
        """Lets nothing wait."""
        sys.stderr.flush()


def configure(level: str = "info") -> None:
    """Sets up logging for the whole process, once, from the command line."""
    terminal = sys.stderr.isatty()
    # Plain tracebacks: the default ones print local variables, and with them every plate in sight.
    renderer = (
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
        if terminal
        else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.StackInfoRenderer(),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(file=cast("TextIO", Stderr())),
        cache_logger_on_first_use=True,
    )


def get(name: str) -> structlog.typing.FilteringBoundLogger:
    """A logger that says which part of the house is speaking."""
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger(part=name)
    return logger
