"""The console's web side: answers, pictures, events without gaps, and no door for other people's pages."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from anpr import topics
from anpr.collector import stream
from anpr.collector.web import WebServer
from anpr.errors import LinkError
from tests.support.hits import FLEET, FakeCar
from tests.support.polling import wait_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from anpr.collector.centre import Centre
    from tests.support.hits import Publisher

pytestmark = pytest.mark.broker


@pytest.fixture
def web(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> Iterator[WebServer]:
    monkeypatch.setattr(stream, "HEARTBEAT_S", 0.3)  # listeners here end at the next line they get
    server = WebServer(centre, "127.0.0.1", 0)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def client(web: WebServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=web.address) as one:
        yield one


@dataclass(frozen=True)
class Event:
    name: str
    id: str
    data: dict[str, Any]


class Listener:
    """Listens to the stream like a browser does, in a thread; ``close`` is a link that breaks."""

    def __init__(self, client: httpx.Client, after: str | None = None, last: str | None = None) -> None:
        self.events: list[Event] = []
        headers = {"Last-Event-ID": last} if last else {}
        params = {"after": after} if after else {}
        request = client.build_request("GET", "/events", params=params, headers=headers)
        self._response = client.send(request, stream=True)
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def hits(self) -> list[str]:
        return [event.data["id"] for event in self.events if event.name == "hit"]

    def names(self) -> set[str]:
        return {event.name for event in self.events}

    def close(self) -> None:
        self._closed.set()
        self._thread.join(10)

    def _read(self) -> None:
        fields: dict[str, str] = {}
        for line in self._response.iter_lines():
            if self._closed.is_set():
                break
            if line:
                name, _, value = line.partition(": ")
                fields[name] = value
            elif "event" in fields:
                self.events.append(Event(fields["event"], fields.get("id", ""), json.loads(fields["data"])))
                fields = {}
        self._response.close()


def test_a_hit_is_shown_with_raw_normal_and_matched_as_three(
    client: httpx.Client, publisher: Callable[..., Publisher]
) -> None:
    car = FakeCar("car-1")
    hit = car.hit("AB 1234", raw="AB1Z34", differing=3)
    link = publisher("car-1")
    link.send(hit)
    link.send(car.verdict(hit))
    link.wait_receipted()
    (shown,) = client.get("/api/hits").json()["hits"]
    assert (shown["read"]["raw"], shown["entry"]["plate"], shown["match"]) == ("AB1Z34", "AB 1234", "near")
    assert shown["verdicts"][0]["outcome"] == "correct"
    assert "crop_jpeg" not in shown["read"]
    assert client.get(f"/api/hits/{hit.id}").json() == shown
    crop = client.get(f"/api/crops/{shown['read']['crop_sha256']}")
    assert crop.headers["content-type"] == "image/jpeg"
    assert crop.content == hit.read.crop_jpeg


def test_what_is_not_there_is_not_found(client: httpx.Client) -> None:
    for path in ("/api/hits/none", "/api/crops/none", f"/api/crops/{'0' * 64}", "/api/crops/..%2fcentre.db"):
        assert client.get(path).status_code == 404, path


def test_the_counters_and_the_delay_are_shown(
    client: httpx.Client, publisher: Callable[..., Publisher]
) -> None:
    car = FakeCar("car-1")
    link = publisher("car-1")
    link.send(car.hit())
    link.send(car.status())
    link.send(car.health(waiting=4))
    link.send_bytes(topics.HIT.path(FLEET, "car-1"), b"broken")
    link.wait_receipted()
    wait_for(lambda: bool(client.get("/api/rejects").json()), what="the reject")
    stats = client.get("/api/stats").json()
    assert (stats["hits"], stats["rejects"], stats["receipts"], stats["connected"]) == (1, 1, 1, True)
    assert 0 < stats["delay_p50_ms"] <= stats["delay_p95_ms"] < 5_000
    assert stats["trouble"] is None
    wait_for(lambda: client.get("/api/cars").json()[0]["outbox_waiting"] == 4, what="the car's health")
    assert client.get("/api/cars").json()[0]["state"] == "online"


def test_a_new_hit_is_pushed(client: httpx.Client, publisher: Callable[..., Publisher]) -> None:
    listener = Listener(client, after=client.get("/api/hits").json()["cursor"])
    hit = FakeCar("car-1").hit()
    publisher("car-1").send(hit)
    wait_for(lambda: listener.hits() == [hit.id], what="the event")
    listener.close()
    assert listener.names() >= {"hit", "stats"}


def test_a_console_that_comes_back_has_missed_nothing(
    client: httpx.Client, publisher: Callable[..., Publisher]
) -> None:
    car = FakeCar("car-1")
    link = publisher("car-1")
    first = Listener(client, after=client.get("/api/hits").json()["cursor"])
    before = [car.hit(f"AB {number}") for number in range(1000, 1003)]
    for hit in before:
        link.send(hit)
    wait_for(lambda: len(first.hits()) == 3, what="the first hits")
    last = [event.id for event in first.events if event.id][-1]
    first.close()
    meanwhile = [car.hit(f"CD {number}") for number in range(1000, 1150)]
    for hit in meanwhile:
        link.send(hit)
    link.send(car.verdict(before[0]))
    link.wait_receipted()
    again = Listener(client, last=last)
    expected = {hit.id for hit in meanwhile} | {before[0].id}
    wait_for(lambda: len(again.hits()) >= len(expected), what="what was missed")
    again.close()
    assert sorted(again.hits()) == sorted(expected)
    assert "reset" not in again.names()


@pytest.mark.parametrize("after", ["00000000-7", "", "nonsense", "-1"])
def test_a_place_in_another_store_makes_the_console_load_anew(client: httpx.Client, after: str) -> None:
    listener = Listener(client, after=after)
    wait_for(lambda: bool(listener.events), what="the first event")
    listener.close()
    assert listener.events[0].name == "reset"


def test_a_page_of_somebody_else_cannot_read_the_console(client: httpx.Client) -> None:
    for name in ("evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8090", ""):
        assert client.get("/api/hits", headers={"Host": name}).status_code == 400, name
    for name in ("localhost:8090", "127.0.0.1", "[::1]:8090"):
        assert client.get("/api/hits", headers={"Host": name}).status_code == 200, name


def test_every_answer_carries_the_security_headers(client: httpx.Client) -> None:
    for path in ("/", "/api/stats", "/static/js/app.js", "/api/hits/none"):
        headers = client.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "http" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert "access-control-allow-origin" not in headers


def test_a_taken_port_is_named(web: WebServer, centre: Centre) -> None:
    with pytest.raises(LinkError, match=f"port {web.port} of 127.0.0.1: Address already in use"):
        WebServer(centre, "127.0.0.1", web.port)
