"""A web server for large lists on this machine: TLS by an authority of its own, and a count of transfers."""

from __future__ import annotations

import ipaddress
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from anpr.config import ListServerSettings
from anpr.errors import LinkError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from starlette.types import Receive, Scope, Send

START_S: Final = 20.0
HOST: Final = "127.0.0.1"


@dataclass(slots=True)
class ListServer:
    """What a car is told of it, and how many transfers it began."""

    settings: ListServerSettings
    begun: list[str]

    def transfers(self) -> int:
        """Transfers so far."""
        return len(self.begun)


@contextmanager
def serving(shelf: Path, papers: Path) -> Iterator[ListServer]:
    """Gives out a folder under ``/lists`` over HTTPS until the block ends.

    Raises:
        LinkError: it does not start.
    """
    import uvicorn
    from starlette.applications import Starlette
    from starlette.routing import Mount
    from starlette.staticfiles import StaticFiles

    certificate, key = _papers(papers)
    shelf.mkdir(parents=True, exist_ok=True)
    begun: list[str] = []
    files = StaticFiles(directory=shelf)

    async def counted(scope: Scope, receive: Receive, send: Send) -> None:
        begun.append(scope["path"])
        await files(scope, receive, send)

    config = uvicorn.Config(
        Starlette(routes=[Mount("/lists", app=counted)]),
        host=HOST,
        port=0,
        log_config=None,
        access_log=False,
        ssl_certfile=str(certificate),
        ssl_keyfile=str(key),
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, name="list-server", daemon=True)
    thread.start()
    deadline = threading.Event()
    waited_s = 0.0
    while not server.started:
        if not thread.is_alive() or waited_s > START_S:
            raise LinkError("The web server for large lists did not start.", "Read the lines above.")
        deadline.wait(0.05)
        waited_s += 0.05
    port = server.servers[0].sockets[0].getsockname()[1]
    yield ListServer(ListServerSettings(url=f"https://{HOST}:{port}/lists", ca=certificate), begun)
    server.should_exit = True
    thread.join(10)


def _papers(folder: Path) -> tuple[Path, Path]:
    """A certificate that vouches for itself, and its key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
    from cryptography.x509.oid import NameOID

    folder.mkdir(parents=True)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "bench")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HOST))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, key_file = folder / "server.pem", folder / "server.key"
    certificate.write_bytes(made.public_bytes(Encoding.PEM))
    key_file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return certificate, key_file
