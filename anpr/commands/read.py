"""``anpr read``: plates in pictures, folders and videos; no broker, no configuration, no network."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from anpr.errors import AnprError, InputError

if TYPE_CHECKING:
    from anpr.vision.files import FileRead, PlateInFile

STRIDE_PX = 32


def _whole_strides(size_px: int) -> int:
    if size_px % STRIDE_PX:
        raise typer.BadParameter(f"must be a multiple of {STRIDE_PX}, such as 640 or 960")
    return size_px


def read(
    files: Annotated[
        list[Path], typer.Argument(help="Pictures, videos, or folders of them.", metavar="FILE...")
    ],
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON line a picture, or a track of a video.")
    ] = False,
    annotate: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write pictures and videos with boxes and reads.")
    ] = None,
    engine: Annotated[
        str, typer.Option(help="Detector and reader, such as onnx+plate or ultralytics+easyocr.")
    ] = "default",
    size: Annotated[
        int,
        typer.Option(
            min=320,
            max=1920,
            callback=_whole_strides,
            help="Longer side of the detector's input in pixels: 640, or 960 for far plates.",
        ),
    ] = 640,
    min_confidence: Annotated[
        float | None,
        typer.Option(
            min=0,
            max=1,
            show_default="as measured for pictures and for videos, where frames vote",
            help="Reads less sure than this are given as 'cannot read'.",
        ),
    ] = None,
) -> None:
    """Read number plates in pictures, folders and videos."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    from anpr.vision import engines
    from anpr.vision.files import FileReader
    from anpr.vision.sources import find_files

    found = find_files(files)
    notes = Console(stderr=True, highlight=False, soft_wrap=True)
    if found.skipped:
        notes.print(f"{len(found.skipped)} files that are neither picture nor video were passed over.")
    if annotate is not None:
        _make_folder(annotate)
    reader = FileReader(engines.load(engine, size_px=size), min_confidence, annotate)
    plates: list[tuple[Path, PlateInFile]] = []
    failed = 0
    columns = (
        TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn()
    )  # fmt: skip
    with Progress(*columns, console=notes, transient=True, disable=not notes.is_terminal) as bar:
        task = bar.add_task("Reading", total=None)

        def show(path: Path, done: int, total: int | None) -> None:
            bar.update(task, description=path.name, completed=done, total=total)

        for result in reader.read(found, show):
            if as_json:
                _print_json(result)
            plates += [(result.path, plate) for plate in result.plates]
            if result.error is not None:
                failed += 1
                notes.print(f"anpr: {result.error.message}\n      {result.error.next_step}", markup=False)
    if not as_json:
        _print_table(plates, len(found.pictures) + len(found.videos) - failed)
    if failed:
        raise typer.Exit(AnprError.exit_code)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"The folder {folder} cannot be made: {error.strerror}.", "Name another one with --annotate."
        ) from error


def _print_json(result: FileRead) -> None:
    """A picture is one line with all its plates; a video one line a track."""
    groups = [[plate] for plate in result.plates] if result.video else [list(result.plates)]
    if result.error is not None and not result.plates:
        return
    for group in groups:
        line = {"image": str(result.path), "plates": [_as_table(plate) for plate in group]}
        print(json.dumps(line, ensure_ascii=False), flush=True)


def _as_table(plate: PlateInFile) -> dict[str, object]:
    fields: dict[str, object] = {
        "text": plate.raw or "",
        "raw": plate.raw,
        "confidence": round(plate.confidence, 4),
        "sure": plate.sure,
        "box": [round(value, 1) for value in plate.box],
        "rows": plate.rows,
    }
    if plate.span is not None:
        fields |= {
            "track": plate.span.track,
            "first_s": round(plate.span.first_s, 3),
            "last_s": round(plate.span.last_s, 3),
            "n_frames": plate.span.n_frames,
        }
    return fields


def _print_table(plates: list[tuple[Path, PlateInFile]], files: int) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    videos = any(plate.span for _, plate in plates)
    table = Table(box=None, pad_edge=False)
    table.add_column("File", overflow="fold")
    table.add_column("Plate", no_wrap=True)
    for name in ("Confidence", "Rows", *(("Track", "Seen") if videos else ()), "Box"):
        table.add_column(name, justify="right", no_wrap=True)
    # What all have in common would only push the names out of sight.
    folder = os.path.commonpath([path.absolute().parent for path, _ in plates]) if plates else "."
    for path, plate in plates:
        cells = [f"{plate.confidence:.0%}" if plate.raw else "", str(plate.rows)]
        if videos:
            span = plate.span
            cells += [str(span.track), f"{span.first_s:.1f}-{span.last_s:.1f} s"] if span else ["", ""]
        cells.append(" ".join(f"{value:.0f}" for value in plate.box))
        table.add_row(escape(os.path.relpath(path, folder)), _words(plate), *cells)
    console = Console()
    if plates:
        console.print(table)
    read_count = sum(plate.raw is not None for _, plate in plates)
    guessed = read_count - sum(plate.sure for _, plate in plates)
    unsure = f" ({guessed} of them unsure)" if guessed else ""
    console.print(
        f"{len(plates)} plates found, {read_count} read{unsure}, in {files} files.", highlight=False
    )


def _words(plate: PlateInFile) -> str:
    """The read; a guess is marked, so that nobody takes it for more."""
    if plate.raw is None:
        return "[dim]cannot read[/dim]"
    return plate.raw if plate.sure else f"[yellow]{plate.raw} ?[/yellow]"
