"""The car's end of the hotlist topics: takes what its receiver verifies, and tells what it holds."""

from __future__ import annotations

import math
import random
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from anpr import list_messages, log, topics
from anpr.edge import status as lights
from anpr.edge.downloads import Downloads
from anpr.hotlist.refusal import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from anpr.edge.fetch import Fetcher
    from anpr.edge.parts import Lists
    from anpr.hotlist.receiver import Receiver, Wanted

REPORT_EVERY_S = 60.0
QUEUE_LENGTH = 32
"""Messages about lists that wait to be looked at; a flood pushes the oldest out, never the car over."""
DELTA_PATIENCE_S = 15.0
"""How long a change is waited for before the whole list is asked for."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the link does next: topics to listen to and to leave, and whether there is something to report."""

    subscribe: tuple[str, ...]
    unsubscribe: tuple[str, ...]
    report: bool


@dataclass(frozen=True, slots=True)
class _Work:
    """Something about one list to be looked at, off the link's thread."""

    list_name: str
    sha256: str | None
    payload: bytes


class ListLine:
    """Lists of one car, from the topics of its fleet, or a web server, into its store.

    Signatures, unpacking and the swap take their time with a large list, and a transfer over a thin line
    takes minutes: each has a thread of its own, so that a hit never waits for a list.

    Args:
        fleet, vehicle: who we are.
        lists: what the car holds, signed or not.
        receiver: verifies and swaps; None when the car was given no root.
        stale_after_s: age after which a list is called stale.
        limit_s: age after which a list raises no alert.
        fetcher: fetches lists that no message carries; None when no server is configured.
        jitter: a number in 0..1, so that a fleet does not ask a server in one moment.

    Attributes:
        wake: called from other threads when there is something for ``work`` to do.
    """

    def __init__(
        self,
        *,
        fleet: str,
        vehicle: str,
        lists: Lists,
        receiver: Receiver | None,
        stale_after_s: float,
        limit_s: float = math.inf,
        fetcher: Fetcher | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._fleet = fleet
        self._vehicle = vehicle
        self._lists = lists
        self._receiver = receiver
        self._stale_after_s = stale_after_s
        self._limit_s = limit_s
        self._log = log.get("lists")
        self.wake: Callable[[], None] = lambda: None
        self._arrived: deque[tuple[str, bytes]] = deque(maxlen=QUEUE_LENGTH)
        self._looker = ThreadPoolExecutor(1, "lists")
        self._looking: tuple[Future[Wanted | None], _Work] | None = None
        self._blobs: dict[str, str] = {}
        self._patience_s: dict[str, float] = {}
        self._downloads = Downloads(fetcher, jitter, lambda: self.wake())  # noqa: PLW0108 - it is set later
        self._refusals: tuple[list_messages.Refusal, ...] = ()
        self._news = False
        self._signed = receiver.trust.lists() if receiver else ()
        self._manifests = {topics.manifest(fleet, name): name for name in self._signed}

    @property
    def topics(self) -> tuple[str, ...]:
        """What to subscribe to whenever the line is up; retained messages come again by that."""
        return tuple(self._manifests)

    @property
    def refusals(self) -> tuple[list_messages.Refusal, ...]:
        """The newest refusal of each list that was not followed by a good one."""
        return self._refusals

    def arrived(self, topic: str, payload: bytes) -> bool:
        """Notes a message from the network thread; False when it is not about a list."""
        if not topic.startswith(f"{topics.PREFIX}/{self._fleet}/hotlist/"):
            return False
        # One byte above the limit is enough to refuse it, and all that is kept in memory.
        self._arrived.append((topic, payload[: topics.MAX_LIST_BYTES + 1]))
        return True

    def close(self) -> None:
        """Ends the threads; a transfer that is under way goes on at the next start."""
        self._downloads.close()
        self._looker.shutdown(wait=True, cancel_futures=True)

    def work(self) -> Wishes:
        """Takes the next step; called by the pump, and never waits."""
        if self._receiver is None:
            self._arrived.clear()
            return Wishes((), (), report=False)
        subscribe: list[str] = []
        unsubscribe: list[str] = []
        looked = self._looking is not None and self._looking[0].done()
        if self._looking is not None and looked:
            future, work = self._looking
            self._looking = None
            self._settle(self._receiver, work, future.result(), subscribe, unsubscribe)
        if self._looking is None and (following := self._next(self._receiver, subscribe, unsubscribe)):
            future = self._looker.submit(_look, self._receiver, following)
            self._looking = (future, following)
            future.add_done_callback(lambda _: self.wake())
        news, self._news = looked or self._news, False
        return Wishes(tuple(subscribe), tuple(unsubscribe), news)

    def _next(self, receiver: Receiver, subscribe: list[str], unsubscribe: list[str]) -> _Work | None:
        while self._arrived:
            topic, payload = self._arrived.popleft()
            # An empty payload is how a retained message is cleared.
            if payload and (name := self._manifests.get(topic)) is not None:
                return _Work(name, None, payload)
            if payload and (name := self._blobs.get(topic)) is not None:
                return _Work(name, topic.rpartition("/")[2], payload)
        for name, sha256, outcome in self._downloads.finished():
            if isinstance(outcome, bytes):
                return _Work(name, sha256, outcome)
            self._refused(receiver, name, RefusedError(outcome.reason, outcome.words))
        for name, until_s in tuple(self._patience_s.items()):
            if time.monotonic() > until_s:
                receiver.give_up_delta(name)
                self._want(receiver, name, receiver.wanted(name), subscribe, unsubscribe)
        return None

    def _settle(
        self,
        receiver: Receiver,
        work: _Work,
        wanted: Wanted | None,
        subscribe: list[str],
        unsubscribe: list[str],
    ) -> None:
        name = work.list_name
        before = {one.list_name: one for one in self._refusals}
        self._refusals = tuple(receiver.refusals.values())
        self._want(receiver, name, wanted, subscribe, unsubscribe)
        refusal = receiver.refusals.get(name)
        if refusal is not None and refusal != before.get(name):
            self._log.warning(
                "a hotlist was refused", list=name, reason=str(refusal.reason), why=refusal.words
            )
        elif refusal is None and wanted is None:
            held = {one.name: one.version for one in self._lists.lists()}
            self._log.info("hotlist checked", list=name, version=held.get(name))

    def _want(
        self,
        receiver: Receiver,
        name: str,
        wanted: Wanted | None,
        subscribe: list[str],
        unsubscribe: list[str],
    ) -> None:
        """Listens for what is wanted, or fetches it, and for nothing else of that list."""
        by_message = wanted is not None and wanted.length <= topics.MAX_LIST_BYTES
        path = topics.blob(self._fleet, name, wanted.sha256) if wanted and by_message else None
        unsubscribe.extend(old for old, of in self._blobs.items() if of == name and old != path)
        if path is not None and path not in self._blobs:
            subscribe.append(path)
        self._blobs = {old: of for old, of in self._blobs.items() if of != name}
        if path is not None:
            self._blobs[path] = name
        self._patience_s.pop(name, None)
        if wanted is not None and wanted.kind == "delta":
            self._patience_s[name] = time.monotonic() + DELTA_PATIENCE_S
        if wanted is None or by_message:
            self._downloads.drop(name)
        elif not self._downloads.want(name, wanted):
            words = f"The list has {wanted.length:,} bytes, and this car has no list_server to fetch it from."
            self._refused(receiver, name, RefusedError(list_messages.RefusalReason.OVERSIZED, words))

    def _refused(self, receiver: Receiver, name: str, refused: RefusedError) -> None:
        if name not in receiver.refusals or receiver.refusals[name].words != refused.message[:300]:
            self._news = True
            self._log.warning("a hotlist was not fetched", list=name, why=refused.message)
        receiver.refuse(name, refused)
        self._refusals = tuple(receiver.refusals.values())

    def report(self) -> list_messages.ListReport:
        """Versions held, their age, and what was refused last."""
        now = datetime.now(UTC)
        held = []
        for one in self._lists.lists():
            age_s = max(0.0, (now - one.made_at).total_seconds())
            held.append(
                list_messages.HeldList(
                    list_name=one.name,
                    version=one.version,
                    as_of=one.made_at,
                    age_s=age_s,
                    entries=one.entries,
                    signed=one.name in self._signed,
                    stale=age_s > self._stale_after_s,
                    too_old=age_s > self._limit_s,
                )
            )
        return list_messages.ListReport(
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
            lights.Level.FAIL if lamp.level is lights.Level.FAIL else lights.Level.WARN,
            f"{lamp.words}; a newer {refusal.list_name} was refused",
            f"{refusal.words} The list that is held stays in use; tell whoever publishes it.",
        )


def _look(receiver: Receiver, work: _Work) -> Wanted | None:
    """Runs on the thread of its own; returns what is waited for afterwards."""
    if work.sha256 is None:
        receiver.offer(work.list_name, work.payload)
    else:
        receiver.take(work.list_name, work.sha256, work.payload)
    return receiver.wanted(work.list_name)
