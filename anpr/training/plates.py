"""Synthetic number plates, seen square on: layout, colours, lettering and hardware of each country."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from anpr.training.fonts import GLYPH_PX, Font, Mask, han_fonts, stroke_font

if TYPE_CHECKING:
    from anpr.training.marks import Mark

#: BGR, height by width by 3.
Picture = NDArray[np.uint8]
Colour = tuple[int, int, int]
_SEPARATORS = " -·*"


@dataclass(frozen=True, slots=True)
class Plate:
    """A plate square on.

    Attributes:
        image: BGR, height by width by 3, uint8.
        alpha: height by width, 255 inside the plate's rounded outline.
        text: the serial as it stands on the plate: A-Z, 0-9 and Chinese characters, no separators.
        rows: 1 or 2.
        country: ISO code; the blue strip's code for European plates.
        kind: layout within the country, such as `ordinary`, `personalised`, `cross-boundary`.
        dark: whether light characters stand on a dark ground.
        char_px: height of the serial's characters in `image`, px.
    """

    image: Picture
    alpha: Mask
    text: str
    rows: int
    country: str
    kind: str
    dark: bool
    char_px: int


@dataclass(frozen=True, slots=True)
class Lettering:
    """How a row is set; lengths as parts of the character height."""

    font: Font
    gap: float = 0.12
    space: float = 0.35
    stretch: float = 1.0


@dataclass(frozen=True, slots=True)
class Face:
    """Ground of a plate; lengths as parts of the character height, colours BGR."""

    ground: Colour
    ink: Colour
    margin_x: float = 0.3
    margin_top: float = 0.2
    margin_bottom: float = 0.2
    row_gap: float = 0.14
    corner: float = 0.1
    border: float = 0.0
    border_inset: float = 0.06
    strip: float = 0.0
    width: float | None = None
    emboss: float = 0.0
    second_row: float = 1.0


def shade(rng: np.random.Generator, colour: Colour, spread: int) -> Colour:
    """A colour made lighter or darker by up to `spread` levels, with a slight change of hue."""
    level = rng.integers(-spread, spread + 1)
    b, g, r = (int(np.clip(c + level + rng.integers(-spread // 4, spread // 4 + 1), 0, 255)) for c in colour)
    return b, g, r


def paint(image: Picture, mask: Mask, left: int, top: int, colour: Colour, opacity: float = 1.0) -> None:
    """Lay `colour` over `image` where `mask` says so, in place; parts outside the image are cut off."""
    height, width = image.shape[:2]
    x0, y0 = max(left, 0), max(top, 0)
    x1, y1 = min(left + mask.shape[1], width), min(top + mask.shape[0], height)
    if x0 >= x1 or y0 >= y1:
        return
    cover = mask[y0 - top : y1 - top, x0 - left : x1 - left, None]
    if opacity < 1:
        cover = np.asarray(cv2.convertScaleAbs(cover, alpha=opacity), np.uint8).reshape(cover.shape)
    blend(image[y0:y1, x0:x1], np.array(colour, np.uint16), cover)


def blend(region: Picture, over: NDArray[np.uint8] | NDArray[np.uint16], cover: NDArray[np.uint8]) -> None:
    """Lay `over` on `region` in place; `cover` (height, width, 1) is 255 where only `over` shows."""
    height, width = cover.shape[:2]
    if not height or not width:
        return
    # Flat rows of a channel each let numpy use its vector loops: five times faster than broadcasting.
    weight = cv2.cvtColor(cover, cv2.COLOR_GRAY2BGR).reshape(height, width * 3).astype(np.uint16)
    weight += weight >> 7  # 0..256, so that a shift divides
    above = (np.tile(over, width) if over.ndim == 1 else over.reshape(height, width * 3)) * weight
    above += region.reshape(height, width * 3) * (256 - weight)
    above >>= 8
    region[:] = above.reshape(height, width, 3)


@cache
def _han_for(char: str, choice: int) -> Mask:
    fonts = [f for f in han_fonts() if char in f.glyphs]
    own = [f for f in fonts if f.name.startswith("strokes")]
    # Our own strokes and the installed fonts get equal shares.
    pool = own if choice % 2 == 0 and own else [f for f in fonts if f not in own] or own
    return pool[(choice // 2) % len(pool)].glyphs[char]


def row_mask(text: str, char_px: int, lettering: Lettering, han: int = 0) -> Mask:
    """One row of characters as ink; `*` leaves room for an emblem, `han` chooses a Chinese alphabet."""
    pieces: list[tuple[int, Mask | None]] = []
    x = 0.0
    cell = round(lettering.font.glyphs["H"].shape[1] * lettering.stretch * char_px / GLYPH_PX)
    for i, char in enumerate(text):
        if i and char not in " *" and text[i - 1] not in " *":
            x += lettering.gap * char_px
        if char in _SEPARATORS:
            size = {" ": lettering.space, "*": 0.55, "-": 0.26, "·": 0.11}[char] * char_px
            if char in "-·":
                bar = np.zeros((char_px, max(round(size), 2)), np.uint8)
                thick = max(round(0.12 * char_px), 1)
                bar[char_px // 2 - thick // 2 : char_px // 2 - thick // 2 + thick] = 255
                pieces.append((round(x), bar))
            x += size
            continue
        glyph = lettering.font.glyphs.get(char)
        if glyph is None or ord(char) > 0x3000:
            glyph = _han_for(char, han)
        width = max(round(glyph.shape[1] * lettering.stretch * char_px / GLYPH_PX), 2)
        glyph = np.asarray(cv2.resize(glyph, (width, char_px), interpolation=cv2.INTER_AREA), np.uint8)
        if lettering.font.monospaced and char in "1I" and width < cell:
            x += (cell - width) / 2
            pieces.append((round(x), glyph))
            x += (cell + width) / 2
        else:
            pieces.append((round(x), glyph))
            x += width
    row = np.zeros((char_px, max(round(x), 2) + 2), np.uint8)
    for left, ink in pieces:
        if ink is not None:
            part = row[:, left : left + ink.shape[1]]
            np.maximum(part, ink[:, : part.shape[1]], out=part)
    return row


@cache
def small_text(text: str, height_px: int, face: int = cv2.FONT_HERSHEY_DUPLEX) -> Mask:
    """A state's name, a slogan, a maker's name: mixed case, `height_px` capitals, as a mask."""
    thickness = max(height_px // 9, 1)
    (width, height), base = cv2.getTextSize(text, face, 1.0, 1)
    scale = height_px / height
    picture = np.zeros((round((height + base) * scale) + 8, round(width * scale) + 8), np.uint8)
    cv2.putText(picture, text, (4, round(height * scale) + 4), face, scale, 255, thickness, cv2.LINE_AA)
    columns, rows = np.flatnonzero(picture.max(0)), np.flatnonzero(picture.max(1))
    if not len(columns):
        return picture
    return picture[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def block_text(text: str, height_px: int, seed: int = 0) -> Mask:
    """Capitals and digits in one of our own alphabets."""
    return row_mask(text, max(height_px, 5), Lettering(stroke_font("din", seed % 6)))


def rounded(width: int, height: int, radius: int) -> Mask:
    """A filled rounded rectangle as a mask."""
    if radius < 2:
        return np.full((height, width), 255, np.uint8)
    mask = np.zeros((height, width), np.uint8)
    cv2.rectangle(mask, (radius, 0), (width - 1 - radius, height - 1), 255, -1)
    cv2.rectangle(mask, (0, radius), (width - 1, height - 1 - radius), 255, -1)
    for x in (radius, width - 1 - radius):
        for y in (radius, height - 1 - radius):
            cv2.circle(mask, (x, y), radius, 255, -1, cv2.LINE_AA)
    return mask


def outline(image: Picture, inset: int, thickness: int, radius: int, colour: Colour) -> None:
    """A rounded line around the plate, `inset` px from its edge."""
    height, width = image.shape[:2]
    outer = rounded(width - 2 * inset, height - 2 * inset, radius)
    t = max(thickness, 1)
    inner = rounded(max(width - 2 * inset - 2 * t, 2), max(height - 2 * inset - 2 * t, 2), max(radius - t, 0))
    outer[t : t + inner.shape[0], t : t + inner.shape[1]] = cv2.subtract(
        outer[t : t + inner.shape[0], t : t + inner.shape[1]], inner
    )
    paint(image, outer, inset, inset, colour)


def bolt(image: Picture, x: int, y: int, radius: int, colour: Colour) -> None:
    """A screw head or cap with a light edge and a soft shadow."""
    size = 2 * radius + 5
    disc = np.zeros((size, size), np.uint8)
    cv2.circle(disc, (size // 2, size // 2), radius, 255, -1, cv2.LINE_AA)
    paint(image, disc, x - size // 2 + 1, y - size // 2 + 1, (0, 0, 0), 0.35)
    paint(image, disc, x - size // 2, y - size // 2, colour)
    if radius >= 3:
        cv2.line(
            image,
            (x - radius + 2, y),
            (x + radius - 2, y),
            tuple(int(c * 0.55) for c in colour),
            1,
            cv2.LINE_AA,
        )


def compose(
    mark: Mark, lettering: Lettering, face: Face, char_px: int, han: int = 0
) -> tuple[Picture, Mask, list[tuple[int, int, int, int]]]:
    """Ground and serial of a plate.

    Returns:
        BGR picture, outline mask, and the box (x, y, width, height) of each row in px.
    """
    unit = char_px
    inks: list[Mask] = []
    for i, row in enumerate(mark.rows):
        inks.append(row_mask(row, max(round(unit * (face.second_row if i else 1.0)), 5), lettering, han))
    strip = round(face.strip * unit)
    widest = max(ink.shape[1] for ink in inks)
    width = strip + widest + 2 * round(face.margin_x * unit)
    if face.width is not None:
        fixed = round(face.width * unit)
        room = fixed - strip - round(0.3 * unit)
        if widest > room:
            # A text too long for the standard size is set narrower down to 0.8; beyond that the plate grows.
            narrower = max(room / widest, 0.8)
            inks = [
                np.asarray(
                    cv2.resize(
                        k, (max(round(k.shape[1] * narrower), 2), k.shape[0]), interpolation=cv2.INTER_AREA
                    ),
                    np.uint8,
                )
                for k in inks
            ]
            widest = max(ink.shape[1] for ink in inks)
        width = max(fixed, strip + widest + round(0.3 * unit))
    gap = round(face.row_gap * unit)
    top = round(face.margin_top * unit)
    height = (
        top + sum(ink.shape[0] for ink in inks) + gap * (len(inks) - 1) + round(face.margin_bottom * unit)
    )
    image: Picture = np.empty((height, width, 3), np.uint8)
    image[:] = face.ground
    if face.border > 0:
        outline(
            image,
            round(face.border_inset * unit),
            round(face.border * unit),
            round(face.corner * unit),
            face.ink,
        )
    boxes: list[tuple[int, int, int, int]] = []
    y = top
    for ink in inks:
        x = strip + (width - strip - ink.shape[1]) // 2
        boxes.append((x, y, ink.shape[1], ink.shape[0]))
        y += ink.shape[0] + gap
    for ink, (x, y, _, _) in zip(inks, boxes, strict=True):
        if face.emboss > 0:
            reach = max(round(0.03 * unit), 1)
            paint(image, ink, x - reach, y - reach, (255, 255, 255), face.emboss)
            paint(image, ink, x + reach, y + reach, (0, 0, 0), face.emboss)
        paint(image, ink, x, y, face.ink)
    return image, rounded(width, height, round(face.corner * unit)), boxes
