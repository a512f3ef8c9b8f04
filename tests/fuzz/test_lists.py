"""Whatever comes on the topics of a list, the car keeps the list it holds and notes what it refused."""

from __future__ import annotations

import contextlib
import json
import zlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anpr.errors import AnprError
from anpr.hotlist import delta, listfile
from anpr.hotlist.trust import Trust
from tests.fuzz.budget import BUDGET
from tests.fuzz.mutations import altered, damaged, payloads
from tests.hotlist.ceremony import LEE, Car, Desk, car, desk
from tests.hotlist.examples import entry

if TYPE_CHECKING:
    from pathlib import Path

SOON = datetime.now(UTC) + timedelta(days=30)
MANY = tuple(entry(f"AB {number}", valid_until=SOON) for number in range(1000, 1080))
"""So many that a change is smaller than the list."""
SIGNED = ("timestamp", "snapshot", "targets", "recall", "recalled")


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    office = desk(tmp_path_factory.mktemp("office"))
    office.publish(*MANY, entry("CD 5678", valid_until=SOON))
    return office


@pytest.fixture(scope="module")
def patrol(office: Desk, tmp_path_factory: pytest.TempPathFactory) -> Car:
    """Holds the first list and has been offered the second."""
    patrol = car(tmp_path_factory.mktemp("car"), office)
    assert patrol.given(office)
    office.publish(*MANY, entry("EF 9", valid_until=SOON))
    office.repository.recall(["EF9"], office.signer(LEE), datetime.now(UTC))
    assert patrol.receiver.offer("stolen", office.manifest()) is not None
    return patrol


@BUDGET
@given(data=st.data())
def test_no_manifest_but_a_signed_one_moves_a_car(office: Desk, patrol: Car, data: st.DataObject):
    genuine = office.manifest()
    if data.draw(st.booleans()):
        payload = data.draw(payloads(genuine))
    else:
        manifest = json.loads(genuine)
        part = data.draw(st.sampled_from([*SIGNED, "roots"]))
        if part == "roots":
            manifest["roots"] = {
                number: json.dumps(data.draw(altered(json.loads(text))))
                for number, text in manifest["roots"].items()
            }
        else:
            manifest[part] = json.dumps(data.draw(altered(json.loads(manifest[part]))))
        payload = json.dumps(manifest).encode()
    before = patrol.version(), patrol.plates()
    patrol.receiver.refusals.clear()
    wanted = patrol.receiver.offer("stolen", payload)
    assert (patrol.version(), patrol.plates()) == before
    assert (wanted is None) == (patrol.refused() is not None), "refused and noted, or awaited"


@BUDGET
@given(data=st.data())
def test_no_bytes_but_the_signed_ones_are_swapped_in(office: Desk, patrol: Car, data: st.DataObject):
    published = office.repository.published()
    assert published is not None
    for kind in ("delta", "list"):
        genuine = Car.sent(published, kind)
        payload = data.draw(damaged(genuine) | st.binary(max_size=200) | st.just(genuine[:-1]))
        if payload == genuine:
            continue
        patrol.receiver.offer("stolen", office.manifest())
        wanted = patrol.receiver.wanted("stolen")
        assert wanted is not None
        if wanted.kind != kind:
            patrol.receiver.give_up_delta("stolen")
            wanted = patrol.receiver.wanted("stolen")
            assert wanted is not None
        before = patrol.version(), patrol.plates()
        assert patrol.receiver.take("stolen", wanted.sha256, payload) is False
        assert (patrol.version(), patrol.plates()) == before


@BUDGET
@given(data=st.data())
def test_a_list_file_is_read_or_refused(office: Desk, data: st.DataObject):
    published = office.repository.published()
    assert published is not None
    content = listfile.unpack(published.blob)
    lines = [json.loads(line) for line in content.splitlines()]
    wrong = data.draw(damaged(content) | altered(lines).map(_lines) | st.binary(max_size=200))
    packed = data.draw(st.sampled_from([wrong, listfile.pack(wrong), zlib.compress(wrong)]))
    change = data.draw(damaged(published.delta or b"") | st.just(wrong))
    with contextlib.suppress(AnprError):
        listfile.read(listfile.unpack(packed)).entries()
    with contextlib.suppress(AnprError):
        listfile.read(delta.apply(content, change))


def test_a_small_file_that_unpacks_to_a_flood_is_refused():
    bomb = listfile.pack(b"\0" * 20_000_000)
    assert len(bomb) < 10_000
    with pytest.raises(AnprError):
        listfile.unpack(bomb, limit=1_000_000)


@BUDGET
@given(data=st.data())
def test_a_root_is_trusted_or_refused(office: Desk, tmp_path: Path, data: st.DataObject):
    root = office.repository.pinned
    try:
        name, _ = Trust(tmp_path / "car").add(data.draw(payloads(root)))
    except AnprError:
        return
    assert name == "stolen"


def _lines(value: object) -> bytes:
    rows = value if isinstance(value, list) else [value]
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)
