"""Mending labels with a detector, and noting what it mistook: better than believing every label."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from anpr.errors import InputError
from anpr.training.boxes import overlaps
from anpr.training.data import LabelledPlate
from anpr.types import Detection

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from anpr.training.data import LabelledPicture
    from anpr.vision.detect import Detector

#: A box found with this confidence is a plate (checked by eye on 175 finds of an openly licensed set).
SURE = 0.55
#: Between this and `SURE` a find may be a plate or a lamp: the picture teaches nothing certain.
DOUBTFUL = 0.4
#: From this confidence on a find is noted: one that is no plate is worth a lesson.
NOTED = 0.12
#: Overlaps: from `SAME` on a find is the labelled plate, below `APART` it is another thing.
SAME, APART = 0.5, 0.1


def mend(picture: LabelledPicture, found: Sequence[Detection]) -> LabelledPicture | None:
    """Mends a picture's labels, or drops the picture.

    A labelled box takes the tighter outline of the find that agrees with it. A sure find without a label is a
    plate somebody forgot. A label that a find contradicts, and a doubtful find, drop the picture.

    Args:
        picture: the labelled picture.
        found: what a good detector found in it at 960 px.

    Returns:
        The mended picture, None when it should not be learned from.
    """
    boxes = np.array([find.box for find in found]).reshape(-1, 4)
    sure = np.array([find.confidence for find in found])
    truth = np.array([plate.box for plate in picture.plates]).reshape(-1, 4)
    table = overlaps(truth, boxes)
    plates: list[LabelledPlate] = []
    for index, plate in enumerate(picture.plates):
        best = int(table[index].argmax()) if len(found) else -1
        overlap = float(table[index, best]) if best >= 0 else 0.0
        if overlap >= SAME:
            plates.append(replace(plate, box=found[best].box) if sure[best] >= DOUBTFUL else plate)
        elif overlap > APART or (sure >= SURE).any():
            return None
        else:
            plates.append(plate)
    for index, find in enumerate(found):
        if len(truth) and table[:, index].max() >= APART:
            continue
        if find.confidence >= SURE:
            plates.append(LabelledPlate(find.box))
        elif find.confidence >= DOUBTFUL:
            return None
    return replace(picture, plates=tuple(plates))


def survey(
    pictures: Sequence[LabelledPicture],
    detector: Detector,
    notes: Path,
    on_progress: Callable[[int], None] | None = None,
) -> dict[Path, tuple[Detection, ...]]:
    """What a detector finds in every picture, kept in a file so that a resumed run need not look again.

    Args:
        pictures: pictures to look at.
        detector: best at 960 px.
        notes: JSON lines of finds; continued when it exists.
        on_progress: told the number of pictures looked at.
    """
    import cv2

    found = read_notes(notes) if notes.is_file() else {}
    with notes.open("a", encoding="utf-8") as lines:
        for number, picture in enumerate(pictures):
            if picture.path not in found:
                finds = tuple(detector.detect(np.asarray(cv2.imread(str(picture.path)), np.uint8)))
                found[picture.path] = finds
                rows = [[*find.box, find.confidence] for find in finds]
                lines.write(json.dumps({"picture": str(picture.path), "finds": rows}) + "\n")
                lines.flush()
            if on_progress is not None:
                on_progress(number + 1)
    return found


def read_notes(notes: Path) -> dict[Path, tuple[Detection, ...]]:
    """Reads what `survey` noted, by picture.

    Raises:
        InputError: a line is not as `survey` writes it.
    """
    found: dict[Path, tuple[Detection, ...]] = {}
    for number, line in enumerate(notes.read_text(encoding="utf-8").splitlines(), 1):
        try:
            row = json.loads(line)
            found[Path(row["picture"])] = tuple(
                Detection((x1, y1, x2, y2), sure) for x1, y1, x2, y2, sure in row["finds"]
            )
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(
                f"{notes}, line {number}: {error!r}.",
                "Strike whole lines or whole finds of finds.jsonl; leave the rest as it is.",
            ) from error
    return found
