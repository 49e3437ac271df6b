"""What a participant owes to the contract. Run with: python3 -m unittest"""

from __future__ import annotations

import json
import threading
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from participant import Participant
from reporter import line_of

WITHIN_S = 10


class SmallRegistry(ThreadingHTTPServer):
    """Keeps what is sent, and lets a test wait until it was asked so many times."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Desk)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.registered: dict[str, dict[str, object]] = {}
        self.asked: list[str] = []
        self.statuses: list[int] = []  # the next answers, in place of the right ones
        self.changed = threading.Condition()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def wait_until_asked(self, times: int) -> None:
        with self.changed:
            if not self.changed.wait_for(lambda: len(self.asked) >= times, WITHIN_S):
                raise AssertionError(f"asked only {self.asked}")

    def close(self) -> None:
        self.shutdown()
        self.server_close()


class _Desk(BaseHTTPRequestHandler):
    server: SmallRegistry

    def do_POST(self) -> None:
        body = json.loads(self._text())
        with self.server.changed:
            known = self.server.registered.setdefault(body["ServiceURL"], body) is not body
        self._answer("POST", 409 if known else 201)

    def do_DELETE(self) -> None:
        with self.server.changed:
            known = self.server.registered.pop(self._text(), None)
        self._answer("DELETE", 404 if known is None else 200)

    def _text(self) -> str:
        return self.rfile.read(int(self.headers["Content-Length"])).decode()

    def _answer(self, method: str, status: int) -> None:
        self.send_response(self.server.statuses.pop(0) if self.server.statuses else status)
        self.send_header("Content-Length", "0")
        self.end_headers()
        with self.server.changed:
            self.server.asked.append(method)
            self.server.changed.notify_all()

    def log_message(self, *_: object) -> None:
        pass


def post(url: str, patch: object, **headers: str) -> int:
    body = patch if isinstance(patch, bytes) else json.dumps(patch).encode()
    try:
        with urlopen(Request(url, body, headers), timeout=WITHIN_S) as answer:
            return int(answer.status)
    except HTTPError as error:
        with error:
            return error.code


def pair(port: int, name: str = "grading") -> dict[str, str]:
    return {"Name": name, "URL": f"http://127.0.0.1:{port}"}


class ParticipantTest(unittest.TestCase):
    def setUp(self) -> None:
        self.registry = SmallRegistry()
        self.addCleanup(self.registry.close)

    def participant(self, silence_s: float = 60) -> Participant:
        made = Participant("reporter", ["grading"], self.registry.url, silence_s=silence_s)
        made.register()
        self.registry.wait_until_asked(1)
        return made

    def test_registers_with_all_five_fields_and_leaves(self) -> None:
        reporter = self.participant()
        self.assertEqual(self.registry.registered[reporter.url], {
            "ServiceName": "reporter",
            "ServiceURL": reporter.url,
            "RequiredServices": ["grading"],
            "ServiceUpdateURL": f"{reporter.url}/services",
            "HeartbeatURL": f"{reporter.url}/heartbeat",
        })
        with urlopen(f"{reporter.url}/heartbeat", timeout=WITHIN_S) as answer:
            self.assertEqual(answer.status, 200)
        reporter.unregister()
        self.assertEqual(self.registry.registered, {})

    def test_patches_are_sets_and_null_is_an_empty_list(self) -> None:
        reporter = self.participant()
        self.addCleanup(reporter.unregister)
        update = f"{reporter.url}/services"
        self.assertEqual(post(update, {"Added": [pair(1), pair(2), pair(1), pair(9, "log")], "Removed": None}), 200)
        self.assertEqual(post(update, {"Added": [pair(2), pair(3)], "Removed": [pair(1), pair(3), pair(7)]}), 200)
        self.assertEqual(reporter.providers("grading"), (pair(2)["URL"], pair(3)["URL"]))
        with self.assertRaises(KeyError):
            reporter.providers("log")

    def test_what_is_no_patch_is_refused_and_changes_nothing(self) -> None:
        reporter = self.participant()
        self.addCleanup(reporter.unregister)
        update = f"{reporter.url}/services"
        for wrong in (b"", b"{", b"\xff", b"7", b"[]", b"[" * 100_000, {}, {"Added": [7], "Removed": []},
                      {"Added": [pair(1), {"Name": "grading"}], "Removed": []}):
            self.assertEqual(post(update, wrong), 400, wrong)
        self.assertEqual(post(update, {"Added": [pair(1)], "Removed": []}, Origin="http://elsewhere.example"), 403)
        self.assertEqual(post(f"{reporter.url}/other", {}), 404)
        self.assertEqual(reporter.providers("grading"), ())

    def test_an_earlier_start_is_replaced(self) -> None:
        self.registry.statuses = [409]
        reporter = self.participant()
        self.addCleanup(reporter.unregister)
        self.registry.wait_until_asked(3)
        self.assertEqual(self.registry.asked, ["POST", "DELETE", "POST"])

    def test_tries_again_until_the_registry_takes_it(self) -> None:
        self.registry.statuses = [503, 500, 409]
        reporter = self.participant()
        self.addCleanup(reporter.unregister)
        self.registry.wait_until_asked(5)
        self.assertEqual(self.registry.asked[2:], ["POST", "DELETE", "POST"])

    def test_asks_again_when_nobody_asks_for_its_heartbeat(self) -> None:
        reporter = self.participant(silence_s=0.1)
        post(f"{reporter.url}/services", {"Added": [pair(1)], "Removed": []})
        self.registry.wait_until_asked(3)
        self.assertEqual(set(self.registry.asked), {"POST"}, "still known: nothing is taken out")
        self.assertEqual(reporter.providers("grading"), (pair(1)["URL"],))
        with self.registry.changed:
            self.registry.registered.clear()
        self.registry.wait_until_asked(len(self.registry.asked) + 3)
        self.assertIn(reporter.url, self.registry.registered)
        self.assertEqual(reporter.providers("grading"), (), "a new registration begins anew")
        reporter.unregister()


class ReportTest(unittest.TestCase):
    def test_averages_have_one_decimal_and_a_dash_where_there_is_none(self) -> None:
        students = [{"firstName": "Ada", "average": 92.5}, {"firstName": "Ben", "average": None}]
        self.assertEqual(line_of(students), "Ada 92.5, Ben –")
        self.assertEqual(line_of([]), "no students yet")


if __name__ == "__main__":
    unittest.main()
