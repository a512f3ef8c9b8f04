"""Labels typed into a table: a CSV with a line a plate becomes a set that can be trained on."""

from __future__ import annotations

import csv
import json
import os
from typing import TYPE_CHECKING

from anpr.errors import InputError
from anpr.training.alphabet import SLOTS, encode
from anpr.training.data import MANIFEST_NAME

if TYPE_CHECKING:
    from pathlib import Path

NEEDED = ("image", "x1", "y1", "x2", "y2", "text")
#: Between characters, and no characters: the reader does not say them.
PARTING = str.maketrans(dict.fromkeys(" -.·•"))
#: Errors shown at once; the rest are counted.
MOST_ERRORS = 10


def from_csv(table: Path, set_dir: Path) -> tuple[int, int]:
    """Writes `set_dir/manifest.jsonl` from a CSV with a header; nothing is written when a row is wrong.

    Columns: image (path beside the CSV), x1, y1, x2, y2 (pixels), text (empty where a person cannot read it),
    and where known region and rows. A line with an image and an empty box is a picture without plates.

    Returns:
        Number of pictures and of plates.

    Raises:
        InputError: the table cannot be read, or rows of it are wrong; each is named with its line.
    """
    try:
        with table.open(encoding="utf-8-sig", newline="") as handle:
            reader = csv.DictReader(handle)
            missing = [name for name in NEEDED if name not in (reader.fieldnames or ())]
            if missing:
                raise InputError(
                    f"{table} has no column {', '.join(missing)}.",
                    f"The first line names {', '.join(NEEDED)}.",
                )
            rows = list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{table} cannot be read: {error}.", "Save it as CSV in UTF-8.") from error
    pictures: dict[str, dict[str, object]] = {}
    plates: dict[str, list[dict[str, object]]] = {}
    errors: list[str] = []
    for number, row in enumerate(rows, start=2):
        try:
            image = str(row["image"] or "")
            if image not in pictures:
                width, height = _size(table.parent / image)
                path = os.path.relpath(table.parent / image, set_dir)
                pictures[image] = {"image": path, "width": width, "height": height}
                plates[image] = []
            plate = _plate(row)
            if plate is not None:
                plates[image].append(plate)
        except ValueError as error:
            errors.append(f"line {number}: {error}")
    if errors:
        more = f"\n… and {len(errors) - MOST_ERRORS} more" if len(errors) > MOST_ERRORS else ""
        raise InputError(
            f"{table}, nothing was written:\n" + "\n".join(errors[:MOST_ERRORS]) + more,
            "Correct these lines.",
        )
    set_dir.mkdir(parents=True, exist_ok=True)
    lines = [
        json.dumps({**picture, "plates": plates[image]}, ensure_ascii=False)
        for image, picture in pictures.items()
    ]
    (set_dir / MANIFEST_NAME).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return len(pictures), sum(map(len, plates.values()))


def _size(path: Path) -> tuple[int, int]:
    import cv2

    image = cv2.imread(str(path)) if path.is_file() else None
    if image is None:
        raise ValueError(f"{path} is no picture; the path is taken from the folder of the table")
    return image.shape[1], image.shape[0]


def _plate(row: dict[str, str | None]) -> dict[str, object] | None:
    corners = [(row[name] or "").strip() for name in ("x1", "y1", "x2", "y2")]
    if not any(corners):
        return None
    try:
        x1, y1, x2, y2 = map(float, corners)
    except ValueError:
        raise ValueError(f"the box {', '.join(corners)} is not four numbers") from None
    if x2 - x1 < 1 or y2 - y1 < 1:
        raise ValueError(f"the box {', '.join(corners)} has no area; x1, y1 is the upper left corner")
    text = (row["text"] or "").upper().translate(PARTING)
    if encode(text) is None:
        raise ValueError(
            f"{text!r} is longer than {SLOTS} characters or has one that the reader does not know"
        )
    plate: dict[str, object] = {"bbox": [x1, y1, x2, y2], "text": text or None, "unreadable": not text}
    if row.get("region"):
        plate["region"] = row["region"]
    if row.get("rows"):
        if row["rows"] not in ("1", "2"):
            raise ValueError(f"rows is {row['rows']!r}; plates have 1 or 2")
        plate["rows"] = int(row["rows"] or 0)
    return plate
