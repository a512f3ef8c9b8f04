from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from anpr.vision.read import cut, keep_plate_characters
from anpr.vision.read_rows import choose, rows_of

IMAGE = np.zeros((100, 200, 3), np.uint8)
coordinate = st.floats(-50, 250)


@given(st.tuples(coordinate, coordinate, coordinate, coordinate), st.floats(-0.4, 0.4))
def test_a_crop_is_never_empty(box, margin: float):
    assert cut(IMAGE, box, margin).size > 0


def test_a_crop_can_be_grown_and_tightened():
    assert cut(IMAGE, (50, 40, 150, 60), 0.1).shape == (24, 120, 3)
    assert cut(IMAGE, (50, 40, 150, 60), -0.1).shape == (16, 80, 3)


def test_only_what_stands_on_plates_is_kept():
    text, sure = keep_plate_characters("粤·z a-7!港", [0.9, 0.1, 0.8, 0.1, 0.7, 0.1, 0.6, 0.1, 0.5])
    assert text == "粤ZA7港"
    assert sure == (0.9, 0.8, 0.7, 0.6, 0.5)


def test_letters_above_and_digits_below_are_one_mark():
    reading = choose([("A81Z", (0.5,) * 4), ("AB", (0.9,) * 2), ("1234", (0.9,) * 4)])
    assert (reading.text, reading.rows) == ("AB1234", 2)
    assert len(reading.probabilities) == 6


def test_one_row_that_is_surer_as_a_whole_stays_one_row():
    reading = choose([("AB1234", (0.9,) * 6), ("AB1Z34", (0.6,) * 6), ("A812", (0.6,) * 4)])
    assert (reading.text, reading.rows) == ("AB1234", 1)


def test_halves_without_characters_are_no_rows():
    assert choose([("AB1234", (0.5,) * 6), ("AB1234", (0.9,) * 6), ("", ())]).rows == 1


def test_a_wide_plate_is_not_halved():
    assert len(rows_of(np.zeros((20, 90, 3), np.uint8))) == 1
    assert len(rows_of(np.zeros((50, 90, 3), np.uint8))) == 3
    assert all(row.size for row in rows_of(np.zeros((2, 2, 3), np.uint8)))
