"""Candles made for a purpose, and a wire that can be cut at the worst moment."""

import http.client
import json
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import numpy as np
import pandas as pd
import pytest
import requests

import okxlab as ox
from okxlab.exchange import Lease, paper_session, read_address


@pytest.fixture(scope="session")
def btc() -> ox.Instrument:
    """Give BTC-USDT with its real steps."""
    return ox.Instrument("BTC-USDT", tick="0.1", lot="0.00000001", minimum="0.00001")


@pytest.fixture(scope="session")
def bars():
    """Give a function that makes candles from (open, high, low, close) rows, a minute each."""

    def make(*rows, start="2024-01-01"):
        index = pd.date_range(start, periods=len(rows), freq="min", tz="UTC", name="time")
        return pd.DataFrame(rows, columns=["open", "high", "low", "close"], index=index, dtype="float64")

    return make


@pytest.fixture(scope="session")
def wavy(btc):
    """Give a day of a seeded walk whose prices lie off the tick."""
    rng = np.random.default_rng(11)
    close = 60_000 * np.exp(np.cumsum(rng.normal(0, 0.0012, 1440)))
    open_ = np.concatenate([[60_000.0], close[:-1]])
    reach = np.abs(rng.normal(0, 0.0008, (2, 1440)))
    frame = pd.DataFrame(
        {
            "open": open_,
            "high": np.maximum(open_, close) * (1 + reach[0]),
            "low": np.minimum(open_, close) * (1 - reach[1]),
            "close": close,
        },
        index=pd.date_range("2024-01-01", periods=1440, freq="min", tz="UTC", name="time"),
    ).round(3)
    frame.attrs["instrument"] = btc
    return frame


class Wiretap:
    """A proxy in front of the paper exchange; `fault` says what happens to the next state-changing requests.

    ``answer``: the exchange gets the request, the client no answer. ``request``: neither gets anything.
    ``garbage``: the exchange gets it, the client gets a page that is not OKX v5. `posts` counts what arrived. While
    `down` is (status, body) nothing gets through and that is the answer to everything; status 0 hangs up.
    """

    def __init__(self, rest):
        self.fault, self.faults_left, self.posts, self.forgotten = "", 0, 0, ""
        self.down = None
        self.twist = lambda row: row
        place, tap = urlsplit(rest), self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _relay(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                if tap.down:
                    self._answer(*tap.down)
                    return
                fault = tap.take() if self.command == "POST" else ""
                if fault == "request":
                    self.close_connection = True
                    return
                tap.posts += self.command == "POST"
                link = http.client.HTTPConnection(place.hostname, place.port, timeout=30)
                link.request(self.command, self.path, body=body or None, headers=dict(self.headers))
                answer = link.getresponse()
                text = tap.twisted(tap.without_forgotten(answer.read()))
                link.close()
                if fault == "answer":
                    self.close_connection = True
                    return
                self._answer(answer.status, b"<html>one moment</html>" if fault == "garbage" else text)

            def _answer(self, status, text):
                if not status:
                    self.close_connection = True
                    return
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_POST = _relay  # noqa: N815 - the names http.server calls

            def log_message(self, *args):
                """Stay quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self.thread.start()
        self.rest = f"http://127.0.0.1:{self.server.server_address[1]}"

    def cut(self, fault, times=1):
        """Let the next state-changing requests fail."""
        self.fault, self.faults_left = fault, times

    def forget(self, part):
        """Leave orders whose client id holds this part out of every answer, as an exchange does after months."""
        self.forgotten = part

    def without_forgotten(self, text):
        """Give an answer without the forgotten rows."""
        if not self.forgotten or b"clOrdId" not in text:
            return text
        answer = json.loads(text)
        answer["data"] = [row for row in answer["data"] if self.forgotten not in str(row.get("clOrdId"))]
        return json.dumps(answer).encode()

    def twisted(self, text):
        """Give an answer with each of its orders as `twist` changes it."""
        if b"accFillSz" not in text:
            return text
        answer = json.loads(text)
        return json.dumps(answer | {"data": [self.twist(row) for row in answer["data"]]}).encode()

    def take(self):
        """Use up one fault."""
        if self.faults_left == 0:
            return ""
        self.faults_left -= 1
        return self.fault

    def close(self):
        """End the proxy."""
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def tapped(fresh, tmp_path):
    """Give (session, wiretap): a session whose wire to the paper exchange can be cut."""
    tap = Wiretap(fresh.profile.rest)
    address = read_address((tmp_path / ".okxlab" / "paper.json").read_bytes())
    lease = Lease(address.rest, address.control)
    session = paper_session(replace(address, rest=tap.rest), lease, fresh.workspace)
    yield session, tap
    session.close()
    tap.close()


@pytest.fixture
def control_token(tmp_path):
    """Give a function that reads the control token of the workspace's exchange."""
    return lambda: json.loads((tmp_path / ".okxlab" / "paper.json").read_text())["control"]


@pytest.fixture
def hit(fresh, control_token):
    """Give a function with which somebody else sells into a resting buy, as much as it says."""

    def sell(order, size):
        body = {"instId": order.symbol, "side": "sell", "px": str(order.price), "sz": str(size)}
        headers = {"X-Okxlab-Token": control_token()}
        answer = requests.post(f"{fresh.profile.rest}/okxlab/print", json=body, headers=headers, timeout=10)
        assert answer.json()["fills"] >= 1, answer.text

    return sell


@pytest.fixture
def ahead(fresh, control_token):
    """Give a function that puts the exchange's clock ahead by so many seconds."""

    def put(seconds):
        headers = {"X-Okxlab-Token": control_token()}
        url = f"{fresh.profile.rest}/okxlab/clock"
        answer = requests.post(url, json={"skew_ms": seconds * 1000}, headers=headers, timeout=10)
        assert answer.status_code == 200, answer.text

    return put
