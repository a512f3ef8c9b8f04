"""What a training run of the reader is given, tells on its way, and leaves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from anpr.training.reader_size import SMALL

if TYPE_CHECKING:
    from pathlib import Path

    from anpr.training.reader_size import ReaderSize


@dataclass(frozen=True, slots=True)
class ReaderPlan:
    """What to train and how long.

    Attributes:
        sets: folders with a manifest; evaluation sets are refused.
        shards: folder of synthetic crops, see `reader_shards.write_shard`.
        run_dir: where checkpoints go; a run found there is resumed.
        wall_minutes: length of the run over all its resumptions; the learning rate falls over this time.
        size: of the reader.
        base: weights of an earlier run to start from; None starts a small reader from nothing and a large one
            from PP-OCRv6.
        losses: how hard each drawn crop is for a reader, see `practice.note_losses`: hard ones are shown more
            often; None shows all alike.
        lures: notes of places that were mistaken for plates, see `reader_data.load_lures`.
        batch: crops a step.
        validate_every: steps between validations (and checkpoints).
        threads: CPU threads.
        seed: seed of all chance.
        learning_rate: highest learning rate; None for the size's own.
    """

    sets: tuple[Path, ...]
    shards: Path
    run_dir: Path
    wall_minutes: float
    size: ReaderSize = SMALL
    base: Path | None = None
    losses: Path | None = None
    lures: Path | None = None
    batch: int = 64
    validate_every: int = 200
    threads: int = 2
    seed: int = 1
    learning_rate: float | None = None


@dataclass(frozen=True, slots=True)
class ReaderProgress:
    """Where a run stands.

    Attributes:
        step: steps done.
        share: share of the run's time that is over, 0..1.
        loss: mean since the last report.
        scores: share of held-out crops read exactly, by set; empty between validations.
        seconds_a_step: pace.
    """

    step: int
    share: float
    loss: float
    scores: dict[str, float]
    seconds_a_step: float


@dataclass(frozen=True, slots=True)
class ReaderResult:
    """The best weights of a run, their mean held-out score and the temperature that calibrates them."""

    weights: Path
    score: float
    temperature: float
