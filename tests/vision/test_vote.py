from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anpr.types import Reading
from anpr.vision.calibration import Curve, Trust
from anpr.vision.vote import MOST_VOICES, Outcome, vote

CHARACTERS = "ABCDEFGH0123456789"
#: Claims count as they are, so that these tests do not move with the shipped weights.
PLAIN = Trust(Curve(1.0, 0.0), Curve(1.0, 0.0), 0.9)


def reading(text: str, probability: float = 0.95, rows: int = 1) -> Reading:
    return Reading(text, (probability,) * len(text), rows)


def readings(*texts: str, probability: float = 0.95) -> list[Reading]:
    return [reading(text, probability) for text in texts]


def say(given_readings: list[Reading], least: float = 0.9) -> Outcome:
    return vote(given_readings, PLAIN, least)


any_reading = st.text(CHARACTERS, min_size=0, max_size=8).flatmap(
    lambda text: st.builds(
        Reading,
        st.just(text),
        st.tuples(*[st.floats(0.01, 1.0)] * len(text)),
        st.sampled_from([1, 2]),
    )
)
some_readings = st.lists(any_reading, max_size=6)


@given(some_readings, st.randoms())
def test_the_order_of_the_frames_does_not_matter(given_readings: list[Reading], random):
    shuffled = given_readings[:]
    random.shuffle(shuffled)
    assert vote(given_readings, PLAIN) == vote(shuffled, PLAIN)


@given(some_readings)
def test_an_answer_is_always_a_probability_with_its_reasons(given_readings: list[Reading]):
    outcome = vote(given_readings, PLAIN)
    assert 0 <= outcome.probability <= 1
    assert len(outcome.alternatives) <= 3
    assert outcome.text not in [candidate.text for candidate in outcome.alternatives]
    assert all(0 <= candidate.probability <= 1 for candidate in outcome.alternatives)
    assert (outcome.text is not None) == (outcome.probability >= 0.9)


@given(some_readings)
def test_every_character_of_an_answer_was_read_in_some_frame(given_readings: list[Reading]):
    outcome = vote(given_readings, PLAIN, 0.0)
    seen = set("".join(one.text for one in given_readings))
    assert set(outcome.text or "") <= seen


@given(st.text(CHARACTERS, min_size=1, max_size=8), st.integers(2, 12), st.floats(0.95, 1.0))
def test_frames_that_agree_are_believed(text: str, count: int, probability: float):
    assert say(readings(*[text] * count, probability=probability)).text == text


@given(st.text(CHARACTERS, min_size=4, max_size=8), st.integers(1, MOST_VOICES - 1))
def test_one_more_agreeing_frame_never_lowers_the_answer(text: str, count: int):
    fewer = say(readings(*[text] * count))
    more = say(readings(*[text] * (count + 1)))
    assert more.probability >= fewer.probability - 1e-9


def of(characters: str) -> st.SearchStrategy[str]:
    return st.text(characters, min_size=5, max_size=5)


@given(of("ABCDEFGH"), of("23456789"), of("JKLMNPRS"))
def test_frames_that_have_nothing_in_common_are_not_believed(one: str, two: str, three: str):
    assert say(readings(one, two, three)).text is None


def test_two_that_contradict_each_other_cannot_be_read():
    outcome = say(readings("AB1234", "AB1284"))
    assert outcome.text is None
    assert {candidate.text for candidate in outcome.alternatives} >= {"AB1234", "AB1284"}


def test_one_wrong_frame_among_five_is_outvoted():
    assert say(readings("AB1234", "AB1234", "AB1284", "AB1234", "AB1234")).text == "AB1234"


def test_a_frame_that_misses_a_character_is_outvoted():
    assert say(readings("AB1234", "AB123", "AB1234", "AB1234")).text == "AB1234"


def test_a_character_is_missed_more_readily_than_made_up_and_a_thin_one_most():
    thin, wide = (say(readings(text, "AB24"), 0.0) for text in ("AB124", "AB824"))
    assert (thin.text, wide.text) == ("AB124", "AB824")
    assert thin.probability > wide.probability


def test_what_is_out_of_the_question_is_no_alternative_but_the_best_candidate_always_is_one():
    sure = say(readings(*["LT2598"] * 9, "LT12598"), 0.0)
    assert (sure.text, sure.alternatives) == ("LT2598", ())
    hopeless = say([reading("AB1234", 0.03)], 1.0)
    assert (hopeless.text, hopeless.alternatives[0].text) == (None, "AB1234")


def test_a_frame_that_misses_a_character_still_speaks_for_the_others():
    unsure = Reading("AB1234", (0.97, 0.97, 0.6, 0.97, 0.97, 0.97), 1)
    alone = say([unsure, reading("AB1234", 0.8)], 0.0)
    helped = say([unsure, reading("AB1234", 0.8), reading("AB134", 0.8)], 0.0)
    opposed = say([unsure, reading("AB1234", 0.8), reading("C81C7", 0.8)], 0.0)
    assert alone.text == helped.text == "AB1234"
    assert helped.probability > opposed.probability


def test_a_frame_that_adds_a_character_is_outvoted():
    assert say(readings("AB1234", "IAB1234", "AB1234", "AB1234")).text == "AB1234"


def test_the_consensus_may_be_a_text_no_frame_has_in_full():
    doubt_first = Reading("XB1234", (0.3, *(0.97,) * 5), 1)
    doubt_last = Reading("AB1239", (*(0.97,) * 5, 0.3), 1)
    doubt_middle = Reading("AB1734", (0.97, 0.97, 0.97, 0.3, 0.97, 0.97), 1)
    assert say([doubt_first, doubt_last, doubt_middle], 0.5).text == "AB1234"


