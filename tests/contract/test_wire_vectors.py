"""What ccxt was recorded to send is what it sends here, and it ends as recorded."""

import json
from collections.abc import Callable
from typing import Any

import ccxt
import pytest

from tests.contract.clients.ccxt_rest import settings
from tests.contract.pointing import running
from tests.contract.recorded import comparable, read_vectors

pytestmark = pytest.mark.steers

S, SWAP = "BTC/USDT", "BTC/USDT:USDT"
PRICE = 59_000  # where the recorded orders rest
MINUTE, DAY = 60_000, 86_400_000
# Recorded on a server that had no open interest and no option prices; and it took what OKX does not.
DEPARTURES = {
    "fetch_open_interest(swap)": "ok",
    "fetch_greeks(option)": "ok",
    "create_orders 25 in one call": "BadRequest",  # a batch is 20 at most
    "implicit users/subaccount/apikey POST": "ExchangeError",  # a name and a passphrase of one letter
}


class Trader:
    """ccxt on an exchange of its own, and the last request it sent."""

    def __init__(self, place):
        self.place = place
        told = settings(place)
        told["options"]["fetchMarkets"]["types"] = ["spot", "swap", "option"]
        self.ccxt = ccxt.okx(told)
        self.ccxt.load_markets()
        self.sent = []
        self.ccxt.session.hooks["response"].append(lambda answer, **_: self.sent.append(answer.request))

    def rest(self, name="", size=0.01):
        """Let a buy order rest and give its id."""
        return self.ccxt.create_order(S, "limit", "buy", size, PRICE, {"clientOrderId": name} if name else {})["id"]

    def hold(self):
        """Buy something to sell."""
        self.ccxt.create_order(S, "market", "buy", 0.05)

    def stop_grids(self):
        """Stop every grid bot, and see that there was one."""
        running = self.ccxt.private_get_tradingbot_grid_orders_algo_pending({"algoOrdType": "grid"})["data"]
        asked = [
            {name: row[name] for name in ("algoId", "instId", "algoOrdType")} | {"stopType": "1"} for row in running
        ]
        assert self.ccxt.private_post_tradingbot_grid_stop_order_algo(asked)["data"][0]["sCode"] == "0"

    def other(self, **changes):
        """Give another client with something wrong about it."""
        client = ccxt.okx(settings(self.place) | changes)
        client.set_markets(self.ccxt.markets, self.ccxt.currencies)
        client.session.hooks["response"].append(lambda answer, **_: self.sent.append(answer.request))
        return client

    def option(self):
        """Give a listed call on BTC."""
        found = [row for row in self.ccxt.markets.values() if row["option"] and row["id"].endswith("-C")]
        return next(row["symbol"] for row in found if row["id"].startswith("BTC-USD-"))

    def since(self, back):
        """Give a moment in the past."""
        return self.ccxt.milliseconds() - back


Call = Callable[[ccxt.okx, Trader], Any]
LIMIT = (S, "limit", "buy", 0.01, PRICE)
BATCH = [{"symbol": S, "type": "limit", "side": "buy", "amount": 0.01, "price": PRICE}]


def batch(*sizes, prefix):
    """Give orders as create_orders takes them."""
    return [
        {**BATCH[0], "amount": size, "params": {"clientOrderId": f"{prefix}{number}"}}
        for number, size in enumerate(sizes)
    ]


def posted(okx, trader):
    """Place an order by the endpoint of single orders."""
    okx.options["createOrder"] = "privatePostTradeOrder"
    try:
        return okx.create_order(*LIMIT, {"clientOrderId": "okxlab03"})
    finally:
        del okx.options["createOrder"]


def late(okx, trader):
    """Ask with a clock that is a minute slow."""
    client = trader.other()
    client.options["adjustForTimeDifference"], client.options["timeDifference"] = True, 60_000
    return client.fetch_balance()


