"""Weights in fewer bits."""

from __future__ import annotations

import numpy as np
import pytest

from anpr.training.storage import read_stored, store

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxslim")

RNG = np.random.default_rng(4)
WEIGHTS = {
    "MatMul": RNG.normal(0, 1, (64, 64)).astype(np.float32) * np.geomspace(0.01, 10, 64, dtype=np.float32),
    "Conv": RNG.normal(0, 1, (64, 64, 1, 1)).astype(np.float32)
    * np.geomspace(0.01, 10, 64).reshape(-1, 1, 1, 1),
}


def model_file(path, kind):
    shape = [1, 64] if kind == "MatMul" else [1, 64, 1, 1]
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node(kind, ["x", "w"], ["y"])],
        "g",
        [onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, shape)],
        [onnx.helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, shape)],
        [onnx.numpy_helper.from_array(WEIGHTS[kind].astype(np.float32), "w")],
    )
    onnx.save(onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)]), path)
    return np.ones(shape, np.float32)


@pytest.mark.parametrize("kind", WEIGHTS)
@pytest.mark.parametrize(("bits", "size", "error"), [(16, 0.6, 0.002), (8, 0.4, 0.02)])
def test_weights_stored_in_less_space_compute_in_full(tmp_path, kind, bits, size, error):
    import onnxruntime

    path = tmp_path / "m.onnx"
    x = model_file(path, kind)
    before = path.stat().st_size
    (full,) = onnxruntime.InferenceSession(str(path)).run(None, {"x": x})
    store(path, bits)
    assert path.stat().st_size < size * before
    (result,) = onnxruntime.InferenceSession(str(path)).run(None, {"x": x})
    assert result.dtype == np.float32
    # Each output has its own scale: small ones are as exact as large ones.
    assert (np.abs(result - full).ravel() < error * 16 * np.geomspace(0.01, 10, 64)).all()


@pytest.mark.parametrize("kind", WEIGHTS)
@pytest.mark.parametrize("bits", [16, 8])
def test_stored_weights_are_read_back_by_their_names(tmp_path, kind, bits):
    path = tmp_path / "m.onnx"
    model_file(path, kind)
    store(path, bits)
    read = read_stored(path)
    assert set(read) == {"w"}
    furthest = np.abs(WEIGHTS[kind]).max(1 if kind == "Conv" else 0, keepdims=True)
    assert (np.abs(read["w"] - WEIGHTS[kind]) <= furthest / 127).all()
