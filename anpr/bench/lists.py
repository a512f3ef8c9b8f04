"""How fast a change of a signed list reaches cars: real broker, links and web server, no pictures."""

from __future__ import annotations

import json
import random
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from anpr.bench import carpool
from anpr.bench.list_cars import FLEET
from anpr.bench.listserver import serving
from anpr.broker.server import Broker
from anpr.errors import LinkError
from anpr.hotlist import keys, shelving
from anpr.hotlist.draft import Draft
from anpr.hotlist.founding import found
from anpr.hotlist.sending import Sender
from anpr.plates import normal_form
from anpr.types import Category, ListEntry, VehicleClass

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from securesystemslib.signer import CryptoSigner

    from anpr.config import ListServerSettings
    from anpr.hotlist.repository import Repository

LIST: Final = "bench"
CARS_A_PROCESS: Final = 15
HELD_S: Final = 900.0
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


class _Fleet:
    """The cars: processes of some each, with their folders in memory where the machine allows it.

    In the world each car has a processor and a disk of its own; here sixty share those of one machine.
    """

    def __init__(self, stack: ExitStack, directory: Path, plan: _Plan) -> None:
        folder = carpool.folder(stack, directory)
        root = directory / "root.json"
        root.write_bytes(plan.pinned)
        self._processes = []
        for first in range(0, plan.cars, CARS_A_PROCESS):
            values = {
                "first": first,
                "cars": min(CARS_A_PROCESS, plan.cars - first),
                "port": plan.port,
                "directory": folder,
                "root": root,
                "url": plan.server and plan.server.url,
                "ca": plan.server and plan.server.ca,
            }
            process = carpool.start(stack, "anpr.bench.list_cars", values)
            self._processes.append(process)
        for process in self._processes:
            self._hear(process, "ready")

    def holding(self, key: str) -> int:
        """In how many cars an entry stands under a key."""
        for process in self._processes:
            if process.stdin is not None:
                process.stdin.write(f"find {key}\n")
        return sum(int(self._hear(process, "found")) for process in self._processes)

    def finish(self) -> Counter[str]:
        """Ends the cars; returns how often a list came in which way."""
        taken: Counter[str] = Counter()
        for process in self._processes:
            if process.stdin is not None:
                process.stdin.close()
        for process in self._processes:
            taken.update(json.loads(self._hear(process, "taken")))
            process.wait()
        return taken

    @staticmethod
    def _hear(process: subprocess.Popen[str], word: str) -> str:
        said, _, rest = (process.stdout.readline() if process.stdout else "").strip().partition(" ")
        if said != word:
            raise LinkError(
                "Not every car could connect, or one ended.", "Read above; try with fewer --cars."
            )
        return rest


@dataclass(frozen=True, slots=True)
class _Plan:
    """What all cars are told: whom they trust, and where broker and web server are."""

    cars: int
    pinned: bytes
    port: int
    server: ListServerSettings | None


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
        fleet = _Fleet(stack, directory, _Plan(cars, repository.pinned, broker.port, settings))
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
                    if fleet.holding(victim.key):
                        raise LinkError(f"{victim.plate} was recalled and is still listed.", "Report this.")
                tell(f"{cars} cars hold number {number + 1}, the last after {max(times):.1f} s")
        spread.taken = fleet.finish()
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
