"""The conversations of conformance/rpc, with this package as the provider and as the caller."""

from __future__ import annotations

import asyncio
import logging
import unittest
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

from skylark import Client, IncomingStream, SkylarkError
from skylark.offer import Offer
from skylark.server import Server

from .player import Player
from .test_vectors import failure_fields
from .vectors import marked, read, revived

#: Against a standstill, and no check.
PATIENCE_S = 120


class Target:
    """The service of the conversations, its methods in their order."""

    async def echo(self, value: Any) -> Any:
        return value

    async def fail(self, what: Any) -> None:
        raise SkylarkError("not_found", f"there is no {what}", details={"id": what})

    async def hold(self) -> None:
        await asyncio.Event().wait()

    async def count(self, most: int) -> AsyncIterator[int]:
        for each in range(1, most + 1):
            yield each

    async def flood(self) -> AsyncIterator[bytes]:
        while True:
            yield bytes(10_000)


class Conversations(unittest.IsolatedAsyncioTestCase):
    def setUp(self) -> None:
        logging.disable(logging.WARNING)  # peers break the protocol here, and are told so
        self.addCleanup(logging.disable, logging.NOTSET)

    async def test_as_the_provider(self) -> None:
        for conversation in read("conversations.json"):
            if conversation["under"] == "provider":
                with self.subTest(conversation["clauses"], name=conversation["name"]):
                    async with asyncio.timeout(PATIENCE_S):
                        await self.provide(conversation["steps"])

    async def test_as_the_caller(self) -> None:
        for conversation in read("conversations.json"):
            if conversation["under"] == "caller":
                with self.subTest(conversation["clauses"], name=conversation["name"]):
                    async with asyncio.timeout(PATIENCE_S):
                        await self.call(conversation["steps"])

    async def provide(self, steps: list[dict[str, Any]]) -> None:
        server = Server(Offer("target", Target(), "1"), "target-1", PATIENCE_S)
        await server.listen("127.0.0.1", 0)
        host, port = server.address.split(":")
        player = Player(*await asyncio.open_connection(host, port))
        try:
            for step in steps:
                await play(player, step)
        finally:
            await player.hang_up()
            await server.drain(patience=0)

    async def call(self, steps: list[dict[str, Any]]) -> None:
        accepted: asyncio.Future[Player] = asyncio.get_running_loop().create_future()
        listener = await asyncio.start_server(lambda *both: accepted.set_result(Player(*both)), "127.0.0.1", 0)
        address = "127.0.0.1:%d" % listener.sockets[0].getsockname()[1]
        client = Client("vectors", address, None, PATIENCE_S)
        done = Done(client)
        player = None
        try:
            dialling = asyncio.ensure_future(client.dial(address))
            player = await accepted
            for step in steps:
                if await done.take(step):
                    continue
                await play(player, step)
            await dialling
        finally:
            await done.close()
            await client.close()
            if player:
                await player.hang_up()
            listener.close()


async def play(player: Player, step: dict[str, Any]) -> None:
    match next(iter(step)):
        case "say":
            player.say(step["say"])
        case "hear":
            await player.hear(step["hear"])
        case "quiet":
            player.quiet(step["quiet"])
        case "closed":
            await player.closed()
        case unknown:
            raise AssertionError(f"nobody knows how to play {unknown}")


class Done:
    """What the caller under test was told to do, by name."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._calls: dict[str, asyncio.Task[Any]] = {}
        self._streams: dict[str, asyncio.Task[IncomingStream]] = {}

    async def take(self, step: dict[str, Any]) -> bool:
        """Whether it was a step of this side."""
        arguments = [revived(each) for each in step.get("arguments", ())]
        match next(iter(step)):
            case "call":
                called = self._client.call("target", step["method"], *arguments, timeout=PATIENCE_S)
                self._calls[step["call"]] = asyncio.ensure_future(called)
            case "watch":
                opened = self._client.stream("target", step["method"], *arguments)
                self._streams[step["watch"]] = asyncio.ensure_future(opened)
            case "cancel":
                await self._cancel(step["cancel"])
            case "outcome":
                await self._expect(step)
            case _:
                return False
        return True

    async def close(self) -> None:
        for task in (*self._calls.values(), *self._streams.values()):
            task.cancel()
            with suppress(asyncio.CancelledError, SkylarkError):
                await task

    async def _cancel(self, name: str) -> None:
        if name in self._streams:
            await (await self._streams[name]).aclose()
        else:
            self._calls[name].cancel()

    async def _expect(self, step: dict[str, Any]) -> None:
        became = await self._outcome(step["outcome"])
        if "error" in step:
            fields = failure_fields(became) if isinstance(became, SkylarkError) else {}
            expected: Any = revived(step["error"])
            became = {key: fields.get(key) for key in expected}
        else:
            expected = StopAsyncIteration if step.get("end") else revived(step.get("value"))
        if marked(became) != marked(expected):
            raise AssertionError(f"{step['outcome']} became {became!r:.200} instead of {expected!r:.200}")

    async def _outcome(self, name: str) -> Any:
        try:
            if name in self._streams:
                return await anext(await self._streams[name])
            return await self._calls[name]
        except SkylarkError as error:
            return error
        except StopAsyncIteration:
            return StopAsyncIteration
        except asyncio.CancelledError:
            return SkylarkError("cancelled", "the caller gave up")
