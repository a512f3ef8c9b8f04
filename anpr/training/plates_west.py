"""Looks of European and British plates, and of plates of no country at all."""

from __future__ import annotations

import cv2
import numpy as np

from anpr.training import marks_west
from anpr.training.fonts import Family, any_font
from anpr.training.plates import (
    Colour,
    Face,
    Lettering,
    Picture,
    Plate,
    block_text,
    bolt,
    compose,
    paint,
    shade,
)


def _choice(rng: np.random.Generator, options: tuple[Colour, ...]) -> Colour:
    return options[int(rng.integers(len(options)))]


def _blue_strip(rng: np.random.Generator, image: Picture, code: str, unit: int, width: int) -> None:
    image[:, :width] = shade(rng, (150, 60, 20), 30)
    ring = max(width // 4, 2)
    for k in range(12):
        angle = k * np.pi / 6
        centre = (
            round(width / 2 + ring * np.cos(angle)),
            round(image.shape[0] * 0.32 + ring * np.sin(angle)),
        )
        cv2.circle(image, centre, max(unit // 40, 1), (40, 215, 250), -1, cv2.LINE_AA)
    letters = block_text(code, max(round(0.24 * unit), 5))
    if letters.shape[1] > width - 2:
        letters = np.asarray(
            cv2.resize(letters, (max(width - 2, 2), letters.shape[0]), interpolation=cv2.INTER_AREA), np.uint8
        )
    paint(image, letters, (width - letters.shape[1]) // 2, round(image.shape[0] * 0.62), (240, 240, 240))


def european(rng: np.random.Generator, char_px: int) -> Plate:
    """White (a few yellow) with the blue strip; 520 by 110 mm, characters of 75 mm."""
    two_rows = bool(rng.random() < 0.1)
    mark, code = marks_west.european(rng, two_rows=two_rows)
    strip = rng.uniform(0.5, 0.62) if rng.random() < 0.85 else 0.0
    yellow = code in {"NL", "L"} or rng.random() < 0.04
    face = Face(
        ground=shade(rng, (40, 190, 240), 20) if yellow else shade(rng, (235, 236, 236), 18),
        ink=shade(rng, (25, 22, 22), 18),
        width=None if two_rows else rng.uniform(6.6, 7.0),
        margin_x=rng.uniform(0.15, 0.3),
        margin_top=rng.uniform(0.18, 0.26),
        margin_bottom=rng.uniform(0.18, 0.26),
        corner=0.1,
        border=rng.uniform(0.02, 0.05) if rng.random() < 0.6 else 0.0,
        border_inset=0.02,
        strip=strip,
        emboss=rng.uniform(0, 0.3),
        row_gap=0.14,
    )
    letters = Lettering(
        any_font(rng, "din"),
        gap=rng.uniform(0.08, 0.18),
        space=rng.uniform(0.25, 0.6),
        stretch=rng.uniform(0.9, 1.08),
    )
    image, alpha, boxes = compose(mark, letters, face, char_px)
    if strip:
        _blue_strip(rng, image, code, char_px, round(strip * char_px))
        if code in {"F", "I"} and image.shape[1] - boxes[0][0] - boxes[0][2] > strip * char_px:
            image[:, -round(strip * char_px * 0.9) :] = shade(rng, (150, 60, 20), 30)
    if rng.random() < 0.35 and " " in mark.rows[0] and not two_rows:
        # Inspection seals between the groups of German and other plates.
        gap = boxes[0][0] + round(boxes[0][2] * 0.34)
        bolt(
            image,
            gap,
            round(image.shape[0] * 0.32),
            max(round(0.12 * char_px), 1),
            shade(rng, (120, 160, 160), 60),
        )
    return Plate(image, alpha, mark.text, len(mark.rows), code, mark.kind, False, char_px)


def british(rng: np.random.Generator, char_px: int) -> Plate:
    """White front, yellow rear, Charles Wright, one or two rows."""
    two_rows = bool(rng.random() < 0.18)
    mark = marks_west.united_kingdom(rng, two_rows=two_rows)
    strip = 0.5 if rng.random() < 0.4 and not two_rows else 0.0
    face = Face(
        ground=shade(rng, (20, 195, 245), 22) if rng.random() < 0.5 else shade(rng, (235, 236, 236), 18),
        ink=shade(rng, (24, 22, 22), 16),
        width=None if two_rows else rng.uniform(6.3, 6.6),
        margin_x=rng.uniform(0.15, 0.4),
        margin_top=rng.uniform(0.16, 0.24),
        margin_bottom=rng.uniform(0.18, 0.28),
        row_gap=rng.uniform(0.18, 0.26),
        corner=0.12,
        strip=strip,
        border=0.02 if rng.random() < 0.2 else 0.0,
    )
    letters = Lettering(
        any_font(rng, "wright"),
        gap=rng.uniform(0.11, 0.16),
        space=rng.uniform(0.35, 0.5),
        stretch=rng.uniform(0.9, 1.05),
    )
    image, alpha, _ = compose(mark, letters, face, char_px)
    if strip:
        _blue_strip(rng, image, "GB", char_px, round(strip * char_px))
    if rng.random() < 0.5:
        maker = block_text("BS AU 145D", max(round(0.07 * char_px), 3))
        paint(
            image,
            maker,
            (image.shape[1] - maker.shape[1]) // 2,
            image.shape[0] - maker.shape[0] - 2,
            face.ink,
            0.8,
        )
    return Plate(image, alpha, mark.text, len(mark.rows), "GB", mark.kind, False, char_px)


def generic(rng: np.random.Generator, char_px: int) -> Plate:
    """Any text in any colours, so that no country's grammar is learnt too well."""
    mark = marks_west.generic(rng, two_rows=bool(rng.random() < 0.35))
    dark = bool(rng.random() < 0.4)
    light, deep = (
        shade(rng, _choice(rng, ((235, 235, 235), (60, 200, 245), (190, 190, 190), (170, 220, 170))), 20),
        shade(rng, _choice(rng, ((25, 25, 25), (110, 40, 20), (30, 30, 150), (40, 80, 20))), 20),
    )
    face = Face(
        ground=deep if dark else light,
        ink=light if dark else deep,
        margin_x=rng.uniform(0.12, 0.6),
        margin_top=rng.uniform(0.08, 0.4),
        margin_bottom=rng.uniform(0.08, 0.4),
        row_gap=rng.uniform(0.06, 0.3),
        corner=rng.uniform(0, 0.25),
        border=rng.uniform(0.02, 0.06) if rng.random() < 0.4 else 0.0,
        emboss=rng.uniform(0, 0.3),
    )
    families: tuple[Family, ...] = ("wright", "din", "narrow")
    letters = Lettering(
        any_font(rng, families[int(rng.integers(3))]),
        gap=rng.uniform(0.05, 0.25),
        space=rng.uniform(0.2, 0.6),
        stretch=rng.uniform(0.8, 1.2),
    )
    image, alpha, _ = compose(mark, letters, face, char_px)
    return Plate(image, alpha, mark.text, len(mark.rows), "", mark.kind, dark, char_px)
