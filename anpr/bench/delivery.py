"""Whether every hit reaches the centre once, whatever breaks on the way: real processes, faults by a seed."""

from __future__ import annotations

import random
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from anpr.bench import delivery_processes as processes
from anpr.bench.delivery_car import Plan
from anpr.bench.delivery_count import Reckoning, reckon, stored_count
from anpr.bench.delivery_faults import Fault, Faults, Scene
from anpr.bench.delivery_journal import Journal
from anpr.bench.delivery_proxy import Proxy
from anpr.bench.delivery_replay import Replayer
from anpr.broker.server import Broker
from anpr.errors import LinkError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

RESEND_FIRST_S: Final = 2.0
"""Cars drive with 15 s. Faults come here every second and not every hour, so this is shorter too."""
SMALL_OUTBOX_BYTES: Final = 400_000
"""Room for some fifty hits: every third car runs out of it when its line is down."""
SMALL_EVERY: Final = 3
FAULT_EVERY_S: Final = (0.3, 1.7)
TELL_EVERY_S: Final = 5.0
START_S: Final = 120.0
LOOK_S: Final = 0.1
FAULTS_LAST: Final = 2.0
"""Faults go on for at most so many times the time that the hits would take with none."""
DRAIN_S: Final = 600.0
MAKE_S: Final = 1800.0


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be shown.

    Attributes:
        deliveries: hits that the cars bring onto their disks, together.
        collectors: on one shared subscription and one store.
        cars: processes, each with its own line and outbox.
        seed: decides faults and contents. The processes' own speed is not in its hands.
        hits_per_s: of all cars together.
    """

    deliveries: int
    collectors: int
    cars: int
    seed: int
    hits_per_s: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run showed.

    Attributes:
        faults: how often each kind was done.
        stops: how often a car stopped its sight because its outbox was full.
        replayed: messages that a third party said again.
        seconds: from the start to the last receipt.
        drain_s: from the moment that everything was mended to the last receipt; cars with small outboxes
            make their last hits meanwhile. None when cars still held hits at the end.
    """

    task: Task
    reckoning: Reckoning
    faults: Counter[Fault]
    stops: int
    replayed: int
    seconds: float
    drain_s: float | None

    @property
    def passed(self) -> bool:
        """Nothing lost and nothing doubled."""
        return self.reckoning.clean and self.drain_s is not None


def measure(directory: Path, task: Task, tell: Callable[[str], None]) -> Outcome:
    """Lets cars deliver while things break, mends everything, and counts.

    Args:
        directory: an empty folder for the broker, the centre and the cars.
        task: how much of what.
        tell: is given a line of progress now and then.

    Raises:
        LinkError: the broker does not start, or the cars do not get their hits made.
    """
    return _Run(directory, task, tell).run()


