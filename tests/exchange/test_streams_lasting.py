"""Streams used roughly: closed from many threads, refused in part, broken off, read by nobody, told in pages."""

import asyncio
import gc
import os
import signal
import sys
import threading
import time
import traceback

import pandas as pd
import pytest

import okxlab as ox
from okxlab.errors import CredentialsError
from tests.exchange.test_streams import sockets
from tests.exchange.test_streams_guard import Stranger
from tests.exchange.venue import Venue, eventually


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Give a stepped exchange that the tests of this file share."""
    one = Venue(tmp_path_factory.mktemp("venue"), "--stepped")
    yield one
    one.close()


@pytest.fixture
def session(place):
    """Give a session of the test's own; every rule is taken back after it."""
    with place.session() as one:
        yield one
    place.heal()


def is_live(stream):
    return eventually(lambda: stream.state == "live")


def at_once(*calls):
    """Call all of them at the same time and tell whether all came back."""
    threads = [threading.Thread(target=call, daemon=True) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    return not any(thread.is_alive() for thread in threads)


def test_streams_closed_by_several_threads_at_once_all_close(session):
    """Whichever is the last one, nobody waits forever and no thread is left."""
    threads = set(threading.enumerate())
    for _ in range(8):
        opened = [ox.stream(session, channel, "BTC-USDT") for channel in ("tickers", "trades", "books5")]
        assert at_once(*(live.close for live in opened))
    assert set(threading.enumerate()) == threads


def test_stream_opened_while_the_last_one_closes_lives(session):
    """It does not land on a connection that is about to go."""
    for _ in range(8):
        last, opened = ox.stream(session, "tickers", "BTC-USDT"), []
        assert at_once(last.close, lambda into=opened: into.append(ox.stream(session, "trades", "BTC-USDT")))
        assert is_live(opened[0])
        opened[0].close()


def interrupt_within(*names):
    """Press Ctrl-C once the main thread is inside functions of these names."""
    main = threading.main_thread()

    def inside():
        stack = traceback.walk_stack(sys._current_frames()[main.ident])
        return {*names} <= {frame.f_code.co_name for frame, _ in stack}

    if eventually(inside):
        os.kill(os.getpid(), signal.SIGINT)


def test_interrupted_close_ends_by_itself(session):
    """Ctrl-C while it waits for the exchange's farewell: nothing is left, and the next stream lives."""
    threads = set(threading.enumerate())
    live = ox.stream(session, "tickers", "BTC-USDT")
    assert is_live(live)
    busy, done = threading.Event(), threading.Event()

    def hold():  # as somebody does who makes a long frame: nothing can end meanwhile
        with live._news:
            busy.set()
            done.wait(20)

    holder = threading.Thread(target=hold)
    holder.start()
    busy.wait()
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background would not hear it
    interrupter = threading.Thread(target=interrupt_within, args=("leave", "_call", "__enter__"))
    interrupter.start()
    with pytest.raises(KeyboardInterrupt):
        live._board.leave(live)
    interrupter.join()
    signal.signal(signal.SIGINT, before)
    done.set()
    holder.join()

    assert eventually(lambda: set(threading.enumerate()) == threads)
    assert is_live(ox.stream(session, "tickers", "BTC-USDT"))


def test_signal_may_close_in_the_middle_of_a_frame(session):
    """Whoever ends a program so does not wait for himself."""
    live, done = ox.stream(session, "books", "BTC-USDT"), []
    assert is_live(live)
    before = signal.signal(signal.SIGALRM, lambda *_: done.append(live.close()))
    try:
        with live._news:  # a frame is made under this lock
            signal.raise_signal(signal.SIGALRM)
    finally:
        signal.signal(signal.SIGALRM, before)

    assert done == [None]
    assert live.frame.attrs["state"] == "closed"


def test_stream_closed_while_it_connects_leaves_no_connection(place, session):
    """Neither when the exchange answers at last, while others go on."""
    other = ox.stream(session, "balances")
    assert is_live(other)
    before = sockets(place.port)
    place.freeze()
    live = ox.stream(session, "tickers", "BTC-USDT")
    time.sleep(0.3)
    live.close()
    place.thaw()

    time.sleep(0.5)
    assert eventually(lambda: sockets(place.port) == before)
    assert is_live(other)


def test_refusal_of_one_symbol_leaves_one_whose_name_it_begins_with(session):
    """BTC-USDT is listed, BTC-USDT-NONE is not, and they were asked for in one frame."""
    both = ox.stream(session, "tickers", ["BTC-USDT", "BTC-USDT-NONE"])
    one = ox.stream(session, "tickers", "BTC-USDT", patience=60)

    assert eventually(lambda: both.state == "closed")
    assert is_live(one)


class Ahead:
    """The machine's clock, some seconds ahead of itself."""

    def __init__(self, clock):
        self._clock, self.seconds = clock, 0.0

    def now_ms(self):
        return self._clock.now_ms() + round(self.seconds * 1000)

    def monotonic(self):
        return self._clock.monotonic() + self.seconds

    def sleep(self, seconds):
        self._clock.sleep(seconds)


def subscribed(stranger, channel):
    return sum('"subscribe"' in text and channel in text for text in stranger.told)


class Paging(Stranger):
    """One that tells an account in two pages, and hears its user out before the second."""

    def __init__(self):
        self.goes_on = False
        super().__init__()

    async def _answer(self, socket, asked):
        arg = asked["args"][0]
        if asked["op"] == "subscribe" and arg["channel"] == "positions":
            await socket.send_json({"event": "subscribe", "arg": arg})
            for page in (1, 2):
                row = {"posId": str(page), "uTime": "1", "instId": "BTC-USDT-SWAP", "pos": "1"}
                rest = dict.fromkeys(("posSide", "mgnMode", "avgPx", "markPx", "upl", "lever"), "")
                told = {"eventType": "snapshot", "curPage": page, "lastPage": page == 2}
                await socket.send_json({"arg": arg, **told, "data": [row | rest]})
                while not self.goes_on:
                    await asyncio.sleep(0.02)
            return
        await super()._answer(socket, asked)


@pytest.fixture
def stranger_of():
    """Give a function that starts a stranger of a kind."""
    running = []

    def make(kind=Stranger):
        running.append(kind())
        return running[-1]

    yield make
    for one in running:
        one.close()


@pytest.fixture
def session_at(tmp_path, monkeypatch):
    """Give a function that opens a live session on a stranger."""
    opened = []

    def make(stranger, *, keys=True):
        for part in ("KEY", "SECRET", "PASSPHRASE"):
            if keys:
                monkeypatch.setenv(f"OKX_API_{part}", "canary")
            else:
                monkeypatch.delenv(f"OKX_API_{part}", raising=False)
        (tmp_path / "okxlab.toml").write_text(f'[live]\nhost = "http://127.0.0.1:{stranger.port}"\n')
        opened.append(ox.connect("live", workspace=tmp_path))
        return opened[-1]

    yield make
    for session in opened:
        session.close()


def test_account_told_in_pages_is_live_after_the_last(stranger_of, session_at):
    """Half of what it holds is never shown as all of it."""
    stranger = stranger_of(Paging)
    live = ox.stream(session_at(stranger), "positions")

    assert eventually(lambda: len(live.frame) == 1)
    assert live.state == "reconnecting"
    stranger.goes_on = True
    assert is_live(live)
    assert len(live.frame) == 2


def test_refused_symbol_is_not_asked_for_again_and_again(stranger_of, session_at):
    """Once is enough, however long the stream is held."""
    stranger = stranger_of()
    session = session_at(stranger, keys=False)
    session.streams.clock = clock = Ahead(session.streams.clock)
    live = ox.stream(session, "tickers", "NO-SUCH")
    assert eventually(lambda: live.state == "closed")

    for _ in range(3):
        clock.seconds += 11
        time.sleep(0.3)
    assert subscribed(stranger, "NO-SUCH") == 1


def test_account_whose_rest_is_away_is_not_subscribed_again_and_again(stranger_of, session_at):
    """It waits for REST with one question; the subscription stands."""
    stranger = stranger_of()
    session = session_at(stranger)
    session.streams.clock = clock = Ahead(session.streams.clock)
    live = ox.stream(session, "orders")  # the stranger has no such route
    assert eventually(lambda: subscribed(stranger, "orders") == 1)

    for _ in range(3):
        clock.seconds += 11
        time.sleep(0.3)
    assert (subscribed(stranger, "orders"), str(live.state)) == (1, "reconnecting")


def test_stream_without_a_key_leaves_no_thread(stranger_of, session_at):
    """It is refused before anything is started."""
    session, threads = session_at(stranger_of(), keys=False), set(threading.enumerate())
    with pytest.raises(CredentialsError):
        ox.stream(session, "orders")
    assert set(threading.enumerate()) == threads


class Odd(Stranger):
    """One that tells a ticker without its time."""

    async def _answer(self, socket, asked):
        await super()._answer(socket, asked)
        if asked["op"] == "subscribe" and asked["args"][0]["instId"] == "ETH-USDT":
            await socket.send_json({"arg": asked["args"][0], "data": [{"instId": "ETH-USDT"}]})


def test_what_cannot_be_read_costs_its_own_stream_and_no_other(stranger_of, session_at):
    """The one is stale and says why; the other, on the same connection, never notices."""
    session = session_at(stranger_of(Odd), keys=False)
    good = ox.stream(session, "tickers", "BTC-USDT", patience=60)
    assert is_live(good)
    odd = ox.stream(session, "tickers", "ETH-USDT", patience=60)

    assert eventually(lambda: odd.state == "stale")
    assert "cannot be read" in odd.state.why
    assert (str(good.state), good.counts["reconnects"]) == ("live", 0)


class Failing(Ahead):
    """A clock that fails where streams run, when told."""

    broken = False

    def monotonic(self):
        if self.broken and threading.current_thread().name == "okxlab-streams":
            raise RuntimeError("the clock is broken")
        return super().monotonic()


def test_error_nobody_foresaw_in_the_background_closes_the_stream(place):
    """The frame does not stay live, whoever waits is woken, and the reason is told."""
    with place.session() as session:
        session.streams.clock = clock = Failing(session.streams.clock)
        live = ox.stream(session, "balances")
        assert is_live(live)
        clock.broken = True

        assert eventually(lambda: live.state == "closed")
        assert "the clock is broken" in live.state.why
        clock.broken = False


def test_stream_in_a_forked_process_is_closed_there(session):
    """The thread that feeds it is not there; here it goes on."""
    live = ox.stream(session, "balances")
    assert is_live(live)
    child = os.fork()
    if child == 0:
        os._exit(0 if live.state == "closed" else 1)

    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert live.state == "live"


def test_rows_nobody_reads_count_nothing_as_dropped(place, session):
    """An iterator thrown away before its first row holds nothing up."""
    live = ox.stream(session, "trades", "BTC-USDT", keep=2)
    assert is_live(live)
    live.rows()
    gc.collect()
    place.step(9)

    assert eventually(lambda: len(live.frame) == 2 and live.counts["messages"] >= 9)
    assert live.counts["dropped"] == 0


def test_candles_that_ended_during_a_break_are_there(place, session):
    """No hole in a live frame: REST tells what nobody streamed."""
    live = ox.stream(session, "candles", "BTC-USDT")
    assert is_live(live)
    place.step(5)
    assert eventually(lambda: len(live.frame) >= 2)
    place.fault("drop_frame", endpoint="candle1m")
    place.step(16)
    place.heal()
    place.fault("close", endpoint="candle1m", times=1)
    place.step(1)
    assert eventually(lambda: live.counts["reconnects"] == 1 and live.state == "live")
    place.step(1)

    assert eventually(lambda: set(live.frame.index.diff().dropna()) == {pd.Timedelta("1min")})
    frame = live.frame
    finished = frame[frame["finished"]]
    assert 5 <= len(finished) < 20
    asked = ox.candles(session, "BTC-USDT").loc[finished.index]
    pd.testing.assert_frame_equal(finished[list(asked.columns)].rename_axis(asked.index.name), asked, check_exact=True)


def test_trades_say_since_when_they_are_whole(place, session):
    """From the first one on, until a break; then from the first one after it."""
    live = ox.stream(session, "trades", "BTC-USDT")
    several = ox.stream(session, "trades", ["BTC-USDT", "ETH-USDT"])
    assert is_live(live)
    place.step(3)
    assert eventually(lambda: len(live.frame) >= 3)
    assert live.frame.attrs["since"] == live.frame["time"].iloc[0]
    known = len(live.frame)
    place.fault("close", endpoint="trades", times=1)
    place.step(1)
    assert eventually(lambda: live.counts["reconnects"] == 1 and live.state == "live")
    place.step(3)

    assert eventually(lambda: len(live.frame) > known + 1)
    since = live.frame.attrs["since"]
    assert live.frame["time"].iloc[known - 1] < since <= live.frame["time"].iloc[-1]
    assert eventually(lambda: several.frame.attrs["since"]["BTC-USDT"] == since)
