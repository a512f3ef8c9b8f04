"""What a training run of the detector is given, tells on its way, and leaves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class DetectorPlan:
    """What to train and how long.

    Attributes:
        sets: folders with a manifest; evaluation sets are refused.
        doubtful: those of the sets whose labels are mended with the base before they are believed.
        lures: finds of the base, as it notes them in the run folder, from which a person struck all plates.
        base: ultralytics `.pt` to start from.
        run_dir: where checkpoints go; a run found there is resumed.
        steps: optimiser steps of the whole run.
        batch: tiles a step.
        tile_px: side of a tile, a multiple of 32.
        composite_share: share of pictures whose plates are replaced by drawn ones.
        validate_every: steps between validations (and checkpoints).
        threads: CPU threads.
        seed: seed of all chance.
        wall_minutes: stop after this many minutes even when steps are left; 0 = never.
    """

    sets: tuple[Path, ...]
    base: Path
    run_dir: Path
    steps: int = 1000
    batch: int = 16
    tile_px: int = 512
    composite_share: float = 0.6
    validate_every: int = 100
    threads: int = 2
    seed: int = 1
    wall_minutes: float = 0.0
    doubtful: tuple[Path, ...] = ()
    lures: Path | None = None


@dataclass(frozen=True, slots=True)
class DetectorProgress:
    """Where a run stands: step, mean loss since the last report, score (None between validations)."""

    step: int
    steps: int
    loss: float
    score: float | None
    seconds_a_step: float


@dataclass(frozen=True, slots=True)
class DetectorResult:
    """The best weights of a run and their validation score (mean average precision over `CHOOSING_IOUS`)."""

    weights: Path
    score: float
    step: int
