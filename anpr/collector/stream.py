"""Live events to any number of consoles, each reading on from its own place in the store.

The store is the queue: a console that is slow, or comes back, has missed nothing, and no console can
make the collector hold anything in memory for it.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from fastapi.sse import ServerSentEvent

from anpr.collector.views import CarView, HitView, StatsView

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from anpr.collector.centre import Centre

HEARTBEAT_S = 3.0
"""Consoles take three missed heartbeats for a dead link, even when TCP has not noticed."""
STATS_EVERY_S = 0.5
CARS_EVERY_S = 0.5
LOOK_S = 0.5
"""The pulse tells of this collector's own commits; what another one stored is found by looking."""
MAX_EVENTS = 100


class Pulse:
    """Lets other threads wake all coroutines that wait for something new."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._turn = asyncio.Event()
        self.closed = False

    def attach(self) -> None:
        """Belongs to the running event loop from now on."""
        self._loop = asyncio.get_running_loop()

    def beat(self) -> None:
        """Something is new. May be called from any thread, at any time."""
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop has just ended, and everybody with it
                self._loop.call_soon_threadsafe(self._beat)

    def close(self) -> None:
        """Lets every waiting stream end."""
        self.closed = True
        self.beat()

    def turn(self) -> asyncio.Event:
        """Take it before looking, wait on it after: what happens in between is not missed."""
        return self._turn

    def _beat(self) -> None:
        turn, self._turn = self._turn, asyncio.Event()
        turn.set()


def cursor(epoch: str, number: int) -> str:
    """An event's place, as consoles give it back: the store it belongs to, and its number."""
    return f"{epoch}-{number}"


def place(epoch: str, given: str | None) -> int | None:
    """The number in a cursor; None when it is none, or of another store."""
    made_by, _, number = (given or "").partition("-")
    return int(number) if made_by == epoch and number.isascii() and number.isdigit() else None


async def live(centre: Centre, pulse: Pulse, after: str | None) -> AsyncIterator[ServerSentEvent]:
    """Hits as they are stored or judged, cars as they change, and the counters.

    Args:
        centre: whose store is read.
        pulse: beats after each change.
        after: the last event the console has; without a valid one it is told to load anew.
    """
    store = centre.store
    number = place(store.epoch, after)
    if number is None:
        number = await asyncio.to_thread(store.newest_event)
        yield ServerSentEvent(event="reset", data={}, id=cursor(store.epoch, number))
    change = 0
    cars_at = stats_at = float("-inf")
    while not pulse.closed:
        turn = pulse.turn()
        events = await asyncio.to_thread(store.events_after, number, MAX_EVENTS)
        for number, stored in events:
            yield ServerSentEvent(event="hit", data=HitView.of(stored), id=cursor(store.epoch, number))
        if time.monotonic() - cars_at >= CARS_EVERY_S:
            cars_at = time.monotonic()
            for car in await asyncio.to_thread(store.cars, change):
                change = car.change
                yield ServerSentEvent(event="car", data=CarView.of(car))
        if time.monotonic() - stats_at >= (STATS_EVERY_S if events or turn.is_set() else HEARTBEAT_S):
            stats_at = time.monotonic()
            yield ServerSentEvent(event="stats", data=await asyncio.to_thread(stats, centre))
        if len(events) < MAX_EVENTS:
            with suppress(TimeoutError):
                await asyncio.wait_for(turn.wait(), LOOK_S)


def stats(centre: Centre) -> StatsView:
    """The counters and the collector's condition."""
    return StatsView.of(centre.store.counts(), centre.condition(), centre.desk.open_tasks())
