"""What one batch teaches a reader: the loss of the small one, and of the large one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from anpr.training.precision import autocast
from anpr.training.reader_data import NO_PLATE
from anpr.training.reader_scores import corners_loss, ctc_loss, rows_loss
from anpr.training.reader_size import LARGE

if TYPE_CHECKING:
    from anpr.training.reader_data import CropSet

ROWS_WEIGHT = 0.2
CORNERS_WEIGHT = 3.0


def lesson(network: Any, crops: CropSet, guided: float) -> Any:
    """The loss of a network on a batch, a scalar with a graph.

    Args:
        network: small or large.
        crops: the batch.
        guided: weight of the guide, which only a small network has that starts from nothing.
    """
    import torch

    if network.size == LARGE:
        with autocast():
            scores = network.score(torch.from_numpy(crops.images), torch.from_numpy(crops.rows))
        # Nothing is to be read where there is no plate.
        return ctc_loss(scores.float(), torch.from_numpy(crops.codes))
    return _small(network, crops, guided)


def _small(network: Any, crops: CropSet, guided: float) -> Any:
    import torch
    from torch.nn import functional

    from anpr.training.reader_guide import guide

    with autocast():
        seen = network.see(torch.from_numpy(crops.images))
        characters, rows = network.characters(seen), network.rows(seen.mean(1))
        corners = network.corners(seen)
    seen, characters, rows = seen.float(), characters.float(), rows.float()
    codes, known = torch.from_numpy(crops.codes), torch.from_numpy(crops.rows)
    plates = known != NO_PLATE
    # What stands on a sign is no lesson in reading plates: of it only is learned that it is none.
    loss = ctc_loss(characters[plates], codes[plates]) + ROWS_WEIGHT * rows_loss(rows, known)
    loss = loss + CORNERS_WEIGHT * corners_loss(corners.float(), torch.from_numpy(crops.corners))
    if guided > 0:
        used = codes > 0
        there = guide(codes, known, network.grid) @ seen
        loss = loss + guided * functional.cross_entropy(network.characters(there[used]), codes[used])
    return loss
