from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from anpr.bench import report
from anpr.bench.accuracy import run
from anpr.bench.datasets import read_dataset
from anpr.bench.grounds import ground
from anpr.bench.shares import Share
from anpr.bench.subjects import EngineSubject, open_subject
from anpr.vision.calibration import calibration
from anpr.vision.engines import Engine
from anpr.vision.sources import read_picture
from anpr.vision.stills import read_still
from tests.bench.examples import PLATE, FixedDetector, FixedReader, Told, dataset, plate, read

SHARED = Path(__file__).parents[2] / "../shared/data"
LINES = [
    {"image": "a.png", "plates": [plate("SM188")]},
    {"image": "b.png", "plates": [plate("AB12")]},
    {"image": "c.png", "plates": []},
]


def test_several_subjects_see_every_picture_of_a_set(tmp_path: Path):
    pictures = read_dataset(dataset(tmp_path / "mine", LINES))
    ticks: list[None] = []
    right, blind = run(
        [Told("right", read("SM188")), Told("blind")], pictures, 0.5, lambda: ticks.append(None)
    )
    assert len(ticks) == 6
    assert right.score.end_to_end is not None
    assert right.score.end_to_end.all.folded == Share(1, 2)
    assert right.score.detection is not None
    assert right.score.detection.false_plates == 1
    assert blind.score.detection is not None
    assert blind.score.detection.recall == Share(0, 2)
    assert right.score.on_crops is None
    assert right.score.picture_ms == 3.0


def test_the_reader_is_also_judged_alone_on_labelled_boxes(tmp_path: Path):
    pictures = read_dataset(dataset(tmp_path, LINES))
    subject = EngineSubject("mine", FixedDetector(confidence=0.1), FixedReader("SM188"))
    (one,) = run([subject], pictures, 0.5, lambda: None)
    assert one.score.on_crops is not None
    assert one.score.on_crops.all.folded == Share(1, 2)
    assert one.score.detection is not None
    assert one.score.detection.recall == Share(0, 2), "a box below the working point is not shown"
    assert one.score.detection.ap50 == pytest.approx(1.0), "yet it ranks"


def test_a_set_of_crops_is_read_and_nothing_is_searched_in_it(tmp_path: Path):
    pictures = read_dataset(dataset(tmp_path, [{**line, "crop": True} for line in LINES]))
    (one,) = run([EngineSubject("mine", FixedDetector(), FixedReader("SM188"))], pictures, 0.5, lambda: None)
    assert one.score.detection is None
    assert one.score.end_to_end is None
    assert one.score.on_crops is not None
    assert one.score.on_crops.all.folded == Share(1, 2)


def test_stills_are_read_as_the_product_reads_them(tmp_path: Path):
    pictures = read_dataset(dataset(tmp_path, LINES))
    image = read_picture(pictures.pictures[0].path)
    detector, reader = FixedDetector(), FixedReader("SM188", probability=0.97)
    (ours,) = EngineSubject("x", detector, reader).answer(image).predictions
    (theirs,) = read_still(Engine("x", detector, reader), image)
    assert (ours.box, ours.text, ours.confidence) == (theirs.box, theirs.raw, theirs.confidence)


@pytest.mark.parametrize(
    ("plate_bgr", "mark_bgr", "name"),
    [
        ((235, 235, 235), (20, 20, 20), "white"),
        ((30, 180, 230), (20, 20, 20), "yellow"),
        ((25, 25, 25), (230, 230, 230), "black"),
        ((160, 60, 20), (230, 230, 230), "blue"),
    ],
)
def test_the_colour_of_a_ground_is_seen_under_its_characters(
    plate_bgr: tuple[int, int, int], mark_bgr: tuple[int, int, int], name: str
):
    image = np.full((100, 200, 3), 90, np.uint8)
    cv2.rectangle(image, (40, 30), (120, 50), plate_bgr, -1)
    cv2.putText(image, "SM188", (48, 47), cv2.FONT_HERSHEY_SIMPLEX, 0.6, mark_bgr, 2)
    assert ground(image, PLATE) == name


def test_a_labelled_colour_wins_over_the_pixels(tmp_path: Path):
    lines = [
        {"image": f"{n}.png", "plates": [plate("SM188", ground=colour)]}
        for n, colour in enumerate([None, "red"])
    ]
    (one,) = run([Told("x", read("SM188"))], read_dataset(dataset(tmp_path, lines)), 0.5, lambda: None)
    assert one.score.end_to_end is not None
    assert {group.group for group in one.score.end_to_end.groups} == {"all", "white ground", "red ground"}


@pytest.mark.shared
@pytest.mark.models
@pytest.mark.parametrize("name", ["hk_dev", "ro_night", "openalpr_us"])
def test_figures_are_those_of_the_reference_scorer(tmp_path: Path, name: str):
    script = SHARED / "score.py"
    if not script.is_file():
        pytest.skip(
            f"LOUD: {script} is missing, so the figures were NOT checked against the reference scorer"
        )
    sample = read_dataset(SHARED / "dev" / name).sample(10)
    (one,) = run([open_subject("default", 640)], sample, calibration().still.threshold, lambda: None)
    shown = tmp_path / "predictions.jsonl"
    shown.write_text(report.predictions(one, calibration().still.threshold))
    manifest = (SHARED / "dev" / name / "manifest.jsonl").read_text().splitlines()
    kept = {picture.path.name for picture in sample.pictures}
    (tmp_path / "manifest.jsonl").write_text(
        "\n".join(line for line in manifest if Path(json.loads(line)["image"]).name in kept)
    )
    printed = subprocess.run(
        [sys.executable, script, tmp_path, shown], capture_output=True, check=True
    ).stdout
    rows = {row["rows"]: row for row in map(json.loads, printed.splitlines())}
    score = one.score.end_to_end
    assert score is not None
    assert one.score.detection is not None
    groups = {group.group: group for group in score.groups}
    names = {"all": "all", 1: "1 row", 2: "2 rows", "CN": "CN", "HK 1": "HK, 1 row", "HK 2": "HK, 2 rows"}
    compared = 0
    for key, row in rows.items():
        group = groups.get(names[key])
        if group is None:
            continue
        compared += 1
        assert group.recall.total == row["plates"]
        assert group.recall.value == pytest.approx(row["recall"], abs=5e-4)
        assert group.exact.value == pytest.approx(row["e2e_exact"], abs=5e-4)
        assert group.folded.value == pytest.approx(row["e2e_folded"], abs=5e-4)
    assert compared >= 1
    assert one.score.detection.precision.value == pytest.approx(rows["all"]["precision"], abs=5e-4)
    assert (score.published.precision.value or 0) == pytest.approx(rows["all"]["read_precision"], abs=5e-4)