class _Run:
    def __init__(self, directory: Path, task: Task, tell: Callable[[str], None]) -> None:
        self._directory = directory
        self._task = task
        self._tell = tell
        self._chance = random.Random(task.seed)  # noqa: S311 - repeatable, no secret
        self._done: Counter[Fault] = Counter()
        self._journals: dict[str, Journal] = {}

    def run(self) -> Outcome:
        started_s = time.monotonic()
        with ExitStack() as stack:
            scene = self._scene(stack)
            self._journals = {name: Journal(self._directory / f"{name}.journal") for name in scene.cars}
            faults = Faults(scene, self._chance, self._done)
            mended_s = self._break_things(faults)
            drained_s = self._drain(scene)
            for process in scene.collectors.values():
                process.stop()
            replayed = scene.replayer.replayed
        return Outcome(
            task=self._task,
            reckoning=reckon(self._journals, self._directory / "centre"),
            faults=self._done,
            stops=sum(journal.stops for journal in self._journals.values()),
            replayed=replayed,
            seconds=(drained_s or time.monotonic()) - started_s,
            drain_s=None if drained_s is None else max(0.0, drained_s - mended_s),
        )

    def _scene(self, stack: ExitStack) -> Scene:
        broker = stack.enter_context(Broker(self._directory / "broker"))
        proxy = stack.enter_context(Proxy(broker.port))
        names = [f"collector-{number}" for number in range(1, self._task.collectors + 1)]
        scene = Scene(
            cars={plan.vehicle: processes.car(plan) for plan in self._plans(proxy)},
            collectors={name: processes.collector(name, proxy.open(name), self._directory) for name in names},
            broker=broker,
            proxy=proxy,
            replayer=stack.enter_context(Replayer(broker.port, self._chance)),
        )
        for process in (*scene.collectors.values(), *scene.cars.values()):
            stack.callback(process.stop)
            process.start()
        self._await_first_hit(scene)
        return scene

    def _await_first_hit(self, scene: Scene) -> None:
        """Nothing is broken before everything works."""
        deadline_s = time.monotonic() + START_S
        centre = self._directory / "centre"
        while not (stored_count(centre) and all(one.ready for one in scene.collectors.values())):
            if time.monotonic() > deadline_s:
                raise LinkError(
                    f"No hit arrived in {START_S:.0f} s, before anything was broken.",
                    f"Read the logs in {self._directory}.",
                )
            time.sleep(LOOK_S)

    def _plans(self, proxy: Proxy) -> list[Plan]:
        task = self._task
        return [
            Plan(
                vehicle=f"car-{number}",
                port=proxy.open(f"car-{number}"),
                directory=self._directory,
                hits=task.deliveries // task.cars + (number <= task.deliveries % task.cars),
                every_s=task.cars / task.hits_per_s,
                max_bytes=SMALL_OUTBOX_BYTES if number % SMALL_EVERY == 0 else None,
                resend_first_s=RESEND_FIRST_S,
                salt=str(task.seed),
            )
            for number in range(1, task.cars + 1)
        ]

    def _break_things(self, faults: Faults) -> float:
        """Until every hit was made; a small outbox that is behind may make its last hits in peace.

        Returns:
            The moment at which everything was mended.
        """
        began_s = told_s = time.monotonic()
        mended_s = float("inf")
        peace_s = began_s + FAULTS_LAST * self._task.deliveries / self._task.hits_per_s
        next_s = began_s + FAULT_EVERY_S[1]
        while True:
            time.sleep(LOOK_S)
            now_s = time.monotonic()
            kept = self._kept()
            done = kept >= self._task.deliveries
            if (done or now_s >= peace_s) and mended_s > now_s:
                faults.mend(everything=True)
                mended_s = time.monotonic()
                self._tell("everything is mended; draining")
            faults.mend()
            if done:
                return mended_s
            if next_s <= now_s < peace_s:
                faults.next()
                next_s = now_s + self._chance.uniform(*FAULT_EVERY_S)
            if now_s - told_s >= TELL_EVERY_S:
                told_s = now_s
                stored = stored_count(self._directory / "centre")
                times = self._done.total()
                self._tell(f"{now_s - began_s:4.0f} s  {kept:6,} sent  {stored:6,} stored  {times:4} faults")
            if now_s - began_s > MAKE_S:
                raise LinkError(
                    f"Only {kept} of {self._task.deliveries} hits were made in {MAKE_S:.0f} s.",
                    f"Read the logs of the cars in {self._directory}, or give the machine less to do.",
                )

    def _kept(self) -> int:
        for journal in self._journals.values():
            journal.read()
        return sum(journal.kept for journal in self._journals.values())

    def _drain(self, scene: Scene) -> float | None:
        """Waits until every car has said that the centre has everything; None when one does not get there."""
        for car in scene.cars.values():
            car.say("finish")
        deadline_s = time.monotonic() + DRAIN_S
        while any(car.running for car in scene.cars.values()) and time.monotonic() < deadline_s:
            time.sleep(LOOK_S)
        self._kept()
        late = [name for name, journal in self._journals.items() if journal.drained_s is None]
        for name in late:
            self._tell(f"{name} still holds hits; see {scene.cars[name].log_path}")
        return None if late else max(journal.drained_s or 0.0 for journal in self._journals.values())
