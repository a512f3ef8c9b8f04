"""Whole road pictures with plates and with lettering that is none: training food of the detector."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from anpr.training import effects, plates_asia
from anpr.training.drives_camera import Camera, Face, develop, opaque
from anpr.training.drives_ground import DAY, DUSK, RAIN, Road
from anpr.training.drives_sheet import Coat
from anpr.training.drives_stage import Placed, Stage, sights, stage
from anpr.training.drives_vehicles import PLATE_Z, SIZES, Body, Vehicle, plate_face, vehicle
from anpr.training.plates import block_text, paint, shade, small_text
from anpr.training.plates_world import plate as random_plate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from anpr.training.plates import Colour, Picture, Plate

_BODIES: tuple[Body, ...] = ("car", "car", "car", "taxi", "carrier", "van", "minibus", "lorry")
_COLOURS: tuple[Colour, ...] = (
    (232, 232, 230),
    (38, 36, 34),
    (178, 178, 176),
    (150, 84, 40),
    (42, 34, 178),
    (112, 110, 108),
    (120, 160, 178),
    (60, 36, 104),
    (70, 110, 60),
    (60, 190, 225),
)
_LETTERING = (
    "GL 20",
    "HYBRID",
    "TEL 2388 1906",
    "SERVICE",
    "WWW 88",
    "1800 CC",
    "EXPRESS",
    "SCHOOL BUS",
    "HARBOUR/2425 7781",
    "MAX 50",
    "FLOWERS/9123 4567",
    "NO ENTRY",
    "LIMITED 3",
)
_STREET = Road(-5.2, 5.4, (-1.75,), (1.68, 1.9), (-4.9, 5.1))
_EXPRESSWAY = Road(-6.0, 6.2, (-1.7, 1.7), (-5.3, 5.3), (), median=6.0)
#: Plates are drawn with characters of this height; no plate of a scene is larger.
_CHAR_PX = 56


@dataclass(frozen=True, slots=True)
class ScenePlate:
    """A plate of a scene: tight box (left, top, right, bottom), corners (4 by 2, clockwise), px; label."""

    box: tuple[float, float, float, float]
    quad: NDArray[np.float32]
    text: str
    rows: int


@dataclass(frozen=True, slots=True)
class Scene:
    """A picture (BGR uint8) and every plate of which at least six tenths show."""

    image: Picture
    plates: tuple[ScenePlate, ...]


@cache
def _stage(number: int, size: tuple[int, int]) -> Stage:
    rng = np.random.default_rng([77, number])
    mood = (DAY, DAY, RAIN, DUSK)[number % 4]
    street = number % 3 != 0
    return stage(rng, _STREET if street else _EXPRESSWAY, mood, size, reach_m=190, houses=street)


@cache
def _bare(number: int) -> Vehicle:
    """One of the vehicles of the pool, without plates."""
    rng = np.random.default_rng([78, number])
    body = _BODIES[number % len(_BODIES)]
    colour = (42, 34, 178) if body == "taxi" else shade(rng, _COLOURS[int(rng.integers(len(_COLOURS)))], 20)
    trim = (
        shade(rng, _COLOURS[int(rng.integers(len(_COLOURS)))], 20) if rng.random() < 0.6 else (214, 214, 214)
    )
    return vehicle(body, Coat(colour, trim, _LETTERING[number % len(_LETTERING)], number), [], [])


def _plates(rng: np.random.Generator) -> list[Plate]:
    """The plates of one end of a vehicle: one, or a stack of two."""
    if rng.random() < 0.4:
        first = plates_asia.hong_kong(rng, _CHAR_PX)
        second = (
            plates_asia.mainland(rng, _CHAR_PX, second_plate=True)
            if rng.random() < 0.85
            else plates_asia.macau(rng, _CHAR_PX)
        )
        return [first, second] if rng.random() < 0.93 else [second, first]
    return [random_plate(rng, _CHAR_PX)]


def _sticker(rng: np.random.Generator, length: float, *, front: bool) -> Face:
    """Lettering on bodywork that looks a little like a plate: dealer, sticker, "L", telephone, badge."""
    text = ("2388 1906", "SALE", "L", "BABY", "GT 500", "4WD", "V8", "HONK", "RENTAL 88", "SERIES 3")[
        int(rng.integers(10))
    ]
    ink = block_text(text, 40, int(rng.integers(6)))
    picture = np.empty((ink.shape[0] + 24, ink.shape[1] + 24, 3), np.uint8)
    ground = shade(
        rng, ((235, 235, 235), (30, 30, 190), (40, 40, 40), (40, 190, 235))[int(rng.integers(4))], 15
    )
    picture[:] = ground
    paint(picture, ink, 12, 12, (25, 25, 25) if sum(ground) > 380 else (235, 235, 235))
    high = rng.uniform(0.04, 0.09)
    width = high * picture.shape[1] / picture.shape[0]
    x, z, y = (
        rng.choice([-1, 1]) * rng.uniform(0.45, 0.65),
        rng.uniform(0.4, 0.95),
        length + 0.015 if front else -0.015,
    )
    s = -1 if front else 1
    corners = np.array(
        [
            [x - s * width / 2, y, z + high / 2],
            [x + s * width / 2, y, z + high / 2],
            [x + s * width / 2, y, z - high / 2],
            [x - s * width / 2, y, z - high / 2],
        ]
    )
    return Face(corners, opaque(picture), 0.95)


def _caption(rng: np.random.Generator, image: Picture) -> None:
    """The recorder's own lettering: date, speed, place, in a corner."""
    size = max(round(image.shape[0] * rng.uniform(0.018, 0.035)), 6)
    day, second = int(rng.integers(1, 29)), int(rng.integers(60))
    words = (
        f"2026-0{1 + day % 9}-{day:02d} 1{day % 10}:{second:02d}:{second:02d}",
        f"{day + 30} KM/H  N22.{second:02d}45 E114.1{day:02d}",
        f"DASHCAM {second} {day + 20}KM/H",
    )
    mask = small_text(words[int(rng.integers(3))], size)
    x = (
        round(image.shape[1] * 0.02)
        if rng.random() < 0.5
        else image.shape[1] - mask.shape[1] - round(image.shape[1] * 0.02)
    )
    y = round(image.shape[0] * 0.02) if rng.random() < 0.4 else image.shape[0] - 2 * size
    if rng.random() < 0.3:
        paint(
            image,
            np.full((mask.shape[0] + 8, mask.shape[1] + 8), 255, np.uint8),
            x - 4,
            y - 4,
            (10, 10, 10),
            0.7,
        )
    paint(image, mask, x, y, (240, 240, 240) if rng.random() < 0.7 else (40, 220, 240))


