"""The sharp crop of a hit is shown once all its parts are here, in whatever order they came."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import httpx
import pytest

from anpr import topics
from anpr.collector.web import WebServer
from anpr.edge.pictures import parts
from anpr.messages import PART_BYTES
from tests.support.hits import FLEET, FakeCar
from tests.support.polling import wait_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from anpr.collector.centre import Centre
    from tests.support.hits import Publisher

pytestmark = pytest.mark.broker


def receipted(link: Publisher, id_: str) -> Callable[[], bool]:
    return lambda: id_ in link.receipts


def test_a_picture_is_there_when_its_last_part_is(
    centre: Centre, publisher: Callable[..., Publisher]
) -> None:
    car = FakeCar("car-1")
    link = publisher("car-1")
    hit = car.hit()
    link.send(hit)
    link.wait_receipted()
    picture = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 400
    made = parts(hit, picture)
    assert len(made) == 1 + len(picture) // PART_BYTES
    path = topics.IMAGE.path(FLEET, "car-1")
    web = WebServer(centre, "127.0.0.1", 0)
    web.start()
    try:
        with httpx.Client(base_url=web.address) as client:
            for number, part in reversed(list(enumerate(made, start=2))):
                assert client.get(f"/api/hits/{hit.id}/picture").status_code == 404
                assert client.get(f"/api/hits/{hit.id}").json()["picture"] is False
                numbered = part.model_copy(update={"seq": number})
                link.send_bytes(path, numbered.model_dump_json().encode())
                wait_for(receipted(link, part.id), what="the receipt of a part")
            answer = client.get(f"/api/hits/{hit.id}/picture")
            assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/jpeg")
            assert answer.content == picture
            assert client.get(f"/api/hits/{hit.id}").json()["picture"] is True
    finally:
        web.stop()


def test_a_part_that_was_altered_is_a_reject(centre: Centre, publisher: Callable[..., Publisher]) -> None:
    car = FakeCar("car-1")
    link = publisher("car-1")
    (part,) = parts(car.hit(), b"\xff\xd8\xff\xe0" + b"x" * 9000)
    wrong = part.model_copy(update={"piece_sha256": hashlib.sha256(b"another").hexdigest(), "seq": 1})
    link.send_bytes(topics.IMAGE.path(FLEET, "car-1"), wrong.model_dump_json().encode())
    wait_for(lambda: centre.store.counts().rejects == 1, what="the reject")
    assert "not the one its hash names" in centre.store.rejects(1)[0].reason
    wait_for(receipted(link, part.id), what="its receipt, so that the car stops sending it")
