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
UTMOST = 1e-9


@dataclass(frozen=True, slots=True)
class Curve:
    """How much claims are worth: log odds of the truth = slope * log odds of the claim + intercept."""

    slope: float
    intercept: float

    def probability(self, claimed: float) -> float:
        """How often such a claim is true, 0..1; rises with the claim."""
        return 1 / (1 + math.exp(-self.slope * log_odds(claimed) - self.intercept))


@dataclass(frozen=True, slots=True)
class Trust:
    """What is believed, and from where on it is shown.

    Frames of one track repeat each other's errors, so that several readings that claim much together are
    worth less than one that claims as much alone.

    Attributes:
        alone: for a single reading.
        together: for several.
        threshold: reads from this probability on are shown; below it is "cannot read".
    """

    alone: Curve
    together: Curve
    threshold: float

    def probability(self, claimed: float, readings: int) -> float:
        """How often a claim of so many readings is true, 0..1."""
        return (self.alone if readings == 1 else self.together).probability(claimed)


@dataclass(frozen=True, slots=True)
class Calibration:
    """What was measured.

    Attributes:
        made_at: day of the measurement, ISO 8601.
        source: reader and plates it was made with.
        still: for single pictures.
        still_sure: reads of single pictures from this probability on need no second look by a person; what is
            shown below it is a guess, and is marked as one.
        video: for tracks, from their first reading on.
    """

    made_at: str
    source: str
    still: Trust
    still_sure: float
    video: Trust


@cache
def calibration() -> Calibration:
    """The calibration as it lies in the package."""
    text = resources.files("anpr.vision").joinpath(FILE_NAME).read_text(encoding="utf-8")
    found = tomllib.loads(text)
    still, video = (
        Trust(Curve(**found[name]["alone"]), Curve(**found[name]["together"]), found[name]["threshold"])
        for name in ("still", "video")
    )
    return Calibration(found["made_at"], found["source"], still, found["still"]["sure"], video)


def log_odds(probability: float) -> float:
    """ln(p / (1 - p)), kept finite."""
    bounded = min(1 - UTMOST, max(UTMOST, probability))
    return math.log(bounded / (1 - bounded))
