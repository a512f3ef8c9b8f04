"""Transfers from the list server: one thread, one after another, tried again until they are superseded."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from anpr.errors import AnprError, LinkError
from anpr.list_messages import RefusalReason

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from anpr.edge.fetch import Fetcher
    from anpr.hotlist.receiver import Wanted

RETRY_FIRST_S: Final = 2.0
RETRY_MAX_S: Final = 120.0


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a transfer did not end well."""

    reason: RefusalReason
    words: str


@dataclass(slots=True)
class _Download:
    wanted: Wanted
    stop: threading.Event
    future: Future[bytes | None] | None = None
    failures: int = 0
    next_s: float = 0.0


class Downloads:
    """What is being fetched, by list. All methods but the transfer itself belong to the link's thread.

    Args:
        fetcher: does the transfer; None when there is no server.
        jitter: a number in 0..1.
        wake: called from another thread when a transfer ended.
    """

    def __init__(
        self, fetcher: Fetcher | None, jitter: Callable[[], float], wake: Callable[[], None]
    ) -> None:
        self._fetcher = fetcher
        self._jitter = jitter
        self._wake = wake
        self._under_way: dict[str, _Download] = {}
        self._thread = ThreadPoolExecutor(1, "list-fetch")

    def want(self, list_name: str, wanted: Wanted) -> bool:
        """Fetches this for the list, and nothing older; False when there is no server to fetch from."""
        if self._fetcher is None:
            return False
        known = self._under_way.get(list_name)
        if known is None or known.wanted != wanted:
            self.drop(list_name)
            self._under_way[list_name] = _Download(wanted, threading.Event())
        elif known.future is None or known.future.done():
            # It came, and was not what was signed: not again at once.
            self._delay(known)
        self._start()
        return True

    def drop(self, list_name: str) -> None:
        """Stops fetching for a list."""
        known = self._under_way.pop(list_name, None)
        if known is not None:
            known.stop.set()

    def finished(self) -> list[tuple[str, str, bytes | Failure]]:
        """Transfers that ended since the last call, by list and hash; failed ones start again later."""
        ended: list[tuple[str, str, bytes | Failure]] = []
        for name, download in self._under_way.items():
            future = download.future
            if future is None or not future.done():
                continue
            download.future = None
            sha256 = download.wanted.sha256
            try:
                data = future.result()
            except AnprError as error:
                linked = isinstance(error, LinkError)
                reason = RefusalReason.UNREACHABLE if linked else RefusalReason.STORAGE
                ended.append((name, sha256, Failure(reason, error.message)))
                self._delay(download)
                continue
            # Not again before somebody says that it is still wanted.
            download.next_s = float("inf")
            if data is not None:
                ended.append((name, sha256, data))
                break
        self._start()
        return ended

    def close(self) -> None:
        """Ends the transfer that is under way; what came of it is kept."""
        for name in tuple(self._under_way):
            self.drop(name)
        self._thread.shutdown(wait=True, cancel_futures=True)

    def _delay(self, download: _Download) -> None:
        download.failures += 1
        wait_s = min(RETRY_MAX_S, RETRY_FIRST_S * 2 ** min(download.failures, 8))
        download.next_s = time.monotonic() + wait_s * (0.5 + self._jitter())

    def _start(self) -> None:
        for download in self._under_way.values():
            if download.future is None and time.monotonic() >= download.next_s and self._fetcher is not None:
                wanted = download.wanted
                download.future = self._thread.submit(
                    self._fetcher.fetch, wanted.sha256, wanted.length, download.stop
                )
                download.future.add_done_callback(lambda _: self._wake())
