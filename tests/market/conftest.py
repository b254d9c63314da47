"""Loopback servers: one lists whatever it is asked for and has one candle of it, the other says what it is told."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

import okxlab as ox

BAR = ["1704067200000", "10", "12", "9", "11", "5", "5", "50", "1"]


@pytest.fixture
def derivatives(tmp_path, monkeypatch):
    """Give (session, targets seen) on a server that lists every derivative."""
    seen = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            seen.append(self.path)
            listing = "instruments" in self.path
            rows = [{"instId": "listed"}] if listing else [] if "after=" in self.path else [BAR]
            data = json.dumps({"code": "0", "msg": "", "data": rows}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *args):
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    (tmp_path / "okxlab.toml").write_text(f'[live]\nhost = "http://127.0.0.1:{server.server_address[1]}"\n')
    with ox.connect("live", workspace=tmp_path) as session:
        yield session, seen
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def told(tmp_path, monkeypatch):
    """Give a function that opens a session on a server with the rows given for each path, and nothing else."""
    opened = []

    def make(answers):
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                rows = answers[self.path.split("?")[0].removeprefix("/api/v5/")]
                rows = rows(parse_qs(urlsplit(self.path).query)) if callable(rows) else rows
                data = json.dumps({"code": "0", "msg": "", "data": rows}).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *args):
                """Stay quiet."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
        (tmp_path / "okxlab.toml").write_text(f'[live]\nhost = "http://127.0.0.1:{server.server_address[1]}"\n')
        session = ox.connect("live", workspace=tmp_path)
        opened.append((session, server, thread))
        return session

    yield make
    for session, server, thread in opened:
        session.close()
        server.shutdown()
        server.server_close()
        thread.join()
