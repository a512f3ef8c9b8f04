"""Grammar: the class of a mark as each country's law has it, and candidates ranked but never rewritten."""

from __future__ import annotations

import string
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anpr.plates import MarkClass, classify, normal_form, weighed
from anpr.plates.grammar import Form, Forms
from anpr.plates.hong_kong import HONG_KONG, LETTERS
from anpr.plates.lookalikes import alike, confusion, swaps, table
from anpr.plates.ranking import GRAMMARS

VECTORS = (
    ("AM6520", "HK", "special"),
    ("A123", "HK", "special"),
    ("F1234", "HK", "special"),
    ("LC1", "HK", "special"),
    ("ZG123", "HK", "special"),
    ("CS", "HK", "special"),
    ("T12345", "HK", "trade"),
    ("12345T", "HK", "trailer"),
    ("88", "HK", "ordinary"),
    ("HK1", "HK", "ordinary"),
    ("FU1234", "HK", "ordinary"),
    ("AB 1234", "HK", "ordinary"),
    ("1 L0VE U", "HK", "personalised"),
    ("I LOVE U", "HK", "personalised"),
    ("AUDREY", "HK", "personalised"),
    ("PRAV1N", "HK", "personalised"),
    ("8KT", "HK", "personalised"),
    ("AM1EBE", "HK", "personalised"),
    ("01 AB", "HK", "personalised"),
    ("粤ZN727港", "CN", "cross_boundary"),
    ("粵Z·N727澳", "CN", "cross_boundary"),
    ("粤B12345", "CN", "ordinary"),
    ("粤AD12345", "CN", "ordinary"),
    ("粤B1234警", "CN", "special"),
    ("BEYOND NINE", "", "unknown"),
    ("", "", "unknown"),
)


@pytest.mark.parametrize(("text", "country", "mark_class"), VECTORS)
def test_marks_seen_in_hong_kong_have_the_class_of_the_law(text: str, country: str, mark_class: str):
    best = classify(text)[0]
    assert (best.country, best.mark_class) == (country, mark_class)


@pytest.mark.parametrize(
    ("text", "country", "written"),
    [
        ("MA-01-23", "MO", "MA0123"),
        ("M-12-34", "MO", "M1234"),
        ("AA-12-34", "MO", "AA1234"),
        ("LB51 OOO", "GB", "LB51OOO"),
        ("A123 BCD", "GB", "A123BCD"),
        ("AIZ 1234", "GB", "AIZ1234"),
        ("HH-AB 123", "DE", "HHAB123"),
        ("M-ÜL 123", "DE", "MÜL123"),
        ("DX-100-QZ", "FR", "DX100QZ"),
        ("1234 BCD", "ES", "1234BCD"),
        ("B 101 OIO", "RO", "B101OIO"),
        ("PP-587 AO", "SK", "PP587AO"),
        ("CJ 01 OII", "RO", "CJ01OII"),
        ("OT 12 ABC", "RO", "OT12ABC"),
        ("7OIO123", "US", "7OIO123"),
        ("ABC1D23", "BR", "ABC1D23"),
        ("OIO-2345", "BR", "OIO2345"),
        ("SGF 2306 R", "SG", "SGF2306R"),
        ("E 115 B", "SG", "E115B"),
        ("WA 1234 A", "MY", "WA1234A"),
    ],
)
def test_each_country_settles_letters_against_digits(text: str, country: str, written: str):
    best = classify(text, home=country)[0]
    assert (best.country, best.written) == (country, written)


@pytest.mark.parametrize("text", ["SGF 2306 S", "E 115 C", "SBA 1234 F"])
def test_a_singapore_mark_with_a_wrong_check_letter_is_none(text: str):
    assert "SG" not in {mark.country for mark in classify(text, home="SG")}


@given(st.text(max_size=12), st.sampled_from(["HK", "SG", "GB", "XX"]))
def test_every_text_has_a_class_and_no_class_changes_what_was_read(text: str, home: str):
    marks = classify(text, home)
    assert marks
    assert list(marks) == sorted(marks, key=lambda mark: -mark.score)
    for mark in marks:
        assert 0 < mark.score <= 1
        assert normal_form(mark.written) == normal_form(text)


MARK_LETTERS = st.sampled_from(LETTERS)
PREFIX = st.builds("".join, st.tuples(MARK_LETTERS, MARK_LETTERS)).filter(
    lambda letters: letters not in {"AM", "LC", "ZG", "VV"}
)
NUMBER = st.integers(1, 9999).map(str)
ORDINARY = st.builds("{}{}".format, PREFIX, NUMBER)


def hong_kong(text: str) -> MarkClass | None:
    mark = HONG_KONG.classify(normal_form(text))
    return mark.mark_class if mark else None


