"""Live streams: they come at once, show what REST shows, and leave nothing behind."""

import gc
import threading

import pandas as pd
import psutil
import pytest

import okxlab as ox
from okxlab.errors import Blocked, CredentialsError, InputError, Refused
from tests.exchange.conftest import Stopwatch
from tests.exchange.venue import Venue, eventually

DAY = pd.Timedelta(days=1)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Give a stepped exchange that the tests of this file share."""
    one = Venue(tmp_path_factory.mktemp("venue"), "--stepped")
    yield one
    one.close()


@pytest.fixture
def stepped(place):
    """Give the exchange and a session of the test's own on it; streams do not grow stale while the market stands."""
    with place.session() as session:
        session.streams.clock = Stopwatch()
        yield place, session


def is_live(stream):
    return eventually(lambda: stream.state == "live")


def sockets(port):
    """Count this process's connections to a port."""
    return len([one for one in psutil.Process().net_connections() if one.raddr and one.raddr.port == port])


def same(streamed, asked):
    """Whether two frames show the same; what is only streamed does not count."""
    pd.testing.assert_frame_equal(streamed[list(asked.columns)], asked, check_exact=True)
    return True


def test_a_stream_is_given_at_once_and_lives_a_moment_later(stepped):
    """Nobody waits for the network, not for one that is silent either; the frame fills by itself."""
    place, session = stepped
    place.freeze()
    live = ox.stream(session, "tickers", "BTC-USDT")

    assert live.state == "reconnecting"
    place.thaw()
    assert live.wait(10)
    assert live.state == "live"


def test_tickers_show_what_rest_shows(stepped):
    """Row by row, after the market has moved too."""
    place, session = stepped
    live = ox.stream(session, "tickers", ["BTC/USDT", "ETH-USDT"])
    assert is_live(live)
    place.step(7)
    asked = ox.tickers(session).loc[["BTC-USDT", "ETH-USDT"]]

    assert eventually(lambda: live.frame["time"].equals(asked["time"]))
    assert same(live.frame, asked)


@pytest.mark.parametrize(("channel", "depth"), [("books", 400), ("books5", 5)])
def test_books_show_what_rest_shows(stepped, channel, depth):
    """Level by level at the same seqId, of one symbol and of several."""
    place, session = stepped
    one, two = (ox.stream(session, channel, symbols) for symbols in ("BTC-USDT", ["BTC-USDT", "ETH-USDT"]))
    assert is_live(one)
    assert is_live(two)
    place.step(3)
    (row,) = place.get("market/books", instId="BTC-USDT", sz=1)

    assert eventually(lambda: one.frame.attrs["seq"] == two.frame.attrs["seq"]["BTC-USDT"] == row["seqId"])
    asked = ox.order_book(session, "BTC-USDT", depth)
    assert same(one.frame, asked)
    assert same(two.frame.loc["BTC-USDT"], asked)


def test_trades_show_what_rest_shows(stepped):
    """The same trades, oldest first."""
    place, session = stepped
    live = ox.stream(session, "trades", "BTC-USDT")
    assert is_live(live)
    place.step(9)
    asked = {row["tradeId"]: row for row in place.get("market/trades", instId="BTC-USDT")}
    assert eventually(lambda: len(live.frame) >= 9)

    frame = live.frame
    assert frame["time"].is_monotonic_increasing
    assert [(row.price, row.size, row.side) for row in frame.itertuples()] == [
        (float(asked[number]["px"]), float(asked[number]["sz"]), asked[number]["side"]) for number in frame["trade_id"]
    ]


def test_candles_show_what_rest_shows(stepped):
    """Those that ended meanwhile, and the running one marked as unfinished."""
    place, session = stepped
    live = ox.stream(session, "candles", "BTC-USDT")
    assert is_live(live)
    place.step(13)

    assert eventually(lambda: len(live.frame) == 4)
    frame = live.frame
    assert list(frame["finished"]) == [True, True, True, False]
    assert same(frame[frame["finished"]], ox.candles(session, "BTC-USDT").iloc[-3:].rename_axis("time"))


def test_daily_candles_begin_at_midnight_utc(stepped):
    """Not at 16:00 UTC, as the channel's plain days do."""
    place, session = stepped
    live = ox.stream(session, "candles", "BTC-USDT", bar="1d")
    assert is_live(live)
    place.step(1)

    assert all(stamp == stamp.floor(DAY) for stamp in live.frame.index)
    assert len(live.frame) >= 1


def test_the_account_is_shown_as_rest_shows_it(stepped):
    """Balances, orders and fills, after an order rested, one filled and one was canceled."""
    _, session = stepped
    before = ox.place(session, "buy", "BTC-USDT", amount="0.01", price="1000")
    orders, fills, balances = (ox.stream(session, channel) for channel in ("orders", "fills", "balances"))
    assert all(is_live(live) for live in (orders, fills, balances))
    assert list(orders.frame.index) == [before.order_id]

    ox.place(session, "buy", "BTC-USDT", amount="0.02")
    resting = ox.place(session, "buy", "BTC-USDT", amount="0.01", price="2000")
    ox.cancel(session, before)

    assert eventually(lambda: len(orders.frame) == 3 and orders.frame["state"].iloc[0] == "canceled")
    assert same(orders.frame.loc[[resting.order_id]], ox.open_orders(session))
    assert eventually(lambda: len(fills.frame) == 1)
    assert same(fills.frame, ox.fills(session))
    asked = ox.balances(session).drop(columns="value_usd")
    assert eventually(lambda: balances.frame.drop(columns="value_usd").equals(asked))


