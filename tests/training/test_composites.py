"""Drawn plates in street pictures: boxes are those of what can be seen."""

from __future__ import annotations

import numpy as np
import pytest

from anpr.training.composites import visible
from anpr.training.frames import frame

UPPER = np.array([[10, 10], [110, 40], [110, 70], [10, 40]], np.float32)


def test_a_slanted_plate_above_another_keeps_its_whole_box():
    below = UPPER + np.float32([0, 31])
    assert visible(UPPER, [below]) == (10, 10, 110, 70)


def test_a_plate_that_is_partly_covered_has_the_box_of_the_rest():
    level = np.array([[10, 10], [110, 10], [110, 40], [10, 40]], np.float32)
    x1, y1, x2, y2 = visible(level, [level + np.float32([0, 20])])
    assert (x1, y1, x2) == (10, 10, 110)
    assert y2 == pytest.approx(30, abs=1.5)


def test_a_plate_that_is_wholly_covered_has_no_box():
    x1, y1, x2, y2 = visible(UPPER, [UPPER])
    assert x1 == x2
    assert y1 == y2


def test_a_frame_reaches_over_its_plate_on_every_side():
    plate = np.full((60, 120, 3), 200, np.uint8)
    for seed in range(20):
        picture, (x1, y1, x2, y2) = frame(plate, np.random.default_rng(seed))
        assert x1 < 0
        assert y1 < 0
        assert x2 > 1
        assert y2 > 0.5
        assert picture.shape[1] / picture.shape[0] == pytest.approx((x2 - x1) / (y2 - y1), rel=1e-6)
