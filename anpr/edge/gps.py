"""Where the car is: from gpsd, from a recorded GPX track, or unknown."""

from __future__ import annotations

import contextlib
import random
import socket
import threading
import time
from bisect import bisect_right
from collections import deque
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from anpr import log
from anpr.edge.tpv import fix_of
from anpr.errors import ConfigError, InputError
from anpr.types import Fix, FixSource

if TYPE_CHECKING:
    from collections.abc import Callable

GPSD_PORT = 2947
FRESH_S = 3.0
"""Receivers report once a second; after three silent ones the position is held, not measured."""
HOLD_S = 180.0
"""The longest of Hong Kong's harbour tunnels takes about two minutes; after three the place is unknown."""
SILENCE_S = 10.0
RETRY_MAX_S = 15.0
HISTORY = 60
STILL_M = 0.5
"""Heading is not computed between points closer than this: it would be noise."""


@dataclass(frozen=True, slots=True)
class GpsHealth:
    """How the receiver does, in words for the officer; ``working`` is None when there is none."""

    working: bool | None
    words: str
    next_step: str = ""


class Gps(Protocol):
    """Gives positions. ``mono_s`` is a moment on ``time.monotonic``.

    Attributes:
        tells_time: its fixes carry the satellites' time, against which the clock may be held.
    """

    tells_time: bool

    def start(self) -> None: ...  # noqa: D102
    def stop(self) -> None: ...  # noqa: D102
    def fix(self, mono_s: float) -> Fix | None: ...  # noqa: D102
    @property
    def health(self) -> GpsHealth: ...  # noqa: D102


def open_gps(source: str) -> Gps:
    """Chooses by the setting ``gps``: ``none``, ``gpsd://host:port``, or the path of a GPX file.

    Raises:
        ConfigError: the address cannot be understood.
        InputError: the GPX file is missing, is none, or holds no track.
    """
    if source in ("", "none"):
        return NoGps()
    if source.startswith("gpsd:"):
        try:
            parts = urlsplit(source)
            return GpsdGps(parts.hostname or "127.0.0.1", parts.port or GPSD_PORT)
        except ValueError as error:
            raise ConfigError(
                f"The GPS address {source} cannot be used: {error}.", "Write it as gpsd://127.0.0.1:2947."
            ) from error
    return GpxGps(Path(source))


class NoGps:
    """A car without a receiver: hits carry no place."""

    tells_time = False
    health = GpsHealth(None, "No GPS configured")

    def start(self) -> None:
        """Nothing to start."""

    def stop(self) -> None:
        """Nothing to stop."""

    def fix(self, mono_s: float) -> Fix | None:  # noqa: ARG002 - the Protocol's signature
        """Never anywhere."""
        return None


class GpxGps:
    """Drives along a recorded track at the speed it was recorded, round and round.

    Args:
        path: the GPX file; points without times are taken as one second apart.

    Raises:
        InputError: the file is missing, is no GPX, or has fewer than two points.
    """

    tells_time = False

    def __init__(self, path: Path) -> None:
        import gpxpy
        import gpxpy.gpx

        try:
            track = gpxpy.parse(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, gpxpy.gpx.GPXException) as error:
            raise InputError(
                f"The GPX file {path} cannot be read: {error}.",
                "Give --gps a GPX track, gpsd://host:port, or none.",
            ) from error
        points = [point.point for point in track.get_points_data()]
        if len(points) < 2:  # noqa: PLR2004 - a line has two ends
            raise InputError(
                f"The GPX file {path} holds no track.",
                "Record one with at least two points, or use --gps none.",
            )
        # A time without a zone is UTC in GPX 1.1; the parser leaves it open.
        timed = [
            at if at.tzinfo is not None else at.replace(tzinfo=UTC)
            for at in (point.time for point in points)
            if at is not None
        ]
        if len(timed) == len(points):
            self._at_s = [(at - timed[0]).total_seconds() for at in timed]
        else:
            self._at_s = [float(index) for index in range(len(points))]
        if any(later <= earlier for earlier, later in zip(self._at_s, self._at_s[1:], strict=False)):
            raise InputError(
                f"The times in the GPX file {path} do not rise.",
                "Sort its points by time, or remove the times.",
            )
        self._places = [(float(point.latitude), float(point.longitude)) for point in points]
        if not all(abs(lat) <= 90 and abs(lon) <= 180 for lat, lon in self._places):  # noqa: PLR2004 - degrees
            raise InputError(
                f"The GPX file {path} holds a place that is not on Earth.",
                "Remove points with latitudes beyond 90 or longitudes beyond 180 degrees.",
            )
        self._start_s = time.monotonic()
        self.health = GpsHealth(working=True, words=f"Replaying {path.name}")

    def start(self) -> None:
        """The drive begins now."""
        self._start_s = time.monotonic()

    def stop(self) -> None:
        """Nothing to stop."""

    def fix(self, mono_s: float) -> Fix | None:
        """The place on the track, between its two nearest points."""
        into_s = (mono_s - self._start_s) % self._at_s[-1]
        index = min(bisect_right(self._at_s, into_s), len(self._at_s) - 1)
        (lat_a, lon_a), (lat_b, lon_b) = self._places[index - 1], self._places[index]
        span_s = self._at_s[index] - self._at_s[index - 1]
        share = (into_s - self._at_s[index - 1]) / span_s
        length_m = distance_m(lat_a, lon_a, lat_b, lon_b)
        return Fix(
            lat_deg=lat_a + (lat_b - lat_a) * share,
            lon_deg=lon_a + (lon_b - lon_a) * share,
            at=datetime.now(UTC),
            source=FixSource.GPS,
            speed_m_s=length_m / span_s,
            heading_deg=bearing_deg(lat_a, lon_a, lat_b, lon_b) if length_m > STILL_M else None,
        )


