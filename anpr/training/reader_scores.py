"""What a reader is worth: its share of held-out crops read exactly, its calibration, and its export."""

from __future__ import annotations

import math
import pickle
from typing import TYPE_CHECKING, Any

import numpy as np

from anpr.errors import ModelError
from anpr.training.alphabet import CLASSES, INPUT_HEIGHT_PX, INPUT_WIDTH_PX
from anpr.training.export import export_module
from anpr.training.reader_data import UNKNOWN_CORNERS, CropSet, RealCrop, plain
from anpr.training.reader_shards import VALIDATION_CROPS, read_shard
from anpr.vision.ctc import collapse

if TYPE_CHECKING:
    from pathlib import Path

#: What the exported reader gives.
OUTPUTS = ("characters", "rows", "corners")


def load_network(weights: Path) -> Any:
    """Loads a trained network, in evaluation mode.

    Raises:
        ModelError: the file holds no weights of this network.
    """
    import torch

    from anpr.training.reader_network import ReaderNetwork

    network = ReaderNetwork()
    try:
        network.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True)["average"])
    except (pickle.UnpicklingError, KeyError, RuntimeError) as error:
        raise ModelError(
            f"{weights} holds no weights of the plate reader.", "Give a .pt that `anpr train reader` wrote."
        ) from error
    return network.eval()


def scores_of(network: Any, crops: CropSet, batch: int = 64) -> np.ndarray:
    """Character scores before softmax, n x places x classes."""
    import torch

    with torch.no_grad():
        return np.concatenate(
            [
                network(torch.from_numpy(np.array(crops.images[start : start + batch])))[0].float().numpy()
                for start in range(0, len(crops), batch)
            ]
        )


def ctc_loss(scores: Any, codes: Any, reduction: str = "mean") -> Any:
    """Mean negative log likelihood a character of texts, over all ways to write them into the places.

    Args:
        scores: n x places x classes, before softmax.
        codes: n x slots, class numbers, 0 after the end.
        reduction: "none" gives that of each whole text, n.
    """
    import torch
    from torch.nn import functional

    used = codes > 0
    return functional.ctc_loss(
        scores.log_softmax(-1).transpose(0, 1),
        codes[used],
        torch.full((len(codes),), scores.shape[1]),
        used.sum(1),
        reduction=reduction,
        zero_infinity=True,
    )


def rows_loss(scores: Any, rows: Any) -> Any:
    """Mean negative log likelihood of there being no plate, one row or two.

    Args:
        scores: n x 3, before softmax.
        rows: n; `NO_PLATE`, 1 or 2, and 0 for a plate of unknown rows.
    """
    import torch

    likely = scores.log_softmax(-1)
    some = torch.logsumexp(likely[:, 1:], 1)
    known = likely.gather(1, rows.clamp(min=0)[:, None])[:, 0]
    return -torch.where(rows == 0, some, known).mean()


def corners_loss(found: Any, corners: Any) -> Any:
    """Mean distance of corners found from the true ones, smooth near 0, over crops of known corners.

    Args:
        found: n x 8, in parts of the crop.
        corners: n x 8, not a number where unknown.
    """
    import torch
    from torch.nn import functional

    known = ~torch.isnan(corners[:, 0])
    if not known.any():
        return found.sum() * 0
    return functional.smooth_l1_loss(found[known], corners[known], beta=0.02)


def exact_share(network: Any, crops: CropSet) -> float:
    """Share of crops whose whole text is right."""
    read = [collapse(scores, CLASSES).text for scores in scores_of(network, crops)]
    truth = ["".join(CLASSES[code] for code in codes) for codes in crops.codes]
    return float(np.mean([a == b for a, b in zip(read, truth, strict=True)]))


def fit_temperature(network: Any, validation: dict[str, CropSet]) -> float:
    """The temperature with the least negative log likelihood on held-out crops, every set counting alike."""
    import torch

    scored = [
        (torch.from_numpy(scores_of(network, crops)), torch.from_numpy(crops.codes))
        for crops in validation.values()
    ]

    def cost(temperature: float) -> float:
        return sum(float(ctc_loss(scores / temperature, codes)) for scores, codes in scored)

    return float(min(np.exp(np.linspace(math.log(0.5), math.log(4.0), 40)), key=cost))


def export(weights: Path, temperature: float, target: Path) -> None:
    """Writes the calibrated reader as ONNX: `crops` in, `characters`, `rows` and `corners` out."""
    import torch

    from anpr.training.reader_network import CalibratedReader

    export_module(
        CalibratedReader(load_network(weights), temperature).eval(),
        torch.zeros(1, INPUT_HEIGHT_PX, INPUT_WIDTH_PX, 3, dtype=torch.uint8),
        target,
        input_name="crops",
        output_names=OUTPUTS,
        dynamic_axes={name: {0: "batch"} for name in ("crops", *OUTPUTS)},
    )


def real_sets(real: list[RealCrop]) -> dict[str, CropSet]:
    """Held-out crops by set."""
    sets: dict[str, CropSet] = {}
    for name in sorted({item.set_name for item in real}):
        chosen = [item for item in real if item.set_name == name]
        sets[name] = CropSet(
            np.stack([plain(item, 0.03) for item in chosen]),
            np.stack([item.codes for item in chosen]),
            np.array([item.rows for item in chosen]),
            np.tile(UNKNOWN_CORNERS, (len(chosen), 1)),
        )
    return sets


def drawn_sets(shards: Path) -> dict[str, CropSet]:
    """Held-out drawn crops by number of rows."""
    sets: dict[str, CropSet] = {}
    first = read_shard(shards, 0)
    last = slice(len(first) - VALIDATION_CROPS, len(first))
    images, codes, rows = np.array(first.images[last]), first.codes[last], first.rows[last]
    corners = first.corners[last]
    for count in (1, 2):
        chosen_rows = rows == count
        if chosen_rows.any():
            sets[f"synthetic {count}-row"] = CropSet(
                images[chosen_rows], codes[chosen_rows], rows[chosen_rows], corners[chosen_rows]
            )
    return sets
