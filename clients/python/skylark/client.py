"""Calls, from wherever a service is found."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from . import registry as registries
from .address import host_and_port
from .client_connection import ClientConnection
from .context import DEFAULT_TIMEOUT_S, metadata_of, remaining_s
from .errors import SkylarkError
from .incoming import IncomingStream


async def connect(
    address: str | None = None, *, registry: str | None = None, name: str = "python", connect_timeout: float = 3.0
) -> Client:
    """A client of the process at `host:port`, or of whoever a registry (`http://host:port`) knows.

    `name` is what this program calls itself; `connect_timeout` limits dialling and handshake together. The client is an async context manager, or wants `close()`.
    """
    if (address is None) == (registry is None):
        raise ValueError("connect takes an address or a registry: one of them")
    client = Client(name, address, registry, connect_timeout)
    if address is not None:
        await client.dial(address)
    return client


class Client:
    """One connection to each process that it calls. It makes no second attempt: what failed is the caller's to judge."""

    def __init__(self, name: str, address: str | None, registry: str | None, connect_timeout: float = 3.0) -> None:
        self._name = name
        self._address = address
        self._registry = registry
        self._connect_timeout = connect_timeout
        self._connections: dict[str, ClientConnection] = {}
        self._dialling: dict[str, asyncio.Task[ClientConnection]] = {}

    async def call(
        self,
        service: str,
        method: str,
        *arguments: Any,
        timeout: float | None = DEFAULT_TIMEOUT_S,
        metadata: dict[str, str] | None = None,
    ) -> Any:
        """The result. Raises SkylarkError; `deadline_exceeded` after so many seconds, or those of the call being served."""
        seconds = remaining_s(timeout)
        deadline = None if seconds is None else asyncio.get_running_loop().time() + seconds
        async with _ending_in_time(f"{service}.{method}", deadline):
            connection = await self._pick(service, deadline)
            return await connection.call(service, method, arguments, deadline, metadata_of(metadata))

    async def stream(
        self,
        service: str,
        method: str,
        *arguments: Any,
        timeout: float | None = None,
        metadata: dict[str, str] | None = None,
    ) -> IncomingStream:
        """The messages of a server stream. `timeout` is that of the whole stream."""
        seconds = remaining_s(timeout)
        deadline = None if seconds is None else asyncio.get_running_loop().time() + seconds
        beginning = asyncio.get_running_loop().time() + DEFAULT_TIMEOUT_S if deadline is None else deadline
        async with _ending_in_time(f"{service}.{method}", beginning):
            connection = await self._pick(service, beginning)
        return connection.stream(service, method, arguments, deadline, metadata_of(metadata))

    async def dial(self, address: str) -> ClientConnection:
        """The connection to this address; one dials, and all who want it wait for that."""
        known = self._connections.get(address)
        if known and known.is_open:
            return known
        dialling = self._dialling.get(address)
        if dialling is None:
            host, port = host_and_port(address)
            dialling = asyncio.ensure_future(ClientConnection.dial(host, port, self._name, None, self._connect_timeout))
            self._dialling[address] = dialling
            dialling.add_done_callback(lambda _: self._dialling.pop(address, None))
        connection = self._connections[address] = await asyncio.shield(dialling)
        return connection

    async def close(self) -> None:
        for dialling in self._dialling.values():
            dialling.cancel()
        await asyncio.gather(*(each.close() for each in self._connections.values() if each.is_open))

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _pick(self, service: str, deadline: float | None) -> ClientConnection:
        """A connection over which the service is offered. Where a registry is asked, it waits for an instance."""
        pause = 0.1
        while True:
            try:
                return await self._reach(service)
            except SkylarkError as nobody:
                is_late = deadline is not None and asyncio.get_running_loop().time() + pause >= deadline
                if self._registry is None or nobody.code != "unavailable" or is_late:
                    raise
            await asyncio.sleep(pause)
            pause = min(2 * pause, 1.0)

    async def _reach(self, service: str) -> ClientConnection:
        """One that stands, else one to whoever is known."""
        standing = [each for each in self._connections.values() if each.offers(service)]
        if standing:
            return random.choice(standing)
        failures: list[SkylarkError] = []
        for address in await self._addresses(service):
            try:
                connection = await self.dial(address)
            except SkylarkError as failure:
                failures.append(failure)
                continue
            if connection.offers(service) or self._registry is None:
                return connection
        why = f": {failures[-1].message}" if failures else ""
        raise SkylarkError("unavailable", f'no instance of "{service}" can be reached{why}', "NO_INSTANCE", not_executed=True)

    async def _addresses(self, service: str) -> list[str]:
        if self._address is not None:
            return [self._address]
        found = await registries.find(str(self._registry), service)
        random.shuffle(found)
        return found


@asynccontextmanager
async def _ending_in_time(what: str, deadline: float | None) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout_at(deadline):
            yield
    except TimeoutError as late:
        raise SkylarkError("deadline_exceeded", f"{what} took longer than it may") from late