PUBLIC: dict[str, Call] = {
    "fetch_time()": lambda okx, _: okx.fetch_time(),
    "fetch_status()": lambda okx, _: okx.fetch_status(),
    "fetch_tickers()": lambda okx, _: okx.fetch_tickers(),
    "fetch_tickers(params type swap)": lambda okx, _: okx.fetch_tickers(params={"type": "swap"}),
    "fetch_ticker(S)": lambda okx, _: okx.fetch_ticker(S),
    "fetch_order_book(S,5)": lambda okx, _: okx.fetch_order_book(S, 5),
    "fetch_order_book(S)": lambda okx, _: okx.fetch_order_book(S),
    "fetch_ohlcv(S,1m)": lambda okx, _: okx.fetch_ohlcv(S, "1m"),
    "fetch_ohlcv(S,1m,limit=1000)": lambda okx, _: okx.fetch_ohlcv(S, "1m", limit=1000),
    "fetch_ohlcv(S,1d,limit=5)": lambda okx, _: okx.fetch_ohlcv(S, "1d", limit=5),
    "fetch_ohlcv(S,1m,since -10min,limit=5)": lambda okx, t: okx.fetch_ohlcv(S, "1m", t.since(10 * MINUTE), 5),
    "fetch_ohlcv(S,1m,since -3d,limit=300)": lambda okx, t: okx.fetch_ohlcv(S, "1m", t.since(3 * DAY), 300),
    "fetch_trades(S,limit=500)": lambda okx, _: okx.fetch_trades(S, limit=500),
    "fetch_trades(history)": lambda okx, _: okx.fetch_trades(S, None, 100, {"method": "publicGetMarketHistoryTrades"}),
    "fetch_funding_rate(swap)": lambda okx, _: okx.fetch_funding_rate(SWAP),
    "fetch_funding_rate_history(swap)": lambda okx, _: okx.fetch_funding_rate_history(SWAP, None, 100),
    "fetch_mark_price(swap)": lambda okx, _: okx.fetch_mark_price(SWAP),
    "fetch_open_interest(swap)": lambda okx, _: okx.fetch_open_interest(SWAP),
    "fetch_greeks(option)": lambda okx, t: okx.fetch_greeks(t.option()),
    "fetch_option_chain(BTC)": lambda okx, _: okx.fetch_option_chain("BTC"),
}
ACCOUNT: dict[str, Call] = {
    "fetch_balance()": lambda okx, _: okx.fetch_balance(),
    "fetch_balance(funding)": lambda okx, _: okx.fetch_balance({"type": "funding"}),
    "fetch_positions()": lambda okx, _: okx.fetch_positions(),
    "fetch_accounts()": lambda okx, _: okx.fetch_accounts(),
    "fetch_trading_fee(S)": lambda okx, _: okx.fetch_trading_fee(S),
    "fetch_leverage(swap)": lambda okx, _: okx.fetch_leverage(SWAP, {"mgnMode": "cross"}),
    "set_leverage(3,swap)": lambda okx, _: okx.set_leverage(3, SWAP, {"mgnMode": "cross"}),
    "set_position_mode(False)": lambda okx, _: okx.set_position_mode(hedged=False),
    "fetch_ledger(USDT)": lambda okx, _: okx.fetch_ledger("USDT"),
    "transfer": lambda okx, _: okx.transfer("USDT", 10, "funding", "trading"),
    "implicit private_get_account_max_size": lambda okx, _: okx.private_get_account_max_size(
        {"instId": "BTC-USDT", "tdMode": "cash"}
    ),
    "implicit users/subaccount/apikey POST": lambda okx, _: okx.private_post_users_subaccount_apikey(
        {"subAcct": "a", "label": "l", "passphrase": "P"}
    ),
    "implicit grid order-algo": lambda okx, _: okx.private_post_tradingbot_grid_order_algo(
        {
            "instId": "BTC-USDT", "algoOrdType": "grid", "maxPx": "63000", "minPx": "57000", "gridNum": "10",
            "quoteSz": "100",
        }
    ),
    "balance with bad secret": lambda _, t: t.other(secret="wrong").fetch_balance(),
    "balance with bad key": lambda _, t: t.other(apiKey="wrong").fetch_balance(),
    "balance with bad pass": lambda _, t: t.other(password="wrong").fetch_balance(),
    "balance with clock -60s": late,
}  # fmt: skip
ORDERS: dict[str, Call] = {
    "create_order limit": lambda okx, _: okx.create_order(*LIMIT),
    "create_order limit clientOrderId": lambda okx, _: okx.create_order(*LIMIT, {"clientOrderId": "okxlab01"}),
    "create_order limit clientOrderId+tag": lambda okx, _: okx.create_order(
        *LIMIT, {"clientOrderId": "okxlab02", "tag": "okxlab"}
    ),
    "create_order post_only": lambda okx, _: okx.create_order(*LIMIT, {"postOnly": True}),
    "create_order IOC": lambda okx, _: okx.create_order(*LIMIT, {"timeInForce": "IOC"}),
    "create_order market buy 0.01": lambda okx, _: okx.create_order(S, "market", "buy", 0.01),
    "create_market_buy_order_with_cost 100": lambda okx, _: okx.create_market_buy_order_with_cost(S, 100),
    "create_order market sell": lambda okx, t: t.hold() or okx.create_order(S, "market", "sell", 0.01),
    "create_order swap 1 contract": lambda okx, _: okx.create_order(SWAP, "limit", "buy", 1, PRICE),
    "create_order swap hedged": lambda okx, _: okx.create_order(SWAP, "limit", "buy", 1, PRICE, {"hedged": True}),
    "create_order trigger": lambda okx, t: t.hold() or okx.create_order(
        S, "limit", "sell", 0.01, 70_000, {"triggerPrice": 69_000}
    ),
    "create_order all-fail (sz>1000)": lambda okx, _: okx.create_order(S, "limit", "buy", 5000, PRICE),
    "create_order via options['createOrder']=privatePostTradeOrder": posted,
    "create_orders 2 ok 1 fail (code 2)": lambda okx, _: okx.create_orders(batch(0.01, 5000, 0.02, prefix="b")),
    "create_orders 25 in one call": lambda okx, _: okx.create_orders(batch(*[0.01] * 25, prefix="c")),
}  # fmt: skip
OWN_ORDER: dict[str, Call] = {
    "edit_order": lambda okx, own: okx.edit_order(own, S, "limit", "buy", 0.02, 59_001),
    "cancel_order ok": lambda okx, own: okx.cancel_order(own, S),
    "cancel_orders partial": lambda okx, own: okx.cancel_orders([own, "404"], S),
    "fetch_order": lambda okx, own: okx.fetch_order(own, S),
    "fetch_order_trades": lambda okx, own: okx.fetch_order_trades(own, S),
}
ORDER_LISTS: dict[str, Call] = {
    "cancel_order 404": lambda okx, _: okx.cancel_order("404", S),
    "cancel_all_orders_after 60000": lambda okx, _: okx.cancel_all_orders_after(60_000),
    "fetch_order by clOrdId": lambda okx, t: t.rest("okxlab01") and okx.fetch_order(None, S, {"clOrdId": "okxlab01"}),
    "fetch_order 404": lambda okx, _: okx.fetch_order("404", S),
    "fetch_open_orders()": lambda okx, _: okx.fetch_open_orders(),
    "fetch_open_orders(S)": lambda okx, _: okx.fetch_open_orders(S, limit=50),
    "fetch_closed_orders(S)": lambda okx, t: okx.fetch_closed_orders(S, t.since(DAY)),
    "fetch_closed_orders archive": lambda okx, _: okx.fetch_closed_orders(
        S, None, None, {"method": "privateGetTradeOrdersHistoryArchive"}
    ),
    "fetch_canceled_orders(S)": lambda okx, _: okx.fetch_canceled_orders(S),
    "fetch_my_trades(S)": lambda okx, _: okx.fetch_my_trades(S),
    "fetch_my_trades(S,since,limit 10)": lambda okx, t: okx.fetch_my_trades(S, t.since(DAY), 10),
}
CALLS = PUBLIC | ACCOUNT | ORDERS | ORDER_LISTS | {
    name: lambda okx, trader, act=act: act(okx, trader.own) for name, act in OWN_ORDER.items()
}  # fmt: skip


