"""The public channels: what they tell first, what they tell then, and that it is what REST shows."""

import itertools
import random
from dataclasses import replace

import pytest

from okxlab.paper.streams.reading import Reading
from okxlab.paper.streams.terms import Terms

BTC = {"instId": "BTC-USDT"}


@pytest.fixture
def wire(shared_exchange, connect):
    return connect(shared_exchange)


def kept(book, update):
    """Apply an update of a book to its levels."""
    for side in ("asks", "bids"):
        for level in update[side]:
            book[side].pop(level[0], None)
            if level[1] != "0":
                book[side][level[0]] = level


def levels(book):
    """Give a book's levels, the best first."""
    asks = sorted(book["asks"].values(), key=lambda level: float(level[0]))
    bids = sorted(book["bids"].values(), key=lambda level: -float(level[0]))
    return asks, bids


def snapshot(push):
    """Give the levels of a snapshot by price."""
    (row,) = push["data"]
    return {side: {level[0]: level for level in row[side]} for side in ("asks", "bids")}


def test_a_text_ping_is_answered_with_a_text_pong(wire):
    """A text ping is answered with a text pong."""
    wire.say("ping")
    assert wire.next() == "pong"


def test_a_subscription_is_confirmed_with_the_connection_s_id_and_the_client_s(wire):
    """A subscription is confirmed with the connection's id and the client's own."""
    wire.say({"id": "9a", "op": "subscribe", "args": [{"channel": "tickers", **BTC}]})
    told = wire.next()
    assert told == {"id": "9a", "event": "subscribe", "arg": {"channel": "tickers", **BTC}, "connId": told["connId"]}
    assert len(told["connId"]) == 8
    assert int(told["connId"], 16) >= 0


@pytest.mark.parametrize(
    ("channel", "path"),
    [
        ("tickers", "market/ticker?instId=BTC-USDT"),
        ("books5", "market/books?instId=BTC-USDT&sz=5"),
        ("bbo-tbt", "market/books?instId=BTC-USDT&sz=1"),
        ("trades-all", "market/trades?instId=BTC-USDT&limit=1"),
        ("candle1m", "market/candles?instId=BTC-USDT&bar=1m&limit=1"),
        ("candle1Dutc", "market/candles?instId=BTC-USDT&bar=1Dutc&limit=1"),
    ],
)
def test_a_channel_greets_with_what_rest_shows(shared_exchange, wire, channel, path):
    """A new listener is told at once what the endpoint shows."""
    shared_exchange.step(points=1)
    wire.subscribe(channel, **BTC)
    push = wire.push(channel)
    assert push["arg"] == {"channel": channel, **BTC}
    (told,), (shown,) = push["data"], shared_exchange.rows(path)
    assert told == (shown if isinstance(shown, list) else {**told, **shown})


@pytest.mark.parametrize("channel", ["tickers", "books5", "bbo-tbt"])
def test_a_step_of_the_feed_is_told_once_as_rest_shows_it(shared_exchange, wire, channel):
    """After a step each channel tells once what REST shows then."""
    wire.subscribe(channel, **BTC)
    wire.push(channel)
    shared_exchange.step(points=1)
    told = wire.push(channel)["data"][0]
    depth = {"books5": "5", "bbo-tbt": "1"}.get(channel)
    path = f"market/books?instId=BTC-USDT&sz={depth}" if depth else "market/ticker?instId=BTC-USDT"
    (shown,) = shared_exchange.rows(path)
    assert {name: told[name] for name in shown} == shown
    assert wire.rest(0.25) == []


def test_a_kept_book_is_the_book_rest_shows_after_every_step_and_order(shared_exchange, wire, order):
    """A book kept by seqId is REST's book after each of many steps and orders."""
    wire.subscribe("books", **BTC)
    first = wire.push("books")
    assert (first["action"], first["data"][0]["prevSeqId"]) == ("snapshot", -1)
    book, number = snapshot(first), first["data"][0]["seqId"]
    for turn in range(8):
        if turn % 2:
            (ticker,) = shared_exchange.rows("market/ticker?instId=BTC-USDT")
            shared_exchange.place(px=ticker["bidPx"])
        else:
            shared_exchange.step(points=1)
        (shown,) = shared_exchange.rows("market/books?instId=BTC-USDT&sz=400")
        while number != shown["seqId"]:
            update = wire.push("books")
            (row,) = update["data"]
            assert (update["action"], row["prevSeqId"], row["checksum"]) == ("update", number, 0)
            kept(book, row)
            number = row["seqId"]
        assert levels(book) == (shown["asks"], shown["bids"])


def test_a_second_reader_of_a_book_joins_in_at_the_same_number(shared_exchange, connect):
    """A second reader's snapshot carries on with the very updates the first one gets."""
    first, second = connect(shared_exchange), connect(shared_exchange)
    first.subscribe("books", **BTC)
    first.push("books")
    shared_exchange.step(points=1)
    second.subscribe("books", **BTC)
    greeted = second.push("books")["data"][0]["seqId"]
    shared_exchange.step(points=1)
    told = second.push("books")["data"][0]
    assert told["prevSeqId"] == greeted
    assert first.until(lambda push: push["data"][0]["prevSeqId"] == greeted)["data"][0] == told


