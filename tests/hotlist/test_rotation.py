"""Who may sign can change, and cars follow the chain of roots; nobody else can change it for them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from tuf.api.metadata import Metadata, Root

from anpr.errors import InputError, PolicyError
from anpr.hotlist import keys
from anpr.hotlist.repository import Repository
from anpr.hotlist.rotation import Wish, rotate
from tests.hotlist.ceremony import CHAN, LEE, Car, Desk, car, desk
from tests.hotlist.examples import entry

if TYPE_CHECKING:
    from pathlib import Path

    from securesystemslib.signer import CryptoSigner, Key

SOON = datetime.now(UTC) + timedelta(days=30)
FIRST = entry("AB 1234", valid_until=SOON)
SECOND = entry("CD 5678", valid_until=SOON)
WONG = "Sgt Wong"


@pytest.fixture
def office(tmp_path: Path) -> Desk:
    return desk(tmp_path / "office")


@pytest.fixture
def patrol(tmp_path: Path, office: Desk) -> Car:
    return car(tmp_path / "car", office)


def person(office: Desk, name: str = WONG) -> Key:
    return keys.make(office.keys / f"{name.split()[1].lower()}.pem", name, None)


def root_key(office: Desk, name: str = "root") -> CryptoSigner:
    path = office.keys / f"{name}.pem"
    if not path.exists():
        keys.make(path, f"Holder {name}", None)
    return keys.signer(path, None)


def sign_and_publish(office: Desk, *people: str) -> None:
    now = datetime.now(UTC)
    for name in people:
        office.draft.approve(office.signer(name), now)
    office.draft.publish(now)


def test_somebody_who_is_dropped_signs_for_nothing_and_cars_follow(office: Desk, patrol: Car):
    now = datetime.now(UTC)
    office.publish(FIRST)
    patrol.given(office)
    office.draft.replace([FIRST, SECOND], now)
    office.draft.approve(office.signer(LEE), now)
    assert rotate(office.repository, [root_key(office)], Wish(add=[person(office)], drop=[LEE]), now)
    assert office.draft.state().signers == (), "what was signed before must be signed anew"
    with pytest.raises(PolicyError, match="may not sign list stolen"):
        office.draft.approve(office.signer(LEE), now)
    with pytest.raises(PolicyError, match="may not sign list stolen"):
        office.repository.recall(["AB1234"], office.signer(LEE), now)
    office.repository.refresh(now)
    assert patrol.given(office), "until the next list cars are given the root of before"
    sign_and_publish(office, CHAN, WONG)
    assert patrol.given(office)
    assert patrol.plates() == {"AB1234", "CD5678"}
    assert office.repository.published().proof.signers == (CHAN, WONG)
    office.repository.recall(["AB1234"], office.signer(WONG), now)
    assert patrol.given(office)
    assert patrol.plates() == {"CD5678"}


def test_dropping_without_a_draft_puts_the_published_list_up_for_signature(office: Desk):
    now = datetime.now(UTC)
    office.publish(FIRST, SECOND)
    office.repository.recall(["AB1234"], office.signer(LEE), now)
    assert rotate(office.repository, [root_key(office)], Wish(add=[person(office)], drop=[LEE]), now)
    assert [one.key for one in office.draft.entries()] == ["CD5678"]
    with pytest.raises(InputError, match="waits already"):
        rotate(Repository(office.repository.path), [root_key(office)], Wish(), now)


def test_somebody_who_is_added_may_sign_the_next_list_and_recall_from_it(office: Desk, patrol: Car):
    now = datetime.now(UTC)
    office.publish(FIRST)
    assert not rotate(office.repository, [root_key(office)], Wish(add=[person(office)]), now)
    assert patrol.given(office)
    with pytest.raises(PolicyError, match="may not recall from list"):
        office.repository.recall(["AB1234"], office.signer(WONG), now)
    office.draft.replace([SECOND], now)
    sign_and_publish(office, WONG, LEE)
    assert patrol.given(office)
    assert patrol.plates() == {"CD5678"}


def test_new_root_holders_take_over_and_the_old_key_is_worth_nothing(office: Desk, patrol: Car):
    now = datetime.now(UTC)
    office.publish(FIRST)
    new = [root_key(office, name) for name in ("ho", "fong", "mak")]
    with pytest.raises(PolicyError, match="1 of the old and 2 of the new"):
        rotate(office.repository, new, Wish(roots=new, root_threshold=2), now)
    old = root_key(office)
    assert not rotate(office.repository, [old], Wish(roots=new, root_threshold=2), now)
    assert patrol.given(office)
    again = Repository(office.repository.path)
    for too_few in ([old], new[:1]):
        with pytest.raises(PolicyError, match="2 of the old"):
            rotate(again, too_few, Wish(add=[]), now)
    assert not rotate(again, new[1:], Wish(), now)
    assert again.released.version == 3
    assert patrol.given(Desk(again, office.keys))


def test_a_car_that_was_away_follows_several_roots_and_one_left_out_is_noticed(office: Desk, patrol: Car):
    now = datetime.now(UTC)
    office.publish(FIRST)
    patrol.given(office)
    for _ in range(3):
        rotate(office.repository, [root_key(office)], Wish(), now)
    rotate(office.repository, [root_key(office)], Wish(machines=True), now)
    bundle = office.repository.bundle()
    assert bundle is not None
    gap = replace(bundle, roots={version: data for version, data in bundle.roots.items() if version != 3})
    assert patrol.receiver.offer("stolen", gap.manifest()) is None
    assert patrol.refused() in {"unsigned", "mixed"}
    assert patrol.given(office)
    assert patrol.refused() is None


def test_a_stolen_publishing_machine_is_locked_out_by_new_machine_keys(office: Desk, patrol: Car):
    now = datetime.now(UTC)
    office.publish(FIRST)
    patrol.given(office)
    thief = keys.signer(office.repository.path / "keys" / "timestamp.pem", None)
    rotate(office.repository, [root_key(office)], Wish(machines=True), now)
    assert patrol.given(office)
    bundle = office.repository.bundle()
    assert bundle is not None
    stamp = Metadata.from_bytes(bundle.timestamp)
    stamp.signed.version += 1
    stamp.sign(thief)
    patrol.receiver.offer("stolen", replace(bundle, timestamp=stamp.to_bytes()).manifest())
    assert patrol.refused() == "unsigned"


def test_a_root_that_only_new_holders_signed_is_refused_by_the_car(office: Desk, patrol: Car):
    office.publish(FIRST)
    patrol.given(office)
    bundle = office.repository.bundle()
    assert bundle is not None
    usurper = root_key(office, "usurper")
    forged = Metadata(Root.from_dict(office.repository.root.to_dict()))
    forged.signed.version = 2
    for keyid in tuple(forged.signed.roles["root"].keyids):
        forged.signed.revoke_key(keyid, "root")
    forged.signed.add_key(usurper.public_key, "root")
    forged.sign(usurper)
    patrol.receiver.offer("stolen", replace(bundle, roots={**bundle.roots, 2: forged.to_bytes()}).manifest())
    assert patrol.refused() == "unsigned"
    assert patrol.given(office)


def test_too_few_people_or_an_unknown_name_change_nothing(office: Desk):
    now = datetime.now(UTC)
    office.publish(FIRST)
    root = root_key(office)
    with pytest.raises(PolicyError, match="2 different people"):
        rotate(office.repository, [root], Wish(drop=[LEE]), now)
    with pytest.raises(PolicyError, match="2 different people"):
        rotate(office.repository, [root], Wish(add=[keys.public(office.keys / "lee.pub")]), now)
    with pytest.raises(InputError, match="may not sign anyway"):
        rotate(office.repository, [root], Wish(drop=["Nobody"]), now)
    assert not Repository(office.repository.path).is_staged
    assert office.repository.root.version == 1
