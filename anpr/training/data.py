"""Labelled pictures: manifests, the guard that keeps evaluation sets out of training, the hold-out split."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from anpr.errors import InputError, PolicyError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from anpr.types import Box, Image

MANIFEST_NAME = "manifest.jsonl"
#: Folders that hold evaluation pictures by convention; a README may mark others.
EVALUATION_FOLDERS = frozenset({"dev", "test", "videos"})
EVALUATION_MARK = "evaluation only"
#: Every tenth picture is held out for choosing checkpoints.
HOLD_OUT_EVERY = 10


@dataclass(frozen=True, slots=True)
class LabelledPlate:
    """One plate in a labelled picture.

    Attributes:
        box: pixels of the picture.
        text: what stands on it; None where nobody could or did read it.
        rows: 1 or 2, None where unknown.
        region: country code of the label, None where unknown.
        readable: False where a person cannot read it.
    """

    box: Box
    text: str | None = None
    rows: int | None = None
    region: str | None = None
    readable: bool = True


@dataclass(frozen=True, slots=True)
class LabelledPicture:
    """One line of a manifest.

    Attributes:
        path: the picture file.
        width_px: width of the picture.
        height_px: height of the picture.
        plates: its plates; empty for a picture without any.
        is_crop: the picture is one cut-out plate.
        group: pictures of one drive share it; the file name otherwise.
    """

    path: Path
    width_px: int
    height_px: int
    plates: tuple[LabelledPlate, ...]
    is_crop: bool = False
    group: str = ""


def check_permitted(path: Path) -> None:
    """Refuses a path that belongs to an evaluation set.

    A set is evaluation only when one of its folders is called `dev`, `test` or `videos`, when its own README
    says "evaluation only", or when a README above it says so in the line that names it.

    Raises:
        PolicyError: the path must not be trained on.
    """
    resolved = path.resolve()
    by_name = EVALUATION_FOLDERS & set(resolved.parts)
    reason = f"it lies in a folder called {min(by_name)!r}" if by_name else _readme_reason(resolved)
    if reason is not None:
        raise PolicyError(
            f"{path} is for evaluation only ({reason}): weights trained on it could not be judged by it.",
            "Train on another set, or label pictures of your own.",
        )


def load_manifest(set_dir: Path, *, for_training: bool) -> tuple[LabelledPicture, ...]:
    """Reads a set's `manifest.jsonl`.

    Args:
        set_dir: folder with `manifest.jsonl` and the pictures it names.
        for_training: True applies `check_permitted` first.

    Raises:
        PolicyError: training on an evaluation set was asked for.
        InputError: the manifest is missing or a line of it cannot be used.
    """
    if for_training:
        check_permitted(set_dir)
    manifest = set_dir / MANIFEST_NAME
    if not manifest.is_file():
        raise InputError(
            f"{set_dir} has no {MANIFEST_NAME}.",
            "Write one line of JSON for each picture, as the data guide shows.",
        )
    return tuple(_pictures(manifest))


def held_out(picture: LabelledPicture) -> bool:
    """Whether a picture is kept for validation: a stable tenth, chosen by its file name."""
    return zlib.crc32(picture.path.name.encode()) % HOLD_OUT_EVERY == 0


def split_by_stretch(
    pictures: tuple[LabelledPicture, ...], share: float = 0.12
) -> tuple[tuple[LabelledPicture, ...], tuple[LabelledPicture, ...]]:
    """Splits one drive in time: the last `share` is held out, so no car is in both parts."""
    ordered = sorted(pictures, key=lambda picture: picture.path.name)
    cut = round(len(ordered) * (1 - share))
    return tuple(ordered[:cut]), tuple(ordered[cut:])


def photographed(set_dir: Path) -> tuple[tuple[Image, LabelledPlate], ...]:
    """Plates of a set of tight, square-on crops, to be hung on other cars; held-out ones are left out.

    Raises:
        PolicyError: the set is for evaluation only.
        InputError: it holds whole pictures, or a picture cannot be read.
    """
    import cv2

    found = []
    for picture in load_manifest(set_dir, for_training=True):
        if not picture.is_crop:
            raise InputError(
                f"{picture.path} is a whole picture, and plates to hang on other cars are crops.",
                "Name a set in which each picture is one plate, tight and square on.",
            )
        image = cv2.imread(str(picture.path))
        if image is None:
            raise InputError(f"{picture.path} is not a picture.", "Remove its line from the manifest.")
        if picture.plates and not held_out(picture):
            found.append((np.asarray(image, dtype=np.uint8), picture.plates[0]))
    return tuple(found)


def cut_box(image: Image, box: Box, padding: float = 0.0) -> Image:
    """Cuts a box out of a picture, grown by `padding` of its size on each side and clipped to the picture."""
    height, width = image.shape[:2]
    grow_x, grow_y = (box[2] - box[0]) * padding, (box[3] - box[1]) * padding
    x1, y1 = max(0, round(box[0] - grow_x)), max(0, round(box[1] - grow_y))
    x2, y2 = min(width, round(box[2] + grow_x)), min(height, round(box[3] + grow_y))
    return np.ascontiguousarray(image[y1 : max(y2, y1 + 1), x1 : max(x2, x1 + 1)])


def _pictures(manifest: Path) -> Iterator[LabelledPicture]:
    for number, line in enumerate(manifest.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            yield LabelledPicture(
                path=manifest.parent / row["image"],
                width_px=int(row["width"]),
                height_px=int(row["height"]),
                plates=tuple(
                    LabelledPlate(
                        box=(float(x1), float(y1), float(x2), float(y2)),
                        text=plate.get("text"),
                        rows=plate.get("rows"),
                        region=plate.get("region"),
                        readable=not plate.get("unreadable", False),
                    )
                    for plate in row["plates"]
                    for x1, y1, x2, y2 in [plate["bbox"]]
                ),
                is_crop=bool(row.get("crop", False)),
                group=str(row.get("clip", row["image"])),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(
                f"{manifest}, line {number}: {error!r}.",
                "Correct the line: it needs image, width, height and plates with a bbox of four numbers.",
            ) from error


def _readme_reason(resolved: Path) -> str | None:
    for folder in (resolved, *resolved.parents[:3]):
        readme = folder / "README.md"
        if not readme.is_file():
            continue
        name = resolved.relative_to(folder).as_posix()
        for line in readme.read_text(encoding="utf-8", errors="replace").lower().splitlines():
            # In a table the first column names the set; other columns may mention other sets.
            subject = line.split("|")[1] if line.startswith("|") and line.count("|") > 1 else line
            if EVALUATION_MARK in line and (name == "." or f"{name.lower()}`" in subject):
                return f"{readme.name} of {folder.name!r} says so"
    return None
