"""The bot: launches one ladder and rotates each filled order once."""

import time
from decimal import Decimal, localcontext

import okxlab as ox
from okxlab.grid import opening
from okxlab.grid.money import EXACT
from okxlab.trading import GridBot
from okxlab.trading.enquiry import pending
from okxlab.trading.naming import parse
from okxlab.trading.venue import SessionVenue
from tests.trading.grids import SAW, best_buy, sides, spec, straddling


def test_bot_places_the_ladder_that_was_planned(stepped, bars):
    """After launch exactly the opening orders rest, and the launch units were bought at the first open."""
    session, _ = stepped(bars(*SAW))
    bot = GridBot(session, spec())
    resting = {(o.side, o.price, o.size) for o in pending(SessionVenue(session))}

    assert resting == {(order.side, order.price, order.size) for order in opening(bot.ladder)}
    (launch,) = bot.fills()
    assert launch.price == 60_000
    assert launch.size == bot.ladder.size * bot.ladder.launch_units
    bot.leave()


def test_precision_that_a_notebook_has_set_changes_no_grid(stepped, bars):
    """Ladder, launch purchase, rotations and figures are the same under six digits, which hold none of them."""
    session, control = stepped(bars(*SAW))
    asked = spec(low="57_000.1", high="63_000.3", investment="51234.567")
    planned = ox.plan(asked, session).ladder

    with localcontext(prec=6):
        bot = GridBot(session, asked)
        status = bot.status()
        launched = {(o.side, o.price, o.size) for o in pending(SessionVenue(session))}
        control.until_fill()
        bot.sync()
        later = {(o.side, o.price, o.size) for o in pending(SessionVenue(session))}

    assert bot.ladder == planned
    assert launched == {(order.side, order.price, order.size) for order in opening(planned)}
    bought, *filled = bot.fills()
    assert bought.size == planned.size * planned.launch_units
    assert status.fees == EXACT.multiply(bought.fee, bought.price)
    assert {price for _, price, _ in launched - later} == {fill.price for fill in filled}
    assert len(later) == len(launched) > len(launched & later)
    assert {price for _, price, _ in later} <= set(planned.levels)
    bot.leave()


def test_ladder_of_more_than_twenty_orders_goes_in_batches(stepped, bars):
    """A hundred orders all rest, and each has its own client id."""
    session, _ = stepped(bars(*SAW))
    bot = GridBot(session, spec(grids=100, investment=50_000), losing_steps="accept")

    assert len({order.client_id for order in pending(SessionVenue(session))}) == 100
    bot.leave()


def test_each_filled_order_is_followed_by_one_on_the_other_side(stepped, bars):
    """Stepping through the candles, every interval always has exactly one resting order."""
    session, control = stepped(bars(*SAW * 10))
    bot = GridBot(session, spec())
    done = False
    while not done:
        done = control.until_fill().done
        bot.sync()
        intervals = [parse(bot.run, order.client_id).interval for order in pending(SessionVenue(session))]
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
    bot._lookout._cursor = ""
    before = {order.client_id for order in pending(SessionVenue(session))}
    bot.sync()

    assert {order.client_id for order in pending(SessionVenue(session))} == before
    bot.leave()


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
    sells = [order for order in pending(SessionVenue(session)) if order.side == "sell"]
    offered = {parse(first.run, order.client_id).interval: order.size for order in sells}

    assert taken
    for fill in taken:
        assert offered[parse(first.run, fill.client_id).interval] <= fill.size - fill.fee
    first.leave()


def test_two_different_grids_run_side_by_side(stepped, bars):
    """Each bot counts and cancels its own orders only."""
    session, _ = stepped(bars(*SAW))
    one, two = GridBot(session, spec()), GridBot(session, spec(grids=6))
    one.stop()

    assert len(pending(SessionVenue(session))) == 6
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
    assert len(pending(SessionVenue(session))) == 12
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
        time.sleep(0.02)
    assert sides(fresh)["sell"] == before + 1
    assert bot.status().state == "running"

    bot.stop()
    assert bot.state == "stopped"
    assert pending(SessionVenue(fresh)) == []


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
