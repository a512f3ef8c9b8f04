"""Following plates from frame to frame."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from anpr.types import Box, Detection, Track

if TYPE_CHECKING:
    from collections.abc import Sequence

#: A plate may be hidden this long (a lamp post, a crossing car) and still be the same track.
LOST_AFTER_S = 1.5
#: A plate may move this many of its own widths and heights away from where it was expected.
GATE = 2.5
#: ... and grow or shrink by this factor between two sightings.
GATE_SCALE = 1.8
#: Share of the newest movement in the velocity.
FRESH = 0.5


@dataclass(frozen=True, slots=True)
class Sighting:
    """A track that was found in this frame, and the detection that found it."""

    track: Track
    detection: Detection


@dataclass(frozen=True, slots=True)
class Update:
    """What a frame did to the tracks: found in it, and ended by it."""

    seen: tuple[Sighting, ...]
    ended: tuple[int, ...]


class Tracker(Protocol):
    """Gives detections of one plate the same number over time."""

    def update(self, detections: Sequence[Detection], at_s: float) -> Update:
        """Takes the detections of the next frame, at a time that never falls."""
        ...


@dataclass(slots=True)
class _Path:
    """A plate on its way: centre, size, and their rates a second."""

    id: int
    x: float
    y: float
    width: float
    height: float
    seen_s: float
    vx: float = 0.0
    vy: float = 0.0
    age: int = 1
    hits: int = 1

    def expected(self, at_s: float) -> tuple[float, float]:
        # Speed is trusted for as long as the plate may be hidden; far extrapolation only adds noise.
        ahead_s = min(at_s - self.seen_s, 0.5)
        return self.x + self.vx * ahead_s, self.y + self.vy * ahead_s

    def cost(self, x: float, y: float, width: float, height: float, at_s: float) -> float:
        """Distance in gates from where it was expected; above 1 it cannot be the same plate."""
        expected_x, expected_y = self.expected(at_s)
        reach_x, reach_y = GATE * max(self.width, width), GATE * max(self.height, height)
        # A new path has no speed yet: it may have come from anywhere near.
        slack = 1.5 if self.hits == 1 else 1.0
        distance = math.hypot((x - expected_x) / (reach_x * slack), (y - expected_y) / (reach_y * slack))
        growth = abs(math.log(width * height / (self.width * self.height))) / (2 * math.log(GATE_SCALE))
        return math.inf if growth > 1 else distance + 0.3 * growth

    def take(self, x: float, y: float, width: float, height: float, at_s: float) -> None:
        elapsed_s = max(at_s - self.seen_s, 1e-3)
        fresh = 1.0 if self.hits == 1 else FRESH
        self.vx += fresh * ((x - self.x) / elapsed_s - self.vx)
        self.vy += fresh * ((y - self.y) / elapsed_s - self.vy)
        self.x, self.y, self.width, self.height, self.seen_s = x, y, width, height, at_s
        self.hits += 1


class PathTracker:
    """Nearest expected place first, at constant speed, within a gate measured in plate sizes.

    Why no library: see docs/decisions/tracker.md.

    Args:
        lost_after_s: seconds without a detection after which a track ends.
    """

    def __init__(self, lost_after_s: float = LOST_AFTER_S) -> None:
        self._lost_after_s = lost_after_s
        self._paths: list[_Path] = []
        self._next_id = 1

    def update(self, detections: Sequence[Detection], at_s: float) -> Update:
        """Takes the detections of the next frame, at a time that never falls."""
        ended = tuple(p.id for p in self._paths if at_s - p.seen_s > self._lost_after_s)
        self._paths = [p for p in self._paths if p.id not in ended]
        for path in self._paths:
            path.age += 1
        places = [_place(detection.box) for detection in detections]
        pairs = sorted(
            (cost, i, j)
            for i, path in enumerate(self._paths)
            for j, place in enumerate(places)
            if (cost := path.cost(*place, at_s)) <= 1
        )
        owner: dict[int, _Path] = {}
        taken: set[int] = set()
        for _, i, j in pairs:
            if i in taken or j in owner:
                continue
            taken.add(i)
            owner[j] = self._paths[i]
            owner[j].take(*places[j], at_s)
        for j, place in enumerate(places):
            if j not in owner:
                owner[j] = _Path(self._next_id, *place, seen_s=at_s)
                self._next_id += 1
                self._paths.append(owner[j])
        seen = tuple(
            Sighting(
                Track(owner[j].id, detection.box, detection.confidence, owner[j].age, owner[j].hits),
                detection,
            )
            for j, detection in enumerate(detections)
        )
        return Update(seen, ended)


def _place(box: Box) -> tuple[float, float, float, float]:
    x1, y1, x2, y2 = box
    return (x1 + x2) / 2, (y1 + y2) / 2, max(x2 - x1, 1.0), max(y2 - y1, 1.0)
