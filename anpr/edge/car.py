"""The car: cameras, reading, matching, alerts, outbox and link, put together. Fails loudly, keeps driving."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from anpr import log, topics, wire
from anpr.edge import pictures
from anpr.edge import status as lights
from anpr.edge.alerts import Alert, Alerts, Repeats
from anpr.edge.clock import clock_state
from anpr.edge.hits import Identity, looks_yellow, make_hit, new_id, screen_crop
from anpr.edge.link import Beat, Link
from anpr.edge.lists import REPORT_EVERY_S, ListLine
from anpr.edge.outbox import Outbox
from anpr.edge.panel import Panel
from anpr.edge.safekeeping import Safekeeping
from anpr.errors import AnprError, StorageError

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Sequence

    from anpr.config import CarSettings
    from anpr.edge.fetch import Fetcher
    from anpr.edge.gate import Gate
    from anpr.edge.gps import Gps
    from anpr.edge.parts import Camera, Lists, Matcher, Step
    from anpr.hotlist.receiver import Receiver
    from anpr.types import PlateRead

POSITION_EVERY_S = 3.0
HEALTH_EVERY_S = 5.0
HOUSEKEEPING_S = 1.0
SELF_TEST_EVERY_S = 3600.0
IDLE_S = 0.2
BACK_OFF_MAX_S = 5.0
_FAULTS = (lights.Level.WARN, lights.Level.FAIL)


class Car:
    """One patrol car.

    Args:
        settings: the car's table of the settings.
        cameras: captures and their pipelines.
        arrived: set by the captures whenever there may be something to take.
        matcher: the hotlist.
        lists: versions of the hotlist, for lights and health.
        gate: which entries may alert; the matcher asks it, and officers' words go to it.
        gps: where we are.
        self_test: reads a picture with a known plate; raises when the reader is dead.
        receiver: takes signed lists that come over the link; None when the car was given no root.
        fetcher: fetches lists that no message carries; None when no server is configured.
        linked: whether there is a centre to report to.

    Raises:
        StorageError: the outbox cannot be opened.
    """

    def __init__(
        self,
        settings: CarSettings,
        *,
        cameras: Sequence[Camera],
        arrived: threading.Event,
        matcher: Matcher,
        lists: Lists,
        gate: Gate,
        gps: Gps,
        self_test: Callable[[], None],
        receiver: Receiver | None = None,
        fetcher: Fetcher | None = None,
        linked: bool = True,
    ) -> None:
        self.settings = settings
        self.who = Identity(settings.vehicle, new_id())
        self.outbox = Outbox(
            settings.data_dir / f"outbox-{settings.vehicle}.db", max_bytes=settings.max_outbox_bytes
        )
        self.alerts = Alerts(self.outbox, self.who, settings.officer, self._clock, heed=gate.note)
        self._cameras = tuple(cameras)
        self._arrived = arrived
        self._matcher = matcher
        self._gps = gps
        self._self_test = self_test
        self._repeats = Repeats(settings.repeat_after_s, settings.repeat_after_m)
        self._keeping = Safekeeping(self.outbox, settings.min_free_bytes)
        self._shown: set[str] = set()
        self._said: tuple[lights.Level, str] | None = None
        self._next_housekeeping_s = 0.0
        self._next_self_test_s = 0.0
        self._log = log.get("car")
        self._list_line = ListLine(
            fleet=settings.fleet,
            vehicle=settings.vehicle,
            lists=lists,
            receiver=receiver,
            stale_after_s=settings.stale_after_s,
            limit_s=settings.list_limit_s,
            fetcher=fetcher,
        )
        self.panel = Panel(
            settings=settings,
            watched=self._cameras,
            lists=lists,
            list_line=self._list_line,
            gate=gate,
            gps=gps,
            keeping=self._keeping,
            outbox=self.outbox,
            alerts=self.alerts,
        )
        self.figures = self.panel.figures
        self.link = self.panel.link = self._make_link() if linked else None

    def _make_link(self) -> Link:
        return Link(
            self.settings.broker,
            fleet=self.settings.fleet,
            vehicle=self.who.vehicle,
            boot=self.who.boot,
            outbox=self.outbox,
            beats=(
                Beat(topics.POSITION, POSITION_EVERY_S, self.panel.position),
                Beat(topics.HEALTH, HEALTH_EVERY_S, self.panel.health),
                Beat(topics.HOTLIST, REPORT_EVERY_S, self._list_line.report),
            ),
            lists=self._list_line,
        )

    def run(self, stop: threading.Event, *, seconds: float | None = None, until_end: bool = False) -> None:
        """Drives until told to stop, for some seconds, or until every recording has ended.

        The calling thread does the reading. What happens to pictures, disk, GPS or link is shown, logged
        and mended where possible; it does not end the drive.
        """
        self._gps.start()
        if self.link is not None:
            self.link.start()
        for camera in self._cameras:
            camera.capture.start()
        deadline_s = None if seconds is None else time.monotonic() + seconds
        try:
            while not stop.is_set() and (deadline_s is None or time.monotonic() < deadline_s):
                self._keep_house()
                # Cleared before looking, so that nothing that comes while we look is slept over.
                self._arrived.clear()
                if self._keeping.full:
                    if until_end:
                        break
                    stop.wait(IDLE_S)
                elif not self._look(stop):
                    if self._nothing_will_come(until_end):
                        break
                    self._arrived.wait(IDLE_S)
        finally:
            for camera in self._cameras:
                camera.capture.stop()
                self._flush(camera, stop)
            self._gps.stop()
            self._keeping.look()

    def finish(self, drain_s: float, stop: threading.Event | None = None) -> None:
        """Waits for receipts as long as allowed, says goodbye and forgets what the centre has."""
        self._keeping.look()
        if self.link is not None:
            self.link.drain(drain_s, stop)
            self.link.stop()
        self._list_line.close()
        self.outbox.prune()

    def close(self) -> None:
        """Closes the outbox; what the centre has not confirmed stays on disk for the next start.

        Raises:
            StorageError: hits are left that no disk would take.
        """
        self.outbox.close()
        self._keeping.settle()

    # The stage loop.

    def _look(self, stop: threading.Event) -> bool:
        """Takes one frame from each camera that has one; False when none had."""
        took = False
        for camera in self._cameras:
            frame = camera.capture.take()
            if frame is not None:
                took = True
                self.figures.frames += 1
                self._supervised(camera, stop, lambda c=camera, f=frame: c.pipeline.feed(f))  # type: ignore[misc]
                camera.rate.tick(time.monotonic())
                self.figures.frame_age.add_since(frame.mono_ns)
            elif camera.capture.finished:
                self._flush(camera, stop)
        return took

    def _nothing_will_come(self, until_end: bool) -> bool:
        """Every source has ended, and that was wanted, or none of them could be read."""
        return all(
            camera.flushed and (until_end or camera.capture.state.last_error) for camera in self._cameras
        )

    def _flush(self, camera: Camera, stop: threading.Event) -> None:
        if not camera.flushed:
            camera.flushed = True
            self._supervised(camera, stop, camera.pipeline.flush)

    def _supervised(self, camera: Camera, stop: threading.Event, stage: Callable[[], Step]) -> None:
        try:
            step = stage()
            for read in step.decided:
                self._consider(read)
            for read in step.ended:
                self._count(read)
                # A last word may name a plate that was never sure enough while the vehicle was in sight.
                self._consider(read)
            camera.failures = 0
        except Exception:  # noqa: BLE001
            # One of the three supervisors: one bad picture must not end the watch, and must not be silent.
            self.figures.stage_errors += 1
            camera.failures += 1
            self._log.exception("a picture could not be worked on", camera=camera.capture.camera)
            stop.wait(min(0.05 * 2**camera.failures, BACK_OFF_MAX_S))

    def _count(self, read: PlateRead) -> None:
        if read.raw is None:
            self.figures.cannot_read += 1
        else:
            self.figures.reads += 1

    def _consider(self, read: PlateRead) -> None:
        """Matches a read; what does not match ends here: it is not written, logged or sent."""
        if read.raw is None:
            return
        read = replace(read, fix=self._gps.fix(read.mono_ns / 1e9))
        match = self._matcher.match(read, datetime.now(UTC))
        if match is None or not self._repeats.admits(match.entry, read):
            return
        hit = make_hit(read, match, self.who, self._clock())
        stale = match.list_age_s > self.settings.stale_after_s
        sharp = screen_crop(read.crop)
        self.alerts.put(Alert(hit, sharp, looks_yellow(read.crop), stale, read.mono_ns))
        self.figures.to_alert.add_since(read.mono_ns)
        self.figures.alerts += 1
        self.figures.hits += 1
        self._log.info("hit", hit=hit.id, camera=read.camera, priority=match.entry.priority, stale=stale)
        self._keeping.keep(hit)
        self._keeping.keep_picture(pictures.parts(hit, sharp))

    # The house.

    def _keep_house(self) -> None:
        now_s = time.monotonic()
        if now_s < self._next_housekeeping_s:
            return
        self._next_housekeeping_s = now_s + HOUSEKEEPING_S
        try:
            self._keeping.look()
            self._say()
        except StorageError as error:
            # A store that fails is said each second; alerts on the screen go on.
            self._log.error(error.message, next_step=error.next_step)
        if now_s >= self._next_self_test_s:
            self._next_self_test_s = now_s + SELF_TEST_EVERY_S
            self._test_reader()

    def _say(self) -> None:
        """Logs the state when it has changed."""
        now = self.panel.status()
        if (now.level, now.headline) != self._said:
            self._said = (now.level, now.headline)
            faults = {lamp.name: lamp.words for lamp in now.lamps if lamp.level in _FAULTS}
            named = {"faults": faults} if faults else {}
            self._log.info(now.headline, detail=now.detail, level=str(now.level), **named)

    def _test_reader(self) -> None:
        try:
            self._self_test()
        except AnprError as error:
            self.panel.reader = lights.Lamp("Reader", lights.Level.FAIL, error.message, error.next_step)
            self._log.error(error.message, next_step=error.next_step)
        else:
            self.panel.reader = lights.Lamp("Reader", lights.Level.OK, "Self-test passed")

    def note_shown(self, hit_id: str) -> None:
        """An officer's browser has drawn the alert; the first one counts."""
        alert = self.alerts.find(hit_id)
        if alert is not None and hit_id not in self._shown:
            self._shown.add(hit_id)
            self.figures.to_screen.add_since(alert.mono_ns)

    def _clock(self) -> wire.Clock:
        return clock_state(self._gps.fix(time.monotonic()) if self._gps.tells_time else None)
