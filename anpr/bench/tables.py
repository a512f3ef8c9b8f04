"""What ``anpr bench`` prints: compact tables, one line a set, engine and group."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anpr.bench.reads import PRECISIONS, working_point
from anpr.bench.words import NOTHING, bare, interval

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from anpr.bench.accuracy import SetScore
    from anpr.bench.detections import DetectionScore
    from anpr.bench.passages import PassageScore, Telling
    from anpr.bench.reads import GroupScore, ReadScore
    from anpr.bench.report import Absent
    from anpr.bench.speed import Rate, SpeedScore, Spread
    from anpr.bench.voting import VotingScore


def accuracy_table(scores: Sequence[SetScore]) -> Table:
    """Sets, engines and groups, figures in percent; sets without plates are told by ``negative_lines``."""
    from rich.table import Table

    several = len({score.subject for score in scores}) > 1
    table = Table(box=None, pad_edge=False, header_style="bold", collapse_padding=True)
    for name in ("Set", *(["Engine"] if several else []), "Group"):
        table.add_column(name, no_wrap=True)
    for name in ("Plates", "Found", "Boxes\nright", "AP50", "Exact", "O=0\nI=1", "95 %", "Chars"):
        table.add_column(name, justify="right", no_wrap=True)
    for name in ("Sure\nright", "95 %", "Cover-\nage", "Crops\nO=0 I=1", "ms a\npicture"):
        table.add_column(name, justify="right", no_wrap=True)
    for score in scores:
        reads = score.end_to_end or score.on_crops
        if reads is None or not reads.all.recall.total:
            continue
        for number, group in enumerate(reads.groups):
            first = number == 0
            table.add_row(
                score.dataset if first else "",
                *([score.subject if first else ""] if several else []),
                group.group,
                *_detection(score.detection if first else None, group, looked=score.detection is not None),
                *_reads(group),
                *_published(reads if first else None),
                _on_crops(score.on_crops, group.group),
                _ms(score.picture_ms) if first else "",
            )
    return table


def negative_lines(scores: Sequence[SetScore]) -> list[str]:
    """One line for each set without plates, where every box is false."""
    return [
        f"{score.dataset}, {score.subject}: {score.detection.false_plates} false plates in "
        f"{score.pictures} pictures ({score.detection.false_plates / score.pictures:.3f} a picture), "
        f"{score.end_to_end.published.false_reads} of them with a sure read; {_ms(score.picture_ms)} ms each"
        for score in scores
        if score.detection and score.end_to_end and not score.detection.recall.total
    ]


def speed_table(scores: Sequence[SpeedScore]) -> Table:
    """One line a setup; times in milliseconds, median and 95th percentile."""
    from rich.table import Table

    from anpr.bench.speed import STAGES

    table = Table(box=None, pad_edge=False, header_style="bold", collapse_padding=True)
    for name in ("Engine", "Input", "Clip"):
        table.add_column(name, no_wrap=True)
    for name in (*STAGES, "frame"):
        table.add_column(f"{name}\nms / p95", justify="right", no_wrap=True)
    for name in ("frames/s, each\nlooked at (range)", "frames/s, looked at\nas in a car (range)"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("frame to answer\nms / p95", justify="right", no_wrap=True)
    table.add_column("first sight to read\nms / p95 (reads)", justify="right", no_wrap=True)
    for score in scores:
        sight = score.sight_to_read
        table.add_row(
            score.engine,
            f"{score.size_px}",
            f"{score.height_px}p",
            *(_spread(spread) for _, spread in score.stages),
            _spread(score.frame),
            _rate(score.every_frame),
            _rate(score.in_a_car),
            _spread(score.answer),
            f"{_spread(sight)} ({sight.count})" if sight else NOTHING,
        )
    return table


def _spread(spread: Spread | None) -> str:
    return NOTHING if spread is None else f"{spread.median_ms:.1f} / {spread.p95_ms:.1f}"


def _rate(rate: Rate) -> str:
    return f"{rate.median:.1f} ({rate.slowest:.1f}-{rate.fastest:.1f})"


def voting_table(scores: Sequence[VotingScore]) -> Table:
    """One line for each number of readings; figures in percent."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold", collapse_padding=True)
    table.add_column("Driven", no_wrap=True)
    for name in ("Plates", "Frames\ntogether", "Right", "Gain\npoints", "Shown", "Shown\nright", "95 %"):
        table.add_column(name, justify="right", no_wrap=True)
    for score in scores:
        for number, step in enumerate(score.steps):
            first = number == 0
            table.add_row(
                score.name if first else "",
                str(score.plates) if first else "",
                step.label,
                bare(step.right),
                "" if first else f"{(step.right - score.single) * 100:+.1f}",
                bare(step.shown),
                bare(step.precision.value),
                interval(step.precision),
            )
    return table


