from __future__ import annotations

import string
from dataclasses import replace
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anpr.types import Reading
from anpr.vision.read_pair import PairReader, sharpened, together

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anpr.types import Image

characters = st.sampled_from(string.ascii_uppercase + string.digits)
readings = st.lists(st.tuples(characters, st.floats(0, 1)), max_size=8).map(
    lambda pairs: Reading("".join(c for c, _ in pairs), tuple(p for _, p in pairs), 1)
)


def test_the_surer_word_comes_first_and_the_other_is_kept():
    own, general = Reading("AB1", (0.9, 0.9, 0.9), 1, plate=0.7), Reading("A81", (0.9, 0.6, 0.9), 1)
    assert together(own, general) == replace(own, others=(general,))
    surer = together(general, own)
    assert surer == replace(own, plate=general.plate, others=(general,))


def test_what_only_our_reader_tells_is_kept():
    corners = (0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 1.0)
    own = Reading("A81", (0.3, 0.3, 0.3), 1, plate=0.7, corners=corners)
    read = together(own, Reading("AB1", (0.9, 0.9, 0.9), 1))
    assert (read.text, read.plate, read.corners) == ("AB1", 0.7, corners)


def test_a_sure_word_counts_as_a_whole():
    short = Reading("AB1", (0.8, 0.8, 0.8), 1)
    assert together(short, Reading("AB12", (0.84,) * 4, 1)).text == "AB1"


@given(readings, st.lists(readings, max_size=2))
def test_nothing_is_lost_of_what_was_seen(own: Reading, others: list[Reading]):
    read = together(own, *others)
    words = sorted([read.text, *(other.text for other in read.others)])
    assert words == sorted([own.text, *(other.text for other in others if other.text)])
    claims = [read.claim, *(other.claim for other in read.others)]
    assert claims == sorted(claims, reverse=True)


@given(readings)
def test_an_empty_second_word_changes_nothing(own: Reading):
    assert together(own, Reading("", (), 1)) == own


class SaysInTurn:
    """A reader that gives its words in turn, and keeps what it was shown."""

    margin = 0.03

    def __init__(self, *words: Reading) -> None:
        self._words = list(words)
        self.shown: list[Image] = []

    def read(self, crops: Sequence[Image]) -> list[Reading]:
        self.shown += crops
        return [self._words.pop(0) for _ in crops]

    def read_rows(self, lines: Sequence[Image]) -> list[tuple[str, tuple[float, ...]]]:
        self.shown += lines
        return [(word.text, word.probabilities) for word in (self._words.pop(0) for _ in lines)]


def word(text: str, sure: float) -> Reading:
    return Reading(text, (sure,) * len(text), 1)


CROP = np.random.default_rng(1).integers(0, 255, (40, 120, 3), np.uint8)


def test_what_ours_is_unsure_of_gets_two_more_words():
    own, general = SaysInTurn(word("AB10", 0.6), word("AB18", 0.9)), SaysInTurn(word("AB18", 0.8))
    (read,) = PairReader(own, general).read([CROP])
    assert [one.text for one in (read, *read.others)] == ["AB18", "AB18", "AB10"]
    assert np.array_equal(own.shown[1], sharpened(CROP))


@pytest.mark.parametrize("sure", [0.97, 0.05])
def test_nobody_is_asked_about_what_is_sure_or_hopeless(sure):
    own, general = SaysInTurn(word("AB18", sure)), SaysInTurn()
    assert PairReader(own, general).read([CROP]) == [word("AB18", sure)]
    assert not general.shown


def test_a_plate_with_chinese_characters_is_looked_at_again_by_ours_alone():
    own, general = SaysInTurn(word("粤ZA18港", 0.6), word("粤ZA16港", 0.9)), SaysInTurn()
    (read,) = PairReader(own, general).read([CROP])
    assert (read.text, [other.text for other in read.others]) == ("粤ZA16港", ["粤ZA18港"])


def test_sharpening_draws_edges_out_and_leaves_flat_ground():
    flat = np.full((40, 80, 3), 120, np.uint8)
    assert np.array_equal(sharpened(flat), flat)
    step = flat.copy()
    step[:, 40:] = 160
    blurred = cv2.GaussianBlur(step, (0, 0), 2)
    steepest = [int(np.diff(one[20, :, 0].astype(int)).max()) for one in (blurred, sharpened(blurred))]
    assert steepest[1] > steepest[0]
