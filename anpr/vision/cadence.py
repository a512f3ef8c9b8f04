"""How often the detector looks: a car's camera delivers more frames than a plate needs looks."""

from __future__ import annotations

#: Looks a second in a car. A plate stays in view for a third of a second at least: five looks,
#: and the tracker, which works in seconds, carries it over the frames between. Every frame of a camera
#: of 15 frames a second, every second one of 25 or 30.
LOOKS_PER_S = 15.0
#: A frame that comes this much early is on time: stamps jitter.
TOLERANCE_S = 0.004


class Cadence:
    """Tells which frames are looked at.

    Args:
        looks_per_s: at most so many frames a second; 0 looks at every frame.
    """

    def __init__(self, looks_per_s: float = LOOKS_PER_S) -> None:
        self._gap_s = 1 / looks_per_s if looks_per_s else 0.0
        self._last_s: float | None = None

    def due(self, at_s: float) -> bool:
        """Whether the frame of this moment is looked at; moments never fall."""
        if self._last_s is not None and at_s - self._last_s < self._gap_s - TOLERANCE_S:
            return False
        self._last_s = at_s
        return True
