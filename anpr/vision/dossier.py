"""What is known about one track: its readings, and the very frames they were read from."""

from __future__ import annotations

import hashlib
import math
from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

from anpr.plates import normal_form
from anpr.types import Box, Detection, Frame, Image, PlateRead, Reading
from anpr.vision.read import cut, shows_plate
from anpr.vision.vote import Outcome, vote

if TYPE_CHECKING:
    from datetime import datetime

    from anpr.vision.calibration import Trust
    from anpr.vision.read import Reader

#: After this many readings without an answer only crops better than all before are read. With 10, poor views
#: of a far plate used the readings up, and 40 of 150 plates of synthetic drives were read instead of 70.
PATIENCE = 30
#: The same for what was taken for a sign or a lamp so far.
PATIENCE_WITH_SIGNS = 5
#: A newer frame takes the place of the best one when it shows the text nearly as well: the officer sees the
#: vehicle where it is now.
NEARLY_AS_GOOD = 0.9
#: A box this much flatter than in one of the last sightings does not show what the others did: one of two
#: rows was found, or the plate comes out from behind something, and a part of a mark may be a mark as well.
FLATTER, REMEMBERED = 1.2, 3
#: Texts whose best frame is kept: a frame is large, and a track seldom has more candidates.
MOST_EVIDENCE = 3
NOTHING_READ = Reading("", (), 1)


@dataclass(frozen=True, slots=True)
class Evidence:
    """The very frame a text was read from, and the plate in it.

    Attributes:
        frame, box, crop: what was read.
        reading: what it said.
        score: the best that the text had.
    """

    frame: Frame
    box: Box
    crop: Image
    reading: Reading
    score: float


@dataclass(frozen=True, slots=True)
class Moment:
    """When a frame was taken, without its pixels: tracks live long, and a frame is 6 MB."""

    at: datetime
    mono_ns: int
    media_s: float | None

    @classmethod
    def of(cls, frame: Frame) -> Self:
        """The moment of a frame."""
        return cls(frame.captured_at, frame.mono_ns, frame.media_s)

    @property
    def seconds(self) -> float:
        """Its place on its own time line: the recording's, or the clock's when live."""
        return self.media_s if self.media_s is not None else self.mono_ns / 1e9


