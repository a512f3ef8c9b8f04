"""Training of the plate reader on synthetic shards and permitted real crops."""

from __future__ import annotations

import math
import os
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from anpr.errors import InputError
from anpr.training.alphabet import CLASSES, decode
from anpr.training.export import export_module
from anpr.training.reader_data import (
    CropSet,
    RealCrop,
    degraded,
    distorted,
    load_real,
    plain,
    read_shard,
    shard_numbers,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.random import Generator

LEARNING_RATE = 1.5e-3
WEIGHT_DECAY = 0.02
WARM_UP_STEPS = 150
EMA_DECAY = 0.998
LABEL_SMOOTHING = 0.02
ROWS_WEIGHT = 0.2
#: Weight of the attention guide at the start, the share of the run over which it fades, its inner balance.
GUIDE_WEIGHT = 1.0
GUIDED_SHARE = 0.4
GUIDED_ATTENTION = 0.3
#: Share of real crops in a batch; they are few, and their labels are worth most.
REAL_SHARE = 0.25
#: How often each real set is drawn from: varied sets more, uniform ones less.
SET_WEIGHTS = {
    "us_crops": 0.3,
    "sg_street": 0.22,
    "ro_plates": 0.18,
    "br_crops": 0.14,
    "world_openlpr": 0.08,
    "cn_crops": 0.08,
}
OTHER_SET_WEIGHT = 0.3
#: Synthetic crops kept for validation: the last of the first shard.
VALIDATION_CROPS = 1000


@dataclass(frozen=True, slots=True)
class ReaderPlan:
    """What to train and how long.

    Attributes:
        sets: folders with a manifest; evaluation sets are refused.
        shards: folder of synthetic crops, see `reader_data.write_shard`.
        run_dir: where checkpoints go; a run found there is resumed.
        wall_minutes: length of the run over all its resumptions; the learning rate falls over this time.
        base: weights of an earlier run to start from; None starts from nothing.
        batch: crops a step.
        validate_every: steps between validations (and checkpoints).
        threads: CPU threads.
        seed: seed of all chance.
        learning_rate: highest learning rate.
    """

    sets: tuple[Path, ...]
    shards: Path
    run_dir: Path
    wall_minutes: float
    base: Path | None = None
    batch: int = 64
    validate_every: int = 200
    threads: int = 2
    seed: int = 1
    learning_rate: float = LEARNING_RATE


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
    # Threads that spin while they wait cost a factor of three on a machine that has other work.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ.setdefault("GOMP_SPINCOUNT", "0")
    import torch

    if not shard_numbers(plan.shards):
        raise InputError(
            f"There are no synthetic crops in {plan.shards}.",
            "Draw some first with anpr.training.reader_data.write_shard.",
        )
    training, validation = load_real(plan.sets)
    torch.set_num_threads(plan.threads)
    torch.manual_seed(plan.seed)
    trainer = _Trainer(plan, training)
    trainer.resume()
    return trainer.run(_validation_sets(validation, plan.shards), on_progress)


class _Trainer:
    """Holds network, optimiser, moving average and state of one run."""

    def __init__(self, plan: ReaderPlan, real: list[RealCrop]) -> None:
        import copy

        import torch

        from anpr.training.reader_network import ReaderNetwork

        self._plan = plan
        self._feed = CropFeed(plan, real)
        self._network: Any = ReaderNetwork().to(memory_format=torch.channels_last)
        if plan.base is not None:
            self._network.load_state_dict(
                torch.load(plan.base, map_location="cpu", weights_only=True)["average"]
            )
        self._average = copy.deepcopy(self._network).eval()
        parameters = list(self._network.parameters())
        self._optimiser = torch.optim.AdamW(
            [
                {"params": [p for p in parameters if p.ndim > 1], "weight_decay": WEIGHT_DECAY},
                {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
            ],
            lr=plan.learning_rate,
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
        self._network.load_state_dict(saved["network"])
        self._average.load_state_dict(saved["average"])
        self._optimiser.load_state_dict(saved["optimiser"])
        self._state = _State(step=saved["step"], spent_s=saved["spent_s"], best=saved["best"])

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
                scores = {name: exact_share(self._average, crops) for name, crops in validation.items()}
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

        warm = min(1.0, (self._state.step + 1) / WARM_UP_STEPS)
        rate = self._plan.learning_rate * warm * (0.01 + 0.99 * (1 + math.cos(math.pi * min(1.0, share))) / 2)
        for group in self._optimiser.param_groups:
            group["lr"] = rate
        crops = self._feed.batch(self._state.step)
        self._network.train()
        looks: list[Any] = []
        tokens = self._network.see(torch.from_numpy(crops.images))
        characters, rows = self._network.answer(tokens, looks)
        codes, known = torch.from_numpy(crops.codes), torch.from_numpy(crops.rows)
        loss = functional.cross_entropy(
            characters.flatten(0, 1), codes.flatten(), label_smoothing=LABEL_SMOOTHING
        )
        if bool((known > 0).any()):
            loss = loss + ROWS_WEIGHT * functional.cross_entropy(rows[known > 0], known[known > 0] - 1)
        guided = GUIDE_WEIGHT * max(0.0, 1 - share / GUIDED_SHARE)
        if guided > 0:
            expected = guide(codes, known, self._network.grid)
            loss = loss + guided * guiding_loss(tokens, looks, self._network.speller, codes, expected)
        self._optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self._network.parameters(), 5.0)
        self._optimiser.step()
        decay = EMA_DECAY * (1 - math.exp(-(self._state.step + 1) / 300))
        with torch.no_grad():
            own = self._network.state_dict()
            for name, value in self._average.state_dict().items():
                if value.dtype.is_floating_point:
                    value.mul_(decay).add_(own[name], alpha=1 - decay)
                else:
                    value.copy_(own[name])
        return float(loss.detach())

    def _save(self, score: float) -> None:
        import torch

        state = self._state
        if score > state.best:
            state.best = score
            torch.save(
                {"average": self._average.state_dict(), "score": score, "step": state.step}, self._best
            )
        partial = self._checkpoint.with_suffix(".part")
        torch.save(
            {
                "network": self._network.state_dict(),
                "average": self._average.state_dict(),
                "optimiser": self._optimiser.state_dict(),
                "step": state.step,
                "spent_s": state.spent_s,
                "best": state.best,
            },
            partial,
        )
        partial.replace(self._checkpoint)


def guiding_loss(tokens: Any, looks: list[Any], speller: Any, codes: Any, expected: Any) -> Any:
    """How far the attention is from where characters should be, and whether what is there can be told.

    Args:
        tokens: n x places x width, what was seen.
        looks: attention weights of each layer, n x (slots + 1) x places.
        speller: scores characters from a mean of places.
        codes: n x slots.
        expected: n x slots x places, see `reader_guide.guide`.
    """
    from torch.nn import functional

    used = codes > 0
    told = functional.cross_entropy(speller(expected @ tokens)[used], codes[used])
    slots = codes.shape[1]
    aimed = sum(-(expected * (look[:, :slots] + 1e-6).log()).sum(-1)[used].mean() for look in looks)
    return told + GUIDED_ATTENTION * aimed / len(looks)


class CropFeed:
    """Mixes synthetic and real crops into batches; step number and seed alone decide what a batch holds."""

    def __init__(self, plan: ReaderPlan, real: list[RealCrop]) -> None:
        self._plan = plan
        self._real: dict[str, list[RealCrop]] = {}
        for item in real:
            self._real.setdefault(item.set_name, []).append(item)
        self._names = sorted(self._real)
        weights = np.array([SET_WEIGHTS.get(name, OTHER_SET_WEIGHT) for name in self._names])
        self._weights = weights / weights.sum() if len(weights) else weights
        self._shards: dict[int, CropSet] = {}

    def batch(self, step: int) -> CropSet:
        """The crops of one step."""
        rng = np.random.default_rng((self._plan.seed, step))
        if step % 50 == 0 or not self._shards:
            for number in shard_numbers(self._plan.shards):
                if number not in self._shards:
                    self._shards[number] = read_shard(self._plan.shards, number)
        made = [
            self._real_crop(rng) if self._names and rng.random() < REAL_SHARE else self._drawn(rng)
            for _ in range(self._plan.batch)
        ]
        return CropSet(
            np.stack([m[0] for m in made]), np.stack([m[1] for m in made]), np.array([m[2] for m in made])
        )

    def _real_crop(self, rng: Generator) -> tuple[Any, Any, int]:
        crops = self._real[self._names[int(rng.choice(len(self._names), p=self._weights))]]
        chosen = crops[int(rng.integers(len(crops)))]
        return distorted(chosen, rng), chosen.codes, chosen.rows

    def _drawn(self, rng: Generator) -> tuple[Any, Any, int]:
        numbers = list(self._shards)
        number = numbers[int(rng.integers(len(numbers)))]
        shard = self._shards[number]
        last = len(shard) - (VALIDATION_CROPS if number == 0 else 0)
        index = int(rng.integers(max(1, last)))
        return (
            degraded(np.array(shard.images[index]), rng, strength=0.35),
            shard.codes[index],
            int(shard.rows[index]),
        )


def load_network(weights: Path) -> Any:
    """Loads a trained network, in evaluation mode."""
    import torch

    from anpr.training.reader_network import ReaderNetwork

    network = ReaderNetwork()
    network.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True)["average"])
    return network.eval()


