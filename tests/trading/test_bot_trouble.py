"""A bot in the background: it waits out what passes by itself, and says why it fails where waiting does not help."""

from collections import Counter

import pytest

import okxlab as ox
from okxlab.clock import SystemClock
from okxlab.trading import GridBot
from okxlab.trading.enquiry import finished, pending
from okxlab.trading.naming import parse
from okxlab.trading.venue import SessionVenue
from tests.trading.grids import best_buy, sides, straddling
from tests.trading.test_deadman import Sleeper, until

MAINTENANCE = b'{"code":"50001","msg":"Service temporarily unavailable","data":[]}'
REFUSED_KEY = b'{"code":"50111","msg":"Invalid OK-ACCESS-KEY","data":[]}'


@pytest.mark.parametrize(
    "down",
    [(0, b""), (503, b"<html>down</html>"), (200, MAINTENANCE), (302, b"")],
    ids=["no answer", "503", "maintenance", "redirect"],
)
def test_trouble_that_passes_is_told_and_waited_out(tapped, fresh, hit, down):
    """The bot stays running and says since when; what filled meanwhile is rotated once, and the words are gone."""
    session, tap = tapped
    began = SystemClock().now_ms()
    bot = ox.start_grid(session, straddling(session), every=0.02)
    before = sides(fresh)["sell"]
    tap.down = down
    assert until(lambda: bot.error)
    state, since = bot.state, bot.since
    hit(best_buy(fresh), best_buy(fresh).size)
    tap.down = None
    assert until(lambda: sides(fresh)["sell"] == before + 1 and not bot.error)
    orders = [*pending(SessionVenue(fresh)), *finished(SessionVenue(fresh))]

    assert state == "running"
    assert began < since.timestamp() * 1000 <= SystemClock().now_ms()
    assert max(Counter(parse(bot.run, o.client_id) for o in orders if parse(bot.run, o.client_id)).values()) == 1
    assert (bot.status().state, bot.status().error, bot.status().since) == ("running", "", None)
    bot.stop()
    assert pending(SessionVenue(fresh)) == []


def test_ladder_that_the_exchange_took_back_in_trouble_is_placed_again(tapped, fresh, ahead):
    """While nothing gets through the dead-man switch fires; afterwards the bot reads that and places what lacks."""
    session, tap = tapped
    clock = Sleeper()
    bot = GridBot(session, straddling(session), dead_man=10, clock=clock)
    bot.watch(0.02)
    tap.down = (503, b"<html>down</html>")
    assert until(lambda: bot.error)
    ahead(12)
    assert until(lambda: ox.open_orders(fresh).empty)
    ahead(0)
    clock.slept += 12
    tap.down = None
    assert until(lambda: len(ox.open_orders(fresh)) == 4 and not bot.error)

    assert (bot.state, bot.dead_man) == ("running", "protected")
    bot.stop()


def test_order_that_a_limit_holds_back_waits_for_the_limit(fresh, hit, tmp_path):
    """The bot says what holds it back, and places the order when the file allows it; the others rest all the while."""
    bot = ox.start_grid(fresh, straddling(fresh), every=0.02)
    before = sides(fresh)["sell"]
    (tmp_path / "limits.toml").write_text("[paper]\nopen_orders = 1\n")
    hit(best_buy(fresh), best_buy(fresh).size)
    assert until(lambda: "more than 1: the limit open_orders" in bot.error)
    state, resting = bot.state, len(ox.open_orders(fresh))
    (tmp_path / "limits.toml").write_text("")
    assert until(lambda: sides(fresh)["sell"] == before + 1 and not bot.error)

    assert (state, resting) == ("running", 3)
    bot.stop()


def failed(bot):
    assert until(lambda: bot.state == "failed")
    return bot.error


def test_kill_switch_ends_a_bot_with_the_reason(fresh):
    """It does not go on looking as if it could rotate."""
    bot = ox.start_grid(fresh, straddling(fresh), every=0.02)
    ox.kill(fresh, "enough")

    assert "The kill switch was pressed" in failed(bot)
    assert ox.open_orders(fresh).empty
    ox.lift_kill(fresh)
    again = ox.start_grid(fresh, bot.ladder.spec)
    assert (again.run, len(ox.open_orders(fresh))) == (bot.run, 4)
    again.stop()


def test_halt_ends_a_bot_with_the_reason_and_leaves_the_ladder(fresh):
    """Whoever resumes the strategy takes the same ladder up."""
    bot = ox.start_grid(fresh, straddling(fresh), every=0.02)
    before = list(ox.open_orders(fresh).index)
    bot._executor.halt("two orders of one id")

    assert "halted: two orders of one id" in failed(bot)
    assert list(ox.open_orders(fresh).index) == before


def test_refused_key_ends_a_bot_with_the_reason(tapped):
    """To go on asking would be counted as guessing."""
    session, tap = tapped
    bot = ox.start_grid(session, straddling(session), every=0.02)
    tap.down = (401, REFUSED_KEY)

    assert "refused the paper key with code 50111" in failed(bot)


def test_damaged_journal_ends_a_bot_with_the_reason(fresh, hit):
    """What cannot be written down is not placed."""
    bot = ox.start_grid(fresh, straddling(fresh), every=0.02)
    bot._executor.journal.close()
    hit(best_buy(fresh), best_buy(fresh).size)

    assert "closed" in failed(bot)
    assert len(ox.open_orders(fresh)) == 3
