"""What is known about one track: its readings, and the very frames they were read from."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from anpr.plates import normal_form
from anpr.types import Box, Frame, Image, PlateRead, Reading
from anpr.vision.read import cut
from anpr.vision.vote import Ballot, Outcome, vote

if TYPE_CHECKING:
    from anpr.types import Detection

#: After this many readings without agreement only clearly better crops are read.
PATIENCE = 10
CLEARLY_BETTER = 1.15
#: Texts whose best frame is kept: a frame is large, and a track seldom has more candidates.
MOST_EVIDENCE = 3


@dataclass(frozen=True, slots=True)
class Evidence:
    """The very frame a text was read from, and the plate in it."""

    frame: Frame
    box: Box
    crop: Image
    score: float


@dataclass(slots=True)
class Dossier:
    """One track's readings until it is decided or ends.

    Attributes:
        track: its number.
        first, last: first and newest frame in which it was found.
        newest: its newest detection.
        hits: frames in which it was found.
        decided: what the car was told, once it was.
    """

    track: int
    first: Frame
    last: Frame
    newest: Detection
    hits: int = 0
    decided: PlateRead | None = None
    _ballots: list[Ballot] = field(default_factory=list)
    _evidence: dict[str, Evidence] = field(default_factory=dict)

    @property
    def readings(self) -> int:
        """How often it was read."""
        return len(self._ballots)

    def see(self, frame: Frame, detection: Detection) -> None:
        """Notes that the track was found in a frame."""
        self.last, self.newest = frame, detection
        self.hits += 1

    def wants(self, worth: float) -> bool:
        """Whether reading a crop of this worth may help."""
        if self.decided is not None:
            return False
        best = max((ballot.weight for ballot in self._ballots), default=0.0)
        return self.readings < PATIENCE or worth > CLEARLY_BETTER * best

    def file(self, frame: Frame, detection: Detection, crop: Image, reading: Reading, worth: float) -> None:
        """Keeps a reading, and its frame if it shows the text best."""
        self._ballots.append(Ballot(reading, worth))
        score = reading.confidence * worth
        known = self._evidence.get(reading.text)
        if known is None or score > known.score:
            self._evidence[reading.text] = Evidence(frame, detection.box, crop.copy(), score)
        if len(self._evidence) > MOST_EVIDENCE:
            del self._evidence[min(self._evidence, key=lambda text: self._evidence[text].score)]

    def outcome(self, min_probability: float) -> Outcome:
        """What its readings say together."""
        return vote(self._ballots, min_probability)

    def absorb(self, other: Dossier) -> None:
        """Takes over the time of another track of the same plate."""
        self.first = min(self.first, other.first, key=lambda frame: frame.mono_ns)
        self.last = max(self.last, other.last, key=lambda frame: frame.mono_ns)

    def final(self, min_probability: float) -> PlateRead:
        """The last word; what was decided once is not taken back."""
        read = self.decided or self.plate_read(self.outcome(min_probability))
        return replace(
            read,
            first_at=self.first.captured_at,
            first_s=self.first.media_s,
            last_at=self.last.captured_at,
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
            first_at=self.first.captured_at,
            last_at=self.last.captured_at,
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
        box = self.newest.box
        return Evidence(self.last, box, cut(self.last.image, box).copy(), 0.0)


def frame_sha256(image: Image) -> str:
    """Hex digest of a frame's pixels, BGR bytes row by row."""
    return hashlib.sha256(image.tobytes() if not image.flags.c_contiguous else image.data).hexdigest()
