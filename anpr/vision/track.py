"""Following plates from frame to frame."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from anpr.types import Box, Detection, Track

if TYPE_CHECKING:
    from collections.abc import Sequence

#: A plate may be hidden this long (a lamp post, a crossing car) and still be the same track.
LOST_AFTER_S = 1.5
#: Speed is trusted this far ahead; extrapolating further only adds noise.
TRUSTED_S = 0.5
#: A plate may be found this many of its own widths and heights away from where it was expected ...
GATE = 2.0
#: ... where its height counts as this share of its width at least: a far plate is 6 px high, a bump is more.
LEAST_HEIGHT = 0.5
#: ... this much further when its speed is not known yet ...
NEW_SLACK = 1.5
#: ... and grow or shrink by this factor between two sightings.
GATE_SCALE = 1.8
#: What the full change of size costs, in squared gates.
SCALE_COST = 0.3
#: What each second out of sight costs: another plate is the likelier the longer one was hidden.
UNSEEN_COST = 0.3
#: Share of the newest movement in the speed.
FRESH = 0.5
#: So many plates that all moved alike mean that the camera moved.
MIN_SHAKEN = 3
#: Cost of a pair that cannot be the same plate; pairs above the limit are not made.
IMPOSSIBLE, LIMIT = 9.0, 1.0 + SCALE_COST

Floats: TypeAlias = npt.NDArray[np.float64]


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
    """A plate on its way: centre x and y, width and height, and the centre's speed in pixels a second."""

    id: int
    place: Floats
    seen_s: float
    speed: Floats
    age: int = 1
    hits: int = 1

    def expected(self, at_s: float) -> Floats:
        ahead_s = min(at_s - self.seen_s, TRUSTED_S)
        return np.concatenate([self.place[:2] + self.speed * ahead_s, self.place[2:]])

    def take(self, place: Floats, at_s: float) -> None:
        speed = (place[:2] - self.place[:2]) / max(at_s - self.seen_s, 1e-3)
        self.speed = speed if self.hits == 1 else self.speed + FRESH * (speed - self.speed)
        self.place, self.seen_s = place, at_s
        self.hits += 1


class PathTracker:
    """Constant speed, gates measured in plate sizes, camera shake taken out, optimal assignment.

    Distances are squared, so that stacked plates that both jump by a row keep their order: two middling
    moves cost less than a short and a long one. Why no library: see docs/decisions/tracker.md.

    Args:
        lost_after_s: seconds without a detection after which a track ends.
    """

    def __init__(self, lost_after_s: float = LOST_AFTER_S) -> None:
        self._lost_after_s = lost_after_s
        self._paths: list[_Path] = []
        self._next_id = 1

    def update(self, detections: Sequence[Detection], at_s: float) -> Update:
        """Takes the detections of the next frame, at a time that never falls."""
        ended = tuple(path.id for path in self._paths if at_s - path.seen_s > self._lost_after_s)
        self._paths = [path for path in self._paths if path.id not in ended]
        for path in self._paths:
            path.age += 1
        places = [_place(detection.box) for detection in detections]
        owners: dict[int, _Path] = {}
        for i, j in _matched(self._paths, places, at_s):
            path = owners[j] = self._paths[i]
            path.take(places[j], at_s)
        for j, place in enumerate(places):
            if j not in owners:
                owners[j] = _Path(self._next_id, place, at_s, np.zeros(2))
                self._next_id += 1
                self._paths.append(owners[j])
        seen = tuple(
            Sighting(
                Track(owners[j].id, detection.box, detection.confidence, owners[j].age, owners[j].hits),
                detection,
            )
            for j, detection in enumerate(detections)
        )
        return Update(seen, ended)


def _matched(paths: list[_Path], places: list[Floats], at_s: float) -> list[tuple[int, int]]:
    """Indices of paths and of the places they moved to."""
    if not places or not paths:
        return []
    found = np.array(places)
    expected = np.array([path.expected(at_s) for path in paths])
    known = np.array([path.hits > 1 for path in paths])
    slack = np.where(known, 1.0, NEW_SLACK)
    unseen_s = np.array([at_s - path.seen_s for path in paths])
    pairs = _assign(expected, found, slack, unseen_s)
    moves = [found[j, :2] - expected[i, :2] for i, j in pairs if known[i]]
    if len(moves) < MIN_SHAKEN:
        return pairs
    # What all plates have in common is the camera's own movement.
    expected[:, :2] += np.median(moves, axis=0)
    return _assign(expected, found, slack, unseen_s)


def _assign(expected: Floats, found: Floats, slack: Floats, unseen_s: Floats) -> list[tuple[int, int]]:
    """Pairs of expected (n, 4) and found (m, 4) places with the least total cost."""
    import lap

    old, new = expected[:, None], found[None, :]
    size = np.maximum(old[..., 2:], new[..., 2:])
    size[..., 1] = np.maximum(size[..., 1], LEAST_HEIGHT * size[..., 0])
    reach = GATE * size * slack[:, None, None]
    distance = (((new[..., :2] - old[..., :2]) / reach) ** 2).sum(axis=2)
    growth = np.abs(np.log(new[..., 2:] / old[..., 2:]).sum(axis=2)) / (2 * math.log(GATE_SCALE))
    cost = distance + SCALE_COST * growth**2 + UNSEEN_COST * unseen_s[:, None]
    cost[(distance > 1) | (growth > 1)] = IMPOSSIBLE
    _, columns, _ = lap.lapjv(cost, extend_cost=True, cost_limit=LIMIT)
    return [(i, int(j)) for i, j in enumerate(columns) if j >= 0]


def _place(box: Box) -> Floats:
    x1, y1, x2, y2 = box
    return np.array([(x1 + x2) / 2, (y1 + y2) / 2, max(x2 - x1, 1.0), max(y2 - y1, 1.0)])
