"""Texts for plates that nobody has read yet: those on which two readers of different schooling agree.

Where the product's reader and PP-OCRv6 read the same, or PP-OCRv6 is very sure of about as many characters,
the text is taken as label (pseudo-labels, Lee 2013). On 630 plates of the training sets that people had read,
625 of such texts were right.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from anpr.plates import normal_form
from anpr.training.alphabet import encode
from anpr.training.data import MANIFEST_NAME, load_manifest
from anpr.vision.read import LATIN, cut

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from anpr.training.data import LabelledPlate
    from anpr.types import Image, Reading
    from anpr.vision.read_plate import PlateReader
    from anpr.vision.read_ppocr import PpocrReader

#: Smaller plates are not worth a guess.
LEAST_WIDTH_PX, LEAST_HEIGHT_PX = 40, 10
LEAST_CHARACTERS = 4
#: How sure each reader is of its least character where they agree, and PP-OCRv6 where they need not.
SURE_GENERAL, SURE_OWN, SURE_ALONE = 0.6, 0.4, 0.97


@dataclass(slots=True)
class Agreed:
    """Counts: plates without a text, those given one, labelled plates with an agreed text, right ones."""

    unread: int = 0
    given: int = 0
    checked: int = 0
    right: int = 0


def write_agreed(
    set_dir: Path,
    out: Path,
    own: PlateReader,
    general: PpocrReader,
    on_progress: Callable[[int, int], None] | None = None,
) -> Agreed:
    """Writes `out/manifest.jsonl` with the plates of a set that had no text and were given one.

    Plates that have a text are read too: how often the agreed text is theirs tells what the rest is worth.

    Args:
        set_dir: a set; its pictures stay where they are.
        out: folder of the new manifest.
        own: the product's reader.
        general: the second reader.
        on_progress: told pictures done and all.

    Raises:
        PolicyError: the set is for evaluation only.
        InputError: the set cannot be read.
    """
    import cv2

    counts = Agreed()
    lines: list[str] = []
    pictures = load_manifest(set_dir, for_training=True)
    for number, picture in enumerate(pictures, start=1):
        wanted = [plate for plate in picture.plates if plate.readable and _large(plate)]
        loaded = cv2.imread(str(picture.path)) if wanted else None
        found: list[dict[str, object]] = []
        for plate in wanted if loaded is not None else []:
            text, rows = _agreed_text(np.asarray(loaded, np.uint8), plate, own, general)
            if plate.text:
                counts.checked += bool(text)
                counts.right += bool(text) and normal_form(text) == normal_form(plate.text)
                continue
            counts.unread += 1
            if text:
                counts.given += 1
                found.append({"bbox": list(plate.box), "text": text, "rows": rows})
        if found:
            path = os.path.relpath(picture.path, out)
            lines.append(
                json.dumps(
                    {"image": path, "width": picture.width_px, "height": picture.height_px, "plates": found}
                )
            )
        if on_progress is not None:
            on_progress(number, len(pictures))
    out.mkdir(parents=True, exist_ok=True)
    (out / MANIFEST_NAME).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return counts


def _large(plate: LabelledPlate) -> bool:
    x1, y1, x2, y2 = plate.box
    return x2 - x1 >= LEAST_WIDTH_PX and y2 - y1 >= LEAST_HEIGHT_PX


def _agreed_text(
    image: Image, plate: LabelledPlate, own: PlateReader, general: PpocrReader
) -> tuple[str, int]:
    (first,) = own.read([cut(image, plate.box, own.margin)])
    (second,) = general.read([cut(image, plate.box, general.margin)])
    return (second.text if believed(first, second) else ""), first.rows


def believed(own: Reading, general: Reading) -> bool:
    """Whether the text of the second reader is good enough to learn from."""
    if (
        len(general.text) < LEAST_CHARACTERS
        or not LATIN.issuperset(general.text)
        or encode(general.text) is None
    ):
        return False
    if normal_form(own.text) == normal_form(general.text):
        return general.confidence > SURE_GENERAL and own.confidence > SURE_OWN
    alike = (
        own.rows == 1 and abs(len(own.text) - len(general.text)) <= 1 and len(general.text) > LEAST_CHARACTERS
    )
    return alike and general.confidence > SURE_ALONE
