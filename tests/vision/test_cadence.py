from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from anpr.vision.cadence import Cadence
from anpr.vision.pipeline import Pipeline
from tests.vision.scripted import STEP_S, Script, frame

if TYPE_CHECKING:
    from anpr.types import Detection, Image


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


def test_a_plate_is_read_just_as_well_when_every_second_frame_is_looked_at():
    class Counting(Script):
        looks = 0

        def detect(self, image: Image, scale: float = 1.0) -> list[Detection]:  # noqa: ARG002
            Counting.looks += 1
            return super().detect(image)

    script = Counting([[(100 + 20 * i, "AB1234", 0.99)] for i in range(20)])
    pipeline = Pipeline(script, script.reader(), cadence=Cadence(0.5 / STEP_S))
    steps = [pipeline.feed(frame(script, index)) for index in range(20)]
    assert Counting.looks == 10
    assert [read.raw for step in steps for read in step.decided] == ["AB1234"]
    assert [read.raw for read in pipeline.flush().ended] == ["AB1234"]
