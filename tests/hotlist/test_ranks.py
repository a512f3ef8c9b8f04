"""Covert, wildcard and person-linked entries: two people, one of them an inspector, or no car takes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from anpr.errors import InputError, PolicyError
from anpr.hotlist import keys, ranks
from anpr.hotlist.founding import found
from anpr.hotlist.ranks import Rank, RankError
from anpr.types import MatchRule
from tests.hotlist import ceremony
from tests.hotlist.examples import entry

if TYPE_CHECKING:
    from pathlib import Path

    from anpr.types import ListEntry

UNTIL = datetime.now(UTC) + timedelta(days=30)
PLAIN = entry("AB 1234", valid_until=UNTIL)
NEAR = entry("CD 5678", rule=MatchRule.NEAR, valid_until=UNTIL)
WEIGHTY = [
    entry("XY 12??", rule=MatchRule.PATTERN, valid_until=UNTIL),
    entry("XY 1234", covert=True, valid_until=UNTIL),
    entry("XY 1234", person_linked=True, valid_until=UNTIL),
]
STAFF = {"Sgt Chan": "sergeant", "PC Wong": "constable", "Insp Lee": "inspector", "Supt Ho": "superintendent"}


def desk(path: Path, *people: str) -> ceremony.Desk:
    """A repository whose ceremony gave these people their ranks."""
    folder = path / "keys"
    keys.make(folder / "root.pem", "Root", None)
    appointed = []
    for name in people:
        file = folder / f"{name.split()[1].lower()}.pem"
        keys.make(file, name, None)
        rank = STAFF.get(name)
        appointed.append(keys.appointed(f"{file.with_suffix('.pub')}" + (f"={rank}" if rank else "")))
    root = keys.signer(folder / "root.pem", None)
    return ceremony.Desk(found(path / "repo", "stolen", [root], appointed, datetime.now(UTC)), folder)


def signed(at: ceremony.Desk, entries: list[ListEntry], *people: str) -> None:
    now = datetime.now(UTC)
    at.draft.replace(entries, now)
    for person in people:
        at.draft.approve(at.signer(person), now)


@pytest.mark.parametrize("weighty", WEIGHTY, ids=["wildcards", "covert", "person"])
def test_a_weighty_entry_is_published_only_with_an_inspector_among_the_two(
    tmp_path: Path, weighty: ListEntry
):
    office = desk(tmp_path, "Sgt Chan", "PC Wong", "Insp Lee")
    signed(office, [PLAIN, weighty], "Sgt Chan", "PC Wong")
    with pytest.raises(RankError, match="signature of an inspector") as refused:
        office.draft.publish(datetime.now(UTC))
    assert "Insp Lee must approve it" in refused.value.next_step
    office.draft.approve(office.signer("Insp Lee"), datetime.now(UTC))
    assert office.draft.publish(datetime.now(UTC)).proof.number == 1


def test_an_inspector_alone_is_not_two_people(tmp_path: Path):
    office = desk(tmp_path, "Sgt Chan", "Insp Lee")
    signed(office, [WEIGHTY[0]], "Insp Lee")
    with pytest.raises(PolicyError, match="2 people must sign"):
        office.draft.publish(datetime.now(UTC))


def test_a_superintendent_may_do_what_an_inspector_may(tmp_path: Path):
    office = desk(tmp_path, "Sgt Chan", "Supt Ho")
    signed(office, WEIGHTY[:2], "Sgt Chan", "Supt Ho")
    assert office.draft.publish(datetime.now(UTC)).proof.ranked


def test_entries_that_weigh_nothing_need_no_rank(tmp_path: Path):
    office = desk(tmp_path, "Sgt Chan", "PC Wong")
    signed(office, [PLAIN, NEAR], "Sgt Chan", "PC Wong")
    assert not office.draft.publish(datetime.now(UTC)).proof.ranked


def test_without_anybody_of_rank_the_next_step_is_a_ceremony(tmp_path: Path):
    office = desk(tmp_path, "Sgt Chan", "PC Wong")
    signed(office, WEIGHTY[:1], "Sgt Chan", "PC Wong")
    with pytest.raises(RankError) as refused:
        office.draft.publish(datetime.now(UTC))
    assert "ceremony" in refused.value.next_step


def test_a_car_refuses_weighty_entries_that_a_careless_publisher_let_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    office = desk(tmp_path, "Sgt Chan", "PC Wong")
    with monkeypatch.context() as careless:
        careless.setattr(ranks, "said", lambda _entries: "")
        signed(office, WEIGHTY[:1], "Sgt Chan", "PC Wong")
        published = office.draft.publish(datetime.now(UTC))
    car = ceremony.car(tmp_path / "car", office)
    car.receiver.offer("stolen", office.manifest())
    wanted = car.receiver.wanted("stolen")
    assert wanted is not None
    assert not car.receiver.take("stolen", wanted.sha256, published.blob)
    assert (car.refused(), car.plates()) == ("unsigned", set())


def test_a_car_takes_them_when_an_inspector_signed(tmp_path: Path):
    office = desk(tmp_path, "Sgt Chan", "Insp Lee")
    signed(office, WEIGHTY[:1], "Sgt Chan", "Insp Lee")
    office.draft.publish(datetime.now(UTC))
    car = ceremony.car(tmp_path / "car", office)
    assert car.given(office)
    assert car.plates() == {"XY12??"}


def test_a_rank_that_a_person_writes_into_their_own_key_counts_for_nothing(tmp_path: Path):
    keys.make(tmp_path / "wong.pem", "PC Wong", None)
    file = tmp_path / "wong.pub"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace('"x-anpr-person"', '"x-anpr-rank": "inspector", "x-anpr-person"'), "utf-8")
    assert '"x-anpr-rank"' in file.read_text(encoding="utf-8")
    assert keys.rank(keys.appointed(str(file))) is None
    assert keys.rank(keys.appointed(f"{file}=constable")) is Rank.CONSTABLE


def test_a_rank_that_there_is_not_is_refused_with_those_that_there_are(tmp_path: Path):
    keys.make(tmp_path / "wong.pem", "PC Wong", None)
    with pytest.raises(InputError, match="no rank 'king'") as refused:
        keys.appointed(f"{tmp_path / 'wong.pub'}=king")
    assert "superintendent" in refused.value.next_step
