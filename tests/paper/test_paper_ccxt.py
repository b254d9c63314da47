"""Unmodified ccxt trades on it."""

import ccxt
import pytest


@pytest.fixture
def okx(exchange):
    place = {"rest": exchange.told["rest"], "ws": exchange.told["ws"]}
    client = ccxt.okx(
        {
            "apiKey": exchange.told["api_key"],
            "secret": exchange.told["api_secret"],
            "password": exchange.told["passphrase"],
            "urls": {"api": dict(place), "test": dict(place)},
            "enableRateLimit": False,
            "options": {"adjustForTimeDifference": True},
        }
    )
    client.load_markets()
    yield client
    client.session.close()


def test_ccxt_reads_the_market(okx):
    """Markets, tickers, book, candles and trades are parsed as those of OKX."""
    market = okx.market("BTC/USDT")
    ticker, book = okx.fetch_tickers()["BTC/USDT"], okx.fetch_order_book("BTC/USDT", 5)
    bars = okx.fetch_ohlcv("BTC/USDT", "1m", limit=50)
    old = okx.fetch_ohlcv("BTC/USDT", "1h", since=bars[0][0] - 20 * 86_400_000, limit=10)

    assert (market["precision"]["price"], market["precision"]["amount"]) == (0.1, 1e-08)
    assert ticker["bid"] < ticker["last"] < ticker["ask"]
    assert (len(book["bids"]), len(book["asks"]), len(bars), len(old)) == (5, 5, 50, 10)
    assert bars[-1][4] == ticker["last"] == okx.fetch_trades("BTC/USDT")[-1]["price"]
    assert okx.fetch_trading_fee("BTC/USDT")["maker"] == 0.0008


def test_ccxt_trades(okx, exchange):
    """Limit and market orders, cancel, open orders, fills and balance by their unified names."""
    last = okx.fetch_ticker("BTC/USDT")["last"]
    resting = okx.create_order("BTC/USDT", "limit", "buy", 0.01, last - 1000, {"clientOrderId": "mine1"})
    doomed = okx.create_order("BTC/USDT", "limit", "buy", 0.01, last - 2000)
    okx.create_order("BTC/USDT", "market", "buy", 0.02)
    okx.create_market_buy_order_with_cost("BTC/USDT", 100)
    okx.create_order("BTC/USDT", "market", "sell", 0.005)
    okx.cancel_order(doomed["id"], "BTC/USDT")

    assert [order["id"] for order in okx.fetch_open_orders("BTC/USDT")] == [resting["id"]]
    assert okx.fetch_order(None, "BTC/USDT", {"clOrdId": "mine1"})["status"] == "open"
    assert [trade["side"] for trade in okx.fetch_my_trades("BTC/USDT")] == ["buy", "buy", "sell"]
    assert okx.fetch_order(doomed["id"], "BTC/USDT")["status"] == "canceled"
    balance = okx.fetch_balance()
    assert balance["USDT"]["used"] == pytest.approx(0.01 * (last - 1000))
    assert balance["USDT"]["total"] == pytest.approx(balance["USDT"]["free"] + balance["USDT"]["used"])

    exchange.step(until="fill")

    assert okx.fetch_order(resting["id"], "BTC/USDT")["status"] == "closed"
    assert okx.fetch_closed_orders("BTC/USDT")[0]["id"] == resting["id"]


def test_ccxt_raises_its_own_errors(okx):
    """OKX's codes become the exceptions a bot expects."""
    with pytest.raises(ccxt.InsufficientFunds):
        okx.create_order("BTC/USDT", "limit", "buy", 100, 90000)
    with pytest.raises(ccxt.OrderNotFound):
        okx.cancel_order("404", "BTC/USDT")
    with pytest.raises(ccxt.OrderNotFound):
        okx.fetch_order("404", "BTC/USDT")
    okx.secret = "wrong"
    with pytest.raises(ccxt.AuthenticationError):
        okx.fetch_balance()


def test_ccxt_changes_guards_and_triggers_orders(okx, exchange):
    """Edited orders, stops of every unified kind, and a countdown for all of it."""
    last = okx.fetch_ticker("BTC/USDT")["last"]
    okx.create_order("BTC/USDT", "market", "buy", 0.1)
    resting = okx.create_order("BTC/USDT", "limit", "buy", 0.01, last - 1000)
    okx.edit_order(resting["id"], "BTC/USDT", "limit", "buy", 0.02, last - 2000)
    guarded = {"stopLoss": {"triggerPrice": last - 9000, "type": "market"}, "takeProfit": {"triggerPrice": last + 9000}}
    attached = okx.create_order("BTC/USDT", "limit", "buy", 0.01, last - 3000, guarded)
    prices = [{"triggerPrice": last - 5000}, {"stopLossPrice": last - 5000}, {"trailingPercent": 5}]
    stops = [okx.create_order("BTC/USDT", "market", "sell", 0.01, None, more)["id"] for more in prices]
    both = okx.create_order("BTC/USDT", "market", "sell", 0.01, None, prices[1] | {"takeProfitPrice": last + 5000})

    edited = okx.fetch_order(resting["id"], "BTC/USDT")
    assert (edited["price"], edited["amount"]) == (last - 2000, 0.02)
    (found,) = (order for order in okx.fetch_open_orders("BTC/USDT") if order["id"] == attached["id"])
    assert (found["stopLossPrice"], found["takeProfitPrice"]) == (last - 9000, last + 9000)
    kinds = {"trigger": stops[0], "conditional": stops[1], "move_order_stop": stops[2], "oco": both["id"]}
    for kind, number in kinds.items():
        assert [order["id"] for order in okx.fetch_open_orders("BTC/USDT", params={"ordType": kind})] == [number]
    okx.cancel_order(stops[0], "BTC/USDT", {"trigger": True})
    assert okx.fetch_order(stops[0], "BTC/USDT", {"trigger": True})["status"] == "canceled"
    assert int(okx.cancel_all_orders_after(15000)["data"][0]["triggerTime"]) > okx.milliseconds()
