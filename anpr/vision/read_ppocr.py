"""PP-OCRv6 small recogniser (Apache-2.0, inside the ``rapidocr`` wheel) on crops of plates.

It reads one row with its full alphabet; what stands on no plate is left out afterwards, because masking
its classes forces emblems and dashes into letters (measured: 5 points worse). Two rows are read apart.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from anpr.errors import ModelError
from anpr.vision.detect_onnx import session
from anpr.vision.read import keep_plate_characters
from anpr.vision.read_rows import choose, rows_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anpr.types import Image, Reading
    from anpr.vision.detect import Floats
    from anpr.vision.read_rows import Row

WEIGHTS = "models/PP-OCRv6_rec_small.onnx"
HEIGHT_PX = 48
#: The network was trained on rows padded to this width; less costs 2 points on far plates.
LEAST_WIDTH_PX = 320
MOST_WIDTH_PX = 960
BATCH = 8


def weights_of_ppocr() -> Path:
    """The file of its weights in the ``rapidocr`` package.

    Raises:
        ModelError: the package or the file is missing.
    """
    # Only the package's files are used: importing it would read its settings and set up its logger.
    spec = importlib.util.find_spec("rapidocr")
    path = Path(spec.origin).parent / WEIGHTS if spec and spec.origin else None
    if path is None or not path.is_file():
        raise ModelError(
            "The PP-OCRv6 weights are missing from the rapidocr package.",
            "Install it: pip install 'patrol-anpr[ppocr]'.",
        )
    return path


def alphabet_of(characters: str) -> list[str]:
    """What each class stands for, from what the weights say of it; class 0 is the blank of CTC."""
    return ["", *characters.splitlines(), " "]


class PpocrReader:
    """Reads rows of characters.

    Args:
        threads: threads inside an operator; None for one a core.

    Raises:
        ModelError: the ``rapidocr`` package or its weights are missing.
    """

    #: Best of five on the training sets with the product's own tight boxes; 5 % costs 12 points on two rows.
    margin = 0.01

    def __init__(self, threads: int | None = None) -> None:
        self._session = session(weights_of_ppocr(), threads)
        self._alphabet = alphabet_of(self._session.get_modelmeta().custom_metadata_map["character"])

    def read(self, crops: Sequence[Image]) -> list[Reading]:
        """One reading a crop (BGR), in their order; an empty text where nothing can be read."""
        parts = [rows_of(crop) for crop in crops]
        rows = iter(self.read_rows([row for part in parts for row in part]))
        return [choose([next(rows) for _ in part]) for part in parts]

    def read_rows(self, lines: Sequence[Image]) -> list[Row]:
        """What stands in each picture of a single row (BGR), in their order."""
        # Alike widths share a batch, so that a narrow row is not padded to a wide one.
        order = sorted(range(len(lines)), key=lambda i: lines[i].shape[1] / lines[i].shape[0])
        rows: list[Row] = [("", ())] * len(lines)
        for start in range(0, len(order), BATCH):
            batch = order[start : start + BATCH]
            (output,) = self._session.run(None, {"x": to_batch([lines[i] for i in batch])})
            best, sure = output.argmax(axis=2), output.max(axis=2)
            for i, classes, probabilities in zip(batch, best, sure, strict=True):
                rows[i] = self._collapse(classes, probabilities)
        return rows

    def _collapse(self, classes: np.ndarray, probabilities: Floats) -> Row:
        """CTC: runs of one class are one character, as certain as its best moment; class 0 parts them."""
        text: list[str] = []
        sure: list[float] = []
        previous = 0
        for index, probability in zip(classes.tolist(), probabilities.tolist(), strict=True):
            if index and index == previous:
                sure[-1] = max(sure[-1], probability)
            elif index:
                text.append(self._alphabet[index])
                sure.append(probability)
            previous = index
        return keep_plate_characters(text, sure)


def to_batch(lines: Sequence[Image]) -> Floats:
    """Crops of rows to (n, 3, 48, width) in -1..1, padded with 0 on the right."""
    import cv2

    widths = [min(MOST_WIDTH_PX, max(8, -(-HEIGHT_PX * x.shape[1] // x.shape[0]))) for x in lines]
    batch = np.zeros((len(lines), 3, HEIGHT_PX, max(LEAST_WIDTH_PX, *widths)), np.float32)
    for i, (line, width) in enumerate(zip(lines, widths, strict=True)):
        resized = cv2.resize(line, (width, HEIGHT_PX))
        batch[i, :, :, :width] = resized.transpose(2, 0, 1) / np.float32(127.5) - 1
    return batch
