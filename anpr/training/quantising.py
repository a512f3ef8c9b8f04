"""Eight-bit weights and activations for the detector: half the time on a plain CPU, half the file.

Weights take seven of the eight bits: processors with AVX2 but without VNNI add pairs of products in 16 bits,
and full weights would overflow there (measured: no plate is lost by it).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from anpr.errors import InputError
from anpr.training.storage import store_full
from anpr.vision.detect import letterbox, to_tensor

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


#: All that a YOLO is made of; one left out would cost a way to 32 bits and back.
OPERATORS = ("Conv", "Sigmoid", "Mul", "Add", "Concat", "Split", "MaxPool", "Resize")
#: Pictures that tell the range of every activation: more change nothing.
LOOKS = 60
SIZE_PX = 640
#: From bytes to what the network learned on.
BYTE_SCALE = 1 / 255


def quantise(source: Path, target: Path, pictures: Sequence[Path]) -> None:
    """Writes a detector in eight bits that takes pictures as they are; its last steps stay in 32.

    Args:
        source: what `export_detector` wrote.
        target: the `.onnx` to write.
        pictures: street pictures with plates, none of an evaluation set; `LOOKS` of them are looked at.

    Raises:
        InputError: there is no picture to look at.
    """
    import tempfile
    from pathlib import Path

    import onnx
    from onnxruntime.quantization import (
        CalibrationDataReader,
        CalibrationMethod,
        QuantFormat,
        QuantType,
        quantize_static,
    )
    from onnxruntime.quantization.shape_inference import quant_pre_process

    bytes_of_pictures = {"rmin": np.float32(0), "rmax": np.float32(1)}
    chosen = pictures[:: max(1, len(pictures) // LOOKS)][:LOOKS]
    if not chosen:
        raise InputError("There are no pictures to measure activations on.", "Name a set of street pictures.")

    class Looks(CalibrationDataReader):  # type: ignore[misc]
        def __init__(self) -> None:
            self._tensors = _tensors(chosen)

        def get_next(self) -> dict[str, np.ndarray] | None:
            return next(self._tensors, None)

    model = onnx.load(str(source))
    store_full(model)
    with tempfile.TemporaryDirectory(prefix="anpr-quantise-") as folder:
        full, ready = Path(folder) / "full.onnx", Path(folder) / "ready.onnx"
        onnx.save(model, str(full))
        quant_pre_process(str(full), str(ready), skip_symbolic_shape=True)
        prepared = onnx.load(str(ready))
        quantize_static(
            str(ready),
            str(target),
            Looks(),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=list(OPERATORS),
            nodes_to_exclude=last_steps([node.name for node in prepared.graph.node]),
            per_channel=True,
            reduce_range=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.MinMax,
            extra_options={"TensorQuantOverrides": {model.graph.input[0].name: [bytes_of_pictures]}},
        )
    made = onnx.load(str(target))
    take_pictures(made)
    onnx.checker.check_model(made)
    onnx.save(made, str(target))


def take_pictures(model: Any) -> None:
    """Makes the input (1, height, width, 3) bytes, BGR, in place of (1, 3, height, width) floats, RGB.

    Args:
        model: ONNX, its input rounded to bytes at a scale of `BYTE_SCALE`; changed in place.

    Raises:
        InputError: the input is not rounded so, or goes elsewhere than into one convolution.
    """
    from onnx import TensorProto, helper, numpy_helper

    graph = model.graph
    source = graph.input[0]
    rounding, widening, convolution = _chain(
        graph, source.name, ("QuantizeLinear", "DequantizeLinear", "Conv")
    )
    values = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    scale, zero = (values[name] for name in rounding.input[1:])
    if zero != 0 or not np.isclose(scale, BYTE_SCALE):
        raise InputError("This network rounds pictures to other bytes than theirs.", "Quantise it anew.")
    planes = f"{source.name}_planes"
    graph.node.insert(0, helper.make_node("Transpose", [source.name], [planes], planes, perm=[0, 3, 1, 2]))
    graph.node.remove(rounding)
    widening.input[0] = planes
    (weight,) = (node.input[0] for node in graph.node if node.output[0] == convolution.input[1])
    for tensor in graph.initializer:
        if tensor.name == weight:
            tensor.CopyFrom(numpy_helper.from_array(np.ascontiguousarray(values[weight][:, ::-1]), weight))
    source.CopyFrom(helper.make_tensor_value_info(source.name, TensorProto.UINT8, [1, "height", "width", 3]))


def last_steps(names: Sequence[str]) -> list[str]:
    """Nodes of the head after its convolutions: they tell boxes to the pixel and scores to the percent."""
    numbers = [int(found[1]) for name in names if (found := re.match(r"/model\.(\d+)/", name))]
    head = re.compile(rf"/model\.{max(numbers, default=0)}/(dfl/|[A-Z])")
    return [name for name in names if head.match(name)]


def _tensors(pictures: Sequence[Path]) -> Iterator[dict[str, np.ndarray]]:
    import cv2

    for path in pictures:
        framed, _ = letterbox(np.asarray(cv2.imread(str(path)), np.uint8), SIZE_PX)
        yield {"images": to_tensor(framed)}


def _chain(graph: Any, name: str, kinds: Sequence[str]) -> list[Any]:
    """The nodes that a tensor runs through, one after the other."""
    nodes = []
    for kind in kinds:
        users = [node for node in graph.node if name in node.input]
        if [node.op_type for node in users] != [kind]:
            raise InputError("This network does not round pictures to bytes.", "Quantise it first.")
        nodes.append(users[0])
        name = users[0].output[0]
    return nodes
