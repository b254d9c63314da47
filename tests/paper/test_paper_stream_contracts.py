"""The channels of contracts: marks, indexes, funding, positions and liquidations."""

import pytest

from okxlab.clock import SystemClock
from okxlab.paper.streams.terms import Terms
from tests.paper.contracts import CALL, SWAP, ask, contract_desk

QUICK = Terms(beat=0.01, soon=0.001, repeat=0.0)


@pytest.fixture
def serve_prices(tmp_path, serve):
    """Serve contracts that follow prices a test writes down, one a candle."""

    def one(prices, terms=QUICK):
        desk = contract_desk(tmp_path, SystemClock(), prices)
        served = serve(terms, exchange=desk.exchange)
        served.desk = desk
        return served

    return one


@pytest.fixture
def wire(connect):
    """Give a function that connects and logs in."""

    def one(served):
        found = connect(served)
        assert found.login(served.told)["code"] == "0"
        return found

    return one


def position(push):
    """Give the one position of a push."""
    (row,) = push["data"]
    return row


@pytest.mark.parametrize(
    ("channel", "arg", "path"),
    [
        ("mark-price", {"instId": SWAP}, f"public/mark-price?instType=SWAP&instId={SWAP}"),
        ("index-tickers", {"instId": "BTC-USDT"}, "market/index-tickers?instId=BTC-USDT"),
        ("price-limit", {"instId": SWAP}, f"public/price-limit?instId={SWAP}"),
        ("funding-rate", {"instId": SWAP}, f"public/funding-rate?instId={SWAP}"),
        ("open-interest", {"instId": SWAP}, f"public/open-interest?instType=SWAP&instId={SWAP}"),
        ("opt-summary", {"instFamily": "BTC-USD"}, "public/opt-summary?instFamily=BTC-USD"),
        ("mark-price-candle1m", {"instId": SWAP}, f"market/mark-price-candles?instId={SWAP}&bar=1m&limit=1"),
        ("index-candle1m", {"instId": "BTC-USDT"}, "market/index-candles?instId=BTC-USDT&bar=1m&limit=1"),
        ("tickers", {"instId": SWAP}, f"market/ticker?instId={SWAP}"),
    ],
)
def test_a_channel_of_contracts_greets_with_what_rest_shows(shared_exchange, connect, channel, arg, path):
    """A new listener is told at once what the endpoint shows."""
    wire = connect(shared_exchange)
    assert wire.subscribe(channel, **arg)["event"] == "subscribe"
    assert wire.push(channel)["data"] == shared_exchange.rows(path)


@pytest.mark.parametrize("channel", ["mark-price", "price-limit"])
def test_a_move_of_the_market_moves_mark_and_limits(shared_exchange, connect, channel):
    """After a step mark and limits are told as REST shows them."""
    wire = connect(shared_exchange)
    wire.subscribe(channel, instId=SWAP)
    wire.push(channel)
    shared_exchange.step(points=4)
    kind = "&instType=SWAP" if channel == "mark-price" else ""
    assert wire.push(channel)["data"] == shared_exchange.rows(f"public/{channel}?instId={SWAP}{kind}")


def test_trades_of_options_are_told_with_their_volatility(shared_exchange, connect):
    """The trades of a family's options come with the volatility and the mark they were made at."""
    (first, *_) = shared_exchange.rows("public/option-trades?instFamily=BTC-USD")
    wire = connect(shared_exchange)
    wire.subscribe("option-trades", instType="OPTION", instFamily="BTC-USD")
    shared_exchange.step(points=8)
    told = wire.push("option-trades")["data"][0]
    assert told.keys() == first.keys()
    assert int(told["tradeId"]) > int(first["tradeId"])


def test_a_position_is_told_from_its_opening_to_its_end(serve_prices, wire):
    """A position is told when it is opened, when it grows, and once more with size 0."""
    served = serve_prices([50000] * 4)
    private = wire(served)
    private.subscribe("positions", instType="ANY")
    assert private.push("positions")["data"] == []
    for side, size, told in (("buy", "2", "2"), ("buy", "1", "3"), ("sell", "3", "0")):
        served.turn(served.venue.place, served.account, ask(side=side, size=size))
        push = private.push("positions")
        assert (push["eventType"], position(push)["pos"]) == ("event_update", told)
    assert position(push)["instId"] == SWAP


