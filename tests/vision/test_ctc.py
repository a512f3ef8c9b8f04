import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anpr.vision.ctc import collapse

CLASSES = ("", "A", "B", "1", "8")


def said(path, sure=0.9):
    """What a network says that is `sure` of one class at every place of a path; `-` is the blank."""
    places = np.full((len(path), len(CLASSES)), (1 - sure) / (len(CLASSES) - 1))
    for place, sign in enumerate(path):
        places[place, CLASSES.index("" if sign == "-" else sign)] = sure
    return places


@pytest.mark.parametrize(
    ("path", "text"),
    [("-AA-1--8", "A18"), ("8-8", "88"), ("88", "8"), ("----", ""), ("AB18", "AB18"), ("A-A1-1", "AA11")],
)
def test_runs_are_characters_and_blanks_part_them(path, text):
    assert collapse(said(path), CLASSES).text == text


def test_a_character_is_as_sure_as_its_best_place():
    places = said("-AA-", sure=0.999)
    places[1] = [0.35, 0.6, 0.0, 0.05, 0.0]
    places[2] = [0.01, 0.97, 0.02, 0.0, 0.0]
    assert collapse(places, CLASSES).probabilities[0] == pytest.approx(0.95 * 0.97, abs=0.03)


def test_what_was_nearly_passed_over_makes_its_neighbours_doubtful():
    clear, doubtful = said("A---B", sure=0.99), said("A---B", sure=0.99)
    doubtful[2] = [0.55, 0.0, 0.0, 0.0, 0.45]
    assert min(collapse(clear, CLASSES).probabilities) > 0.97
    assert max(collapse(doubtful, CLASSES).probabilities) < 0.6


def test_the_way_from_one_character_to_the_next_is_no_doubt():
    places = said("AB", sure=0.99)
    between = np.array([[0.3, 0.35, 0.35, 0.0, 0.0]])
    path = collapse(np.concatenate([places[:1], between, places[1:]]), CLASSES)
    assert path.text == "AB"
    assert min(path.probabilities) > 0.97
    assert path.rivals == ((), ())


def test_what_a_character_may_be_instead_is_told():
    places = said("-8-1-", sure=0.999)
    places[1] = [0.01, 0.01, 0.3, 0.08, 0.6]
    path = collapse(places, CLASSES)
    ((rival, share),), none = path.rivals
    assert (rival, none) == ("B", ())
    # It shares the doubt of the character that it may be instead: half as likely stays half as likely.
    assert share == pytest.approx(path.probabilities[0] / 2, rel=0.01)


@given(st.lists(st.lists(st.floats(0.001, 1), min_size=5, max_size=5), min_size=1, max_size=40))
def test_every_character_has_a_probability(rows):
    places = np.array(rows)
    places /= places.sum(axis=1, keepdims=True)
    path = collapse(places, CLASSES)
    assert len(path.text) == len(path.probabilities) == len(path.rivals)
    assert all(0 < p <= 1 for p in path.probabilities)
