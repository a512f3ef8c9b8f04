"""Training of the plate reader on synthetic shards and permitted real crops."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from anpr.errors import InputError
from anpr.training.course import Course, Recipe, settle
from anpr.training.precision import autocast
from anpr.training.reader_data import NO_PLATE, CropSet, RealCrop, load_lures, load_real
from anpr.training.reader_feed import CropFeed
from anpr.training.reader_plan import ReaderProgress, ReaderResult
from anpr.training.reader_scores import (
    corners_loss,
    ctc_loss,
    drawn_sets,
    exact_share,
    fit_temperature,
    load_network,
    real_sets,
    rows_loss,
)
from anpr.training.reader_shards import shard_numbers

if TYPE_CHECKING:
    from collections.abc import Callable

    from anpr.training.reader_plan import ReaderPlan

ROWS_WEIGHT = 0.2
CORNERS_WEIGHT = 3.0
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
    return trainer.run({**real_sets(validation), **drawn_sets(plan.shards)}, on_progress)


class _Trainer:
    """Holds the network and the state of one run."""

    def __init__(self, plan: ReaderPlan, training: list[RealCrop]) -> None:
        from anpr.training.reader_network import ReaderNetwork

        self._plan = plan
        self._feed = CropFeed(plan, training, load_lures(plan.lures) if plan.lures is not None else [])
        recipe = Recipe(
            learning_rate=plan.learning_rate,
            weight_decay=0.02,
            warm_up_steps=150,
            last_share=0.01,
            clip=5.0,
            average_decay=0.998,
            average_steps=300,
        )
        network = ReaderNetwork() if plan.base is None else load_network(plan.base)
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
        import torch
        from torch.nn import functional

        from anpr.training.reader_guide import guide

        network = self._course.network
        crops = self._feed.batch(self._state.step)
        network.train()
        with autocast():
            seen = network.see(torch.from_numpy(crops.images))
            characters, rows = network.characters(seen), network.rows(seen.mean(1))
            corners = network.corners(seen)
        seen, characters, rows = seen.float(), characters.float(), rows.float()
        codes, known = torch.from_numpy(crops.codes), torch.from_numpy(crops.rows)
        plates = known != NO_PLATE
        # What stands on a sign is no lesson in reading plates: of it only is learned that it is none.
        loss = ctc_loss(characters[plates], codes[plates]) + ROWS_WEIGHT * rows_loss(rows, known)
        loss = loss + CORNERS_WEIGHT * corners_loss(corners.float(), torch.from_numpy(crops.corners))
        # Who has learned to read already needs no guide.
        guided = GUIDE_WEIGHT * max(0.0, 1 - share / GUIDED_SHARE) if self._plan.base is None else 0.0
        if guided > 0:
            used = codes > 0
            there = guide(codes, known, network.grid) @ seen
            loss = loss + guided * functional.cross_entropy(network.characters(there[used]), codes[used])
        return self._course.learn(loss, self._state.step, share)

    def _save(self, score: float) -> None:
        import torch

        state = self._state
        if score > state.best:
            state.best = score
            torch.save(
                {"average": self._course.average.state_dict(), "score": score, "step": state.step}, self._best
            )
        self._course.save(step=state.step, spent_s=state.spent_s, best=state.best)
