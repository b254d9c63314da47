"""The way out of streams: one host, real signatures only on the wire, nothing but reading."""

import asyncio
import base64
import hashlib
import hmac
import io
import json
import logging
import ssl
import subprocess
import threading
import time
import traceback

import aiohttp
import pytest
from aiohttp import web

import okxlab as ox
from okxlab.errors import Blocked
from okxlab.exchange.profile import Profile
from okxlab.exchange.transport import PLACEHOLDER
from okxlab.exchange.wire.board import Board
from okxlab.exchange.wire.guard import Guard
from tests.exchange.conftest import CANARIES
from tests.exchange.venue import eventually

KEY, SECRET, PASSPHRASE = CANARIES
AHEAD_S = 4  # the stranger's clock


class Stranger:
    """A server that answers like OKX, in a thread; `told` holds every frame it was sent, `visits` every path."""

    def __init__(self, *, refuses="", redirects="", secure=None):
        self.told, self.visits = [], []
        self.refuses, self.redirects = refuses, redirects
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever)
        self.thread.start()
        self.port = asyncio.run_coroutine_threadsafe(self._start(secure), self.loop).result()

    async def _start(self, secure):
        app = web.Application()
        app.router.add_get("/api/v5/public/time", self._row(lambda: {"ts": str(int((time.time() + AHEAD_S) * 1000))}))
        app.router.add_get("/api/v5/account/config", self._row(lambda: {"perm": "read_only,trade", "ip": "127.0.0.1"}))
        app.router.add_get("/ws/v5/{place}", self._talk)
        self.runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self.runner.setup()
        site = web.TCPSite(self.runner, "127.0.0.1", 0, ssl_context=secure)
        await site.start()
        return self.runner.addresses[0][1]

    @staticmethod
    def _row(row):
        async def answer(_request):
            return web.json_response({"code": "0", "msg": "", "data": [row()]})

        return answer

    async def _talk(self, request):
        self.visits.append(request.path)
        if self.redirects:
            raise web.HTTPFound(self.redirects)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            self.told.append(message.data)
            if message.data == "ping":
                await socket.send_str("pong")
                continue
            await self._answer(socket, json.loads(message.data))
        return socket

    async def _answer(self, socket, asked):
        if "NO-SUCH" in str(asked):
            await socket.send_json({"event": "error", "code": "60018", "msg": "channel:tickers,instId:NO-SUCH"})
            return
        if asked["op"] == "login":
            login = {"event": "error", "code": self.refuses} if self.refuses else {"event": "login", "code": "0"}
            await socket.send_json(login | {"msg": ""})
            return
        for arg in asked["args"]:
            await socket.send_json({"event": asked["op"], "arg": arg})
            if asked["op"] == "subscribe" and arg["channel"] == "account":
                await socket.send_json({"arg": arg, "eventType": "snapshot", "data": []})
            if arg["channel"] == "tickers":
                await socket.send_json({"arg": arg, "data": [{"instId": arg["instId"], "ts": "1", "last": "7"}]})

    def close(self):
        asyncio.run_coroutine_threadsafe(self.runner.cleanup(), self.loop).result()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()


@pytest.fixture
def strangers():
    """Give a function that starts strangers."""
    running = []

    def make(**more):
        running.append(Stranger(**more))
        return running[-1]

    yield make
    for one in running:
        one.close()


@pytest.fixture
def keyed_at(tmp_path, monkeypatch):
    """Give a function that opens a live session with canary keys on a stranger."""
    for name, value in zip(("API_KEY", "API_SECRET", "API_PASSPHRASE"), CANARIES, strict=True):
        monkeypatch.setenv(f"OKX_{name}", value)
    opened = []

    def make(stranger):
        (tmp_path / "okxlab.toml").write_text(f'[live]\nhost = "http://127.0.0.1:{stranger.port}"\n')
        opened.append(ox.connect("live", workspace=tmp_path))
        return opened[-1]

    yield make
    for session in opened:
        session.close()


def shows(text):
    return any(canary in text for canary in CANARIES)


def logins(stranger):
    return [json.loads(text) for text in stranger.told if '"login"' in text]


def reachable(thing, depth=6):
    """Write what can be reached from a thing through attributes, as a debugger shows it."""
    parts, seen, level = [], set(), [thing]
    for _ in range(depth):
        level = [inner for outer in level for inner in attributes(outer) if id(inner) not in seen]
        seen |= {id(inner) for inner in level}
        parts += [repr(inner) for inner in level]
    return "".join(parts)


