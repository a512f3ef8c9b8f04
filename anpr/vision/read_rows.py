"""Two-row plates for readers that know only one row: read the whole and the halves, keep the surer."""

from __future__ import annotations

from statistics import fmean
from typing import TYPE_CHECKING, TypeAlias

from anpr.types import Reading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anpr.types import Image

Row: TypeAlias = tuple[str, tuple[float, ...]]
"""Characters of one row, and the probability of each."""

#: Wider crops hold one row: no two-row plate of the training sets is above 2.2, even seen from the side.
TWO_ROWS_BELOW_ASPECT = 2.7
#: Where the rows part; both halves reach a little over the middle (best of four splits on two-row plates).
UPPER_END, LOWER_START = 0.52, 0.48


def rows_of(crop: Image) -> list[Image]:
    """The whole crop; and its upper and lower half where it may hold two rows."""
    height, width = crop.shape[:2]
    if width >= TWO_ROWS_BELOW_ASPECT * height or height == 1:
        return [crop]
    return [crop, *halves_of(crop)]


def halves_of(crop: Image) -> list[Image]:
    """The upper and the lower row of a crop that holds two."""
    height = crop.shape[0]
    return [crop[: max(1, round(UPPER_END * height))], crop[min(height - 1, round(LOWER_START * height)) :]]


def choose(rows: Sequence[Row]) -> Reading:
    """What the rows of ``rows_of`` say: one row or two, whichever is surer on average over its characters.

    On Singapore plates of both kinds this beats every rule on the box's shape (two rows 87 % right against
    62 %), because in oblique views the shape misleads.
    """
    (whole, whole_sure), *halves = rows
    if halves:
        (upper, upper_sure), (lower, lower_sure) = halves
        both = (*upper_sure, *lower_sure)
        if upper and lower and fmean(both) > fmean(whole_sure or (0.0,)):
            return Reading(upper + lower, both, 2)
    return Reading(whole, whole_sure, 1)
