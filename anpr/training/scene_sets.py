"""Drawn road scenes as a labelled set in a folder, so that training reads them like any other."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import cv2
import numpy as np

from anpr.training.data import MANIFEST_NAME
from anpr.training.scenes import scene

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

#: Frame of a scene, px: what the detector sees of a 1080p frame at 960.
SIZE_PX = (960, 540)
JPEG_QUALITY = 92


def draw(folder: Path, count: int, seed: int = 1, on_progress: Callable[[int], None] | None = None) -> Path:
    """Draws scenes into `folder` until it holds `count`; what lies there already is kept.

    Args:
        folder: where `images/` and the manifest go.
        count: how many scenes.
        seed: seed and number of a scene alone decide what it shows.
        on_progress: told the number of scenes drawn.

    Returns:
        The folder, loadable by `anpr.training.data.load_manifest`.
    """
    images = folder / "images"
    images.mkdir(parents=True, exist_ok=True)
    manifest = folder / MANIFEST_NAME
    done = len(manifest.read_text(encoding="utf-8").splitlines()) if manifest.is_file() else 0
    with manifest.open("a", encoding="utf-8") as lines:
        for number in range(done, count):
            made = scene(np.random.default_rng([seed, number]), SIZE_PX)
            name = f"images/{number:05d}.jpg"
            cv2.imwrite(str(folder / name), made.image, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
            row = {
                "image": name,
                "width": SIZE_PX[0],
                "height": SIZE_PX[1],
                "plates": [
                    {"bbox": list(plate.box), "text": plate.text, "rows": plate.rows} for plate in made.plates
                ],
            }
            lines.write(json.dumps(row, ensure_ascii=False) + "\n")
            lines.flush()
            if on_progress is not None:
                on_progress(number + 1)
    return folder
