"""One state of a list as a repository gives it out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from anpr.hotlist.listfile import counted

if TYPE_CHECKING:
    from anpr.hotlist.listfile import ListFile
    from anpr.hotlist.proof import Proof


@dataclass(frozen=True, slots=True)
class Published:
    """What the repository gives out: proven, with the bytes of the list.

    Attributes:
        blob: the packed list.
        delta: the packed change from the list before; None when there is none.
    """

    proof: Proof
    blob: bytes
    delta: bytes | None
    file: ListFile

    @property
    def version(self) -> str:
        """What this state of the list is called."""
        return self.proof.version

    @property
    def count(self) -> str:
        """How many entries a car may alert on, in words."""
        return counted(len(self.proof.entries(self.file)))
