"""Plates whose text is known and that no weight was trained on: what constants may be fitted to.

Held-out pictures of the training sets and freshly drawn plates. Evaluation sets are refused here by the same
guard that keeps them out of training.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from anpr.training.crops import crop
from anpr.training.data import held_out, load_manifest
from anpr.training.reader_data import degraded
from anpr.training.reader_shards import MIX
from anpr.vision.read import cut
from anpr.vision.sources import read_picture

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from anpr.types import Image, Reading
    from anpr.vision.read import Reader

#: Far from the seeds that training draws with.
SEED = 900_000
BATCH = 16
#: Share of drawn crops that are degraded once more, as training pictures are.
DEGRADED_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Known:
    """A crop with the text on it; ``source`` names the set it is from."""

    image: Image
    text: str
    source: str


@dataclass(frozen=True, slots=True)
class Tried:
    """A known text and what a reader made of it."""

    text: str
    source: str
    reading: Reading


def held_out_crops(sets: Sequence[Path], margin: float) -> Iterator[Known]:
    """Plates of the held-out tenth of labelled training sets, cut with a reader's margin.

    Raises:
        PolicyError: a set is for evaluation only.
        InputError: a set cannot be read.
    """
    for folder in sets:
        for picture in load_manifest(folder, for_training=True):
            if not held_out(picture):
                continue
            image: Image | None = None
            for plate in picture.plates:
                if not plate.text or not plate.readable:
                    continue
                image = read_picture(picture.path) if image is None else image
                share = 0.0 if picture.is_crop else margin
                yield Known(cut(image, plate.box, share), plate.text, folder.name)


def drawn_crops(count: int, seed: int = SEED) -> Iterator[Known]:
    """Synthetic plates as training draws them, but none that training has drawn."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        made = crop(rng, mix=MIX)
        spoilt = rng.random() < DEGRADED_SHARE
        yield Known(degraded(made.image, rng, 1.0) if spoilt else made.image, made.text, "drawn")


def try_all(reader: Reader, known: Iterator[Known]) -> Iterator[Tried]:
    """Reads every crop."""
    batch: list[Known] = []
    for one in known:
        batch.append(one)
        if len(batch) == BATCH:
            yield from _try(reader, batch)
            batch = []
    yield from _try(reader, batch)


def _try(reader: Reader, batch: Sequence[Known]) -> Iterator[Tried]:
    if not batch:
        return
    for one, reading in zip(batch, reader.read([one.image for one in batch]), strict=True):
        yield Tried(one.text, one.source, reading)
