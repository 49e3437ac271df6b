"""What waits to be sent on a connection (clauses RPC-LARGE-1, RPC-LARGE-2, RPC-HOSTILE-4)."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from .errors import ProtocolError
from .frames import FRAGMENT_BYTES, HELD_BYTES_MAX, PREFACE, frame, pieces


class Outbox:
    """Small messages leave at once, between the pieces of large ones; the messages of one stream one after another."""

    def __init__(self, writer: asyncio.StreamWriter, failed: Callable[[Exception], None]) -> None:
        self._writer = writer
        self._failed = failed
        #: Frames by stream, where a message that was cut has not left.
        self._waiting: dict[int, deque[bytes]] = {}
        self._waiting_bytes = 0
        self._pump: asyncio.Task[None] | None = None
        writer.write(PREFACE)

    def send(self, kind: int, stream: int, payload: bytes = b"") -> None:
        """Raises ProtocolError when the peer has not read for too long: its connection is closed."""
        waiting = self._waiting.get(stream)
        if len(payload) <= FRAGMENT_BYTES and waiting is None:
            self._check(len(payload))
            self._writer.write(frame(kind, stream, payload))
            return
        self._check(len(payload))
        if waiting is None:
            waiting = self._waiting[stream] = deque()
        for piece in pieces(kind, stream, payload):
            waiting.append(piece)
            self._waiting_bytes += len(piece)
        if self._pump is None:
            self._pump = asyncio.ensure_future(self._run())

    def forget(self, stream: int) -> None:
        """Drops what of a message to this stream has not left; the rest of one in pieces is passed over there."""
        waiting = self._waiting.pop(stream, None)
        if waiting:
            self._waiting_bytes -= sum(map(len, waiting))

    async def ready(self) -> None:
        """The connection takes more, as far as the system is concerned."""
        await self._writer.drain()

    async def flushed(self) -> None:
        """Everything has gone to the system, or the connection is lost."""
        if self._pump:
            await asyncio.wait([self._pump])
        await self._writer.drain()

    def close(self) -> None:
        if self._pump:
            self._pump.cancel()
        self._waiting.clear()
        self._writer.close()

    def _check(self, more: int) -> None:
        held = self._waiting_bytes + self._writer.transport.get_write_buffer_size()
        if held + more > HELD_BYTES_MAX:
            raise ProtocolError(f"the peer does not read: {held} bytes wait for it")

    async def _run(self) -> None:
        try:
            while self._waiting:
                for stream, waiting in list(self._waiting.items()):
                    if self._waiting.get(stream) is not waiting:
                        continue  # forgotten meanwhile
                    piece = waiting.popleft()
                    self._waiting_bytes -= len(piece)
                    if not waiting:
                        del self._waiting[stream]
                    self._writer.write(piece)
                    await self._writer.drain()
        except OSError as lost:
            self._failed(lost)
        finally:
            self._pump = None
