"""A paper exchange in a process of its own, which a test steers, breaks and starts again at the same address."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time

import requests

from okxlab.config import find_workspace
from okxlab.exchange import paper_session, read_address


class Venue:
    """One address, and whatever process answers there."""

    def __init__(self, folder, *options):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.folder = folder
        self.options = [str(option) for option in options]
        self.http = requests.Session()
        self.start()
        self.sessions = []

    def start(self):
        """Start it, or start it again."""
        command = [sys.executable, "-m", "okxlab", "paper", "--port", str(self.port), "--no-limits", *self.options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE)
        line = self.process.stdout.readline()
        self.told = json.loads(line)
        self.address = read_address(line)

    def kill(self):
        """End it as the system does when memory is out."""
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def freeze(self):
        """Let it do nothing, connections open."""
        os.kill(self.process.pid, signal.SIGSTOP)

    def thaw(self):
        """Let it go on."""
        os.kill(self.process.pid, signal.SIGCONT)

    def session(self):
        """Open a session there, with the keys of the process that answers now."""
        self.sessions.append(paper_session(self.address, None, find_workspace(self.folder)))
        return self.sessions[-1]

    def control(self, name, value=None, method="POST"):
        """Call a control route and give its answer."""
        answer = self.http.request(
            method, f"{self.told['rest']}/okxlab/{name}", json=value, headers={"X-Okxlab-Token": self.told["control"]}
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    def step(self, points=1):
        """Move the market."""
        return self.control("step", {"points": str(points)})

    def fault(self, fault, **conditions):
        """Set a rule and give it."""
        return self.control("faults", {"fault": fault, **conditions})

    def struck(self, rule):
        """Tell how often a rule has struck."""
        return sum(entry["rule"] == rule["id"] for entry in self.control("faults", method="GET")["log"])

    def heal(self):
        """Take every rule back."""
        return self.control("faults", method="DELETE")

    def get(self, path, **params):
        """Read public rows as they are."""
        return self.http.get(f"{self.told['rest']}/api/v5/{path}", params=params).json()["data"]

    def close(self):
        """End everything."""
        with contextlib.suppress(ProcessLookupError):
            self.thaw()
        for session in self.sessions:
            session.close()
        self.http.close()
        if self.process.poll() is None:
            self.kill()


def eventually(holds, seconds=15.0):
    """Wait until something holds, and tell whether it came to that."""
    end = time.monotonic() + seconds
    while not (found := holds()):
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return found
