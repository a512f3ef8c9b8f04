"""Weights of readers in files: checkpoints of runs, those in `models/`, and a large reader's ONNX."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

from anpr.errors import ModelError
from anpr.training.reader_size import LARGE
from anpr.training.storage import SMALL_TENSOR, in_bytes, read_stored

if TYPE_CHECKING:
    from pathlib import Path

#: What an exported network's parameters are called, before their own names.
PREFIX = "network."


def load_network(weights: Path) -> Any:
    """Loads a trained network, small or large, in evaluation mode.

    Args:
        weights: a .pt of a run or of `models/`; of a large reader its ONNX will do.

    Raises:
        ModelError: the file holds no weights of a reader.
    """
    from anpr.training.large_network import LargeReaderNetwork
    from anpr.training.reader_network import ReaderNetwork

    try:
        large, values = _exported(weights) if weights.suffix == ".onnx" else _checkpoint(weights)
        network = LargeReaderNetwork() if large else ReaderNetwork()
        network.load_state_dict(values)
    except (pickle.UnpicklingError, KeyError, RuntimeError) as error:
        raise ModelError(
            f"{weights} holds no weights of the plate reader.",
            "Give a .pt that `anpr train reader` wrote, or the .onnx of a large reader.",
        ) from error
    return network.eval()


def compact(checkpoint: Path, target: Path) -> None:
    """Writes a reader's checkpoint with its kernels and matrices in 8 bits, a scale for each output.

    Raises:
        ModelError: the file holds no weights of a reader.
    """
    import torch

    network = load_network(checkpoint)
    values, scales = {}, {}
    for name, value in network.state_dict().items():
        if value.ndim < 2 or value.numel() < SMALL_TENSOR:
            values[name] = value
            continue
        values[name], scales[name] = map(torch.from_numpy, in_bytes(value.numpy(), 0))
    torch.save({"average": values, "scales": scales, "size": network.size.name}, target)


def _checkpoint(path: Path) -> tuple[bool, dict[str, Any]]:
    import torch

    stored = torch.load(path, map_location="cpu", weights_only=True)
    scales = stored.get("scales", {})
    values = {
        name: value * scales[name] if name in scales else value for name, value in stored["average"].items()
    }
    return stored.get("size") == LARGE.name, values


def _exported(path: Path) -> tuple[bool, dict[str, Any]]:
    import torch

    values = {
        name.removeprefix(PREFIX): torch.tensor(value)
        for name, value in read_stored(path).items()
        if name.startswith(PREFIX)
    }
    return True, values
