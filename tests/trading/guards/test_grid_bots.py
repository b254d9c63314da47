"""Grid bots on demo and on live, at a paper exchange: a person's leave, the limits, and what a run's grant allows."""

from decimal import Decimal

import pytest

import okxlab as ox
from okxlab.clock import SystemClock
from okxlab.errors import OrderDenied
from okxlab.trading import GridBot
from okxlab.trading.guards import arming
from tests.trading.grids import best_buy, sides
from tests.trading.guards.keys import demo_key
from tests.trading.test_deadman import until


@pytest.fixture
def connect(fresh, tmp_path, monkeypatch, control_token):
    """Give a function that opens a demo session at the test's own paper exchange."""
    sessions = []

    def opened():
        (tmp_path / "okxlab.toml").write_text(f'[demo]\nhost = "{fresh.profile.rest}"\n')
        for name, value in demo_key(fresh, control_token()).items():
            monkeypatch.setenv(name, value)
        sessions.append(ox.connect("demo", workspace=tmp_path))
        return sessions[-1]

    yield opened
    for session in sessions:
        session.close()


@pytest.fixture
def armed(live):
    """Give (live session, function that arms it for so much, for a test that is no person)."""
    session = live()
    clock = SystemClock()

    def arm(cap):
        now = clock.now_ms()
        token = arming._Token(Decimal(cap), None, (), now, now + 60_000, clock.monotonic() + 60)
        arming._tokens[arming._binding(session)] = token

    yield session, arm
    ox.disarm(session)


def small(session, **changes):
    """Give a grid of four around the price that the built-in limits allow."""
    last = ox.tickers(session, exact=True).loc["BTC-USDT", "last"]
    steps = ox.instrument(session, "BTC-USDT")
    low, high = steps.floor_price(last * Decimal("0.85")), steps.floor_price(last * Decimal("1.25"))
    return ox.GridSpec("BTC-USDT", **{"low": low, "high": high, "grids": 4, "investment": 400} | changes)


def rotated(bot, session, hit):
    """Fill the best buy, and tell whether one more sell rests afterwards."""
    before = sides(session)["sell"]
    hit(best_buy(session), best_buy(session).size)
    bot.sync()
    return sides(session)["sell"] == before + 1


def test_grid_on_demo_rotates_and_is_taken_up_by_the_next_bot(connect, hit):
    """Launched, rotated, its process gone, taken up: one ladder; nobody has to arm, and no switch is wound up."""
    session = connect()
    bot = GridBot(session, small(session))
    assert rotated(bot, session, hit)
    before = list(ox.open_orders(session).index)
    bot._executor.journal.close()  # as a crash would
    again = ox.start_grid(session, bot.ladder.spec)

    assert (again.run, again.dead_man) == (bot.run, "off")
    assert list(ox.open_orders(session).index) == before
    again.stop()
    assert ox.open_orders(session).empty


def test_grid_on_live_does_not_start_unarmed(armed):
    """Nothing is bought and nothing rests; a cap below the investment is no leave either."""
    session, arm = armed
    with pytest.raises(OrderDenied, match="not armed in this process"):
        ox.start_grid(session, small(session))
    arm(399)
    with pytest.raises(OrderDenied, match=r"puts 400 USDT to work.*more than the cap of 399"):
        ox.start_grid(session, small(session))

    assert ox.open_orders(session).empty
    assert ox.fills(session).empty


def test_grid_on_live_that_limits_would_stop_half_way_buys_nothing(armed, tmp_path):
    """The whole ladder is checked before the launch purchase, and what the run took of the cap is given back."""
    session, arm = armed
    arm(1_000)
    for limit in (
        "open = 300",
        "position = 300",
        "day = 500",
        "fees = 0.4",
        "open_orders = 3",
        "orders_per_minute = 4",
    ):
        (tmp_path / "limits.toml").write_text(f"[live]\n{limit}\n")
        with pytest.raises(OrderDenied, match=f"the limit {limit.split()[0]} of the whole account stands under"):
            ox.start_grid(session, small(session))

    assert ox.fills(session).empty
    assert ox.armed(session).left == 1_000


def test_run_on_live_rotates_after_its_leave_is_over(armed, hit):
    """It took its investment from the cap at once; its rotations go on, an order by hand does not leave."""
    session, arm = armed
    arm(500)
    bot = ox.start_grid(session, small(session), every=0.02)
    left = ox.armed(session).left
    arming._tokens.clear()
    before = sides(session)["sell"]
    hit(best_buy(session), best_buy(session).size)
    assert until(lambda: sides(session)["sell"] == before + 1)

    assert left == 100
    assert bot.dead_man == "protected"
    assert ox.armed(session).granted == (bot.run,)
    facts = bot._executor.blotter.facts
    assert any(bot.run in told and '"usdt": "400"' in told for told in facts.values())
    with pytest.raises(OrderDenied, match="not armed"):
        ox.place(session, "buy", "BTC-USDT", amount="0.0001", price=best_buy(session).price)
    bot.stop()
    assert ox.armed(session).granted == ()


def test_ladder_on_live_is_taken_up_by_a_person_who_arms(armed):
    """A bot that left has no grant any more; the next one needs a leave, and unarmed it touches nothing."""
    session, arm = armed
    arm(500)
    bot = GridBot(session, small(session))
    bot.leave()
    arming._tokens.clear()
    before = list(ox.open_orders(session).index)
    with pytest.raises(OrderDenied, match="not armed"):
        ox.start_grid(session, bot.ladder.spec)
    arm(400)
    again = ox.start_grid(session, bot.ladder.spec)

    assert again.run == bot.run
    assert list(ox.open_orders(session).index) == before
    again.stop()


def test_disarming_ends_running_bots_with_the_reason(armed):
    """The ladder stays as it is, and the dead-man switch goes on counting."""
    session, arm = armed
    arm(500)
    bot = ox.start_grid(session, small(session), every=0.02)
    ox.disarm(session)

    assert until(lambda: bot.state == "failed")
    assert "not armed" in bot.error
    assert len(ox.open_orders(session)) == 4
