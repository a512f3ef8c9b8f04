from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from anpr.bench import subjects
from anpr.cli import app
from anpr.errors import InputError, ModelError
from tests.bench.examples import Told, dataset, plate, read

if TYPE_CHECKING:
    from pathlib import Path

    from anpr.bench.subjects import Subject


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    return dataset(
        tmp_path / "mine",
        [{"image": f"{n}.png", "plates": [plate(text)]} for n, text in enumerate(["SM188", "AB12", "SM188"])],
    )


@pytest.fixture(autouse=True)
def only_ours_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    def open_subject(name: str, size_px: int) -> Subject:
        assert size_px == 640
        if name == "default":
            return Told("default", read("SM188"))
        raise ModelError(f"{name} is not installed.", "Install it: pip install it.")

    monkeypatch.setattr(subjects, "open_subject", open_subject)


def invoke(*arguments: str | Path) -> str:
    outcome = CliRunner().invoke(app, ["bench", *map(str, arguments)], catch_exceptions=False)
    assert outcome.exit_code == 0, outcome.output
    return outcome.stdout


def test_accuracy_prints_a_line_a_set_and_group(labelled: Path):
    printed = invoke("accuracy", labelled)
    line, ladder = [line for line in printed.splitlines() if line.startswith("mine")]
    assert line.split()[:4] == ["mine", "all", "3", "100.0"]
    assert "66.7" in line
    assert ladder.split()[:4] == ["mine", "default", "≥", "90"]


def test_accuracy_as_json_holds_nothing_else(labelled: Path):
    results = json.loads(invoke("accuracy", labelled, "--json", "--limit", "1"))
    assert results["scores"][0]["pictures"] == 1
    assert results["machine"]["cores"] >= 1


def test_a_report_is_written_where_it_is_wanted(labelled: Path, tmp_path: Path):
    assert "people's vehicles" in invoke("accuracy", labelled, "--report", tmp_path / "out")
    assert (tmp_path / "out/report.html").is_file()


def test_reads_can_be_withheld_from_another_confidence_on(labelled: Path):
    (score,) = json.loads(invoke("accuracy", labelled, "--json", "--min-confidence", "0.95"))["scores"]
    assert score["end_to_end"]["groups"][0]["folded"]["hits"] == 0


def test_an_engine_that_is_not_installed_is_an_error_when_it_was_asked_for(labelled: Path):
    with pytest.raises(ModelError, match="not installed"):
        invoke("accuracy", labelled, "--engine", "ultralytics+easyocr")


def test_a_comparison_lists_what_is_not_installed_with_the_line_that_installs_it(labelled: Path):
    printed = invoke("compare", labelled)
    assert "ultralytics+easyocr: did not run. ultralytics+easyocr is not installed." in printed
    assert "Install it: pip install it." in printed
    absent = json.loads(invoke("compare", labelled, "--json"))["absent"]
    assert {"ultralytics+easyocr", "rapidocr"} <= {one["subject"] for one in absent}


def test_a_slip_in_the_last_set_shows_before_the_first_picture_is_read(labelled: Path, tmp_path: Path):
    with pytest.raises(InputError, match="no labelled set"):
        invoke("accuracy", labelled, tmp_path)
