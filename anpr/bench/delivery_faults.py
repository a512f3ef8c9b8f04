"""What goes wrong during the delivery benchmark, in an order that a seed decides."""

from __future__ import annotations

import heapq
import time
from dataclasses import dataclass
from enum import StrEnum
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable
    from random import Random

    from anpr.bench.delivery_processes import Process
    from anpr.bench.delivery_proxy import Proxy
    from anpr.bench.delivery_replay import Replayer
    from anpr.broker.server import Broker

SHIFT_HITS = 40
REPLAYED = 60
FULL_AT_BYTES = 4096
KBIT_BYTES = 125
CLOCK_JUMP_S = 2 * 86_400.0
DEAD_S = (0.2, 2.5)
BAD_LINE_S = (1.0, 6.0)
REST_S = 4.0
"""After a fault the broker and each collector have so long before the next: things shall break while messages
flow, and not only keep them from flowing."""


class Fault(StrEnum):
    """Kinds of faults; the words stand in the table."""

    KILL_CAR = "car killed"
    KILL_BROKER = "broker killed"
    KILL_COLLECTOR = "collector killed"
    CUT_CAR = "car's line cut"
    CUT_COLLECTOR = "collector's line cut"
    STALL_CAR = "car's line silent"
    THROTTLE_CAR = "car's line throttled"
    REPLAY = "hits replayed shuffled"
    FULL_DISK = "collector's disk full"
    CLOCK = "car's clock jumped"
    SHIFT = "8 h offline"


@dataclass(frozen=True, slots=True)
class Scene:
    """What faults can be done to. Names of cars and collectors are names of lines too."""

    cars: dict[str, Process]
    collectors: dict[str, Process]
    broker: Broker
    proxy: Proxy
    replayer: Replayer


class Faults:
    """Does the next fault when told to, and undoes each after a while.

    Args:
        scene: what they are done to.
        random: which, to whom, and for how long.
        done: counts them.
    """

    def __init__(self, scene: Scene, random: Random, done: Counter[Fault]) -> None:
        self._scene = scene
        self._random = random
        self._done = done
        self._deck: list[Fault] = []
        self._undo: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()
        self._down: set[str] = set()
        self._resting_s: dict[str, float] = {}

    def next(self) -> None:
        """One more fault. Every kind comes before any comes again."""
        if not self._deck:
            self._deck = list(Fault)
            self._random.shuffle(self._deck)
        fault = self._deck.pop()
        if self._do(fault):
            self._done[fault] += 1

    def mend(self, *, everything: bool = False) -> None:
        """Undoes what has lasted long enough, and starts what ended by itself, as a service is."""
        now_s = time.monotonic()
        while self._undo and (everything or self._undo[0][0] <= now_s):
            heapq.heappop(self._undo)[2]()
        for name, process in self._scene.collectors.items():
            if name not in self._down and not process.running:
                process.start()

    def _do(self, fault: Fault) -> bool:
        """Returns False when it cannot be done at this moment."""
        match fault:
            case Fault.KILL_BROKER:
                return self._rested("broker") and self._kill("broker", self._scene.broker)
            case Fault.REPLAY:
                return self._scene.replayer.replay(REPLAYED) > 0
            case Fault.KILL_COLLECTOR | Fault.CUT_COLLECTOR | Fault.FULL_DISK:
                return self._do_to_collector(fault, self._random.choice(sorted(self._scene.collectors)))
            case _:
                return self._do_to_car(fault, self._random.choice(sorted(self._scene.cars)))

    def _do_to_collector(self, fault: Fault, name: str) -> bool:
        process = self._scene.collectors[name]
        if not process.ready or not self._rested(name):
            return False
        if fault is Fault.KILL_COLLECTOR:
            return self._kill(name, process)
        if fault is Fault.FULL_DISK:
            process.limit_files(FULL_AT_BYTES)
            self._later(BAD_LINE_S, lambda: process.limit_files(None), name)
        else:
            self._scene.proxy.cut(name)
            self._later(BAD_LINE_S, lambda: self._scene.proxy.heal(name), name)
        return True

    def _rested(self, name: str) -> bool:
        return time.monotonic() >= self._resting_s.get(name, 0.0)

    def _do_to_car(self, fault: Fault, name: str) -> bool:
        process, proxy = self._scene.cars[name], self._scene.proxy
        match fault:
            case Fault.KILL_CAR:
                return self._kill(name, process)
            case Fault.CLOCK:
                process.say(f"clock {self._random.uniform(-CLOCK_JUMP_S, CLOCK_JUMP_S):.0f}")
                return True
            case Fault.STALL_CAR:
                proxy.stall(name)
            case Fault.THROTTLE_CAR:
                proxy.throttle(name, KBIT_BYTES * self._random.choice((16, 32, 64)))
            case Fault.SHIFT:
                proxy.cut(name)
                process.say(f"shift {SHIFT_HITS}")
            case _:
                proxy.cut(name)
        self._later(BAD_LINE_S, lambda: proxy.heal(name))
        return True

    def _kill(self, name: str, process: Process | Broker) -> bool:
        if name in self._down:
            return False
        self._down.add(name)
        process.kill()

        def revive() -> None:
            process.start()
            self._down.discard(name)

        self._later(DEAD_S, revive, name)
        return True

    def _later(self, span_s: tuple[float, float], undo: Callable[[], None], rests: str = "") -> None:
        due_s = time.monotonic() + self._random.uniform(*span_s)
        self._resting_s[rests] = due_s + REST_S
        heapq.heappush(self._undo, (due_s, next(self._order), undo))
