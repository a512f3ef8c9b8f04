"""Frames in, plates out: detect, track, read the tracks that are still unsure, vote."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from anpr.vision.dossier import Dossier
from anpr.vision.quality import readable, worth
from anpr.vision.read import cut
from anpr.vision.track import PathTracker
from anpr.vision.vote import MIN_PROBABILITY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anpr.types import Detection, Frame, PlateRead, Track
    from anpr.vision.detect import Detector
    from anpr.vision.read import Reader
    from anpr.vision.track import Sighting, Tracker

#: Crops read in one frame, over all tracks: bounds the time a crowded frame takes.
READS_PER_FRAME = 3
#: A detection seen in fewer frames than this and never read is a glint, not a plate.
MIN_HITS = 3


@dataclass(frozen=True, slots=True)
class Step:
    """What one frame brought.

    Attributes:
        detections: plates found in the frame.
        tracks: the same, numbered, in the same order.
        reads: what each of these tracks was read as, in this step or before; None while it is unsure.
        decided: plates read with confidence in this step, once a plate.
        ended: plates that left, with their final word; ``raw`` None is "cannot read".
    """

    detections: tuple[Detection, ...] = ()
    tracks: tuple[Track, ...] = ()
    reads: tuple[PlateRead | None, ...] = ()
    decided: tuple[PlateRead, ...] = ()
    ended: tuple[PlateRead, ...] = ()


class Pipeline:
    """One camera's way from frames to plates. One thread at a time.

    Args:
        detector: finds plates.
        reader: reads crops.
        tracker: numbers plates over time; None for the default one.
        min_confidence: reads below this probability are "cannot read".
        reads_per_frame: most crops to read in one frame.
    """

    def __init__(
        self,
        detector: Detector,
        reader: Reader,
        tracker: Tracker | None = None,
        *,
        min_confidence: float = MIN_PROBABILITY,
        reads_per_frame: int = READS_PER_FRAME,
    ) -> None:
        self._detector, self._reader = detector, reader
        self._tracker: Tracker = tracker or PathTracker()
        self._min_confidence = min_confidence
        self._reads_per_frame = reads_per_frame
        self._dossiers: dict[int, Dossier] = {}

    def feed(self, frame: Frame) -> Step:
        """Takes the next frame of the camera."""
        detections = self._detector.detect(frame.image)
        update = self._tracker.update(detections, _seconds(frame))
        ended = tuple(read for track in update.ended for read in self._close(track))
        for sighting in update.seen:
            track = sighting.track.id
            if track not in self._dossiers:
                self._dossiers[track] = Dossier(track, frame, frame, sighting.detection)
            self._dossiers[track].see(frame, sighting.detection)
        decided = self._read(frame, update.seen)
        return Step(
            detections=tuple(detections),
            tracks=tuple(sighting.track for sighting in update.seen),
            reads=tuple(self._dossiers[sighting.track.id].decided for sighting in update.seen),
            decided=decided,
            ended=ended,
        )

    def flush(self) -> Step:
        """Ends every track; call it after the last frame."""
        return Step(ended=tuple(read for track in sorted(self._dossiers) for read in self._close(track)))

    def _read(self, frame: Frame, seen: Sequence[Sighting]) -> tuple[PlateRead, ...]:
        """Reads the crops that help most, and tells which plates are now decided."""
        wanted = []
        for sighting in seen:
            dossier, detection = self._dossiers[sighting.track.id], sighting.detection
            if dossier.decided is not None or not readable(detection.box, frame.image):
                continue
            crop = cut(frame.image, detection.box, self._reader.margin)
            value = worth(crop)
            if dossier.wants(value):
                wanted.append((dossier, detection, crop, value))
        if not wanted:
            return ()
        # Those read least come first, then the best crops: a crowded frame starves nobody.
        wanted.sort(key=lambda item: (item[0].readings, -item[3]))
        wanted = wanted[: self._reads_per_frame]
        readings = self._reader.read([crop for _, _, crop, _ in wanted])
        for (dossier, detection, crop, value), reading in zip(wanted, readings, strict=True):
            dossier.file(frame, detection, crop, reading, value)
        return tuple(read for dossier, *_ in wanted for read in self._decide(dossier))

    def _decide(self, dossier: Dossier) -> list[PlateRead]:
        outcome = dossier.outcome(self._min_confidence)
        if outcome.text is None:
            return []
        dossier.decided = dossier.plate_read(outcome)
        twin = self._twin(dossier)
        if twin is None:
            return [dossier.decided]
        dossier.decided = twin.decided
        return []

    def _twin(self, dossier: Dossier) -> Dossier | None:
        """Another open track of the same plate: the tracker lost it and found it again."""
        for other in self._dossiers.values():
            if (
                other is not dossier
                and other.decided
                and dossier.decided
                and other.decided.normalised == dossier.decided.normalised
            ):
                return other
        return None

    def _close(self, track: int) -> list[PlateRead]:
        dossier = self._dossiers.pop(track)
        if not dossier.readings and dossier.hits < MIN_HITS:
            return []
        twin = self._twin(dossier)
        if twin is not None:
            twin.absorb(dossier)
            return []
        return [dossier.final(self._min_confidence)]


def _seconds(frame: Frame) -> float:
    """The frame's place on its own time line: the recording's, or the clock's when live."""
    return frame.media_s if frame.media_s is not None else frame.mono_ns / 1e9
