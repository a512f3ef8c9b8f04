"""The three plots of a set in the report: precision over coverage, claimed against true, found by height."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anpr.bench import plots
from anpr.bench.words import heights, interval, percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anpr.bench.accuracy import SetScore
    from anpr.bench.plots import Point, Series
    from anpr.bench.reads import Published, ReadScore

#: Where the axis of precision begins: as high as every subject's working point allows.
PRECISION_FROM = (0.8, 0.5, 0.0)


def shown(score: SetScore) -> ReadScore | None:
    """The reads that count: end to end, or of crops where there is nothing to find."""
    return score.end_to_end or score.on_crops


def curve_plot(scores: Sequence[SetScore], tones: dict[str, int]) -> str:
    """Precision of reads over coverage; the dot is where the product calls them sure. Empty without reads."""
    lines, marks = [], []
    for score in scores:
        reads = shown(score)
        if reads and reads.curve:
            tone = tones[score.subject]
            lines.append(plots.Series(tone, tuple(curve_point(score, one) for one in reads.curve)))
            if reads.published.precision.total:
                marks.append(plots.Series(tone, (curve_point(score, reads.published),)))
    if not lines:
        return ""
    lowest = min((point.y for one in marks for point in one.points), default=0.0)
    start = next(start for start in PRECISION_FROM if lowest >= start)
    return plots.steps(
        lines,
        marks,
        "coverage: readable plates with such a read",
        "precision of these reads",
        start,
    )


def curve_point(score: SetScore, one: Published) -> Point:
    """A threshold as a point."""
    note = (
        f"{score.subject} from {one.threshold:.2f}: {percent(one.precision.value)} right "
        f"({interval(one.precision)}), coverage {percent(one.coverage.value)}"
    )
    return plots.Point(one.coverage.value or 0.0, one.precision.value or 0.0, note)


def reliability_plot(scores: Sequence[SetScore], tones: dict[str, int]) -> str:
    """Claimed against true confidence; empty without reads."""
    lines: list[Series] = []
    for score in scores:
        reads = shown(score)
        if reads and reads.reliability:
            most = max(one.right.total for one in reads.reliability)
            points = tuple(
                plots.Point(
                    one.mean_confidence,
                    one.right.value or 0.0,
                    f"{score.subject}: claimed {percent(one.mean_confidence)}, "
                    f"true {percent(one.right.value)} ({one.right.hits} of {one.right.total})",
                    *one.right.interval,
                    one.right.total / most,
                )
                for one in reads.reliability
            )
            lines.append(plots.Series(tones[score.subject], points))
    return plots.reliability(lines) if lines else ""


def height_plot(scores: Sequence[SetScore], tones: dict[str, int]) -> str:
    """Recall by plate height; empty for sets of crops and sets without plates."""
    found = [(score, score.detection) for score in scores if score.detection]
    if not found or not any(one.recall.total for one in found[0][1].by_height):
        return ""
    ranges = found[0][1].by_height
    lines = [
        plots.Series(
            tones[score.subject],
            tuple(
                plots.Point(
                    number,
                    one.recall.value,
                    f"{score.subject}, {heights(one.low_px, one.high_px)} px: "
                    f"{percent(one.recall.value)} found ({one.recall.hits} of {one.recall.total}), "
                    f"AP50 {one.ap50 or 0:.3f}",
                    *one.recall.interval,
                )
                for number, one in enumerate(detection.by_height)
                if one.recall.value is not None
            ),
        )
        for score, detection in found
    ]
    return plots.bars(
        [heights(one.low_px, one.high_px) for one in ranges], lines, "plates found", "plate height in pixels"
    )
