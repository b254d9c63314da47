"""What connections are held to: idle time, requests, channels, sizes, and readers that do not read."""

import asyncio
import json

import aiohttp
import pytest
import uvloop

from okxlab.paper.accounts.keys import new_key
from okxlab.paper.streams.connection import Connection
from okxlab.paper.streams.terms import Terms

BTC = {"instId": "BTC-USDT"}


def test_a_connection_without_traffic_is_closed(serve, connect, clock):
    """A connection nobody uses is closed with 4004; one that pings lives on."""
    served = serve(Terms(idle=30, beat=0.02), clock=clock)
    silent, alive = connect(served), connect(served)
    for _ in range(4):
        clock.sleep(12)
        alive.say("ping")
        assert alive.next() == "pong"
    assert silent.next() == 4004


def test_a_fed_connection_is_not_idle(serve, connect, clock):
    """Pushes keep a connection alive."""
    served = serve(Terms(idle=30, beat=0.02), clock=clock)
    wire = connect(served)
    wire.subscribe("tickers", **BTC)
    for _ in range(5):
        clock.sleep(12)
        served.step()
        assert wire.push("tickers")


def test_too_many_operations_in_an_hour_are_refused(serve, connect):
    """Subscriptions, unsubscriptions and logins together are counted; orders are not."""
    served = serve(Terms(operations=3))
    wire = connect(served)
    wire.login(served.told)
    wire.subscribe("tickers", **BTC)
    wire.unsubscribe("tickers", **BTC)
    assert wire.subscribe("tickers", **BTC)["code"] == "60014"
    assert wire.operate("cancel-order", {"instIdCode": 1, "ordId": "1"})["code"] == "1"


def test_a_request_that_is_too_large_closes_the_connection(shared_exchange, connect):
    """64 KB are read; more closes with 1009."""
    wire = connect(shared_exchange)
    wire.say(json.dumps({"op": "x"}).ljust(65_536))
    assert wire.next()["code"] == "60019"
    wire.say("x" * 65_537)
    assert wire.next() == 1009


def test_a_fourth_connection_in_a_second_is_refused(serve, connect):
    """One address opens three connections a second."""
    served = serve()
    for _ in range(3):
        connect(served, address="127.0.0.1")
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        connect(served, address="127.0.0.1")
    assert refused.value.status == 429


@pytest.mark.parametrize(
    ("origin", "taken"),
    [
        ("http://localhost:8888", True),
        ("https://example.com", False),
        ("null", False),
        ("http://localhost:80.example.com", False),
    ],
)
def test_only_pages_of_this_machine_are_let_in(shared_exchange, connect, origin, taken):
    """A page from elsewhere cannot connect; a page served on loopback can."""
    if taken:
        connect(shared_exchange, headers={"Origin": origin}).say("ping")
        return
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        connect(shared_exchange, headers={"Origin": origin})
    assert refused.value.status == 403


def test_too_many_channels_close_the_connection(serve, connect):
    """A connection takes so many channels and is closed with the next."""
    wire = connect(serve(Terms(channels=2)))
    wire.subscribe("tickers", **BTC)
    wire.subscribe("bbo-tbt", **BTC)
    wire.say({"op": "subscribe", "args": [{"channel": "books5", **BTC}]})
    while not isinstance(told := wire.next(), int):
        pass
    assert told == 4009


def test_an_account_s_connections_on_a_channel_are_counted(serve, connect):
    """Each one is told how many there are; one too many gets nothing."""
    served = serve(Terms(sharing=2))
    wires = [connect(served) for _ in range(3)]
    told = []
    for wire in wires:
        wire.login(served.told)
        told.append(wire.ask("subscribe", {"channel": "account"}))
    assert [(row["event"], row["connCount"]) for row in told] == [
        ("channel-conn-count", "1"), ("channel-conn-count", "2"), ("channel-conn-count-error", "2"),
    ]  # fmt: skip


def test_a_reader_that_does_not_read_is_closed_and_holds_nobody_up(serve, connect):
    """Who leaves too much unread is cut off; another reader misses nothing."""
    served = serve(Terms(waiting=64 * 1024, beat=0.005, linger=0.05))
    lazy, eager = connect(served), connect(served)
    lazy.subscribe("books", **BTC)
    eager.subscribe("books", **BTC)
    eager.push("books")
    lazy.stop_reading()
    number = None
    for _ in range(3000):
        served.step()
        row = eager.push("books")["data"][0]
        assert number is None or row["prevSeqId"] == number
        number = row["seqId"]
        if len(served.streams.members) == 1:
            break
    assert len(served.streams.members) == 1


def test_the_account_repeats_itself_unless_told_not_to(serve, connect):
    """Account and positions are told again every few seconds; updateInterval 0 turns that off."""
    served = serve(Terms(repeat=0.1, beat=0.02))
    repeated, once = connect(served), connect(served)
    for wire, extra in ((repeated, {}), (once, {"extraParams": '{"updateInterval": 0}'})):
        wire.login(served.told)
        wire.subscribe("account", **extra)
        assert wire.push("account")["eventType"] == "snapshot"
    assert [repeated.push("account")["eventType"] for _ in range(3)] == ["event_update"] * 3
    assert once.rest(0.2) == []


