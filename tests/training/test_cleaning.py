from pathlib import Path

import cv2
import numpy as np
import pytest

from anpr.errors import InputError
from anpr.training.cleaning import mend, read_notes, survey
from anpr.training.data import LabelledPicture, LabelledPlate
from anpr.types import Detection

LABEL = (100.0, 100.0, 200.0, 140.0)
PICTURE = LabelledPicture(Path("a.jpg"), 640, 480, (LabelledPlate(LABEL, text="AB12"),))


def test_a_loose_label_takes_the_tighter_outline_and_keeps_its_text():
    tight = (105.0, 105.0, 195.0, 135.0)
    mended = mend(PICTURE, [Detection(tight, 0.8)])
    assert mended is not None
    assert mended.plates == (LabelledPlate(tight, text="AB12"),)


def test_a_forgotten_plate_is_added_when_the_find_is_sure():
    other = (400.0, 300.0, 460.0, 320.0)
    mended = mend(PICTURE, [Detection(LABEL, 0.8), Detection(other, 0.7)])
    assert mended is not None
    assert [plate.box for plate in mended.plates] == [LABEL, other]


def test_a_doubtful_find_drops_the_picture():
    assert mend(PICTURE, [Detection(LABEL, 0.8), Detection((400.0, 300.0, 460.0, 320.0), 0.45)]) is None


def test_a_label_in_the_wrong_place_drops_the_picture():
    assert mend(PICTURE, [Detection((400.0, 300.0, 460.0, 320.0), 0.8)]) is None
    assert mend(PICTURE, [Detection((100.0, 135.0, 200.0, 190.0), 0.8)]) is None


def test_a_plate_the_detector_misses_stays():
    assert mend(PICTURE, []) == PICTURE


class CountingDetector:
    def __init__(self) -> None:
        self.calls = 0

    def detect(self, _image):
        self.calls += 1
        return [Detection((1.0, 2.0, 30.0, 12.0), 0.5)]


def test_a_survey_goes_on_where_it_was_interrupted(tmp_path):
    pictures = []
    for name in "abc":
        cv2.imwrite(str(tmp_path / f"{name}.png"), np.zeros((20, 40, 3), np.uint8))
        pictures.append(LabelledPicture(tmp_path / f"{name}.png", 40, 20, ()))
    first, second = CountingDetector(), CountingDetector()
    survey(pictures[:2], first, tmp_path / "finds.jsonl")
    found = survey(pictures, second, tmp_path / "finds.jsonl")
    assert (first.calls, second.calls) == (2, 1)
    assert found[pictures[0].path] == (Detection((1.0, 2.0, 30.0, 12.0), 0.5),)
    assert set(found) == {picture.path for picture in pictures}


def test_a_broken_line_of_notes_is_named(tmp_path):
    (tmp_path / "finds.jsonl").write_text('{"picture": "a.jpg", "finds": [[1, 2]]}', encoding="utf-8")
    with pytest.raises(InputError, match="line 1"):
        read_notes(tmp_path / "finds.jsonl")