def attributes(thing):
    if isinstance(thing, dict):
        return [*thing.values()]
    if isinstance(thing, list | tuple | set):
        return [*thing]
    if type(thing).__module__.startswith(("okxlab", "ccxt")):
        slots = [getattr(thing, name) for name in getattr(type(thing), "__slots__", ()) if hasattr(thing, name)]
        return [*getattr(thing, "__dict__", {}).values(), *slots]
    return []


def test_login_that_leaves_is_signed_with_the_real_key_at_the_exchange_time(strangers, keyed_at):
    """On the wire stand the key and its HMAC, and the time is the exchange's, not this machine's."""
    stranger = strangers()
    live = ox.stream(keyed_at(stranger), "balances")
    assert eventually(lambda: live.state == "live")

    ((arg,),) = (login["args"] for login in logins(stranger))
    expected = hmac.digest(SECRET.encode(), f"{arg['timestamp']}GET/users/self/verify".encode(), hashlib.sha256)
    assert arg["sign"] == base64.b64encode(expected).decode()
    assert (arg["apiKey"], arg["passphrase"]) == (KEY, PASSPHRASE)
    assert 0 < int(arg["timestamp"]) - time.time() <= AHEAD_S


def test_nothing_that_can_be_looked_at_shows_a_secret(strangers, keyed_at, capsys):
    """Not ccxt, verbose and logged at DEBUG, not its clients, not what hangs on stream and session."""
    stream, root = io.StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(stream), root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        stranger = strangers()
        session = keyed_at(stranger)
        board = session.streams.shared(lambda: Board(session, session.streams.clock))
        board._exchange.verbose = True
        live = ox.stream(session, "balances")
        assert eventually(lambda: live.state == "live")
        seen = repr(live) + repr(board._exchange.clients) + reachable(live) + reachable(session) + repr(vars(live))
        seen += repr(vars(board._exchange)) + reachable(board._exchange)
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
    printed = capsys.readouterr().out

    assert len(logins(stranger)) == 1
    assert PLACEHOLDER in printed
    assert not shows(printed + stream.getvalue() + seen)


def test_login_that_is_refused_ends_the_stream_without_a_secret(strangers, keyed_at):
    """It is not tried again and again, and the reason names the code alone."""
    stranger = strangers(refuses="60024")
    session = keyed_at(stranger)
    live = ox.stream(session, "orders")

    assert eventually(lambda: live.state == "closed")
    assert "60024" in live.state.why
    assert not shows(live.state.why + repr(live))
    later = ox.stream(session, "balances")
    assert (str(later.state), later.state.why) == ("closed", live.state.why)
    assert len(logins(stranger)) == 1


def test_error_without_an_id_ends_what_it_names_and_nothing_else(strangers, keyed_at):
    """The others on the same connection never notice."""
    stranger = strangers()
    session = keyed_at(stranger)
    live = ox.stream(session, "tickers", "BTC-USDT")
    assert eventually(lambda: live.state == "live")
    wrong = ox.stream(session, "tickers", "NO-SUCH")

    assert eventually(lambda: wrong.state == "closed")
    assert "60018" in wrong.state.why
    assert (str(live.state), live.frame.loc["BTC-USDT", "last"], live.counts["reconnects"]) == ("live", 7.0, 0)


def test_traceback_of_a_login_that_cannot_leave_shows_no_secret(strangers, keyed_at):
    """The line breaks as the signed frame leaves: no frame of the error has it among its locals."""
    session = keyed_at(strangers())
    caught = []

    async def break_and_send():
        guard = Guard(session.profile, session.transport.login, lambda *_: False)
        socket = await guard.dial(f"{session.profile.ws}/private")
        await socket.close()
        try:
            await socket.send_str('{"op": "login", "args": [{}]}')
        except ConnectionError as error:
            caught.append(error)
        await guard.close()

    asyncio.run(break_and_send())
    (error,) = caught
    lines = traceback.TracebackException.from_exception(error, capture_locals=True).format()
    assert (error.__context__, error.__cause__) == (None, None)
    assert not shows("".join(lines))


