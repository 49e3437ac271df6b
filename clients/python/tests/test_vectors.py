"""The vectors that stand for themselves: values, frames, messages."""

from __future__ import annotations

import unittest
from dataclasses import asdict
from typing import Any

from skylark import messages
from skylark.errors import ProtocolError, UnreadableValue
from skylark.frames import FrameReader
from skylark.value_reader import decode
from skylark.values import encode

from .vectors import bytes_of, marked, read, revived


class Values(unittest.TestCase):
    def test_accepted(self) -> None:
        for vector in read("values.json")["accepted"]:
            with self.subTest(vector["clauses"], name=vector["name"]):
                data, value = bytes_of(vector["hex"]), revived(vector["value"])
                self.assertEqual(marked(decode(data)), marked(value))
                if vector["written"]:
                    self.assertEqual(encode(value).hex(), data.hex())

    def test_refused(self) -> None:
        for vector in read("values.json")["refused"]:
            with self.subTest(vector["clauses"], name=vector["name"]), self.assertRaises(UnreadableValue):
                decode(bytes_of(vector["hex"]))


class Frames(unittest.TestCase):
    def test_accepted(self) -> None:
        for vector in read("frames.json")["accepted"]:
            data = bytes_of(vector["hex"])
            expected = [(each["kind"], each["stream"], bytes_of(each["payload"])) for each in vector["frames"]]
            for step in (len(data), 1000, 3):
                with self.subTest(vector["clauses"], name=vector["name"], step=step):
                    self.assertEqual(_frames(data, step), expected)

    def test_refused(self) -> None:
        for vector in read("frames.json")["refused"]:
            data = bytes_of(vector["hex"])
            for step in (len(data), 1):
                with self.subTest(vector["clauses"], name=vector["name"]), self.assertRaises(ProtocolError):
                    _frames(data, step)


class Messages(unittest.TestCase):
    def test_accepted(self) -> None:
        for vector in read("messages.json")["accepted"]:
            with self.subTest(vector["clauses"], kind=vector["kind"], name=vector["name"]):
                meaning, expected = _meaning(vector["kind"], bytes.fromhex(vector["hex"])), revived(vector["value"])
                if isinstance(expected, dict):
                    meaning = {key: meaning[key] for key in expected}
                self.assertEqual(meaning, expected)

    def test_refused(self) -> None:
        for vector in read("messages.json")["refused"]:
            with self.subTest(vector["clauses"], name=vector["name"]), self.assertRaises(ProtocolError):
                _meaning(vector["kind"], bytes.fromhex(vector["hex"]))


def _frames(data: bytes, step: int) -> list[tuple[int, int, bytes]]:
    reader = FrameReader()
    return [found for at in range(0, len(data), step) for found in reader.push(data[at : at + step])]


def _meaning(kind: str, data: bytes) -> Any:
    match kind:
        case "hello":
            hello = messages.read_hello(data)
            identity = {"name": hello.name, "proof": "none"}
            return {
                "version": hello.version,
                "identity": identity,
                "instance": hello.instance,
                "messageBytesMax": hello.message_bytes_max,
            }
        case "welcome":
            welcome = messages.read_welcome(data)
            fields = {"version": welcome.version, "instance": welcome.instance, "services": _services(welcome.services)}
            return fields | {"messageBytesMax": welcome.message_bytes_max}
        case "table":
            return _services(messages.read_table(data))
        case "names":
            return messages.read_names(data)
        case "failure":
            return failure_fields(messages.read_failure(data))
    head = messages.read_request_head(data)
    metadata, arguments = messages.read_request_values(data)
    fields = {"method": head.method, "attempt": head.attempt, "flags": head.flags, "remainingMs": head.remaining_ms}
    return fields | {"metadata": metadata or None, "arguments": arguments}


def failure_fields(error: Any) -> dict[str, Any]:
    promises = {"notExecuted": error.not_executed, "retriesSpent": error.retries_spent}
    return {"code": error.code, "message": error.message, "reason": error.reason, "details": error.details} | promises


def _services(services: tuple[messages.Service, ...]) -> list[Any]:
    return [asdict(each) | {"methods": [asdict(method) for method in each.methods]} for each in services]
