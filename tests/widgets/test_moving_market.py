"""What was shown is what is placed, also in a market that moves between the two."""

from contextlib import closing

import ipywidgets
import pandas as pd
import pytest

import okxlab
from okxlab.clock import SystemClock
from okxlab.config import find_workspace
from okxlab.exchange import Control, paper_session
from okxlab.exchange import start as start_paper
from okxlab.grid import GridSpec
from okxlab.store import write_candles

SPEC = GridSpec("BTC-USDT", low=85_000, high=95_000, grids=10, investment=1_000)
FELL = "The price is 87500 and no longer 90500: 7 units and not 4 would be bought; look again."


class Seesaw:
    """A market that stands at 90500 and can fall by three levels, to 87500."""

    def __init__(self, session, control):
        self.session = session
        self._control = control
        self._fallen = False

    def fall(self):
        self._control.step(4)  # a candle has four points
        self._fallen = True

    def rise(self):
        if self._fallen:
            self._control.step(4)
        self._fallen = False


@pytest.fixture(scope="module")
def seesaw(tmp_path_factory):
    folder = tmp_path_factory.mktemp("seesaw")
    start = pd.Timestamp(SystemClock().now_ms() // 86_400_000 * 86_400_000, unit="ms", tz="UTC")
    rows = [(price,) * 4 for _ in range(20) for price in (90_500.0, 87_500.0)]
    index = pd.date_range(start, periods=len(rows), freq="min", name="time")
    file = write_candles(
        pd.DataFrame(rows, columns=["open", "high", "low", "close"], index=index), folder / "c.parquet"
    )
    address, lease = start_paper(
        ["--prices", f"file:{file}", "--symbol", "BTC-USDT", "--stepped"], log=folder / "paper.log"
    )
    with paper_session(address, lease, find_workspace(folder)) as session, closing(Control(address)) as control:
        yield Seesaw(session, control)


@pytest.fixture
def market(seesaw):
    """Give the market where it stands at 90500."""
    seesaw.rise()
    return seesaw


@pytest.fixture
def form(market, watch):
    made = okxlab.GridForm(market.session, SPEC, clock=watch)
    yield made
    made.wait()
    if made.bot is not None:
        made.bot.stop()
    ipywidgets.Widget.close_all()


def test_preview_when_the_market_moved_since_the_plan_is_of_now(form, market, page, press):
    """Place reads the price again: the plan under the fields may be minutes old."""
    assert form.plan.ladder.launch_units == 4
    market.fall()
    press(form, "place")

    assert "10: 3 buys, 7 sells" in page()
    assert form.plan.ladder.launch_units == 7


def test_refresh_price_when_the_market_moved_plans_at_the_new_price(form, market, press):
    """The button asks the exchange, not the memory."""
    market.fall()
    press(form, "refresh_price")

    assert form.plan.ladder.launch_price == 87_500


def test_confirm_when_the_market_moved_shows_what_it_is_now_and_places_that(form, market, page, press):
    """Other units to buy are another placement: it is shown and asked about first."""
    press(form, "place")
    assert "10: 6 buys, 4 sells" in page()
    market.fall()
    press(form, "confirm")

    assert form.bot is None
    assert okxlab.open_orders(market.session).empty
    assert FELL in page()
    assert "10: 3 buys, 7 sells" in page()
    press(form, "confirm")
    assert form.bot.ladder.launch_units == 7
    assert FELL not in page()


def test_confirm_when_the_preview_is_old_shows_a_fresh_one_and_places_that(form, market, watch, page, press):
    """Nobody confirms today what was shown yesterday."""
    press(form, "place")
    older = form.buttons["confirm"]
    watch.ahead_ms += 60_500
    press(form, "confirm")

    assert form.bot is None
    assert okxlab.open_orders(market.session).empty
    assert "the preview was more than 60 seconds old" in page()
    older.click()
    assert form.wait()
    assert form.bot is None
    press(form, "confirm")
    assert len(okxlab.open_orders(market.session)) == 10


def test_confirm_when_the_clock_was_set_back_shows_a_fresh_preview(form, watch, page, press):
    """Such a clock says nothing of the preview's age."""
    press(form, "place")
    watch.ahead_ms -= 60_000
    press(form, "confirm")

    assert form.bot is None
    assert "the preview was more than 60 seconds old" in page()


def test_confirm_within_a_minute_places_at_once(form, market, watch, press):
    """Reading the preview takes its time."""
    press(form, "place")
    watch.ahead_ms += 40_000
    press(form, "confirm")

    assert len(okxlab.open_orders(market.session)) == 10


def test_preview_when_a_key_is_typed_while_it_is_read_is_not_shown(form, market, page, press, inside):
    """A preview of values that are no longer in the fields cannot be confirmed."""
    (note,) = [widget for widget in inside(form.widget) if "okx-place-note" in widget._dom_classes]
    note.observe(lambda change: "Reading" in change["new"] and setattr(form, "value", {"grids": "11"}), "value")
    press(form, "place")

    assert form.value["grids"] == "11"
    assert "What Confirm will do" not in page()
    if "confirm" in form.buttons:
        press(form, "confirm")
    assert form.bot is None
    assert okxlab.open_orders(market.session).empty
