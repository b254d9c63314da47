"""Two and a half years of recorded minutes, walked forward over a thousand grids."""

import pandas as pd
import pytest

from okxlab.grid import backtest, walk_forward, windows
from okxlab.model import Instrument

FILE = "BTC-USDT_1m_binance_20220101_20240625.parquet"
SHAPES = {
    "below": [3, 5, 7.5, 10, 15, 20, 25, 30],
    "above": [3, 5, 7.5, 10, 15, 20, 25, 30],
    "grids": [10, 20, 30, 50, 75, 100, 150, 200],
    "spacing": ["arithmetic", "geometric"],
    "investment": 100_000,
}
CUT = {"train": "90d", "test": "30d"}


@pytest.fixture(scope="module")
def bitcoin(shared):
    """Give the recorded minutes as candles."""
    bars = pd.read_parquet(shared / "data" / FILE)
    candles = bars.set_index(pd.to_datetime(bars.pop("ts"), unit="ms", utc=True))
    candles.attrs["instrument"] = Instrument("BTC-USDT", tick="0.01", lot="0.00000001", minimum="0.00001")
    return candles


def test_the_winner_in_sample_is_far_from_the_best_out_of_sample(bitcoin):
    """Figures of every seventh window are its backtests'; what was best in sample seldom is best afterwards."""
    table = walk_forward(bitcoin, SHAPES, **CUT, progress=False)

    assert len(table) == len(windows(bitcoin, **CUT)) == 27
    assert (table["trials"] == 1024).all()
    for number in range(0, 27, 7):
        row, window = table.iloc[number], windows(bitcoin, **CUT)[number]
        summary = backtest(row["spec"], window.test(bitcoin)).summary
        assert row["out_of_sample"] == float(summary["equity_end"])
        assert row["hold_gain"] == pytest.approx(float(summary["hold_end"]) / 100_000 - 1)
    assert (table["place"] == 1).mean() < 0.2
    assert table["place"].median() > 50
