"""The vectors of conformance/rpc, read (its README says what the words mean)."""

from __future__ import annotations

import json
import math
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from skylark.values import UNDEFINED, BigInt, Timestamp

FOLDER = Path(__file__).parents[3] / "conformance" / "rpc"
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def read(name: str) -> Any:
    return json.loads((FOLDER / name).read_text(), parse_int=_number)


def _number(digits: str) -> int | float:
    """JSON has one kind of number; one that is whole and beyond 2**53 is a float of the wire."""
    return int(digits) if abs(int(digits)) <= 2**53 else float(digits)


def bytes_of(pieces: str | list[Any]) -> bytes:
    all_pieces = [pieces] if isinstance(pieces, str) else pieces
    return bytes.fromhex("".join(each if isinstance(each, str) else each["repeat"] * each["times"] for each in all_pieces))


def revived(value: Any) -> Any:
    if isinstance(value, list):
        return [revived(each) for each in value]
    if not isinstance(value, dict):
        return value
    match next(iter(value), ""):
        case "$undefined":
            return UNDEFINED
        case "$bigint":
            return BigInt(value["$bigint"])
        case "$float":
            return float(value["$float"])
        case "$date":
            return EPOCH + timedelta(milliseconds=value["$date"])
        case "$bytes":
            return bytes_of(value["$bytes"])
        case "$repeat":
            return value["$repeat"] * value["times"]
    return {key: revived(each) for key, each in value.items()}


def marked(value: Any) -> Any:
    """The value with everything that `==` would take for the same told apart."""
    if isinstance(value, list):
        return [marked(each) for each in value]
    if isinstance(value, dict):
        return {key: marked(each) for key, each in value.items()}
    if isinstance(value, (bool, BigInt, Timestamp)):
        return (type(value).__name__, value)
    if isinstance(value, float) and (math.isnan(value) or value == 0):
        return ("float", repr(value))
    return value
