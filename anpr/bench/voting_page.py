"""What voting gains, as one HTML file that needs nothing else; it shows no vehicle."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import anpr
from anpr.bench import plots
from anpr.bench.words import bare, interval, percent, plain
from anpr.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from anpr.bench.voting import VotingScore

TONES = 6


def write(
    folder: Path, scores: Sequence[VotingScore], engine: str, threshold: float, made_at: datetime
) -> Path:
    """Writes ``voting.html`` and ``voting.json``.

    Returns:
        The page.

    Raises:
        StorageError: the folder cannot be written.
    """
    page = folder / "voting.html"
    figures = {"engine": engine, "threshold": threshold, "scores": plain(list(scores))}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "voting.json").write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
        page.write_text(html(scores, engine, threshold, made_at), encoding="utf-8")
    except OSError as error:
        raise StorageError(
            f"The report cannot be written to {folder}: {error.strerror}.", "Name another folder."
        ) from error
    return page


def html(scores: Sequence[VotingScore], engine: str, threshold: float, made_at: datetime) -> str:
    """The page."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("anpr.bench"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(percent=percent, interval=interval, bare=bare)
    return environment.get_template("voting.html").render(
        scores=scores,
        tones={score.name: number % TONES for number, score in enumerate(scores)},
        engine=engine,
        threshold=threshold,
        made_at=made_at,
        version=anpr.__version__,
        gains=gain_plot(scores),
        calibration=calibration_plot(scores),
    )


def gain_plot(scores: Sequence[VotingScore]) -> str:
    """Plates read right, by the number of frames that vote."""
    labels = max(([step.label for step in score.steps] for score in scores), key=len, default=[])
    series = [
        plots.Series(
            tone % TONES,
            tuple(
                plots.Point(
                    number,
                    step.right,
                    f"{score.name}, {step.label} together: {percent(step.right)} right, "
                    f"{percent(step.shown)} shown",
                )
                for number, step in enumerate(score.steps)
            ),
        )
        for tone, score in enumerate(scores)
    ]
    return plots.bars(labels, series, "plates read right", "frames that vote")


def calibration_plot(scores: Sequence[VotingScore]) -> str:
    """Claimed against true confidence of votes."""
    series = []
    for tone, score in enumerate(scores):
        most = max((one.right.total for one in score.reliability), default=1)
        points = tuple(
            plots.Point(
                one.mean_confidence,
                one.right.value or 0.0,
                f"{score.name}: claimed {percent(one.mean_confidence)}, true {percent(one.right.value)} "
                f"({one.right.hits} of {one.right.total})",
                *one.right.interval,
                one.right.total / most,
            )
            for one in score.reliability
        )
        series.append(plots.Series(tone % TONES, points))
    return plots.reliability(series)
