"""Plates in a single picture: no track, no vote over frames, one reading each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from anpr.vision.calibration import calibration
from anpr.vision.read import cut
from anpr.vision.vote import vote

if TYPE_CHECKING:
    from anpr.types import Box, Detection, Image, Reading
    from anpr.vision.engines import Engine


@dataclass(frozen=True, slots=True)
class StillRead:
    """One plate in a picture; ``raw`` None is "cannot read", then ``confidence`` is 0."""

    raw: str | None
    confidence: float
    rows: int
    box: Box
    detection: Detection
    reading: Reading


def read_still(engine: Engine, image: Image, min_confidence: float | None = None) -> list[StillRead]:
    """Finds and reads the plates of a BGR picture, best detection first.

    Args:
        engine: detector and reader.
        image: the picture.
        min_confidence: reads below it are "cannot read"; None for the measured threshold.
    """
    detections = engine.detector.detect(image)
    if not detections:
        return []
    crops = [cut(image, detection.box, engine.reader.margin) for detection in detections]
    reads = []
    for detection, reading in zip(detections, engine.reader.read(crops), strict=True):
        outcome = vote([reading], calibration().still, min_confidence)
        confidence = outcome.probability if outcome.text else 0.0
        reads.append(StillRead(outcome.text, confidence, reading.rows, detection.box, detection, reading))
    return reads
