"""A car of the delivery benchmark, as a process that may be killed: the real outbox, keeping and link.

Run as ``python -m anpr.bench.delivery_car``. Standard input takes one command a line, and its end ends the
car: ``clock SECONDS`` moves the wall clock, ``shift COUNT`` drives eight hours in a moment, ``finish`` waits
until everything is delivered.
"""

from __future__ import annotations

import argparse
import queue
import random
import sys
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from anpr import log
from anpr.bench.delivery_hits import make_hit
from anpr.bench.delivery_journal import Journal
from anpr.config import BrokerSettings
from anpr.edge.hits import Identity, new_id
from anpr.edge.link import Link
from anpr.edge.outbox import Outbox
from anpr.edge.safekeeping import Safekeeping

SHIFT_S = 8 * 3600.0
DRAIN_S = 600.0
LOOK_S = 0.2
FLEET = "bench"


@dataclass(frozen=True, slots=True)
class Plan:
    """What one car of the benchmark does.

    Attributes:
        port: where its line to the broker begins.
        hits: it makes no more once so many are on its disk.
        every_s: mean time between two hits.
        max_bytes: room that its outbox may take; None for no bound.
        resend_first_s: the outbox's first wait for a receipt.
        salt: keeps two starts of one car from drawing the same.
    """

    vehicle: str
    port: int
    directory: Path
    hits: int
    every_s: float
    max_bytes: int | None
    resend_first_s: float
    salt: str


class _Clocks:
    """The car's clocks, which can be moved: the one on the wall both ways, the other only onwards."""

    def __init__(self) -> None:
        self._wall = timedelta()
        self._onwards_s = 0.0

    def now(self) -> datetime:
        return datetime.now(UTC) + self._wall

    def monotonic(self) -> float:
        return time.monotonic() + self._onwards_s

    def jump(self, seconds: float) -> None:
        self._wall += timedelta(seconds=seconds)

    def drive(self, seconds: float) -> None:
        self._wall += timedelta(seconds=seconds)
        self._onwards_s += seconds


class _Car:
    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._clocks = _Clocks()
        self._random = random.Random(f"{plan.salt}/{plan.vehicle}")  # noqa: S311 - repeatable, no secret
        self._who = Identity(plan.vehicle, new_id())
        self._journal = Journal(plan.directory / f"{plan.vehicle}.journal")
        self._outbox = Outbox(
            plan.directory / plan.vehicle / "outbox.db",
            monotonic=self._clocks.monotonic,
            resend_first_s=plan.resend_first_s,
            max_bytes=plan.max_bytes,
        )
        self._keeping = Safekeeping(self._outbox, min_free_bytes=0)
        self._pending = 0
        self._link = Link(
            BrokerSettings(port=plan.port),
            fleet=FLEET,
            vehicle=plan.vehicle,
            boot=self._who.boot,
            outbox=self._outbox,
        )

    def run(self, commands: queue.Queue[str]) -> int:
        """Drives until told to finish; 0 when everything was delivered."""
        self._link.start()
        next_s = time.monotonic()
        while True:
            done = self._journal.kept >= self._plan.hits
            wait_s = LOOK_S if done else max(0.0, next_s - time.monotonic())
            try:
                match commands.get(timeout=wait_s).split():
                    case ["clock", seconds]:
                        self._clocks.jump(float(seconds))
                    case ["shift", count]:
                        self._shift(int(count))
                    case ["finish"]:
                        return self._finish()
                    case []:
                        return 1
                continue
            except queue.Empty:
                pass
            if not done:
                self._hit()
                next_s = time.monotonic() + self._random.expovariate(1 / self._plan.every_s)

    def _shift(self, count: int) -> None:
        for _ in range(min(count, self._plan.hits - self._journal.kept)):
            self._clocks.drive(SHIFT_S / count)
            self._hit()
            if self._keeping.full:
                return

    def _hit(self) -> None:
        """One hit, from the sight to the disk; a full disk stops the sight, as it does in a real car."""
        if self._keeping.full:
            time.sleep(LOOK_S)
            self._look()
            return
        number = self._journal.begin()
        hit = make_hit(number, self._who, self._clocks.now(), self._random)
        self._keeping.keep(hit)
        if self._keeping.not_stored:
            self._journal.full()
            self._pending = number
            self._look()
        else:
            self._journal.keep(number)

    def _look(self) -> None:
        self._keeping.look()
        if not self._keeping.full:
            self._journal.keep(self._pending)

    def _finish(self) -> int:
        while self._keeping.full:
            time.sleep(LOOK_S)
            self._look()
        drained = self._link.drain(DRAIN_S)
        if drained:
            self._journal.drained(time.monotonic())
        self._link.stop()
        self._outbox.close()
        return int(not drained)


def _listen(commands: queue.Queue[str]) -> None:
    for line in sys.stdin:
        commands.put(line)
    commands.put("")


def _plan() -> Plan:
    parser = argparse.ArgumentParser()
    for name in ("vehicle", "salt"):
        parser.add_argument(f"--{name}", required=True)
    for name in ("port", "hits"):
        parser.add_argument(f"--{name}", type=int, required=True)
    for name in ("every-s", "resend-first-s"):
        parser.add_argument(f"--{name}", type=float, required=True)
    parser.add_argument("--directory", type=Path, required=True)
    parser.add_argument("--max-bytes", type=int)
    return Plan(**vars(parser.parse_args()))


def main() -> int:
    """The process."""
    log.configure("error")
    commands: queue.Queue[str] = queue.Queue()
    threading.Thread(target=_listen, args=(commands,), daemon=True).start()
    return _Car(_plan()).run(commands)


if __name__ == "__main__":
    sys.exit(main())
