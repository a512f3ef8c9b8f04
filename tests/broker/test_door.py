"""Who is let in: members of the fleet with a certificate that is good today, under its own name."""

from __future__ import annotations

import shutil
import signal
import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from anpr import topics
from anpr.broker import papers, server
from anpr.broker.config import BrokerConfig
from anpr.broker.server import Broker
from anpr.config import BrokerSettings
from anpr.errors import ConfigError, LinkError, PolicyError
from anpr.fleet import identity
from anpr.hotlist.sending import Sender
from tests.broker.guests import TAKEN, Guest
from tests.fleet.people import FLEET, Fleet
from tests.support.polling import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.broker

HIT = topics.HIT.path(FLEET, "car-1")


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Fleet:
    fleet = Fleet(tmp_path_factory.mktemp("fleet") / "ca")
    for name in ("car-1", "car-2", "car-stolen"):
        fleet.car(name)
    fleet.car("car-old", days_ago=31)
    fleet.revoke("car-stolen")
    return fleet


@pytest.fixture(scope="module")
def broker(fleet: Fleet, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with Broker(tmp_path_factory.mktemp("broker"), identity=fleet.broker()) as running:
        yield running


def lets_in(broker: Broker, papers: Path | ssl.SSLContext | None) -> bool:
    with Guest(broker, papers) as guest:
        return guest.in_


def test_a_member_is_let_in(broker: Broker, fleet: Fleet):
    with Guest(broker, fleet.authority.folder("car-1")) as car:
        assert car.in_
        assert car.publish(HIT) == TAKEN


def test_a_certificate_that_ran_out_is_refused(broker: Broker, fleet: Fleet):
    assert not lets_in(broker, fleet.authority.folder("car-old"))


def test_a_revoked_certificate_is_refused(broker: Broker, fleet: Fleet):
    assert not lets_in(broker, fleet.authority.folder("car-stolen"))


def test_a_certificate_of_another_authority_is_refused_even_under_our_name(
    broker: Broker, fleet: Fleet, tmp_path: Path
):
    stranger = Fleet(tmp_path / "ca").car("car-1")
    shutil.copy(fleet.directory / "fleet.pem", stranger)  # the stranger trusts our broker, not the reverse
    assert not lets_in(broker, stranger)


def test_no_certificate_and_no_tls_are_refused(broker: Broker, fleet: Fleet):
    assert not lets_in(broker, ssl.create_default_context(cafile=fleet.directory / "fleet.pem"))
    assert not lets_in(broker, None)


def test_a_certificate_without_its_key_is_worth_nothing(fleet: Fleet, tmp_path: Path):
    shutil.copytree(fleet.authority.folder("car-1"), tmp_path / "thief")
    shutil.copy(fleet.authority.folder("car-2") / "key.pem", tmp_path / "thief")
    with pytest.raises(ConfigError, match="cannot be used"):
        identity.context(tmp_path / "thief")


def test_the_brokers_own_certificate_is_no_way_in(broker: Broker, fleet: Fleet):
    assert not lets_in(broker, fleet.authority.folder("broker-1"))


def test_older_tls_is_refused(broker: Broker, fleet: Fleet):
    old = identity.context(fleet.authority.folder("car-1"))
    old.minimum_version = ssl.TLSVersion.TLSv1_2
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    with socket.create_connection((broker.host, broker.port)) as line, pytest.raises(ssl.SSLError) as caught:
        old.wrap_socket(line, server_hostname=broker.host)
    assert caught.value.reason == "TLSV1_ALERT_PROTOCOL_VERSION"


def test_a_stolen_key_opens_nothing_of_another_car(broker: Broker, fleet: Fleet):
    with Guest(broker, fleet.authority.folder("car-2"), client_id=f"car.{FLEET}.car-1") as thief:
        assert thief.in_
        assert thief.publish(HIT) == "Not authorized"


def test_nobody_throws_another_out_by_taking_its_client_id(broker: Broker, fleet: Fleet):
    with (
        Guest(broker, fleet.authority.folder("car-1"), client_id="same") as first,
        Guest(broker, fleet.authority.folder("car-2"), client_id="same") as second,
    ):
        assert second.in_
        assert first.publish(HIT) == TAKEN
        assert first.in_


def test_a_stolen_car_cannot_stand_in_for_the_broker(fleet: Fleet):
    papers = fleet.authority.folder("car-1")
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(papers / "certificate.pem", papers / "key.pem")
    visitor = identity.context(fleet.authority.folder("car-2"))
    visitor.check_hostname = False  # what is left to tell them apart is what a certificate is for
    with socket.create_server(("127.0.0.1", 0)) as door:

        def serve() -> None:
            line, _ = door.accept()
            with line, pytest.raises(OSError, match=r"."):
                server.wrap_socket(line, server_side=True)

        thread = threading.Thread(target=serve)
        thread.start()
        with socket.create_connection(door.getsockname()) as line, pytest.raises(ssl.SSLError) as caught:
            visitor.wrap_socket(line)
        thread.join()
    assert "unsuitable certificate purpose" in str(caught.value)


def test_a_broker_is_believed_under_its_own_names_alone(broker: Broker, fleet: Fleet):
    visitor = identity.context(fleet.authority.folder("car-1"))
    for host, believed in (("127.0.0.1", True), ("broker.test", True), ("other.test", False)):
        with socket.create_connection((broker.host, broker.port)) as line:
            if believed:
                visitor.wrap_socket(line, server_hostname=host).close()
            else:
                with pytest.raises(ssl.SSLCertVerificationError):
                    visitor.wrap_socket(line, server_hostname=host)


def test_whoever_was_let_in_is_thrown_out_when_revoked_and_the_others_come_back(
    tmp_path: Path,
):
    fleet = Fleet(tmp_path / "ca")
    good, bad = fleet.car("car-1"), fleet.car("car-2")
    with Broker(tmp_path / "broker", identity=fleet.broker()) as broker, Guest(broker, bad) as thief:
        broker.renew()
        assert thief.in_, "nothing changed"
        fleet.revoke("car-2")
        broker.renew()
        wait_for(lambda: not thief.in_, what="the end of the connection")
        assert not lets_in(broker, bad)
        assert lets_in(broker, good)


def test_a_member_that_is_enrolled_later_is_known_without_a_restart(tmp_path: Path):
    fleet = Fleet(tmp_path / "ca")
    first = fleet.car("car-1")
    with Broker(tmp_path / "broker", identity=fleet.broker()) as broker, Guest(broker, first) as present:
        operator = fleet.operator()
        broker.renew()
        with Guest(broker, operator) as later:
            manifest = topics.manifest(FLEET, "stolen")
            wait_for(lambda: later.publish(manifest) == TAKEN, what="the new access rules")
        assert present.in_


def test_half_copied_papers_change_nothing(tmp_path: Path):
    fleet = Fleet(tmp_path / "ca")
    car, papers = fleet.car(), fleet.broker()
    with Broker(tmp_path / "broker", identity=papers) as broker:
        whole = (papers / "revoked.pem").read_bytes()
        (papers / "revoked.pem").write_bytes(whole[:100])
        broker.renew()
        (papers / "key.pem").rename(papers / "away.pem")
        broker.renew()
        assert lets_in(broker, car)


def test_a_broker_says_early_what_runs_out(tmp_path: Path):
    fleet = Fleet(tmp_path / "ca")
    held = papers.read(fleet.broker())
    assert held.warning(datetime.now(UTC)) == ""
    assert "nobody is let in" in held.warning(held.revoked_until - timedelta(days=3))
    assert held.warning(held.own.ends - timedelta(days=60)).startswith(
        "The certificate of broker-1 ends in 60"
    )


def test_a_broker_that_ends_by_itself_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(server, "LOOK_S", 0.05)
    with Broker(tmp_path) as broker:
        assert broker._process is not None
        broker._process.kill()
        assert broker.tend(threading.Event()) == -signal.SIGKILL


def test_revocations_that_name_their_source_are_taken_by_mosquitto_as_well(tmp_path: Path):
    fleet = Fleet(tmp_path / "ca", revocations_url="http://authority.test/revoked.crl")
    good, bad = fleet.car("car-1"), fleet.car("car-2")
    fleet.revoke("car-2")
    with Broker(tmp_path / "broker", identity=fleet.broker()) as broker:
        assert lets_in(broker, good)
        assert not lets_in(broker, bad)


def test_a_broker_does_not_start_on_papers_that_are_no_brokers(tmp_path: Path):
    fleet = Fleet(tmp_path / "ca")
    with pytest.raises(ConfigError, match="cannot be read"):
        Broker(tmp_path / "broker", identity=fleet.car())
    papers = fleet.broker()
    for name in ("certificate.pem", "key.pem"):
        shutil.copy(fleet.authority.folder("car-1") / name, papers)
    with pytest.raises(ConfigError, match="is of car car-1, not of a broker"):
        Broker(tmp_path / "broker", identity=papers)


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "192.0.2.7", "broker.test"])  # noqa: S104
def test_plain_mqtt_stays_on_this_machine(tmp_path: Path, address: str):
    with pytest.raises(PolicyError, match="does not listen"):
        BrokerConfig(tmp_path, 1883, address, "user")
    with pytest.raises(PolicyError, match="is not on this machine"):
        identity.Visitor(BrokerSettings(host=address))


@pytest.mark.parametrize("address", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_plain_mqtt_serves_the_demonstration(tmp_path: Path, address: str):
    assert "allow_anonymous true" in BrokerConfig(tmp_path, 1883, address, "user").text()
    assert identity.Visitor(BrokerSettings(host=address)).papers is None


def test_an_operator_that_is_shut_out_is_told(broker: Broker, fleet: Fleet):
    fleet.operator("lee")
    fleet.revoke("lee")
    broker.renew()
    with pytest.raises(LinkError, match="perhaps our certificate ran out or was revoked"):
        Sender(broker.host, broker.port, FLEET, fleet.authority.folder("lee"))
