import json

import cv2
import numpy as np
import pytest

from anpr.errors import InputError
from anpr.training.data import load_manifest
from anpr.training.labels import from_csv

HEADER = "image,x1,y1,x2,y2,text,region,rows\n"


@pytest.fixture
def pictures(tmp_path):
    for name in ("a.png", "b.png"):
        cv2.imwrite(str(tmp_path / name), np.zeros((48, 96, 3), np.uint8))
    return tmp_path


def table(folder, *lines: str):
    path = folder / "labels.csv"
    path.write_text(HEADER + "\n".join(lines), encoding="utf-8")
    return path


def test_a_table_becomes_a_set_that_can_be_trained_on(pictures, tmp_path):
    source = table(pictures, "a.png,1,2,40,12,sm 188,HK,1", "a.png,1,20,40,40,,HK,", "b.png,,,,,,,")
    assert from_csv(source, tmp_path / "set") == (2, 2)
    first, second = load_manifest(tmp_path / "set", for_training=True)
    assert first.path.resolve() == (pictures / "a.png").resolve()
    assert (first.width_px, first.height_px) == (96, 48)
    assert [(plate.text, plate.rows, plate.readable) for plate in first.plates] == [
        ("SM188", 1, True),
        (None, None, False),
    ]
    assert second.plates == ()


def test_letters_are_kept_as_they_were_typed(pictures, tmp_path):
    from_csv(table(pictures, "a.png,1,2,40,12,OI-01,US,"), tmp_path / "set")
    line = json.loads((tmp_path / "set" / "manifest.jsonl").read_text(encoding="utf-8"))
    assert line["plates"][0]["text"] == "OI01"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("c.png,1,2,40,12,AB12,,", "line 2: .*c.png is no picture"),
        ("a.png,1,2,wide,12,AB12,,", "not four numbers"),
        ("a.png,40,2,1,12,AB12,,", "no area"),
        ("a.png,1,2,40,12,AB12,,3", "plates have 1 or 2"),
        ("a.png,1,2,40,12,ABCDEFGHIJKLM,,", "longer than"),
        ("a.png,1,2,40,12,AB?2,,", "does not know"),
    ],
)
def test_a_wrong_row_is_named_and_nothing_is_written(pictures, tmp_path, line, said):
    with pytest.raises(InputError, match=said):
        from_csv(table(pictures, line), tmp_path / "set")
    assert not (tmp_path / "set").exists()


def test_a_missing_column_is_named(pictures, tmp_path):
    source = pictures / "labels.csv"
    source.write_text("image,text\na.png,AB12\n", encoding="utf-8")
    with pytest.raises(InputError, match="x1, y1, x2, y2"):
        from_csv(source, tmp_path / "set")
