from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from anpr.bench.matching import edit_distance
from anpr.vision.align import align, signs

TEXTS = st.text("ABC12", max_size=7)


def pairs(frame: str, other: str) -> list[tuple[str, str]]:
    return [("-" if i is None else frame[i], "-" if j is None else other[j]) for i, j in align(frame, other)]


def test_a_missing_first_character_shifts_nothing():
    assert pairs("AB12", "B12") == [("A", "-"), ("B", "B"), ("1", "1"), ("2", "2")]


def test_an_added_character_stands_beside():
    assert pairs("AB12", "AB112") == [("A", "A"), ("B", "B"), ("-", "1"), ("1", "1"), ("2", "2")]


@given(TEXTS, TEXTS)
def test_every_place_of_both_stands_once_and_in_order(frame: str, other: str):
    laid = align(frame, other)
    assert [i for i, _ in laid if i is not None] == list(range(len(frame)))
    assert [j for _, j in laid if j is not None] == list(range(len(other)))


@given(TEXTS, TEXTS)
def test_no_other_way_needs_fewer_edits(frame: str, other: str):
    edits = sum(left != right for left, right in pairs(frame, other))
    assert edits == edit_distance(frame, other)


def test_signs_compare_as_marks_do():
    assert signs("O1粤") == signs("0I粵")
