"""The little HTTP that a participant speaks: its heartbeat, and patches that it does not need (docs/protocol/registry.md)."""

from __future__ import annotations

import asyncio

_HEAD_BYTES_MAX = 16 * 1024
_BODY_BYTES_MAX = 1024 * 1024


async def answer_http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, first: bytes) -> None:
    """Answers one request, and closes. What is no request is not answered."""
    head = first
    while b"\r\n\r\n" not in head:
        chunk = await reader.read(4096)
        if not chunk or len(head) > _HEAD_BYTES_MAX:
            return
        head += chunk
    head, _, body = head.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    length = next((each[15:] for each in lines if each.lower().startswith("content-length:")), "0").strip()
    wanted = int(length) if length.isdecimal() else _BODY_BYTES_MAX + 1
    while len(body) < wanted <= _BODY_BYTES_MAX:
        chunk = await reader.read(65_536)
        if not chunk:
            return
        body += chunk
    writer.write(_answer(lines[0].split(" ")[:2], wanted))
    await writer.drain()


def _answer(request: list[str], length: int) -> bytes:
    if length > _BODY_BYTES_MAX:
        return _written("413 Content Too Large", b'{"error":{"code":"resource_exhausted","message":"the body is too long"}}')
    if request in (["GET", "/heartbeat"], ["HEAD", "/heartbeat"], ["POST", "/services"]):
        return _written("200 OK", b"")
    message = b"only the heartbeat is here: services of this process are called by Skylark's own protocol"
    return _written("501 Not Implemented", b'{"error":{"code":"unimplemented","message":"%s"}}' % message)


def _written(status: str, body: bytes) -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return head.encode() + body
