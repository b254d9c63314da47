"""Failures of streams on demand: silence, gaps, doubles, delays, disorder, torn frames, closed connections."""

import json

import aiohttp
import pytest

BTC = {"instId": "BTC-USDT"}


@pytest.fixture
def wire(exchange, connect):
    return connect(exchange)


@pytest.fixture
def private(exchange, connect):
    found = connect(exchange, "private")
    found.login(exchange.told)
    found.subscribe("orders", instType="SPOT")
    return found


@pytest.fixture
def fault(exchange):
    def add(fault, **conditions):
        answer = exchange.control("POST", "faults", {"fault": fault, **conditions})
        assert answer.status == 200, answer.body

    return add


@pytest.fixture
def struck(exchange, eventually):
    """Give a function that waits until a rule has struck."""
    return lambda: eventually(lambda: exchange.control("GET", "faults").body["log"])


def states(wire, count):
    """Give the client ids of the next pushes of orders."""
    return [wire.push("orders")["data"][0]["clOrdId"] for _ in range(count)]


def test_lost_frame_of_a_book_leaves_a_gap_in_its_sequence(exchange, wire, fault, struck):
    """What follows does not fit what came before: a client that keeps a book must notice."""
    wire.subscribe("books", **BTC)
    seen = wire.push("books")["data"][0]["seqId"]
    fault("drop_frame", endpoint="books", instrument="BTC-USDT", times=1)

    exchange.step(points=1)
    assert struck()
    lost = wire.rest(0.4)
    exchange.step(points=1)
    update = wire.push("books")["data"][0]

    assert [push for push in lost if push.get("arg", {}).get("channel") == "books"] == []
    assert update["prevSeqId"] > seen


def test_silent_channel_leaves_the_others_speaking(exchange, wire, fault):
    """Pings are answered and tickers come, while the book says nothing more."""
    wire.subscribe("books5", **BTC)
    wire.push("books5")
    wire.subscribe("tickers", **BTC)
    wire.push("tickers")
    fault("drop_frame", endpoint="books5")

    exchange.step(points=1)
    heard = [wire.push("tickers"), *wire.rest(0.5)]
    wire.say("ping")

    assert {push["arg"]["channel"] for push in heard} == {"tickers"}
    assert wire.until(lambda told: told == "pong") == "pong"


def test_doubled_frame_comes_twice(exchange, private, fault, order):
    """The same fill may be told twice; who counts frames counts wrong."""
    fault("repeat_frame", endpoint="orders")

    exchange.place(**{**order(), "clOrdId": "twice"})

    first, second = private.push("orders"), private.push("orders")
    assert (first, first["data"][0]["clOrdId"]) == (second, "twice")


def test_swapped_frame_comes_after_the_next(exchange, private, fault):
    """News of one order overtakes news of the other."""
    fault("swap_frame", endpoint="orders", nth=1)

    exchange.place(clOrdId="first")
    exchange.place(clOrdId="second")

    assert states(private, 2) == ["second", "first"]


def test_frames_swapped_one_and_all_change_places_in_pairs(exchange, private, fault):
    """Each is sent after the next one, however many are struck."""
    fault("swap_frame", endpoint="orders")

    for name in ("first", "second", "third", "fourth"):
        exchange.place(clOrdId=name)

    assert states(private, 4) == ["second", "first", "fourth", "third"]


def test_late_frame_comes_after_those_behind_it(exchange, private, fault, order):
    """It is not lost, and not in time."""
    fault("late_frame", endpoint="orders", ms=300, nth=1)

    exchange.post("trade/batch-orders", [order(clOrdId=name) for name in ("late", "quick")])

    assert states(private, 2) == ["quick", "late"]


def test_torn_frame_is_no_json(exchange, private, fault):
    """The first bytes of the true message arrive."""
    fault("cut_frame", endpoint="orders", bytes=12, times=1)

    exchange.place(clOrdId="torn")
    with pytest.raises(json.JSONDecodeError):
        private.push("orders")


def test_connection_may_be_closed_at_any_frame(exchange, private, fault):
    """With the code that was asked for; another connection is served."""
    fault("close", endpoint="orders", code=4006)

    exchange.place(clOrdId="last")

    assert private.next() == 4006


def test_maintenance_is_announced_to_every_connection_which_then_closes(exchange, wire, connect):
    """A notice with code 64008 before, close frame 1001 when it begins; nobody connects meanwhile."""
    wire.subscribe("tickers", **BTC)

    exchange.control("POST", "maintenance", {"after": 0.3, "seconds": 600})

    assert wire.until(lambda told: told.get("event") == "notice")["code"] == "64008"
    while not isinstance(told := wire.next(), int):
        assert told["arg"]["channel"] == "tickers"
    assert told == 1001
    assert exchange.get("account/balance").status == 503
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        connect(exchange, "private")
    assert refused.value.status == 503


def test_no_rule_left_means_no_hook_left(exchange, wire, fault, struck):
    """When the last rule is spent, frames are sent to all at once again."""
    wire.subscribe("tickers", **BTC)
    wire.push("tickers")
    fault("drop_frame", endpoint="tickers", times=1)

    exchange.step(points=1)
    assert struck()
    exchange.step(points=1)

    assert wire.push("tickers")["data"]
    listed = exchange.control("GET", "faults").body
    assert ([entry["fault"] for entry in listed["log"]], listed["rules"]) == (["drop_frame"], [])
