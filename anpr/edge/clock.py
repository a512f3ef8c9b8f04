"""What the car's clock was set by: every message says it, because evidence stands on its time."""

from __future__ import annotations

import ctypes
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from anpr.types import FixSource
from anpr.wire import Clock

if TYPE_CHECKING:
    from anpr.types import Fix

TIME_ERROR = 5
"""adjtimex(2): the clock is not synchronised."""
TIMEX_BYTES = 512
"""``struct timex`` has 208 bytes on 64-bit Linux; more does no harm, and zeros ask without setting."""
AGREES_S = 2.0


def clock_state(fix: Fix | None, now: datetime | None = None) -> Clock:
    """Gps when a fresh fix agrees with the clock, ntp when the kernel says it is steered, else unsynced."""
    if fix is not None and fix.source is FixSource.GPS:
        off_s = abs(((now or datetime.now(UTC)) - fix.at).total_seconds())
        if off_s < AGREES_S:
            return Clock.GPS
    return Clock.NTP if _steered() else Clock.UNSYNCED


def _steered() -> bool:
    libc = ctypes.CDLL(None)
    if not hasattr(libc, "adjtimex"):
        return False
    state: int = libc.adjtimex(ctypes.create_string_buffer(TIMEX_BYTES))
    return 0 <= state < TIME_ERROR
