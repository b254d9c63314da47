"""What a backtest refuses, reports and gives back."""

import pickle
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from okxlab.errors import CandleError, InputError, OkxlabError, SpecError
from okxlab.grid import GridSpec, backtest
from okxlab.grid.path import half_ticks, low_first
from okxlab.model import Instrument

AAA = Instrument("AAA-USDT", tick="0.1", lot="0.0001", minimum="0.0001")
ROWS = [(105, 105, 105, 105), (105, 111, 99, 105), (105, 106, 104, 104)]


def spec(**changes):
    return GridSpec(**{"symbol": "AAA-USDT", "low": 95, "high": 115, "grids": 4, "investment": 1000, **changes})


@pytest.fixture
def result(frame):
    """Give a small backtest with two buys and two sells."""
    return backtest(spec(), frame(ROWS), instrument=AAA)


def test_backtest_when_the_candles_name_their_instrument_uses_it(frame, result):
    """What ox.candles writes into attrs is enough."""
    assert backtest(spec(), frame(ROWS, instrument=AAA)).summary == result.summary


def test_backtest_when_called_again_gives_the_same(frame, result):
    """Nothing is left over from one call to the next."""
    again = backtest(spec(), frame(ROWS), instrument=AAA)

    pd.testing.assert_frame_equal(again.fills, result.fills)
    assert again.summary == result.summary


def test_fills_frame_has_types_times_and_currencies(result):
    """The columns are those promised, with the time of their candle and the currency each fee was taken in."""
    fills = result.fills

    names = ["candle", "time", "side", "level", "price", "size", "fee", "fee_currency", "fee_quote", "pair", "whole"]
    assert list(fills.columns) == names
    assert fills["candle"].dtype == fills["level"].dtype == fills["pair"].dtype == np.int64
    assert (fills["time"] == pd.Timestamp("2024-01-01 00:01", tz="UTC")).all()
    assert fills["side"].tolist() == ["buy", "sell", "sell", "buy"]
    assert fills["fee_currency"].tolist() == ["AAA", "USDT", "USDT", "AAA"]
    assert fills["fee"][0] == Decimal("2.4691") * Decimal("0.0008")
    assert fills["fee_quote"][0] == Decimal("2.4691") * Decimal("0.0008") * 100


def test_fills_frame_when_nothing_filled_has_its_columns(frame):
    """An idle grid gives an empty table of the same shape."""
    fills = backtest(spec(low=10, high=20), frame(ROWS), instrument=AAA).fills

    assert len(fills) == 0
    assert "fee_currency" in fills.columns


def test_equity_starts_after_the_launch_fee_and_ends_at_the_exact_figure(result):
    """One value a candle; the first candle has paid the taker fee, the last is the float nearest to equity_end."""
    launch_fee = 2 * float(result.summary["size"]) * 105 * 0.001

    assert result.equity.index.equals(result.candles.index)
    assert result.equity.iloc[0] == pytest.approx(1000 - launch_fee, abs=1e-9)
    assert result.equity.iloc[-1] == float(result.summary["equity_end"])


def test_equity_at_each_close_is_that_of_a_backtest_ending_there(frame):
    """The curve is the equity of every shorter backtest."""
    rows = [*ROWS, (104, 112, 96, 111), (100, 101, 97, 98)]
    curve = backtest(spec(), frame(rows), instrument=AAA).equity

    ends = [backtest(spec(), frame(rows[: n + 1]), instrument=AAA).summary["equity_end"] for n in range(len(rows))]

    assert curve.tolist() == pytest.approx([float(end) for end in ends], rel=1e-13)


def test_result_reports_the_gaps_it_traded_over(frame):
    """A hole between candles is reported, not refused."""
    candles = frame([(105, 105, 105, 105)] * 10).drop(pd.Timestamp("2024-01-01 00:04", tz="UTC"))

    result = backtest(spec(), candles, instrument=AAA)

    assert result.gaps["missing"].tolist() == [1]
    assert "gaps" in result._repr_html_()


def test_result_keeps_its_candles_when_the_frame_changes_later(frame):
    """A cell that edits the frame does not edit a result computed before."""
    candles = frame(ROWS)
    result = backtest(spec(), candles, instrument=AAA)

    candles.loc[:, "close"] = 1.0

    assert result.candles["close"].tolist() == [105, 105, 104]


def test_result_when_pickled_gives_the_same_fills(result):
    """A result can be kept."""
    again = pickle.loads(pickle.dumps(result))  # noqa: S301  made on the same line

    pd.testing.assert_frame_equal(again.fills, result.fills)


