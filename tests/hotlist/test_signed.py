"""Nobody else gets a list into a car: forged, older, mixed, held back or altered ones are refused."""

from __future__ import annotations

import lzma
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from anpr.errors import InputError, PolicyError
from anpr.hotlist import keys, listfile
from anpr.hotlist.founding import found
from anpr.hotlist.trust import Trust
from tests.hotlist.ceremony import CHAN, LEE, Car, Desk, car, desk
from tests.hotlist.examples import entry

if TYPE_CHECKING:
    from pathlib import Path

SOON = datetime.now(UTC) + timedelta(days=30)
FIRST = entry("AB 1234", valid_until=SOON)
SECOND = entry("CD 5678", valid_until=SOON)


@pytest.fixture
def office(tmp_path: Path) -> Desk:
    return desk(tmp_path / "office")


@pytest.fixture
def patrol(tmp_path: Path, office: Desk) -> Car:
    return car(tmp_path / "car", office)


def test_a_list_signed_by_two_people_reaches_the_car_and_names_its_version(office: Desk, patrol: Car):
    published = office.publish(FIRST, SECOND)
    assert patrol.given(office)
    assert patrol.plates() == {"AB1234", "CD5678"}
    assert published.proof.signers == (CHAN, LEE)
    assert patrol.refused() is None


def test_one_person_is_not_enough_and_the_same_one_twice_is_refused(office: Desk):
    now = datetime.now(UTC)
    office.draft.replace([FIRST], now)
    with pytest.raises(PolicyError, match="signed by nobody"):
        office.draft.publish(now)
    office.draft.approve(office.signer(CHAN), now)
    with pytest.raises(PolicyError, match="Sgt Chan has signed this draft already"):
        office.draft.approve(office.signer(CHAN), now)
    with pytest.raises(PolicyError, match="signed by Sgt Chan; 2 people"):
        office.draft.publish(now)
    assert office.repository.published() is None


def test_an_edit_after_the_first_signature_needs_both_again(office: Desk):
    now = datetime.now(UTC)
    office.draft.replace([FIRST], now)
    office.draft.approve(office.signer(CHAN), now)
    assert office.draft.replace([FIRST, SECOND], now).signers == ()
    office.draft.approve(office.signer(LEE), now)
    with pytest.raises(PolicyError, match="signed by Insp Lee"):
        office.draft.publish(now)


def test_a_stranger_may_neither_approve_nor_recall(office: Desk, tmp_path: Path):
    now = datetime.now(UTC)
    office.publish(FIRST)
    keys.make(tmp_path / "stranger.pem", "Stranger", None)
    stranger = keys.signer(tmp_path / "stranger.pem", None)
    office.draft.replace([SECOND], now)
    with pytest.raises(PolicyError, match="may not sign list stolen"):
        office.draft.approve(stranger, now)
    with pytest.raises(PolicyError, match="may not sign list stolen"):
        office.repository.recall(["AB1234"], stranger, now)


def test_one_person_under_two_names_makes_no_repository(tmp_path: Path):
    now = datetime.now(UTC)
    chan = keys.make(tmp_path / "chan.pem", CHAN, None)
    root = keys.signer(tmp_path / "chan.pem", None)
    twin = keys.public(tmp_path / "chan.pub")
    twin.keyid = "0" * 64
    twin.unrecognized_fields[keys.PERSON] = LEE
    for people in ([chan], [chan, chan], [chan, twin]):
        with pytest.raises(PolicyError, match="2 different people"):
            found(tmp_path / "repo", "stolen", [root], people, now)


def test_a_locked_key_signs_only_with_its_passphrase(tmp_path: Path):
    path = tmp_path / "chan.pem"
    keys.make(path, CHAN, "correct horse")
    assert keys.is_locked(path)
    assert path.stat().st_mode & 0o077 == 0
    for wrong in (None, "battery staple"):
        with pytest.raises(PolicyError, match="passphrase"):
            keys.signer(path, wrong)
    assert keys.signer(path, "correct horse").public_key.keyid == keys.public(tmp_path / "chan.pub").keyid
    with pytest.raises(InputError, match="a key at"):
        keys.make(path, LEE, None)


def test_a_recalled_entry_is_silent_on_the_word_of_one_person(office: Desk, patrol: Car):
    office.publish(FIRST, SECOND)
    patrol.given(office)
    published = office.repository.recall(["AB1234"], office.signer(LEE), datetime.now(UTC))
    assert patrol.given(office)
    assert patrol.plates() == {"CD5678"}
    assert published.version.endswith("-r1")
    assert published.proof.recallers == (LEE,)
    office.repository.recall(["CD5678"], office.signer(CHAN), datetime.now(UTC))
    assert patrol.given(office)
    assert patrol.plates() == set()


def test_a_newer_list_signed_by_two_stands_above_a_recall(office: Desk, patrol: Car):
    now = datetime.now(UTC)
    office.publish(FIRST)
    office.repository.recall(["AB1234"], office.signer(LEE), now)
    assert office.draft.entries() == ()
    state = office.draft.replace([FIRST], now)
    assert state.back == ("AB1234",)
    office.publish(FIRST)
    assert patrol.given(office)
    assert patrol.plates() == {"AB1234"}


def test_a_recall_left_out_on_the_way_is_noticed(office: Desk, patrol: Car):
    office.publish(FIRST)
    patrol.given(office)
    office.repository.recall(["AB1234"], office.signer(LEE), datetime.now(UTC))
    bundle = office.repository.bundle()
    assert bundle is not None
    for without in (replace(bundle, recall=None), replace(bundle, recalled=None)):
        assert patrol.receiver.offer("stolen", without.manifest()) is None
        assert patrol.refused() in {"mixed", "malformed"}


