from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from anpr.types import Detection, Reading
from anpr.vision.engines import Engine
from anpr.vision.stills import read_still

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anpr.types import Image


class Finds:
    """Always finds one box."""

    def __init__(self, confidence: float) -> None:
        self._confidence = confidence

    def detect(self, image: Image) -> list[Detection]:  # noqa: ARG002
        return [Detection((100, 100, 190, 130), self._confidence)]


class Says:
    """Reads the same of each pair of cuts."""

    margin = 0.0

    def __init__(self, *cuts: Reading) -> None:
        self._cuts = cuts

    def read(self, crops: Sequence[Image]) -> list[Reading]:
        return [self._cuts[i % 2] for i in range(len(crops))]


def reading(text: str, plate: float, sure: float = 0.98) -> Reading:
    return Reading(text, (sure,) * len(text), 1, plate=plate)


def texts(*cuts: Reading, found: float = 0.4) -> list[str | None]:
    picture = np.zeros((300, 400, 3), np.uint8)
    return [read.raw for read in read_still(Engine("scripted", Finds(found), Says(*cuts)), picture)]


def test_two_cuts_that_agree_are_one_read():
    assert texts(reading("AB1234", 0.99), reading("AB1234", 0.99)) == ["AB1234"]


def test_what_both_cuts_call_no_plate_is_left_out():
    assert texts(reading("PARKING", 0.01), reading("PARKING", 0.02)) == []


def test_a_word_on_what_is_surely_a_plate_is_a_personalised_mark():
    assert texts(reading("DREAMER", 0.01), reading("DREAMER", 0.02), found=0.9) == ["DREAMER"]


def test_one_cut_that_sees_a_plate_keeps_it():
    assert texts(reading("AB1234", 0.02), reading("AB1234", 0.9)) == ["AB1234"]


def test_a_plate_that_nobody_can_read_stays_a_plate():
    assert texts(reading("", 0.9), reading("", 0.9)) == [None]
