"""The fast lane of plain requests: nobody can tell it from aiohttp's way, and it keeps to the same rules."""

import asyncio
import json
import random
import re
import socket
from contextlib import asynccontextmanager
from functools import partial
from itertools import pairwise
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


def timeless(answers):
    """Take the moments out of answers."""
    return re.sub(r"\b1\d{12,15}\b|Date: [^\r]+", "", answers)


def heard(link, count):
    """Give so many answers, head and body each, with the moments in them taken out."""
    stream, answers = link.makefile("rb"), []
    for _ in range(count):
        head = b"".join(iter(stream.readline, b"\r\n")).decode()
        body = stream.read(int(re.search(r"Content-Length: (\d+)", head)[1])).decode()
        answers.append(timeless(f"{head}\r\n{body}"))
    return answers


def asked(exchange, order):
    """Write requests of every kind."""
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
    }  # fmt: skip


@pytest.mark.parametrize(
    "case", ["rows", "nothing there", "wrong method", "not signed", "not JSON", "not let in", "refused order"]
)
def test_the_lane_answers_byte_for_byte_as_aiohttp_does(shared_exchange, link, order, case):
    """One request alone takes the lane, two in one piece go aiohttp's way: three times the same, head and body."""
    request = asked(shared_exchange, order)[case]
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
    async def open(self, *, plain=False, **terms):
        """Listen, if asked over aiohttp's plain connections, and give a function that connects."""
        self.server, loop, links = web.Server(self.wire.direct, access_log=None), asyncio.get_running_loop(), []
        line = partial(Line, self.server, self.wire.lane, {"loop": loop, "access_log": None, **terms})
        listener = await loop.create_server(self.server if plain else line, "127.0.0.1", 0)

        async def connect():
            links.append(await asyncio.open_connection(*listener.sockets[0].getsockname()))
            return links[-1]

        async with listener:
            try:
                yield connect
            finally:
                for _, writer in links:
                    writer.close()
                await self.server.shutdown(1)
                self.exchange.close()

    @property
    def signer(self):
        """Give what signs for it."""
        key = self.exchange.first_key
        told = {"rest": "http://127.0.0.1", "api_key": key.key, "api_secret": key.secret, "passphrase": key.passphrase}
        return Exchange(None, told)

    def placing(self, order):
        """Write a signed order."""
        return placing(self.signer, order())


def streams(signer, order, count):
    """Give streams of requests, cut anywhere, each with a request at its end that closes the connection."""
    chance = random.Random(5)  # noqa: S311 - the same streams each time
    kinds = [
        *asked(signer, order).values(),
        written("HEAD", "public/time"),
        written("GET", "public/instruments?instType=%53POT&instId=BTC%2DUSDT"),
        written("GET", "public/%74ime"),
        b"GET http://127.0.0.1/api/v5/no/thing HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"GET /api/v5/no/thing HTTP/1.0\r\nHost: 127.0.0.1\r\nConnection: keep-alive\r\n\r\n",
        b"POST /api/v5/trade/order HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    ]
    for number in range(count):
        orders = [placing(signer, order(clOrdId=f"s{number}n{each}", px="100")) for each in range(4)]
        whole = b"".join([*chance.choices([*kinds, *orders], k=5), written("GET", "x", Connection="close")])
        cuts = sorted(chance.sample(range(1, len(whole)), chance.choice((0, 1, 8))))
        ends = [at.start() for at in re.finditer(rb"(?:GET|HEAD|POST) ", whole)][1:]
        cuts = [0, *(ends if chance.random() < 0.5 else cuts), len(whole)]
        yield [whole[first:last] for first, last in pairwise(cuts)]


def test_streams_of_requests_are_answered_as_without_the_lane(order):
    """Sixty streams, cut between requests or anywhere: the same answers in the same order, and the same orders."""

    async def told(connect, pieces):
        reader, writer = await connect()
        for piece in pieces:
            writer.write(piece)
            await asyncio.sleep(0.002)
        return timeless((await asyncio.wait_for(reader.read(), 30)).decode())

    async def act():
        lane, plain = House(), House()
        plain.exchange.keys.add(lane.exchange.first_key)
        async with lane.open() as here, plain.open(plain=True) as there:
            for pieces in streams(lane.signer, order, 60):
                assert await told(here, pieces) == await told(there, pieces), pieces
        return [[row.ask.client_id for row in house.exchange.venue.open.values()] for house in (lane, plain)]

    mine, theirs = asyncio.run(act())
    assert mine == theirs
    assert len(mine) > 40


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
            return await asyncio.wait_for(reader.read(), 30)

    assert asyncio.run(act()) == b""


def test_who_was_served_over_the_lane_is_not_sent_away(order):
    """A connection that never asked is, at the same time."""

    async def act():
        house = House()
        async with house.open() as connect:
            (asks, asking), (silent, _) = await connect(), await connect()
            for _ in range(2):
                asking.write(house.placing(order))
                assert b'"sCode":"0"' in await asyncio.wait_for(asks.readuntil(b"outTime"), 30)
                now = asyncio.get_running_loop().time()
                house.wire.keeper.sweep(house.server.connections, now)
                house.wire.keeper.sweep(house.server.connections, now + 60)
            return await asyncio.wait_for(silent.read(), 30)

    assert asyncio.run(act()) == b""


def test_no_more_is_answered_than_is_read():
    """Of forty large answers that nobody reads, only what the wire has not yet taken of one waits in memory."""

    async def act():
        house = House()
        async with house.open() as connect:
            _, writer = await connect()
            for _ in range(40):
                writer.write(written("GET", "public/instruments?instType=SPOT"))
                await asyncio.sleep(0.02)
            (line,) = house.server.connections
            return line.transport.get_write_buffer_size()

    assert 0 < asyncio.run(act()) < 1 << 20


def test_a_connection_is_kept_while_it_asks_and_closed_when_it_rests(order):
    """Each answer over the lane begins the time anew: here two seconds, asked for three."""

    async def act():
        loop, paces, house = asyncio.get_running_loop(), [], House()
        async with house.open(keepalive_timeout=2) as connect:
            reader, writer = await connect()
            for _ in range(4):
                began = loop.time()
                writer.write(house.placing(order))
                try:
                    await asyncio.wait_for(reader.readuntil(b"outTime"), 30)
                except (asyncio.IncompleteReadError, ConnectionError):
                    return None if max(paces, default=0) > 1.9 else b"closed too soon"
                await asyncio.sleep(0.8)
                paces.append(loop.time() - began)
            return await asyncio.wait_for(reader.read(), 30)

    while (heard := asyncio.run(act())) is None:  # the machine stalled for as long as a rest: once more
        pass
    assert heard.endswith(b"}")
