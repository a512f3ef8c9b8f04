"""The fleet's certificate authority: takes members in, renews them, and shuts them out."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING, Final, Self

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from anpr.errors import InputError, PolicyError
from anpr.fleet import acl, certificates, files, identity, register, requests
from anpr.fleet.register import Issued, Member, Register, Role

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

KEY_FILE: Final = "authority.key"
ARCHIVE: Final = "certificates"
MEMBERS: Final = "members"
DAYS: Final = {Role.CAR: 30, Role.CENTRE: 90, Role.OPERATOR: 90, Role.BROKER: 365}
"""A stolen car opens nothing after a month even when nobody noticed; machines behind a door get longer."""
_HOST: Final = re.compile(
    r"^(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$"
)


def is_locked(directory: Path) -> bool:
    """Whether a passphrase is needed to sign.

    Raises:
        InputError: there is no authority.
    """
    register.load(directory)
    return b"ENCRYPTED" in files.read(directory / KEY_FILE)


class Authority:
    """A fleet's authority in a folder of its own; see ``create`` and ``open``.

    The folder is the secret of the fleet. ``members/NAME`` holds what each member is to be given.
    """

    def __init__(
        self, directory: Path, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey, book: Register
    ) -> None:
        self.directory = directory
        self.register = book
        self._certificate = certificate
        self._key = key

    @classmethod
    def create(
        cls,
        directory: Path,
        fleet: str,
        passphrase: str | None,
        now: datetime,
        revocations_url: str | None = None,
    ) -> Self:
        """Makes an authority in an empty folder.

        Raises:
            InputError: the folder is not empty, or the fleet's name cannot stand in a topic.
            StorageError: it cannot be written.
        """
        identity.check_name(fleet)
        if directory.exists() and any(directory.iterdir()):
            raise InputError(
                f"{directory} is not empty.", "Name a new folder; an authority is never overwritten."
            )
        key = certificates.make_key()
        certificate = certificates.root(key, fleet, now)
        lock = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock)
        files.write(directory / KEY_FILE, pem, files.SECRET)
        directory.chmod(0o700)
        files.write(directory / identity.ROOT_FILE, certificate.public_bytes(Encoding.PEM))
        made = cls(directory, certificate, key, Register(fleet=fleet, revocations_url=revocations_url))
        made._settle(made.register, now)
        return made

    @classmethod
    def open(cls, directory: Path, passphrase: str | None) -> Self:
        """The authority of a folder, ready to sign.

        Raises:
            InputError: there is none, or its files were damaged.
            PolicyError: the passphrase is wrong.
        """
        book = register.load(directory)
        pem = files.read(directory / KEY_FILE)
        locked = b"ENCRYPTED" in pem
        try:
            key = load_pem_private_key(pem, passphrase.encode() if passphrase and locked else None)
            certificate = x509.load_pem_x509_certificate(files.read(directory / identity.ROOT_FILE))
        except (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion) as error:
            if locked:
                raise PolicyError(
                    f"The passphrase does not open {directory / KEY_FILE}.", "Type it again."
                ) from error
            raise InputError(
                f"{directory / KEY_FILE} is no private key.", "Put its backup in its place."
            ) from error
        if not isinstance(key, ec.EllipticCurvePrivateKey) or certificate.public_key() != key.public_key():
            raise InputError(
                f"Key and certificate in {directory} do not belong together.",
                "Put their backup in their place.",
            )
        return cls(directory, certificate, key, book)

    def enrol(
        self,
        name: str,
        role: Role,
        now: datetime,
        *,
        lists: tuple[str, ...] = (),
        hosts: tuple[str, ...] = (),
        days: int | None = None,
        request: bytes | None = None,
    ) -> Path:
        """Takes a member in, and writes the folder that it is to be given.

        Args:
            name: who; a name belongs to one role for ever.
            role: what for.
            now: UTC.
            lists: hotlists that a car may fetch; all of its fleet when there is none.
            hosts: host names and addresses under which a broker is reached.
            days: how long its certificate is good; by role when not given.
            request: what ``anpr enrol request`` wrote in a car that keeps its key to itself.

        Raises:
            InputError: a name or a host cannot be used, or the request is none.
            PolicyError: the name has a certificate that still opens the broker, or had another role.
        """
        for one in (name, *lists):
            identity.check_name(one)
        if role is Role.BROKER:
            _check_hosts(hosts)
        member = Member(name=name, role=role, lists=lists, hosts=hosts)
        known = self.register.member(name)
        if known is not None and known.role is not role:
            raise PolicyError(
                f"{name} was enrolled as {known.role} before.",
                "Choose another name: what is recorded under a name must always mean the same.",
            )
        good_until = max((one.ends for one in self.register.alive(name) if one.ends > now), default=None)
        if good_until is not None:
            raise PolicyError(
                f"{name} holds a certificate that is good until {good_until:%Y-%m-%d}.",
                "Renew it with `anpr enrol renew`, or revoke it first when its key is lost or stolen.",
            )
        key = certificates.make_key() if request is None else None
        public = key.public_key() if key is not None else requests.accept(request or b"", name)
        # The key of a certificate that was revoked, if one still lies there.
        (self.folder(name) / identity.KEY_FILE).unlink(missing_ok=True)
        others = tuple(one for one in self.register.members if one.name != name)
        book = self.register.model_copy(update={"members": (*others, member)})
        return self._issue(book, member, public, key, now=now, days=days)

    def renew(self, name: str, now: datetime, *, days: int | None = None) -> Path:
        """Gives a member a newer certificate for the key it has: nothing of it is secret.

        Raises:
            InputError: there is no such member.
            PolicyError: its certificate was revoked.
        """
        member, newest = self._known(name)
        if newest.revoked_at is not None:
            raise PolicyError(
                f"The certificate of {name} was revoked.", f"Enrol it anew: anpr enrol {member.role} {name}."
            )
        held = x509.load_pem_x509_certificate(files.read(self._archived(newest.serial)))
        public = held.public_key()
        assert isinstance(public, ec.EllipticCurvePublicKey)  # noqa: S101 - we made it so
        return self._issue(self.register, member, public, None, now=now, days=days)

    def revoke(self, name: str, now: datetime) -> int:
        """Shuts a member out for good: every certificate it was ever given; returns how many.

        Raises:
            InputError: there is no such member.
            PolicyError: it is shut out already.
        """
        self._known(name)
        now = now.replace(microsecond=0)
        alive = {one.serial for one in self.register.alive(name)}
        if not alive:
            raise PolicyError(f"{name} is shut out already.", "There is nothing to revoke.")
        issued = tuple(
            one.model_copy(update={"revoked_at": now}) if one.serial in alive else one
            for one in self.register.issued
        )
        self._settle(self.register.model_copy(update={"issued": issued}), now)
        return len(alive)

    def folder(self, name: str) -> Path:
        """What the member of that name is to be given."""
        return self.directory / MEMBERS / name

    def _issue(
        self,
        book: Register,
        member: Member,
        public: ec.EllipticCurvePublicKey,
        key: ec.EllipticCurvePrivateKey | None,
        *,
        now: datetime,
        days: int | None,
    ) -> Path:
        begins, ends = certificates.lifetime(now, days or DAYS[member.role])
        made = certificates.leaf(
            member,
            public,
            (self._certificate, self._key),
            begins=begins,
            ends=ends,
            revocations_url=book.revocations_url,
        )
        pem = made.public_bytes(Encoding.PEM)
        issued = Issued(serial=f"{made.serial_number:x}", name=member.name, begins=begins, ends=ends)
        # Archived before it is given to anybody: what is not in the book could never be revoked.
        files.write(self._archived(issued.serial), pem)
        self._settle(book.model_copy(update={"issued": (*book.issued, issued)}), now)
        folder = self.folder(member.name)
        if key is not None:
            secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            files.write(folder / identity.KEY_FILE, secret, files.SECRET)
        files.write(folder / identity.ROOT_FILE, self._certificate.public_bytes(Encoding.PEM))
        files.write(folder / identity.CERTIFICATE_FILE, pem)
        return folder

    def _settle(self, book: Register, now: datetime) -> None:
        """Writes the register, and what every broker goes by: the revocation list and the access rules."""
        book = book.model_copy(update={"revocations": book.revocations + 1})
        revoked = certificates.revocations(
            (self._certificate, self._key), book.issued, book.revocations, now, book.revocations_url
        ).public_bytes(Encoding.PEM)
        register.save(self.directory, book)
        self.register = book
        brokers = [one for one in book.members if one.role is Role.BROKER]
        for folder in (self.directory, *(self.folder(one.name) for one in brokers)):
            files.write(folder / files.REVOKED_FILE, revoked)
            files.write(folder / files.MOSQUITTO_FILE, acl.mosquitto(book.fleet, book.members).encode())
            files.write(folder / files.EMQX_FILE, acl.emqx(book.fleet, book.members).encode())

    def _known(self, name: str) -> tuple[Member, Issued]:
        member, newest = self.register.member(name), self.register.newest(name)
        if member is None or newest is None:
            raise InputError(
                f"Nobody of the name {name} was enrolled in fleet {self.register.fleet}.",
                "See who was with `anpr enrol status`.",
            )
        return member, newest

    def _archived(self, serial: str) -> Path:
        return self.directory / ARCHIVE / f"{serial}.pem"


def _check_hosts(hosts: Sequence[str]) -> None:
    if not hosts:
        raise InputError(
            "A broker's certificate names the hosts under which it is reached.",
            "Give --host once for each name or address, for example --host broker.example.org.",
        )
    for host in hosts:
        try:
            ipaddress.ip_address(host)
        except ValueError:
            if not _HOST.fullmatch(host):
                raise InputError(f"{host!r} is no host.", "Give a host name or an address.") from None
