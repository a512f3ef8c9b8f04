"""How long each stage takes, how many frames a second the pipeline does, and how late its answers are."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from anpr.vision.cadence import Cadence
from anpr.vision.capture import Capture
from anpr.vision.pipeline import Pipeline
from anpr.vision.track import PathTracker

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from anpr.types import Detection, Frame, Image, Reading
    from anpr.vision.detect import Detector
    from anpr.vision.engines import Engine
    from anpr.vision.read import Reader
    from anpr.vision.track import Tracker, Update

STAGES = ("decode", "detect", "track", "read a crop", "vote")
TAKE_S = 1.0


@dataclass(frozen=True, slots=True)
class Spread:
    """Median and 95th percentile of a time in milliseconds, and how often it was taken."""

    median_ms: float
    p95_ms: float
    count: int


@dataclass(frozen=True, slots=True)
class Rate:
    """Frames of the clip a second: median over the runs, and the extremes."""

    median: float
    slowest: float
    fastest: float


@dataclass(frozen=True, slots=True)
class Setup:
    """An engine at one input size on a clip of one height, with its engine loaded."""

    engine: Engine
    size_px: int
    height_px: int
    clip: Path


@dataclass(slots=True)
class Passage:
    """What was noted while clips played: milliseconds by stage, and whole runs."""

    detect: list[float] = field(default_factory=list)
    track: list[float] = field(default_factory=list)
    crops: list[float] = field(default_factory=list)
    vote: list[float] = field(default_factory=list)
    frame: list[float] = field(default_factory=list)
    every_frame: list[float] = field(default_factory=list)
    in_a_car: list[float] = field(default_factory=list)
    answer: list[float] = field(default_factory=list)
    sight_to_read: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class SpeedScore:
    """One setup's times over all runs.

    Attributes:
        engine, size_px, height_px: the setup.
        stages: by the names of ``STAGES``; None where a stage never ran.
        frame: detect, track, read and vote together, decoding beside them in its own thread.
        every_frame: frames a second when every frame is looked at.
        in_a_car: the same when frames are looked at as often as in a car, and tracked between.
        answer: from the moment a frame was due to the end of its work, played at recording speed.
        sight_to_read: from a plate's first sight to its read, played at recording speed.
    """

    engine: str
    size_px: int
    height_px: int
    stages: tuple[tuple[str, Spread | None], ...]
    frame: Spread | None
    every_frame: Rate
    in_a_car: Rate
    answer: Spread | None
    sight_to_read: Spread | None


class _TimedDetector:
    def __init__(self, detector: Detector, times_ms: list[float]) -> None:
        self._detector, self._times_ms = detector, times_ms

    def detect(self, image: Image, scale: float = 1.0) -> list[Detection]:
        started = time.perf_counter()
        found = self._detector.detect(image, scale)
        self._times_ms.append((time.perf_counter() - started) * 1000)
        return found


class _TimedReader:
    """Notes the time a crop, and the last call's whole time in ``last_ms``."""

    def __init__(self, reader: Reader, times_ms: list[float]) -> None:
        self._reader, self._times_ms = reader, times_ms
        self.last_ms = 0.0

    @property
    def margin(self) -> float:
        return self._reader.margin

    def read(self, crops: Sequence[Image]) -> list[Reading]:
        started = time.perf_counter()
        readings = self._reader.read(crops)
        self.last_ms = (time.perf_counter() - started) * 1000
        self._times_ms.extend([self.last_ms / len(crops)] * len(crops))
        return readings


class _TimedTracker:
    def __init__(self, tracker: Tracker, times_ms: list[float]) -> None:
        self._tracker, self._times_ms = tracker, times_ms

    def update(self, detections: Sequence[Detection], at_s: float) -> Update:
        started = time.perf_counter()
        update = self._tracker.update(detections, at_s)
        self._times_ms.append((time.perf_counter() - started) * 1000)
        return update


def measure(setups: Sequence[Setup], runs: int, tick: Callable[[], None]) -> list[SpeedScore]:
    """Plays every setup's clip ``runs`` times each way in turn, then once at recording speed.

    In turn, so that a busy minute of the machine strikes all of them alike.

    Raises:
        InputError: a clip cannot be read to its end.
    """
    passages = [Passage() for _ in setups]
    decoding: dict[Path, list[float]] = {setup.clip: [] for setup in setups}
    for setup in setups:
        warm_up(setup.engine)
    for _ in range(runs):
        for clip, times_ms in decoding.items():
            times_ms.extend(decode(clip))
        for setup, passage in zip(setups, passages, strict=True):
            play(setup, passage)
            play_as_in_a_car(setup, passage)
            tick()
    for setup, passage in zip(setups, passages, strict=True):
        play_at_recording_speed(setup, passage)
        tick()
    return [
        summary(setup, passage, decoding[setup.clip]) for setup, passage in zip(setups, passages, strict=True)
    ]


