"""The bot: launches one ladder, rotates each filled order once, and takes up what it finds."""

import json
import os
import signal
import subprocess
import sys
from decimal import Decimal

import psutil
import pytest
import requests

import okxlab as ox
from okxlab.errors import OrderDenied, OrderRejected, OrderUnknown, SpecError
from okxlab.grid import opening
from okxlab.trading import GridBot
from okxlab.trading.naming import launch_id, parse
from okxlab.trading.orders import finished, pending

SAW = [(60_000, 61_000, 59_000, 60_500), (60_500, 61_500, 58_500, 59_000)]


def spec(**changes):
    return ox.GridSpec("BTC-USDT", **{"low": 57_000, "high": 63_000, "grids": 12, "investment": 1_000} | changes)


def sides(session):
    return ox.open_orders(session, "BTC-USDT")["side"].value_counts().to_dict()


def test_bot_places_the_ladder_that_was_planned(stepped, bars):
    """After launch exactly the opening orders rest, and the launch units were bought at the first open."""
    session, _ = stepped(bars(*SAW))
    bot = GridBot(session, spec())
    resting = {(o.side, o.price, o.size) for o in pending(session)}

    assert resting == {(order.side, order.price, order.size) for order in opening(bot.ladder)}
    (launch,) = bot.fills()
    assert launch.price == 60_000
    assert launch.size == bot.ladder.size * bot.ladder.launch_units
    bot.leave()


def test_ladder_of_more_than_twenty_orders_goes_in_batches(stepped, bars):
    """A hundred orders all rest, and each has its own client id."""
    session, _ = stepped(bars(*SAW))
    bot = GridBot(session, spec(grids=100, investment=50_000), losing_steps="accept")

    assert len({order.client_id for order in pending(session)}) == 100
    bot.leave()


def test_each_filled_order_is_followed_by_one_on_the_other_side(stepped, bars):
    """Stepping through the candles, every interval always has exactly one resting order."""
    session, control = stepped(bars(*SAW * 10))
    bot = GridBot(session, spec())
    done = False
    while not done:
        done = control.until_fill().done
        bot.sync()
        intervals = [parse(bot.run, order.client_id).interval for order in pending(session)]
        assert sorted(intervals) == list(range(12))
    status = bot.status()

    assert status.sells > 10
    assert status.resting_buys + status.resting_sells == 12
    bot.leave()


def test_reading_the_same_fills_twice_rotates_once(stepped, bars):
    """A second look at fills that were already rotated places nothing."""
    session, control = stepped(bars(*SAW))
    bot = GridBot(session, spec())
    control.until_fill()
    bot.sync()
    bot._cursor = ""
    before = {order.client_id for order in pending(session)}
    bot.sync()

    assert {order.client_id for order in pending(session)} == before
    bot.leave()


@pytest.fixture
def hit(fresh, control_token):
    """Give a function with which somebody else sells into a resting buy, as much as it says."""

    def sell(order, size):
        body = {"instId": order.symbol, "side": "sell", "px": str(order.price), "sz": str(size)}
        headers = {"X-Okxlab-Token": control_token()}
        answer = requests.post(f"{fresh.profile.rest}/okxlab/print", json=body, headers=headers, timeout=10)
        assert answer.json()["fills"] == 1, answer.text

    return sell


def straddling(session):
    """Give a grid of four whose second interval lies around the price."""
    last = Decimal(repr(float(ox.tickers(session).loc["BTC-USDT", "last"])))
    steps = ox.instrument(session, "BTC-USDT")
    low, high = steps.floor_price(last * Decimal("0.85")), steps.floor_price(last * Decimal("1.25"))
    return ox.GridSpec("BTC-USDT", low=low, high=high, grids=4, investment=1_000)


def best_buy(session):
    return max((order for order in pending(session) if order.side == "buy"), key=lambda order: order.price)


def test_partly_filled_order_rotates_once_it_is_whole(fresh, hit):
    """Two partial executions of one buy are followed by one sell, after the second."""
    bot = GridBot(fresh, straddling(fresh))
    buy, before = best_buy(fresh), sides(fresh)["sell"]
    half = ox.instrument(fresh, "BTC-USDT").floor_size(buy.size / 2)
    hit(buy, half)
    bot.sync()
    assert sides(fresh)["sell"] == before

    hit(buy, buy.size - half)
    bot.sync()
    assert sides(fresh)["sell"] == before + 1
    assert bot.status().buys == 1
    bot.leave()


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
    before = {order.client_id for order in pending(session)}
    second = GridBot(session, spec())

    assert second.run == first.run
    assert {order.client_id for order in pending(session)} == before
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
    intervals = [parse(second.run, order.client_id).interval for order in pending(session)]

    assert sorted(intervals) == list(range(12))
    assert second.status().buys + second.status().sells > 3
    second.leave()


