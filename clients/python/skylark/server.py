"""A process that offers a service: it listens, serves, and leaves in order."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable
from dataclasses import dataclass
from uuid import uuid4

from . import registry as registries
from .address import written
from .door import answer_http
from .errors import SkylarkError
from .messages import Service
from .offer import Offer, Offered
from .served import Served
from .server_connection import ServerConnection

_log = logging.getLogger("skylark")


@dataclass
class Receipt:
    """How a drain went."""

    told: int = 0
    confirmed: int = 0
    ended: int = 0
    abandoned: int = 0


async def serve(
    name: str,
    target: object,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    version: str = "",
    registry: str | None = None,
) -> Server:
    """Offers the public functions of `target`, and registers them where a registry is named.

    `port` 0 lets the system choose. The server is an async context manager that drains, or wants `drain()`.
    """
    server = Server(Offer(name, target, version))
    await server.listen(host, port)
    try:
        if registry is not None:
            await server.register(registry)
    except BaseException:
        await server.drain(notice=0, patience=0)
        raise
    return server


class Server:
    def __init__(self, offer: Offer, instance: str | None = None, handshake_timeout: float = 5.0) -> None:
        self._offer = offer
        self.instance = instance or uuid4().hex[:12]
        self.handshake_timeout = handshake_timeout
        self.services: tuple[Service, ...] = (offer.service,)
        self.leaving: frozenset[str] = frozenset()
        self.left: frozenset[str] = frozenset()
        self.one_way: set[Served] = set()
        self._connections: set[ServerConnection] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._unconfirmed: set[ServerConnection] = set()
        self._changed = asyncio.Event()
        self._registration: registries.Registration | None = None
        self._receipt = Receipt()

    async def listen(self, host: str, port: int) -> None:
        self._listener = await asyncio.start_server(self._accept, host, port)
        #: `host:port`, where it is called.
        self.address = written(*self._listener.sockets[0].getsockname()[:2])

    async def register(self, registry: str) -> None:
        """From now on it is found: the registry asks it on the same port whether it is well."""
        registration = registries.Registration(registry, self._offer.service, f"http://{self.address}")
        self.instance = registration.instance
        await registration.enter()
        self._registration = registration

    async def until_signal(self) -> Receipt:
        """Serves until SIGTERM or SIGINT, then drains."""
        asked = asyncio.Event()
        loop = asyncio.get_running_loop()
        for each in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(each, asked.set)
        await asked.wait()
        return await self.drain()

    async def drain(self, *, notice: float = 2.0, patience: float = 30.0) -> Receipt:
        """Leaves in order (clauses RPC-DRAIN-*): unlisted first, then nobody calls any more, then what runs may end."""
        if self._registration is not None:
            registration, self._registration = self._registration, None
            await registration.leave()
        names = frozenset(each.name for each in self.services)
        self.leaving = names
        told = {each for each in self._connections if each.is_ready}
        self._unconfirmed = set(told)
        self._receipt = Receipt(told=len(told))
        for each in told:
            each.drain(names)
        await self._until(lambda: not self._unconfirmed, notice)
        self.left = names
        away = SkylarkError("unavailable", f"{', '.join(names)} is leaving", "DRAINING")
        for each in self._running("server-stream"):
            each.abort(away)
        await self._until(lambda: not self._running("unary"), patience)
        for each in self._running("unary"):
            self._receipt.abandoned += 1
            each.abort(SkylarkError("unavailable", f"{', '.join(names)} has left before this call ended"))
        closed = SkylarkError("unavailable", f"instance {self.instance} has closed", "CONNECTION_LOST")
        self._listener.close()
        await asyncio.gather(*(each.close(closed) for each in self._connections))
        if self._tasks:
            await asyncio.wait(self._tasks)
        return self._receipt

    async def __aenter__(self) -> Server:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.drain()

    def method(self, method_id: int) -> Offered | None:
        methods = self._offer.methods
        return methods[method_id] if method_id < len(methods) else None

    def drained(self, connection: ServerConnection) -> None:
        if connection in self._unconfirmed:
            self._unconfirmed.discard(connection)
            self._receipt.confirmed += 1
            self._changed.set()

    def ended(self, served: Served) -> None:
        self.one_way.discard(served)
        if self.left and served.offered.entry.shape == "unary":
            self._receipt.ended += 1
        self._changed.set()

    def _running(self, shape: str) -> list[Served]:
        served = [each for connection in self._connections for each in connection.served.values()] + list(self.one_way)
        return [each for each in served if each.offered.entry.shape == shape]

    async def _until(self, holds: Callable[[], bool], seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                while not holds():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            pass

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            first = await asyncio.wait_for(reader.read(4096), self.handshake_timeout)
            if first[:1].isalpha():
                await asyncio.wait_for(answer_http(reader, writer, first), self.handshake_timeout)
            elif first:
                await self._speak(reader, writer, first)
        except (OSError, TimeoutError):
            pass  # it said nothing, or is gone
        finally:
            writer.close()
            self._tasks.discard(task)

    async def _speak(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, first: bytes) -> None:
        connection = ServerConnection(self, reader, writer, first)
        self._connections.add(connection)
        try:
            why = await connection.run()
            if why is not None and not isinstance(why, OSError):
                _log.warning("%s: %s", writer.get_extra_info("peername"), why)
        finally:
            self._connections.discard(connection)
            self._unconfirmed.discard(connection)
            self._changed.set()
