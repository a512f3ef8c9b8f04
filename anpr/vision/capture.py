"""A thread per camera: the newest frame wins when live or played live, else every frame of a file counts."""

from __future__ import annotations

import random
import threading
import time
from collections import deque
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self

from anpr import log
from anpr.errors import AnprError, InputError, LinkError
from anpr.vision.sources import open_source

if TYPE_CHECKING:
    from collections.abc import Callable

    from anpr.types import Frame
    from anpr.vision.sources import Source

#: Seconds before the first new try, and the most between two tries.
FIRST_RETRY_S = 0.5
LONGEST_RETRY_S = 5.0

#: Frames decoded ahead from a file: enough to keep decoding and inference busy at once.
FILE_QUEUE = 2


@dataclass(frozen=True, slots=True)
class CaptureState:
    """What a camera is doing now.

    Attributes:
        delivering: frames are coming.
        ended: a recording came to its end; nothing more will come.
        frames: frames taken from the source so far.
        dropped: frames that were replaced by a newer one before anybody took them.
        reconnects: times a lost source was opened again.
        last_error: why it last stopped; None while all is well.
    """

    delivering: bool = False
    ended: bool = False
    frames: int = 0
    dropped: int = 0
    reconnects: int = 0
    last_error: str | None = None


class Capture:
    """Takes frames from one source in a thread of its own.

    A live source that vanishes is opened again with exponential back-off and jitter for as long as it takes.
    A recording that cannot be opened, or ends early, ends the capture with ``state.last_error`` set.

    Args:
        camera: the name that frames carry.
        source: as for ``open_source``.
        realtime: play recordings as a camera would deliver them: frames come when they are due, and one that
            nobody takes in time gives way to the next.
        loop: start recordings again at their end; frame numbers and positions go on rising.
        arrived: set whenever a frame or the end has come; share it between cameras to wait on all of them.
        open_: opens the source.
        wait: pauses for some seconds, returns True as soon as the capture shall stop; for tests.
        jitter: a number in 0..1 for the back-off.
    """

    def __init__(
        self,
        camera: str,
        source: str,
        *,
        realtime: bool = False,
        loop: bool = False,
        arrived: threading.Event | None = None,
        open_: Callable[[str, str], Source] = open_source,
        wait: Callable[[float], bool] | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.camera, self.source = camera, source
        self.arrived = arrived or threading.Event()
        self._realtime, self._loop = realtime, loop
        self._open, self._jitter = open_, jitter
        self._stop = threading.Event()
        self._wait = wait or self._stop.wait
        self._changed = threading.Condition()
        self._queue: deque[Frame] = deque()
        self._state = CaptureState()
        self._error: AnprError | None = None
        self._index = 0
        self._offset_s = 0.0
        self._thread = threading.Thread(target=self._run, name=f"capture-{camera}", daemon=True)
        self._log = log.get("capture")

    @property
    def state(self) -> CaptureState:
        """A consistent picture of counts and errors."""
        with self._changed:
            return self._state

    def start(self) -> Self:
        """Begins to take frames."""
        self._thread.start()
        return self

    def stop(self, timeout_s: float = 10.0) -> None:
        """Ends the thread; a blocked camera ends at its read time limit."""
        self._stop.set()
        with self._changed:
            self._changed.notify_all()
        if self._thread.ident is not None:
            self._thread.join(timeout_s)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def take(self, timeout_s: float = 0.0) -> Frame | None:
        """The next frame; None when none came in time or the source has ended."""
        with self._changed:
            self._changed.wait_for(lambda: self._queue or self._state.ended or self._stop.is_set(), timeout_s)
            if not self._queue:
                return None
            frame = self._queue.popleft()
            self._changed.notify_all()
            return frame

    @property
    def finished(self) -> bool:
        """The source has ended and every frame of it was taken."""
        with self._changed:
            return self._state.ended and not self._queue

    @property
    def error(self) -> AnprError | None:
        """Why a recording ended early or could not be opened; None when it came to its end."""
        with self._changed:
            return self._error

    def _run(self) -> None:
        try:
            self._supply()
        finally:
            # A fault nobody foresaw ends the thread with its traceback; the camera must not seem to be alive.
            if not self.state.ended:
                self._update(delivering=False, ended=True, last_error="Reading frames failed; see the log.")

    def _supply(self) -> None:
        failures = 0
        while not self._stop.is_set():
            before = self.state.frames
            error: AnprError | None = None
            live = False
            try:
                with self._open(self.source, self.camera) as source:
                    live = source.live
                    self._play(source)
            except LinkError as lost:
                error, live = lost, True
            except InputError as bad:
                error = bad
            if self._stop.is_set():
                break
            came = self.state.frames > before
            if not live:
                # A recording that gives nothing would be opened in a mad loop.
                if self._loop and came and error is None:
                    continue
                self._end(error)
                return
            failures = 1 if came else failures + 1
            self._update(delivering=False, last_error=str(error) if error else "The stream ended.")
            pause_s = min(LONGEST_RETRY_S, FIRST_RETRY_S * 2 ** (failures - 1)) * (0.5 + self._jitter() / 2)
            if failures == 1:
                # Once for each loss: a camera that is away all night must not fill the log.
                reason = error.message if error else "The stream ended."
                self._log.warning("camera lost", camera=self.camera, reason=reason)
            if self._wait(pause_s):
                break
            self._update(reconnects=self.state.reconnects + 1)
        self._end(None)

    def _play(self, source: Source) -> None:
        began = time.monotonic()
        base_s = self._offset_s
        for frame in source:
            if self._stop.is_set():
                return
            due = frame
            if frame.media_s is not None:
                due = replace(frame, media_s=base_s + frame.media_s)
                self._offset_s = base_s + frame.media_s + 1 / (source.frames_per_s or 25)
                if self._realtime:
                    ahead_s = began + frame.media_s - time.monotonic()
                    if ahead_s > 0 and self._wait(ahead_s):
                        return
                    # The moment a camera would have delivered it.
                    due = replace(due, captured_at=datetime.now(UTC), mono_ns=time.monotonic_ns())
            as_camera = source.live or (self._realtime and frame.media_s is not None)
            self._put(replace(due, index=self._index), live=as_camera)
            self._index += 1

    def _put(self, frame: Frame, *, live: bool) -> None:
        with self._changed:
            dropped = 0
            if live:
                dropped = len(self._queue)
                self._queue.clear()
            else:
                self._changed.wait_for(lambda: len(self._queue) < FILE_QUEUE or self._stop.is_set())
                if self._stop.is_set():
                    return
            self._queue.append(frame)
            self._state = replace(
                self._state,
                delivering=True,
                frames=self._state.frames + 1,
                dropped=self._state.dropped + dropped,
                last_error=None,
            )
            self._changed.notify_all()
        self.arrived.set()

    def _update(self, **changes: object) -> None:
        with self._changed:
            self._state = replace(self._state, **changes)  # type: ignore[arg-type]
            self._changed.notify_all()
        self.arrived.set()

    def _end(self, error: AnprError | None) -> None:
        with self._changed:
            self._error = error
        self._update(delivering=False, ended=True, last_error=str(error) if error else None)
