"""What the payloads of frames say (clauses RPC-HELLO-*, RPC-CALL-1, RPC-FAILURE-*)."""

from __future__ import annotations

import struct
from dataclasses import asdict, dataclass
from typing import Any, Final

from .errors import CODES, NUMBERS, REASONS, ProtocolError, SkylarkError, UnreadableValue, UnsendableValue
from .frames import FAILURE_BYTES_MAX, MESSAGE_BYTES_MAX, REQUEST_HEAD_BYTES
from .value_reader import decode, decode_next
from .values import UNDEFINED, BigInt, encode

VERSION: Final = 1
_METADATA: Final = 1
_RETRY: Final = 2
_ONE_WAY: Final = 4
#: UTF-16 units of a failure's message, in bytes.
_MESSAGE_BYTES_MAX: Final = 2 * 4096


@dataclass(frozen=True)
class Hello:
    version: int
    name: str = ""
    instance: str | None = None
    message_bytes_max: int = MESSAGE_BYTES_MAX

    def encode(self) -> bytes:
        identity = {"name": self.name, "proof": "none"}
        fields = {"version": self.version, "identity": identity, "instance": self.instance}
        return encode(fields | {"messageBytesMax": self.message_bytes_max})


@dataclass(frozen=True)
class Method:
    id: int
    name: str
    shape: str
    idempotent: bool = False
    layout: str = ""


@dataclass(frozen=True)
class Service:
    name: str
    version: str
    methods: tuple[Method, ...]


@dataclass(frozen=True)
class Welcome:
    version: int
    instance: str
    services: tuple[Service, ...]
    message_bytes_max: int

    def encode(self) -> bytes:
        fields = {"version": self.version, "instance": self.instance}
        services = [asdict(each) for each in self.services]
        return encode(fields | {"services": services, "messageBytesMax": self.message_bytes_max})


@dataclass(frozen=True)
class Request:
    method: int
    attempt: int
    flags: int
    #: Milliseconds that remain; 0 for no deadline.
    remaining_ms: int


def read_hello(payload: bytes) -> Hello:
    """Of a hello in another version nothing but the version is read. Raises ProtocolError."""
    fields = _record(_value(payload))
    version = _count(fields.get("version"), 0xFFFF)
    if version != VERSION:
        return Hello(version)
    instance = fields.get("instance")
    return Hello(
        version,
        _text(_record(fields.get("identity")).get("name")),
        None if instance in (None, UNDEFINED) else _text(instance),
        _count(fields.get("messageBytesMax"), 0xFFFF_FFFF),
    )


def read_welcome(payload: bytes) -> Welcome:
    fields = _record(_value(payload))
    return Welcome(
        _count(fields.get("version"), 0xFFFF),
        _text(fields.get("instance")),
        _services(fields.get("services")),
        _count(fields.get("messageBytesMax"), 0xFFFF_FFFF),
    )


def read_table(payload: bytes) -> tuple[Service, ...]:
    return _services(_value(payload))


def read_names(payload: bytes) -> list[str]:
    return [_text(each) for each in _list(_value(payload))]


def write_request(request: Request, metadata: dict[str, str], arguments: bytes) -> bytes:
    flags = request.flags | (_METADATA if metadata else 0)
    head = struct.pack(">HBBI", request.method, min(request.attempt, 255), flags, request.remaining_ms)
    return head + (encode(metadata) if metadata else b"") + arguments


def read_request_head(payload: bytes) -> Request:
    if len(payload) < REQUEST_HEAD_BYTES:
        raise ProtocolError("a request is shorter than its head")
    return Request(*struct.unpack(">HBBI", payload[:REQUEST_HEAD_BYTES]))


def read_request_values(payload: bytes) -> tuple[dict[str, str], list[Any]]:
    """Metadata and arguments. Raises UnreadableValue, which fails the call alone."""
    metadata, at = {}, REQUEST_HEAD_BYTES
    if payload[3] & _METADATA:
        metadata, at = decode_next(payload, at)
        if not isinstance(metadata, dict) or not all(isinstance(each, str) for each in metadata.values()):
            raise UnreadableValue("the metadata is no map of strings")
    arguments = decode(payload[at:])
    if not isinstance(arguments, list):
        raise UnreadableValue("the arguments are no list")
    return metadata, arguments


def descends_from_retry(request: Request) -> bool:
    return bool(request.flags & _RETRY)


def is_one_way(request: Request) -> bool:
    """Nothing is answered, whatever becomes of it."""
    return bool(request.flags & _ONE_WAY)


def retry_flag(descends: bool) -> int:
    return _RETRY if descends else 0


def write_failure(error: SkylarkError) -> bytes:
    flags = int(error.not_executed) | int(error.retries_spent) << 1
    parts: list[Any] = [NUMBERS[error.code], _cut(error.message), error.reason, flags]
    try:
        payload = encode([*parts, error.details])
    except UnsendableValue:
        payload = b""
    return payload if 0 < len(payload) <= FAILURE_BYTES_MAX else encode([*parts, None])


def _cut(message: str) -> str:
    return message.encode("utf-16-le", "replace")[:_MESSAGE_BYTES_MAX].decode("utf-16-le", "ignore")


def read_failure(payload: bytes) -> SkylarkError:
    """What cannot be read is a failure all the same, of which nothing is known."""
    try:
        parts = decode(payload)
    except UnreadableValue:
        parts = []
    if not isinstance(parts, list):
        parts = []
    code, message, reason, flags, details = (*parts[:5], *(None,) * (5 - len(parts[:5])))
    bits = flags if isinstance(flags, int) else 0
    return SkylarkError(
        CODES.get(code, "unknown") if isinstance(code, int) else "unknown",
        message if isinstance(message, str) else "the peer gave no message",
        reason if isinstance(reason, str) and reason in REASONS else None,
        details,
        not_executed=bool(bits & 1),
        retries_spent=bool(bits & 2),
    )


def _services(value: Any) -> tuple[Service, ...]:
    return tuple(
        Service(_text(each.get("name")), _text(each.get("version")), tuple(map(_method, _list(each.get("methods")))))
        for each in map(_record, _list(value))
    )


def _method(value: Any) -> Method:
    fields = _record(value)
    shape, layout = fields.get("shape"), fields.get("layout") or ""
    return Method(
        _count(fields.get("id"), 0xFFFF),
        _text(fields.get("name")),
        shape if shape in ("server-stream", "stream") else "unary",
        fields.get("idempotent") is True,
        _text(layout),
    )


def _value(payload: bytes) -> Any:
    try:
        return decode(payload)
    except UnreadableValue as unreadable:
        raise ProtocolError(f"a message of the connection is unreadable: {unreadable}") from unreadable


def _record(value: Any) -> dict[str, Any]:
    return _fitting(value, dict, "a map")


def _list(value: Any) -> list[Any]:
    return _fitting(value, list, "a list")


def _text(value: Any) -> str:
    return _fitting(value, str, "a string")


def _count(value: Any, most: int) -> int:
    number = _fitting(value, int, "a whole number")
    if isinstance(value, (bool, BigInt)) or not 0 <= number <= most:
        raise ProtocolError(f"a message of the connection holds {number} where a whole number up to {most} belongs")
    return number


def _fitting(value: Any, kind: type, expected: str) -> Any:
    if not isinstance(value, kind):
        raise ProtocolError(f"a message of the connection holds a {type(value).__name__} where {expected} belongs")
    return value
