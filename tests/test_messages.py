"""The wire: what a car may say, and what the topic table promises."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from anpr import topics
from anpr.messages import Receipt, Status

BOOT = "0190b0a0-0000-7000-8000-000000000001"


def test_every_message_carries_its_schema_on_the_wire():
    for topic in topics.TOPICS:
        schema = topic.model.model_json_schema(mode="serialization")["properties"]["schema"]
        assert schema["const"] == f"anpr.{topic.name}/1"


def test_a_topic_path_can_be_parsed_back():
    for topic in topics.TOPICS:
        assert topics.parse(topic.path("demo", "car-7")) == ("demo", "car-7", topic)


@pytest.mark.parametrize(
    "path", ["", "anpr/v1/demo/car/x", "anpr/v2/demo/car/x/hit", "anpr/v1/demo/car/x/nothing"]
)
def test_a_foreign_topic_is_not_ours(path):
    assert topics.parse(path) is None


def test_unknown_fields_are_ignored_so_that_newer_cars_may_speak():
    status = Status.model_validate(
        {"vehicle": "car-7", "boot": BOOT, "state": "online", "at": "2026-01-01T00:00:00Z", "future": 1}
    )
    assert status.state == "online"


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(ValidationError, match="timezone"):
        Status.model_validate(
            {"vehicle": "car-7", "boot": BOOT, "state": "online", "at": "2026-01-01T00:00:00"}
        )


def test_an_empty_receipt_is_refused():
    with pytest.raises(ValidationError):
        Receipt.model_validate({"vehicle": "car-7", "at": "2026-01-01T00:00:00Z", "ids": []})


def test_a_receipt_may_only_ask_for_gaps():
    receipt = Receipt.model_validate(
        {"vehicle": "car-7", "at": "2026-01-01T00:00:00Z", "gaps": [{"first": 3, "last": 4}]}
    )
    assert (receipt.ids, receipt.gaps[0].last) == ((), 4)


@pytest.mark.parametrize("run", [{"first": 4, "last": 3}, {"first": 0, "last": 1}])
def test_a_run_of_numbers_begins_at_one_and_ends_after_it_began(run):
    with pytest.raises(ValidationError):
        Receipt.model_validate({"vehicle": "car-7", "at": "2026-01-01T00:00:00Z", "gaps": [run]})
