from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from anpr.bench.datasets import Truth
from anpr.bench.matching import match
from anpr.bench.reads import Reads
from anpr.bench.shares import Share
from tests.bench.examples import PLATE, read

if TYPE_CHECKING:
    from anpr.types import Box

AWAY = (150.0, 70.0, 190.0, 90.0)


def truth(
    text: str | None = "SM188", region: str | None = "HK", rows: int | None = 1, box: Box = PLATE
) -> Truth:
    return Truth(box, text, region, rows, readable=text is not None)  # type: ignore[arg-type]


def test_reads_are_counted_by_rows_and_region():
    metric = Reads(0.5)
    metric.update(match((truth("SM188", rows=2),), [read("SM188")]))
    metric.update(match((truth("LO1", region="CN"),), [read("L01")]))
    metric.update(match((truth("AB12"),), [read("AB13")]))
    metric.update(match((truth("CD34"),), []))
    score = metric.compute()
    groups = {group.group: group for group in score.groups}
    assert score.all.exact == Share(1, 4)
    assert score.all.folded == Share(2, 4)
    assert score.all.recall == Share(3, 4)
    assert score.all.characters == pytest.approx(1 - 5 / 16)
    assert groups["2 rows"].folded == Share(1, 1)
    assert groups["HK"].folded == Share(1, 3)
    assert groups["HK, 2 rows"].folded == Share(1, 1)
    assert groups["CN"].folded == Share(1, 1)
    assert "CN, 1 row" not in groups, "it would repeat CN"
    metric.reset()
    assert metric.compute().all.folded == Share(0, 0)


def test_a_read_below_the_threshold_is_withheld():
    reads = [(read("SM188", confidence=0.9), "SM188"), (read("XX", confidence=0.6), "AB12")]
    shown, raw = Reads(0.7), Reads(0.7, withhold=False)
    for prediction, text in [*reads, (read("CD34", confidence=0.2), "CD34")]:
        for metric in (shown, raw):
            metric.update(match((truth(text),), [prediction, read("ZZ", AWAY, confidence=0.8)]))
    assert shown.compute().all.folded == Share(1, 3)
    assert raw.compute().all.folded == Share(2, 3)
    published = shown.compute().published
    assert (published.coverage, published.precision) == (Share(1, 3), Share(1, 1))
    assert published.false_reads == 3
    sure = Reads(0.1, 0.5)
    for prediction, text in [*reads, (read("CD34", confidence=0.2), "CD34")]:
        sure.update(match((truth(text),), [prediction, read("ZZ", AWAY, confidence=0.3)]))
    score = sure.compute()
    assert score.all.folded == Share(2, 3), "what is shown counts"
    published = score.published
    assert (published.coverage, published.precision, published.false_reads) == (Share(2, 3), Share(1, 2), 0)
    curve = shown.compute().curve
    assert [(one.threshold, one.precision) for one in curve] == [
        (0.9, Share(1, 1)),
        (0.6, Share(1, 2)),
        (0.2, Share(2, 3)),
    ]


def test_reads_that_claim_more_than_is_true_show_as_calibration_error():
    metric = Reads(0.0)
    for text in ("AB12", "XX"):
        metric.update(match((truth("AB12"),), [read(text, confidence=0.9)]))
    score = metric.compute()
    (one,) = score.reliability
    assert one.right == Share(1, 2)
    assert score.calibration_error == pytest.approx(0.4)
