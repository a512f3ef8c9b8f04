"""The product's own detector on ONNX Runtime: runs on any CPU, x86 or ARM."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from anpr.errors import ModelError
from anpr.vision.detect import MIN_CONFIDENCE, decode_yolo, letterbox, to_tensor, whole_strides

if TYPE_CHECKING:
    from pathlib import Path

    import onnxruntime

    from anpr.types import Detection, Image


def session(path: Path, threads: int | None = None) -> onnxruntime.InferenceSession:
    """An ONNX Runtime session that shares the machine.

    Spinning is off: waiting threads that burn a core slow the runtime threefold when the other core
    decodes video (measured on 2 cores).

    Args:
        path: the ``.onnx`` file.
        threads: threads inside an operator; None for one a core, at most 4.

    Raises:
        ModelError: the file is no model this runtime can load.
    """
    import onnxruntime as ort
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    options = ort.SessionOptions()
    options.intra_op_num_threads = threads or min(4, os.cpu_count() or 1)
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.inter_op.allow_spinning", "0")
    try:
        return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except (
        state.Fail,
        state.InvalidArgument,
        state.InvalidGraph,
        state.InvalidProtobuf,
        state.NoSuchFile,
        state.NotImplemented,
        state.RuntimeException,
    ) as error:
        first_line = str(error).partition("\n")[0]
        raise ModelError(f"{path} cannot be loaded: {first_line}.", "Fetch models/ again.") from error


class OnnxDetector:
    """YOLO with a head ``(1, 4 + classes, anchors)``; takes floats as ultralytics exports it, or bytes.

    Args:
        path: the ``.onnx`` file.
        size_px: longer side of the network's input.
        min_confidence: detections below this are not reported.
        threads: as for ``session``.
    """

    def __init__(
        self,
        path: Path,
        size_px: int = 640,
        min_confidence: float = MIN_CONFIDENCE,
        threads: int | None = None,
    ) -> None:
        self._session = session(path, threads)
        source = self._session.get_inputs()[0]
        self._input, self._pictures = source.name, source.type == "tensor(uint8)"
        self._size_px = size_px
        self._min_confidence = min_confidence

    def detect(self, image: Image, scale: float = 1.0) -> list[Detection]:
        """Plates in a BGR picture, boxes in its pixels, best first."""
        framed, fit = letterbox(image, whole_strides(scale * self._size_px))
        tensor = to_tensor(framed, pictures=self._pictures)
        (output,) = self._session.run(None, {self._input: tensor})
        return decode_yolo(output, fit, image, self._min_confidence)
