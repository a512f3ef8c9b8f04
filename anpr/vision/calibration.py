"""From what the vote claims to how often that is true, and from where on a read is shown.

``calibration.toml`` is written by ``anpr bench calibration`` from plates whose text is known and that no
weight was trained on. It belongs to the shipped reader; another reader's claims may be worth less.
"""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

FILE_NAME = "calibration.toml"
#: Claims beyond this say nothing more.
SUREST = 1 - 1e-6


@dataclass(frozen=True, slots=True)
class Calibration:
    """The measured curve and the thresholds that follow from it.

    Attributes:
        made_at: day of the measurement, ISO 8601.
        source: reader and plates it was made with.
        slope, intercept, per_reading: log odds of the truth = slope * log odds of the claim + intercept
            + per_reading * ln(number of readings).
        still: from here on a read of a single picture is shown.
        video: from here on a track's read is shown, and told to the car at once.
    """

    made_at: str
    source: str
    slope: float
    intercept: float
    per_reading: float
    still: float
    video: float


@cache
def calibration() -> Calibration:
    """The calibration as it lies in the package."""
    text = resources.files("anpr.vision").joinpath(FILE_NAME).read_text(encoding="utf-8")
    return Calibration(**tomllib.loads(text))


def calibrated(claimed: float, readings: int, curve: Calibration | None = None) -> float:
    """How often a claim of so many readings is true, 0..1; rises with the claim."""
    curve = curve or calibration()
    odds = curve.slope * log_odds(claimed) + curve.intercept + curve.per_reading * math.log(readings)
    return 1 / (1 + math.exp(-odds))


def log_odds(probability: float) -> float:
    """ln(p / (1 - p)), kept finite."""
    bounded = min(SUREST, max(1 - SUREST, probability))
    return math.log(bounded / (1 - bounded))
