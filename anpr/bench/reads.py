"""How well plates are read, and what a threshold of confidence does: ``update``, ``compute``, ``reset``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from anpr.bench.matching import characters, edit_distance, folded
from anpr.bench.shares import Share, share

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anpr.bench.datasets import Truth
    from anpr.bench.matching import Matched

RELIABILITY_BINS = 10
#: Precisions for which a report tells the threshold and the coverage.
PRECISIONS = (0.9, 0.95, 0.98, 0.99)


@dataclass(frozen=True, slots=True)
class GroupScore:
    """Reads of one group of plates.

    Attributes:
        group: "all", a number of rows, a region, both, or a colour of the ground.
        recall: plates found.
        exact: texts read exactly.
        folded: the same with O and Q as 0 and I as 1.
        characters: share of characters right, by edit distance over folded texts; never below 0.
    """

    group: str
    recall: Share
    exact: Share
    folded: Share
    characters: float | None


@dataclass(frozen=True, slots=True)
class Published:
    """Reads from a confidence on.

    Attributes:
        threshold: the confidence; less sure reads do not count.
        coverage: plates with a text that are read so surely, of all of them.
        precision: such reads on labelled plates that are right (folded).
        false_reads: such reads on no labelled plate.
    """

    threshold: float
    coverage: Share
    precision: Share
    false_reads: int


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Reads of alike confidence: what was claimed and what was true."""

    mean_confidence: float
    right: Share


@dataclass(frozen=True, slots=True)
class ReadScore:
    """How well plates are read.

    Attributes:
        groups: "all" first.
        published: those that the product calls sure.
        curve: at every threshold, from the surest read on.
        reliability: bins of confidence, lowest first; empty ones are left out.
        calibration_error: mean distance of claimed and true, weighted by reads; None without reads.
    """

    groups: tuple[GroupScore, ...]
    published: Published
    curve: tuple[Published, ...]
    reliability: tuple[ReliabilityBin, ...]
    calibration_error: float | None

    @property
    def all(self) -> GroupScore:
        """The group of all plates."""
        return self.groups[0]


@dataclass(slots=True)
class _Counts:
    plates: int = 0
    found: int = 0
    texts: int = 0
    exact: int = 0
    folded: int = 0
    letters: int = 0
    edits: int = 0


class Reads:
    """Reads of labelled plates: exact, folded, by character; and what a threshold of confidence does.

    Args:
        threshold: reads below it are "cannot read".
        sure: reads from here on are ``published``; None for the threshold.
        withhold: reads below the threshold count as no read in the groups too, as the product gives them;
            False shows what the reader can do.
    """

    def __init__(self, threshold: float, sure: float | None = None, *, withhold: bool = True) -> None:
        self._sure = threshold if sure is None else sure
        self._least = threshold if withhold else 0.0
        self.reset()

    def reset(self) -> None:
        """Forgets all pictures."""
        self._groups: dict[str, _Counts] = {"all": _Counts()}
        self._reads: list[tuple[float, bool]] = []
        self._false: list[float] = []

    def update(self, matched: Matched) -> None:
        """Takes one picture in."""
        self._false.extend(one.confidence for one in matched.false if characters(one.text))
        for truth, prediction in matched.pairs:
            if not truth.readable:
                continue
            text = prediction.text if prediction and prediction.confidence >= self._least else ""
            for group in groups_of(truth):
                count(self._groups.setdefault(group, _Counts()), truth, prediction is not None, text)
            if prediction and characters(truth.text) and characters(prediction.text):
                right = folded(prediction.text) == folded(truth.text)
                self._reads.append((prediction.confidence, right))

    def compute(self) -> ReadScore:
        """The score of all pictures."""
        plates = self._groups["all"].plates
        groups = tuple(
            group_score(name, counts)
            for name, counts in sorted(self._groups.items(), key=lambda item: (item[0] != "all", item[0]))
            if name == "all" or (counts.plates < plates and not self._says_nothing_new(name, counts))
        )
        bins = reliability(self._reads)
        thresholds = sorted({confidence for confidence, _ in self._reads}, reverse=True)
        return ReadScore(
            groups,
            self._published(self._sure),
            tuple(self._published(threshold) for threshold in thresholds),
            bins,
            reliability_error(bins),
        )

    def _says_nothing_new(self, name: str, counts: _Counts) -> bool:
        region, _, rows = name.partition(", ")
        return bool(rows) and counts.plates == self._groups[region].plates

    def _published(self, threshold: float) -> Published:
        shown = [right for confidence, right in self._reads if confidence >= threshold]
        return Published(
            threshold,
            Share(len(shown), self._groups["all"].texts),
            share(shown),
            sum(confidence >= threshold for confidence in self._false),
        )


def working_point(curve: Sequence[Published], precision: float) -> Published | None:
    """The lowest threshold whose reads are right at least so often; None when none is enough."""
    enough = [one for one in curve if (one.precision.value or 0.0) >= precision]
    return min(enough, key=lambda one: one.threshold, default=None)


def groups_of(truth: Truth) -> list[str]:
    """The groups a plate belongs to: ``all``, ``2 rows``, ``HK``, ``HK, 2 rows``, ``yellow ground``."""
    rows = {1: "1 row", 2: "2 rows", None: ""}[truth.rows]
    both = f"{truth.region}, {rows}" if truth.region and rows else ""
    ground = f"{truth.ground} ground" if truth.ground else ""
    return ["all", *(name for name in (rows, truth.region, both, ground) if name)]


def count(counts: _Counts, truth: Truth, found: bool, text: str) -> None:
    """Adds one readable plate and the read of it."""
    counts.plates += 1
    counts.found += found
    if characters(truth.text):
        counts.texts += 1
        counts.exact += characters(text) == characters(truth.text)
        counts.folded += folded(text) == folded(truth.text)
        counts.letters += len(folded(truth.text))
        counts.edits += edit_distance(folded(text), folded(truth.text))


def group_score(name: str, counts: _Counts) -> GroupScore:
    """The counts of a group as shares."""
    rate = max(0.0, 1 - counts.edits / counts.letters) if counts.letters else None
    return GroupScore(
        name,
        Share(counts.found, counts.plates),
        Share(counts.exact, counts.texts),
        Share(counts.folded, counts.texts),
        rate,
    )


def reliability(reads: Sequence[tuple[float, bool]]) -> tuple[ReliabilityBin, ...]:
    """Reads (confidence, right) in ten bins of confidence."""
    bins: list[list[tuple[float, bool]]] = [[] for _ in range(RELIABILITY_BINS)]
    for confidence, right in reads:
        bins[min(RELIABILITY_BINS - 1, int(confidence * RELIABILITY_BINS))].append((confidence, right))
    return tuple(
        ReliabilityBin(sum(confidence for confidence, _ in one) / len(one), share(right for _, right in one))
        for one in bins
        if one
    )


def reliability_error(bins: Sequence[ReliabilityBin]) -> float | None:
    """Expected calibration error: mean distance of claimed and true, weighted; None without reads."""
    total = sum(one.right.total for one in bins)
    off = sum(one.right.total * abs(one.mean_confidence - (one.right.value or 0.0)) for one in bins)
    return off / total if total else None