class GpsdGps:
    """Listens to gpsd; connects again for as long as it takes.

    A position is held for a while when the sky is hidden, and says so.

    Args:
        host, port: where gpsd listens.
        monotonic, jitter: time and chance, for tests.
    """

    tells_time = True

    def __init__(
        self,
        host: str,
        port: int,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        from gpsdclient import GPSDClient

        self._where = f"{host}:{port}"
        self._client = GPSDClient(host=host, port=port, timeout=SILENCE_S)
        self._monotonic = monotonic
        self._jitter = jitter
        self._fixes: deque[tuple[float, Fix]] = deque(maxlen=HISTORY)
        self._lost = f"Connecting to {self._where}"
        self.rejects = 0
        """Reports that could not be understood."""
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="gps", daemon=True)
        self._log = log.get("gps")

    def start(self) -> None:
        """Begins to listen."""
        self._thread.start()

    def stop(self) -> None:
        """Hangs up."""
        self._stop.set()
        if self._client.sock is not None:
            with contextlib.suppress(OSError):
                self._client.sock.shutdown(socket.SHUT_RDWR)
        if self._thread.ident is not None:
            self._thread.join(2)

    @property
    def health(self) -> GpsHealth:
        """Whether there is a position, and what to do when there is none."""
        newest = self.fix(self._monotonic())
        if self._lost:
            return GpsHealth(
                working=False,
                words="gpsd does not answer",
                next_step=f"{self._lost}. Check that gpsd runs (systemctl status gpsd); alerts go on.",
            )
        if newest is None:
            return GpsHealth(False, "GPS has no fix", "Give the aerial a view of the sky; alerts go on.")
        if newest.source is FixSource.HELD:
            return GpsHealth(False, "GPS lost, last position held", "It comes back under open sky.")
        return GpsHealth(True, "GPS fix")

    def fix(self, mono_s: float) -> Fix | None:
        """The position nearest to that moment; held when seconds old, None when older still."""
        fixes = list(self._fixes)
        if not fixes:
            return None
        at_s, fix = min(fixes, key=lambda pair: abs(pair[0] - mono_s))
        age_s = mono_s - at_s
        if age_s > HOLD_S:
            return None
        return replace(fix, source=FixSource.HELD) if age_s > FRESH_S else fix

    def _run(self) -> None:
        pause_s = 0.5
        while not self._stop.is_set():
            try:
                for line in self._client.json_stream(filter=["TPV"]):
                    self._lost = ""
                    pause_s = 0.5
                    self._take(line)
                    if self._stop.is_set():
                        return
                reason = "it closed the connection"
            except (OSError, ValueError) as error:
                reason = str(error)
            if self._stop.is_set():
                return
            lost = f"{self._where}: {reason}"
            if lost != self._lost:
                self._log.warning("gpsd does not answer", why=lost, next_step="Check that gpsd runs.")
            self._lost = lost
            self._stop.wait(pause_s * (0.5 + self._jitter()))
            pause_s = min(pause_s * 2, RETRY_MAX_S)

    def _take(self, line: str) -> None:
        try:
            fix = fix_of(line)
        except ValueError:
            self.rejects += 1
            self._log.warning("a report of gpsd could not be understood", rejects=self.rejects)
            return
        if fix is not None:
            self._fixes.append((self._monotonic(), fix))


def distance_m(lat_a: float, lon_a: float, lat_b: float, lon_b: float) -> float:
    """Metres over ground between two places in degrees."""
    from gpxpy.geo import haversine_distance

    return float(haversine_distance(lat_a, lon_a, lat_b, lon_b))


def bearing_deg(lat_a: float, lon_a: float, lat_b: float, lon_b: float) -> float:
    """Degrees from north when going from one place to another."""
    from gpxpy.geo import get_course

    return float(get_course(lat_a, lon_a, lat_b, lon_b)) % 360