def test_an_older_list_is_refused_as_a_rollback(office: Desk, patrol: Car):
    office.publish(FIRST)
    old = office.manifest()
    office.publish(SECOND)
    patrol.given(office)
    assert patrol.receiver.offer("stolen", old) is None
    assert patrol.refused() == "rollback"
    assert patrol.plates() == {"CD5678"}
    assert patrol.given(office)
    assert patrol.refused() is None, "the next good list settles it"


def test_a_list_held_back_runs_out_and_is_refused_while_the_held_one_stays(office: Desk, patrol: Car):
    office.publish(FIRST)
    patrol.given(office)
    office.publish(SECOND, now=datetime.now(UTC) - timedelta(hours=25))
    patrol.given(office)
    assert patrol.refused() == "expired"
    assert patrol.plates() == {"AB1234"}


def test_parts_of_two_states_are_refused(office: Desk, patrol: Car):
    office.publish(FIRST)
    old = office.repository.bundle()
    office.publish(SECOND)
    new = office.repository.bundle()
    assert old is not None
    assert new is not None
    patrol.given(office)
    office.publish(FIRST, SECOND)
    newest = office.repository.bundle()
    assert newest is not None
    for mixed in (
        replace(newest, snapshot=old.snapshot),
        replace(newest, targets=old.targets),
        replace(newest, snapshot=new.snapshot, targets=new.targets),
    ):
        assert patrol.receiver.offer("stolen", mixed.manifest()) is None
        assert patrol.refused() == "mixed"
    assert patrol.plates() == {"CD5678"}


def test_a_list_of_another_root_is_refused(office: Desk, patrol: Car, tmp_path: Path):
    office.publish(FIRST)
    patrol.given(office)
    other = desk(tmp_path / "other")
    for _ in range(3):
        other.publish(SECOND)
    patrol.receiver.offer("stolen", other.manifest())
    assert patrol.refused() == "unsigned"
    assert patrol.plates() == {"AB1234"}


def test_a_signature_of_one_person_alone_is_refused_by_the_car(office: Desk, patrol: Car):
    office.publish(FIRST)
    bundle = office.repository.bundle()
    assert bundle is not None
    targets = bundle.targets.replace(office.signer(LEE).public_key.keyid.encode(), b"0" * 64, 1)
    patrol.receiver.offer("stolen", replace(bundle, targets=targets).manifest())
    assert patrol.refused() == "mixed"
    assert patrol.version() is None


def test_altered_bytes_of_a_list_are_refused_and_the_right_ones_taken(office: Desk, patrol: Car):
    published = office.publish(FIRST)
    wanted = patrol.receiver.offer("stolen", office.manifest())
    assert wanted is not None
    assert wanted.sha256 == published.proof.packed.hashes["sha256"]
    forged = listfile.pack(listfile.content(listfile.make("stolen", 1, datetime.now(UTC), [SECOND])))
    for altered in (forged, b"", published.blob[:-1], b"\0" * 300_000):
        assert not patrol.receiver.take("stolen", wanted.sha256, altered)
        assert patrol.refused() in {"altered", "oversized"}
    assert patrol.version() is None
    assert patrol.receiver.take("stolen", wanted.sha256, published.blob)
    assert patrol.plates() == {"AB1234"}


def test_a_list_signed_for_another_name_is_refused(office: Desk, tmp_path: Path):
    wanted = desk(tmp_path / "wanted", "wanted")
    wanted.publish(SECOND)
    patrol = car(tmp_path / "both", office, wanted)
    patrol.receiver.offer("stolen", wanted.manifest())
    assert patrol.refused() == "mixed"
    assert patrol.given(wanted)
    assert patrol.plates("wanted") == {"CD5678"}


def test_a_list_said_again_to_be_the_newest_gets_younger_and_is_not_fetched(office: Desk, patrol: Car):
    office.publish(FIRST, now=datetime.now(UTC) - timedelta(hours=5))
    patrol.given(office)
    before = patrol.store.lists()[0].made_at
    office.repository.refresh(datetime.now(UTC))
    assert patrol.receiver.offer("stolen", office.manifest()) is None
    assert patrol.refused() is None
    assert patrol.store.lists()[0].made_at - before > timedelta(hours=4)


def test_a_restarted_car_remembers_what_it_verified(office: Desk, patrol: Car, tmp_path: Path):
    office.publish(FIRST)
    old = office.manifest()
    office.publish(SECOND)
    patrol.given(office)
    again = car(tmp_path / "car", office)
    again.receiver.offer("stolen", old)
    assert again.refused() == "rollback"
    assert again.plates() == {"CD5678"}


def test_a_car_is_given_another_root_only_by_hand(office: Desk, tmp_path: Path):
    trust = Trust(tmp_path / "car")
    assert trust.add(office.repository.pinned)[0] == "stolen"
    trust.add(office.repository.pinned)
    with pytest.raises(PolicyError, match="trusts another root"):
        trust.add(desk(tmp_path / "other").repository.pinned)
    for nonsense in (b"", b"{}", office.repository.pinned[:-9]):
        with pytest.raises(InputError, match="not the root"):
            trust.add(nonsense)


def test_a_small_file_that_unpacks_to_a_huge_one_is_no_list():
    with pytest.raises(InputError):
        listfile.unpack(lzma.compress(bytes(listfile.MAX_UNPACKED_BYTES + 1), preset=0))
