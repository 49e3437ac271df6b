"""The dialled end of a connection: its handshake, and the calls that are served on it."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Protocol

from .connection import Connection
from .errors import ProtocolError, SkylarkError
from .frames import CALLS_MAX, MESSAGE_BYTES_MAX, Kind
from .messages import VERSION, Hello, Request, Service, Welcome
from .messages import is_one_way, read_hello, read_names, read_request_head, write_failure
from .offer import Offered
from .served import Served
from .values import encode


class Provider(Protocol):
    """What a connection asks of its server."""

    instance: str
    #: Seconds from accepting a connection to the end of its handshake.
    handshake_timeout: float
    services: tuple[Service, ...]
    #: Names of services that are leaving, and of those that take no more calls.
    leaving: frozenset[str]
    left: frozenset[str]

    #: Calls that go one way, which outlive their connections.
    one_way: set[Served]

    def method(self, method_id: int) -> Offered | None: ...

    def drained(self, connection: ServerConnection) -> None: ...

    def ended(self, served: Served) -> None: ...


class ServerConnection:
    def __init__(self, provider: Provider, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, first: bytes) -> None:
        self._provider = provider
        self._link = Connection(reader, writer, self, message_bytes_max=MESSAGE_BYTES_MAX, first=first)
        self._hello: Hello | None = None
        self.served: dict[int, Served] = {}

    @property
    def is_ready(self) -> bool:
        return self._hello is not None and not self._link.is_closed

    async def run(self) -> Exception | None:
        """Until the connection ends; answers with what broke it, if something did."""
        limit = asyncio.get_running_loop().call_later(self._provider.handshake_timeout, self._expect_hello)
        try:
            return await self._link.run()
        finally:
            limit.cancel()
            for each in list(self.served.values()):
                each.cancel()

    def drain(self, names: Collection[str]) -> None:
        self._link.send(Kind.DRAIN, 0, encode(list(names)))

    async def close(self, why: SkylarkError) -> None:
        await self._link.close(write_failure(why))

    def expects(self, kind: Kind, stream: int) -> bool:
        if self._hello is None and kind is not Kind.HELLO:
            raise ProtocolError(f"the peer began with {kind.name} instead of HELLO")
        return kind in (Kind.HELLO, Kind.REQUEST, Kind.DRAINED, Kind.GOODBYE)

    def received(self, kind: Kind, stream: int, payload: bytes) -> None:
        if self._hello is None:
            if kind is not Kind.HELLO:
                raise ProtocolError(f"the peer began with {kind.name} instead of HELLO")
            return self._greet(read_hello(payload))
        match kind:
            case Kind.REQUEST:
                self._serve(stream, payload)
            case Kind.CANCEL:
                self._link.forget(stream)
                if stream in self.served:
                    self.served[stream].cancel()
            case Kind.CREDIT:
                if stream in self.served:
                    self.served[stream].grant(payload)
            case Kind.MESSAGE | Kind.END | Kind.FAILURE:
                pass  # of streams in both directions, which this side does not offer
            case Kind.DRAINED:
                read_names(payload)
                self._provider.drained(self)
            case Kind.GOODBYE:
                self._link.hang_up()
            case _:
                raise ProtocolError(f"{kind.name} does not belong to this side of a connection")

    def _greet(self, hello: Hello) -> None:
        own = self._provider.instance
        if hello.version != VERSION:
            message = f"this side speaks version {VERSION} of the protocol, the caller {hello.version}"
            return self._send_away(SkylarkError("failed_precondition", message, "PROTOCOL", not_executed=True))
        if hello.instance not in (None, own):
            message = f"instance {hello.instance} was dialled, but {own} answers here"
            details = {"answered": own}
            return self._send_away(SkylarkError("unavailable", message, "WRONG_INSTANCE", details, not_executed=True))
        self._hello = hello
        welcome = Welcome(VERSION, own, self._provider.services, MESSAGE_BYTES_MAX)
        self._link.send(Kind.WELCOME, 0, welcome.encode())
        if self._provider.leaving:
            self.drain(self._provider.leaving)

    def _send_away(self, why: SkylarkError) -> None:
        self._closing = asyncio.ensure_future(self.close(why))

    def _expect_hello(self) -> None:
        if self._hello is None:
            self._link.hang_up()

    def _serve(self, stream: int, payload: bytes) -> None:
        request = read_request_head(payload)
        if stream == 0:
            raise ProtocolError("a request came on stream 0, which belongs to the connection")
        if stream in self.served:
            raise ProtocolError(f"stream {stream} is in use")
        offered = self._provider.method(request.method)
        if offered is None:
            return self._refuse(stream, request, SkylarkError("unimplemented", "no such method is here", not_executed=True))
        if refusal := self._refusal(offered):
            return self._refuse(stream, request, refusal)
        one_way = is_one_way(request) and offered.entry.shape == "unary"
        hello = self._hello or Hello(VERSION)
        served = Served(self._link, stream, offered, hello.message_bytes_max, self._ended, one_way=one_way)
        if one_way:
            self._provider.one_way.add(served)
        else:
            self.served[stream] = served
        served.start(request, payload, hello.name)

    def _refuse(self, stream: int, request: Request, refusal: SkylarkError) -> None:
        if not is_one_way(request):
            self._link.send(Kind.FAILURE, stream, write_failure(refusal))

    def _refusal(self, offered: Offered) -> SkylarkError | None:
        if offered.service in self._provider.left:
            return SkylarkError("unavailable", f'"{offered.service}" is leaving', "DRAINING", not_executed=True)
        if len(self.served) + len(self._provider.one_way) >= CALLS_MAX:
            message = f"{CALLS_MAX} calls are in flight on this connection"
            return SkylarkError("resource_exhausted", message, not_executed=True)
        return None

    def _ended(self, served: Served) -> None:
        if self.served.get(served.stream) is served:
            del self.served[served.stream]
        self._provider.ended(served)
