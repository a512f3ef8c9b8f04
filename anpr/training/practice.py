"""What a reader that can read already practises: the drawn plates that are hard for it.

Two thirds of what the generator draws the shipped reader reads without a doubt and learns nothing from. How
hard each crop is, the weights that a run starts from tell once: the negative log likelihood of its text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from anpr.training.reader_data import NO_PLATE
from anpr.training.reader_scores import ctc_loss, load_network
from anpr.training.reader_shards import read_shard, shard_numbers

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from anpr.training.reader_data import CropSet

#: A crop is shown in proportion to its loss, between these.
EASIEST, HARDEST = 0.08, 0.8
#: What is lost on is no lesson in reading from here on; it is shown as often as this, as one in doubting.
HOPELESS_LOSS, HOPELESS = 6.0, 0.15
_BATCH = 100


def note_losses(
    shards: Path, base: Path, notes: Path, on_progress: Callable[[int], None] | None = None
) -> None:
    """Writes how hard each drawn crop is, as `NNNN.npy` a shard; shards that have theirs are left alone.

    Args:
        shards: folder of drawn crops, see `reader_shards.write_shard`.
        base: weights of an earlier run.
        notes: folder to write to.
        on_progress: told how many shards are done.

    Raises:
        ModelError: `base` holds no weights of the reader.
    """
    network = load_network(base)
    notes.mkdir(parents=True, exist_ok=True)
    for done, number in enumerate(shard_numbers(shards), 1):
        target = notes / f"{number:04d}.npy"
        if not target.exists():
            partial = target.with_name(f"{number:04d}.partial.npy")
            np.save(partial, losses(network, read_shard(shards, number)))
            partial.rename(target)
        if on_progress is not None:
            on_progress(done)


def losses(network: Any, crops: CropSet) -> NDArray[np.float32]:
    """Negative log likelihood of the text of each crop, n."""
    import torch

    from anpr.training.precision import autocast

    found = []
    for start in range(0, len(crops), _BATCH):
        part = slice(start, start + _BATCH)
        with torch.no_grad(), autocast():
            scores = network(torch.from_numpy(np.array(crops.images[part])))[0]
        lost = ctc_loss(scores.float(), torch.from_numpy(crops.codes[part]), reduction="none")
        found.append(lost.numpy())
    return np.concatenate(found)


def shares(lost: NDArray[np.float32], rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """How often each crop is shown beside the others, n.

    Args:
        lost: n, as `losses` gives them.
        rows: n; of what is no plate there is nothing to be read.
    """
    often = np.where(lost > HOPELESS_LOSS, HOPELESS, np.clip(lost, EASIEST, HARDEST))
    return np.where(rows == NO_PLATE, EASIEST, often).astype(np.float64)
