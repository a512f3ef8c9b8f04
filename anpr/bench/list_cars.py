"""Some of the cars of the list benchmark, in one process: each with the real store, receiver and link.

Run as ``python -m anpr.bench.list_cars``. It says ``ready`` once all are linked. Standard input takes one
command a line: ``find KEY`` is answered with ``found`` and in how many cars an entry stands under that key,
and the end of the input ends it, after ``taken`` and how often a list came in which way.
"""

from __future__ import annotations

import argparse
import json
import sys
import threading
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

import uuid_utils

from anpr import log
from anpr.config import BrokerSettings, ListServerSettings
from anpr.edge.fetch import Fetcher
from anpr.edge.link import Link
from anpr.edge.lists import ListLine
from anpr.edge.outbox import Outbox
from anpr.hotlist.receiver import Receiver
from anpr.hotlist.store import FILE_NAME, HotlistStore
from anpr.hotlist.trust import Trust

if TYPE_CHECKING:
    from anpr.hotlist.receiver import Wanted

FLEET: Final = "bench"
LINK_S: Final = 60.0
LOOK_S: Final = 0.05


class _Receiver(Receiver):
    """Waits for its turn, and the wait counts.

    The cars of one process share one interpreter: more at a time would only hinder one another, and the links
    beside them, which no car on the road does.
    """

    turn: ClassVar = threading.Lock()

    def offer(self, list_name: str, payload: bytes) -> Wanted | None:
        with self.turn:
            return super().offer(list_name, payload)

    def take(self, list_name: str, sha256: str, payload: bytes) -> bool:
        with self.turn:
            return super().take(list_name, sha256, payload)


@dataclass(frozen=True, slots=True)
class ListPlan:
    """What one process of cars does.

    Attributes:
        first, cars: its cars' numbers.
        port: the broker's.
        directory: where the cars' folders are made.
        root: file of the root that every car trusts.
        url, ca: of the web server for large lists; None where there is none.
    """

    first: int
    cars: int
    port: int
    directory: Path
    root: Path
    url: str | None
    ca: Path | None

    @property
    def server(self) -> ListServerSettings | None:
        """The same as a car's settings have it."""
        return None if self.url is None else ListServerSettings(url=self.url, ca=self.ca)


class _Car(ExitStack):
    """Lists and link of a car, named after its folder, until the stack is closed."""

    def __init__(self, path: Path, plan: ListPlan) -> None:
        super().__init__()
        trust = Trust(path)
        trust.add(plan.root.read_bytes())
        self.store = self.enter_context(HotlistStore(path / FILE_NAME))
        self.receiver = _Receiver(trust, self.enter_context(HotlistStore(path / FILE_NAME)))
        outbox = Outbox(path / "outbox.db")
        self.callback(outbox.close)
        lists = ListLine(
            fleet=FLEET,
            vehicle=path.name,
            lists=self.store,
            receiver=self.receiver,
            stale_after_s=86_400,
            fetcher=Fetcher(plan.server, path / "fetched") if plan.server else None,
        )
        self.link = Link(
            BrokerSettings(port=plan.port),
            fleet=FLEET,
            vehicle=path.name,
            boot=str(uuid_utils.uuid7()),
            outbox=outbox,
            lists=lists,
        )
        self.link.start()
        self.callback(lists.close)
        self.callback(self.link.stop)


def _linked(fleet: list[_Car]) -> bool:
    deadline_s = time.monotonic() + LINK_S
    while not all(car.link.health.connected for car in fleet):
        if time.monotonic() > deadline_s:
            return False
        time.sleep(LOOK_S)
    return True


def _run(plan: ListPlan) -> int:
    numbers = range(plan.first, plan.first + plan.cars)
    with ExitStack() as stack:
        fleet = [stack.enter_context(_Car(plan.directory / f"car-{n}", plan)) for n in numbers]
        if not _linked(fleet):
            return 1
        _tell("ready")
        for line in sys.stdin:
            match line.split():
                case ["find", key]:
                    _tell(f"found {sum(bool(car.store.find(key)) for car in fleet)}")
        taken = sum((car.receiver.taken for car in fleet), Counter[str]())
    _tell(f"taken {json.dumps(taken)}")
    return 0


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _plan() -> ListPlan:
    parser = argparse.ArgumentParser()
    for name in ("first", "cars", "port"):
        parser.add_argument(f"--{name}", type=int, required=True)
    for name in ("directory", "root"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--url")
    parser.add_argument("--ca", type=Path)
    return ListPlan(**vars(parser.parse_args()))


def main() -> int:
    """The process."""
    log.configure("warning")
    return _run(_plan())


if __name__ == "__main__":
    sys.exit(main())
