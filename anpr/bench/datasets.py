"""Labelled pictures: a folder with ``manifest.jsonl``, one line a picture.

A force's own labelled set has the same form, so that its figures compare with ours:

``{"image": "x.jpg", "plates": [{"bbox": [x1, y1, x2, y2], "text": "SM188", "region": "HK", "rows": 2}]}``
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, Field, ValidationError, model_validator

from anpr.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from anpr.types import Box

MANIFEST = "manifest.jsonl"
FORM = "docs/how-to/bench.md shows the form."


@dataclass(frozen=True, slots=True)
class Truth:
    """One plate as a person labelled it.

    Attributes:
        box: pixels of the picture.
        text: its characters; None when nobody has read it.
        region: country or territory code.
        rows: 1 or 2 where known.
        ground: name of its ground's colour; None until somebody has looked.
        readable: False where a person cannot read it; then finding it is neither right nor wrong.
    """

    box: Box
    text: str | None
    region: str | None
    rows: Literal[1, 2] | None
    readable: bool
    ground: str | None = None

    @property
    def height_px(self) -> float:
        """Height of the box."""
        return self.box[3] - self.box[1]


@dataclass(frozen=True, slots=True)
class Picture:
    """One labelled picture; ``is_crop`` when it shows nothing but one plate."""

    path: Path
    plates: tuple[Truth, ...]
    is_crop: bool


@dataclass(frozen=True, slots=True)
class Dataset:
    """A named set of labelled pictures."""

    name: str
    pictures: tuple[Picture, ...]

    def sample(self, most: int | None) -> Dataset:
        """At most ``most`` pictures, evenly spread over the set and the same ones each time."""
        count = len(self.pictures)
        if most is None or most >= count:
            return self
        return Dataset(self.name, tuple(self.pictures[i * count // most] for i in range(most)))


class _Plate(BaseModel):
    bbox: tuple[float, float, float, float]
    text: str | None = None
    region: str | None = None
    rows: Literal[1, 2] | None = None
    ground: str | None = None
    unreadable: bool = False

    @model_validator(mode="after")
    def _has_area(self) -> _Plate:
        if self.bbox[2] <= self.bbox[0] or self.bbox[3] <= self.bbox[1]:
            raise ValueError("bbox must be x1, y1, x2, y2 with x1 < x2 and y1 < y2")
        return self


class _Line(BaseModel):
    image: str = Field(min_length=1)
    plates: list[_Plate]
    crop: bool = False


def read_dataset(folder: Path) -> Dataset:
    """Reads a set; pictures are opened later, one by one.

    Raises:
        InputError: there is no manifest, a line has another form, or a picture is missing.
    """
    manifest = folder / MANIFEST
    try:
        lines = manifest.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"{folder} is no labelled set: {MANIFEST} cannot be read.",
            f"Name a folder that holds {MANIFEST}; {FORM}",
        ) from error
    pictures = tuple(_picture(manifest, number, line) for number, line in enumerate(lines, 1) if line.strip())
    if not pictures:
        raise InputError(
            f"{manifest} is empty.", "Add one line a picture; docs/how-to/bench.md shows the form."
        )
    return Dataset(folder.resolve().name, pictures)


def _picture(manifest: Path, number: int, text: str) -> Picture:
    try:
        line = _Line.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise InputError(
            f"{manifest}, line {number}: {f'{place}: ' if place else ''}{first['msg']}.",
            f"Correct the line; {FORM}",
        ) from error
    path = manifest.parent / line.image
    if not path.is_file():
        raise InputError(
            f"{manifest}, line {number}: {path} does not exist.", "Correct the path or copy the picture."
        )
    plates = tuple(
        Truth(plate.bbox, plate.text or None, plate.region, plate.rows, not plate.unreadable, plate.ground)
        for plate in line.plates
    )
    return Picture(path, plates, line.crop)
