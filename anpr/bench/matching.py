"""Which predicted plate is which labelled plate, and when two texts are the same."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from anpr.vision.detect import common_area

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from anpr.bench.datasets import Truth
    from anpr.types import Box

#: Overlap (intersection over union) from which a prediction is the labelled plate; PASCAL VOC's figure.
FOUND_IOU = 0.5
#: A box on a plate nobody could label fully is excused from this overlap on.
EXCUSED_IOU = 0.3

_FOLD = str.maketrans("OIQ", "010")


@dataclass(frozen=True, slots=True)
class Prediction:
    """A plate as an engine sees it.

    Attributes:
        box: pixels of the picture.
        text: what was read; empty when nothing was.
        confidence: in 0..1 that the text is right.
        detection: the detector's own score of the box.
    """

    box: Box
    text: str
    confidence: float
    detection: float


@dataclass(frozen=True, slots=True)
class Matched:
    """One picture's labels beside its predictions.

    Attributes:
        pairs: every labelled plate with the prediction on it, or None.
        false: predictions on no plate.
    """

    pairs: tuple[tuple[Truth, Prediction | None], ...]
    false: tuple[Prediction, ...]


def characters(text: str | None) -> str:
    """What is compared: capitals A-Z and digits; Chinese characters and signs are left out."""
    return re.sub("[^A-Z0-9]", "", (text or "").upper())


def folded(text: str | None) -> str:
    """``characters`` with O and Q as 0 and I as 1: shapes that many plates do not tell apart."""
    return characters(text).translate(_FOLD)


def overlap(a: Box, b: Box) -> float:
    """Intersection over union of two boxes."""
    common = common_area(a, b)
    area = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1])
    return common / (area - common + 1e-9)


def by_confidence(prediction: Prediction) -> float:
    """Ranks by the read, as published lists are ranked."""
    return prediction.confidence


def by_detection(prediction: Prediction) -> float:
    """Ranks by the detector's score, as average precision wants it."""
    return prediction.detection


def match(
    truths: tuple[Truth, ...],
    predictions: Iterable[Prediction],
    rank: Callable[[Prediction], float] = by_confidence,
) -> Matched:
    """Pairs predictions with labelled plates, best first, one to one, at an overlap of 0.5.

    A prediction on a plate that is marked unreadable, or that nobody has read, is no false plate.
    """
    free = set(range(len(truths)))
    taken: dict[int, Prediction] = {}
    false: list[Prediction] = []
    for prediction in sorted(predictions, key=rank, reverse=True):
        best = max(free, key=lambda i: (overlap(prediction.box, truths[i].box), -i), default=None)
        if best is not None and overlap(prediction.box, truths[best].box) >= FOUND_IOU:
            free.remove(best)
            taken[best] = prediction
        elif not any(
            overlap(prediction.box, truth.box) >= EXCUSED_IOU
            for truth in truths
            if not (truth.readable and truth.text)
        ):
            false.append(prediction)
    return Matched(tuple((truth, taken.get(i)) for i, truth in enumerate(truths)), tuple(false))


def edit_distance(a: str, b: str) -> int:
    """Levenshtein distance: insertions, deletions and substitutions that turn one text into the other."""
    row = list(range(len(b) + 1))
    for i, left in enumerate(a, 1):
        diagonal, row[0] = row[0], i
        for j, right in enumerate(b, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (left != right))
    return row[-1]
