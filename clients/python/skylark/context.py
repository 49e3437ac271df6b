"""What a call that is served hands on to those made meanwhile (clauses RPC-DEADLINE-4, RPC-CALL-9, RPC-RETRY-3)."""

from __future__ import annotations

import asyncio
from contextvars import ContextVar
from dataclasses import dataclass, field
from uuid import uuid4

REQUEST_ID = "skylark.request"
DEFAULT_TIMEOUT_S = 5.0
_TIMEOUT_MS_MAX = 0xFFFF_FFFF


@dataclass(frozen=True)
class Call:
    """The call being served."""

    caller: str = ""
    metadata: dict[str, str] = field(default_factory=dict)
    #: On the clock of the event loop; None where there is none.
    deadline: float | None = None
    descends_from_retry: bool = False

    @property
    def request_id(self) -> str:
        return self.metadata.get(REQUEST_ID, "")


current: ContextVar[Call | None] = ContextVar("skylark call", default=None)


def call() -> Call:
    """What the handler that asks can know of its call. Raises LookupError elsewhere."""
    served = current.get()
    if served is None:
        raise LookupError("no call is being served here")
    return served


def remaining_s(timeout: float | None) -> float | None:
    """What a call made now may take: the time given, or what remains to the one being served, whichever is less."""
    served = current.get()
    if served is None or served.deadline is None:
        return timeout
    left = served.deadline - asyncio.get_running_loop().time()
    return left if timeout is None else min(timeout, left)


def to_ms(seconds: float | None) -> int:
    """As it travels: rounded up, at least 1; 0 for none."""
    return 0 if seconds is None else min(max(-int(-seconds * 1000 // 1), 1), _TIMEOUT_MS_MAX)


def metadata_of(given: dict[str, str] | None) -> dict[str, str]:
    served = current.get()
    own = {} if given is None else dict(given)
    own.setdefault(REQUEST_ID, (served.request_id if served else "") or uuid4().hex)
    return own