def test_a_position_of_another_kind_is_not_told(serve_prices, wire):
    """A subscription of futures hears nothing of a swap; one of the swap does."""
    served = serve_prices([50000] * 4)
    futures, swap = wire(served), wire(served)
    futures.subscribe("positions", instType="FUTURES")
    swap.subscribe("positions", instType="ANY", instId=SWAP)
    for one in (futures, swap):
        one.push("positions")
    served.turn(served.venue.place, served.account, ask(size="1"))
    assert position(swap.push("positions"))["pos"] == "1"
    assert futures.rest(0.1) == []


def test_balance_and_position_tells_positions_too(serve_prices, wire):
    """A fill of a contract tells the position it made, and the snapshot holds it for who comes later."""
    served = serve_prices([50000] * 4)
    private = wire(served)
    private.subscribe("balance_and_position")
    private.push("balance_and_position")
    served.turn(served.venue.place, served.account, ask(size="2"))
    (told,) = private.push("balance_and_position")["data"]
    assert [(row["instId"], row["pos"]) for row in told["posData"]] == [(SWAP, "2")]
    late = wire(served)
    late.subscribe("balance_and_position")
    (snapshot,) = late.push("balance_and_position")["data"]
    assert snapshot["posData"] == told["posData"]


def test_a_liquidation_is_told_to_its_owner_and_to_everybody(serve_prices, wire, connect):
    """Near its end a position is warned of; its liquidation is an order of its own and public news."""
    served = serve_prices([50000, 45250, 45200], Terms(beat=0.01, soon=0.001, repeat=0.05))
    served.account.leverage[SWAP, "isolated", "net"] = 10
    private, public = wire(served), connect(served)
    private.subscribe("liquidation-warning", instType="ANY")
    private.subscribe("orders", instType="SWAP")
    private.subscribe("balance_and_position")
    public.subscribe("liquidation-orders", instType="SWAP")
    served.turn(served.venue.place, served.account, ask(size="1", tdMode="isolated"))
    served.step(4)
    assert private.push("liquidation-warning")["data"][0]["instId"] == SWAP
    served.step(4)
    order = private.until(lambda push: push.get("data", [{}])[0].get("category") == "full_liquidation")["data"][0]
    assert (order["state"], order["side"]) == ("filled", "sell")
    (told,) = private.until(lambda push: push.get("data", [{}])[0].get("eventType") == "liquidation")["data"]
    assert [row["pos"] for row in told["posData"]] == ["0"]
    (row,) = public.push("liquidation-orders")["data"]
    assert (row["instId"], row["details"][0]["side"], row["details"][0]["sz"]) == (SWAP, "sell", "1")


def test_an_account_without_options_is_told_no_greeks(serve_prices, wire):
    """The channel of greeks is confirmed and stays silent."""
    private = wire(serve_prices([50000] * 4))
    assert private.subscribe("account-greeks")["event"] == "subscribe"
    assert private.rest(0.1) == []


def test_a_family_s_options_are_canceled_at_once(serve_prices, wire):
    """mass-cancel takes back the orders of a family of options, and names no instrument by its code."""
    served = serve_prices([50000] * 4)
    private = wire(served)
    resting = served.turn(served.venue.place, served.account, ask(CALL, price="0.005"))
    told = private.operate("mass-cancel", {"instType": "OPTION", "instFamily": "BTC-USD"})
    assert (told["op"], told["code"], told["data"][0]["result"]) == ("mass-cancel", "0", True)
    assert resting.state == "canceled"


def test_an_option_s_order_is_amended_by_its_code(serve_prices, wire):
    """An amendment names its instrument by code, and is answered with its reqId."""
    served = serve_prices([50000] * 4)
    private = wire(served)
    resting = served.turn(served.venue.place, served.account, ask(CALL, price="0.005"))
    code = served.venue.listing[CALL].code
    asked = {"instIdCode": code, "ordId": str(resting.id), "newPx": "0.006", "reqId": "r1"}
    told = private.operate("amend-order", asked)
    assert (told["code"], told["data"][0]["reqId"]) == ("0", "r1")
    assert str(resting.price) == "0.006"
