"""`python3 python_target.py provide <registry> | call <address or registry>`: what `target.ts` is, in Python."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2] / "clients" / "python"))

from skylark import BigInt, Client, SkylarkError, connect, serve  # noqa: E402


class Target:
    def __init__(self) -> None:
        self._left = 0

    async def echo(self, value: Any) -> Any:
        return value

    async def fail(self, what: int) -> None:
        raise SkylarkError("not_found", f"there is no {what}", details={"id": what})

    async def hold(self) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            self._left += 1

    def left(self) -> int:
        return self._left

    async def count(self, most: int) -> AsyncIterator[int]:
        for each in range(1, most + 1):
            yield each


async def values(client: Client) -> Any:
    at = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(milliseconds=5)
    value = {"at": at, "big": BigInt(2**60), "bytes": b"\0\xff", "list": [None, 1.5, "ü"]}
    echoed = await client.call("target", "echo", value, timeout=60)
    assert echoed == value and isinstance(echoed["big"], BigInt), echoed
    return [5, str(echoed["big"]), echoed["bytes"].hex(), echoed["list"]]


async def error(client: Client) -> Any:
    try:
        return await client.call("target", "fail", 7, timeout=60)
    except SkylarkError as failed:
        return [failed.code, failed.details]


async def deadline(client: Client) -> Any:
    try:
        return await client.call("target", "hold", timeout=0.05)
    except SkylarkError as failed:
        return failed.code


async def cancellation(client: Client) -> Any:
    before = await client.call("target", "left", timeout=60)
    held = asyncio.ensure_future(client.call("target", "hold", timeout=60))
    await client.call("target", "echo", "behind it", timeout=60)
    held.cancel()
    while await client.call("target", "left", timeout=60) == before:
        await asyncio.sleep(0.01)
    return "cancelled" if held.cancelled() else "not cancelled"


async def stream(client: Client) -> Any:
    total = 0
    async for each in await client.stream("target", "count", 1000):
        total += each
    async with await client.stream("target", "count", 1_000_000) as counted:
        async for each in counted:
            if each == 10:
                break
    return total


async def mebibyte(client: Client) -> Any:
    return len(await client.call("target", "echo", "a" * 2**20, timeout=60))


async def hundred(client: Client) -> Any:
    answers = await asyncio.gather(*(client.call("target", "echo", at, timeout=60) for at in range(100)))
    return answers == list(range(100))


async def call(where: str) -> None:
    patient = {"connect_timeout": 60.0}
    client = await (connect(registry=where, **patient) if where.startswith("http") else connect(where, **patient))
    seen = {}
    async with client:
        for each in (values, error, deadline, cancellation, stream, mebibyte, hundred):
            seen[each.__name__] = await each(client)
    print(json.dumps(seen), flush=True)


async def provide(registry: str) -> None:
    server = await serve("pythonic", Target(), registry=registry, version="1.0.0")
    print(json.dumps({"address": server.address, "instance": server.instance}), flush=True)
    receipt = await server.until_signal()
    print(json.dumps(vars(receipt)), flush=True)


if __name__ == "__main__":
    asyncio.run({"call": call, "provide": provide}[sys.argv[1]](sys.argv[2]))
