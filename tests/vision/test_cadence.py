from __future__ import annotations

import pytest

from anpr.vision.cadence import Cadence


@pytest.mark.parametrize(
    ("frames_per_s", "looked_at"), [(10, 100), (15, 150), (25, 125), (30, 150), (60, 150)]
)
def test_ten_seconds_of_a_camera_are_looked_at_fifteen_times_a_second_at_most(
    frames_per_s: int, looked_at: int
):
    cadence = Cadence(15)
    assert sum(cadence.due(number / frames_per_s) for number in range(10 * frames_per_s)) == looked_at


def test_without_a_limit_every_frame_is_looked_at():
    cadence = Cadence(0)
    assert all(cadence.due(number / 60) for number in range(60))


def test_stamps_that_jitter_do_not_halve_the_looks():
    cadence = Cadence(15)
    early_s = (0.0, -0.003, 0.002, -0.001)
    assert all(cadence.due(number / 15 + early_s[number % 4]) for number in range(1, 60))
