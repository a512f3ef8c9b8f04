"""Mending labels with a detector: a set with wrong and missing boxes is better mended than believed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from anpr.training.boxes import overlaps
from anpr.training.data import LabelledPlate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anpr.training.data import LabelledPicture
    from anpr.types import Detection

#: A box found with this confidence is a plate (checked by eye on 175 finds of an openly licensed set).
SURE = 0.55
#: Between this and `SURE` a find may be a plate or a lamp: the picture teaches nothing certain.
DOUBTFUL = 0.4
#: Overlaps: from `SAME` on a find is the labelled plate, below `APART` it is another thing.
SAME, APART = 0.5, 0.1


def mend(picture: LabelledPicture, found: Sequence[Detection]) -> LabelledPicture | None:
    """Mends a picture's labels, or drops the picture.

    A labelled box takes the tighter outline of the find that agrees with it. A sure find without a label is a
    plate somebody forgot. A label that a find contradicts, and a doubtful find, drop the picture.

    Args:
        picture: the labelled picture.
        found: what a good detector found in it at 960 px.

    Returns:
        The mended picture, None when it should not be learned from.
    """
    boxes = np.array([find.box for find in found]).reshape(-1, 4)
    sure = np.array([find.confidence for find in found])
    truth = np.array([plate.box for plate in picture.plates]).reshape(-1, 4)
    table = overlaps(truth, boxes)
    plates: list[LabelledPlate] = []
    for index, plate in enumerate(picture.plates):
        best = int(table[index].argmax()) if len(found) else -1
        overlap = float(table[index, best]) if best >= 0 else 0.0
        if overlap >= SAME:
            plates.append(replace(plate, box=found[best].box) if sure[best] >= DOUBTFUL else plate)
        elif overlap > APART or (sure >= SURE).any():
            return None
        else:
            plates.append(plate)
    for index, find in enumerate(found):
        if len(truth) and table[:, index].max() >= APART:
            continue
        if find.confidence >= SURE:
            plates.append(LabelledPlate(find.box))
        elif find.confidence >= DOUBTFUL:
            return None
    return replace(picture, plates=tuple(plates))
