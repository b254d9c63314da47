"""The dead-man switch: orders of a strategy that falls silent end, and that is read before anything new leaves."""

from decimal import Decimal

import pytest

import okxlab as ox
from okxlab.errors import InputError, OrderDenied
from okxlab.model import OrderRequest
from okxlab.trading import GridBot
from okxlab.trading.desk import open_executor
from tests.trading.grids import straddling
from tests.trading.test_reconcile import buy


@pytest.fixture
def executor(fresh):
    made = open_executor(fresh, "guarded", clock=Sleeper())
    yield made
    made.journal.close()


class Sleeper:
    """The machine's clock, which can be put ahead: as after a laptop's lid was shut."""

    def __init__(self):
        from okxlab.clock import SystemClock

        self._clock, self.slept = SystemClock(), 0.0

    def now_ms(self):
        return self._clock.now_ms()

    def monotonic(self):
        return self._clock.monotonic() + self.slept

    def sleep(self, seconds):
        self._clock.sleep(seconds)


def test_no_new_order_leaves_before_the_first_beat_is_answered(fresh, executor):
    """A switch that was asked for and does not stand yet protects nobody."""
    switch = executor.wind_up(30)

    with pytest.raises(OrderDenied, match="dead-man switch is off"):
        executor.place([buy("a1")])
    assert switch.beat() == "protected"
    assert executor.place([buy("a1")])[0].kind == "acknowledged"


def test_silence_for_half_its_time_stops_new_risk_and_a_beat_allows_it_again(executor):
    """Unprotected is said before it is too late."""
    switch = executor.wind_up(30)
    switch.beat()
    executor._clock.slept += 16

    assert switch.state == "unprotected"
    with pytest.raises(OrderDenied, match="unprotected"):
        executor.place([buy("b1")])
    switch.beat()
    assert executor.place([buy("b1")])[0].kind == "acknowledged"


def test_orders_of_the_strategy_end_and_those_of_others_stay_when_it_fires(fresh, executor, ahead):
    """The exchange takes back what carries the tag; the next beat reads that before it winds up again."""
    mine = ox.place(fresh, "buy", "BTC-USDT", amount="0.001", price="9000")
    switch = executor.wind_up(10)
    switch.beat()
    executor.place([buy("c1"), buy("c2")])
    ahead(12)
    executor._clock.slept += 12
    assert until(lambda: len(ox.open_orders(fresh)) == 1)

    assert switch.state == "fired"
    assert switch.beat() == "protected"
    assert [executor.blotter.orders[name].state for name in ("c1", "c2")] == ["canceled"] * 2
    assert list(ox.open_orders(fresh).index) == [mine.order_id]
    assert any("fired" in difference.what for difference in executor.blotter.differences)


def test_stopped_switch_leaves_what_rests(fresh, executor, ahead):
    """Stopping says that nobody is to be waited for."""
    switch = executor.wind_up(10)
    switch.beat()
    executor.place([OrderRequest("BTC-USDT", "buy", Decimal("0.001"), Decimal(10_000), "d1")])
    switch.stop()
    ahead(20)

    assert switch.state == "off"
    assert len(ox.open_orders(fresh)) == 1


@pytest.mark.parametrize("seconds", [0, 9, 121])
def test_time_that_okx_does_not_take_is_refused(executor, seconds):
    """Ten seconds to two minutes."""
    with pytest.raises(InputError, match="10 to 120"):
        executor.wind_up(seconds)


def test_lost_beat_is_told(tapped):
    """Without an answer there is no protection, and why is said."""
    session, tap = tapped
    executor = open_executor(session, "cut")
    switch = executor.wind_up(30)
    tap.cut("request")

    assert switch.beat() == "off"
    assert "ProtocolError" in switch.why_not()
    executor.journal.close()


def until(true, tries=100):
    from okxlab.clock import SystemClock

    for _ in range(tries):
        if true():
            return True
        SystemClock().sleep(0.1)
    return False


def test_grid_whose_bot_is_gone_ends_at_the_exchange_and_comes_back_with_the_next(fresh, ahead):
    """Nobody stops the switch of a bot that dies: its ladder is taken back, and placed again by the next one."""
    grid = straddling(fresh)
    bot = GridBot(fresh, grid, dead_man=10)
    state, placed = bot.dead_man, len(ox.open_orders(fresh))
    bot._executor.journal.close()  # as a crash would
    ahead(12)
    assert until(lambda: ox.open_orders(fresh).empty)
    ahead(0)
    again = GridBot(fresh, grid, dead_man=10)
    back = len(ox.open_orders(fresh))
    again.leave()

    assert (state, placed, back) == ("protected", 4, 4)
    assert again.run == bot.run
    assert again.dead_man == "off"


def test_grid_started_again_without_a_switch_stops_the_one_that_counts(fresh, ahead):
    """What an earlier life wound up does not take the ladder of a bot that wants none."""
    grid = straddling(fresh)
    GridBot(fresh, grid, dead_man=20)._executor.journal.close()
    again = GridBot(fresh, grid)
    ahead(25)

    assert not until(lambda: len(ox.open_orders(fresh)) < 4, tries=20)
    again.leave()
