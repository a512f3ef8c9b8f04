"""What a broker goes by at its door, as ``anpr enrol`` wrote it: certificate, revocations, access rules."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from anpr.errors import ConfigError
from anpr.fleet import files, identity
from anpr.fleet.register import Role

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

FILES: Final = (
    identity.ROOT_FILE,
    identity.CERTIFICATE_FILE,
    identity.KEY_FILE,
    files.REVOKED_FILE,
    files.MOSQUITTO_FILE,
)
REMIND: Final = timedelta(days=30)
_STEP: Final = "Copy the broker's whole folder from the authority again: members/NAME."


@dataclass(frozen=True, slots=True)
class DoorPapers:
    """One state of the folder.

    Attributes:
        contents: every file, byte by byte.
        revoked: serial numbers that open nothing any more.
        revoked_until: when this list of them runs out; a broker then lets nobody in.
        own: the broker's own certificate.
    """

    contents: tuple[bytes, ...]
    revoked: frozenset[int]
    revoked_until: datetime
    own: identity.Papers

    def warning(self, now: datetime) -> str:
        """What to tell a person about what ends soon; empty while all of it is far."""
        if now > self.revoked_until - REMIND:
            days = max(0, (self.revoked_until - now).days)
            return f"The revocations run out in {days} days, and then nobody is let in: copy newer ones"
        return self.own.warning(now)

    def install(self, folder: Path) -> None:
        """Copies the files to where Mosquitto reads them.

        It opens the revocation list anew for each visitor and lets nobody in while that is half written, so
        it never sees the folder that a person copies into.

        Raises:
            StorageError: they cannot be written.
        """
        for name, content in zip(FILES, self.contents, strict=True):
            files.write(folder / name, content, files.SECRET)


def read(folder: Path) -> DoorPapers:
    """Reads the folder and checks that a broker can start on it.

    Raises:
        ConfigError: a file is missing, half copied, or of somebody who is no broker.
    """
    from cryptography import x509

    try:
        contents = tuple((folder / name).read_bytes() for name in FILES)
    except OSError as error:
        raise ConfigError(f"{error.filename} cannot be read: {error.strerror}.", _STEP) from error
    own = identity.papers(folder)
    if own.role is not Role.BROKER:
        raise ConfigError(
            f"The certificate in {folder} is of {own.role} {own.name}, not of a broker.",
            "Make one with `anpr enrol broker NAME --host HOST`.",
        )
    try:
        ssl.create_default_context(
            ssl.Purpose.CLIENT_AUTH, cafile=folder / identity.ROOT_FILE
        ).load_cert_chain(folder / identity.CERTIFICATE_FILE, folder / identity.KEY_FILE)
        listed = x509.load_pem_x509_crl(contents[FILES.index(files.REVOKED_FILE)])
    except (OSError, ValueError) as error:
        raise ConfigError(f"The files in {folder} do not belong together: {error}.", _STEP) from error
    until = listed.next_update_utc
    if until is None:
        raise ConfigError(f"The revocations in {folder} have no end.", _STEP)
    return DoorPapers(contents, frozenset(one.serial_number for one in listed), until, own)
