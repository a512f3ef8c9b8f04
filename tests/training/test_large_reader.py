"""The large reader: PP-OCRv6's network as its start, its training, its file."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from anpr.errors import InputError, ModelError
from anpr.training.alphabet import CLASSES
from anpr.training.reader_data import NO_PLATE, worn
from anpr.training.reader_plan import ReaderPlan
from anpr.training.reader_shards import read_shard, write_shard
from anpr.training.reader_size import LARGE
from anpr.vision.read_large import VIEWS_PX, LargeReader
from anpr.vision.read_ppocr import PpocrReader, to_batch, weights_of_ppocr
from anpr.vision.weights import find, models_dir

torch = pytest.importorskip("torch")

SHIPPED = models_dir() / "plate-reader-large.onnx"
PRINT = np.full((48, 208, 3), 255, np.uint8)
cv2.putText(PRINT, "AB 1234", (8, 36), cv2.FONT_HERSHEY_SIMPLEX, 1.3, (0, 0, 0), 3, cv2.LINE_AA)


@pytest.fixture(scope="module")
def shards(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shards")
    write_shard(folder, 0, 24, seed=3, size=LARGE)
    return folder


@pytest.fixture(scope="module")
def start():
    from anpr.training.large_base import of_ppocr

    return of_ppocr()


def run(shards, folder, base=None):
    from anpr.training.reader import train

    plan = ReaderPlan(
        sets=(), shards=shards, run_dir=folder, wall_minutes=0.01, size=LARGE, batch=4, validate_every=2
    )
    return train(replace(plan, base=base))


def test_it_starts_as_pp_ocr_is_with_the_characters_of_plates_alone(start):
    reader = PpocrReader()
    (expected,) = reader._session.run(None, {"x": to_batch([PRINT])[..., : PRINT.shape[1]]})
    kept = [reader._alphabet.index(character) for character in CLASSES]
    with torch.no_grad():
        said = start(torch.from_numpy(PRINT[None]))[0].softmax(-1).numpy()
    among = expected[0][:, kept] / expected[0][:, kept].sum(1, keepdims=True)
    assert np.abs(said - among).max() < 1e-3


def test_a_file_that_is_not_pp_ocr_is_named_with_the_next_step():
    from anpr.training.large_base import of_ppocr

    with pytest.raises(ModelError, match="is not PP-OCRv6") as caught:
        of_ppocr(models_dir() / "plate-reader.onnx")
    assert "rapidocr" in caught.value.next_step


def test_crops_are_looked_at_as_their_rows_want_it(start):
    crops = torch.from_numpy(np.stack([cv2.resize(PRINT, (LARGE.width_px, LARGE.height_px))] * 3))
    with torch.no_grad():
        one, two, none = start.score(crops, torch.tensor([1, 2, NO_PLATE])).softmax(-1)
    (width, _), _ = VIEWS_PX
    assert torch.equal(one, none)
    assert (one[width // 8 :, 0] == 1).all()
    assert (two[width // 8 :, 0] < 1).all()


@pytest.mark.filterwarnings("ignore")
def test_a_run_is_exported_in_eight_bits_and_read_back(tmp_path, shards):
    from anpr.training.reader_scores import export
    from anpr.training.reader_weights import load_network

    result = run(shards, tmp_path)
    target = tmp_path / "large.onnx"
    export(result.weights, 1.0, target)
    assert target.stat().st_size < 3_500_000
    trained, stored = (load_network(path).state_dict() for path in (result.weights, target))
    for name, value in trained.items():
        assert (stored[name] - value).abs().max() <= value.abs().max() / 127, name
    said = LargeReader(replace(find("plate-reader-large"), path=target), 1).read([PRINT], [1])
    with torch.no_grad():
        scores = load_network(target)(torch.from_numpy(PRINT[None]))[0]
    assert said[0].probabilities == pytest.approx(
        [scores.softmax(-1).amax(1)[i].item() for i in first_places(scores)], abs=0.01
    )


def first_places(scores):
    """The surest place of each run of one class."""
    likely = scores.softmax(-1)
    codes = likely.argmax(1).tolist()
    runs: list[list[int]] = []
    for place, code in enumerate(codes):
        if place and code == codes[place - 1]:
            runs[-1].append(place)
        else:
            runs.append([place])
    return [max(places, key=lambda i: likely[i].max().item()) for places in runs if codes[places[0]]]


def test_a_run_may_start_from_the_shipped_weights(tmp_path, shards):
    assert run(shards, tmp_path, base=SHIPPED).weights.is_file()


def test_a_small_reader_is_no_start_for_a_large_one(tmp_path, shards):
    with pytest.raises(InputError, match="holds a small reader") as caught:
        run(shards, tmp_path, base=models_dir() / "plate-reader.pt")
    assert "--size small" in caught.value.next_step


def test_what_is_hard_a_small_reader_may_tell(shards):
    from anpr.training.practice import losses
    from anpr.training.reader_weights import load_network

    assert losses(load_network(models_dir() / "plate-reader.pt"), read_shard(shards, 0)).shape == (24,)


def test_half_of_a_large_readers_crops_are_damaged_as_small_ones(shards):
    image = np.array(read_shard(shards, 0).images[0])
    seen = [worn(image, np.random.default_rng(seed), strength=0.0) for seed in range(40)]
    assert {one.shape for one in seen} == {image.shape}
    assert 8 < sum(np.array_equal(one, image) for one in seen) < 30


def test_a_small_readers_checkpoint_is_kept_in_eight_bits(tmp_path):
    from anpr.training.reader_network import ReaderNetwork
    from anpr.training.reader_weights import compact, load_network

    network = ReaderNetwork()
    torch.save({"average": network.state_dict()}, tmp_path / "full.pt")
    compact(tmp_path / "full.pt", tmp_path / "kept.pt")
    assert (tmp_path / "kept.pt").stat().st_size < (tmp_path / "full.pt").stat().st_size / 3
    kept = load_network(tmp_path / "kept.pt").state_dict()
    for name, value in network.state_dict().items():
        assert (kept[name] - value).abs().max() <= value.abs().max() / 127, name


def test_a_missing_package_is_told_with_the_next_step(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(ModelError, match="weights are missing") as caught:
        weights_of_ppocr()
    assert "patrol-anpr[ppocr]" in caught.value.next_step
