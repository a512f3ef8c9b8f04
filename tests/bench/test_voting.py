from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from anpr.bench import calibration, confusions, voting_page
from anpr.bench.calibration import Claim, fit, threshold, video_threshold
from anpr.bench.datasets import Dataset, Picture, Truth
from anpr.bench.known import Tried, held_out_plates
from anpr.bench.roads import PoorDrive
from anpr.bench.voting import TOGETHER, Sighted, closer_look, score, sight_set, windows
from anpr.cli import app
from anpr.errors import PolicyError
from anpr.types import Reading
from anpr.vision.calibration import Curve, Trust
from anpr.vision.engines import Engine
from tests.bench.examples import PLATE, FixedDetector, FixedReader, picture

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from anpr.types import Image

PLAIN = Trust(Curve(1.0, 0.0), Curve(1.0, 0.0), 0.9)


def reading(text: str, probability: float = 0.9) -> Reading:
    return Reading(text, (probability,) * len(text), 1)


def sighted(*texts: str, truth: str = "AB1234") -> Sighted:
    return Sighted("drive", truth, tuple(map(reading, texts)))


# --- voting


def test_a_gain_is_what_all_frames_together_read_over_what_each_reads_alone():
    made = score("drives", [sighted("AB1234", "AB1284", "AB1234")], PLAIN)
    assert made.single == pytest.approx(2 / 3)
    assert (made.voted, made.gain) == (1.0, pytest.approx(1 / 3))
    assert (made.plates, made.readings) == (1, 3)


def test_a_plate_seen_often_counts_no_more_than_one_seen_seldom():
    often, seldom = sighted(*["AB1234"] * 10), sighted("XY98", "XY98", truth="XY99")
    assert score("drives", [often, seldom], PLAIN).single == pytest.approx(0.5)


def test_a_plate_with_one_reading_has_nothing_to_vote_on():
    assert score("drives", [sighted("AB1234")], PLAIN).plates == 0


def test_only_votes_above_the_threshold_are_shown():
    made = score("drives", [Sighted("drive", "AB1234", (reading("AB1234", 0.5),) * 2)], PLAIN)
    assert made.steps[0].shown == 0
    assert made.steps[0].right == 1


def test_a_closer_look_is_taken_at_what_would_leave_unread_and_at_nothing_else():
    shown = Sighted("drive", "AB1234", (reading("AB1234", 0.99),) * 2, (reading("XY99", 0.99),) * 2)
    unread = Sighted("drive", "AB1234", (reading("AB1284", 0.5),) * 2, (reading("AB1234", 0.99),) * 2)
    made = score("drives", [shown, unread], PLAIN)
    assert [step.label for step in made.steps[-2:]] == ["all", "all, closer"]
    assert (made.voted, made.steps[-2].shown) == (0.5, 0.5)
    assert (made.steps[-1].right, made.steps[-1].shown, made.steps[-1].precision.hits) == (1.0, 1.0, 2)


def test_the_surest_crop_of_each_of_the_surest_texts_is_read_anew():
    texts = [("AB12", 0.5), ("AB12", 0.7), ("A812", 0.6), ("AB1Z", 0.4), ("XB12", 0.2), ("", 0.0)]
    seen = [
        (reading(text, sure), np.full((9, 9, 3), place, np.uint8)) for place, (text, sure) in enumerate(texts)
    ]
    anew = closer_look(Echo(), seen)
    assert [one.text for one in anew] == ["AB12", "CROP1", "CROP2", "CROP3", "XB12", ""]
    assert closer_look(None, seen) == ()


class Echo:
    """Tells which crop it was shown."""

    margin = 0.0

    def read(self, crops: Sequence[Image]) -> list[Reading]:
        return [reading(f"CROP{crop[0, 0, 0]}") for crop in crops]


@given(st.integers(1, 30), st.sampled_from(TOGETHER))
def test_stretches_are_of_the_wanted_length_and_leave_out_no_beginning(count: int, together: int | None):
    readings = [reading(f"A{i}") for i in range(count)]
    found = list(windows(readings, together))
    assert found[0][0] is readings[0]
    assert {len(window) for window in found} == {min(together or count, count)}


def test_frames_of_a_set_are_put_together_by_the_text_on_the_plate(tmp_path: Path):
    pictures = []
    for number, text in enumerate(("SM188", "SM188", "XY1")):
        path = tmp_path / f"{number}.png"
        picture(path)
        pictures.append(Picture(path, (Truth(PLATE, text, "HK", 1, readable=True),), is_crop=False))
    engine = Engine("fixed", FixedDetector(), FixedReader("SM188"))
    found = sight_set(Dataset("set", tuple(pictures)), engine, lambda: None)
    assert [(plate.text, len(plate.readings)) for plate in found] == [("SM188", 2), ("XY1", 1)]


