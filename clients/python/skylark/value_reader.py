"""Builds values out of MessagePack, and believes nothing (clauses RPC-VALUE-1 to RPC-VALUE-6).

A reader of its own, and not a library's: it checks every length before it sets anything aside, keeps integers of
unbounded precision apart from numbers, and knows the keys and the depth that nobody takes.
"""

from __future__ import annotations

import struct
from datetime import datetime, timedelta
from typing import Any

from .errors import UnreadableValue
from .values import DEPTH_MAX, EPOCH, UNDEFINED, WHOLE_MAX, BigInt, Timestamp


def decode(data: bytes) -> Any:
    """The one value that fills these bytes. Raises UnreadableValue."""
    value, end = decode_next(data, 0)
    if end != len(data):
        raise UnreadableValue("bytes are left over behind a value")
    return value


def decode_next(data: bytes, start: int) -> tuple[Any, int]:
    """The value that begins at `start`, and where it ends."""
    reader = _Reader(data, start)
    return reader.value(0), reader.at


_NUMBERS: dict[int, struct.Struct] = {
    0xCA: struct.Struct(">f"),
    0xCB: struct.Struct(">d"),
    0xCC: struct.Struct(">B"),
    0xCD: struct.Struct(">H"),
    0xCE: struct.Struct(">I"),
    0xCF: struct.Struct(">Q"),
    0xD0: struct.Struct(">b"),
    0xD1: struct.Struct(">h"),
    0xD2: struct.Struct(">i"),
    0xD3: struct.Struct(">q"),
}


class _Reader:
    def __init__(self, data: bytes, at: int) -> None:
        self.data = data
        self.at = at

    def take(self, length: int) -> bytes:
        end = self.at + length
        if end > len(self.data):
            raise UnreadableValue("a length reaches past the end of its message")
        taken = self.data[self.at : end]
        self.at = end
        return taken

    def length(self, width: int) -> int:
        return int.from_bytes(self.take(width), "big")

    def value(self, depth: int) -> Any:
        head = self.take(1)[0]
        if head < 0x80:
            return head
        if head < 0x90:
            return self.map(head & 0x0F, depth)
        if head < 0xA0:
            return self.list(head & 0x0F, depth)
        if head < 0xC0:
            return self.text(head & 0x1F)
        if head >= 0xE0:
            return head - 0x100
        return self.wide(head, depth)

    def wide(self, head: int, depth: int) -> Any:
        match head:
            case 0xC0:
                return None
            case 0xC2 | 0xC3:
                return head == 0xC3
            case 0xC4 | 0xC5 | 0xC6:
                return self.take(self.length(1 << (head - 0xC4)))
            case 0xC7 | 0xC8 | 0xC9:
                return self.extension(self.length(1 << (head - 0xC7)))
            case 0xD4 | 0xD5 | 0xD6 | 0xD7 | 0xD8:
                return self.extension(1 << (head - 0xD4))
            case 0xD9 | 0xDA | 0xDB:
                return self.text(self.length(1 << (head - 0xD9)))
            case 0xDC | 0xDD:
                return self.list(self.length(2 << (head - 0xDC)), depth)
            case 0xDE | 0xDF:
                return self.map(self.length(2 << (head - 0xDE)), depth)
        return self.number(head)

    def number(self, head: int) -> int | float:
        form = _NUMBERS.get(head)
        if form is None:
            raise UnreadableValue(f"{head:#x} does not begin a value")
        (value,) = form.unpack(self.take(form.size))
        if head in (0xCF, 0xD3):
            return BigInt(value)
        if head in (0xCA, 0xCB) and value.is_integer() and abs(value) <= WHOLE_MAX:
            return value if value == 0 and str(value)[0] == "-" else int(value)
        return value

    def text(self, length: int) -> str:
        return self.take(length).decode("utf-8", "replace")

    def list(self, count: int, depth: int) -> list[Any]:
        self.check(count, depth)
        return [self.value(depth + 1) for _ in range(count)]

    def map(self, count: int, depth: int) -> dict[str, Any]:
        self.check(2 * count, depth)
        fields: dict[str, Any] = {}
        for _ in range(count):
            key = self.key()
            fields[key] = self.value(depth + 1)
        return fields

    def check(self, items: int, depth: int) -> None:
        if items > len(self.data) - self.at:
            raise UnreadableValue(f"{items} items were announced where {len(self.data) - self.at} bytes remain")
        if items > 0 and depth == DEPTH_MAX:
            raise UnreadableValue(f"values nest deeper than {DEPTH_MAX}")

    def key(self) -> str:
        head = self.data[self.at] if self.at < len(self.data) else 0xC1
        if 0x80 <= head < 0xA0 or 0xC0 <= head < 0xCC or 0xD4 <= head < 0xD9 or 0xDC <= head < 0xE0:
            raise UnreadableValue("a key is neither a string nor an integer")
        key = str(self.value(DEPTH_MAX))
        if key == "__proto__":
            raise UnreadableValue("a key is called __proto__")
        return key

    def extension(self, length: int) -> Any:
        (kind,) = struct.unpack(">b", self.take(1))
        data = self.take(length)
        if kind == 0 and length == 1:
            return UNDEFINED
        if kind == -1 and length in (4, 8, 12):
            return _date(data)
        raise UnreadableValue(f"an extension of type {kind} and {length} bytes is not accepted")


def _date(data: bytes) -> datetime | Timestamp:
    nanoseconds = 0
    if len(data) == 4:
        seconds = int.from_bytes(data, "big")
    elif len(data) == 8:
        both = int.from_bytes(data, "big")
        nanoseconds, seconds = both >> 34, both & 0x3_FFFF_FFFF
    else:
        nanoseconds, seconds = struct.unpack(">Iq", data)
    ms = seconds * 1000 + nanoseconds // 1_000_000
    try:
        return EPOCH + timedelta(milliseconds=ms)
    except OverflowError:
        return Timestamp(ms)
