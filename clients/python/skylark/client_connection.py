"""The dialling end of a connection: its handshake, the calls and streams under way on it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from . import context
from .connection import Connection
from .errors import ProtocolError, SkylarkError, UnreadableValue, UnsendableValue, connection_lost
from .frames import CALLS_MAX, MESSAGE_BYTES_MAX, Kind
from .incoming import IncomingStream
from .messages import VERSION, Hello, Method, Request, Service
from .messages import read_failure, read_names, read_table, read_welcome, retry_flag, write_failure, write_request
from .value_reader import decode
from .values import UNDEFINED, encode

_STREAM_ID_MAX = 0xFFFF_FFFF


class ClientConnection:
    def __init__(self) -> None:
        self._calls: dict[int, tuple[str, asyncio.Future[Any]]] = {}
        self._streams: dict[int, IncomingStream] = {}
        self._services: dict[str, Service] = {}
        self._draining: set[str] = set()
        self._last_id = 0
        self._bytes_max = MESSAGE_BYTES_MAX

    @classmethod
    async def dial(cls, host: str, port: int, name: str, instance: str | None, timeout: float = 3.0) -> ClientConnection:
        """Raises `unavailable` where nobody answers in time, or somebody else."""
        self = cls()
        try:
            async with asyncio.timeout(timeout):
                reader, writer = await asyncio.open_connection(host, port)
                self._link = Connection(reader, writer, self, message_bytes_max=MESSAGE_BYTES_MAX)
                self._welcomed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
                self._running = asyncio.ensure_future(self._run())
                self._link.send(Kind.HELLO, 0, Hello(VERSION, name, instance).encode())
                await self._welcomed
        except (OSError, TimeoutError) as why:
            if hasattr(self, "_link"):
                self._link.hang_up()
            message = f"{host}:{port} does not answer: {str(why) or f'within {timeout:g} s'}"
            raise connection_lost(message, not_executed=True) from why
        return self

    @property
    def is_open(self) -> bool:
        return not self._link.is_closed

    def offers(self, service: str) -> bool:
        """Whether a new call of this service may go here."""
        return self.is_open and service in self._services and service not in self._draining

    async def call(
        self, service: str, method: str, arguments: Sequence[Any], deadline: float | None, metadata: dict[str, str]
    ) -> Any:
        name = f"{service}.{method}"
        found = self._method(service, method, "unary")
        payload = self._request(name, found, arguments, deadline, metadata)
        stream = self._free_id()
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._calls[stream] = (name, future)
        self._link.send(Kind.REQUEST, stream, payload)
        try:
            return await future
        except asyncio.CancelledError:
            self._give_up(stream)
            raise
        finally:
            self._calls.pop(stream, None)

    def stream(
        self, service: str, method: str, arguments: Sequence[Any], deadline: float | None, metadata: dict[str, str]
    ) -> IncomingStream:
        name = f"{service}.{method}"
        found = self._method(service, method, "server-stream")
        payload = self._request(name, found, arguments, deadline, metadata)
        stream = self._free_id()

        def credit(taken: int) -> None:
            self._link.send(Kind.CREDIT, stream, taken.to_bytes(4, "big"))

        def cancelled() -> None:
            if self._streams.pop(stream, None):
                self._give_up(stream)

        def expire() -> None:
            if self._streams.get(stream) is incoming and not (deadline is None and incoming.has_begun):
                del self._streams[stream]
                self._give_up(stream)
                incoming.finish(SkylarkError("deadline_exceeded", f"{name} took longer than it may"))

        loop = asyncio.get_running_loop()
        ends_at = loop.time() + context.DEFAULT_TIMEOUT_S if deadline is None else deadline
        incoming = self._streams[stream] = IncomingStream(name, credit, cancelled, loop.call_at(ends_at, expire))
        self._link.send(Kind.REQUEST, stream, payload)
        return incoming

    async def close(self) -> None:
        goodbye = SkylarkError("unavailable", "the caller has closed", "CONNECTION_LOST")
        await self._link.close(write_failure(goodbye))
        await self._running

    def expects(self, kind: Kind, stream: int) -> bool:
        match kind:
            case Kind.MESSAGE:
                return stream in self._streams
            case Kind.RESPONSE:
                return stream in self._calls
            case Kind.FAILURE:
                return stream in self._calls or stream in self._streams
        return True

    def received(self, kind: Kind, stream: int, payload: bytes) -> None:
        match kind:
            case Kind.WELCOME | Kind.GOODBYE:
                self._greeted(kind, payload)
            case Kind.TABLE:
                self._learn(read_table(payload))
            case Kind.DRAIN:
                self._draining.update(read_names(payload))
                self._link.send(Kind.DRAINED, 0, payload)
            case Kind.RESPONSE:
                if stream in self._streams:
                    raise ProtocolError(f"the stream {stream} was answered as a call")
                self._answered(stream, payload)
            case Kind.FAILURE:
                self._failed(stream, read_failure(payload))
            case Kind.CREDIT | Kind.MESSAGE | Kind.END:
                self._flowed(kind, stream, payload)
            case _:
                raise ProtocolError(f"{kind.name} does not belong to this side of a connection")

    def _greeted(self, kind: Kind, payload: bytes) -> None:
        if kind is Kind.GOODBYE:
            if not self._welcomed.done():
                self._welcomed.set_exception(read_failure(payload))
            return self._link.hang_up()
        welcome = read_welcome(payload)
        if welcome.version != VERSION:
            raise ProtocolError(f"the provider speaks version {welcome.version} of the protocol")
        self._bytes_max = welcome.message_bytes_max
        self._learn(welcome.services)
        if not self._welcomed.done():
            self._welcomed.set_result(None)

    def _learn(self, services: Sequence[Service]) -> None:
        before, self._services = self._services, {each.name: each for each in services}
        # offered again after it left: under new ids
        self._draining -= {name for name, each in self._services.items() if before.get(name) != each}

    def _answered(self, stream: int, payload: bytes) -> None:
        name, future = self._calls.get(stream, ("", None))
        if future is None or future.done():
            return
        try:
            value = decode(payload)
            future.set_result(None if value is UNDEFINED else value)
        except UnreadableValue as unreadable:
            message = f"the result of {name} cannot be read: {unreadable}"
            future.set_exception(SkylarkError("internal", message, "PROTOCOL"))

    def _failed(self, stream: int, error: SkylarkError) -> None:
        _, future = self._calls.get(stream, ("", None))
        incoming = self._streams.pop(stream, None)
        if incoming:
            incoming.finish(error)
        elif future and not future.done():
            future.set_exception(error)

    def _flowed(self, kind: Kind, stream: int, payload: bytes) -> None:
        incoming = self._streams.get(stream)
        if kind is Kind.CREDIT and len(payload) != 4:
            raise ProtocolError("credit is a number of four bytes")
        if incoming is None:
            return
        if kind is Kind.CREDIT:
            incoming.begin()
        elif kind is Kind.MESSAGE:
            incoming.receive(payload)
        else:
            del self._streams[stream]
            incoming.finish(None)

    def _method(self, service: str, method: str, shape: str) -> Method:
        offered = self._services.get(service)
        found = next((each for each in offered.methods if each.name == method), None) if offered else None
        if found is None:
            what = f'service "{service}"' if offered is None else f"method {service}.{method}"
            raise SkylarkError("unimplemented", f"{self._link.peer} offers no {what}", not_executed=True)
        if found.shape != shape:
            message = f"{service}.{method} is {found.shape}, not {shape}"
            raise SkylarkError("failed_precondition", message, "WRONG_SHAPE", not_executed=True)
        return found

    def _request(
        self, name: str, method: Method, arguments: Sequence[Any], deadline: float | None, metadata: dict[str, str]
    ) -> bytes:
        served = context.current.get()
        left = None if deadline is None else deadline - asyncio.get_running_loop().time()
        flags = retry_flag(served is not None and served.descends_from_retry)
        try:
            encoded = encode(list(arguments))
        except UnsendableValue as unsendable:
            message = f"an argument of {name} {unsendable}"
            raise SkylarkError("invalid_argument", message, not_executed=True) from unsendable
        payload = write_request(Request(method.id, 1, flags, context.to_ms(left)), metadata, encoded)
        if len(payload) - 8 > self._bytes_max:
            message = f"the arguments of {name} take {len(payload) - 8} bytes; {self._link.peer} takes {self._bytes_max}"
            raise SkylarkError("resource_exhausted", message, "MESSAGE_TOO_LARGE", not_executed=True)
        if not self.is_open:
            raise connection_lost(f"the connection to {self._link.peer} is gone", not_executed=True)
        return payload

    def _free_id(self) -> int:
        if len(self._calls) + len(self._streams) >= CALLS_MAX:
            raise SkylarkError("resource_exhausted", f"{CALLS_MAX} calls are under way", not_executed=True)
        while True:
            self._last_id = self._last_id % _STREAM_ID_MAX + 1
            if self._last_id not in self._calls and self._last_id not in self._streams:
                return self._last_id

    def _give_up(self, stream: int) -> None:
        self._link.forget(stream)
        self._link.send(Kind.CANCEL, stream)

    async def _run(self) -> None:
        why = await self._link.run()
        message = f"the connection to {self._link.peer} is gone" + (f": {why}" if why else "")
        if not self._welcomed.done():
            self._welcomed.set_exception(ConnectionResetError(message))
        for _, future in self._calls.values():
            if not future.done():
                future.set_exception(connection_lost(message))
        for incoming in self._streams.values():
            incoming.finish(SkylarkError("unavailable", message, "CONNECTION_LOST"))
        self._streams.clear()
