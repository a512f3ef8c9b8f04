from __future__ import annotations

import string

from hypothesis import given
from hypothesis import strategies as st

from anpr.types import Reading
from anpr.vision.read_pair import surer

characters = st.sampled_from(string.ascii_uppercase + string.digits)
readings = st.lists(st.tuples(characters, st.floats(0, 1)), max_size=8).map(
    lambda pairs: Reading("".join(c for c, _ in pairs), tuple(p for _, p in pairs), 1)
)


def test_readers_that_agree_are_as_sure_as_the_surer_of_both():
    both = surer(Reading("AB1", (0.9, 0.5, 0.7), 1), Reading("AB1", (0.6, 0.8, 0.7), 1))
    assert both == Reading("AB1", (0.9, 0.8, 0.7), 1)


def test_a_letter_that_the_law_takes_for_a_digit_is_told_by_the_surer_reader():
    assert surer(Reading("A0", (0.9, 0.6), 1), Reading("AO", (0.8, 0.7), 1)).text == "AO"


def test_where_they_differ_the_surer_word_counts():
    own, general = Reading("AB1", (0.9, 0.9, 0.9), 1), Reading("A81", (0.9, 0.6, 0.9), 1)
    assert surer(own, general) is own
    assert surer(general, own) is own


@given(readings, readings)
def test_nothing_is_read_that_neither_reader_saw(own: Reading, general: Reading):
    read = surer(own, general)
    assert len(read.text) == len(read.probabilities)
    assert len(read.text) in {len(own.text), len(general.text)}
    assert set(read.text) <= set(own.text) | set(general.text)


@given(readings)
def test_an_empty_second_word_changes_nothing(own: Reading):
    assert surer(own, Reading("", (), 1)) is own
