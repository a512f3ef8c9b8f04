"""One vehicle, several cameras: what the tracks of all cameras of a car know of the same plate."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anpr.vision.dossier import Dossier

#: Tracks of one plate in two cameras, or a track and its continuation, lie no farther apart than this: a
#: plate read again within this time after its track ended was only hidden; a second passage takes longer.
REUNITE_S = 5.0


class Fusion:
    """Knows the open and the just ended tracks of every camera that joined; one thread at a time.

    Plates are told to be the same by what was read on them, not by where they are: cameras of a car look
    different ways and nobody has measured how they are mounted.
    """

    def __init__(self) -> None:
        self._open: list[dict[int, Dossier]] = []
        self._left: list[dict[int, Dossier]] = []

    def join(self, open_: dict[int, Dossier], left: dict[int, Dossier]) -> None:
        """A camera's tracks by number, which it goes on keeping up to date."""
        self._open.append(open_)
        self._left.append(left)

    def twin(self, dossier: Dossier, key: str) -> Dossier | None:
        """Another track, in any camera, that was decided to be this plate a short time ago."""
        for other in self._others(dossier):
            if other.decided is not None and other.decided.normalised == key:
                return other
        return None

    def partner(self, dossier: Dossier) -> Dossier | None:
        """An undecided track of another camera that is most likely the same plate.

        Each of the two must have read what the other one holds for likeliest at least once.
        """
        if not dossier.likeliest:
            return None
        for other in self._others(dossier):
            if (
                other.decided is None
                and other.camera != dossier.camera
                and other.likeliest in dossier.texts
                and dossier.likeliest in other.texts
            ):
                return other
        return None

    def take_over(self, dossier: Dossier, twin: Dossier) -> None:
        """If the twin's track has ended, the dossier goes on in its place."""
        for left in self._left:
            if left.get(twin.track) is twin:
                del left[twin.track]
                dossier.absorb(twin)

    def _others(self, dossier: Dossier) -> Iterator[Dossier]:
        for other in chain.from_iterable(tracks.values() for tracks in (*self._open, *self._left)):
            if other is not dossier and abs(other.last.seconds - dossier.last.seconds) <= REUNITE_S:
                yield other
