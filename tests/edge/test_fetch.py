"""A list too large for a message comes over HTTPS: whole, in pieces, never more than was announced."""

from __future__ import annotations

import hashlib
import http.server
import random
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from anpr import topics
from anpr.broker.server import Broker
from anpr.config import ListServerSettings
from anpr.edge.fetch import PIECE_BYTES, Fetcher
from anpr.errors import ConfigError, LinkError
from anpr.hotlist import shelving
from tests.edge.test_lists import holds, patrol, send
from tests.hotlist import ceremony
from tests.hotlist.examples import entry
from tests.support.papers import server_context
from tests.support.polling import wait_for

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator
    from pathlib import Path

DATA = random.Random(5).randbytes(5 * PIECE_BYTES + 123)  # noqa: S311 - filler
SHA256 = hashlib.sha256(DATA).hexdigest()
SOON = datetime.now(UTC) + timedelta(days=30)


@dataclass
class Shelf:
    """A web server that gives out files by their hash, as badly as it is told.

    Attributes:
        cut_after: bytes after which the next answer breaks off.
        ranges: what was asked for.
    """

    files: dict[str, bytes]
    url: str = ""
    cut_after: int | None = None
    resumes: bool = True
    ranges: list[str | None] = field(default_factory=list)


def serve(shelf: Shelf, context: ssl.SSLContext | None = None) -> http.server.ThreadingHTTPServer:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = self.headers.get("Range")
            shelf.ranges.append(asked)
            data = shelf.files.get(self.path.rpartition("/")[2])
            if data is None:
                self.send_error(404)
                return
            start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and shelf.resumes else 0
            self.send_response(206 if start else 200)
            if start:
                self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
            self.send_header("Content-Length", str(len(data) - start))
            self.end_headers()
            cut, shelf.cut_after = shelf.cut_after, None
            self.wfile.write(data[start : len(data) if cut is None else start + cut])

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    shelf.url = f"{'https' if context else 'http'}://127.0.0.1:{server.server_address[1]}/lists"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    one = Shelf({SHA256: DATA})
    server = serve(one)
    yield one
    server.shutdown()
    server.server_close()


def fetcher(shelf: Shelf, folder: Path) -> Fetcher:
    return Fetcher(ListServerSettings(url=shelf.url), folder)


GO = threading.Event()


def test_a_file_comes_whole_and_nothing_is_left_over(shelf: Shelf, tmp_path: Path):
    assert fetcher(shelf, tmp_path).fetch(SHA256, len(DATA), GO) == DATA
    assert list(tmp_path.iterdir()) == []


def test_a_broken_transfer_goes_on_where_it_stopped_even_after_a_restart(shelf: Shelf, tmp_path: Path):
    shelf.cut_after = 3 * PIECE_BYTES
    with pytest.raises(LinkError, match="cannot be fetched"):
        fetcher(shelf, tmp_path).fetch(SHA256, len(DATA), GO)
    assert fetcher(shelf, tmp_path).fetch(SHA256, len(DATA), GO) == DATA
    assert shelf.ranges == [None, f"bytes={3 * PIECE_BYTES}-"]


def test_a_server_that_cannot_resume_gives_it_from_the_beginning(shelf: Shelf, tmp_path: Path):
    shelf.cut_after, shelf.resumes = 2 * PIECE_BYTES, False
    with pytest.raises(LinkError):
        fetcher(shelf, tmp_path).fetch(SHA256, len(DATA), GO)
    assert fetcher(shelf, tmp_path).fetch(SHA256, len(DATA), GO) == DATA


def test_more_than_was_announced_is_not_kept(shelf: Shelf, tmp_path: Path):
    with pytest.raises(LinkError):
        fetcher(shelf, tmp_path).fetch(SHA256, len(DATA) - 1, GO)
    assert list(tmp_path.iterdir()) == []


def test_a_newer_list_ends_the_transfer_of_an_older_one_and_takes_its_room(shelf: Shelf, tmp_path: Path):
    stopped = threading.Event()
    stopped.set()
    assert fetcher(shelf, tmp_path).fetch(SHA256, len(DATA), stopped) is None
    (tmp_path / f"{'0' * 64}.part").write_bytes(b"older")
    assert fetcher(shelf, tmp_path).fetch(SHA256, len(DATA), GO) == DATA
    assert list(tmp_path.iterdir()) == []


