"""What a reader that can read already practises: the drawn plates that are hard for it.

Two thirds of what the generator draws the shipped reader reads without a doubt and learns nothing from. How
hard each crop is, the weights that a run starts from tell once: the negative log likelihood of its text.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np

from anpr.training.reader_data import NO_PLATE
from anpr.training.reader_scores import ctc_loss, scores_of
from anpr.training.reader_shards import read_shard, shard_numbers
from anpr.training.reader_weights import load_network

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
) -> Path:
    """Writes how hard each drawn crop is, as `NNNN.npy` a shard; shards that have theirs are left alone.

    Args:
        shards: folder of drawn crops, see `reader_shards.write_shard`.
        base: weights that judge, of a reader.
        notes: folder for notes of any weights.
        on_progress: told how many shards are done.

    Returns:
        The folder in it that holds those of `base`.

    Raises:
        ModelError: `base` holds no weights of the reader.
    """
    network = load_network(base)
    folder = notes / hashlib.sha256(base.read_bytes()).hexdigest()[:16]
    folder.mkdir(parents=True, exist_ok=True)
    for done, number in enumerate(shard_numbers(shards), 1):
        target = folder / f"{number:04d}.npy"
        if not target.exists():
            partial = target.with_name(f"{number:04d}.partial.npy")
            np.save(partial, losses(network, read_shard(shards, number)))
            partial.rename(target)
        if on_progress is not None:
            on_progress(done)
    return folder


def losses(network: Any, crops: CropSet) -> NDArray[np.float32]:
    """Negative log likelihood of the text of each crop, n."""
    import torch

    from anpr.training.precision import autocast

    with autocast():
        scores = scores_of(network, crops, _BATCH)
    lost = ctc_loss(torch.from_numpy(scores), torch.from_numpy(crops.codes), reduction="none")
    return np.asarray(lost.numpy(), np.float32)


def shares(lost: NDArray[np.float32], rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """How often each crop is shown beside the others, n.

    Args:
        lost: n, as `losses` gives them.
        rows: n; of what is no plate there is nothing to be read.
    """
    often = np.where(lost > HOPELESS_LOSS, HOPELESS, np.clip(lost, EASIEST, HARDEST))
    return np.where(rows == NO_PLATE, EASIEST, often).astype(np.float64)
