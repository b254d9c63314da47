"""Clients that mean harm, or do it: they cost neither memory nor the other clients."""

import asyncio
import gzip
import socket
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from aiohttp import web

from okxlab.paper.rest.doorkeeper import Doorkeeper

MEGA = 1 << 20
HEAD = b"POST /api/v5/trade/order HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
ROOM = 40 * MEGA


def memory(exchange):
    """Give the resident bytes of the exchange's process."""
    return int(Path(f"/proc/{exchange.process.pid}/statm").read_text(encoding="ascii").split()[1]) * 4096


@pytest.fixture
def caller(shared_exchange):
    """Give a function that opens a raw connection to the exchange."""
    place, opened = urlsplit(shared_exchange.told["rest"]), []

    def call():
        opened.append(socket.create_connection((place.hostname, place.port), timeout=20))
        return opened[-1]

    yield call
    for link in opened:
        link.close()


@pytest.fixture(autouse=True)
def _others_are_served_and_memory_stays(shared_exchange):
    """Whatever a test does: an honest client is answered at once afterwards, and the process has not grown."""
    shared_exchange.rows("account/balance")
    before = memory(shared_exchange)
    yield
    began = time.monotonic()
    shared_exchange.rows("account/balance")
    assert time.monotonic() - began < 10
    assert memory(shared_exchange) - before < ROOM


def pour(link, piece, total):
    """Send a piece again and again until so much is sent or the other side has had enough; give what was sent."""
    sent = 0
    try:
        while sent < total:
            link.sendall(piece)
            sent += len(piece)
    except OSError:
        return sent
    return sent


def said(link):
    """Give what comes until the other side closes."""
    heard = b""
    try:
        while piece := link.recv(65_536):
            heard += piece
    except OSError:
        return heard
    return heard


@pytest.mark.parametrize(
    ("head", "piece"),
    [
        (b"Content-Length: 209715200\r\n\r\n", b"x" * MEGA),
        (b"Transfer-Encoding: chunked\r\n\r\n", b"100000\r\n" + b"x" * MEGA + b"\r\n"),
    ],
    ids=["told", "chunked"],
)
def test_a_body_of_200_megabytes_is_refused_and_the_connection_closed(caller, head, piece):
    """413 as soon as it is too large, however it is sent."""
    link = caller()
    link.sendall(HEAD + head)
    pour(link, piece, 200 * MEGA)

    assert b'"code":"413"' in said(link)


@pytest.fixture(scope="module")
def bomb():
    """Give 200 MB of zeros in 200 KB."""
    return gzip.compress(b"0" * (200 * MEGA), compresslevel=6)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd"])
def test_packed_bodies_are_not_unpacked(shared_exchange, bomb, encoding):
    """Signed as it is: what came is not JSON, and nothing was unpacked."""
    answer = shared_exchange.post("trade/order", bomb, **{"Content-Encoding": encoding})

    assert (answer.status, answer.body["code"]) == (400, "50002")


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 900_000,
        b'{"a":' * 150_000,
        b'{"sz":' + b"9" * 900_000 + b"}",
        b'{"sz":1e999999999}',
        b"\xff\xfe" * 1000,
        b'{"clOrdId":"\\ud800"}',
    ],
    ids=["lists", "objects", "digits", "exponent", "bytes", "half a pair"],
)
def test_odd_json_is_refused(shared_exchange, body):
    """As deep, long or strange as it may be, and signed."""
    answer = shared_exchange.post("trade/order", body)

    assert answer.status in {200, 400}
    assert answer.body["code"] in {"1", "50002"}


def test_heads_without_end_are_cut_off(caller):
    """A header that never ends, and headers that never end."""
    for piece in (b"y" * 65_536, b"X-A: " + b"y" * 4000 + b"\r\n"):
        link = caller()
        link.sendall(b"GET /api/v5/public/time HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ")
        assert pour(link, piece, 60 * MEGA) < 60 * MEGA


def test_hundreds_who_send_slowly_hold_up_nobody(shared_exchange, caller):
    """Half a head or half a body each: the others are answered all the while."""
    for number in range(300):
        link = caller()
        link.sendall(HEAD + b"Content-Length: 100\r\n\r\n{" if number % 2 else HEAD[:40])
    began = time.monotonic()
    for _ in range(20):
        shared_exchange.rows("account/balance")

    assert time.monotonic() - began < 10


def test_who_asks_and_never_reads_fills_no_memory(caller):
    """Nobody goes on reading requests from a client whose answers lie about, one by one or many at once."""
    link = caller()
    link.settimeout(1)
    ask = b"GET /api/v5/public/instruments?instType=SPOT HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    for _ in range(200):
        link.sendall(ask)
        time.sleep(0.005)

    assert pour(link, ask * 100, 60 * MEGA) < 60 * MEGA


def test_what_is_no_http_fills_no_log(launch):
    """A thousand wrong lines leave nothing on stderr."""
    exchange = launch("--stepped")
    place = urlsplit(exchange.told["rest"])
    for _ in range(50):
        with socket.create_connection((place.hostname, place.port), timeout=5) as link:
            link.sendall(b"\x16\x03\x01 this is no HTTP\r\n\r\n")
            said(link)
    exchange.link.close()
    exchange.process.terminate()
    _, complained = exchange.process.communicate(timeout=30)

    assert complained == ""


def test_a_body_that_does_not_come_is_not_waited_for(loop, serve, monkeypatch):
    """408 when the time is up, and the connection is closed."""
    monkeypatch.setattr("okxlab.paper.rest.application._BODY_SECONDS", 0.1)
    place = urlsplit(serve().told["ws"])

    async def act():
        reader, writer = await asyncio.open_connection(place.hostname, place.port)
        writer.write(HEAD + b"Content-Length: 100\r\n\r\n{")
        heard = await asyncio.wait_for(reader.read(), 15)
        writer.close()
        return heard

    assert b'"code":"408"' in loop.run_until_complete(act())


def test_who_never_asks_is_sent_away():
    """A connection without a first request in time is closed; one that was served stays, and a new one too."""

    async def act():
        keeper = Doorkeeper(patience=10)
        app = web.Application()

        async def here(request):
            keeper.serve(request.protocol)
            return web.Response()

        app.router.add_get("/", here)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        links = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
        links[0][1].write(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert b"200 OK" in await links[0][0].readline()
        keeper.sweep(runner.server.connections, 100.0)
        links.append(await asyncio.open_connection("127.0.0.1", port))
        while len(runner.server.connections) < 3:
            await asyncio.sleep(0.01)
        keeper.sweep(runner.server.connections, 105.0)
        keeper.sweep(runner.server.connections, 111.0)
        gone = await asyncio.wait_for(links[1][0].read(), 15)
        present = len(runner.server.connections)
        for _, writer in links:
            writer.close()
        await runner.cleanup()
        return gone, present

    assert asyncio.run(act()) == (b"", 2)


def test_who_asks_before_sending_a_body_is_told_to_go_on(caller):
    """Some clients hold a body back until they are told to continue."""
    link = caller()
    link.sendall(HEAD + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n")
    assert link.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
    link.sendall(b"{}")
    assert link.recv(100).startswith(b"HTTP/1.1 401")
