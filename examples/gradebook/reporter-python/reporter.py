"""Print the students' averages whenever grades change: a participant in another language."""

from __future__ import annotations

import argparse
import json
import os
import signal
import threading
from typing import Any

from participant import AWAY, Participant, direct

LOOK_EVERY_S = 1.0
ANSWER_WITHIN_S = 2.0


def say(text: str) -> None:
    """One line, at once; what others sent does not steer the terminal."""
    print("".join(letter if letter.isprintable() else " " for letter in text), flush=True)


def line_of(students: list[dict[str, Any]]) -> str:
    """`Ada 92.5, Ben –`: an average is null where there is no grade."""
    words = [(each["firstName"], "–" if each["average"] is None else f"{each['average']:.1f}") for each in students]
    return ", ".join(f"{name} {average}" for name, average in words) or "no students yet"


def ask_for_students(urls: tuple[str, ...]) -> list[dict[str, Any]] | None:
    """The answer of the first instance that gives one; None where none does."""
    for url in urls:
        try:
            with direct.open(f"{url}/students", timeout=ANSWER_WITHIN_S) as answer:
                students = json.load(answer)
            line_of(students)  # what cannot be read is no answer
            return list(students)
        except (*AWAY, ValueError, KeyError, TypeError):
            continue
    return None


def report(grading: Participant, leaving: threading.Event) -> None:
    """Look each second, and say what changed."""
    before: list[dict[str, Any]] | None = None
    say("waiting for grading")
    while not leaving.is_set():
        students = ask_for_students(grading.providers("grading"))
        if (students is None) != (before is None):
            say("grading is away" if students is None else "grading is there")
        if students is not None and students != before:
            say(line_of(students))
        before = students
        leaving.wait(LOOK_EVERY_S)


def main() -> None:
    """Take part until SIGTERM or Ctrl-C, then leave in order."""
    options = argparse.ArgumentParser(description=__doc__)
    registry = os.environ.get("SKYLARK_REGISTRY", "http://127.0.0.1:3000")
    options.add_argument("--registry", default=registry, help="where the registry is (%(default)s)")
    options.add_argument("--port", type=int, default=0, help="the port to listen on; 0 takes a free one")
    given = options.parse_args()
    leaving = threading.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: leaving.set())
    try:
        reporter = Participant("reporter", ["grading"], given.registry, given.port, say)
    except OSError as error:
        options.error(f"port {given.port} cannot be listened on ({error}): say another with --port")
    say(f"listening at {reporter.url}")
    reporter.register()
    report(reporter, leaving)
    reporter.unregister()
    say("left")


if __name__ == "__main__":
    main()
