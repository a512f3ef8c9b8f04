"""The camera of a synthetic drive: pinhole projection, textured rectangles in space, lens and sensor."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import cv2
import numpy as np

from anpr.training.plates import blend

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from anpr.training.plates import Colour, Picture

    Points = NDArray[np.float64]

#: Nothing nearer than this is drawn, m.
NEAR_M = 0.7


@dataclass(frozen=True, slots=True)
class Texture:
    """A flat picture with transparency: BGR and alpha of the same height and width, both uint8."""

    image: Picture
    alpha: NDArray[np.uint8]


def opaque(image: Picture) -> Texture:
    """A texture without transparency."""
    return Texture(image, np.full(image.shape[:2], 255, np.uint8))


@dataclass(frozen=True, slots=True)
class Face:
    """A textured rectangle in the world.

    Attributes:
        corners: 4 by 3, metres, clockwise from top left as seen from outside; x right, y ahead, z up.
        texture: what is on it.
        gain: brightness of the light that falls on it.
        plate: identity of a number plate (1..255), 0 for all else.
        glow: how much of its own light it gives (lamps, lit signs, the reflecting sheet of a plate), 0..1.
    """

    corners: Points
    texture: Texture
    gain: float = 1.0
    plate: int = 0
    glow: float = 0.0


@dataclass(frozen=True, slots=True)
class Camera:
    """A forward-looking camera: position in metres, small angles in radians, focal length in px."""

    x: float
    y: float
    z: float
    yaw: float
    pitch: float
    roll: float
    focal_px: float
    width: int
    height: int

    def project(self, points: Points) -> tuple[Points, Points]:
        """World points (n by 3, m) to pixels (n by 2) and depths (n, m)."""
        rel = points - np.array([self.x, self.y, self.z])
        cy, sy = math.cos(self.yaw), math.sin(self.yaw)
        right, ahead = rel[:, 0] * cy - rel[:, 1] * sy, rel[:, 0] * sy + rel[:, 1] * cy
        cp, sp = math.cos(self.pitch), math.sin(self.pitch)
        depth, up = ahead * cp + rel[:, 2] * sp, rel[:, 2] * cp - ahead * sp
        safe = np.maximum(depth, 1e-3)
        u, v = self.focal_px * right / safe, -self.focal_px * up / safe
        cr, sr = math.cos(self.roll), math.sin(self.roll)
        return np.stack([u * cr - v * sr + self.width / 2, u * sr + v * cr + self.height * 0.47], 1), depth

    @property
    def horizon_px(self) -> float:
        """Row of the horizon in the middle of the picture."""
        return self.height * 0.47 + self.focal_px * math.tan(self.pitch)


@dataclass(slots=True)
class Canvas:
    """A frame being painted, far to near.

    Attributes:
        image: BGR frame.
        plates: identity of the plate that shows at each pixel, 0 for none.
        drawn: full projected quad of each plate painted so far, by identity.
        haze: colour of the distance, and how far one sees (m).
    """

    image: Picture
    plates: NDArray[np.uint8]
    haze: Colour
    sight_m: float
    ambient: float = 1.0
    drawn: dict[int, NDArray[np.float64]] = field(default_factory=dict)

    def paint(self, camera: Camera, face: Face) -> None:
        """Paint one face; faces turned away, behind the camera or outside the picture leave no trace."""
        quad, depth = camera.project(face.corners)
        if depth.min() < NEAR_M or _area(quad) < 0.5:
            return
        height, width = self.image.shape[:2]
        x0, y0 = (max(int(v), 0) for v in np.floor(quad.min(0)))
        x1, y1 = (
            min(int(v), limit) for v, limit in zip(np.ceil(quad.max(0)) + 1, (width, height), strict=True)
        )
        if x0 >= x1 or y0 >= y1:
            return
        image, alpha = _shrunk(face.texture, quad)
        rows, columns = alpha.shape
        source = np.array([[0, 0], [columns, 0], [columns, rows], [0, rows]], np.float32) - 0.5
        matrix = cv2.getPerspectiveTransform(source, (quad - (x0, y0) - 0.5).astype(np.float32))
        size = (x1 - x0, y1 - y0)
        colour = cv2.warpPerspective(
            image, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        cover = cv2.warpPerspective(
            alpha, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT
        )
        far = 1 - math.exp(-float(depth.mean()) / self.sight_m)
        gain = (face.gain * self.ambient * (1 - face.glow) + face.glow) * (1 - far)
        lit = cv2.transform(colour, np.column_stack([np.eye(3) * gain, np.array(self.haze) * far]))
        blend(self.image[y0:y1, x0:x1], np.asarray(lit, np.uint8), np.asarray(cover, np.uint8)[:, :, None])
        self.plates[y0:y1, x0:x1][cover > 127] = face.plate
        if face.plate:
            self.drawn[face.plate] = quad


def _area(quad: Points) -> float:
    x, y = quad[:, 0], quad[:, 1]
    return float(0.5 * np.sum(x * np.roll(y, -1) - y * np.roll(x, -1)))


def _shrunk(texture: Texture, quad: Points) -> tuple[Picture, NDArray[np.uint8]]:
    """The texture averaged down to about the size it will have in the picture."""
    rows, columns = texture.alpha.shape
    edges = np.linalg.norm(quad - np.roll(quad, -1, axis=0), axis=1)
    wide = int(np.clip(max(edges[0], edges[2]) * 1.15, 2, columns))
    tall = int(np.clip(max(edges[1], edges[3]) * 1.15, 2, rows))
    if (wide, tall) == (columns, rows):
        return texture.image, texture.alpha
    image = cv2.resize(texture.image, (wide, tall), interpolation=cv2.INTER_AREA)
    return np.asarray(image, np.uint8), np.asarray(
        cv2.resize(texture.alpha, (wide, tall), interpolation=cv2.INTER_AREA), np.uint8
    )


def lamp(
    canvas: Canvas,
    camera: Camera,
    at: tuple[float, float, float],
    colour: Colour,
    radius_m: float,
    power: float,
) -> None:
    """Add the halo of a lamp, unless something nearer hides it from the camera's frame."""
    point, depth = camera.project(np.array([at]))
    if depth[0] < NEAR_M:
        return
    radius = float(np.clip(camera.focal_px * radius_m / depth[0], 1.5, 0.2 * camera.width))
    reach = math.ceil(radius * 2.5)
    cx, cy = float(point[0, 0]), float(point[0, 1])
    height, width = canvas.image.shape[:2]
    x0, x1, y0, y1 = (
        max(int(cx) - reach, 0),
        min(int(cx) + reach, width),
        max(int(cy) - reach, 0),
        min(int(cy) + reach, height),
    )
    if x0 >= x1 or y0 >= y1:
        return
    ys, xs = np.mgrid[y0:y1, x0:x1].astype(np.float32)
    square = ((xs - cx) ** 2 + (ys - cy) ** 2) / (radius * radius)
    halo = power * (0.75 * np.exp(-square * 2.5) + 0.25 / (1 + 3 * square) * np.clip(1 - square / 6, 0, 1))
    region = canvas.image[y0:y1, x0:x1]
    region[:] = np.clip(region + halo[:, :, None] * np.array(colour, np.float32), 0, 255)


def develop(
    rng: np.random.Generator, image: Picture, *, noise: float, blur_px: float, warmth: float
) -> Picture:
    """Lens and sensor: softness, darker corners, noise, colour temperature."""
    height, width = image.shape[:2]
    if blur_px > 0.2:
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), blur_px), np.uint8)
    ys, xs = np.mgrid[0:9, 0:16].astype(np.float32)
    corner = 1 - 0.32 * (((xs - 7.5) / 7.5) ** 2 + ((ys - 4) / 4) ** 2) / 2
    shade = cv2.resize(corner, (width, height), interpolation=cv2.INTER_CUBIC)
    grain = rng.standard_normal((height, width), dtype=np.float32) * noise
    tint = np.array([1 - warmth, 1.0, 1 + warmth], np.float32)
    out = image * (shade[:, :, None] * tint) + grain[:, :, None]
    return np.asarray(np.clip(out, 0, 255), np.uint8)
