"""One collector: link, ingest, store and crops, wired together."""

from __future__ import annotations

import fcntl
import shutil
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from anpr.collector.crops import Crops
from anpr.collector.desk import Desk
from anpr.collector.ingest import Ingest, Trouble
from anpr.collector.link import Link
from anpr.collector.sqlite import SqliteStore
from anpr.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from anpr.config import CentreSettings

STOP_S = 10.0


@contextmanager
def _alone(data_dir: Path) -> Iterator[None]:
    """Lets one collector after the other open a shared folder: making tables bears no company."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        lock = (data_dir / "opening.lock").open("ab")
    except OSError as error:
        raise StorageError(
            f"The data directory {data_dir} cannot be made: {error.strerror}.",
            "Give one you may write to with --data-dir.",
        ) from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@dataclass(frozen=True, slots=True)
class Condition:
    """How the collector itself does.

    Attributes:
        connected: it is subscribed at the broker.
        trouble: why it is not connected, or not storing; None while all is well.
        faults: errors of our own that ingest survived.
        disk_free_bytes: room left where the store lies.
    """

    connected: bool
    trouble: Trouble | None
    faults: int
    disk_free_bytes: int


class Centre:
    """Starts and stops the collecting; the console is built on top of it.

    Args:
        settings: the centre's table of the settings file.

    Attributes:
        on_change: called from other threads after each commit and each change of condition; must not block.

    Raises:
        StorageError: the data directory cannot be used.
    """

    def __init__(self, settings: CentreSettings) -> None:
        self.settings = settings
        self.on_change: Callable[[], None] = lambda: None
        with _alone(settings.data_dir):
            self.store = SqliteStore(settings.data_dir / "centre.db", reject_bytes=settings.max_reject_bytes)
            self.desk = Desk(settings.data_dir / "centre.db")
            self.crops = Crops(settings.data_dir / "crops.db")
        self._link = Link(settings, self._changed)
        self._ingest = Ingest(self._link, self.store, self.crops, self._changed)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._ingest.run, args=(self._stop,), name="ingest")

    def start(self) -> None:
        """Begins to collect."""
        self._thread.start()
        self._link.start()

    def finish(self) -> None:
        """Finishes the batch at hand, and leaves the rest with the broker. The store may still be read."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join(STOP_S)
        self._link.stop()

    def stop(self) -> None:
        """Finishes, and closes the store."""
        self.finish()
        self.desk.close()
        self.crops.close()
        self.store.close()

    def condition(self) -> Condition:
        """How the collector does right now."""
        trouble = self._ingest.trouble
        if trouble is None and self._link.problem is not None:
            trouble = Trouble(
                f"No messages arrive: {self._link.problem}.",
                "Check that the broker runs. The cars keep their hits and send them when it is back.",
            )
        return Condition(
            connected=self._link.connected,
            trouble=trouble,
            faults=self._ingest.faults,
            disk_free_bytes=shutil.disk_usage(self.settings.data_dir).free,
        )

    def _changed(self) -> None:
        self.on_change()
