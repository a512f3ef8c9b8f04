"""Looks of European, British, American and Brazilian plates, and of plates of no country at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from anpr.training import marks
from anpr.training.fonts import any_font
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
    small_text,
)

if TYPE_CHECKING:
    from anpr.training.marks import Mark

_STATES = (
    "CALIFORNIA", "TEXAS", "FLORIDA", "NEW YORK", "OHIO", "GEORGIA", "ILLINOIS", "MICHIGAN", "VIRGINIA", "WASHINGTON", "ARIZONA", "INDIANA",
    "TENNESSEE", "MISSOURI", "MARYLAND", "WISCONSIN", "COLORADO", "MINNESOTA", "ALABAMA", "LOUISIANA", "KENTUCKY", "OREGON", "OKLAHOMA", "UTAH",
    "NEVADA", "IOWA", "KANSAS", "ARKANSAS", "MISSISSIPPI", "NEW MEXICO", "NEBRASKA", "IDAHO", "HAWAII", "MAINE", "MONTANA", "ALASKA", "VERMONT",
    "WYOMING", "DELAWARE", "RHODE ISLAND", "NORTH CAROLINA", "SOUTH CAROLINA", "NEW JERSEY", "CONNECTICUT", "NORTH DAKOTA", "SOUTH DAKOTA",
    "MASSACHUSETTS", "PENNSYLVANIA", "NEW HAMPSHIRE", "WEST VIRGINIA",
)  # fmt: skip
_SLOGANS = (
    "Sunshine State", "Garden State", "The Spirit of America", "Ocean State", "First in Flight", "Famous Potatoes", "Grand Canyon State", "Vacationland",
    "America's Dairyland", "The Natural State", "Live Free or Die", "10,000 lakes", "Land of Lincoln", "EVERGREEN STATE", "GREAT LAKES", "In God We Trust",
    "www.state.gov", "DOUGLAS", "KNOX", "HINDS", "EMPIRE STATE", "ALOHA STATE", "CENTENNIAL", "Scenic", "Discover the Spirit", "Life Elevated", "",
)  # fmt: skip
_SCRIPTS = (
    cv2.FONT_HERSHEY_DUPLEX,
    cv2.FONT_HERSHEY_COMPLEX,
    cv2.FONT_HERSHEY_TRIPLEX,
    cv2.FONT_HERSHEY_SCRIPT_COMPLEX,
)
_CITIES = (
    "SP - SAO PAULO",
    "RJ - RIO DE JANEIRO",
    "PR - CURITIBA",
    "SP - BRAGANCA",
    "MG - BELO HORIZONTE",
    "RS - PORTO ALEGRE",
    "BA - SALVADOR",
    "SP - CAMPINAS",
    "SC - JOINVILLE",
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
    mark, code = marks.european(rng, two_rows=two_rows)
    strip = rng.uniform(0.5, 0.62) if rng.random() < 0.85 else 0.0
    yellow = code in {"NL", "L"} or rng.random() < 0.04
    face = Face(
        ground=shade(rng, (40, 190, 240), 20) if yellow else shade(rng, (235, 236, 236), 18), ink=shade(rng, (25, 22, 22), 18),
        width=None if two_rows else rng.uniform(6.6, 7.0), margin_x=rng.uniform(0.15, 0.3), margin_top=rng.uniform(0.18, 0.26), margin_bottom=rng.uniform(0.18, 0.26),
        corner=0.1, border=rng.uniform(0.02, 0.05) if rng.random() < 0.6 else 0.0, border_inset=0.02, strip=strip, emboss=rng.uniform(0, 0.3), row_gap=0.14,
    )  # fmt: skip
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
    mark = marks.united_kingdom(rng, two_rows=two_rows)
    strip = 0.5 if rng.random() < 0.4 and not two_rows else 0.0
    face = Face(
        ground=shade(rng, (20, 195, 245), 22) if rng.random() < 0.5 else shade(rng, (235, 236, 236), 18), ink=shade(rng, (24, 22, 22), 16),
        width=None if two_rows else rng.uniform(6.3, 6.6), margin_x=rng.uniform(0.15, 0.4), margin_top=rng.uniform(0.16, 0.24), margin_bottom=rng.uniform(0.18, 0.28),
        row_gap=rng.uniform(0.18, 0.26), corner=0.12, strip=strip, border=0.02 if rng.random() < 0.2 else 0.0,
    )  # fmt: skip
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


def _scenery(rng: np.random.Generator, height: int, width: int, ground: Colour) -> Picture:
    """A printed American ground: fades, hills, blobs and rays in pale colours."""
    other = _choice(
        rng,
        (
            (235, 200, 170),
            (190, 220, 245),
            (220, 235, 215),
            (240, 230, 235),
            (150, 200, 240),
            (200, 170, 150),
        ),
    )
    small = np.empty((8, 16, 3), np.float32)
    fade = np.linspace(0, 1, 8)[:, None, None] ** rng.uniform(0.5, 2)
    small[:] = (
        np.array(ground) * (1 - fade) + np.array(other) * fade
        if rng.random() < 0.5
        else np.array(other) * (1 - fade) + np.array(ground) * fade
    )
    picture = np.asarray(
        cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR).astype(np.uint8), np.uint8
    )
    for _ in range(int(rng.integers(0, 4))):
        tint = shade(
            rng,
            _choice(
                rng, ((170, 190, 120), (200, 170, 120), (120, 150, 220), (110, 180, 230), (140, 200, 160))
            ),
            30,
        )
        over = picture.copy()
        if rng.random() < 0.5:
            xs = np.linspace(0, width, 7)
            ys = height * (rng.uniform(0.5, 0.9) + rng.uniform(-0.15, 0.15, 7))
            cv2.fillPoly(
                over,
                [
                    np.round(np.vstack([np.stack([xs, ys], 1), [[width, height], [0, height]]])).astype(
                        np.int32
                    )
                ],
                tint,
            )
        else:
            centre = (int(rng.integers(width)), int(rng.integers(height)))
            cv2.ellipse(
                over,
                centre,
                (max(int(width * rng.uniform(0.05, 0.2)), 1), max(int(height * rng.uniform(0.1, 0.3)), 1)),
                rng.uniform(0, 90),
                0,
                360,
                tint,
                -1,
                cv2.LINE_AA,
            )
        strength = rng.uniform(0.15, 0.6)
        picture = np.asarray(cv2.addWeighted(over, strength, picture, 1 - strength, 0), np.uint8)
    return picture  # type: ignore[return-value]


def _stickers(rng: np.random.Generator, image: Picture, unit: int) -> None:
    height, width = image.shape[:2]
    for x, y in ((0.06, 0.06), (0.82, 0.06), (0.06, 0.8), (0.82, 0.8)):
        if rng.random() < 0.4:
            w, h = round(unit * rng.uniform(0.35, 0.6)), round(unit * rng.uniform(0.22, 0.32))
            left, top = round(x * width), round(y * height)
            paint(
                image,
                np.full((h, w), 255, np.uint8),
                left,
                top,
                shade(
                    rng,
                    _choice(
                        rng, ((40, 200, 240), (60, 60, 210), (200, 120, 50), (90, 170, 90), (235, 235, 235))
                    ),
                    20,
                ),
            )
            label = block_text(
                marks.one_of(rng, "JAN", "APR", "OCT", "DEC", "05", "11", "2019", "98"),
                max(round(h * 0.6), 5),
            )
            label = np.asarray(
                cv2.resize(
                    label, (max(round(w * 0.8), 2), max(round(h * 0.6), 2)), interpolation=cv2.INTER_AREA
                ),
                np.uint8,
            )
            paint(
                image,
                label,
                left + round(w * 0.1),
                top + round(h * 0.2),
                (20, 20, 20) if rng.random() < 0.6 else (240, 240, 240),
            )


def american(rng: np.random.Generator, char_px: int) -> Plate:
    """305 by 152 mm, state above, slogan below, narrow embossed characters of about 70 mm."""
    mark: Mark = marks.united_states(rng)
    dark = bool(rng.random() < 0.1)
    ground = (
        _choice(rng, ((120, 50, 20), (60, 90, 20), (30, 30, 30), (140, 70, 40)))
        if dark
        else _choice(
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
        _choice(rng, ((240, 240, 240), (70, 210, 250)))
        if dark
        else _choice(
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
        any_font(rng, "narrow", own_share=0.8),
        gap=rng.uniform(0.07, 0.16),
        space=rng.uniform(0.25, 0.5),
        stretch=rng.uniform(0.85, 1.2),
    )
    plain, alpha, boxes = compose(mark, letters, face, char_px)
    tall, wide = plain.shape[:2]
    image = _scenery(rng, tall, wide, ground) if not dark and rng.random() < 0.7 else plain.copy()
    unit = char_px
    if rng.random() < 0.2:
        image[: round(tall * 0.22)] = shade(
            rng, _choice(rng, ((150, 70, 20), (40, 40, 180), (60, 60, 60))), 20
        )
    if "*" in mark.rows[0]:
        x, y, w, h = boxes[0]
        tint = _choice(rng, ((60, 120, 60), (60, 90, 230), (180, 90, 40), (60, 60, 60)))
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
        else shade(rng, _choice(rng, ((150, 60, 20), (40, 40, 190), (240, 240, 240))), 20)
    )
    room = boxes[0][1]
    for text, y in (
        (title, max((room - title.shape[0]) // 2, 0)),
        (
            slogan,
            boxes[0][1] + boxes[0][3] + max((tall - boxes[0][1] - boxes[0][3] - slogan.shape[0]) // 2, 0),
        ),
    ):
        if text.shape[1] > wide * 0.9:
            text = np.asarray(
                cv2.resize(text, (round(wide * 0.9), text.shape[0]), interpolation=cv2.INTER_AREA), np.uint8
            )  # noqa: PLW2901
        paint(image, text, (wide - text.shape[1]) // 2, y, title_ink)
    _stickers(rng, image, unit)
    # The serial is pressed into the sheet, over everything that is printed on it.
    ink_mask = np.asarray(cv2.absdiff(plain, np.full_like(plain, ground)).max(2), np.uint8)
    ink_mask = np.asarray(cv2.convertScaleAbs(ink_mask, alpha=255.0 / max(int(ink_mask.max()), 1)), np.uint8)
    if rng.random() < 0.7:
        reach = max(round(0.035 * unit), 1)
        paint(image, ink_mask, -reach, -reach, (255, 255, 255), rng.uniform(0.1, 0.45))
        paint(image, ink_mask, reach, reach, (0, 0, 0), rng.uniform(0.1, 0.45))
    paint(image, ink_mask, 0, 0, ink)
    for x in (0.2, 0.8):
        for y in (0.08, 0.92):
            if rng.random() < 0.7:
                bolt(
                    image,
                    round(x * wide),
                    round(y * tall),
                    max(round(0.06 * unit), 1),
                    shade(rng, _choice(rng, ((60, 60, 60), (160, 160, 160), (30, 30, 30))), 20),
                )
    return Plate(image, alpha, mark.text, 1, "US", mark.kind, dark, char_px)


def brazilian(rng: np.random.Generator, char_px: int) -> Plate:
    """The grey plate with its city, or the Mercosul plate with its blue head; 400 by 130 mm, characters of 63 mm."""
    mercosul, two_rows = bool(rng.random() < 0.3), bool(rng.random() < 0.12)
    mark = marks.brazil(rng, mercosul=mercosul, two_rows=two_rows)
    red = not mercosul and rng.random() < 0.08
    ground: Colour = (236, 236, 236) if mercosul else (50, 40, 170) if red else (175, 175, 170)
    face = Face(
        ground=shade(rng, ground, 22), ink=shade(rng, (235, 235, 235) if red else (30, 28, 28), 18), width=None if two_rows else rng.uniform(5.6, 6.4), margin_x=rng.uniform(0.2, 0.35),
        margin_top=rng.uniform(0.5, 0.65), margin_bottom=rng.uniform(0.15, 0.35), corner=0.12, border=rng.uniform(0.02, 0.05), border_inset=0.02, emboss=rng.uniform(0, 0.35),
    )  # fmt: skip
    letters = Lettering(
        any_font(rng, "din"),
        gap=rng.uniform(0.1, 0.2),
        space=rng.uniform(0.3, 0.5),
        stretch=rng.uniform(0.85, 1.1),
    )
    image, alpha, boxes = compose(mark, letters, face, char_px)
    head = boxes[0][1]
    if mercosul:
        image[: round(head * 0.7)] = shade(rng, (140, 50, 10), 25)
        title, ink = block_text("BRASIL", max(round(0.26 * char_px), 5)), (240, 240, 240)
    else:
        title, ink = (
            block_text(_CITIES[int(rng.integers(len(_CITIES)))], max(round(0.2 * char_px), 5)),
            face.ink,
        )
    if title.shape[1] > image.shape[1] * 0.9:
        title = np.asarray(
            cv2.resize(title, (round(image.shape[1] * 0.9), title.shape[0]), interpolation=cv2.INTER_AREA),
            np.uint8,
        )
    paint(
        image,
        title,
        (image.shape[1] - title.shape[1]) // 2,
        max((round(head * (0.7 if mercosul else 1)) - title.shape[0]) // 2, 0),
        ink,
    )
    return Plate(image, alpha, mark.text, len(mark.rows), "BR", mark.kind, bool(red), char_px)


def generic(rng: np.random.Generator, char_px: int) -> Plate:
    """Any text in any colours, so that no country's grammar is learnt too well."""
    mark = marks.generic(rng, two_rows=bool(rng.random() < 0.35))
    dark = bool(rng.random() < 0.4)
    light, deep = (
        shade(rng, _choice(rng, ((235, 235, 235), (60, 200, 245), (190, 190, 190), (170, 220, 170))), 20),
        shade(rng, _choice(rng, ((25, 25, 25), (110, 40, 20), (30, 30, 150), (40, 80, 20))), 20),
    )
    face = Face(
        ground=deep if dark else light, ink=light if dark else deep, margin_x=rng.uniform(0.12, 0.6), margin_top=rng.uniform(0.08, 0.4), margin_bottom=rng.uniform(0.08, 0.4),
        row_gap=rng.uniform(0.06, 0.3), corner=rng.uniform(0, 0.25), border=rng.uniform(0.02, 0.06) if rng.random() < 0.4 else 0.0, emboss=rng.uniform(0, 0.3),
    )  # fmt: skip
    families = ("wright", "din", "narrow")
    letters = Lettering(
        any_font(rng, families[int(rng.integers(3))]),
        gap=rng.uniform(0.05, 0.25),
        space=rng.uniform(0.2, 0.6),
        stretch=rng.uniform(0.8, 1.2),
    )  # type: ignore[arg-type]
    image, alpha, _ = compose(mark, letters, face, char_px)
    return Plate(image, alpha, mark.text, len(mark.rows), "", mark.kind, dark, char_px)
