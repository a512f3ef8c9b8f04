"""The normal form: one key for every writing of one mark."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anpr.plates import normal_form

VECTORS = (
    ("AM6520", "AM6520"),
    ("am 6520", "AM6520"),
    ("A123", "A123"),
    ("F1234", "F1234"),
    ("LC1", "LC1"),
    ("LC I", "LC1"),
    ("ZG123", "ZG123"),
    ("T12345", "T12345"),
    ("12345T", "12345T"),
    ("CS", "CS"),
    ("88", "88"),
    ("HK1", "HK1"),
    ("HK 1", "HK1"),
    ("1 L0VE U", "1L0VEU"),
    ("I LOVE U", "1L0VEU"),
    ("FU1234", "FU1234"),
    ("粤ZN727港", "粤ZN727港"),
    ("粵Z·N727港", "粤ZN727港"),
    ("粤Z•N727 港", "粤ZN727港"),
    ("滬A12345", "沪A12345"),
    ("MA-12-34", "MA1234"),
    ("MA\u201312\u201434", "MA1234"),
    ("ＡＢ　１２３４", "AB1234"),  # noqa: RUF001 - full width is the point
    ("ab\u00a012\u200b34\n", "AB1234"),
    ("AB\n1234", "AB1234"),
    ("В777ОХ", "B7770X"),  # noqa: RUF001 - Cyrillic is the point
    ("ΙΚΧ-4520", "1KX4520"),  # noqa: RUF001 - Greek is the point
    ("M-ÜL 123", "MÜL123"),
    ("M-U\u0308L 123", "MÜL123"),
    ("QA 12", "QA12"),
    ("", ""),
    (" - . ", ""),
)


@pytest.mark.parametrize(("written", "key"), VECTORS)
def test_every_writing_of_a_mark_has_the_key_of_the_table(written: str, key: str) -> None:
    assert normal_form(written) == key


@given(st.text())
def test_the_normal_form_of_a_normal_form_is_itself(text: str) -> None:
    assert normal_form(normal_form(text)) == normal_form(text)


@given(st.text())
def test_a_key_holds_no_blank_no_sign_and_no_letter_that_is_folded(text: str) -> None:
    key = normal_form(text)
    assert all(sign.isalnum() for sign in key)
    assert not set("OI") & set(key)


@given(st.text(string.ascii_letters + string.digits, min_size=1, max_size=8), st.data())
def test_blanks_dashes_case_and_width_never_change_a_key(mark: str, data: st.DataObject) -> None:
    signs = st.sampled_from(["", " ", "-", "·", "\u2014", "\u3000", "\u200b"])
    spread = "".join(sign + data.draw(signs) for sign in mark)
    wide = "".join(chr(ord(sign) + 0xFEE0) for sign in mark)
    assert normal_form(spread) == normal_form(mark.lower()) == normal_form(wide) == normal_form(mark)


HONG_KONG = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"


@given(st.text(HONG_KONG, min_size=1, max_size=8), st.text(HONG_KONG, min_size=1, max_size=8))
def test_two_different_hong_kong_marks_never_share_a_key(one: str, other: str) -> None:
    assert (normal_form(one) == normal_form(other)) == (one == other)
