"""A key that is made where it is used, and the request that travels in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from anpr.errors import InputError, PolicyError
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


def accept(pem: bytes, name: str) -> ec.EllipticCurvePublicKey:
    """The key of a request, after it was found to be whole and of that name.

    Raises:
        InputError: it is no request of ours.
        PolicyError: it is of another name.
    """
    try:
        request = x509.load_pem_x509_csr(pem)
        sound = request.is_signature_valid
        public = request.public_key()
    except (ValueError, InvalidSignature, UnsupportedAlgorithm, x509.InvalidVersion) as error:
        raise InputError(
            "The file given with --request is no request.", "Name what `anpr enrol request` wrote in the car."
        ) from error
    if not sound or not isinstance(public, ec.EllipticCurvePublicKey) or public.curve.name != "secp256r1":
        raise InputError(
            "The request does not come from `anpr enrol request`: another kind of key, or altered.",
            "Make a new one in the car.",
        )
    asked = certificates.common_name(request.subject)
    if asked != name:
        raise PolicyError(
            f"The request is of {asked or 'nobody'}, not of {name}.", "Give the name that stands in it."
        )
    return public
