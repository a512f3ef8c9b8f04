"""What stands beside the road of a synthetic drive: houses, hanging signs, trees, posts, road signs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from anpr.training.drives_camera import Face, Texture, opaque
from anpr.training.drives_ground import noise_texture
from anpr.training.plates import Colour, block_text, paint, shade

if TYPE_CHECKING:
    from anpr.training.drives_ground import Mood, Road

_WALLS: tuple[Colour, ...] = (
    (178, 190, 202),
    (160, 172, 178),
    (186, 196, 190),
    (150, 160, 188),
    (196, 204, 208),
    (140, 158, 166),
    (172, 180, 210),
)
_SIGNS: tuple[Colour, ...] = (
    (40, 40, 190),
    (50, 130, 40),
    (30, 160, 220),
    (170, 80, 30),
    (150, 40, 130),
    (60, 60, 60),
    (225, 225, 225),
)
_WORDS = (
    "DENTAL CLINIC",
    "CAFE",
    "TEL 2388 1906",
    "PHARMACY",
    "NOODLES",
    "HOTEL",
    "BANK",
    "JEWELLERY",
    "MOBILE 24H",
    "BAKERY",
    "SALE 50",
    "OPTICAL",
    "TAILOR",
    "SEAFOOD",
    "MARKET",
    "TEA HOUSE",
    "EXCHANGE",
    "LAUNDRY",
    "TOYS",
    "SHOES",
    "CAMERA 88",
    "KARAOKE",
    "MUSIC 3F",
    "SNOOKER",
)
_PX_M = 26


@dataclass(frozen=True, slots=True)
class Prop:
    """Something unmoving: its faces, how far along the road it stands, and its lamp if it has one."""

    faces: tuple[Face, ...]
    y: float
    lamp: tuple[float, float, float] | None = None


def _facade(rng: np.random.Generator, width_m: float, height_m: float, mood: Mood) -> Texture:
    width, height = round(width_m * _PX_M), round(height_m * _PX_M)
    wall = shade(rng, _WALLS[int(rng.integers(len(_WALLS)))], 18)
    image = np.empty((height, width, 3), np.float32)
    image[:] = wall
    grime = cv2.resize(noise_texture(rng, 128, 5), (width, height), interpolation=cv2.INTER_LINEAR)
    image *= (1 + 0.07 * grime)[:, :, None]
    picture = np.clip(image, 0, 255).astype(np.uint8)
    storey, bay = 3.1 * _PX_M, rng.uniform(2.2, 3.4) * _PX_M
    ground = round(4.2 * _PX_M)
    top = height - ground
    z = float(top)
    while z - storey > 0:
        cv2.rectangle(picture, (0, round(z - 4)), (width, round(z)), tuple(int(c * 0.78) for c in wall), -1)
        x = bay * 0.2
        while x + bay * 0.7 < width:
            lit = mood.lamps and rng.random() < 0.4
            glass = shade(rng, (120, 190, 235), 30) if lit else shade(rng, (110, 98, 84), 30)
            a, b = (round(x), round(z - storey * 0.78)), (round(x + bay * 0.62), round(z - storey * 0.24))
            cv2.rectangle(picture, a, b, tuple(int(c * 0.6) for c in wall), -1)
            cv2.rectangle(picture, (a[0] + 2, a[1] + 2), (b[0] - 2, b[1] - 2), glass, -1)
            cv2.line(
                picture,
                ((a[0] + b[0]) // 2, a[1]),
                ((a[0] + b[0]) // 2, b[1]),
                tuple(int(c * 0.7) for c in wall),
                2,
            )
            if rng.random() < 0.45:
                corner = (a[0] + 4, b[1] - 1)
                cv2.rectangle(picture, corner, (corner[0] + 17, corner[1] + 13), (186, 190, 190), -1)
                cv2.rectangle(
                    picture, (corner[0], corner[1] + 12), (corner[0] + 17, corner[1] + 15), (70, 70, 70), -1
                )
            x += bay
        z -= storey
    x = 0.0
    while x < width:
        shop = rng.uniform(4, 7) * _PX_M
        inside = shade(rng, (150, 195, 225) if mood.lamps else (92, 96, 104), 30)
        left, right = round(x + 4), min(round(x + shop - 4), width)
        picture[top + round(1.1 * _PX_M) :, left:right] = inside
        fade = np.linspace(1.0, 0.55, height - top - round(1.1 * _PX_M))[:, None, None]
        picture[top + round(1.1 * _PX_M) :, left:right] = (
            picture[top + round(1.1 * _PX_M) :, left:right] * fade
        ).astype(np.uint8)
        for _ in range(5):
            px = int(rng.integers(left, max(right, left + 1)))
            cv2.rectangle(
                picture,
                (px, top + round(2.2 * _PX_M)),
                (px + int(rng.integers(6, 22)), height),
                shade(rng, (90, 90, 110), 50),
                -1,
            )
        board = shade(rng, _SIGNS[int(rng.integers(len(_SIGNS)))], 20)
        cv2.rectangle(picture, (left, top), (right, top + round(1.0 * _PX_M)), board, -1)
        word = block_text(_WORDS[int(rng.integers(len(_WORDS)))], round(0.55 * _PX_M), int(rng.integers(6)))
        paint(
            picture,
            word[:, : max(right - left - 6, 2)],
            left + 6,
            top + round(0.22 * _PX_M),
            (240, 240, 240) if sum(board) < 480 else (40, 40, 150),
        )
        x += shop
    return opaque(picture)


def houses(rng: np.random.Generator, road: Road, mood: Mood, reach_m: float) -> list[Prop]:
    """Two rows of houses along the road, with hanging signs across the pavement."""
    props: list[Prop] = []
    facades = [_facade(rng, 14.0, height, mood) for height in (18.0, 24.0, 30.0, 36.0, 42.0)]
    for side, kerb in ((-1, road.left), (1, road.right)):
        y = 14.0
        while y < reach_m:
            texture = facades[int(rng.integers(len(facades)))]
            height, length = texture.alpha.shape[0] / _PX_M, rng.uniform(12, 17)
            x = kerb + side * (3.6 + rng.uniform(0, 1.2))
            glow = 0.18 if mood.lamps else 0.0
            wall = np.array([[x, y, height], [x, y + length, height], [x, y + length, 0], [x, y, 0]])
            front = np.array([[x, y, height], [x + 14, y, height], [x + 14, y, 0], [x, y, 0]])
            if side < 0:
                wall = wall[[1, 0, 3, 2]]
                front = np.array([[x - 14, y, height], [x, y, height], [x, y, 0], [x - 14, y, 0]])
            faces = [
                Face(front, texture, 0.6, glow=glow),
                Face(wall, texture, 0.95 if side > 0 else 0.72, glow=glow),
            ]
            props.append(Prop(tuple(faces), y))
            for _ in range(int(rng.integers(1, 4))):
                at, low, out = y + rng.uniform(0, length), rng.uniform(4.6, 7), rng.uniform(1.2, 2.6)
                props.append(Prop((_hanging(rng, x - side * out, x - side * 0.1, at, low, mood),), at))
            y += length + (rng.uniform(5, 9) if rng.random() < 0.18 else 0.0)
    return props


def _hanging(rng: np.random.Generator, x0: float, x1: float, y: float, low: float, mood: Mood) -> Face:
    left, right = min(x0, x1), max(x0, x1)
    tall = (right - left) * rng.uniform(0.4, 2.2)
    width, height = round((right - left) * 60), round(tall * 60)
    board = shade(rng, _SIGNS[int(rng.integers(len(_SIGNS)))], 20)
    picture = np.empty((height, width, 3), np.uint8)
    picture[:] = board
    ink = (240, 240, 240) if sum(board) < 480 else (40, 40, 160)
    cv2.rectangle(picture, (3, 3), (width - 4, height - 4), ink, 2)
    words = _WORDS[int(rng.integers(len(_WORDS)))].split()
    lines = words if height < width * 1.3 else list(words[0][: max(round(height / width * 1.4), 2)])
    size = min(round(height * 0.75 / len(lines)), round(width * 0.6))
    for k, line in enumerate(lines):
        word = block_text(line, max(round(size * 0.8), 6), int(rng.integers(6)))
        if word.shape[1] > width * 0.84:
            word = np.asarray(
                cv2.resize(word, (round(width * 0.84), word.shape[0]), interpolation=cv2.INTER_AREA), np.uint8
            )
        paint(picture, word, (width - word.shape[1]) // 2, round(height * 0.1 + k * size), ink)
    corners = np.array([[left, y, low + tall], [right, y, low + tall], [right, y, low], [left, y, low]])
    return Face(corners, opaque(picture), 0.8, glow=0.55 if mood.lamps and rng.random() < 0.7 else 0.0)


def _tree(rng: np.random.Generator) -> Texture:
    picture, alpha = np.zeros((360, 260, 3), np.uint8), np.zeros((360, 260), np.uint8)
    cv2.line(picture, (130, 359), (128, 180), (44, 56, 66), 14)
    cv2.line(alpha, (130, 359), (128, 180), 255, 14)
    for _ in range(420):
        angle, reach = rng.uniform(0, 6.283), rng.random() ** 0.5
        x, y = int(130 + 112 * reach * np.cos(angle)), int(128 + 112 * reach * np.sin(angle))
        tone = 0.55 + 0.75 * (1 - y / 250) * rng.uniform(0.7, 1.1)
        cv2.circle(
            picture,
            (x, y),
            int(rng.integers(5, 15)),
            (int(38 * tone), int(92 * tone), int(62 * tone)),
            -1,
            cv2.LINE_AA,
        )
        cv2.circle(alpha, (x, y), int(rng.integers(5, 13)), 255, -1, cv2.LINE_AA)
    return Texture(picture, alpha)


def _upright_face(
    x: float, y: float, width: float, low: float, high: float, texture: Texture, gain: float = 0.9
) -> Face:
    w = width / 2
    return Face(
        np.array([[x - w, y, high], [x + w, y, high], [x + w, y, low], [x - w, y, low]]), texture, gain
    )


def furniture(rng: np.random.Generator, road: Road, reach_m: float, *, trees: bool) -> list[Prop]:
    """Trees, lamp posts and road signs along both kerbs."""
    leaves = [_tree(rng) for _ in range(3)]
    steel = opaque(np.full((64, 6, 3), 128, np.uint8))
    props: list[Prop] = []
    for side, kerb in ((-1, road.left), (1, road.right)):
        y = 16.0 + 4 * side
        while y < reach_m:
            x = kerb + side * 1.3
            arm = np.array([[x, y, 8.1], [x - side * 2.2, y, 8.3], [x - side * 2.2, y, 8.2], [x, y, 8.0]])
            arm = arm if side < 0 else arm[[1, 0, 3, 2]]
            props.append(
                Prop(
                    (_upright_face(x, y, 0.14, 0, 8.1, steel), Face(arm, steel)), y, (x - side * 2.2, y, 8.15)
                )
            )
            if trees and rng.random() < 0.8:
                size = rng.uniform(4.2, 6.0)
                props.append(
                    Prop(
                        (
                            _upright_face(
                                x + side * 1.0, y + 9, size * 0.72, 0, size, leaves[int(rng.integers(3))]
                            ),
                        ),
                        y + 9,
                    )
                )
            if rng.random() < 0.5:
                props.append(Prop(_road_sign(rng, kerb + side * 0.7, y + 5, steel), y + 5))
            y += rng.uniform(19, 25)
    return props


def _road_sign(rng: np.random.Generator, x: float, y: float, steel: Texture) -> tuple[Face, ...]:
    picture, alpha = np.zeros((96, 96, 3), np.uint8), np.zeros((96, 96), np.uint8)
    cv2.circle(alpha, (48, 48), 46, 255, -1, cv2.LINE_AA)
    cv2.circle(picture, (48, 48), 47, (40, 30, 190), -1)
    if rng.random() < 0.6:
        cv2.circle(picture, (48, 48), 36, (235, 235, 235), -1)
        number = block_text(("50", "70", "80")[int(rng.integers(3))], 34, 2)
        paint(picture, number, 48 - number.shape[1] // 2, 31, (20, 20, 20))
    else:
        cv2.circle(picture, (48, 48), 36, (160, 80, 20), -1)
        cv2.line(picture, (22, 22), (74, 74), (40, 30, 190), 9)
    return _upright_face(x, y, 0.08, 0, 2.4, steel), _upright_face(
        x, y - 0.05, 0.7, 2.2, 2.9, Texture(picture, alpha)
    )


def barrier(rng: np.random.Generator, road: Road, reach_m: float) -> list[Prop]:
    """A concrete middle barrier with a hedge, in pieces of six metres."""
    if road.median is None:
        return []
    concrete = np.full((40, 160, 3), (150, 156, 160), np.float32) * (
        1 + 0.06 * rng.standard_normal((40, 160, 1))
    )
    concrete[::40] *= 0.7
    concrete[:, :3] *= 0.7
    hedge = np.full((30, 160, 3), (40, 78, 56), np.float32) * (1 + 0.25 * rng.standard_normal((30, 160, 1)))
    wall, green = (
        opaque(np.clip(concrete, 0, 255).astype(np.uint8)),
        opaque(np.clip(hedge, 0, 255).astype(np.uint8)),
    )
    x = road.median
    props = []
    for y in np.arange(6.0, reach_m, 6.0):
        low = np.array([[x, y, 0.8], [x, y + 6, 0.8], [x, y + 6, 0], [x, y, 0]])
        high = np.array(
            [[x + 0.2, y, 1.3], [x + 0.2, y + 6, 1.3], [x + 0.2, y + 6, 0.75], [x + 0.2, y, 0.75]]
        )
        props.append(Prop((Face(high, green, 0.9), Face(low, wall, 0.9)), float(y)))
    return props
