"""Synthetic plates: layouts, labels and crops."""

from __future__ import annotations

import re

import cv2
import numpy as np
import pytest

from anpr.training import fonts, marks, marks_west
from anpr.training.crops import crop
from anpr.training.effects import burnt, jpeg, motion_blur, sensor_noise, shake_blur, veil
from anpr.training.mounting import mounted
from anpr.training.plates_asia import hong_kong_from
from anpr.training.plates_world import MIX, plate
from anpr.training.strokes import SKELETONS
from anpr.training.strokes_han import HAN

ORDINARY = re.compile(r"[A-HJ-NPR-Z]{0,2}[1-9][0-9]{0,3}")


@pytest.mark.parametrize("country", sorted(MIX))
def test_every_country_gives_a_plate_with_a_label_that_could_be_read_off_it(country):
    rng = np.random.default_rng(4)
    for _ in range(12):
        drawn = plate(rng, 32, {country: 1})
        assert drawn.image.dtype == np.uint8
        assert drawn.image.shape[:2] == drawn.alpha.shape
        assert drawn.rows in {1, 2}
        assert re.fullmatch(r"[A-Z0-9\u4e00-\u9fff]+", drawn.text)
        # Ink and ground differ, so something is written on it.
        assert drawn.image.mean(2).std() > 15


def test_ordinary_hong_kong_marks_obey_the_law_and_half_have_two_rows():
    rng = np.random.default_rng(1)
    seen = [marks.hong_kong(rng, two_rows=bool(k % 2)) for k in range(600)]
    ordinary = [m for m in seen if m.kind == "ordinary" and not m.text.endswith("T")]
    assert len(ordinary) > 400
    lawful = [m for m in ordinary if ORDINARY.fullmatch(m.text)]
    # The rest are the three-letter-free government prefixes of one letter, which the pattern also covers.
    assert len(lawful) == len(ordinary)
    assert all(m.rows[0].isalpha() for m in ordinary if len(m.rows) == 2)


def test_no_hong_kong_mark_holds_the_letters_i_o_or_q():
    rng = np.random.default_rng(2)
    for k in range(500):
        text = marks.hong_kong(rng, two_rows=bool(k % 2)).text
        assert not set(text) & set("IOQ"), text


def test_a_personalised_mark_has_at_most_eight_characters_spaces_included():
    rng = np.random.default_rng(3)
    personalised = [
        m for m in (marks.hong_kong(rng, two_rows=False) for _ in range(800)) if m.kind == "personalised"
    ]
    assert personalised
    assert all(len(m.rows[0]) <= 8 for m in personalised)


def test_cross_boundary_marks_read_guangdong_z_four_characters_and_the_side():
    rng = np.random.default_rng(5)
    for _ in range(200):
        assert re.fullmatch(r"粤Z[A-HJ-NP-Z0-9]{4}[港澳]", marks.cross_boundary(rng).text)


def test_the_same_seed_gives_the_same_crop():
    first, second = crop(np.random.default_rng(9)), crop(np.random.default_rng(9))
    assert first.text == second.text
    assert np.array_equal(first.image, second.image)
    assert np.array_equal(first.quad, second.quad)


def test_the_quad_of_a_crop_runs_clockwise_and_lies_about_within_it():
    rng = np.random.default_rng(6)
    for _ in range(60):
        made = crop(rng)
        height, width = made.image.shape[:2]
        x, y = made.quad[:, 0], made.quad[:, 1]
        assert 0.5 * np.sum(x * np.roll(y, -1) - y * np.roll(x, -1)) > 0
        assert x.min() > -0.25 * width
        assert x.max() < 1.25 * width
        assert y.min() > -0.25 * height
        assert y.max() < 1.25 * height


def test_most_of_a_crop_of_a_yellow_plate_within_its_quad_is_yellow():
    mark = marks.Mark(("AB", "1234"), "ordinary")
    drawn = hong_kong_from(np.random.default_rng(0), mark, 40, standard=True, yellow=True)
    blue, _, red = drawn.image.reshape(-1, 3).mean(0)
    assert drawn.rows == 2
    assert red > 2 * blue


