"""A fleet that comes back at once with a shift's hits: how long it drains, and what a live hit waits for."""

from __future__ import annotations

import re
import socket
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import httpx

from anpr.bench import carpool
from anpr.bench import delivery_processes as processes
from anpr.bench.delivery_count import stored_count
from anpr.bench.quantiles import percentile
from anpr.broker.server import Broker
from anpr.errors import LinkError

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

CARS_A_PROCESS: Final = 100
"""Each car has seven open files, and the MQTT client's select() takes numbers up to 1,023."""
LIVE_PER_S: Final = 4.0
START_S: Final = 600.0
DRAIN_S: Final = 1200.0
LOOK_S: Final = 0.5
TELL_EVERY_S: Final = 5.0
LAST_HITS_S: Final = 10.0
HIT_EVENT: Final = re.compile(rb'^data: ?\{"id": ?"([0-9a-f-]{36})"')


@dataclass(frozen=True, slots=True)
class LoadTask:
    """What is to be shown.

    Attributes:
        cars: that connect at once.
        backlog: hits that wait in each.
        collectors: on one shared subscription and one store; the first has the console.
    """

    cars: int
    backlog: int
    collectors: int


@dataclass(frozen=True, slots=True)
class LoadOutcome:
    """What a run showed.

    Attributes:
        stored: hits at the centre at the end, live ones included.
        drain_s: from the start of all links until the centre had every backlog.
        live_s: of each live hit meanwhile, from the moment it was seen to its event on the console's
            stream; those that never came are infinite.
        broker_mb, collector_mb: largest resident memory, of the broker and of the largest collector.
        broker_start_mb, collector_start_mb: the same before the cars came.
    """

    task: LoadTask
    stored: int
    drain_s: float
    live_s: tuple[float, ...]
    broker_mb: float
    collector_mb: float
    broker_start_mb: float
    collector_start_mb: float

    def live_percentile(self, percent: float) -> float:
        """Seconds that so many of the live hits did not exceed."""
        return percentile(self.live_s, percent)


def measure_load(directory: Path, task: LoadTask, tell: Callable[[str], None]) -> LoadOutcome:
    """Lets a fleet bring its backlog, and watches a console meanwhile.

    Args:
        directory: an empty folder for the broker and the centre. The cars' outboxes lie in memory where
            the machine allows it: in the world each has a disk of its own.
        task: how many of what.
        tell: is given a line of progress now and then.

    Raises:
        LinkError: something does not start, or the backlog is not drained in twenty minutes.
    """
    return _Load(directory, task, tell).run()


class _Console:
    """What a console on the stream of live events hears, with the time."""

    def __init__(self, port: int) -> None:
        self.heard_s: dict[str, float] = {}
        self._url = f"http://{processes.HOST}:{port}/events"
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="console", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(10)

    def _listen(self) -> None:
        with httpx.stream("GET", self._url, timeout=30) as response:
            rest = b""
            for data in response.iter_raw():
                now_s = time.monotonic()
                *lines, rest = (rest + data).split(b"\n")
                for line in lines:
                    found = HIT_EVENT.match(line)
                    if found:
                        self.heard_s.setdefault(found[1].decode("ascii"), now_s)
                if self._stop.is_set():
                    return


