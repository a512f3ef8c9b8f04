"""A flat face of a vehicle while it is being painted, in metres."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from anpr.training.drives_camera import Texture
from anpr.training.plates import Colour, block_text, paint

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Resolution of the painted faces, px a metre.
PX_M = 260
RUBBER: Colour = (26, 25, 25)
BLACK: Colour = (22, 21, 20)


def times(colour: Colour, factor: float) -> Colour:
    """A colour made darker or lighter."""
    b, g, r = (int(np.clip(c * factor, 0, 255)) for c in colour)
    return b, g, r


class Sheet:
    """A face being painted: x from its left edge, z up from the ground, both in metres."""

    def __init__(self, width_m: float, bottom_m: float, top_m: float) -> None:
        self.width_m, self.bottom_m, self.top_m = width_m, bottom_m, top_m
        size = (max(round((top_m - bottom_m) * PX_M), 2), max(round(width_m * PX_M), 2))
        self.image: NDArray[np.uint8] = np.zeros((*size, 3), np.uint8)
        self.alpha: NDArray[np.uint8] = np.zeros(size, np.uint8)

    def _points(self, points: list[tuple[float, float]]) -> NDArray[np.int32]:
        return np.round(np.array([[x * PX_M, (self.top_m - z) * PX_M] for x, z in points]) * 16).astype(
            np.int32
        )

    def poly(
        self,
        points: list[tuple[float, float]],
        top: Colour,
        bottom: Colour | None = None,
        *,
        both: bool = False,
    ) -> None:
        """Fill a polygon with a vertical fade; `both` mirrors it to the other side of the face."""
        mask = np.zeros(self.alpha.shape, np.uint8)
        cv2.fillPoly(mask, [self._points(points)], 255, cv2.LINE_AA, 4)
        if both:
            mask = np.maximum(mask, mask[:, ::-1])
        rows = np.flatnonzero(mask.max(1))
        if not len(rows):
            return
        first, last = rows[0], rows[-1] + 1
        fade = np.linspace(0, 1, last - first, dtype=np.float32)[:, None, None]
        fill = np.array(top, np.float32) * (1 - fade) + np.array(bottom or top, np.float32) * fade
        cover = mask[first:last, :, None].astype(np.float32) / 255
        region = self.image[first:last]
        region[:] = region * (1 - cover) + fill * cover
        np.maximum(self.alpha, mask, out=self.alpha)

    def box(
        self,
        x0: float,
        z0: float,
        x1: float,
        z1: float,
        top: Colour,
        bottom: Colour | None = None,
        *,
        round_m: float = 0.0,
        both: bool = False,
    ) -> None:
        """Fill a rectangle, its corners cut by `round_m`."""
        r = min(round_m, (x1 - x0) / 2, (z1 - z0) / 2)
        k = 0.3 * r
        points = [
            (x0 + r, z1),
            (x1 - r, z1),
            (x1 - k, z1 - k),
            (x1, z1 - r),
            (x1, z0 + r),
            (x1 - k, z0 + k),
            (x1 - r, z0),
            (x0 + r, z0),
            (x0 + k, z0 + k),
            (x0, z0 + r),
            (x0, z1 - r),
            (x0 + k, z1 - k),
        ]
        self.poly(points if r > 0 else [(x0, z1), (x1, z1), (x1, z0), (x0, z0)], top, bottom, both=both)

    def line(self, points: list[tuple[float, float]], colour: Colour, width_m: float = 0.008) -> None:
        """A thin line on what is already there."""
        cv2.polylines(
            self.image, [self._points(points)], False, colour, max(round(width_m * PX_M), 1), cv2.LINE_AA, 4
        )

    def disc(self, x: float, z: float, radius_m: float, colour: Colour) -> None:
        """A filled circle."""
        centre = self._points([(x, z)])[0]
        for target, ink in ((self.image, colour), (self.alpha, 255)):
            cv2.circle(
                target, (int(centre[0]), int(centre[1])), round(radius_m * PX_M * 16), ink, -1, cv2.LINE_AA, 4
            )

    def text(self, text: str, x: float, z: float, height_m: float, colour: Colour, seed: int = 0) -> None:
        """Block lettering centred at x, its foot at z."""
        ink = block_text(text.replace("/", " "), max(round(height_m * PX_M), 5), seed)
        paint(
            self.image,
            ink,
            round(x * PX_M) - ink.shape[1] // 2,
            round((self.top_m - z - height_m) * PX_M),
            colour,
        )

    def texture(self) -> Texture:
        """The finished face, with a clear rim one px wide."""
        self.alpha[[0, -1]] = 0
        self.alpha[:, [0, -1]] = 0
        return Texture(self.image, self.alpha)


@dataclass(frozen=True, slots=True)
class Coat:
    """Paint and small features of one vehicle."""

    colour: Colour
    trim: Colour
    lettering: str
    seed: int

    def rng(self) -> np.random.Generator:
        """The same chance for every face of the vehicle."""
        return np.random.default_rng(self.seed)


def tyres(sheet: Sheet, ground_m: float = 0.0) -> None:
    """Tyres and the dark under the floor, as seen from behind or in front."""
    # Axle, silencer and the dark under the floor.
    sheet.box(0.2, ground_m + 0.09, sheet.width_m - 0.2, 0.3, (14, 14, 14), (24, 23, 22), round_m=0.05)
    sheet.box(0.06, ground_m, 0.27, 0.42, (18, 18, 18), (34, 33, 32), round_m=0.03, both=True)
