"""What the officer is told, once for each sighting, and what the officer says to it."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from anpr import topics
from anpr.edge.gps import distance_m
from anpr.edge.hits import new_id
from anpr.errors import InputError
from anpr.messages import Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from anpr.edge.hits import Identity
    from anpr.edge.outbox import Outbox
    from anpr.messages import Hit
    from anpr.types import Fix, ListEntry, PlateRead
    from anpr.wire import Clock

RECENT = 30
"""Judged alerts that stay on the list, so that a verdict can be mended."""
MUTE_MAX_S = 600.0
"""Silence has an end that nobody must remember; priority 1 is heard all the same."""


class Repeats:
    """One sighting, one alert: over cameras, tracks and list updates of the same vehicle.

    A vehicle may alert again when it was unseen for long enough **and** the car has moved far enough: a
    parked car beside ours, or one that we follow, is one sighting however long it lasts.

    Args:
        after_s: seconds since it was last seen.
        after_m: metres from where it was last seen; without positions time alone decides.
    """

    def __init__(self, after_s: float, after_m: float) -> None:
        self._after_s = after_s
        self._after_m = after_m
        self._seen: dict[tuple[str, str, str], tuple[float, Fix | None]] = {}

    def admits(self, entry: ListEntry, read: PlateRead) -> bool:
        """Whether this read of the entry's vehicle is a new sighting; remembers it either way."""
        key = (entry.key, entry.list_name, entry.entry_id)
        now_s = read.mono_ns / 1e9
        before = self._seen.get(key)
        if before is None:
            self._seen[key] = (now_s, read.fix)
            return True
        at_s, at = before
        # Cameras run side by side: a read may come in later though its frame is older.
        self._seen[key] = (max(now_s, at_s), read.fix or at)
        return now_s - at_s >= self._after_s and self._far(at, read.fix)

    def _far(self, before: Fix | None, now: Fix | None) -> bool:
        if before is None or now is None:
            return True
        return distance_m(before.lat_deg, before.lon_deg, now.lat_deg, now.lon_deg) >= self._after_m


@dataclass(frozen=True, slots=True)
class Alert:
    """A hit before the officer.

    Attributes:
        hit: what was sent, or will be.
        crop: JPEG of the plate in the very frame that was read, as sharp as it came.
        yellow: the plate has a yellow ground.
        stale: the list was older than it should be.
        mono_ns: when the frame was captured, for delays.
        outcome: the officer's word, None while it waits.
    """

    hit: Hit
    crop: bytes
    yellow: bool
    stale: bool
    mono_ns: int
    outcome: Outcome | None = None


class Alerts:
    """The queue in front of the officer: most urgent first, then the newest. Nothing leaves it unjudged.

    Args:
        outbox: where verdicts go.
        who: this car.
        officer: who signs verdicts.
        clock: what the car's clock is set by.
        monotonic: for the end of a mute.
        heed: is told each verdict that is on its way to the centre.
    """

    def __init__(
        self,
        outbox: Outbox,
        who: Identity,
        officer: str,
        clock: Callable[[], Clock],
        monotonic: Callable[[], float] = time.monotonic,
        *,
        heed: Callable[[Hit, Outcome], None] = lambda _hit, _outcome: None,
    ) -> None:
        self._outbox = outbox
        self._who = who
        self._officer = officer
        self._clock = clock
        self._heed = heed
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._open: list[Alert] = []
        self._recent: deque[Alert] = deque(maxlen=RECENT)
        self._muted_until_s = 0.0
        self._listeners: list[Callable[[], None]] = []

    def listen(self, listener: Callable[[], None]) -> None:
        """Calls the listener, from any thread, at each change."""
        self._listeners.append(listener)

    def put(self, alert: Alert) -> None:
        """Shows an alert."""
        with self._lock:
            self._open.insert(0, alert)
            self._open.sort(key=lambda waiting: waiting.hit.entry.priority)
        self._tell()

    @property
    def waiting(self) -> tuple[Alert, ...]:
        """Alerts without a verdict, the one to show first."""
        with self._lock:
            return tuple(self._open)

    @property
    def recent(self) -> tuple[Alert, ...]:
        """Judged alerts, newest first."""
        with self._lock:
            return tuple(self._recent)

    def find(self, hit_id: str) -> Alert | None:
        """An alert by its hit."""
        return next((a for a in (*self.waiting, *self.recent) if a.hit.id == hit_id), None)

    def judge(self, hit_id: str, outcome: Outcome) -> Verdict:
        """Keeps the officer's word and sends it; a later word on the same hit mends the earlier one.

        Raises:
            InputError: there is no such alert.
            StorageError: the verdict could not be stored; the alert stays where it is.
        """
        alert = self.find(hit_id)
        if alert is None:
            raise InputError("This alert is not here any more.", "Reload the page.")
        verdict = self._outbox.put(
            topics.VERDICT,
            Verdict(
                id=new_id(),
                vehicle=self._who.vehicle,
                boot=self._who.boot,
                seq=0,
                at=datetime.now(UTC),
                clock=self._clock(),
                hit=hit_id,
                outcome=outcome,
                officer=self._officer,
            ),
            priority=alert.hit.entry.priority,
        )
        self._heed(alert.hit, outcome)
        with self._lock:
            self._open = [waiting for waiting in self._open if waiting.hit.id != hit_id]
            others = [judged for judged in self._recent if judged.hit.id != hit_id]
            self._recent = deque([replace(alert, outcome=outcome), *others], maxlen=RECENT)
        self._tell()
        return verdict

    def mute(self, seconds: float) -> None:
        """Silences all but priority 1 for a while, never longer than ten minutes; 0 ends it."""
        self._muted_until_s = self._monotonic() + min(max(seconds, 0.0), MUTE_MAX_S)
        self._tell()

    @property
    def muted_s(self) -> float:
        """Seconds of silence that are left."""
        return max(0.0, self._muted_until_s - self._monotonic())

    def _tell(self) -> None:
        for listener in self._listeners:
            listener()
