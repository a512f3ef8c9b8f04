"""Plates in a single picture: no track and no frames; two cuts of each plate vote instead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from anpr.vision.calibration import calibration
from anpr.vision.read import cut
from anpr.vision.vote import vote

if TYPE_CHECKING:
    from anpr.types import Box, Detection, Image, Reading
    from anpr.vision.engines import Engine


#: How much wider the second cut is, in parts of the box. A box that is a little off costs a reader its first
#: or last character: on 81 held-out plates, boxes moved by 3 to 6 %, two cuts read 93.8 % right, one 91.4 %.
SECOND_CUT = 0.05


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
    margins = (engine.reader.margin, engine.reader.margin + SECOND_CUT)
    crops = [cut(image, detection.box, margin) for detection in detections for margin in margins]
    readings = engine.reader.read(crops)
    reads = []
    for number, detection in enumerate(detections):
        first, second = readings[2 * number : 2 * number + 2]
        outcome = vote([first, second], calibration().still, min_confidence)
        confidence = outcome.probability if outcome.text else 0.0
        reads.append(StillRead(outcome.text, confidence, outcome.rows, detection.box, detection, first))
    return reads
