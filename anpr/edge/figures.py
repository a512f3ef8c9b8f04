"""What the car has done since its start, in numbers. Never a plate."""

from __future__ import annotations

import statistics
import time
from collections import deque
from dataclasses import dataclass, field

KEPT = 10_000
RATE_WINDOW_S = 5.0


class Delays:
    """Durations in milliseconds, the newest ten thousand."""

    def __init__(self) -> None:
        self._ms: deque[float] = deque(maxlen=KEPT)

    def add_since(self, mono_ns: int) -> None:
        """From a moment on ``time.monotonic_ns`` until now."""
        self._ms.append((time.monotonic_ns() - mono_ns) / 1e6)

    def percentile_ms(self, percent: int) -> float | None:
        """None when nothing was measured; 100 is the largest."""
        values = sorted(self._ms)
        if not values:
            return None
        if len(values) == 1 or percent >= 100:  # noqa: PLR2004 - per cent
            return round(values[-1], 1)
        return round(statistics.quantiles(values, n=100, method="inclusive")[percent - 1], 1)

    def __len__(self) -> int:
        return len(self._ms)


class Rate:
    """Events a second over the last few seconds."""

    def __init__(self) -> None:
        self._at_s: deque[float] = deque(maxlen=1000)

    def tick(self, now_s: float) -> None:
        """One event."""
        self._at_s.append(now_s)

    def per_s(self, now_s: float) -> float:
        """0 when nothing came lately."""
        lately = [at_s for at_s in list(self._at_s) if now_s - at_s <= RATE_WINDOW_S]
        if len(lately) < 2:  # noqa: PLR2004 - a rate needs an interval
            return 0.0
        return (len(lately) - 1) / max(now_s - lately[0], 1e-6)


@dataclass(slots=True)
class Figures:
    """Counts since start.

    Attributes:
        reads, cannot_read: tracks that ended with and without a plate.
        hits: sightings of listed vehicles; each is one alert and one message.
        stage_errors: pictures that could not be worked on.
        frame_age: from the capture of any frame until it was worked off.
        to_alert: from the capture of the frame that is shown to the alert.
        to_screen: from there until an officer's browser has drawn it.
    """

    frames: int = 0
    reads: int = 0
    cannot_read: int = 0
    hits: int = 0
    alerts: int = 0
    stage_errors: int = 0
    frame_age: Delays = field(default_factory=Delays)
    to_alert: Delays = field(default_factory=Delays)
    to_screen: Delays = field(default_factory=Delays)


@dataclass(frozen=True, slots=True)
class Summary:
    """What a run did, for people and scripts; delays as in ``Figures``, in milliseconds."""

    seconds: float
    frames: int
    dropped: int
    frames_per_s: float
    reads: int
    cannot_read: int
    hits: int
    alerts: int
    verdicts_open: int
    stored: int
    receipts: int
    unreceipted: int
    not_stored: int
    stage_errors: int
    frame_age_p95_ms: float | None
    frame_to_alert_p50_ms: float | None
    frame_to_alert_p95_ms: float | None
    frame_to_alert_p99_ms: float | None
    frame_to_alert_max_ms: float | None
    frame_to_screen_p95_ms: float | None
