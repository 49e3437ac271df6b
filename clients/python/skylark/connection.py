"""One connection: frames in, frames out, signs of life (clauses RPC-FRAME-*, RPC-ALIVE-*). Both sides are made of it."""

from __future__ import annotations

import asyncio
from typing import Protocol

from .errors import ProtocolError
from .frames import Assembly, FrameReader, Kind
from .outbox import Outbox

_READ_BYTES = 256 * 1024


class Owner(Protocol):
    """Who gets the messages. Both raise ProtocolError where the peer broke the protocol."""

    def expects(self, kind: Kind, stream: int) -> bool:
        """Whether a message that begins in pieces is wanted."""

    def received(self, kind: Kind, stream: int, payload: bytes) -> None: ...


class Connection:
    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        owner: Owner,
        *,
        message_bytes_max: int,
        keep_alive_s: float = 5.0,
        first: bytes = b"",
    ) -> None:
        self._reader = reader
        self._owner = owner
        self._frames = FrameReader()
        self._assembly = Assembly(message_bytes_max, owner.expects)
        self._outbox = Outbox(writer, self._break)
        self._keep_alive_s = keep_alive_s
        #: What was read before it was known that this is the protocol spoken.
        self._first = first
        self._heard_at = 0.0
        self._why: Exception | None = None
        self._closed = asyncio.Event()
        peer = writer.get_extra_info("peername")
        self.peer = f"{peer[0]}:{peer[1]}" if isinstance(peer, tuple) else "a unix socket"

    @property
    def is_closed(self) -> bool:
        return self._closed.is_set()

    def send(self, kind: Kind, stream: int, payload: bytes = b"") -> None:
        if self.is_closed:
            return
        try:
            self._outbox.send(kind, stream, payload)
        except ProtocolError as broken:
            self._break(broken)

    async def ready(self) -> None:
        """Waits while the peer takes less than is sent."""
        try:
            await self._outbox.ready()
        except OSError as lost:
            self._break(lost)

    def forget(self, stream: int) -> None:
        """Nobody waits for what has come in part on this stream, nor for what has not left on it."""
        self._assembly.forget(stream)
        self._outbox.forget(stream)

    async def run(self) -> Exception | None:
        """Reads until the connection ends; answers with what broke it, if something did."""
        asked = asyncio.ensure_future(self._keep_alive())
        closed = asyncio.ensure_future(self._closed.wait())
        reading = asyncio.ensure_future(self._read())
        try:
            await asyncio.wait([reading, closed], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (asked, closed, reading):
                task.cancel()
            self._closed.set()
            self._outbox.close()
        return self._why

    async def close(self, goodbye: bytes) -> None:
        """In order: behind everything that waits to be sent, or when that does not move for two seconds."""
        self.send(Kind.GOODBYE, 0, goodbye)
        try:
            await asyncio.wait_for(self._outbox.flushed(), 2)
        except (OSError, TimeoutError):
            pass
        self._closed.set()

    def hang_up(self) -> None:
        self._closed.set()

    def _break(self, why: Exception) -> None:
        self._why = self._why or why
        self._closed.set()

    async def _read(self) -> None:
        try:
            chunk = self._first or await self._reader.read(_READ_BYTES)
            while chunk:
                self._heard_at = asyncio.get_running_loop().time()
                for kind, stream, payload in self._frames.push(chunk):
                    self._take(kind, stream, payload)
                    if self.is_closed:
                        return
                chunk = await self._reader.read(_READ_BYTES)
            self._break(ConnectionResetError("the peer has hung up"))
        except (ProtocolError, OSError) as why:
            self._break(why)

    def _take(self, kind: int, stream: int, payload: bytes) -> None:
        whole = self._assembly.take(kind, stream, payload)
        if whole is None:
            return
        if whole[0] is Kind.PING:
            self.send(Kind.PONG, stream)
        elif whole[0] is not Kind.PONG:
            self._owner.received(whole[0], stream, whole[1])

    async def _keep_alive(self) -> None:
        loop = asyncio.get_running_loop()
        self._heard_at = max(self._heard_at, loop.time())
        while True:
            await asyncio.sleep(max(0.01, self._heard_at + self._keep_alive_s - loop.time()))
            asked_at = loop.time()
            if self._heard_at + self._keep_alive_s > asked_at:
                continue
            self.send(Kind.PING, 0)
            await asyncio.sleep(self._keep_alive_s)
            slept = loop.time() - asked_at
            # who wakes far too late was asleep himself, and asks again
            if self._heard_at < asked_at and slept < 1.5 * self._keep_alive_s:
                return self._break(ConnectionResetError(f"nothing was heard for {2 * self._keep_alive_s:g} s"))
