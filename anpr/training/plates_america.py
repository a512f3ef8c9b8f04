"""Looks of plates of the United States."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from anpr.training import marks_west
from anpr.training.fonts import any_font
from anpr.training.plates import (
    Face,
    Lettering,
    Plate,
    block_text,
    bolt,
    compose,
    paint,
    shade,
    small_text,
)
from anpr.training.plates_prints import choice, scenery, stickers

if TYPE_CHECKING:
    from anpr.training.marks import Mark

_STATES = (
    "CALIFORNIA",
    "TEXAS",
    "FLORIDA",
    "NEW YORK",
    "OHIO",
    "GEORGIA",
    "ILLINOIS",
    "MICHIGAN",
    "VIRGINIA",
    "WASHINGTON",
    "ARIZONA",
    "INDIANA",
    "TENNESSEE",
    "MISSOURI",
    "MARYLAND",
    "WISCONSIN",
    "COLORADO",
    "MINNESOTA",
    "ALABAMA",
    "LOUISIANA",
    "KENTUCKY",
    "OREGON",
    "OKLAHOMA",
    "UTAH",
    "NEVADA",
    "IOWA",
    "KANSAS",
    "ARKANSAS",
    "MISSISSIPPI",
    "NEW MEXICO",
    "NEBRASKA",
    "IDAHO",
    "HAWAII",
    "MAINE",
    "MONTANA",
    "ALASKA",
    "VERMONT",
    "WYOMING",
    "DELAWARE",
    "RHODE ISLAND",
    "NORTH CAROLINA",
    "SOUTH CAROLINA",
    "NEW JERSEY",
    "CONNECTICUT",
    "NORTH DAKOTA",
    "SOUTH DAKOTA",
    "MASSACHUSETTS",
    "PENNSYLVANIA",
    "NEW HAMPSHIRE",
    "WEST VIRGINIA",
)
_SLOGANS = (
    "Sunshine State",
    "Garden State",
    "The Spirit of America",
    "Ocean State",
    "First in Flight",
    "Famous Potatoes",
    "Grand Canyon State",
    "Vacationland",
    "America's Dairyland",
    "The Natural State",
    "Live Free or Die",
    "10,000 lakes",
    "Land of Lincoln",
    "EVERGREEN STATE",
    "GREAT LAKES",
    "In God We Trust",
    "www.state.gov",
    "DOUGLAS",
    "KNOX",
    "HINDS",
    "EMPIRE STATE",
    "ALOHA STATE",
    "CENTENNIAL",
    "Scenic",
    "Discover the Spirit",
    "Life Elevated",
    "",
)
_SCRIPTS = (
    cv2.FONT_HERSHEY_DUPLEX,
    cv2.FONT_HERSHEY_COMPLEX,
    cv2.FONT_HERSHEY_TRIPLEX,
    cv2.FONT_HERSHEY_SCRIPT_COMPLEX,
)


def american(rng: np.random.Generator, char_px: int) -> Plate:
    """305 by 152 mm, state above, slogan below, narrow embossed characters of about 70 mm."""
    mark: Mark = marks_west.united_states(rng)
    dark = bool(rng.random() < 0.1)
    ground = (
        choice(rng, ((120, 50, 20), (60, 90, 20), (30, 30, 30), (140, 70, 40)))
        if dark
        else choice(
            rng,
            (
                (236, 236, 236),
                (230, 235, 240),
                (90, 205, 245),
                (200, 235, 245),
                (240, 225, 205),
                (225, 240, 225),
            ),
        )
    )
    ink = (
        choice(rng, ((240, 240, 240), (70, 210, 250)))
        if dark
        else choice(
            rng,
            (
                (110, 30, 10),
                (25, 25, 25),
                (25, 25, 25),
                (60, 70, 10),
                (40, 30, 170),
                (140, 60, 20),
                (50, 30, 30),
            ),
        )
    )
    ground, ink = shade(rng, ground, 15), shade(rng, ink, 15)
    width = rng.uniform(3.9, 4.7)
    height = width / 2
    above = (height - 1) * rng.uniform(0.46, 0.58)
    face = Face(
        ground=ground,
        ink=ink,
        width=width,
        margin_x=0.15,
        margin_top=above,
        margin_bottom=height - 1 - above,
        corner=0.16,
    )
    letters = Lettering(
        any_font(rng, "narrow", own_share=0.5),
        gap=rng.uniform(0.07, 0.16),
        space=rng.uniform(0.25, 0.5),
        stretch=rng.uniform(0.85, 1.2),
    )
    plain, alpha, boxes = compose(mark, letters, face, char_px)
    tall, wide = plain.shape[:2]
    image = scenery(rng, tall, wide, ground) if not dark and rng.random() < 0.7 else plain.copy()
    unit = char_px
    if rng.random() < 0.2:
        image[: round(tall * 0.22)] = shade(
            rng, choice(rng, ((150, 70, 20), (40, 40, 180), (60, 60, 60))), 20
        )
    if "*" in mark.rows[0]:
        x, y, w, h = boxes[0]
        tint = choice(rng, ((60, 120, 60), (60, 90, 230), (180, 90, 40), (60, 60, 60)))
        cv2.ellipse(
            image,
            (x + w // 2, y + h // 2),
            (max(unit // 5, 1), max(unit // 4, 1)),
            rng.uniform(0, 180),
            0,
            360,
            tint,
            -1,
            cv2.LINE_AA,
        )
    name = _STATES[int(rng.integers(len(_STATES)))]
    size = max(round(unit * rng.uniform(0.2, 0.32)), 5)
    if rng.random() < 0.5:
        title = block_text(name, size, int(rng.integers(6)))
    else:
        title = small_text(
            name.title() if rng.random() < 0.7 else name, size, _SCRIPTS[int(rng.integers(len(_SCRIPTS)))]
        )
    slogan = small_text(
        _SLOGANS[int(rng.integers(len(_SLOGANS)))] or "USA",
        max(round(size * rng.uniform(0.5, 0.9)), 5),
        _SCRIPTS[int(rng.integers(3))],
    )
    title_ink = (
        ink
        if rng.random() < 0.6
        else shade(rng, choice(rng, ((150, 60, 20), (40, 40, 190), (240, 240, 240))), 20)
    )
    room = boxes[0][1]
    for words, y in (
        (title, max((room - title.shape[0]) // 2, 0)),
        (
            slogan,
            boxes[0][1] + boxes[0][3] + max((tall - boxes[0][1] - boxes[0][3] - slogan.shape[0]) // 2, 0),
        ),
    ):
        text = words
        if text.shape[1] > wide * 0.9:
            text = np.asarray(
                cv2.resize(text, (round(wide * 0.9), text.shape[0]), interpolation=cv2.INTER_AREA), np.uint8
            )
        paint(image, text, (wide - text.shape[1]) // 2, y, title_ink)
    stickers(rng, image, unit)
    # The serial is pressed into the sheet, over everything that is printed on it.
    ink_mask = np.asarray(cv2.absdiff(plain, np.full_like(plain, ground)).max(2), np.uint8)
    ink_mask = np.asarray(cv2.convertScaleAbs(ink_mask, alpha=255.0 / max(int(ink_mask.max()), 1)), np.uint8)
    if rng.random() < 0.7:
        reach = max(round(0.035 * unit), 1)
        paint(image, ink_mask, -reach, -reach, (255, 255, 255), rng.uniform(0.1, 0.45))
        paint(image, ink_mask, reach, reach, (0, 0, 0), rng.uniform(0.1, 0.45))
    paint(image, ink_mask, 0, 0, ink)
    for across in (0.2, 0.8):
        for down in (0.08, 0.92):
            if rng.random() < 0.7:
                bolt(
                    image,
                    round(across * wide),
                    round(down * tall),
                    max(round(0.06 * unit), 1),
                    shade(rng, choice(rng, ((60, 60, 60), (160, 160, 160), (30, 30, 30))), 20),
                )
    return Plate(image, alpha, mark.text, 1, "US", mark.kind, dark, char_px)
