"""Training of the plate reader on synthetic shards and permitted real crops."""

from __future__ import annotations

import math
import os
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from anpr.errors import InputError
from anpr.training.precision import autocast
from anpr.training.reader_data import NO_PLATE, CropSet, RealCrop, load_lures, load_real
from anpr.training.reader_feed import CropFeed
from anpr.training.reader_plan import ReaderProgress, ReaderResult
from anpr.training.reader_scores import (
    corners_loss,
    ctc_loss,
    exact_share,
    fit_temperature,
    load_network,
    rows_loss,
    validation_sets,
)
from anpr.training.reader_shards import shard_numbers

if TYPE_CHECKING:
    from collections.abc import Callable

    from anpr.training.reader_plan import ReaderPlan

WEIGHT_DECAY = 0.02
WARM_UP_STEPS = 150
EMA_DECAY = 0.998
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
    # Threads that spin while they wait cost a factor of three on a machine that has other work.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ.setdefault("GOMP_SPINCOUNT", "0")
    import torch

    if not shard_numbers(plan.shards):
        raise InputError(
            f"There are no synthetic crops in {plan.shards}.",
            "Draw some first with anpr.training.reader_shards.write_shard.",
        )
    training, validation = load_real(plan.sets)
    torch.set_num_threads(plan.threads)
    torch.manual_seed(plan.seed)
    trainer = _Trainer(plan, training)
    trainer.resume()
    return trainer.run(validation_sets(validation, plan.shards), on_progress)


class _Trainer:
    """Holds network, optimiser, moving average and state of one run."""

    def __init__(self, plan: ReaderPlan, real: list[RealCrop]) -> None:
        import copy

        import torch

        from anpr.training.reader_network import ReaderNetwork

        self._plan = plan
        self._feed = CropFeed(plan, real, load_lures(plan.lures) if plan.lures is not None else [])
        network = ReaderNetwork(plan.deep) if plan.base is None else load_network(plan.base, deep=plan.deep)
        self._network: Any = network.to(memory_format=torch.channels_last)
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
        with autocast():
            seen = self._network.see(torch.from_numpy(crops.images))
            characters, rows = self._network.characters(seen), self._network.rows(seen.mean(1))
            corners = self._network.corners(seen)
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
            there = guide(codes, known, self._network.grid) @ seen
            loss = loss + guided * functional.cross_entropy(
                self._network.characters(there[used]), codes[used]
            )
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
