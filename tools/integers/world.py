"""The road's servers, each at a hidden port behind what can change its replies."""
import os
import threading

from cases import answers, free_port
from network import Between
from programs import Server, until

ROLES = {"ledger": "ledger", "desk": "desk", "acme-1": "broker", "council-1": "broker", "north": "witness"}


class World:
    def __init__(self, road, program):
        self.road, self.program = road, program
        self.origin, self.grant = os.environ["ORIGIN"], os.environ["GRANT"]
        self.ports = dict(pair.split("=") for pair in os.environ["PORTS"].split())
        self.newest = 0
        # Those cases that change what all share run one at a time.
        self.alone = threading.Lock()
        self.hidden, self.servers, self.behind = {}, {}, {}

    def url(self, name):
        return f"http://127.0.0.1:{self.ports[name]}"

    def begin(self):
        for name in ROLES:
            self.hidden[name] = free_port()
            self.behind[name] = Between(name, int(self.ports[name]), f"http://127.0.0.1:{self.hidden[name]}")
        for name in ROLES:
            self.start(name)
        for name in ROLES:
            assert until(30, lambda: answers(f"http://127.0.0.1:{self.hidden[name]}")), f"{name} does not answer"

    def start(self, name):
        role = ROLES[name]
        more = ["--storage-key", self.road / "storage" / name] if role == "broker" else []
        self.servers[name] = Server(
            self.program, [
                role, "--dir", self.road / "servers" / name, "--key", self.road / "org" / name, "--charter",
                self.road / "charter", "--listen", f"127.0.0.1:{self.hidden[name]}", *more,
            ], self.road / "log" / f"{name}-behind")

    def end(self):
        for server in self.servers.values():
            server.end("the servers end")
