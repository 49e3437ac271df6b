"""How calls fail: one class of error, with a closed list of codes (clauses RPC-FAILURE-*)."""

from __future__ import annotations

from typing import Any

#: The codes as they are counted on the wire.
CODES: dict[int, str] = {
    1: "cancelled",
    2: "unknown",
    3: "invalid_argument",
    4: "deadline_exceeded",
    5: "not_found",
    6: "already_exists",
    7: "permission_denied",
    8: "resource_exhausted",
    9: "failed_precondition",
    10: "aborted",
    11: "out_of_range",
    12: "unimplemented",
    13: "internal",
    14: "unavailable",
    15: "data_loss",
    16: "unauthenticated",
}
NUMBERS: dict[str, int] = {name: number for number, name in CODES.items()}

REASONS = frozenset(
    "CONNECTION_LOST WRONG_INSTANCE DRAINING NO_INSTANCE WRONG_SHAPE TOO_FEW_ANSWERS RETRIES_SPENT PROTOCOL "
    "THREAD_ENDED MESSAGE_TOO_LARGE VALIDATION SESSION_EXPIRED NO_QUORUM DAMAGED SETTING".split()
)


class SkylarkError(Exception):
    """What became of a call that did not succeed. Handlers raise it to fail with a code of their choice."""

    def __init__(
        self,
        code: str,
        message: str,
        reason: str | None = None,
        details: Any = None,
        *,
        not_executed: bool = False,
        retries_spent: bool = False,
    ) -> None:
        if code not in NUMBERS:
            raise ValueError(f'there is no code "{code}": it is one of {", ".join(NUMBERS)}')
        super().__init__(message)
        self.code = code
        self.message = message
        self.reason = reason
        self.details = details
        #: A promise: the call did not run.
        self.not_executed = not_executed
        #: Those below have tried again as often as they may.
        self.retries_spent = retries_spent

    def __str__(self) -> str:
        reason = f" ({self.reason})" if self.reason else ""
        return f"{self.code}{reason}: {self.message}"


class ProtocolError(Exception):
    """The peer broke the protocol: its connection is closed."""


class UnreadableValue(Exception):
    """Bytes that are no value: what they belong to fails, and on stream 0 the connection is closed."""


class UnsendableValue(Exception):
    """A value that has no form on the wire."""


def connection_lost(message: str, *, not_executed: bool = False) -> SkylarkError:
    """A call that was under way may have run: its code is `unknown`; one that never left is `unavailable`."""
    code = "unavailable" if not_executed else "unknown"
    return SkylarkError(code, message, "CONNECTION_LOST", not_executed=not_executed)