def passage_table(score: PassageScore) -> Table:
    """One line for what a car told of the plates that passed it."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold", collapse_padding=True)
    names = ("Plates", "Read", "95 %", "Told", "Right", "95 %", "Parts of\nmarks", "Other\nmarks")
    for name in (*names, "No\nplate", "Wait\nmedian", "Wait\n95 %"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_row(
        str(score.read.total),
        bare(score.read.value),
        interval(score.read),
        str(score.right.total),
        bare(score.right.value),
        interval(score.right),
        str(score.parts),
        str(score.wrong),
        str(score.nowhere),
        *(NOTHING if wait is None else f"{wait:.2f} s" for wait in (score.wait_s, score.wait_p95_s)),
    )
    return table


def telling_table(tellings: Sequence[Telling]) -> Table:
    """A line for each thing that was told, with what stands there."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold", collapse_padding=True)
    for name in ("Drive", "Told at", "Told", "Stands there", "Sure", "Readings"):
        table.add_column(name, no_wrap=True)
    for one in tellings:
        at, sure = f"{one.at_s:.1f} s", f"{one.confidence:.3f}"
        table.add_row(one.drive, at, one.text, one.truth or NOTHING, sure, str(one.readings))
    return table


def precision_table(scores: Sequence[SetScore]) -> Table:
    """From where on reads are right so often, and how many plates are read so surely."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold", collapse_padding=True)
    table.add_column("Set", no_wrap=True)
    table.add_column("Engine", no_wrap=True)
    for name in ("Right", "Threshold", "Coverage", "Calibration\nerror"):
        table.add_column(name, justify="right", no_wrap=True)
    for score in scores:
        reads = score.end_to_end or score.on_crops
        if reads is None or not reads.curve:
            continue
        for number, wanted in enumerate(PRECISIONS):
            point = working_point(reads.curve, wanted)
            first = number == 0
            table.add_row(
                score.dataset if first else "",
                score.subject if first else "",
                f"≥ {wanted * 100:.0f}",
                NOTHING if point is None else f"{point.threshold:.3f}",
                NOTHING if point is None else bare(point.coverage.value),
                bare(reads.calibration_error) if first else "",
            )
    return table


def absent_lines(absent: Sequence[Absent]) -> list[str]:
    """One line for each subject that could not run, with what would make it run."""
    return [f"{one.subject}: did not run. {one.reason} {one.next_step}" for one in absent]


def _detection(detection: DetectionScore | None, group: GroupScore, *, looked: bool) -> list[str]:
    found = bare(group.recall.value) if looked else NOTHING
    if detection is None:
        return [str(group.recall.total), found, "", ""]
    return [
        str(group.recall.total),
        found,
        bare(detection.precision.value),
        NOTHING if detection.ap50 is None else f"{detection.ap50:.3f}",
    ]


def _reads(group: GroupScore) -> list[str]:
    return [
        bare(group.exact.value),
        bare(group.folded.value),
        interval(group.folded),
        bare(group.characters),
    ]


def _published(reads: ReadScore | None) -> list[str]:
    if reads is None:
        return ["", "", ""]
    shown = reads.published
    return [bare(shown.precision.value), interval(shown.precision), bare(shown.coverage.value)]


def _on_crops(score: ReadScore | None, name: str) -> str:
    if score is None:
        return NOTHING
    return next((bare(group.folded.value) for group in score.groups if group.group == name), NOTHING)


def _ms(value: float | None) -> str:
    return NOTHING if value is None else f"{value:.0f}"
