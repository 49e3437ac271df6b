"""A participant in Python, for tests: prints what it knows as a line of JSON after each change."""

import json
import pathlib
import signal
import sys
import threading

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "examples/gradebook/reporter-python"))

from participant import Participant  # noqa: E402

leaving = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: leaving.set())
registry, name, *requires = sys.argv[1:]
participant = Participant(name, requires, registry, silence_s=2)
participant.register()
said = None
while not leaving.is_set():
    known = {service: participant.providers(service) for service in requires}
    if known != said:
        print(json.dumps({"url": participant.url, "knows": known}), flush=True)
    said = known
    leaving.wait(0.02)
participant.unregister()
