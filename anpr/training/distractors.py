"""Things that look like plates and are none: road signs, posters, captions, lettering, bright panes.

They teach the detector that letters alone do not make a plate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from anpr.training.captions import board, caption
from anpr.training.fonts import any_font

if TYPE_CHECKING:
    from numpy.random import Generator

    from anpr.types import Box, Image

#: Panel and ink colours, BGR: motorway, town, direction, works, information, poster.
_PANELS = (
    ((60, 110, 20), (245, 245, 245)),
    ((150, 70, 10), (245, 245, 245)),
    ((240, 240, 240), (20, 20, 20)),
    ((40, 190, 250), (15, 15, 15)),
    ((30, 60, 100), (240, 240, 240)),
    ((30, 30, 200), (245, 245, 245)),
    ((225, 225, 225), (170, 60, 20)),
)
_LETTERS = "ABCDEFGHIJKLMNOPRSTUVWXYZ"
MOST_AT_ONCE = 4
#: Share of lettering and panes that go onto the bodywork beside a plate, where badges and stickers are.
NEAR_SHARE = 0.5


def distract(canvas: Image, boxes: np.ndarray, rng: Generator, near: tuple[Box, ...] = ()) -> None:
    """Draws up to `MOST_AT_ONCE` distractors into a picture, away from its plates.

    Args:
        canvas: picture to draw into, height x width x 3, BGR.
        boxes: plate boxes to keep clear of, n x 4.
        rng: source of all chance.
        near: plates, or places of plates, around which badges and stickers are wanted.
    """
    height, width = canvas.shape[:2]
    everywhere = (0, 0, width, height)
    for _ in range(int(rng.integers(1, MOST_AT_ONCE + 1))):
        kind = rng.random()
        size_px = round(width * float(np.exp(rng.uniform(np.log(0.03), np.log(0.5)))))
        made: tuple[Image, np.ndarray] | None
        if kind < 0.2:
            made, zone = _panel(rng, min(size_px, width // 4)), (0, 0, width, round(0.65 * height))
        elif kind < 0.5:
            made, zone = board(rng, size_px), (0, 0, width, round(0.85 * height))
        elif kind < 0.68:
            made, zone = caption(rng, round(width * rng.uniform(0.1, 0.7))), everywhere
        else:
            place = near[int(rng.integers(len(near)))] if near and rng.random() < NEAR_SHARE else None
            wide = (
                width * rng.uniform(0.06, 0.4)
                if place is None
                else (place[2] - place[0]) * rng.uniform(0.3, 1.6)
            )
            made = _lettering(rng, round(wide)) if kind < 0.86 else _pane(rng, round(wide * 0.4))
            zone = everywhere if place is None else _around(place, width, height)
        if made is not None:
            _place(canvas, *made, boxes, zone, rng)


def _around(place: Box, width: int, height: int) -> tuple[int, int, int, int]:
    """The bodywork around a plate's place: a window in the picture, left, top, right, bottom."""
    wide = place[2] - place[0]
    return (
        max(0, round(place[0] - 2 * wide)),
        max(0, round(place[1] - 1.8 * wide)),
        min(width, round(place[2] + 2 * wide)),
        min(height, round(place[3] + 1.0 * wide)),
    )


def _words(rng: Generator, letters: int) -> str:
    digits = rng.random() < 0.25
    source = "0123456789" if digits else _LETTERS
    return "".join(rng.choice(list(source), letters))


def _line(rng: Generator, text: str, height_px: int) -> np.ndarray:
    """One line of lettering as a mask, 255 = ink."""
    font = any_font(rng, "wright" if rng.random() < 0.5 else "din", own_share=0.4)
    gap = np.zeros((height_px, max(1, round(height_px * rng.uniform(0.05, 0.2)))), np.uint8)
    space = np.zeros((height_px, max(1, round(height_px * 0.45))), np.uint8)
    parts: list[np.ndarray] = []
    for character in text:
        glyph = font.glyphs.get(character)
        if glyph is None:
            parts.append(space)
            continue
        wide = max(1, round(glyph.shape[1] * height_px / glyph.shape[0]))
        parts += [np.asarray(cv2.resize(glyph, (wide, height_px), interpolation=cv2.INTER_AREA)), gap]
    return np.concatenate(parts, axis=1)


