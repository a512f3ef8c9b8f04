"""A car that holds the list before gets what changed, and takes it only if the signed list comes out."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anpr.errors import InputError
from anpr.hotlist import delta, listfile
from tests.hotlist.ceremony import LEE, Car, Desk, car, desk
from tests.hotlist.examples import entry

if TYPE_CHECKING:
    from pathlib import Path

    from anpr.types import ListEntry

SOON = datetime.now(UTC) + timedelta(days=30)
NOW = datetime(2026, 11, 22, tzinfo=UTC)
MANY = [entry(f"AB {number}", valid_until=SOON) for number in range(1000, 1300)]
FEW = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


@pytest.fixture
def office(tmp_path: Path) -> Desk:
    return desk(tmp_path / "office")


@pytest.fixture
def patrol(tmp_path: Path, office: Desk) -> Car:
    return car(tmp_path / "car", office)


def content(*entries: ListEntry, number: int = 1) -> bytes:
    return listfile.content(listfile.make("stolen", number, NOW, entries))


def test_a_car_that_holds_the_list_before_takes_the_change_alone(office: Desk, patrol: Car):
    office.publish(*MANY)
    patrol.given(office)
    published = office.publish(*MANY[5:], entry("CD 5678", valid_until=SOON))
    assert published.delta is not None
    assert len(published.delta) < len(published.blob)
    assert patrol.given(office)
    assert patrol.plates() == {one.key for one in MANY[5:]} | {"CD5678"}
    assert patrol.receiver.taken == {"list": 1, "delta": 1}
    held = (patrol.receiver.trust.state("stolen") / "list.jsonl").read_bytes()
    assert hashlib.sha256(held).hexdigest() == published.proof.sha256


def test_a_car_that_missed_a_list_fetches_the_whole_one(office: Desk, patrol: Car):
    office.publish(*MANY)
    patrol.given(office)
    office.publish(*MANY[1:])
    office.publish(*MANY[2:])
    assert patrol.given(office)
    assert patrol.receiver.taken == {"list": 2}


def test_an_altered_change_is_refused_and_the_whole_list_taken(office: Desk, patrol: Car):
    office.publish(*MANY)
    patrol.given(office)
    published = office.publish(*MANY[1:])
    wanted = patrol.receiver.offer("stolen", office.manifest())
    assert wanted is not None
    assert wanted.kind == "delta"
    assert not patrol.receiver.take("stolen", wanted.sha256, published.delta[:-1] + b"\0")
    assert patrol.refused() == "altered"
    assert patrol.plates() == {one.key for one in MANY}, "what it held stays in use"
    whole = patrol.receiver.wanted("stolen")
    assert whole is not None
    assert whole.kind == "list"
    assert patrol.receiver.take("stolen", whole.sha256, published.blob)
    assert patrol.refused() is None


def test_a_signed_change_that_leads_elsewhere_is_refused(office: Desk, patrol: Car):
    """A publisher's mistake, or two people deceived about the change: the hash of the list decides."""
    office.publish(*MANY)
    patrol.given(office)
    published = office.publish(*MANY[1:])
    wanted = patrol.receiver.offer("stolen", office.manifest())
    assert wanted is not None
    held = patrol.receiver.trust.state("stolen") / "list.jsonl"
    held.write_bytes(held.read_bytes().replace(b"AB 1200", b"AB 9999"))
    assert not patrol.receiver.take("stolen", wanted.sha256, published.delta)
    assert patrol.refused() == "altered"
    assert patrol.given(office)


def test_a_recall_silences_while_the_newer_list_is_still_on_its_way(office: Desk, patrol: Car):
    office.publish(*MANY)
    patrol.given(office)
    office.publish(*MANY[1:])
    office.repository.recall([MANY[7].entry_id], office.signer(LEE), datetime.now(UTC))
    assert patrol.receiver.offer("stolen", office.manifest()) is not None
    assert MANY[7].key not in patrol.plates()
    assert MANY[0].key in patrol.plates(), "the rest of the list before is still in use"
    assert patrol.version().endswith("-r1")
    assert patrol.given(office)


PLATES = st.lists(st.integers(1000, 1040), unique=True, max_size=12)


@FEW
@given(before=PLATES, after=PLATES)
def test_a_change_makes_the_next_list_of_any_list_to_the_byte(before: list[int], after: list[int]):
    old = content(*(entry(f"AB {number}") for number in before))
    new = content(
        *(entry(f"AB {number}", reason="new" if number % 3 else "old") for number in after), number=2
    )
    assert delta.apply(old, delta.between("stolen", old, new)) == new


def test_fields_that_a_car_does_not_know_survive_a_change():
    old = content(entry("AB 1"), entry("AB 2")).replace(b'"priority"', b'"colour":"red","priority"')
    new = content(entry("AB 2"), number=2).replace(b'"priority"', b'"colour":"red","priority"')
    assert delta.apply(old, delta.between("stolen", old, new)) == new
    assert listfile.read(new).lines[0].plate == "AB 2"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@FEW
@given(tail=st.binary(max_size=200) | JSON.map(lambda value: b"+" + json.dumps(value).encode() + b"\n"))
def test_a_change_of_any_bytes_is_refused_or_makes_a_list_that_is_not_the_signed_one(tail: bytes):
    old = content(entry("AB 1"))
    new = content(entry("AB 1"), entry("AB 2"), number=2)
    good = delta.between("stolen", old, new)
    for change in (tail, good + tail):
        try:
            made = delta.apply(old, change)
        except InputError:
            continue
        assert made != new or not tail


def test_a_recalled_entry_that_two_people_bring_back_alerts_again(office: Desk, patrol: Car):
    office.publish(*MANY)
    patrol.given(office)
    office.repository.recall([MANY[3].entry_id, MANY[4].entry_id], office.signer(LEE), datetime.now(UTC))
    patrol.given(office)
    office.repository.recall([MANY[5].entry_id], office.signer(LEE), datetime.now(UTC))
    patrol.given(office)
    assert patrol.plates() == {one.key for one in MANY[:3] + MANY[6:]}
    office.publish(*MANY[:4])
    assert patrol.given(office)
    assert patrol.plates() == {one.key for one in MANY[:4]}


def test_a_store_that_was_changed_by_other_hands_is_filled_anew_by_the_next_list(office: Desk, patrol: Car):
    published = office.publish(*MANY)
    patrol.given(office)
    patrol.store.replace("stolen", published.version, published.proof.as_of, MANY[:5])
    office.publish(*MANY[1:])
    assert patrol.given(office)
    assert patrol.plates() == {one.key for one in MANY[1:]}


@settings(FEW, max_examples=6)
@given(data=st.data())
def test_whatever_is_changed_and_recalled_the_store_is_the_signed_list_without_the_recalled(
    office: Desk, patrol: Car, data: st.DataObject
):
    for _ in range(3):
        chosen = data.draw(st.lists(st.sampled_from(MANY[:20]), unique=True, min_size=1))
        office.publish(*chosen)
        recalled = data.draw(st.lists(st.sampled_from(chosen), unique=True, max_size=3))
        if data.draw(st.booleans()):
            patrol.given(office)
        if recalled:
            office.repository.recall(
                [one.entry_id for one in recalled], office.signer(LEE), datetime.now(UTC)
            )
        assert patrol.given(office)
        assert patrol.plates() == {one.key for one in chosen if one not in recalled}
