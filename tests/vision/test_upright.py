from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anpr.types import Reading
from anpr.vision.read import cut_area
from anpr.vision.upright import corners_in, extent, upright

IMAGE = np.full((200, 300, 3), 40, np.uint8)
BOX = (100.0, 60.0, 220.0, 120.0)
#: A plate of 100 x 30 px that leans.
LEANING = np.array([[110.0, 90.0], [205.0, 62.0], [213.0, 91.0], [118.0, 119.0]])


def reading(corners: np.ndarray, margin: float) -> Reading:
    """What a reader says that sees corners (4 x 2, px) in a cut around the box."""
    left, top, right, bottom = cut_area(IMAGE, BOX, margin)
    share = (corners - (left, top)) / (right - left, bottom - top)
    return Reading("AB1", (0.9,) * 3, 1, corners=tuple(share.reshape(8).tolist()))


@given(st.floats(-0.1, 0.3))
def test_corners_find_their_way_from_the_cut_to_the_picture(margin: float):
    found = corners_in(IMAGE, BOX, [(margin, reading(LEANING, margin))])
    assert found == pytest.approx(LEANING)


def test_cuts_that_differ_meet_in_the_middle():
    cuts = [(0.0, reading(LEANING, 0.0)), (0.1, reading(LEANING + 4, 0.1))]
    assert corners_in(IMAGE, BOX, cuts) == pytest.approx(LEANING + 2)


def test_a_reader_that_does_not_tell_has_no_corners():
    assert corners_in(IMAGE, BOX, [(0.0, Reading("AB1", (0.9,) * 3, 1))]) is None


@pytest.mark.parametrize(
    "corners",
    [
        LEANING[::-1],
        LEANING[[0, 2, 1, 3]],
        np.array([[110, 90], [112, 90], [112, 92], [110, 92]]),
        np.array([[-200, -200], [500, -200], [500, 400], [-200, 400]]),
    ],
    ids=["mirrored", "crossed", "a dot", "far larger than the box"],
)
def test_corners_that_cannot_be_are_not_believed(corners: np.ndarray):
    assert corners_in(IMAGE, BOX, [(0.0, reading(corners, 0.0))]) is None


def test_a_leaning_plate_is_set_upright():
    picture = IMAGE.copy()
    cv2.fillPoly(picture, [np.round(LEANING).astype(np.int32)], (240, 240, 240))
    plate = upright(picture, LEANING)
    assert plate.shape == (30, 99, 3)
    assert plate[2:-2, 2:-2].min() > 200
    wider = upright(picture, LEANING, 0.2)
    assert wider.shape == (42, 139, 3)
    assert wider[:3].max() < 60
    assert wider[8:-8, 23:-23].min() > 200


def test_the_box_around_corners_stays_in_the_picture():
    assert extent(LEANING, IMAGE) == (110, 62, 213, 119)
    assert extent(LEANING - (150, 0), IMAGE) == (0, 62, 63, 119)
