from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anpr.types import Reading
from anpr.vision.vote import Ballot, vote

CHARACTERS = "ABCDEFGH0123456789"


def reading(text: str, probability: float = 0.95, rows: int = 1) -> Reading:
    return Reading(text, (probability,) * len(text), rows)


def ballots(*texts: str, probability: float = 0.95) -> list[Ballot]:
    return [Ballot(reading(text, probability)) for text in texts]


readings = st.text(CHARACTERS, min_size=0, max_size=8).flatmap(
    lambda text: st.builds(
        Reading,
        st.just(text),
        st.tuples(*[st.floats(0.01, 1.0)] * len(text)),
        st.sampled_from([1, 2]),
    )
)
some_ballots = st.lists(st.builds(Ballot, readings, st.floats(0.2, 1.0)), max_size=6)


@given(some_ballots, st.randoms())
def test_the_order_of_the_frames_does_not_matter(given_ballots: list[Ballot], random):
    shuffled = given_ballots[:]
    random.shuffle(shuffled)
    assert vote(given_ballots) == vote(shuffled)


@given(some_ballots)
def test_an_answer_is_always_a_probability_with_its_reasons(given_ballots: list[Ballot]):
    outcome = vote(given_ballots)
    assert 0 <= outcome.probability <= 1
    assert len(outcome.alternatives) <= 3
    assert outcome.text not in [candidate.text for candidate in outcome.alternatives]
    assert sum(candidate.probability for candidate in outcome.alternatives) <= 1 + 1e-9
    if outcome.text is not None:
        assert outcome.probability >= 0.8
        assert outcome.agreeing >= 2 or len([b for b in given_ballots if b.reading.text]) == 1


@given(st.text(CHARACTERS, min_size=1, max_size=8), st.integers(2, 12), st.floats(0.9, 1.0))
def test_frames_that_agree_are_believed(text: str, count: int, probability: float):
    outcome = vote(ballots(*[text] * count, probability=probability))
    assert outcome.text == text


@given(st.text(CHARACTERS, min_size=4, max_size=8), st.integers(1, 10))
def test_one_more_agreeing_frame_never_lowers_the_answer(text: str, count: int):
    fewer = vote(ballots(*[text] * count))
    more = vote(ballots(*[text] * (count + 1)))
    assert more.probability >= fewer.probability - 1e-9


@given(st.lists(st.text(CHARACTERS, min_size=5, max_size=5), min_size=2, max_size=5, unique=True))
def test_frames_that_all_differ_are_not_believed(texts: list[str]):
    outcome = vote(ballots(*texts))
    if outcome.text is not None:
        # Only a character-wise consensus can be left, each character seen twice.
        assert outcome.agreeing >= 2


def test_two_that_contradict_each_other_cannot_be_read():
    outcome = vote(ballots("AB1234", "AB1284"))
    assert outcome.text is None
    assert {candidate.text for candidate in outcome.alternatives} == {"AB1234", "AB1284"}


def test_one_wrong_frame_among_five_is_outvoted():
    assert vote(ballots("AB1234", "AB1234", "AB1284", "AB1234", "AB1234")).text == "AB1234"


def test_a_frame_that_misses_a_character_is_outvoted():
    assert vote(ballots("AB1234", "AB123", "AB1234", "AB1234")).text == "AB1234"


def test_the_consensus_may_be_a_text_no_frame_has_in_full():
    doubt_first = Reading("XB1234", (0.3, *(0.97,) * 5), 1)
    doubt_last = Reading("AB1239", (*(0.97,) * 5, 0.3), 1)
    doubt_middle = Reading("AB1734", (0.97, 0.97, 0.97, 0.3, 0.97, 0.97), 1)
    outcome = vote([Ballot(r) for r in (doubt_first, doubt_last, doubt_middle)])
    assert outcome.text == "AB1234"


def test_a_good_crop_outweighs_poor_ones():
    good = [Ballot(reading("AB1234", 0.97), 1.0)] * 2
    poor = [Ballot(reading("AB1284", 0.7), 0.2)] * 2
    assert vote(good + poor).text == "AB1234"


def test_one_frame_alone_is_believed_only_when_it_is_very_sure():
    assert vote(ballots("AB1234", probability=0.99)).text == "AB1234"
    assert vote(ballots("AB1234", probability=0.9)).text is None


def test_a_still_picture_needs_no_second_reading():
    outcome = vote(ballots("AB1234", probability=0.9), 0.3, one_suffices=True)
    assert outcome.text == "AB1234"
    assert outcome.probability == pytest.approx(0.9**6, abs=0.01)


def test_nothing_read_is_no_answer():
    assert vote([]).text is None
    assert vote(ballots("", "")).text is None


def test_rows_are_those_of_the_readings_that_have_the_answer():
    two = [Ballot(reading("AB1234", rows=2))] * 2
    one = [Ballot(reading("ABI234", 0.5, rows=1))] * 3
    assert vote(two + one).rows == 2
