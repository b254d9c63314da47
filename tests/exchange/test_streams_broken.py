"""Streams whose exchange fails: lost, doubled, late and torn frames, silence, closed connections, restarts."""

import time

import pytest

import okxlab as ox
from tests.exchange.conftest import Stopwatch
from tests.exchange.venue import Venue, eventually


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Give a stepped exchange that the tests of this file share."""
    one = Venue(tmp_path_factory.mktemp("venue"), "--stepped")
    yield one
    one.close()


@pytest.fixture
def session(place):
    """Give a session whose streams grow stale by its clock's hand alone; every rule is taken back after it."""
    with place.session() as one:
        one.streams.clock = Stopwatch()
        yield one
    place.heal()


def is_live(stream):
    return eventually(lambda: stream.state == "live")


def sequence(place):
    return place.get("market/books", instId="BTC-USDT", sz=1)[0]["seqId"]


def test_book_with_a_gap_is_dropped_shown_stale_and_built_anew(place, session):
    """From the missing update on until the next snapshot nothing of it is shown as fresh."""
    live = ox.stream(session, "books", "BTC-USDT")
    assert is_live(live)
    missing = place.fault("drop_frame", endpoint="books", nth=1)
    place.step()
    assert eventually(lambda: place.struck(missing))
    place.step()

    assert eventually(lambda: live.state == "stale")
    frame = live.frame
    assert (frame.empty, frame.attrs["seq"], "missing" in live.state.why) == (True, None, True)
    assert frame.columns.name.startswith("STALE")
    session.streams.clock.now += 2.1  # then it is asked for anew
    assert is_live(live)
    assert live.counts["gaps"] == 1
    assert live.frame.attrs["seq"] == sequence(place)
    assert live.frame.equals(ox.order_book(session, "BTC-USDT", 400))


def test_doubled_frames_change_nothing(place, session):
    """Book and trades are those of REST, no gap is seen, and no trade counts twice."""
    place.fault("repeat_frame", endpoint="books")
    place.fault("repeat_frame", endpoint="trades")
    book, trades = (ox.stream(session, channel, "BTC-USDT") for channel in ("books", "trades"))
    assert is_live(book)
    assert is_live(trades)
    for times in range(1, 6):
        place.step()
        assert eventually(lambda least=times: min(one.counts["repeated"] for one in (book, trades)) >= least)

    assert eventually(lambda: book.frame.attrs["seq"] == sequence(place))
    assert book.frame.equals(ox.order_book(session, "BTC-USDT", 400))
    assert book.counts["gaps"] == 0
    assert trades.frame["trade_id"].is_unique


def test_overtaken_ticker_does_not_come_back(place, session):
    """A frame that comes after a newer one tells nothing that is not known better."""
    live = ox.stream(session, "tickers", "BTC-USDT")
    assert is_live(live)
    overtaken = place.fault("swap_frame", endpoint="tickers", nth=1)
    place.step()
    assert eventually(lambda: place.struck(overtaken))
    place.step()
    assert eventually(lambda: live.counts["messages"] == 3)

    assert live.counts["repeated"] == 1
    assert live.frame.loc["BTC-USDT", "last"] == ox.tickers(session).loc["BTC-USDT", "last"]


def test_silent_channel_is_stale_while_others_speak(place, session):
    """Pings are answered and tickers come: what is silent says so, and is marked in its frame."""
    clock = session.streams.clock
    book, ticker = (ox.stream(session, name, "BTC-USDT", patience=1) for name in ("books5", "tickers"))
    assert is_live(book)
    assert is_live(ticker)
    before = ticker.counts["messages"]
    place.fault("drop_frame", endpoint="books5")
    clock.now += 0.9
    place.step()
    assert eventually(lambda: ticker.counts["messages"] > before)
    clock.now += 0.2

    assert (book.state, ticker.state, "silent for" in book.state.why) == ("stale", "live", True)
    frame = book.frame
    assert (frame.attrs["state"], frame.columns.name[:5], frame.shape) == ("stale", "STALE", (5, 6))
    place.heal()
    place.step()
    assert is_live(book)
    assert book.frame.columns.name is None


def test_market_that_stands_still_is_stale_too(session):
    """Nobody can tell a quiet market from a broken channel; both are not fresh."""
    live = ox.stream(session, "tickers", "BTC-USDT")
    assert is_live(live)
    session.streams.clock.now += 5.1

    assert live.state == "stale"
    assert live.frame.attrs["time"] is not None


def test_torn_frame_costs_a_connection_and_nothing_more(place, session):
    """It is no message: the stream connects anew and is told everything."""
    live = ox.stream(session, "tickers", "BTC-USDT")
    assert is_live(live)
    place.fault("cut_frame", endpoint="tickers", times=1, bytes=30)
    place.step()

    assert eventually(lambda: live.counts["reconnects"] == 1)
    assert is_live(live)


