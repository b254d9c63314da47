"""A WebSocket client for tests, and an exchange in the test's own process whose terms a test sets."""

import asyncio
import base64
import hashlib
import hmac
import itertools
import json

import aiohttp
from aiohttp import web

from okxlab.clock import SystemClock
from okxlab.paper import PaperOptions, open_exchange
from okxlab.paper.control.control import Control
from okxlab.paper.control.leases import Leases
from okxlab.paper.ending import Ending
from okxlab.paper.rest.application import Rest, application, guarded
from okxlab.paper.rest.doorkeeper import Doorkeeper
from okxlab.paper.rest.limits import Limiter
from okxlab.paper.streams.endpoint import Endpoint
from okxlab.paper.streams.streams import Streams

_hosts = itertools.cycle(range(2, 250))


class Wire:
    """One connection; what it is told is read in order, and what a test looks for is waited for."""

    def __init__(self, loop, url, **more):
        self.loop = loop
        address = more.pop("address", f"127.0.0.{next(_hosts)}")  # each its own: only three a second come from one
        self.socket = self._run(self._open(url, address, more))

    async def _open(self, url, address, more):
        self.web = aiohttp.ClientSession(connector=aiohttp.TCPConnector(local_addr=(address, 0)))
        try:
            return await self.web.ws_connect(url, max_msg_size=0, timeout=aiohttp.ClientWSTimeout(ws_close=0.2), **more)
        except aiohttp.ClientError:
            await self.web.close()
            raise

    def _run(self, coroutine, seconds=10):
        return self.loop.run_until_complete(asyncio.wait_for(coroutine, seconds))

    def say(self, value):
        """Send text as it is, or anything else as JSON."""
        self._run(self.socket.send_str(value if isinstance(value, str) else json.dumps(value)))

    def next(self, seconds=20):
        """Give the next message, or the code the connection was closed with."""
        message = self._run(self.socket.receive(), seconds)
        if message.type is not aiohttp.WSMsgType.TEXT:
            return self.socket.close_code
        return json.loads(message.data) if message.data != "pong" else "pong"

    def until(self, wanted, seconds=20):
        """Read on to the first message that is wanted."""
        while True:
            message = self.next(seconds)
            assert not isinstance(message, int), f"closed with {message}"
            if wanted(message):
                return message

    def rest(self, seconds=0.3):
        """Give what comes until it is quiet for a while, of ten parts: a stall of the machine passes as one of them."""
        found, quiet = [], 0
        while quiet < 10:
            try:
                found.append(self.next(seconds / 10))
                quiet = 0
            except TimeoutError:
                quiet += 1
        return found

    def ask(self, op, *args, **more):
        """Ask for an operation and give its answer."""
        self.say({"op": op, "args": list(args), **more})
        return self.until(lambda told: "event" in told or told.get("op") == op)

    def subscribe(self, channel, **arg):
        """Subscribe one channel and give the confirmation."""
        self.say({"op": "subscribe", "args": [{"channel": channel, **arg}]})
        return self.until(lambda told: told.get("event") in {"subscribe", "error", "channel-conn-count-error"})

    def unsubscribe(self, channel, **arg):
        """Unsubscribe one channel and give the confirmation."""
        self.say({"op": "unsubscribe", "args": [{"channel": channel, **arg}]})
        return self.until(lambda told: told.get("event") in {"unsubscribe", "error"})

    def push(self, channel, seconds=20):
        """Give the next push of a channel."""
        return self.until(lambda told: told.get("arg", {}).get("channel") == channel and "data" in told, seconds)

    def login(self, told, **wrong):
        """Log in with the keys an exchange told, and give the answer."""
        return self.ask("login", credentials(told) | wrong)

    def operate(self, op, *args, **more):
        """Act on orders and give the answer."""
        return self.ask(op, *args, id="7", **more)

    def stop_reading(self):
        """Leave what comes unread."""
        self.socket._response.connection.transport.pause_reading()

    def close(self):
        """Let go."""
        self._run(self._close())

    async def _close(self):
        await self.socket.close()
        await self.web.close()


def credentials(told, *, drift=0):
    """Give the arg of a login."""
    stamp = str(SystemClock().now_ms() // 1000 + drift)
    digest = hmac.new(told["api_secret"].encode(), f"{stamp}GET/users/self/verify".encode(), hashlib.sha256).digest()
    sign = base64.b64encode(digest).decode()
    return {"apiKey": told["api_key"], "passphrase": told["passphrase"], "timestamp": stamp, "sign": sign}


class Served:
    """An exchange in this process, on loopback."""

    def __init__(self, loop, terms, exchange=None, clock=None, **options):
        self.loop = loop
        self.exchange = exchange or open_exchange(PaperOptions(stepped=True, **options), clock or SystemClock())
        self.venue = self.exchange.venue
        self.account = self.venue.accounts.main
        self.limiter = Limiter(self.venue.listing, on=False)
        self.streams = Streams(self.venue, self.exchange.archive, self.exchange.keys, self.limiter, terms)
        key = self.exchange.first_key
        self.told = {"api_key": key.key, "api_secret": key.secret, "passphrase": key.passphrase}
        loop.run_until_complete(self._start())

    async def _start(self):
        control = Control(self.venue, PaperOptions(stepped=True), "token", Leases(Ending(), leased=False))
        rest = Rest(self.venue, self.exchange.keys, self.exchange.archive, self.limiter)
        self.runner = web.AppRunner(
            application(
                rest.handle, guarded(control, Doorkeeper()), [*control.routes(), *Endpoint(self.streams).routes()]
            ),
            shutdown_timeout=0.1,
            lingering_time=0.1,
        )
        await self.runner.setup()
        site = web.TCPSite(self.runner, "127.0.0.1", 0)
        await site.start()
        self.told["ws"] = f"ws://127.0.0.1:{self.runner.addresses[0][1]}/ws/v5"
        self.beating = asyncio.ensure_future(self.streams.run())

    def turn(self, act, *arguments, **more):
        """Do something to the venue and end the turn."""
        return self.loop.run_until_complete(self._turn(act, arguments, more))

    async def _turn(self, act, arguments, more):
        found = act(*arguments, **more)
        self.venue.settle()
        return found

    def step(self, points=1):
        """Move the feed."""
        return self.turn(self.venue.step, points)

    def stop(self):
        """End it."""
        self.loop.run_until_complete(self._stop())
        self.exchange.close()

    async def _stop(self):
        self.beating.cancel()
        await asyncio.gather(self.beating, return_exceptions=True)
        await self.runner.cleanup()