def test_trades_are_told_in_order_and_none_is_left_out(shared_exchange, wire):
    """Trades come one by one, oldest first, each with its count and a growing seqId."""
    wire.subscribe("trades", **BTC)
    first = int(wire.push("trades")["data"][0]["tradeId"])
    shared_exchange.step(points=7)
    shared_exchange.place(ordType="market", px=None, sz="50", tgtCcy="quote_ccy")
    shared_exchange.step(points=2)
    rows = shared_exchange.rows("market/trades?instId=BTC-USDT&limit=500")
    shown = [row["tradeId"] for row in reversed(rows) if int(row["tradeId"]) > first]
    told = []
    while not told or told[-1]["tradeId"] != shown[-1]:
        told += wire.push("trades")["data"]
    assert sum(int(row["count"]) for row in told) == len(shown) > 2
    assert {row["tradeId"] for row in told} <= set(shown)
    assert all(a["seqId"] <= b["seqId"] for a, b in itertools.pairwise(told))


def test_an_ended_candle_is_confirmed_before_the_next_one_runs(shared_exchange, wire):
    """Candles that ended are told with confirm 1, then the running one with 0."""
    wire.subscribe("candle1m", **BTC)
    (started,) = wire.push("candle1m")["data"]
    shared_exchange.step(points=9)
    told = []
    while not told or told[-1][8] == "1":
        told += wire.push("candle1m")["data"]
    shown = shared_exchange.rows(f"market/candles?instId=BTC-USDT&bar=1m&limit={len(told)}")
    assert told == shown[::-1]
    assert told[0][0] == started[0]


def test_subscribing_twice_is_confirmed_and_fed_once(shared_exchange, wire):
    """A second subscription of the same channel is confirmed, and nothing comes twice."""
    wire.subscribe("tickers", **BTC)
    wire.push("tickers")
    assert wire.subscribe("tickers", **BTC)["event"] == "subscribe"
    shared_exchange.step(points=1)
    wire.push("tickers")
    assert wire.rest(0.25) == []


def test_an_unsubscribed_channel_is_silent_and_greets_again_later(shared_exchange, wire):
    """After unsubscribing nothing more comes; subscribing again gives a fresh snapshot."""
    wire.subscribe("books", **BTC)
    wire.push("books")
    assert wire.unsubscribe("books", **BTC)["arg"] == {"channel": "books", **BTC}
    shared_exchange.step(points=1)
    assert wire.rest(0.25) == []
    wire.subscribe("books", **BTC)
    assert wire.push("books")["action"] == "snapshot"


def test_all_instruments_of_a_kind_are_told_at_first(shared_exchange, wire):
    """The instruments channel begins with the whole list."""
    wire.subscribe("instruments", instType="SPOT")
    told = wire.push("instruments")["data"]
    assert told == shared_exchange.rows("public/instruments?instType=SPOT")


@pytest.mark.parametrize(
    ("place", "arg", "code"),
    [
        ("public", {"channel": "candle1m", "instId": "BTC-USDT"}, "64001"),
        ("private", {"channel": "trades-all", "instId": "BTC-USDT"}, "64001"),
        ("business", {"channel": "tickers", "instId": "BTC-USDT"}, "64002"),
        ("public", {"channel": "orders", "instType": "ANY"}, "60018"),
        ("public", {"channel": "books-l2-tbt", "instId": "BTC-USDT"}, "60011"),
        ("public", {"channel": "ticker", "instId": "BTC-USDT"}, "60018"),
        ("public", {"channel": "tickers", "instId": "BTC-XYZ"}, "60018"),
        ("public", {"channel": "tickers"}, "60018"),
        ("business", {"channel": "candle7m", "instId": "BTC-USDT"}, "60018"),
        ("private", {"channel": "account"}, "60011"),
    ],
)
def test_a_channel_that_is_not_to_be_had_is_refused_by_its_code(shared_exchange, connect, place, arg, code):
    """Each wrong place, name, instrument or missing login has its code."""
    told = connect(shared_exchange, place).ask("subscribe", arg)
    assert (told["event"], told["code"]) == ("error", code)


