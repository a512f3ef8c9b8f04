"""Whatever comes in the place of a message: it is understood whole, or kept as a reject; never a crash."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from anpr import list_messages, messages, topics, wire
from anpr.collector.arrivals import understand
from anpr.collector.sqlite import SqliteStore
from anpr.collector.store import Arrival, Reject
from tests.fuzz.budget import BUDGET
from tests.fuzz.mutations import payloads
from tests.support.hits import FLEET, FakeCar, new_id

if TYPE_CHECKING:
    from collections.abc import Iterator

CAR = FakeCar("car-1")
NOW = datetime.now(UTC)
HIT = CAR.hit()


VALID: dict[type[BaseModel], BaseModel] = {
    messages.Hit: HIT,
    messages.Verdict: CAR.verdict(HIT),
    messages.Status: CAR.status(),
    messages.Position: CAR.position(22.3, 114.2),
    messages.Health: CAR.health(),
    messages.ImagePart: messages.ImagePart(
        id=new_id(),
        vehicle="car-1",
        boot=CAR.boot,
        seq=9,
        at=NOW,
        clock=wire.Clock.GPS,
        hit=HIT.id,
        part=1,
        parts=2,
        sha256="0" * 64,
        piece=b"cGFydA==",
        piece_sha256="0" * 64,
    ),
    messages.Receipt: messages.Receipt(
        vehicle="car-1",
        at=NOW,
        ids=(HIT.id,),
        gaps=(messages.Numbers(first=3, last=4),),
        settled=(CAR.boot,),
    ),
    messages.Ledger: messages.Ledger(
        vehicle="car-1",
        boot=CAR.boot,
        at=NOW,
        starts=(messages.Start(boot=CAR.boot, first=1, last=4, count=4, digest="0" * 64),),
        held=(messages.Numbers(first=3, last=4),),
    ),
    list_messages.ListReport: list_messages.ListReport(
        vehicle="car-1",
        at=NOW,
        takes=("stolen",),
        lists=(
            list_messages.HeldList(
                list_name="stolen", version="1", as_of=NOW, age_s=3, entries=7, signed=True, stale=False
            ),
        ),
        refusals=(
            list_messages.Refusal(
                list_name="stolen", at=NOW, reason=list_messages.RefusalReason.ROLLBACK, words="older"
            ),
        ),
    ),
    list_messages.Manifest: list_messages.Manifest(
        list_name="stolen", roots={1: "{}"}, timestamp="{}", snapshot="{}", targets="{}"
    ),
}
EXAMPLES = {model: message.model_dump_json().encode() for model, message in VALID.items()}


def test_every_message_is_fuzzed():
    assert {topic.model for topic in topics.TOPICS} | {list_messages.Manifest} == set(EXAMPLES)


@pytest.mark.parametrize("model", EXAMPLES, ids=lambda model: model.__name__)
@BUDGET
@given(data=st.data())
def test_a_message_is_whole_or_refused(model: type[BaseModel], data: st.DataObject):
    try:
        message = model.model_validate_json(data.draw(payloads(EXAMPLES[model])))
    except ValidationError:
        return
    again = model.model_validate_json(message.model_dump_json())
    assert again == message, "what is understood is written down and understood again"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqliteStore]:
    store = SqliteStore(tmp_path_factory.mktemp("centre") / "centre.db")
    yield store
    store.close()


FROM_CARS = tuple(topic for topic in topics.TOPICS if topic.writer == "car" and topic.model in EXAMPLES)


@pytest.mark.parametrize("topic", FROM_CARS, ids=lambda topic: topic.name)
@BUDGET
@given(data=st.data())
def test_the_centre_keeps_it_one_way_or_the_other(
    store: SqliteStore, topic: topics.Topic, data: st.DataObject
):
    payload = data.draw(payloads(EXAMPLES[topic.model]))
    path = topic.path(FLEET, "car-1")
    understood = understand(path, payload, NOW, retained=data.draw(st.booleans()))
    before = rejected(store)
    kept = store.write(
        [understood] if isinstance(understood, Arrival) else [],
        [understood] if isinstance(understood, Reject) else [],
    )
    assert rejected(store) - before == isinstance(understood, Reject) + kept.clashes
    if isinstance(understood, Reject):
        assert understood.payload == payload
        assert understood.reason
    store.hits(50)
    store.cars()


@BUDGET
@given(path=st.text(max_size=80) | st.sampled_from([topic.path("+", "#") for topic in topics.TOPICS]))
def test_any_topic_is_ours_or_is_not(path: str):
    understood = understand(path, EXAMPLES[messages.Hit], NOW, retained=False)
    assert isinstance(understood, Reject) or path.endswith("/hit")


def rejected(store: SqliteStore) -> int:
    """How many were kept, each as often as it came."""
    with sqlite3.connect(store._path) as reader:
        count = reader.execute("SELECT coalesce(sum(times), 0) FROM rejects").fetchone()[0]
    reader.close()
    return int(count)
