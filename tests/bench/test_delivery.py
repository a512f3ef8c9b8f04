"""The delivery benchmark breaks what it says it breaks, and sees a hit that is lost or doubled."""

from __future__ import annotations

import json
import random
import socket
import socketserver
import sqlite3
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from anpr.bench.delivery_count import reckon
from anpr.bench.delivery_faults import Fault
from anpr.bench.delivery_hits import make_hit
from anpr.bench.delivery_journal import Journal
from anpr.bench.delivery_proxy import Proxy
from anpr.collector.crops import Crops
from anpr.collector.sqlite import SqliteStore
from anpr.collector.store import Arrival
from anpr.edge.hits import Identity, new_id

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from anpr.messages import Hit

NOW = datetime(2026, 1, 2, tzinfo=UTC)
WHO = Identity("car-1", new_id())


@pytest.mark.broker
@pytest.mark.timeout(300)
def test_nothing_is_lost_or_doubled_while_everything_breaks(tmp_path: Path) -> None:
    options = ["--deliveries", "150", "--collectors", "2", "--cars", "3", "--hits-per-s", "25", "--seed", "5"]
    done = subprocess.run(
        [sys.executable, "-m", "anpr", "bench", "delivery", "--json", "--dir", str(tmp_path), *options],
        check=False,
        capture_output=True,
        text=True,
    )
    told = json.loads(done.stdout)
    assert done.returncode == 0, told
    assert told["stored"] == told["sent"] >= 150
    assert (told["lost"], told["doubled"]) == (0, 0)
    assert sum(told["faults"].values()) >= 4
    assert set(told["faults"]) <= set(Fault)


def made(number: int) -> Hit:
    chance = random.Random(number)  # noqa: S311 - repeatable
    return make_hit(number, WHO, NOW, chance).model_copy(update={"seq": number})


def centre(folder: Path, *hits: Hit) -> Path:
    """The data directory of a collector that has stored these."""
    store = SqliteStore(folder / "centre.db")
    crops = Crops(folder / "crops.db")
    crops.put_all({hit.read.crop_sha256: hit.read.crop_jpeg for hit in hits})
    crops.close()
    for hit in hits:
        store.write([Arrival(hit, NOW, retained=False)], [])
    store.close()
    return folder


def journal(folder: Path, kept: int, begun: int | None = None) -> dict[str, Journal]:
    noted = Journal(folder / "car-1.journal")
    for _ in range(kept):
        noted.keep(noted.begin())
    while noted.begun < (begun or kept):
        noted.begin()
    return {"car-1": noted}


def test_all_there_once_is_clean(tmp_path: Path) -> None:
    counted = reckon(journal(tmp_path, 3), centre(tmp_path / "centre", *map(made, (1, 2, 3))))
    assert counted.clean
    assert (counted.sent, counted.stored) == (3, 3)


def test_a_hit_that_did_not_arrive_is_lost(tmp_path: Path) -> None:
    counted = reckon(journal(tmp_path, 3), centre(tmp_path / "centre", made(1), made(3)))
    assert (counted.lost, counted.clean) == (1, False)


def test_one_content_under_two_ids_is_doubled(tmp_path: Path) -> None:
    again = made(2).model_copy(update={"id": new_id(), "seq": 9})
    counted = reckon(journal(tmp_path, 2), centre(tmp_path / "centre", made(1), made(2), again))
    assert (counted.doubled, counted.clean) == (1, False)


def test_a_number_used_for_two_hits_is_found(tmp_path: Path) -> None:
    counted = reckon(
        journal(tmp_path, 2), centre(tmp_path / "centre", made(1), made(2).model_copy(update={"seq": 1}))
    )
    assert (counted.numbers_twice, counted.clean) == (1, False)


def test_what_a_car_was_killed_over_was_promised_to_nobody(tmp_path: Path) -> None:
    (tmp_path / "came").mkdir()
    (tmp_path / "gone").mkdir()
    came = reckon(journal(tmp_path / "came", 1, 2), centre(tmp_path / "came" / "centre", made(1), made(2)))
    gone = reckon(journal(tmp_path / "gone", 1, 2), centre(tmp_path / "gone" / "centre", made(1)))
    assert (came.sent, came.clean) == (2, True)
    assert (gone.sent, gone.clean) == (1, True)


def test_a_hit_of_nobody_and_a_missing_crop_are_found(tmp_path: Path) -> None:
    folder = centre(tmp_path / "centre", made(1), made(2))
    with sqlite3.connect(folder / "crops.db") as crops:
        crops.execute("DELETE FROM crops WHERE sha256 = ?", (made(1).read.crop_sha256,))
    crops.close()
    counted = reckon(journal(tmp_path, 1), folder)
    assert (counted.foreign, counted.crops_missing, counted.clean) == (1, 1, False)


class Echo(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        while data := self.request.recv(4096):
            self.request.sendall(data)


@pytest.fixture
def echo() -> Iterator[int]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Echo) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def ask(port: int, size: int = 1, timeout_s: float = 10) -> int:
    """How many bytes come back over a new connection."""
    back = 0
    with socket.create_connection(("127.0.0.1", port), timeout=timeout_s) as line:
        line.sendall(b"x" * size)
        while back < size and (data := line.recv(4096)):
            back += len(data)
    return back


def ended(line: socket.socket) -> bool:
    """Whether the other side has gone, with or without a word."""
    try:
        return line.recv(1) == b""
    except ConnectionResetError:
        return True


def test_a_line_can_be_cut_and_mended(echo: int) -> None:
    with Proxy(echo) as proxy:
        port = proxy.open("car-1")
        assert ask(port) == 1
        with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
            line.sendall(b"x")
            assert line.recv(1) == b"x"
            proxy.cut("car-1")
            assert ended(line)
        with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
            assert ended(line)
        proxy.heal("car-1")
        assert ask(port, 100_000) == 100_000


def test_a_tunnel_lets_nothing_through_and_says_nothing(echo: int) -> None:
    with Proxy(echo) as proxy:
        port = proxy.open("car-1")
        with socket.create_connection(("127.0.0.1", port), timeout=0.3) as line:
            proxy.stall("car-1")
            line.sendall(b"x")
            with pytest.raises(TimeoutError):
                line.recv(1)
            line.settimeout(10)
            proxy.heal("car-1")
            assert line.recv(1) == b"x"


def test_a_throttled_line_is_slow(echo: int) -> None:
    with Proxy(echo) as proxy:
        port = proxy.open("car-1")
        proxy.throttle("car-1", 20_000)
        began_s = time.monotonic()
        assert ask(port, 5_000) == 5_000
        assert time.monotonic() - began_s > 0.24
