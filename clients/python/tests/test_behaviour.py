"""What vectors cannot show: both sides of this package with each other, and with peers that mean harm."""

from __future__ import annotations

import asyncio
import logging
import re
import unittest
from collections.abc import AsyncIterator
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

from skylark import Client, Server, SkylarkError, call, connect, idempotent
from skylark.frames import PREFACE, Kind, frame
from skylark.messages import Hello
from skylark.offer import Offer

PATIENCE_S = 120


class Desk:
    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.left = asyncio.Event()
        self.onward: Client | None = None

    async def hold(self) -> None:
        self.begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.left.set()

    @idempotent
    def add(self, one: int, other: int) -> int:
        return one + other

    def request_id(self) -> str:
        return call().request_id

    async def remaining(self) -> Any:
        """What a call made while this one is served is given."""
        assert self.onward is not None
        return await self.onward.call("desk", "deadline", timeout=1000)

    def deadline(self) -> bool:
        ends_at = call().deadline
        return ends_at is not None and ends_at - asyncio.get_running_loop().time() < 500

    async def endless(self) -> AsyncIterator[bytes]:
        try:
            while True:
                yield bytes(10_000)
        finally:
            self.left.set()


class Behaviour(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self) -> None:
        logging.disable(logging.WARNING)
        self.addCleanup(logging.disable, logging.NOTSET)
        self.desk = Desk()
        self.server = Server(Offer("desk", self.desk, "1"), handshake_timeout=PATIENCE_S)
        await self.server.listen("127.0.0.1", 0)
        self.client = await connect(self.server.address, connect_timeout=PATIENCE_S)
        self.desk.onward = self.client

    async def asyncTearDown(self) -> None:
        await self.client.close()
        await self.server.drain(patience=0)

    async def test_refuses_arguments_that_do_not_fit(self) -> None:
        with self.assertRaises(SkylarkError) as raised:
            await self.client.call("desk", "add", 1, timeout=PATIENCE_S)
        self.assertEqual((raised.exception.code, raised.exception.not_executed), ("invalid_argument", True))

    async def test_names_what_cannot_be_sent(self) -> None:
        with self.assertRaisesRegex(SkylarkError, "an argument of desk.add is a set"):
            await self.client.call("desk", "add", 1, {2}, timeout=PATIENCE_S)

    async def test_hands_on_the_request_and_its_time(self) -> None:
        metadata = {"skylark.request": "r-1"}
        self.assertEqual(await self.client.call("desk", "request_id", metadata=metadata, timeout=PATIENCE_S), "r-1")
        self.assertTrue(await self.client.call("desk", "remaining", timeout=PATIENCE_S))

    async def test_ends_a_stream_that_is_left(self) -> None:
        async with await self.client.stream("desk", "endless") as messages:
            async for _ in messages:
                break
        await self.desk.left.wait()

    async def test_drains_with_a_receipt(self) -> None:
        held = asyncio.ensure_future(self.client.call("desk", "hold", timeout=PATIENCE_S))
        await self.desk.begun.wait()
        receipt = await self.server.drain(notice=PATIENCE_S, patience=0)
        self.assertEqual((receipt.told, receipt.confirmed, receipt.abandoned), (1, 1, 1))
        with self.assertRaises(SkylarkError) as raised:
            await held
        self.assertEqual((raised.exception.code, raised.exception.not_executed), ("unavailable", False))

    async def test_finishes_what_goes_one_way_without_a_word(self) -> None:
        host, port = self.server.address.split(":")
        _, writer = await asyncio.open_connection(host, port)
        request = bytes.fromhex("0000010400000000") + b"\x90"  # hold(), whose id is 0
        writer.write(PREFACE + frame(Kind.HELLO, 0, Hello(1, "raw").encode()) + frame(Kind.REQUEST, 1, request))
        await self.desk.begun.wait()
        writer.close()
        receipt = await self.server.drain(patience=0)
        self.assertEqual(receipt.abandoned, 1)
        await self.desk.left.wait()

    async def test_cuts_off_whoever_means_harm_and_nobody_else(self) -> None:
        hello = frame(Kind.HELLO, 0, Hello(1, "harm").encode())
        deep = frame(Kind.HELLO, 0, b"\x91" * 10_000)
        long = frame(Kind.HELLO, 0, b"\xdf\xff\xff\xff\xff")
        short = frame(Kind.REQUEST, 1, b"\0\0")
        announced = b"\xff\xff\xff\x08\0\0\0\1"
        for harm in (b"\x16\x03\x01", PREFACE + announced, PREFACE + deep, PREFACE + long, PREFACE + hello + short):
            with self.subTest(harm=harm[:24]):
                host, port = self.server.address.split(":")
                reader, writer = await asyncio.open_connection(host, port)
                writer.write(harm)
                async with asyncio.timeout(PATIENCE_S):
                    while await reader.read(65_536):
                        pass
                writer.close()
        self.assertEqual(await self.client.call("desk", "add", 1, 2, timeout=PATIENCE_S), 3)


class Readme(unittest.TestCase):
    def test_its_program_runs_as_it_stands_there(self) -> None:
        page = (Path(__file__).parents[1] / "README.md").read_text()
        (program,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
        for quick, patient in (("timeout=2", "timeout=120"), ("server.address)", "server.address, connect_timeout=120)")):
            self.assertIn(quick, program)
            program = program.replace(quick, patient)
        printed = StringIO()
        with redirect_stdout(printed):
            exec(compile(program, "README.md", "exec"), {"__name__": "__main__"})
        self.assertEqual(printed.getvalue(), "hello, Ada\n")
