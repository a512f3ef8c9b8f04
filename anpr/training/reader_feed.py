"""Batches for the reader: synthetic and real crops mixed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from anpr.training.practice import shares
from anpr.training.reader_data import UNKNOWN_CORNERS, CropSet, RealCrop, distorted, fit, worn
from anpr.training.reader_shards import VALIDATION_CROPS, read_shard, shard_numbers

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

    from anpr.training.reader_plan import ReaderPlan

#: Picture, codes, rows and corners of one crop.
_Sample: TypeAlias = "tuple[Any, Any, int, Any]"
#: Share of real crops in a batch; they are few, and their labels are worth most.
REAL_SHARE = 0.25
#: Share of places that were mistaken for plates, where any are known.
LURE_SHARE = 0.08
#: How often each real set is drawn from: varied sets more, uniform ones less.
SET_WEIGHTS = {
    "us_crops": 0.3,
    "sg_street": 0.22,
    "ro_plates": 0.18,
    "br_crops": 0.14,
    "world_openlpr": 0.08,
    "cn_crops": 0.08,
}
OTHER_SET_WEIGHT = 0.3
#: How often drawn crops are damaged further; hard ones are damaged enough.
DAMAGE, DAMAGE_PRACTISED = 0.35, 0.2


class CropFeed:
    """Mixes synthetic and real crops into batches; step number and seed alone decide what a batch holds."""

    def __init__(self, plan: ReaderPlan, real: list[RealCrop], lures: list[RealCrop]) -> None:
        self._plan = plan
        self._lures = lures
        self._real: dict[str, list[RealCrop]] = {}
        for item in real:
            self._real.setdefault(item.set_name, []).append(item)
        self._names = sorted(self._real)
        weights = np.array([SET_WEIGHTS.get(name, OTHER_SET_WEIGHT) for name in self._names])
        self._weights = weights / weights.sum() if len(weights) else weights
        self._shards: dict[int, CropSet] = {}
        #: By shard, the sum of shares up to each crop.
        self._upto: dict[int, NDArray[np.float64]] = {}

    def batch(self, step: int) -> CropSet:
        """The crops of one step."""
        rng = np.random.default_rng((self._plan.seed, step))
        if step % 50 == 0 or not self._shards:
            for number in shard_numbers(self._plan.shards):
                if number not in self._shards:
                    self._open(number)
        made = [self._any(rng) for _ in range(self._plan.batch)]
        return CropSet(
            np.stack([m[0] for m in made]),
            np.stack([m[1] for m in made]),
            np.array([m[2] for m in made]),
            np.stack([m[3] for m in made]),
        )

    def _any(self, rng: Generator) -> _Sample:
        chance = rng.random()
        if self._names and chance < REAL_SHARE:
            return self._real_crop(rng)
        if self._lures and chance > 1 - LURE_SHARE:
            return self._shown(self._lures, rng)
        return self._drawn(rng)

    def _real_crop(self, rng: Generator) -> _Sample:
        crops = self._real[self._names[int(rng.choice(len(self._names), p=self._weights))]]
        return self._shown(crops, rng)

    def _shown(self, crops: list[RealCrop], rng: Generator) -> _Sample:
        """One of the photographed crops, as a detector may cut it on another day."""
        chosen = crops[int(rng.integers(len(crops)))]
        return distorted(chosen, rng, self._plan.size), chosen.codes, chosen.rows, UNKNOWN_CORNERS

    def _open(self, number: int) -> None:
        shard = self._shards[number] = read_shard(self._plan.shards, number)
        shown = max(1, len(shard) - (VALIDATION_CROPS if number == 0 else 0))
        often = np.ones(shown)
        if self._plan.losses is not None:
            often = shares(np.load(self._plan.losses / f"{number:04d}.npy"), shard.rows)[:shown]
        self._upto[number] = often.cumsum()

    def _drawn(self, rng: Generator) -> _Sample:
        numbers = list(self._shards)
        number = numbers[int(rng.integers(len(numbers)))]
        shard, upto = self._shards[number], self._upto[number]
        index = int(np.searchsorted(upto, rng.random() * upto[-1], side="right"))
        damage = DAMAGE if self._plan.losses is None else DAMAGE_PRACTISED
        return (
            worn(fit(np.array(shard.images[index]), self._plan.size), rng, strength=damage),
            shard.codes[index],
            int(shard.rows[index]),
            shard.corners[index],
        )
