"""A repository with its people, and what they do with it, for the tests of this folder."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from anpr.hotlist import keys
from anpr.hotlist.draft import Draft
from anpr.hotlist.founding import found
from anpr.hotlist.receiver import Receiver
from anpr.hotlist.store import HotlistStore
from anpr.hotlist.trust import Trust
from tests.hotlist.examples import entry

if TYPE_CHECKING:
    from pathlib import Path

    from anpr.hotlist.published import Published
    from anpr.hotlist.repository import Repository
    from anpr.types import ListEntry

CHAN, LEE = "Sgt Chan", "Insp Lee"
ENTRY = entry("AB 1234", valid_until=datetime.now(UTC) + timedelta(days=30))


@dataclass
class Desk:
    """Where an operator and an approver work."""

    repository: Repository
    keys: Path

    @property
    def draft(self) -> Draft:
        return Draft(self.repository)

    def signer(self, person: str):
        return keys.signer(self.keys / f"{person.split()[1].lower()}.pem", None)

    def publish(self, *entries: ListEntry, now: datetime | None = None) -> Published:
        now = now or datetime.now(UTC)
        self.draft.replace(entries, now)
        self.draft.approve(self.signer(CHAN), now)
        self.draft.approve(self.signer(LEE), now)
        return self.draft.publish(now)

    def manifest(self) -> bytes:
        bundle = self.repository.bundle()
        assert bundle is not None
        return bundle.manifest()


def desk(path: Path, list_name: str = "stolen", now: datetime | None = None) -> Desk:
    folder = path / "keys"
    keys.make(folder / "root.pem", "Superintendent", None)
    people = [keys.make(folder / f"{name.split()[1].lower()}.pem", name, None) for name in (CHAN, LEE)]
    root = keys.signer(folder / "root.pem", None)
    return Desk(found(path / "repo", list_name, [root], people, now or datetime.now(UTC)), folder)


@dataclass
class Car:
    """What a car has of signed lists, without the rest of a car."""

    receiver: Receiver
    store: HotlistStore

    def given(self, desk: Desk) -> bool:
        """Offers what is published, and the list when it is asked for; True when it is held afterwards."""
        name = desk.repository.list_name
        held = desk.repository.published()
        assert held is not None
        self.receiver.offer(name, desk.manifest())
        while (wanted := self.receiver.wanted(name)) is not None:
            if not self.receiver.take(name, wanted.sha256, self.sent(held, wanted.kind)):
                break
        return self.version(name) == held.version

    @staticmethod
    def sent(held: Published, kind: str) -> bytes:
        """What lies at the broker of a published list."""
        data = held.delta if kind == "delta" else held.blob
        assert data is not None
        return data

    def version(self, name: str = "stolen") -> str | None:
        return next((one.version for one in self.store.lists() if one.name == name), None)

    def plates(self, name: str = "stolen") -> set[str]:
        return {entry.key for entry in self.store.entries(name)}

    def refused(self, name: str = "stolen") -> str | None:
        refusal = self.receiver.refusals.get(name)
        return refusal and refusal.reason.value


def car(path: Path, *desks: Desk) -> Car:
    trust = Trust(path)
    for one in desks:
        trust.add(one.repository.pinned)
    store = HotlistStore(path / "hotlist.sqlite3")
    return Car(Receiver(trust, store), store)
