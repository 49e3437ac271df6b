"""Frames: how messages are laid onto a flow of bytes, and found in it (clauses RPC-FRAME-*, RPC-LARGE-*)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

from .errors import ProtocolError

PREFACE: Final = bytes.fromhex("9e534b594c41524b")
HEADER_BYTES: Final = 8
#: The longest payload that is sent in one frame.
FRAGMENT_BYTES: Final = 16_384
#: The longest that is taken.
FRAME_BYTES_MAX: Final = 17_408
#: Set in the kind where fragments of the same message follow.
MORE: Final = 0x80

MESSAGE_BYTES_MAX: Final = 4_194_304
HANDSHAKE_BYTES_MAX: Final = 1_048_576
FAILURE_BYTES_MAX: Final = 65_536
CALLS_MAX: Final = 65_536
HELD_BYTES_MAX: Final = 64 * 1024 * 1024
WINDOW_BYTES: Final = 262_144
REQUEST_HEAD_BYTES: Final = 8


class Kind(IntEnum):
    HELLO = 0x01
    WELCOME = 0x02
    TABLE = 0x03
    GOODBYE = 0x04
    REQUEST = 0x08
    RESPONSE = 0x09
    FAILURE = 0x0A
    CANCEL = 0x0B
    MESSAGE = 0x0C
    CREDIT = 0x0D
    END = 0x0E
    FRAGMENT = 0x0F
    PING = 0x10
    PONG = 0x11
    DRAIN = 0x12
    DRAINED = 0x13


_CUTTABLE = frozenset(
    (Kind.HELLO, Kind.WELCOME, Kind.TABLE, Kind.GOODBYE, Kind.REQUEST, Kind.RESPONSE, Kind.FAILURE, Kind.MESSAGE)
    + (Kind.DRAIN, Kind.DRAINED)
)


def frame(kind: int, stream: int, payload: bytes = b"") -> bytes:
    return len(payload).to_bytes(3, "big") + bytes((kind,)) + stream.to_bytes(4, "big") + payload


def pieces(kind: int, stream: int, payload: bytes) -> Iterator[bytes]:
    """The frames of one message; where it is long, the first has its kind and the others are fragments."""
    for at in range(0, max(len(payload), 1), FRAGMENT_BYTES):
        more = MORE if at + FRAGMENT_BYTES < len(payload) else 0
        plain = kind if at == 0 else Kind.FRAGMENT
        yield frame(plain | more, stream, payload[at : at + FRAGMENT_BYTES])


class FrameReader:
    """Finds frames in whatever pieces the transport hands over."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._is_prefaced = False

    def push(self, chunk: bytes) -> Iterator[tuple[int, int, bytes]]:
        """Kind, stream and payload of each frame that is whole. Raises ProtocolError."""
        self._rest += chunk
        if not self._is_prefaced:
            seen = bytes(self._rest[: len(PREFACE)])
            if not PREFACE.startswith(seen):
                raise ProtocolError(f"the peer does not speak Skylark's protocol: it began with {seen!r}")
            if len(seen) < len(PREFACE):
                return
            self._is_prefaced = True
            del self._rest[: len(PREFACE)]
        at = 0
        try:
            while len(self._rest) - at >= HEADER_BYTES:
                length = int.from_bytes(self._rest[at : at + 3], "big")
                if length > FRAME_BYTES_MAX:
                    raise ProtocolError(f"a frame of {length} bytes was announced; the limit is {FRAME_BYTES_MAX}")
                start, end = at + HEADER_BYTES, at + HEADER_BYTES + length
                if end > len(self._rest):
                    break
                kind, stream = self._rest[at + 3], int.from_bytes(self._rest[at + 4 : start], "big")
                at = end
                yield kind, stream, bytes(self._rest[start:end])
        finally:
            del self._rest[:at]


@dataclass
class _Part:
    kind: Kind
    bytes_max: int
    payload: bytearray = field(default_factory=bytearray)


class Assembly:
    """Puts the pieces of messages together, within limits. `expects` says whether a message that begins is wanted."""

    def __init__(self, message_bytes_max: int, expects: Callable[[Kind, int], bool]) -> None:
        self._message_bytes_max = message_bytes_max
        self._held_bytes_max = max(HELD_BYTES_MAX, 2 * message_bytes_max)
        self._expects = expects
        self._parts: dict[int, _Part] = {}
        self._held = 0

    def take(self, kind: int, stream: int, payload: bytes) -> tuple[Kind, bytes] | None:
        """The message that this frame makes whole, if it does. Raises ProtocolError."""
        more, plain = bool(kind & MORE), _known(kind & ~MORE)
        if not more and plain is not Kind.FRAGMENT:
            return plain, payload
        if more and not payload:
            raise ProtocolError("a fragment is empty, and more were to follow")
        if plain is not Kind.FRAGMENT:
            self._begin(plain, stream)
        part = self._parts.get(stream)
        if part is None:
            return None  # the rest of a message that nobody wants
        self._append(part, payload)
        if more:
            return None
        self.forget(stream)
        return part.kind, bytes(part.payload)

    def forget(self, stream: int) -> None:
        part = self._parts.pop(stream, None)
        if part:
            self._held -= len(part.payload)

    def _begin(self, kind: Kind, stream: int) -> None:
        if kind not in _CUTTABLE:
            raise ProtocolError(f"{kind.name} is never cut")
        if stream in self._parts:
            raise ProtocolError(f"stream {stream} began a message inside another")
        if not self._expects(kind, stream):
            return
        if len(self._parts) >= CALLS_MAX:
            raise ProtocolError("too many messages have arrived in part")
        self._parts[stream] = _Part(kind, self._bytes_max(kind))

    def _bytes_max(self, kind: Kind) -> int:
        match kind:
            case Kind.REQUEST:
                return self._message_bytes_max + REQUEST_HEAD_BYTES
            case Kind.RESPONSE | Kind.MESSAGE:
                return self._message_bytes_max
            case Kind.FAILURE:
                return FAILURE_BYTES_MAX
        return HANDSHAKE_BYTES_MAX

    def _append(self, part: _Part, payload: bytes) -> None:
        self._held += len(payload)
        if len(part.payload) + len(payload) > part.bytes_max:
            raise ProtocolError(f"a message grew beyond {part.bytes_max} bytes")
        if self._held > self._held_bytes_max:
            raise ProtocolError("too many large messages at once")
        part.payload += payload


def _known(kind: int) -> Kind:
    try:
        return Kind(kind)
    except ValueError:
        raise ProtocolError(f"there is no frame of kind {kind:#x}") from None