class _Load:
    def __init__(self, directory: Path, task: LoadTask, tell: Callable[[str], None]) -> None:
        self._directory = directory
        self._task = task
        self._tell = tell
        self._live: dict[str, float] = {}
        self._ready = 0
        self._drained = 0
        self._lock = threading.Lock()

    def run(self) -> LoadOutcome:
        with ExitStack() as stack:
            broker = stack.enter_context(Broker(self._directory / "broker"))
            port = _free_port()
            collectors = [
                processes.collector(
                    f"collector-{number}", broker.port, self._directory, None if number else port
                )
                for number in range(self._task.collectors)
            ]
            for collector in collectors:
                stack.callback(collector.stop)
                collector.start()
            fleet = self._start_fleet(stack, broker.port)
            self._await(lambda: all(one.ready for one in collectors), START_S, "the collectors did not start")
            self._await(lambda: self._ready == len(fleet), START_S, "the outboxes were not filled")
            console = _Console(port)
            console.start()
            pids = [broker.pid, *(collector.pid for collector in collectors)]
            least = most = [_resident_mb(pid) for pid in pids]
            self._tell(
                f"{self._task.cars} cars come, {self._task.cars * self._task.backlog:,} hits with them"
            )
            began_s = told_s = time.monotonic()
            _say(fleet, "go\n")
            while self._drained < len(fleet):
                time.sleep(LOOK_S)
                now_s = time.monotonic()
                most = [max(pair) for pair in zip(most, map(_resident_mb, pids), strict=True)]
                if now_s - told_s >= TELL_EVERY_S:
                    told_s = now_s
                    stored = stored_count(self._directory / "centre")
                    self._tell(f"{now_s - began_s:4.0f} s  {stored:7,} stored  {self._words(console)}")
                if now_s - began_s > DRAIN_S:
                    raise LinkError(
                        f"The fleet was not drained in {DRAIN_S:.0f} s.", f"See {self._directory}."
                    )
            drain_s = time.monotonic() - began_s
            live = dict(self._live)
            deadline_s = time.monotonic() + LAST_HITS_S
            while live.keys() - console.heard_s.keys() and time.monotonic() < deadline_s:
                time.sleep(LOOK_S)
            for process in fleet:
                if process.stdin is not None:
                    process.stdin.close()
            for process in fleet:
                process.wait()
            console.stop()
        heard = console.heard_s
        return LoadOutcome(
            task=self._task,
            stored=stored_count(self._directory / "centre"),
            drain_s=drain_s,
            live_s=tuple(heard.get(id_, float("inf")) - seen_s for id_, seen_s in live.items()),
            broker_mb=most[0],
            collector_mb=max(most[1:]),
            broker_start_mb=least[0],
            collector_start_mb=max(least[1:]),
        )

    def _words(self, console: _Console) -> str:
        with self._lock:
            waits = [
                console.heard_s[id_] - at_s for id_, at_s in self._live.items() if id_ in console.heard_s
            ]
            waiting = len(self._live) - len(waits)
        if not waits:
            return f"{waiting} live hits under way"
        return f"live p95 {percentile(waits, 95):.2f} s of {len(waits)}, {waiting} under way"

    def _start_fleet(self, stack: ExitStack, port: int) -> list[subprocess.Popen[str]]:
        outboxes = carpool.folder(stack, self._directory)
        starts = range(1, self._task.cars + 1, CARS_A_PROCESS)
        fleet = []
        for first in starts:
            cars = min(CARS_A_PROCESS, self._task.cars + 1 - first)
            values = {
                "first": first,
                "cars": cars,
                "port": port,
                "backlog": self._task.backlog,
                "live-every-s": len(starts) / LIVE_PER_S,
                "directory": outboxes,
            }
            process = carpool.start(stack, "anpr.bench.load_cars", values)
            threading.Thread(target=self._listen, args=(process,), daemon=True).start()
            fleet.append(process)
        return fleet

    def _listen(self, process: subprocess.Popen[str]) -> None:
        for line in process.stdout or ():
            with self._lock:
                match line.split():
                    case ["ready"]:
                        self._ready += 1
                    case ["drained"]:
                        self._drained += 1
                    case ["live", id_, seen_s]:
                        self._live[id_] = float(seen_s)

    def _await(self, done: Callable[[], bool], limit_s: float, otherwise: str) -> None:
        deadline_s = time.monotonic() + limit_s
        while not done():
            if time.monotonic() > deadline_s:
                raise LinkError(f"In {limit_s:.0f} s {otherwise}.", f"Read the logs in {self._directory}.")
            time.sleep(LOOK_S)


def _say(fleet: list[subprocess.Popen[str]], word: str) -> None:
    for process in fleet:
        if process.stdin is not None:
            process.stdin.write(word)
            process.stdin.flush()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((processes.HOST, 0))
        return int(probe.getsockname()[1])


def _resident_mb(pid: int) -> float:
    """Resident memory of a process, from the kernel."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0