def test_our_own_strokes_draw_every_letter_and_digit_without_any_font_file():
    for family in ("wright", "din", "narrow"):
        alphabet = fonts.stroke_font(family, 3)
        assert alphabet.covers(fonts.LETTERS_DIGITS)
        assert alphabet.covers("粤港澳")
        for char in fonts.LETTERS_DIGITS:
            ink = alphabet.glyphs[char]
            assert ink.shape[0] == fonts.GLYPH_PX
            # The character fills its height: ink near the top and near the bottom.
            assert ink[: fonts.GLYPH_PX // 8].max() > 200, char
            assert ink[-fonts.GLYPH_PX // 8 :].max() > 200, char
    assert set(SKELETONS) == set(fonts.LETTERS_DIGITS)
    assert set(HAN) == set("粤港澳")


def test_no_two_characters_of_an_alphabet_look_the_same_but_o_and_0_and_i_and_1():
    alphabet = fonts.stroke_font("din", 5)
    shapes = {c: cv2.resize(alphabet.glyphs[c], (24, 40)).astype(int) for c in fonts.LETTERS_DIGITS}
    for a in fonts.LETTERS_DIGITS:
        for b in fonts.LETTERS_DIGITS:
            if a < b and {a, b} not in ({"0", "O"}, {"1", "I"}):
                assert np.abs(shapes[a] - shapes[b]).mean() > 4, (a, b)


def test_effects_keep_the_shape_of_a_picture_and_change_it():
    rng = np.random.default_rng(8)
    picture = plate(rng, 32, {"HK": 1}).image
    for changed in (motion_blur(picture, 6, 20), sensor_noise(rng, picture, 8), jpeg(picture, 40)):
        assert changed.shape == picture.shape
        assert changed.dtype == np.uint8
        assert not np.array_equal(changed, picture)


def test_a_camera_that_swings_leaves_two_pictures_of_a_line_beside_each_other():
    line = np.zeros((41, 41, 3), np.uint8)
    line[20] = 255
    profiles = [shake_blur(np.random.default_rng(seed), line, 12, 90).mean((1, 2)) for seed in range(40)]
    for profile in profiles:
        # Light is neither made nor lost, and the smear is as long as it was asked to be.
        assert profile.sum() == pytest.approx(255, abs=8)
        lit = np.flatnonzero(profile > 1)
        assert 9 <= np.ptp(lit) <= 18
    twice = [p for p in profiles if min(p[:20].max(), p[21:].max()) > 2 * p[18:23].mean()]
    assert len(twice) > 5


def test_what_is_overexposed_is_white_and_still_darker_where_the_ink_is():
    sheet = np.full((40, 120, 3), 220, np.uint8)
    sheet[10:30, 50:60] = 30
    mask = np.full((40, 120), 255, np.uint8)
    for seed in range(10):
        out = burnt(np.random.default_rng(seed), sheet, mask, 0.9).astype(int)
        assert out[20, 5].min() > 235
        assert out[20, 55].max() > 40
        assert out[20, 55].max() < out[20, 100].min()


def test_a_veil_takes_contrast_and_leaves_what_is_lighter_lighter():
    sheet = np.full((40, 120, 3), 220, np.uint8)
    sheet[10:30, 50:60] = 30
    for strength, most in ((0.0, 145), (1.0, 40)):
        out = veil(np.random.default_rng(1), sheet, strength).astype(int)
        difference = out[20, 5] - out[20, 55]
        assert (difference > 30).all()
        assert (difference < most).all()


def test_a_frame_covers_the_edge_of_a_plate_and_none_of_its_characters(monkeypatch):
    monkeypatch.setattr("anpr.training.mounting.FRAMED_SHARE", 1.0)
    rng = np.random.default_rng(2)
    covered = 0
    for _ in range(30):
        drawn = plate(rng, 40, {"EU": 1})
        height, width = drawn.image.shape[:2]
        area = mounted(rng, drawn, 30, 30)[30 : 30 + height, 30 : 30 + width]
        changed = np.abs(area.astype(int) - drawn.image).max(2) > 40
        changed &= drawn.alpha == 255
        covered += bool(changed.any())
        inner = round(0.1 * drawn.char_px)
        assert not changed[inner:-inner, inner:-inner].any()
    assert covered > 5


def test_marks_of_europe_and_america_often_end_in_a_thin_character():
    rng = np.random.default_rng(1)
    for texts in (
        [marks_west.european(rng, two_rows=False)[0].text for _ in range(600)],
        [marks_west.united_states(rng).text for _ in range(600)],
    ):
        assert sum(text[-1] in "I1" for text in texts) > 60


def test_a_machine_without_a_chinese_font_draws_guangdong_plates_only(monkeypatch):
    own = tuple(font for font in fonts.han_fonts() if font.name.startswith("strokes"))
    monkeypatch.setattr(fonts, "han_fonts", lambda: own)
    rng = np.random.default_rng(3)
    drawn = {plate(rng, 32, {"CN": 1.0}).text[0] for _ in range(30)}
    assert drawn == {"粤"}
