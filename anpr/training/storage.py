"""Weights in an ONNX file, stored in 16 or 8 bits.

They stand behind a node that makes 32-bit floats of them, and every computation stays in 32 bits: ONNX
Runtime does this once, when it loads the graph.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

#: Tensors with fewer values than this keep 32 bits: nothing to gain, and shapes stay exact.
SMALL_TENSOR = 256
_LARGEST_BYTE = 127
#: How a stored tensor is called, after the name of the weights.
_HALF, _BYTES, _SCALE = "_half", "_bytes", "_scale"


def store(path: Path, bits: int) -> None:
    """Rewrites an ONNX file so that large weights are stored in fewer bits.

    Args:
        path: The file.
        bits: 16 for floats; 8 for whole numbers with a scale for each output of a matrix or a convolution,
            and floats for what is neither.
    """
    import onnx
    import onnxslim
    from onnx import numpy_helper

    model = onnxslim.slim(onnx.load(str(path)))
    graph = model.graph
    outputs = {name: axis for node in graph.node for name, axis in _output_axes(node)}
    kept: list[Any] = []
    widened: list[Any] = []
    for tensor in graph.initializer:
        values = numpy_helper.to_array(tensor)
        if values.dtype != np.float32 or values.size < SMALL_TENSOR:
            kept.append(tensor)
            continue
        axis = outputs.get(tensor.name) if bits == 8 else None
        tensors, nodes = _half(tensor.name, values) if axis is None else _bytes(tensor.name, values, axis)
        kept += tensors
        widened += nodes
    del graph.initializer[:]
    graph.initializer.extend(kept)
    rest = list(graph.node)
    del graph.node[:]
    graph.node.extend([*widened, *rest])
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


def in_bytes(values: NDArray[np.float32], axis: int) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Weights as whole numbers, and the scale of each output, which stand along an axis: their product."""
    others = tuple(other for other in range(values.ndim) if other != axis)
    scale = np.maximum(np.abs(values).max(others, keepdims=True), np.finfo(np.float32).tiny) / _LARGEST_BYTE
    return np.round(values / scale).astype(np.int8), scale


def _output_axes(node: Any) -> list[tuple[str, int]]:
    """The inputs of a node that may be weights, with the axis of what comes out."""
    if node.op_type == "Conv":
        return [(node.input[1], 0)]
    if node.op_type == "MatMul":
        return [(node.input[1], 1)]
    if node.op_type == "Gemm":
        turned = any(one.name == "transB" and one.i for one in node.attribute)
        return [(node.input[1], 0 if turned else 1)]
    return []


def _half(name: str, values: NDArray[np.float32]) -> tuple[list[Any], list[Any]]:
    from onnx import TensorProto, helper, numpy_helper

    half = name + _HALF
    cast = helper.make_node("Cast", [half], [name], name=f"{half}_cast", to=TensorProto.FLOAT)
    return [numpy_helper.from_array(values.astype(np.float16), half)], [cast]


def _bytes(name: str, values: NDArray[np.float32], axis: int) -> tuple[list[Any], list[Any]]:
    from onnx import TensorProto, helper, numpy_helper

    whole, scale = in_bytes(values, axis)
    stored, scaled, wide = name + _BYTES, name + _SCALE, f"{name}_wide"
    nodes = [
        helper.make_node("Cast", [stored], [wide], name=f"{stored}_cast", to=TensorProto.FLOAT),
        helper.make_node("Mul", [wide, scaled], [name], name=f"{stored}_mul"),
    ]
    return [numpy_helper.from_array(whole, stored), numpy_helper.from_array(scale, scaled)], nodes


def store_full(model: Any) -> None:
    """Undoes `store` in 16 bits: weights behind a cast become 32-bit weights."""
    from onnx import TensorProto, numpy_helper

    graph = model.graph
    halves = {tensor.name: tensor for tensor in graph.initializer if tensor.data_type == TensorProto.FLOAT16}
    for node in [node for node in graph.node if node.op_type == "Cast" and node.input[0] in halves]:
        tensor = halves[node.input[0]]
        values = numpy_helper.to_array(tensor).astype(np.float32)
        graph.initializer.append(numpy_helper.from_array(values, node.output[0]))
        graph.initializer.remove(tensor)
        graph.node.remove(node)


def read_stored(path: Path) -> dict[str, NDArray[np.float32]]:
    """The weights of an ONNX file by name, in 32 bits, however they are stored."""
    import onnx
    from onnx import numpy_helper

    stored = {one.name: numpy_helper.to_array(one) for one in onnx.load(str(path)).graph.initializer}
    values = {}
    for name, value in stored.items():
        if name.endswith(_BYTES):
            whole = name.removesuffix(_BYTES)
            values[whole] = value * stored[whole + _SCALE]
        elif not name.endswith(_SCALE):
            values[name.removesuffix(_HALF)] = value.astype(np.float32)
    return values
