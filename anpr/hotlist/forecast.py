"""How many false hits a day a list would raise, reckoned before anybody has to live with them.

A hit is false when the vehicle's mark is not the one that the entry names. A pattern names none, so all that
fits it counts.
"""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from anpr.hotlist.patterns import ONE, RUN, covers
from anpr.hotlist.traffic import BASE_RATE, Shape, Traffic
from anpr.plates.confusions import Confusions
from anpr.types import MatchRule

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from anpr.types import ListEntry

WORST: Final = 20
SIDES: Final = 0.025
"""Chance of a day above, and of one below the interval."""
_NORMAL: Final = 1.96
_MANY: Final = 500
MOST_PATTERNS: Final = 2000
"""Up to so many patterns are compared with one another for what stands within another."""


@dataclass(frozen=True, slots=True)
class EntryForecast:
    """One entry: its false hits a day, and how many ordinary marks other than its own would match it."""

    entry: ListEntry
    a_day: float
    marks: int


@dataclass(frozen=True, slots=True)
class Forecast:
    """A list.

    Attributes:
        reads_a_day: reads that it is reckoned for.
        a_day: false hits a day that are expected; a read that several entries match counts once.
        low, high: 95 of 100 days lie between, if traffic and reader are as modelled.
        true_a_day: wanted vehicles a day at Hong Kong's rate of 2019, to compare with.
        by_rule: false hits a day of the entries of each rule.
        worst: the entries with the most, the worst first.
        entries: how many were reckoned.
    """

    reads_a_day: float
    a_day: float
    low: int
    high: int
    true_a_day: float
    by_rule: Mapping[MatchRule, float]
    worst: tuple[EntryForecast, ...]
    entries: int


class _Reader:
    """What a traffic's marks are read as, reckoned once for all entries."""

    def __init__(self, traffic: Traffic, shapes: Iterable[Shape]) -> None:
        self.shapes = tuple(shapes)
        self.places = {signs: traffic.place(signs) for shape in self.shapes for signs in shape.places}
        self.right = {sign: traffic.confusions.reads(sign)[sign] for signs in self.places for sign in signs}


class Forecaster:
    """Reckons entries one by one, under one traffic.

    Args:
        traffic: what drives by and how it is read.
    """

    def __init__(self, traffic: Traffic) -> None:
        self._all = _Reader(traffic, traffic.shapes)
        legal = (shape for shape in traffic.shapes if shape.ordinary)
        self._legal = _Reader(Traffic(traffic.shapes, Confusions.none()), legal)

    def chance(self, entry: ListEntry) -> float:
        """The chance that a read raises a false hit on an entry."""
        return sum(shape.share * _false(self._all, shape, entry) for shape in self._all.shapes)

    def marks(self, entry: ListEntry) -> int:
        """How many ordinary marks other than its own would match an entry when they are read right."""
        return round(sum(shape.marks * _false(self._legal, shape, entry) for shape in self._legal.shapes))

    def forecast(self, entries: Iterable[ListEntry], reads_a_day: float) -> Forecast:
        """All of a list."""
        entries = tuple(entries)
        chances = [self.chance(entry) for entry in entries]
        by_rule = dict.fromkeys(MatchRule, 0.0)
        for entry, chance in zip(entries, chances, strict=True):
            by_rule[entry.rule] += reads_a_day * chance
        within = _within_another(entries)
        # Entries lie about the marks without regard to one another, so their matches meet by chance alone.
        silent = math.fsum(
            math.log1p(-min(chance, 1 - 1e-12))
            for entry, chance in zip(entries, chances, strict=True)
            if entry.entry_id not in within
        )
        expected = reads_a_day * -math.expm1(silent)
        worst = heapq.nlargest(WORST, range(len(entries)), key=lambda place: chances[place])
        return Forecast(
            reads_a_day=reads_a_day,
            a_day=expected,
            low=_quantile(expected, SIDES),
            high=_quantile(expected, 1 - SIDES),
            true_a_day=reads_a_day * BASE_RATE,
            by_rule=by_rule,
            worst=tuple(
                EntryForecast(entries[place], reads_a_day * chances[place], self.marks(entries[place]))
                for place in worst
            ),
            entries=len(entries),
        )


def _false(reader: _Reader, shape: Shape, entry: ListEntry) -> float:
    """Among marks of one shape, the chance of a read that matches though the mark is another."""
    key = entry.key
    runs = key.count(RUN)
    if len(key) - runs > len(shape.places) or (not runs and len(key) != len(shape.places)):
        return 0.0
    reads = [reader.places[signs] for signs in shape.places]
    if entry.rule is MatchRule.PATTERN:
        return _fitting(key, reads)
    matched = [place.get(sign, 0.0) for place, sign in zip(reads, key, strict=True)]
    # The same of reads of the entry's own mark, which are no false hits.
    own = [1 / len(signs) if sign in signs else 0.0 for signs, sign in zip(shape.places, key, strict=True)]
    right = [share * reader.right[sign] if share else 0.0 for share, sign in zip(own, key, strict=True)]
    if entry.rule is MatchRule.EXACT:
        return max(0.0, math.prod(matched) - math.prod(right))
    differing = [1.0 - chance for chance in matched]
    misread = [drawn - well for drawn, well in zip(own, right, strict=True)]
    return max(0.0, _within_one(matched, differing) - _within_one(right, misread))


def _within_one(same: list[float], other: list[float]) -> float:
    """The chance that all places are the same, or all but one."""
    none, one = 1.0, 0.0
    for alike, unlike in zip(same, other, strict=True):
        none, one = none * alike, one * alike + none * unlike
    return none + one


def _fitting(pattern: str, reads: list[Mapping[str, float]]) -> float:
    """The chance that a read fits a pattern: the chances of all sets of places in it where one may be."""
    states = {_with_runs(pattern, {0}): 1.0}
    for place in reads:
        following: dict[frozenset[int], float] = {}
        for state, chance in states.items():
            for sign, share in place.items():
                reached = {
                    at if pattern[at] == RUN else at + 1
                    for at in state
                    if at < len(pattern) and pattern[at] in {sign, ONE, RUN}
                }
                if reached:
                    after = _with_runs(pattern, reached)
                    following[after] = following.get(after, 0.0) + chance * share
        states = following
    return sum(chance for state, chance in states.items() if len(pattern) in state)


def _with_runs(pattern: str, places: set[int]) -> frozenset[int]:
    """Places with those that an empty run leads to."""
    found = set(places)
    for at in sorted(places):
        following = at
        while following < len(pattern) and pattern[following] == RUN:
            following += 1
            found.add(following)
    return frozenset(found)


def _within_another(entries: tuple[ListEntry, ...]) -> frozenset[str]:
    """Ids of patterns that match nothing but what another pattern of the list matches already."""
    wild = [entry for entry in entries if entry.rule is MatchRule.PATTERN]
    if len(wild) > MOST_PATTERNS:
        return frozenset()
    return frozenset(
        one.entry_id
        for place, one in enumerate(wild)
        if any(
            covers(other.key, one.key) and (other.key != one.key or at < place)
            for at, other in enumerate(wild)
            if at != place
        )
    )


def _quantile(mean: float, share: float) -> int:
    """The least count that a day with that mean does not exceed with that chance (Poisson)."""
    if mean > _MANY:
        return max(0, round(mean + (_NORMAL if share > 1 / 2 else -_NORMAL) * math.sqrt(mean)))
    count, chance = 0, math.exp(-mean)
    below = chance
    while below < share:
        count += 1
        chance *= mean / count
        below += chance
    return count