def _cast(rng: np.random.Generator, y: float) -> tuple[list[Placed], dict[int, Plate]]:
    """Vehicles in their lanes with random plates; some stand askew."""
    cast: list[Placed] = []
    plates: dict[int, Plate] = {}
    nearest = float(rng.choice([2.6, 4.0, 6.0, 9.0]))
    for lane in (-3.4, 0.0, 3.4):
        gap = nearest * rng.uniform(1.0, 2.2) if lane == 0 else rng.uniform(5.0, 14.0)
        while gap < 45 and len(plates) < 200:
            bare = _bare(int(rng.integers(48)))
            width, length, _ = SIZES[bare.body]
            towards = bool(rng.random() < (0.75 if lane > 0 else 0.3))
            metal = []
            if rng.random() < 0.95:
                high = PLATE_Z[bare.body][1 if towards else 0] + rng.normal(0, 0.06)
                side = rng.normal(0, 0.05) if rng.random() < 0.8 else rng.uniform(-0.4, 0.4) * width
                for plate in _plates(rng):
                    size = plate.image.shape[0] * (0.09 if plate.rows == 1 else 0.082) / plate.char_px
                    identity = len(plates) + 1
                    plates[identity] = plate
                    glow = rng.uniform(0.0, 0.5)
                    metal.append(
                        plate_face(
                            plate,
                            identity,
                            high - size / 2,
                            length if towards else 0.0,
                            front=towards,
                            glow=glow,
                            x=side,
                        )
                    )
                    high -= size + rng.uniform(-0.002, 0.02)
            stickers = [_sticker(rng, length, front=towards) for _ in range(int(rng.integers(0, 3)))]
            dressed = Vehicle(bare.body, (*bare.faces, *stickers, *metal), bare.lamps, bare.shadow)
            turn = rng.normal(0, 0.05) if rng.random() < 0.7 else rng.uniform(-0.7, 0.7)
            x = lane + rng.normal(0, 0.3)
            cast.append(
                Placed(dressed, x, y + gap + (length if towards else 0), math.pi + turn if towards else turn)
            )
            gap += length + rng.uniform(2.5, 20)
    return cast, plates


def scene(rng: np.random.Generator, size: tuple[int, int] = (1280, 720)) -> Scene:
    """A random road picture; the same generator state gives the same scene.

    Args:
        rng: source of all chance.
        size: width and height, px. Streets (24) and vehicles (48) are cached: the first pictures take longer.
    """
    place = _stage(int(rng.integers(24)), size)
    focal = size[0] * math.exp(rng.uniform(math.log(0.7), math.log(1.8)))
    camera = Camera(
        rng.normal(0, 0.5),
        rng.uniform(0, 45),
        rng.uniform(1.1, 2.0),
        rng.normal(0, 0.08),
        rng.normal(-0.02, 0.03),
        rng.normal(0, 0.02),
        focal,
        *size,
    )
    cast, plates = _cast(rng, camera.y)
    canvas = place.shoot(camera, cast)
    image = canvas.image
    if place.mood.wet and rng.random() < 0.7:
        image = effects.rain(rng, image, 0.3 * rng.random())
    if rng.random() < 0.3:
        image = effects.motion_blur(image, rng.uniform(1, 0.006 * size[0]), rng.normal(0, 40))
    image = develop(
        rng,
        image,
        noise=place.mood.noise * rng.uniform(0.3, 2),
        blur_px=rng.uniform(0, 0.0011) * size[0],
        warmth=rng.normal(0, 0.04),
    )
    image = effects.tone(rng, image)
    if rng.random() < 0.4:
        _caption(rng, image)
    if rng.random() < 0.7:
        image = effects.jpeg(image, int(rng.integers(45, 95)))
    found = []
    for sight in sights(canvas, plates, share=0.6):
        quad = sight.quad.astype(np.float32)
        low, high = quad.min(0).clip(0, size), quad.max(0).clip(0, size)
        if high[0] - low[0] >= 8:
            plate = plates[sight.identity]
            found.append(
                ScenePlate(
                    (float(low[0]), float(low[1]), float(high[0]), float(high[1])),
                    quad,
                    plate.text,
                    plate.rows,
                )
            )
    return Scene(np.asarray(image, np.uint8), tuple(found))
