"""The process: how it starts, is stepped, logs, and ends."""

import http.client
import json
import signal
import socket
import subprocess
import sys
import time
from urllib.parse import urlsplit

import pytest

HOLD_A_LEASE = """
import http.client, sys
link = http.client.HTTPConnection(sys.argv[1])
link.request("GET", "/okxlab/lease", headers={"X-Okxlab-Token": sys.argv[2]})
print(link.getresponse().read(7).decode(), end="", flush=True)
sys.stdin.read()
"""


def lease(exchange):
    """Take a lease in a client process of its own."""
    arguments = [sys.executable, "-c", HOLD_A_LEASE, urlsplit(exchange.told["rest"]).netloc, exchange.told["control"]]
    client = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert client.stdout.readline() == "leased\n"
    return client


def test_start_line_tells_where_and_with_what(launch):
    """One JSON line: addresses, keys, pid and control token."""
    exchange = launch("--stepped")

    assert set(exchange.told) == {"rest", "ws", "api_key", "api_secret", "passphrase", "pid", "control"}
    assert exchange.told["pid"] == exchange.process.pid
    assert urlsplit(exchange.told["rest"]).hostname == "127.0.0.1"


def test_state_file_is_private_and_goes_with_the_process(launch, tmp_path):
    """Mode 0600, the same line as on stdout, removed at the end."""
    path = tmp_path / "paper.json"
    exchange = launch("--stepped", "--state", path)

    assert path.stat().st_mode & 0o777 == 0o600
    assert json.loads(path.read_text()) == exchange.told
    assert list(tmp_path.iterdir()) == [path]

    exchange.process.terminate()
    assert exchange.process.wait(10) == 0
    assert not path.exists()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_process_ends_with_its_last_lease_however_the_client_dies(launch, number):
    """The connection is the lease: kill -9 closes it too. One of two leases is not the last."""
    exchange = launch("--stepped", "--leased")
    clients = [lease(exchange), lease(exchange)]

    for client in clients[::-1]:
        assert exchange.process.poll() is None
        client.send_signal(number)
        client.communicate(timeout=10)
        if client is clients[1]:
            assert exchange.control("GET", "feed").status == 200

    assert exchange.process.wait(10) == 0


def test_lease_does_not_hold_up_a_sigterm(launch):
    """A process told to stop stops, whoever holds a lease."""
    exchange = launch("--stepped")
    client = lease(exchange)
    exchange.process.terminate()

    assert exchange.process.wait(10) == 0
    client.communicate(timeout=10)


def test_port_in_use_is_one_sentence_and_exit_1():
    """No traceback."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        command = [sys.executable, "-m", "okxlab", "paper", "--port", str(port)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 1
    said = f"Port {port} on 127.0.0.1 is in use or not allowed. Choose another with --port, or 0 for a free one.\n"
    assert (done.stdout, done.stderr) == ("", said)


def test_bad_usage_exits_2():
    """An unknown option is the user's mistake."""
    command = [sys.executable, "-m", "okxlab", "paper", "--colour", "blue"]

    assert subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 2


def test_step_when_the_feed_runs_by_the_clock_is_409(launch):
    """A market in real time cannot be stepped, and is dated now."""
    exchange = launch("--speed", "1")
    (ticker,) = exchange.rows("market/ticker?instId=BTC-USDT")
    (now,) = exchange.rows("public/time")

    assert exchange.control("POST", "step", {"points": 1}).status == 409
    assert abs(int(ticker["ts"]) - int(now["ts"])) < 60_000
    assert exchange.control("GET", "feed").body["mode"] == "realtime"


def test_real_time_when_sped_up_fills_by_itself(launch):
    """At a thousandfold speed the market comes to an order without a step."""
    exchange = launch("--speed", "20000")
    price = float(exchange.rows("market/ticker?instId=DOGE-USDT")[0]["last"])
    exchange.place(instId="DOGE-USDT", sz="10", px=f"{price * 0.999:.5f}")

    until = time.monotonic() + 60
    while not (fills := exchange.rows("trade/fills")) and time.monotonic() < until:
        pass

    assert fills


@pytest.mark.parametrize(
    ("fields", "code"),
    [({}, "50014"), ({"points": -1}, "51000"), ({"points": "x"}, "51000"), ({"until": "dawn"}, "51000")],
)
def test_step_when_asked_badly_is_refused(shared_exchange, fields, code):
    """Nothing moves."""
    answer = shared_exchange.control("POST", "step", fields)

    assert (answer.status, answer.body["code"]) == (400, code)


def trade_a_little(exchange, order):
    exchange.post("trade/batch-orders", [order(px=str(89_900 - 50 * i), clOrdId=f"b{i}") for i in range(20)])
    exchange.place(ordType="market", px=None, sz="1000", clOrdId="m")
    for _ in range(5):
        exchange.step(until="fill", most=5000)
        exchange.place(side="sell", px="99000", sz="0.001")
    exchange.control("POST", "print", {"instId": "BTC-USDT", "side": "buy", "px": "99000", "sz": "0.0015"})
    exchange.post("trade/cancel-order", {"instId": "BTC-USDT", "clOrdId": "b19"})
    return exchange.control("GET", "log").body


def test_same_seed_same_orders_same_steps_give_the_same_log_over_the_wire(launch, order):
    """Two processes, byte for byte; another seed differs."""
    logs = [trade_a_little(launch("--stepped", "--seed", seed), order) for seed in (11, 11, 12)]

    assert logs[0] == logs[1] != logs[2]
    events = [json.loads(line) for line in logs[0].splitlines()]
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert {"accepted", "fill", "print"} <= {event["event"] for event in events}


def test_client_that_hangs_up_in_the_middle_does_no_harm(shared_exchange):
    """Half a request, or a request whose answer is not awaited, leaves the exchange standing."""
    place = urlsplit(shared_exchange.told["rest"])
    with socket.create_connection((place.hostname, place.port)) as link:
        link.sendall(b"POST /api/v5/trade/order HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99\r\n\r\n{")
    link = http.client.HTTPConnection(place.hostname, place.port)
    link.request("GET", "/api/v5/market/tickers?instType=SPOT")
    link.close()

    assert shared_exchange.rows("public/time")
