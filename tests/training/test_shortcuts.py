import numpy as np
import pytest

from anpr.errors import InputError
from anpr.training.export import export_detector
from anpr.training.shortcuts import few_boxes, take_pictures
from anpr.vision.weights import models_dir

onnx = pytest.importorskip("onnx")


@pytest.fixture(scope="module")
def detector(tmp_path_factory):
    pytest.importorskip("ultralytics")
    path = tmp_path_factory.mktemp("detector") / "full.onnx"
    export_detector(models_dir() / "plate-detector.pt", path)
    return path


def answer(model, tensor):
    import onnxruntime

    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {"images": tensor})[0][0]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("most", [40, 5000])
def test_the_best_places_are_answered_as_all_of_them_are(detector, most):
    model = onnx.load(str(detector))
    image = np.random.default_rng(1).random((1, 3, 96, 160), np.float32)
    everywhere = answer(model, image)
    few_boxes(model, most)
    onnx.checker.check_model(model)
    best = answer(model, image)
    kept = np.argsort(-everywhere[4], kind="stable")[:most]
    assert best.shape == (5, min(most, everywhere.shape[1]))
    np.testing.assert_allclose(best[4], everywhere[4, kept])
    places = {tuple(place) for place in everywhere.T.round(3).tolist()}
    assert {tuple(place) for place in best.T.round(3).tolist()} <= places


def test_a_network_without_a_yolo_head_stays_as_it_is():
    model = onnx.helper.make_model(
        onnx.helper.make_graph(
            [onnx.helper.make_node("Relu", ["images"], ["output0"])],
            "none",
            [onnx.helper.make_tensor_value_info("images", onnx.TensorProto.FLOAT, [1, 3, 32, 32])],
            [onnx.helper.make_tensor_value_info("output0", onnx.TensorProto.FLOAT, [1, 3, 32, 32])],
        )
    )
    before = model.SerializeToString()
    few_boxes(model)
    assert model.SerializeToString() == before


@pytest.mark.filterwarnings("ignore")
def test_only_a_quantised_network_takes_bytes(detector):
    with pytest.raises(InputError, match="does not round"):
        take_pictures(onnx.load(str(detector)))