def test_result_when_shown_is_one_line_and_a_short_table(result):
    """What a notebook prints fits on a screen."""
    assert repr(result).count("\n") == 0
    assert "round_trips=2" in repr(result)
    assert result._repr_html_().count("<tr>") == 11


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"instrument": None}, InputError, "Pass instrument=ox.Instrument"),
        ({"instrument": "AAA-USDT"}, InputError, "The instrument is a str"),
        ({"instrument": Instrument("BBB-USDT", tick=1, lot=1, minimum=1)}, SpecError, "BBB-USDT"),
        ({"instrument": Instrument("AAA-USDT", tick=2, lot="0.1", minimum="0.1")}, SpecError, "off the tick"),
        ({"instrument": Instrument("AAA-USDT", tick="0.1", lot="0.1", minimum=50)}, SpecError, "Invest at least"),
        ({"fill": "touched"}, InputError, "Did you mean 'touch'"),
        ({"fill": 1}, InputError, "Use 'touch', 'through' or 'volume'"),
        ({"path": "best"}, InputError, "path is 'best'"),
        ({"participation": 0}, InputError, "participation is 0"),
        ({"queue": "1.5"}, InputError, "queue is '1.5'"),
        ({"participation": "0.2"}, InputError, "participation is 0.2, and with fill='touch'"),
        ({"fill": "through", "queue": 1}, InputError, "queue is 1, and with fill='through'"),
        ({"latency": -1}, InputError, "latency is -1"),
        ({"latency": 0.5}, InputError, "latency is 0.5"),
        ({"latency": timedelta(seconds=-1)}, InputError, "which is no delay"),
        ({"slippage": -1}, InputError, "slippage is -1"),
        ({"slippage": 1}, InputError, "slippage is 1, and what is sold would bring nothing"),
        ({"maker": "1.5"}, InputError, "maker is '1.5'"),
        ({"taker": -1}, InputError, "taker is -1"),
    ],
)
def test_backtest_when_an_argument_is_wrong_names_it(frame, changes, error, words):
    """Each wrong argument is named, with what to do."""
    with pytest.raises(error, match=words):
        backtest(**{"spec": spec(), "candles": frame(ROWS), "instrument": AAA, **changes})


def test_backtest_when_candles_are_no_frame_raises_candle_error():
    """A list is not candles."""
    with pytest.raises(CandleError, match="not a DataFrame"):
        backtest(spec(), [1, 2, 3], instrument=AAA)


@pytest.mark.parametrize(
    "damage",
    [
        lambda candles: candles.iloc[::-1],
        lambda candles: pd.concat([candles, candles.iloc[-1:]]),
        lambda candles: candles.assign(close=np.nan),
        lambda candles: candles.assign(low=-1.0),
        lambda candles: candles.tz_localize(None),
        lambda candles: candles.drop(columns="high"),
        lambda candles: candles.iloc[:0],
    ],
)
def test_backtest_when_candles_are_unfit_raises_candle_error(frame, damage):
    """Unsorted, duplicated, non-finite, non-positive, zoneless, incomplete and absent rows are refused."""
    with pytest.raises(CandleError):
        backtest(spec(), damage(frame(ROWS)), instrument=AAA)


def test_backtest_when_prices_have_more_digits_than_floats_raises_candle_error(frame):
    """A tick too fine for float candles is refused, not rounded."""
    fine = Instrument("AAA-USDT", tick="1e-14", lot="0.0001", minimum="0.0001")

    with pytest.raises(CandleError, match="more digits than a float holds"):
        backtest(spec(), frame(ROWS), instrument=fine)


def test_backtest_when_the_step_is_below_break_even_computes(frame):
    """A grid that loses to its fees is measured like any other."""
    losing = backtest(spec(low=104, high=106, grids=20), frame([(105, 106, 104, 105)] * 30), instrument=AAA)

    assert losing.summary["round_trips"] > 0
    assert losing.summary["grid_profit"] < 0


def test_backtest_when_balances_and_pairs_differ_raises(frame, monkeypatch):
    """The identity is checked in earnest: a wrong cost of pairs is noticed at once."""
    from okxlab.grid import ledger

    true_pairs = ledger._pairs
    monkeypatch.setattr(
        ledger, "_pairs", lambda *values: (true_pairs(*values)[0] + Decimal("1e-12"), true_pairs(*values)[1])
    )

    with pytest.raises(OkxlabError, match="differ by"):
        backtest(spec(), frame(ROWS), instrument=AAA)


@settings(max_examples=500, deadline=None)
@given(
    tick=st.sampled_from(["0.1", "0.25", "0.00000001", "3", "0.0007"]),
    near=st.integers(1, 3 * 10**13),
    nudge=st.sampled_from([-2, -1, 0, 1, 2]),
    tenths=st.integers(-9, 9),
)
def test_half_ticks_compare_as_exact_decimals_do(tick, near, nudge, tenths):
    """The half tick of any float is twice the tick it is on, or the odd number between its two neighbours."""
    step = Decimal(tick)
    price = float(step * near + step * tenths / 10)
    for _ in range(abs(nudge)):
        price = float(np.nextafter(price, np.inf * nudge))
    if price <= 0:
        return
    ticks = Fraction(repr(price)) / Fraction(step)

    found = int(half_ticks(np.array([price]), step)[0])

    whole = ticks.numerator // ticks.denominator
    assert found == (2 * whole if ticks == whole else 2 * whole + 1)


@settings(max_examples=500, deadline=None)
@given(
    middle=st.integers(2, 10**9),
    reach=st.integers(1, 10**9),
    places=st.integers(0, 8),
    nudges=st.tuples(*[st.sampled_from([0.0, -np.inf, np.inf])] * 3),
)
def test_low_first_decides_ties_in_exact_decimals(middle, reach, places, nudges):
    """At and beside a tie the nearer extreme is that of the decimals, not of rounded floats."""
    reach = min(reach, middle - 1)
    near = [float(Decimal(number).scaleb(-places)) for number in (middle, middle + reach, middle - reach)]
    open_, high, low = (
        float(np.nextafter(price, nudge)) if nudge else price for price, nudge in zip(near, nudges, strict=True)
    )

    found = bool(low_first(np.array([[open_, high, low, open_]]))[0])

    assert found == (2 * Decimal(repr(open_)) <= Decimal(repr(high)) + Decimal(repr(low)))
