"""Plates in a single picture: no track and no frames.

A picture has time. It is looked at in more than one size, and of each plate several cuts vote instead of
frames: some around the box, and some of the plate set upright by the corners that the reader saw in these.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from statistics import fmean
from typing import TYPE_CHECKING

import numpy as np

from anpr.types import Detection
from anpr.vision.calibration import calibration
from anpr.vision.detect import MIN_CONFIDENCE, common_area, iou
from anpr.vision.quality import too_far
from anpr.vision.read import cut, shows_plate
from anpr.vision.upright import corners_in, extent, upright
from anpr.vision.vote import vote

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from anpr.types import Box, Image, Reading
    from anpr.vision.detect import Detector
    from anpr.vision.engines import Engine
    from anpr.vision.read import Reader


#: How much larger than usual the picture is looked at beside the usual size: plates that fill it are found
#: in a smaller one, far plates in a larger one.
OTHER_SCALES = (0.5, 1.5, 2.0)
#: What only another size shows is looked at from this confidence on.
OTHER_SCALES_CONFIDENCE = 0.6
#: What was not found in the usual size is no surer than this, so that the reader has a say in it: headlamps
#: and makers' names look like plates in a size that is not theirs.
MOST_UNCONFIRMED = 0.4
#: What the usual size shows gives way to another size that is surer by more than this, while it is less sure
#: than `SETTLED`: half a plate is found with little confidence where all of one is found with much.
MUCH_SURER = 0.3
SETTLED = 0.5
#: Boxes that share more than this of the smaller one are not two plates.
SHARED = 0.3
#: Finds whose corners share more than this of the smaller one are one plate; of a slanted pair, each in the
#: upright box around its corners, they share a third.
ONE_PLACE = 0.5
#: How much wider the second cut is, in parts of the box. A box that is a little off costs a reader its first
#: or last character: on 81 held-out plates, boxes moved by 3 to 6 %, two cuts read 93.8 % right, one 91.4 %.
SECOND_CUT = 0.05
#: A plate whose corners agree less than this (intersection over union) with its box lies where they are.
AGREE = 0.6
#: How far the cuts of the upright plate reach over its corners, in parts of its width and height.
UPRIGHT_MARGINS = (0.0, 0.03, 0.06, 0.1)
#: What a plate leaves of the height of its box at the top or the bottom, from which on it is looked at too.
REST = 0.3
#: What cannot be read is told as a plate where its looks are this sure on average that it is one. Of fourteen
#: labelled plates that cannot be read, most of them far, twelve are .95 or more; of such finds on roads
#: without plates none is over .9.
SURELY_PLATE = 0.9


@dataclass(frozen=True, slots=True)
class StillRead:
    """One plate in a picture; ``raw`` None is "cannot read", then ``confidence`` is 0.

    What is read and not ``sure`` is the likeliest text, for a person to look at.
    """

    raw: str | None
    confidence: float
    sure: bool
    rows: int
    box: Box


@dataclass(frozen=True, slots=True)
class Found:
    """What the sizes of a picture show.

    Attributes:
        plates: best first.
        hidden: what another size shows surely where the usual one is sure of something else: mostly the same
            plate, seldom its neighbour, half of which the usual size took for a part of it. Best first.
    """

    plates: tuple[Detection, ...]
    hidden: tuple[Detection, ...] = ()


@dataclass(frozen=True, slots=True)
class Looks:
    """One plate in a picture.

    Attributes:
        detection: what was found.
        box: where the plate lies: midway between what was found and the corners, unless these are clearly
            elsewhere; then at the corners.
        seen: the box around its corners; what was found where nobody tells.
        readings: what each look at it said.
    """

    detection: Detection
    box: Box
    seen: Box
    readings: tuple[Reading, ...]

    @property
    def shown(self) -> float:
        """Probability that it is a plate at all, as its looks have it on average."""
        return fmean(reading.plate for reading in self.readings)


def read_still(engine: Engine, image: Image, min_confidence: float | None = None) -> list[StillRead]:
    """Finds and reads the plates of a BGR picture, best detection first.

    Left out is what nobody can read where it may as well be no plate.

    Args:
        engine: detector and reader.
        image: the picture.
        min_confidence: reads below it are "cannot read"; None for the measured threshold.
    """
    reads = []
    found = find_plates(engine.detector, image)
    for plate in read_plates(engine.still_reader, image, found.plates, found.hidden):
        outcome = vote(plate.readings, calibration().still, min_confidence, one_picture=True)
        if outcome.text is None and plate.shown < SURELY_PLATE:
            continue
        confidence = outcome.probability if outcome.text else 0.0
        sure = confidence >= calibration().still_sure
        reads.append(StillRead(outcome.text, confidence, sure, outcome.rows, plate.box))
    return reads


def find_plates(detector: Detector, image: Image) -> Found:
    """Finds plates in a BGR picture, in its usual size, smaller and larger."""
    found = detector.detect(image)
    hidden = []
    for scale in OTHER_SCALES:
        for other in detector.detect(image, scale):
            if other.confidence < OTHER_SCALES_CONFIDENCE:
                continue
            unconfirmed = Detection(other.box, min(other.confidence, MOST_UNCONFIRMED))
            touched = [known for known in found if shared(known.box, other.box) > SHARED]
            enough = max(MIN_CONFIDENCE, min(SETTLED, other.confidence - MUCH_SURER))
            if any(known.confidence >= enough for known in touched):
                hidden.append((other.confidence, unconfirmed))
            else:
                found = [known for known in found if known not in touched] + [unconfirmed]
    best = sorted(found, key=lambda detection: -detection.confidence)
    return Found(tuple(best), tuple(one for _, one in sorted(hidden, key=lambda pair: -pair[0])))


def read_plates(
    reader: Reader, image: Image, detections: Sequence[Detection], hidden: Sequence[Detection] = ()
) -> list[Looks]:
    """Reads each plate of a BGR picture several times, each time cut another way.

    Where the corners show that a box holds more than the plate, what another size found there and the rest
    of the box are looked at as well: it may be a second plate. Left out are plates too far to be read by
    anyone, what all looks together call no plate, and places that turn out to be the same plate.

    Args:
        reader: of single pictures.
        image: the picture.
        detections: what was found.
        hidden: what another size shows where it was found.
    """
    plates = look(reader, image, detections)
    rest = [part for plate in plates for part in _rest(plate)]
    seen = [plate.seen for plate in plates]
    beside: list[Detection] = []
    for part in [*hidden, *rest]:
        if not _taken(part.box, [*seen, *(other.box for other in beside)], SHARED):
            beside.append(part)
    seconds = [plate for plate in look(reader, image, beside) if any(r.text for r in plate.readings)]
    kept: list[Looks] = []
    for most, group in ((ONE_PLACE, plates), (SHARED, seconds)):
        for plate in group:
            if not _taken(plate.seen, [other.seen for other in kept], most):
                kept.append(plate)
    return kept


def shared(one: Box, other: Box) -> float:
    """How much of the smaller of two boxes both cover, 0 to 1."""
    smaller = min((x2 - x1) * (y2 - y1) for x1, y1, x2, y2 in (one, other))
    return common_area(one, other) / max(smaller, 1e-9)


def look(reader: Reader, image: Image, detections: Iterable[Detection]) -> list[Looks]:
    """Reads what was found in a BGR picture several times, each time cut another way.

    Left out are plates too far to be read by anyone, and what all looks together call no plate.
    """
    near = [detection for detection in detections if not too_far(detection.box)]
    margins = (reader.margin, reader.margin + SECOND_CUT)
    cuts = [cut(image, detection.box, margin) for detection in near for margin in margins]
    readings = iter(reader.read(cuts) if cuts else [])
    pairs = [(found, (next(readings), next(readings))) for found in near]
    places = [corners_in(image, found.box, list(zip(margins, pair, strict=True))) for found, pair in pairs]
    turned = [
        upright(image, corners, margin)
        for corners in places
        if corners is not None
        for margin in UPRIGHT_MARGINS
    ]
    again = iter(reader.read(turned) if turned else [])
    looks = []
    for (found, pair), corners in zip(pairs, places, strict=True):
        seen = found.box if corners is None else extent(corners, image)
        more = () if corners is None else islice(again, len(UPRIGHT_MARGINS))
        looks.append(Looks(found, _place(found.box, seen), seen, (*pair, *more)))
    return [plate for plate in looks if shows_plate(plate.shown, plate.detection.confidence)]


def _place(box: Box, seen: Box) -> Box:
    """Between what was found and what the corners say; where they do not agree, the corners have it."""
    overlap = iou(np.array(box, np.float32), np.array([seen], np.float32))[0]
    if overlap < AGREE:
        return seen
    x1, y1, x2, y2 = ((one + other) / 2 for one, other in zip(box, seen, strict=True))
    return x1, y1, x2, y2


def _rest(plate: Looks) -> list[Detection]:
    """What lies above and below the plate within its box, where that is much."""
    x1, y1, x2, y2 = plate.detection.box
    _, top, _, bottom = plate.box
    parts = [(x1, y1, x2, top), (x1, bottom, x2, y2)]
    confidence = min(plate.detection.confidence, MOST_UNCONFIRMED)
    return [Detection(part, confidence) for part in parts if part[3] - part[1] > REST * (y2 - y1)]


def _taken(box: Box, others: Iterable[Box], most: float) -> bool:
    return any(shared(box, other) > most for other in others)
