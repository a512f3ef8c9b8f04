"""Where the characters of a plate roughly are: a guide for the reader while it is young.

A reader that starts from nothing spends most of a short training on finding out which places speak for
which characters. They stand in even pitch in one row or two, and that is guide enough; its weight fades.
"""

# torch has no types here
# mypy: disallow-subclassing-any=False

from __future__ import annotations

import torch
from torch import Tensor

#: Where a row of characters begins and ends, and how high the rows stand, as parts of the crop.
_LEFT, _RIGHT = 0.05, 0.95
_ONE_ROW, _UPPER_ROW, _LOWER_ROW = 0.5, 0.29, 0.72
#: How sure the guide is: along in parts of a character's pitch, up and down in parts of the crop's height.
_ALONG, _DOWN_ONE, _DOWN_TWO = 0.4, 0.22, 0.14
_FIRST_LETTER, _LAST_LETTER = 11, 36
_MOST_LETTERS = 4


def guide(codes: Tensor, rows: Tensor, grid: tuple[int, int]) -> Tensor:
    """Where each slot's character is expected.

    Args:
        codes: n x slots, class numbers, 0 after the end.
        rows: n, 2 for two rows; anything else counts as one.
        grid: rows and columns of the places looked at.

    Returns:
        n x slots x places, each slot's weights adding to one; slots after the end are all zero.
    """
    used = codes > 0
    count = used.sum(1, keepdim=True)
    slot = torch.arange(codes.shape[1])[None]
    two = (rows == 2)[:, None]
    letters = ((codes >= _FIRST_LETTER) & (codes <= _LAST_LETTER)).long().cumprod(1).sum(1, keepdim=True)
    upper = torch.where((letters > 0) & (letters < count) & (letters <= _MOST_LETTERS), letters, count // 2)
    below = two & (slot >= upper)
    in_row = torch.where(two, torch.where(below, count - upper, upper), count).clamp(min=1)
    place = torch.where(below, slot - upper, slot)
    # A short row is centred: its characters are no wider than those of the longer row.
    longest = torch.where(two, torch.maximum(upper, count - upper), count).clamp(min=1)
    pitch = (_RIGHT - _LEFT) / longest
    x = 0.5 + (place + 0.5 - in_row / 2) * pitch
    y = torch.where(two, torch.where(below, _LOWER_ROW, _UPPER_ROW), _ONE_ROW)
    down = (torch.arange(grid[0]) + 0.5) / grid[0]
    along = (torch.arange(grid[1]) + 0.5) / grid[1]
    spread = torch.where(two, _DOWN_TWO, _DOWN_ONE)[..., None]
    vertical = torch.exp(-(((down - y[..., None]) / spread) ** 2) / 2)
    horizontal = torch.exp(-(((along - x[..., None]) / (pitch[..., None] * _ALONG)) ** 2) / 2)
    weights = (vertical[..., :, None] * horizontal[..., None, :]).flatten(2)
    result: Tensor = weights / weights.sum(-1, keepdim=True).clamp(min=1e-6) * used[..., None]
    return result
