from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anpr.bench.datasets import Truth
from anpr.bench.matching import by_detection, edit_distance, folded, match, overlap
from tests.bench.examples import PLATE, read

AWAY = (150.0, 70.0, 190.0, 90.0)


def truth(text: str | None = "SM188", *, readable: bool = True) -> Truth:
    return Truth(PLATE, text, "HK", 1, readable)


def test_only_one_of_two_boxes_on_a_plate_is_right_and_it_is_the_surer_one():
    matched = match((truth(),), [read("XX1", confidence=0.3, detection=0.9), read("SM188", confidence=0.9)])
    assert [prediction and prediction.text for _, prediction in matched.pairs] == ["SM188"]
    assert [one.text for one in matched.false] == ["XX1"]


def test_ranking_by_detection_prefers_the_surer_box():
    predictions = [read("XX1", confidence=0.3, detection=0.9), read("SM188", confidence=0.9)]
    ((_, best),) = match((truth(),), predictions, by_detection).pairs
    assert best is not None
    assert best.text == "XX1"


def test_a_box_beside_the_plate_is_false_and_the_plate_is_missed():
    matched = match((truth(),), [read("SM188", AWAY)])
    assert matched.pairs == ((truth(), None),)
    assert len(matched.false) == 1


def test_a_loose_box_on_an_unreadable_plate_is_excused():
    loose = (30.0, 22.0, 130.0, 58.0)
    assert 0.3 <= overlap(loose, PLATE) < 0.5
    assert match((truth(None, readable=False),), [read("?", loose)]).false == ()
    assert len(match((truth(),), [read("?", loose)]).false) == 1


def test_folding_joins_what_plates_do_not_tell_apart():
    assert folded("粤Z·O1iQ港") == folded("Z0110")
    assert folded(None) == ""


@pytest.mark.parametrize(
    ("a", "b", "edits"), [("", "ABC", 3), ("SM188", "SN18", 2), ("KITTEN", "SITTING", 3)]
)
def test_edit_distance(a: str, b: str, edits: int):
    assert edit_distance(a, b) == edit_distance(b, a) == edits


@given(st.text("AB1", max_size=6), st.text("AB1", max_size=6), st.text("AB1", max_size=6))
def test_edit_distance_is_a_distance(a: str, b: str, c: str):
    assert (edit_distance(a, b) == 0) == (a == b)
    assert edit_distance(a, c) <= edit_distance(a, b) + edit_distance(b, c)
