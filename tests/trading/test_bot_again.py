"""A bot started again: it takes up what it finds, completes what is lacking, and doubles nothing."""

import os
import signal
import subprocess
import sys
from decimal import Decimal

import pytest

import okxlab as ox
from okxlab.clock import SystemClock
from okxlab.errors import JournalError, OrderDenied
from okxlab.trading import GridBot
from okxlab.trading.enquiry import find_order, finished, pending
from okxlab.trading.naming import launch_id, parse
from okxlab.trading.venue import SessionVenue
from tests.trading.grids import SAW, best_buy, sides, spec, straddling

KILLED = """
import os, signal, sys
import okxlab as ox
import okxlab.trading.bot as bot_module
from okxlab.trading.execution import Executor

calls, place = int(sys.argv[2]), Executor.place
def dying(self, requests):
    global calls
    calls -= 1
    if calls < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    outcomes = place(self, requests[: len(requests) if calls else 7])
    if not calls:
        os.kill(os.getpid(), signal.SIGKILL)
    return outcomes
Executor.place = dying
session = ox.connect(workspace=sys.argv[1])
last = ox.tickers(session).loc["BTC-USDT", "last"]
spec = ox.GridSpec("BTC-USDT", low=sys.argv[3], high=sys.argv[4], grids=12, investment=1_000)
bot_module.GridBot(session, spec)
"""


class Later:
    """A clock some days ahead of the machine's."""

    def __init__(self, days):
        self.ahead_ms = days * 86_400_000

    def now_ms(self):
        return SystemClock().now_ms() + self.ahead_ms

    def monotonic(self):
        return SystemClock().monotonic()

    def sleep(self, seconds):
        SystemClock().sleep(seconds)


def test_partly_filled_order_is_whole_for_the_next_bot_too(fresh, hit):
    """A buy that filled in part under one bot and wholly under none is rotated once by the next."""
    first = GridBot(fresh, straddling(fresh))
    buy, before = best_buy(fresh), sides(fresh)["sell"]
    hit(buy, "0.001")
    first.leave()
    hit(buy, buy.size - Decimal("0.001"))
    second = GridBot(fresh, first.ladder.spec)
    second.sync()

    assert sides(fresh)["sell"] == before + 1
    second.leave()


def test_bot_started_again_adopts_the_ladder_and_places_nothing(stepped, bars):
    """The same spec in the same workspace takes the resting ladder up: same run, same orders."""
    session, control = stepped(bars(*SAW))
    first = GridBot(session, spec())
    control.until_fill()
    first.sync()
    first.leave()
    before = {order.client_id for order in pending(SessionVenue(session))}
    second = GridBot(session, spec())

    assert second.run == first.run
    assert {order.client_id for order in pending(SessionVenue(session))} == before
    second.leave()


def test_bot_started_again_rotates_what_filled_in_between(stepped, bars):
    """Orders that filled while no bot ran are rotated at the next start, once each."""
    session, control = stepped(bars(*SAW))
    first = GridBot(session, spec())
    first.leave()
    while not control.until_fill().done:
        continue
    second = GridBot(session, spec())
    while second.sync():  # what was placed late may have traded at once
        continue
    intervals = [parse(second.run, order.client_id).interval for order in pending(SessionVenue(session))]

    assert sorted(intervals) == list(range(12))
    assert second.status().buys + second.status().sells > 3
    second.leave()


@pytest.mark.parametrize(
    "calls", [0, 1, 2], ids=["before the launch", "right after the launch was sent", "in the middle of the ladder"]
)
def test_bot_killed_while_it_places_is_completed_by_the_next_one(fresh, tmp_path, calls):
    """After kill -9 the next bot adds what is lacking: one launch purchase, one order an interval."""
    steps = ox.instrument(fresh, "BTC-USDT")
    grid = ox.GridSpec.around(steps, ox.tickers(fresh).loc["BTC-USDT", "last"], percent=10, grids=12, investment=1_000)
    command = [sys.executable, "-c", KILLED, str(tmp_path), str(calls), str(grid.low), str(grid.high)]
    died = subprocess.run(command, check=False, env={**os.environ, "PYTHONWARNINGS": "ignore"})
    assert died.returncode == -signal.SIGKILL
    bot = GridBot(fresh, grid)
    orders = [*finished(SessionVenue(fresh)), *pending(SessionVenue(fresh))]

    assert sum(order.client_id == launch_id(bot.run) for order in orders) == 1
    assert sorted(parse(bot.run, order.client_id).interval for order in pending(SessionVenue(fresh))) == list(range(12))
    bot.leave()


def test_specs_that_are_equal_are_one_grid_however_they_are_written(stepped, bars):
    """85500 and "85500.0" name the same grid: the second bot adopts, it does not double."""
    session, _ = stepped(bars(*SAW))
    GridBot(session, spec()).leave()
    GridBot(session, spec(low="57000.0", high=Decimal("6.3E4"), investment="1e3")).leave()

    assert len(pending(SessionVenue(session))) == 12


def test_bot_that_left_cannot_touch_the_ladder_of_the_next_one(stepped, bars):
    """Stop, sync and leave of a bot that handed its ladder over change nothing of it."""
    session, _ = stepped(bars(*SAW))
    first = GridBot(session, spec())
    first.leave()
    second = GridBot(session, spec())
    for call in (first.stop, first.sync):
        with pytest.raises(OrderDenied, match="This bot is left"):
            call()
    first.leave()

    assert len(pending(SessionVenue(session))) == 12
    with pytest.raises(OrderDenied, match="already runs"):
        GridBot(session, spec())
    second.leave()


