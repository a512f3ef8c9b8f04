"""What stands between a plate and its pixels: pose, light, weather, optics, sensor, compression.

Each effect takes and returns a BGR uint8 picture; `strength` 0..1 goes from hardly visible to as bad
as a person can still read.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from anpr.training.plates import Picture

    Quad = NDArray[np.float32]


def pose(rng: np.random.Generator, width: float, height: float, *, oblique: float | None = None) -> Quad:
    """Corners of a flat plate seen from a car, clockwise from top left, around the origin.

    Yaw to 60 degrees, pitch to 25, roll to 8 with slanted mounting; near plates get visible perspective.
    """
    spread = rng.random() if oblique is None else oblique
    if spread < 0.45:
        yaw, pitch = rng.normal(0, 10), rng.normal(0, 6)
    elif spread < 0.85:
        yaw, pitch = rng.uniform(-42, 42), rng.normal(4, 8)
    else:
        yaw, pitch = rng.choice([-1, 1]) * rng.uniform(38, 60), rng.normal(6, 9)
    roll = rng.normal(0, 2.5) if rng.random() < 0.8 else rng.uniform(-14, 14)
    return project(
        width,
        height,
        yaw_deg=yaw,
        pitch_deg=float(np.clip(pitch, -25, 25)),
        roll_deg=roll,
        distance=rng.uniform(3, 12),
    )


def project(
    width: float, height: float, *, yaw_deg: float, pitch_deg: float, roll_deg: float, distance: float
) -> Quad:
    """Corners of a turned rectangle, seen from `distance` of its widths."""
    yaw, pitch, roll = (math.radians(a) for a in (yaw_deg, pitch_deg, roll_deg))
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * (width / 2, height / 2)
    c, s = math.cos(roll), math.sin(roll)
    x, y = corners[:, 0] * c - corners[:, 1] * s, corners[:, 0] * s + corners[:, 1] * c
    z = x * math.sin(yaw)
    x = x * math.cos(yaw)
    z, y = z * math.cos(pitch) + y * math.sin(pitch), y * math.cos(pitch) - z * math.sin(pitch)
    depth = 1 + z / (distance * width)
    return np.stack([x / depth, y / depth], 1).astype(np.float32)


def light(rng: np.random.Generator, image: Picture) -> Picture:
    """Gradient of light, a shadow's edge, shadow bars of a grille or tree, each by chance."""
    height, width = image.shape[:2]
    gain = np.ones((12, 16), np.float32)
    ys, xs = np.mgrid[0:12, 0:16].astype(np.float32)
    u, v = xs / 15 - 0.5, ys / 11 - 0.5
    angle = rng.uniform(0, 2 * math.pi)
    ramp = u * math.cos(angle) + v * math.sin(angle)
    gain += ramp * rng.uniform(0, 0.6)
    field = cv2.resize(gain, (width, height), interpolation=cv2.INTER_LINEAR)
    if rng.random() < 0.3:
        yy, xx = np.mgrid[0:height, 0:width].astype(np.float32)
        turn = rng.normal(math.pi / 2, 0.7)
        across = (xx - width / 2) * math.cos(turn) + (yy - height / 2) * math.sin(turn)
        soft = rng.uniform(0.01, 0.15) * height
        edge = across - rng.uniform(-0.35, 0.35) * height
        dark = rng.uniform(0.3, 0.75)
        shadow = 1 / (1 + np.exp(-np.clip(edge / soft, -30, 30)))
        if rng.random() < 0.25:
            shadow = 0.5 + 0.5 * np.sin(across / (height * rng.uniform(0.08, 0.3)))
        field = field * (dark + (1 - dark) * shadow).astype(np.float32)
    return np.asarray(np.clip(image * field[:, :, None], 0, 255), np.uint8)


