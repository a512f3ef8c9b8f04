"""The authority lets people in under one name and one role, and shuts them out for good."""

from __future__ import annotations

import base64
import stat
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID
from cryptography.x509.verification import PolicyBuilder, Store

from anpr.errors import ConfigError, InputError, PolicyError
from anpr.fleet import certificates, identity, register, requests
from anpr.fleet.authority import Authority
from anpr.fleet.register import Role, State
from tests.fleet.people import FLEET, Fleet

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime.now(UTC)


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    return Fleet(tmp_path / "ca")


def certificate(folder: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate((folder / identity.CERTIFICATE_FILE).read_bytes())


def revoked(fleet: Fleet) -> x509.CertificateRevocationList:
    return x509.load_pem_x509_crl((fleet.directory / "revoked.pem").read_bytes())


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_secrets_can_be_read_by_their_owner_alone(fleet: Fleet):
    car = fleet.car()
    assert mode(fleet.directory) == 0o700
    for secret in (fleet.directory / "authority.key", fleet.directory / "register.json", car / "key.pem"):
        assert mode(secret) == 0o600


def test_the_authority_opens_with_its_passphrase_alone(tmp_path: Path):
    Authority.create(tmp_path / "ca", FLEET, "right", NOW)
    assert b"ENCRYPTED" in (tmp_path / "ca" / "authority.key").read_bytes()
    for wrong in ("wrong", "", None):
        with pytest.raises(PolicyError, match="does not open"):
            Authority.open(tmp_path / "ca", wrong)
    opened = Authority.open(tmp_path / "ca", "right")
    assert opened.enrol("car-1", Role.CAR, NOW).is_dir()


def test_the_root_signs_members_and_nothing_below_them(fleet: Fleet):
    root = x509.load_pem_x509_certificate((fleet.directory / "fleet.pem").read_bytes())
    limits = root.extensions.get_extension_for_class(x509.BasicConstraints)
    assert limits.critical
    assert limits.value == x509.BasicConstraints(ca=True, path_length=0)
    usage = root.extensions.get_extension_for_class(x509.KeyUsage).value
    assert (usage.key_cert_sign, usage.crl_sign, usage.digital_signature) == (True, True, False)


def test_a_car_may_visit_and_not_serve_and_a_broker_the_other_way_round(fleet: Fleet):
    purposes = {
        folder.name: list(certificate(folder).extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
        for folder in (fleet.car(), fleet.centre(), fleet.operator(), fleet.broker())
    }
    assert purposes == {
        "car-1": [ExtendedKeyUsageOID.CLIENT_AUTH],
        "collector-1": [ExtendedKeyUsageOID.CLIENT_AUTH],
        "chan": [ExtendedKeyUsageOID.CLIENT_AUTH],
        "broker-1": [ExtendedKeyUsageOID.SERVER_AUTH],
    }


def test_an_independent_verifier_accepts_what_was_issued(fleet: Fleet):
    root = x509.load_pem_x509_certificate((fleet.directory / "fleet.pem").read_bytes())
    policy = PolicyBuilder().store(Store([root])).time(NOW + timedelta(days=1))
    chain = policy.build_server_verifier(x509.DNSName("broker.test")).verify(certificate(fleet.broker()), [])
    assert len(chain) == 2


def test_certificates_of_cars_are_short_lived(fleet: Fleet):
    held = certificate(fleet.car())
    assert held.not_valid_after_utc - NOW < timedelta(days=31)
    key = load_pem_private_key((fleet.authority.folder("car-1") / "key.pem").read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    assert key.curve.name == "secp256r1"
    assert key.public_key() == held.public_key()


def test_a_name_is_one_role_for_ever(fleet: Fleet):
    fleet.car("car-1")
    fleet.revoke("car-1")
    with pytest.raises(PolicyError, match="was enrolled as car before"):
        fleet.centre("car-1")


def test_a_second_key_under_a_name_takes_a_revocation_first(fleet: Fleet):
    first = certificate(fleet.car()).serial_number
    with pytest.raises(PolicyError, match="good until"):
        fleet.car()
    fleet.revoke("car-1")
    second = certificate(fleet.car()).serial_number
    assert first != second
    assert [one.serial_number for one in revoked(fleet)] == [first]


def test_after_a_certificate_ran_out_a_new_key_takes_no_revocation(fleet: Fleet):
    fleet.car(days_ago=40)
    assert identity.papers(fleet.car()).state(NOW) is State.GOOD


def test_a_renewed_certificate_is_for_the_same_key_and_lasts_longer(fleet: Fleet):
    before = certificate(fleet.car(days_ago=25))
    secret = (fleet.authority.folder("car-1") / "key.pem").read_bytes()
    after = certificate(fleet.authority.renew("car-1", NOW))
    assert after.public_key() == before.public_key()
    assert after.not_valid_after_utc > before.not_valid_after_utc
    assert (fleet.authority.folder("car-1") / "key.pem").read_bytes() == secret


def test_revoking_takes_every_certificate_of_a_member_and_no_other(fleet: Fleet):
    fleet.car("car-2")
    serials = {certificate(fleet.car()).serial_number}
    serials.add(certificate(fleet.authority.renew("car-1", NOW)).serial_number)
    fleet.revoke("car-1")
    assert {one.serial_number for one in revoked(fleet)} == serials
    with pytest.raises(PolicyError, match="shut out already"):
        fleet.revoke("car-1")
    with pytest.raises(PolicyError, match="was revoked"):
        fleet.authority.renew("car-1", NOW)


def test_revocations_are_signed_numbered_and_outlast_every_car(fleet: Fleet):
    root = x509.load_pem_x509_certificate((fleet.directory / "fleet.pem").read_bytes())
    first = revoked(fleet)
    fleet.car()
    second = revoked(fleet)
    numbers = [one.extensions.get_extension_for_class(x509.CRLNumber).value for one in (first, second)]
    assert numbers[0].crl_number < numbers[1].crl_number
    assert second.is_signature_valid(root.public_key())
    assert second.next_update_utc is not None
    assert second.next_update_utc > certificate(fleet.authority.folder("car-1")).not_valid_after_utc


def test_every_broker_is_given_the_newest_revocations_and_rules(fleet: Fleet):
    broker = fleet.broker()
    fleet.car("car-9")
    for name in ("revoked.pem", "mosquitto.acl", "emqx-acl.conf"):
        assert (broker / name).read_bytes() == (fleet.directory / name).read_bytes()
    assert "user car-9" in (broker / "mosquitto.acl").read_text()


def test_a_key_that_was_made_in_the_car_never_leaves_it(fleet: Fleet, tmp_path: Path):
    asked = requests.make(tmp_path / "car", "car-1")
    folder = fleet.authority.enrol("car-1", Role.CAR, NOW, request=asked.read_bytes())
    assert not (folder / "key.pem").exists()
    for name in (identity.ROOT_FILE, identity.CERTIFICATE_FILE):
        (tmp_path / "car" / name).write_bytes((folder / name).read_bytes())
    identity.context(tmp_path / "car")
    with pytest.raises(InputError, match="There is a key"):
        requests.make(tmp_path / "car", "car-1")


def test_a_request_of_somebody_else_altered_or_of_another_kind_is_refused(fleet: Fleet, tmp_path: Path):
    asked = requests.make(tmp_path / "car", "car-2").read_bytes()
    with pytest.raises(PolicyError, match="The request is of car-2, not of car-1"):
        fleet.authority.enrol("car-1", Role.CAR, NOW, request=asked)
    der = bytearray(x509.load_pem_x509_csr(asked).public_bytes(Encoding.DER))
    der[-1] ^= 1
    altered = x509.load_der_x509_csr(bytes(der)).public_bytes(Encoding.PEM)
    other = certificates.request(ec.generate_private_key(ec.SECP384R1()), "car-2").public_bytes(Encoding.PEM)
    der = (
        x509.load_pem_x509_csr(asked).public_bytes(Encoding.DER).replace(b"\x02\x01\x00", b"\x02\x01\x20", 1)
    )
    future = pem("CERTIFICATE REQUEST", der)
    for bad in (altered, other, future, b"", b"nonsense"):
        with pytest.raises(InputError):
            fleet.authority.enrol("car-2", Role.CAR, NOW, request=bad)
    assert fleet.authority.register.member("car-2") is None


def test_a_certificate_of_a_version_that_is_none_is_said_to_be_none(fleet: Fleet):
    folder = fleet.car("car-1")
    whole = x509.load_pem_x509_certificate((folder / identity.CERTIFICATE_FILE).read_bytes())
    der = whole.public_bytes(Encoding.DER).replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x20", 1)
    (folder / identity.CERTIFICATE_FILE).write_bytes(pem("CERTIFICATE", der))
    with pytest.raises(ConfigError, match="is no certificate of a fleet"):
        identity.papers(folder)


def pem(label: str, der: bytes) -> bytes:
    text = base64.b64encode(der).decode()
    return f"-----BEGIN {label}-----\n{text}\n-----END {label}-----\n".encode()


@pytest.mark.parametrize("name", ["", "+", "#", "a/b", "../up", ".hidden", "a b", "car\n1", "x" * 65])
def test_a_name_that_means_something_in_a_topic_or_a_path_is_refused(fleet: Fleet, name: str):
    with pytest.raises(InputError, match="is no name"):
        fleet.car(name)
    with pytest.raises(InputError, match="is no name"):
        fleet.car("car-1", name)


@pytest.mark.parametrize("host", ["", "a b", "-x", "host:8883", "mqtts://host"])
def test_a_broker_needs_a_host_that_is_one(fleet: Fleet, host: str):
    with pytest.raises(InputError, match=r"is no host|names the hosts"):
        fleet.authority.enrol("b", Role.BROKER, NOW, hosts=(host,) if host else ())


def test_a_folder_in_use_is_never_overwritten(fleet: Fleet):
    with pytest.raises(InputError, match="is not empty"):
        Authority.create(fleet.directory, FLEET, None, NOW)


def test_a_damaged_register_is_named(fleet: Fleet, tmp_path: Path):
    (fleet.directory / "register.json").write_text("{")
    with pytest.raises(InputError, match="is damaged"):
        Authority.open(fleet.directory, None)
    with pytest.raises(InputError, match="There is no fleet authority"):
        register.load(tmp_path / "nowhere")


def test_the_last_third_of_a_life_is_due(fleet: Fleet):
    papers = identity.papers(fleet.car())
    assert papers.warning(NOW + timedelta(days=19)) == ""
    assert papers.warning(papers.ends - timedelta(days=5, minutes=1)).endswith("car-1 ends in 5 days")
    assert papers.warning(papers.ends).startswith("The certificate of car-1 ended on")
    assert (papers.role, papers.name, papers.fleet) == (Role.CAR, "car-1", FLEET)


def test_papers_that_are_missing_or_none_say_so(fleet: Fleet, tmp_path: Path):
    with pytest.raises(ConfigError, match="cannot be read"):
        identity.papers(tmp_path)
    car, other = fleet.car("car-1"), fleet.car("car-2")
    (car / "key.pem").write_bytes((other / "key.pem").read_bytes())
    with pytest.raises(ConfigError, match="cannot be used"):
        identity.context(car)
    (car / "certificate.pem").write_text("nonsense")
    with pytest.raises(ConfigError, match="is no certificate of a fleet"):
        identity.papers(car)
