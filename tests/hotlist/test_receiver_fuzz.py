"""Whatever bytes arrive on the topics of a list, the car neither stops nor swaps."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anpr.errors import AnprError
from anpr.hotlist.bundle import from_manifest, root_of
from anpr.hotlist.listfile import read, unpack
from anpr.hotlist.proof import prove
from tests.hotlist.ceremony import LEE, Car, Desk, car, desk
from tests.hotlist.examples import entry

if TYPE_CHECKING:
    from collections.abc import Callable

FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
SOON = datetime.now(UTC) + timedelta(days=30)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    office = desk(tmp_path_factory.mktemp("office"))
    office.publish(entry("AB 1234", valid_until=SOON), entry("CD 5678", valid_until=SOON))
    office.repository.recall(["CD5678"], office.signer(LEE), datetime.now(UTC))
    return office


@pytest.fixture(scope="module")
def patrol(office: Desk, tmp_path_factory: pytest.TempPathFactory) -> Car:
    patrol = car(tmp_path_factory.mktemp("car"), office)
    assert patrol.given(office)
    return patrol


def unharmed(patrol: Car, offer: Callable[[], object]) -> None:
    before = patrol.version()
    offer()
    assert patrol.version() == before
    assert patrol.plates() == {"AB1234"}


@FEW
@given(payload=st.binary(max_size=400) | JSON.map(lambda value: json.dumps(value).encode()))
def test_a_manifest_of_any_bytes(patrol: Car, payload: bytes):
    unharmed(patrol, lambda: patrol.receiver.offer("stolen", payload))
    assert patrol.refused() in {"malformed", "mixed"}


@FEW
@given(data=st.data())
def test_a_manifest_with_a_part_replaced(office: Desk, patrol: Car, data: st.DataObject):
    manifest = json.loads(office.manifest())
    part = data.draw(st.sampled_from(["timestamp", "snapshot", "targets", "recall", "recalled", "root"]))
    text = data.draw(st.text(max_size=200) | JSON.map(json.dumps))
    if part == "root":
        manifest["roots"]["2"] = text
    else:
        manifest[part] = text
    unharmed(patrol, lambda: patrol.receiver.offer("stolen", json.dumps(manifest).encode()))


@FEW
@given(data=st.data())
def test_signed_files_with_one_value_changed(office: Desk, patrol: Car, data: st.DataObject):
    manifest = json.loads(office.manifest())
    part = data.draw(st.sampled_from(["timestamp", "snapshot", "targets", "recall"]))
    signed = json.loads(manifest[part])
    field = data.draw(st.sampled_from(sorted(signed["signed"])))
    signed["signed"][field] = data.draw(JSON)
    manifest[part] = json.dumps(signed)
    unharmed(patrol, lambda: patrol.receiver.offer("stolen", json.dumps(manifest).encode()))
    genuine = office.repository.published()
    assert genuine is not None
    # A null where the library has a default stands for the signed value, and is then no change.
    with contextlib.suppress(AnprError):
        changed = prove(office.repository.pinned, from_manifest(json.dumps(manifest).encode()))
        assert changed == genuine.proof


@FEW
@given(payload=st.binary(max_size=300))
def test_a_list_of_any_bytes(office: Desk, patrol: Car, payload: bytes):
    bundle = office.repository.bundle()
    assert bundle is not None
    held = office.repository.published()
    assert held is not None
    unharmed(patrol, lambda: patrol.receiver.take("stolen", held.proof.packed.hashes["sha256"], payload))
    with pytest.raises(AnprError):
        unpack(payload)
    with pytest.raises(AnprError):
        read(payload)


@FEW
@given(payload=st.binary(max_size=300) | JSON.map(lambda value: json.dumps(value).encode()))
def test_a_root_of_any_bytes(payload: bytes):
    with pytest.raises(AnprError):
        root_of(payload)
