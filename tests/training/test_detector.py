import json

import cv2
import numpy as np
import pytest

from anpr.errors import InputError, ModelError, PolicyError
from anpr.training.boxes import average_precision, overlaps, suppress
from anpr.training.composites import DrawnPlates, compose, empty
from anpr.training.data import LabelledPicture
from anpr.training.detector import Material, split, train
from anpr.training.detector_network import load_network
from anpr.training.detector_plan import DetectorPlan
from anpr.training.tiles import TileMaker, letterbox
from anpr.vision.weights import models_dir


def street_set(folder, count=30):
    (folder / "images").mkdir(parents=True)
    rng = np.random.default_rng(1)
    lines = []
    for number in range(count):
        picture = rng.integers(0, 255, (240, 320, 3), dtype=np.uint8)
        cv2.imwrite(str(folder / "images" / f"{number}.png"), picture)
        plates = [{"bbox": [120, 150, 200, 175], "text": None}]
        lines.append(
            json.dumps({"image": f"images/{number}.png", "width": 320, "height": 240, "plates": plates})
        )
    (folder / "manifest.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return folder


def test_boxes_overlap_by_their_shared_area():
    table = overlaps(
        np.array([[0, 0, 10, 10.0]]), np.array([[0, 0, 10, 10.0], [5, 0, 15, 10], [20, 20, 30, 30]])
    )
    assert table[0] == pytest.approx([1, 1 / 3, 0], abs=1e-6)


def test_suppression_keeps_stacked_plates_and_drops_doubles():
    boxes = np.array([[0, 0, 40, 20.0], [1, 0, 41, 21], [0, 20, 44, 36]])
    assert list(suppress(boxes, np.array([0.9, 0.8, 0.7]), 0.5)) == [0, 2]


def test_average_precision_counts_misses_doubles_and_false_boxes():
    truth = np.array([[0, 0, 10, 10.0], [50, 50, 60, 60]])
    perfect = [(truth, np.array([0.9, 0.8]), truth)]
    assert average_precision(perfect, 0.5) == pytest.approx(1.0)
    half = [(truth[[0, 0]], np.array([0.9, 0.8]), truth)]
    assert average_precision(half, 0.5) == pytest.approx(0.5)
    assert average_precision([(np.zeros((0, 4)), np.zeros(0), truth)], 0.5) == 0.0


def test_a_composite_has_a_box_for_every_plate_it_draws_and_pairs_do_not_share_boxes():
    image = np.full((480, 640, 3), 90, np.uint8)
    seen = set()
    for seed in range(12):
        made = compose(image, ((250, 300, 390, 335),), DrawnPlates(), np.random.default_rng(seed))
        seen.add(len(made.boxes))
        boxes = np.array(made.boxes).reshape(-1, 4)
        assert (boxes[:, 2:] > boxes[:, :2]).all()
        table = overlaps(boxes, boxes) - np.eye(len(boxes))
        assert table.max(initial=0) < 0.5
    assert {1, 2} <= seen


def test_a_composite_depends_on_its_seed_alone():
    image = np.full((480, 640, 3), 90, np.uint8)
    box = (250.0, 300.0, 390.0, 335.0)
    first, again = (compose(image, (box,), DrawnPlates(), np.random.default_rng(4)) for _ in range(2))
    assert np.array_equal(first.image, again.image)
    assert first.boxes == again.boxes


def test_tiles_keep_their_boxes_inside(tmp_path):
    training, validation = split([street_set(tmp_path / "street")])
    assert len(training) + len(validation) == 30
    maker = TileMaker(training, DrawnPlates(), 256)
    found = 0
    for seed in range(8):
        tile = maker.tile(np.random.default_rng(seed))
        assert tile.image.shape == (256, 256, 3)
        assert (tile.boxes >= 0).all()
        assert (tile.boxes <= 256).all()
        found += len(tile.boxes)
    assert found >= 8


def test_an_emptied_picture_has_no_plate_left_where_one_was():
    image = np.full((480, 640, 3), 90, np.uint8)
    cv2.rectangle(image, (250, 300), (390, 335), (255, 255, 255), -1)
    boxes = ((250.0, 300.0, 390.0, 335.0),)
    kept = [empty(image, boxes, np.random.default_rng(seed))[305:330, 270:370].mean() for seed in range(9)]
    assert np.median(kept) < 130
    assert image[317, 320].tolist() == [255, 255, 255]


def test_tiles_look_at_what_was_mistaken_for_a_plate(tmp_path):
    training, _ = split([street_set(tmp_path / "street")])
    bare = [LabelledPicture(p.path, p.width_px, p.height_px, ()) for p in training]
    lures = {bare[0].path: ((10.0, 10.0, 60.0, 25.0),)}
    with_lures = TileMaker(bare, None, 128, lures=lures)
    without = TileMaker(bare, None, 128)
    made = [[m.tile(np.random.default_rng(seed)) for seed in range(12)] for m in (with_lures, without)]
    assert all(len(tile.boxes) == 0 for tiles in made for tile in tiles)
    assert any(not np.array_equal(a.image, b.image) for a, b in zip(*made, strict=True))


def test_an_evaluation_set_is_refused(tmp_path):
    with pytest.raises(PolicyError):
        split([street_set(tmp_path / "dev" / "street")])


def test_too_few_pictures_are_refused_with_the_next_step(tmp_path):
    with pytest.raises(InputError, match="Label at least"):
        split([street_set(tmp_path / "street", 1)])


def test_a_letterbox_keeps_the_shape_of_the_picture():
    square, scale, left, top = letterbox(np.zeros((360, 640, 3), np.uint8), 640)
    assert square.shape == (640, 640, 3)
    assert (scale, left, top) == (1.0, 0, 140)


def test_missing_base_weights_are_named(tmp_path):
    with pytest.raises(ModelError, match="does not exist"):
        load_network(tmp_path / "none.pt")


def test_base_weights_that_are_no_weights_are_named_with_the_next_step(tmp_path):
    pytest.importorskip("ultralytics")
    (tmp_path / "broken.pt").write_text("not weights", encoding="utf-8")
    with pytest.raises(ModelError, match="cannot be loaded") as caught:
        load_network(tmp_path / "broken.pt")
    assert "ultralytics wrote" in caught.value.next_step


def test_a_stopped_run_goes_on_where_it_was(tmp_path):
    pytest.importorskip("ultralytics")
    training, validation = split([street_set(tmp_path / "street")])
    steps = []
    for wanted in (2, 4):
        plan = DetectorPlan(
            sets=(),
            base=models_dir() / "plate-detector.pt",
            run_dir=tmp_path / "run",
            steps=wanted,
            batch=2,
            tile_px=128,
            validate_every=2,
            threads=1,
        )
        result = train(
            plan, Material(training, validation, {}), None, on_progress=lambda now: steps.append(now.step)
        )
        assert result.weights.is_file()
    assert steps == [2, 4]
