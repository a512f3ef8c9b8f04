"""How fast a change of a signed list reaches cars: real broker, links and verification, no pictures."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import uuid_utils

from anpr.broker.server import Broker
from anpr.config import BrokerSettings
from anpr.edge.link import Link
from anpr.edge.lists import ListLine
from anpr.edge.outbox import Outbox
from anpr.errors import LinkError
from anpr.hotlist import keys
from anpr.hotlist.draft import Draft
from anpr.hotlist.founding import found
from anpr.hotlist.receiver import Receiver
from anpr.hotlist.sending import Sender
from anpr.hotlist.store import FILE_NAME, HotlistStore
from anpr.hotlist.trust import Trust
from anpr.plates import normal_form
from anpr.types import Category, ListEntry, VehicleClass

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from anpr.hotlist.repository import Repository

FLEET: Final = "bench"
LIST: Final = "bench"
LINK_S: Final = 60.0
HELD_S: Final = 120.0


@dataclass(frozen=True, slots=True)
class Spread:
    """Seconds from sending until each car reported that it uses the change.

    Attributes:
        published: of every car and publication.
        recalled: of every car and recall; the entry was then looked up in every car and was not there.
        list_bytes: size of the compressed list.
    """

    cars: int
    entries: int
    list_bytes: int
    published: tuple[float, ...]
    recalled: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class _Car:
    store: HotlistStore
    link: Link


def percentile(seconds: Sequence[float], percent: float) -> float:
    """The value that ``percent`` of the values do not exceed."""
    ordered = sorted(seconds)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def measure(directory: Path, *, cars: int, entries: int, rounds: int, tell: Callable[[str], None]) -> Spread:
    """Publishes and recalls ``rounds`` times to ``cars`` linked cars.

    Args:
        directory: an empty folder for the broker, the repository and the cars.
        cars: links to one broker, each with its own store.
        entries: length of the list.
        rounds: publications, each followed by a recall.
        tell: is given a line of progress now and then.

    Raises:
        LinkError: the broker does not start, or not every car takes a change in time.
    """
    people = [keys.make(directory / "keys" / f"{name}.pem", name, None) for name in ("operator", "approver")]
    keys.make(directory / "keys" / "root.pem", "root", None)
    signers = [keys.signer(directory / "keys" / f"{name}.pem", None) for name in ("operator", "approver")]
    repository = found(
        directory / "repo",
        LIST,
        [keys.signer(directory / "keys" / "root.pem", None)],
        people,
        datetime.now(UTC),
    )
    published: list[float] = []
    recalled: list[float] = []
    with ExitStack() as stack:
        broker = stack.enter_context(Broker(directory / "broker"))
        fleet = [
            _car(directory / f"car-{n}", f"car-{n}", broker.port, repository, stack) for n in range(cars)
        ]
        _linked(fleet)
        size = 0
        for number in range(1, rounds + 1):
            now = datetime.now(UTC)
            draft = Draft(repository)
            draft.replace(_entries(entries, number, now), now)
            for signer in signers:
                draft.approve(signer, now)
            size = len(draft.publish(now).blob)
            published += _send(repository, broker.port, cars)
            victim = repository.published()
            entry = victim.file.lines[0] if victim else None
            if entry is not None:
                repository.recall([entry.id], signers[0], datetime.now(UTC))
                recalled += _send(repository, broker.port, cars)
                if any(car.store.find(normal_form(entry.plate)) for car in fleet):
                    raise LinkError(f"{entry.plate} was recalled and is still listed.", "Report this.")
            tell(f"round {number} of {rounds}: {cars} cars hold number {number} and its recall")
    return Spread(cars, entries, size, tuple(published), tuple(recalled))


def _car(path: Path, name: str, port: int, repository: Repository, stack: ExitStack) -> _Car:
    trust = Trust(path)
    trust.add(repository.pinned)
    store = stack.enter_context(HotlistStore(path / FILE_NAME))
    verified = stack.enter_context(HotlistStore(path / FILE_NAME))
    outbox = Outbox(path / "outbox.db")
    stack.callback(outbox.close)
    lists = ListLine(
        fleet=FLEET,
        vehicle=name,
        lists=store,
        receiver=Receiver(trust, verified),
        stale_after_s=86_400,
    )
    link = Link(
        BrokerSettings(port=port),
        fleet=FLEET,
        vehicle=name,
        boot=str(uuid_utils.uuid7()),
        outbox=outbox,
        lists=lists,
    )
    link.start()
    stack.callback(link.stop)
    return _Car(store, link)


def _linked(fleet: Sequence[_Car]) -> None:
    deadline_s = time.monotonic() + LINK_S
    while not all(car.link.health.connected for car in fleet):
        if time.monotonic() > deadline_s:
            raise LinkError("Not every car could connect.", "Try with fewer --cars.")
        time.sleep(0.05)


def _send(repository: Repository, port: int, cars: int) -> tuple[float, ...]:
    published = repository.published()
    version = published.version if published else ""
    with Sender("127.0.0.1", port, FLEET) as sender:
        sender.send(repository)
        spread = sender.wait(LIST, version, HELD_S, at_least=cars)
    if len(spread.seconds) < cars:
        raise LinkError(
            f"{cars - len(spread.seconds)} cars do not hold {version} after {HELD_S:.0f} s.",
            "Try with fewer --cars.",
        )
    return spread.seconds


def _entries(count: int, salt: int, now: datetime) -> list[ListEntry]:
    """Plates that differ from round to round, as a list from a records system would."""
    made = []
    for index in range(count):
        letters = index // 9000
        plate = f"{chr(65 + letters // 8 % 8)}{chr(65 + letters % 8)} {index % 9000 + 1000}"
        made.append(
            ListEntry(
                list_name=LIST,
                entry_id=normal_form(plate),
                plate=plate,
                key=normal_form(plate),
                vehicle_class=VehicleClass.PRIVATE_CAR,
                category=Category.STOLEN,
                priority=index % 4 + 1,
                reason="Reported stolen",
                owner="Benchmark",
                source=f"B-{salt}-{index * 7919 % 100_003:06d}",
                valid_until=now + timedelta(days=30),
            )
        )
    return made