def test_buy_that_traded_as_a_taker_is_followed_by_what_it_brought(stepped, bars):
    """A rotation placed late pays the taker fee, and the sell after it offers no more than was received."""
    session, control = stepped(bars((60_000, 61_000, 59_900, 61_000), (61_000, 61_000, 58_000, 58_000)))
    first = GridBot(session, spec())
    control.until_fill()
    control.step(2)  # the sells above have filled, and nobody rotated them
    while not control.step().done:
        continue
    first.sync()  # its buys are above the market now and trade at once
    taken = [fill for fill in first.fills() if not fill.maker and fill.side == "buy"][1:]
    while first.sync():
        continue
    sells = [order for order in pending(session) if order.side == "sell"]
    offered = {parse(first.run, order.client_id).interval: order.size for order in sells}

    assert taken
    for fill in taken:
        assert offered[parse(first.run, fill.client_id).interval] <= fill.size - fill.fee
    first.leave()


KILLED = """
import os, signal, sys
import okxlab as ox
import okxlab.trading.bot as bot_module
from okxlab.trading.execution import place_all

calls = int(sys.argv[2])
def dying(session, requests, **options):
    global calls
    calls -= 1
    if calls < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return place_all(session, requests[: len(requests) if calls else 7], **options) if calls else (
        place_all(session, requests[:7], **options), os.kill(os.getpid(), signal.SIGKILL))
bot_module.place_all = dying
session = ox.connect(workspace=sys.argv[1])
last = ox.tickers(session).loc["BTC-USDT", "last"]
spec = ox.GridSpec("BTC-USDT", low=sys.argv[3], high=sys.argv[4], grids=12, investment=1_000)
bot_module.GridBot(session, spec)
"""


@pytest.mark.parametrize("calls", [0, 1], ids=["during the launch purchase", "in the middle of the ladder"])
def test_bot_killed_while_it_places_is_completed_by_the_next_one(fresh, tmp_path, calls):
    """After kill -9 the next bot adds what is lacking: one launch purchase, one order an interval."""
    steps = ox.instrument(fresh, "BTC-USDT")
    grid = ox.GridSpec.around(steps, ox.tickers(fresh).loc["BTC-USDT", "last"], percent=10, grids=12, investment=1_000)
    command = [sys.executable, "-c", KILLED, str(tmp_path), str(calls), str(grid.low), str(grid.high)]
    died = subprocess.run(command, check=False, env={**os.environ, "PYTHONWARNINGS": "ignore"})
    assert died.returncode == -signal.SIGKILL
    bot = GridBot(fresh, grid)
    orders = [*finished(fresh), *pending(fresh)]

    assert sum(order.client_id == launch_id(bot.run) for order in orders) == 1
    assert sorted(parse(bot.run, order.client_id).interval for order in pending(fresh)) == list(range(12))
    bot.leave()


def test_second_bot_on_the_same_grid_is_refused(stepped, bars):
    """Two bots never rotate one ladder."""
    session, _ = stepped(bars(*SAW))
    bot = GridBot(session, spec())

    with pytest.raises(OrderDenied, match="already runs"):
        GridBot(session, spec())
    bot.leave()


def test_two_different_grids_run_side_by_side(stepped, bars):
    """Each bot counts and cancels its own orders only."""
    session, _ = stepped(bars(*SAW))
    one, two = GridBot(session, spec()), GridBot(session, spec(grids=6))
    one.stop()

    assert len(pending(session)) == 6
    assert two.status().resting_buys + two.status().resting_sells == 6
    two.leave()


def test_stop_cancels_the_ladder_and_the_next_start_is_a_new_run(stepped, bars):
    """After stop nothing rests, what was bought stays, and the same spec starts afresh."""
    session, _ = stepped(bars(*SAW))
    bot = GridBot(session, spec())
    cancelled = bot.stop()
    kept = ox.balances(session).loc["BTC", "total"]
    again = GridBot(session, spec())

    assert len(cancelled) == 12
    assert kept > 0
    assert again.run != bot.run
    again.leave()


