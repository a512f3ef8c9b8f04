"""X.509 as the fleet uses it: one root, short-lived leaves with one purpose each, one revocation list."""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from anpr.fleet.register import Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from anpr.fleet.register import Issued, Member

SKEW: Final = timedelta(minutes=10)
"""A car's clock may be behind when it gets its certificate."""
ROOT_YEARS: Final = 10
REVOCATIONS_DAYS: Final = 365
"""A broker that finds its revocation list run out locks everybody out, so it is made to outlast every
certificate it can speak of: whoever renews a car's certificate writes the list anew as well."""


def make_key() -> ec.EllipticCurvePrivateKey:
    """A new P-256 key: what every TLS library speaks, and a small handshake over a mobile link."""
    return ec.generate_private_key(ec.SECP256R1())


def root(key: ec.EllipticCurvePrivateKey, fleet: str, now: datetime) -> x509.Certificate:
    """The fleet's own root. It signs members and nothing below them."""
    name = _name(fleet, "authority", f"{fleet} fleet authority")
    begins = now.replace(microsecond=0) - SKEW
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=365 * ROOT_YEARS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(authority=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def leaf(
    member: Member,
    key: ec.EllipticCurvePublicKey,
    signer: tuple[x509.Certificate, ec.EllipticCurvePrivateKey],
    *,
    begins: datetime,
    ends: datetime,
    revocations_url: str | None,
) -> x509.Certificate:
    """A member's certificate: the common name is what the broker takes as the user.

    A broker's certificate serves and nothing else, everybody else's visits and nothing else, so that a
    stolen car cannot stand in for the broker.
    """
    authority, signing_key = signer
    fleet = authority.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)[0].value
    serves = member.role is Role.BROKER
    purpose = ExtendedKeyUsageOID.SERVER_AUTH if serves else ExtendedKeyUsageOID.CLIENT_AUTH
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(str(fleet), member.role, member.name))
        .issuer_name(authority.subject)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(authority=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signing_key.public_key()), critical=False
        )
    )
    if serves:
        names = x509.SubjectAlternativeName([_host(one) for one in member.hosts])
        builder = builder.add_extension(names, critical=False)
    if revocations_url is not None:
        point = x509.DistributionPoint(_urls(revocations_url), None, None, None)
        builder = builder.add_extension(x509.CRLDistributionPoints([point]), critical=False)
    return builder.sign(signing_key, hashes.SHA256())


def revocations(
    signer: tuple[x509.Certificate, ec.EllipticCurvePrivateKey],
    issued: Sequence[Issued],
    number: int,
    now: datetime,
    revocations_url: str | None,
) -> x509.CertificateRevocationList:
    """The list of certificates that open nothing any more, though their time is not over."""
    authority, signing_key = signer
    now = now.replace(microsecond=0)
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authority.subject)
        .last_update(now - SKEW)
        .next_update(now + timedelta(days=REVOCATIONS_DAYS))
        .add_extension(x509.CRLNumber(number), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signing_key.public_key()), critical=False
        )
    )
    if revocations_url is not None:
        # EMQX asks for it before it believes a list; OpenSSL then holds it against each certificate's own.
        point = x509.IssuingDistributionPoint(
            full_name=_urls(revocations_url),
            relative_name=None,
            only_contains_user_certs=False,
            only_contains_ca_certs=False,
            only_some_reasons=None,
            indirect_crl=False,
            only_contains_attribute_certs=False,
        )
        builder = builder.add_extension(point, critical=True)
    for one in issued:
        if one.revoked_at is not None:
            builder = builder.add_revoked_certificate(
                x509.RevokedCertificateBuilder()
                .serial_number(int(one.serial, 16))
                .revocation_date(one.revoked_at)
                .build()
            )
    return builder.sign(signing_key, hashes.SHA256())


def request(key: ec.EllipticCurvePrivateKey, name: str) -> x509.CertificateSigningRequest:
    """What a car hands in whose key was made in the car and never leaves it."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    return x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())


def common_name(subject: x509.Name) -> str:
    """The name in a certificate or a request; empty when it has none."""
    found = subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(found[0].value) if found else ""


def lifetime(now: datetime, days: int) -> tuple[datetime, datetime]:
    """From a little ago until so many days ahead, in whole seconds as X.509 has them."""
    now = now.astimezone(UTC).replace(microsecond=0)
    return now - SKEW, now + timedelta(days=days)


def _name(fleet: str, unit: str, common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, fleet),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, unit),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )


def _host(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def _urls(url: str) -> list[x509.GeneralName]:
    return [x509.UniformResourceIdentifier(url)]
