"""Training of the plate reader on synthetic shards and permitted real crops."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from anpr.errors import InputError
from anpr.training.course import Course, Recipe, settle
from anpr.training.reader_data import CropSet, RealCrop, load_lures, load_real
from anpr.training.reader_feed import CropFeed
from anpr.training.reader_lessons import lesson
from anpr.training.reader_plan import ReaderProgress, ReaderResult
from anpr.training.reader_scores import (
    drawn_sets,
    exact_share,
    fit_temperature,
    real_sets,
)
from anpr.training.reader_shards import shard_numbers
from anpr.training.reader_size import LARGE
from anpr.training.reader_weights import load_network

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from anpr.training.reader_plan import ReaderPlan
    from anpr.training.reader_size import ReaderSize

#: Weight of the guide at the start, and the share of the run over which it fades.
GUIDE_WEIGHT = 1.0
GUIDED_SHARE = 0.2


@dataclass(slots=True)
class _State:
    step: int = 0
    spent_s: float = 0.0
    best: float = -1.0
    losses: list[float] = field(default_factory=list)


def train(plan: ReaderPlan, *, on_progress: Callable[[ReaderProgress], None] | None = None) -> ReaderResult:
    """Trains the reader, resuming a run found in `plan.run_dir`.

    Raises:
        PolicyError: a set is for evaluation only.
        InputError: there are no synthetic shards, or a set cannot be used.
    """
    if not shard_numbers(plan.shards):
        raise InputError(
            f"There are no synthetic crops in {plan.shards}.",
            "Draw some first with anpr.training.reader_shards.write_shard.",
        )
    training, validation = load_real(plan.sets)
    settle(plan.threads, plan.seed)
    trainer = _Trainer(plan, training)
    trainer.resume()
    return trainer.run({**real_sets(validation, plan.size), **drawn_sets(plan.shards)}, on_progress)


def _fresh(size: ReaderSize) -> Any:
    """A small network that knows nothing, or a large one that knows print."""
    from anpr.training.large_base import of_ppocr
    from anpr.training.reader_network import ReaderNetwork

    return of_ppocr() if size == LARGE else ReaderNetwork()


def _of(base: Path, size: ReaderSize) -> Any:
    """The network of an earlier run.

    Raises:
        ModelError: the file holds no weights of a reader.
        InputError: they are of another size.
    """
    network = load_network(base)
    if network.size != size:
        raise InputError(f"{base} holds a {network.size.name} reader.", f"Add --size {network.size.name}.")
    return network


class _Trainer:
    """Holds the network and the state of one run."""

    def __init__(self, plan: ReaderPlan, training: list[RealCrop]) -> None:
        self._plan = plan
        self._feed = CropFeed(plan, training, load_lures(plan.lures) if plan.lures is not None else [])
        recipe = Recipe(
            learning_rate=plan.learning_rate or plan.size.learning_rate,
            weight_decay=0.02,
            warm_up_steps=150,
            last_share=0.01,
            clip=5.0,
            average_decay=0.998,
            average_steps=300,
        )
        network = _fresh(plan.size) if plan.base is None else _of(plan.base, plan.size)
        self._course = Course(network, recipe, plan.run_dir / "last.ckpt")
        self._state = _State()
        self._best = plan.run_dir / "best.pt"

    def resume(self) -> None:
        self._state = _State(**self._course.resume())

    def run(
        self, validation: dict[str, CropSet], on_progress: Callable[[ReaderProgress], None] | None
    ) -> ReaderResult:
        plan, state = self._plan, self._state
        budget_s = plan.wall_minutes * 60
        reported = time.monotonic()
        while state.spent_s < budget_s:
            began = time.monotonic()
            state.losses.append(self._step(state.spent_s / budget_s))
            state.step += 1
            state.spent_s += time.monotonic() - began
            scores: dict[str, float] = {}
            if state.step % plan.validate_every == 0 or state.spent_s >= budget_s:
                scores = {
                    name: exact_share(self._course.average, crops) for name, crops in validation.items()
                }
                self._save(float(np.mean(list(scores.values()))))
            if on_progress is not None and (scores or state.step % 50 == 0):
                pace = (time.monotonic() - reported) / len(state.losses)
                on_progress(
                    ReaderProgress(
                        state.step, state.spent_s / budget_s, float(np.mean(state.losses)), scores, pace
                    )
                )
                state.losses.clear()
                reported = time.monotonic()
        network = load_network(self._best)
        return ReaderResult(self._best, state.best, fit_temperature(network, validation))

    def _step(self, share: float) -> float:
        network = self._course.network
        crops = self._feed.batch(self._state.step)
        network.train()
        # Who has learned to read already needs no guide.
        guided = GUIDE_WEIGHT * max(0.0, 1 - share / GUIDED_SHARE) if self._plan.base is None else 0.0
        return self._course.learn(lesson(network, crops, guided), self._state.step, share)

    def _save(self, score: float) -> None:
        import torch

        state = self._state
        if score > state.best:
            state.best = score
            torch.save(
                {
                    "average": self._course.average.state_dict(),
                    "size": self._plan.size.name,
                    "score": score,
                    "step": state.step,
                },
                self._best,
            )
        self._course.save(step=state.step, spent_s=state.spent_s, best=state.best)
