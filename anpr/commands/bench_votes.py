"""``anpr bench voting``, ``calibration``, ``confusions``: what frames gain, and what claims are worth."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from anpr.errors import InputError, StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from anpr.bench.known import Known
    from anpr.bench.voting import Sighted

#: Drives that constants are fitted to; ``voting`` measures on others.
FIT_FROM = 100

Engines = Annotated[str, typer.Option(help="Engine, as for anpr read.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a table.")]
Write = Annotated[
    bool, typer.Option("--write", help="Put the result into the package, for all that follows.")
]
Drawn = Annotated[int, typer.Option(min=0, help="Synthetic plates to draw and read.")]
TrainingSets = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="[SET_DIR]...",
        help="Labelled sets that may be trained on: their held-out tenth is read. Others are refused.",
    ),
]


def voting(
    sets: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[SET_DIR]...", help="Labelled sets of consecutive frames of a drive."),
    ] = None,
    engine: Engines = "default",
    drives: Annotated[int, typer.Option(min=0, help="Synthetic drives through poor cameras.")] = 6,
    *,
    report: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write voting.html and voting.json there.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Read plates from one frame and from several, and show what voting gains."""
    from rich.console import Console

    from anpr.bench.datasets import read_dataset
    from anpr.bench.roads import PoorDrive
    from anpr.bench.tables import voting_table
    from anpr.bench.voting import score, sight_drive, sight_set
    from anpr.bench.voting_page import write
    from anpr.bench.words import plain
    from anpr.vision import engines
    from anpr.vision.calibration import calibration

    console = Console(stderr=as_json, highlight=False)
    datasets = [read_dataset(folder) for folder in sets or ()]
    loaded = engines.load(engine)
    trust = calibration().video
    driven: list[Sighted] = []
    for seed in range(drives):
        _say(console, f"drive {seed + 1} of {drives}")
        driven += sight_drive(PoorDrive(seed), loaded)
    scores = [score(f"{drives} synthetic drives", driven, trust)] if driven else []
    for dataset in datasets:
        _say(console, dataset.name)
        scores.append(score(dataset.name, sight_set(dataset, loaded, lambda: None), trust))
    if as_json:
        print(json.dumps({"engine": engine, "threshold": trust.threshold, "scores": plain(scores)}))
    else:
        console.print(voting_table(scores))
        console.print(
            "\nRight: the best candidate, shown or not, each plate counting once. Shown: from "
            f"{trust.threshold:.3f} on.",
            soft_wrap=True,
        )
    if report is not None:
        console.print(f"Report: {write(report, scores, engine, trust.threshold, datetime.now(UTC))}.")


def calibration(
    sets: TrainingSets = None,
    engine: Engines = "default",
    drives: Annotated[
        int, typer.Option(min=1, help="Synthetic drives; others than anpr bench voting's.")
    ] = 12,
    drawn: Drawn = 1500,
    still_precision: Annotated[
        float,
        typer.Option(min=0.5, max=0.999, help="Share of right reads among those shown of single pictures."),
    ] = 0.99,
    *,
    write: Write = False,
) -> None:
    """Fit what claims are worth, and thresholds for 99 right in 100, to plates no weight was trained on."""
    from rich.console import Console

    from anpr.bench.calibration import as_toml, measured
    from anpr.bench.known import read_still
    from anpr.bench.roads import PoorDrive
    from anpr.bench.voting import sight_drive
    from anpr.vision import calibration as kept
    from anpr.vision import engines

    console = Console(stderr=True, highlight=False)
    loaded = engines.load(engine)
    tried = list(read_still(loaded.still_reader, _known(sets or [], drawn, console)))
    sighted: list[Sighted] = []
    for seed in range(FIT_FROM, FIT_FROM + drives):
        _say(console, f"drive {seed - FIT_FROM + 1} of {drives}")
        sighted += sight_drive(PoorDrive(seed), loaded)
    text = as_toml(measured(tried, sighted, engine, datetime.now(UTC).date(), still_precision))
    _hand_out(text, Path(kept.__file__).with_name(kept.FILE_NAME) if write else None)


def confusions(
    sets: TrainingSets = None,
    engine: Engines = "default",
    drawn: Drawn = 6000,
    *,
    write: Write = False,
) -> None:
    """Count which characters the reader takes for which, and print them as the look-alike table."""
    from rich.console import Console

    from anpr.bench.confusions import as_toml, count, table
    from anpr.bench.known import read_once
    from anpr.plates import lookalikes as kept
    from anpr.vision import engines

    loaded = engines.load(engine)
    known = _known(sets or [], drawn, Console(stderr=True, highlight=False))
    counts = count(read_once(loaded.reader, known))
    if not counts.characters:
        raise InputError(
            "No plate was read.", "Name labelled sets, or let plates be drawn with --drawn 6000."
        )
    text = as_toml(table(counts, engine, datetime.now(UTC).date()))
    _hand_out(text, Path(kept.__file__).with_name(kept.FILE_NAME) if write else None)


def _known(sets: list[Path], drawn: int, console: Console) -> Iterator[Known]:
    from anpr.bench.known import drawn_plates, held_out_plates

    _say(console, "held-out pictures")
    yield from held_out_plates(sets)
    _say(console, f"{drawn} drawn plates")
    yield from drawn_plates(drawn)


def _say(console: Console, words: str) -> None:
    console.print(words, style="dim")


def _hand_out(text: str, path: Path | None) -> None:
    print(text, end="")
    if path is None:
        return
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StorageError(
            f"{path} cannot be written: {error.strerror}.", "Run this in a checkout that you may write to."
        ) from error
