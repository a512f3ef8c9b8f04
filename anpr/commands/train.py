"""``anpr train``: own weights from own labelled pictures, and the sample drives."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from anpr.training.detector_plan import DetectorProgress
    from anpr.training.reader_plan import ReaderProgress

app = typer.Typer(help="Train detector and reader on labelled pictures; render the sample drives.")

SETS = typer.Argument(help="Folders with manifest.jsonl; evaluation sets are refused.", exists=True)
OUT = typer.Option("--out", help="Where checkpoints go; a run found there goes on.")
MINUTES = typer.Option("--minutes", min=1, help="How long to train, over all resumptions.")
LURES = typer.Option(help="OUT/finds.jsonl of a detector run, every plate struck from it.", exists=True)
HANG = typer.Option(help="A set of plates cut tight and square on, to be hung on other cars.", exists=True)
CROPS_A_SHARD = 5000


@app.command()
def drives(
    out: Annotated[Path, typer.Option("--out", help="Folder to write clips, truth, list and tracks to.")],
) -> None:
    """Render the sample drives: same seed, same frames."""
    from anpr.training.drives import render_all

    with _progress() as progress:
        tasks: dict[str, TaskID] = {}

        def show(clip: str, share: float) -> None:
            if clip not in tasks:
                tasks[clip] = progress.add_task(clip, total=1.0)
            progress.update(tasks[clip], completed=share)

        render_all(out, show)
    print(f"Rendered {len(tasks)} clips into {out}.")


@app.command()
def labels(
    table: Annotated[Path, typer.Argument(help="CSV: image,x1,y1,x2,y2,text[,region,rows].", exists=True)],
    out: Annotated[Path, typer.Option("--out", help="Folder of the set to write.")],
) -> None:
    """Make a set to train on from a CSV with a line a plate."""
    from anpr.training.labels import from_csv

    pictures, plates = from_csv(table, out)
    print(f"{pictures} pictures with {plates} plates are in {out / 'manifest.jsonl'}.")


@app.command()
def agree(
    labelled: Annotated[Path, typer.Argument(metavar="SET", help="A set with plates nobody has read yet.")],
    out: Annotated[Path, typer.Option("--out", help="Folder of the set to write.")],
) -> None:
    """Give plates without a text the one on which our reader and PP-OCRv6 agree."""
    from anpr.training.agreement import write_agreed
    from anpr.vision.read_plate import PlateReader
    from anpr.vision.read_ppocr import PpocrReader
    from anpr.vision.weights import find

    with _progress() as progress:
        task = progress.add_task("reading", total=None)
        counts = write_agreed(
            labelled,
            out,
            PlateReader(find("plate-reader")),
            PpocrReader(),
            lambda done, total: progress.update(task, completed=done, total=total),
        )
    print(f"{counts.given} of {counts.unread} unread plates have a text now, in {out / 'manifest.jsonl'}.")
    if counts.checked:
        print(f"Of {counts.checked} such texts on plates read by people, {counts.right} are right.")


@app.command()
def register(
    weights: Annotated[Path, typer.Argument(help="A file that training wrote.", exists=True, dir_okay=False)],
    name: Annotated[str, typer.Option(help="Which registered weights it takes the place of.")],
    data: Annotated[list[str], typer.Option(help="What it learned from; may be repeated.")],
) -> None:
    """Put new weights into models/ and their checksum into the register; they have no scores yet."""
    from anpr.training.export import replace_weights
    from anpr.vision.weights import models_dir

    entry = replace_weights(models_dir(), name, weights, tuple(data))
    print(f"{name} is {models_dir() / entry.file} now, SHA-256 {entry.sha256}.")


@app.command()
def detector(
    sets: Annotated[list[Path], SETS],
    out: Annotated[Path, OUT],
    base: Annotated[Path, typer.Option(help="Ultralytics .pt weights to start from.", exists=True)],
    minutes: Annotated[float, MINUTES] = 120,
    steps: Annotated[int, typer.Option(min=1, help="Optimiser steps of the whole run.")] = 1000,
    scenes: Annotated[int, typer.Option(min=0, help="Road scenes to draw before training.")] = 300,
    doubtful: Annotated[
        list[Path] | None,
        typer.Option(help="Those of the sets whose boxes are wrong or missing here and there: mend them."),
    ] = None,
    lures: Annotated[Path | None, LURES] = None,
    hang: Annotated[Path | None, HANG] = None,
    seed: Annotated[int, typer.Option(help="Seed of all chance.")] = 1,
) -> None:
    """Fine-tune the plate detector; writes OUT/plate-detector.onnx, in eight bits.

    The same in 32 bits lies beside it, for comparison: it is slower.
    """
    from anpr.training import scene_sets
    from anpr.training.composites import DrawnPlates
    from anpr.training.data import photographed
    from anpr.training.detector import prepare, train
    from anpr.training.detector_plan import DetectorPlan
    from anpr.training.export import export_detector
    from anpr.training.quantising import quantise

    with _progress() as progress:
        drawn = progress.add_task("drawing scenes", total=scenes)
        looked = progress.add_task("looking through the pictures", total=None)
        task = progress.add_task("detector", total=steps)
        if scenes:
            scene_sets.draw(
                out / "scenes", scenes, seed, lambda count: progress.update(drawn, completed=count)
            )
        plan = DetectorPlan(
            sets=(*sets, *([out / "scenes"] if scenes else [])),
            doubtful=tuple(doubtful or ()),
            lures=lures,
            base=base,
            run_dir=out,
            steps=steps,
            seed=seed,
            wall_minutes=minutes,
        )
        material = prepare(plan, lambda count, total: progress.update(looked, completed=count, total=total))

        def show(now: DetectorProgress) -> None:
            progress.update(task, completed=now.step)
            if now.score is not None:
                progress.console.print(f"step {now.step}: loss {now.loss:.3f}, held-out AP {now.score:.3f}")

        hung = [image for image, _ in photographed(hang)] if hang is not None else []
        result = train(plan, material, DrawnPlates(photographed=hung), on_progress=show)
    full, target = out / "plate-detector-32bit.onnx", out / "plate-detector.onnx"
    export_detector(result.weights, full)
    quantise(full, target, [picture.path for picture in material.training])
    print(f"Held-out AP {result.score:.3f} at step {result.step}. Weights: {result.weights} and {target}")


@app.command()
def reader(
    sets: Annotated[list[Path], SETS],
    out: Annotated[Path, OUT],
    base: Annotated[Path | None, typer.Option(help="Weights of an earlier run to start from.")] = None,
    size: Annotated[
        Literal["small", "large"], typer.Option(help="small for videos, large for single pictures.")
    ] = "small",
    hard_for: Annotated[
        Path | None,
        typer.Option(
            help="A reader, large or small: show most what is hard for it; the base when not given."
        ),
    ] = None,
    minutes: Annotated[float, MINUTES] = 240,
    synthetic: Annotated[
        int, typer.Option(min=CROPS_A_SHARD, help="Plates to draw before training.")
    ] = 200_000,
    lures: Annotated[Path | None, LURES] = None,
    hang: Annotated[Path | None, HANG] = None,
    seed: Annotated[int, typer.Option(help="Seed of all chance.")] = 1,
) -> None:
    """Train the plate reader on drawn and labelled plates; writes OUT/plate-reader.onnx.

    A large one is written as OUT/plate-reader-large.onnx; without a base it starts from PP-OCRv6.
    """
    from anpr.training import history
    from anpr.training.data import photographed
    from anpr.training.practice import note_losses
    from anpr.training.reader import train
    from anpr.training.reader_plan import ReaderPlan
    from anpr.training.reader_scores import export
    from anpr.training.reader_shards import shard_numbers, write_shard
    from anpr.training.reader_size import SIZES

    shards = out / "shards"
    hung = photographed(hang) if hang is not None else ()
    with _progress() as progress:
        wanted = range(-(-synthetic // CROPS_A_SHARD))
        task = progress.add_task("drawing plates", total=len(wanted))
        for index in wanted:
            if index not in shard_numbers(shards):
                write_shard(shards, index, CROPS_A_SHARD, seed, hung=hung, size=SIZES[size])
            progress.update(task, completed=index + 1)
        losses, judge = None, hard_for or base
        if judge is not None:
            looked = progress.add_task("looking for hard ones", total=len(wanted))
            losses = note_losses(
                shards, judge, out / "losses", lambda done: progress.update(looked, completed=done)
            )
        task = progress.add_task("reader", total=1.0)

        def show(now: ReaderProgress) -> None:
            progress.update(task, completed=now.share)
            history.note(out, now.step, now.loss, now.scores)
            if now.scores:
                read = ", ".join(f"{name} {score:.3f}" for name, score in now.scores.items())
                progress.console.print(f"step {now.step}: loss {now.loss:.3f}, read exactly: {read}")

        plan = ReaderPlan(
            sets=tuple(sets),
            shards=shards,
            run_dir=out,
            wall_minutes=minutes,
            size=SIZES[size],
            base=base,
            losses=losses,
            lures=lures,
            seed=seed,
        )
        result = train(plan, on_progress=show)
    target = out / f"{plan.size.weights}.onnx"
    export(result.weights, result.temperature, target)
    print(f"Held-out score {result.score:.3f}. Weights: {result.weights} and {target}")


@app.command()
def blend(
    newer: Annotated[Path, typer.Argument(help="Weights of a run, .pt.", exists=True, dir_okay=False)],
    older: Annotated[
        Path,
        typer.Argument(
            help="The weights it started from, .pt or of a large reader .onnx.", exists=True, dir_okay=False
        ),
    ],
    sets: Annotated[list[Path], SETS],
    out: Annotated[Path, typer.Option("--out", help="Folder to write the mean to.")],
    share: Annotated[float, typer.Option(min=0.0, max=1.0, help="How much the newer weights count.")] = 0.5,
) -> None:
    """Take the mean of new weights and those they came from: what was learned, and less forgotten."""
    from anpr.training.blending import blend as blended

    with _progress() as progress:
        progress.add_task("scoring and exporting", total=None)
        made = blended(newer, older, sets, out, share)
    for name, score in made.scores.items():
        print(f"{name}: held-out score {score:.3f}")
    print(f"Weights: {made.weights} and {made.exported}")


def _progress() -> Progress:
    from rich.console import Console
    from rich.progress import Progress

    return Progress(console=Console(stderr=True))
