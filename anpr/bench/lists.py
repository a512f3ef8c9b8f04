"""How fast a change of a signed list reaches cars: real broker, links and web server, no pictures."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, ClassVar, Final

import uuid_utils

from anpr.bench.listserver import serving
from anpr.broker.server import Broker
from anpr.config import BrokerSettings, ListServerSettings
from anpr.edge.fetch import Fetcher
from anpr.edge.link import Link
from anpr.edge.lists import ListLine
from anpr.edge.outbox import Outbox
from anpr.errors import LinkError
from anpr.hotlist import keys, shelving
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

    from securesystemslib.signer import CryptoSigner

    from anpr.hotlist.receiver import Wanted
    from anpr.hotlist.repository import Repository

FLEET: Final = "bench"
LIST: Final = "bench"
LINK_S: Final = 60.0
HELD_S: Final = 900.0
TURNS: Final = 2
LARGE_TEXT_BYTES: Final = 100
"""Noise in each entry of a large list: it does not compress, so 10,000 entries are well above a message."""


@dataclass(slots=True)
class Spread:
    """Seconds from sending until each car reported that it uses the change.

    Attributes:
        whole: of every car, for the first list, which no car holds anything of.
        changed: of every car and later publication, which changes a few entries.
        recalled: of every car and recall; the entry was then looked up in every car and was not there.
        list_bytes, change_bytes: what travels: the packed list, and the packed change.
        taken: how often a list came whole, as a change, or was held already.
        by_https: cars' transfers from the web server.
    """

    cars: int
    entries: int
    list_bytes: int = 0
    change_bytes: int = 0
    whole: list[float] = field(default_factory=list)
    changed: list[float] = field(default_factory=list)
    recalled: list[float] = field(default_factory=list)
    taken: Counter[str] = field(default_factory=Counter)
    by_https: int = 0


class _Receiver(Receiver):
    """Waits for its turn, and the wait counts.

    All cars share one process here: more at a time than there are cores would only hinder one another, and
    the links beside them, which no car on the road does.
    """

    turns: ClassVar = threading.Semaphore(TURNS)

    def offer(self, list_name: str, payload: bytes) -> Wanted | None:
        with self.turns:
            return super().offer(list_name, payload)

    def take(self, list_name: str, sha256: str, payload: bytes) -> bool:
        with self.turns:
            return super().take(list_name, sha256, payload)


class _Car(ExitStack):
    """Lists and link of a car, named after its folder, until the stack is closed."""

    def __init__(
        self, path: Path, port: int, repository: Repository, server: ListServerSettings | None
    ) -> None:
        super().__init__()
        trust = Trust(path)
        trust.add(repository.pinned)
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
            fetcher=Fetcher(server, path / "fetched") if server else None,
        )
        self.link = Link(
            BrokerSettings(port=port),
            fleet=FLEET,
            vehicle=path.name,
            boot=str(uuid_utils.uuid7()),
            outbox=outbox,
            lists=lists,
        )
        self.link.start()
        self.callback(lists.close)
        self.callback(self.link.stop)


def percentile(seconds: Sequence[float], percent: float) -> float:
    """The value that ``percent`` of the values do not exceed."""
    ordered = sorted(seconds)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def measure(
    directory: Path,
    *,
    cars: int,
    entries: int,
    rounds: int,
    changes: int,
    large: bool,
    tell: Callable[[str], None],
) -> Spread:
    """Publishes a list, then changes and recalls ``rounds`` times, to ``cars`` linked cars.

    Args:
        directory: an empty folder for the broker, the repository and the cars.
        cars: links to one broker, each with its own store.
        entries: length of the list.
        rounds: changes, each followed by a recall.
        changes: entries that each change replaces.
        large: makes the list larger than a message, so that cars fetch it over HTTPS.
        tell: is given a line of progress now and then.

    Raises:
        LinkError: the broker does not start, or not every car takes a change in time.
    """
    with ExitStack() as stack:
        repository, signers = _office(directory)
        broker = stack.enter_context(Broker(directory / "broker"))
        shelf = directory / "shelf"
        server = stack.enter_context(serving(shelf, directory / "papers")) if large else None
        settings = server.settings if server else None
        fleet = [
            stack.enter_context(_Car(directory / f"car-{n}", broker.port, repository, settings))
            for n in range(cars)
        ]
        _linked(fleet)
        spread = Spread(cars, entries)
        rows = _entries(entries, datetime.now(UTC), large=large)
        with Sender("127.0.0.1", broker.port, FLEET) as sender:
            for number in range(rounds + 1):
                first = number == 0
                if not first:
                    fresh = _entries(changes, datetime.now(UTC), large=large, salt=number)
                    rows = [*rows[changes:], *fresh]
                _publish(repository, signers, rows, shelf)
                times = _spread(sender, repository, cars)
                (spread.whole if first else spread.changed).extend(times)
                _note_sizes(spread, repository)
                if not first:
                    victim = rows[0]
                    repository.recall([victim.entry_id], signers[0], datetime.now(UTC))
                    spread.recalled += _spread(sender, repository, cars)
                    if any(car.store.find(victim.key) for car in fleet):
                        raise LinkError(f"{victim.plate} was recalled and is still listed.", "Report this.")
                tell(f"{cars} cars hold number {number + 1}, the last after {max(times):.1f} s")
        spread.taken = sum((car.receiver.taken for car in fleet), Counter())
        spread.by_https = server.transfers() if server else 0
    return spread


def _office(directory: Path) -> tuple[Repository, list[CryptoSigner]]:
    folder = directory / "keys"
    people = [keys.make(folder / f"{name}.pem", name, None) for name in ("operator", "approver")]
    keys.make(folder / "root.pem", "root", None)
    signers = [keys.signer(folder / f"{name}.pem", None) for name in ("operator", "approver")]
    roots = [keys.signer(folder / "root.pem", None)]
    return found(directory / "repo", LIST, roots, people, datetime.now(UTC)), signers


def _publish(
    repository: Repository, signers: Sequence[CryptoSigner], rows: Sequence[ListEntry], shelf: Path
) -> None:
    now = datetime.now(UTC)
    draft = Draft(repository)
    draft.replace(rows, now)
    for signer in signers:
        draft.approve(signer, now)
    shelving.shelve(repository, draft.publish(now), shelf, now)


def _note_sizes(spread: Spread, repository: Repository) -> None:
    published = repository.published()
    if published is not None:
        spread.list_bytes = len(published.blob)
        spread.change_bytes = len(published.delta or b"")


def _linked(fleet: Sequence[_Car]) -> None:
    deadline_s = time.monotonic() + LINK_S
    while not all(car.link.health.connected for car in fleet):
        if time.monotonic() > deadline_s:
            raise LinkError("Not every car could connect.", "Try with fewer --cars.")
        time.sleep(0.05)


def _spread(sender: Sender, repository: Repository, cars: int) -> tuple[float, ...]:
    published = repository.published()
    version = published.version if published else ""
    sender.send(repository)
    spread = sender.wait(LIST, version, HELD_S, at_least=cars)
    if len(spread.seconds) < cars:
        raise LinkError(
            f"{cars - len(spread.seconds)} cars do not hold {version} after {HELD_S:.0f} s.",
            "Try with fewer --cars.",
        )
    return spread.seconds


def _entries(count: int, now: datetime, *, large: bool, salt: int = 0) -> list[ListEntry]:
    """Plates that differ from round to round, as a list from a records system would."""
    rng = random.Random(salt)  # noqa: S311 - filler
    made = []
    for index in range(count):
        letters = index // 9000 + salt
        plate = f"{chr(65 + letters // 8 % 8)}{chr(65 + letters % 8)} {index % 9000 + 1000}"
        made.append(
            ListEntry(
                list_name=LIST,
                entry_id=f"{salt}-{index:06d}",
                plate=plate,
                key=normal_form(plate),
                vehicle_class=VehicleClass.PRIVATE_CAR,
                category=Category.STOLEN,
                priority=index % 4 + 1,
                reason=rng.randbytes(LARGE_TEXT_BYTES).hex() if large else "Reported stolen",
                owner="Benchmark",
                source=f"B-{salt}-{rng.randrange(10**9):09d}",
                valid_until=now + timedelta(days=30),
            )
        )
    return made
