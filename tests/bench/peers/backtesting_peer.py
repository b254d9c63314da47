"""backtesting.py: a limit order with a take-profit for each interval, placed anew when its trade has closed."""

import warnings

import backtesting
import numpy as np
import pandas as pd
from backtesting import Backtest, Strategy
from job import read, tell

job = read()
frame = pd.DataFrame(job.bars, columns=["Open", "High", "Low", "Close"])
frame.index = pd.date_range("2023-01-01", periods=len(frame), freq="min")


def run(ladder: np.ndarray) -> int:
    """Give the fills of one ladder: entries at and below the launch price are market orders of the first bar."""

    class Grid(Strategy):
        def init(self) -> None:
            self.waiting: set[int] = set()

        def next(self) -> None:
            held = {trade.tag for trade in self.trades}
            resting = {order.tag for order in self.orders if not order.is_contingent}
            for number in set(range(len(ladder) - 1)) - held - resting:
                first = len(self.data) == 2
                at = None if first and ladder[number] >= job.launch else ladder[number]
                self.buy(size=1, limit=at, tp=ladder[number + 1], tag=number)

    test = Backtest(frame, Grid, cash=1e12, margin=1e-6, trade_on_close=False)
    stats = test.run()
    trades = stats["_trades"]
    launched = int((ladder[:-1] >= job.launch).sum())
    open_now = len(test._results["_strategy"].trades) if hasattr(test, "_results") else 0
    return 2 * len(trades) + open_now - launched


warnings.simplefilter("ignore")
tell(job, run, backtesting.__version__)
