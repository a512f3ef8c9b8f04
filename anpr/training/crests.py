"""European plates with arms, seals or a sticker between the groups: what readers take for a letter."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from anpr.training.fonts import any_font
from anpr.training.marks import Mark, pick
from anpr.training.plates import Face, Lettering, Plate, block_text, compose, paint, shade

if TYPE_CHECKING:
    from numpy.random import Generator

    from anpr.training.plates import Picture

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_DIGITS = "0123456789"
#: Tinctures of arms and colours of seals, BGR.
_COLOURS = (
    (40, 40, 190), (150, 70, 30), (60, 140, 60), (40, 130, 230), (220, 220, 220), (40, 180, 220),
    (110, 110, 110),
)  # fmt: skip


def crested(rng: Generator, char_px: int) -> Plate:
    """A one-row white plate whose groups are parted by arms, seals, a dash, or several of them."""
    mark = _mark(rng)
    strip = 0.55 if rng.random() < 0.75 else 0.0
    arms_first = strip == 0.0 and rng.random() < 0.6
    face = Face(
        ground=shade(rng, (235, 236, 236), 20) if rng.random() < 0.93 else shade(rng, (20, 195, 245), 20),
        ink=shade(rng, (26, 24, 24), 18),
        strip=strip or (0.6 if arms_first else 0.0),
        margin_x=rng.uniform(0.15, 0.35),
        border=rng.uniform(0.02, 0.05) if rng.random() < 0.6 else 0.0,
        border_inset=0.02,
        emboss=rng.uniform(0, 0.3),
    )
    letters = Lettering(
        any_font(rng, "din"), rng.uniform(0.08, 0.18), rng.uniform(0.5, 0.95), rng.uniform(0.85, 1.1)
    )
    image, alpha, boxes = compose(mark, letters, face, char_px)
    left, top, width, height = boxes[0]
    if strip:
        end = round(strip * char_px)
        image[:, :end] = shade(rng, (150, 60, 20), 30)
        _caption(
            image,
            str(rng.choice(["SK", "CZ", "D", "A", "PL", "H"])),
            end // 2,
            round(0.78 * image.shape[0]),
            char_px,
        )
    elif arms_first:
        middle = round(0.36 * char_px)
        _arms(rng, image, middle, round(0.38 * image.shape[0]), round(0.24 * char_px))
        _caption(
            image,
            str(rng.choice(["SK", "CZ", "H"])),
            middle,
            round(0.78 * image.shape[0]),
            char_px,
            dark=True,
        )
    gap = _widest_gap(image[top : top + height, left : left + width])
    if gap is not None and not (arms_first and rng.random() < 0.6):
        start, stop = gap
        _between(rng, image, left + (start + stop) // 2, (top, height), max(2, round((stop - start) * 0.42)))
    return Plate(image, alpha, mark.text, 1, "SK", mark.kind, False, char_px)


def _mark(rng: Generator) -> Mark:
    roll = rng.random()
    if roll < 0.6:
        first, last = pick(rng, _LETTERS, 2), pick(rng, _DIGITS, 3) + pick(rng, _LETTERS, 2)
    elif roll < 0.75:
        first, last = pick(rng, _DIGITS) + pick(rng, _LETTERS) + pick(rng, _DIGITS), pick(rng, _DIGITS, 4)
    elif roll < 0.9:
        first = pick(rng, _LETTERS, int(rng.integers(1, 4)))
        last = pick(rng, _LETTERS, int(rng.integers(1, 3))) + pick(rng, _DIGITS, int(rng.integers(2, 5)))
    else:
        first, last = pick(rng, _LETTERS, 3), pick(rng, _DIGITS, int(rng.integers(3, 5)))
    return Mark((f"{first} {last}",), "eu")


def _widest_gap(row: Picture) -> tuple[int, int] | None:
    """First and last column of the widest run without ink in a row of characters."""
    grey = row.min(axis=2).astype(np.float32)
    inked = (grey < (grey.max() + grey.min()) / 2).any(axis=0)
    columns = np.flatnonzero(inked)
    if len(columns) < 2:
        return None
    steps = np.diff(columns)
    widest = int(steps.argmax())
    return int(columns[widest]), int(columns[widest + 1])


def _between(rng: Generator, image: Picture, x: int, row: tuple[int, int], radius: int) -> None:
    """Arms, one or two round seals or a dash, centred on a column."""
    top, height = row
    roll = rng.random()
    if roll < 0.4:
        _arms(rng, image, x, top + round(height * rng.uniform(0.35, 0.6)), radius)
    elif roll < 0.75:
        for place in (0.25, 0.75) if rng.random() < 0.7 else (0.5,):
            _seal(rng, image, (x, top + round(height * place)), min(radius, round(height * 0.24)))
    if rng.random() < 0.4:
        thick = max(1, round(height * 0.1))
        y = top + height // 2
        cv2.rectangle(image, (x - radius, y - thick // 2), (x + radius, y + thick // 2), (30, 28, 28), -1)
        if rng.random() < 0.6:
            _seal(rng, image, (x, top + round(height * 0.12)), max(1, round(radius * 0.7)))


def _arms(rng: Generator, image: Picture, x: int, y: int, radius: int) -> None:
    """A small shield with a charge."""
    colours = [shade(rng, _COLOURS[int(i)], 25) for i in rng.integers(len(_COLOURS), size=2)]
    shape = np.array([(-1, -1.1), (1, -1.1), (1, 0.3), (0, 1.3), (-1, 0.3)])
    cv2.fillPoly(image, [np.round(shape * radius + [x, y]).astype(np.int32)], colours[0], cv2.LINE_AA)
    half = max(1, radius // 2)
    cv2.line(
        image,
        (x, y - radius),
        (x, y + half),
        shade(rng, (225, 225, 225), 20),
        max(1, radius // 4),
        cv2.LINE_AA,
    )
    cv2.line(
        image,
        (x - half, y - half // 2),
        (x + half, y - half // 2),
        shade(rng, (225, 225, 225), 20),
        max(1, radius // 4),
    )
    cv2.circle(image, (x, y + half), half, colours[1], -1, cv2.LINE_AA)


def _seal(rng: Generator, image: Picture, centre: tuple[int, int], radius: int) -> None:
    """A round seal with a ring."""
    cv2.circle(
        image, centre, radius, shade(rng, _COLOURS[int(rng.integers(len(_COLOURS)))], 25), -1, cv2.LINE_AA
    )
    cv2.circle(
        image, centre, max(1, radius // 2), shade(rng, (200, 200, 200), 40), max(1, radius // 4), cv2.LINE_AA
    )


def _caption(image: Picture, text: str, x: int, y: int, char_px: int, *, dark: bool = False) -> None:
    """A country code, centred."""
    mask = block_text(text, max(round(0.2 * char_px), 4))
    colour = (30, 28, 28) if dark else (240, 240, 240)
    paint(image, mask, max(0, x - mask.shape[1] // 2), max(0, y - mask.shape[0] // 2), colour)
