"""Fine-tuning of the plate detector (YOLO nano) on street pictures and composites.

The network and its loss are ultralytics'; the loop is ours, because tiles are drawn on the fly, the run must
stop and resume at any step, and nothing may be written outside the run folder.
"""

from __future__ import annotations

import math
import os
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from anpr.errors import InputError, ModelError
from anpr.training.boxes import average_precision
from anpr.training.data import held_out, load_manifest, split_by_stretch
from anpr.training.tiles import TileMaker, letterbox

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from anpr.training.composites import PlateSource
    from anpr.training.data import LabelledPicture

#: Fine-tuning rate: a quarter of ultralytics' automatic rate for one class, the weights being good already.
LEARNING_RATE = 8e-4
WEIGHT_DECAY = 5e-4
WARM_UP_STEPS = 60
EMA_DECAY = 0.995
#: IoU thresholds whose average precision chooses the checkpoint: tight boxes make readable crops.
CHOOSING_IOUS = (0.5, 0.6, 0.7, 0.8)
#: Layers of the network's stem that stay as they are.
FROZEN_LAYERS = 4
#: Enough pictures to tell checkpoints apart, few enough not to hold up the run.
MOST_VALIDATED = 90
MANY = 4  # pictures a drive must have to be split in time


@dataclass(frozen=True, slots=True)
class DetectorPlan:
    """What to train and how long.

    Attributes:
        sets: folders with a manifest; evaluation sets are refused.
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


@dataclass(slots=True)
class _State:
    step: int = 0
    best: float = -1.0
    best_step: int = 0
    losses: list[float] = field(default_factory=list)


def split(sets: Sequence[Path]) -> tuple[tuple[LabelledPicture, ...], tuple[LabelledPicture, ...]]:
    """Loads sets for training and splits them: drives by time, single pictures by name.

    Raises:
        PolicyError: a set is for evaluation only.
        InputError: a set has no usable manifest, or holds plate crops only.
    """
    training: list[LabelledPicture] = []
    validation: list[LabelledPicture] = []
    for folder in sets:
        pictures = tuple(p for p in load_manifest(folder, for_training=True) if not p.is_crop)
        if len({p.group for p in pictures}) * MANY <= len(pictures):
            early, late = split_by_stretch(pictures)
            training.extend(early)
            validation.extend(late)
        else:
            training.extend(p for p in pictures if not held_out(p))
            validation.extend(p for p in pictures if held_out(p))
    if not training or not validation:
        raise InputError(
            "There are not enough whole pictures to train a detector and to check it.",
            "Label at least twenty street pictures, with plates as boxes.",
        )
    return tuple(training), tuple(validation)


def train(
    plan: DetectorPlan,
    plates: PlateSource | None,
    *,
    clean: Callable[[LabelledPicture], LabelledPicture | None] | None = None,
    on_progress: Callable[[DetectorProgress], None] | None = None,
) -> DetectorResult:
    """Trains the detector, resuming a run found in `plan.run_dir`.

    Args:
        plan: what to train.
        plates: draws plates for composites; None trains on the labelled plates alone.
        clean: mends or drops a picture with doubtful labels.
        on_progress: called every few steps.

    Returns:
        The best checkpoint by validation.

    Raises:
        PolicyError: a set is for evaluation only.
        InputError: a set cannot be used.
        ModelError: the base weights cannot be loaded.
    """
    # Threads that spin while they wait cost a factor of three on a machine that has other work.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ.setdefault("GOMP_SPINCOUNT", "0")
    import torch

    training, validation = split(plan.sets)
    if clean is not None:
        training = tuple(kept for kept in map(clean, training) if kept is not None)
        validation = tuple(kept for kept in map(clean, validation) if kept is not None)
    torch.set_num_threads(plan.threads)
    torch.manual_seed(plan.seed)
    model = load_network(plan.base)
    freeze(model, FROZEN_LAYERS)
    trainer = _Trainer(plan, model, TileMaker(training, plates, plan.tile_px, plan.composite_share))
    trainer.resume()
    return trainer.run(_validation_tiles(validation, plates, plan.seed), on_progress)


def load_network(weights: Path) -> Any:
    """Loads the torch network of an ultralytics `.pt` in 32 bits, ready to be trained further.

    Raises:
        ModelError: the file is missing or is no ultralytics detector.
    """
    if not weights.is_file():
        raise ModelError(f"{weights} does not exist.", "Give the .pt file of a YOLO detector as the base.")
    os.environ.setdefault("YOLO_AUTOINSTALL", "false")
    os.environ.setdefault("YOLO_OFFLINE", "true")
    from ultralytics import YOLO
    from ultralytics.cfg import get_cfg

    model: Any = YOLO(str(weights)).model.float()
    for parameter in model.parameters():
        parameter.requires_grad_(True)
    model.args = get_cfg()
    return model


def freeze(model: Any, layers: int) -> None:
    """Keeps the first layers as they are: edges need no new lesson, and their gradients cost the most."""
    for layer in model.model[:layers]:
        layer.eval()
        for parameter in layer.parameters():
            parameter.requires_grad_(False)


class _Trainer:
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
        import torch

        if not self._checkpoint.is_file():
            return
        saved = torch.load(self._checkpoint, map_location="cpu", weights_only=True)
        self._model.load_state_dict(saved["model"])
        self._average.load_state_dict(saved["average"])
        self._optimiser.load_state_dict(saved["optimiser"])
        self._state = _State(step=saved["step"], best=saved["best"], best_step=saved["best_step"])

    def run(
        self,
        validation: list[tuple[np.ndarray, np.ndarray]],
        on_progress: Callable[[DetectorProgress], None] | None,
    ) -> DetectorResult:
        plan, state = self._plan, self._state
        started = reported = time.monotonic()
        for batch in _batches(self._tiles, plan, state.step):
            state.losses.append(self._step(batch))
            state.step += 1
            late = bool(plan.wall_minutes) and time.monotonic() - started > plan.wall_minutes * 60
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
        loss, _ = self._model.loss(batch)
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
        step, steps = self._state.step, self._plan.steps
        warm = min(1.0, (step + 1) / WARM_UP_STEPS)
        cosine = 0.02 + 0.98 * (1 + math.cos(math.pi * step / max(1, steps))) / 2
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
                "best": state.best,
                "best_step": state.best_step,
            },
            partial,
        )
        partial.replace(self._checkpoint)


def save_network(model: Any, target: Path) -> None:
    """Writes an ultralytics `.pt` in 16 bits, without optimiser or history."""
    import copy

    import torch

    half = copy.deepcopy(model).half().eval()
    half.criterion = None
    half.names = {0: "plate"}
    for parameter in half.parameters():
        parameter.requires_grad_(False)
    torch.save(
        {"epoch": -1, "model": half, "ema": None, "optimizer": None, "train_args": {"task": "detect"}}, target
    )


def validate(model: Any, pictures: list[tuple[np.ndarray, np.ndarray]]) -> float:
    """Mean average precision over `CHOOSING_IOUS` of a network in evaluation mode on letterboxed pictures."""
    import torch
    from ultralytics.utils.nms import non_max_suppression

    found = []
    with torch.no_grad():
        for image, truth in pictures:
            output = model(_to_tensor(image[None]))
            kept = non_max_suppression(output, conf_thres=0.05, iou_thres=0.5)[0].numpy()
            found.append((kept[:, :4], kept[:, 4], truth))
    return float(np.mean([average_precision(found, iou) for iou in CHOOSING_IOUS]))


def _validation_tiles(
    pictures: Sequence[LabelledPicture], plates: PlateSource | None, seed: int
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Whole pictures at 640, and the same with drawn plates, which tell about pairs and two rows."""
    from anpr.training.composites import compose

    out = []
    rng = np.random.default_rng(seed + 1000)
    for picture in pictures[:: max(1, len(pictures) // MOST_VALIDATED)]:
        image = np.asarray(cv2.imread(str(picture.path)), dtype=np.uint8)
        boxes = tuple(plate.box for plate in picture.plates)
        versions = [(image, boxes)]
        if plates is not None:
            made = compose(image, boxes, plates, rng)
            versions.append((made.image, made.boxes))
        for version, truth in versions:
            square, scale, left, top = letterbox(version, 640)
            moved = np.array(truth, np.float32).reshape(-1, 4) * scale + [left, top, left, top]
            out.append((square, moved.astype(np.float32)))
    return out


def _to_tensor(images: np.ndarray) -> Any:
    import torch

    rgb = np.ascontiguousarray(images[..., ::-1].transpose(0, 3, 1, 2))
    return torch.from_numpy(rgb).float().div_(255).contiguous(memory_format=torch.channels_last)


def _batches(tiles: TileMaker, plan: DetectorPlan, first_step: int) -> Any:
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
            "img": _to_tensor(np.stack([tile.image for tile in made])),
            "cls": torch.zeros(len(boxes), 1),
            "bboxes": torch.from_numpy((centred / plan.tile_px).astype(np.float32)),
            "batch_idx": torch.from_numpy(owner.astype(np.float32)),
        }
