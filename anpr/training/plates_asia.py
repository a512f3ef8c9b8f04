"""Looks of Hong Kong, mainland, Macau, Singapore and Malaysia plates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from anpr.training import marks
from anpr.training.fonts import any_font, provinces, stroke_font
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

if TYPE_CHECKING:
    from anpr.training.marks import Mark

_MAKERS = (
    "BS AU 145A",
    "BS AU 145A",
    "HK PLATES",
    "KWUN TONG",
    "CAR PLATE",
    "REFLEX",
    "TEL 2712 8899",
    "AUTO TRIM",
    "LICENCE",
)


def lettering(rng: np.random.Generator, *, own_share: float = 0.72) -> Lettering:
    """Charles Wright-like lettering as garages set it: shape, width and gaps vary."""
    return Lettering(
        font=any_font(rng, "wright" if rng.random() < 0.75 else "din", own_share=own_share),
        gap=rng.uniform(0.06, 0.24),
        space=rng.uniform(0.3, 0.75),
        stretch=rng.uniform(0.82, 1.15),
    )


def bolts(
    rng: np.random.Generator, image: Picture, unit: int, colours: tuple[Colour, ...], *, upper: bool
) -> None:
    """Two or four screws or caps, at the sides or, on two-row plates, beside the letters."""
    height, width = image.shape[:2]
    radius = max(round(unit * rng.uniform(0.05, 0.1)), 1)
    colour = shade(rng, colours[int(rng.integers(len(colours)))], 25)
    inset = rng.uniform(0.12, 0.28) if upper else rng.uniform(0.02, 0.09)
    y = round(height * (rng.uniform(0.14, 0.3) if upper else rng.uniform(0.4, 0.6)))
    ys = [y, height - y] if upper and rng.random() < 0.15 else [y]
    for line in ys:
        for x in (inset * width, (1 - inset) * width):
            bolt(
                image, round(x + rng.normal(0, 0.01) * width), line + int(rng.integers(-1, 2)), radius, colour
            )


def hong_kong_from(
    rng: np.random.Generator,
    mark: Mark,
    char_px: int,
    *,
    standard: bool = False,
    yellow: bool | None = None,
) -> Plate:
    """A Hong Kong plate of a given mark: white, yellow, old black, or the red trade plate.

    `standard` keeps to the margins of the drawings and to our own alphabets, so that the same seed gives the
    same plate on every machine.
    """
    two_rows = len(mark.rows) == 2
    roll = rng.random()
    yellow = bool(rng.random() < 0.42) if yellow is None else yellow
    dark = mark.kind == "ordinary" and roll < 0.02
    if dark:
        ground, ink = shade(rng, (24, 24, 24), 14), shade(rng, (225, 228, 228), 25)
    elif mark.kind == "trade":
        ground, ink = shade(rng, (235, 235, 235), 18), shade(rng, (40, 30, 190), 25)
    else:
        ground = shade(rng, (20, 190, 245), 26) if yellow else shade(rng, (232, 234, 234), 22)
        ink = shade(rng, (24, 22, 22), 20)
    fixed = None
    if not two_rows and rng.random() < 0.5:
        fixed = rng.uniform(5.2, 6.4)
    tight = rng.random() < 0.5 and not standard
    face = Face(
        ground=ground,
        ink=ink,
        width=fixed,
        margin_x=rng.uniform(0.12, 0.3) if tight else rng.uniform(0.25, 0.6),
        margin_top=rng.uniform(0.08, 0.2) if tight else rng.uniform(0.16, 0.32),
        margin_bottom=rng.uniform(0.08, 0.2) if tight else rng.uniform(0.16, 0.36),
        row_gap=rng.uniform(0.06, 0.26),
        corner=float(rng.choice([0.03, 0.1, 0.18, 0.28])),
        border=rng.uniform(0.02, 0.05) if rng.random() < 0.22 else 0.0,
        border_inset=rng.uniform(0.03, 0.09),
        emboss=rng.uniform(0.1, 0.35) if rng.random() < 0.2 else 0.0,
        second_row=rng.uniform(0.92, 1.08) if rng.random() < 0.3 else 1.0,
    )
    image, alpha, _ = compose(mark, lettering(rng, own_share=1.0 if standard else 0.72), face, char_px)
    height, width = image.shape[:2]
    if rng.random() < 0.22 and not dark:
        size = max(round(char_px * rng.uniform(0.07, 0.1)), 3)
        maker = block_text(_MAKERS[int(rng.integers(len(_MAKERS)))], size)
        place = rng.uniform(0.1, 0.9) * max(width - maker.shape[1], 1)
        paint(image, maker, round(place), height - size - max(round(0.03 * char_px), 1), ink, 0.8)
    if rng.random() < 0.06:
        height_px = round(char_px * 0.3)
        paint(
            image,
            np.full((height_px, round(height_px * 0.8)), 255, np.uint8),
            round(0.04 * char_px),
            height // 2 - height_px // 2,
            shade(rng, (150, 60, 40), 60),
            0.9,
        )
    if rng.random() < (0.75 if two_rows else 0.35):
        heads: tuple[Colour, ...] = ((30, 30, 30), (150, 150, 150), (60, 60, 60), ground)
        bolts(rng, image, char_px, heads, upper=two_rows)
    return Plate(image, alpha, mark.text, len(mark.rows), "HK", mark.kind, dark, char_px)


def hong_kong(rng: np.random.Generator, char_px: int) -> Plate:
    """A random Hong Kong plate; half of them have two rows, as seen on the road."""
    return hong_kong_from(rng, marks.hong_kong(rng, two_rows=bool(rng.random() < 0.52)), char_px)


def mainland_from(rng: np.random.Generator, mark: Mark, char_px: int, *, standard: bool = False) -> Plate:
    """A mainland plate: black cross-boundary, blue or green. 440 by 140 mm with characters of 90 mm."""
    dark = mark.kind != "green"
    ground = {
        "cross-boundary": shade(rng, (22, 20, 20), 18),
        "blue": shade(rng, (170, 72, 20), 30),
        "green": shade(rng, (140, 210, 120), 22),
    }[mark.kind]
    ink = shade(rng, (235, 236, 236), 18) if dark else shade(rng, (25, 25, 25), 15)
    face = Face(
        ground=ground,
        ink=ink,
        width=rng.uniform(4.75, 5.0) if rng.random() < 0.8 else None,
        margin_x=rng.uniform(0.12, 0.25),
        margin_top=rng.uniform(0.2, 0.32),
        margin_bottom=rng.uniform(0.2, 0.32),
        corner=0.12,
        border=rng.uniform(0.025, 0.05) if rng.random() < 0.85 else 0.0,
        border_inset=rng.uniform(0.02, 0.07),
        emboss=rng.uniform(0, 0.3),
    )
    # The embossed mainland alphabet is narrow; a share of plates is set wider, as copies made by garages are.
    font = (
        stroke_font("narrow", int(rng.integers(40)))
        if rng.random() < 0.75
        else any_font(rng, "din", own_share=1.0 if standard else 0.72)
    )
    letters = Lettering(
        font,
        gap=rng.uniform(0.1, 0.17) if standard else rng.uniform(0.1, 0.26),
        space=rng.uniform(0.2, 0.4),
        stretch=rng.uniform(0.95, 1.15),
    )
    image, alpha, _ = compose(mark, letters, face, char_px, han=int(rng.integers(16)) if not standard else 0)
    if mark.kind == "green":
        fade = np.linspace(1, 0, image.shape[0])[:, None, None] * 0.8
        light = image.astype(np.float32) * (1 - fade) + 240 * fade
        keep = (
            np.minimum(image.astype(np.float32), light)
            if image.mean() < 60
            else np.where(image.max(2, keepdims=True) < 90, image, light)
        )
        image = keep.astype(np.uint8)
    if rng.random() < 0.6:
        bolts(rng, image, char_px, ((150, 150, 150), (40, 40, 40), (200, 200, 200)), upper=True)
    return Plate(image, alpha, mark.text, 1, "CN", mark.kind, dark, char_px)


def mainland(rng: np.random.Generator, char_px: int, *, second_plate: bool) -> Plate:
    """A random mainland plate; `second_plate` gives the black plate of a cross-boundary car."""
    mark = (
        marks.cross_boundary(rng)
        if second_plate
        else marks.mainland(rng, green=bool(rng.random() < 0.35), provinces=provinces())
    )
    return mainland_from(rng, mark, char_px)


def macau(rng: np.random.Generator, char_px: int) -> Plate:
    """Black with white characters, one or two rows."""
    mark = marks.macau(rng, two_rows=bool(rng.random() < 0.35))
    face = Face(
        ground=shade(rng, (22, 22, 22), 16),
        ink=shade(rng, (228, 230, 230), 22),
        margin_x=rng.uniform(0.15, 0.4),
        margin_top=rng.uniform(0.1, 0.26),
        margin_bottom=rng.uniform(0.1, 0.26),
        row_gap=rng.uniform(0.08, 0.22),
        corner=float(rng.choice([0.03, 0.12, 0.22])),
        border=rng.uniform(0.02, 0.05) if rng.random() < 0.3 else 0.0,
    )
    image, alpha, _ = compose(mark, lettering(rng), face, char_px)
    if rng.random() < 0.4:
        bolts(rng, image, char_px, ((150, 150, 150), (40, 40, 40)), upper=len(mark.rows) == 2)
    return Plate(image, alpha, mark.text, len(mark.rows), "MO", mark.kind, True, char_px)


def singapore(rng: np.random.Generator, char_px: int) -> Plate:
    """Black with white characters, or the white and yellow pair."""
    mark = marks.singapore(rng, two_rows=bool(rng.random() < 0.3))
    roll = rng.random()
    dark = bool(roll < 0.65)
    ground = (
        shade(rng, (26, 24, 24), 18)
        if dark
        else shade(rng, (225, 228, 228), 22)
        if roll < 0.85
        else shade(rng, (30, 190, 235), 25)
    )
    ink = shade(rng, (228, 230, 230), 22) if dark else shade(rng, (24, 24, 24), 18)
    face = Face(
        ground=ground,
        ink=ink,
        margin_x=rng.uniform(0.12, 0.4),
        margin_top=rng.uniform(0.12, 0.3),
        margin_bottom=rng.uniform(0.14, 0.34),
        row_gap=rng.uniform(0.1, 0.22),
        corner=float(rng.choice([0.04, 0.12])),
        border=rng.uniform(0.02, 0.05) if rng.random() < 0.35 else 0.0,
        border_inset=rng.uniform(0.04, 0.09),
    )
    image, alpha, _ = compose(mark, lettering(rng), face, char_px)
    if rng.random() < 0.35:
        size = max(round(char_px * 0.09), 3)
        maker = block_text(_MAKERS[int(rng.integers(len(_MAKERS)))], size)
        paint(image, maker, (image.shape[1] - maker.shape[1]) // 2, image.shape[0] - size - 2, ink, 0.9)
    return Plate(image, alpha, mark.text, len(mark.rows), "SG", mark.kind, dark, char_px)


def malaysia(rng: np.random.Generator, char_px: int) -> Plate:
    """Black with white characters, one or two rows, no border."""
    mark = marks.malaysia(rng, two_rows=bool(rng.random() < 0.3))
    face = Face(
        ground=shade(rng, (20, 20, 20), 12),
        ink=shade(rng, (235, 236, 236), 16),
        margin_x=rng.uniform(0.15, 0.45),
        margin_top=rng.uniform(0.15, 0.3),
        margin_bottom=rng.uniform(0.15, 0.3),
        row_gap=rng.uniform(0.12, 0.25),
        corner=0.05,
        emboss=rng.uniform(0, 0.3),
    )
    image, alpha, _ = compose(mark, lettering(rng), face, char_px)
    return Plate(image, alpha, mark.text, len(mark.rows), "MY", mark.kind, True, char_px)
