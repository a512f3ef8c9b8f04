"""The doctor on certificates: whose, until when, and what the broker says to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from anpr.broker.server import Broker
from anpr.config import BrokerSettings, CarSettings
from anpr.edge import doctor_parts
from anpr.edge.doctor import Finding, Level
from anpr.edge.doctor_certificate import certificate
from anpr.errors import ConfigError, PolicyError
from tests.fleet.people import FLEET, Fleet

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    return Fleet(tmp_path / "ca")


def found(papers: Path | None, vehicle: str = "car-1", host: str = "127.0.0.1") -> Finding:
    broker = BrokerSettings(host=host, identity=papers)
    return certificate(CarSettings(vehicle=vehicle, fleet=FLEET, broker=broker))


def test_a_good_certificate_is_told_with_its_end(fleet: Fleet):
    finding = found(fleet.car())
    assert finding.level is Level.OK
    assert "car-1 of fleet test, until 20" in finding.sentence


def test_one_that_ends_is_worth_a_look_and_one_that_ended_a_failure(fleet: Fleet):
    assert found(fleet.car("car-2", days_ago=25), "car-2").level is Level.WARN
    assert found(fleet.car("car-3", days_ago=31), "car-3").level is Level.FAIL


def test_a_key_that_others_can_read_is_worth_a_look(fleet: Fleet):
    papers = fleet.car()
    (papers / "key.pem").chmod(0o640)
    finding = found(papers)
    assert finding.level is Level.WARN
    assert "chmod 600" in finding.next_step


def test_none_is_fine_on_this_machine_alone(fleet: Fleet):
    assert found(None).level is Level.WARN
    with pytest.raises(PolicyError, match="is not on this machine"):
        found(None, host="broker.test")
    with pytest.raises(ConfigError, match="and this is car car-9"):
        found(fleet.car(), "car-9")


@pytest.mark.broker
def test_the_brokers_own_reason_is_told(fleet: Fleet, tmp_path: Path):
    good, old, lost = fleet.car("car-1"), fleet.car("car-2", days_ago=31), fleet.car("car-3")
    fleet.revoke("car-3")
    stranger = Fleet(tmp_path / "other").car("car-1")

    def says(papers: Path) -> Finding:
        return doctor_parts.broker(BrokerSettings(host=server.host, port=server.port, identity=papers))

    with Broker(tmp_path / "broker", identity=fleet.broker()) as server:
        assert says(good).level is Level.OK
        for papers, reason in ((old, "expired"), (lost, "revoked"), (stranger, "not the fleet's broker")):
            assert says(papers).level is Level.FAIL
            assert reason in says(papers).sentence
