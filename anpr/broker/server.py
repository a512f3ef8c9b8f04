"""Runs Mosquitto as a child: for the demo, for tests, and for a small centre."""

from __future__ import annotations

import getpass
import shutil
import signal
import socket
import subprocess
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self

from anpr import log
from anpr.broker import papers
from anpr.broker.config import LOOPBACK, BrokerConfig
from anpr.errors import ConfigError, LinkError

if TYPE_CHECKING:
    import threading
    from pathlib import Path
    from types import TracebackType

PROGRAM_PATH = "/usr/local/sbin:/usr/sbin:/sbin:/opt/homebrew/sbin"
"""Debian and others keep daemons where an ordinary user's PATH does not look."""
START_TIMEOUT_S = 15.0
STOP_TIMEOUT_S = 10.0
ATTEMPTS_AT_A_FREE_PORT = 5
LOOK_S = 2.0
"""How long a revocation that lies on the disk may go unnoticed."""

_log = log.get("broker")


def find_mosquitto() -> str:
    """The path of the Mosquitto program.

    Raises:
        LinkError: it is not installed.
    """
    found = shutil.which("mosquitto") or shutil.which("mosquitto", path=PROGRAM_PATH)
    if found is None:
        raise LinkError(
            "The MQTT broker Mosquitto is not installed on this machine.",
            "Install it with `sudo apt install mosquitto`, or point broker.host at one that runs elsewhere.",
        )
    return found


class Broker:
    """A Mosquitto that keeps its data in ``directory`` and can be killed and started again on it.

    Args:
        directory: configuration, persistence file and log; made when missing.
        port: TCP port; 0 takes a free one, which is then kept over restarts.
        listen: address to listen on.
        identity: folder of the broker's certificate; None for plain MQTT on this machine.

    Raises:
        ConfigError: the directory cannot be written, or the identity is not whole.
        PolicyError: plain MQTT was to listen beyond this machine.
        LinkError: Mosquitto is missing or does not start; its own reason is in the sentence.
    """

    def __init__(
        self, directory: Path, port: int = 0, listen: str = LOOPBACK, identity: Path | None = None
    ) -> None:
        self.directory = directory
        self.port = port
        self.listen = listen
        self.identity = identity
        self.papers = papers.read(identity) if identity else None
        self.log_path = directory / "mosquitto.log"
        self._config(port)  # refuses plain MQTT beyond this machine before anything is written
        self._program = find_mosquitto()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        """Whether the process is alive."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """Mosquitto's process id; 0 while it does not run."""
        return self._process.pid if self._process is not None else 0

    @property
    def host(self) -> str:
        """Where a client on this machine reaches it."""
        return LOOPBACK if self.listen in {"0.0.0.0", "::"} else self.listen  # noqa: S104 - compared only

    def start(self) -> None:
        """Starts Mosquitto and returns once it accepts connections."""
        if self.running:
            return
        if self.port:
            self._start_on(self.port)
            return
        for attempt in range(1, ATTEMPTS_AT_A_FREE_PORT + 1):
            port = _check_free(self.listen, 0)
            try:
                self._start_on(port)
            except LinkError:
                if attempt == ATTEMPTS_AT_A_FREE_PORT:
                    raise
            else:
                self.port = port
                return

    def tend(self, stop: threading.Event) -> int:
        """Minds the papers until told to stop, or until Mosquitto ends by itself; returns its exit code."""
        warned = ""
        while not stop.wait(LOOK_S):
            warning = self.papers.warning(datetime.now(UTC)) if self.papers is not None else ""
            if warning not in {"", warned}:
                _log.warning(warning, next_step="Renew at the authority: anpr enrol renew; copy the folder.")
            warned = warning
            code = self._process.poll() if self._process is not None else 0
            if code is not None:
                return code
            self.renew()
        return 0

    def renew(self) -> None:
        """Takes up what the authority changed.

        Mosquitto reads certificate, revocations and access rules anew on SIGHUP, but lets whoever is
        connected stay. A revocation therefore starts it anew: cars are back within seconds, one of them not.
        """
        if self.identity is None or self.papers is None:
            return
        try:
            newer = papers.read(self.identity)
        except ConfigError as error:
            # Half copied, most likely; the next look sees it whole.
            _log.warning(error.message, next_step=error.next_step)
            return
        if newer.contents == self.papers.contents:
            return
        shut_out = newer.revoked - self.papers.revoked
        self.papers = newer
        newer.install(self._config(self.port).papers)
        if shut_out:
            _log.info("certificates revoked, starting Mosquitto anew", count=len(shut_out))
            self.restart()
        elif self._process is not None:
            _log.info("papers changed, read again")
            self._process.send_signal(signal.SIGHUP)

    def stop(self) -> None:
        """Ends Mosquitto politely: it saves its memory first."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.kill()
        self._process = None

    def kill(self) -> None:
        """SIGKILL: what a power cut looks like to everybody else."""
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        self._process = None

    def restart(self) -> None:
        """Starts again on the same data and port; stops it first when it runs."""
        self.stop()
        self.start()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _config(self, port: int) -> BrokerConfig:
        return BrokerConfig(
            self.directory, port, self.listen, getpass.getuser(), secured=self.papers is not None
        )

    def _start_on(self, port: int) -> None:
        config_path = self.directory / "mosquitto.conf"
        config = self._config(port)
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            config_path.write_text(config.text(), encoding="utf-8")
            if self.papers is not None:
                self.papers.install(config.papers)
            log = self.log_path.open("ab")
        except OSError as error:
            raise ConfigError(
                f"The broker's directory {self.directory} cannot be written: {error.strerror}.",
                "Give one you may write to with --dir.",
            ) from error
        with log:
            _check_free(self.listen, port)
            from_byte = log.tell()
            # A group of its own: Ctrl-C reaches the one who started us, who then ends things in order.
            self._process = subprocess.Popen(
                [self._program, "-c", str(config_path)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                process_group=0,
            )
        deadline = time.monotonic() + START_TIMEOUT_S
        while self._process.poll() is not None or not _accepts(self.host, port):
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise LinkError(
                    f"Mosquitto does not start on port {port}: {self._reason(from_byte)}.",
                    f"The whole log is in {self.log_path}.",
                )
            time.sleep(0.02)

    def _reason(self, from_byte: int) -> str:
        lines = self.log_path.read_bytes()[from_byte:].decode("utf-8", "replace").splitlines()
        said = [line.partition(": ")[2] or line for line in lines if "rror" in line] or lines[-1:]
        return "; ".join(said).rstrip(".") or "it said nothing"


def _check_free(listen: str, port: int) -> int:
    """Binds for a moment, as Mosquitto will; returns the port, a free one for 0."""
    family = socket.AF_INET6 if ":" in listen else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((listen, port))
            probe.listen()
        except OSError as error:
            raise LinkError(
                f"The broker cannot listen on port {port} of {listen}: {error.strerror}.",
                "Choose another with --port, or stop the program that holds it.",
            ) from error
        return int(probe.getsockname()[1])


def _accepts(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False
