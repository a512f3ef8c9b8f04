"""The mean of two networks of one descent."""

from __future__ import annotations

import numpy as np
import pytest

from anpr.errors import InputError
from anpr.vision.weights import models_dir
from tests.training.test_detector import street_set
from tests.training.test_reader import crop_set


# torch warns of its own exporter, and of shapes that it takes as constants, which they are.
@pytest.mark.filterwarnings("ignore")
def test_a_mean_of_two_readers_lies_between_them_and_is_scored_beside_them(tmp_path):
    torch = pytest.importorskip("torch")
    pytest.importorskip("onnx")
    from anpr.training.blending import blend
    from anpr.training.reader_weights import load_network

    older = models_dir() / "plate-reader.pt"
    network, newer = load_network(older), tmp_path / "newer.pt"
    with torch.no_grad():
        network.rows.bias += 1.0
    torch.save({"average": network.state_dict()}, newer)
    made = blend(newer, older, [crop_set(tmp_path / "mine", 40)], tmp_path / "out", 0.25)
    assert list(made.scores) == ["newer", "older", "mean"]
    between = load_network(made.weights).rows.bias - load_network(older).rows.bias
    assert torch.allclose(between, torch.full((3,), 0.25), atol=1e-5)
    assert made.exported.is_file()

    with pytest.raises(InputError, match="of one kind"):
        blend(models_dir() / "plate-detector.pt", older, [tmp_path], tmp_path / "out", 0.5)


@pytest.mark.filterwarnings("ignore")
def test_a_large_reader_is_blended_with_the_onnx_that_it_started_from(tmp_path):
    torch = pytest.importorskip("torch")
    pytest.importorskip("onnx")
    from anpr.training.blending import blend
    from anpr.training.reader_weights import load_network

    older = models_dir() / "plate-reader-large.onnx"
    network, newer = load_network(older), tmp_path / "newer.pt"
    with torch.no_grad():
        network.characters.bias += 1.0
    torch.save({"average": network.state_dict(), "size": "large"}, newer)
    mine = [crop_set(tmp_path / "mine", 40)]
    made = blend(newer, older, mine, tmp_path / "out", 0.25)
    between = load_network(made.weights).characters.bias - load_network(older).characters.bias
    assert torch.allclose(between, torch.full_like(between, 0.25), atol=1e-5)
    assert made.exported.name == "plate-reader-large.onnx"
    with pytest.raises(InputError, match="do not have the same layers"):
        blend(models_dir() / "plate-reader.pt", older, mine, tmp_path / "out", 0.5)


@pytest.mark.filterwarnings("ignore")
def test_a_mean_of_two_detectors_lies_between_them_and_runs_in_eight_bits(tmp_path):
    torch = pytest.importorskip("torch")
    pytest.importorskip("onnx")
    from anpr.training.blending import blend
    from anpr.training.detector_network import load_network, save_network
    from anpr.vision.detect_onnx import OnnxDetector

    older = models_dir() / "plate-detector.pt"
    network, newer = load_network(older), tmp_path / "newer.pt"
    name, bias = next((name, value) for name, value in network.named_parameters() if value.ndim == 1)
    with torch.no_grad():
        bias += 0.2
    save_network(network, newer)
    made = blend(newer, older, [street_set(tmp_path / "street")], tmp_path / "out", 0.25)
    assert list(made.scores) == ["newer", "older", "mean"]
    between = dict(load_network(made.weights).named_parameters())[name]
    apart = between - dict(load_network(older).named_parameters())[name]
    # Weights are kept in half precision.
    assert torch.allclose(apart, torch.full_like(apart, 0.05), atol=0.01)
    assert OnnxDetector(made.exported, 640, 0.25).detect(np.full((480, 640, 3), 90, np.uint8)) == []
