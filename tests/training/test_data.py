import json
from pathlib import Path

import numpy as np
import pytest

from anpr.errors import InputError, PolicyError
from anpr.training.data import check_permitted, cut_box, held_out, load_manifest, split_by_stretch

SHARED_DATA = Path(__file__).parents[3] / "shared" / "data"


def write_set(folder, rows):
    folder.mkdir(parents=True)
    (folder / "manifest.jsonl").write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return folder


def row(name="a.jpg", **more: str):
    plates = [{"bbox": [1, 2, 30, 12], "text": "AB1234", "region": "HK", "rows": 1}]
    return {"image": f"images/{name}", "width": 64, "height": 48, "plates": plates, **more}


def test_a_set_in_a_folder_called_dev_is_never_trained_on(tmp_path):
    folder = write_set(tmp_path / "dev" / "hk", [row()])
    with pytest.raises(PolicyError, match="evaluation only"):
        load_manifest(folder, for_training=True)
    assert len(load_manifest(folder, for_training=False)) == 1


def test_a_link_does_not_hide_an_evaluation_set(tmp_path):
    folder = write_set(tmp_path / "dev" / "hk", [row()])
    (tmp_path / "innocent").symlink_to(folder)
    with pytest.raises(PolicyError):
        check_permitted(tmp_path / "innocent")


def test_a_readme_that_marks_a_set_is_obeyed(tmp_path):
    folder = write_set(tmp_path / "sets" / "night", [row()])
    table = "| `sets/night` | 3 | same drive as `sets/day` | MIT | **evaluation only** |\n"
    (tmp_path / "README.md").write_text(table, encoding="utf-8")
    with pytest.raises(PolicyError, match="README"):
        check_permitted(folder)


def test_a_set_that_is_only_mentioned_beside_an_evaluation_set_stays_permitted(tmp_path):
    folder = write_set(tmp_path / "sets" / "day", [row()])
    table = "| `sets/night` | 3 | same drive as `sets/day` | MIT | **evaluation only** |\n"
    (tmp_path / "README.md").write_text(table, encoding="utf-8")
    check_permitted(folder)


@pytest.mark.shared
@pytest.mark.skipif(not SHARED_DATA.is_dir(), reason="the labelled pictures of ../shared are not here")
def test_the_labelled_pictures_that_may_be_trained_on_are_permitted_and_the_others_are_not():
    for name in ("ro_plates", "world_openlpr", "sg_street", "br_crops", "cn_crops", "us_crops"):
        check_permitted(SHARED_DATA / "train" / name)
    for folder in (*sorted((SHARED_DATA / "dev").iterdir()), SHARED_DATA / "videos"):
        with pytest.raises(PolicyError):
            check_permitted(folder)


def test_a_manifest_gives_boxes_texts_and_rows(tmp_path):
    (picture,) = load_manifest(write_set(tmp_path / "mine", [row(clip="drive1")]), for_training=True)
    assert picture.path == tmp_path / "mine" / "images" / "a.jpg"
    assert picture.group == "drive1"
    assert picture.plates[0].text == "AB1234"
    assert picture.plates[0].rows == 1


def test_a_broken_manifest_line_is_named(tmp_path):
    folder = write_set(tmp_path / "mine", [row(), {"image": "b.jpg"}])
    with pytest.raises(InputError, match="line 2"):
        load_manifest(folder, for_training=True)


def test_a_missing_manifest_says_what_to_write(tmp_path):
    with pytest.raises(InputError, match=r"manifest\.jsonl"):
        load_manifest(tmp_path, for_training=True)


def test_about_a_tenth_is_held_out_and_always_the_same(tmp_path):
    rows = [row(f"{number}.jpg") for number in range(500)]
    pictures = load_manifest(write_set(tmp_path / "mine", rows), for_training=True)
    held = [picture.path.name for picture in pictures if held_out(picture)]
    assert 25 <= len(held) <= 80
    assert held == [picture.path.name for picture in pictures if held_out(picture)]


def test_a_drive_is_split_in_time(tmp_path):
    rows = [row(f"{number:03d}.jpg", clip="d") for number in range(100)]
    early, late = split_by_stretch(load_manifest(write_set(tmp_path / "mine", rows), for_training=True))
    assert len(late) == 12
    assert max(picture.path.name for picture in early) < min(picture.path.name for picture in late)


def test_a_padded_box_is_clipped_to_the_picture():
    image = np.zeros((50, 100, 3), np.uint8)
    assert cut_box(image, (10, 10, 30, 20), 0.1).shape == (12, 24, 3)
    assert cut_box(image, (0, 0, 100, 50), 0.5).shape == (50, 100, 3)
