"""A paper exchange in a process of its own, a client that signs, and a venue without a wire."""

import asyncio
import base64
import contextlib
import hashlib
import hmac
import http.client
import json
import subprocess
import sys
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest

from okxlab.clock import SystemClock
from okxlab.paper import PaperOptions
from tests.paper.desk import open_desk
from tests.paper.wire import Served, Wire

NOW = 1_750_000_000_000


@dataclass
class Answer:
    """What came back: HTTP status, headers, and the body as JSON."""

    status: int
    headers: dict
    body: dict


@dataclass
class Exchange:
    """A running paper exchange and everything needed to talk to it."""

    process: subprocess.Popen
    told: dict
    drift_ms: int = 0
    overrides: dict = field(default_factory=dict)

    def __post_init__(self):
        place = urlsplit(self.told["rest"])
        self.link = http.client.HTTPConnection(place.hostname, place.port, timeout=30)

    def send(self, method, target, body=b"", headers=None):
        """Send bytes as they are."""
        self.link.request(method, target, body=body or None, headers=headers or {})
        response = self.link.getresponse()
        text = response.read().decode()
        with contextlib.suppress(ValueError):
            return Answer(response.status, dict(response.headers), json.loads(text))
        return Answer(response.status, dict(response.headers), text)

    def signature(self, method, target, body=b""):
        """Give OKX's headers for a request."""
        moment = SystemClock().now_ms() + self.drift_ms
        stamp = datetime.fromtimestamp(moment / 1000, tz=UTC).isoformat(timespec="milliseconds")[:23] + "Z"
        secret = self.overrides.get("secret", self.told["api_secret"]).encode()
        digest = hmac.new(secret, f"{stamp}{method}{target}".encode() + body, hashlib.sha256).digest()
        return {
            "OK-ACCESS-KEY": self.told["api_key"],
            "OK-ACCESS-SIGN": base64.b64encode(digest).decode(),
            "OK-ACCESS-TIMESTAMP": stamp,
            "OK-ACCESS-PASSPHRASE": self.told["passphrase"],
        }

    def get(self, path, **headers):
        """Ask with a signature."""
        return self.send("GET", f"/api/v5/{path}", headers=self.signature("GET", f"/api/v5/{path}") | headers)

    def post(self, path, value, **headers):
        """Send JSON (or bytes as they are) with a signature."""
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        signed = self.signature("POST", f"/api/v5/{path}", body)
        return self.send("POST", f"/api/v5/{path}", body, signed | {"Content-Type": "application/json"} | headers)

    def begin(self, path, value):
        """Send JSON with a signature, and do not wait for the answer."""
        body = json.dumps(value).encode()
        signed = self.signature("POST", f"/api/v5/{path}", body) | {"Content-Type": "application/json"}
        self.link.request("POST", f"/api/v5/{path}", body=body, headers=signed)

    def rows(self, path):
        """Ask and give the rows of a good answer."""
        answer = self.get(path)
        assert answer.body["code"] == "0", answer.body
        return answer.body["data"]

    def place(self, **fields):
        """Place one order and give its row."""
        (row,) = self.post("trade/order", order(**fields)).body["data"]
        return row

    def control(self, method, name, value=None):
        """Call a control route."""
        body = b"" if value is None else json.dumps(value).encode()
        return self.send(method, f"/okxlab/{name}", body, {"X-Okxlab-Token": self.told["control"]})

    def with_key(self, key="", secret="", passphrase="", **made):
        """Give the same exchange to somebody with another key: one that is given, or one that is made for him."""
        if not key:
            made = self.control("POST", "keys/add", made).body
            key, secret, passphrase = made["key"], made["secret"], made["passphrase"]
        other = replace(self, told=self.told | {"api_key": key, "api_secret": secret, "passphrase": passphrase})
        other.link = self.link
        return other

    def step(self, **fields):
        """Step the feed and give what it says."""
        return self.control("POST", "step", fields).body


class StandingClock:
    """A clock that a test sets."""

    def __init__(self, ms=NOW):
        self.ms = ms

    def now_ms(self):
        """Milliseconds since 1970 UTC."""
        return self.ms

    def monotonic(self):
        """Seconds on the same scale."""
        return self.ms / 1000

    def sleep(self, seconds):
        """Pass time."""
        self.ms += round(seconds * 1000)


def order(**fields):
    """Give an order's fields: a small limit buy far below the market unless told otherwise."""
    usual = {"instId": "BTC-USDT", "tdMode": "cash", "side": "buy", "ordType": "limit", "sz": "0.01", "px": "80000"}
    return {name: value for name, value in {**usual, **fields}.items() if value is not None}


@pytest.fixture(name="order")
def _order():
    return order


@pytest.fixture
def clock():
    return StandingClock()


@pytest.fixture(name="open_desk")
def _open_desk():
    return open_desk


@pytest.fixture
def venue(clock):
    return open_desk(PaperOptions(stepped=True), clock)


@pytest.fixture
def tape(tmp_path, clock):
    """Give a venue over candles written as (open, high, low, close), one a minute from 2024-01-01."""

    def make(*candles, **options):
        path = tmp_path / "candles.csv"
        lines = [f"{1_704_067_200_000 + 60_000 * i},{','.join(map(str, candle))},1" for i, candle in enumerate(candles)]
        path.write_text("\n".join(["ts,open,high,low,close,volume", *lines]) + "\n")
        return open_desk(PaperOptions(stepped=True, prices=f"file:{path}", **options), clock)

    return make


def start(*arguments):
    """Start the program and give it once it has told where it is; without limits unless ``--limits`` is asked for."""
    pace = [] if "--limits" in arguments else ["--no-limits"]
    words = [str(argument) for argument in arguments if argument != "--limits"]
    command = [sys.executable, "-m", "okxlab", "paper", *pace, *words]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    line = process.stdout.readline()
    if not line:
        raise AssertionError(process.communicate(timeout=30)[1])
    return Exchange(process, json.loads(line))


def stop(exchange):
    """End the program and close everything that was open to it."""
    exchange.link.close()
    if exchange.process.poll() is None:
        exchange.process.terminate()
    exchange.process.communicate(timeout=30)


@pytest.fixture
def launch():
    running = []

    def one(*arguments):
        running.append(start(*arguments))
        return running[-1]

    yield one
    for exchange in running:
        stop(exchange)


@pytest.fixture(scope="module")
def shared_exchange():
    exchange = start("--stepped")
    yield exchange
    stop(exchange)


@pytest.fixture
def exchange(launch):
    return launch("--stepped")


@pytest.fixture
def eventually():
    """Give a function that waits, up to half a minute, until something holds."""

    def wait(holds):
        end = time.monotonic() + 30
        while not holds():
            if time.monotonic() > end:
                return False
            time.sleep(0.02)
        return True

    return wait


@pytest.fixture
def loop():
    """Give the event loop a test's connections live on."""
    one = asyncio.new_event_loop()
    yield one
    one.close()


@pytest.fixture
def connect(loop):
    """Connect to an exchange, at one of its paths or at the one that serves all."""
    open_wires = []

    def one(exchange, place="", **more):
        open_wires.append(Wire(loop, exchange.told["ws"] + (f"/{place}" if place else ""), **more))
        return open_wires[-1]

    yield one
    for wire in open_wires:
        wire.close()


@pytest.fixture
def serve(loop):
    """Open an exchange in this process whose connections are held to a test's terms."""
    running = []

    def one(terms=None, **options):
        running.append(Served(loop, terms, **options))
        return running[-1]

    yield one
    for served in running:
        served.stop()
