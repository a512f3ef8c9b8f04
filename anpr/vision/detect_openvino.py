"""The same detector weights on OpenVINO: faster on Intel and AMD, extra ``[openvino]`` (180 MB)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anpr.errors import ModelError
from anpr.vision.detect import MIN_CONFIDENCE, decode_yolo, letterbox, to_tensor

if TYPE_CHECKING:
    from pathlib import Path

    from anpr.types import Detection, Image


class OpenVinoDetector:
    """YOLO with a raw head ``(1, 4 + classes, anchors)``.

    Args:
        path: an ``.onnx`` or OpenVINO ``.xml`` file.
        size_px: longer side of the network's input.
        min_confidence: detections below this are not reported.
    """

    def __init__(self, path: Path, size_px: int = 640, min_confidence: float = MIN_CONFIDENCE) -> None:
        import openvino as ov

        try:
            self._model = ov.Core().compile_model(str(path), "CPU", {"PERFORMANCE_HINT": "LATENCY"})
        except RuntimeError as error:
            first_line = str(error).partition("\n")[0]
            raise ModelError(f"{path} cannot be loaded: {first_line}.", "Fetch models/ again.") from error
        self._size_px = size_px
        self._min_confidence = min_confidence

    def detect(self, image: Image) -> list[Detection]:
        """Plates in a BGR picture, boxes in its pixels, best first."""
        framed, fit = letterbox(image, self._size_px)
        output = self._model(to_tensor(framed))[0]
        return decode_yolo(output, fit, image, self._min_confidence)
