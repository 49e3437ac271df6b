"""Skylark in Python: calls services of a Skylark system by its own protocol, and offers some. Nothing but Python is needed."""

from .client import Client, connect
from .context import Call, call
from .errors import SkylarkError
from .incoming import IncomingStream
from .offer import idempotent
from .server import Receipt, Server, serve
from .values import UNDEFINED, BigInt, Timestamp

__all__ = [
    "UNDEFINED",
    "BigInt",
    "Call",
    "Client",
    "IncomingStream",
    "Receipt",
    "Server",
    "SkylarkError",
    "Timestamp",
    "call",
    "connect",
    "idempotent",
    "serve",
]
