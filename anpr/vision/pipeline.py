"""Frames in, plates out: detect, track, read the tracks that are still unsure, vote."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from anpr.vision.calibration import calibration
from anpr.vision.dossier import Dossier, Moment
from anpr.vision.fusion import REUNITE_S, Fusion
from anpr.vision.quality import readable, worth
from anpr.vision.read import cut
from anpr.vision.track import PathTracker

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anpr.types import Detection, Frame, PlateRead, Track
    from anpr.vision.cadence import Cadence
    from anpr.vision.calibration import Trust
    from anpr.vision.detect import Detector
    from anpr.vision.read import Reader
    from anpr.vision.track import Sighting, Tracker

#: Crops read in one frame, over all tracks: bounds the time a crowded frame takes.
READS_PER_FRAME = 6
#: What was found in fewer frames than this and could not be read is a glint, not a plate.
MIN_HITS = 3
#: Plates that leave unread and are looked at closer in one frame: each takes some hundredths of a second.
CLOSER_PER_FRAME = 2


@dataclass(frozen=True, slots=True)
class Step:
    """What one frame brought.

    Attributes:
        detections: plates found in the frame.
        tracks: the same, numbered, in the same order.
        reads: what each of these tracks was read as, in this step or before; None while it is unsure.
        decided: plates read with confidence in this step, once a plate; some only as they leave.
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
        min_confidence: reads below this probability are "cannot read"; None for the measured threshold.
        trust: what the reader's claims are worth; None for the measured one of the shipped reader.
        closer: takes a last look at the best crops of a plate that leaves unread; None for no such look.
        reads_per_frame: most crops to read in one frame.
        cadence: tells which frames are looked at; None looks at every frame.
        fusion: what the car's other cameras know; share one between the pipelines of a car.
    """

    def __init__(
        self,
        detector: Detector,
        reader: Reader,
        tracker: Tracker | None = None,
        *,
        min_confidence: float | None = None,
        trust: Trust | None = None,
        closer: Reader | None = None,
        reads_per_frame: int = READS_PER_FRAME,
        cadence: Cadence | None = None,
        fusion: Fusion | None = None,
    ) -> None:
        self._detector, self._reader, self._closer = detector, reader, closer
        self._tracker: Tracker = tracker or PathTracker()
        self._trust = trust or calibration().video
        self._min_confidence = self._trust.threshold if min_confidence is None else min_confidence
        self._reads_per_frame = reads_per_frame
        self._cadence = cadence
        self._dossiers: dict[int, Dossier] = {}
        self._left: dict[int, Dossier] = {}
        self._fusion = fusion or Fusion()
        self._fusion.join(self._dossiers, self._left)

    def feed(self, frame: Frame) -> Step:
        """Takes the next frame of the camera."""
        now = Moment.of(frame)
        if self._cadence is not None and not self._cadence.due(now.seconds):
            return Step()
        detections = self._detector.detect(frame.image)
        update = self._tracker.update(detections, now.seconds)
        late, unread = self._leave(update.ended, CLOSER_PER_FRAME)
        for sighting in update.seen:
            track = sighting.track.id
            box = sighting.detection.box
            self._dossiers.setdefault(track, Dossier(track, frame, box, self._trust)).see(frame, box)
        decided = self._read(frame, update.seen)
        gone = [track for track, left in self._left.items() if now.seconds - left.last.seconds > REUNITE_S]
        ended = (*unread, *(self._left.pop(track).final(self._min_confidence) for track in gone))
        return Step(
            detections=tuple(detections),
            tracks=tuple(sighting.track for sighting in update.seen),
            reads=tuple(self._dossiers[sighting.track.id].decided for sighting in update.seen),
            decided=(*late, *decided),
            ended=ended,
        )

    def flush(self) -> Step:
        """Ends every track; call it after the last frame."""
        late, unread = self._leave(sorted(self._dossiers), len(self._dossiers))
        read = [dossier.final(self._min_confidence) for dossier in self._left.values()]
        self._left.clear()
        return Step(decided=tuple(late), ended=(*unread, *read))

    def _read(self, frame: Frame, seen: Sequence[Sighting]) -> tuple[PlateRead, ...]:
        """Reads the crops that help most, and tells which plates are now decided."""
        wanted = []
        for sighting in seen:
            dossier, box = self._dossiers[sighting.track.id], sighting.detection.box
            if dossier.decided is not None or not readable(box, frame.image):
                continue
            crop = cut(frame.image, box, self._reader.margin)
            value = worth(crop)
            if dossier.wants(value):
                wanted.append((dossier, sighting.detection, crop, value))
        if not wanted:
            return ()
        # Those read least come first, then the best crops: a crowded frame starves nobody.
        wanted.sort(key=lambda item: (item[0].readings, -item[3]))
        wanted = wanted[: self._reads_per_frame]
        readings = self._reader.read([crop for _, _, crop, _ in wanted])
        for (dossier, found, crop, value), reading in zip(wanted, readings, strict=True):
            dossier.file(frame, found, crop, reading, value)
        return tuple(read for dossier, *_ in wanted for read in self._decide(dossier))

    def _decide(self, dossier: Dossier, *, leaving: bool = False) -> list[PlateRead]:
        """Tells what a track's readings say, once they are sure and all of the plate shows or never will."""
        if dossier.decided is not None:
            # Decided a moment ago, by another track of the same plate.
            return []
        outcome = dossier.outcome(self._min_confidence)
        # What is not sure enough alone may be the plate that another track was sure of.
        twin = self._fusion.twin(dossier, dossier.likeliest)
        if twin is not None and twin.decided is not None:
            # Lost and found again, or seen by two cameras: one plate, told once, under its first number.
            dossier.decide(twin.decided)
            self._fusion.take_over(dossier, twin)
            return []
        if not (dossier.whole or leaving):
            return []
        if outcome.text is not None:
            read = dossier.plate_read(outcome)
            dossier.decide(read)
            return [read]
        return self._decide_with_another_camera(dossier)

    def _decide_with_another_camera(self, dossier: Dossier) -> list[PlateRead]:
        """Two cameras that are unsure alone may be sure together."""
        partner = self._fusion.partner(dossier)
        if partner is None:
            return []
        outcome = dossier.outcome_with(partner, self._min_confidence)
        if outcome.text is None:
            return []
        best = max((dossier, partner), key=lambda one: one.shows(outcome.text or ""))
        read = replace(best.plate_read(outcome), n_frames=dossier.readings + partner.readings)
        dossier.decide(read)
        partner.decide(read)
        self._fusion.take_over(dossier, partner)
        return [read]

    def _leave(self, tracks: Sequence[int], looks: int) -> tuple[list[PlateRead], list[PlateRead]]:
        """Takes the end of tracks from the tracker: plates read at last, and plates that stay unread.

        Args:
            tracks: which.
            looks: how many of them may be looked at closer.
        """
        late: list[PlateRead] = []
        unread: list[PlateRead] = []
        for track in tracks:
            dossier = self._dossiers.pop(track)
            late += self._decide(dossier, leaving=True)
            if dossier.decided is None and (dossier.hits < MIN_HITS or not dossier.is_plate):
                continue
            if dossier.decided is None and self._closer is not None and looks > 0:
                looks -= 1
                dossier.look_closer(self._closer)
                late += self._decide(dossier, leaving=True)
            if dossier.decided is None:
                unread.append(dossier.final(self._min_confidence))
                continue
            # It may still come back.
            twin = self._fusion.twin(dossier, dossier.decided.normalised)
            if twin is None:
                self._left[track] = dossier
            else:
                twin.absorb(dossier)
        return late, unread
