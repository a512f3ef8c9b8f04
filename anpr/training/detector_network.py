"""The detector's network: ultralytics' modules loaded, partly frozen, saved and scored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from anpr.errors import ModelError
from anpr.training.boxes import average_precision
from anpr.vision.detect_ultralytics import open_yolo

if TYPE_CHECKING:
    from pathlib import Path

#: IoU thresholds whose average precision chooses the checkpoint: tight boxes make readable crops.
CHOOSING_IOUS = (0.5, 0.6, 0.7, 0.8)


def load_network(weights: Path) -> Any:
    """Loads the torch network of an ultralytics `.pt` in 32 bits, ready to be trained further.

    Raises:
        ModelError: the file is missing or is no ultralytics detector.
    """
    if not weights.is_file():
        raise ModelError(f"{weights} does not exist.", "Give the .pt file of a YOLO detector as the base.")
    opened = open_yolo(weights)
    from ultralytics.cfg import get_cfg

    model: Any = opened.model.float()
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
            output = model(to_tensor(image[None]))
            kept = non_max_suppression(output, conf_thres=0.05, iou_thres=0.5)[0].numpy()
            found.append((kept[:, :4], kept[:, 4], truth))
    return float(np.mean([average_precision(found, iou) for iou in CHOOSING_IOUS]))


def to_tensor(images: np.ndarray) -> Any:
    """BGR pictures (n, height, width, 3) as RGB floats in 0..1."""
    import torch

    rgb = np.ascontiguousarray(images[..., ::-1].transpose(0, 3, 1, 2))
    return torch.from_numpy(rgb).float().div_(255).contiguous(memory_format=torch.channels_last)
