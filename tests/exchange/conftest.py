"""A loopback server that answers what a test tells it to, and remembers what it was sent."""

import contextlib
import heapq
import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count

import pytest

from okxlab.exchange.ledger import FileLedger, MemoryLedger
from okxlab.exchange.throttle import Throttle
from tests.exchange.venue import Venue

OK = '{"code":"0","msg":"","data":[]}'


def tells(**row):
    """Give the answer of OKX that holds one row."""
    return (200, {}, json.dumps({"code": "0", "msg": "", "data": [row]}))


class Stopwatch:
    """A clock that only moves when somebody sleeps."""

    def __init__(self):
        self.now = 1000.0

    def now_ms(self):
        return int(self.now * 1000)

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


class Agenda(Stopwatch):
    """A clock on which things happen while somebody sleeps; what sleeps while it happens holds up nothing else."""

    def __init__(self):
        super().__init__()
        self._due = []
        self._numbers = count()
        self._happening = False

    def at(self, moment, action, *arguments):
        """Let something happen at a moment."""
        heapq.heappush(self._due, (moment, next(self._numbers), action, arguments))

    def sleep(self, seconds):
        end = self.now + seconds
        while not self._happening and self._due and self._due[0][0] <= end:
            self.now, _, action, arguments = heapq.heappop(self._due)
            self._happening = True
            try:
                action(*arguments)
            finally:
                self._happening = False
        self.now = end


@dataclass(repr=False)
class Stranger:
    """A server that is not OKX.

    `answers` maps a path to (status, headers, body), or to what gives them; `seen` holds (method, path, headers, body)
    of each request.
    """

    url: str = ""
    answers: dict = field(default_factory=dict)
    seen: list = field(default_factory=list)
    http: ThreadingHTTPServer | None = None


@pytest.fixture
def stranger():
    servers = []

    def make():
        told = Stranger()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                told.seen.append((self.command, self.path, dict(self.headers), body))
                answer = told.answers.get(self.path.split("?")[0], (200, {}, OK))
                status, headers, text = answer() if callable(answer) else answer
                if status == 0:  # hang up without an answer
                    self.close_connection = True
                    return
                data = text.encode()
                self.send_response_only(status)
                usual = {"Content-Type": "application/json", "Date": self.date_time_string()}
                for name, value in {**usual, **headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                with contextlib.suppress(BrokenPipeError):  # who asked is gone
                    self.wfile.write(data)

            do_GET = do_POST = _answer  # noqa: N815 - the names http.server calls

            def log_message(self, *args):
                """Stay quiet."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        servers.append((server, thread))
        told.http = server
        told.url = f"http://127.0.0.1:{server.server_address[1]}"
        return told

    yield make
    for server, thread in servers:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(autouse=True)
def user_state(tmp_path, monkeypatch):
    """Give the user's state folder of this test alone."""
    folder = tmp_path / "state"
    monkeypatch.setenv("XDG_STATE_HOME", str(folder))
    return folder


CANARIES = ("canary-key-7f3a", "canary-secret-91bc", "canary-passphrase-e40d")


@pytest.fixture
def keyed(stranger, tmp_path, monkeypatch):
    """Connect a live session with canary keys to a stranger on loopback; gives (session, stranger)."""
    import okxlab as ox

    server = stranger()
    server.answers["/api/v5/public/time"] = tells(ts=str(int(time.time() * 1000)))
    server.answers["/api/v5/account/config"] = tells(perm="read_only,trade", ip="127.0.0.1")
    (tmp_path / "okxlab.toml").write_text(f'[live]\nhost = "{server.url}"\n[demo]\nhost = "{server.url}"\n')
    for name, value in zip(("API_KEY", "API_SECRET", "API_PASSPHRASE"), CANARIES, strict=True):
        monkeypatch.setenv(f"OKX_{name}", value)
        monkeypatch.setenv(f"OKX_DEMO_{name}", value)
    sessions = []

    def make(profile="live"):
        session = ox.connect(profile, workspace=tmp_path)
        sessions.append(session)
        return session, server

    yield make
    for session in sessions:
        session.close()


@pytest.fixture
def venue(tmp_path):
    """Give a function that starts a paper exchange of the test's own; stepped unless told otherwise."""
    running = []

    def make(*options):
        running.append(Venue(tmp_path, *(options or ("--stepped",))))
        return running[-1]

    yield make
    for one in running:
        one.close()


@pytest.fixture
def clock():
    return Agenda()


@pytest.fixture(params=["file", "memory"])
def ledger(request, tmp_path, clock):
    opened = FileLedger(tmp_path / "t.db", clock) if request.param == "file" else MemoryLedger(clock)
    yield opened
    opened.close()


@pytest.fixture
def throttle(ledger, clock):
    return Throttle(ledger, clock, host="okx", key="k")
