"""Taking real plates out of a street picture and laying drawn ones in, with the light of the place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.random import Generator

    from anpr.types import Box, Image

#: Share of pictures turned to night.
NIGHT_SHARE = 0.12
#: Paint of vehicles, BGR: most are dark or pale, a cross-boundary car nearly always black.
DARK_PAINTS = ((14, 13, 12), (26, 24, 23), (38, 34, 32))
PALE_PAINTS = ((225, 226, 226), (240, 238, 236), (200, 205, 206))
PAINTS = (
    *DARK_PAINTS,
    (60, 56, 54),
    PALE_PAINTS[0],
    (170, 168, 166),
    (30, 26, 120),
    (110, 60, 25),
    (40, 165, 225),
    (30, 110, 235),
    (130, 40, 215),
    (90, 150, 60),
)


def repaint(canvas: Image, box: Box, rng: Generator, paints: Sequence[tuple[int, int, int]]) -> None:
    """Gives the bodywork around a plate another paint, shading and edges kept.

    Args:
        canvas: picture to paint in.
        box: the plate's place, px.
        rng: source of all chance.
        paints: to choose from, BGR: in nearly black paint the edge of a black plate is lost, in a pale one
            that of a white plate.
    """
    wide, tall = box[2] - box[0], box[3] - box[1]
    middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
    reach = (rng.uniform(0.9, 2.2) * wide, rng.uniform(0.9, 1.6) * max(wide * 0.6, tall))
    height, width = canvas.shape[:2]
    x1, y1 = max(0, int(middle[0] - reach[0])), max(0, int(middle[1] - reach[1]))
    x2, y2 = min(width, int(middle[0] + reach[0]) + 1), min(height, int(middle[1] + reach[1]) + 1)
    if x2 - x1 < 8 or y2 - y1 < 8:
        return
    paint = np.array(paints[int(rng.integers(len(paints)))], np.float32) + rng.normal(0, 5, 3)
    view = canvas[y1:y2, x1:x2]
    grey = cv2.cvtColor(view, cv2.COLOR_BGR2GRAY).astype(np.float32)
    shading = np.clip(grey / max(20.0, float(np.median(grey))), 0.35, 2.2)[..., None]
    painted = np.clip(paint * (1 + (shading - 1) * rng.uniform(0.3, 0.9)) + rng.uniform(0, 8), 0, 255)
    mask = np.zeros(grey.shape, np.float32)
    inner = (round((x2 - x1) * 0.16), round((y2 - y1) * 0.16))
    mask[inner[1] : y2 - y1 - inner[1], inner[0] : x2 - x1 - inner[0]] = 1
    mask = cv2.GaussianBlur(mask, (0, 0), max(1.0, 0.06 * (x2 - x1)))[..., None] * rng.uniform(0.85, 1.0)
    view[:] = (view * (1 - mask) + painted * mask).astype(np.uint8)


def warp_in(
    canvas: Image, plate: Image, quad: np.ndarray, glow: np.ndarray, *, light: np.ndarray, soft_px: float
) -> None:
    """Warps a flat plate onto four corners of the canvas, lit and softened."""
    margin = 6
    x1, y1 = np.floor(quad.min(0)).astype(int) - margin
    x2, y2 = np.ceil(quad.max(0)).astype(int) + margin
    x1, y1, x2, y2 = max(0, x1), max(0, y1), min(canvas.shape[1], x2), min(canvas.shape[0], y2)
    if x2 - x1 < 4 or y2 - y1 < 4:
        return
    shrink = max(1.0, plate.shape[1] / max(8.0, float(np.linalg.norm(quad[1] - quad[0]))) / 2)
    if shrink > 1:
        plate = cv2.resize(plate, None, fx=1 / shrink, fy=1 / shrink, interpolation=cv2.INTER_AREA)
    height, width = plate.shape[:2]
    source = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    # Half-resolution aliasing is avoided by warping at twice the size and averaging down.
    matrix = cv2.getPerspectiveTransform(source, (quad - [x1, y1]).astype(np.float32) * 2)
    size = ((x2 - x1) * 2, (y2 - y1) * 2)
    drawn = cv2.warpPerspective(plate, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    mask = cv2.warpPerspective(np.full((height, width), 255, np.uint8), matrix, size)
    half = (x2 - x1, y2 - y1)
    drawn = cv2.resize(drawn, half, interpolation=cv2.INTER_AREA).astype(np.float32)
    alpha = cv2.resize(mask, half, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    drawn = cv2.GaussianBlur(drawn, (0, 0), soft_px)
    alpha = cv2.GaussianBlur(alpha, (0, 0), soft_px * 0.8)[..., None]
    lit = np.clip(drawn * light, 0, 255)
    place = canvas[y1:y2, x1:x2]
    place[:] = np.clip(place * (1 - alpha) + lit * alpha, 0, 255).astype(np.uint8)
    bright = drawn.mean(2) / 255 * alpha[..., 0]
    glow[y1:y2, x1:x2] = np.maximum(glow[y1:y2, x1:x2], bright)


def remove_plate(canvas: Image, box: Box) -> None:
    """Paints a plate over with its surroundings."""
    grow_x, grow_y = max(2, 0.06 * (box[2] - box[0])), max(2, 0.1 * (box[3] - box[1]))
    height, width = canvas.shape[:2]
    x1, y1 = int(max(0, box[0] - grow_x)), int(max(0, box[1] - grow_y))
    x2, y2 = int(min(width, box[2] + grow_x)), int(min(height, box[3] + grow_y))
    pad = max(4, (y2 - y1) // 3)
    ax, ay, bx, by = max(0, x1 - pad), max(0, y1 - pad), min(width, x2 + pad), min(height, y2 + pad)
    region = canvas[ay:by, ax:bx]
    shrink = max(1.0, (bx - ax) / 80)
    small = cv2.resize(region, None, fx=1 / shrink, fy=1 / shrink, interpolation=cv2.INTER_AREA)
    mask = np.zeros(small.shape[:2], np.uint8)
    mask[
        int((y1 - ay) / shrink) : int(np.ceil((y2 - ay) / shrink)),
        int((x1 - ax) / shrink) : int(np.ceil((x2 - ax) / shrink)),
    ] = 255
    if mask.all():
        return
    filled = cv2.resize(
        cv2.inpaint(small, mask, 3, cv2.INPAINT_TELEA), (bx - ax, by - ay), interpolation=cv2.INTER_LINEAR
    )
    canvas[y1:y2, x1:x2] = filled[y1 - ay : y2 - ay, x1 - ax : x2 - ax]


def light_of(original: Image, box: Box, rng: Generator) -> np.ndarray:
    """Colour gain of the place, from the brightest part of the plate that hung there."""
    x1, y1, x2, y2 = (int(v) for v in box)
    place = original[max(0, y1) : max(y2, y1 + 1), max(0, x1) : max(x2, x1 + 1)].reshape(-1, 3)
    bright = np.percentile(place.mean(1), 92) if len(place) else 200.0
    gain = float(np.clip(bright / 225 * rng.uniform(0.85, 1.25), 0.3, 1.2))
    tint = 1 + rng.normal(0, 0.03, 3)
    light: np.ndarray = (gain * tint).astype(np.float32)
    return light


def finish(image: Image, glow: np.ndarray, rng: Generator) -> Image:
    """Night, softness of a far lens, sensor noise and compression over the whole picture."""
    out = image.astype(np.float32)
    if rng.random() < NIGHT_SHARE:
        dark = rng.uniform(0.12, 0.45)
        halo = cv2.GaussianBlur(glow, (0, 0), rng.uniform(1, 4)) * rng.uniform(0.1, 0.6)
        lit = (np.clip(glow, 0, 1) * rng.uniform(0.4, 1.1) + halo)[..., None]
        out = out * np.maximum(dark, np.minimum(lit, 1.6)) + halo[..., None] * 60
    if rng.random() < 0.2:
        shrink = rng.uniform(1.3, 2.4)
        small = cv2.resize(out, None, fx=1 / shrink, fy=1 / shrink, interpolation=cv2.INTER_AREA)
        out = cv2.resize(small, (out.shape[1], out.shape[0]), interpolation=cv2.INTER_CUBIC)
    if rng.random() < 0.5:
        cv2.setRNGSeed(int(rng.integers(2**31)))  # OpenCV draws noise ten times faster
        out += cv2.randn(np.empty(out.shape, np.float32), 0.0, rng.uniform(1, 7))
    ok, data = cv2.imencode(
        ".jpg", np.clip(out, 0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(45, 95))]
    )
    if not ok:
        raise RuntimeError("a composed picture could not be encoded")
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), dtype=np.uint8)
