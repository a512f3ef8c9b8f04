"""Some of the cars of the load benchmark, in one process: each with the real outbox and the real link.

Run as ``python -m anpr.bench.load_cars``. It fills the outboxes, says ``ready``, and waits for a line on
standard input. Then all cars connect at once, and now and then one of them sees a live hit, which is told as
``live ID MONOTONIC_S``. ``drained`` says that the centre has every backlog; the end of the input ends it.
"""

from __future__ import annotations

import argparse
import random
import select
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from anpr import log, topics
from anpr.bench.delivery_car import FLEET
from anpr.bench.delivery_hits import make_hit
from anpr.config import BrokerSettings
from anpr.edge.hits import Identity, new_id
from anpr.edge.link import Link
from anpr.edge.outbox import Outbox

LOOK_S = 0.2
COUNT_EVERY_S = 2.0


@dataclass(frozen=True, slots=True)
class _Car:
    who: Identity
    outbox: Outbox
    link: Link


@dataclass(frozen=True, slots=True)
class LoadPlan:
    """What one process of cars does.

    Attributes:
        first, cars: its cars' numbers.
        port: the broker's.
        directory: where the outboxes lie.
        backlog: hits that wait in each outbox.
        live_every_s: time between two live hits of this process.
    """

    first: int
    cars: int
    port: int
    directory: Path
    backlog: int
    live_every_s: float


class _Cars:
    def __init__(self, plan: LoadPlan) -> None:
        self._plan = plan
        self._random = random.Random(plan.first)  # noqa: S311 - repeatable, no secret
        self._cars = [self._make(number) for number in range(plan.first, plan.first + plan.cars)]

    def _make(self, number: int) -> _Car:
        """A car that has driven a shift without a link, and is started again."""
        who = Identity(f"car-{number}", new_id())
        path = self._plan.directory / who.vehicle / "outbox.db"
        outbox = Outbox(path)
        for hit in range(1, self._plan.backlog + 1):
            self._put(outbox, who, hit)
        outbox.close()
        outbox = Outbox(path)
        link = Link(
            BrokerSettings(port=self._plan.port),
            fleet=FLEET,
            vehicle=who.vehicle,
            boot=who.boot,
            outbox=outbox,
        )
        return _Car(who, outbox, link)

    def _put(self, outbox: Outbox, who: Identity, number: int) -> str:
        hit = make_hit(number, who, datetime.now(UTC), self._random)
        return outbox.put(topics.HIT, hit, priority=hit.entry.priority).id

    def run(self) -> None:
        for car in self._cars:
            car.link.start()
        behind = list(self._cars)
        live = 0
        count_s = time.monotonic()
        next_s = time.monotonic() + self._random.uniform(0, self._plan.live_every_s)
        while not select.select([sys.stdin], [], [], min(LOOK_S, max(0.0, next_s - time.monotonic())))[0]:
            if time.monotonic() >= next_s:
                next_s += self._plan.live_every_s
                live += 1
                self._see(self._random.choice(self._cars), live)
            if behind and time.monotonic() >= count_s:
                count_s = time.monotonic() + COUNT_EVERY_S
                # A live hit or two may be on the way at any moment; a backlog is more.
                behind = [car for car in behind if car.outbox.depth().unreceipted > 1]
                if not behind:
                    _tell("drained")
        for car in self._cars:
            car.link.stop()
            car.outbox.close()

    def _see(self, car: _Car, live: int) -> None:
        seen_s = time.monotonic()
        _tell(f"live {self._put(car.outbox, car.who, self._plan.backlog + live)} {seen_s}")


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _plan() -> LoadPlan:
    parser = argparse.ArgumentParser()
    for name in ("first", "cars", "port", "backlog"):
        parser.add_argument(f"--{name}", type=int, required=True)
    parser.add_argument("--live-every-s", type=float, required=True)
    parser.add_argument("--directory", type=Path, required=True)
    return LoadPlan(**vars(parser.parse_args()))


def main() -> None:
    """The process."""
    log.configure("error")
    cars = _Cars(_plan())
    _tell("ready")
    sys.stdin.readline()
    cars.run()


if __name__ == "__main__":
    main()
