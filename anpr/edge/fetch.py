"""Lists too large for a message, from a web server: by their hash, and never more than was announced."""

from __future__ import annotations

import http.client
import ssl
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from anpr.errors import ConfigError, LinkError, StorageError
from anpr.fleet import identity

if TYPE_CHECKING:
    import threading
    from pathlib import Path

    from anpr.config import ListServerSettings

TIMEOUT_S: Final = 30.0
PIECE_BYTES: Final = 64 * 1024
LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
PART: Final = ".part"


class Fetcher:
    """Fetches packed lists from one address. A broken transfer goes on where it stopped, over restarts too.

    What arrives is not trusted: whoever asked compares it with the signed hash.

    Args:
        settings: the address, and by which certificates.
        folder: where a transfer that is not finished is kept.

    Raises:
        ConfigError: the address, or what says whom to believe, cannot be used.
    """

    def __init__(self, settings: ListServerSettings, folder: Path) -> None:
        self._folder = folder
        self._address = settings.url.rstrip("/")
        parts = urlsplit(self._address)
        if parts.scheme != "https" and (parts.scheme, parts.hostname in LOOPBACK) != ("http", True):
            raise ConfigError(
                f"Lists cannot be fetched from {self._address!r}.",
                "Give list_server.url as https://HOST/lists; plain http:// is for this machine alone.",
            )
        self._settings = settings
        self._opener()

    def fetch(self, sha256: str, length: int, stop: threading.Event) -> bytes | None:
        """The bytes under a hash; None when it was told to stop.

        Args:
            sha256: the name of the file.
            length: how many bytes it has; one more ends the transfer.
            stop: ends it between two pieces; what has come is kept.

        Raises:
            LinkError: the server cannot be reached, or does not give the file.
            StorageError: the disk refuses.
        """
        part = self._folder / f"{sha256}{PART}"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            for other in self._folder.glob(f"*{PART}"):
                if other != part:
                    other.unlink()
            data = self._transfer(part, f"{self._address}/{sha256}", length, stop)
            if data is not None:
                part.unlink(missing_ok=True)
        except (
            http.client.HTTPException,
            urllib.error.URLError,
            TimeoutError,
            ConnectionError,
            ssl.SSLError,
        ) as error:
            reason = getattr(error, "reason", None) or error
            raise LinkError(
                f"The list cannot be fetched from {self._address}: {reason}.",
                "It is tried again by itself; check the web server and list_server in the settings.",
            ) from error
        except OSError as error:
            raise StorageError(
                f"{part} cannot be kept: {error.strerror}.", "Free some disk space."
            ) from error
        return data

    def _transfer(self, part: Path, address: str, length: int, stop: threading.Event) -> bytes | None:
        have = part.stat().st_size if part.exists() else 0
        if have >= length:
            part.unlink()
            have = 0
        request = urllib.request.Request(address, headers={"Range": f"bytes={have}-"} if have else {})  # noqa: S310
        with self._opener().open(request, timeout=TIMEOUT_S) as answer:
            resumed = answer.status == http.client.PARTIAL_CONTENT and _begins_at(answer.headers, have)
            with part.open("ab" if resumed else "wb") as file:
                size = file.tell()
                while piece := answer.read(PIECE_BYTES):
                    if stop.is_set():
                        return None
                    size += len(piece)
                    if size > length:
                        break
                    file.write(piece)
        if size != length:
            if size > length:
                part.unlink()
            raise http.client.IncompleteRead(b"", length - min(size, length))
        return part.read_bytes()

    def _opener(self) -> urllib.request.OpenerDirector:
        # Made for each transfer, so that a renewed certificate is taken up.
        handlers: list[urllib.request.BaseHandler] = [_NoRedirects(), urllib.request.ProxyHandler({})]
        if self._address.startswith("https:"):
            handlers.append(urllib.request.HTTPSHandler(context=_context(self._settings)))
        return urllib.request.build_opener(*handlers)


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """The address is what the settings say, and nowhere else."""

    def redirect_request(self, *_: object) -> None:
        return None


def _begins_at(headers: http.client.HTTPMessage, byte: int) -> bool:
    return headers.get("Content-Range", "").startswith(f"bytes {byte}-")


def _context(settings: ListServerSettings) -> ssl.SSLContext:
    if settings.identity is not None:
        return identity.context(settings.identity)
    try:
        made = ssl.create_default_context(cafile=settings.ca)
    except OSError as error:
        raise ConfigError(
            f"{settings.ca} holds no certificate that can be believed: {error}.", "Check list_server.ca."
        ) from error
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    return made
