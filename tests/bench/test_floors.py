"""The shipped weights read at least as well as they did: a small fixed part of the shared sets.

``anpr bench accuracy SET_DIR --limit PICTURES`` prints the figures that ``floors.toml`` bounds.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from anpr.bench.accuracy import run
from anpr.bench.datasets import read_dataset
from anpr.bench.subjects import Subject, open_subject
from anpr.vision.calibration import calibration

SETS = Path(__file__).parents[2] / "../shared/data/dev"
FLOORS = tomllib.loads((Path(__file__).parent / "floors.toml").read_text())


@pytest.fixture(scope="module")
def product() -> Subject:
    return open_subject("default", 640)


@pytest.mark.shared
@pytest.mark.models
@pytest.mark.parametrize("name", FLOORS)
def test_reads_are_no_worse_than_they_were(product: Subject, name: str):
    if not SETS.is_dir():
        pytest.skip(f"NOT CHECKED for regressions: the labelled pictures of {SETS} are missing")
    floor = FLOORS[name]
    sample = read_dataset(SETS / name).sample(floor["pictures"])
    (one,) = run([product], sample, calibration().still.threshold, lambda: None)
    detection, reads, crops = one.score.detection, one.score.end_to_end, one.score.on_crops
    assert detection is not None
    assert reads is not None
    assert detection.false_plates <= floor["most_false_plates"]
    if not detection.recall.total:
        return
    assert crops is not None
    measured = {"found": detection.recall, "folded": reads.all.folded, "crops_folded": crops.all.folded}
    fallen = {key: share for key, share in measured.items() if (share.value or 0) < floor[key]}
    assert not fallen, f"{name} fell below {floor}"
