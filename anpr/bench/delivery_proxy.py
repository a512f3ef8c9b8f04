"""A TCP proxy that cuts, stalls and throttles lines, so that a bad link can be had on one machine."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

CHUNK_BYTES = 1024
HOST = "127.0.0.1"


@dataclass(slots=True)
class _Line:
    """One way to the broker: what is done to it, and the connections on it."""

    port: int = 0
    cut: bool = False
    bytes_per_s: float | None = None
    writers: set[asyncio.StreamWriter] = field(default_factory=set)
    flowing: asyncio.Event = field(default_factory=asyncio.Event)


class Proxy:
    """Lines to one port on this machine, each with a port of its own. Works in a thread of its own.

    Args:
        upstream: the port that every line leads to; nothing needs to listen there yet.
    """

    def __init__(self, upstream: int) -> None:
        self._upstream = upstream
        self._lines: dict[str, _Line] = {}
        self._servers: list[asyncio.Server] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def open(self, name: str) -> int:
        """Makes a line and returns the port where it begins."""
        return asyncio.run_coroutine_threadsafe(self._open(name), self._loop).result(10)

    def cut(self, name: str) -> None:
        """Breaks the line's connections in the middle of whatever they carry; new ones break at once."""
        self._do(self._cut, name)

    def stall(self, name: str) -> None:
        """Lets nothing through, and says nothing of it: a tunnel."""
        self._do(lambda line: line.flowing.clear(), name)

    def throttle(self, name: str, bytes_per_s: float) -> None:
        """Lets so much through in each direction."""
        self._do(lambda line: setattr(line, "bytes_per_s", bytes_per_s), name)

    def heal(self, name: str) -> None:
        """Undoes all of it."""
        self._do(self._heal, name)

    def _do(self, change: Callable[[_Line], None], name: str) -> None:
        self._loop.call_soon_threadsafe(change, self._lines[name])

    @staticmethod
    def _cut(line: _Line) -> None:
        line.cut = True
        line.flowing.set()
        for writer in line.writers:
            writer.transport.abort()

    @staticmethod
    def _heal(line: _Line) -> None:
        line.cut, line.bytes_per_s = False, None
        line.flowing.set()

    async def _open(self, name: str) -> int:
        line = self._lines[name] = _Line()
        line.flowing.set()

        async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            if task is not None:
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
            with suppress(OSError, asyncio.CancelledError):
                await self._carry(line, reader, writer)
            writer.transport.abort()

        server = await asyncio.start_server(accept, HOST, 0)
        self._servers.append(server)
        line.port = int(server.sockets[0].getsockname()[1])
        return line.port

    async def _carry(self, line: _Line, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if line.cut:
            return
        there, thither = await asyncio.open_connection(HOST, self._upstream)
        line.writers |= {writer, thither}
        ways = [
            asyncio.create_task(self._pump(line, reader, thither)),
            asyncio.create_task(self._pump(line, there, writer)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            line.writers -= {writer, thither}
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            thither.transport.abort()

    @staticmethod
    async def _pump(line: _Line, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(CHUNK_BYTES if line.bytes_per_s else 64 * CHUNK_BYTES):
            await line.flowing.wait()
            if line.bytes_per_s:
                await asyncio.sleep(len(data) / line.bytes_per_s)
            writer.write(data)
            await writer.drain()

    async def _close(self) -> None:
        for server in self._servers:
            server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
