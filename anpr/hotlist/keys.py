"""Key files of the people and machines that sign hotlists: a private half, locked, and a public half."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from securesystemslib.signer import CryptoSigner, Key, SSlibKey

from anpr.errors import InputError, PolicyError
from anpr.hotlist.ranks import Rank

PERSON: Final = "x-anpr-person"
"""Whose key it is; stands in the public half and so in the signed root."""
RANK: Final = "x-anpr-rank"
"""The rank that the ceremony gave that person; stands in the signed root, and nowhere else."""
PRIVATE: Final = ".pem"
PUBLIC: Final = ".pub"


def make(path: Path, person: str, passphrase: str | None) -> SSlibKey:
    """Makes a key pair: ``path`` (readable by its owner alone) and the public half beside it.

    Args:
        path: the private half; its name ends in .pem.
        person: whose key it is.
        passphrase: locks the file; None leaves it open.

    Raises:
        InputError: the file is there already, has another ending, or cannot be written.
    """
    if path.suffix != PRIVATE:
        raise InputError(f"{path} is no name for a key file.", f"Let it end in {PRIVATE}.")
    signer = CryptoSigner.generate_ed25519()
    key = signer.public_key
    key.unrecognized_fields[PERSON] = person
    lock = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
    private = load_pem_private_key(signer.private_bytes, None).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, lock
    )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(private)
        public = json.dumps({"keyid": key.keyid, "key": key.to_dict()}, indent=1)
        path.with_suffix(PUBLIC).write_text(public + "\n", encoding="utf-8")
    except FileExistsError as error:
        raise InputError(
            f"There is a key at {path} already.", "Name another file; a key is never overwritten."
        ) from error
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}.", "Name a folder of yours.") from error
    return key


def public(path: Path) -> Key:
    """The public half of a key, from its .pub file.

    Raises:
        InputError: it is none.
    """
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        return Key.from_dict(held["keyid"], held["key"])
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.", "Check the path.") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"{path} is no public key.", f"Name the {PUBLIC} file that `anpr hotlist key` wrote."
        ) from error


def appointed(signer: str) -> Key:
    """A person's public key with the rank that the ceremony gives them.

    Args:
        signer: the .pub file, then perhaps ``=`` and a rank. What rank the file claims does not count.

    Raises:
        InputError: it is no key, or there is no such rank.
    """
    name, equals, said = signer.rpartition("=") if "=" in signer else (signer, "", "")
    key = public(Path(name))
    key.unrecognized_fields.pop(RANK, None)
    if equals:
        if said not in set(Rank):
            raise InputError(f"There is no rank {said!r}.", f"Use one of {', '.join(Rank)}.")
        key.unrecognized_fields[RANK] = said
    return key


def rank(key: Key) -> Rank | None:
    """The rank of its owner; None when the ceremony gave none."""
    said = key.unrecognized_fields.get(RANK)
    return Rank(said) if said in set(Rank) else None


def is_locked(path: Path) -> bool:
    """Whether a passphrase is needed to sign with the key.

    Raises:
        InputError: the file cannot be read.
    """
    return b"ENCRYPTED" in _bytes(path)


def signer(path: Path, passphrase: str | None) -> CryptoSigner:
    """What signs with the private key in ``path``.

    Raises:
        InputError: it is no private key.
        PolicyError: the passphrase is wrong.
    """
    pem = _bytes(path)
    locked = b"ENCRYPTED" in pem
    try:
        private = load_pem_private_key(pem, passphrase.encode() if passphrase and locked else None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        if locked:
            raise PolicyError(f"The passphrase does not open {path}.", "Type it again.") from error
        raise InputError(
            f"{path} is no private key.", f"Name the {PRIVATE} file that `anpr hotlist key` wrote."
        ) from error
    return CryptoSigner(private, SSlibKey.from_crypto(private.public_key()))


def person(key: Key) -> str:
    """Whose key it is."""
    return str(key.unrecognized_fields.get(PERSON, "unnamed"))


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(
            f"{path} cannot be read: {error.strerror}.", "Check the path and its rights."
        ) from error