def scores_of(network: Any, crops: CropSet, batch: int = 64) -> np.ndarray:
    """Character scores before softmax, n x slots x classes."""
    import torch

    with torch.no_grad():
        return np.concatenate(
            [
                network(torch.from_numpy(np.array(crops.images[start : start + batch])))[0].numpy()
                for start in range(0, len(crops), batch)
            ]
        )


def exact_share(network: Any, crops: CropSet) -> float:
    """Share of crops whose whole text is right."""
    read = [decode(scores)[0] for scores in scores_of(network, crops)]
    truth = ["".join(CLASSES[code] for code in codes) for codes in crops.codes]
    return float(np.mean([a == b for a, b in zip(read, truth, strict=True)]))


def fit_temperature(network: Any, validation: dict[str, CropSet]) -> float:
    """The temperature with the least negative log likelihood on held-out crops, every set counting alike."""
    scored = [(scores_of(network, crops), crops.codes) for crops in validation.values()]

    def cost(temperature: float) -> float:
        total = 0.0
        for scores, codes in scored:
            soft = scores / temperature
            log_sum = np.log(np.exp(soft - soft.max(-1, keepdims=True)).sum(-1)) + soft.max(-1)
            total += float(np.mean(log_sum - np.take_along_axis(soft, codes[..., None], -1)[..., 0]))
        return total

    candidates = np.exp(np.linspace(math.log(0.4), math.log(2.5), 60))
    return float(min(candidates, key=cost))


