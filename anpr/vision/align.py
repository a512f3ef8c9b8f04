"""Which character of one reading stands for which of another: edit alignment."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from anpr.plates import normal_form

if TYPE_CHECKING:
    from collections.abc import Sequence

_SIGN = cache(normal_form)


def signs(text: str) -> tuple[str, ...]:
    """The characters of a text as they are compared, one for one."""
    return tuple(_SIGN(character) or character for character in text)


def align(frame: Sequence[str], other: Sequence[str]) -> list[tuple[int | None, int | None]]:
    """Pairs of places with the least edits; None where one of the two has no character.

    Args:
        frame: signs of the text whose places count.
        other: signs of the text to lay against it.

    Returns:
        Every place of both, in order; of ways with equal edits one that keeps places together.
    """
    if frame == other:
        return [(place, place) for place in range(len(frame))]
    costs = [list(range(len(other) + 1))]
    for i, left in enumerate(frame, 1):
        above, row = costs[-1], [i]
        for j, right in enumerate(other, 1):
            row.append(min(above[j - 1] + (left != right), above[j] + 1, row[-1] + 1))
        costs.append(row)
    pairs: list[tuple[int | None, int | None]] = []
    i, j = len(frame), len(other)
    while i or j:
        if i and j and costs[i][j] == costs[i - 1][j - 1] + (frame[i - 1] != other[j - 1]):
            i, j = i - 1, j - 1
            pairs.append((i, j))
        elif i and costs[i][j] == costs[i - 1][j] + 1:
            i -= 1
            pairs.append((i, None))
        else:
            j -= 1
            pairs.append((None, j))
    pairs.reverse()
    return pairs