def test_the_demo_host_s_broker_parameter_is_ignored(shared_exchange, connect):
    """A broker id in the address changes nothing."""
    wire = connect(shared_exchange, "public?brokerId=9999")
    assert wire.subscribe("tickers", **BTC)["event"] == "subscribe"


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("{", "60012"),
        ("[]", "60012"),
        ('{"op": "subscribe", "args": {"channel": "tickers"}}', "60012"),
        ('{"op": "subscribe", "args": ["tickers"]}', "60012"),
        ('{"op": "dance", "args": []}', "60019"),
        ('{"args": []}', "60012"),
        ('{"op": [1], "args": []}', "60012"),
        ('{"op": {"op": 1}, "args": []}', "60012"),
        ('{"op": "subscribe", "args": [{"channel": "\\ud800"}]}', "60012"),
        ("[" * 5000, "60012"),
        ('{"op": "subscribe", "args": [{"channel": "status", "extraParams": "' + "[" * 30_000 + '"}]}', "60013"),
    ],
)
def test_what_makes_no_sense_is_refused_and_the_connection_lives_on(wire, said, code):
    """Malformed requests are refused, and the next one is answered."""
    wire.say(said)
    assert wire.next()["code"] == code
    wire.say("ping")
    assert wire.next() == "pong"


def test_a_taker_s_trades_at_one_price_are_told_as_one(serve, connect):
    """A taker that fills two resting orders at one price is one trade of count 2; one by one they are two."""
    served = serve(prices="walk")
    wire = connect(served)
    for channel in ("trades", "trades-all"):
        wire.subscribe(channel, **BTC)
        wire.push(channel)
    venue, account = served.venue, served.account
    order = {
        "instId": "BTC-USDT",
        "tdMode": "cash",
        "side": "buy",
        "ordType": "market",
        "sz": "0.01",
        "tgtCcy": "base_ccy",
    }

    def twice():
        taker = venue.place(account, order)
        venue.fill(taker, taker.size, venue.feed.price("BTC-USDT"), maker=False)

    served.turn(twice)
    together = wire.push("trades")["data"]
    assert [(row["count"], row["sz"]) for row in together] == [("2", "0.02")]
    alone = [wire.push("trades-all")["data"][0] for _ in range(2)]
    assert together[0]["tradeId"] == alone[1]["tradeId"]


def test_every_channel_agrees_with_rest_after_every_turn(serve, connect):
    """Through many turns of all kinds, what each channel told last is what REST shows."""
    served = serve(Terms(beat=0.01, candle=0.01, soon=0.001), seed=11)
    wire, rest = connect(served), Reading(served.venue, served.exchange.archive)
    shown = {
        "tickers": ("market/ticker", {}),
        "bbo-tbt": ("market/books", {"sz": "1"}),
        "books5": ("market/books", {"sz": "5"}),
        "trades-all": ("market/trades", {"limit": "1"}),
        "candle5m": ("market/candles", {"bar": "5m", "limit": "1"}),
    }
    last = {}
    for channel in (*shown, "books"):
        wire.subscribe(channel, **BTC)
        last[channel] = wire.push(channel)
    book = snapshot(last["books"])
    chance = random.Random(5)  # noqa: S311 - a seeded test
    for _ in range(25):
        turn(served, chance)
        for push in wire.rest(0.06):
            last[push["arg"]["channel"]] = push
            if push["arg"]["channel"] == "books":
                kept(book, push["data"][0])
        for channel, (path, more) in shown.items():
            (row,), (told,) = rest.rows(path, {**BTC, **more}), last[channel]["data"]
            assert bare(told) == bare(row), channel
        (row,) = rest.rows("market/books", {**BTC, "sz": "400"})
        assert levels(book) == (row["asks"], row["bids"])


def turn(served, chance):
    """Move the feed, place an order, or take one back."""
    venue, account, kind = served.venue, served.account, chance.randrange(4)
    price = venue.feed.price("BTC-USDT")
    order = {"instId": "BTC-USDT", "tdMode": "cash", "side": "buy", "sz": "0.01"}
    if kind == 0:
        served.step(chance.randrange(1, 6))
    elif kind == 1:
        served.turn(venue.place, account, {**order, "ordType": "market", "tgtCcy": "base_ccy"})
    elif kind == 2 or not account.open:
        served.turn(venue.place, account, {**order, "ordType": "limit", "px": str(price - chance.randrange(1, 20))[:7]})
    else:
        number = chance.choice(sorted(account.open))
        served.turn(venue.cancel, account, {"instId": "BTC-USDT", "ordId": str(number)})


def bare(row):
    """Give what a row says, without its stamps and without what only one of the two has."""
    return row if isinstance(row, list) else {name: row[name] for name in row if name not in {"ts", "seqId", "instId"}}


def test_a_book_whose_steps_change_is_told_in_full(serve, connect):
    """When an instrument's tick changes, the updates still add up to the book REST shows."""
    served = serve(Terms(beat=0.01), fills="book")
    wire, rest = connect(served), Reading(served.venue, served.exchange.archive)
    wire.subscribe("books", **BTC)
    book = snapshot(wire.push("books"))
    instrument = served.venue.listing["BTC-USDT"]

    def coarser():
        served.venue.listing.replace(replace(instrument, tick=instrument.tick * 10))
        served.venue.changes.instruments.add(instrument.name)

    served.turn(coarser)
    for push in wire.rest(0.1):
        kept(book, push["data"][0])
    (row,) = rest.rows("market/books", {**BTC, "sz": "400"})
    assert levels(book) == (row["asks"], row["bids"])
