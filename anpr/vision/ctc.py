"""From what a network says at every place of a row to a text (connectionist temporal classification)."""

from __future__ import annotations

from itertools import groupby, pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import numpy.typing as npt

BLANK = 0


def collapse(places: npt.NDArray[np.floating], classes: Sequence[str]) -> tuple[str, tuple[float, ...]]:
    """Reads the likeliest path: a run of one class is one character, blanks part runs.

    A character is as sure as its best place, times the doubt that something was passed over beside it: the
    least share, over the places up to its neighbours' best places, of blank, itself and those neighbours.

    Args:
        places: places x classes, probabilities, the blank first; places in reading order.
        classes: what each class stands for.

    Returns:
        The text and the probability of each of its characters.
    """
    codes: list[int] = []
    peaks: list[int] = []
    start = 0
    for code, run in groupby(places.argmax(axis=1).tolist()):
        end = start + len(list(run))
        if code != BLANK:
            codes.append(code)
            peaks.append(start + int(places[start:end, code].argmax()))
        start = end
    edges = [0, *peaks, len(places) - 1]
    beside = [BLANK, *codes, BLANK]
    told = [
        float(places[low : high + 1][:, sorted({BLANK, left, right})].sum(axis=1).min())
        for (low, high), (left, right) in zip(pairwise(edges), pairwise(beside), strict=True)
    ]
    sure = tuple(
        float(places[peak, code]) * min(1.0, before, after)
        for peak, code, (before, after) in zip(peaks, codes, pairwise(told), strict=True)
    )
    return "".join(classes[code] for code in codes), sure
