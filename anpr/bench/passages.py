"""What a car tells of the plates that pass it: detector, tracker, reader and vote together, frame by frame.

`anpr.bench.voting` asks what readings are worth once it is known whose they are. Here nobody helps: half a
plate may be found, one may come out from behind a bus, a track may change its plate. What was told counts.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from anpr.bench.matching import folded, overlap
from anpr.bench.quantiles import percentile
from anpr.bench.shares import Share, share
from anpr.bench.speed import as_in_a_car
from anpr.types import Frame
from anpr.vision.cadence import LOOKS_PER_S

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from anpr.bench.roads import Shown
    from anpr.types import Image, PlateRead
    from anpr.vision.engines import Engine

#: Pictures as a dashcam streams them.
SIZE = (1280, 720)
FRAMES_PER_S = round(LOOKS_PER_S)
#: A plate ought to be read whose characters were this high (px) in this many frames.
READABLE_PX, READABLE_FRAMES = 8.0, 4
#: A box that overlaps a plate less than this is not on it.
ON_PLATE = 0.1
#: Drives happen on no particular day.
_BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


class Verdict(StrEnum):
    """What was told of a plate: its mark, a part of its mark, another one, or a mark where no plate is."""

    RIGHT = "right"
    PART = "part"
    WRONG = "wrong"
    NOWHERE = "nowhere"


@dataclass(frozen=True, slots=True)
class Telling:
    """One thing that the officer was told.

    Attributes:
        drive: where.
        at_s: when it was told, seconds of the drive.
        text: the mark.
        truth: what stands there; empty where nothing does.
        verdict: what the text is beside the truth.
        confidence: how sure it was, 0..1.
        readings: of how many.
    """

    drive: str
    at_s: float
    text: str
    truth: str
    verdict: Verdict
    confidence: float
    readings: int


@dataclass(frozen=True, slots=True)
class Ride:
    """One drive.

    Attributes:
        tellings: all that was told, in order.
        plates: how many ought to be read.
        waits_s: of those of them that were told right, seconds from the first frame in which a person could
            read them to the telling.
    """

    tellings: tuple[Telling, ...]
    plates: int
    waits_s: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class PassageScore:
    """Several drives.

    Attributes:
        read: of the plates that ought to be read, those told right.
        right: of all tellings, the right ones.
        parts, wrong, nowhere: how many were a part of a mark, another mark, no plate at all.
        wait_s, wait_p95_s: median and 95th percentile of the waits; None when nothing was read.
    """

    read: Share
    right: Share
    parts: int
    wrong: int
    nowhere: int
    wait_s: float | None
    wait_p95_s: float | None


def ride(
    name: str,
    frames: Iterable[tuple[Image, Sequence[Shown]]],
    engine: Engine,
    frames_per_s: float = FRAMES_PER_S,
    watch: Callable[[int], None] | None = None,
) -> Ride:
    """Drives past plates with a car's pipeline.

    Args:
        name: of the drive.
        frames: pictures (BGR) with the plates that a person could read in each.
        engine: detector and reader.
        frames_per_s: of the drive.
        watch: told the number of each frame when it is done.
    """
    pipeline = as_in_a_car(engine)
    shown: list[Sequence[Shown]] = []
    told: list[tuple[float, PlateRead]] = []
    for index, (image, plates) in enumerate(frames):
        at_s = index / frames_per_s
        shown.append(plates)
        captured_at = _BEGIN + timedelta(seconds=at_s)
        frame = Frame(image, name, index, captured_at, round(at_s * 1e9), at_s)
        told += [(at_s, read) for read in pipeline.feed(frame).decided]
        if watch is not None:
            watch(index)
    told += [(len(shown) / frames_per_s, read) for read in pipeline.flush().decided]
    tellings: list[Telling] = []
    read_at: dict[int, float] = {}
    for at_s, read in told:
        plate = max(shown[read.frame_index], key=lambda one: overlap(one.box, read.box), default=None)
        if plate is not None and overlap(plate.box, read.box) < ON_PLATE:
            plate = None
        truth = plate.text if plate is not None else ""
        verdict = judged(read.raw or "", truth)
        if plate is not None and verdict is Verdict.RIGHT:
            read_at.setdefault(plate.plate, at_s)
        tellings.append(Telling(name, at_s, read.raw or "", truth, verdict, read.confidence, read.n_frames))
    first = _readable(shown)
    waits = tuple(
        max(0.0, read_at[plate] - index / frames_per_s) for plate, index in first.items() if plate in read_at
    )
    return Ride(tuple(tellings), len(first), waits)


def judged(text: str, truth: str) -> Verdict:
    """What a text is beside the truth, which is empty where no plate is."""
    if not truth:
        return Verdict.NOWHERE
    if folded(text) == folded(truth):
        return Verdict.RIGHT
    return Verdict.PART if folded(text) in folded(truth) else Verdict.WRONG


def score(rides: Sequence[Ride]) -> PassageScore:
    """Figures of several drives."""
    tellings = [telling for one in rides for telling in one.tellings]
    waits = [wait for one in rides for wait in one.waits_s]
    counted = Counter(telling.verdict for telling in tellings)
    return PassageScore(
        Share(len(waits), sum(one.plates for one in rides)),
        share(telling.verdict is Verdict.RIGHT for telling in tellings),
        counted[Verdict.PART],
        counted[Verdict.WRONG],
        counted[Verdict.NOWHERE],
        percentile(waits, 50) if waits else None,
        percentile(waits, 95) if waits else None,
    )


def _readable(shown: Sequence[Sequence[Shown]]) -> dict[int, int]:
    """Plates that ought to be read, each with the first frame in which it can be."""
    frames: dict[int, list[int]] = {}
    for index, plates in enumerate(shown):
        for plate in plates:
            if plate.character_px >= READABLE_PX:
                frames.setdefault(plate.plate, []).append(index)
    return {plate: seen[0] for plate, seen in frames.items() if len(seen) >= READABLE_FRAMES}