def _panel(rng: Generator, width_px: int) -> tuple[Image, np.ndarray]:
    """A sign with one to five lines; a single line is long and small, unlike a plate's."""
    ground, ink = _PANELS[int(rng.integers(len(_PANELS)))]
    rows = int(rng.choice([1, 2, 3, 4, 5], p=[0.15, 0.2, 0.25, 0.25, 0.15]))
    width_px = max(12, width_px)
    height_px = max(8, round(width_px * rng.uniform(0.16, 0.35) * rows * rng.uniform(0.6, 1.1)))
    patch = np.empty((height_px, width_px, 3), np.float32)
    patch[:] = np.array(ground) + rng.normal(0, 12, 3)
    room = height_px / rows
    for row in range(rows):
        words = " ".join(_words(rng, int(rng.integers(2, 10))) for _ in range(int(rng.integers(1, 3))))
        mask = _line(rng, words, max(3, round(room * rng.uniform(0.35, 0.7))))
        fits = min(1.0, 0.92 * width_px / mask.shape[1])
        size = (max(1, round(mask.shape[1] * fits)), max(1, round(mask.shape[0] * min(1.0, fits * 1.5))))
        mask = np.asarray(cv2.resize(mask, size, interpolation=cv2.INTER_AREA))
        x = (width_px - size[0]) // 2 if rng.random() < 0.6 else round(0.04 * width_px)
        y = round(row * room + (room - size[1]) / 2)
        view = patch[max(0, y) : y + size[1], x : x + size[0]]
        part = mask[: view.shape[0], : view.shape[1], None] / 255
        view[:] = view * (1 - part) + np.array(ink) * part
    return np.clip(patch * rng.uniform(0.5, 1.05), 0, 255).astype(np.uint8), np.ones(
        (height_px, width_px), np.float32
    )


def _lettering(rng: Generator, width_px: int) -> tuple[Image, np.ndarray]:
    """Letters without a ground: captions, badges, lettering on a van."""
    mask = _line(
        rng, " ".join(_words(rng, int(rng.integers(2, 9))) for _ in range(int(rng.integers(1, 4)))), 40
    )
    size = (max(8, width_px), max(4, round(mask.shape[0] * width_px / mask.shape[1])))
    alpha = np.asarray(cv2.resize(mask, size, interpolation=cv2.INTER_AREA)).astype(np.float32) / 255
    colour = rng.integers(0, 256, 3) if rng.random() < 0.4 else np.full(3, rng.choice([15, 235]))
    patch = np.empty((*alpha.shape, 3), np.uint8)
    patch[:] = colour
    return patch, alpha * np.float32(rng.uniform(0.6, 1.0))


def _pane(rng: Generator, width_px: int) -> tuple[Image, np.ndarray]:
    """A bright or dark empty rectangle: a window, a lamp, a reflector, a sticker."""
    width_px = max(8, width_px)
    height_px = max(5, round(width_px * rng.uniform(0.2, 0.9)))
    patch = np.empty((height_px, width_px, 3), np.uint8)
    patch[:] = rng.integers(0, 256, 3) if rng.random() < 0.5 else np.full(3, int(rng.choice([20, 210, 250])))
    patch = np.asarray(cv2.GaussianBlur(patch, (0, 0), 1 + height_px * 0.05), dtype=np.uint8)
    alpha = np.ones((height_px, width_px), np.float32)
    alpha[0] = alpha[-1] = alpha[:, 0] = alpha[:, -1] = 0.5
    return patch, alpha


def _place(
    canvas: Image,
    patch: Image,
    alpha: np.ndarray,
    boxes: np.ndarray,
    zone: tuple[int, int, int, int],
    rng: Generator,
) -> None:
    """Blends a patch into a zone of the picture where it touches no plate; gives up after a few tries."""
    tall, wide = alpha.shape
    left, top, right, bottom = zone
    if tall >= bottom - top or wide >= right - left:
        return
    for _ in range(6):
        x = int(rng.integers(left, right - wide))
        y = int(rng.integers(top, bottom - tall))
        clear = (
            (boxes[:, 0] > x + wide + 4)
            | (boxes[:, 2] < x - 4)
            | (boxes[:, 1] > y + tall + 4)
            | (boxes[:, 3] < y - 4)
        )
        if not clear.all():
            continue
        soft = rng.uniform(0.2, 1.0)
        part = cv2.GaussianBlur(alpha, (0, 0), soft)[..., None]
        view = canvas[y : y + tall, x : x + wide]
        view[:] = np.clip(view * (1 - part) + cv2.GaussianBlur(patch, (0, 0), soft) * part, 0, 255).astype(
            np.uint8
        )
        return
