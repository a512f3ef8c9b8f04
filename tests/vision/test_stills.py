from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from anpr.types import Detection, Reading
from anpr.vision.engines import Engine
from anpr.vision.stills import MOST_UNCONFIRMED, find_plates, read_still, shared

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anpr.types import Image

BOX = (100.0, 100.0, 190.0, 130.0)


class Finds:
    """Always finds one box."""

    def __init__(self, confidence: float) -> None:
        self._confidence = confidence

    def detect(self, image: Image, scale: float = 1.0) -> list[Detection]:  # noqa: ARG002
        return [Detection(BOX, self._confidence)]


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


@pytest.mark.parametrize("found", [0.4, 0.9])
def test_what_nobody_can_read_and_may_as_well_be_no_plate_is_left_out(found):
    assert texts(reading("", 0.6), reading("", 0.8), found=found) == []
    assert texts(reading("AB1234", 0.6), reading("AB1234", 0.8), found=found) == ["AB1234"]


class FindsByScale:
    """Finds what the script says for each size of the picture."""

    def __init__(self, **finds: Detection) -> None:
        self._finds = {
            1.0: finds.get("usual"),
            0.5: finds.get("smaller"),
            1.5: finds.get("larger"),
            2.0: None,
        }

    def detect(self, image: Image, scale: float = 1.0) -> list[Detection]:  # noqa: ARG002
        found = self._finds[scale]
        return [] if found is None else [found]


PICTURE = np.zeros((300, 400, 3), np.uint8)
ELSEWHERE = (10.0, 10.0, 100.0, 40.0)


def test_a_plate_that_only_another_size_shows_is_found():
    large, far = Detection((20.0, 20.0, 380.0, 140.0), 0.8), Detection((300.0, 200.0, 330.0, 210.0), 0.7)
    found = find_plates(FindsByScale(smaller=large, larger=far), PICTURE)
    assert [plate.box for plate in found.plates] == [large.box, far.box]
    assert all(plate.confidence <= MOST_UNCONFIRMED for plate in found.plates)


def test_what_only_another_size_shows_needs_the_reader_to_call_it_a_plate():
    class FindsSmaller(Finds):
        def detect(self, image: Image, scale: float = 1.0) -> list[Detection]:  # noqa: ARG002
            return [Detection(BOX, 0.95)] if scale < 1 else []

    lamp, plate = (Says(reading("0", sure), reading("0", sure)) for sure in (0.05, 0.9))
    engines = [Engine("scripted", FindsSmaller(0.9), says) for says in (lamp, plate)]
    assert [len(read_still(engine, PICTURE)) for engine in engines] == [0, 1]


def test_another_size_must_be_surer_than_the_usual_one():
    assert find_plates(FindsByScale(smaller=Detection(ELSEWHERE, 0.3)), PICTURE).plates == ()


def test_the_usual_size_has_the_first_word_on_where_a_plate_is():
    usual, shifted = Detection(BOX, 0.5), Detection((105.0, 100.0, 195.0, 135.0), 0.9)
    assert find_plates(FindsByScale(usual=usual, larger=shifted), PICTURE).plates == (usual,)


@pytest.mark.parametrize("confidence", [0.1, 0.3])
def test_what_the_usual_size_only_guessed_gives_way(confidence):
    guess, sure = Detection(BOX, confidence), Detection((105.0, 100.0, 195.0, 135.0), 0.9)
    found = find_plates(FindsByScale(usual=guess, larger=sure), PICTURE)
    assert [plate.box for plate in found.plates] == [sure.box]


def test_boxes_share_what_both_cover_of_the_smaller():
    assert shared((0, 0, 10, 10), (5, 0, 25, 10)) == pytest.approx(0.5)
    assert shared((0, 0, 10, 10), (2, 2, 4, 4)) == pytest.approx(1.0)
    assert shared((0, 0, 10, 10), (20, 0, 30, 10)) == 0.0