class Dossier:
    """One track's readings until it is decided or ends.

    Args:
        track: its number.
        frame: the first frame in which it was found.
        box: where it was.
        trust: what the reader's claims are worth.

    Attributes:
        camera: where it was seen.
        texts: normal forms of all that was read.
        likeliest: normal form of the best candidate, answer or not; empty before the first vote.
        first, last: first and newest moment in which it was found.
        hits: frames in which it was found.
        refused: readings that said it is no plate.
        whole: whether all of it shows in the newest frame, as far as one before it can tell.
        decided: what the car was told, once it was.
    """

    def __init__(self, track: int, frame: Frame, box: Box, trust: Trust) -> None:
        self.track, self.camera = track, frame.camera
        self.texts: set[str] = set()
        self.likeliest = ""
        self._trust = trust
        self.first = self.last = Moment.of(frame)
        self.hits = 0
        self.refused = 0
        self.whole = False
        self.decided: PlateRead | None = None
        self._newest: tuple[Frame, Box] | None = (frame, box)
        self._readings: list[Reading] = []
        self._parts = 0  # the first so many readings are of a part of it
        self._shapes: deque[tuple[float, float]] = deque(maxlen=REMEMBERED)  # width by height, width
        self._steady = True
        self._best_worth = 0.0
        self._evidence: dict[str, Evidence] = {}

    @property
    def readings(self) -> int:
        """How often it was read, all of it."""
        return len(self._readings) - self._parts

    @property
    def is_plate(self) -> bool:
        """Whether it was oftener taken for a plate than for something else; so until it is looked at."""
        return len(self._readings) >= self.refused

    def see(self, frame: Frame, box: Box) -> None:
        """Notes that the track was found in a frame."""
        self.last = Moment.of(frame)
        self.hits += 1
        if self.decided is None:
            self._newest = (frame, box)
            self._compare(box)

    def _compare(self, box: Box) -> None:
        """Notes whether all of the plate shows, and what was read while it did not."""
        width = box[2] - box[0]
        flatness = width / max(box[3] - box[1], 1.0)
        least_flat, its_width = min(self._shapes, default=(math.inf, math.inf))
        self._steady = flatness <= FLATTER * least_flat
        self.whole = self._steady and bool(self._shapes)
        if not self._steady and width > FLATTER * its_width:
            # It came out from behind something. Where one of two rows was found it is as wide as before.
            self._parts = len(self._readings)
            self._evidence.clear()
        self._shapes.append((flatness, width))

    def wants(self, worth: float) -> bool:
        """Whether reading a crop of this worth may help."""
        if self.decided is not None or not self._steady:
            return False
        return len(self._readings) + self.refused < self._patience or worth > self._best_worth

    @property
    def _patience(self) -> int:
        return PATIENCE if self.is_plate else PATIENCE_WITH_SIGNS

    def file(self, frame: Frame, found: Detection, crop: Image, reading: Reading, worth: float) -> None:
        """Keeps a reading, and its frame if it shows the text best; of no plate only that it is none."""
        box = found.box
        self._best_worth = max(self._best_worth, worth)
        if not shows_plate(reading.plate, found.confidence):
            self.refused += 1
            return
        self._readings.append(reading)
        self.texts.add(normal_form(reading.text))
        score = reading.confidence * worth
        known = self._evidence.get(reading.text)
        if known is None or score >= NEARLY_AS_GOOD * known.score:
            best = score if known is None else max(score, known.score)
            self._evidence[reading.text] = Evidence(frame, box, crop.copy(), reading, best)
        if len(self._evidence) > MOST_EVIDENCE:
            del self._evidence[min(self._evidence, key=lambda text: self._evidence[text].score)]

    def outcome(self, min_probability: float) -> Outcome:
        """What its readings say together."""
        outcome = vote(self._readings[self._parts :], self._trust, min_probability)
        best = outcome.text or (outcome.alternatives[0].text if outcome.alternatives else "")
        self.likeliest = normal_form(best)
        return outcome

    def look_closer(self, closer: Reader) -> None:
        """Has the frames that show its likeliest texts best read anew by a reader that takes its time."""
        kept = list(self._evidence.values())
        for evidence, reading in zip(kept, closer.read([one.crop for one in kept]), strict=True):
            for place, known in enumerate(self._readings):
                if known is evidence.reading and reading.text:
                    self._readings[place] = reading
                    self.texts.add(normal_form(reading.text))

    def outcome_with(self, other: Dossier, min_probability: float) -> Outcome:
        """What its readings and another camera's say together."""
        both = [*self._readings[self._parts :], *other._readings[other._parts :]]
        return vote(both, self._trust, min_probability)

    def shows(self, text: str) -> float:
        """How well its best frame shows a text; 0 when none does."""
        known = self._evidence.get(text)
        return known.score if known else 0.0

    def decide(self, read: PlateRead) -> None:
        """Settles the plate; the frames it was read from are let go."""
        self.decided = read
        self._newest = None
        self._evidence.clear()

    def absorb(self, other: Dossier) -> None:
        """Takes over the time of another track of the same plate."""
        self.first = min(self.first, other.first, key=lambda moment: moment.seconds)
        self.last = max(self.last, other.last, key=lambda moment: moment.seconds)

    def final(self, min_probability: float) -> PlateRead:
        """The last word; what was decided once is not taken back."""
        read = self.decided or self.plate_read(self.outcome(min_probability))
        return replace(
            read,
            first_at=self.first.at,
            first_s=self.first.media_s,
            last_at=self.last.at,
            last_s=self.last.media_s,
        )

    def plate_read(self, outcome: Outcome) -> PlateRead:
        """An outcome with its place, time and picture."""
        evidence = self._best_evidence(outcome)
        frame = evidence.frame
        return PlateRead(
            raw=outcome.text,
            normalised=normal_form(outcome.text or ""),
            confidence=outcome.probability if outcome.text else 0.0,
            alternatives=outcome.alternatives,
            rows=outcome.rows,
            n_frames=self.readings,
            camera=frame.camera,
            track=self.track,
            first_at=self.first.at,
            last_at=self.last.at,
            first_s=self.first.media_s,
            last_s=self.last.media_s,
            captured_at=frame.captured_at,
            frame_index=frame.index,
            mono_ns=frame.mono_ns,
            frame_sha256=frame_sha256(frame.image),
            box=evidence.box,
            crop=evidence.crop,
        )

    def _best_evidence(self, outcome: Outcome) -> Evidence:
        exact = self._evidence.get(outcome.text or "")
        if exact is not None:
            return exact
        # A consensus that no single frame shows in full, or no answer: the best frame there is.
        if self._evidence:
            return max(self._evidence.values(), key=lambda evidence: evidence.score)
        # Never read, because it was too small or cut by the picture's edge.
        if self._newest is None:
            raise ValueError("a decided track keeps no frames")
        frame, box = self._newest
        return Evidence(frame, box, cut(frame.image, box).copy(), NOTHING_READ, 0.0)


def frame_sha256(image: Image) -> str:
    """Hex digest of a frame's pixels, BGR bytes row by row."""
    return hashlib.sha256(image.tobytes() if not image.flags.c_contiguous else image.data).hexdigest()
