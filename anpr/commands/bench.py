"""``anpr bench``: how well and how fast this machine reads, on your pictures and clips."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from anpr.commands import bench_delivery, bench_lists, bench_matching, bench_passages, bench_votes
from anpr.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console
    from rich.progress import Progress

    from anpr.bench.accuracy import Run
    from anpr.bench.report import Absent, Occasion
    from anpr.bench.subjects import Subject
    from anpr.vision.engines import Engine

bench = typer.Typer(
    help="Measure accuracy and speed, compare engines on your own pictures, and time the way of a hotlist.",
    no_args_is_help=True,
)
for command in (
    *(bench_lists.lists, bench_matching.matching, bench_matching.near_misses),
    *(bench_votes.voting, bench_passages.passages, bench_votes.calibration, bench_votes.confusions),
    bench_delivery.delivery,
):
    bench.command()(command)

STRIDE_PX = 32
TABLE_WIDTH = 150
SPEED_WIDTH = 200
SIZE_PX = 640

Sets = Annotated[
    list[Path],
    typer.Argument(metavar="SET_DIR...", help="Folders of labelled pictures, each with manifest.jsonl."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a table.")]
Report = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        help="Write report.html, results.json and every read there. The page shows people's vehicles: "
        "keep it as you keep the pictures, and never in a public place.",
    ),
]
Limit = Annotated[int | None, typer.Option(min=1, help="At most so many pictures a set, evenly spread.")]
MinConfidence = Annotated[
    float | None,
    typer.Option(
        min=0, max=1, show_default="as anpr read", help="Reads less sure than this count as not shown."
    ),
]


def _whole_strides(size_px: int) -> int:
    if size_px % STRIDE_PX:
        raise typer.BadParameter(f"must be a multiple of {STRIDE_PX}, such as 640 or 960")
    return size_px


Size = Annotated[
    int,
    typer.Option(
        min=320, max=1920, callback=_whole_strides, help="Longer side of the detector's input in pixels."
    ),
]


@bench.command()
def accuracy(
    sets: Sets,
    engine: Annotated[
        list[str] | None,
        typer.Option(show_default="default", help="Engine to measure; may be given several times."),
    ] = None,
    size: Size = SIZE_PX,
    *,
    limit: Limit = None,
    min_confidence: MinConfidence = None,
    report: Report = None,
    as_json: AsJson = False,
) -> None:
    """Detection, reads and confidence on labelled pictures, with 95 % intervals.

    Exit code 4 when an engine cannot run here.
    """
    from rich.console import Console

    console = Console(stderr=as_json, highlight=False)
    subjects, absent = _open(engine or ["default"], size)
    if absent:
        raise ModelError(absent[0].reason, absent[0].next_step)
    occasion = _occasion("Accuracy report", size, min_confidence, [])
    runs = _run(subjects, sets, limit, occasion, console)
    _tell(runs, occasion, report, console, as_json=as_json)


@bench.command()
def compare(
    sets: Sets,
    engine: Annotated[
        list[str] | None,
        typer.Option(
            help="A further engine, such as ultralytics:mine.pt+easyocr; may be given several times."
        ),
    ] = None,
    size: Size = SIZE_PX,
    *,
    limit: Limit = None,
    min_confidence: MinConfidence = None,
    report: Report = None,
    as_json: AsJson = False,
) -> None:
    """This product beside ultralytics + EasyOCR, PP-OCRv6, and RapidOCR on whole pictures.

    All see the same pictures in turn, so that their times compare. What is not installed is listed with the
    line that installs it.
    """
    from rich.console import Console

    from anpr.bench.comparison import contenders

    console = Console(stderr=as_json, highlight=False)
    subjects, absent = _open((*contenders(), *(engine or ())), size)
    occasion = _occasion("Comparison", size, min_confidence, absent)
    runs = _run(subjects, sets, limit, occasion, console)
    _tell(runs, occasion, report, console, as_json=as_json)


@bench.command()
def speed(
    clip: Annotated[
        Path | None, typer.Option(show_default="the first of sample_videos", help="A recording to play.")
    ] = None,
    engine: Annotated[
        list[str] | None,
        typer.Option(
            show_default="ours, ours on OpenVINO, ultralytics + EasyOCR, as installed",
            help="Engine; may be given several times.",
        ),
    ] = None,
    size: Annotated[
        list[int] | None,
        typer.Option(min=320, max=1920, show_default="640 and 960", help="Detector's input; as engine."),
    ] = None,
    height: Annotated[
        list[int] | None,
        typer.Option(min=240, max=2160, show_default="720 and 1080", help="Height of the clip; as engine."),
    ] = None,
    *,
    runs: Annotated[int, typer.Option(min=1, help="Times to play every combination, in turn.")] = 3,
    frames: Annotated[int, typer.Option(min=10, help="Frames of the clip to play.")] = 150,
    as_json: AsJson = False,
) -> None:
    """Time a stage and a frame, frames a second, and how late answers are.

    Every combination plays the same clip in turn, then once at recording speed for the delays.
    """
    import tempfile

    from rich.console import Console

    from anpr.bench import machine
    from anpr.bench.clips import at_height, sample_clip
    from anpr.bench.comparison import runtimes
    from anpr.bench.speed import Setup, measure
    from anpr.bench.tables import absent_lines, speed_table
    from anpr.bench.words import plain

    console = Console(stderr=as_json, highlight=False)
    sizes = [_whole_strides(size_px) for size_px in size or (SIZE_PX, 960)]
    clip = clip or sample_clip()
    engines, absent = _load(engine or runtimes(), sizes)
    if engine and absent:
        raise ModelError(absent[0].reason, absent[0].next_step)
    described = machine.describe()
    with tempfile.TemporaryDirectory(prefix="anpr-bench-") as folder:
        clips = {px: at_height(clip, px, frames, Path(folder)) for px in height or (720, 1080)}
        setups = [
            Setup(loaded, size_px, height_px, path)
            for height_px, path in clips.items()
            for size_px, loaded in engines
        ]
        with _progress(console) as bar:
            task = bar.add_task("Playing", total=len(setups) * (runs + 1))
            scores = measure(setups, runs, lambda: bar.advance(task))
    if as_json:
        print(json.dumps({"machine": plain(described), "scores": plain(scores), "absent": plain(absent)}))
        return
    console.width = max(console.width, SPEED_WIDTH)
    console.print(speed_table(scores))
    console.print(f"\n{clip.name}, {frames} frames at most, {runs} runs. {described}.", soft_wrap=True)
    for line in absent_lines(absent):
        console.print(line, markup=False, soft_wrap=True)


def _load(names: Sequence[str], sizes: Sequence[int]) -> tuple[list[tuple[int, Engine]], list[Absent]]:
    from anpr.bench.report import Absent
    from anpr.vision import engines

    loaded: list[tuple[int, Engine]] = []
    absent: dict[str, Absent] = {}
    for size_px in sizes:
        for name in dict.fromkeys(names):
            try:
                loaded.append((size_px, engines.load(name, size_px=size_px)))
            except ModelError as error:
                absent[name] = Absent(name, error.message, error.next_step)
    return loaded, list(absent.values())


def _progress(console: Console) -> Progress:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


def _open(names: Sequence[str], size_px: int) -> tuple[list[Subject], list[Absent]]:
    from anpr.bench.report import Absent
    from anpr.bench.subjects import open_subject

    subjects: list[Subject] = []
    absent: list[Absent] = []
    for name in dict.fromkeys(names):
        try:
            subjects.append(open_subject(name, size_px))
        except ModelError as error:
            absent.append(Absent(name, error.message, error.next_step))
    return subjects, absent


def _occasion(title: str, size_px: int, threshold: float | None, absent: list[Absent]) -> Occasion:
    from anpr.bench import machine
    from anpr.bench.report import Occasion
    from anpr.vision.calibration import calibration

    own = calibration()
    least, sure = (own.still.threshold, own.still_sure) if threshold is None else (threshold, threshold)
    return Occasion(title, size_px, least, sure, machine.describe(), datetime.now(UTC), tuple(absent))


def _run(
    subjects: list[Subject], folders: list[Path], limit: int | None, occasion: Occasion, console: Console
) -> list[Run]:
    from anpr.bench.accuracy import run
    from anpr.bench.datasets import read_dataset

    # All manifests are read before the first picture: a slip in the last one shows at once.
    datasets = [read_dataset(folder).sample(limit) for folder in folders]
    runs: list[Run] = []
    with _progress(console) as bar:
        task = bar.add_task("", total=sum(len(one.pictures) for one in datasets) * len(subjects))
        for dataset in datasets:
            bar.update(task, description=dataset.name)
            runs += run(subjects, dataset, occasion.threshold, lambda: bar.advance(task), sure=occasion.sure)
    return runs


def _tell(
    runs: list[Run], occasion: Occasion, folder: Path | None, console: Console, *, as_json: bool
) -> None:
    from anpr.bench.report import results, write
    from anpr.bench.tables import absent_lines, accuracy_table, negative_lines, precision_table

    page = None if folder is None else write(folder, runs, occasion)
    if as_json:
        print(json.dumps(results(runs, occasion)))
    else:
        # Wider than a narrow terminal rather than cut: figures that end in dots are no figures.
        console.width = max(console.width, TABLE_WIDTH)
        scores = [run.score for run in runs]
        console.print(accuracy_table(scores))
        for line in negative_lines(scores):
            console.print(line, soft_wrap=True)
        console.print()
        console.print(precision_table(scores))
        lines = f"Reads are shown from {occasion.threshold:.2f} on and sure from {occasion.sure:.2f} on."
        console.print(f"\n{lines} {occasion.machine}.", soft_wrap=True)
        for line in absent_lines(occasion.absent):
            console.print(line, markup=False, soft_wrap=True)
    if page is not None:
        console.print(f"Report: {page}. It shows people's vehicles; keep it accordingly.", soft_wrap=True)
