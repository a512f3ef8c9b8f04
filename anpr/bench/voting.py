"""What voting over frames gains: the same readings one by one, a few together, and all of a plate."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING

from anpr.bench.matching import folded, overlap
from anpr.bench.reads import ReliabilityBin, reliability, reliability_error
from anpr.bench.shares import Share, share
from anpr.vision.dossier import MOST_EVIDENCE
from anpr.vision.quality import readable
from anpr.vision.read import cut
from anpr.vision.vote import vote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from anpr.bench.datasets import Dataset
    from anpr.bench.roads import PoorDrive
    from anpr.types import Box, Detection, Image, Reading
    from anpr.vision.calibration import Trust
    from anpr.vision.engines import Engine
    from anpr.vision.read import Reader

#: A detection shows a plate from this overlap on; far plates are a few pixels high, so a pixel is much.
SEEN_IOU = 0.4
#: Numbers of consecutive readings that are tried together; None is all of a plate.
TOGETHER: tuple[int | None, ...] = (1, 2, 3, 5, 8, None)


@dataclass(frozen=True, slots=True)
class Sighted:
    """One plate of one drive with its readings in order.

    Attributes:
        drive: the drive, or the set.
        text: what stands on it.
        readings: one for each frame in which it was found large enough to be read.
        closer: the same after a closer look at the best frames, as a car takes it when a plate leaves unread;
            empty where the engine has none.
    """

    drive: str
    text: str
    readings: tuple[Reading, ...]
    closer: tuple[Reading, ...] = ()


@dataclass(frozen=True, slots=True)
class Together:
    """Votes of so many consecutive readings (None: all), each plate counting once.

    Attributes:
        readings: how many.
        right: mean over plates of the share of votes whose best candidate is right.
        shown: mean over plates of the share of votes that are shown at the product's threshold.
        precision: shown votes that are right.
        closer: whether plates that were not shown were looked at closer.
    """

    readings: int | None
    right: float
    shown: float
    precision: Share
    closer: bool = False

    @property
    def label(self) -> str:
        """How many frames it are, in a word."""
        return "all" + ", closer" * self.closer if self.readings is None else str(self.readings)


@dataclass(frozen=True, slots=True)
class VotingScore:
    """One kind of drive.

    Attributes:
        name: what was driven.
        plates, readings: how many.
        steps: by number of readings, one first, all last; then all with a closer look, where there is one.
        reliability, calibration_error: claimed against true, over all votes of two readings and more.
    """

    name: str
    plates: int
    readings: int
    steps: tuple[Together, ...]
    reliability: tuple[ReliabilityBin, ...]
    calibration_error: float | None

    @property
    def single(self) -> float:
        """Share right of a single reading."""
        return self.steps[0].right

    @property
    def voted(self) -> float:
        """Share right of all readings of a plate together."""
        return next(step.right for step in self.steps if step.readings is None)

    @property
    def gain(self) -> float:
        """What voting adds."""
        return self.voted - self.single


def sight_drive(
    drive: PoorDrive,
    engine: Engine,
    watch: Callable[[Image, list[Detection], list[Reading]], None] | None = None,
) -> list[Sighted]:
    """Finds and reads every plate in every frame of a drive, without tracking or voting.

    Args:
        drive: what is driven.
        engine: detector and reader.
        watch: called for each frame with what was found and read in it.
    """
    seen: dict[int, list[tuple[Reading, Image]]] = defaultdict(list)
    texts: dict[int, str] = {}
    for image, shown in drive.frames():
        found = engine.detector.detect(image)
        read = read_boxes(engine, image, [detection.box for detection in found])
        if watch is not None:
            watch(image, found, read)
        for detection, reading in zip(found, read, strict=True):
            truth = max(shown, key=lambda one: overlap(one.box, detection.box), default=None)
            if truth is None or overlap(truth.box, detection.box) < SEEN_IOU:
                continue
            if readable(detection.box, image):
                crop = cut(image, detection.box, engine.reader.margin).copy()
                seen[truth.plate].append((reading, crop))
                texts[truth.plate] = truth.text
    return [
        Sighted(
            f"drive {drive.seed}",
            texts[plate],
            tuple(reading for reading, _ in own),
            closer_look(engine.closer, own),
        )
        for plate, own in sorted(seen.items())
    ]


def closer_look(closer: Reader | None, seen: Sequence[tuple[Reading, Image]]) -> tuple[Reading, ...]:
    """Readings of a plate after the surest crop of each of its surest texts was read anew.

    Args:
        closer: who looks; None for nobody.
        seen: readings in order, each with its crop.
    """
    if closer is None:
        return ()
    readings = [reading for reading, _ in seen]
    surest: dict[str, int] = {}
    for place, reading in enumerate(readings):
        known = surest.get(reading.text)
        if reading.text and (known is None or reading.confidence >= readings[known].confidence):
            surest[reading.text] = place
    places = sorted(surest.values(), key=lambda place: -readings[place].confidence)[:MOST_EVIDENCE]
    anew = closer.read([seen[place][1] for place in places])
    for place, reading in zip(places, anew, strict=True):
        readings[place] = reading
    return tuple(readings)


def sight_set(dataset: Dataset, engine: Engine, tick: Callable[[], None]) -> list[Sighted]:
    """Plates of a set that was taken on the move: pictures in order, a plate's readings by its text.

    Raises:
        InputError: a picture cannot be decoded.
    """
    from anpr.vision.sources import read_picture

    readings: dict[str, list[Reading]] = defaultdict(list)
    for picture in dataset.pictures:
        image = read_picture(picture.path)
        found = engine.detector.detect(image)
        pairs = []
        for truth in picture.plates:
            best = max(found, key=lambda one: overlap(one.box, truth.box), default=None)
            if truth.readable and truth.text and best and overlap(best.box, truth.box) >= SEEN_IOU:
                pairs.append((truth.text, best.box))
        for (text, _), reading in zip(
            pairs, read_boxes(engine, image, [box for _, box in pairs]), strict=True
        ):
            readings[text].append(reading)
        tick()
    return [Sighted(dataset.name, text, tuple(own)) for text, own in readings.items()]


def read_boxes(engine: Engine, image: Image, boxes: Sequence[Box]) -> list[Reading]:
    """A reading for each box."""
    crops = [cut(image, box, engine.reader.margin) for box in boxes]
    return engine.reader.read(crops) if crops else []


def score(name: str, sighted: Sequence[Sighted], trust: Trust) -> VotingScore:
    """Votes over one, a few and all readings of each plate.

    Args:
        name: what was driven.
        sighted: plates with their readings; those with one reading only are left out, as there is nothing to
            vote on.
        trust: what claims are worth, and from where on they are shown.
    """
    several = [one for one in sighted if len(one.readings) > 1]
    steps = []
    claims: list[tuple[float, bool]] = []
    for together in TOGETHER:
        right: list[float] = []
        shown: list[float] = []
        published: list[bool] = []
        for plate in several:
            votes = [
                (outcome.probability, folded(outcome.text) == folded(plate.text))
                for outcome in (vote(window, trust, 0.0) for window in windows(plate.readings, together))
            ]
            right.append(fmean(true for _, true in votes))
            shown.append(fmean(claimed >= trust.threshold for claimed, _ in votes))
            published += [true for claimed, true in votes if claimed >= trust.threshold]
            if together != 1:
                claims += votes
        steps.append(Together(together, fmean(right or [0.0]), fmean(shown or [0.0]), share(published)))
    if any(plate.closer for plate in several):
        steps.append(_closer(several, trust))
    bins = reliability(claims)
    return VotingScore(
        name,
        len(several),
        sum(len(plate.readings) for plate in several),
        tuple(steps),
        bins,
        reliability_error(bins),
    )


def _closer(several: Sequence[Sighted], trust: Trust) -> Together:
    """All readings of each plate, those of plates that they do not show after a closer look."""
    right, published = [], []
    for plate in several:
        outcome = vote(plate.readings, trust, 0.0)
        if outcome.probability < trust.threshold:
            outcome = vote(plate.closer, trust, 0.0)
        true = folded(outcome.text) == folded(plate.text)
        right.append(true)
        if outcome.probability >= trust.threshold:
            published.append(true)
    return Together(None, fmean(right), len(published) / len(several), share(published), closer=True)


def windows(readings: Sequence[Reading], together: int | None) -> Iterator[Sequence[Reading]]:
    """Stretches of so many consecutive readings, each half new; all of them where there are no more."""
    size = len(readings) if together is None else min(together, len(readings))
    for start in range(0, len(readings) - size + 1, max(1, size // 2)):
        yield readings[start : start + size]
