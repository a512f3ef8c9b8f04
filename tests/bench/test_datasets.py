from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from anpr.bench.datasets import read_dataset
from anpr.errors import InputError
from tests.bench.examples import dataset, plate

if TYPE_CHECKING:
    from pathlib import Path


def test_a_set_is_read_with_its_labels(tmp_path: Path):
    folder = dataset(
        tmp_path / "mine",
        [
            {"image": "images/a.png", "plates": [plate("SM188", region="HK", rows=2)]},
            {"image": "images/b.png", "crop": True, "plates": [plate(None, unreadable=True)]},
        ],
    )
    found = read_dataset(folder)
    assert found.name == "mine"
    first, second = found.pictures
    assert (first.plates[0].text, first.plates[0].region, first.plates[0].rows) == ("SM188", "HK", 2)
    assert first.plates[0].readable
    assert first.plates[0].height_px == 20
    assert not second.plates[0].readable
    assert second.is_crop


def test_a_sample_is_spread_evenly_and_always_the_same(tmp_path: Path):
    lines = [{"image": f"{n}.png", "plates": []} for n in range(10)]
    full = read_dataset(dataset(tmp_path, lines))
    sample = full.sample(4)
    assert [picture.path.stem for picture in sample.pictures] == ["0", "2", "5", "7"]
    assert full.sample(None) == full.sample(99) == full


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{", "Invalid JSON"),
        ('{"plates": []}', "image"),
        ('{"image": "a.png", "plates": [{"bbox": [5, 5, 5, 9]}]}', "x1 < x2"),
        ('{"image": "gone.png", "plates": []}', "gone.png does not exist"),
    ],
)
def test_a_bad_line_is_named_with_what_is_wrong_about_it(tmp_path: Path, line: str, says: str):
    folder = dataset(tmp_path, [{"image": "a.png", "plates": []}])
    with (folder / "manifest.jsonl").open("a") as manifest:
        manifest.write("\n" + line + "\n")
    with pytest.raises(InputError, match="line 3") as caught:
        read_dataset(folder)
    assert says in caught.value.message


def test_a_folder_without_labels_is_refused_with_the_next_step(tmp_path: Path):
    with pytest.raises(InputError, match="manifest"):
        read_dataset(tmp_path)
    (tmp_path / "manifest.jsonl").write_text("\n")
    with pytest.raises(InputError, match="empty"):
        read_dataset(tmp_path)
