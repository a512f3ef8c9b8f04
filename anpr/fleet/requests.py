"""A key that is made where it is used, and the request that travels in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from anpr.errors import InputError
from anpr.fleet import certificates, files, identity

if TYPE_CHECKING:
    from pathlib import Path

REQUEST_FILE: Final = "request.pem"
ANSWER: Final = f"{identity.ROOT_FILE} and {identity.CERTIFICATE_FILE}"


def make(folder: Path, name: str) -> Path:
    """Makes a key in a member's own folder; returns the path of the request.

    Raises:
        InputError: the name cannot be used, or there is a key already.
        StorageError: the folder cannot be written.
    """
    identity.check_name(name)
    if (folder / identity.KEY_FILE).exists():
        raise InputError(
            f"There is a key in {folder} already.", "Name another folder; a key is never overwritten."
        )
    key = certificates.make_key()
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    files.write(folder / identity.KEY_FILE, secret, files.SECRET)
    path = folder / REQUEST_FILE
    files.write(path, certificates.request(key, name).public_bytes(Encoding.PEM))
    return path