def test_positions_come_and_go(stepped):
    """A swap that is bought shows, one that is sold again does not."""
    _, session = stepped
    live = ox.stream(session, "positions")
    assert is_live(live)
    assert live.frame.empty

    trade = {"instId": "BTC-USDT-SWAP", "tdMode": "cross", "ordType": "market", "sz": "1"}
    session.ccxt.private_post_trade_order({**trade, "side": "buy"})
    assert eventually(lambda: len(live.frame) == 1)
    assert (live.frame["symbol"][0], str(live.frame["size"][0])) == ("BTC-USDT-SWAP", "1")
    session.ccxt.private_post_trade_order({**trade, "side": "sell"})
    assert eventually(lambda: live.frame.empty)


def test_wait_tells_news_once(stepped):
    """It comes back with news, and without when nothing has happened since."""
    place, session = stepped
    live = ox.stream(session, "tickers", "BTC-USDT")
    assert live.wait(10)
    assert not live.wait(0.3)

    threading.Timer(0.3, place.step).start()
    assert live.wait(10)


def test_rows_come_in_order_and_end_with_silence(stepped):
    """Every trade once, as OKX wrote it."""
    place, session = stepped
    live = ox.stream(session, "trades", "BTC-USDT")
    assert is_live(live)
    rows = live.rows(seconds=1)
    place.step(20)
    newest = place.get("market/trades", instId="BTC-USDT")[0]["tradeId"]
    assert eventually(lambda: live.latest["tradeId"] == newest)

    told = [row["tradeId"] for row in rows]
    assert told == sorted(set(told), key=int)
    assert told[-1] == newest


def test_slow_reader_gets_the_newest_and_is_told_what_he_lost(stepped):
    """Nothing piles up: what does not fit is dropped, oldest first, and counted."""
    place, session = stepped
    live = ox.stream(session, "trades", "BTC-USDT", keep=5)
    assert is_live(live)
    rows = live.rows(seconds=0.5)
    for _ in range(20):
        place.step(1)
    newest = place.get("market/trades", instId="BTC-USDT")[0]["tradeId"]
    assert eventually(lambda: live.latest["tradeId"] == newest)

    got = [row["tradeId"] for row in rows]
    assert (len(got), got[-1], len(live.frame)) == (5, newest, 5)
    assert live.counts["dropped"] >= 14


def test_close_leaves_no_thread_and_no_socket(stepped):
    """One stream of many may close and the others go on; with the last one everything is gone."""
    place, session = stepped
    ox.tickers(session)
    place.step(1)
    threads, connections = set(threading.enumerate()), sockets(place.port)
    opened = [ox.stream(session, channel, "BTC-USDT") for channel in ("tickers", "books", "candles")]
    opened.append(ox.stream(session, "balances"))
    assert all(is_live(live) for live in opened)
    assert (len(set(threading.enumerate()) - threads), sockets(place.port)) == (2, connections + 3)  # one asks REST

    opened[0].close()
    place.step(4)
    assert opened[1].wait(10)
    for live in opened:
        live.close()
    assert set(threading.enumerate()) == threads
    assert eventually(lambda: sockets(place.port) == connections)
    assert [str(live.state) for live in opened] == ["closed"] * 4


def test_stream_nobody_holds_any_more_hangs_up(stepped):
    """A cell that is run again and again does not pile up connections."""
    place, session = stepped
    connections = sockets(place.port)
    live = ox.stream(session, "tickers", "BTC-USDT")
    assert is_live(live)
    assert sockets(place.port) == connections + 1

    del live
    gc.collect()
    assert eventually(lambda: sockets(place.port) == connections)
    assert is_live(ox.stream(session, "tickers", "BTC-USDT"))


def test_session_that_closes_ends_its_streams(stepped):
    """Who waits is woken, who asks is told why, and no stream opens any more."""
    _, session = stepped
    live = ox.stream(session, "trades", "BTC-USDT")
    assert is_live(live)
    threading.Timer(0.3, session.close).start()
    rows = list(live.rows())

    assert rows == [] or rows
    assert live.state == "closed"
    assert "closed" in live.state.why
    assert live.frame.attrs["state"] == "closed"
    with pytest.raises(Blocked, match="session is closed"):
        ox.stream(session, "trades", "BTC-USDT")


def test_stream_of_what_is_not_listed_is_closed_with_the_reason(stepped):
    """The exchange's refusal is in the state, and raised where somebody waits."""
    _, session = stepped
    live = ox.stream(session, "tickers", "NO-SUCH")

    with pytest.raises(Refused, match=r"NO-SUCH.*60018"):
        live.wait(10)
    assert live.state == "closed"
    assert "60018" in repr(live)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("gossip", "BTC-USDT"), "no channel 'gossip'"),
        (("trades", "rubbish"), "'rubbish' is not a symbol"),
        (("trades",), "needs a symbol"),
        (("orders", "BTC-USDT"), "whole account"),
    ],
)
def test_stream_that_cannot_be_meant_is_refused_here(stepped, arguments, says):
    """Before anything leaves the machine."""
    place, session = stepped
    with pytest.raises(InputError, match=says):
        ox.stream(session, *arguments)
    for more in ({"bar": "7m"}, {"keep": 0}, {"keep": 1.5}, {"patience": 0}):
        with pytest.raises(InputError):
            ox.stream(session, "candles", "BTC-USDT", **more)
    assert sockets(place.port) <= 1


def test_account_stream_without_a_key_is_refused(keyed, tmp_path, monkeypatch):
    """In the words of every other call that needs one."""
    for part in ("KEY", "SECRET", "PASSPHRASE"):
        monkeypatch.delenv(f"OKX_API_{part}", raising=False)
    keyed("demo")
    bare = ox.connect("live", workspace=tmp_path)

    with pytest.raises(CredentialsError, match="needs a key"):
        ox.stream(bare, "orders")
    bare.close()
