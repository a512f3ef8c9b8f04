"""Captions and watermarks over a picture, and sign boards in it: letters of every sort that are no plate."""

from __future__ import annotations

import string
from functools import cache
from typing import TYPE_CHECKING

import cv2
import numpy as np
from PIL import Image as Pictures
from PIL import ImageDraw, ImageFont

from anpr.training.fonts import installed

if TYPE_CHECKING:
    from numpy.random import Generator

    from anpr.types import Image

#: Font size lines are set in before they are scaled, px.
SET_PX = 44
#: Ground, ink and edge of sign boards, BGR: warning, direction, motorway, regulation, works, brown, neon.
BOARDS = (
    ((20, 190, 250), (15, 15, 15)),
    ((20, 190, 250), (15, 15, 15)),
    ((242, 242, 242), (20, 20, 20)),
    ((242, 242, 242), (20, 20, 20)),
    ((60, 105, 10), (245, 245, 245)),
    ((60, 105, 10), (245, 245, 245)),
    ((140, 60, 5), (245, 245, 245)),
    ((20, 110, 245), (15, 15, 15)),
    ((30, 55, 95), (240, 240, 240)),
    ((30, 25, 200), (245, 245, 245)),
    ((20, 20, 20), (250, 240, 120)),
    ((225, 240, 225), (60, 110, 20)),
)
_UNITS = ("km", "KM", "m", "km/h", "mph", "t", "am-7pm", "%", "mi")
_STYLES = ("Serif", "Mono", "Italic", "Oblique", "Hairline", "Thin", "Light", "Math", "Book")


@cache
def _faces() -> tuple[ImageFont.FreeTypeFont, ...]:
    """Text fonts of this machine, sans and a few others; empty when none is installed."""
    wanted = sorted(
        name
        for name in installed()
        if name.startswith(
            ("DejaVu", "Liberation", "FreeSans", "FreeSerif", "Roboto", "Lato", "OpenSans", "Cabin")
        )
    )
    plain = [name for name in wanted if not any(style in name for style in _STYLES)]
    chosen = [*plain, *[name for name in wanted if name not in plain][::4]]
    return tuple(ImageFont.truetype(str(installed()[name]), SET_PX) for name in chosen)


def words(rng: Generator) -> str:
    """A few words and numbers as signs and captions have them; never of a plate's form alone."""

    def word() -> str:
        letters = "".join(rng.choice(list(string.ascii_lowercase), int(rng.integers(2, 10))))
        return (letters, letters.capitalize(), letters.upper())[int(rng.integers(3))]

    def number() -> str:
        return str(int(rng.integers(1, 1000))) + (" " + str(rng.choice(_UNITS)) if rng.random() < 0.6 else "")

    parts = [word() if rng.random() < 0.75 else number() for _ in range(int(rng.integers(1, 4)))]
    return " ".join(parts)


def line(rng: Generator, text: str) -> np.ndarray | None:
    """A line of type as a mask, 255 = ink; None when no font is installed."""
    faces = _faces()
    if not faces:
        return None
    face = faces[int(rng.integers(len(faces)))]
    left, top, right, bottom = (int(v) for v in face.getbbox(text))
    if right - left < 4 or bottom - top < 4:
        return None
    sheet = Pictures.new("L", (right - left + 4, bottom - top + 4))
    ImageDraw.Draw(sheet).text((2 - left, 2 - top), text, font=face, fill=255)
    return np.asarray(sheet, np.uint8)


