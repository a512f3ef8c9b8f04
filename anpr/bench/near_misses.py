"""How many hits are false on a list made to fool: each entry one sign from a plate that drives by.

The road is that of Hong Kong's trial of 2019: more than 100,000 reads, one wanted vehicle in 435.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, TypeAlias

from anpr.bench.lookups import LIST, entry_of, read_of
from anpr.bench.shares import Share
from anpr.hotlist.match import Matcher
from anpr.hotlist.store import FILE_NAME, HotlistStore
from anpr.hotlist.traffic import BASE_RATE, hong_kong
from anpr.plates.confusions import SIGNS
from anpr.plates.hong_kong import HONG_KONG

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

Reads: TypeAlias = "Mapping[str, Mapping[str, float]]"
"""By sign on the plate: what it is read as, with the chance of each."""


SUMS: Final = ("reads", "entries", "wrong", "wanted", "true", "false", "expected_true", "expected_false")
"""What is summed over runs."""


@dataclass(frozen=True, slots=True)
class NearMisses:
    """One run, or the sum of several.

    Attributes:
        reads: vehicles that drove by, each read once.
        entries: near misses on the list, each of another vehicle among those.
        likeliest: whether each is what its vehicle is most likely misread as, and not any sign off.
        wrong: how many were read wrongly.
        wanted: how many stood on the list themselves.
        true: hits on wanted vehicles, by their own entry.
        false: hits on any other entry than a vehicle's own.
        expected_true, expected_false: the same, reckoned from the same vehicles, list and confusions without
            chance; of false ones those by one wrong sign, which nearly all are.
    """

    reads: int
    entries: int
    likeliest: bool
    wrong: int
    wanted: int
    true: int
    false: int
    expected_true: float
    expected_false: float

    @property
    def share(self) -> Share:
        """False ones among all hits."""
        return Share(self.false, self.true + self.false)

    @property
    def expected(self) -> float:
        """The share of false ones that many such runs come to."""
        return self.expected_false / (self.expected_true + self.expected_false)


def measure(
    directory: Path,
    *,
    reads: int,
    entries: int,
    wrong_share: float,
    likeliest: bool,
    seed: int,
    runs: int = 1,
) -> NearMisses:
    """Drives past ``reads`` vehicles with the car's own store and matcher, with other vehicles in each run.

    Hits are few: at one vehicle in 435 it takes many runs until a share of them can be told from another.

    Args:
        directory: an empty folder.
        reads: different vehicles.
        entries: near misses on the list; fewer than reads.
        wrong_share: wrong ones among reads, 0..1; which sign becomes which is as measured.
        likeliest: makes each near miss of the likeliest misread.
        seed: of all chance; each run has a seed of its own, from this one on.
        runs: how many.
    """
    found = []
    for run in range(seed, seed + runs):
        folder = directory / str(run)
        found.append(_run(folder, reads, entries, wrong_share, likeliest=likeliest, seed=run))
    return NearMisses(
        likeliest=likeliest, **{name: sum(getattr(one, name) for one in found) for name in SUMS}
    )


def _run(
    directory: Path, reads: int, entries: int, wrong_share: float, *, likeliest: bool, seed: int
) -> NearMisses:
    chance = random.Random(seed)  # noqa: S311 - a benchmark
    traffic = hong_kong(wrong_share)
    chances = {sign: traffic.confusions.reads(sign) for sign in SIGNS}
    marks: dict[str, None] = {}
    while len(marks) < reads:
        marks[traffic.draw(chance)] = None
    vehicles = list(marks)
    wanted = set(vehicles[: round(reads * BASE_RATE)])
    fooled: dict[str, str] = {}
    for mark in vehicles[len(wanted) :]:
        if len(fooled) == entries:
            break
        other = _near_miss(mark, chances, likeliest, chance)
        if other is not None and other not in marks:
            fooled[mark] = other
    now = datetime.now(UTC)
    counts = {"wrong": 0, "true": 0, "false": 0}
    with HotlistStore(directory / FILE_NAME) as store:
        listed = sorted({*wanted, *fooled.values()})
        store.replace(LIST, "v1", now, (entry_of(key, key) for key in listed))
        matcher = Matcher(store)
        chance.shuffle(vehicles)
        for mark in vehicles:
            seen = traffic.misread(mark, chance)
            counts["wrong"] += seen != mark
            if (found := matcher.match(read_of(seen), now)) is not None:
                counts["true" if found.entry.key == mark else "false"] += 1
    return NearMisses(
        reads=len(vehicles),
        entries=len(set(fooled.values())),
        likeliest=likeliest,
        wanted=len(wanted),
        expected_true=sum(_chance(mark, mark, chances) for mark in wanted),
        expected_false=_expected_false(set(vehicles), listed, chances),
        **counts,
    )


def _near_miss(mark: str, reads: Reads, likeliest: bool, chance: random.Random) -> str | None:
    """A legal mark of the same class, one sign from another; None when there is none."""
    own = HONG_KONG.classify(mark)
    swaps = [(place, read) for place, sign in enumerate(mark) for read in SIGNS if read != sign]
    chance.shuffle(swaps)
    if likeliest:
        # Where a misread is likeliest, beside reading that sign right; the rest of the mark is the same.
        swaps.sort(
            key=lambda swap: -reads[mark[swap[0]]][swap[1]] / max(reads[mark[swap[0]]][mark[swap[0]]], 1e-9)
        )
    for place, read in swaps:
        other = mark[:place] + read + mark[place + 1 :]
        found = HONG_KONG.classify(other)
        if own is not None and found is not None and found.mark_class is own.mark_class:
            return other
    return None


def _expected_false(vehicles: Collection[str], listed: Iterable[str], chances: Reads) -> float:
    """How many vehicles are read as a listed mark that is not theirs, by one sign.

    An entry does not only lie in wait for the vehicle it was made for: among a hundred thousand others there
    are some dozens that differ from it in one sign.
    """
    return sum(
        _chance(mark, key, chances)
        for key in listed
        for place, own in enumerate(key)
        for sign in SIGNS
        if sign != own and (mark := key[:place] + sign + key[place + 1 :]) in vehicles
    )


def _chance(mark: str, read: str, reads: Reads) -> float:
    """How likely a mark is read as a text of the same length."""
    return math.prod(reads[sign].get(other, 0.0) for sign, other in zip(mark, read, strict=True))
