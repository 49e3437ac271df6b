"""What travels as a value, and how it is written: MessagePack with timestamps and "undefined" (clauses RPC-VALUE-*)."""

from __future__ import annotations

import struct
from datetime import datetime, timedelta, timezone
from typing import Any, Final, NamedTuple

from .errors import UnsendableValue

DEPTH_MAX: Final = 64
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
WHOLE_MAX: Final = 2**53


class Undefined:
    """A value of its own beside None: a field that is there and says nothing."""

    def __repr__(self) -> str:
        return "UNDEFINED"

    def __bool__(self) -> bool:
        return False


UNDEFINED: Final = Undefined()


class BigInt(int):
    """An integer of unbounded precision, JavaScript's BigInt; a plain `int` is a number there."""


class Timestamp(NamedTuple):
    """A date that `datetime` cannot hold, in milliseconds since 1970."""

    ms: int


def encode(value: Any) -> bytes:
    """Raises UnsendableValue, which says where in the value the trouble is."""
    out = bytearray()
    _write(out, value, 0)
    return bytes(out)


def _write(out: bytearray, value: Any, depth: int) -> None:
    if value is None:
        out.append(0xC0)
    elif isinstance(value, str):
        _write_text(out, value)
    elif isinstance(value, bool):
        out.append(0xC3 if value else 0xC2)
    elif isinstance(value, int):
        _write_int(out, value)
    elif isinstance(value, float):
        _write_float(out, value)
    elif value is UNDEFINED:
        out += b"\xd4\x00\x00"
    elif isinstance(value, (bytes, bytearray, memoryview)):
        _write_head(out, len(value), 0, (0xC4, 0xC5, 0xC6))
        out += value
    elif isinstance(value, datetime):
        if value.tzinfo is None:
            raise UnsendableValue("is a datetime without a time zone: which instant does it mean?")
        _write_date(out, (value - EPOCH) // timedelta(milliseconds=1))
    elif isinstance(value, Timestamp):
        _write_date(out, value.ms)
    elif isinstance(value, (list, tuple)):
        _write_list(out, value, depth)
    elif isinstance(value, dict):
        _write_map(out, value, depth)
    else:
        raise UnsendableValue(f"is a {type(value).__name__}, which has no form on the wire: send plain data")


def _write_int(out: bytearray, value: int) -> None:
    if isinstance(value, BigInt) or abs(value) > WHOLE_MAX:
        if -(2**63) <= value < 2**63:
            out += b"\xd3" + struct.pack(">q", value)
        elif 0 <= value < 2**64:
            out += b"\xcf" + struct.pack(">Q", value)
        else:
            raise UnsendableValue("is an integer beyond 64 bits")
    elif -0x20 <= value < 0x80:
        out.append(value & 0xFF)
    elif value >= 0x1_0000_0000 or value < -0x8000_0000:
        out += b"\xcb" + struct.pack(">d", value)
    else:
        heads = (0xCC, 0xCD, 0xCE) if value >= 0 else (0xD0, 0xD1, 0xD2)
        bits = (-value - 1).bit_length() + 1 if value < 0 else value.bit_length()
        width = 1 if bits <= 8 else 2 if bits <= 16 else 4
        out.append(heads[width >> 1])
        out += value.to_bytes(width, "big", signed=value < 0)


def _write_float(out: bytearray, value: float) -> None:
    is_minus_zero = value == 0 and str(value)[0] == "-"
    if value.is_integer() and -0x8000_0000 <= value < 0x1_0000_0000 and not is_minus_zero:
        _write_int(out, int(value))
    else:
        out += b"\xcb" + struct.pack(">d", value)


def _write_text(out: bytearray, value: str) -> None:
    try:
        data = value.encode()
    except UnicodeEncodeError:  # half of a surrogate pair: read as U+FFFD on the other side, as JavaScript's are
        data = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()
    if len(data) < 0x20:
        out.append(0xA0 | len(data))
    else:
        _write_head(out, len(data), 0, (0xD9, 0xDA, 0xDB))
    out += data


def _write_head(out: bytearray, length: int, least: int, heads: tuple[int, int, int]) -> None:
    """The narrowest of three forms of a length, of 1, 2 and 4 bytes."""
    index = max(least, 0 if length < 0x100 else 1 if length < 0x1_0000 else 2)
    out.append(heads[index])
    out += length.to_bytes(1 << index, "big")


def _write_date(out: bytearray, ms: int) -> None:
    seconds, rest = divmod(ms, 1000)
    nanoseconds = rest * 1_000_000
    if not 0 <= seconds < 2**34:
        out += b"\xc7\x0c\xff" + struct.pack(">Iq", nanoseconds, seconds)
    elif nanoseconds == 0 and seconds < 2**32:
        out += b"\xd6\xff" + struct.pack(">I", seconds)
    else:
        out += b"\xd7\xff" + struct.pack(">Q", nanoseconds << 34 | seconds)


def _write_list(out: bytearray, values: list[Any] | tuple[Any, ...], depth: int) -> None:
    if len(values) < 0x10:
        out.append(0x90 | len(values))
    else:
        _write_head(out, len(values), 1, (0, 0xDC, 0xDD))
    _go_down(len(values), depth)
    for each in values:
        _write(out, each, depth + 1)


def _write_map(out: bytearray, fields: dict[Any, Any], depth: int) -> None:
    if len(fields) < 0x10:
        out.append(0x80 | len(fields))
    else:
        _write_head(out, len(fields), 1, (0, 0xDE, 0xDF))
    _go_down(len(fields), depth)
    for key, each in fields.items():
        if not isinstance(key, str):
            raise UnsendableValue(f"has a key that is a {type(key).__name__}: keys are strings")
        if key == "__proto__":
            raise UnsendableValue("has a key __proto__, which no receiver takes")
        _write_text(out, key)
        _write(out, each, depth + 1)


def _go_down(items: int, depth: int) -> None:
    if items > 0 and depth == DEPTH_MAX:
        raise UnsendableValue(f"nests deeper than {DEPTH_MAX}: does it hold itself?")
