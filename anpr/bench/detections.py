"""How well plates are found. A metric is fed by ``update``, sums up in ``compute``, forgets in ``reset``."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from anpr.bench.matching import by_detection, match
from anpr.bench.shares import Share, share

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from anpr.bench.datasets import Truth
    from anpr.bench.matching import Prediction

#: Plate heights in pixels of the picture; a character is about two thirds of a one-row plate's height.
HEIGHTS_PX = (0.0, 16.0, 24.0, 32.0, 48.0, 96.0, float("inf"))


@dataclass(frozen=True, slots=True)
class HeightScore:
    """Plates of one range of heights (``low_px`` to below ``high_px``)."""

    low_px: float
    high_px: float
    recall: Share
    ap50: float | None


@dataclass(frozen=True, slots=True)
class DetectionScore:
    """How well plates are found.

    Attributes:
        pictures: how many were looked at.
        recall: readable plates that were found.
        precision: found boxes that are plates.
        ap50: area under precision over recall at an overlap of 0.5; None without plates.
        by_height: the same by plate height.
        false_plates: boxes on no plate.
    """

    pictures: int
    recall: Share
    precision: Share
    ap50: float | None
    by_height: tuple[HeightScore, ...]
    false_plates: int


class AveragePrecision:
    """Area under precision over recall at an overlap of 0.5, every point used (PASCAL VOC 2010 and later)."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forgets all pictures."""
        self._plates: list[float] = []
        self._ranked: list[tuple[float, bool, float]] = []

    def update(self, truths: tuple[Truth, ...], predictions: Iterable[Prediction]) -> None:
        """Takes one picture in, with all its boxes, however unsure."""
        matched = match(truths, predictions, by_detection)
        for truth, prediction in matched.pairs:
            if truth.readable:
                self._plates.append(truth.height_px)
                if prediction is not None:
                    self._ranked.append((prediction.detection, True, truth.height_px))
        self._ranked.extend((box.detection, False, box.box[3] - box.box[1]) for box in matched.false)

    def compute(self, low_px: float = 0.0, high_px: float = float("inf")) -> float | None:
        """The area for plates of these heights; a false box counts by its own height. None without plates."""
        plates = sum(low_px <= height < high_px for height in self._plates)
        if not plates:
            return None
        ranked = sorted(
            (row for row in self._ranked if low_px <= row[2] < high_px), key=lambda row: row[0], reverse=True
        )
        right = 0
        points: list[tuple[float, float]] = []
        for n, (_, is_plate, _) in enumerate(ranked, 1):
            right += is_plate
            points.append((right / plates, right / n))
        area, best, reached = 0.0, 0.0, points[-1][0] if points else 0.0
        for recall, precision in reversed(points):
            area += (reached - recall) * best
            best, reached = max(best, precision), recall
        return area + reached * best


class Detections:
    """Recall and precision at the working point, and average precision from below it."""

    def __init__(self) -> None:
        self._average = AveragePrecision()
        self.reset()

    def reset(self) -> None:
        """Forgets all pictures."""
        self._average.reset()
        self._pictures = 0
        self._found: list[tuple[float, bool]] = []
        self._right = self._false = 0

    def update(
        self, truths: tuple[Truth, ...], predictions: Sequence[Prediction], unsure: Sequence[Prediction] = ()
    ) -> None:
        """Takes one picture in; ``unsure`` are boxes below the working point."""
        matched = match(truths, predictions)
        self._average.update(truths, (*predictions, *unsure))
        self._pictures += 1
        self._false += len(matched.false)
        for truth, prediction in matched.pairs:
            self._right += prediction is not None
            if truth.readable:
                self._found.append((truth.height_px, prediction is not None))

    def compute(self) -> DetectionScore:
        """The score of all pictures."""
        return DetectionScore(
            self._pictures,
            share(found for _, found in self._found),
            Share(self._right, self._right + self._false),
            self._average.compute(),
            tuple(
                HeightScore(
                    low,
                    high,
                    share(found for height, found in self._found if low <= height < high),
                    self._average.compute(low, high),
                )
                for low, high in pairwise(HEIGHTS_PX)
            ),
            self._false,
        )