def export(weights: Path, temperature: float, target: Path) -> None:
    """Writes the calibrated reader as ONNX: `crops` in, `characters` and `rows` out, as probabilities."""
    import torch

    from anpr.training.alphabet import INPUT_HEIGHT_PX, INPUT_WIDTH_PX
    from anpr.training.reader_network import CalibratedReader

    export_module(
        CalibratedReader(load_network(weights), temperature).eval(),
        torch.zeros(1, INPUT_HEIGHT_PX, INPUT_WIDTH_PX, 3, dtype=torch.uint8),
        target,
        input_name="crops",
        output_names=("characters", "rows"),
        dynamic_axes={name: {0: "batch"} for name in ("crops", "characters", "rows")},
    )


def _validation_sets(real: list[RealCrop], shards: Path) -> dict[str, CropSet]:
    """Held-out crops by set, and synthetic ones by number of rows."""
    sets: dict[str, CropSet] = {}
    for name in sorted({item.set_name for item in real}):
        chosen = [item for item in real if item.set_name == name]
        sets[name] = CropSet(
            np.stack([plain(item, 0.03) for item in chosen]),
            np.stack([item.codes for item in chosen]),
            np.array([item.rows for item in chosen]),
        )
    first = read_shard(shards, 0)
    last = slice(len(first) - VALIDATION_CROPS, len(first))
    images, codes, rows = np.array(first.images[last]), first.codes[last], first.rows[last]
    for count in (1, 2):
        chosen_rows = rows == count
        if chosen_rows.any():
            sets[f"synthetic {count}-row"] = CropSet(
                images[chosen_rows], codes[chosen_rows], rows[chosen_rows]
            )
    return sets
