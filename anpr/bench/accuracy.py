"""Runs subjects over labelled sets and sums up what they got right."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from anpr.bench.detections import Detections, DetectionScore
from anpr.bench.grounds import ground
from anpr.bench.matching import Matched, match
from anpr.bench.reads import Reads, ReadScore
from anpr.bench.subjects import judged

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from anpr.bench.datasets import Dataset, Picture
    from anpr.bench.matching import Prediction
    from anpr.bench.subjects import Answer, Subject
    from anpr.types import Image


@dataclass(frozen=True, slots=True)
class Seen:
    """One picture with what a subject said about it.

    Attributes:
        picture: the labelled picture.
        answer: None for a picture that is a crop: there is nothing to find in it.
        crop_reads: one for each plate with a text, read from the labelled box; empty without a reader.
    """

    picture: Picture
    answer: Answer | None
    crop_reads: tuple[Prediction, ...]


@dataclass(frozen=True, slots=True)
class SetScore:
    """One subject on one set.

    Attributes:
        dataset, subject: their names.
        pictures: how many.
        detection: None for a set of crops, as is ``end_to_end``.
        end_to_end: reads below the threshold count as no read, as the product withholds them.
        on_crops: the reader alone on labelled boxes, whatever its confidence; None where a subject has no
            reader of its own.
        picture_ms: median time a picture, finding and reading; None for crops.
    """

    dataset: str
    subject: str
    pictures: int
    detection: DetectionScore | None
    end_to_end: ReadScore | None
    on_crops: ReadScore | None
    picture_ms: float | None


@dataclass(frozen=True, slots=True)
class Run:
    """A score with the pictures behind it."""

    score: SetScore
    seen: tuple[Seen, ...]


def run(
    subjects: Sequence[Subject],
    dataset: Dataset,
    threshold: float,
    tick: Callable[[], None],
    sure: float | None = None,
) -> list[Run]:
    """Runs subjects over a set, picture by picture in turn, so that a busy moment strikes all of them alike.

    Args:
        subjects: what is measured.
        dataset: the pictures.
        threshold: confidence from which reads are shown.
        tick: called after each picture and subject.
        sure: confidence from which reads are called sure; None for the threshold.

    Raises:
        InputError: a picture cannot be decoded.
    """
    from anpr.vision.sources import read_picture

    seen: list[list[Seen]] = [[] for _ in subjects]
    for number, listed in enumerate(dataset.pictures):
        image = read_picture(listed.path)
        picture = with_grounds(listed, image)
        for turn in range(len(subjects)):
            which = (number + turn) % len(subjects)
            seen[which].append(look(subjects[which], picture, image))
            tick()
    return [
        Run(score(dataset.name, subject.name, own, threshold, sure), tuple(own))
        for subject, own in zip(subjects, seen, strict=True)
    ]


def with_grounds(picture: Picture, image: Image) -> Picture:
    """The picture with the colour of every plate's ground, where the labels do not name it."""
    return replace(
        picture,
        plates=tuple(
            truth if truth.ground else replace(truth, ground=ground(image, truth.box))
            for truth in picture.plates
        ),
    )


def look(subject: Subject, picture: Picture, image: Image) -> Seen:
    """One subject's answer to one picture, and its reads of the labelled boxes."""
    from anpr.vision.read import cut

    answer = None if picture.is_crop else subject.answer(image)
    reader = subject.reader
    texts = [truth for truth in picture.plates if truth.readable and truth.text]
    if reader is None or not texts:
        return Seen(picture, answer, ())
    readings = reader.read([cut(image, truth.box, reader.margin) for truth in texts])
    return Seen(
        picture,
        answer,
        tuple(
            judged(truth.box, [reading], detection=1.0)
            for truth, reading in zip(texts, readings, strict=True)
        ),
    )


def score(
    dataset: str, subject: str, seen: Sequence[Seen], threshold: float, sure: float | None = None
) -> SetScore:
    """Sums up what a subject said about a set."""
    detections = Detections()
    end_to_end, on_crops = Reads(threshold, sure), Reads(threshold, sure, withhold=False)
    times_ms: list[float] = []
    for one in seen:
        if one.answer is not None:
            detections.update(one.picture.plates, one.answer.predictions, one.answer.unsure)
            end_to_end.update(match(one.picture.plates, one.answer.predictions))
            times_ms.append(one.answer.detect_ms + one.answer.read_ms)
        if one.crop_reads:
            texts = [truth for truth in one.picture.plates if truth.readable and truth.text]
            on_crops.update(Matched(tuple(zip(texts, one.crop_reads, strict=True)), ()))
    looked = bool(times_ms)
    return SetScore(
        dataset,
        subject,
        len(seen),
        detections.compute() if looked else None,
        end_to_end.compute() if looked else None,
        on_crops.compute() if any(one.crop_reads for one in seen) else None,
        statistics.median(times_ms) if looked else None,
    )