@pytest.mark.parametrize(
    "call",
    [
        lambda api: api.create_order_ws("BTC/USDT", "limit", "buy", 0.01, 1000),
        lambda api: api.cancel_order_ws("1", "BTC/USDT"),
        lambda api: api.edit_order_ws("1", "BTC/USDT", "limit", "buy", 0.01, 1000),
        lambda api: api.cancel_orders_ws(["1", "2"], "BTC/USDT"),
    ],
)
def test_order_operation_does_not_leave(strangers, keyed_at, call):
    """The library would send it; the guard does not."""
    stranger = strangers()
    session = keyed_at(stranger)
    live = ox.stream(session, "balances")
    assert eventually(lambda: live.state == "live")
    board = session.streams.shared(lambda: Board(session, session.streams.clock))
    market = {
        "id": "BTC-USDT", "symbol": "BTC/USDT", "base": "BTC", "quote": "USDT", "type": "spot", "spot": True,
        "precision": {"amount": 1e-8, "price": 0.1}, "info": {"instIdCode": 1},
    }  # fmt: skip
    board._exchange.set_markets([market])

    with pytest.raises(Blocked, match="only read"):
        asyncio.run_coroutine_threadsafe(call(board._exchange), board._loop).result(10)
    assert {json.loads(text)["op"] for text in stranger.told if text != "ping"} == {"login", "subscribe"}


def test_rest_call_through_the_streams_ccxt_does_not_leave(strangers, keyed_at):
    """It has no way to REST at all."""
    session = keyed_at(strangers())
    live = ox.stream(session, "balances")
    board = session.streams.shared(lambda: Board(session, session.streams.clock))
    assert eventually(lambda: live.state == "live")

    with pytest.raises(AttributeError):
        asyncio.run_coroutine_threadsafe(board._exchange.public_get_public_time(), board._loop).result(10)


@pytest.mark.parametrize(
    "url",
    [
        "wss://ws.okx.com.evil.example/ws/v5/private",
        "ws://127.0.0.1:1/ws/v5/private",
        "wss://127.0.0.1:8443/ws/v5/private",
        "ws://user@127.0.0.1:8443/ws/v5/private",
    ],
)
def test_another_host_is_refused_before_a_byte_leaves(url):
    """Whoever asks."""
    profile = Profile("live", "http://127.0.0.1:8443", "ws://127.0.0.1:8443/ws/v5", keys=True)

    async def connect():
        guard = Guard(profile, dict, lambda *_: True)
        try:
            guard.ws_connect(url)
        finally:
            await guard.close()

    with pytest.raises(Blocked, match="reaches"):
        asyncio.run(connect())


def test_redirect_is_not_followed(strangers, keyed_at):
    """The host it names is never visited, and the stream says what happened."""
    elsewhere = strangers()
    stranger = strangers(redirects=f"http://127.0.0.1:{elsewhere.port}/ws/v5/private")
    live = ox.stream(keyed_at(stranger), "balances")

    assert eventually(lambda: "redirect" in live.state.why)
    assert live.state == "reconnecting"
    assert elsewhere.visits == []


def test_proxy_named_by_ccxt_or_the_environment_is_not_asked(strangers, keyed_at, monkeypatch):
    """The way is straight."""
    proxy, stranger = strangers(), strangers()
    for name in ("HTTP_PROXY", "http_proxy", "ws_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
    session = keyed_at(stranger)
    session.streams.shared(
        lambda: Board(session, session.streams.clock)
    )._exchange.wsProxy = f"http://127.0.0.1:{proxy.port}"
    live = ox.stream(session, "balances")

    assert eventually(lambda: live.state == "live")
    assert proxy.visits == []


def test_certificate_nobody_vouches_for_is_refused(strangers, tmp_path):
    """One that the host made itself is as good as none."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
         "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", tmp_path / "key", "-out", tmp_path / "certificate"],
        check=True, capture_output=True,
    )  # fmt: skip
    secure = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    secure.load_cert_chain(tmp_path / "certificate", tmp_path / "key")
    stranger = strangers(secure=secure)
    profile = Profile("live", f"https://127.0.0.1:{stranger.port}", f"wss://127.0.0.1:{stranger.port}/ws/v5", keys=True)

    async def connect():
        guard = Guard(profile, dict, lambda *_: True)
        try:
            await guard.dial(f"{profile.ws}/private")
        finally:
            await guard.close()

    with pytest.raises(aiohttp.ClientConnectorCertificateError):
        asyncio.run(connect())
    assert stranger.visits == []
