"""Whether detector and reader see: a drawn car with a known plate must be found and read."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from anpr.edge.doctor import Finding, Level
from anpr.errors import ModelError
from anpr.plates import normal_form

if TYPE_CHECKING:
    from anpr.types import Image
    from anpr.vision.engines import Engine

MARK: Final = "AB 1234"
SLOW_MS: Final = 250.0
"""Below four frames a second a car that passes at 50 km/h is seen three times at most."""
N_RUNS: Final = 4
"""The first warms up; the best of them tells what the machine can do beside its other work."""
_NEXT_STEP: Final = "Fetch models/ again, or go back to --engine default."


def model(engine_name: str) -> Finding:
    """Loads the engine (its weights verified by SHA-256), finds and reads the drawn plate, and times it.

    Raises:
        AnprError: weights are missing or altered, or the engine does not exist.
    """
    from anpr.vision import engines

    engine = engines.load(engine_name)
    scene = drawn_scene()
    times_ms = []
    for _ in range(N_RUNS):
        started = time.perf_counter()
        text = look(engine, scene)
        times_ms.append((time.perf_counter() - started) * 1000)
    took_ms = min(times_ms)
    if text is None:
        raise ModelError(
            f"The detector of {engine_name} does not see the plate of the self-test.", _NEXT_STEP
        )
    if normal_form(text) != normal_form(MARK):
        raise ModelError(f"The reader of {engine_name} reads {MARK} as {text or 'nothing'}.", _NEXT_STEP)
    words = f"Weights verified; the self-test plate {MARK} is found and read in {took_ms:.0f} ms"
    if took_ms > SLOW_MS:
        return Finding(
            Level.WARN,
            f"{words}, which is slow for a moving car.",
            "End other programs, or choose a faster engine.",
        )
    return Finding(Level.OK, f"{words}.")


def look(engine: Engine, scene: Image) -> str | None:
    """What the engine reads on the plate it is surest of; None when it sees none."""
    from anpr.vision.read import cut

    found = engine.detector.detect(scene)
    if not found:
        return None
    return engine.reader.read([cut(scene, found[0].box, engine.reader.margin)])[0].text


def drawn_scene() -> Image:
    """The rear of a car with a yellow plate in a grey 720p picture, drawn with lines and boxes."""
    import cv2
    import numpy as np

    scene = np.full((720, 1280, 3), (120, 120, 118), np.uint8)
    for corner, opposite, colour in (
        ((380, 200), (900, 620), (60, 50, 45)),  # body
        ((440, 230), (840, 380), (30, 28, 26)),  # window
        ((400, 440), (460, 500), (40, 40, 190)),  # lamps
        ((820, 440), (880, 500), (40, 40, 190)),
        ((515, 480), (765, 534), (40, 210, 240)),  # plate
    ):
        cv2.rectangle(scene, corner, opposite, colour, cv2.FILLED)
    cv2.rectangle(scene, (515, 480), (765, 534), (20, 20, 20), 2)
    cv2.putText(scene, MARK, (529, 523), cv2.FONT_HERSHEY_DUPLEX, 1.55, (10, 10, 10), 4, cv2.LINE_AA)
    blurred: Image = cv2.GaussianBlur(scene, (3, 3), 0)
    return blurred