def warm_up(engine: Engine) -> None:
    """The first call of a network prepares it; no run shall pay for that."""
    import numpy as np

    for _ in range(2):
        engine.detector.detect(np.full((720, 1280, 3), 90, np.uint8))
        engine.reader.read([np.full((40, 160, 3), 90, np.uint8)])


def decode(clip: Path) -> list[float]:
    """Milliseconds a frame for decoding and colour conversion alone."""
    from anpr.vision.sources import open_source

    times_ms: list[float] = []
    with open_source(str(clip), clip.name) as source:
        started = time.perf_counter()
        for _ in source:
            ended = time.perf_counter()
            times_ms.append((ended - started) * 1000)
            started = ended
    return times_ms


def play(setup: Setup, passage: Passage) -> None:
    """Plays a clip as fast as it goes, every frame looked at; decoding runs beside, as in a car."""
    reader = _TimedReader(setup.engine.reader, passage.crops)
    pipeline = Pipeline(
        _TimedDetector(setup.engine.detector, passage.detect),
        reader,
        _TimedTracker(PathTracker(), passage.track),
        closer=setup.engine.closer,
    )

    def feed(frame: Frame) -> None:
        reader.last_ms = 0.0
        before = time.perf_counter()
        pipeline.feed(frame)
        whole_ms = (time.perf_counter() - before) * 1000
        passage.frame.append(whole_ms)
        passage.vote.append(whole_ms - passage.detect[-1] - passage.track[-1] - reader.last_ms)

    passage.every_frame.append(_frames_per_s(setup, feed))


def as_in_a_car(engine: Engine) -> Pipeline:
    """A pipeline that looks at frames as often as a car does."""
    return Pipeline(engine.detector, engine.reader, closer=engine.closer, cadence=Cadence())


def play_as_in_a_car(setup: Setup, passage: Passage) -> None:
    """Plays a clip as fast as it goes, its frames looked at as often as in a car."""
    pipeline = as_in_a_car(setup.engine)
    passage.in_a_car.append(_frames_per_s(setup, pipeline.feed))


def _frames_per_s(setup: Setup, feed: Callable[[Frame], object]) -> float:
    frames = 0
    with Capture(setup.clip.name, str(setup.clip)) as capture:
        started = time.perf_counter()
        while not capture.finished:
            frame = capture.take(TAKE_S)
            if frame is not None:
                feed(frame)
                frames += 1
        took_s = time.perf_counter() - started
        if capture.error is not None:
            raise capture.error
    return frames / took_s


def play_at_recording_speed(setup: Setup, passage: Passage) -> None:
    """Plays a clip as a camera would deliver it and notes how late the answers are."""
    pipeline = as_in_a_car(setup.engine)
    with Capture(setup.clip.name, str(setup.clip), realtime=True) as capture:
        while not capture.finished:
            frame = capture.take(TAKE_S)
            if frame is None:
                continue
            step = pipeline.feed(frame)
            late_ms = (time.monotonic_ns() - frame.mono_ns) / 1e6
            passage.answer.append(late_ms)
            passage.sight_to_read.extend(
                ((frame.media_s or 0.0) - (read.first_s or 0.0)) * 1000 + late_ms for read in step.decided
            )


def summary(setup: Setup, passage: Passage, decode_ms: list[float]) -> SpeedScore:
    """All runs of a setup as medians and percentiles."""
    stages = (decode_ms, passage.detect, passage.track, passage.crops, passage.vote)
    return SpeedScore(
        setup.engine.name,
        setup.size_px,
        setup.height_px,
        tuple((name, spread(times_ms)) for name, times_ms in zip(STAGES, stages, strict=True)),
        spread(passage.frame),
        rate(passage.every_frame),
        rate(passage.in_a_car),
        spread(passage.answer),
        spread(passage.sight_to_read),
    )


def rate(frames_per_s: Sequence[float]) -> Rate:
    """Median and extremes."""
    return Rate(statistics.median(frames_per_s), min(frames_per_s), max(frames_per_s))


def spread(times_ms: Sequence[float]) -> Spread | None:
    """Median and 95th percentile; None of nothing."""
    if not times_ms:
        return None
    ranked = sorted(times_ms)
    return Spread(
        statistics.median(ranked), ranked[min(len(ranked) - 1, int(0.95 * len(ranked)))], len(ranked)
    )
