"""Fine-tuning of the plate detector (YOLO nano) on street pictures, composites and drawn scenes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from anpr.errors import InputError
from anpr.training import cleaning
from anpr.training.composites import compose
from anpr.training.course import settle
from anpr.training.data import held_out, load_manifest, split_by_stretch
from anpr.training.detector_network import freeze, load_network
from anpr.training.detector_run import FROZEN_LAYERS, Trainer
from anpr.training.tiles import TileMaker, letterbox
from anpr.vision.detect_ultralytics import UltralyticsDetector

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from anpr.training.composites import PlateSource
    from anpr.training.data import LabelledPicture
    from anpr.training.detector_plan import DetectorPlan, DetectorProgress, DetectorResult
    from anpr.types import Box

#: Enough pictures to tell checkpoints apart, few enough not to hold up the run.
MOST_VALIDATED = 90
#: Longer side the base looks at pictures with: small plates count too.
SURVEY_PX = 960
MANY = 4  # pictures a drive must have to be split in time


@dataclass(frozen=True, slots=True)
class Material:
    """What a run learns from and is checked on.

    Attributes:
        training: pictures to learn from.
        validation: pictures held out for choosing the checkpoint.
        lures: by picture, places that were mistaken for plates.
    """

    training: tuple[LabelledPicture, ...]
    validation: tuple[LabelledPicture, ...]
    lures: Mapping[Path, tuple[Box, ...]]


def split(sets: Sequence[Path]) -> tuple[tuple[LabelledPicture, ...], tuple[LabelledPicture, ...]]:
    """Loads sets for training and splits them: drives by time, single pictures by name.

    Raises:
        PolicyError: a set is for evaluation only.
        InputError: a set has no usable manifest, or holds plate crops only.
    """
    training: list[LabelledPicture] = []
    validation: list[LabelledPicture] = []
    for folder in sets:
        pictures = tuple(p for p in load_manifest(folder, for_training=True) if not p.is_crop)
        if len({p.group for p in pictures}) * MANY <= len(pictures):
            early, late = split_by_stretch(pictures)
            training.extend(early)
            validation.extend(late)
        else:
            training.extend(p for p in pictures if not held_out(p))
            validation.extend(p for p in pictures if held_out(p))
    if not training or not validation:
        raise InputError(
            "There are not enough whole pictures to train a detector and to check it.",
            "Label at least twenty street pictures, with plates as boxes.",
        )
    return tuple(training), tuple(validation)


def prepare(plan: DetectorPlan, on_progress: Callable[[int, int], None] | None = None) -> Material:
    """Splits the sets, looks through the training part with the base, mends doubtful labels.

    Args:
        plan: what to train; the finds are kept in its run folder.
        on_progress: told how many pictures of how many were looked at.

    Raises:
        PolicyError: a set is for evaluation only.
        InputError: a set cannot be used.
        ModelError: the base weights cannot be loaded.
    """
    training, validation = split(plan.sets)
    plan.run_dir.mkdir(parents=True, exist_ok=True)
    total = len(training) + len(validation)
    found = cleaning.survey(
        (*training, *validation),
        UltralyticsDetector(plan.base, SURVEY_PX, cleaning.NOTED),
        plan.run_dir / "finds.jsonl",
        lambda count: on_progress(count, total) if on_progress is not None else None,
    )
    roots = [folder.resolve() for folder in plan.doubtful]

    def believed(picture: LabelledPicture) -> LabelledPicture | None:
        inside = any(picture.path.resolve().is_relative_to(root) for root in roots)
        return cleaning.mend(picture, found[picture.path]) if inside else picture

    training = tuple(kept for kept in map(believed, training) if kept is not None)
    validation = tuple(kept for kept in map(believed, validation) if kept is not None)
    noted = cleaning.read_notes(plan.lures) if plan.lures is not None else {}
    lures = {path: tuple(find.box for find in finds) for path, finds in noted.items() if finds}
    return Material(training, validation, lures)


def train(
    plan: DetectorPlan,
    material: Material,
    plates: PlateSource | None,
    *,
    on_progress: Callable[[DetectorProgress], None] | None = None,
) -> DetectorResult:
    """Trains the detector, resuming a run found in `plan.run_dir`.

    Args:
        plan: what to train.
        material: what to train on.
        plates: draws plates for composites; None trains on the labelled plates alone.
        on_progress: called every few steps.

    Returns:
        The best checkpoint by validation.

    Raises:
        ModelError: the base weights cannot be loaded.
    """
    settle(plan.threads, plan.seed)
    model = load_network(plan.base)
    freeze(model, FROZEN_LAYERS)
    tiles = TileMaker(material.training, plates, plan.tile_px, plan.composite_share, material.lures)
    trainer = Trainer(plan, model, tiles)
    trainer.resume()
    return trainer.run(validation_tiles(material.validation, plates, plan.seed), on_progress)


def validation_tiles(
    pictures: Sequence[LabelledPicture], plates: PlateSource | None, seed: int
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Whole pictures at 640, and the same with drawn plates, which tell about pairs and two rows."""
    out = []
    rng = np.random.default_rng(seed + 1000)
    for picture in pictures[:: max(1, len(pictures) // MOST_VALIDATED)]:
        image = np.asarray(cv2.imread(str(picture.path)), dtype=np.uint8)
        boxes = tuple(plate.box for plate in picture.plates)
        versions = [(image, boxes)]
        if plates is not None:
            made = compose(image, boxes, plates, rng)
            versions.append((made.image, made.boxes))
        for version, truth in versions:
            square, scale, left, top = letterbox(version, 640)
            moved = np.array(truth, np.float32).reshape(-1, 4) * scale + [left, top, left, top]
            out.append((square, moved.astype(np.float32)))
    return out