def test_what_the_server_does_not_have_is_said(shelf: Shelf, tmp_path: Path):
    with pytest.raises(LinkError, match=r"cannot be fetched from http://127\.0\.0\.1.*Not Found"):
        fetcher(shelf, tmp_path).fetch("0" * 64, 10, GO)


@pytest.mark.parametrize(
    "url", ["http://centre.example/lists", "ftp://127.0.0.1/x", "file:///etc", "nowhere"]
)
def test_only_https_leaves_this_machine(url: str, tmp_path: Path):
    with pytest.raises(ConfigError, match="https://HOST/lists"):
        Fetcher(ListServerSettings(url=url), tmp_path)


def test_a_server_is_believed_only_by_the_authority_that_the_settings_name(tmp_path: Path):
    context, authority = server_context(tmp_path / "own")
    _, other = server_context(tmp_path / "other")
    shelf = Shelf({SHA256: DATA})
    server = serve(shelf, context)
    own = Fetcher(ListServerSettings(url=shelf.url, ca=authority), tmp_path / "parts")
    assert own.fetch(SHA256, len(DATA), GO) == DATA
    for settings in (ListServerSettings(url=shelf.url), ListServerSettings(url=shelf.url, ca=other)):
        with pytest.raises(LinkError, match="certificate verify failed"):
            Fetcher(settings, tmp_path / "parts").fetch(SHA256, len(DATA), GO)
    server.shutdown()
    server.server_close()


@pytest.mark.broker
def test_a_list_larger_than_a_message_reaches_the_car_over_https_and_its_change_by_message(tmp_path: Path):
    rng = random.Random(3)  # noqa: S311 - filler that does not compress
    many = [
        entry(f"AB {number}", entry_id=str(number), reason=rng.randbytes(250).hex(), valid_until=SOON)
        for number in range(1300)
    ]
    office = ceremony.desk(tmp_path / "office")
    context, authority = server_context(tmp_path / "papers")
    shelf = Shelf({})
    server = serve(shelf, context)
    settings = ListServerSettings(url=shelf.url, ca=authority)
    with Broker(tmp_path / "broker") as broker:
        car = patrol(tmp_path, broker.port, office, fetcher=Fetcher(settings, tmp_path / "car-1" / "fetched"))
        published = office.publish(*many)
        assert published.proof.packed.length > topics.MAX_LIST_BYTES
        file = shelving.shelve(office.repository, published, tmp_path / "shelf", datetime.now(UTC))
        forged = bytes(published.proof.packed.length)
        shelf.files[file.name] = forged
        send(broker, office)
        wait_for(
            lambda: [one.reason for one in car.lists.refusals] == ["altered"], 60, "the forged one's end"
        )
        shelf.files[file.name] = file.read_bytes()
        wait_for(lambda: holds(car, office), 60, "the large list")
        assert len(car.held.plates()) == 1300
        office.publish(*many[10:])
        send(broker, office)
        wait_for(lambda: holds(car, office), 60, "the change")
        # Counted once the file beside the store is on the disk too, which no read of the store waits for.
        wait_for(
            lambda: car.held.receiver.taken["delta"] == 1, 60, "it to be a change and not the whole list"
        )
        assert car.held.receiver.taken["list"] == 1
        car.stop()
    server.shutdown()
    server.server_close()


@pytest.mark.broker
def test_a_car_without_a_server_says_that_it_cannot_fetch_a_large_list(tmp_path: Path):
    rng = random.Random(3)  # noqa: S311 - filler that does not compress
    office = ceremony.desk(tmp_path / "office")
    with Broker(tmp_path / "broker") as broker:
        car = patrol(tmp_path, broker.port, office)
        office.publish(
            *(
                entry(f"AB {number}", entry_id=str(number), reason=rng.randbytes(250).hex(), valid_until=SOON)
                for number in range(1300)
            )
        )
        send(broker, office)
        wait_for(lambda: [one.reason for one in car.lists.refusals] == ["oversized"], 60, "the refusal")
        assert "no list_server" in car.lists.refusals[0].words
        car.stop()
