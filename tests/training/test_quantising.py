import cv2
import numpy as np
import pytest

from anpr.errors import InputError
from anpr.training.quantising import last_steps, quantise, take_pictures
from anpr.training.storage import store_full
from anpr.vision.detect import to_tensor

onnx = pytest.importorskip("onnx")


def small_detector(path):
    """A convolution with its activation, and a head that multiplies by two."""
    rng = np.random.default_rng(1)
    weight = rng.normal(0, 0.3, (8, 3, 3, 3)).astype(np.float16)
    make = onnx.helper.make_node
    nodes = [
        make("Cast", ["w_half"], ["w"], name="w_half_cast", to=onnx.TensorProto.FLOAT),
        make("Conv", ["images", "w"], ["c"], name="/model.0/conv/Conv", pads=[1, 1, 1, 1]),
        make("Sigmoid", ["c"], ["s"], name="/model.0/act/Sigmoid"),
        make("Mul", ["c", "s"], ["a"], name="/model.0/act/Mul"),
        make("Mul", ["a", "two"], ["output0"], name="/model.1/Mul"),
    ]
    free = ["batch", 3, "height", "width"]
    graph = onnx.helper.make_graph(
        nodes,
        "small",
        [onnx.helper.make_tensor_value_info("images", onnx.TensorProto.FLOAT, free)],
        [
            onnx.helper.make_tensor_value_info(
                "output0", onnx.TensorProto.FLOAT, ["batch", 8, "height", "width"]
            )
        ],
        [
            onnx.numpy_helper.from_array(weight, "w_half"),
            onnx.numpy_helper.from_array(np.array(2, np.float32), "two"),
        ],
    )
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=9)
    onnx.save(model, str(path))
    return path


def pictures(folder, count=4):
    rng = np.random.default_rng(2)
    paths = [folder / f"{number}.png" for number in range(count)]
    for path in paths:
        cv2.imwrite(str(path), rng.integers(0, 255, (64, 96, 3), dtype=np.uint8))
    return paths


def test_a_detector_in_eight_bits_answers_nearly_as_before(tmp_path):
    import onnxruntime

    source = small_detector(tmp_path / "full.onnx")
    quantise(source, tmp_path / "small.onnx", pictures(tmp_path))
    image = np.random.default_rng(3).integers(0, 256, (64, 96, 3), dtype=np.uint8)
    full, small = (
        onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"]).run(
            None, {"images": to_tensor(image, pictures=pictures)}
        )[0]
        for path, pictures in ((source, False), (tmp_path / "small.onnx", True))
    )
    assert np.abs(full - small).mean() < 0.02 * np.abs(full).max()
    kinds = {tensor.data_type for tensor in onnx.load(str(tmp_path / "small.onnx")).graph.initializer}
    assert onnx.TensorProto.INT8 in kinds


def test_only_a_quantised_network_takes_bytes(tmp_path):
    with pytest.raises(InputError, match="does not round"):
        take_pictures(onnx.load(str(small_detector(tmp_path / "full.onnx"))))


def test_the_head_keeps_its_last_steps_in_full():
    names = ["/model.0/conv/Conv", "/model.1/cv2.0/conv/Conv", "/model.1/dfl/conv/Conv", "/model.1/Sigmoid"]
    assert last_steps(names) == ["/model.1/dfl/conv/Conv", "/model.1/Sigmoid"]


def test_weights_come_back_from_half_the_space(tmp_path):
    model = onnx.load(str(small_detector(tmp_path / "half.onnx")))
    store_full(model)
    assert [node.op_type for node in model.graph.node] == ["Conv", "Sigmoid", "Mul", "Mul"]
    assert {tensor.name for tensor in model.graph.initializer} == {"w", "two"}
    onnx.checker.check_model(model)


def test_without_pictures_nothing_can_be_measured(tmp_path):
    with pytest.raises(InputError, match="no pictures"):
        quantise(small_detector(tmp_path / "full.onnx"), tmp_path / "small.onnx", [])
