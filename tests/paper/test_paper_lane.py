"""The fast lane of plain requests: nobody can tell it from aiohttp's way, and it keeps to the same rules."""

import asyncio
import json
import re
import socket
from contextlib import asynccontextmanager
from functools import partial
from urllib.parse import urlsplit

import pytest
from aiohttp import web

from okxlab.clock import SystemClock
from okxlab.paper import PaperOptions, open_exchange
from okxlab.paper.assembly import assembled
from okxlab.paper.control.leases import Leases
from okxlab.paper.ending import Ending
from okxlab.paper.rest.lane import Line
from tests.paper.conftest import Exchange

JSON = {"Content-Type": "application/json"}


def written(method, path, body=b"", **headers):
    """Write a request as it goes over the wire."""
    told = {"Host": "127.0.0.1", "Content-Length": len(body), **headers}
    lines = [f"{method} /api/v5/{path} HTTP/1.1", *(f"{name}: {value}" for name, value in told.items()), "", ""]
    return "\r\n".join(lines).encode() + body


def placing(exchange, fields):
    """Write a signed order."""
    body = json.dumps(fields).encode()
    return written("POST", "trade/order", body, **JSON, **exchange.signature("POST", "/api/v5/trade/order", body))


@pytest.fixture
def link(shared_exchange):
    """Open a raw connection to the exchange."""
    place = urlsplit(shared_exchange.told["rest"])
    with socket.create_connection((place.hostname, place.port), timeout=10) as opened:
        yield opened


def heard(link, count):
    """Give so many answers, head and body each, with the moments in them taken out."""
    stream, answers = link.makefile("rb"), []
    for _ in range(count):
        head = b"".join(iter(stream.readline, b"\r\n")).decode()
        body = stream.read(int(re.search(r"Content-Length: (\d+)", head)[1])).decode()
        answers.append(re.sub(r"\b1\d{12,15}\b|Date: [^\r]+", "", f"{head}\r\n{body}"))
    return answers


def asked(exchange, order, case):
    """Write the request of a case."""
    target = "public/instruments?instType=SPOT&instId=BTC-USDT"
    return {
        "rows": written("GET", target),
        "nothing there": written("GET", "no/thing?a=%20b"),
        "wrong method": written("POST", "public/time", b"{}", **JSON),
        "not signed": written("POST", "trade/order", b"{}", **JSON),
        "not JSON": written(
            "POST", "trade/order", b"sz=1", **{"Content-Type": "text/plain"},
            **exchange.signature("POST", "/api/v5/trade/order", b"sz=1"),
        ),
        "not let in": written("GET", target, Host="example.com"),
        "refused order": placing(exchange, order(instId="NO-NE")),
    }[case]  # fmt: skip


@pytest.mark.parametrize(
    "case", ["rows", "nothing there", "wrong method", "not signed", "not JSON", "not let in", "refused order"]
)
def test_the_lane_answers_byte_for_byte_as_aiohttp_does(shared_exchange, link, order, case):
    """One request alone takes the lane, two in one piece go aiohttp's way: three times the same, head and body."""
    request = asked(shared_exchange, order, case)
    link.sendall(request)
    (alone,) = heard(link, 1)
    link.sendall(request + request)

    assert heard(link, 2) == [alone, alone]


def test_answers_come_in_the_order_of_the_requests(shared_exchange, link, order):
    """However many are sent before the first is answered, in pieces or together."""
    names = [f"lane{number}" for number in range(60)]
    requests = [placing(shared_exchange, order(clOrdId=name, instId="ETH-USDT", px="100")) for name in names]
    for first in range(0, 60, 4):
        one, two, three, four = requests[first : first + 4]
        for piece in (one, two[:300], two[300:] + three, four):
            link.sendall(piece)

    assert [re.search(r'"clOrdId":"(\w+)"', answer)[1] for answer in heard(link, 60)] == names


@pytest.mark.parametrize("last", [b"GET /api/v5/public/time HTTP/1.0\r\n\r\n", written("GET", "x", Connection="close")])
def test_a_client_that_wants_the_connection_closed_has_it_closed(link, last):
    """After the answer."""
    link.sendall(written("GET", "public/time"))
    heard(link, 1)
    link.sendall(last)

    assert link.makefile("rb").read().startswith(b"HTTP/1.")


class House:
    """An exchange served over lines in this process."""

    def __init__(self):
        options, ending = PaperOptions(stepped=True), Ending()
        self.exchange = open_exchange(options, SystemClock())
        self.wire = assembled(self.exchange, options, Leases(ending, leased=False), ending)

    @asynccontextmanager
    async def open(self):
        """Listen, and give a function that connects."""
        self.server, loop, links = web.Server(self.wire.direct), asyncio.get_running_loop(), []
        factory = partial(Line, self.server, self.wire.lane, {"loop": loop, "access_log": None})
        listener = await loop.create_server(factory, "127.0.0.1", 0)

        async def connect():
            links.append(await asyncio.open_connection(*listener.sockets[0].getsockname()))
            return links[-1]

        async with listener:
            yield connect
            for _, writer in links:
                writer.close()
            await self.server.shutdown(1)
        self.exchange.close()

    def placing(self, order):
        """Write a signed order."""
        key = self.exchange.first_key
        told = {"rest": "http://127.0.0.1", "api_key": key.key, "api_secret": key.secret, "passphrase": key.passphrase}
        return placing(Exchange(None, told), order())


def test_an_order_that_could_not_be_saved_is_not_answered(order):
    """Its connection is closed instead."""

    def fail(_changes):
        raise OSError("disk full")

    async def act():
        house = House()
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)
        async with house.open() as connect:
            reader, writer = await connect()
            house.exchange.venue.sinks.append(fail)
            writer.write(house.placing(order))
            return await asyncio.wait_for(reader.read(), 5)

    assert asyncio.run(act()) == b""


def test_who_was_served_over_the_lane_is_not_sent_away(order):
    """A connection that never asked is, at the same time."""

    async def act():
        house = House()
        async with house.open() as connect:
            (asks, asking), (silent, _) = await connect(), await connect()
            for _ in range(2):
                asking.write(house.placing(order))
                assert b'"sCode":"0"' in await asyncio.wait_for(asks.readuntil(b"outTime"), 5)
                now = asyncio.get_running_loop().time()
                house.wire.keeper.sweep(house.server.connections, now)
                house.wire.keeper.sweep(house.server.connections, now + 60)
            return await asyncio.wait_for(silent.read(), 5)

    assert asyncio.run(act()) == b""
