"""Vehicles of a synthetic drive: boxes with painted faces, a plate, lamps and a shadow."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import cv2
import numpy as np

from anpr.training import drives_panels as panels
from anpr.training import drives_rears as rears
from anpr.training.drives_camera import Face, Texture
from anpr.training.drives_sheet import Coat, Sheet, times

if TYPE_CHECKING:
    from anpr.training.drives_camera import Points
    from anpr.training.plates import Colour, Plate

Body = Literal["car", "taxi", "carrier", "van", "minibus", "lorry"]

#: Width, length, height in metres.
SIZES: dict[Body, tuple[float, float, float]] = {
    "car": (1.78, 4.5, 1.46),
    "taxi": (1.72, 4.5, 1.5),
    "carrier": (1.85, 4.9, 1.9),
    "van": (1.72, 4.8, 2.0),
    "minibus": (2.05, 6.9, 2.7),
    "lorry": (2.2, 7.4, 3.1),
}
#: Height of the middle of the plate above the road, rear and front, m.
PLATE_Z: dict[Body, tuple[float, float]] = {
    "car": (0.7, 0.45),
    "taxi": (0.72, 0.45),
    "carrier": (0.8, 0.46),
    "van": (0.66, 0.46),
    "minibus": (0.7, 0.46),
    "lorry": (0.86, 0.5),
}
#: Characters are 8 to 11 cm high by law (Cap. 374E Sch. 4), the lower end on two-row plates.
_CHAR_M = {1: 0.09, 2: 0.082}


@dataclass(frozen=True, slots=True)
class Lamp:
    """A lamp of a vehicle, in the vehicle's own metres (right, ahead of its rear, up)."""

    at: tuple[float, float, float]
    colour: Colour
    radius_m: float
    faces_back: bool


@dataclass(frozen=True, slots=True)
class Vehicle:
    """A vehicle ready to be placed; faces in its own metres, rear at y = 0."""

    body: Body
    faces: tuple[Face, ...]
    lamps: tuple[Lamp, ...]
    shadow: Texture

    def placed(self, x: float, y: float, heading: float) -> list[Face]:
        """Faces with the middle of the rear at (x, y); heading 0 drives away, pi comes towards the camera."""
        return [
            Face(self._move(f.corners, x, y, heading), f.texture, f.gain, f.plate, f.glow) for f in self.faces
        ]

    def lamp_at(self, lamp: Lamp, x: float, y: float, heading: float) -> tuple[float, float, float]:
        """Position of a lamp in the world."""
        point = self._move(np.array([lamp.at]), x, y, heading)[0]
        return float(point[0]), float(point[1]), float(point[2])

    def shade(self, x: float, y: float, heading: float, darkness: float) -> Face:
        """The soft shadow under and beside the vehicle."""
        width, length, height = SIZES[self.body]
        w, reach = width / 2 + 0.3 + 0.06 * height, 0.55
        flat = np.array(
            [[-w, length + reach, 0.01], [w, length + reach, 0.01], [w, -reach, 0.01], [-w, -reach, 0.01]]
        )
        texture = Texture(
            self.shadow.image, np.asarray(cv2.convertScaleAbs(self.shadow.alpha, alpha=darkness), np.uint8)
        )
        corners = self._move(flat, x, y, heading)
        if math.cos(heading) < 0:
            corners = np.roll(corners, 2, axis=0)
        return Face(corners, texture)

    @staticmethod
    def _move(points: Points, x: float, y: float, heading: float) -> Points:
        c, s = math.cos(heading), math.sin(heading)
        return np.stack(
            [points[:, 0] * c + points[:, 1] * s + x, points[:, 1] * c - points[:, 0] * s + y, points[:, 2]],
            1,
        )


def _back(
    width: float, z0: float, z1: float, y0: float = 0.0, y1: float | None = None, top: float | None = None
) -> Points:
    y1 = y0 if y1 is None else y1
    a, b = width / 2, (top if top is not None else width) / 2
    return np.array([[-b, y1, z1], [b, y1, z1], [a, y0, z0], [-a, y0, z0]])


def _fore(
    width: float, z0: float, z1: float, y0: float, y1: float | None = None, top: float | None = None
) -> Points:
    y1 = y0 if y1 is None else y1
    a, b = width / 2, (top if top is not None else width) / 2
    return np.array([[b, y1, z1], [-b, y1, z1], [-a, y0, z0], [a, y0, z0]])