def dirt(rng: np.random.Generator, image: Picture, strength: float) -> Picture:
    """Road film from below and specks, the colour of dust."""
    height, width = image.shape[:2]
    noise = rng.random((max(height // 6, 3), max(width // 6, 3)), dtype=np.float32)
    cloud = cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC)
    rise = np.linspace(0.3, 1, height, dtype=np.float32)[:, None] if rng.random() < 0.6 else np.float32(0.7)
    cover = np.clip((cloud - 0.35) * 1.4 * rise, 0, 1) * (0.15 + 0.5 * strength)
    dust = np.array(rng.uniform((50, 60, 70), (120, 135, 150)), np.float32)
    return np.asarray(image * (1 - cover[:, :, None]) + dust * cover[:, :, None], np.uint8)


def glare(rng: np.random.Generator, image: Picture, strength: float) -> Picture:
    """A soft bright patch: sun or lamp on the sheet."""
    height, width = image.shape[:2]
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    cx, cy = rng.uniform(0, width), rng.uniform(0, height)
    rx, ry = rng.uniform(0.1, 0.35) * width, rng.uniform(0.2, 0.8) * height
    patch = np.exp(-(((xs - cx) / rx) ** 2 + ((ys - cy) / ry) ** 2)) * (60 + 130 * strength)
    return np.asarray(np.clip(image + patch[:, :, None], 0, 255), np.uint8)


def _soft(plate_mask: NDArray[np.uint8]) -> NDArray[np.float32]:
    """How much of the plate is in each pixel, height x width x 1, 0 to 1."""
    soft = cv2.GaussianBlur(plate_mask, (0, 0), 0.8)
    return np.asarray(soft[:, :, None] / 255, np.float32)


def night(
    rng: np.random.Generator, image: Picture, plate_mask: NDArray[np.uint8], strength: float
) -> Picture:
    """Dark surround; the reflecting sheet shines back, at worst washed out to thin grey characters."""
    scene = image.astype(np.float32)
    warm = np.array([rng.uniform(0.7, 1), rng.uniform(0.85, 1), 1.0], np.float32)
    surround = scene * rng.uniform(0.08, 0.4) * warm
    if rng.random() < 0.55:
        plate = scene * rng.uniform(1.0, 1.2 + 0.9 * strength) + rng.uniform(0, 90) * strength
    else:
        plate = scene * rng.uniform(0.25, 0.7) * warm
    weight = _soft(plate_mask)
    mixed = surround * (1 - weight) + plate * weight
    bloom = cv2.GaussianBlur(mixed, (0, 0), max(0.06 * image.shape[0], 1.0))
    return np.asarray(np.clip(mixed + bloom * 0.25 * strength, 0, 255), np.uint8)


def burnt(
    rng: np.random.Generator, image: Picture, plate_mask: NDArray[np.uint8], strength: float
) -> Picture:
    """Overexposed: the sheet is white, its characters grey or, towards one side, nearly gone.

    The car around it is as bright, or dark where the sheet alone throws the sun back.
    """
    height, width = image.shape[:2]
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    angle = rng.uniform(0, 2 * math.pi)
    ramp = 0.5 + (xs / width - 0.5) * math.cos(angle) + (ys / height - 0.5) * math.sin(angle)
    even = rng.uniform(0.3, 1)
    around = rng.uniform(0, 1)
    lit = around + (1 - around) * _soft(plate_mask)
    over = strength * (even + (1 - even) * ramp)[:, :, None] * lit
    lift = rng.uniform(80, 175)
    return np.asarray(np.clip(image * (1 + 1.2 * over) + lift * over, 0, 255), np.uint8)


def veil(rng: np.random.Generator, image: Picture, strength: float) -> Picture:
    """Light scattered by a windscreen, haze or a lamp in the lens lies over all: pale, and tinted."""
    colour = rng.uniform(90, 240) * rng.uniform(0.55, 1.1, 3)
    cover = 0.25 + 0.55 * strength
    return np.asarray(np.clip(image * (1 - cover) + colour * cover, 0, 255), np.uint8)


def rain(rng: np.random.Generator, image: Picture, strength: float) -> Picture:
    """Streaks in the air and drops on the windscreen that bend what is behind them."""
    height, width = image.shape[:2]
    out = image.copy()
    for _ in range(int(rng.integers(1, 3 + int(8 * strength)))):
        radius = int(rng.uniform(0.05, 0.2) * height) + 2
        x, y = int(rng.integers(width)), int(rng.integers(height))
        x0, y0, x1, y1 = (
            max(x - radius, 0),
            max(y - radius, 0),
            min(x + radius, width),
            min(y + radius, height),
        )
        patch = cv2.GaussianBlur(out[y0:y1, x0:x1], (0, 0), 0.3 * radius + 0.5)
        mask = np.zeros((y1 - y0, x1 - x0), np.uint8)
        cv2.circle(mask, (x - x0, y - y0), radius, 255, -1, cv2.LINE_AA)
        weight = mask[:, :, None].astype(np.float32) / 255 * 0.6
        out[y0:y1, x0:x1] = (
            out[y0:y1, x0:x1] * (1 - weight) + np.clip(patch * 1.05 + 6, 0, 255) * weight
        ).astype(np.uint8)
    streaks = np.zeros((height, width), np.uint8)
    lean = rng.uniform(-0.2, 0.2)
    for _ in range(int(4 + 20 * strength)):
        left, top, length = (
            rng.uniform(0, width),
            rng.uniform(-0.2, 1) * height,
            rng.uniform(0.1, 0.4) * height,
        )
        cv2.line(
            streaks,
            (int(left), int(top)),
            (int(left + lean * length), int(top + length)),
            int(rng.integers(30, 90)),
            1,
            cv2.LINE_AA,
        )
    return np.asarray(cv2.add(out, cv2.cvtColor(streaks, cv2.COLOR_GRAY2BGR)), np.uint8)


def motion_blur(image: Picture, length_px: float, angle_deg: float) -> Picture:
    """A straight smear of `length_px`."""
    size = max(2 * math.ceil(length_px / 2) + 1, 3)
    kernel = np.zeros((size * 4, size * 4), np.float32)
    mid = size * 2
    dx, dy = (
        math.cos(math.radians(angle_deg)) * length_px * 2,
        math.sin(math.radians(angle_deg)) * length_px * 2,
    )
    cv2.line(kernel, (round(mid - dx), round(mid - dy)), (round(mid + dx), round(mid + dy)), 1.0, 4)
    kernel = cv2.resize(kernel, (size, size), interpolation=cv2.INTER_AREA)
    return np.asarray(
        cv2.filter2D(image, -1, kernel / kernel.sum(), borderType=cv2.BORDER_REPLICATE), np.uint8
    )


def shake_blur(rng: np.random.Generator, image: Picture, length_px: float, angle_deg: float) -> Picture:
    """The smear of a camera that swings about while the shutter is open: dwells where it turns.

    A whole swing leaves two pictures beside each other, a part of one a picture with a tail.
    """
    times = np.linspace(0, rng.uniform(0.5, 3) * math.pi, 64) + rng.uniform(0, 2 * math.pi)
    along = np.sin(times)
    along = (along - along.min()) / max(float(np.ptp(along)), 1e-6) - 0.5
    aside = np.sin(times * rng.uniform(0.5, 2) + rng.uniform(0, 2 * math.pi)) * rng.uniform(0, 0.12)
    c, s = math.cos(math.radians(angle_deg)), math.sin(math.radians(angle_deg))
    x, y = (along * c - aside * s) * length_px, (along * s + aside * c) * length_px
    half = math.ceil(length_px * 0.65) + 1
    edges = np.arange(-half, half + 2) - 0.5
    fine, _, _ = np.histogram2d(y, x, [edges, edges])
    kernel = cv2.GaussianBlur(fine.astype(np.float32), (0, 0), 0.45)
    return np.asarray(
        cv2.filter2D(image, -1, kernel / kernel.sum(), borderType=cv2.BORDER_REPLICATE), np.uint8
    )


def defocus(image: Picture, sigma_px: float) -> Picture:
    """Soft focus."""
    return np.asarray(cv2.GaussianBlur(image, (0, 0), max(sigma_px, 0.05)), np.uint8)


def tone(rng: np.random.Generator, image: Picture) -> Picture:
    """Exposure, contrast, gamma and colour temperature by one lookup table a channel; sometimes grey."""
    x = np.arange(256, dtype=np.float32) / 255
    gamma, contrast, lift = math.exp(rng.normal(0, 0.25)), rng.uniform(0.65, 1.15), rng.uniform(-0.08, 0.12)
    curve = np.clip((x**gamma - 0.5) * contrast + 0.5 + lift, 0, 1)
    warmth = rng.normal(0, 0.09)
    table = np.stack([curve * (1 - warmth), curve * rng.uniform(0.96, 1.04), curve * (1 + warmth)], 1)
    if rng.random() < 0.12:
        # Tail lamps, sodium light and cheap sensors tint a whole plate.
        table *= rng.uniform(0.35, 1.25, 3)
    if rng.random() < 0.05:
        # A plate in deep shade: a few grey levels are all there is.
        table *= rng.uniform(0.12, 0.4)
    out = cv2.LUT(image, np.clip(table * 255, 0, 255).astype(np.uint8).reshape(256, 1, 3))
    if rng.random() < 0.08:
        out = cv2.cvtColor(cv2.cvtColor(out, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    return np.asarray(out, np.uint8)


def sensor_noise(rng: np.random.Generator, image: Picture, sigma: float) -> Picture:
    """Noise of brightness and, weaker and coarser, of colour; `sigma` in grey levels."""
    height, width = image.shape[:2]
    grain = rng.standard_normal((height, width, 1), dtype=np.float32) * sigma
    stain = rng.standard_normal(((height + 1) // 2, (width + 1) // 2, 3), dtype=np.float32) * (sigma * 0.6)
    stain = cv2.resize(stain, (width, height), interpolation=cv2.INTER_LINEAR)
    grain = grain + stain
    return np.asarray(np.clip(image + grain, 0, 255), np.uint8)


def smoothed(image: Picture, levels: float) -> Picture:
    """What a camera that hides its noise leaves: flat patches between edges of more than `levels` grey."""
    return np.asarray(cv2.bilateralFilter(image, 5, levels, 2.0), np.uint8)


def sharpen(image: Picture, amount: float, radius_px: float) -> Picture:
    """The halo of in-camera sharpening."""
    soft = cv2.GaussianBlur(image, (0, 0), radius_px)
    return np.asarray(cv2.addWeighted(image, 1 + amount, soft, -amount, 0), np.uint8)


def jpeg(image: Picture, quality: int) -> Picture:
    """Through a JPEG file and back."""
    _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