def test_the_page_tells_the_gain_and_shows_no_picture(tmp_path: Path):
    scores = [score("drives", [sighted("AB1234", "AB1284", "AB1234")], PLAIN)]
    page = voting_page.write(tmp_path, scores, "onnx+plate", 0.9, datetime(2026, 1, 1, tzinfo=UTC))
    text = page.read_text(encoding="utf-8")
    assert "+33.3" in text
    assert "<img" not in text
    assert (tmp_path / "voting.json").is_file()


def test_a_poor_drive_is_the_same_for_the_same_seed_and_tells_what_can_be_read():
    one, two = (next(PoorDrive(3, (480, 270)).frames()) for _ in range(2))
    assert (one[0] == two[0]).all()
    assert one[1] == two[1]


# --- calibration


def test_claims_that_are_too_sure_are_flattened():
    random = np.random.default_rng(1)
    claims = [Claim(0.99, 3, bool(random.random() < 0.8)) for _ in range(400)]
    claims += [Claim(0.6, 3, bool(random.random() < 0.55)) for _ in range(400)]
    curve = fit(claims)
    assert curve.probability(0.99) == pytest.approx(0.8, abs=0.05)
    assert curve.probability(0.6) == pytest.approx(0.55, abs=0.06)


def test_honest_claims_are_left_as_they_are():
    random = np.random.default_rng(2)
    claims = []
    for _ in range(3000):
        probability = random.uniform(0.05, 0.95)
        claims.append(Claim(probability, 1, bool(random.random() < probability)))
    curve = fit(claims)
    assert curve.slope == pytest.approx(1, abs=0.1)
    assert curve.intercept == pytest.approx(0, abs=0.1)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=80))
def test_from_the_threshold_on_reads_are_right_often_enough(shown: list[tuple[float, bool]]):
    least = threshold(shown, 0.9)
    above = [right for confidence, right in shown if confidence >= least + 1e-3]
    assert 0 <= least <= 1
    if least == 1.0:
        return
    assert any(
        sum(right for c, right in shown if c >= cut) >= 0.9 * sum(c >= cut for c, _ in shown)
        for cut, _ in shown
        if np.floor(cut * 1000) / 1000 == least
    )
    assert len(above) <= len(shown)


def test_the_threshold_of_a_video_withstands_that_it_is_asked_after_every_frame():
    # The first reading is wrong and rather sure: a low threshold would decide on it.
    wrong_first = [
        Sighted("d", "AB1234", (reading("AB1284", 0.975), *(reading("AB1234", 0.99),) * 6)) for _ in range(40)
    ]
    least = video_threshold(wrong_first, PLAIN)
    assert least > PLAIN.probability(0.975**6, 1)


def test_a_calibration_is_written_as_it_is_read():
    tried = [Tried("AB1234", "drawn", (reading("AB1234", 0.97),))] * 40 + [
        Tried("AB1234", "drawn", (reading("AB1284", 0.6),))
    ] * 10
    plates = [sighted("AB1234", "AB1234")] * 5
    made = calibration.measured(tried, plates, "reader", date(2026, 1, 1))
    text = calibration.as_toml(made)
    assert f"threshold = {made.still.threshold}\nsure = {made.still_sure}" in text
    assert "50 plates in pictures, 5 plates" in text
    assert made.still.threshold > made.still.probability(0.6**6, 1)


# --- confusions


def test_confusions_are_counted_by_place_whatever_is_missing_before():
    tried = [Tried("AB1234", "drawn", (reading("B1284"),)), Tried("AB1234", "drawn", (reading("AB1234"),))]
    counts = confusions.count(tried)
    assert counts.pairs["3", "8"] == 1
    assert counts.pairs["4", "4"] == 2
    assert (counts.characters, counts.wrong) == (11, 1)


def test_a_reading_of_something_else_tells_nothing_about_characters():
    assert confusions.count([Tried("AB1234", "drawn", (reading("XY987Z"),))]).characters == 0


def test_a_table_holds_shares_and_where_it_is_from():
    tried = [Tried("AB1234", "drawn", (reading("A81234"),))] * 6 + [
        Tried("AB1234", "us", (reading("AB1234"),))
    ] * 4
    made = confusions.table(confusions.count(tried), "reader", date(2026, 1, 1))
    assert 0.5 < made.read_as["B"]["8"] < 1
    assert made.misread["B"] == pytest.approx(7 / 12, abs=1e-3)
    assert "drawn 6" in made.source
    assert '"B" = { "8" =' in confusions.as_toml(made)


def test_nothing_is_fitted_to_an_evaluation_set(tmp_path: Path):
    with pytest.raises(PolicyError):
        next(held_out_plates([tmp_path / "dev" / "hk"]))


def test_the_three_benchmarks_are_commands():
    shown = CliRunner().invoke(app, ["bench", "--help"]).output
    assert all(name in shown for name in ("voting", "calibration", "confusions"))