def _flanks(
    width: float, y0: float, y1: float, z0: float, z1: float, lean: float = 0.0
) -> tuple[Points, Points]:
    """Left and right side."""
    w, v = width / 2, width / 2 - lean
    left = np.array([[-v, y1, z1], [-v, y0, z1], [-w, y0, z0], [-w, y1, z0]])
    right = np.array([[v, y0, z1], [v, y1, z1], [w, y1, z0], [w, y0, z0]])
    return left, right


def _soft_shadow() -> Texture:
    alpha = np.zeros((64, 48), np.uint8)
    cv2.rectangle(alpha, (8, 4), (39, 59), 255, -1)
    alpha = np.asarray(cv2.GaussianBlur(alpha, (0, 0), 2.4), np.uint8)
    return Texture(np.zeros((64, 48, 3), np.uint8), alpha)


def _both_flanks(
    width: float, length: float, bottom: float, top: float, coat: Coat, *, doors: bool = True
) -> list[Face]:
    left, right = _flanks(width, 0, length, 0, top)
    texture = panels.side(length, bottom, top, coat, (length * 0.2, length * 0.82), doors=doors)
    mirrored = Texture(
        np.ascontiguousarray(texture.image[:, ::-1]), np.ascontiguousarray(texture.alpha[:, ::-1])
    )
    return [Face(left, mirrored, 0.72), Face(right, texture, 0.88)]


def _saloon(body: Body, coat: Coat, plate_z: float) -> list[Face]:
    width, length, height = SIZES[body]
    belt, roof = 0.93, width - 0.42
    upper = Coat((190, 190, 188), coat.trim, "", coat.seed) if body == "taxi" else coat
    faces = _both_flanks(width, length, 0.2, belt, coat)
    faces.append(Face(_back(width, 0, belt), rears.car_rear(width, belt, coat, plate_z)))
    faces.append(Face(_fore(width, 0, belt, length), panels.car_front(width, belt, coat)))
    lean = (width - roof) / 2
    back, front, deck, bonnet = 1.05, length - 1.55, 0.5, length - 1.0
    left, right = _flanks(width - 0.06, deck, bonnet, belt, height, lean)
    slope = (back - deck, bonnet - front)
    texture = panels.glasshouse(bonnet - deck, belt, height, upper, slope, 3)
    mirrored = Texture(
        np.ascontiguousarray(texture.image[:, ::-1]), np.ascontiguousarray(texture.alpha[:, ::-1])
    )
    faces += [Face(left, mirrored, 0.75), Face(right, texture, 0.9)]
    glass = panels.window(width - 0.06, belt, height, upper)
    faces.append(Face(_back(width - 0.06, belt, height, deck, back, roof), glass))
    faces.append(
        Face(
            _fore(width - 0.06, belt, height, bonnet, front, roof),
            panels.window(width - 0.06, belt, height, upper, screen=True),
        )
    )
    w = width / 2 - 0.03
    faces.append(
        Face(
            np.array([[-w, deck, belt], [w, deck, belt], [w, 0, belt], [-w, 0, belt]]),
            panels.plain(width, deck, coat.colour),
            1.15,
        )
    )
    faces.append(
        Face(
            np.array([[-w, length, belt], [w, length, belt], [w, bonnet, belt], [-w, bonnet, belt]]),
            panels.plain(width, length - bonnet, coat.colour),
            1.15,
        )
    )
    if body == "taxi":
        sign = Sheet(0.4, 0, 0.14)
        sign.box(0, 0, 0.4, 0.14, (240, 240, 240), round_m=0.03)
        sign.text("TAXI", 0.2, 0.035, 0.07, (30, 30, 190))
        for corners in (_back(0.4, height, height + 0.14, 1.7), _fore(0.4, height, height + 0.14, 1.8)):
            faces.append(Face(corners, sign.texture(), glow=0.4))
    return faces


