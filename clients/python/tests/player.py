"""Plays one side of a conversation over a socket: says frames, and waits for the messages that must come."""

from __future__ import annotations

import asyncio
from typing import Any

from skylark.frames import MORE, PREFACE, FrameReader, Kind, frame
from skylark.messages import read_failure, read_request_head, read_request_values
from skylark.value_reader import decode

from .test_vectors import failure_fields
from .vectors import bytes_of, marked, revived

Message = tuple[int, int, bytes]


class Player:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self._reader = reader
        self._heard: list[Message] = []
        self._parts: dict[int, Message] = {}
        self._named: dict[str, int] = {}
        self._is_closed = False
        self._news = asyncio.Event()
        writer.write(PREFACE)
        self._task = asyncio.ensure_future(self._read())

    def say(self, frames: list[dict[str, Any]]) -> None:
        said = [frame(each["kind"], self._id(each["stream"]), bytes_of(each["payload"])) for each in frames]
        self._writer.write(b"".join(said))

    async def hear(self, wanted: dict[str, Any]) -> None:
        kind = Kind[wanted["kind"]]
        while True:
            found = await self._next(kind, wanted["stream"])
            if wanted.get("behind") == "messages" and found[0] in (Kind.MESSAGE, Kind.CREDIT) and found[0] != kind:
                continue
            break
        if found[0] != kind:
            raise AssertionError(f"stream {wanted['stream']} has {Kind(found[0]).name} where {kind.name} belongs")
        if isinstance(wanted["stream"], str):
            self._named[wanted["stream"]] = found[1]
        meaning = _meaning(found)
        for key in wanted.keys() - {"kind", "stream", "behind"}:
            said, expected = meaning.get(key), revived(wanted[key])
            if found[1] == 0 and isinstance(said, dict) and isinstance(expected, dict):
                said = {name: said.get(name) for name in expected}
            if marked(said) != marked(expected):
                raise AssertionError(f"{kind.name} says {key} {said!r:.200} instead of {expected!r:.200}")

    def quiet(self, stream: int) -> None:
        if more := [Kind(kind).name for kind, at, _ in self._heard if at == stream]:
            raise AssertionError(f"stream {stream} brought {more} as well")

    async def closed(self) -> None:
        while not self._is_closed:
            await self._wait()

    async def hang_up(self) -> None:
        self._writer.close()
        await asyncio.wait([self._task])

    async def _next(self, kind: Kind, stream: int | str) -> Message:
        known = self._named.get(stream) if isinstance(stream, str) else stream

        def fits(message: Message) -> bool:
            return message[1] == known if known else message[0] == kind

        while True:
            found = next((each for each in self._heard if fits(each)), None)
            if found:
                self._heard.remove(found)
                return found
            if self._is_closed:
                raise AssertionError(f"the connection was closed before {kind.name} came on stream {stream}")
            await self._wait()

    async def _wait(self) -> None:
        self._news.clear()
        await self._news.wait()

    def _id(self, stream: int | str) -> int:
        return self._named[stream] if isinstance(stream, str) else stream

    async def _read(self) -> None:
        frames = FrameReader()
        try:
            while chunk := await self._reader.read(65_536):
                for found in frames.push(chunk):
                    self._assemble(*found)
                self._news.set()
        except OSError:
            pass
        self._is_closed = True
        self._news.set()

    def _assemble(self, kind: int, stream: int, payload: bytes) -> None:
        begun = self._parts.pop(stream, None) if kind & ~MORE == Kind.FRAGMENT else None
        whole = (begun[0], stream, begun[2] + payload) if begun else (kind & ~MORE, stream, payload)
        if kind & MORE:
            self._parts[stream] = whole
        elif kind == Kind.PING:
            self._writer.write(frame(Kind.PONG, stream))
        else:
            self._heard.append(whole)


def _meaning(message: Message) -> dict[str, Any]:
    kind, _, payload = message
    if kind in (Kind.FAILURE, Kind.GOODBYE):
        return failure_fields(read_failure(payload))
    if kind == Kind.CREDIT:
        return {"value": int.from_bytes(payload, "big")}
    if kind == Kind.REQUEST:
        return {"method": read_request_head(payload).method, "arguments": read_request_values(payload)[1]}
    return {"value": decode(payload) if payload else None}
