"""Plates in a single picture: no track, no vote over frames, one reading each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from anpr.vision.read import cut
from anpr.vision.vote import Ballot, vote

if TYPE_CHECKING:
    from anpr.types import Box, Detection, Image, Reading
    from anpr.vision.engines import Engine

#: A single reading below this probability is "cannot read".
MIN_CONFIDENCE = 0.3


@dataclass(frozen=True, slots=True)
class StillRead:
    """One plate in a picture; ``raw`` None is "cannot read", then ``confidence`` is 0."""

    raw: str | None
    confidence: float
    rows: int
    box: Box
    detection: Detection
    reading: Reading


def read_still(engine: Engine, image: Image, min_confidence: float = MIN_CONFIDENCE) -> list[StillRead]:
    """Finds and reads the plates of a BGR picture, best detection first."""
    detections = engine.detector.detect(image)
    if not detections:
        return []
    crops = [cut(image, detection.box, engine.reader.margin) for detection in detections]
    reads = []
    for detection, reading in zip(detections, engine.reader.read(crops), strict=True):
        outcome = vote([Ballot(reading)], min_confidence, one_suffices=True)
        confidence = outcome.probability if outcome.text else 0.0
        reads.append(StillRead(outcome.text, confidence, reading.rows, detection.box, detection, reading))
    return reads
