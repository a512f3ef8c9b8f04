"""What ``anpr bench`` prints: compact tables, one line a set, engine and group."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anpr.bench.words import NOTHING, interval, percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from anpr.bench.accuracy import SetScore
    from anpr.bench.metrics import DetectionScore, GroupScore, ReadScore
    from anpr.bench.report import Absent
    from anpr.bench.shares import Share


def accuracy_table(scores: Sequence[SetScore], *, groups: bool = True) -> Table:
    """Sets, engines and groups; ``groups`` False shows "all" only."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("Set", "Engine", "Group"):
        table.add_column(name, no_wrap=True)
    for name in ("Plates", "Found", "Boxes\nright", "AP50", "Exact", "O=0 I=1", "95 %", "Chars"):
        table.add_column(name, justify="right", no_wrap=True)
    for name in ("Shown\nright", "Coverage", "Crops\nO=0 I=1", "ms a\npicture"):
        table.add_column(name, justify="right", no_wrap=True)
    for score in scores:
        reads = score.end_to_end or score.on_crops
        if reads is None or not reads.all.recall.total:
            table.add_row(score.dataset, score.subject, *_without_plates(score.detection, score.picture_ms))
            continue
        shown = reads.groups if groups else reads.groups[:1]
        for number, group in enumerate(shown):
            first = number == 0
            table.add_row(
                score.dataset if first else "",
                score.subject if first else "",
                group.group,
                *_detection(score.detection if first else None, group, looked=score.detection is not None),
                *_reads(group),
                *_published(reads if first else None),
                _on_crops(score.on_crops, group.group),
                _ms(score.picture_ms) if first else "",
            )
    return table


def absent_lines(absent: Sequence[Absent]) -> list[str]:
    """One line for each subject that could not run, with what would make it run."""
    return [f"{one.subject}: did not run. {one.reason} {one.next_step}" for one in absent]


def _without_plates(detection: DetectionScore | None, picture_ms: float | None) -> list[str]:
    if detection is None:
        return ["no plate with a text"]
    rate = detection.false_plates / detection.pictures
    says = f"{detection.false_plates} false plates in {detection.pictures} pictures ({rate:.3f} each)"
    return [says, *[""] * 11, _ms(picture_ms)]


def _detection(detection: DetectionScore | None, group: GroupScore, *, looked: bool) -> list[str]:
    found = percent(group.recall.value) if looked else NOTHING
    if detection is None:
        return [str(group.recall.total), found, "", ""]
    return [
        str(group.recall.total),
        found,
        percent(detection.precision.value),
        NOTHING if detection.ap50 is None else f"{detection.ap50:.3f}",
    ]


def _reads(group: GroupScore) -> list[str]:
    return [
        percent(group.exact.value),
        percent(group.folded.value),
        interval(group.folded),
        percent(group.characters),
    ]


def _published(reads: ReadScore | None) -> list[str]:
    if reads is None:
        return ["", ""]
    return [with_interval(reads.published.precision), percent(reads.published.coverage.value)]


def _on_crops(score: ReadScore | None, name: str) -> str:
    if score is None:
        return NOTHING
    return next((percent(group.folded.value) for group in score.groups if group.group == name), NOTHING)


def _ms(value: float | None) -> str:
    return NOTHING if value is None else f"{value:.0f}"


def with_interval(share: Share) -> str:
    """A share with its interval in brackets."""
    return f"{percent(share.value)} ({interval(share)})" if share.total else NOTHING
