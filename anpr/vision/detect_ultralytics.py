"""Ultralytics detectors (``.pt``, or the product's ``.onnx``) by their own predictor; extra ``[torch]``.

Kept at arm's length in this one module. Nothing is fetched, installed or reported at run time.
"""

from __future__ import annotations

import os
import tempfile
from functools import cache
from typing import TYPE_CHECKING, Any

from anpr.errors import ModelError
from anpr.types import Detection
from anpr.vision.detect import MIN_CONFIDENCE, NMS_IOU, suppress, whole_strides

if TYPE_CHECKING:
    from pathlib import Path

    from anpr.types import Image


@cache
def prepare() -> None:
    """Sets what ultralytics reads when imported: no self-install, no network, passing settings."""
    folder = tempfile.TemporaryDirectory(prefix="anpr-ultralytics-")
    os.environ |= {
        "YOLO_AUTOINSTALL": "false",
        "YOLO_OFFLINE": "true",
        "YOLO_VERBOSE": "false",
        "YOLO_CONFIG_DIR": folder.name,
    }
    # Removed with the process: ultralytics writes to it until then.
    _folders.append(folder)


_folders: list[tempfile.TemporaryDirectory[str]] = []


def open_yolo(path: Path) -> Any:
    """Opens weights with ultralytics' own class, for prediction or for training.

    Raises:
        ModelError: ultralytics cannot load them.
    """
    prepare()
    from ultralytics import YOLO, settings

    settings.update({"sync": False})
    try:
        return YOLO(str(path), task="detect")
    except (RuntimeError, TypeError, ModuleNotFoundError, FileNotFoundError) as error:
        first_line = str(error).partition("\n")[0]
        raise ModelError(
            f"{path} cannot be loaded by ultralytics: {first_line}.",
            "Give it weights that ultralytics wrote.",
        ) from error


class UltralyticsDetector:
    """YOLO by ultralytics.

    Args:
        path: weights: ``.pt``, or ``.onnx``.
        size_px: longer side of the network's input.
        min_confidence: detections below this are not reported.
    """

    def __init__(self, path: Path, size_px: int = 640, min_confidence: float = MIN_CONFIDENCE) -> None:
        self._model = open_yolo(path)
        self._size_px = size_px
        self._arguments = {
            "conf": min_confidence,
            "iou": NMS_IOU,
            "verbose": False,
            "device": "cpu",
        }

    def detect(self, image: Image, scale: float = 1.0) -> list[Detection]:
        """Plates in a BGR picture, boxes in its pixels, best first."""
        size_px = whole_strides(scale * self._size_px)
        (result,) = self._model.predict(image, imgsz=size_px, **self._arguments)
        boxes, scores = result.boxes.xyxy.numpy(), result.boxes.conf.numpy()
        return [
            Detection((x1, y1, x2, y2), float(scores[i]))
            for i in suppress(boxes, scores)
            for x1, y1, x2, y2 in [boxes[i].tolist()]
        ]
