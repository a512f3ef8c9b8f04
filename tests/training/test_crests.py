import numpy as np

from anpr.training.alphabet import encode
from anpr.training.crests import crested
from anpr.training.distractors import distract


def test_a_crested_plate_has_a_text_the_reader_knows():
    for seed in range(20):
        plate = crested(np.random.default_rng(seed), 32)
        assert encode(plate.text) is not None
        assert plate.rows == 1
        assert plate.image.shape[:2] == plate.alpha.shape


def test_crests_are_coloured_and_stand_between_the_characters():
    coloured = 0
    for seed in range(20):
        image = crested(np.random.default_rng(seed), 48).image.astype(int)
        middle = image[:, image.shape[1] // 5 : -image.shape[1] // 5]
        coloured += bool((middle.max(axis=2) - middle.min(axis=2) > 60).any())
    assert coloured >= 8


def test_distractors_keep_clear_of_plates():
    plate = np.array([[100, 100, 200, 140]], np.float32)
    for seed in range(10):
        canvas = np.full((300, 400, 3), 128, np.uint8)
        distract(canvas, plate, np.random.default_rng(seed))
        assert (canvas[100:140, 100:200] == 128).all()


def test_distractors_change_the_rest_of_the_picture():
    changed = 0
    for seed in range(10):
        canvas = np.full((300, 400, 3), 128, np.uint8)
        distract(canvas, np.zeros((0, 4), np.float32), np.random.default_rng(seed))
        changed += bool((canvas != 128).any())
    assert changed >= 8
