"""Character shapes for synthetic plates: our own pen strokes, and bold system fonts where installed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path as FilePath
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from anpr.training.strokes import SKELETONS, WIDTH_FACTORS, Path
from anpr.training.strokes_han import HAN
from anpr.training.typefaces import BOLD_FILES, HAN_FILES

#: Ink coverage, height by width, 255 = ink.
Mask = NDArray[np.uint8]
#: Height of a cached character, px. Plates are drawn smaller than this, so glyphs are only ever shrunk.
GLYPH_PX = 96
LETTERS_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
SUFFIXES = "港澳学警挂领使"

Family = Literal["wright", "din", "narrow", "blunt"]


@dataclass(frozen=True, slots=True)
class PenStyle:
    """How the strokes of one alphabet are drawn; lengths as parts of the character height."""

    width: float
    pen: float
    roundness: float
    flat: bool
    seed: int


@dataclass(frozen=True, slots=True)
class Font:
    """An alphabet: character to mask of `GLYPH_PX` rows. `monospaced` fonts give 1 and I a full cell."""

    name: str
    glyphs: dict[str, Mask]
    monospaced: bool

    def covers(self, text: str) -> bool:
        """Whether every character of `text` can be drawn."""
        return all(c in self.glyphs for c in text)


def _rounded(
    path: Path, scale: NDArray[np.float64], radius_px: float
) -> list[tuple[NDArray[np.float64], bool]]:
    """Pieces of a path in pixels: (points, straight)."""
    points = [np.array([v.x, v.y]) * scale for v in path.vertices]
    count = len(points)
    pieces: list[tuple[NDArray[np.float64], bool]] = []
    entries: list[NDArray[np.float64]] = []
    exits: list[NDArray[np.float64]] = []
    for i, point in enumerate(points):
        softness = path.vertices[i].round
        if softness <= 0 or (not path.closed and i in (0, count - 1)):
            entries.append(point)
            exits.append(point)
            continue
        before, after = points[i - 1] - point, points[(i + 1) % count] - point
        length_b, length_a = float(np.hypot(*before)), float(np.hypot(*after))
        reach_b = min(radius_px * softness, 0.5 * length_b)
        reach_a = min(radius_px * softness, 0.5 * length_a)
        start, end = point + before / length_b * reach_b, point + after / length_a * reach_a
        t = np.linspace(0, 1, 9)[:, None]
        # A cubic whose handles reach 0.55 of the way to the corner is a quarter ellipse.
        a, b = start + (point - start) * 0.55, end + (point - end) * 0.55
        pieces.append(
            ((1 - t) ** 3 * start + 3 * (1 - t) ** 2 * t * a + 3 * (1 - t) * t**2 * b + t**3 * end, False)
        )
        entries.append(start)
        exits.append(end)
    pieces += [
        (np.stack([exits[i], entries[(i + 1) % count]]), True)
        for i in range(count if path.closed else count - 1)
    ]
    return pieces


def _draw(paths: tuple[Path, ...], size: tuple[int, int], pen_px: float, style: PenStyle) -> Mask:
    """Strokes as a mask of `size` (height, width), drawn at three times the size and shrunk."""
    over = 3
    height, width = size[0] * over, size[1] * over
    pen = max(pen_px * over, 3.0)
    scale = np.array([max(width - pen, 0.0), height - pen])
    mask = np.zeros((height, width), np.uint8)
    radius_px = style.roundness * 0.5 * float(scale[0]) if scale[0] > 0 else 0.0
    for path in paths:
        for piece, straight in _rounded(path, scale, radius_px):
            line = piece + pen / 2
            if straight and style.flat:
                along = line[1] - line[0]
                length = float(np.hypot(*along))
                if length < 1e-6:
                    continue
                along /= length
                upright = min(abs(along[0]), abs(along[1])) < 0.05
                reach = along * (pen / 2 if upright else pen * 0.8)
                # Ends that run into an arc must not stick out of it.
                # Slanted strokes only run on where the edge of the character cuts them off.
                ends = [
                    _sharp(path, scale, point) and (upright or min(point[1], scale[1] - point[1]) < 1e-6)
                    for point in piece
                ]
                start = line[0] - reach * ends[0]
                end = line[1] + reach * ends[1]
                side = np.array([-along[1], along[0]]) * pen / 2
                quad = np.stack([start + side, end + side, end - side, start - side])
                if not upright:
                    cv2.polylines(
                        mask, [np.round(line * 16).astype(np.int32)], False, 255, round(pen), cv2.LINE_8, 4
                    )
                cv2.fillConvexPoly(mask, np.round(quad * 16).astype(np.int32), 255, cv2.LINE_8, 4)
            else:
                cv2.polylines(
                    mask, [np.round(line * 16).astype(np.int32)], False, 255, round(pen), cv2.LINE_8, 4
                )
    return np.asarray(cv2.resize(mask, (size[1], size[0]), interpolation=cv2.INTER_AREA), np.uint8)


def _sharp(path: Path, scale: NDArray[np.float64], point: NDArray[np.float64]) -> bool:
    return any(math.hypot(*(np.array([v.x, v.y]) * scale - point)) < 1e-6 for v in path.vertices)


@cache
def stroke_font(family: Family, seed: int) -> Font:
    """One of endlessly many pen alphabets of a family; the same seed gives the same alphabet.

    Widths and pens follow the drawings: Charles Wright 50 to 57 mm wide, 79 mm high, pen 14 mm; FE 47 by
    75, pen 10; China 45 by 90, pen 11. The blunt one is Brazil's: corners so short that O comes near D.
    """
    rng = np.random.default_rng([seed, ("wright", "din", "narrow", "blunt").index(family)])
    width, pen, flat = {
        "wright": (0.64, 0.165, 0.85),
        "din": (0.6, 0.135, 0.7),
        "narrow": (0.48, 0.125, 0.4),
        "blunt": (0.66, 0.15, 1.0),
    }[family]
    style = PenStyle(
        width=width * rng.uniform(0.9, 1.14),
        pen=pen * rng.uniform(0.8, 1.2),
        roundness=_roundness(rng, family),
        flat=bool(rng.random() < flat),
        seed=seed,
    )
    pen_px = style.pen * GLYPH_PX
    glyphs: dict[str, Mask] = {}
    for char, variants in SKELETONS.items():
        if char == "0":
            variant = int(rng.integers(4)) if rng.random() < 0.12 else 0
        else:
            variant = int(rng.integers(len(variants)))
        if family == "wright" and char == "J":
            # Its J is a plain hook: with a bar on top it would be the flat-topped 3 of the same plates.
            variant = 0
        paths = variants[variant]
        width_px = round(style.width * GLYPH_PX * WIDTH_FACTORS.get(char, 1.0))
        bar = char in "1I" and len(paths) == 1 and len(paths[0].vertices) == 2
        if bar:
            width_px = math.ceil(pen_px)
        elif char in "1I":
            width_px = round(width_px * 0.66)
        glyphs[char] = _draw(paths, (GLYPH_PX, width_px), pen_px, style)
    for char, paths in HAN.items():
        glyphs[char] = _draw(paths, (GLYPH_PX, round(0.52 * GLYPH_PX)), 0.07 * GLYPH_PX, style)
    return Font(f"{family}-{seed}", glyphs, monospaced=bool(rng.random() < 0.25))


def _roundness(rng: np.random.Generator, family: Family) -> float:
    """How much of the largest possible corner an alphabet takes."""
    if family == "narrow":
        return rng.uniform(0.6, 1.0)
    if family == "blunt":
        return rng.uniform(0.35, 0.65)
    return float(rng.choice([1.0, 1.0, 0.8, 0.6]))


_FONT_DIRS = (FilePath("/usr/share/fonts"), FilePath("/usr/local/share/fonts"), FilePath.home() / ".fonts")


@cache
def installed() -> dict[str, FilePath]:
    """Font files of this machine by name."""
    return {
        p.name: p
        for d in _FONT_DIRS
        if d.is_dir()
        for p in d.rglob("*")
        if p.suffix in {".ttf", ".otf", ".ttc"}
    }


def _type_mask(font: ImageFont.FreeTypeFont, char: str, top: int, bottom: int) -> Mask | None:
    left, _, right, own_bottom = font.getbbox(char)
    # A Q or J that hangs below the line is squeezed into the line, as on a plate.
    bottom = max(bottom, int(own_bottom)) if char in "QJ" else bottom
    picture = Image.new("L", (math.ceil(right - left) + 8, bottom + 24))
    ImageDraw.Draw(picture).text((4 - left, 0), char, font=font, fill=255)
    ink = np.asarray(picture)[top:bottom]
    columns = np.flatnonzero(ink.max(0) > 40)
    if not len(columns):
        return None
    ink = ink[:, columns[0] : columns[-1] + 1]
    width = max(round(ink.shape[1] * GLYPH_PX / ink.shape[0]), 4)
    return np.asarray(cv2.resize(ink, (width, GLYPH_PX), interpolation=cv2.INTER_AREA), np.uint8)


@cache
def system_fonts() -> tuple[Font, ...]:
    """Bold sans fonts found on this machine, at most one of each name; empty when none is installed."""
    fonts: list[Font] = []
    for name in BOLD_FILES:
        path = installed().get(name)
        if path is None:
            continue
        face = ImageFont.truetype(str(path), 140)
        _, top, _, bottom = face.getbbox("H")
        glyphs = {c: _type_mask(face, c, int(top), int(bottom)) for c in LETTERS_DIGITS}
        fonts.append(
            Font(
                path.stem,
                {c: g for c, g in glyphs.items() if g is not None},
                monospaced="Mono" in name or "Code" in name,
            )
        )
    return tuple(fonts)


@cache
def han_fonts() -> tuple[Font, ...]:
    """Alphabets of the Chinese characters of mainland plates.

    Without a Chinese font (Debian: `fonts-wqy-zenhei` or `fonts-noto-cjk`) only 粤, 港 and 澳 can be drawn,
    from our own strokes.
    """
    fonts = [
        Font(f"strokes-{s}", {c: stroke_font("narrow", s).glyphs[c] for c in HAN}, monospaced=True)
        for s in (1, 2, 3)
    ]
    for name in HAN_FILES:
        path = installed().get(name)
        if path is None:
            continue
        face = ImageFont.truetype(str(path), 110)
        glyphs: dict[str, Mask] = {}
        for char in PROVINCES + SUFFIXES:
            left, top, right, bottom = face.getbbox(char)
            picture = Image.new("L", (math.ceil(right - left), math.ceil(bottom - top)))
            ImageDraw.Draw(picture).text(
                (-left, -top), char, font=face, fill=255, stroke_width=2 if "Bold" not in name else 0
            )
            glyphs[char] = np.asarray(
                picture.resize((round(GLYPH_PX * 0.52), GLYPH_PX), Image.Resampling.LANCZOS), np.uint8
            )
        fonts.append(Font(path.stem, glyphs, monospaced=True))
    return tuple(fonts)


def provinces() -> str:
    """Province characters that can be drawn on this machine: 粤 alone where no Chinese font is installed."""
    return "".join(char for char in PROVINCES if any(char in font.glyphs for font in han_fonts()))


def any_font(rng: np.random.Generator, family: Family, *, own_share: float = 0.72, seeds: int = 40) -> Font:
    """A random alphabet: mostly one of `seeds` pen alphabets of the family, else a bold system font."""
    # Chance is drawn in the same order whether or not fonts are installed.
    own = rng.random() < own_share
    fonts = () if own else system_fonts()
    if not fonts:
        return stroke_font(family, int(rng.integers(seeds)))
    return fonts[int(rng.integers(len(fonts)))]
