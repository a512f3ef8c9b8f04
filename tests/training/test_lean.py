import numpy as np
import pytest

from anpr.errors import InputError
from anpr.vision.weights import models_dir

pytest.importorskip("ultralytics")
torch = pytest.importorskip("torch")


def network():
    from ultralytics import YOLO

    model = YOLO(str(models_dir() / "plate-detector.pt")).model.float().eval()
    model.fuse(verbose=False)
    return model


@pytest.fixture(scope="module")
def whole():
    return network()


@pytest.fixture(scope="module")
def rearranged():
    from anpr.training.lean import lean

    model = network()
    lean(model)
    return model


def answers(model, height, width):
    picture = torch.from_numpy(np.random.default_rng(1).random((1, 3, height, width), np.float32))
    with torch.no_grad():
        answer = model(picture)
    return (answer[0] if isinstance(answer, tuple) else answer)[0].numpy()


def test_the_best_places_answer_as_they_did_among_all(whole, rearranged):
    everywhere, best = answers(whole, 160, 256), answers(rearranged, 160, 256)
    kept = np.argsort(-everywhere[4], kind="stable")[:300]
    assert best.shape == (5, 300)
    np.testing.assert_allclose(best[4], everywhere[4, kept], rtol=1e-3)
    sure = best[4] > np.sort(best[4])[50]  # places that score alike may change their order
    assert {tuple(place) for place in best[:, sure].T.round(1).tolist()} <= {
        tuple(place) for place in everywhere.T.round(1).tolist()
    }


def test_a_picture_with_few_places_is_filled_up_with_what_is_no_plate(rearranged):
    scores = answers(rearranged, 32, 64)[4]
    assert (scores[:42] >= 0).all()
    assert (scores[42:] == -1).all()


def test_nothing_is_cut_in_two_or_made_larger_before_it_is_convolved(rearranged):
    kinds = [type(layer).__name__ for layer in rearranged.model]
    assert "C2f" not in kinds
    assert "Upsample" not in kinds
    assert kinds.count("Halves") == 8
    assert kinds[-1] == "BestPlaces"


def test_a_network_of_another_kind_is_refused():
    from anpr.training.lean import lean

    model = network()
    model.model[-1].dfl = torch.nn.Identity()
    with pytest.raises(InputError, match="not that of YOLOv8"):
        lean(model)
