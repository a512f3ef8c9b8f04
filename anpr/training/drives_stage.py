"""A place with its light: paints vehicles into it and tells which plates show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from anpr.training import drives_ground, drives_street
from anpr.training.drives_camera import Camera, Canvas, lamp

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from anpr.training.drives_ground import Mood, Road
    from anpr.training.drives_street import Prop
    from anpr.training.drives_vehicles import Vehicle
    from anpr.training.plates import Plate

#: A plate counts as visible when this share of it is unhidden and inside the picture.
VISIBLE_SHARE = 0.85
#: Nothing farther than this is painted, m.
_HORIZON_M = 160.0


@dataclass(frozen=True, slots=True)
class Sight:
    """One plate in one frame.

    Attributes:
        identity: which plate.
        quad: corners, 4 by 2 px, clockwise from top left.
        char_px: height of its characters, px.
    """

    identity: int
    quad: NDArray[np.float64]
    char_px: float

    @property
    def box(self) -> tuple[int, int, int, int]:
        """The axis-aligned box: left, top, right, bottom, px."""
        (x0, y0), (x1, y1) = np.floor(self.quad.min(0)), np.ceil(self.quad.max(0))
        return int(x0), int(y0), int(x1), int(y1)


@dataclass(frozen=True, slots=True)
class Placed:
    """A vehicle on the road: middle of its rear (m), heading (0 away from the camera, pi towards it)."""

    vehicle: Vehicle
    x: float
    y: float
    heading: float


@dataclass(frozen=True, slots=True)
class Stage:
    """The unmoving world under its light."""

    ground: drives_ground.Ground
    props: tuple[Prop, ...]
    mood: Mood

    def shoot(self, camera: Camera, cast: list[Placed]) -> Canvas:
        """What the camera sees, before lens and sensor."""
        mood = self.mood
        image = self.ground.backdrop(camera)
        canvas = Canvas(image, np.zeros(image.shape[:2], np.uint8), mood.horizon, mood.sight_m, mood.ambient)
        for prop in self.props:
            if 2 < prop.y - camera.y < _HORIZON_M:
                for face in prop.faces:
                    canvas.paint(camera, face)
                if prop.lamp and mood.lamps:
                    lamp(canvas, camera, prop.lamp, (120, 185, 230), 0.35, 0.9)
        cast = sorted(cast, key=lambda p: -p.y)
        for placed in cast:
            canvas.paint(camera, placed.vehicle.shade(placed.x, placed.y, placed.heading, mood.shadow))
        if mood.wet:
            horizon = int(np.clip(round(camera.horizon_px), 1, camera.height - 2))
            drives_ground.wet_mirror(canvas.image, horizon, 0.22)
        eye = np.array([camera.x, camera.y, camera.z])
        for placed in cast:
            faces = placed.vehicle.placed(placed.x, placed.y, placed.heading)
            for face in sorted(
                faces, key=lambda f: (f.plate > 0, -float(np.linalg.norm(f.corners.mean(0) - eye)))
            ):
                canvas.paint(camera, face)
            if mood.lamps:
                self._light(canvas, camera, placed)
        return canvas

    def _light(self, canvas: Canvas, camera: Camera, placed: Placed) -> None:
        strong = 1.0 if self.mood.ambient < 0.5 else 0.45
        away = np.cos(placed.heading) > 0
        for light in placed.vehicle.lamps:
            if light.faces_back == away:
                at = placed.vehicle.lamp_at(light, placed.x, placed.y, placed.heading)
                power = (0.75 if light.faces_back else 1.0) * strong
                lamp(canvas, camera, at, light.colour, light.radius_m * 0.8, power)


def stage(
    rng: np.random.Generator, road: Road, mood: Mood, size: tuple[int, int], *, reach_m: float, houses: bool
) -> Stage:
    """A random street or expressway for pictures of `size` (width, height)."""
    ground = drives_ground.ground(rng, road, mood, *size)
    props = drives_street.furniture(rng, road, reach_m, trees=True) + drives_street.barrier(
        rng, road, reach_m
    )
    if houses:
        props += drives_street.houses(rng, road, mood, reach_m)
    return Stage(ground, tuple(sorted(props, key=lambda p: -p.y)), mood)


def sights(canvas: Canvas, plates: Mapping[int, Plate], share: float = VISIBLE_SHARE) -> list[Sight]:
    """The plates of which at least `share` shows in a frame."""
    counts = np.bincount(canvas.plates.ravel(), minlength=256)
    found = []
    for identity, quad in canvas.drawn.items():
        x, y = quad[:, 0], quad[:, 1]
        area = 0.5 * abs(float(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1))))
        plate = plates[identity]
        tall = float(np.linalg.norm(quad[3] - quad[0]) + np.linalg.norm(quad[2] - quad[1])) / 2
        if area > 30 and counts[identity] >= share * area:
            found.append(Sight(identity, quad, tall * plate.char_px / plate.image.shape[0]))
    return found
