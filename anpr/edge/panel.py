"""The car's panel: what it says of itself to the officer, the centre and the one who stops it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from anpr import messages
from anpr.edge import status as lights
from anpr.edge.figures import Figures, Summary
from anpr.edge.health import make_health
from anpr.edge.hits import place
from anpr.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anpr.config import CarSettings
    from anpr.edge.alerts import Alerts
    from anpr.edge.gate import Gate
    from anpr.edge.gps import Gps
    from anpr.edge.link import Link
    from anpr.edge.lists import ListLine
    from anpr.edge.outbox import Outbox
    from anpr.edge.parts import Camera, Lists
    from anpr.edge.safekeeping import Safekeeping
    from anpr.hotlist.store import ListVersion

RED_AFTER_FAILURES = 5


@dataclass(slots=True, kw_only=True)
class Panel:
    """Lights, figures and words about one car, read from its parts whenever somebody asks.

    Attributes:
        settings: the car's table of the settings.
        watched: captures and their pipelines.
        lists: versions of the hotlist.
        list_line: the way that lists come in.
        gate: which lists may still alert.
        gps: where we are.
        keeping: what is written to disk.
        outbox: what the centre has not confirmed.
        alerts: what the officer has to answer.
        link: the line to the centre; None without one.
        figures: what was done since the start.
        reader: the light of the reader, from its last self-test.
    """

    settings: CarSettings
    watched: Sequence[Camera]
    lists: Lists
    list_line: ListLine
    gate: Gate
    gps: Gps
    keeping: Safekeeping
    outbox: Outbox
    alerts: Alerts
    link: Link | None = None
    figures: Figures = field(default_factory=Figures)
    reader: lights.Lamp = field(
        default_factory=lambda: lights.Lamp("Reader", lights.Level.WARN, "Self-test pending")
    )
    _started_s: float = field(default_factory=time.monotonic, init=False)

    @property
    def linked(self) -> bool:
        """Whether the line to the broker is up."""
        return self.link is not None and self.link.health.connected

    def cameras(self) -> tuple[lights.CameraStatus, ...]:
        """Each camera as it is now."""
        now_s = time.monotonic()
        states = [(camera, camera.capture.state) for camera in self.watched]
        return tuple(
            lights.CameraStatus(
                name=camera.capture.camera,
                delivering=state.delivering,
                ended=state.ended,
                frames=state.frames,
                dropped=state.dropped,
                frames_per_s=camera.rate.per_s(now_s),
                last_error=state.last_error,
            )
            for camera, state in states
        )

    def _list_state(self) -> tuple[Sequence[ListVersion], float]:
        lists = self.lists.lists()
        now = datetime.now(UTC)
        return lists, max((max(0.0, (now - listed.made_at).total_seconds()) for listed in lists), default=0.0)

    def _stage_lamp(self) -> lights.Lamp:
        failures = max((camera.failures for camera in self.watched), default=0)
        if not failures:
            return self.reader
        level = lights.Level.FAIL if failures >= RED_AFTER_FAILURES else lights.Level.WARN
        return lights.Lamp("Reader", level, "Pictures fail", "Read the log; restart when it does not mend.")

    def status(self) -> lights.CarStatus:
        """All lights and one sentence, for the screen."""
        cameras = self.cameras()
        try:
            lists, oldest_s = self._list_state()
            too_old = [listed.name for listed in lists if self.gate.too_old(listed.made_at)]
            list_lamp = self.list_line.mark(
                lights.list_lamp(lists, oldest_s, self.settings.stale_after_s, too_old)
            )
        except StorageError as error:
            lists, too_old = (), []
            list_lamp = lights.Lamp("Hotlist", lights.Level.FAIL, error.message, error.next_step)
        outbox_lamp = self.keeping.lamp(linked=self.linked)
        lamps = (
            *(lights.camera_lamp(camera) for camera in cameras),
            self._stage_lamp(),
            list_lamp,
            lights.gps_lamp(self.gps.health),
            lights.link_lamp(self.link.health if self.link is not None else None),
            outbox_lamp,
        )
        watching = [camera for camera in cameras if camera.delivering]
        if self.keeping.full:
            headline, detail = "Reading stopped", f"{outbox_lamp.words}. {outbox_lamp.next_step}"
        elif not watching:
            headline, detail = "No camera delivers", "Nothing is read. See the camera's light."
        elif too_old:
            headline, detail = f"No alerts from list {', '.join(too_old)}", list_lamp.words
        else:
            seen = ", ".join(
                f"{lights.camera_words(camera.name)} {camera.frames_per_s:.0f} frames/s"
                for camera in watching
            )
            count = sum(listed.entries for listed in lists)
            headline, detail = "Watching", f"{seen}, {count:,} listed plates"
        return lights.CarStatus(lights.worst(lamps), headline, detail, lamps, self.gps.fix(time.monotonic()))

    def position(self) -> messages.Position | None:
        """Where the car is; None where nobody knows."""
        where = place(self.gps.fix(time.monotonic()))
        return None if where is None else messages.Position(vehicle=self.settings.vehicle, place=where)

    def health(self) -> messages.Health:
        """How the car does, for the centre."""
        lists, oldest_s = self._list_state()
        return make_health(
            self.settings.vehicle,
            figures=self.figures,
            cameras=self.cameras(),
            depth=self.outbox.depth(),
            free_bytes=self.keeping.free_bytes,
            lists=lists,
            oldest_s=oldest_s,
        )

    def summary(self) -> Summary:
        """What was done since the start."""
        figures = self.figures
        seconds = time.monotonic() - self._started_s
        return Summary(
            seconds=round(seconds, 1),
            frames=figures.frames,
            dropped=sum(camera.dropped for camera in self.cameras()),
            frames_per_s=round(figures.frames / seconds, 1),
            reads=figures.reads,
            cannot_read=figures.cannot_read,
            hits=figures.hits,
            alerts=figures.alerts,
            verdicts_open=len(self.alerts.waiting),
            stored=self.keeping.stored,
            receipts=self.link.receipts if self.link is not None else 0,
            unreceipted=self.outbox.depth().unreceipted,
            not_stored=self.keeping.not_stored,
            stage_errors=figures.stage_errors,
            frame_age_p95_ms=figures.frame_age.percentile_ms(95),
            frame_to_alert_p50_ms=figures.to_alert.percentile_ms(50),
            frame_to_alert_p95_ms=figures.to_alert.percentile_ms(95),
            frame_to_alert_p99_ms=figures.to_alert.percentile_ms(99),
            frame_to_alert_max_ms=figures.to_alert.percentile_ms(100),
            frame_to_screen_p95_ms=figures.to_screen.percentile_ms(95),
        )
