"""What a car of the benchmark noted beside its outbox: the yardstick for what the centre must hold."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class Journal:
    """One line a step, appended at once, so that a car that is killed leaves all it had done.

    A hit's number is noted before it is kept, and again after. Killed in between, the car does not know
    whether the hit reached its disk: then nobody was promised anything, but it must not come twice.

    Attributes:
        begun: numbers that were begun.
        kept_numbers: numbers that are durable in the outbox.
        stops: how often a full disk stopped the sight.
        drained_s: monotonic time at which the centre had everything; None before that.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.begun = 0
        self.kept_numbers: set[int] = set()
        self.stops = 0
        self.drained_s: float | None = None
        self.read()

    @property
    def kept(self) -> int:
        """How many are durable."""
        return len(self.kept_numbers)

    def read(self) -> None:
        """Takes in what stands on the disk."""
        if not self._path.exists():
            return
        self.stops = 0
        for line in self._path.read_text(encoding="ascii").splitlines():
            match line.split():
                case ["begin", number]:
                    self.begun = max(self.begun, int(number))
                case ["keep", number]:
                    self.kept_numbers.add(int(number))
                case ["full"]:
                    self.stops += 1
                case ["drained", seconds]:
                    self.drained_s = float(seconds)

    def begin(self) -> int:
        """The next number; a car that begins anew goes on after the last one."""
        self.begun += 1
        self._note(f"begin {self.begun}")
        return self.begun

    def keep(self, number: int) -> None:
        """The outbox has it for good."""
        self.kept_numbers.add(number)
        self._note(f"keep {number}")

    def full(self) -> None:
        """The disk would not take it yet."""
        self._note("full")

    def drained(self, now_s: float) -> None:
        """The centre has everything."""
        self._note(f"drained {now_s}")

    def _note(self, line: str) -> None:
        handle = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(handle, f"{line}\n".encode("ascii"))
        finally:
            os.close(handle)
