"""Take part in a Skylark system by plain HTTP. Python 3.9 or later, standard library only.

A registry is told once who we are, where, and whom we require. From then on it posts us patches, who came and who went,
and asks for our heartbeat every few seconds.
"""

from __future__ import annotations

import json
import random
import threading
import time
from http.client import HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Callable, Sequence
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

SILENCE_S = 10.0  # without a heartbeat for so long, we ask the registry whether it still knows us
RETRY_S_MAX = 5.0  # the widest delay while the registry is away
BODY_BYTES_MAX = 1024 * 1024
AWAY = (OSError, HTTPException)  # what an attempt to reach somebody may end with

direct = build_opener(ProxyHandler({}))  # whatever proxy the environment names is not meant for neighbours


class Participant:
    """One program. It listens from the start, and takes part from `register` to `unregister`."""

    def __init__(self, name: str, requires: Sequence[str], registry: str, port: int = 0,
                 say: Callable[[str], None] = lambda text: None, silence_s: float = SILENCE_S) -> None:
        self._services, self._say, self._silence_s = f"{registry.rstrip('/')}/services", say, silence_s
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler_of(self))
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._registration = json.dumps({
            "ServiceName": name,
            "ServiceURL": self.url,
            "RequiredServices": list(requires),
            "ServiceUpdateURL": f"{self.url}/services",
            "HeartbeatURL": f"{self.url}/heartbeat",
        })
        self._lock = threading.Lock()
        self._known: dict[str, list[str]] = {service: [] for service in requires}
        self._coming: dict[str, list[str]] = {}  # what patches say while we ask to be registered: the new beginning
        self._registered, self._asked_at = False, 0.0
        self._leaving = threading.Event()
        self._keeper = threading.Thread(target=self._keep, daemon=True)

    def register(self) -> None:
        """Answer requests, then see to it that the registry knows us, now and for as long as we run."""
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self._keeper.start()

    def unregister(self) -> None:
        """Take ourselves out, and listen no more. A registry that is away will notice that nobody answers."""
        self._leaving.set()
        self._keeper.join()
        try:
            self._ask("DELETE", self.url)
        except AWAY as error:
            self._say(f"could not say goodbye to the registry: {error}")
        self._server.shutdown()
        self._server.server_close()

    def providers(self, service: str) -> tuple[str, ...]:
        """Where a required service is, from memory. A KeyError where it is not required."""
        with self._lock:
            return tuple(self._known[service])

    def take_patch(self, text: bytes) -> None:
        """Apply `{"Added": [{"Name", "URL"}], "Removed": [...]}`; a ValueError where it is none."""
        try:
            patch = json.loads(text)
            added, removed = _pairs(patch["Added"]), set(_pairs(patch["Removed"]))
        except (KeyError, TypeError) as error:
            raise ValueError("a patch is {Added, Removed}: lists of {Name, URL}") from error
        with self._lock:
            for view in (self._known, self._coming):
                for service, urls in view.items():
                    kept = [url for url in urls if (service, url) not in removed]
                    new = [url for name, url in added if name == service]
                    urls[:] = dict.fromkeys(kept + new)  # each once, in order

    def heartbeat(self) -> None:
        """Somebody asked whether we live."""
        self._asked_at = time.monotonic()

    def _keep(self) -> None:
        delay = 0.1
        while not self._leaving.is_set():
            if self._registered and time.monotonic() - self._asked_at < self._silence_s:
                self._leaving.wait(0.2)
                continue
            try:
                self._enrol()
                delay = 0.1
            except AWAY as error:
                if delay == 0.1:  # once is enough
                    self._say(f"waiting for the registry at {self._services}: {error}")
                self._leaving.wait(random.uniform(0, delay))  # those who lost it together do not come together
                delay = min(2 * delay, RETRY_S_MAX)

    def _enrol(self) -> None:
        """Ask to be registered. 409 is an earlier start of ours or, once registered, the word that nothing was lost."""
        with self._lock:
            self._coming = {service: [] for service in self._known}
        status = self._ask("POST", self._registration)
        if status == 409 and not self._registered:
            self._ask("DELETE", self.url)
            status = self._ask("POST", self._registration)
            if status == 409:
                raise OSError(f"another registers {self.url} again and again")
        with self._lock:
            if status != 409:
                self._known = self._coming
            self._coming = {}
        if status != 409:
            self._say(f"registered at {self._services}")
        self._registered = True
        self.heartbeat()

    def _ask(self, method: str, text: str) -> int:
        """One request to the registry, answered with 2xx, 404 or 409; everything else is an OSError."""
        kind = {"Content-Type": "application/json" if method == "POST" else "text/plain"}
        try:
            with direct.open(Request(self._services, text.encode(), kind, method=method), timeout=5) as answer:
                return int(answer.status)
        except HTTPError as error:
            with error:
                if error.code == (409 if method == "POST" else 404):
                    return error.code
                raise OSError(f"{error.code} {error.read(500).decode(errors='replace')}") from error


def _pairs(entries: Any) -> list[tuple[str, str]]:
    return [(str(entry["Name"]), str(entry["URL"])) for entry in entries or []]


def _handler_of(participant: Participant) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = 10  # seconds for a request to arrive

        def do_GET(self) -> None:
            if self.path != "/heartbeat":
                return self.send_error(404)
            participant.heartbeat()
            self._done()

        def do_POST(self) -> None:
            if self.path != "/services":
                return self.send_error(404)
            if "Origin" in self.headers:  # a page in a browser: it has no business here
                return self.send_error(403)
            try:
                length = int(self.headers.get("Content-Length", ""))
                if not 0 <= length <= BODY_BYTES_MAX:
                    return self.send_error(413)
                participant.take_patch(self.rfile.read(length))
                self._done()
            except (ValueError, RecursionError) as error:
                self.send_error(400, str(error))

        def _done(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """The registry's requests are no news."""

    return Handler
