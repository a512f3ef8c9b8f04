"""Rears of vehicles, painted flat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anpr.training.drives_sheet import Coat, Sheet, times, tyres
from anpr.training.plates import shade

if TYPE_CHECKING:
    from anpr.training.drives_camera import Texture


def car_rear(width: float, top: float, coat: Coat, plate_z: float) -> Texture:
    """Lower rear of a saloon: boot lid, lamps, recess for the plate, bumper."""
    rng, sheet, paint_ = coat.rng(), Sheet(width, 0.0, top), coat.colour
    mid = width / 2
    tyres(sheet)
    sheet.box(0.0, 0.2, width, top, times(paint_, 1.12), times(paint_, 0.72), round_m=0.1)
    sheet.box(
        0.04, top - 0.06, width - 0.04, top - 0.01, times(paint_, 1.3), times(paint_, 1.1), round_m=0.02
    )
    sheet.box(
        mid - 0.62, 0.55, mid + 0.62, top - 0.05, times(paint_, 1.08), times(paint_, 0.84), round_m=0.06
    )
    sheet.line(
        [(mid - 0.62, top - 0.08), (mid - 0.6, 0.55), (mid + 0.6, 0.55), (mid + 0.62, top - 0.08)],
        times(paint_, 0.45),
    )
    style = int(rng.integers(3))
    lamp_z = (top - 0.3, top - 0.1)
    inner = (0.42, 0.55, 0.36)[style]
    sheet.poly(
        [
            (0.03, lamp_z[1]),
            (inner, lamp_z[1] - 0.01),
            (inner - 0.05, lamp_z[0] + 0.03),
            (0.02, lamp_z[0] - 0.06),
        ],
        (52, 40, 205),
        (30, 20, 130),
        both=True,
    )
    sheet.box(
        0.1,
        lamp_z[0] + 0.02,
        inner - 0.1,
        lamp_z[0] + 0.07,
        (190, 195, 225),
        (150, 160, 200),
        round_m=0.02,
        both=True,
    )
    sheet.line([(0.04, lamp_z[1] - 0.02), (inner, lamp_z[1] - 0.03)], (140, 120, 250), 0.012)
    if plate_z > 0.6:
        sheet.box(
            mid - 0.4,
            plate_z - 0.13,
            mid + 0.4,
            plate_z + 0.13,
            times(paint_, 0.42),
            times(paint_, 0.62),
            round_m=0.04,
        )
        sheet.box(
            mid - 0.36,
            plate_z + 0.125,
            mid + 0.36,
            plate_z + 0.16,
            (190, 190, 188),
            (120, 120, 120),
            round_m=0.015,
        )
    sheet.box(0.01, 0.22, width - 0.01, 0.56, times(paint_, 0.98), times(paint_, 0.6), round_m=0.08)
    sheet.line([(0.03, 0.56), (width - 0.03, 0.56)], times(paint_, 0.4), 0.012)
    sheet.box(0.25, 0.2, width - 0.25, 0.32, (34, 33, 32), (18, 18, 18), round_m=0.03)
    sheet.box(0.12, 0.36, 0.34, 0.4, (40, 30, 150), (30, 20, 110), round_m=0.01, both=True)
    if plate_z <= 0.6:
        sheet.box(
            mid - 0.36,
            plate_z - 0.13,
            mid + 0.36,
            plate_z + 0.13,
            times(paint_, 0.5),
            times(paint_, 0.7),
            round_m=0.03,
        )
    sheet.disc(mid, top - 0.11, 0.045, (200, 200, 198))
    sheet.disc(mid, top - 0.11, 0.03, times(paint_, 0.7))
    sheet.text(coat.lettering, width - 0.42, 0.585, 0.042, (195, 195, 192), coat.seed)
    return sheet.texture()


def van_rear(width: float, height: float, coat: Coat, plate_z: float) -> Texture:
    """Upright rear of a van, people carrier or minibus: window, door, lamps, bumper, lettering."""
    sheet, paint_ = Sheet(width, 0.0, height), coat.colour
    mid = width / 2
    tyres(sheet)
    sheet.poly(
        [
            (0.1, height),
            (width - 0.1, height),
            (width, height * 0.6),
            (width, 0.22),
            (0, 0.22),
            (0, height * 0.6),
        ],
        times(paint_, 1.12),
        times(paint_, 0.72),
    )
    sheet.box(
        0.1,
        height - 0.14,
        width - 0.1,
        height - 0.02,
        times(coat.trim, 1.05),
        times(coat.trim, 0.85),
        round_m=0.06,
    )
    low, high = height * 0.56, height - 0.2
    sheet.poly(
        [(0.2, high), (width - 0.2, high), (width - 0.13, low), (0.13, low)], (110, 100, 88), (32, 31, 30)
    )
    sheet.line([(width * 0.3, low), (width * 0.55, low + 0.05)], (15, 15, 15), 0.02)
    sheet.line(
        [(0.11, low - 0.05), (0.14, 0.5), (width - 0.14, 0.5), (width - 0.11, low - 0.05)],
        times(paint_, 0.45),
    )
    sheet.box(0.02, low - 0.42, 0.16, low - 0.04, (56, 44, 210), (28, 18, 125), round_m=0.03, both=True)
    sheet.box(0.03, low - 0.3, 0.15, low - 0.22, (60, 140, 235), (40, 110, 200), round_m=0.01, both=True)
    sheet.box(
        mid - 0.38,
        plate_z - 0.14,
        mid + 0.38,
        plate_z + 0.15,
        times(paint_, 0.55),
        times(paint_, 0.78),
        round_m=0.03,
    )
    sheet.box(
        0.0,
        0.22,
        width,
        0.48,
        (70, 68, 66) if coat.seed % 2 else times(paint_, 0.9),
        (34, 33, 32),
        round_m=0.05,
    )
    sheet.box(0.1, 0.36, 0.3, 0.41, (40, 30, 160), (30, 20, 120), both=True)
    sheet.text(
        coat.lettering,
        mid,
        low - 0.17,
        0.07,
        times(coat.trim, 0.5) if max(coat.trim) > 120 else (220, 220, 220),
        coat.seed,
    )
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
    sheet.line(
        [(0.06, 1.04), (0.06, height - 0.06), (width - 0.06, height - 0.06), (width - 0.06, 1.04)],
        times(coat.trim, 0.6),
        0.03,
    )
    for x in (mid - 0.28, mid + 0.28):
        sheet.line([(x, 1.02), (x, height - 0.08)], (150, 150, 150), 0.022)
        sheet.box(x - 0.04, 1.5, x + 0.04, 1.58, (90, 90, 90))
    words = coat.lettering.split("/")
    for k, word in enumerate(words):
        sheet.text(
            word,
            mid,
            height - 0.75 - 0.34 * k,
            0.2 if k == 0 else 0.13,
            shade(rng, coat.colour, 10),
            coat.seed + k,
        )
    sheet.box(0.1, 0.62, 0.42, 0.78, (54, 42, 205), (28, 18, 125), both=True)
    sheet.box(0.3, 0.62, 0.42, 0.78, (60, 140, 235), (40, 110, 200), both=True)
    sheet.box(0.2, 0.36, width - 0.2, 0.46, (60, 60, 62), (40, 40, 40))
    for k in range(8):
        x = 0.2 + k * (width - 0.4) / 8
        sheet.poly(
            [(x, 0.36), (x + 0.1, 0.46), (x + 0.2, 0.46), (x + 0.1, 0.36)],
            (40, 60, 215) if k % 2 else (230, 230, 230),
        )
    return sheet.texture()
