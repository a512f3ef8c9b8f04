"""Overlap, suppression and average precision of boxes, in NumPy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.floating]


def overlaps(first: Floats, second: Floats) -> Floats:
    """Intersection over union of every box in `first` (n x 4) with every box in `second` (m x 4), n x m."""
    if not len(first) or not len(second):
        return np.zeros((len(first), len(second)))
    low = np.maximum(first[:, None, :2], second[None, :, :2])
    high = np.minimum(first[:, None, 2:], second[None, :, 2:])
    shared = np.prod(np.clip(high - low, 0, None), axis=2)
    area_first = np.prod(first[:, 2:] - first[:, :2], axis=1)
    area_second = np.prod(second[:, 2:] - second[:, :2], axis=1)
    result: Floats = shared / (area_first[:, None] + area_second[None] - shared + 1e-9)
    return result


def suppress(boxes: Floats, scores: Floats, limit: float) -> NDArray[np.intp]:
    """Indices that survive non-maximum suppression, best first."""
    order = scores.argsort()[::-1]
    kept: list[int] = []
    while len(order):
        kept.append(int(order[0]))
        rest = order[1:]
        order = rest[overlaps(boxes[order[:1]], boxes[rest])[0] < limit]
    return np.array(kept, dtype=np.intp)


def average_precision(found: Sequence[tuple[Floats, Floats, Floats]], iou: float) -> float:
    """Average precision over pictures, all points interpolated.

    Args:
        found: for each picture its boxes (n x 4), their scores (n) and the true boxes (m x 4).
        iou: overlap from which a box counts as found.
    """
    hits: list[tuple[float, bool]] = []
    total = 0
    for boxes, scores, truth in found:
        total += len(truth)
        free = np.ones(len(truth), bool)
        table = overlaps(boxes, truth)
        for index in scores.argsort()[::-1]:
            match = int(np.argmax(np.where(free, table[index], -1))) if free.any() else -1
            hit = match >= 0 and table[index, match] >= iou
            if hit:
                free[match] = False
            hits.append((float(scores[index]), bool(hit)))
    if not total or not hits:
        return 0.0
    hits.sort(key=lambda pair: -pair[0])
    right = np.cumsum([hit for _, hit in hits])
    precision = right / np.arange(1, len(hits) + 1)
    best_from_here = np.maximum.accumulate(precision[::-1])[::-1]
    return float(sum(best_from_here[i] for i, (_, hit) in enumerate(hits) if hit) / total)
