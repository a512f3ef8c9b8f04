"""Waiting for something that another thread or process does, with a deadline."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def wait_for(predicate: Callable[[], bool], timeout_s: float = 20, what: str = "it") -> None:
    """Returns as soon as the predicate holds; fails the test when the deadline passes."""
    deadline = time.monotonic() + timeout_s
    while not predicate():
        assert time.monotonic() < deadline, f"waited {timeout_s} s for {what} in vain"
        time.sleep(0.02)
