from __future__ import annotations

import string
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from anpr.types import Reading
from anpr.vision.read_pair import both

characters = st.sampled_from(string.ascii_uppercase + string.digits)
readings = st.lists(st.tuples(characters, st.floats(0, 1)), max_size=8).map(
    lambda pairs: Reading("".join(c for c, _ in pairs), tuple(p for _, p in pairs), 1)
)


def test_the_surer_word_comes_first_and_the_other_is_kept():
    own, general = Reading("AB1", (0.9, 0.9, 0.9), 1, plate=0.7), Reading("A81", (0.9, 0.6, 0.9), 1)
    assert both(own, general) == replace(own, second=general)
    surer = both(general, own)
    assert (surer.text, surer.second) == ("AB1", general)


def test_what_only_our_reader_tells_is_kept():
    corners = (0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 1.0)
    own = Reading("A81", (0.3, 0.3, 0.3), 1, plate=0.7, corners=corners)
    read = both(own, Reading("AB1", (0.9, 0.9, 0.9), 1))
    assert (read.text, read.plate, read.corners) == ("AB1", 0.7, corners)


def test_a_sure_word_counts_as_a_whole():
    short = Reading("AB1", (0.8, 0.8, 0.8), 1)
    assert both(short, Reading("AB12", (0.84,) * 4, 1)).text == "AB1"


@given(readings, readings)
def test_nothing_is_lost_of_what_both_saw(own: Reading, general: Reading):
    read = both(own, general)
    words = {read.text} if read.second is None else {read.text, read.second.text}
    assert words == ({own.text, general.text} if general.text else {own.text})


@given(readings)
def test_an_empty_second_word_changes_nothing(own: Reading):
    assert both(own, Reading("", (), 1)) is own
