"""Looks of plates of Brazil."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from anpr.training import marks_west
from anpr.training.fonts import any_font
from anpr.training.plates import Face, Lettering, Plate, block_text, compose, paint, shade

if TYPE_CHECKING:
    from anpr.training.plates import Colour

#: Share of grey plates with the short corners of the norm's own alphabet.
BLUNT_SHARE = 0.7
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


def brazilian(rng: np.random.Generator, char_px: int) -> Plate:
    """The grey plate with its city, or the Mercosul plate; 400 by 130 mm, characters of 63 mm."""
    mercosul, two_rows = bool(rng.random() < 0.3), bool(rng.random() < 0.12)
    mark = marks_west.brazil(rng, mercosul=mercosul, two_rows=two_rows)
    red = not mercosul and rng.random() < 0.3
    ground: Colour = (236, 236, 236) if mercosul else (50, 40, 170) if red else (175, 175, 170)
    face = Face(
        ground=shade(rng, ground, 22),
        ink=shade(rng, (235, 235, 235) if red else (30, 28, 28), 18),
        width=None if two_rows else rng.uniform(5.6, 6.4),
        margin_x=rng.uniform(0.2, 0.35),
        margin_top=rng.uniform(0.5, 0.65),
        margin_bottom=rng.uniform(0.15, 0.35),
        corner=0.12,
        border=rng.uniform(0.02, 0.05),
        border_inset=0.02,
        emboss=rng.uniform(0, 0.35),
    )
    letters = Lettering(
        any_font(rng, "blunt" if not mercosul and rng.random() < BLUNT_SHARE else "din"),
        gap=rng.uniform(0.1, 0.2),
        space=rng.uniform(0.3, 0.5),
        stretch=rng.uniform(0.9, 1.3),
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
