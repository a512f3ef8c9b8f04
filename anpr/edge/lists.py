"""The car's end of the hotlist topics: takes what its receiver verifies, and tells what it holds."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from anpr import log, messages, topics
from anpr.edge import status as lights

if TYPE_CHECKING:
    from anpr.edge.parts import Lists
    from anpr.hotlist.receiver import Receiver

REPORT_EVERY_S = 60.0
QUEUE_LENGTH = 32
"""Messages about lists that wait to be looked at; a flood pushes the oldest out, never the car over."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the link does next: topics to listen to and to leave, and whether there is something to report."""

    subscribe: tuple[str, ...]
    unsubscribe: tuple[str, ...]
    report: bool


class ListLine:
    """Lists of one car, from the topics of its fleet into its store.

    Args:
        fleet, vehicle: who we are.
        lists: what the car holds, signed or not.
        receiver: verifies and swaps; None when the car was given no root.
        stale_after_s: age after which a list is called stale.
    """

    def __init__(
        self, *, fleet: str, vehicle: str, lists: Lists, receiver: Receiver | None, stale_after_s: float
    ) -> None:
        self._fleet = fleet
        self._vehicle = vehicle
        self._lists = lists
        self._receiver = receiver
        self._stale_after_s = stale_after_s
        self._log = log.get("lists")
        self._arrived: deque[tuple[str, bytes]] = deque(maxlen=QUEUE_LENGTH)
        self._blobs: dict[str, str] = {}
        self._refusals: tuple[messages.Refusal, ...] = ()
        self._signed = receiver.trust.lists() if receiver else ()
        self._manifests = {topics.manifest(fleet, name): name for name in self._signed}

    @property
    def topics(self) -> tuple[str, ...]:
        """What to subscribe to whenever the line is up; retained messages come again by that."""
        return tuple(self._manifests)

    @property
    def refusals(self) -> tuple[messages.Refusal, ...]:
        """The newest refusal of each list that was not followed by a good one."""
        return self._refusals

    def arrived(self, topic: str, payload: bytes) -> bool:
        """Notes a message from the network thread; False when it is not about a list."""
        if not topic.startswith(f"{topics.PREFIX}/{self._fleet}/hotlist/"):
            return False
        # One byte above the limit is enough to refuse it, and all that is kept in memory.
        self._arrived.append((topic, payload[: topics.MAX_LIST_BYTES + 1]))
        return True

    def work(self) -> Wishes:
        """Looks at what arrived; called by the pump."""
        subscribe: list[str] = []
        unsubscribe: list[str] = []
        looked = False
        while self._arrived:
            topic, payload = self._arrived.popleft()
            # An empty payload is how a retained message is cleared.
            if payload and self._receiver is not None:
                looked = True
                self._look(self._receiver, topic, payload, subscribe, unsubscribe)
        if looked and self._receiver is not None:
            self._refusals = tuple(self._receiver.refusals.values())
        return Wishes(tuple(subscribe), tuple(unsubscribe), looked)

    def _look(
        self,
        receiver: Receiver,
        topic: str,
        payload: bytes,
        subscribe: list[str],
        unsubscribe: list[str],
    ) -> None:
        before = dict(receiver.refusals)
        waiting = False
        name = self._manifests.get(topic)
        if name is not None:
            wanted = receiver.offer(name, payload)
            if wanted is not None:
                path = topics.blob(self._fleet, name, wanted)
                unsubscribe.extend(old for old, of in self._blobs.items() if of == name and old != path)
                self._blobs = {old: of for old, of in self._blobs.items() if of != name} | {path: name}
                subscribe.append(path)
                waiting = True
        elif (name := self._blobs.get(topic)) is not None:
            if receiver.take(name, topic.rpartition("/")[2], payload):
                del self._blobs[topic]
                unsubscribe.append(topic)
        else:
            return
        refusal = receiver.refusals.get(name)
        if refusal is not None and refusal != before.get(name):
            self._log.warning(
                "a hotlist was refused", list=name, reason=str(refusal.reason), why=refusal.words
            )
        elif refusal is None and not waiting:
            held = {one.name: one.version for one in self._lists.lists()}
            self._log.info("hotlist checked", list=name, version=held.get(name))

    def report(self) -> messages.ListReport:
        """Versions held, their age, and what was refused last."""
        now = datetime.now(UTC)
        held = []
        for one in self._lists.lists():
            age_s = max(0.0, (now - one.made_at).total_seconds())
            held.append(
                messages.HeldList(
                    list_name=one.name,
                    version=one.version,
                    as_of=one.made_at,
                    age_s=age_s,
                    entries=one.entries,
                    signed=one.name in self._signed,
                    stale=age_s > self._stale_after_s,
                )
            )
        return messages.ListReport(
            vehicle=self._vehicle,
            at=now,
            takes=self._signed,
            lists=tuple(held),
            refusals=self._refusals,
        )

    def mark(self, lamp: lights.Lamp) -> lights.Lamp:
        """The officer's hotlist light, amber when an offered list was refused."""
        if lamp.level is lights.Level.FAIL and self._signed:
            names = ", ".join(self._signed)
            return replace(
                lamp, next_step=f"List {names} comes signed over the link; ask its publisher to send it."
            )
        if not self._refusals:
            return lamp
        refusal = self._refusals[-1]
        return lights.Lamp(
            lamp.name,
            lights.Level.WARN,
            f"{lamp.words}; a newer {refusal.list_name} was refused",
            f"{refusal.words} The list that is held stays in use; tell whoever publishes it.",
        )
