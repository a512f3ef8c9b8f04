"""Fronts, sides, windows and roofs of vehicles, painted flat."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2

from anpr.training.drives_sheet import BLACK, RUBBER, Coat, Sheet, times, tyres

if TYPE_CHECKING:
    from anpr.training.drives_camera import Texture
    from anpr.training.plates import Colour


def window(
    width: float, bottom: float, top: float, coat: Coat, *, inset: float = 0.05, screen: bool = False
) -> Texture:
    """A rear window or windscreen in its frame, dark, with the sky in its upper part."""
    sheet = Sheet(width, bottom, top)
    sheet.box(0, bottom, width, top, times(coat.colour, 1.05), times(coat.colour, 0.8), round_m=0.08)
    glass_top, glass_bottom = (112, 100, 86), (34, 32, 30)
    sheet.box(inset, bottom + 0.03, width - inset, top - 0.06, glass_top, glass_bottom, round_m=0.07)
    for x in (0.3, 0.7):
        sheet.box(
            width * x - 0.14,
            bottom + 0.05,
            width * x + 0.14,
            bottom + 0.22,
            (30, 29, 28),
            (24, 24, 24),
            round_m=0.08,
        )
    slant = [
        (width * 0.15, top - 0.06),
        (width * 0.4, top - 0.06),
        (width * 0.25, bottom + 0.05),
        (width * 0.0 + inset, bottom + 0.05),
    ]
    over = sheet.image.copy()
    sheet.poly(slant, (150, 140, 126), (70, 66, 62))
    sheet.image[:] = cv2.addWeighted(sheet.image, 0.35, over, 0.65, 0)
    if screen:
        sheet.box(width * 0.58, bottom + 0.06, width * 0.68, bottom + 0.12, (225, 225, 225))
    return sheet.texture()


def car_front(width: float, top: float, coat: Coat) -> Texture:
    """Lower front of a car: bonnet edge, lamps, grille, bumper."""
    rng, sheet, paint_ = coat.rng(), Sheet(width, 0.0, top), coat.colour
    mid = width / 2
    tyres(sheet)
    sheet.box(0.0, 0.2, width, top, times(paint_, 1.15), times(paint_, 0.7), round_m=0.12)
    sheet.poly(
        [(0.06, top), (width - 0.06, top), (width - 0.2, top - 0.13), (0.2, top - 0.13)],
        times(paint_, 1.3),
        times(paint_, 1.0),
    )
    grille = 0.36 + 0.12 * rng.random()
    sheet.poly(
        [
            (mid - grille, top - 0.14),
            (mid + grille, top - 0.14),
            (mid + grille - 0.08, 0.56),
            (mid - grille + 0.08, 0.56),
        ],
        (60, 58, 56),
        (20, 20, 20),
    )
    for k in range(4):
        z = 0.6 + k * (top - 0.78) / 4
        sheet.line([(mid - grille + 0.06, z), (mid + grille - 0.06, z)], (140, 140, 138), 0.012)
    sheet.disc(mid, top - 0.2, 0.05, (205, 205, 202))
    sheet.poly(
        [(0.04, top - 0.12), (mid - grille - 0.03, top - 0.17), (mid - grille - 0.01, 0.6), (0.03, 0.66)],
        (225, 222, 214),
        (120, 118, 116),
        both=True,
    )
    sheet.disc(0.22, 0.69, 0.065, (250, 248, 244))
    sheet.disc(width - 0.22, 0.69, 0.065, (250, 248, 244))
    sheet.box(0.01, 0.22, width - 0.01, 0.55, times(paint_, 1.0), times(paint_, 0.62), round_m=0.08)
    sheet.box(0.3, 0.22, width - 0.3, 0.36, (30, 30, 30), (16, 16, 16), round_m=0.05)
    sheet.box(0.1, 0.3, 0.26, 0.4, (46, 46, 46), (20, 20, 20), round_m=0.03, both=True)
    sheet.disc(0.18, 0.35, 0.035, (190, 200, 205))
    sheet.disc(width - 0.18, 0.35, 0.035, (190, 200, 205))
    return sheet.texture()


def van_front(width: float, height: float, coat: Coat) -> Texture:
    """Upright front of a van, people carrier, minibus or lorry cab: windscreen, lamps, grille, bumper."""
    sheet, paint_ = Sheet(width, 0.0, height), coat.colour
    mid = width / 2
    tyres(sheet)
    sheet.poly(
        [
            (0.12, height),
            (width - 0.12, height),
            (width, height * 0.58),
            (width, 0.22),
            (0, 0.22),
            (0, height * 0.58),
        ],
        times(paint_, 1.12),
        times(paint_, 0.72),
    )
    sheet.box(
        0.14,
        height - 0.15,
        width - 0.14,
        height - 0.02,
        times(coat.trim, 1.05),
        times(coat.trim, 0.85),
        round_m=0.06,
    )
    low, high = height * 0.55, height - 0.2
    sheet.poly(
        [(0.2, high), (width - 0.2, high), (width - 0.08, low), (0.08, low)], (128, 118, 104), (38, 37, 36)
    )
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


def side(
    length: float, bottom: float, top: float, coat: Coat, wheels: tuple[float, float], *, doors: bool = True
) -> Texture:
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
        sheet.disc(x, 0.32, 0.32, RUBBER)
        sheet.disc(x, 0.32, 0.21, (150, 150, 152))
        sheet.disc(x, 0.32, 0.16, (96, 96, 98))
        sheet.disc(x, 0.32, 0.05, (170, 170, 170))
    return sheet.texture()


def glasshouse(
    length: float, bottom: float, top: float, coat: Coat, slope: tuple[float, float], panes: int
) -> Texture:
    """Side windows with pillars; `slope` is how far the roof starts in from the left and right edges."""
    sheet = Sheet(length, bottom, top)
    left, right = slope
    sheet.poly(
        [(left, top), (length - right, top), (length, bottom), (0, bottom)],
        times(coat.colour, 1.1),
        times(coat.colour, 0.85),
    )
    inset = 0.07
    sheet.poly(
        [
            (left + inset, top - 0.06),
            (length - right - inset, top - 0.06),
            (length - 0.16, bottom + 0.04),
            (0.16, bottom + 0.04),
        ],
        (105, 96, 84),
        (34, 33, 32),
    )
    for k in range(1, panes):
        x = left + (length - left - right) * k / panes
        sheet.box(x - 0.035, bottom + 0.02, x + 0.035, top - 0.05, BLACK)
    return sheet.texture()


def plain(width: float, height: float, colour: Colour) -> Texture:
    """A plain panel, such as a roof."""
    sheet = Sheet(width, 0.0, height)
    sheet.box(0, 0, width, height, times(colour, 1.15), times(colour, 1.0), round_m=0.1)
    return sheet.texture()