def test_grid_whose_steps_lose_to_the_fees_is_refused_in_words(stepped, bars):
    """A step below break-even is refused with the next step, and accepted when that is said."""
    session, _ = stepped(bars(*SAW))
    narrow = spec(low=59_900, high=60_100, grids=20)

    with pytest.raises(SpecError, match='losing_steps="accept"'):
        GridBot(session, narrow)
    assert pending(session) == []
    GridBot(session, narrow, losing_steps="accept").leave()
    assert len(pending(session)) == 20


@pytest.mark.parametrize(
    ("change", "error", "complaint"),
    [
        ({"investment": 2_000_000}, OrderDenied, "the account holds 100000"),
        ({"investment": 1}, SpecError, "Invest at least"),
        ({"low": "57000.05"}, SpecError, "tick"),
    ],
)
def test_grid_that_cannot_start_leaves_nothing_behind(stepped, bars, change, error, complaint):
    """Bad input is refused before anything is sent, and the grid can then be started properly."""
    session, _ = stepped(bars(*SAW))

    with pytest.raises(error, match=complaint):
        GridBot(session, spec(**change))
    assert pending(session) == []
    assert ox.fills(session).empty


def test_ladder_order_cancelled_by_hand_comes_back_at_the_next_start(stepped, bars):
    """An order of the ladder that somebody cancelled is placed again by the next bot."""
    session, _ = stepped(bars(*SAW))
    first = GridBot(session, spec())
    first.leave()
    ox.cancel(session, pending(session)[0])
    GridBot(session, spec()).leave()

    assert len(pending(session)) == 12


def test_lost_answer_while_rotating_neither_loses_nor_doubles_the_order(tapped):
    """The answer to the whole first batch of the ladder is lost: the bot finds the orders and goes on."""
    session, tap = tapped
    steps = ox.instrument(session, "BTC-USDT")
    grid = ox.GridSpec.around(
        steps, ox.tickers(session).loc["BTC-USDT", "last"], percent=10, grids=12, investment=1_000
    )
    tap.cut("answer", times=2)
    bot = GridBot(session, grid)

    assert tap.posts == 2
    assert len(pending(session)) == 12
    assert len(bot.fills()) == 1
    bot.leave()


def test_bot_in_the_background_rotates_until_it_is_stopped(fresh, hit):
    """The thread turns a fill into the next order without being asked."""
    bot = ox.start_grid(fresh, straddling(fresh), every=0.02)
    before = sides(fresh)["sell"]
    hit(best_buy(fresh), best_buy(fresh).size)
    for _ in range(500):
        if sides(fresh)["sell"] > before:
            break
        bot._stopping.wait(0.02)
    assert sides(fresh)["sell"] == before + 1
    assert bot.status().state == "running"

    bot.stop()
    assert bot.state == "stopped"
    assert pending(fresh) == []


def test_bot_in_the_background_says_why_it_failed(fresh, tmp_path):
    """When the exchange goes away the bot's state and words say so."""
    bot = ox.start_grid(fresh, straddling(fresh), every=0.02)
    psutil.Process(json.loads((tmp_path / ".okxlab" / "paper.json").read_text())["pid"]).kill()
    bot._thread.join(timeout=20)

    assert bot.state == "failed"
    assert "does not answer" in bot.error
    bot.leave()


def test_profit_of_one_round_trip_is_what_the_fills_say(stepped, bars):
    """One buy and one sell of an interval, by hand: net received less paid, to the last digit."""
    session, control = stepped(bars((60_000, 60_000, 59_400, 59_400), (59_400, 60_100, 59_400, 60_000)))
    bot = GridBot(session, spec(low=59_500, high=60_500, grids=2))
    done = False
    while not done:
        done = control.until_fill().done
        bot.sync()
    size = bot.ladder.size
    sold = bot.ladder.rotated_sell_size
    expected = sold * 60_000 * (1 - Decimal("0.0008")) - size * 59_500

    assert bot.status().grid_profit == expected
    bot.leave()


def test_orders_are_refused_on_demo_and_live(tmp_path):
    """Without a key for it, and by this version, no grid starts anywhere but on paper."""
    with ox.connect("demo", workspace=tmp_path) as session, pytest.raises(OrderDenied, match="paper"):
        GridBot(session, spec())


def test_errors_of_orders_are_three_different_things():
    """Denied here, rejected there, unknown: no one of them is another."""
    kinds = (OrderDenied, OrderRejected, OrderUnknown)

    assert not any(issubclass(one, other) for one in kinds for other in kinds if one is not other)