def test_a_book_that_does_not_change_says_that_it_is_kept(serve, connect):
    """A quiet book is confirmed with an empty update whose two numbers are the same."""
    served = serve(Terms(keep_alive=0.1, beat=0.02))
    wire = connect(served)
    wire.subscribe("books", **BTC)
    number = wire.push("books")["data"][0]["seqId"]
    push = wire.push("books")
    (row,) = push["data"]
    assert (push["action"], row["asks"], row["bids"], row["prevSeqId"], row["seqId"]) == (
        "update",
        [],
        [],
        number,
        number,
    )


def test_updates_of_a_book_are_gathered(serve, connect):
    """Changes between two beats come in one update."""
    served = serve(Terms(beat=1))
    wire = connect(served)
    wire.subscribe("books", **BTC)
    before = wire.push("books")["data"][0]["seqId"]
    for _ in range(5):
        served.step()
    row = wire.push("books")["data"][0]
    assert (row["prevSeqId"], row["seqId"]) == (before, served.venue.sequence.of("BTC-USDT"))


def test_everybody_is_told_before_the_exchange_goes(launch, connect):
    """A graceful stop is announced with 64008, then connections are closed."""
    exchange = launch("--stepped")
    wire = connect(exchange)
    wire.say("ping")
    wire.next()
    exchange.process.terminate()
    told = wire.next()
    assert (told["event"], told["code"]) == ("notice", "64008")
    assert wire.next() == 1001


def test_a_connection_whose_key_is_deleted_is_closed(serve, connect):
    """Deleting a key closes the connections that logged in with it."""
    served = serve(Terms(beat=0.02))
    wire = connect(served)
    wire.login(served.told)
    served.exchange.keys.remove(served.told["api_key"])
    assert wire.next() == 4007


def test_a_connection_of_two_accounts_lives_by_both_keys(serve, connect):
    """The subscriptions of the account that logged in first end with its key, too."""
    served = serve(Terms(beat=0.02))
    sub = served.venue.accounts.open_sub("writer1", "", 0)
    other = new_key(sub.uid, created=0)
    served.exchange.keys.add(other)
    wire = connect(served)
    wire.login(served.told)
    wire.subscribe("orders", instType="ANY")
    wire.login({"api_key": other.key, "api_secret": other.secret, "passphrase": other.passphrase})
    served.exchange.keys.remove(served.told["api_key"])
    assert wire.next() == 4007


def test_what_goes_out_can_be_tampered_with(serve, connect):
    """A hook sees every message with its channel and decides what is sent instead."""
    served = serve(Terms(beat=0.02))
    wire = connect(served)
    wire.subscribe("tickers", **BTC)
    wire.push("tickers")
    served.streams.outlet.outgoing = lambda _connection, arg, payload: [payload] * 2 if "channel" in arg else []
    served.step()
    assert wire.push("tickers") == wire.push("tickers")
    wire.say("ping")
    assert wire.rest(0.1) == []


def test_frames_are_shared_by_all_who_listen(serve, connect):
    """Fifty listeners get the same message."""
    served = serve(Terms(opened=50, beat=0.02))
    wires = [connect(served) for _ in range(50)]
    for wire in wires:
        wire.subscribe("tickers", **BTC)
        wire.push("tickers")
    served.step()
    assert len({json.dumps(wire.push("tickers")) for wire in wires}) == 1


def test_nobody_waits_for_a_client_that_talks_without_end(serve, connect):
    """A flood of requests is answered while another client is served."""
    served = serve()
    noisy, calm = connect(served), connect(served)

    async def flood():
        await asyncio.gather(*(noisy.socket.send_str("ping") for _ in range(2000)))

    noisy._run(flood())
    calm.say("ping")
    assert calm.next() == "pong"
    assert [noisy.next() for _ in range(2000)] == ["pong"] * 2000


def test_nobody_waits_for_a_client_that_asks_for_very_much(serve, connect):
    """While one client subscribes hundreds of books in one request, another is answered between them."""
    served = serve(Terms(waiting=1 << 30))
    greedy, calm = connect(served), connect(served)
    names = [row.name for row in served.venue.listing.kind("SPOT")][:400]
    asked = json.dumps({"op": "subscribe", "args": [{"channel": "books", "instId": name} for name in names]})
    greedy.say(asked)
    calm.say("ping")
    assert calm.next() == "pong"
    assert sum(bool(topic.listeners) for topic in served.streams._topics.values()) < len(names)


def test_what_is_told_to_a_client_that_has_just_vanished_is_lost_and_nothing_else():
    """Between the end of its line and the notice of it, on the loop the exchange runs on."""

    async def act():
        loop, accepted = asyncio.get_running_loop(), []

        class Accepting(asyncio.Protocol):
            def connection_made(self, transport):
                accepted.append(transport)

        server = await loop.create_server(Accepting, "127.0.0.1", 0)
        _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        while not accepted:
            await asyncio.sleep(0.01)
        connection = Connection(accepted[0], "public", "127.0.0.1", Terms(), 0.0)
        connection.write(b"heard", 0.0)
        accepted[0].abort()
        await asyncio.sleep(0.05)
        try:
            connection.write(b"lost", 1.0)
            connection.shut(4004, "gone")
        finally:
            writer.close()
            server.close()
        return connection.crowded, connection.spoken

    assert uvloop.run(act()) == (False, 0.0)
