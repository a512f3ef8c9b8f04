"""From what a network says at every place of a row to a text (connectionist temporal classification)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

BLANK = 0
#: What a character may be instead: at most so many others, none less probable than this.
MOST_RIVALS = 3
LEAST_RIVAL = 0.02


@dataclass(frozen=True, slots=True)
class Path:
    """The likeliest text, the probability of each character, and what else each may be."""

    text: str
    probabilities: tuple[float, ...]
    rivals: tuple[tuple[tuple[str, float], ...], ...]


def collapse(places: npt.NDArray[np.floating], classes: Sequence[str]) -> Path:
    """Reads the likeliest path: a run of one class is one character, blanks part runs.

    A character is as sure as its best place, times the doubt that something was passed over beside it: the
    least share, over the places up to its neighbours' best places, of blank, itself and those neighbours.
    What else it may be shares this doubt.

    Args:
        places: places x classes, probabilities, the blank first; places in reading order.
        classes: what each class stands for.
    """
    codes: list[int] = []
    peaks: list[int] = []
    seen: list[npt.NDArray[np.floating]] = []
    start = 0
    for code, run in groupby(places.argmax(axis=1).tolist()):
        end = start + len(list(run))
        if code != BLANK:
            codes.append(code)
            seen.append(places[start:end].max(axis=0))
            peaks.append(start + int(places[start:end, code].argmax()))
        start = end
    edges = [0, *peaks, len(places) - 1]
    beside = [BLANK, *codes, BLANK]
    told = [
        float(places[low : high + 1][:, sorted({BLANK, left, right})].sum(axis=1).min())
        for (low, high), (left, right) in zip(pairwise(edges), pairwise(beside), strict=True)
    ]
    whole = [min(1.0, before, after) for before, after in pairwise(told)]
    sure = tuple(
        float(places[peak, code]) * alone for peak, code, alone in zip(peaks, codes, whole, strict=True)
    )
    around = zip(beside, beside[1:], beside[2:], strict=False)
    rivals = tuple(
        tuple(
            (classes[other], float(shares[other]) * alone)
            for other in np.argsort(-shares)[: MOST_RIVALS + 3].tolist()
            # A neighbour reaches into the run at its edges; that is no doubt.
            if other not in {BLANK, *near} and shares[other] >= LEAST_RIVAL
        )[:MOST_RIVALS]
        for shares, near, alone in zip(seen, around, whole, strict=True)
    )
    return Path("".join(classes[code] for code in codes), sure, rivals)
