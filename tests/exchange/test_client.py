"""ccxt as it is handed out: its own code and nobody else's, sync and async under the same rules."""

import asyncio
import time

import ccxt
import ccxt.async_support
import pytest

import okxlab as ox
from okxlab.errors import Blocked, Unreadable
from okxlab.exchange import prepare, read, send
from okxlab.exchange.wire.board import Board
from tests.exchange.conftest import CANARIES
from tests.exchange.test_permit import ORDER, posts, soon

BALANCE = "/api/v5/account/balance"
VITAL = ("sign", "describe", "prepare_request_headers", "fetch", "request", "handle_errors", "parse_json")


def replaced(*_, **__):
    """Do what a package does that diverts orders: answer by itself."""
    return {"code": "0", "data": [{"ordId": "1", "clOrdId": "a1", "sCode": "0"}], "url": "x", "headers": {}}


@pytest.mark.parametrize("name", VITAL)
def test_method_replaced_in_ccxts_class_stops_what_is_signed(keyed, monkeypatch, name):
    """As a look-alike package does it: nothing signed leaves, and the error names the method and the file."""
    session, server = keyed()
    leave = prepare(session, "trade/order", [ORDER])
    monkeypatch.setattr(ccxt.okx, name, replaced)
    before = len(server.seen)

    for call in (
        lambda: read(session, "privateGetAccountBalance"),
        lambda: prepare(session, "trade/order", [ORDER]),
        lambda: send(session, leave, expires_ms=soon(session)),
    ):
        with pytest.raises(Blocked, match=rf"ccxt's {name} was replaced by .*test_client\.py"):
            call()
    assert len(server.seen) == before


@pytest.mark.parametrize("name", VITAL)
def test_method_replaced_on_the_object_stops_what_is_signed(keyed, name):
    """The same for one that stands on the session's own client."""
    session, server = keyed()
    setattr(session.ccxt, name, replaced)

    with pytest.raises(Blocked, match=f"ccxt's {name} was replaced"):
        prepare(session, "trade/order", [ORDER])
    assert posts(server) == []


def test_no_session_opens_on_a_ccxt_that_was_replaced(tmp_path, monkeypatch):
    """At connect it is noticed before anything is read."""
    monkeypatch.setattr(ccxt.okx, "sign", replaced)

    with pytest.raises(Blocked, match="ccxt's sign was replaced"):
        ox.connect("live", workspace=tmp_path)


def test_streams_are_made_of_a_ccxt_that_is_its_own(keyed, monkeypatch):
    """Streams log in with the key too."""
    session, _ = keyed()
    monkeypatch.setattr(ccxt.pro.okx, "sign", replaced)

    with pytest.raises(Blocked, match="ccxt's sign was replaced"):
        session.streams.shared(lambda: Board(session, session.streams.clock))


def run_async(session, *calls):
    """Await calls on the session's async client, one after another."""

    async def run():
        okx = session.async_ccxt()
        try:
            return [await call(okx) for call in calls]
        finally:
            await okx.close()

    return asyncio.run(run())


def test_async_client_reads_as_the_sync_one_does(paper):
    """It is ccxt's own class, and gives what the other gives."""
    [kind, book, balance] = run_async(
        paper,
        lambda okx: asyncio.sleep(0, type(okx)),
        lambda okx: okx.fetch_order_book("BTC/USDT", 5),
        lambda okx: okx.fetch_balance(),
    )

    assert kind is ccxt.async_support.okx
    assert len(book["bids"]) == 5
    assert balance["total"] == paper.ccxt.fetch_balance()["total"]


def test_async_client_may_order_on_the_paper_exchange(fresh):
    """There ccxt is free."""
    [order] = run_async(fresh, lambda okx: okx.create_order("BTC/USDT", "limit", "buy", 0.01, 100))

    assert [row["ordId"] for row in read(fresh, "privateGetTradeOrdersPending")] == [order["id"]]


@pytest.mark.parametrize("profile", ["demo", "live"])
def test_async_client_changes_nothing_on_demo_and_live(keyed, profile):
    """It signs with the real key, in the headers that leave only, and sends no change."""
    session, server = keyed(profile)
    run_async(session, lambda okx: okx.private_get_account_balance())
    assert server.seen[-1][2]["OK-ACCESS-KEY"] == CANARIES[0]

    with pytest.raises(Blocked, match="only reads"):
        run_async(session, lambda okx: okx.private_post_trade_order(dict(ORDER)))
    assert posts(server) == []


def test_async_client_shows_no_secret(keyed, capsys):
    """Verbose, with its attributes looked at, it holds placeholders."""
    session, _ = keyed()

    async def look(okx):
        okx.verbose = True
        await okx.private_get_account_balance()
        return repr(vars(okx)) + repr(okx.last_request_headers)

    [seen] = run_async(session, look)
    shown = seen + capsys.readouterr().out
    assert "account/balance" in shown
    assert not any(canary in shown for canary in CANARIES)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ((0, {}, ""), ccxt.ExchangeNotAvailable),
        ((302, {"Location": "http://127.0.0.1:1"}, ""), Blocked),
        ((200, {}, "[" * 10**5), Unreadable),
        (lambda: (time.sleep(0.6), (200, {}, "{}"))[1], ccxt.RequestTimeout),
    ],
    ids=["hung up", "redirect", "deep", "slow"],
)
def test_async_client_meets_the_same_bounds(keyed, answer, error):
    """Silence, redirects, answers without end and slow ones end as they do for the sync client."""
    session, server = keyed()
    server.answers[BALANCE] = answer

    async def ask(okx):
        okx.timeout = 300
        await okx.private_get_account_balance()

    with pytest.raises(error):
        run_async(session, ask)


def test_async_client_of_a_closed_session_lets_nothing_out(keyed):
    """The transport is the session's."""
    session, server = keyed()
    session.close()
    before = len(server.seen)

    with pytest.raises(Blocked, match="closed"):
        run_async(session, lambda okx: okx.private_get_account_balance())
    assert len(server.seen) == before
