"""Structured logs: for people on a terminal, JSON elsewhere. Plates that are no hits never appear in them."""

from __future__ import annotations

import json
import logging
import sys
from typing import TextIO, cast

import structlog

LEVELS = ("debug", "info", "warning", "error")


class Stderr:
    """Whatever standard error is at the moment of writing: loggers are kept, streams may be exchanged.

    It never raises. A thread that wants to say that the disk is full must not end because the log lies on
    that disk: measured, a collector lost both its threads that way, and its broker went on feeding it.

    Attributes:
        missed: lines in a row that could not be written; told once they can.
    """

    def __init__(self) -> None:
        self.missed = 0
        self._whole = True

    def write(self, text: str) -> int:
        """Takes all of it, written or not."""
        try:
            sys.stderr.write(text)
        except (OSError, ValueError):  # the latter when the stream is closed
            self._whole = False
        return len(text)

    def flush(self) -> None:
        """Ends a line: one that could not be written is counted, one that could tells of those before."""
        try:
            sys.stderr.flush()
        except (OSError, ValueError):
            self._whole = False
        if not self._whole:
            self.missed += 1
            self._whole = True
        elif self.missed:
            told = {"part": "log", "event": "the log could not be written", "lines": self.missed}
            self.missed = 0
            self.write(f"{json.dumps(told | {'level': 'warning'})}\n")


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
