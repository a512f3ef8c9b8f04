"""What is printed on American plates beside the serial: coloured grounds and stickers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from anpr.training import marks
from anpr.training.plates import block_text, paint, shade

if TYPE_CHECKING:
    from anpr.training.plates import Colour, Picture


def choice(rng: np.random.Generator, options: tuple[Colour, ...]) -> Colour:
    """One of the colours, evenly."""
    return options[int(rng.integers(len(options)))]


def scenery(rng: np.random.Generator, height: int, width: int, ground: Colour) -> Picture:
    """A printed American ground: fades, hills, blobs and rays in pale colours."""
    other = choice(
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
            choice(
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
    return picture


def stickers(rng: np.random.Generator, image: Picture, unit: int) -> None:
    """Month and year stickers in the corners."""
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
                    choice(
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
