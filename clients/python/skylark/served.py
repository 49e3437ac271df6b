"""One call or server stream that is served, from its arguments to its end (clauses RPC-CALL-*, RPC-SERVER-STREAM-*)."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from typing import Any

from . import context
from .connection import Connection
from .errors import ProtocolError, SkylarkError, UnreadableValue, UnsendableValue
from .frames import WINDOW_BYTES, Kind
from .messages import Request, descends_from_retry, read_request_values, write_failure
from .offer import Offered
from .values import UNDEFINED, encode


class Served:
    """Runs a handler in a task of its own, which the caller, the deadline or a drain may end."""

    def __init__(
        self,
        link: Connection,
        stream: int,
        offered: Offered,
        bytes_max: int,
        ended: Callable[[Served], None],
        *,
        one_way: bool = False,
    ) -> None:
        self.stream = stream
        self.offered = offered
        self._link = link
        self._bytes_max = bytes_max
        self._ended = ended
        self._one_way = one_way
        self._task: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._is_over = False
        self._credit = WINDOW_BYTES
        self._more = asyncio.Event()

    def start(self, request: Request, payload: bytes, caller: str) -> None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + request.remaining_ms / 1000 if request.remaining_ms else None
        try:
            metadata, arguments = read_request_values(payload)
            self.offered.bind(arguments)
        except UnreadableValue as unreadable:
            return self.fail(SkylarkError("invalid_argument", str(unreadable), "PROTOCOL", not_executed=True))
        except SkylarkError as misfit:
            return self.fail(misfit)
        call = context.Call(caller, metadata, deadline, descends_from_retry(request))
        if deadline is not None:
            late = SkylarkError("deadline_exceeded", f"{self._name} took longer than its caller waits")
            self._timer = loop.call_at(deadline, self.abort, late)
        self._task = asyncio.ensure_future(self._run(call, arguments))

    def grant(self, payload: bytes) -> None:
        if len(payload) != 4:
            raise ProtocolError("credit is a number of four bytes")
        self._credit += int.from_bytes(payload, "big")
        if self._credit > WINDOW_BYTES:
            raise ProtocolError("more credit was given back than was sent")
        self._more.set()

    def abort(self, error: SkylarkError) -> None:
        """Answers with this, whatever the handler does, and cancels it."""
        if not self._is_over:
            self.fail(error)
            self.cancel()

    def cancel(self) -> None:
        """The caller gave up, or is gone: nothing is answered."""
        self._end()
        if self._task:
            self._task.cancel()

    def fail(self, error: SkylarkError) -> None:
        if self._end() and not self._one_way:
            self._link.send(Kind.FAILURE, self.stream, write_failure(error))

    @property
    def _name(self) -> str:
        return f"{self.offered.service}.{self.offered.entry.name}"

    def _end(self) -> bool:
        """Whether it was not over before."""
        was_over, self._is_over = self._is_over, True
        if self._timer:
            self._timer.cancel()
        if not was_over:
            self._ended(self)
        return not was_over

    async def _run(self, call: context.Call, arguments: list[Any]) -> None:
        context.current.set(call)
        try:
            if self.offered.entry.shape == "unary":
                await self._answer(arguments)
            else:
                await self._stream(arguments)
        except asyncio.CancelledError:
            self._end()
        except SkylarkError as error:
            # the promise and the spent retries of calls made here are not those of this one
            self.fail(SkylarkError(error.code, error.message, error.reason, error.details, retries_spent=error.retries_spent))
        except Exception as error:  # noqa: BLE001: whatever a handler throws is its caller's to know
            self.fail(SkylarkError("unknown", f"{self._name} failed: {type(error).__name__}: {error}"))

    async def _answer(self, arguments: list[Any]) -> None:
        result = self.offered.function(*arguments)
        if inspect.isawaitable(result):
            result = await result
        payload = self._encoded(UNDEFINED if self.offered.answers_nothing and result is None else result)
        if self._end() and not self._one_way:
            self._link.send(Kind.RESPONSE, self.stream, payload)

    async def _stream(self, arguments: list[Any]) -> None:
        self._link.send(Kind.CREDIT, self.stream, bytes(4))
        messages = self.offered.function(*arguments)
        try:
            while True:
                await self._may_send()
                try:
                    payload = self._encoded(await anext(messages))
                except StopAsyncIteration:
                    break
                self._credit -= len(payload)
                self._link.send(Kind.MESSAGE, self.stream, payload)
        finally:
            await messages.aclose()
        if self._end():
            self._link.send(Kind.END, self.stream)

    async def _may_send(self) -> None:
        while self._credit <= 0:
            self._more.clear()
            await self._more.wait()
        await self._link.ready()
        await asyncio.sleep(0)  # one that never waits shall not keep others from their turns

    def _encoded(self, value: Any) -> bytes:
        try:
            payload = encode(value)
        except UnsendableValue as unsendable:
            raise SkylarkError("internal", f"a result of {self._name} {unsendable}") from unsendable
        if len(payload) > self._bytes_max:
            message = f"a result of {self._name} takes {len(payload)} bytes; its caller takes {self._bytes_max}"
            raise SkylarkError("resource_exhausted", message, "MESSAGE_TOO_LARGE")
        return payload
