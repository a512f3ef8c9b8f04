"""What every run of training shares: threads, optimiser, moving average, checkpoint."""

from __future__ import annotations

import copy
import math
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a network is trained.

    Attributes:
        learning_rate: the highest; it rises over `warm_up_steps` and falls along a cosine to `last_share` of
            that.
        weight_decay: of matrices and kernels; none of biases and norms.
        clip: longest gradient.
        average_decay: share of the moving average that stays at each step.
        average_steps: over how many steps the average comes to that.
    """

    learning_rate: float
    weight_decay: float
    warm_up_steps: int
    last_share: float
    clip: float
    average_decay: float
    average_steps: int


def settle(threads: int, seed: int) -> None:
    """Makes torch ready for a run beside other work, repeatable by its seed."""
    # Threads that spin while they wait cost a factor of three on a machine that has other work.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ.setdefault("GOMP_SPINCOUNT", "0")
    import torch

    torch.set_num_threads(threads)
    torch.manual_seed(seed)


class Course:
    """A network on its way.

    Args:
        network: what is trained; layers whose gradients are off stay as they are.
        recipe: how.
        checkpoint: the file that a run goes on from.

    Attributes:
        network: as it is now.
        average: its moving average, which is what comes of a run; in evaluation mode.
    """

    def __init__(self, network: Any, recipe: Recipe, checkpoint: Path) -> None:
        import torch

        self._recipe = recipe
        self._checkpoint = checkpoint
        self.network = network.to(memory_format=torch.channels_last)
        self.average = copy.deepcopy(self.network).eval()
        trained = [parameter for parameter in network.parameters() if parameter.requires_grad]
        self._optimiser = torch.optim.AdamW(
            [
                {"params": [p for p in trained if p.ndim > 1], "weight_decay": recipe.weight_decay},
                {"params": [p for p in trained if p.ndim <= 1], "weight_decay": 0.0},
            ],
            lr=recipe.learning_rate,
        )
        checkpoint.parent.mkdir(parents=True, exist_ok=True)

    def resume(self) -> dict[str, Any]:
        """Goes on from the checkpoint, when there is one; gives what was saved beside the network."""
        import torch

        if not self._checkpoint.is_file():
            return {}
        saved: dict[str, Any] = torch.load(self._checkpoint, map_location="cpu", weights_only=True)
        self.network.load_state_dict(saved.pop("network"))
        self.average.load_state_dict(saved.pop("average"))
        self._optimiser.load_state_dict(saved.pop("optimiser"))
        return saved

    def save(self, **beside: Any) -> None:
        """Writes the checkpoint; the old one stays until the new one is whole."""
        import torch

        partial = self._checkpoint.with_suffix(".part")
        torch.save(
            {
                "network": self.network.state_dict(),
                "average": self.average.state_dict(),
                "optimiser": self._optimiser.state_dict(),
                **beside,
            },
            partial,
        )
        partial.replace(self._checkpoint)

    def learn(self, loss: Any, step: int, share: float) -> float:
        """One step of the optimiser down a loss, and of the average after it; returns the loss.

        Args:
            loss: a scalar with a graph.
            step: number of the step.
            share: share of the run that is over, 0..1.
        """
        import torch

        recipe = self._recipe
        warm = min(1.0, (step + 1) / recipe.warm_up_steps)
        cosine = (1 + math.cos(math.pi * min(1.0, share))) / 2
        for group in self._optimiser.param_groups:
            group["lr"] = recipe.learning_rate * warm * (recipe.last_share + (1 - recipe.last_share) * cosine)
        self._optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), recipe.clip)
        self._optimiser.step()
        decay = recipe.average_decay * (1 - math.exp(-(step + 1) / recipe.average_steps))
        with torch.no_grad():
            own = self.network.state_dict()
            for name, value in self.average.state_dict().items():
                if value.dtype.is_floating_point:
                    value.mul_(decay).add_(own[name], alpha=1 - decay)
                else:
                    value.copy_(own[name])
        return float(loss.detach())
