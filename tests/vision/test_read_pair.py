from __future__ import annotations

import string
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anpr.types import Reading
from anpr.vision.read_pair import PairReader, together

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anpr.types import Image

characters = st.sampled_from(string.ascii_uppercase + string.digits)
readings = st.lists(st.tuples(characters, st.floats(0, 1)), max_size=8).map(
    lambda pairs: Reading("".join(c for c, _ in pairs), tuple(p for _, p in pairs), 1)
)


def test_the_surer_word_comes_first_and_the_other_is_kept():
    small, large = Reading("AB1", (0.9, 0.9, 0.9), 1, plate=0.7), Reading("A81", (0.9, 0.6, 0.9), 1)
    assert together(small, large) == replace(small, others=(large,))
    surer = together(large, small)
    assert surer == replace(small, plate=large.plate, others=(large,))


def test_what_only_the_small_reader_tells_is_kept():
    corners = (0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 1.0)
    own = Reading("A81", (0.3, 0.3, 0.3), 1, plate=0.7, corners=corners)
    read = together(own, Reading("AB1", (0.9, 0.9, 0.9), 1))
    assert (read.text, read.plate, read.corners) == ("AB1", 0.7, corners)


def test_a_sure_word_counts_as_a_whole():
    short = Reading("AB1", (0.8, 0.8, 0.8), 1)
    assert together(short, Reading("AB12", (0.84,) * 4, 1)).text == "AB1"


@given(readings, readings)
def test_nothing_is_lost_of_what_was_seen(small: Reading, large: Reading):
    read = together(small, large)
    assert sorted([read.text, *(other.text for other in read.others)]) == sorted(
        word.text for word in (small, large) if word.text or word is small
    )
    claims = [read.claim, *(other.claim for other in read.others)]
    assert claims == sorted(claims, reverse=True)


@given(readings)
def test_an_empty_second_word_changes_nothing(own: Reading):
    assert together(own, Reading("", (), 1)) == own


class SaysInTurn:
    """A reader that gives its words in turn, and keeps what it was shown and told."""

    margin = 0.03

    def __init__(self, *words: Reading) -> None:
        self._words = list(words)
        self.shown: list[Image] = []
        self.told: list[int] = []

    def read(self, crops: Sequence[Image], rows: Sequence[int] = ()) -> list[Reading]:
        self.shown += crops
        self.told += rows
        return [self._words.pop(0) for _ in crops]


def word(text: str, sure: float, rows: int = 1) -> Reading:
    return Reading(text, (sure,) * len(text), rows)


CROP, OTHER = np.random.default_rng(1).integers(0, 255, (2, 40, 120, 3), np.uint8)


@pytest.mark.parametrize("text", ["AB10", "粤ZA18港"])
def test_what_the_small_reader_is_unsure_of_the_large_one_reads_too(text):
    small, large = SaysInTurn(word(text, 0.6, 2)), SaysInTurn(word("AB18", 0.8, 2))
    (read,) = PairReader(small, large).read([CROP])
    assert (read.text, [one.text for one in read.others]) == ("AB18", [text])
    assert (np.array_equal(large.shown[0], CROP), large.told) == (True, [2])


def test_of_several_crops_each_gets_the_word_that_was_said_of_it():
    small, large = SaysInTurn(word("SURE1", 0.995), word("AB10", 0.6)), SaysInTurn(word("AB18", 0.8))
    first, second = PairReader(small, large).read([OTHER, CROP])
    assert first == word("SURE1", 0.995)
    assert {second.text, *(one.text for one in second.others)} == {"AB10", "AB18"}
    assert np.array_equal(large.shown[0], CROP)


@pytest.mark.parametrize("sure", [0.992, 0.01])
def test_nobody_is_asked_about_what_is_sure_or_hopeless(sure):
    small, large = SaysInTurn(word("AB18", sure)), SaysInTurn()
    assert PairReader(small, large).read([CROP]) == [word("AB18", sure)]
    assert not large.shown
