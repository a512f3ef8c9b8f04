"""The centre knows which car holds which list, and what officers called out of date waits for its owner."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from anpr import topics
from anpr.collector.centre import Centre
from anpr.collector.web import WebServer
from anpr.list_messages import RefusalReason
from anpr.messages import Outcome
from tests.hotlist.ceremony import ENTRY, LEE, desk
from tests.hotlist.examples import entry
from tests.support.hits import FLEET, FakeCar
from tests.support.polling import wait_for
from tests.support.reports import held, refusal, report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from anpr.config import CentreSettings
    from anpr.messages import Hit
    from tests.hotlist.ceremony import Desk
    from tests.support.hits import Publisher

pytestmark = pytest.mark.broker


@pytest.fixture
def office(tmp_path: Path) -> Desk:
    return desk(tmp_path / "office")


@pytest.fixture
def client(centre: Centre) -> Iterator[httpx.Client]:
    server = WebServer(centre, "127.0.0.1", 0)
    server.start()
    with httpx.Client(base_url=server.address) as one:
        yield one
    server.stop()


def lists(client: httpx.Client) -> dict[str, Any]:
    return dict(client.get("/api/lists").raise_for_status().json())


def tasks(client: httpx.Client) -> list[dict[str, Any]]:
    return list(client.get("/api/tasks").raise_for_status().json()["tasks"])


def said(link: Publisher, car: FakeCar, hit: Hit, outcome: Outcome) -> None:
    link.send(hit)
    link.send(car.verdict(hit, outcome))
    link.wait_receipted()


def test_each_car_is_shown_with_the_version_it_holds_its_age_and_its_last_refusal(
    client: httpx.Client, publisher: Callable[..., Publisher], office: Desk
) -> None:
    link = publisher("car-1")
    newest = office.publish(ENTRY)
    link.send_bytes(topics.manifest(FLEET, "stolen"), office.manifest())
    link.send(report("car-1", held(newest.version)))
    link.send(report("car-2", held("1-00000000"), refusals=(refusal(RefusalReason.ROLLBACK),)))
    link.send(report("car-3", held(newest.version, age=timedelta(days=2), stale=True)))
    link.send(report("car-4", held(newest.version, age=timedelta(days=9), stale=True, too_old=True)))
    link.send(report("car-5"))
    link.send(report("car-6", held("7", name="mine", signed=False), takes=()))
    wait_for(lambda: len(lists(client)["cars"]) == 6, what="six reports")
    wait_for(lambda: lists(client)["lists"][-1]["version"] == newest.version, what="the publication")
    told = lists(client)
    holding = {car["vehicle"]: [one["holding"] for one in car["lists"]] for car in told["cars"]}
    assert holding == {
        "car-1": ["current"],
        "car-2": ["behind"],
        "car-3": ["stale"],
        "car-4": ["too_old"],
        "car-5": ["missing"],
        "car-6": ["by_hand"],
    }
    second = next(car for car in told["cars"] if car["vehicle"] == "car-2")
    assert second["refusals"][0]["reason"] == "rollback"
    assert "do not follow" in second["refusals"][0]["words"]
    stolen = next(one for one in told["lists"] if one["list_name"] == "stolen")
    assert (stolen["cars"], stolen["holding"]["current"], stolen["refused"]) == (5, 1, 1)
    assert stolen["signers"] == ["Sgt Chan", "Insp Lee"]


def test_a_manifest_that_does_not_hold_together_is_a_reject_and_changes_nothing(
    centre: Centre, publisher: Callable[..., Publisher], office: Desk
) -> None:
    link = publisher("car-1")
    newest = office.publish(ENTRY)
    link.send_bytes(topics.manifest(FLEET, "stolen"), office.manifest())
    link.send_bytes(topics.manifest(FLEET, "stolen"), office.manifest().replace(b"Sgt Chan", b"Sgt Mole"))
    link.send_bytes(topics.manifest(FLEET, "wanted"), office.manifest())
    wait_for(lambda: len(centre.store.rejects(10)) == 2, what="two rejects")
    assert set(centre.desk.publications()) == {"stolen"}
    assert centre.desk.publications()["stolen"].version == newest.version


def test_an_officers_word_opens_one_task_for_the_entry_however_many_say_it(
    client: httpx.Client, publisher: Callable[..., Publisher]
) -> None:
    link = publisher("car-1", "car-2")
    for name in ("car-1", "car-2"):
        car = FakeCar(name)
        said(link, car, car.hit("AB 1234"), Outcome.OUT_OF_DATE)
    other = FakeCar("car-1", seq=50)
    said(link, other, other.hit("CD 5678"), Outcome.CORRECT)
    (task,) = tasks(client)
    assert task["open"]
    assert (task["entry"]["plate"], task["entry"]["owner"]) == ("AB 1234", "Traffic Kowloon West")
    assert [(step["kind"], step["vehicle"]) for step in task["steps"]] == [
        ("said", "car-1"),
        ("said", "car-2"),
    ]
    assert client.get("/api/stats").json()["tasks_open"] == 1


def test_a_word_that_overtakes_its_hit_opens_its_task_when_the_hit_comes(
    client: httpx.Client, publisher: Callable[..., Publisher]
) -> None:
    link, car = publisher("car-1"), FakeCar()
    hit = car.hit("AB 1234")
    link.send(car.verdict(hit, Outcome.OUT_OF_DATE))
    link.wait_receipted()
    assert tasks(client) == []
    link.send(hit)
    link.wait_receipted()
    link.send(hit)
    link.wait_receipted()
    (task,) = tasks(client)
    assert len(task["steps"]) == 1


def test_a_mended_word_stands_on_the_record_beside_the_first(
    client: httpx.Client, publisher: Callable[..., Publisher]
) -> None:
    link, car = publisher("car-1"), FakeCar()
    hit = car.hit("AB 1234")
    said(link, car, hit, Outcome.OUT_OF_DATE)
    link.send(car.verdict(hit, Outcome.CORRECT))
    link.wait_receipted()
    (task,) = tasks(client)
    assert [(step["kind"], step["reason"]) for step in task["steps"]] == [
        ("said", "out_of_date"),
        ("mended", "correct"),
    ]
    assert task["open"], "a person closes it, not the second word"


def test_a_task_is_closed_and_opened_with_a_name_and_a_reason_that_stay(
    client: httpx.Client, centre: Centre, publisher: Callable[..., Publisher]
) -> None:
    link, car = publisher("car-1"), FakeCar()
    said(link, car, car.hit("AB 1234"), Outcome.OUT_OF_DATE)
    number = tasks(client)[0]["number"]
    for unsaid in ({}, {"person": "Insp Lee"}, {"person": " ", "reason": " "}):
        assert client.post(f"/api/tasks/{number}/close", json=unsaid).status_code == 422
    closed = client.post(
        f"/api/tasks/{number}/close", json={"person": "Insp Lee", "reason": "Found on 20 November"}
    )
    assert closed.status_code == 200
    assert not closed.json()["open"]
    again = client.post(f"/api/tasks/{number}/close", json={"person": "Insp Lee", "reason": "twice"})
    assert again.status_code == 409
    client.post(f"/api/tasks/{number}/reopen", json={"person": "Sgt Chan", "reason": "It was another car"})
    (task,) = tasks(client)
    assert [(step["kind"], step["person"], step["reason"]) for step in task["steps"][1:]] == [
        ("closed", "Insp Lee", "Found on 20 November"),
        ("reopened", "Sgt Chan", "It was another car"),
    ]
    assert centre.desk.broken_step() is None


def test_an_entry_said_again_after_its_task_was_closed_opens_another(
    client: httpx.Client, publisher: Callable[..., Publisher]
) -> None:
    link, car = publisher("car-1"), FakeCar()
    said(link, car, car.hit("AB 1234"), Outcome.OUT_OF_DATE)
    first = tasks(client)[0]["number"]
    client.post(f"/api/tasks/{first}/close", json={"person": "Insp Lee", "reason": "still wanted"})
    said(link, car, car.hit("AB 1234"), Outcome.OUT_OF_DATE)
    assert [task["open"] for task in tasks(client)] == [True, False]
    refused = client.post(f"/api/tasks/{first}/reopen", json={"person": "Insp Lee", "reason": "again"})
    assert refused.status_code == 409


def test_a_recall_is_seen_on_the_task_with_how_many_cars_are_silent(
    client: httpx.Client, publisher: Callable[..., Publisher], tmp_path: Path
) -> None:
    office = desk(tmp_path / "hk", "hk-stolen")
    link, car = publisher("car-1"), FakeCar()
    listed = entry("AB 1234", entry_id="HK-AB1234", valid_until=datetime.now(UTC) + timedelta(days=9))
    before = office.publish(listed)
    said(link, car, car.hit("AB 1234"), Outcome.OUT_OF_DATE)
    after = office.repository.recall(["HK-AB1234"], office.signer(LEE), datetime.now(UTC))
    link.send_bytes(topics.manifest(FLEET, "hk-stolen"), office.manifest())
    for name, version in (("car-1", after.version), ("car-2", after.version), ("car-3", before.version)):
        link.send(report(name, held(version, name="hk-stolen"), takes=("hk-stolen",)))
    wait_for(lambda: tasks(client)[0]["recalled"] and tasks(client)[0]["cars"] == 3, what="the recall")
    (task,) = tasks(client)
    assert (task["silent"], task["cars"], task["newest_version"]) == (2, 3, after.version)


def test_a_step_that_was_altered_is_found_and_the_database_refuses_it(
    client: httpx.Client, settings: CentreSettings, centre: Centre, publisher: Callable[..., Publisher]
) -> None:
    link, car = publisher("car-1"), FakeCar()
    for plate in ("AB 1234", "CD 5678", "EF 9012"):
        said(link, car, car.hit(plate), Outcome.OUT_OF_DATE)
    thief = sqlite3.connect(settings.data_dir / "centre.db")
    for change in ("UPDATE task_steps SET person = 'nobody'", "DELETE FROM task_steps WHERE number = 2"):
        with pytest.raises(sqlite3.IntegrityError, match="a step of a task is never"):
            thief.execute(change)
    assert centre.desk.broken_step() is None
    thief.execute("DROP TRIGGER task_steps_remain")
    thief.execute("DELETE FROM task_steps WHERE number = 2")
    thief.commit()
    thief.close()
    assert centre.desk.broken_step() == 3
    assert client.get("/api/tasks").json()["broken_step"] == 3


def test_another_sites_page_cannot_close_a_task(
    client: httpx.Client, publisher: Callable[..., Publisher]
) -> None:
    link, car = publisher("car-1"), FakeCar()
    said(link, car, car.hit("AB 1234"), Outcome.OUT_OF_DATE)
    path = f"/api/tasks/{tasks(client)[0]['number']}/close"
    words = {"person": "Insp Lee", "reason": "nothing"}
    assert client.post(path, json=words, headers={"Origin": "https://evil.example"}).status_code == 403
    assert client.post(path, content=b'{"person":"A B","reason":"abc"}').status_code == 415
    assert tasks(client)[0]["open"]


def test_a_large_list_is_served_by_its_hash_in_pieces_and_nothing_else_is(
    settings: CentreSettings, tmp_path: Path
) -> None:
    folder = tmp_path / "blobs"
    folder.mkdir()
    (folder / ("a" * 64)).write_bytes(b"0123456789")
    (tmp_path / "secret").write_bytes(b"secret")
    running = Centre(settings.model_copy(update={"lists_dir": folder}))
    server = WebServer(running, "127.0.0.1", 0)
    server.start()
    with httpx.Client(base_url=server.address) as client:
        assert client.get(f"/lists/{'a' * 64}").content == b"0123456789"
        piece = client.get(f"/lists/{'a' * 64}", headers={"Range": "bytes=4-"})
        assert (piece.status_code, piece.content) == (206, b"456789")
        for path in ("b" * 64, "..%2Fsecret", "%2e%2e/secret", "A" * 64):
            assert client.get(f"/lists/{path}").status_code == 404
    server.stop()
    running.stop()
