"""What a reader is worth: its share of held-out crops read exactly, its calibration, and its export."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from anpr.training.alphabet import CLASSES
from anpr.training.export import export_module
from anpr.training.reader_data import UNKNOWN_CORNERS, CropSet, RealCrop, fit, plain
from anpr.training.reader_shards import VALIDATION_CROPS, read_shard
from anpr.training.reader_size import LARGE, SMALL
from anpr.training.reader_weights import load_network
from anpr.vision.ctc import collapse
from anpr.vision.read_large import VIEWS_PX

if TYPE_CHECKING:
    from pathlib import Path

    from anpr.training.reader_size import ReaderSize

#: What the exported small reader gives, and the large one first of all.
OUTPUTS = ("characters", "rows", "corners")


def scores_of(network: Any, crops: CropSet, batch: int = 64) -> np.ndarray:
    """Character scores before softmax, n x places x classes; crops of another size are stretched."""
    import torch

    parts = []
    with torch.no_grad():
        for start in range(0, len(crops), batch):
            images = [fit(image, network.size) for image in crops.images[start : start + batch]]
            rows = torch.from_numpy(crops.rows[start : start + batch])
            parts.append(network.score(torch.from_numpy(np.stack(images)), rows).float().numpy())
    return np.concatenate(parts)


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
    """Writes the calibrated reader as ONNX; a small one also tells rows and corners beside the characters."""
    network = load_network(weights)
    (_export_large if network.size == LARGE else _export_small)(network, temperature, target)


def _export_small(network: Any, temperature: float, target: Path) -> None:
    import torch

    from anpr.training.reader_network import CalibratedReader

    export_module(
        CalibratedReader(network, temperature).eval(),
        torch.zeros(1, SMALL.height_px, SMALL.width_px, 3, dtype=torch.uint8),
        target,
        input_name="crops",
        output_names=OUTPUTS,
        dynamic_axes={name: {0: "batch"} for name in ("crops", *OUTPUTS)},
    )


def _export_large(network: Any, temperature: float, target: Path) -> None:
    import torch

    from anpr.training.large_network import CalibratedLargeReader

    (width, height), _ = VIEWS_PX
    export_module(
        CalibratedLargeReader(network, temperature).eval(),
        torch.zeros(1, height, width, 3, dtype=torch.uint8),
        target,
        input_name="crops",
        output_names=OUTPUTS[:1],
        dynamic_axes={"crops": {0: "batch", 1: "height", 2: "width"}, OUTPUTS[0]: {0: "batch", 1: "places"}},
        bits=8,
    )


def real_sets(real: list[RealCrop], size: ReaderSize) -> dict[str, CropSet]:
    """Held-out crops by set."""
    sets: dict[str, CropSet] = {}
    for name in sorted({item.set_name for item in real}):
        chosen = [item for item in real if item.set_name == name]
        sets[name] = CropSet(
            np.stack([plain(item, size, 0.03) for item in chosen]),
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