def test_one_good_look_outweighs_many_guesses_that_repeat_each_other():
    good = [reading("AB1234", 0.98)] * 2
    guesses = [reading("A81284", 0.4)] * 8
    assert say(good + guesses, 0.0).text == "AB1234"


def test_letter_o_and_nought_are_one_character_and_stay_as_they_were_seen():
    outcome = say([reading("AO1234", 0.97), reading("A01234", 0.9), reading("AO1234", 0.95)])
    assert outcome.text == "AO1234"


def test_grammar_decides_between_texts_that_are_nearly_equal():
    # A letter in a digit's place: only one of the two is an ordinary mark.
    outcome = say([reading("AB1234", 0.8), Reading("A81234", (0.8, 0.81, 0.8, 0.8, 0.8, 0.8), 1)], 0.0)
    assert outcome.text == "AB1234"


def test_grammar_does_not_overrule_a_sure_reader():
    assert say(readings("A81234", "A81234", probability=0.97)).text == "A81234"


def doubtful(text: str, place: int, rival: str, share: float) -> Reading:
    """Sure but at one place, where it may be another character too."""
    sure = tuple(0.95 - share if i == place else 0.99 for i in range(len(text)))
    rivals = tuple(((rival, share),) if i == place else () for i in range(len(text)))
    return Reading(text, sure, 1, rivals)


def test_what_a_reader_thought_of_too_is_a_candidate_and_grammar_may_prefer_it():
    outcome = say([doubtful("RH6J54", 3, "3", 0.35)], 0.5)
    assert outcome.text == "RH6354"
    assert "RH6J54" in [other.text for other in outcome.alternatives]


def test_a_character_that_a_reader_hardly_thought_of_is_not_made_up():
    assert say([doubtful("RH6J54", 3, "3", 0.01)], 0.5).text == "RH6J54"


def test_a_frame_that_doubts_gives_way_to_its_rival_in_other_frames():
    outcome = say([doubtful("AB1238", 5, "0", 0.4), doubtful("AB1230", 5, "8", 0.2)], 0.5)
    assert outcome.text == "AB1230"


def test_a_read_below_the_asked_probability_cannot_be_read_and_is_the_first_alternative():
    outcome = say(readings("AB1234", probability=0.6))
    assert outcome.text is None
    assert outcome.alternatives[0].text == "AB1234"


def test_nothing_read_is_no_answer():
    assert vote([], PLAIN, 0.0).text is None
    assert vote(readings("", ""), PLAIN, 0.0).text is None


def test_rows_are_those_of_the_readings_that_have_the_answer():
    two = [reading("AB1234", rows=2)] * 2
    one = [reading("AB1284", 0.5, rows=1)] * 3
    assert say(two + one, 0.0).rows == 2


@pytest.mark.parametrize("slope", [0.5, 1.0, 2.0])
def test_calibration_changes_how_sure_an_answer_is_and_not_which_it_is(slope: float):
    trust = Trust(Curve(slope, 0.5), Curve(slope, 0.5), 0.9)
    given_readings = readings("AB1234", "AB1234", "AB1284")
    assert vote(given_readings, trust, 0.0).text == say(given_readings, 0.0).text


def test_two_doubtful_cuts_that_agree_claim_no_less_than_one_of_them_alone():
    one = reading("AB1234", 0.7)
    alone = vote([one], PLAIN, 0.0, one_picture=True).probability
    assert vote([one, one], PLAIN, 0.0, one_picture=True).probability >= alone
    assert vote([one, one], PLAIN, 0.0).probability < alone  # frames of one track repeat each other's errors


def test_a_doubtful_chinese_character_does_not_keep_a_picture_from_being_read():
    doubtful = Reading("粤Z123D港", (0.99, 0.99, 0.99, 0.99, 0.99, 0.99, 0.4), 1)
    assert vote([doubtful], PLAIN).text is None
    assert vote([doubtful], PLAIN, one_picture=True).text == "粤Z123D"


def test_chinese_characters_that_are_sure_stay_in_the_answer():
    sure = Reading("粤Z123D港", (0.99,) * 7, 1)
    assert vote([sure], PLAIN, one_picture=True).text == "粤Z123D港"


def test_what_is_left_without_chinese_characters_must_be_sure_itself():
    guess = Reading("粤Z123D港", (0.4, 0.5, 0.5, 0.5, 0.5, 0.5, 0.4), 1)
    assert vote([guess], PLAIN, one_picture=True).text is None


def test_two_readers_of_one_crop_have_a_voice_each():
    unsure = Reading("AB1Z34", (0.9, 0.9, 0.9, 0.6, 0.9, 0.9), 1)
    alone = vote([unsure], PLAIN, 0.0)
    agreed = vote([replace(unsure, others=(reading("AB1234", 0.9),))], PLAIN, 0.0)
    assert (alone.text, agreed.text) == ("AB1Z34", "AB1234")


def test_the_second_word_of_a_crop_makes_it_no_second_frame():
    trust = Trust(Curve(1.0, 0.0), Curve(0.1, 0.0), 0.9)
    twice = replace(reading("AB1234", 0.97), others=(reading("AB1234", 0.97),))
    assert vote([twice], trust, 0.0).probability > 0.9
    assert vote([reading("AB1234", 0.97)] * 2, trust, 0.0).probability < 0.9