class SeesTwoInOneBox:
    """Reads AB1234 in the upper half of the box and ZXY77 in the lower one, and tells where each ends."""

    margin = 0.0

    def read(self, crops: Sequence[Image]) -> list[Reading]:
        readings = []
        for crop in crops:
            upper, whole = crop[0, 0, 0] < 130, crop.shape[0] > 20
            text = "AB1234" if upper else "ZXY77"
            low = 0.5 if upper and whole else 1.0
            corners = (0.0, 0.0, 1.0, 0.0, 1.0, low, 0.0, low)
            readings.append(Reading(text, (0.98,) * len(text), 1, plate=0.99, corners=corners))
        return readings


def test_two_plates_in_one_box_are_both_read():
    picture = np.zeros((300, 400, 3), np.uint8)
    picture[:] = np.arange(300, dtype=np.uint16)[:, None, None].clip(0, 255).astype(np.uint8)
    box = (100.0, 116.0, 190.0, 146.0)

    class FindsOne(Finds):
        def detect(self, image: Image, scale: float = 1.0) -> list[Detection]:  # noqa: ARG002
            return [Detection(box, 0.9)]

    reads = read_still(Engine("scripted", FindsOne(0.9), SeesTwoInOneBox()), picture)
    assert [read.raw for read in reads] == ["AB1234", "ZXY77"]
    assert reads[0].box == pytest.approx((100, 116, 190, 131), abs=2)
    assert reads[1].box == pytest.approx((100, 131, 190, 146), abs=2)


def test_a_box_that_reaches_into_the_plate_below_does_not_hide_it():
    picture = np.zeros((300, 400, 3), np.uint8)
    picture[:] = np.arange(300, dtype=np.uint16)[:, None, None].clip(0, 255).astype(np.uint8)

    class FindsBoth(Finds):
        def detect(self, image: Image, scale: float = 1.0) -> list[Detection]:  # noqa: ARG002
            return [Detection((100.0, 116.0, 190.0, 156.0), 0.9), Detection((95.0, 134.0, 195.0, 165.0), 0.6)]

    reads = read_still(Engine("scripted", FindsBoth(0.9), SeesTwoInOneBox()), picture)
    assert [read.raw for read in reads] == ["AB1234", "ZXY77"]


def test_the_neighbour_that_the_usual_size_took_for_a_part_is_read_where_another_size_shows_it():
    picture = np.zeros((300, 400, 3), np.uint8)
    picture[:] = np.arange(300, dtype=np.uint16)[:, None, None].clip(0, 255).astype(np.uint8)
    below = Detection((95.0, 133.0, 195.0, 158.0), 0.8)

    class FindsTheOther(Finds):
        def detect(self, image: Image, scale: float = 1.0) -> list[Detection]:  # noqa: ARG002
            return [Detection((100.0, 116.0, 190.0, 146.0), 0.9)] if scale == 1.0 else [below]

    found = find_plates(FindsTheOther(0.9), picture)
    assert {one.box for one in found.hidden} == {below.box}
    reads = read_still(Engine("scripted", FindsTheOther(0.9), SeesTwoInOneBox()), picture)
    assert [read.raw for read in reads] == ["AB1234", "ZXY77"]
    assert reads[1].box == pytest.approx(below.box, abs=2)


def test_a_plate_lies_midway_between_the_box_and_corners_that_are_near_it():
    class SeesItTighter(Says):
        def read(self, crops: Sequence[Image]) -> list[Reading]:
            tighter = (0.0, 0.2, 1.0, 0.2, 1.0, 1.0, 0.0, 1.0)
            return [replace(reading, corners=tighter) for reading in super().read(crops)]

    said = reading("AB1234", 0.99)
    picture = np.zeros((300, 400, 3), np.uint8)
    (read,) = read_still(Engine("scripted", Finds(0.9), SeesItTighter(said, said)), picture)
    x1, y1, x2, y2 = BOX
    assert read.box == pytest.approx((x1, y1 + 0.1 * (y2 - y1), x2, y2), abs=1)
