"""An empty street and a dead model look alike, so the reader must read a known plate now and then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anpr.edge.doctor_model import MARK, drawn_scene, look
from anpr.errors import ModelError
from anpr.plates import normal_form

if TYPE_CHECKING:
    from anpr.vision.engines import Engine


def self_test(engine: Engine) -> None:
    """Finds and reads the plate of a drawn scene.

    Raises:
        ModelError: it was not found, or read as something else.
    """
    text = look(engine, drawn_scene())
    if text is None or normal_form(text) != normal_form(MARK):
        raise ModelError(
            "The reader does not read its own test plate: it is blind.",
            "Run `anpr doctor`, and restart; until then trust your eyes.",
        )
