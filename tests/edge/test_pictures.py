"""The sharp crop follows its hit in parts, after every hit, and goes first when the disk is full."""

from __future__ import annotations

import hashlib
import random
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from anpr.bench.delivery_hits import make_hit
from anpr.bench.delivery_proxy import Proxy
from anpr.broker.server import Broker
from anpr.config import BrokerSettings
from anpr.edge.hits import Identity, new_id
from anpr.edge.link import Link
from anpr.edge.outbox import Outbox
from anpr.edge.pictures import parts
from anpr.edge.safekeeping import Safekeeping
from anpr.edge.turns import PICTURE
from anpr.messages import MAX_PARTS, PART_BYTES, ImagePart
from anpr.topics import HIT, IMAGE
from tests.edge.test_link import Centre
from tests.support.polling import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from anpr.messages import Hit

WHO = Identity("car-1", new_id())
CHANCE = random.Random(1)  # noqa: S311 - repeatable


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with Broker(tmp_path / "broker") as running:
        yield running


def hit(number: int = 1) -> Hit:
    return make_hit(number, WHO, datetime.now(UTC), CHANCE)


def jpeg(size: int) -> bytes:
    return b"\xff\xd8\xff\xe0" + CHANCE.randbytes(size - 4)


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    box = Outbox(tmp_path / "car" / "outbox.db", max_bytes=600_000, resend_first_s=0.5)
    yield box
    box.close()


def test_the_parts_make_the_picture_and_each_names_its_own_content() -> None:
    picture = jpeg(2 * PART_BYTES + 7)
    made = [ImagePart.model_validate_json(part.model_dump_json()) for part in parts(hit(), picture)]
    assert [(part.part, part.parts, len(part.piece)) for part in made] == [
        (1, 3, PART_BYTES),
        (2, 3, PART_BYTES),
        (3, 3, 7),
    ]
    assert b"".join(part.piece for part in made) == picture
    assert {part.sha256 for part in made} == {hashlib.sha256(picture).hexdigest()}
    assert all(hashlib.sha256(part.piece).hexdigest() == part.piece_sha256 for part in made)
    assert max(len(part.model_dump_json()) for part in made) < 68_000


@pytest.mark.parametrize("size", [1_000, MAX_PARTS * PART_BYTES + 1])
def test_what_says_no_more_than_the_hit_or_is_too_large_is_not_sent(size: int) -> None:
    assert parts(hit(), jpeg(size)) == ()


def test_pictures_wait_for_every_hit_and_are_counted_apart(outbox: Outbox) -> None:
    old = outbox.put(HIT, hit(), priority=4)
    for part in parts(old, jpeg(60_000)):
        outbox.put(IMAGE, part, priority=PICTURE)
    new = outbox.put(HIT, hit(2), priority=4)
    rows = outbox.due(9)
    assert {row.id for row in rows[:2]} == {old.id, new.id}
    assert [(row.topic, row.live) for row in rows[2:]] == [("image", False)] * 2
    assert (outbox.depth().unreceipted, outbox.depth().pictures) == (2, 2)


def test_a_full_outbox_gives_up_pictures_and_says_so_in_its_ledger(outbox: Outbox) -> None:
    keeping = Safekeeping(outbox, min_free_bytes=0)
    first = hit()
    keeping.keep(first)
    keeping.keep_picture(parts(first, jpeg(3 * PART_BYTES)))
    assert outbox.depth().pictures == 3
    number = 1
    while not keeping.not_stored:
        number += 1
        keeping.keep(hit(number))
    keeping.look()
    assert keeping.not_stored == 0, "the pictures made room"
    assert (outbox.depth().pictures, outbox.depth().unreceipted) == (0, number)
    ledger = outbox.ledger("car-1", WHO.boot)
    assert ledger is not None
    assert [(run.first, run.last) for run in ledger.given_up] == [(2, 4)]
    outbox.settle([WHO.boot])
    assert outbox.ledger("car-1", WHO.boot) is None


@pytest.mark.broker
def test_a_picture_goes_on_with_the_part_at_which_the_line_broke(outbox: Outbox, broker: Broker) -> None:
    centre = Centre(broker.port)

    def heard() -> list[ImagePart]:
        return [ImagePart.model_validate_json(one.payload) for one in centre.of(IMAGE)]

    whole = jpeg(4 * PART_BYTES)
    for part in parts(hit(), whole):
        outbox.put(IMAGE, part, priority=PICTURE)
    with Proxy(broker.port) as proxy:
        settings = BrokerSettings(port=proxy.open("car-1"))
        proxy.throttle("car-1", 120_000)
        link = Link(settings, fleet="demo", vehicle="car-1", boot=WHO.boot, outbox=outbox, jitter=lambda: 0.0)
        link.start()
        wait_for(lambda: len(heard()) >= 1, what="the first part")
        proxy.cut("car-1")
        came = {part.id for part in heard()}
        centre.receipt(*came)
        proxy.heal("car-1")

        def receipted() -> bool:
            centre.receipt(*(part.id for part in heard()))
            return outbox.depth().pictures == 0

        wait_for(receipted, 60, what="the whole picture")
        link.stop()
    pieces = {part.part: part.piece for part in heard()}
    assert b"".join(pieces[number] for number in sorted(pieces)) == whole
    centre.close()