@given(ORDINARY)
def test_two_letters_and_a_number_without_leading_nought_are_ordinary(mark: str):
    assert hong_kong(mark) is MarkClass.ORDINARY


@given(ORDINARY)
def test_no_swap_of_the_look_alike_table_turns_one_ordinary_mark_into_another(mark: str):
    assert [other for other in swaps(mark) if hong_kong(other) is MarkClass.ORDINARY] == []


@given(NUMBER)
def test_nor_does_it_for_marks_of_digits_alone(number: str):
    assert [other for other in swaps(number) if hong_kong(other) is MarkClass.ORDINARY] == []


def test_two_swaps_at_once_can_and_so_are_never_assumed():
    assert hong_kong("BB12") is hong_kong("8812") is MarkClass.ORDINARY
    assert "8812" not in set(swaps("BB12"))


@given(st.text(LETTERS + string.digits, min_size=1, max_size=8))
def test_whatever_an_owner_may_choose_is_a_mark_of_hong_kong(text: str):
    assert hong_kong(text) is not None


@given(st.text(LETTERS + string.digits, max_size=7), st.sampled_from("Q粤"))
def test_a_sign_that_no_mark_of_hong_kong_holds_makes_it_none(text: str, sign: str):
    assert hong_kong(text + sign) is None


@given(st.text(LETTERS + string.digits, min_size=9, max_size=12))
def test_more_than_eight_signs_are_no_mark_of_hong_kong(text: str):
    assert hong_kong(text) is None


# --- ranking


def test_grammar_puts_the_likely_mark_before_the_likelier_misread():
    shares = weighed({"A81234": 0.55, "AB1234": 0.45})
    assert shares["AB1234"] > 2 * shares["A81234"]


def test_a_neighbours_mark_counts_more_than_a_distant_countrys():
    at_home, next_door, far_away = (classify("ABC1D23", home)[0] for home in ("BR", "RO", "HK"))
    assert at_home.country == "BR"
    assert classify("PP587AO", "RO")[0].score > classify("PP587AO", "BR")[0].score
    assert at_home.score > max(next_door.score, far_away.score)


def test_grammar_does_not_overrule_a_sure_reader():
    shares = weighed({"8KT": 0.99, "BK7": 0.01})
    assert shares["8KT"] > shares["BK7"]


@given(st.dictionaries(st.text(max_size=10), st.floats(1e-9, 1), max_size=5))
def test_grammar_drops_no_candidate_rewrites_none_and_makes_them_no_surer_together(shares: dict[str, float]):
    drawn = weighed(shares)
    assert drawn.keys() == shares.keys()
    assert sum(drawn.values()) == pytest.approx(sum(shares.values()))


# --- the tables


def test_look_alikes_are_mutual_pairs_of_a_letter_and_a_digit():
    pairs = alike()
    assert all(sign in pairs[other] for sign in pairs for other in pairs[sign])
    assert all(sign.isdigit() != other.isdigit() for sign in pairs for other in pairs[sign])
    assert "8" in pairs["B"]
    assert "0" in pairs["D"]


def test_the_look_alike_table_is_measured_and_says_on_what():
    known = table()
    assert date.fromisoformat(known.made_at)
    assert known.characters > 1000
    assert known.wrong > 100
    assert known.source


def test_what_a_misread_sign_becomes_are_shares_of_one():
    known = table()
    for sign, reads in known.read_as.items():
        assert sign not in reads
        assert 0 < sum(reads.values()) <= 1
        assert all(share > 0 for share in reads.values())
    assert all(0 < share < 1 for share in known.misread.values())


def test_a_confusion_that_was_never_seen_is_unlikely_and_not_impossible():
    assert 0 < confusion("A", "4") < confusion("B", "8")


@given(st.text(LETTERS + string.digits, max_size=8))
def test_a_swap_changes_one_sign_and_swaps_back(key: str):
    for other in swaps(key):
        assert sum(one != two for one, two in zip(key, other, strict=True)) == 1
        assert normal_form(other) == other
        assert key in set(swaps(other))


def test_a_template_that_cannot_be_understood_is_refused():
    with pytest.raises(ValueError, match="cannot be understood"):
        Forms("XX", "AB", (Form(MarkClass.ORDINARY, "A+", 1.0),))


def test_every_country_of_the_issue_has_a_grammar():
    assert {"HK", "MO", "CN", "GB", "EU", "DE", "FR", "RO", "US", "BR", "SG", "MY"} <= set(GRAMMARS)


def test_a_romanian_mark_begins_with_a_county():
    assert "RO" in {mark.country for mark in classify("TR95XMI", "RO")}
    assert "RO" not in {mark.country for mark in classify("IR95XMI", "RO")}
    even = weighed({"IR95XMI": 0.5, "TR95XMI": 0.5}, "RO")
    assert even["TR95XMI"] > 2 * even["IR95XMI"]
