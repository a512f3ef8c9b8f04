"""One training run of the detector: steps, checkpoints, batches.

The network and its loss are ultralytics'; the loop is ours, because tiles are drawn on the fly, the run must
stop and resume at any step, and nothing may be written outside the run folder.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from anpr.training.course import Course, Recipe
from anpr.training.detector_network import freeze, save_network, to_tensor, validate
from anpr.training.detector_plan import DetectorProgress, DetectorResult
from anpr.training.precision import autocast, in_full

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from anpr.training.detector_plan import DetectorPlan
    from anpr.training.tiles import TileMaker

#: The rate is a quarter of ultralytics' automatic one for one class, the weights being good already.
RECIPE = Recipe(
    learning_rate=8e-4,
    weight_decay=5e-4,
    warm_up_steps=60,
    last_share=0.02,
    clip=10.0,
    average_decay=0.995,
    average_steps=100,
)
#: Layers of the network's stem that stay as they are.
FROZEN_LAYERS = 4


@dataclass(slots=True)
class _State:
    step: int = 0
    seconds: float = 0.0
    best: float = -1.0
    best_step: int = 0
    losses: list[float] = field(default_factory=list)


class Trainer:
    """Holds the network and the state of one run."""

    def __init__(self, plan: DetectorPlan, model: Any, tiles: TileMaker) -> None:
        self._plan = plan
        self._tiles = tiles
        self._course = Course(model, RECIPE, plan.run_dir / "last.ckpt")
        self._state = _State()
        self._best = plan.run_dir / "best.pt"

    def resume(self) -> None:
        """Goes on from the run folder's last checkpoint, when there is one."""
        self._state = _State(**self._course.resume())

    def run(
        self,
        validation: list[tuple[np.ndarray, np.ndarray]],
        on_progress: Callable[[DetectorProgress], None] | None,
    ) -> DetectorResult:
        """Trains to the end of the plan; validates and saves on the way."""
        plan, state = self._plan, self._state
        reported = time.monotonic()
        started = reported - state.seconds
        for batch in batches(self._tiles, plan, state.step):
            state.losses.append(self._step(batch))
            state.step += 1
            state.seconds = time.monotonic() - started
            late = bool(plan.wall_minutes) and state.seconds > plan.wall_minutes * 60
            score = None
            if state.step % plan.validate_every == 0 or state.step == plan.steps or late:
                score = validate(self._course.average, validation)
                self._save(score)
            if on_progress is not None and (score is not None or state.step % 10 == 0):
                pace = (time.monotonic() - reported) / len(state.losses)
                on_progress(
                    DetectorProgress(state.step, plan.steps, float(np.mean(state.losses)), score, pace)
                )
                state.losses.clear()
                reported = time.monotonic()
            if late:
                break
        return DetectorResult(self._best, state.best, state.best_step)

    def _step(self, batch: dict[str, Any]) -> float:
        plan, state, model = self._plan, self._state, self._course.network
        model.train()
        freeze(model, FROZEN_LAYERS)
        with autocast():
            found = model(batch["img"])
        loss, _ = model.loss(batch, in_full(found))
        # Steps or time, whichever runs out first: the rate has to come down before the run ends.
        share = max(state.step / max(1, plan.steps), state.seconds / 60 / (plan.wall_minutes or math.inf))
        return self._course.learn(loss.sum() / len(batch["img"]), state.step, share)

    def _save(self, score: float) -> None:
        state = self._state
        if score > state.best:
            state.best, state.best_step = score, state.step
            save_network(self._course.average, self._best)
        self._course.save(step=state.step, seconds=state.seconds, best=state.best, best_step=state.best_step)


def batches(tiles: TileMaker, plan: DetectorPlan, first_step: int) -> Iterator[dict[str, Any]]:
    """Batches from `first_step` on; step number and seed alone decide what a batch holds."""
    import torch

    cv2.setNumThreads(1)
    for step in range(first_step, plan.steps):
        made = [tiles.tile(np.random.default_rng((plan.seed, step, index))) for index in range(plan.batch)]
        boxes = np.concatenate([tile.boxes for tile in made])
        owner = np.concatenate([np.full(len(tile.boxes), index) for index, tile in enumerate(made)])
        centred = np.stack(
            [
                (boxes[:, 0] + boxes[:, 2]) / 2,
                (boxes[:, 1] + boxes[:, 3]) / 2,
                boxes[:, 2] - boxes[:, 0],
                boxes[:, 3] - boxes[:, 1],
            ],
            axis=1,
        )
        yield {
            "img": to_tensor(np.stack([tile.image for tile in made])),
            "cls": torch.zeros(len(boxes), 1),
            "bboxes": torch.from_numpy((centred / plan.tile_px).astype(np.float32)),
            "batch_idx": torch.from_numpy(owner.astype(np.float32)),
        }
