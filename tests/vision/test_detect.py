from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anpr.vision.detect import STRIDE_PX, decode_yolo, letterbox, suppress, to_tensor


@given(st.integers(8, 1200), st.integers(8, 1200), st.sampled_from([320, 640]))
def test_a_picture_fits_into_whole_strides_and_boxes_find_their_way_back(width: int, height: int, size: int):
    framed, fit = letterbox(np.zeros((height, width, 3), np.uint8), size)
    assert framed.shape[0] % STRIDE_PX == framed.shape[1] % STRIDE_PX == 0
    assert max(framed.shape) == size
    inside = np.array(
        [[fit.left_px, fit.top_px, fit.left_px + width * fit.scale, fit.top_px + height * fit.scale]],
        np.float32,
    )
    assert fit.back(inside, width, height)[0] == pytest.approx([0, 0, width, height], abs=0.5)


def test_a_wide_frame_is_not_padded_to_a_square():
    framed, _ = letterbox(np.zeros((1080, 1920, 3), np.uint8), 640)
    assert framed.shape == (352, 640, 3)


def test_what_little_is_more_than_whole_strides_is_cut_off_at_both_ends():
    image = np.zeros((360, 640, 3), np.uint8)
    image[4:356] = 255
    framed, fit = letterbox(image, 640)
    assert framed.shape == (352, 640, 3)
    assert framed.min() == 255
    assert fit.back(np.array([[0, 0, 10, 352]], np.float32), 640, 360)[0].tolist() == [0, 4, 10, 356]


def test_a_side_far_from_a_whole_stride_is_padded():
    framed, fit = letterbox(np.zeros((1080, 1920, 3), np.uint8), 960)
    assert framed.shape == (544, 960, 3)
    assert (fit.scale, fit.top_px) == (0.5, 2)


def test_a_network_gets_bytes_or_floats():
    image = np.zeros((32, 64, 3), np.uint8)
    image[..., 0] = 255
    assert to_tensor(image, pictures=True).shape == (1, 32, 64, 3)
    planes = to_tensor(image)
    assert planes.shape == (1, 3, 32, 64)
    assert planes[0, 2].min() == 1.0


def test_a_raw_head_becomes_boxes_in_picture_pixels():
    image = np.zeros((336, 640, 3), np.uint8)
    _, fit = letterbox(image, 640)
    output = np.zeros((1, 5, 3), np.float32)
    output[0, :, 0] = (100, 108, 80, 20, 0.9)  # 8 pixels of grey above the picture
    output[0, :, 1] = (101, 108, 80, 20, 0.8)
    output[0, :, 2] = (400, 208, 40, 20, 0.1)
    (found,) = decode_yolo(output, fit, image)
    assert found.box == pytest.approx((60, 90, 140, 110))
    assert found.confidence == pytest.approx(0.9)


def test_stacked_plates_are_both_kept():
    boxes = np.array([[0, 0, 100, 30], [0, 28, 100, 58], [2, 1, 101, 31]], np.float32)
    assert suppress(boxes, np.array([0.9, 0.8, 0.7], np.float32)) == [0, 1]


def test_a_row_of_a_plate_is_not_found_beside_the_plate():
    boxes = np.array([[608, 389, 642, 413], [608, 399, 643, 416], [608, 420, 643, 436]], np.float32)
    assert suppress(boxes, np.array([0.7, 0.45, 0.4], np.float32)) == [0, 2]
