"""Faces of vehicles, painted flat: rears, fronts, sides, windows, roofs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from anpr.training.drives_camera import Texture
from anpr.training.plates import Colour, block_text, paint, shade

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Resolution of the painted faces, px a metre.
PX_M = 260
_RUBBER: Colour = (26, 25, 25)
_BLACK: Colour = (22, 21, 20)


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
        return np.round(np.array([[x * PX_M, (self.top_m - z) * PX_M] for x, z in points]) * 16).astype(np.int32)

    def poly(self, points: list[tuple[float, float]], top: Colour, bottom: Colour | None = None, *, both: bool = False) -> None:
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

    def box(self, x0: float, z0: float, x1: float, z1: float, top: Colour, bottom: Colour | None = None, *, round_m: float = 0.0, both: bool = False) -> None:
        """Fill a rectangle, its corners cut by `round_m`."""
        r = min(round_m, (x1 - x0) / 2, (z1 - z0) / 2)
        k = 0.3 * r
        points = [(x0 + r, z1), (x1 - r, z1), (x1 - k, z1 - k), (x1, z1 - r), (x1, z0 + r), (x1 - k, z0 + k), (x1 - r, z0), (x0 + r, z0), (x0 + k, z0 + k), (x0, z0 + r), (x0, z1 - r), (x0 + k, z1 - k)]
        self.poly(points if r > 0 else [(x0, z1), (x1, z1), (x1, z0), (x0, z0)], top, bottom, both=both)

    def line(self, points: list[tuple[float, float]], colour: Colour, width_m: float = 0.008) -> None:
        """A thin line on what is already there."""
        cv2.polylines(self.image, [self._points(points)], False, colour, max(round(width_m * PX_M), 1), cv2.LINE_AA, 4)

    def disc(self, x: float, z: float, radius_m: float, colour: Colour) -> None:
        """A filled circle."""
        centre = self._points([(x, z)])[0]
        for target, ink in ((self.image, colour), (self.alpha, 255)):
            cv2.circle(target, (int(centre[0]), int(centre[1])), round(radius_m * PX_M * 16), ink, -1, cv2.LINE_AA, 4)

    def text(self, text: str, x: float, z: float, height_m: float, colour: Colour, seed: int = 0) -> None:
        """Block lettering centred at x, its foot at z."""
        ink = block_text(text.replace("/", " "), max(round(height_m * PX_M), 5), seed)
        paint(self.image, ink, round(x * PX_M) - ink.shape[1] // 2, round((self.top_m - z - height_m) * PX_M), colour)

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


def window(width: float, bottom: float, top: float, coat: Coat, *, inset: float = 0.05, screen: bool = False) -> Texture:
    """A rear window or windscreen in its frame, dark, with the sky in its upper part."""
    sheet = Sheet(width, bottom, top)
    sheet.box(0, bottom, width, top, times(coat.colour, 1.05), times(coat.colour, 0.8), round_m=0.08)
    glass_top, glass_bottom = (112, 100, 86), (34, 32, 30)
    sheet.box(inset, bottom + 0.03, width - inset, top - 0.06, glass_top, glass_bottom, round_m=0.07)
    for x in (0.3, 0.7):
        sheet.box(width * x - 0.14, bottom + 0.05, width * x + 0.14, bottom + 0.22, (30, 29, 28), (24, 24, 24), round_m=0.08)
    slant = [(width * 0.15, top - 0.06), (width * 0.4, top - 0.06), (width * 0.25, bottom + 0.05), (width * 0.0 + inset, bottom + 0.05)]
    over = sheet.image.copy()
    sheet.poly(slant, (150, 140, 126), (70, 66, 62))
    sheet.image[:] = cv2.addWeighted(sheet.image, 0.35, over, 0.65, 0)
    if screen:
        sheet.box(width * 0.58, bottom + 0.06, width * 0.68, bottom + 0.12, (225, 225, 225))
    return sheet.texture()


def _tyres(sheet: Sheet, ground_m: float = 0.0) -> None:
    # Axle, silencer and the dark under the floor.
    sheet.box(0.2, ground_m + 0.09, sheet.width_m - 0.2, 0.3, (14, 14, 14), (24, 23, 22), round_m=0.05)
    sheet.box(0.06, ground_m, 0.27, 0.42, (18, 18, 18), (34, 33, 32), round_m=0.03, both=True)


def car_rear(width: float, top: float, coat: Coat, plate_z: float) -> Texture:
    """Lower rear of a saloon: boot lid, lamps, recess for the plate, bumper."""
    rng, sheet, paint_ = coat.rng(), Sheet(width, 0.0, top), coat.colour
    mid = width / 2
    _tyres(sheet)
    sheet.box(0.0, 0.2, width, top, times(paint_, 1.12), times(paint_, 0.72), round_m=0.1)
    sheet.box(0.04, top - 0.06, width - 0.04, top - 0.01, times(paint_, 1.3), times(paint_, 1.1), round_m=0.02)
    sheet.box(mid - 0.62, 0.55, mid + 0.62, top - 0.05, times(paint_, 1.08), times(paint_, 0.84), round_m=0.06)
    sheet.line([(mid - 0.62, top - 0.08), (mid - 0.6, 0.55), (mid + 0.6, 0.55), (mid + 0.62, top - 0.08)], times(paint_, 0.45))
    style = int(rng.integers(3))
    lamp_z = (top - 0.3, top - 0.1)
    inner = (0.42, 0.55, 0.36)[style]
    sheet.poly([(0.03, lamp_z[1]), (inner, lamp_z[1] - 0.01), (inner - 0.05, lamp_z[0] + 0.03), (0.02, lamp_z[0] - 0.06)], (52, 40, 205), (30, 20, 130), both=True)
    sheet.box(0.1, lamp_z[0] + 0.02, inner - 0.1, lamp_z[0] + 0.07, (190, 195, 225), (150, 160, 200), round_m=0.02, both=True)
    sheet.line([(0.04, lamp_z[1] - 0.02), (inner, lamp_z[1] - 0.03)], (140, 120, 250), 0.012)
    if plate_z > 0.6:
        sheet.box(mid - 0.4, plate_z - 0.13, mid + 0.4, plate_z + 0.13, times(paint_, 0.42), times(paint_, 0.62), round_m=0.04)
        sheet.box(mid - 0.36, plate_z + 0.125, mid + 0.36, plate_z + 0.16, (190, 190, 188), (120, 120, 120), round_m=0.015)
    sheet.box(0.01, 0.22, width - 0.01, 0.56, times(paint_, 0.98), times(paint_, 0.6), round_m=0.08)
    sheet.line([(0.03, 0.56), (width - 0.03, 0.56)], times(paint_, 0.4), 0.012)
    sheet.box(0.25, 0.2, width - 0.25, 0.32, (34, 33, 32), (18, 18, 18), round_m=0.03)
    sheet.box(0.12, 0.36, 0.34, 0.4, (40, 30, 150), (30, 20, 110), round_m=0.01, both=True)
    if plate_z <= 0.6:
        sheet.box(mid - 0.36, plate_z - 0.13, mid + 0.36, plate_z + 0.13, times(paint_, 0.5), times(paint_, 0.7), round_m=0.03)
    sheet.disc(mid, top - 0.11, 0.045, (200, 200, 198))
    sheet.disc(mid, top - 0.11, 0.03, times(paint_, 0.7))
    sheet.text(coat.lettering, width - 0.42, 0.585, 0.042, (195, 195, 192), coat.seed)
    return sheet.texture()


def car_front(width: float, top: float, coat: Coat) -> Texture:
    """Lower front of a car: bonnet edge, lamps, grille, bumper."""
    rng, sheet, paint_ = coat.rng(), Sheet(width, 0.0, top), coat.colour
    mid = width / 2
    _tyres(sheet)
    sheet.box(0.0, 0.2, width, top, times(paint_, 1.15), times(paint_, 0.7), round_m=0.12)
    sheet.poly([(0.06, top), (width - 0.06, top), (width - 0.2, top - 0.13), (0.2, top - 0.13)], times(paint_, 1.3), times(paint_, 1.0))
    grille = 0.36 + 0.12 * rng.random()
    sheet.poly([(mid - grille, top - 0.14), (mid + grille, top - 0.14), (mid + grille - 0.08, 0.56), (mid - grille + 0.08, 0.56)], (60, 58, 56), (20, 20, 20))
    for k in range(4):
        z = 0.6 + k * (top - 0.78) / 4
        sheet.line([(mid - grille + 0.06, z), (mid + grille - 0.06, z)], (140, 140, 138), 0.012)
    sheet.disc(mid, top - 0.2, 0.05, (205, 205, 202))
    sheet.poly([(0.04, top - 0.12), (mid - grille - 0.03, top - 0.17), (mid - grille - 0.01, 0.6), (0.03, 0.66)], (225, 222, 214), (120, 118, 116), both=True)
    sheet.disc(0.22, 0.69, 0.065, (250, 248, 244))
    sheet.disc(width - 0.22, 0.69, 0.065, (250, 248, 244))
    sheet.box(0.01, 0.22, width - 0.01, 0.55, times(paint_, 1.0), times(paint_, 0.62), round_m=0.08)
    sheet.box(0.3, 0.22, width - 0.3, 0.36, (30, 30, 30), (16, 16, 16), round_m=0.05)
    sheet.box(0.1, 0.3, 0.26, 0.4, (46, 46, 46), (20, 20, 20), round_m=0.03, both=True)
    sheet.disc(0.18, 0.35, 0.035, (190, 200, 205))
    sheet.disc(width - 0.18, 0.35, 0.035, (190, 200, 205))
    return sheet.texture()


def van_rear(width: float, height: float, coat: Coat, plate_z: float) -> Texture:
    """Upright rear of a van, people carrier or minibus: window, door, lamps, bumper, lettering."""
    sheet, paint_ = Sheet(width, 0.0, height), coat.colour
    mid = width / 2
    _tyres(sheet)
    sheet.poly([(0.1, height), (width - 0.1, height), (width, height * 0.6), (width, 0.22), (0, 0.22), (0, height * 0.6)], times(paint_, 1.12), times(paint_, 0.72))
    sheet.box(0.1, height - 0.14, width - 0.1, height - 0.02, times(coat.trim, 1.05), times(coat.trim, 0.85), round_m=0.06)
    low, high = height * 0.56, height - 0.2
    sheet.poly([(0.2, high), (width - 0.2, high), (width - 0.13, low), (0.13, low)], (110, 100, 88), (32, 31, 30))
    sheet.line([(width * 0.3, low), (width * 0.55, low + 0.05)], (15, 15, 15), 0.02)
    sheet.line([(0.11, low - 0.05), (0.14, 0.5), (width - 0.14, 0.5), (width - 0.11, low - 0.05)], times(paint_, 0.45))
    sheet.box(0.02, low - 0.42, 0.16, low - 0.04, (56, 44, 210), (28, 18, 125), round_m=0.03, both=True)
    sheet.box(0.03, low - 0.3, 0.15, low - 0.22, (60, 140, 235), (40, 110, 200), round_m=0.01, both=True)
    sheet.box(mid - 0.38, plate_z - 0.14, mid + 0.38, plate_z + 0.15, times(paint_, 0.55), times(paint_, 0.78), round_m=0.03)
    sheet.box(0.0, 0.22, width, 0.48, (70, 68, 66) if coat.seed % 2 else times(paint_, 0.9), (34, 33, 32), round_m=0.05)
    sheet.box(0.1, 0.36, 0.3, 0.41, (40, 30, 160), (30, 20, 120), both=True)
    sheet.text(coat.lettering, mid, low - 0.17, 0.07, times(coat.trim, 0.5) if max(coat.trim) > 120 else (220, 220, 220), coat.seed)
    return sheet.texture()


def van_front(width: float, height: float, coat: Coat) -> Texture:
    """Upright front of a van, people carrier, minibus or lorry cab: windscreen, lamps, grille, bumper."""
    sheet, paint_ = Sheet(width, 0.0, height), coat.colour
    mid = width / 2
    _tyres(sheet)
    sheet.poly([(0.12, height), (width - 0.12, height), (width, height * 0.58), (width, 0.22), (0, 0.22), (0, height * 0.58)], times(paint_, 1.12), times(paint_, 0.72))
    sheet.box(0.14, height - 0.15, width - 0.14, height - 0.02, times(coat.trim, 1.05), times(coat.trim, 0.85), round_m=0.06)
    low, high = height * 0.55, height - 0.2
    sheet.poly([(0.2, high), (width - 0.2, high), (width - 0.08, low), (0.08, low)], (128, 118, 104), (38, 37, 36))
    sheet.line([(mid - 0.5, low + 0.02), (mid + 0.1, low + 0.08)], (15, 15, 15), 0.02)
    lamp = low - 0.2
    sheet.box(0.05, lamp - 0.16, 0.42, lamp + 0.04, (228, 225, 218), (130, 128, 126), round_m=0.05, both=True)
    sheet.disc(0.22, lamp - 0.06, 0.065, (250, 248, 244))
    sheet.disc(width - 0.22, lamp - 0.06, 0.065, (250, 248, 244))
    sheet.box(0.46, lamp - 0.15, width - 0.46, lamp + 0.03, (60, 58, 56), (22, 22, 22), round_m=0.03)
    sheet.line([(0.46, lamp - 0.06), (width - 0.46, lamp - 0.06)], (170, 170, 168), 0.02)
    sheet.disc(mid, lamp - 0.06, 0.05, (200, 200, 198))
    sheet.box(0.0, 0.22, width, 0.55, times(paint_, 0.95), times(paint_, 0.6), round_m=0.06)
    sheet.box(0.3, 0.24, width - 0.3, 0.36, (30, 30, 30), (16, 16, 16), round_m=0.04)
    return sheet.texture()


def lorry_rear(width: float, height: float, coat: Coat) -> Texture:
    """Rear of a box lorry: doors with rods and hinges, lettering, lamps, under-run bar."""
    rng, sheet = coat.rng(), Sheet(width, 0.0, height)
    mid = width / 2
    sheet.box(0.12, 0.0, 0.46, 0.8, (16, 16, 16), (32, 31, 30), round_m=0.04, both=True)
    sheet.box(0.06, 0.55, width - 0.06, 0.98, (48, 46, 44), (26, 26, 26))
    sheet.box(0, 0.95, width, height, times(coat.trim, 1.04), times(coat.trim, 0.86), round_m=0.03)
    sheet.box(0, 0.95, width, 1.03, (120, 118, 116), (90, 88, 86))
    sheet.line([(mid, 1.0), (mid, height - 0.06)], times(coat.trim, 0.45), 0.016)
    sheet.line([(0.06, 1.04), (0.06, height - 0.06), (width - 0.06, height - 0.06), (width - 0.06, 1.04)], times(coat.trim, 0.6), 0.03)
    for x in (mid - 0.28, mid + 0.28):
        sheet.line([(x, 1.02), (x, height - 0.08)], (150, 150, 150), 0.022)
        sheet.box(x - 0.04, 1.5, x + 0.04, 1.58, (90, 90, 90))
    words = coat.lettering.split("/")
    for k, word in enumerate(words):
        sheet.text(word, mid, height - 0.75 - 0.34 * k, 0.2 if k == 0 else 0.13, shade(rng, coat.colour, 10), coat.seed + k)
    sheet.box(0.1, 0.62, 0.42, 0.78, (54, 42, 205), (28, 18, 125), both=True)
    sheet.box(0.3, 0.62, 0.42, 0.78, (60, 140, 235), (40, 110, 200), both=True)
    sheet.box(0.2, 0.36, width - 0.2, 0.46, (60, 60, 62), (40, 40, 40))
    for k in range(8):
        x = 0.2 + k * (width - 0.4) / 8
        sheet.poly([(x, 0.36), (x + 0.1, 0.46), (x + 0.2, 0.46), (x + 0.1, 0.36)], (40, 60, 215) if k % 2 else (230, 230, 230))
    return sheet.texture()


def side(length: float, bottom: float, top: float, coat: Coat, wheels: tuple[float, float], *, doors: bool = True) -> Texture:
    """Lower side with wheels, `wheels` metres from the face's left edge."""
    sheet, paint_ = Sheet(length, 0.0, top), coat.colour
    sheet.box(0.0, bottom, length, top, times(paint_, 1.1), times(paint_, 0.62), round_m=0.12)
    sheet.box(0.05, top - 0.3, length - 0.05, top - 0.26, times(paint_, 1.3), times(paint_, 1.05))
    if doors:
        for x in (0.34, 0.56, 0.76):
            sheet.line([(length * x, top), (length * x, bottom + 0.1)], times(paint_, 0.42))
    sheet.box(0.1, bottom, length - 0.1, bottom + 0.08, (40, 39, 38), (20, 20, 20))
    for x in wheels:
        sheet.disc(x, 0.33, 0.39, (14, 14, 14))
        sheet.disc(x, 0.32, 0.32, _RUBBER)
        sheet.disc(x, 0.32, 0.21, (150, 150, 152))
        sheet.disc(x, 0.32, 0.16, (96, 96, 98))
        sheet.disc(x, 0.32, 0.05, (170, 170, 170))
    return sheet.texture()


def glasshouse(length: float, bottom: float, top: float, coat: Coat, slope: tuple[float, float], panes: int) -> Texture:
    """Side windows with pillars; `slope` is how far the roof starts in from the left and right edges."""
    sheet = Sheet(length, bottom, top)
    left, right = slope
    sheet.poly([(left, top), (length - right, top), (length, bottom), (0, bottom)], times(coat.colour, 1.1), times(coat.colour, 0.85))
    inset = 0.07
    sheet.poly([(left + inset, top - 0.06), (length - right - inset, top - 0.06), (length - 0.16, bottom + 0.04), (0.16, bottom + 0.04)], (105, 96, 84), (34, 33, 32))
    for k in range(1, panes):
        x = left + (length - left - right) * k / panes
        sheet.box(x - 0.035, bottom + 0.02, x + 0.035, top - 0.05, _BLACK)
    return sheet.texture()


def plain(width: float, height: float, colour: Colour) -> Texture:
    """A plain panel, such as a roof."""
    sheet = Sheet(width, 0.0, height)
    sheet.box(0, 0, width, height, times(colour, 1.15), times(colour, 1.0), round_m=0.1)
    return sheet.texture()
