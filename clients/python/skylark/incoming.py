"""The messages of a server stream as its reader takes them (clauses RPC-SERVER-STREAM-*, RPC-STREAM-3 to RPC-STREAM-5)."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Any

from .errors import ProtocolError, SkylarkError, UnreadableValue
from .frames import WINDOW_BYTES
from .value_reader import decode


class IncomingStream(AsyncIterator[Any]):
    """`async for` it; `async with` it where the loop may be left early, or `aclose()` it. Whoever stops reading holds the
    provider back."""

    def __init__(
        self, name: str, credit: Callable[[int], None], cancelled: Callable[[], None], timer: asyncio.TimerHandle
    ) -> None:
        self._name = name
        self._credit = credit
        self._cancelled = cancelled
        self._timer = timer
        self._messages: deque[bytes] = deque()
        self._window = WINDOW_BYTES
        self._taken = 0
        self._end: SkylarkError | StopAsyncIteration | None = None
        self._news = asyncio.Event()
        self.has_begun = False

    async def __aenter__(self) -> IncomingStream:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def __aiter__(self) -> IncomingStream:
        return self

    async def __anext__(self) -> Any:
        while not self._messages and self._end is None:
            self._news.clear()
            await self._news.wait()
        if not self._messages:
            end, self._end = self._end, StopAsyncIteration()
            raise end or StopAsyncIteration()
        payload = self._messages.popleft()
        self._give_back(len(payload))
        try:
            return decode(payload)
        except UnreadableValue as unreadable:
            message = f"a message of {self._name} cannot be read: {unreadable}"
            self._messages.clear()
            await self.aclose()
            raise SkylarkError("internal", message, "PROTOCOL") from unreadable

    async def aclose(self) -> None:
        """Leaves the stream; its handler ends."""
        self._messages.clear()
        if self._end is None:
            self._end = StopAsyncIteration()
            self._timer.cancel()
            self._cancelled()
        self._news.set()

    def begin(self) -> None:
        self.has_begun = True

    def receive(self, payload: bytes) -> None:
        if not self.has_begun:
            raise ProtocolError("a message came on a stream that has not begun")
        if self._window <= 0:
            raise ProtocolError("a message came without credit")
        self._window -= len(payload)
        self._messages.append(payload)
        self._news.set()

    def finish(self, error: SkylarkError | None) -> None:
        """No more will come; what has arrived can still be read."""
        if self._end is None:
            self._end = error or StopAsyncIteration()
            self._timer.cancel()
            self._news.set()

    def _give_back(self, taken: int) -> None:
        self._taken += taken
        if self._taken < WINDOW_BYTES // 2 or self._end is not None:
            return
        self._window += self._taken
        self._credit(self._taken)
        self._taken = 0
