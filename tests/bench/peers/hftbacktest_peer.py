"""hftbacktest: the path as trade events over an empty book, no latency, one resting order an interval."""

from importlib.metadata import version

import numpy as np
from hftbacktest import (
    BUY_EVENT,
    EXCH_EVENT,
    FILLED,
    GTC,
    LIMIT,
    LOCAL_EVENT,
    SELL,
    SELL_EVENT,
    TRADE_EVENT,
    BacktestAsset,
    HashMapMarketDepthBacktest,
    event_dtype,
)
from job import points, read, tell
from numba import njit

job = read()
TICK, STEP = 0.01, 1_000_000  # nanoseconds between two events
ENDED, ORDERS = 1, 3  # what waiting for news answers
AT_ONCE, TOLD = False, True  # do not wait for an order's answer; tell of it


def events(prices: np.ndarray) -> np.ndarray:
    """Write each move of the price as one trade, by a seller where it fell."""
    moved = np.flatnonzero(np.diff(prices, prepend=np.nan) != 0)
    made = np.zeros(len(moved), dtype=event_dtype)
    falls = np.diff(prices[moved], prepend=np.inf) < 0
    made["ev"] = TRADE_EVENT | EXCH_EVENT | LOCAL_EVENT | np.where(falls, SELL_EVENT, BUY_EVENT)
    made["exch_ts"] = made["local_ts"] = (np.arange(len(moved)) + 1) * STEP
    made["px"], made["qty"] = prices[moved], 1e9
    return made


@njit
def rest(exchange, ladder, order, sell):
    """Rest an order; its number tells the interval, and how often it was used before."""
    number = order % (len(ladder) - 1)
    if sell:
        exchange.submit_sell_order(0, order, ladder[number + 1], 1.0, GTC, LIMIT, AT_ONCE)
    else:
        exchange.submit_buy_order(0, order, ladder[number], 1.0, GTC, LIMIT, AT_ONCE)


@njit
def filled(exchange, done, sold):
    """Write down the orders that filled, and give how many did."""
    used = 0
    found = exchange.orders(0).values()
    while found.has_next():
        order = found.get()
        if order.status == FILLED:
            done[used], sold[used] = order.order_id, order.side == SELL
            used += 1
    exchange.clear_inactive_orders(0)
    return used


@njit
def play(exchange, ladder, launch):
    """Rest one order an interval, and rotate each that fills; give how many did."""
    fills, last = 0, len(ladder) - 1
    done, sold = np.empty(last, np.int64), np.empty(last, np.bool_)
    exchange.elapse(1)
    for number in range(last):
        rest(exchange, ladder, number, sell=ladder[number] >= launch)
    while True:
        news = exchange.wait_next_feed(TOLD, 10**15)
        if news == ENDED:
            return fills
        if news == ORDERS:
            used = filled(exchange, done, sold)
            fills += used
            for k in range(used):
                rest(exchange, ladder, done[k] + last, sell=not sold[k])


feed = events(points(job).ravel())


def run(ladder: np.ndarray) -> int:
    """Give the fills of one ladder."""
    asset = (
        BacktestAsset()
        .data([feed])
        .linear_asset(1.0)
        .constant_order_latency(0, 0)
        .risk_adverse_queue_model()
        .no_partial_fill_exchange()
        .trading_value_fee_model(0.0, 0.0)
        .tick_size(TICK)
        .lot_size(1.0)
    )
    exchange = HashMapMarketDepthBacktest([asset])
    fills = play(exchange, ladder, job.launch)
    exchange.close()
    return int(fills)


tell(job, run, version("hftbacktest"))
