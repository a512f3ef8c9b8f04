"""Is this car ready for its shift? Every part is tried, side by side, and says what to do if it is not."""

from __future__ import annotations

import queue
import threading
import time
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from anpr.errors import AnprError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

LIMIT_S: Final = 12.0
"""A part that has not answered by then counts as broken; the whole visit stays under 15 s."""


class Level(StrEnum):
    """How a part does: fine, works but look at it, or not fit for a shift."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found: a sentence, and the next step when there is one to take."""

    level: Level
    sentence: str
    next_step: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One part of the car and how to try it. ``run`` may raise AnprError, which is a failure."""

    name: str
    run: Callable[[], Finding]


def examine(checks: Sequence[Check], limit_s: float = LIMIT_S) -> Iterator[tuple[Check, Finding]]:
    """Runs all checks at once and yields each with its finding as soon as it is there.

    Args:
        checks: what to try; each runs in a thread of its own.
        limit_s: seconds for all of them together. Checks that are not done by then are failures; their
            threads are left behind, for a driver that hangs cannot be interrupted.
    """
    done: queue.SimpleQueue[tuple[Check, Finding]] = queue.SimpleQueue()
    for check in checks:
        threading.Thread(target=_try, args=(check, done), name=f"doctor-{check.name}", daemon=True).start()
    waiting = list(checks)
    deadline = time.monotonic() + limit_s
    while waiting:
        try:
            check, finding = done.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            break
        waiting.remove(check)
        yield check, finding
    for check in waiting:
        yield (
            check,
            Finding(
                Level.FAIL,
                f"It has not answered within {limit_s:g} s.",
                "Try again; if it stays silent, restart the part or the machine.",
            ),
        )


def _try(check: Check, done: queue.SimpleQueue[tuple[Check, Finding]]) -> None:
    # What is not foreseen ends the thread with its traceback on the terminal, and still counts.
    finding = Finding(
        Level.FAIL, "The check itself broke down.", "Report the lines printed above to the maintainers."
    )
    try:
        finding = check.run()
    except AnprError as error:
        finding = Finding(Level.FAIL, error.message, error.next_step)
    finally:
        done.put((check, finding))