def _upright(body: Body, coat: Coat, plate_z: float) -> list[Face]:
    width, length, height = SIZES[body]
    belt = height * 0.55
    faces = _both_flanks(width, length, 0.22, belt, coat)
    left, right = _flanks(width, 0, length, belt, height, 0.1)
    texture = panels.glasshouse(length, belt, height, coat, (0.1, 0.5), 4 if body == "minibus" else 3)
    mirrored = Texture(
        np.ascontiguousarray(texture.image[:, ::-1]), np.ascontiguousarray(texture.alpha[:, ::-1])
    )
    faces += [Face(left, mirrored, 0.72), Face(right, texture, 0.88)]
    faces.append(Face(_back(width, 0, height), rears.van_rear(width, height, coat, plate_z)))
    faces.append(Face(_fore(width, 0, height, length), panels.van_front(width, height, coat)))
    return faces


def _lorry(coat: Coat) -> list[Face]:
    width, length, height = SIZES["lorry"]
    cab = length - 1.9
    box = Sheet(cab - 0.1, 0.95, height)
    box.box(0, 0.95, cab - 0.1, height, times(coat.trim, 1.05), times(coat.trim, 0.85))
    box.text(coat.lettering.split("/", maxsplit=1)[0], (cab - 0.1) / 2, 1.9, 0.4, coat.colour, coat.seed)
    left, right = _flanks(width, 0, cab - 0.1, 0.95, height)
    faces = _both_flanks(
        width - 0.1, length, 0.5, 1.05, Coat((50, 48, 46), coat.trim, "", coat.seed), doors=False
    )
    faces += [Face(left, box.texture(), 0.72), Face(right, box.texture(), 0.88)]
    left, right = _flanks(width - 0.1, cab, length, 0.5, 2.3, 0.05)
    door = panels.glasshouse(length - cab, 1.3, 2.3, coat, (0.05, 0.2), 1)
    for corners, gain in ((left, 0.72), (right, 0.88)):
        faces.append(Face(corners, door, gain))
    faces.append(Face(_back(width, 0, height), rears.lorry_rear(width, height, coat)))
    faces.append(Face(_fore(width - 0.1, 0, 2.3, length), panels.van_front(width - 0.1, 2.3, coat)))
    return faces


def plate_face(
    plate: Plate, identity: int, z: float, y: float, *, front: bool, glow: float, x: float = 0.0
) -> Face:
    """A plate mounted on the rear or front of a vehicle, 2 cm proud of it."""
    metre = _CHAR_M[plate.rows] / plate.char_px
    height, width = plate.image.shape[0] * metre, plate.image.shape[1] * metre
    corners = (_fore if front else _back)(
        width, z - height / 2, z + height / 2, y + 0.02 if front else y - 0.02
    )
    return Face(corners + np.array([x, 0, 0]), Texture(plate.image, plate.alpha), 1.0, identity, glow)


def vehicle(
    body: Body,
    coat: Coat,
    rear: list[tuple[Plate, int]],
    front: list[tuple[Plate, int]],
    *,
    glow: float = 0.0,
) -> Vehicle:
    """A vehicle with its plates; a second plate hangs directly below the first."""
    length = SIZES[body][1]
    width = SIZES[body][0]
    rear_z, front_z = PLATE_Z[body]
    if body in {"car", "taxi"}:
        faces = _saloon(body, coat, rear_z)
    elif body == "lorry":
        faces = _lorry(coat)
    else:
        faces = _upright(body, coat, rear_z)
    for plates, z, y, at_front in ((rear, rear_z, 0.0, False), (front, front_z, length, True)):
        lower = z
        for k, (plate, identity) in enumerate(plates):
            size = plate.image.shape[0] * _CHAR_M[plate.rows] / plate.char_px
            if k:
                lower -= size / 2
            faces.append(plate_face(plate, identity, lower, y, front=at_front, glow=glow))
            lower -= size / 2 + 0.012
    # Right of the middle and above the road: where the painted lamps are.
    out, up = {
        "car": (0.2, 0.76),
        "taxi": (0.2, 0.76),
        "lorry": (0.22, 0.7),
    }.get(body, (0.1, 0.56 * SIZES[body][2] - 0.24))
    lamps = [Lamp((side * (width / 2 - out), -0.03, up), (40, 40, 235), 0.16, True) for side in (-1, 1)]
    front_up = (
        0.69 if body in {"car", "taxi"} else 0.55 * min(SIZES[body][2], 2.3 if body == "lorry" else 9) - 0.26
    )
    lamps += [
        Lamp((side * (width / 2 - 0.22), length + 0.03, front_up), (215, 235, 250), 0.2, False)
        for side in (-1, 1)
    ]
    return Vehicle(body, tuple(faces), tuple(lamps), _soft_shadow())