@pytest.fixture(scope="module")
def vectors(shared):
    return read_vectors(shared / "reference" / "okx" / "ccxt_4.5.90_wire.jsonl")


@pytest.fixture(scope="module")
def trader():
    with running("--no-limits") as place:
        trader = Trader(place.bound("127.0.0.1"))
        trader.ccxt.private_post_account_set_account_level({"acctLv": "2"})
        trader.ccxt.transfer("USDT", 100, "trading", "funding")
        yield trader
        trader.ccxt.session.close()


@pytest.fixture
def prepared(request, trader):
    """Prepare what a call needs: an order of the trader's, the position mode it speaks of; then nothing is left."""
    okx, call = trader.ccxt, request.param
    trader.own = trader.rest() if call in OWN_ORDER else ""
    if call == "create_order swap hedged":
        okx.set_position_mode(hedged=True)
    trader.sent.clear()
    yield call
    if call == "implicit grid order-algo":
        trader.stop_grids()
    for order in okx.fetch_open_orders(S) + okx.fetch_open_orders(SWAP):
        okx.cancel_order(order["id"], order["symbol"])
    if call == "create_order swap hedged":
        okx.set_position_mode(hedged=False)


def outcome(trader, call):
    """Make a call and say how it ended."""
    try:
        CALLS[call](trader.ccxt, trader)
    except ccxt.BaseError as error:
        return type(error).__name__
    return "ok"


@pytest.mark.parametrize("prepared", CALLS, indirect=True)
def test_call_ends_as_recorded(prepared, trader, vectors):
    """The request is the recorded one, and so is its end: a result, or ccxt's exception."""
    vector, ended = vectors[prepared], outcome(trader, prepared)
    sent, body = trader.sent[-1], trader.sent[-1].body
    path = sent.path_url

    assert sent.method == vector.method
    assert comparable(path, json.loads(body) if body else None, trader.own) == comparable(
        vector.path, vector.body, "1001"
    )
    assert ended == DEPARTURES.get(prepared, vector.outcome)


def test_every_recorded_call_is_made(vectors):
    """No recorded call is left out."""
    assert set(CALLS) == set(vectors)