@pytest.mark.parametrize("code", [1001, 4004, 4006])
def test_closed_connection_comes_back(place, session, code):
    """By itself, soon, subscribed as before."""
    live = ox.stream(session, "books", ["BTC-USDT", "ETH-USDT"])
    assert is_live(live)
    place.fault("close", endpoint="books", times=1, code=code)
    place.step()

    assert eventually(lambda: live.counts["reconnects"] == 1)
    assert is_live(live)
    place.step()
    assert eventually(lambda: live.frame.attrs["seq"]["ETH-USDT"] == sequence(place))


def test_order_that_ends_while_nobody_listens_is_told(place, session):
    """News of it is lost with the connection; REST tells before the frame counts as live again."""
    orders, fills = ox.stream(session, "orders"), ox.stream(session, "fills")
    assert is_live(orders)
    assert is_live(fills)
    canceled = ox.place(session, "buy", "BTC-USDT", amount="0.01", price="1000")
    assert eventually(lambda: canceled.order_id in orders.frame.index)
    place.fault("drop_frame", endpoint="orders")
    ox.cancel(session, canceled)
    bought = ox.place(session, "buy", "BTC-USDT", amount="0.01")
    rests = ox.place(session, "buy", "BTC-USDT", amount="0.01", price="1100")
    place.heal()
    place.fault("close", endpoint="orders", times=1)
    ox.cancel(session, ox.place(session, "buy", "BTC-USDT", amount="0.01", price="1200"))

    assert eventually(lambda: orders.counts["reconnects"] == 1 and orders.state == "live" == fills.state)
    states = orders.frame["state"]
    assert (states[canceled.order_id], states[rests.order_id]) == ("canceled", "live")
    assert list(fills.frame["order_id"]) == [bought.order_id]
    assert fills.frame.equals(
        ox.fills(session)[lambda rows: rows["order_id"] == bought.order_id].reset_index(drop=True)
    )


def test_swapped_news_of_orders_leaves_the_newest(place, session):
    """That an order was canceled is not overwritten by the news that it rests, which comes after."""
    live = ox.stream(session, "orders")
    assert is_live(live)
    place.fault("swap_frame", endpoint="orders", nth=1)
    order = ox.place(session, "buy", "BTC-USDT", amount="0.01", price="1000")
    time.sleep(0.01)
    ox.cancel(session, order)

    assert eventually(lambda: live.counts["repeated"] == 1)
    assert live.frame.loc[order.order_id, "state"] == "canceled"


def test_announced_upgrade_is_outlived(place, session):
    """The notice changes nothing, the end of the connection does, and afterwards all is as before."""
    live = ox.stream(session, "tickers", "BTC-USDT")
    own = ox.stream(session, "balances")
    assert is_live(live)
    assert is_live(own)
    place.control("maintenance", {"after": 0.5, "seconds": 600})

    assert eventually(lambda: live.state == "reconnecting")
    assert live.frame.columns.name.startswith("RECONNECTING")
    place.control("maintenance", {"after": 0, "seconds": 0})  # it is over sooner than was announced
    assert is_live(live)
    assert is_live(own)


def test_exchange_that_is_killed_and_starts_again_is_found_again(venue, tmp_path):
    """What it shows then is what the streams show; meanwhile they say since when they know nothing."""
    place = venue("--stepped", "--data", tmp_path / "paper.db")
    session = place.session()
    book, own = ox.stream(session, "books", "BTC-USDT"), ox.stream(session, "balances")
    assert is_live(book)
    assert is_live(own)
    place.kill()

    assert eventually(lambda: book.state == "reconnecting" == own.state)
    since = book.state.since
    place.start()
    place.step(3)
    assert is_live(book)
    assert is_live(own)
    assert book.state.since > since
    assert book.frame.equals(ox.order_book(session, "BTC-USDT", 400))


def test_account_is_stale_once_pings_are_not_answered(venue):
    """The connection stands and nothing comes over it: after twelve seconds nobody calls that live."""
    place = venue()
    session = place.session()
    session.streams.clock = clock = Stopwatch()
    live = ox.stream(session, "balances")
    assert is_live(live)
    place.freeze()
    time.sleep(0.2)  # what was on its way

    clock.now += 11
    assert live.state == "live"
    clock.now += 1.5
    assert live.state == "stale"
    assert live.frame.columns.name.startswith("STALE")
    place.thaw()
    assert is_live(live)


@pytest.mark.proof
def test_connection_whose_pings_are_not_answered_is_given_up(venue):
    """Frozen for real, by the machine's own clock: it is never called live again before the exchange answers."""
    place = venue()
    session = place.session()
    live = ox.stream(session, "balances")
    assert is_live(live)
    place.freeze()

    assert eventually(lambda: live.state == "reconnecting", seconds=20)
    time.sleep(5)
    assert live.state == "reconnecting"
    place.thaw()
    assert eventually(lambda: live.state == "live", seconds=40)
