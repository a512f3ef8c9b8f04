"""The same detector weights on OpenVINO: faster on Intel and AMD, extra ``[openvino]`` (180 MB)."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from anpr.errors import ModelError
from anpr.vision.detect import MIN_CONFIDENCE, decode_yolo, letterbox, to_tensor, whole_strides

if TYPE_CHECKING:
    from pathlib import Path

    from anpr.types import Detection, Image


class OpenVinoDetector:
    """YOLO with a head ``(1, 4 + classes, anchors)``; takes floats as ultralytics exports it, or bytes.

    Args:
        path: an ``.onnx`` or OpenVINO ``.xml`` file.
        size_px: longer side of the network's input.
        min_confidence: detections below this are not reported.
    """

    def __init__(self, path: Path, size_px: int = 640, min_confidence: float = MIN_CONFIDENCE) -> None:
        import openvino as ov
        from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

        try:
            model = BytesIO(in_full(path)) if path.suffix == ".onnx" else path
            core = ov.Core()
            self._model = core.compile_model(core.read_model(model), "CPU", {"PERFORMANCE_HINT": "LATENCY"})
        except (RuntimeError, DecodeError) as error:
            first_line = str(error).partition("\n")[0]
            raise ModelError(f"{path} cannot be loaded: {first_line}.", "Fetch models/ again.") from error
        self._pictures = self._model.inputs[0].element_type == ov.Type.u8
        self._size_px = size_px
        self._min_confidence = min_confidence

    def detect(self, image: Image, scale: float = 1.0) -> list[Detection]:
        """Plates in a BGR picture, boxes in its pixels, best first."""
        framed, fit = letterbox(image, whole_strides(scale * self._size_px))
        output = self._model(to_tensor(framed, pictures=self._pictures))[0]
        return decode_yolo(output, fit, image, self._min_confidence)


def in_full(path: Path) -> bytes:
    """An ONNX file without the rounding of its activations to eight bits; weights stay as they are stored.

    OpenVINO 2026 places boxes wrongly with the activations of `anpr.training.quantising` (seen on AVX2).
    """
    import onnx

    model = onnx.load(str(path))
    rounded = {node.output[0]: node for node in model.graph.node if node.op_type == "QuantizeLinear"}
    origin = {
        node.output[0]: rounded[node.input[0]].input[0]
        for node in model.graph.node
        if node.op_type == "DequantizeLinear" and node.input[0] in rounded
    }
    kept = [node for node in model.graph.node if node.output[0] not in {*rounded, *origin}]
    for node in kept:
        for place, name in enumerate(node.input):
            if name in origin:
                node.input[place] = origin[name]
    del model.graph.node[:]
    model.graph.node.extend(kept)
    return bytes(model.SerializeToString())
