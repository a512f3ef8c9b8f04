"""The report of a run: one HTML file that needs nothing else, the figures as JSON, and every read."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import anpr
from anpr.bench import failures
from anpr.bench.reads import PRECISIONS, working_point
from anpr.bench.set_plots import curve_plot, height_plot, reliability_plot, shown
from anpr.bench.words import interval, percent, plain
from anpr.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from anpr.bench.accuracy import Run, SetScore
    from anpr.bench.failures import Failure
    from anpr.bench.machine import Machine
    from anpr.bench.reads import GroupScore, Published

#: Colours of the page's palette; more subjects share them.
TONES = 6


@dataclass(frozen=True, slots=True)
class Absent:
    """A subject that was asked for and cannot run here: why, and what would make it run."""

    subject: str
    reason: str
    next_step: str


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a report is about: title, detector's input, machine, moment, and what could not run.

    Reads are shown from the threshold on, and called sure from ``sure`` on.
    """

    title: str
    size_px: int
    threshold: float
    sure: float
    machine: Machine
    made_at: datetime
    absent: tuple[Absent, ...] = ()


@dataclass(frozen=True, slots=True)
class View:
    """A failure with its picture, ready for the page."""

    failure: Failure
    picture: str


@dataclass(frozen=True, slots=True)
class GroupRow:
    """One group of plates as one subject reads it; ``alone`` is its reader on the labelled boxes."""

    score: SetScore
    group: GroupScore
    alone: GroupScore | None


@dataclass(frozen=True, slots=True)
class PrecisionRow:
    """From where on one subject's shown reads are right so often: (wanted, point or None), in order."""

    subject: str
    points: tuple[tuple[float, Published | None], ...]
    calibration_error: float | None


@dataclass(frozen=True, slots=True)
class Section:
    """One set on the page."""

    name: str
    pictures: int
    scores: tuple[SetScore, ...]
    groups: tuple[tuple[GroupRow, ...], ...]
    curve: str
    calibration: str
    by_height: str
    precisions: tuple[PrecisionRow, ...]
    galleries: tuple[tuple[str, tuple[tuple[str, tuple[View, ...]], ...]], ...]


def results(runs: Sequence[Run], occasion: Occasion) -> dict[str, Any]:
    """The figures as JSON holds them."""
    return {
        "made_at": occasion.made_at.isoformat(timespec="seconds"),
        "version": anpr.__version__,
        "size_px": occasion.size_px,
        "threshold": occasion.threshold,
        "sure": occasion.sure,
        "machine": plain(occasion.machine),
        "scores": [plain(run.score) for run in runs],
        "absent": [plain(one) for one in occasion.absent],
    }


def write(folder: Path, runs: Sequence[Run], occasion: Occasion) -> Path:
    """Writes ``report.html``, ``results.json`` and ``predictions/SET--SUBJECT.jsonl``.

    Returns:
        The page.

    Raises:
        StorageError: the folder cannot be written.
    """
    page = folder / "report.html"
    try:
        (folder / "predictions").mkdir(parents=True, exist_ok=True)
        figures = json.dumps(results(runs, occasion), indent=2)
        (folder / "results.json").write_text(figures + "\n", encoding="utf-8")
        for run in runs:
            name = f"{run.score.dataset}--{run.score.subject.replace('/', '_')}.jsonl"
            (folder / "predictions" / name).write_text(predictions(run, occasion.threshold), encoding="utf-8")
        page.write_text(html(runs, occasion), encoding="utf-8")
    except OSError as error:
        raise StorageError(
            f"The report cannot be written to {folder}: {error.strerror}.", "Name another folder."
        ) from error
    return page


def predictions(run: Run, threshold: float) -> str:
    """What was found, a line a picture, in the form of ``anpr read --json``; withheld reads have no text."""
    lines = []
    for one in run.seen:
        reads = one.answer.predictions if one.answer else one.crop_reads
        plates = [
            {
                "text": read.text if read.confidence >= threshold else "",
                "confidence": read.confidence,
                "box": list(read.box),
            }
            for read in reads
        ]
        lines.append(json.dumps({"image": str(one.picture.path), "plates": plates}) + "\n")
    return "".join(lines)


def html(runs: Sequence[Run], occasion: Occasion) -> str:
    """The page."""
    import jinja2

    subjects = list(dict.fromkeys(run.score.subject for run in runs))
    tones = {name: number % TONES for number, name in enumerate(subjects)}
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("anpr.bench"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(percent=percent, interval=interval)
    return environment.get_template("report.html").render(
        occasion=occasion,
        version=anpr.__version__,
        tones=tones,
        sections=sections(runs, tones),
        kinds=failures.KINDS,
    )


def sections(runs: Sequence[Run], tones: dict[str, int]) -> list[Section]:
    """One section a set, in the order of the runs."""
    made = []
    for name in dict.fromkeys(run.score.dataset for run in runs):
        own = [run for run in runs if run.score.dataset == name]
        scores = tuple(run.score for run in own)
        made.append(
            Section(
                name,
                scores[0].pictures,
                scores,
                group_rows(scores),
                curve_plot(scores, tones),
                reliability_plot(scores, tones),
                height_plot(scores, tones),
                precision_rows(scores),
                tuple((run.score.subject, gallery(run)) for run in own),
            )
        )
    return made


def group_rows(scores: Sequence[SetScore]) -> tuple[tuple[GroupRow, ...], ...]:
    """Groups in order, in each the subjects in order, so that a group's figures stand together."""
    rows: dict[str, list[GroupRow]] = {}
    for score in scores:
        reads = shown(score)
        alone = {group.group: group for group in score.on_crops.groups} if score.on_crops else {}
        for group in reads.groups if reads and reads.all.recall.total else ():
            rows.setdefault(group.group, []).append(GroupRow(score, group, alone.get(group.group)))
    return tuple(tuple(own) for own in rows.values())


def precision_rows(scores: Sequence[SetScore]) -> tuple[PrecisionRow, ...]:
    """The thresholds for some precisions, a row a subject; subjects without reads are left out."""
    return tuple(
        PrecisionRow(
            score.subject,
            tuple((wanted, working_point(reads.curve, wanted)) for wanted in PRECISIONS),
            reads.calibration_error,
        )
        for score in scores
        if (reads := shown(score)) and reads.curve
    )


def gallery(run: Run) -> tuple[tuple[str, tuple[View, ...]], ...]:
    """The worst failures by kind, each with its picture."""
    from anpr.vision.sources import read_picture

    views = [
        View(failure, failures.view(read_picture(failure.picture.path), failure.box))
        for failure in failures.worst(run.seen)
    ]
    return tuple(
        (kind, own)
        for kind in failures.KINDS
        if (own := tuple(view for view in views if view.failure.kind == kind))
    )
