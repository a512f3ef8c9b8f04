from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from anpr.bench.datasets import Truth
from anpr.bench.detections import AveragePrecision, Detections
from anpr.bench.shares import Share
from tests.bench.examples import PLATE, read

if TYPE_CHECKING:
    from anpr.types import Box

AWAY = (150.0, 70.0, 190.0, 90.0)


def truth(
    text: str | None = "SM188", region: str | None = "HK", rows: int | None = 1, box: Box = PLATE
) -> Truth:
    return Truth(box, text, region, rows, readable=text is not None)  # type: ignore[arg-type]


def test_detection_counts_found_missed_and_false():
    metric = Detections()
    metric.update((truth(),), [read("SM188"), read("XX", AWAY)])
    metric.update((truth(),), [])
    metric.update((truth(None),), [read("??")])
    score = metric.compute()
    assert score.pictures == 3
    assert score.recall == Share(1, 2)
    assert score.precision == Share(2, 3)
    assert score.false_plates == 1
    (twenty,) = [one for one in score.by_height if one.low_px <= 20 < one.high_px]
    assert twenty.recall == Share(1, 2)
    metric.reset()
    assert metric.compute().recall == Share(0, 0)


def test_average_precision_is_the_area_under_the_curve():
    metric = AveragePrecision()
    metric.update((truth(),), [read("A", detection=0.9)])
    metric.update((truth(),), [read("B", AWAY, detection=0.8), read("C", detection=0.7)])
    # Recall 0.5 at precision 1, then 1.0 at precision 2/3.
    assert metric.compute() == pytest.approx(0.5 * 1 + 0.5 * 2 / 3)
    assert metric.compute(200) is None


def test_a_false_box_surer_than_all_costs_more_than_a_doubtful_one():
    scores = []
    for false in (0.99, 0.01):
        metric = AveragePrecision()
        metric.update((truth(),), [read("A", detection=0.5), read("B", AWAY, detection=false)])
        scores.append(metric.compute())
    assert scores == [0.5, 1.0]
