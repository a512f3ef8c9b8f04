"""``anpr train``: own weights from own labelled pictures, and the sample drives."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from anpr.training.detector_run import DetectorProgress
    from anpr.training.reader import ReaderProgress

app = typer.Typer(help="Train detector and reader on labelled pictures; render the sample drives.")

SETS = typer.Argument(help="Folders with manifest.jsonl; evaluation sets are refused.", exists=True)
OUT = typer.Option("--out", help="Where checkpoints go; a run found there goes on.")
MINUTES = typer.Option("--minutes", min=1, help="How long to train, over all resumptions.")
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
    lures: Annotated[
        Path | None,
        typer.Option(
            help="OUT/finds.jsonl of an earlier run from which you struck every plate.", exists=True
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of all chance.")] = 1,
) -> None:
    """Fine-tune the plate detector; writes OUT/plate-detector.onnx, in eight bits.

    The same in 32 bits lies beside it, for comparison: it is slower.
    """
    from anpr.training import scene_sets
    from anpr.training.composites import DrawnPlates
    from anpr.training.detector import DetectorPlan, prepare, train
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

        result = train(plan, material, DrawnPlates(), on_progress=show)
    full, target = out / "plate-detector-32bit.onnx", out / "plate-detector.onnx"
    export_detector(result.weights, full)
    quantise(full, target, [picture.path for picture in material.training])
    print(f"Held-out AP {result.score:.3f} at step {result.step}. Weights: {result.weights} and {target}")


@app.command()
def reader(
    sets: Annotated[list[Path], SETS],
    out: Annotated[Path, OUT],
    base: Annotated[Path | None, typer.Option(help="Weights of an earlier run to start from.")] = None,
    minutes: Annotated[float, MINUTES] = 240,
    synthetic: Annotated[
        int, typer.Option(min=CROPS_A_SHARD, help="Plates to draw before training.")
    ] = 200_000,
    seed: Annotated[int, typer.Option(help="Seed of all chance.")] = 1,
) -> None:
    """Train the plate reader on drawn and labelled plates; writes OUT/plate-reader.onnx."""
    from anpr.training.reader import ReaderPlan, export, train
    from anpr.training.reader_data import shard_numbers, write_shard

    shards = out / "shards"
    with _progress() as progress:
        wanted = range(-(-synthetic // CROPS_A_SHARD))
        task = progress.add_task("drawing plates", total=len(wanted))
        for index in wanted:
            if index not in shard_numbers(shards):
                write_shard(shards, index, CROPS_A_SHARD, seed)
            progress.update(task, completed=index + 1)
        task = progress.add_task("reader", total=1.0)

        def show(now: ReaderProgress) -> None:
            progress.update(task, completed=now.share)
            if now.scores:
                read = ", ".join(f"{name} {score:.3f}" for name, score in now.scores.items())
                progress.console.print(f"step {now.step}: loss {now.loss:.3f}, read exactly: {read}")

        plan = ReaderPlan(
            sets=tuple(sets), shards=shards, run_dir=out, wall_minutes=minutes, base=base, seed=seed
        )
        result = train(plan, on_progress=show)
    target = out / "plate-reader.onnx"
    export(result.weights, result.temperature, target)
    print(f"Held-out score {result.score:.3f}. Weights: {result.weights} and {target}")


def _progress() -> Progress:
    from rich.console import Console
    from rich.progress import Progress

    return Progress(console=Console(stderr=True))
