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
from anpr.types import Detection
from anpr.vision.read import cut
from anpr.vision.sources import read_picture
from anpr.vision.stills import look

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from anpr.types import Box, Image, Reading
    from anpr.vision.read import Reader

#: Far from the seeds that training draws with.
SEED = 900_000
#: Share of drawn crops that are degraded once more, as training pictures are.
DEGRADED_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Known:
    """A plate in a picture with the text on it; ``source`` names the set it is from."""

    image: Image
    box: Box
    text: str
    source: str


@dataclass(frozen=True, slots=True)
class Tried:
    """A known text and what looks at it made of it."""

    text: str
    source: str
    readings: tuple[Reading, ...]


def held_out_plates(sets: Sequence[Path]) -> Iterator[Known]:
    """Plates of the held-out tenth of labelled training sets.

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
                yield Known(image, plate.box, plate.text, folder.name)


def drawn_plates(count: int, seed: int = SEED) -> Iterator[Known]:
    """Crops of synthetic plates as training draws them, but none that training has drawn."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        made = crop(rng, mix=MIX)
        spoilt = rng.random() < DEGRADED_SHARE
        image = degraded(made.image, rng, 1.0) if spoilt else made.image
        yield Known(image, whole(image), made.text, "drawn")


def read_once(reader: Reader, known: Iterable[Known]) -> Iterator[Tried]:
    """Reads every plate as a frame of a video is read: once."""
    for one in known:
        crop = cut(one.image, one.box, reader.margin)
        yield Tried(one.text, one.source, tuple(reader.read([crop])))


def read_still(reader: Reader, known: Iterable[Known]) -> Iterator[Tried]:
    """Reads every plate as plates in single pictures are read: several times, each time cut another way."""
    for one in known:
        for plate in look(reader, one.image, [Detection(one.box, 1.0)]):
            yield Tried(one.text, one.source, plate.readings)


def whole(image: Image) -> Box:
    """The box around all of a picture."""
    height, width = image.shape[:2]
    return 0.0, 0.0, float(width), float(height)
