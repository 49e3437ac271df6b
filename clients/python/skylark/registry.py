"""The registry's HTTP contract, as a program of another language uses it (docs/protocol/registry.md)."""

from __future__ import annotations

import asyncio
import hashlib
import json
import urllib.error
import urllib.request

from .address import host_and_port, written
from .errors import SkylarkError
from .messages import Service

_ANSWER_S = 5.0
_ATTEMPTS_MAX = 5
_BODY_BYTES_MAX = 16 * 1024 * 1024


async def find(registry: str, service: str) -> list[str]:
    """Addresses of the instances in rotation that speak Skylark's own protocol (REG-HTTP-6)."""
    status, body = await _ask(registry, "GET", None)
    if status != 200:
        raise SkylarkError("unavailable", f"the registry {registry} answered {status}", not_executed=True)
    listed = [each for each in json.loads(body)["Services"] if each["Name"] == service]
    native = [each["URL"] for each in listed if each["Protocol"] == "skylark" and each["State"] == "up"]
    return [written(*host_and_port(url)) for url in native]


class Registration:
    """One service of this process, registered under the URL of its port (REG-HTTP-1 to REG-HTTP-5, REG-HTTP-18)."""

    def __init__(self, registry: str, service: Service, url: str) -> None:
        self._registry = registry
        self._url = url
        #: Made of the URL by rule, so that callers can say whom they mean.
        self.instance = f"http-{hashlib.sha256(url.encode()).hexdigest()[:16]}"
        self._body = {
            "ServiceName": service.name,
            "ServiceURL": url,
            "RequiredServices": [],
            "ServiceUpdateURL": f"{url}/services",
            "HeartbeatURL": f"{url}/heartbeat",
            "Protocol": "skylark",
            "Version": service.version,
        }

    async def enter(self) -> None:
        """Takes its earlier self out where there is one; asks again while the registry or its store is away."""
        status, body = 0, b""
        for attempt in range(_ATTEMPTS_MAX):
            await asyncio.sleep(attempt * 0.2)
            status, body = await _ask(self._registry, "POST", json.dumps(self._body).encode())
            if status in (200, 201):
                return
            if status == 409:
                await _ask(self._registry, "DELETE", self._url.encode())
            elif status not in (0, 503):
                break
        said = body.decode("utf-8", "replace")[:500]
        raise SkylarkError("unavailable", f"the registry {self._registry} refused: {status} {said}")

    async def leave(self) -> None:
        await _ask(self._registry, "DELETE", self._url.encode())


async def _ask(registry: str, method: str, body: bytes | None) -> tuple[int, bytes]:
    """Status and body; status 0 where no answer came."""
    return await asyncio.to_thread(_request, f"{registry.rstrip('/')}/services", method, body)


def _request(url: str, method: str, body: bytes | None) -> tuple[int, bytes]:
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"}, method=method)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=_ANSWER_S) as answer:
            return answer.status, answer.read(_BODY_BYTES_MAX)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.read(_BODY_BYTES_MAX)
    except OSError as failed:
        return 0, str(failed).encode()
