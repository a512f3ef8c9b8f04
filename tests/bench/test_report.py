from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from anpr.bench import report
from anpr.bench.accuracy import run
from anpr.bench.datasets import read_dataset
from anpr.bench.failures import MOST_A_KIND, worst
from anpr.bench.machine import Machine
from anpr.bench.report import Absent, Occasion
from anpr.errors import StorageError
from tests.bench.examples import Told, dataset, plate, read

if TYPE_CHECKING:
    from pathlib import Path

    from anpr.bench.accuracy import Run

AWAY = (150.0, 70.0, 190.0, 90.0)
MACHINE = Machine("A processor", 2, 0.5, "3.11", (("onnxruntime", "1.2"),))
OCCASION = Occasion(
    "Accuracy <report>",
    640,
    0.5,
    0.7,
    MACHINE,
    datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
    (Absent("ultralytics+easyocr", "It is not installed.", "Install it: pip install x."),),
)


@pytest.fixture
def runs(tmp_path: Path) -> list[Run]:
    folder = dataset(
        tmp_path / "mine",
        [
            {"image": "a.png", "plates": [plate("SM188", region="HK", rows=2)]},
            {"image": "b.png", "plates": [plate("<b>AB12", region="UK")]},
        ],
    )
    negatives = dataset(tmp_path / "roads", [{"image": "c.png", "plates": []}])
    subjects = [Told("ours", read("SM188"), read("C00D", AWAY, 0.6)), Told("blind")]
    return [
        *run(subjects, read_dataset(folder), 0.5, lambda: None),
        *run(subjects, read_dataset(negatives), 0.5, lambda: None),
    ]


def test_the_page_stands_alone_and_shows_figures_failures_and_what_could_not_run(
    tmp_path: Path, runs: list[Run]
):
    page = report.write(tmp_path / "out", runs, OCCASION).read_text()
    assert not re.search(r'(?:src|href)="(?!data:|#)', page)
    assert "<script" not in page
    assert "Accuracy &lt;report&gt;" in page
    assert "&lt;b&gt;AB12" in page
    assert "C00D" in page
    assert "data:image/jpeg;base64," in page
    assert page.count('<svg class="plot"') == 3
    assert "ultralytics+easyocr</b> did not run. It is not installed. Install it: pip install x." in page
    assert "shows people's vehicles" in page


def test_figures_and_reads_lie_beside_the_page(tmp_path: Path, runs: list[Run]):
    folder = tmp_path / "out"
    report.write(folder, runs, OCCASION)
    results = json.loads((folder / "results.json").read_text())
    ours = results["scores"][0]
    assert ours["end_to_end"]["groups"][0]["folded"]["hits"] == 1
    assert ours["detection"]["by_height"][-1]["high_px"] is None
    assert results["absent"][0]["subject"] == "ultralytics+easyocr"
    lines = [json.loads(line) for line in (folder / "predictions/mine--ours.jsonl").read_text().splitlines()]
    assert [plate["text"] for plate in lines[0]["plates"]] == ["SM188", "C00D"]


def test_the_worst_failures_come_first(runs: list[Run]):
    kinds = [(failure.kind, failure.wanted, failure.got) for failure in worst(runs[0].seen)]
    assert kinds == [("misread", "<b>AB12", "SM188"), ("false", "", "C00D"), ("false", "", "C00D")]
    assert [failure.kind for failure in worst(runs[1].seen)] == ["missed", "missed"]
    assert len(worst(runs[0].seen * 30)) == 2 * MOST_A_KIND


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, runs: list[Run]):
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="cannot be written"):
        report.write(tmp_path / "file", runs, OCCASION)