def test_stopping_twice_does_not_forget_the_grid_started_in_between(stepped, bars):
    """A second stop of the first bot leaves the record of the next run alone: that one is adopted, not doubled."""
    session, _ = stepped(bars(*SAW))
    first = GridBot(session, spec())
    first.stop()
    GridBot(session, spec()).leave()

    assert first.stop() == []
    GridBot(session, spec()).leave()
    assert len(pending(SessionVenue(session))) == 12


def test_failed_rotation_is_made_good_without_doubling(tapped, hit):
    """The rotation of two filled buys is lost on the way; once that is proved it is placed, once."""
    session, tap = tapped
    last = Decimal(repr(float(ox.tickers(session).loc["BTC-USDT", "last"])))
    low, high = (int(last * share) for share in (Decimal("0.8"), Decimal("1.3")))
    bot = GridBot(session, ox.GridSpec("BTC-USDT", low=low, high=high, grids=10, investment=1_000))
    buys = sorted(
        (order for order in pending(SessionVenue(session)) if order.side == "buy"), key=lambda order: -order.price
    )
    for order in buys[:2]:
        hit(order, order.size)
    tap.cut("request")
    until = SystemClock().monotonic() + 60
    while len(pending(SessionVenue(session))) < 10 and SystemClock().monotonic() < until:
        bot.sync()
    names = [order.client_id for order in [*finished(SessionVenue(session)), *pending(SessionVenue(session))]]

    assert len(names) == len(set(names))
    assert len(pending(SessionVenue(session))) == 10
    bot.leave()


def test_launch_is_never_bought_again_once_it_is_recorded(tapped):
    """The next bot trusts the record: an adoption buys nothing even when the launch order is not listed any more."""
    session, tap = tapped
    first = GridBot(session, straddling(session))
    first.leave()
    tap.forget("launch")
    again = GridBot(session, first.ladder.spec)
    tap.forget("")

    assert sum(fill.client_id == launch_id(again.run) for fill in again.fills()) == 1
    assert len(pending(SessionVenue(session))) == 4
    again.leave()


def test_run_older_than_what_the_exchange_keeps_is_not_adopted(stepped, bars):
    """After eighty days nobody can say what the orders became, and nothing is placed on a guess."""
    session, _ = stepped(bars(*SAW))
    GridBot(session, spec()).leave()

    with pytest.raises(OrderDenied, match="90 days ago"):
        GridBot(session, spec(), clock=Later(90))
    assert len(pending(SessionVenue(session))) == 12


def test_damaged_journal_is_named_and_nothing_is_placed(stepped, bars, tmp_path):
    """A journal with a bit turned in its middle stops the start, with what to do about it."""
    session, _ = stepped(bars(*SAW))
    GridBot(session, spec()).leave()
    (journal,) = tmp_path.glob(".okxlab/journal/paper/*/grid-*.journal")
    data = bytearray(journal.read_bytes())
    data[len(data) // 2] ^= 1
    journal.write_bytes(data)

    with pytest.raises(JournalError, match=journal.name):
        GridBot(session, spec())
    assert len(pending(SessionVenue(session))) == 12


def test_ladder_order_cancelled_by_hand_comes_back(stepped, bars):
    """Orders that somebody cancelled while no bot ran are placed again by the next one, once."""
    session, _ = stepped(bars(*SAW))
    GridBot(session, spec()).leave()
    for order in pending(SessionVenue(session))[:3]:
        ox.cancel(session, order)
    for _ in range(2):
        GridBot(session, spec()).leave()
        assert len(pending(SessionVenue(session))) == 12


def test_order_cancelled_after_it_filled_in_part_is_completed(fresh, hit):
    """What is left of a buy is placed again, and both parts are followed by one sell of what they brought."""
    bot = GridBot(fresh, straddling(fresh))
    buy, before = best_buy(fresh), sides(fresh)["sell"]
    hit(buy, "0.001")
    ox.cancel(fresh, find_order(SessionVenue(fresh), buy.symbol, order_id=buy.order_id))
    bot.leave()
    again = GridBot(fresh, bot.ladder.spec)
    rest = best_buy(fresh)
    assert (rest.price, rest.size) == (buy.price, buy.size - Decimal("0.001"))

    hit(rest, rest.size)
    again.sync()
    parts = [fill for fill in again.fills() if fill.client_id in {buy.client_id, rest.client_id}]
    received = sum(part.size - part.fee for part in parts)
    (sell,) = (order for order in pending(SessionVenue(fresh)) if parse(again.run, order.client_id).cycle == 1)
    assert sides(fresh)["sell"] == before + 1
    assert (sell.side, sell.size) == ("sell", again.ladder.instrument.floor_size(received))
    assert (again.status().buys, again.status().resting_buys) == (1, 1)
    again.leave()


def test_exchange_that_began_anew_starts_the_grid_anew(stepped, bars, tmp_path):
    """A journal of an exchange that is gone is set aside: its orders and trades are not taken for the new one's."""
    for _ in range(2):
        session, _ = stepped(bars(*SAW))
        GridBot(session, spec()).leave()
        assert len(pending(SessionVenue(session))) == 12
        session.close()
    assert len(list(tmp_path.glob(".okxlab/journal/paper/*/grid-*.journal"))) == 2