def caption(rng: Generator, width_px: int) -> tuple[Image, np.ndarray] | None:
    """One to three lines of a watermark or title, bare or on a see-through bar; patch and its alpha."""
    lines = [
        made for made in (line(rng, words(rng)) for _ in range(int(rng.integers(1, 4)))) if made is not None
    ]
    if not lines:
        return None
    mask = _stack(lines, 0.2, rng)
    size = (max(8, width_px), max(4, round(mask.shape[0] * width_px / mask.shape[1])))
    ink = np.asarray(cv2.resize(mask, size, interpolation=cv2.INTER_AREA)).astype(np.float32) / 255
    pad = max(2, round(0.15 * size[1] / len(lines)))
    ink = np.pad(ink, pad)
    colour = np.full(3, 245.0) if rng.random() < 0.7 else rng.integers(0, 256, 3).astype(np.float64)
    if rng.random() < 0.35:  # on a bar
        bar = np.full(3, 20.0) if colour.mean() > 128 else np.full(3, 240.0)
        patch = bar + (colour - bar) * ink[..., None]
        return patch.astype(np.uint8), np.maximum(ink, np.float32(rng.uniform(0.35, 1.0)))
    shadow = np.zeros_like(ink)
    if rng.random() < 0.4:
        shadow[1:, 1:] = ink[:-1, :-1] * 0.7
    patch = np.where(ink[..., None] >= shadow[..., None], colour, 10.0)
    return patch.astype(np.uint8), np.maximum(ink, shadow) * np.float32(rng.uniform(0.55, 1.0))


def board(rng: Generator, width_px: int) -> tuple[Image, np.ndarray] | None:
    """A road sign with one to four lines, framed, upright or seen askew, with a post now and then."""
    lines = [
        made for made in (line(rng, words(rng)) for _ in range(int(rng.integers(1, 5)))) if made is not None
    ]
    if not lines:
        return None
    ground, ink_colour = BOARDS[int(rng.integers(len(BOARDS)))]
    mask = _stack(lines, rng.uniform(0.15, 0.5), rng)
    pad = round(SET_PX * rng.uniform(0.15, 0.6))
    mask = np.pad(mask, pad)
    if rng.random() < 0.6:
        inset = max(2, round(pad * rng.uniform(0.1, 0.5)))
        cv2.rectangle(
            mask, (inset, inset), (mask.shape[1] - inset, mask.shape[0] - inset), 255, int(rng.integers(2, 6))
        )
    part = mask[..., None].astype(np.float32) / 255
    face = np.array(ground) + (np.array(ink_colour, np.float32) - np.array(ground)) * part
    face = face * rng.uniform(0.4, 1.05)
    width_px = max(10, width_px)
    height_px = max(5, round(mask.shape[0] * width_px / mask.shape[1] * rng.uniform(0.85, 1.3)))
    post = round(height_px * rng.uniform(0.5, 1.5)) if rng.random() < 0.4 else 0
    patch = np.full((height_px + post, width_px, 3), 120, np.uint8)
    alpha = np.zeros((height_px + post, width_px), np.float32)
    flat = np.clip(face, 0, 255).astype(np.uint8)
    patch[:height_px] = cv2.resize(flat, (width_px, height_px), interpolation=cv2.INTER_AREA)
    alpha[:height_px] = 1
    if post:
        thick = max(1, round(width_px * rng.uniform(0.02, 0.07)))
        for at in (0.5,) if rng.random() < 0.6 else (0.15, 0.85):
            x = round(at * width_px)
            patch[height_px:, x : x + thick] = int(rng.integers(50, 180))
            alpha[height_px:, x : x + thick] = 1
    if rng.random() < 0.6:
        lean = rng.uniform(-0.18, 0.18)
        matrix = np.array([[1, 0, 0], [lean, 1, max(0.0, -lean) * width_px]], np.float32)
        size = (width_px, height_px + post + round(abs(lean) * width_px))
        patch = np.asarray(cv2.warpAffine(patch, matrix, size, borderMode=cv2.BORDER_REPLICATE), np.uint8)
        alpha = np.asarray(cv2.warpAffine(alpha, matrix, size), np.float32)
    return patch, alpha


def _stack(lines: list[np.ndarray], gap: float, rng: Generator) -> np.ndarray:
    """Lines under one another, left or centred."""
    wide = max(made.shape[1] for made in lines)
    centred = rng.random() < 0.6
    space = np.zeros((round(SET_PX * gap), wide), np.uint8)
    rows: list[np.ndarray] = []
    for made in lines:
        left = (wide - made.shape[1]) // 2 if centred else 0
        rows += [np.pad(made, ((0, 0), (left, wide - made.shape[1] - left))), space]
    return np.concatenate(rows[:-1])
