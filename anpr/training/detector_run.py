"""One training run of the detector: optimiser, moving average, checkpoints, batches.

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

from anpr.training.detector_network import freeze, save_network, to_tensor, validate
from anpr.training.detector_plan import DetectorProgress, DetectorResult
from anpr.training.precision import autocast, in_full

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from anpr.training.detector_plan import DetectorPlan
    from anpr.training.tiles import TileMaker

#: Fine-tuning rate: a quarter of ultralytics' automatic rate for one class, the weights being good already.
LEARNING_RATE = 8e-4
WEIGHT_DECAY = 5e-4
WARM_UP_STEPS = 60
EMA_DECAY = 0.995
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
    """Holds optimiser, moving average and state of one run."""

    def __init__(self, plan: DetectorPlan, model: Any, tiles: TileMaker) -> None:
        import copy

        import torch

        self._plan = plan
        self._tiles = tiles
        self._model = model.to(memory_format=torch.channels_last)
        self._average = copy.deepcopy(model).eval()
        trained = [p for p in model.parameters() if p.requires_grad]
        decayed = [p for p in trained if p.ndim > 1]
        plain = [p for p in trained if p.ndim <= 1]
        self._optimiser = torch.optim.AdamW(
            [{"params": decayed, "weight_decay": WEIGHT_DECAY}, {"params": plain, "weight_decay": 0.0}],
            lr=LEARNING_RATE,
        )
        self._state = _State()
        plan.run_dir.mkdir(parents=True, exist_ok=True)
        self._checkpoint = plan.run_dir / "last.ckpt"
        self._best = plan.run_dir / "best.pt"

    def resume(self) -> None:
        """Goes on from the run folder's last checkpoint, when there is one."""
        import torch

        if not self._checkpoint.is_file():
            return
        saved = torch.load(self._checkpoint, map_location="cpu", weights_only=True)
        self._model.load_state_dict(saved["model"])
        self._average.load_state_dict(saved["average"])
        self._optimiser.load_state_dict(saved["optimiser"])
        self._state = _State(saved["step"], saved["seconds"], saved["best"], saved["best_step"])

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
                score = validate(self._average, validation)
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
        import torch

        self._set_rate()
        self._model.train()
        freeze(self._model, FROZEN_LAYERS)
        self._optimiser.zero_grad(set_to_none=True)
        with autocast():
            found = self._model(batch["img"])
        loss, _ = self._model.loss(batch, in_full(found))
        total = loss.sum() / len(batch["img"])
        total.backward()
        torch.nn.utils.clip_grad_norm_(self._model.parameters(), 10.0)
        self._optimiser.step()
        decay = EMA_DECAY * (1 - math.exp(-(self._state.step + 1) / 100))
        with torch.no_grad():
            own = self._model.state_dict()
            for name, value in self._average.state_dict().items():
                if value.dtype.is_floating_point:
                    value.mul_(decay).add_(own[name], alpha=1 - decay)
                else:
                    value.copy_(own[name])
        return float(total.detach())

    def _set_rate(self) -> None:
        plan, step = self._plan, self._state.step
        warm = min(1.0, (step + 1) / WARM_UP_STEPS)
        # Steps or time, whichever runs out first: the rate has to come down before the run ends.
        share = max(step / max(1, plan.steps), self._state.seconds / 60 / (plan.wall_minutes or math.inf))
        cosine = 0.02 + 0.98 * (1 + math.cos(math.pi * min(1.0, share))) / 2
        for group in self._optimiser.param_groups:
            group["lr"] = LEARNING_RATE * warm * cosine

    def _save(self, score: float) -> None:
        import torch

        state = self._state
        if score > state.best:
            state.best, state.best_step = score, state.step
            save_network(self._average, self._best)
        partial = self._checkpoint.with_suffix(".part")
        torch.save(
            {
                "model": self._model.state_dict(),
                "average": self._average.state_dict(),
                "optimiser": self._optimiser.state_dict(),
                "step": state.step,
                "seconds": state.seconds,
                "best": state.best,
                "best_step": state.best_step,
            },
            partial,
        )
        partial.replace(self._checkpoint)


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
