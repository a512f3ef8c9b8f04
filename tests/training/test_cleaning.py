from pathlib import Path

from anpr.training.cleaning import mend
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
